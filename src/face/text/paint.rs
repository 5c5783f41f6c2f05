//! From styles to what a terminal is sent, and the signs that say the same without colour.
//!
//! Whether there is colour is decided by [`super::terminal`], once a stream. `colored` would decide by standard
//! output also for standard error, so it is asked only to paint what is already known to be painted.

use std::{borrow::Cow, sync::Once};

use colored::{Color, ColoredString, Colorize};

use super::line::{Ink, Line, Span, Style};

/// Signs of the plain face. Where they stand, colour only repeats what they say.
#[derive(Debug, PartialEq, Eq)]
pub struct Marks {
    pub held: &'static str,
    pub failed: &'static str,
    pub unwatched: &'static str,
    pub notice: &'static str,
    /// Behind a call that sleeps.
    pub waiting: &'static str,
    /// Behind a call that has not come back yet.
    pub pending: &'static str,
    /// A live value that is not bound.
    pub gap: &'static str,
    /// Between two things of the same rank.
    pub dot: &'static str,
    pub bullet: &'static str,
    /// Between a state and the one after it.
    pub becomes: &'static str,
    /// Before a line of a quotation.
    pub quote: &'static str,
    /// What becomes of a packet on the wire, as the end of its arrow.
    pub fates: Fates,
}

/// Arrows of one width: how each ends says what became of the packet.
#[derive(Debug, PartialEq, Eq)]
pub struct Fates {
    /// Stopped, and still there.
    pub held: &'static str,
    /// Folded into one that is held.
    pub twin: &'static str,
    pub delivered: &'static str,
    pub dropped: &'static str,
    pub duplicated: &'static str,
    pub delayed: &'static str,
    pub reordered: &'static str,
    pub corrupted: &'static str,
    pub truncated: &'static str,
}

impl Marks {
    pub const UNICODE: Self = Self {
        held: "✓",
        failed: "✗",
        unwatched: "–",
        notice: "!",
        waiting: "…waiting",
        pending: "…",
        gap: "▢",
        dot: "·",
        bullet: "•",
        becomes: "→",
        quote: "│",
        fates: Fates {
            held: "──┃",
            twin: "─+┃",
            delivered: "──▶",
            dropped: "──╳",
            duplicated: "══▶",
            delayed: "┄┄▶",
            reordered: "─⇄▶",
            corrupted: "─≠▶",
            truncated: "─/▶",
        },
    };

    /// Words where there are no signs, for terminals without them and for screen readers.
    pub const ASCII: Self = Self {
        held: "ok:",
        failed: "FAILED:",
        unwatched: "not checked:",
        notice: "note:",
        waiting: "...waiting",
        pending: "...",
        gap: "[?]",
        dot: "-",
        bullet: "-",
        becomes: "->",
        quote: ">",
        fates: Fates {
            held: "--|",
            twin: "-+|",
            delivered: "-->",
            dropped: "--x",
            duplicated: "==>",
            delayed: "..>",
            reordered: "<->",
            corrupted: "-#>",
            truncated: "-/>",
        },
    };
}

/// How styles look on one stream.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    pub colour: bool,
    pub marks: &'static Marks,
}

impl Palette {
    /// No colour, and signs only when `ascii` is false.
    #[must_use]
    pub const fn plain(ascii: bool) -> Self {
        Self { colour: false, marks: if ascii { &Marks::ASCII } else { &Marks::UNICODE } }
    }

    #[must_use]
    pub fn is_ascii(self) -> bool {
        *self.marks == Marks::ASCII
    }

    /// A line as it goes to the stream, without its end.
    #[must_use]
    pub fn paint(self, line: &Line) -> String {
        if !self.colour {
            return line.text();
        }
        always_paint();
        alike(line).spans().iter().map(paint_span).collect()
    }
}

