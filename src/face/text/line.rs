//! One line of styled text, from which everything that a terminal would obey is gone by construction.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use super::escape::escape;

/// Whose colour, or what kind of thing a text is. What colour that comes to is left to the palette.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ink {
    #[default]
    Plain,
    /// Not the point: times, details, rules.
    Faint,
    Client,
    Server,
    /// A claim that holds.
    Good,
    /// A claim that does not.
    Bad,
    /// Something the user has to know.
    Warning,
    /// Words of a machine: never broken except at a space.
    Code,
    /// What a part of a page or of a screen is called.
    Heading,
    /// A value of this run, in prose.
    Live,
    /// What waits for the learner: nothing on a screen is brighter.
    Waits,
    /// The name of a key that can be pressed.
    Key,
    /// Frames of panes, the lanes of a ladder.
    Rule,
    /// The layers of a packet, where its bytes are shown.
    LayerLink,
    LayerNet,
    LayerTransport,
    LayerPayload,
}

impl Ink {
    pub const ALL: [Self; 17] = [
        Self::Plain,
        Self::Faint,
        Self::Client,
        Self::Server,
        Self::Good,
        Self::Bad,
        Self::Warning,
        Self::Code,
        Self::Heading,
        Self::Live,
        Self::Waits,
        Self::Key,
        Self::Rule,
        Self::LayerLink,
        Self::LayerNet,
        Self::LayerTransport,
        Self::LayerPayload,
    ];
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    pub ink: Ink,
    pub bold: bool,
    pub italic: bool,
    pub underline: bool,
}

impl Style {
    pub const PLAIN: Self = Self::of(Ink::Plain);
    pub const FAINT: Self = Self::of(Ink::Faint);
    pub const CODE: Self = Self::of(Ink::Code);
    pub const GOOD: Self = Self::of(Ink::Good);
    pub const BAD: Self = Self::of(Ink::Bad).bold();
    pub const WARNING: Self = Self::of(Ink::Warning);
    pub const STRONG: Self = Self::PLAIN.bold();
    pub const HEADING: Self = Self::PLAIN.bold().underline();

    #[must_use]
    pub const fn of(ink: Ink) -> Self {
        Self { ink, bold: false, italic: false, underline: false }
    }

    #[must_use]
    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    #[must_use]
    pub const fn italic(self) -> Self {
        Self { italic: true, ..self }
    }

    #[must_use]
    pub const fn underline(self) -> Self {
        Self { underline: true, ..self }
    }
}

/// A stretch of text in one style. Made only by [`Line`], which escapes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    text: String,
    style: Style,
}

impl Span {
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub const fn style(&self) -> Style {
        self.style
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(Vec<Span>);

impl Line {
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self::styled(text, Style::PLAIN)
    }

    #[must_use]
    pub fn styled(text: &str, style: Style) -> Self {
        let mut line = Self::new();
        line.push(text, style);
        line
    }

    #[must_use]
    pub fn spaces(count: usize) -> Self {
        Self::plain(&" ".repeat(count))
    }

    /// Adds `text`, escaped.
    pub fn push(&mut self, text: &str, style: Style) {
        self.push_clean(&escape(text), style);
    }

    fn push_clean(&mut self, text: &str, style: Style) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.style == style => last.text.push_str(text),
            _ => self.0.push(Span { text: text.into(), style }),
        }
    }

    /// The same with `text` behind it, for building a line in one expression.
    #[must_use]
    pub fn with(mut self, text: &str, style: Style) -> Self {
        self.push(text, style);
        self
    }

    pub fn append(&mut self, other: &Self) {
        for span in &other.0 {
            self.push_clean(&span.text, span.style);
        }
    }

    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    #[must_use]
    pub fn text(&self) -> String {
        self.0.iter().map(Span::text).collect()
    }

    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.iter().all(|span| span.text.trim().is_empty())
    }

    /// In cells.
    #[must_use]
    pub fn width(&self) -> usize {
        self.text().width()
    }

    /// The part of the line at these bytes of its text, styles kept. The range has to lie on characters.
    #[must_use]
    pub fn cut(&self, range: &Range<usize>) -> Self {
        let mut part = Self::new();
        let mut begin = 0;
        for span in &self.0 {
            let end = begin + span.text.len();
            let (from, to) = (range.start.max(begin), range.end.min(end));
            if from < to {
                part.push_clean(&span.text[from - begin..to - begin], span.style);
            }
            begin = end;
        }
        part
    }

    fn without_trailing_spaces(&self) -> Self {
        self.cut(&(0..self.text().trim_end_matches(' ').len()))
    }
}

/// Puts `first` before the first line and `rest` before the others: a bullet and its hanging indent, a quote's bar.
#[must_use]
pub fn hang(lines: Vec<Line>, first: &Line, rest: &Line) -> Vec<Line> {
    let mut lead = first;
    lines
        .into_iter()
        .map(|line| {
            let mut whole = lead.clone();
            whole.append(&line);
            lead = rest;
            whole.without_trailing_spaces()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pushed_is_escaped() {
        assert_eq!(Line::plain("a\x1b[31m\n").text(), r"a\x1b[31m\n");
    }

    #[test]
    fn a_cut_keeps_the_styles() {
        let line = Line::plain("one ").with("two", Style::STRONG).with(" three", Style::PLAIN);
        assert_eq!(line.cut(&(2..9)), Line::plain("e ").with("two", Style::STRONG).with(" t", Style::PLAIN));
        assert_eq!(line.cut(&(4..4)), Line::new());
    }

    #[test]
    fn width_is_in_cells() {
        assert_eq!(Line::plain("三次握手").width(), 8);
    }
}
