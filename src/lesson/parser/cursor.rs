//! Walks through one line of a script, and knows the place of each word in the file.

use super::Parsed;
use crate::lesson::{diagnostic::Diagnostic, model::Span};

/// A position in a stretch of the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    file: &'a str,
    at: usize,
    end: usize,
}

/// Some characters of the line, and where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    pub(crate) start: usize,
}

/// Follows quotes and their escapes through a line.
#[derive(Debug, Default)]
pub(crate) struct Quotes {
    inside: bool,
    escaped: bool,
}

impl Quotes {
    /// Whether this character, the next one of the line, stands between quotes.
    pub(crate) fn enclose(&mut self, c: char) -> bool {
        if self.escaped {
            self.escaped = false;
        } else if c == '"' {
            self.inside = !self.inside;
        } else {
            self.escaped = self.inside && c == '\\';
        }
        self.inside
    }
}

impl<'a> Word<'a> {
    pub(crate) fn span(&self) -> Span {
        self.start..self.start + self.text.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The name that it begins with; may be empty.
    pub(crate) fn leading_name(&self) -> Self {
        let end = self.text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        Self { text: &self.text[..end.unwrap_or(self.text.len())], start: self.start }
    }

    /// The parts before and behind the first `separator`.
    pub(crate) fn split_once(&self, separator: char) -> Option<(Self, Self)> {
        let (left, right) = self.text.split_once(separator)?;
        let behind = self.start + left.len() + separator.len_utf8();
        Some((Self { text: left, start: self.start }, Self { text: right, start: behind }))
    }

    /// The same at the last `separator`.
    pub(crate) fn rsplit_once(&self, separator: char) -> Option<(Self, Self)> {
        let (left, right) = self.text.rsplit_once(separator)?;
        let behind = self.start + left.len() + separator.len_utf8();
        Some((Self { text: left, start: self.start }, Self { text: right, start: behind }))
    }
}

impl<'a> Cursor<'a> {
    /// `span` has to lie on character boundaries of the file.
    pub(crate) fn new(file: &'a str, span: Span) -> Self {
        Self { file, at: span.start, end: span.end }
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.file[self.at..self.end]
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Whether nothing but space is left.
    pub(crate) fn is_done(&self) -> bool {
        self.rest().trim().is_empty()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The characters from here on that are wanted; may be none.
    pub(crate) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> Word<'a> {
        let rest = self.rest();
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        let word = Word { text: &rest[..length], start: self.at };
        self.at += length;
        word
    }

    /// Takes `expected` if it stands right here.
    pub(crate) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    /// The next word: up to white space. Empty at the end of the line.
    pub(crate) fn word(&mut self) -> Word<'a> {
        self.skip_space();
        self.take_while(|c| !c.is_whitespace())
    }

    pub(crate) fn peek_word(&self) -> Word<'a> {
        let mut ahead = *self;
        ahead.word()
    }

    /// Takes the next word if it is this one.
    pub(crate) fn eat_word(&mut self, expected: &str) -> bool {
        let mut ahead = *self;
        let found = ahead.word().text == expected;
        if found {
            *self = ahead;
        }
        found
    }

    /// A name: a letter or `_`, then letters, digits and `_`. Empty if there is none right here.
    pub(crate) fn name(&mut self) -> Word<'a> {
        if self.peek().is_some_and(|c| c.is_ascii_digit()) {
            return Word { text: "", start: self.at };
        }
        self.take_while(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    /// Where the next word stands; right behind the line when there is none.
    pub(crate) fn here(&self) -> Span {
        let mut ahead = *self;
        let before = ahead.at;
        let word = ahead.word();
        if word.is_empty() { before..before } else { word.span() }
    }

    /// Some text of the file.
    pub(crate) fn text(&self, span: Span) -> &'a str {
        &self.file[span]
    }

    /// Goes on behind a part that was not understood: up to white space outside quotes.
    pub(crate) fn skip_part(&mut self) {
        self.skip_space();
        let mut quotes = Quotes::default();
        let end = self.rest().find(|c: char| !quotes.enclose(c) && c.is_whitespace());
        self.at += end.unwrap_or(self.end - self.at);
    }

    /// An error when something is left.
    pub(crate) fn expect_end(&self) -> Parsed<()> {
        if self.is_done() {
            return Ok(());
        }
        let mut ahead = *self;
        ahead.skip_space();
        let rest = ahead.at..ahead.at + ahead.rest().trim_end().len();
        Err(Diagnostic::at(rest, "the line should end here").label("not understood"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_know_their_place() {
        let file = "a line\nserver  listen\n";
        let mut cursor = Cursor::new(file, 7..21);
        assert_eq!(cursor.word(), Word { text: "server", start: 7 });
        assert_eq!(cursor.peek_word(), Word { text: "listen", start: 15 });
        assert!(!cursor.eat_word("list"), "only whole words are taken");
        assert!(cursor.eat_word("listen"));
        assert!(cursor.is_done());
        assert_eq!(cursor.here(), 21..21);
    }

    #[test]
    fn a_name_does_not_begin_with_a_digit() {
        assert!(Cursor::new("1a", 0..2).name().is_empty());
        assert_eq!(Cursor::new("a1-b", 0..4).name().text, "a1");
    }
}
