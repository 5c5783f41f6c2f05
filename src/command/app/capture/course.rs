//! The packets of one conversation in a file, each of which can be told at once what it means.
//!
//! What a packet means depends on those before it. They are gone through once; every so many, what is known by then is
//! kept. Any packet is read again from there on: some hundred packets at most, and not the whole conversation. Of each
//! packet only its place in the index is held.

use std::{collections::VecDeque, io, sync::Arc};

use super::shared::{Kin, Known};
use crate::{
    command::open::feed::decoded,
    conversation::{ConversationId, Reading, Tracker, filter::Filter},
    face::tui::capture::news::{Found, is_noteworthy},
    kernel::clock::Stamp,
    packet::{LinkType, Packet},
    pcap::{Again, Entry, Interface, Record},
};

/// What is known is kept before each so many packets.
const STRIDE: usize = 256;
/// So many places of the index are looked at while it is locked.
const SLICE: usize = 16 * 1024;
/// So many packets are gone through before somebody else has a say: some tenths of a millisecond.
const PORTION: usize = 256;
/// So many are read again at once, whatever is asked for.
const MOST: usize = 4096;
/// Of conversations between the same ports there is one at a time for each protocol; others are here by chance.
const TALKS: usize = 64;

#[derive(Debug)]
pub(super) struct Course {
    pub(super) stream: u32,
    kin: Kin,
    filter: Filter,
    /// When the capture began.
    began: Stamp,
    /// How much of the index was looked at, and what was found there and not gone through yet.
    looked_at: usize,
    pending: VecDeque<u32>,
    /// The places of all packets between the same ports, those of other conversations included.
    steps: Vec<u32>,
    /// Which of these are shown.
    shown: Vec<u32>,
    /// What is known before each `STRIDE` of the steps, and behind the last one.
    kept: Vec<Tracker>,
    tracker: Tracker,
    /// Positions of packets worth a look that were not told yet.
    notes: Vec<u32>,
    is_whole: bool,
    interfaces: Vec<Interface>,
    bytes: Vec<u8>,
}

impl Course {
    pub(super) fn new(stream: u32, kin: Kin, filter: Filter) -> Self {
        Self {
            stream,
            kin,
            filter,
            began: Stamp(0),
            looked_at: 0,
            pending: VecDeque::new(),
            steps: Vec::new(),
            shown: Vec::new(),
            kept: Vec::new(),
            tracker: Tracker::remembering(TALKS),
            notes: Vec::new(),
            is_whole: false,
            interfaces: Vec::new(),
            bytes: Vec::new(),
        }
    }

    /// How many packets can be seen by now.
    pub(super) fn len(&self) -> usize {
        self.shown.len()
    }

    pub(super) const fn is_whole(&self) -> bool {
        self.is_whole
    }

