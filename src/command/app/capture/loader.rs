//! Reads and analyses the whole file once, and tells what it comes to: new and changed conversations, at most so many
//! at a time and so often.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    thread,
    time::{Duration, Instant},
};

use super::{mailbox::Mailbox, reader::Request, shared::Shared};
use crate::{
    command::open::{
        feed::{Batch, Feed, Next},
        outcome::Named,
        study::Study,
    },
    conversation::filter::Filter,
    face::tui::capture::news::{FileEnd, FileNews, Progress},
    kernel::task::let_others_go_first,
    pcap::{Index, Source},
};

/// Between two tellings, so that a screen is not drawn more often than anybody sees.
const BETWEEN: Duration = Duration::from_millis(50);
/// While nothing comes, whether anybody still wants to know is looked at so often.
const A_WHILE: Duration = Duration::from_secs(1);
/// So many conversations are told at once: to hear them takes less than a millisecond.
const MOST: usize = 2048;

pub(super) struct Loader {
    shared: Arc<Shared>,
    mailbox: Arc<Mailbox>,
    named: Named,
    is_over: Arc<AtomicBool>,
    /// Of the one who reads packets again.
    reader: Sender<Request>,
}

impl Loader {
    pub(super) fn new(
        (shared, mailbox): (Arc<Shared>, Arc<Mailbox>),
        named: Named,
        is_over: Arc<AtomicBool>,
        reader: Sender<Request>,
    ) -> Self {
        Self { shared, mailbox, named, is_over, reader }
    }

    /// Two threads: one reads and decodes, the other one analyses. Keys are answered before either of them goes on.
    pub(super) fn start(self, source: Source) -> io::Result<()> {
        let thread = thread::Builder::new().name("capture study".into());
        let run = move || {
            let_others_go_first();
            match Feed::start(source, false) {
                Ok(feed) => self.run(feed),
                Err(error) => self.give_up(&error),
            }
        };
        thread.spawn(run).map(drop)
    }

    fn give_up(&self, error: &io::Error) {
        let end = Some(FileEnd {
            troubles: vec![format!("{} cannot be read: {error}", self.named.shown)],
            ..FileEnd::default()
        });
        self.mailbox.put_file(FileNews { end, ..FileNews::default() });
    }

    fn run(&self, feed: Feed) {
        let filter = Filter::default();
        let mut load = Load::new(self, &filter);
        while !self.is_over.load(Ordering::Relaxed) {
            match feed.next(load.patience()) {
                Next::Batch(batch) => {
                    load.take_in(&batch);
                    feed.give_back(batch);
                }
                Next::Nothing => {}
                Next::Over => break,
            }
            load.tell_if_due();
        }
        if self.is_over.load(Ordering::Relaxed) {
            return;
        }
        let end = match feed.finish() {
            Ok(ended) => FileEnd { troubles: self.named.troubles(&ended), comments: ended.comments },
            Err(error) => FileEnd { troubles: vec![error.to_string()], comments: Vec::new() },
        };
        self.shared.lock().is_whole = true;
        load.nudge();
        load.tell(Some(end));
    }
}

/// What is known so far, and what of it was not told yet.
struct Load<'l> {
    loader: &'l Loader,
    study: Study<'l>,
    bytes: u64,
    changed: Changed,
    told: Option<Instant>,
}

impl<'l> Load<'l> {
    fn new(loader: &'l Loader, filter: &'l Filter) -> Self {
        let study = Study::new(filter, Some(Index::default()), None);
        Self { loader, study, bytes: 0, changed: Changed::default(), told: None }
    }

    /// Until it is time to tell something.
    fn patience(&self) -> Duration {
        match self.told {
            _ if self.changed.is_empty() => A_WHILE,
            Some(told) => (told + BETWEEN).saturating_duration_since(Instant::now()),
            None => Duration::ZERO,
        }
    }

    fn take_in(&mut self, batch: &Batch) {
        // Nobody is shown the packets, so that nothing can go wrong.
        let _ = self.study.batch(batch, &mut |_| Ok(()));
        let mut places = self.study.index.replace(Index::default()).unwrap_or_default();
        places.as_slice().iter().for_each(|entry| self.changed.mark(entry.stream));
        if let Some(item) = batch.items.last() {
            self.bytes = item.place.offset + u64::from(item.place.captured);
        }
        let shared = &self.loader.shared;
        let mut known = shared.lock();
        let new = self.study.accounts.all().get(known.kin.len()..).unwrap_or_default();
        known.kin.extend(new.iter().map(|account| shared.kin(account)));
        known.interfaces.extend_from_slice(&batch.interfaces);
        known.index.append(&mut places);
        drop(known);
        self.nudge();
    }

    /// There are more packets for the one who looks for those of a conversation.
    fn nudge(&self) {
        if !self.loader.shared.is_nudged.swap(true, Ordering::AcqRel) {
            // Without anybody who looks at conversations there is nobody to nudge.
            let _ = self.loader.reader.send(Request::MoreOfTheFile);
        }
    }

    fn tell_if_due(&mut self) {
        let is_due = self.told.is_none_or(|told| told.elapsed() >= BETWEEN);
        if is_due && !self.changed.is_empty() && self.loader.mailbox.has_no_file_news() {
            self.tell(None);
        }
    }

    fn tell(&mut self, end: Option<FileEnd>) {
        let study = &self.study;
        let progress = Progress {
            packets: study.packets,
            strays: study.strays(),
            bytes: self.bytes,
            began: study.began(),
            lasted_ns: study.lasted_ns(),
        };
        let changed = self.changed.take();
        let all = study.accounts.all();
        let parts = changed.chunks(MOST).map(|ids| {
            let accounts = ids.iter().filter_map(|id| Some((*id, all.get(*id as usize)?.clone())));
            FileNews { accounts: accounts.collect(), progress, end: None }
        });
        let mut parts: Vec<FileNews> = parts.collect();
        if parts.is_empty() {
            parts.push(FileNews { accounts: Vec::new(), progress, end: None });
        }
        if let Some(last) = parts.last_mut() {
            last.end = end;
        }
        parts.into_iter().for_each(|news| self.loader.mailbox.put_file(news));
        self.told = Some(Instant::now());
    }
}

/// Which conversations have changed since they were told.
#[derive(Debug, Default)]
struct Changed {
    ids: Vec<u32>,
    is_changed: Vec<bool>,
    /// Something has come, of whatever conversation, or of none.
    is_more: bool,
}

impl Changed {
    fn mark(&mut self, id: u32) {
        self.is_more = true;
        let place = id as usize;
        if id == u32::MAX {
            return;
        }
        if place >= self.is_changed.len() {
            self.is_changed.resize(place + 1, false);
        }
        if !std::mem::replace(&mut self.is_changed[place], true) {
            self.ids.push(id);
        }
    }

    const fn is_empty(&self) -> bool {
        !self.is_more
    }

    /// In ascending order.
    fn take(&mut self) -> Vec<u32> {
        self.is_more = false;
        let mut ids = std::mem::take(&mut self.ids);
        ids.iter().for_each(|id| self.is_changed[*id as usize] = false);
        ids.sort_unstable();
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_changed_twice_is_told_once_and_in_order() {
        let mut changed = Changed::default();
        [7, 3, 7, u32::MAX, 0].into_iter().for_each(|id| changed.mark(id));
        assert_eq!(changed.take(), [0, 3, 7]);
        assert!(changed.is_empty() && changed.take().is_empty());
        changed.mark(u32::MAX);
        assert!(!changed.is_empty(), "a packet of no conversation is news, too");
    }
}
