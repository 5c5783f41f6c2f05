//! `open`: a capture file, studied.

mod again;
pub(in crate::command) mod feed;
pub(in crate::command) mod outcome;
mod show;
pub(in crate::command) mod study;

use std::{
    io::{self, IsTerminal},
    path::Path,
    time::Duration,
};

use self::{
    again::Known,
    feed::{Batch, Feed, Next},
    outcome::Named,
    show::Show,
    study::Study,
};
use super::{
    app::{self, Opening, capture::CaptureWish},
    ending::{Ending, Failure},
    keep::{is_same, is_standard_output},
};
use crate::{
    cli::{LookFlags, Open},
    conversation::{ConversationId, filter::Filter},
    face::{
        capture::{Numbers, ladder::Ladder},
        file::ResultFile,
        out,
        text::terminal,
    },
    pcap::{self, Index, Source},
};

/// Nothing is there at once: what was told so far is shown, and somebody should still be reading it.
const A_WHILE: Duration = Duration::from_secs(1);

pub fn open(arguments: &Open, flags: LookFlags) -> Result<Ending, Failure> {
    check(arguments)?;
    if is_for_the_app(arguments) {
        let wish = CaptureWish { filter: filter(arguments), numbers: numbers(arguments), follow: arguments.follow };
        return app::start(&Opening::Capture { path: arguments.file.clone(), wish }, flags);
    }
    let named = Named::new(&arguments.file);
    let source = source(arguments, &named)?;
    let filter = filter(arguments);
    match arguments.stream {
        Some(stream) if is_ladder(arguments) && !arguments.follow => {
            ladder(arguments, flags, source, ConversationId(stream), &filter, &named)
        }
        _ => once(arguments, flags, source, &filter, &named),
    }
}

/// Without a word about how it is to be told, and with somebody there who can press keys, it is a screen.
fn is_for_the_app(arguments: &Open) -> bool {
    let Open { list, plain, json, stream, pcapng, width, file, .. } = arguments;
    let is_told = *list || *plain || *json || stream.is_some() || pcapng.is_some() || width.is_some();
    !is_told && file != Path::new("-") && app::can_be_shown()
}

fn filter(arguments: &Open) -> Filter {
    Filter {
        streams: arguments.stream.into_iter().collect(),
        addresses: arguments.addresses.clone(),
        ports: arguments.ports.clone(),
        since: arguments.since,
        until: arguments.until,
    }
}

const fn numbers(arguments: &Open) -> Numbers {
    if arguments.raw { Numbers::Raw } else { Numbers::Relative }
}

/// What each flag alone allows, and two of them together do not.
fn check(arguments: &Open) -> Result<(), Failure> {
    let refuse = |what: &str, help: &str| Err(Failure::Input(format!("error: {what}\n  = help: {help}")));
    let Some(kept) = arguments.pcapng.as_deref() else { return Ok(()) };
    if is_same(kept, &arguments.file) {
        return refuse("`--pcapng` names the file that is read", "choose another name: the old file is not changed");
    }
    if !is_standard_output(kept) {
        return Ok(());
    }
    if arguments.list || arguments.plain || arguments.json || arguments.stream.is_some() {
        return refuse("what is told and `--pcapng -` both want standard output", "name a file for the packets");
    }
    if io::stdout().is_terminal() {
        let help = "name a file, or pipe it: `wiretutor open FILE --pcapng - | tshark -r -`";
        return refuse("standard output is a terminal, and a capture is no text", help);
    }
    Ok(())
}

const fn is_ladder(arguments: &Open) -> bool {
    arguments.stream.is_some() && !arguments.list && !arguments.plain && !arguments.json
}

fn source(arguments: &Open, named: &Named) -> Result<Source, Failure> {
    let path: &Path = &arguments.file;
    let source = if path == Path::new("-") { pcap::open_stdin() } else { pcap::open_file(path) };
    let source = source.map_err(|error| named.cannot_open(&error))?;
    if arguments.follow { source.follow().map_err(|error| named.cannot_open(&error)) } else { Ok(source) }
}

/// Shows packets as they are read.
fn once(arguments: &Open, flags: LookFlags, source: Source, filter: &Filter, named: &Named) -> Result<Ending, Failure> {
    let mut show = Show::new(arguments, flags)?;
    let export = arguments.pcapng.as_deref().map(ResultFile::create).transpose()?;
    let feed = Feed::start(source, show.wants_bytes() || export.is_some())?;
    let mut study = Study::new(filter, None, export);
    go_through(&feed, |news| match news {
        Some(batch) => study.batch(batch, &mut |seen| show.packet(seen)),
        None => show.flush(),
    })?;
    let ended = feed.finish()?;
    named.check_kind(&ended)?;
    show.end(&study, &ended, named)?;
    named.conclude(arguments, &ended, &mut study)
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

/// One conversation: what it came to stands above it, so the file is gone through before. Then its packets are read
/// from where they were found.
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
    let export = arguments.pcapng.as_deref().map(ResultFile::create).transpose()?;
    let feed = Feed::start(source, export.is_some())?;
    let mut study = Study::new(filter, Some(Index::default()), export);
    go_through(&feed, |news| news.map_or(Ok(()), |batch| study.batch(batch, &mut |_| Ok(()))))?;
    let ended = feed.finish()?;
    named.check_kind(&ended)?;
    let index = study.index.take().unwrap_or_default();
    let (accounts, interfaces) = (&study.accounts, ended.interfaces.as_slice());
    if let Some(account) = accounts.get(stream) {
        let look = terminal::look(arguments.width, flags.color, flags.ascii);
        let numbers = if arguments.raw { Numbers::Raw } else { Numbers::Relative };
        let mut ladder = Ladder::new(out::stdout()?, look, numbers);
        ladder.begin(stream.0, account, study.began())?;
        let known = Known { index: &index, accounts, interfaces, began: study.began(), sieve: study.sieve() };
        let shown = again::each(&known, stream, &again, |seen| ladder.packet(seen));
        study.shown = shown.map_err(|trouble| named.changed(trouble))?;
        ladder.flush()?;
    }
    named.conclude(arguments, &ended, &mut study)
}
