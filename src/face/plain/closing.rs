//! The end of a lesson: what to read, and what its claims came to.

use std::io::{self, Write};

use super::{Origin, Plain};
use crate::face::{
    tally::Tally,
    text::{Line, Style},
};

impl<W: Write> Plain<'_, W> {
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.settle()?;
        self.page.gap()?;
        if !self.lesson.read.is_empty() {
            let read = Line::plain(&self.lesson.read.join(", "));
            self.page.hanging(&Line::styled("To read: ", Style::STRONG), &read)?;
        }
        let (mark, style) = match self.tally.failures.len() {
            0 => (self.page.look.palette.marks.held, Style::GOOD),
            _ => (self.page.look.palette.marks.failed, Style::BAD),
        };
        let line =
            Line::styled(mark, style).with(" ", Style::PLAIN).with(&closing(&self.tally, self.origin), Style::STRONG);
        self.page.hanging(&Line::new(), &line)
    }
}

/// The last line: what the claims came to.
pub(in crate::face) fn closing(tally: &Tally, origin: Origin) -> String {
    let (checked, failed) = (tally.checked, tally.failures.len());
    let result = match (failed, checked) {
        (0, 0) => "no claims checked".into(),
        (0, 1) => "1 claim checked, it holds".into(),
        (0, _) => format!("{checked} claims checked, all hold"),
        (1, 1) => "the only claim does not hold".into(),
        (1, _) => format!("1 of {checked} claims does not hold"),
        _ => format!("{failed} of {checked} claims do not hold"),
    };
    let unwatched = match tally.unwatched {
        0 => String::new(),
        unwatched => format!("; {unwatched} could not be checked, because the packets were not watched"),
    };
    let recorded = if origin == Origin::Recorded { "RECORDED: " } else { "" };
    format!("{recorded}{result}{unwatched}")
}
