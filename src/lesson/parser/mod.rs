//! The lines of a lab block: each becomes a [`Line`] or a complaint, and a wrong line does not hide the next one.
//!
//! What a line may say stands in one table, [`verbs::VERBS`]: a new verb is a row of it and a function that reads
//! what stands behind the verb.

use super::{
    diagnostic::Diagnostic,
    lines::LineIndex,
    model::Span,
    script::{Line, Verb},
};
use cursor::{Cursor, Quotes, Word};
use scope::{Kind, NewName, Scope};

mod address;
mod calls;
mod claims;
pub(crate) mod cursor;
pub(crate) mod expr;
mod fieldtest;
mod hands;
pub(crate) mod packet;
mod sample;
pub(crate) mod scope;
mod value;
pub mod verbs;
pub mod wire;

use verbs::ReadCall;

/// What a part of the line means, or the complaint about it.
pub(crate) type Parsed<T> = Result<T, Diagnostic>;

/// A line is something to read aloud; this is far beyond it.
const LONGEST_LINE: usize = 4096;
/// Behind so many complaints the file is no lesson, and the rest of its lines is not read.
const ENOUGH: usize = 1000;

/// Reads the lines that `block` spans, which has to begin and end at the borders of lines.
pub(crate) fn lines(
    file: &str,
    block: Span,
    index: &LineIndex,
    scope: &mut Scope,
    complaints: &mut Vec<Diagnostic>,
) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = block.start;
    for line in file[block].split_inclusive('\n') {
        let number = index.number(start);
        let span = start..start + line.len();
        start = span.end;
        if complaints.len() >= ENOUGH {
            break;
        }
        match read(file, span, number, scope, complaints) {
            Ok(line) => lines.extend(line),
            Err(complaint) => complaints.push(complaint),
        }
    }
    lines
}

/// Reads a line that stands alone, with the names that `scope` knows; it takes part in it like a line of a lesson.
/// `None` for a line that says nothing.
pub(crate) fn line(text: &str, number: usize, scope: &mut Scope, complaints: &mut Vec<Diagnostic>) -> Option<Line> {
    let read = read(text, 0..text.len(), number, scope, complaints);
    read.unwrap_or_else(|complaint| {
        complaints.push(complaint);
        None
    })
}

/// Where a line is wrong, or not finished, if it were read now. Nothing is taken in.
pub(crate) fn faults(text: &str, scope: &Scope) -> Vec<Span> {
    let (span, _) = split_comment(text, 0..text.len());
    let mut parser = LineParser::new(text, span, scope);
    let verb = parser.verb();
    let taken = parser.names.iter().filter_map(|name| scope.check_free(name).err());
    let needs_wire = parser.wants_wire.clone().filter(|_| !scope.has_wire()).map(|(span, _)| span);
    let complaints = parser.complaints.iter().chain(verb.as_ref().err()).map(|complaint| complaint.span.clone());
    complaints.chain(taken.map(|complaint| complaint.span)).chain(needs_wire).collect()
}

/// Whether a line begins with the ends of a packet.
pub(crate) fn points(text: &str) -> bool {
    begins_pattern(Cursor::new(text, 0..text.len()))
}

fn begins_pattern(mut ahead: Cursor) -> bool {
    ahead.skip_space();
    ahead.take_while(|c| !c.is_whitespace() && !matches!(c, '<' | '>' | '→') && c != '"');
    ahead.skip_space();
    ahead.rest().starts_with(['>', '<', '→']) || address::is_arrow(&ahead)
}

/// `None` for a line that says nothing.
fn read(
    file: &str,
    whole: Span,
    number: usize,
    scope: &mut Scope,
    complaints: &mut Vec<Diagnostic>,
) -> Parsed<Option<Line>> {
    if whole.len() > LONGEST_LINE {
        let long = Diagnostic::at(whole, "this line is too long").label(format!("over {LONGEST_LINE} bytes"));
        return Err(long.help("a lab line says one thing"));
    }
    let (span, comment) = split_comment(file, whole);
    if span.is_empty() {
        return Ok(None);
    }
    let mut parser = LineParser::new(file, span.clone(), scope);
    let verb = parser.verb();
    if verb.is_err() {
        parser.salvage_names(span.clone());
    }
    let LineParser { names, complaints: found, wants_wire, .. } = parser;
    complaints.extend(found);
    complaints.extend(wants_wire.and_then(|(span, what)| scope.lacks_wire(span, what)));
    let turn = scope.turn(number);
    for name in names {
        scope.declare(name, turn).unwrap_or_else(|complaint| complaints.push(complaint));
    }
    scope.remember(verb.as_ref().ok(), turn);
    let text = file[span.clone()].to_owned();
    Ok(Some(Line { number, text, span, comment, verb: verb? }))
}

