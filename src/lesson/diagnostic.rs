//! A complaint about a place in a lesson's file. The parser makes them, and so does the lab when a claim fails;
//! how one is drawn is in [`super::drawing`].

use super::{
    drawing::{self, Piece},
    model::{Source, Span},
    suggest,
};

/// What is wrong, where, and what would mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// One line: what is wrong.
    pub message: String,
    /// The bytes of the file that the caret stands under.
    pub span: Span,
    /// What stands beside the caret: what was expected there.
    pub label: String,
    /// Lines below the picture: `help: …`, `nearest: …`.
    pub notes: Vec<String>,
}

impl Diagnostic {
    #[must_use]
    pub fn at(span: Span, message: impl Into<String>) -> Self {
        Self { message: message.into(), span, label: String::new(), notes: Vec::new() }
    }

    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    #[must_use]
    pub fn help(self, help: impl std::fmt::Display) -> Self {
        self.note(format!("help: {help}"))
    }

    /// Adds "did you mean" where a known word is near to what was written.
    #[must_use]
    pub fn did_you_mean<'a>(self, written: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match suggest::nearest(written, known) {
            Some(word) => self.help(format_args!("did you mean `{word}`?")),
            None => self,
        }
    }

    /// The same, and where nothing is near, a list of all that is known: `the states are LISTEN, …`.
    #[must_use]
    pub fn did_you_mean_of(self, written: &str, known: &[&str], what: &str) -> Self {
        match suggest::nearest(written, known.iter().copied()) {
            Some(word) => self.help(format_args!("did you mean `{word}`?")),
            None => self.note(format!("{what} are {}", known.join(", "))),
        }
    }

    /// The same with a span that lies in the file, on the borders of characters.
    #[must_use]
    pub(super) fn within(mut self, source: &Source) -> Self {
        let floor = |at: usize| drawing::floor_boundary(&source.text, at);
        self.span = floor(self.span.start)..floor(self.span.end.max(self.span.start));
        self
    }

    /// The picture as plain text, ending in a newline.
    #[must_use]
    pub fn render(&self, source: &Source) -> String {
        plain(&self.pieces(source))
    }

    /// The picture in pieces, for a face that colours them.
    #[must_use]
    pub fn pieces(&self, source: &Source) -> Vec<Piece> {
        drawing::draw(std::slice::from_ref(self), source)
    }
}

/// All the pictures of one file as plain text, with an empty line between.
#[must_use]
pub fn render_all(diagnostics: &[Diagnostic], source: &Source) -> String {
    plain(&drawing::draw(diagnostics, source))
}

fn plain(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}
