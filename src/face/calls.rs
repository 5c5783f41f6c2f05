//! The calls of a lab and what the kernel says, without packets: for machines where nobody may watch them.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::text::{Line, Look, Style, wrap::wrap};
use crate::timeline::event::{CallId, Event, Outcome, What};

/// Tells the events of a lab whose packets are not seen.
#[derive(Debug)]
pub struct Calls<W> {
    out: W,
    look: Look,
    /// Calls on their way: host and text.
    entered: BTreeMap<CallId, (String, String)>,
}

const HEAD: &str = "LIVE: the same calls once more, now, with real sockets of this machine. Their packets cannot be \
                    seen here. Every number below is of this run, and none above is.";

impl<W: Write> Calls<W> {
    pub fn new(out: W, look: Look) -> Self {
        Self { out, look, entered: BTreeMap::new() }
    }

    /// Shows the next event, if it is one that can be told without packets.
    ///
    /// # Errors
    /// When it can not be written.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        match &event.what {
            What::Lesson { .. } => {
                self.line(&Line::plain(""))?;
                self.line(&Line::styled(HEAD, Style::WARNING))
            }
            What::Step { title, .. } => {
                self.line(&Line::plain(""))?;
                self.line(&Line::styled(title, Style::HEADING))
            }
            What::CallEntered { call, host, text, .. } => {
                self.entered.insert(*call, (host.clone(), text.clone()));
                Ok(())
            }
            What::CallWaits { call } => match self.entered.get(call).cloned() {
                Some((host, text)) => self.line(&Line::plain(&format!("  {host}  {text} ...waiting"))),
                None => Ok(()),
            },
            What::CallReturned { call, result, .. } => match self.entered.remove(call) {
                Some((host, text)) => self.line(&Line::plain(&format!("  {host}  {text} {}", result.text))),
                None => Ok(()),
            },
            What::Claim { text, outcome, .. } => self.claim(text, outcome),
            What::Notice { text } => self.line(&Line::plain(&format!("  {text}"))),
            _ => Ok(()),
        }
    }

    fn claim(&mut self, text: &str, outcome: &Outcome) -> io::Result<()> {
        let marks = self.look.palette.marks;
        match outcome {
            Outcome::Held { .. } => self.line(&Line::styled(&format!("    {} {text}", marks.held), Style::GOOD)),
            Outcome::Failed { report, .. } => {
                self.line(&Line::styled(&format!("    {} {text}", marks.failed), Style::BAD))?;
                report.lines().try_for_each(|line| self.raw(&Line::plain(line)))
            }
            // A claim about packets: nobody could look, and the recording above has shown it.
            Outcome::NotWatched => Ok(()),
        }
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        wrap(line, self.look.width).iter().try_for_each(|line| self.raw(line))
    }

    fn raw(&mut self, line: &Line) -> io::Result<()> {
        writeln!(self.out, "{}", self.look.palette.paint(line))?;
        self.out.flush()
    }

    /// Gives the output back.
    ///
    /// # Errors
    /// When it can not be written.
    pub fn end(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{
        sample::{every_event, wire},
        tally::Tally,
        text::Palette,
    };

    #[test]
    fn what_becomes_of_packets_that_nobody_sees_is_passed_over() {
        let mut calls = Calls::new(Vec::new(), Look { width: 80, palette: Palette::plain(true) });
        let numbered = |(seq, what)| Event { seq, at: crate::face::sample::BEGIN, what };
        let every: Vec<Event> = (0..).zip(every_event()).map(numbered).collect();
        every.iter().chain(&wire::events()).for_each(|event| calls.event(event).unwrap());
        let told = String::from_utf8(calls.end().unwrap()).unwrap();
        assert!(told.contains("client  connect(6, 10.0.0.2:80) = 0"), "{told}");
        assert!(!told.contains("Held") && !told.contains("wire deliver"), "{told}");
        let tally = Tally::of(&wire::events());
        assert_eq!((tally.checked, tally.failures.len(), tally.ended), (4, 0, true));
    }
}
