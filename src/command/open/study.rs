//! Packets become readings and accounts, in the order of the file, and the wanted ones go to whoever shows them.

use std::io;

use super::{
    export::Export,
    feed::{Batch, Item},
};
use crate::{
    conversation::{
        Reading, Tracker,
        account::Accounts,
        filter::{Filter, Sieve},
    },
    face::capture::Seen,
    kernel::clock::Stamp,
    packet::{self, LinkType},
    pcap::{Again, Place},
};

/// So many conversations are followed at once; those that are silent for the longest time are forgotten first.
const MOST_CONVERSATIONS: usize = 262_144;

/// Whoever is shown a packet.
pub(super) type Audience<'a> = &'a mut dyn FnMut(&Seen<'_>) -> io::Result<()>;

#[derive(Debug)]
pub(super) struct Study<'f> {
    filter: &'f Filter,
    tracker: Tracker,
    accounts: Accounts,
    /// Since the first packet.
    sieve: Option<(Stamp, Sieve<'f>)>,
    packets: u64,
    last: Stamp,
    export: Option<Export>,
}

impl<'f> Study<'f> {
    pub(super) fn new(filter: &'f Filter, export: Option<Export>) -> Self {
        let tracker = Tracker::remembering(MOST_CONVERSATIONS);
        let (accounts, last) = Default::default();
        Self { filter, tracker, accounts, sieve: None, packets: 0, last, export }
    }

    pub(super) fn batch(&mut self, batch: &Batch, audience: Audience) -> io::Result<()> {
        if let Some(export) = &mut self.export {
            export.describe(&batch.interfaces);
        }
        batch.items.iter().try_for_each(|item| self.item(item, batch.bytes(item), audience))
    }

    fn item(&mut self, item: &Item, bytes: &[u8], audience: Audience) -> io::Result<()> {
        let Item { number, at, interface, place, packet, comments, .. } = item;
        let reading = self.tracker.observe(*at, packet);
        self.accounts.add(*at, packet, &reading);
        self.packets += 1;
        self.last = self.last.max(*at);
        let (began, sieve) = self.sieve.get_or_insert_with(|| (*at, self.filter.from(*at)));
        if !sieve.lets_through(*at, packet, &reading) {
            return Ok(());
        }
        let seen = Seen {
            number: *number,
            at: *at,
            began: *began,
            interface: *interface,
            bytes,
            place: *place,
            packet,
            reading: &reading,
            comments,
        };
        if let Some(export) = &mut self.export {
            export.packet(&seen)?;
        }
        audience(&seen)
    }

    pub(super) const fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// The conversations that were asked for, with their numbers.
    pub(super) fn wanted_accounts(
        &self,
    ) -> impl Iterator<Item = (u64, &crate::conversation::account::Account)> + Clone {
        let sieve = self.filter.from(self.began());
        let all = (0..).zip(self.accounts.all());
        all.filter(move |(id, account)| sieve.lets_account_through(*id, account))
    }

    /// When the first packet was captured.
    pub(super) fn began(&self) -> Stamp {
        self.sieve.as_ref().map_or(Stamp(0), |(began, _)| *began)
    }

    pub(super) const fn packets(&self) -> u64 {
        self.packets
    }

    /// From the first packet to the latest one.
    pub(super) fn lasted_ns(&self) -> u64 {
        self.last.0.saturating_sub(self.began().0)
    }

    /// How many packets were kept, where that was asked for.
    pub(super) fn finish(self) -> io::Result<Option<u64>> {
        self.export.map(Export::finish).transpose()
    }
}

/// Packets that are to be read once more: where they are, and nothing of what they hold.
#[derive(Debug, Default)]
pub(super) struct Wanted(Vec<Found>);

#[derive(Debug)]
struct Found {
    number: u64,
    at: Stamp,
    interface: usize,
    link: LinkType,
    place: Place,
    comments: Vec<String>,
}

impl Wanted {
    pub(super) fn note(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let Seen { number, at, interface, place, packet, comments, .. } = *seen;
        self.0.push(Found { number, at, interface, link: packet.link, place, comments: comments.to_vec() });
        Ok(())
    }

    /// Reads them, and says again what each means: by themselves they tell the same.
    pub(super) fn each(
        &self,
        again: &Again,
        began: Stamp,
        mut audience: impl FnMut(&Seen<'_>) -> io::Result<()>,
    ) -> Result<(), Trouble> {
        let (mut tracker, mut bytes) = (Tracker::new(), Vec::new());
        for found in &self.0 {
            let Found { number, at, interface, link, place, comments } = found;
            bytes.resize(place.captured as usize, 0);
            again.read(place.offset, &mut bytes).map_err(Trouble::File)?;
            let packet = packet::decode_from(*link, &bytes);
            let reading: Reading = tracker.observe(*at, &packet);
            let seen = Seen {
                number: *number,
                at: *at,
                began,
                interface: *interface,
                bytes: &bytes,
                place: *place,
                packet: &packet,
                reading: &reading,
                comments,
            };
            audience(&seen).map_err(Trouble::Output)?;
        }
        Ok(())
    }
}

/// What can go wrong when packets are read once more.
pub(super) enum Trouble {
    File(io::Error),
    Output(io::Error),
}
