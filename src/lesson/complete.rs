//! What may stand at the cursor of a line that is being typed.
//!
//! The words come from the tables that feed the parser; whether one may stand here is asked of the parser itself. So
//! a verb, an option or a field that is added to its table is offered where it fits, and nothing is offered that
//! would be refused.

mod pool;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::{
    drawing::floor_boundary,
    improvise::Before,
    model::{Lesson, LinkKind},
    parser::{
        self,
        cursor::Quotes,
        verbs::{Chapter, VERBS, VerbRow},
        wire::{FORMS, FormRow},
    },
};

/// What could be typed instead of the bytes of `replaces`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    pub replaces: Range<usize>,
    pub candidates: Vec<Candidate>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub text: String,
    /// One line; empty where there is nothing to say.
    pub help: String,
}

/// The row of a table that says how a line is written.
#[derive(Clone, Copy, Debug)]
pub enum Row {
    Verb(&'static VerbRow),
    /// Behind `wire`.
    Form(&'static FormRow),
}

impl Row {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verb(row) => row.name,
            Self::Form(row) => row.name,
        }
    }

    #[must_use]
    pub const fn usage(self) -> &'static str {
        match self {
            Self::Verb(row) => row.usage,
            Self::Form(row) => row.usage,
        }
    }

    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Verb(row) => row.help,
            Self::Form(row) => row.help,
        }
    }

    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Verb(row) => row.example,
            Self::Form(row) => row.example,
        }
    }

    fn is_call(self) -> bool {
        matches!(self, Self::Verb(row) if row.chapter() == Chapter::Calls)
    }
}

/// A line is something to read aloud; in a longer one nothing is completed.
const LONGEST: usize = 1000;

/// What may stand at the byte `cursor` of `typed`. `said` as for [`super::improvise::improvise`].
#[must_use]
pub fn complete(lesson: &Lesson, link: LinkKind, said: &[&str], typed: &str, cursor: usize) -> Completions {
    let cursor = floor_boundary(typed, cursor);
    let head = &typed[..cursor];
    let Some(start) = word_start(head).filter(|_| head.len() <= LONGEST) else {
        return Completions { replaces: cursor..cursor, candidates: Vec::new() };
    };
    let before = Before::of(lesson, link, said);
    let (words, stem) = head.split_at(start);
    let offers = pool::offers(&before, words, stem).into_iter();
    let fitting = offers.filter(|offer| begins(&offer.text, stem) && is_admitted(&before, words, offer));
    let mut candidates: Vec<Candidate> = Vec::new();
    for offer in fitting {
        if candidates.iter().all(|known| known.text != offer.text) {
            candidates.push(Candidate { text: offer.text, help: offer.help });
        }
    }
    Completions { replaces: start..cursor, candidates }
}

/// How what is being typed is written, and what it means; where it can be told.
#[must_use]
pub fn help_for(typed: &str, cursor: usize) -> Option<Row> {
    let head = &typed[..floor_boundary(typed, cursor)];
    let mut words = head.split_whitespace();
    let first = words.next()?;
    let second = words.next().unwrap_or_default();
    row(head).or_else(|| match first {
        "wire" => only(FORMS.iter().filter(|form| form.name.starts_with(second))).map(Row::Form).or(wire()),
        _ if second.is_empty() => only(line_rows().filter(|row| row.name.starts_with(first))).map(Row::Verb),
        _ => only(host_rows().filter(|row| row.name.starts_with(second))).map(Row::Verb),
    })
}

fn wire() -> Option<Row> {
    VERBS.iter().find(|row| row.chapter() == Chapter::Wire).map(Row::Verb)
}

fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    found.next().filter(|_| found.next().is_none())
}

/// The verbs that begin a line; a packet line has none.
fn line_rows() -> impl Iterator<Item = &'static VerbRow> {
    let begins = |row: &&VerbRow| matches!(row.chapter(), Chapter::Packets | Chapter::Wire) && row.name != PACKET;
    VERBS.iter().filter(begins)
}

/// The verbs behind a host.
fn host_rows() -> impl Iterator<Item = &'static VerbRow> {
    VERBS.iter().filter(|row| matches!(row.chapter(), Chapter::Calls | Chapter::Claims))
}

const PACKET: &str = "packet";

/// The row of a line whose verb is written out, as far as the line is there.
fn row(head: &str) -> Option<Row> {
    let mut words = head.split_whitespace();
    let first = words.next()?;
    if first == "wire" {
        let second = words.next()?;
        return FORMS.iter().find(|form| form.name == second).map(Row::Form);
    }
    if let Some(row) = line_rows().find(|row| row.name == first) {
        return Some(Row::Verb(row));
    }
    let is_packet = first == "next" || first.ends_with(':') || parser::points(head);
    let second = words.next().unwrap_or_default();
    let mut rows = VERBS.iter();
    match is_packet {
        true => rows.find(|row| row.name == PACKET).map(Row::Verb),
        false => host_rows().find(|row| row.name == second).map(Row::Verb),
    }
}

/// Where the word at the end begins; `None` in a comment, and inside quotes.
fn word_start(head: &str) -> Option<usize> {
    let mut quotes = Quotes::default();
    let (mut start, mut quoted) = (0, false);
    for (at, c) in head.char_indices() {
        quoted = quotes.enclose(c);
        match c {
            '#' if !quoted => return None,
            c if c.is_whitespace() && !quoted => start = at + c.len_utf8(),
            _ => {}
        }
    }
    (!quoted).then_some(start)
}

/// Case does not matter: `syn` is completed to `SYN`.
fn begins(text: &str, stem: &str) -> bool {
    text.get(..stem.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(stem))
}

/// Whether the parser takes the line with this word at its end, or misses only what is still to come.
fn is_admitted(before: &Before, words: &str, offer: &pool::Offer) -> bool {
    let goes_on = |rest: &str| {
        let line = format!("{words}{}{rest}", offer.text);
        let end = line.trim_end().len();
        parser::faults(&line, &before.scope).iter().all(|fault| fault.start >= end)
    };
    goes_on("") || offer.rest.as_deref().is_some_and(goes_on)
}
