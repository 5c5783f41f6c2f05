//! The reading end: bytes of the terminal, what they mean, and which of our questions it has not answered yet.

use std::{
    io,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, read},
    stdio::stdin,
};

use super::{
    hold,
    input::{Parser, Said},
};
use crate::kernel::job;

/// A terminal that has not answered after this long is not going to.
const MUTE: Duration = Duration::from_secs(2);
/// How long answers are waited for when we leave: they are not for the shell.
const FAREWELL: Duration = Duration::from_millis(100);
/// How long a mouse report may be on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(1);
/// What every terminal answers.
const WHO: &str = "\x1b[c";

#[derive(Debug, Default)]
pub(super) struct Ear {
    parser: Parser,
    /// Since when answers are waited for, and how many.
    asked: Option<(Instant, u32)>,
    has_answered: bool,
    mouse: Option<Instant>,
}

/// What reading came to.
#[derive(Debug)]
pub(super) enum Heard {
    Said(Vec<Said>),
    /// There is no terminal any more.
    Gone,
}

impl Ear {
    /// A question was asked that ends with [`WHO`].
    pub(super) fn asked(&mut self) {
        let before = self.asked.map_or(0, |(_, number)| number);
        self.asked = Some((Instant::now(), before + 1));
    }

    /// How long the rest of what has begun is waited for.
    pub(super) fn patience(&self) -> Option<Duration> {
        self.parser.patience()
    }

    pub(super) fn give_up(&mut self) -> Vec<Said> {
        self.parser.give_up()
    }

    /// Reads once. To be called when there is something to read; if that is the shell's by now, it stays for the shell.
    pub(super) fn hear(&mut self) -> io::Result<Heard> {
        let mut bytes = [0; 4096];
        let mut read = || job::read_in_turn(|| read(stdin(), &mut bytes));
        // It may have become our turn since: only what fails in our turn says that there is no terminal.
        let outcome = match read()? {
            Err(Errno::IO) if !hold::is_in_foreground() => return Ok(Heard::Said(Vec::new())),
            Err(Errno::IO) => read()?,
            outcome => outcome,
        };
        match outcome {
            Ok(0) | Err(Errno::IO) => Ok(Heard::Gone),
            Ok(length) => {
                let said = self.parser.feed(&bytes[..length]);
                said.iter().for_each(|said| self.note(said));
                Ok(Heard::Said(said))
            }
            Err(Errno::INTR | Errno::AGAIN) => Ok(Heard::Said(Vec::new())),
            Err(error) => Err(error.into()),
        }
    }

    fn note(&mut self, said: &Said) {
        match said {
            Said::Attributes => {
                self.has_answered = true;
                self.asked = self.asked.filter(|(_, number)| *number > 1).map(|(since, number)| (since, number - 1));
            }
            Said::Mouse(_) => self.mouse = Some(Instant::now()),
            _ => {}
        }
    }

    /// What to ask while leaving, so that its answer comes behind the mouse reports that are on their way.
    pub(super) fn last_question(&mut self) -> &'static str {
        if !self.has_answered || self.mouse.is_none_or(|at| at.elapsed() > ON_ITS_WAY) {
            return "";
        }
        self.asked();
        WHO
    }

    /// Reads until everything has been answered, or for so long as anybody is willing to wait.
    pub(super) fn drain(&mut self) {
        let until = Instant::now() + FAREWELL;
        while self.asked.is_some_and(|(since, _)| since.elapsed() < MUTE) {
            let left = until.saturating_duration_since(Instant::now());
            if !has_something(left) || !matches!(self.hear(), Ok(Heard::Said(_))) {
                return;
            }
        }
    }
}

fn has_something(limit: Duration) -> bool {
    let input = stdin();
    let mut terminal = [PollFd::new(&input, PollFlags::IN)];
    let limit = Timespec { tv_sec: 0, tv_nsec: i64::from(limit.subsec_nanos()) };
    match poll(&mut terminal, Some(&limit)) {
        Err(Errno::INTR) => true,
        ready => ready.is_ok_and(|ready| ready > 0) && terminal[0].revents().contains(PollFlags::IN),
    }
}
