//! What our hands have done with the wire so far, as far as the text tells. What cannot come true is complained about
//! without running it; what depends on the packets is left to the lab.

use std::collections::{BTreeMap, BTreeSet};

use super::{Parsed, cursor::Word};
use crate::lesson::{
    diagnostic::Diagnostic,
    model::Span,
    script::{Deed, Handed, Rhythm, Treatment, Verb, Which},
};

/// A line's place among the lines, in the order in which they run: the sections of a challenge may stand in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn {
    pub(crate) order: usize,
    pub(crate) line: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Hands {
    here: Here,
    /// The frames that were let go by their label, of all the lesson's hosts.
    gone: BTreeMap<String, Gone>,
}

/// What lasts as long as the hosts.
#[derive(Debug, Default)]
struct Here {
    /// The line since which something stays in our hands.
    holds: Option<Turn>,
    /// The last line that let everything go, and the last one that also held nothing any more.
    emptied: Option<Turn>,
    freed: Option<usize>,
    /// The line that took the wire down.
    down: Option<usize>,
    /// The hosts that are sampled.
    sampled: BTreeSet<String>,
    /// A line could not be read, and what it would have done is not known.
    unclear: bool,
}

#[derive(Debug)]
struct Gone {
    line: usize,
    /// What that line does to it: `drops`.
    how: &'static str,
}

const DROPS: &str = "drops";

impl Hands {
    pub(super) fn let_go_of_hosts(&mut self) {
        self.here = Here::default();
    }

    /// Takes in what a line does; `None` for a line that could not be read.
    pub(super) fn remember(&mut self, verb: Option<&Verb>, turn: Turn) {
        match verb {
            Some(Verb::Wire(line)) => self.remember_deed(&line.deed, turn),
            Some(Verb::Sample(sample)) if sample.rhythm == Rhythm::Off => {
                self.here.sampled.remove(&sample.host);
            }
            Some(Verb::Sample(sample)) => {
                self.here.sampled.insert(sample.host.clone());
            }
            Some(_) => {}
            None => self.here.unclear = true,
        }
    }

    fn remember_deed(&mut self, deed: &Deed, turn: Turn) {
        let here = &mut self.here;
        match deed {
            Deed::Hold(_) => {
                here.holds.get_or_insert(turn);
            }
            Deed::Deliver(Handed::All) => here.emptied = Some(turn),
            Deed::Deliver(Handed::Labelled(label)) => self.lets_go(&label.name, turn, "delivers"),
            Deed::Treat { treatment, which: Which::Labelled(label) } => {
                self.lets_go(&label.name, turn, does(treatment));
            }
            Deed::Down => here.down = Some(turn.line),
            Deed::Up => here.down = None,
            Deed::Free => {
                (here.holds, here.down) = (None, None);
                (here.emptied, here.freed) = (Some(turn), Some(turn.line));
            }
            _ => {}
        }
    }

    fn lets_go(&mut self, label: &str, turn: Turn, how: &'static str) {
        self.gone.entry(label.to_owned()).or_insert(Gone { line: turn.line, how });
    }

    /// The line that drops this frame.
    pub(super) fn dropped(&self, label: &str) -> Option<usize> {
        self.gone.get(label).filter(|gone| gone.how == DROPS).map(|gone| gone.line)
    }

    /// Whether a frame that was seen at that turn can still be in our hands.
    pub(super) fn check_held(&self, label: Word, seen: Turn) -> Parsed<()> {
        let lost = |why: String| Err(Diagnostic::at(label.span(), not_held(label.text)).label(why));
        if let Some(Gone { line, how }) = self.gone.get(label.text) {
            return lost(format!("line {line} {how} it"));
        }
        if self.here.unclear {
            return Ok(());
        }
        if let Some(emptied) = self.here.emptied.filter(|emptied| *emptied > seen) {
            return lost(format!("line {} lets everything go", emptied.line));
        }
        match self.here.holds {
            None => Err(self.nothing_held(label.span())),
            Some(holds) if holds > seen => {
                let late = Diagnostic::at(label.span(), not_held(label.text));
                let late = late.label(format!("line {} saw it before line {} held anything", seen.line, holds.line));
                Err(late.help("a frame is held when it enters the wire: put `wire hold` above what sends it"))
            }
            Some(_) => Ok(()),
        }
    }

    /// Whether anything can be in our hands.
    pub(super) fn check_any_held(&self, span: Span) -> Parsed<()> {
        if self.here.holds.is_some() || self.here.unclear { Ok(()) } else { Err(self.nothing_held(span)) }
    }

    fn nothing_held(&self, span: Span) -> Diagnostic {
        let bare = Diagnostic::at(span, "nothing is in our hands").label(match self.here.freed {
            Some(line) => format!("line {line} ends every `wire hold` above"),
            None => "no `wire hold` above".into(),
        });
        bare.help("a frame is held when it enters the wire: put `wire hold` above what sends it")
    }

    pub(super) fn check_down(&self, span: Span) -> Parsed<()> {
        let Some(line) = self.here.down else { return Ok(()) };
        let twice = Diagnostic::at(span, "the wire is down already").label(format!("line {line} took it down"));
        Err(twice.help("take one of the two lines away"))
    }

    pub(super) fn check_up(&self, span: Span) -> Parsed<()> {
        if self.here.down.is_some() || self.here.unclear {
            return Ok(());
        }
        let up = Diagnostic::at(span, "the wire is up already").label("no `wire down` is in force");
        Err(up.help("take this line away"))
    }

    pub(super) fn check_sampled(&self, host: &str, span: Span) -> Parsed<()> {
        if self.here.sampled.contains(host) || self.here.unclear {
            return Ok(());
        }
        Err(Diagnostic::at(span, format!("`{host}` is not sampled")).label("there is nothing to end"))
    }
}

/// What is said of a frame that cannot be treated.
pub(super) fn not_held(label: &str) -> String {
    format!("`{label}` is not in our hands")
}

/// What is done to a frame, as a verb of its line.
const fn does(treatment: &Treatment) -> &'static str {
    match treatment {
        Treatment::Drop => DROPS,
        Treatment::Duplicate => "duplicates",
        Treatment::Reorder => "reorders",
        Treatment::Corrupt { .. } => "corrupts",
        Treatment::Truncate { .. } => "truncates",
        Treatment::Delay(_) => "delays",
    }
}
