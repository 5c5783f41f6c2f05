//! Draws complaints on their source line:
//!
//! ```text
//! error: unknown call `lisen`
//!   ┌─ lessons/2-tcp/handshake.md:21:9
//! 21│ server  lisen tcp 80
//!   │         ^^^^^ expected a call
//!   = help: did you mean `listen`?
//! ```
//!
//! The caret stands right under wide characters, tabs are expanded, a long line is cut around its caret, and nothing
//! of the file reaches the terminal unescaped.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use super::{
    diagnostic::Diagnostic,
    lines::LineIndex,
    model::Source,
    printable::{escaped, printable},
};

/// How much of a source line is shown, in columns.
const WIDEST: usize = 100;
/// How many columns are kept before a caret when the line is cut.
const BEFORE_CARET: usize = 30;
const TAB: usize = 4;
/// How many bytes on either side of a caret can matter: more than fill the picture in any script.
const AROUND: usize = 1000;
/// In characters.
const LONGEST_MESSAGE: usize = 160;
/// More complaints than this about one file help nobody.
const MOST: usize = 100;

/// A stretch of the picture that has one colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub role: Role,
    pub text: String,
}

/// What a piece is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `error:`
    Error,
    /// What is wrong.
    Message,
    /// The frame: line numbers, place.
    Frame,
    /// The line of the file.
    Source,
    /// The caret and its label.
    Caret,
    /// What helps.
    Note,
}

/// The pictures one below the other.
pub(super) fn draw(diagnostics: &[Diagnostic], source: &Source) -> Vec<Piece> {
    let index = LineIndex::new(&source.text);
    let mut canvas = Canvas { pieces: Vec::new() };
    for (at, diagnostic) in diagnostics.iter().take(MOST).enumerate() {
        if at > 0 {
            canvas.put(Role::Message, "\n");
        }
        canvas.picture(diagnostic, source, &index);
    }
    if diagnostics.len() > MOST {
        canvas.put(Role::Message, format!("\n… and {} more\n", diagnostics.len() - MOST));
    }
    canvas.pieces
}

struct Canvas {
    pieces: Vec<Piece>,
}

impl Canvas {
    fn put(&mut self, role: Role, text: impl Into<String>) {
        self.pieces.push(Piece { role, text: text.into() });
    }

    fn picture(&mut self, diagnostic: &Diagnostic, source: &Source, index: &LineIndex) {
        let start = floor_boundary(&source.text, diagnostic.span.start);
        let place = index.place(&source.text, start);
        let line = &source.text[place.line.clone()];
        let number = place.number.to_string();
        let gutter = " ".repeat(number.len());
        let end = floor_boundary(&source.text, diagnostic.span.end).min(place.line.end);
        let start = start.min(place.line.end) - place.line.start;
        let shown = Shown::of(line, start..(end.saturating_sub(place.line.start)).max(start));

        self.put(Role::Error, "error");
        self.put(Role::Message, format!(": {}\n", one_line(&diagnostic.message)));
        self.put(Role::Frame, format!("{gutter}┌─ {}:{number}:{}\n", printable(&source.path), place.column));
        self.put(Role::Frame, format!("{number}│"));
        self.put(Role::Source, if shown.text.is_empty() { "\n".into() } else { format!(" {}\n", shown.text) });
        self.put(Role::Frame, format!("{gutter}│"));
        let label = printable(&diagnostic.label);
        let caret = format!(" {}{} {label}", " ".repeat(shown.before), "^".repeat(shown.carets));
        self.put(Role::Caret, format!("{}\n", caret.trim_end()));
        for note in &diagnostic.notes {
            self.put(Role::Frame, format!("{gutter}= "));
            self.put(Role::Note, format!("{}\n", printable(note)));
        }
    }
}

/// A source line made fit to be seen, and where the caret goes.
struct Shown {
    text: String,
    /// Columns before the caret.
    before: usize,
    carets: usize,
}

/// One character of the source as it is shown.
struct Cell {
    at: usize,
    text: String,
    width: usize,
    /// Columns before it.
    column: usize,
}

impl Shown {
    fn of(line: &str, marked: Range<usize>) -> Self {
        // A line may be as long as the file: only what is near the caret is looked at.
        let near = floor_boundary(line, marked.start.saturating_sub(AROUND))
            ..floor_boundary(line, marked.start.saturating_add(AROUND));
        let cells = cells(&line[near.clone()]);
        let whole = cells.last().map_or(0, |cell| cell.column + cell.width);
        let column_of =
            |at: usize| cells.iter().find(|cell| cell.at + near.start >= at).map_or(whole, |cell| cell.column);
        let (from, to) = (column_of(marked.start), column_of(marked.end));
        let left = if whole <= WIDEST || from + BEFORE_CARET <= WIDEST { 0 } else { from - BEFORE_CARET };
        let right = (left + WIDEST).min(whole);
        Self::cut(&cells, left..right, from..to, (near.start > 0 || left > 0, near.end < line.len() || right < whole))
    }

