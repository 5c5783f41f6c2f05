//! A text that is scrolled, and how its lines come to the screen.

use std::{borrow::Cow, ops::Range};

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    super::{
        canvas::{self, Scrolled},
        theme::Theme,
    },
    Move,
};
use crate::face::text::{
    Line, Style,
    line::{Ink, hang},
    wrap::wrap_behind,
};

/// What a text is about: when that changes, it is shown from where it begins.
pub(super) type About = (usize, usize);

#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) lines: Vec<Line>,
    pub(super) about: About,
    /// What has to be in sight until somebody scrolls.
    pub(super) focus: Range<usize>,
}

impl Sheet {
    pub(super) fn about(about: About) -> Self {
        Self { about, ..Self::default() }
    }

    pub(super) fn line(&mut self, line: Line) {
        self.lines.push(line);
    }

    pub(super) fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_blank()) {
            self.lines.push(Line::new());
        }
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.gap();
        self.line(heading(text));
    }

    /// `content` behind `lead`, its further lines below its first.
    pub(super) fn hanging(&mut self, lead: &Line, content: &Line, width: usize) {
        self.hanging_at(lead, lead.width(), content, width);
    }

    /// The same with the further lines so many cells in.
    pub(super) fn hanging_at(&mut self, lead: &Line, indent: usize, content: &Line, width: usize) {
        let room = |taken: usize| width.saturating_sub(taken).max(8);
        let wrapped = wrap_behind(content, room(lead.width()), room(indent));
        self.lines.extend(hang(wrapped, lead, &Line::spaces(indent)));
    }

    pub(super) fn paragraph(&mut self, content: &Line, width: usize) {
        self.hanging(&Line::new(), content, width);
    }

    pub(super) fn faint(&mut self, text: &str, width: usize) {
        self.paragraph(&Line::styled(text, Style::FAINT), width);
    }
}

pub(super) fn heading(text: &str) -> Line {
    Line::styled(text, Style::of(Ink::Heading).bold())
}

/// How far a text is scrolled, and which text that was.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scroll {
    about: About,
    above: Option<usize>,
}

impl Scroll {
    /// How many lines are above those that are seen.
    pub(super) fn above(&self, sheet: &Sheet, height: usize) -> usize {
        let kept = self.above.filter(|_| self.about == sheet.about);
        let most = most_above(sheet.lines.len(), height);
        kept.unwrap_or_else(|| in_sight(&sheet.focus, height)).min(most)
    }

    pub(super) fn act(&mut self, step: Move, sheet: &Sheet, height: usize) {
        let above = self.above(sheet, height);
        let page = height.saturating_sub(1).max(1);
        let wanted = match step {
            Move::Up => above.saturating_sub(1),
            Move::Down => above + 1,
            Move::PageUp => above.saturating_sub(page),
            Move::PageDown => above + page,
            Move::Home => 0,
            Move::End => usize::MAX,
            Move::Left | Move::Right => return,
        };
        *self = Self { about: sheet.about, above: Some(wanted.min(most_above(sheet.lines.len(), height))) };
    }
}

pub(super) const fn most_above(total: usize, height: usize) -> usize {
    total.saturating_sub(height)
}

/// What is above if these lines are to be seen, with a few lines of what comes before them.
fn in_sight(focus: &Range<usize>, height: usize) -> usize {
    if focus.end <= height { 0 } else { focus.start.saturating_sub(height / 3).max(focus.end.saturating_sub(height)) }
}

pub(super) fn draw(buf: &mut Buffer, area: Rect, sheet: &Sheet, above: usize, theme: &Theme) {
    for (line, y) in sheet.lines.iter().skip(above).zip(area.y..area.bottom()) {
        put(buf, area.x, y, area.width, line, theme);
    }
    let scrolled = Scrolled { total: sheet.lines.len(), above, seen: area.height.into() };
    bar(buf, area, scrolled, theme);
}

/// The scroll bar on the frame around this area.
pub(super) fn bar(buf: &mut Buffer, area: Rect, scrolled: Scrolled, theme: &Theme) {
    let (x, y) = (area.x.saturating_sub(1), area.y.saturating_sub(1));
    let pane = Rect::new(x, y, (area.right() - x).saturating_add(1), (area.bottom() - y).saturating_add(1));
    canvas::scrollbar(buf, pane, scrolled, theme);
}

/// A line in its place, cut where it does not fit, with signs that this terminal has.
pub(super) fn put(buf: &mut Buffer, x: u16, y: u16, width: u16, line: &Line, theme: &Theme) -> u16 {
    canvas::put_elided(buf, x, y, width, &spelled(line, theme), theme)
}

/// The signs that this program writes itself, in ASCII where nothing else can be shown.
pub(super) fn spelled<'l>(line: &'l Line, theme: &Theme) -> Cow<'l, Line> {
    if !theme.is_ascii() || line.spans().iter().all(|span| span.text().is_ascii()) {
        return Cow::Borrowed(line);
    }
    let mut plain = Line::new();
    for span in line.spans() {
        plain.push(&in_ascii(span.text()), span.style());
    }
    Cow::Owned(plain)
}

fn in_ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '§' => plain.push_str("section "),
            '…' => plain.push_str("..."),
            '→' => plain.push_str("->"),
            '·' | '│' => plain.push('|'),
            '–' | '─' => plain.push('-'),
            '┌' | '└' => plain.push('+'),
            '\u{a0}' => plain.push(' '),
            other => plain.push(other),
        }
    }
    plain
}
