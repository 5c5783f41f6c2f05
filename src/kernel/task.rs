//! Threads of this process: whether one sleeps, and that one lets others go first.

use std::fs;

use rustix::thread::Pid;

/// Whether the thread sleeps in the kernel at this moment; `None` where `/proc` can not tell.
#[must_use]
pub fn is_asleep(thread: Pid) -> Option<bool> {
    let stat = fs::read_to_string(format!("/proc/self/task/{}/stat", thread.as_raw_nonzero())).ok()?;
    // The name before the state stands in parentheses and may itself hold some: count from the last one.
    let (_, after_name) = stat.rsplit_once(") ")?;
    Some(after_name.starts_with(['S', 'D']))
}

/// The calling thread, and those that it starts, let others go first where there is not enough of the processors. Where
/// the system refuses that, nothing is lost but some milliseconds of theirs.
pub fn let_others_go_first() {
    // On Linux this is a matter of the thread, not of the process (nice(2), "C library/kernel differences").
    let _ = rustix::process::nice(STEPS_BACK);
}

/// Each is worth about a fifth of the processor.
const STEPS_BACK: i32 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lets_others_go_first_does_so_alone_with_those_it_starts() {
        let nice = || rustix::process::getpriority_process(None).unwrap();
        let before = nice();
        let (own, of_another) = std::thread::spawn(move || {
            let_others_go_first();
            (nice(), std::thread::spawn(nice).join().unwrap())
        })
        .join()
        .unwrap();
        assert_eq!((own, of_another), ((before + STEPS_BACK).min(19), (before + STEPS_BACK).min(19)));
        assert_eq!(nice(), before);
    }

    #[test]
    fn whoever_asks_is_awake() {
        assert_eq!(is_asleep(rustix::thread::gettid()), Some(false));
    }

    #[test]
    fn a_thread_that_reads_from_an_empty_pipe_sleeps() {
        let (tell, told) = std::sync::mpsc::channel();
        let (mut reader, writer) = std::io::pipe().unwrap();
        let sleeper = std::thread::spawn(move || {
            tell.send(rustix::thread::gettid()).unwrap();
            std::io::Read::read(&mut reader, &mut [0])
        });
        let thread = told.recv().unwrap();
        while is_asleep(thread) != Some(true) {
            std::thread::yield_now();
        }
        drop(writer);
        assert_eq!(sleeper.join().unwrap().unwrap(), 0);
    }
}
