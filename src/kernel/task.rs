//! Whether a thread of this process sleeps.

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

#[cfg(test)]
mod tests {
    use super::*;

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
