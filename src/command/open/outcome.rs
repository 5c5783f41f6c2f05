//! What there is to say about the file itself: that it can not be read, or where it breaks off.

use std::{
    io::{self, Write},
    path::Path,
};

use super::{feed::Ended, study::Trouble};
use crate::{
    command::ending::{Ending, Failure},
    conversation::ConversationId,
    face::out::plain_words,
    lesson::printable::printable,
    pcap::{End, Flaw},
};

/// The file by the name that is shown.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) shown: String,
}

impl Named {
    pub(super) fn new(path: &Path) -> Self {
        let name = path.to_string_lossy();
        let shown = if path == "-" { "standard input".into() } else { printable(&name).into_owned() };
        Self { shown }
    }

    pub(super) fn cannot_open(&self, error: &io::Error) -> Failure {
        Failure::Input(format!("error: {}: {}", self.shown, plain_words(error)))
    }

    /// A file that is no capture at all is an error, and nothing was shown of it.
    pub(super) fn check_kind(&self, ended: &Ended) -> Result<(), Failure> {
        match &ended.end {
            End::Stops { flaw, .. } if flaw.is_foreign() => Err(self.complaint(flaw)),
            _ => Ok(()),
        }
    }

    fn complaint(&self, flaw: &Flaw) -> Failure {
        let help = flaw.help().map_or_else(String::new, |help| format!("\n  = help: {help}"));
        Failure::Input(format!("error: {}: {flaw}{help}", self.shown))
    }

    pub(super) fn no_such_stream(&self, ConversationId(stream): ConversationId, count: usize) -> Failure {
        let there = match count {
            0 => "it has none".to_owned(),
            1 => "it has one, number 0".to_owned(),
            _ => format!("it has {count}, numbered 0 to {}", count - 1),
        };
        let help = format!("  = help: `wiretutor open {}` lists them", self.shown);
        Failure::Input(format!("error: {} has no conversation {stream}: {there}\n{help}", self.shown))
    }

    /// The second reading has failed.
    pub(super) fn changed(&self, trouble: Trouble) -> Failure {
        match trouble {
            Trouble::File(error) => {
                let why = plain_words(&error);
                Failure::Input(format!("error: {} has changed since it was read first: {why}", self.shown))
            }
            Trouble::Output(error) => error.into(),
        }
    }

    /// How it ends: also where and why the file does.
    pub(super) fn conclude(&self, ended: &Ended, kept: Option<(u64, Option<&Path>)>) -> Result<Ending, Failure> {
        let mut stderr = io::stderr().lock();
        let mut say = |words: String| drop(writeln!(stderr, "{words}"));
        if let Some((count, Some(path))) = kept {
            say(format!("note: {} packets are kept in {}", count, printable(&path.to_string_lossy())));
        }
        if let Some((kind, count)) = ended.unknown {
            say(format!("note: {count} packets come from a kind of link that this program does not know ({kind})"));
        }
        match &ended.end {
            End::Whole => Ok(Ending::Done),
            End::Stops { at, flaw } => {
                say(format!("error: {} can be read up to byte {at}: {flaw}", self.shown));
                Err(Failure::Told)
            }
        }
    }
}
