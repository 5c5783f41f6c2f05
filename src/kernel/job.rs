//! Job control: to stop as a key of the terminal stops a program.

#![expect(unsafe_code, reason = "no safe interface gives a signal its default action back for a while")]

use std::{io, mem::MaybeUninit, ptr};

use rustix::process::{Signal, kill_current_process_group};

/// Who stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This process, as when somebody has sent it `SIGTSTP`.
    Process,
    /// Everybody in our process group, as Ctrl-Z stops a program together with the script that has started it. (Not
    /// those whom we may not signal: processes of root, if we have given up being root.)
    Group,
}

/// Stops, and returns when somebody continues us; at once where nobody could (no shell waits for our process group).
///
/// The action that was set for `SIGTSTP` is set again afterwards.
pub fn stop(scope: Scope) -> io::Result<()> {
    let before = action()?;
    if scope == Scope::Group {
        // The others stop; what we are sent ourselves is dropped. It would reach some thread at some later time.
        set_handler(libc::SIG_IGN)?;
        let told = kill_current_process_group(Signal::TSTP);
        told.or_else(|error| set_action(&before).and(Err(error.into())))?;
    }
    set_handler(libc::SIG_DFL)?;
    // SAFETY: sends a signal to this thread; it has been handled when the call returns.
    let stopped = unsafe { libc::raise(libc::SIGTSTP) };
    set_action(&before)?;
    if stopped == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn action() -> io::Result<libc::sigaction> {
    let mut action = MaybeUninit::zeroed();
    // SAFETY: nothing is set, and the kernel fills what `action` points to.
    let asked = unsafe { libc::sigaction(libc::SIGTSTP, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: zeroes are a valid value, and more so what the kernel has written.
    if asked == 0 { Ok(unsafe { action.assume_init() }) } else { Err(io::Error::last_os_error()) }
}

fn set_action(action: &libc::sigaction) -> io::Result<()> {
    // SAFETY: `action` was this signal's action before.
    let set = unsafe { libc::sigaction(libc::SIGTSTP, action, ptr::null_mut()) };
    if set == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// `SIG_IGN` or `SIG_DFL`.
fn set_handler(handler: libc::sighandler_t) -> io::Result<()> {
    // SAFETY: neither of the two runs any code of ours.
    let before = unsafe { libc::signal(libc::SIGTSTP, handler) };
    if before == libc::SIG_ERR { Err(io::Error::last_os_error()) } else { Ok(()) }
}
