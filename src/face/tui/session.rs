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
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use super::map::{Map, Wish};

/// How soon a signal that asks us to end is noticed.
const GLANCE: Duration = Duration::from_millis(200);

/// Shows the map until a lesson is chosen; `None` if the user leaves without one.
pub fn choose(map: &mut Map) -> io::Result<Option<String>> {
    let (end, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
        // Once the terminal is given back, a signal ends the process again, as the user expects of `run`.
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&over))?;
        signal_hook::flag::register(signal, Arc::clone(&end))?;
    }
    // Also sets a panic hook that gives the terminal back before the message is printed.
    let mut terminal = ratatui::try_init()?;
    let outcome = talk(&mut terminal, map, &end);
    let restored = ratatui::try_restore();
    over.store(true, Ordering::SeqCst);
    let wish = outcome?;
    restored?;
    Ok(wish)
}

fn talk(terminal: &mut ratatui::DefaultTerminal, map: &mut Map, end: &AtomicBool) -> io::Result<Option<String>> {
    loop {
        terminal.draw(|frame| map.draw(frame))?;
        while !event::poll(GLANCE)? {
            if end.load(Ordering::Relaxed) {
                return Ok(None);
            }
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
