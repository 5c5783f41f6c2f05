//! One conversation once more, packet by packet, after the whole file was gone through.
//!
//! What a packet means depends on those before it, also of an earlier conversation between the same ports. So the packets
//! of all of these are analysed, in the same way as before, and those that were asked for are shown.

use std::{collections::BTreeSet, io};

use crate::{
    conversation::{ConversationId, Tracker, account::Accounts, filter::Sieve},
    face::capture::Seen,
    kernel::clock::Stamp,
    packet::LinkType,
    pcap::{Again, Entry, Index, Interface},
};

/// What can go wrong when packets are read once more.
pub(super) enum Trouble {
    File(io::Error),
    Output(io::Error),
}

/// What is known of the file by now.
pub(super) struct Known<'k> {
    pub(super) index: &'k Index,
    pub(super) accounts: &'k Accounts,
    pub(super) interfaces: &'k [Interface],
    pub(super) began: Stamp,
    pub(super) sieve: Sieve<'k>,
}

/// Shows the packets of this conversation; the answer is how many there were.
pub(super) fn each(
    known: &Known<'_>,
    stream: ConversationId,
    again: &Again,
    mut audience: impl FnMut(&Seen<'_>) -> io::Result<()>,
) -> Result<u64, Trouble> {
    let streams = between_the_same_ports(known.accounts, stream);
    let mut tracker = Tracker::remembering(streams.len());
    let (mut bytes, mut shown) = (Vec::new(), 0);
    for (number, entry) in known.index.entries().filter(|(_, entry)| streams.contains(&u64::from(entry.stream))) {
        let record = entry.read(again, known.interfaces, &mut bytes).map_err(Trouble::File)?;
        let packet = super::feed::decoded(LinkType::numbered(record.link), &record);
        let reading = tracker.observe(record.at, &packet);
        let is_of_it = u64::from(entry.stream) == stream.0;
        if !is_of_it || !known.sieve.lets_packet_through(record.at, &packet) {
            continue;
        }
        shown += 1;
        let Entry { at, place, .. } = *entry;
        let (direction, comments) = (record.comments.direction(), record.comments.iter().collect::<Vec<_>>());
        let (began, interface, bytes) = (known.began, record.interface, record.bytes);
        let (packet, reading, comments) = (&packet, &reading, comments.as_slice());
        let seen = Seen { number, at, began, interface, bytes, place, direction, packet, reading, comments };
        audience(&seen).map_err(Trouble::Output)?;
    }
    Ok(shown)
}

/// This conversation and all others between the same ports.
fn between_the_same_ports(accounts: &Accounts, stream: ConversationId) -> BTreeSet<u64> {
    let ends = |id: usize| {
        let account = accounts.all().get(id)?;
        let [one, other] = [0, 1].map(|party: usize| account.parties[party].socket);
        Some((account.proto, one.min(other), one.max(other)))
    };
    let wanted = usize::try_from(stream.0).ok().and_then(ends);
    (0..accounts.all().len()).filter(|id| ends(*id) == wanted).map(|id| id as u64).collect()
}
