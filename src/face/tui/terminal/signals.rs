//! The signals that concern a program with a terminal, as something that can be waited for.
//!
//! While no terminal is held, those that ask for an end or a stop do what they always do.

use std::{
    io,
    os::unix::net::UnixStream,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use signal_hook::{
    consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH},
    flag,
    iterator::{backend::SignalDelivery, exfiltrator::SignalOnly},
};

/// Ask for an end.
pub(super) const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];
const ALL: [i32; 7] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGCONT, SIGWINCH];

pub(super) type Delivery = SignalDelivery<UnixStream, SignalOnly>;

/// One for the process: a handler of signals stays for good.
static DELIVERY: OnceLock<Mutex<Delivery>> = OnceLock::new();
static NOT_OURS: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(true)));

/// Whether the signals are for us, or do what they always do.
pub(super) fn ours(are_ours: bool) {
    NOT_OURS.store(!are_ours, Ordering::SeqCst);
}

/// Begins to watch, if that was not done before, and forgets what came while nobody listened.
pub(super) fn watch() -> io::Result<()> {
    if DELIVERY.get().is_none() {
        let delivery = start()?;
        DELIVERY.get_or_init(|| Mutex::new(delivery));
    }
    if let Some(mut delivery) = delivery() {
        delivery.pending().for_each(drop);
    }
    Ok(())
}

fn start() -> io::Result<Delivery> {
    for signal in ENDING.into_iter().chain([SIGTSTP]) {
        flag::register_conditional_default(signal, Arc::clone(&NOT_OURS))?;
    }
    let (read, write) = UnixStream::pair()?;
    read.set_nonblocking(true)?;
    write.set_nonblocking(true)?;
    SignalDelivery::with_pipe(read, write, SignalOnly, ALL)
}

/// The signals, for the one who listens.
pub(super) fn delivery() -> Option<MutexGuard<'static, Delivery>> {
    DELIVERY.get().map(|delivery| delivery.lock().unwrap_or_else(PoisonError::into_inner))
}
