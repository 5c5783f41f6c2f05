//! What the kernel says of a process.

use std::{fs, thread, time::Duration};

use rustix::process::Pid;

/// Until the kernel says so, which is no event for us.
pub(crate) fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        thread::yield_now();
    }
}

/// The processor time of all of its threads.
pub(crate) fn cpu(pid: Pid) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).expect("the process is there");
    let behind_name = stat.rsplit_once(')').expect("a name in brackets").1;
    let fields = behind_name.split_whitespace().collect::<Vec<_>>();
    let ticks = |index: usize| fields[index].parse::<u64>().expect("a number of ticks");
    let tick = 1_000_000_000 / rustix::param::clock_ticks_per_second();
    // Fields 14 and 15 of the line, of which two stand before.
    Duration::from_nanos((ticks(11) + ticks(12)) * tick)
}

/// How often its threads have gone to sleep and been woken, which is finer than any clock.
pub(crate) fn sleeps(pid: Pid) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{}/task", pid.as_raw_nonzero())).expect("the process is there");
    let statuses = tasks.map(|task| fs::read_to_string(task.expect("a thread").path().join("status")));
    statuses.filter_map(Result::ok).map(|status| number(&status, "voluntary_ctxt_switches:")).sum()
}

/// The most memory that it has had, in kilobytes.
pub(crate) fn memory(pid: Pid) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).expect("the process is there");
    number(&status, "VmHWM:")
}

fn number(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line of that name");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
