//! Follows any number of conversations, packet by packet.

use std::net::SocketAddr;

use super::{
    complaint::{Complaint, Protocol},
    key::Key,
    length::payload_len,
    meaning::{Flow, Meaning},
    reading::{Changes, ConversationId, Reading, StateChange},
    segment::Segment,
    table::{Ids, Table},
    tcp::{Change, Connection, Sight},
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
#[derive(Clone, Debug)]
pub struct Tracker {
    connections: Table<Connection>,
    /// Of datagrams nothing has to be remembered but that they belong together.
    datagrams: Table<()>,
    ids: Ids,
    sight: Sight,
}

impl Default for Tracker {
    fn default() -> Self {
        Self { sight: Sight::Whole, ..Self::remembering(MOST) }
    }
}

impl Tracker {
    /// For a lab, where every packet is seen.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// For a capture, from which packets may be missing: what is acknowledged and was not seen counts as sent.
    ///
    /// Remembers so many conversations of each protocol, but at least one. If there are more, those that were silent
    /// for the longest time are forgotten: should they speak again, their beginning counts as not seen.
    #[must_use]
    pub fn remembering(most: usize) -> Self {
        let (connections, datagrams) = (Table::bounded(most), Table::bounded(most));
        Self { connections, datagrams, ids: Ids::default(), sight: Sight::WithGaps }
    }

    /// The packet was sent, and arrived at once.
    pub fn observe(&mut self, at: Stamp, packet: &Packet) -> Reading {
        if packet.quoted().is_some() {
            let mut reading = self.sent(at, packet);
            reading.changes.extend(self.delivered(at, packet));
            return reading;
        }
        self.read(at, packet, true)
    }

    /// The packet was sent. What it means is judged by all that was sent and delivered before.
    pub fn sent(&mut self, at: Stamp, packet: &Packet) -> Reading {
        match Complaint::of(packet) {
            Some(complaint) => self.complaint_sent(at, &complaint),
            None => self.read(at, packet, false),
        }
    }

    /// The packet reached its receiver.
    pub fn delivered(&mut self, at: Stamp, packet: &Packet) -> Changes {
        let change = match (Complaint::of(packet), flow(packet), Segment::of(at, packet)) {
            (Some(complaint), ..) => self.complaint_delivered(at, &complaint),
            (None, Some(flow), Some(segment)) => self.segment_delivered(flow, &segment),
            _ => None,
        };
        change.into_iter().collect()
    }

    /// The state of the socket `end` that talks with `peer`, as far as packets tell.
    #[must_use]
    pub fn state(&self, end: SocketAddr, peer: SocketAddr) -> Option<TcpState> {
        let (key, way) = Key::new(Flow { from: end, to: peer });
        self.connections.get(&key)?.talk.state(way.from)
    }

    fn read(&mut self, at: Stamp, packet: &Packet, arrives: bool) -> Reading {
        match (flow(packet), Segment::of(at, packet)) {
            (Some(flow), Some(segment)) => self.segment_sent(flow, &segment, arrives),
            (Some(flow), None) => self.datagram_sent(at, flow, packet),
            (None, _) => alone(packet),
        }
    }

    fn segment_sent(&mut self, flow: Flow, segment: &Segment, arrives: bool) -> Reading {
        let (key, way) = Key::new(flow);
        let entry = self.connections.at(segment.at, key, &mut self.ids);
        if entry.talk.is_followed_by(way, segment) {
            entry.id = self.ids.next();
            entry.talk.next(way);
        }
        let connection = &mut entry.talk;
        let mut reading = Reading { conversation: Some(entry.id), flow: Some(flow), ..Reading::default() };
        let (measures, change) = connection.sent(way, segment, &mut reading.meanings);
        reading.measures = measures;
        reading.relative = Some(connection.relative(way, segment));
        reading.changes.extend(state_change(flow.from, flow.to, change));
        if arrives {
            let change = connection.delivered(way, segment, self.sight);
            reading.changes.extend(state_change(flow.to, flow.from, change));
        }
        reading
    }

    fn segment_delivered(&mut self, flow: Flow, segment: &Segment) -> Option<StateChange> {
        let (key, way) = Key::new(flow);
        let connection = &mut self.connections.at(segment.at, key, &mut self.ids).talk;
        state_change(flow.to, flow.from, connection.delivered(way, segment, self.sight))
    }

    fn datagram_sent(&mut self, at: Stamp, flow: Flow, packet: &Packet) -> Reading {
        let conversation = self.datagrams.at(at, Key::new(flow).0, &mut self.ids).id;
        let meaning = Meaning::Datagram { bytes: datagram_len(packet) };
        reading(Some(conversation), Some(flow), meaning)
    }

    fn complaint_sent(&mut self, at: Stamp, complaint: &Complaint) -> Reading {
        let (key, _) = Key::new(complaint.about);
        let conversation = match complaint.protocol {
            Protocol::Tcp => self.connections.at(at, key, &mut self.ids).id,
            Protocol::Udp => self.datagrams.at(at, key, &mut self.ids).id,
        };
        let meaning = Meaning::IcmpError { trouble: complaint.trouble };
        Reading { about: Some(complaint.about), ..reading(Some(conversation), None, meaning) }
    }

    fn complaint_delivered(&mut self, at: Stamp, complaint: &Complaint) -> Option<StateChange> {
        if complaint.protocol != Protocol::Tcp || !complaint.ends_an_opening() {
            return None;
        }
        let Flow { from, to } = complaint.about;
        let (key, way) = Key::new(complaint.about);
        let connection = &mut self.connections.at(at, key, &mut self.ids).talk;
        state_change(from, to, connection.unreachable(way.from, complaint.seq?))
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
    let meanings = std::iter::once(meaning).collect();
    Reading { conversation, flow, meanings, ..Reading::default() }
}