/// Parts the line at the first `#` outside quotes, and takes the white space off both parts.
fn split_comment(file: &str, whole: Span) -> (Span, Option<String>) {
    let line = &file[whole.clone()];
    let mut quotes = Quotes::default();
    let hash = line.find(|c| !quotes.enclose(c) && c == '#');
    let said = &line[..hash.unwrap_or(line.len())];
    let start = whole.start + said.len() - said.trim_start().len();
    let comment = hash.map(|at| line[at + 1..].trim().to_owned()).filter(|comment| !comment.is_empty());
    (start..start + said.trim().len(), comment)
}

/// Reads one line from left to right.
#[derive(Debug)]
pub(crate) struct LineParser<'a, 's> {
    /// Where the line begins.
    start: usize,
    cursor: Cursor<'a>,
    scope: &'s Scope,
    /// The names that the line gives.
    names: Vec<NewName<'a>>,
    /// Whether a packet binds them.
    in_packet: bool,
    /// The first thing in the line that only a wire can do.
    wants_wire: Option<(Span, &'static str)>,
    /// Faults after which the rest of the line could still be read.
    complaints: Vec<Diagnostic>,
}

impl<'a, 's> LineParser<'a, 's> {
    fn new(file: &'a str, span: Span, scope: &'s Scope) -> Self {
        let (start, names, complaints) = (span.start, Vec::new(), Vec::new());
        let cursor = Cursor::new(file, span);
        Self { start, cursor, scope, names, in_packet: false, wants_wire: None, complaints }
    }

    fn verb(&mut self) -> Parsed<Verb> {
        let verb = self.dispatch()?;
        self.cursor.expect_end()?;
        Ok(verb)
    }

    /// A packet line shows itself by its label, by `next` or by its arrow; any other by its verb.
    fn dispatch(&mut self) -> Parsed<Verb> {
        if self.begins_packet() {
            return packet::packet(self);
        }
        let first = self.cursor.peek_word();
        if let Some(parse) = verbs::line_verb(first.text) {
            self.cursor.word();
            return parse(self);
        }
        let actor = self.actor()?;
        let said = self.cursor.word();
        if let Some(parse) = verbs::claim(said.text) {
            return parse(self, actor);
        }
        match verbs::call(said.text) {
            Some(parse) => calls::line(self, actor, parse),
            None => Err(verbs::unknown_after_host(said, &actor.host)),
        }
    }

    fn begins_packet(&self) -> bool {
        let first = self.cursor.peek_word();
        self.begins_pattern() || first.text == "next" || first.text.ends_with(':')
    }

    /// Whether an arrow stands behind the next word, or in it.
    fn begins_pattern(&self) -> bool {
        begins_pattern(self.cursor)
    }

    /// Also the names of a line that was not understood are names: otherwise one mistake would cause many.
    fn salvage_names(&mut self, line: Span) {
        let mut cursor = Cursor::new(self.cursor.text(0..line.end), line);
        let host = cursor.peek_word().text.split('.').next().unwrap_or_default();
        let mut found = Vec::new();
        while !cursor.is_done() {
            let word = cursor.word();
            if word.text == "as" && self.scope.is_host(host) {
                cursor.skip_space();
                found.push((cursor.name(), self.scope.new_socket(host)));
            } else if let Some((_, name)) = word.split_once('?') {
                found.push((name.leading_name(), Kind::Value { by_packet: self.in_packet }));
            }
        }
        let known: Vec<_> = self.names.iter().map(|known| known.word).collect();
        found.retain(|(name, _)| !name.is_empty() && !known.contains(name));
        self.names.extend(found.into_iter().map(|(word, kind)| NewName { word, kind }));
    }

    /// Notes that only a wire can do this.
    fn want_wire(&mut self, span: Span, what: &'static str) {
        self.wants_wire.get_or_insert((span, what));
    }

    /// A name that this line gives to something.
    fn new_name(&mut self, word: Word<'a>, kind: Kind) {
        self.names.push(NewName { word, kind });
    }
}

#[cfg(test)]
mod tests;