/// The same line with one ink for those that look the same here, so that no stretch is painted in two parts.
fn alike(line: &Line) -> Cow<'_, Line> {
    if line.spans().iter().all(|span| span.style().ink != Ink::Live) {
        return Cow::Borrowed(line);
    }
    let mut joined = Line::new();
    for span in line.spans() {
        let style = span.style();
        let ink = if style.ink == Ink::Live { Ink::Plain } else { style.ink };
        joined.push(span.text(), Style { ink, ..style });
    }
    Cow::Owned(joined)
}

/// The decision is ours: from here on `colored` only carries it out.
fn always_paint() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| colored::control::set_override(true));
}

fn paint_span(span: &Span) -> String {
    let Style { ink, bold, italic, underline } = span.style();
    let mut painted = ink_of(span.text(), ink);
    if bold {
        painted = painted.bold();
    }
    if italic {
        painted = painted.italic();
    }
    if underline {
        painted = painted.underline();
    }
    painted.to_string()
}

/// Blue and yellow are the pair that all the common kinds of colour-blindness tell apart. They are the terminal's
/// own, not fixed shades: its user has chosen them to be legible.
fn ink_of(text: &str, ink: Ink) -> ColoredString {
    match ink {
        Ink::Plain | Ink::Live | Ink::Heading | Ink::Key | Ink::LayerPayload => text.normal(),
        Ink::Faint | Ink::Rule => text.dimmed(),
        Ink::Client => text.color(Color::BrightBlue),
        Ink::Server => text.color(Color::Yellow),
        Ink::Good | Ink::LayerTransport => text.color(Color::Green),
        Ink::Bad => text.color(Color::Red),
        Ink::Warning | Ink::LayerLink => text.color(Color::Magenta),
        Ink::Code | Ink::LayerNet => text.color(Color::Cyan),
        Ink::Waits => text.color(Color::BrightYellow),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOURED: Palette = Palette { colour: true, marks: &Marks::UNICODE };

    #[test]
    fn without_colour_nothing_is_added() {
        let line = Line::styled("SYN", Style::BAD);
        assert_eq!(Palette::plain(false).paint(&line), "SYN");
    }

    #[test]
    fn colour_is_painted_although_this_is_no_terminal() {
        let line = Line::styled("client", Style::of(Ink::Client)).with(" > ", Style::PLAIN);
        assert_eq!(COLOURED.paint(&line), "\x1b[94mclient\x1b[0m > ");
        assert_eq!(COLOURED.paint(&Line::styled("no", Style::BAD)), "\x1b[1;31mno\x1b[0m");
    }

    #[test]
    fn a_live_value_in_bold_text_is_painted_with_it() {
        let line = Line::styled("took ", Style::STRONG).with("3 ms", Style::of(Ink::Live).bold());
        assert_eq!(COLOURED.paint(&line), "\x1b[1mtook 3 ms\x1b[0m");
    }

    #[test]
    fn the_ascii_marks_are_ascii() {
        let Marks { held, failed, unwatched, notice, waiting, pending, gap, dot, bullet, becomes, quote, fates } =
            Marks::ASCII;
        for mark in [held, failed, unwatched, notice, waiting, pending, gap, dot, bullet, becomes, quote] {
            assert!(mark.is_ascii(), "{mark}");
        }
        for arrow in arrows(&fates) {
            assert!(arrow.is_ascii(), "{arrow}");
        }
    }

    #[test]
    fn no_two_arrows_are_alike_and_all_are_of_one_width() {
        use unicode_width::UnicodeWidthStr;
        for fates in [Marks::UNICODE.fates, Marks::ASCII.fates] {
            let mut arrows = arrows(&fates).to_vec();
            assert!(arrows.iter().all(|arrow| arrow.width() == 3), "{arrows:?}");
            arrows.sort_unstable();
            arrows.dedup();
            assert_eq!(arrows.len(), 9);
        }
    }

    fn arrows(fates: &Fates) -> [&'static str; 9] {
        let Fates { held, twin, delivered, dropped, duplicated, delayed, reordered, corrupted, truncated } = *fates;
        [held, twin, delivered, dropped, duplicated, delayed, reordered, corrupted, truncated]
    }
}