    pub(super) fn take_notes(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.notes)
    }

    /// Looks for its packets in the next part of the index. Whether there is something to do, for this or
    /// [`Self::go_on`].
    pub(super) fn look(&mut self, known: &Known) -> bool {
        let all = known.index.as_slice();
        self.began = all.first().map_or(Stamp(0), |first| first.at);
        if self.pending.len() < PORTION {
            let end = (self.looked_at + SLICE).min(all.len());
            let is_kin = |entry: &Entry| known.kin.get(entry.stream as usize) == Some(&self.kin);
            let here = all[self.looked_at..end].iter().zip(self.looked_at as u32..);
            self.pending.extend(here.filter(|(entry, _)| is_kin(entry)).map(|(_, place)| place));
            self.looked_at = end;
        }
        let new = known.interfaces.get(self.interfaces.len()..).unwrap_or_default();
        self.interfaces.extend_from_slice(new);
        let is_behind = self.looked_at < all.len() || !self.pending.is_empty();
        self.is_whole = known.is_whole && !is_behind;
        is_behind
    }

    /// The places of the next packets to be gone through.
    pub(super) fn next(&mut self) -> Vec<u32> {
        let count = self.pending.len().min(PORTION);
        self.pending.drain(..count).collect()
    }

    /// Goes through these packets.
    pub(super) fn go_on(&mut self, places: &[u32], entries: &[Entry], again: &Again) -> io::Result<()> {
        for (place, entry) in places.iter().zip(entries) {
            if self.steps.len().is_multiple_of(STRIDE) {
                self.kept.push(self.tracker.clone());
            }
            let (record, packet) = read(entry, again, &self.interfaces, &mut self.bytes)?;
            let reading = self.tracker.observe(record.at, &packet);
            let sieve = self.filter.from(self.began);
            if entry.stream == self.stream && sieve.lets_packet_through(record.at, &packet) {
                if is_noteworthy(&reading) {
                    self.notes.push(self.shown.len() as u32);
                }
                self.shown.push(self.steps.len() as u32);
            }
            self.steps.push(*place);
        }
        Ok(())
    }

    /// Which steps have to be gone through once more for these packets, and the places of all of them.
    pub(super) fn way_to(&self, from: usize, count: usize) -> Option<Way<'_>> {
        let to = from.saturating_add(count.min(MOST)).min(self.shown.len());
        let shown = self.shown.get(from..to).filter(|shown| !shown.is_empty())?;
        let begin = shown[0] as usize / STRIDE * STRIDE;
        let end = shown[shown.len() - 1] as usize + 1;
        Some(Way { shown, begin, places: &self.steps[begin..end] })
    }

    /// Goes that way: the packets, as they are seen.
    pub(super) fn along(&self, way: &Way<'_>, entries: &[Entry], again: &Again) -> io::Result<Vec<Arc<Found>>> {
        let mut tracker = self.kept[way.begin / STRIDE].clone();
        let (mut bytes, mut found) = (Vec::new(), Vec::with_capacity(way.shown.len()));
        for (step, (place, entry)) in (way.begin..).zip(way.places.iter().zip(entries)) {
            let (record, packet) = read(entry, again, &self.interfaces, &mut bytes)?;
            let reading = tracker.observe(record.at, &packet);
            if way.shown.get(found.len()).is_some_and(|next| *next as usize == step) {
                found.push(Arc::new(self.found(*place, &record, packet, reading, &tracker)));
            }
        }
        Ok(found)
    }

    fn found(&self, place: u32, record: &Record<'_>, packet: Packet, mut reading: Reading, tracker: &Tracker) -> Found {
        // The numbers of a tracker that has seen nothing else are its own.
        reading.conversation = reading.conversation.map(|_| ConversationId(self.stream.into()));
        let ends = reading
            .flow
            .or(reading.about)
            .map_or_else(Vec::new, |flow| vec![(flow.from, flow.to), (flow.to, flow.from)]);
        Found {
            number: u64::from(place) + 1,
            at: record.at,
            interface: record.interface,
            place: record.place,
            direction: record.comments.direction(),
            bytes: record.bytes.to_vec(),
            link: LinkType::numbered(record.link),
            comments: record.comments.iter().collect(),
            states: ends.into_iter().map(|(end, peer)| (end, tracker.state(end, peer))).collect(),
            packet,
            reading,
        }
    }

    /// The position of the packet with this number in the file, or of the first one behind it.
    pub(super) fn position(&self, number: u64) -> Option<usize> {
        let place = number.saturating_sub(1);
        let position = self.shown.partition_point(|step| u64::from(self.steps[*step as usize]) < place);
        (position < self.shown.len()).then_some(position)
    }
}

/// From where on packets are gone through again, and up to where.
#[derive(Debug)]
pub(super) struct Way<'c> {
    shown: &'c [u32],
    begin: usize,
    pub(super) places: &'c [u32],
}

fn read<'b>(
    entry: &Entry,
    again: &Again,
    interfaces: &[Interface],
    into: &'b mut Vec<u8>,
) -> io::Result<(Record<'b>, Packet)> {
    let record = entry.read(again, interfaces, into)?;
    let packet = decoded(LinkType::numbered(record.link), &record);
    Ok((record, packet))
}
