//! Which frames a `wire` line is about: one that a packet line has named, or some that are still to come.

use crate::lesson::{
    diagnostic::Diagnostic,
    fields::TWIN,
    parser::{LineParser, Parsed, cursor::Word},
    script::{EndRef, Labelled, Pattern, Which},
};

impl<'a> LineParser<'a, '_> {
    /// `LABEL | [every] A > B … [times N]`.
    pub(super) fn which(&mut self) -> Parsed<Which> {
        let every = self.every();
        if self.begins_pattern() {
            let pattern = self.wire_pattern()?;
            let times = self.times_of_deed(&pattern)?;
            return match (every, times) {
                (None, times) => Ok(Which::Next { pattern, times: times.map_or(1, |(times, _)| times) }),
                (Some(_), None) => Ok(Which::Every(Some(pattern))),
                (Some(_), Some((_, word))) => {
                    let both = Diagnostic::at(word.span(), "`every` and `times` contradict each other");
                    Err(both.label("how many?").help("`times 3` is for the next three, `every` for all that come"))
                }
            };
        }
        if let Some(every) = every {
            return Err(self.every_without_pattern(every));
        }
        if self.cursor.is_done() {
            let missing = Diagnostic::at(self.cursor.here(), "which frame?").label("expected a label or a packet");
            return Err(
                missing.help("one that is held, by its label: `syn`; or the next that comes: `client > server SYN`")
            );
        }
        let label = self.label_of_frame();
        if self.cursor.peek_word().text == "times" {
            let word = self.cursor.word();
            let once =
                Diagnostic::at(word.span(), format!("`{}` is one frame", label.name)).label("there is one to treat");
            return Err(once.help("`times` counts frames that are still to come: `client > server len>0 times 3`"));
        }
        Ok(Which::Labelled(label))
    }

    /// `every`, if it is not a host.
    fn every(&mut self) -> Option<Word<'a>> {
        let word = self.cursor.peek_word();
        (word.text == "every" && !self.begins_pattern()).then(|| self.cursor.word())
    }

    fn every_without_pattern(&self, every: Word) -> Diagnostic {
        if self.cursor.is_done() {
            let bare = Diagnostic::at(every.span(), "every frame of which kind?").label("expected a packet behind it");
            return bare.help("such as `every client > server len>0`");
        }
        let label = self.cursor.peek_word();
        let one = Diagnostic::at(every.span(), format!("`every` and `{}` contradict each other", label.text));
        one.label("a label is one frame")
            .help(format_args!("leave out `every`, or say what all of them are like: `every client > server len>0`"))
    }

    /// The label of a frame that is in our hands. What is wrong with it does not hide the rest.
    pub(super) fn label_of_frame(&mut self) -> Labelled {
        let word = self.cursor.word();
        self.complaints.extend(self.scope.check_held(word).err());
        Labelled { name: word.text.to_owned(), span: word.span() }
    }

    /// A pattern for frames of the wire: it tests, and binds nothing.
    pub(super) fn wire_pattern(&mut self) -> Parsed<Pattern> {
        let pattern = self.pattern()?;
        self.check_apart(&pattern.from, &pattern.to);
        if let Some(test) = pattern.binding() {
            let bound = Diagnostic::at(test.span.clone(), "a `wire` line binds no name").label("binds nothing");
            let help = "a packet line binds it: `syn: client > server SYN seq=?j`";
            self.complaints.push(bound.help(help));
        }
        if let Some(test) = pattern.fields.iter().find(|test| test.field.name == TWIN) {
            let twin = Diagnostic::at(test.span.clone(), "`twin` has no place in a `wire` line");
            let twin = twin.label("a twin is folded, and nothing else is done with it");
            self.complaints.push(twin.help("a packet line can ask for one: `again: client > server SYN twin`"));
        }
        Ok(pattern)
    }

    pub(super) fn check_apart(&mut self, from: &EndRef, to: &EndRef) {
        if from.host == to.host {
            let inner = Diagnostic::at(to.span.clone(), format!("`{}` does not reach itself over the wire", to.host));
            self.complaints.push(inner.label("the same host").help("what a host sends to itself stays inside it"));
        }
    }

    /// `times N`, and where it stands.
    fn times_of_deed(&mut self, pattern: &Pattern) -> Parsed<Option<(u32, Word<'a>)>> {
        let word = self.cursor.peek_word();
        if word.text != "times" {
            return Ok(None);
        }
        self.cursor.word();
        // A name that is bound here was complained about.
        let times = if pattern.binding().is_some() { 1 } else { self.times(pattern)? };
        Ok(Some((times, word)))
    }
}
