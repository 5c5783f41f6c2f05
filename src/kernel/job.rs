//! Job control: to stop as a key of the terminal stops a program, and not to be stopped for reading out of turn.

#![expect(unsafe_code, reason = "no safe interface gives a signal its default action back, or blocks it, for a while")]

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
/// Our own stop is pending before the others are told: whoever continues the group from then on takes it back. Otherwise
/// a shell that is quick could continue us before we have stopped, and we would stop for good.
///
/// The action that was set for `SIGTSTP` is set again afterwards.
pub fn stop(scope: Scope) -> io::Result<()> {
    let before = action()?;
    let unblocked = block(libc::SIGTSTP)?;
    set_handler(libc::SIG_DFL)?;
    // SAFETY: sends a signal to this thread, which blocks it.
    let raised = if unsafe { libc::raise(libc::SIGTSTP) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) };
    let told = match scope {
        Scope::Process => Ok(()),
        Scope::Group => kill_current_process_group(Signal::TSTP).map_err(io::Error::from),
    };
    // Here it stops.
    set_mask(&unblocked)?;
    set_action(&before)?;
    raised.and(told)
}

/// Reads of the terminal, if it is our turn: in the background that fails with `EIO`, instead of stopping all of us.
pub fn read_in_turn<T>(read: impl FnOnce() -> T) -> io::Result<T> {
    let unblocked = block(libc::SIGTTIN)?;
    let read = read();
    set_mask(&unblocked)?;
    Ok(read)
}

/// Blocks a signal in this thread, and gives the mask that was set before.
fn block(signal: libc::c_int) -> io::Result<libc::sigset_t> {
    let (mut stops, mut before) = (MaybeUninit::zeroed(), MaybeUninit::zeroed());
    // SAFETY: makes an empty set of what `stops` points to.
    unsafe { libc::sigemptyset(stops.as_mut_ptr()) };
    // SAFETY: it is a set by now.
    unsafe { libc::sigaddset(stops.as_mut_ptr(), signal) };
    // SAFETY: reads the one, and fills the other.
    let set = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, stops.as_ptr(), before.as_mut_ptr()) };
    // SAFETY: zeroes are a valid value, and more so what the kernel has written.
    if set == 0 { Ok(unsafe { before.assume_init() }) } else { Err(io::Error::from_raw_os_error(set)) }
}

fn set_mask(mask: &libc::sigset_t) -> io::Result<()> {
    // SAFETY: `mask` was this thread's mask before.
    let set = unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, mask, ptr::null_mut()) };
    if set == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(set)) }
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

/// `SIG_DFL`, for one.
fn set_handler(handler: libc::sighandler_t) -> io::Result<()> {
    // SAFETY: the default runs no code of ours.
    let before = unsafe { libc::signal(libc::SIGTSTP, handler) };
    if before == libc::SIG_ERR { Err(io::Error::last_os_error()) } else { Ok(()) }
}
