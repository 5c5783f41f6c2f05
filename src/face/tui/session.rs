//! The terminal while the app has it: taken, and given back however the session ends.

use std::{
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crossterm::event::{self, Event};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use super::map::{Map, Wish};

/// How soon a signal that asks us to end is noticed.
const GLANCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
/// How long a session may take to end after its terminal has gone.
const FAREWELL: Duration = Duration::from_secs(1);
/// The status of a process that SIGHUP has ended.
const HUNG_UP: i32 = 129;

/// What the process is asked from outside. One for all sessions: a handler of signals stays for good.
#[derive(Debug)]
struct Outside {
    /// A session is asked to end.
    end: Arc<AtomicBool>,
    /// There is no session: then a signal ends the process, as the user expects of `run`.
    nobody_here: Arc<AtomicBool>,
}

impl Outside {
    fn watch() -> io::Result<Self> {
        let outside = Self { end: Arc::default(), nobody_here: Arc::new(AtomicBool::new(true)) };
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            signal_hook::flag::register_conditional_default(signal, Arc::clone(&outside.nobody_here))?;
            // A second one ends the process at once, too.
            signal_hook::flag::register_conditional_default(signal, Arc::clone(&outside.end))?;
            signal_hook::flag::register(signal, Arc::clone(&outside.end))?;
        }
        outside.watch_terminal()?;
        Ok(outside)
    }

    /// Ends a session whose terminal has gone, and the process if that does not help: crossterm never comes back
    /// from reading a terminal that hangs up while it reads.
    fn watch_terminal(&self) -> io::Result<()> {
        let (end, nobody_here) = (Arc::clone(&self.end), Arc::clone(&self.nobody_here));
        let watch = move || {
            let stdin = io::stdin();
            let mut terminal = [PollFd::new(&stdin, PollFlags::empty())];
            while matches!(poll(&mut terminal, None), Err(Errno::INTR) | Ok(0)) {}
            end.store(true, Ordering::SeqCst);
            std::thread::sleep(FAREWELL);
            if !nobody_here.load(Ordering::SeqCst) {
                std::process::exit(HUNG_UP);
            }
        };
        std::thread::Builder::new().name("terminal".into()).spawn(watch).map(drop)
    }
}

/// Shows the map until a lesson is chosen; `None` if the user leaves without one.
pub fn choose(map: &mut Map) -> io::Result<Option<String>> {
    static OUTSIDE: OnceLock<Outside> = OnceLock::new();
    let outside = match OUTSIDE.get() {
        Some(outside) => outside,
        None => {
            let watched = Outside::watch()?;
            OUTSIDE.get_or_init(|| watched)
        }
    };
    outside.nobody_here.store(false, Ordering::SeqCst);
    // Also sets a panic hook that gives the terminal back before the message is printed.
    let mut terminal = ratatui::try_init()?;
    let outcome = talk(&mut terminal, map, &outside.end);
    let restored = ratatui::try_restore();
    outside.nobody_here.store(true, Ordering::SeqCst);
    let wish = outcome?;
    restored?;
    Ok(wish)
}

fn talk(terminal: &mut ratatui::DefaultTerminal, map: &mut Map, end: &AtomicBool) -> io::Result<Option<String>> {
    loop {
        terminal.draw(|frame| map.draw(frame))?;
        if !await_event(end)? {
            return Ok(None);
        }
        if let Event::Key(key) = event::read()? {
            match map.key(key) {
                Wish::Stay => {}
                Wish::Leave => return Ok(None),
                Wish::Run(lesson) => return Ok(Some(lesson)),
            }
        }
    }
}

/// Waits for an event. False: we are asked to end, or there is no terminal any more.
///
/// The waiting is done here, so that crossterm is not asked to read a terminal that has hung up.
fn await_event(end: &AtomicBool) -> io::Result<bool> {
    let mut patience = AT_ONCE;
    loop {
        if end.load(Ordering::Relaxed) || has_hung_up(&patience)? {
            return Ok(false);
        }
        if event::poll(Duration::ZERO)? {
            return Ok(true);
        }
        patience = GLANCE;
    }
}

/// Looks at the terminal for so long, or until there is something to read.
fn has_hung_up(patience: &Timespec) -> io::Result<bool> {
    let stdin = io::stdin();
    let mut terminal = [PollFd::new(&stdin, PollFlags::IN)];
    match poll(&mut terminal, Some(patience)) {
        Ok(_) => Ok(terminal[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)),
        // A signal: of the end, or of another size.
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
