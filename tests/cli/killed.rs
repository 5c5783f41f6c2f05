//! A program that is killed in the middle of a lab ends at once, and nothing of it stays.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader},
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process_group};

use crate::{
    Outcome, Test,
    support::{LessonFile, ensure, wiretutor},
};

pub(crate) const TESTS: &[Test] = &[
    Test::lab("by SIGINT", || killed_by(Signal::INT)),
    Test::lab("by SIGTERM", || killed_by(Signal::TERM)),
    Test::lab("by SIGHUP", || killed_by(Signal::HUP)),
    Test::lab("by SIGKILL", || killed_by(Signal::KILL)),
];

/// Long enough that a program which waits for its end is told from one that is killed.
const LESSON: &str = "server listen tcp 80\nserver accept as peer\nserver bind udp 53\nserver recvfrom\nsilent for 60s";
const AT_ONCE: Duration = Duration::from_secs(20);

fn killed_by(signal: Signal) -> Outcome {
    let lesson = LessonFile::script(LESSON);
    let network = hosts_network();
    let mut child = with_default(signal)
        .args(["run", "--json"])
        .arg(&lesson.path)
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let pid = Pid::from_child(&child);
    wait_for(&mut child, "silent for 60s");
    let namespaces = namespaces_of(pid);
    let meanwhile = hosts_network();

    let began = Instant::now();
    kill_process(pid, signal).unwrap();
    let status = child.wait().unwrap();
    ensure(began.elapsed() < AT_ONCE, || format!("it took {:?} to end", began.elapsed()))?;
    ensure(status.signal() == Some(signal.as_raw()), || format!("it ended with {status}"))?;
    ensure(test_kill_process_group(pid).is_err(), || "a process of it is left".to_owned())?;
    ensure([meanwhile, hosts_network()].iter().all(|now| *now == network), || {
        format!("the host's network was {network:?} and is {:?}", hosts_network())
    })?;
    let left: Vec<_> = all_namespaces().intersection(&namespaces).cloned().collect();
    ensure(left.is_empty(), || format!("{left:?} outlived the program"))
}

/// The program, as a terminal starts it. Whatever a shell starts in the background ignores SIGINT and hands that on,
/// also these tests.
fn with_default(signal: Signal) -> Command {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    let plain = wiretutor();
    if ignored.unwrap_or_default() & (1 << (signal.as_raw() - 1)) == 0 {
        return plain;
    }
    let mut command = Command::new("env");
    command.env_clear().stdin(Stdio::null()).arg("--default-signal").arg(plain.get_program());
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}

fn wait_for(child: &mut Child, line: &str) {
    let mut out = BufReader::new(child.stdout.as_mut().unwrap());
    let mut text = String::new();
    while !text.contains(line) {
        text.clear();
        assert!(out.read_line(&mut text).unwrap() > 0, "it ended before {line:?}");
    }
}

/// Names and addresses, without the counters, which change by themselves.
fn hosts_network() -> Vec<String> {
    let files = ["dev", "route", "ipv6_route", "if_inet6"];
    let tables = files.into_iter().filter_map(|name| fs::read_to_string(format!("/proc/self/net/{name}")).ok());
    let first = |line: &str| line.split_ascii_whitespace().next().unwrap_or_default().to_owned();
    tables.flat_map(|table| table.lines().map(first).collect::<Vec<_>>()).collect()
}

/// The namespaces that the threads of a process are in and we are not.
fn namespaces_of(pid: Pid) -> BTreeSet<String> {
    let tasks = fs::read_dir(format!("/proc/{}/task", pid.as_raw_nonzero())).unwrap().flatten();
    let mut found: BTreeSet<String> = tasks.flat_map(|task| namespaces_below(&task.path())).collect();
    for ours in namespaces_below("/proc/self".as_ref()) {
        found.remove(&ours);
    }
    found
}

fn all_namespaces() -> BTreeSet<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes.flat_map(|process| namespaces_below(&process.path())).collect()
}

fn namespaces_below(process: &std::path::Path) -> Vec<String> {
    let links = ["ns/net", "ns/user"].into_iter().filter_map(|name| fs::read_link(process.join(name)).ok());
    links.map(|link| link.display().to_string()).collect()
}