    /// The columns of the window; `…` stands for what is cut off on either side.
    fn cut(cells: &[Cell], window: Range<usize>, marked: Range<usize>, (cut_left, cut_right): (bool, bool)) -> Self {
        let kept = || cells.iter().filter(|cell| cell.column >= window.start && cell.column + cell.width <= window.end);
        let first = kept().next().map_or(window.start, |cell| cell.column);
        let mut text: String = kept().map(|cell| cell.text.as_str()).collect();
        let mut before = marked.start.saturating_sub(first);
        if cut_right {
            text.push('…');
        }
        if cut_left {
            text.insert(0, '…');
            before += 1;
        }
        Self { text, before, carets: marked.end.min(window.end).saturating_sub(marked.start).max(1) }
    }
}

/// A message may quote what the author wrote, however long that is.
fn one_line(message: &str) -> String {
    let shown = printable(message);
    match shown.char_indices().nth(LONGEST_MESSAGE) {
        Some((at, _)) => format!("{}…", &shown[..at]),
        None => shown.into_owned(),
    }
}

fn cells(line: &str) -> Vec<Cell> {
    let mut column = 0;
    line.char_indices()
        .map(|(at, c)| {
            let text = if c == '\t' { " ".repeat(TAB - column % TAB) } else { escaped(c).into_owned() };
            let width = text.chars().map(|c| c.width().unwrap_or(0)).sum();
            let cell = Cell { at, text, width, column };
            column += width;
            cell
        })
        .collect()
}

/// The border of a character at or before this byte.
pub(super) fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source { path: "l.md".into(), text: text.into() }
    }

    fn drawn(text: &str, marked: &str) -> String {
        let at = text.find(marked).unwrap();
        Diagnostic::at(at..at + marked.len(), "no").label("here").render(&source(text))
    }

    #[test]
    fn the_caret_stands_under_the_fault() {
        let source = source("one\nack: server  SYN+ACK ack=j+1\nthree\n");
        let at = source.text.find("ack=").unwrap();
        let picture = Diagnostic::at(at..at + 7, "no packet matched `ack` within 2s")
            .label("expected 1041 (j = 1040), got 1042")
            .note("nearest: server > client  SYN+ACK seq=7 ack=1042   at +0.3ms")
            .render(&source);
        assert_eq!(
            picture,
            "error: no packet matched `ack` within 2s\n ┌─ l.md:2:22\n2│ ack: server  SYN+ACK ack=j+1\n \
             │                      ^^^^^^^ expected 1041 (j = 1040), got 1042\n \
             = nearest: server > client  SYN+ACK seq=7 ack=1042   at +0.3ms\n"
        );
    }

    #[test]
    fn a_wide_character_takes_two_columns() {
        assert_eq!(drawn("握手 错 x", "错"), "error: no\n ┌─ l.md:1:4\n1│ 握手 错 x\n │      ^^ here\n");
    }

    #[test]
    fn a_tab_is_expanded() {
        assert_eq!(drawn("a\tb", "b"), "error: no\n ┌─ l.md:1:3\n1│ a   b\n │     ^ here\n");
    }

    #[test]
    fn control_characters_are_shown_not_sent() {
        assert_eq!(drawn("\x1b[31m!", "!"), "error: no\n ┌─ l.md:1:6\n1│ \\u{1b}[31m!\n │           ^ here\n");
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let text = format!("{}bad{}", "x".repeat(500), "y".repeat(500));
        let picture = drawn(&text, "bad");
        let lines: Vec<&str> = picture.lines().collect();
        assert_eq!(lines[2], format!("1│ …{}bad{}…", "x".repeat(30), "y".repeat(67)));
        assert_eq!(lines[3], format!(" │ {}^^^ here", " ".repeat(31)));
    }

    #[test]
    fn a_place_behind_the_end_is_the_end() {
        let picture = Diagnostic::at(900..950, "no").render(&source("one\ntwo"));
        assert_eq!(picture, "error: no\n ┌─ l.md:2:4\n2│ two\n │    ^\n");
    }

    #[test]
    fn an_empty_file_can_be_complained_about() {
        assert_eq!(Diagnostic::at(0..0, "no").render(&source("")), "error: no\n ┌─ l.md:1:1\n1│\n │ ^\n");
    }

    #[test]
    fn a_fault_over_several_lines_is_marked_on_its_first() {
        assert_eq!(drawn("a bc\nd", "bc\nd"), "error: no\n ┌─ l.md:1:3\n1│ a bc\n │   ^^ here\n");
    }

    #[test]
    fn a_flood_is_stopped() {
        let all: Vec<_> = (0..250).map(|_| Diagnostic::at(0..1, "no")).collect();
        let picture = super::super::diagnostic::render_all(&all, &source("x"));
        assert_eq!(picture.matches("error: no").count(), MOST);
        assert!(picture.ends_with("\n… and 150 more\n"), "{picture}");
    }
}
