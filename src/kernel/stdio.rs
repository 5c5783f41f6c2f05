//! Whether somebody gave us a standard output at all.
//!
//! A program started with `>&-` has no descriptor 1. Rust's runtime opens `/dev/null` in its place before `main`,
//! so that what we print would vanish and we would call it a success. The only moment to notice is before that.

#![expect(unsafe_code, reason = "a function that runs before main, and the system call that it makes")]

use std::sync::atomic::{AtomicBool, Ordering};

static CLOSED: AtomicBool = AtomicBool::new(false);

/// What the C runtime calls before it enters Rust's.
// SAFETY: `.init_array` holds pointers to functions of the C calling convention, and this is one. It runs while
// the process has one thread, before Rust's runtime is up: it allocates nothing, can not panic, and touches
// nothing but an atomic and one system call.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = notice;

extern "C" fn notice() {
    // SAFETY: F_GETFD takes no third argument and changes nothing, whatever descriptor it is asked about.
    let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFD) };
    CLOSED.store(flags == -1, Ordering::Relaxed);
}

/// Whether standard output was closed when the process began.
#[must_use]
pub fn stdout_was_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Set in the child of this test, to what it has to find.
    const EXPECTED: &str = "WIRETUTOR_TEST_STDOUT_CLOSED";

    #[test]
    fn a_closed_standard_output_is_noticed() {
        if let Ok(expected) = std::env::var(EXPECTED) {
            assert_eq!(stdout_was_closed().to_string(), expected);
            return;
        }
        for (redirect, expected) in [(">&-", "true"), (">/dev/null", "false")] {
            let child = Command::new("sh")
                .args([
                    "-c",
                    &format!(
                        "exec \"$0\" --exact kernel::stdio::tests::a_closed_standard_output_is_noticed {redirect}"
                    ),
                ])
                .arg(std::env::current_exe().unwrap())
                .env(EXPECTED, expected)
                .status();
            assert!(child.unwrap().success(), "with {redirect}");
        }
    }
}
