//! What this process holds of its terminal. There is one terminal, so this is one for the process: a panic in any
//! thread, a signal and the app itself give back the same thing, and whoever comes first does it.

use std::{
    io,
    sync::{
        Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::getpgrp,
    stdio::{stdin, stdout},
    termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcgetpgrp, tcsetattr},
};

use super::signals;

/// The other screen, no cursor, pastes in a frame.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?2004h";
/// All that the mouse does, in numbers (SGR), where it is wanted.
const LISTEN_TO_MOUSE: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1006h";
/// The same backwards, behind whatever a frame that was broken off may have left on.
const LEAVE: &str =
    "\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?25h\x1b[?1049l\x1b[?25h";
/// A frame between these two appears at once, where the terminal knows them.
const FRAME: (&[u8], &[u8]) = (b"\x1b[?2026h", b"\x1b[?2026l");
/// How long a terminal that takes nothing may hold up our leaving it.
const STUCK: Duration = Duration::from_millis(500);

struct Held {
    before: Termios,
    /// We have stopped, or are about to: the terminal is somebody else's until we go on.
    lent: bool,
    taken_by: ThreadId,
}

static HELD: Mutex<Option<Held>> = Mutex::new(None);
/// Whether the mouse is ours while the terminal is.
static WANTS_MOUSE: AtomicBool = AtomicBool::new(true);
/// Locked by who writes.
static WRITING: Mutex<()> = Mutex::new(());
/// How often the screen was lost: what a face believes to stand there does not.
static LOSSES: AtomicU64 = AtomicU64::new(0);

fn held() -> MutexGuard<'static, Option<Held>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Without it the mouse stays the terminal's own: it marks text, and we do not hear of it.
pub(super) fn want_mouse(wanted: bool) {
    WANTS_MOUSE.store(wanted, Ordering::Relaxed);
}

/// Takes the terminal and says `question` to it.
pub(super) fn take(question: &str) -> io::Result<()> {
    let before = tcgetattr(stdin())?;
    *held() = Some(Held { before: before.clone(), lent: false, taken_by: thread::current().id() });
    signals::ours(true);
    let taken = enter(&before, question);
    if taken.is_err() {
        let _ = give_back("", || {});
    }
    taken
}

fn enter(before: &Termios, question: &str) -> io::Result<()> {
    let mut raw = before.clone();
    raw.make_raw();
    // Now: what was typed while the program started stays, for us to read.
    set(&raw)?;
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    LOSSES.fetch_add(1, Ordering::SeqCst);
    write(ENTER.as_bytes())?;
    if WANTS_MOUSE.load(Ordering::Relaxed) {
        write(LISTEN_TO_MOUSE.as_bytes())?;
    }
    write(question.as_bytes())
}

/// Takes it again: we have stopped, and go on.
pub(super) fn take_again() -> io::Result<()> {
    let Some((before, lent)) = held().as_ref().map(|held| (held.before.clone(), held.lent)) else { return Ok(()) };
    // Where it was given back in order, what it is like now is what it should be like again.
    let before = if lent { tcgetattr(stdin())? } else { before };
    enter(&before, "")?;
    if let Some(held) = held().as_mut() {
        *held = Held { before, lent: false, taken_by: held.taken_by };
    }
    Ok(())
}

/// Gives it back, but remembers that we want it again.
pub(super) fn lend(question: &str, between: impl FnOnce()) -> io::Result<()> {
    let before = held().as_mut().filter(|held| !held.lent).map(|held| {
        held.lent = true;
        held.before.clone()
    });
    before.map_or(Ok(()), |before| leave(&before, question, between))
}

/// Gives it back, once. `between` happens when the terminal has been told, and its settings are still ours.
pub(super) fn give_back(question: &str, between: impl FnOnce()) -> io::Result<()> {
    let Some(Held { before, lent, .. }) = held().take() else { return Ok(()) };
    let left = if lent { Ok(()) } else { leave(&before, question, between) };
    signals::ours(false);
    left
}

fn leave(before: &Termios, question: &str, between: impl FnOnce()) -> io::Result<()> {
    let writing = writing_soon();
    let told = if takes_output() { write(LEAVE.as_bytes()).and_then(|()| write(question.as_bytes())) } else { Ok(()) };
    drop(writing);
    if !is_in_foreground() {
        // The settings are the shell's, which has set its own.
        return unless_gone(told);
    }
    between();
    // What the mouse has said to us is not for the shell.
    let _ = tcflush(stdin(), QueueSelector::IFlush);
    unless_gone(set(before).and(told))
}

/// A terminal that has gone needs nothing. Whoever listens to it says that it has.
fn unless_gone(outcome: io::Result<()>) -> io::Result<()> {
    outcome.or_else(|error| if error.raw_os_error() == Some(Errno::IO.raw_os_error()) { Ok(()) } else { Err(error) })
}

/// The right to write; without it if somebody has it who is stuck.
fn writing_soon() -> Option<MutexGuard<'static, ()>> {
    let since = Instant::now();
    loop {
        match WRITING.try_lock() {
            Ok(writing) => return Some(writing),
            Err(TryLockError::Poisoned(writing)) => return Some(writing.into_inner()),
            Err(TryLockError::WouldBlock) if since.elapsed() > STUCK => return None,
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// The calling thread is the one that has the terminal, or nobody has it.
pub(super) fn is_held_by_another() -> bool {
    held().as_ref().is_some_and(|held| held.taken_by != thread::current().id())
}

pub(super) fn losses() -> u64 {
    LOSSES.load(Ordering::SeqCst)
}

/// Shows a frame, if the terminal is ours just now.
pub(super) fn show(frame: &[u8]) -> io::Result<()> {
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let is_ours = held().as_ref().is_some_and(|held| !held.lent);
    if !is_ours || !is_in_foreground() {
        LOSSES.fetch_add(1, Ordering::SeqCst);
        return Ok(());
    }
    unless_gone(write(&[FRAME.0, frame, FRAME.1].concat()))
}

/// Whether the shell has given the terminal to us. If it is not the terminal that controls us, nobody else has it.
pub(super) fn is_in_foreground() -> bool {
    !tcgetpgrp(stdout()).is_ok_and(|group| group != getpgrp())
}

fn set(termios: &Termios) -> io::Result<()> {
    loop {
        match tcsetattr(stdin(), OptionalActions::Now, termios) {
            Err(Errno::INTR) => {}
            set => return set.map_err(Into::into),
        }
    }
}

fn takes_output() -> bool {
    let out = stdout();
    let mut waiting = [PollFd::new(&out, PollFlags::OUT)];
    let limit = Timespec { tv_sec: 0, tv_nsec: i64::from(STUCK.subsec_nanos()) };
    poll(&mut waiting, Some(&limit)).is_ok_and(|ready| ready > 0)
}

/// Writes past the standard library's buffer and its lock, which a thread that is stuck may have.
fn write(mut bytes: &[u8]) -> io::Result<()> {
    let out = stdout();
    while !bytes.is_empty() {
        match rustix::io::write(out, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let _ = poll(&mut [PollFd::new(&out, PollFlags::OUT)], None);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
