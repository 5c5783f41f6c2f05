//! `open`: a capture file, studied.

mod export;
mod feed;
mod outcome;
mod show;
mod study;

use std::{io, path::Path, time::Duration};

use self::{
    export::Export,
    feed::{Batch, Feed, Next},
    outcome::Named,
    show::Show,
    study::{Study, Wanted},
};
use super::ending::{Ending, Failure};
use crate::{
    cli::{LookFlags, Open},
    conversation::{ConversationId, filter::Filter},
    face::{
        capture::{Numbers, ladder::Ladder},
        out,
        text::terminal,
    },
    pcap::{self, Source},
};

/// Nothing is there at once: what was told so far is shown, and somebody should still be reading it.
const A_WHILE: Duration = Duration::from_secs(1);

pub fn open(arguments: &Open, flags: LookFlags) -> Result<Ending, Failure> {
    let named = Named::new(&arguments.file);
    let source = source(arguments, &named)?;
    let filter = Filter {
        streams: arguments.stream.into_iter().collect(),
        addresses: arguments.addresses.clone(),
        ports: arguments.ports.clone(),
        since: arguments.since,
        until: arguments.until,
    };
    match arguments.stream {
        Some(stream) if is_ladder(arguments) && !arguments.follow => {
            ladder(arguments, flags, source, ConversationId(stream), &filter, &named)
        }
        _ => once(arguments, flags, source, &filter, &named),
    }
}

const fn is_ladder(arguments: &Open) -> bool {
    arguments.stream.is_some() && !arguments.list && !arguments.plain && !arguments.json
}

fn source(arguments: &Open, named: &Named) -> Result<Source, Failure> {
    let path: &Path = &arguments.file;
    let source = if path == Path::new("-") { pcap::open_stdin() } else { pcap::open_file(path) };
    let source = source.map_err(|error| named.cannot_open(&error))?;
    if arguments.follow { source.follow(path).map_err(|error| named.cannot_open(&error)) } else { Ok(source) }
}

/// Shows packets as they are read.
fn once(arguments: &Open, flags: LookFlags, source: Source, filter: &Filter, named: &Named) -> Result<Ending, Failure> {
    let mut show = Show::new(arguments, flags)?;
    let export = arguments.pcapng.as_deref().map(Export::create).transpose()?;
    let feed = Feed::start(source, show.wants_bytes() || export.is_some())?;
    let mut study = Study::new(filter, export);
    go_through(&feed, |news| match news {
        Some(batch) => study.batch(batch, &mut |seen| show.packet(seen)),
        None => show.flush(),
    })?;
    let ended = feed.finish()?;
    named.check_kind(&ended)?;
    show.end(&study, &ended, named)?;
    let kept = study.finish()?;
    named.conclude(&ended, kept.map(|kept| (kept, arguments.pcapng.as_deref())))
}

/// Hands all batches on as they come, and says so when there is none for the moment.
fn go_through(feed: &Feed, mut hear: impl FnMut(Option<&Batch>) -> io::Result<()>) -> Result<(), Failure> {
    let mut patience = Duration::ZERO;
    loop {
        match feed.next(patience) {
            Next::Batch(batch) => {
                hear(Some(&batch))?;
                feed.give_back(batch);
                patience = Duration::ZERO;
            }
            Next::Nothing => {
                hear(None)?;
                out::still_read()?;
                patience = A_WHILE;
            }
            Next::Over => return Ok(()),
        }
    }
}

/// One conversation: what it came to stands above it, so the file is gone through twice. The second time only its own
/// packets are read, from where they were found.
fn ladder(
    arguments: &Open,
    flags: LookFlags,
    source: Source,
    stream: ConversationId,
    filter: &Filter,
    named: &Named,
) -> Result<Ending, Failure> {
    let source = source.keep().map_err(|error| named.cannot_open(&error))?;
    let again = source.again()?;
    let export = arguments.pcapng.as_deref().map(Export::create).transpose()?;
    let feed = Feed::start(source, export.is_some())?;
    let mut study = Study::new(filter, export);
    let mut wanted = Wanted::default();
    go_through(&feed, |news| news.map_or(Ok(()), |batch| study.batch(batch, &mut |seen| wanted.note(seen))))?;
    let ended = feed.finish()?;
    named.check_kind(&ended)?;
    let accounts = study.accounts().all().len();
    let account = study.accounts().get(stream).ok_or_else(|| named.no_such_stream(stream, accounts))?;
    let look = terminal::look(arguments.width, flags.color, flags.ascii);
    let numbers = if arguments.raw { Numbers::Raw } else { Numbers::Relative };
    let mut ladder = Ladder::new(out::stdout()?, look, numbers);
    ladder.begin(stream.0, account, study.began())?;
    wanted.each(&again, study.began(), |seen| ladder.packet(seen)).map_err(|error| named.changed(error))?;
    ladder.flush()?;
    let kept = study.finish()?;
    named.conclude(&ended, kept.map(|kept| (kept, arguments.pcapng.as_deref())))
}
