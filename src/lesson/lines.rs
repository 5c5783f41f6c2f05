//! Where the lines of a file begin.

use super::model::Span;

/// Finds the line of a byte without reading the file again.
#[derive(Debug)]
pub(crate) struct LineIndex {
    starts: Vec<usize>,
}

/// A byte's place in the file as people count it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// From 1.
    pub(crate) number: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
    /// The line without its end.
    pub(crate) line: Span,
}

impl LineIndex {
    pub(crate) fn new(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(ends).collect() }
    }

    /// The number of the line, from 1.
    pub(crate) fn number(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).max(1)
    }

    /// `at` has to be on a character boundary of the text.
    pub(crate) fn place(&self, text: &str, at: usize) -> Place {
        let number = self.number(at);
        let start = self.starts[number - 1];
        let end = self.starts.get(number).map_or(text.len(), |next| next - 1);
        let line = start..start + text[start..end].trim_end_matches('\r').len();
        let column = text[start..at].chars().count() + 1;
        Place { number, column, line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_found_in_its_line() {
        let text = "eins\r\nzwöi\n\nvier";
        let index = LineIndex::new(text);
        assert_eq!(index.place(text, 2), Place { number: 1, column: 3, line: 0..4 });
        assert_eq!(index.place(text, 10), Place { number: 2, column: 4, line: 6..11 });
        assert_eq!(index.place(text, 12), Place { number: 3, column: 1, line: 12..12 });
        assert_eq!(index.place(text, text.len()), Place { number: 4, column: 5, line: 13..17 });
    }
}
