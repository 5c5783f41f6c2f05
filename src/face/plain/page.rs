//! The page that the plain face writes on: lines out, painted, with never two empty ones together.

use std::io::{self, Write};

use super::CALL_INDENT;
use crate::face::text::{Line, Look, Style, line::hang, wrap::wrap_behind};

#[derive(Debug)]
pub(in crate::face) struct Page<W> {
    out: W,
    pub(in crate::face) look: Look,
    /// Nothing stands between the last line and the top of the page, or the empty line above.
    open: bool,
    written: usize,
}

impl<W: Write> Page<W> {
    pub(in crate::face) const fn new(out: W, look: Look) -> Self {
        Self { out, look, open: true, written: 0 }
    }

    /// What was written.
    pub(in crate::face) const fn out(&mut self) -> &mut W {
        &mut self.out
    }

    /// How many lines there are: whether something was written since is seen from that.
    pub(super) const fn written(&self) -> usize {
        self.written
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// An empty line, unless there is one.
    pub(super) fn gap(&mut self) -> io::Result<()> {
        if self.open {
            return Ok(());
        }
        self.open = true;
        writeln!(self.out)
    }

    /// What comes next belongs to the line above: no empty line between them.
    pub(super) const fn keep_together(&mut self) {
        self.open = true;
    }

    pub(super) fn lines(&mut self, lines: &[Line]) -> io::Result<()> {
        for line in lines {
            if line.is_blank() {
                self.gap()?;
            } else {
                self.open = false;
                self.written += 1;
                writeln!(self.out, "{}", self.look.palette.paint(line))?;
            }
        }
        Ok(())
    }

    /// A line of its own width, as it is.
    pub(super) fn line(&mut self, line: Line) -> io::Result<()> {
        self.lines(&[line])
    }

    /// `content` behind `lead`, wrapped, its further lines under the first.
    pub(super) fn hanging(&mut self, lead: &Line, content: &Line) -> io::Result<()> {
        self.hanging_at(lead, lead.width(), content)
    }

    /// The same with the further lines `indent` cells in.
    pub(super) fn hanging_at(&mut self, lead: &Line, indent: usize, content: &Line) -> io::Result<()> {
        let mut whole = lead.clone();
        whole.append(content);
        if whole.width() <= self.look.width {
            return self.line(whole);
        }
        let room = |indent: usize| self.look.width.saturating_sub(indent).max(10);
        let wrapped = wrap_behind(content, room(lead.width()), room(indent));
        self.lines(&hang(wrapped, lead, &Line::spaces(indent)))
    }

    /// Lines of system calls.
    pub(super) fn calls(&mut self, lines: &[Line]) -> io::Result<()> {
        lines.iter().try_for_each(|line| self.hanging_at(&Line::spaces(CALL_INDENT), CALL_INDENT + 4, line))
    }

    pub(in crate::face) fn faint(&mut self, text: &str, indent: usize) -> io::Result<()> {
        self.hanging(&Line::spaces(indent), &Line::styled(text, Style::FAINT))
    }
}
