//! Packets become readings and accounts, in the order of the file, and the wanted ones go to whoever shows them.

use std::io;

use super::feed::{Batch, Item};
use crate::{
    conversation::{
        ConversationId, Tracker,
        account::{Account, Accounts},
        filter::{Filter, Sieve},
    },
    face::{
        capture::{Seen, export::Export},
        file::ResultFile,
    },
    kernel::clock::Stamp,
    pcap::Index,
};

/// So many conversations are followed at once; those that are silent for the longest time are forgotten first.
const MOST_CONVERSATIONS: usize = 262_144;

/// Whoever is shown a packet.
pub(in crate::command) type Audience<'a> = &'a mut dyn FnMut(&Seen<'_>) -> io::Result<()>;

#[derive(Debug)]
pub(in crate::command) struct Study<'f> {
    filter: &'f Filter,
    tracker: Tracker,
    pub(in crate::command) accounts: Accounts,
    /// Where the packets are, if they are to be found again.
    pub(in crate::command) index: Option<Index>,
    export: Option<Export<ResultFile>>,
    /// When the first packet was captured, and the latest.
    times: Option<(Stamp, Stamp)>,
    pub(in crate::command) packets: u64,
    /// Those that went through the filter.
    pub(in crate::command) shown: u64,
}

impl<'f> Study<'f> {
    pub(in crate::command) fn new(filter: &'f Filter, index: Option<Index>, export: Option<ResultFile>) -> Self {
        let tracker = Tracker::remembering(MOST_CONVERSATIONS);
        let export = export.map(Export::new);
        Self { filter, tracker, accounts: Accounts::default(), index, export, times: None, packets: 0, shown: 0 }
    }

    pub(in crate::command) fn batch(&mut self, batch: &Batch, audience: Audience) -> io::Result<()> {
        if let Some(export) = &mut self.export {
            export.describe(&batch.interfaces, &batch.comments);
        }
        batch.items.iter().try_for_each(|item| self.item(item, batch.bytes(item), audience))
    }

    fn item(&mut self, item: &Item, bytes: &[u8], audience: Audience) -> io::Result<()> {
        let Item { number, at, interface, place, direction, ref packet, ref comments, .. } = *item;
        let reading = &self.tracker.observe(at, packet);
        self.accounts.add(at, packet, reading);
        if let Some(index) = &mut self.index {
            index.add(at, place, interface, reading.conversation.map(|ConversationId(id)| id));
        }
        self.packets += 1;
        let (began, latest) = self.times.unwrap_or((at, at));
        self.times = Some((began, latest.max(at)));
        if !self.sieve().lets_through(at, packet, reading) {
            return Ok(());
        }
        self.shown += 1;
        let seen = Seen { number, at, began, interface, bytes, place, direction, packet, reading, comments };
        if let Some(export) = &mut self.export {
            export.packet(&seen)?;
        }
        audience(&seen)
    }

    pub(in crate::command) fn sieve(&self) -> Sieve<'f> {
        self.filter.from(self.began())
    }

    /// The conversations that were asked for, with their numbers.
    pub(in crate::command) fn wanted_accounts(&self) -> impl Iterator<Item = (u64, &Account)> + Clone {
        let sieve = self.sieve();
        let all = (0..).zip(self.accounts.all());
        all.filter(move |(id, account)| sieve.lets_account_through(*id, account))
    }

    /// When the first packet was captured.
    pub(in crate::command) fn began(&self) -> Stamp {
        self.times.map_or(Stamp(0), |(began, _)| began)
    }

    /// From the first packet to the latest one.
    pub(in crate::command) fn lasted_ns(&self) -> u64 {
        self.times.map_or(0, |(began, latest)| latest.0.saturating_sub(began.0))
    }

    /// How many packets belong to no conversation.
    pub(in crate::command) fn strays(&self) -> u64 {
        self.packets - self.accounts.packets()
    }

    /// Puts the kept file in its place; the answer is how many packets it has.
    pub(in crate::command) fn keep(&mut self) -> io::Result<Option<u64>> {
        let Some(export) = self.export.take() else { return Ok(None) };
        let (file, packets) = export.finish()?;
        file.keep()?;
        Ok(Some(packets))
    }
}
