//! What there is to say about the file itself: that it can not be read, or where it breaks off.

use std::{
    io::{self, Write},
    path::Path,
};

use super::{again::Trouble, feed::Ended, study::Study};
use crate::{
    cli::Open,
    command::ending::{Ending, Failure},
    conversation::ConversationId,
    face::out::plain_words,
    lesson::printable::printable,
    pcap::{End, Flaw},
};

/// The file by the name that is shown.
#[derive(Debug)]
pub(in crate::command) struct Named {
    pub(in crate::command) shown: String,
}

impl Named {
    pub(in crate::command) fn new(path: &Path) -> Self {
        let name = path.to_string_lossy();
        let shown = if path == "-" { "standard input".into() } else { printable(&name).into_owned() };
        Self { shown }
    }

    pub(in crate::command) fn cannot_open(&self, error: &io::Error) -> Failure {
        Failure::Input(format!("error: {}: {}", self.shown, plain_words(error)))
    }

    /// A file that is no capture at all is an error, and nothing was shown of it.
    pub(in crate::command) fn check_kind(&self, ended: &Ended) -> Result<(), Failure> {
        match &ended.end {
            End::Stops { flaw, .. } if flaw.is_foreign() => Err(self.complaint(flaw)),
            _ => Ok(()),
        }
    }

    fn complaint(&self, flaw: &Flaw) -> Failure {
        let help = flaw.help().map_or_else(String::new, |help| format!("\n  = help: {help}"));
        Failure::Input(format!("error: {}: {flaw}{help}", self.shown))
    }

    /// The second reading has failed.
    pub(in crate::command::open) fn changed(&self, trouble: Trouble) -> Failure {
        match trouble {
            Trouble::File(error) => self.complaint(&Self::why_not_again(&error)),
            Trouble::Output(error) => error.into(),
        }
    }

    /// How it ends: what was kept, what was not understood, where and why the file breaks off, and at last whether
    /// there was anything of what was asked for.
    pub(in crate::command) fn conclude(
        &self,
        arguments: &Open,
        ended: &Ended,
        study: &mut Study<'_>,
    ) -> Result<Ending, Failure> {
        let kept = study.keep()?;
        let mut stderr = io::stderr().lock();
        let mut say = |words: String| drop(writeln!(stderr, "{words}"));
        if let (Some(count), Some(path)) = (kept, &arguments.pcapng) {
            say(format!("note: {} kept in {}", packets(count), printable(&path.to_string_lossy())));
        }
        ended.unknown_links().for_each(|words| say(format!("note: {words}")));
        let is_missing = arguments.stream.is_some_and(|stream| study.accounts.get(ConversationId(stream)).is_none());
        if study.shown == 0 && study.packets > 0 && !is_missing && !arguments.list {
            say(format!("note: none of the {} fits what was asked for", packets(study.packets)));
        }
        if let Some(words) = self.breaks_off(ended) {
            say(format!("error: {words}"));
        }
        match arguments.stream.filter(|_| is_missing) {
            Some(stream) => Err(self.no_such_stream(stream, study.accounts.all().len())),
            None if ended.end == End::Whole => Ok(Ending::Done),
            None => Err(Failure::Told),
        }
    }

    /// Where and why the file breaks off, if it does.
    fn breaks_off(&self, ended: &Ended) -> Option<String> {
        match &ended.end {
            End::Stops { at, flaw } => Some(format!("{} can be read up to byte {at}: {flaw}", self.shown)),
            End::Whole => None,
        }
    }

    /// What there is to say of the file where nothing goes to standard error, a sentence each.
    pub(in crate::command) fn troubles(&self, ended: &Ended) -> Vec<String> {
        let End::Stops { flaw, .. } = &ended.end else { return ended.unknown_links().collect() };
        let words = if flaw.is_foreign() { Some(format!("{}: {flaw}", self.shown)) } else { self.breaks_off(ended) };
        words.into_iter().chain(flaw.help().map(|help| help.to_string())).chain(ended.unknown_links()).collect()
    }

    /// Why what was read once can not be read again.
    pub(in crate::command) fn why_not_again(error: &io::Error) -> Flaw {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Flaw::Shrank,
            _ => Flaw::Unreadable { why: plain_words(error) },
        }
    }

    fn no_such_stream(&self, stream: u64, count: usize) -> Failure {
        let there = match count {
            0 => "it has none".to_owned(),
            1 => "it has one, number 0".to_owned(),
            _ => format!("it has {count}, numbered 0 to {}", count - 1),
        };
        let help = format!("  = help: `wiretutor open {}` lists them", self.shown);
        Failure::Input(format!("error: {} has no conversation {stream}: {there}\n{help}", self.shown))
    }
}

impl Ended {
    fn unknown_links(&self) -> impl Iterator<Item = String> {
        let links = self.unknown.iter();
        links.map(|(kind, count)| {
            format!("{} from a kind of link that this program does not know ({kind})", packets(*count))
        })
    }
}

fn packets(count: u64) -> String {
    if count == 1 { "1 packet".into() } else { format!("{count} packets") }
}
