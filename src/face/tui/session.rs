//! The terminal while the app has it: taken, and given back however the session ends.

use std::{
    io,
    sync::{
        Arc,
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

/// Shows the map until a lesson is chosen; `None` if the user leaves without one.
pub fn choose(map: &mut Map) -> io::Result<Option<String>> {
    let end = Arc::new(AtomicBool::new(false));
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
        // A second one ends the process at once. So does the first after the terminal was given back, as the user
        // expects of `run`.
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&end))?;
        signal_hook::flag::register(signal, Arc::clone(&end))?;
    }
    // Also sets a panic hook that gives the terminal back before the message is printed.
    let mut terminal = ratatui::try_init()?;
    let outcome = talk(&mut terminal, map, &end);
    let restored = ratatui::try_restore();
    end.store(true, Ordering::SeqCst);
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
/// The waiting is done here, because crossterm never comes back from reading a terminal that has hung up.
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
