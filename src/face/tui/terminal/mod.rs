//! The terminal while the app has it: taken, listened to, drawn on, and given back however the app ends.
//!
//! ```text
//!  bytes ──▶ ear ──▶ input ──┐
//!                            ├──▶ outbox ──▶ the app's channel ──▶ app ──▶ canvas ──▶ hold ──▶ the screen
//!  signals ──────────────────┘
//!  └─ one thread, asleep while nothing happens ─┘                              a frame at a time, while it is ours
//! ```
//!
//! What is held ([`hold`]) is held by the process: the app, a signal that stops or ends us, and a panic in any thread
//! give back the same thing. What is shown and what a key means is left to others.

mod background;
mod canvas;
mod cells;
mod depth;
mod ear;
mod hold;
mod input;
mod listener;
mod outbox;
mod panic;
mod signals;

use std::{io, sync::mpsc::Sender};

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::Frame;
use rustix::{stdio::stdout, termios::tcgetwinsize};

pub use self::depth::colours;
use self::{canvas::Canvas, ear::Ear, listener::Listener};
use super::theme::Background;
use crate::{
    face::text::terminal::environment,
    kernel::job::{self, Scope},
};

/// What comes from the terminal, and from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Key(KeyEvent),
    Mouse(MouseEvent),
    Paste(String),
    /// The size in columns and rows. The next [`Terminal::draw`] has it in any case.
    Resize(u16, u16),
    /// The terminal has answered what is behind the text. It comes after the first frame, or never.
    Background(Background),
    /// We had stopped, and go on. The next frame is drawn as a whole.
    Resumed,
    /// The app is to end, in order.
    End(EndReason),
}

/// Why an app is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// A signal. A second one ends the process at once.
    Signal(i32),
    /// There is no terminal any more. The process ends in two seconds at the latest.
    Gone,
}

impl EndReason {
    /// That of a terminal that hangs up says the same.
    #[must_use]
    pub const fn signal(self) -> i32 {
        match self {
            Self::Signal(signal) => signal,
            Self::Gone => signal_hook::consts::SIGHUP,
        }
    }
}

/// The terminal, for as long as this lives. There is one at a time.
#[derive(Debug)]
pub struct Terminal {
    screen: ratatui::Terminal<Canvas>,
    listening: Listening,
    /// How often the screen had been lost when it was drawn last.
    losses: u64,
}

#[derive(Debug)]
enum Listening {
    NotYet(Ear),
    By(Listener),
    NoLonger,
}

impl Terminal {
    /// Takes the terminal of standard input and output, and the mouse if it is wanted.
    pub fn take(mouse: bool) -> io::Result<Self> {
        hold::want_mouse(mouse);
        // Colours are the business of our themes, and `NO_COLOR` with them: crossterm obeys it by resetting
        // everything, and with the colour goes what is bold or reversed.
        crossterm::style::force_color_output(true);
        panic::hook();
        signals::watch()?;
        let screen = ratatui::Terminal::new(Canvas::default())?;
        let mut ear = Ear::default();
        let question = background::question();
        hold::take(question)?;
        if !question.is_empty() {
            ear.asked();
        }
        Ok(Self { screen, listening: Listening::NotYet(ear), losses: 0 })
    }

    /// From now on everything that comes goes into this channel, which may be fed by others too.
    pub fn listen<M: Send + 'static>(
        &mut self,
        channel: Sender<M>,
        wrap: impl Fn(Input) -> M + Send + 'static,
    ) -> io::Result<()> {
        let ear = self.deafen();
        // Where nobody reads the channel any more, the app is about to give the terminal back.
        let tell = move |input| drop(channel.send(wrap(input)));
        self.listening = Listening::By(Listener::start(ear, tell)?);
        Ok(())
    }

    /// Draws what has changed since the last frame, or all of it where the screen was lost in between.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let losses = hold::losses();
        if losses != self.losses {
            self.losses = losses;
            self.screen.backend_mut().forget();
            self.screen.clear()?;
        }
        self.screen.draw(render).map(drop)
    }

    /// The next frame is drawn as a whole, for a user who asks for it.
    pub fn redraw(&mut self) {
        self.losses = 0;
    }

    /// Stops the program as Ctrl-Z does elsewhere. [`Input::Resumed`] says when it goes on.
    pub fn suspend(&mut self) -> io::Result<()> {
        if let Listening::By(listener) = &mut self.listening {
            return listener.suspend();
        }
        hold::lend("", || {})?;
        job::stop(Scope::Group)?;
        hold::take_again()
    }

    /// What is behind the text, as far as the terminal or the environment has said it.
    #[must_use]
    pub fn background(&self) -> Option<Background> {
        background::known().or_else(|| Background::from_environment(&environment))
    }

    /// Gives the terminal back as it was, and says whether that was possible.
    pub fn give_back(mut self) -> io::Result<()> {
        self.leave()
    }

    fn leave(&mut self) -> io::Result<()> {
        if matches!(self.listening, Listening::NoLonger) {
            return Ok(());
        }
        let mut ear = self.deafen();
        let question = ear.last_question();
        hold::give_back(question, || ear.drain())
    }

    /// Ends the listening; what has been read by halves is kept.
    fn deafen(&mut self) -> Ear {
        match std::mem::replace(&mut self.listening, Listening::NoLonger) {
            Listening::NotYet(ear) => ear,
            Listening::By(listener) => listener.stop(),
            Listening::NoLonger => Ear::default(),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.leave();
    }
}

/// More is not drawn: a size is a claim of the other side, and each cell takes memory.
const LARGEST: (u16, u16) = (2000, 1000);
/// The size of a terminal that does not say.
const USUAL: (u16, u16) = (80, 24);

/// Columns and rows.
#[must_use]
pub fn size() -> (u16, u16) {
    match tcgetwinsize(stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.min(LARGEST.0), size.ws_row.min(LARGEST.1)),
        _ => USUAL,
    }
}
