//! Follows any number of conversations, packet by packet.

use std::net::SocketAddr;

use super::{
    complaint::{Complaint, Protocol},
    key::Key,
    length::payload_len,
    meaning::{Flow, Meaning},
    reading::{ConversationId, Reading, Relative, StateChange},
    segment::Segment,
    table::{Ids, Table},
    tcp::{Change, Connection},
};
use crate::{
    kernel::{clock::Stamp, state::TcpState},
    packet::{Packet, Transport},
};

/// The conversations of each protocol that are remembered at once, unless said otherwise.
const MOST: usize = 16_384;

/// A passive observer: packets in, readings out.
///
/// On a link where nothing comes between sending and delivery, [`Tracker::observe`] does both. Where a packet can be
/// held, lost or doubled, [`Tracker::sent`] is for each one that enters the link, and [`Tracker::delivered`] for each
/// that leaves it.
#[derive(Debug)]
pub struct Tracker {
    connections: Table<Connection>,
    /// Of datagrams nothing has to be remembered but that they belong together.
    datagrams: Table<()>,
    ids: Ids,
}

impl Default for Tracker {
    fn default() -> Self {
        Self::remembering(MOST)
    }
}

impl Tracker {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers so many conversations of each protocol, but at least one. If there are more, those that were silent
    /// for the longest time are forgotten: should they speak again, their beginning counts as not seen.
    #[must_use]
    pub fn remembering(most: usize) -> Self {
        Self { connections: Table::bounded(most), datagrams: Table::bounded(most), ids: Ids::default() }
    }

    /// The packet was sent, and arrived at once.
    pub fn observe(&mut self, at: Stamp, packet: &Packet) -> Reading {
        let mut reading = self.sent(at, packet);
        reading.changes.extend(self.delivered(at, packet));
        reading
    }

    /// The packet was sent. What it means is judged by all that was sent and delivered before.
    pub fn sent(&mut self, at: Stamp, packet: &Packet) -> Reading {
        if let Some(complaint) = Complaint::of(packet) {
            return self.complaint_sent(at, &complaint);
        }
        match (flow(packet), Segment::of(packet)) {
            (Some(flow), Some(segment)) => self.segment_sent(at, flow, &segment),
            (Some(flow), None) => self.datagram_sent(at, flow, packet),
            (None, _) => alone(packet),
        }
    }

    /// The packet reached its receiver.
    pub fn delivered(&mut self, at: Stamp, packet: &Packet) -> Vec<StateChange> {
        let change = match (Complaint::of(packet), flow(packet), Segment::of(packet)) {
            (Some(complaint), ..) => self.complaint_delivered(at, &complaint),
            (None, Some(flow), Some(segment)) => self.segment_delivered(at, flow, &segment),
            _ => None,
        };
        change.into_iter().collect()
    }

    /// The state of the socket `end` that talks with `peer`, as far as packets tell.
    #[must_use]
    pub fn state(&self, end: SocketAddr, peer: SocketAddr) -> Option<TcpState> {
        let key = Key::new(Flow { from: end, to: peer });
        self.connections.get(&key)?.talk.state(key.side(end))
    }

    fn segment_sent(&mut self, at: Stamp, flow: Flow, segment: &Segment) -> Reading {
        let key = Key::new(flow);
        let (from, to) = (key.side(flow.from), key.side(flow.to));
        let entry = self.connections.at(at, key, &mut self.ids);
        if entry.talk.is_followed_by(from, to, segment) {
            entry.id = self.ids.next();
            entry.talk = entry.talk.next();
        }
        let connection = &mut entry.talk;
        let meanings = connection.meanings(from, to, segment);
        let change = connection.sent(from, segment);
        let relative = connection.base(from).map(|base| Relative {
            seq: segment.seq.since(base),
            ack: segment.ack.zip(connection.base(to)).map(|(ack, base)| ack.since(base)),
        });
        let changes = state_change(flow.from, flow.to, change).into_iter().collect();
        Reading { conversation: Some(entry.id), flow: Some(flow), meanings, relative, changes }
    }

    fn segment_delivered(&mut self, at: Stamp, flow: Flow, segment: &Segment) -> Option<StateChange> {
        let key = Key::new(flow);
        let connection = &mut self.connections.at(at, key, &mut self.ids).talk;
        state_change(flow.to, flow.from, connection.delivered(key.side(flow.to), segment))
    }

    fn datagram_sent(&mut self, at: Stamp, flow: Flow, packet: &Packet) -> Reading {
        let conversation = self.datagrams.at(at, Key::new(flow), &mut self.ids).id;
        let meaning = Meaning::Datagram { bytes: datagram_len(packet) };
        reading(Some(conversation), Some(flow), meaning)
    }

    fn complaint_sent(&mut self, at: Stamp, complaint: &Complaint) -> Reading {
        let key = Key::new(complaint.about);
        let conversation = match complaint.protocol {
            Protocol::Tcp => self.connections.at(at, key, &mut self.ids).id,
            Protocol::Udp => self.datagrams.at(at, key, &mut self.ids).id,
        };
        let meaning = Meaning::IcmpError { about: complaint.about, trouble: complaint.trouble };
        reading(Some(conversation), None, meaning)
    }

    fn complaint_delivered(&mut self, at: Stamp, complaint: &Complaint) -> Option<StateChange> {
        if complaint.protocol != Protocol::Tcp || !complaint.ends_an_opening() {
            return None;
        }
        let Flow { from, to } = complaint.about;
        let key = Key::new(complaint.about);
        let connection = &mut self.connections.at(at, key, &mut self.ids).talk;
        state_change(from, to, connection.unreachable(key.side(from), complaint.seq?))
    }
}

fn flow(packet: &Packet) -> Option<Flow> {
    Some(Flow { from: packet.source()?, to: packet.destination()? })
}

fn state_change(end: SocketAddr, peer: SocketAddr, change: Option<Change>) -> Option<StateChange> {
    change.map(|(from, to)| StateChange { end, peer, from, to })
}

/// The whole datagram's bytes, also where only the first piece of it is here.
fn datagram_len(packet: &Packet) -> usize {
    let whole = packet.udp().filter(|_| packet.is_piece);
    whole.map_or_else(|| payload_len(packet), |udp| usize::from(udp.length).saturating_sub(udp.header.len()))
}

/// A packet that belongs to no conversation.
fn alone(packet: &Packet) -> Reading {
    let meaning = match packet.transport {
        _ if packet.arp().is_some() => Meaning::Arp,
        Transport::Icmp(_) | Transport::Icmp6(_) => Meaning::Icmp,
        Transport::Fragment(_) => Meaning::Fragment,
        _ => Meaning::Unknown,
    };
    reading(None, None, meaning)
}

/// What there is to say where TCP has no part.
fn reading(conversation: Option<ConversationId>, flow: Option<Flow>, meaning: Meaning) -> Reading {
    Reading { conversation, flow, meanings: vec![meaning], relative: None, changes: Vec::new() }
}
