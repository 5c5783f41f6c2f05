//! The numbers of each TCP conversation over time, as its packets carried them.

use std::{collections::HashMap, net::SocketAddr};

use crate::{
    kernel::clock::Stamp,
    packet::{Packet, Tcp, TcpFlags},
};

#[derive(Debug, Default)]
pub struct Conversations {
    all: Vec<Conversation>,
    /// Of the hosts that stand now.
    known: HashMap<(SocketAddr, SocketAddr), usize>,
}

/// Between two ends; side 0 is the one that was heard first.
#[derive(Debug)]
pub struct Conversation {
    /// The hosts of both sides, by their places.
    pub lanes: [usize; 2],
    pub ends: [SocketAddr; 2],
    /// In the order in which they were sent.
    pub points: Vec<Point>,
    /// From where each side counts.
    base: [Option<u32>; 2],
    /// Behind the last number that each side has sent.
    next: [i64; 2],
}

/// One segment. Its numbers count from the first one of their side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    pub event: usize,
    pub at: Stamp,
    /// Who sent it.
    pub side: usize,
    pub seq: i64,
    /// How many numbers it takes: bytes, SYN and FIN.
    pub takes: u32,
    /// What it expects next of the other side.
    pub ack: Option<i64>,
    /// It takes no number that is new.
    pub is_again: bool,
    /// Since this event it is known that it does not arrive.
    pub lost: Option<usize>,
}

impl Point {
    /// The number behind its last one.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.seq + i64::from(self.takes)
    }
}

/// Where a frame's point is: which conversation, which point of it.
pub(super) type Place = (usize, usize);

impl Conversations {
    #[must_use]
    pub fn all(&self) -> &[Conversation] {
        &self.all
    }

    /// Fresh hosts begin fresh conversations.
    pub(super) fn start_over(&mut self) {
        self.known.clear();
    }

    pub(super) fn sent(&mut self, event: usize, at: Stamp, lanes: (usize, usize), packet: &Packet) -> Option<Place> {
        let (tcp, from, to) = (packet.tcp()?, packet.source()?, packet.destination()?);
        let (index, side) = self.place(from, to, lanes);
        let conversation = &mut self.all[index];
        conversation.add(event, at, side, tcp, packet.payload.len());
        Some((index, conversation.points.len() - 1))
    }

    fn place(&mut self, from: SocketAddr, to: SocketAddr, lanes: (usize, usize)) -> (usize, usize) {
        if let Some(index) = self.known.get(&(to, from)) {
            return (*index, 1);
        }
        let index = *self.known.entry((from, to)).or_insert(self.all.len());
        if index == self.all.len() {
            let (lanes, ends) = ([lanes.0, lanes.1], [from, to]);
            self.all.push(Conversation { lanes, ends, points: vec![], base: [None; 2], next: [0; 2] });
        }
        (index, 0)
    }

    pub(super) fn is_lost(&mut self, (conversation, point): Place, event: usize) {
        let point = self.all.get_mut(conversation).and_then(|found| found.points.get_mut(point));
        if let Some(point) = point {
            point.lost = point.lost.or(Some(event));
        }
    }
}

impl Conversation {
    /// How many numbers a side has used, those of SYN and FIN included.
    #[must_use]
    pub const fn sent(&self, side: usize) -> i64 {
        self.next[side]
    }

    fn add(&mut self, event: usize, at: Stamp, side: usize, tcp: &Tcp, payload: usize) {
        let flag = |flag| u32::from(tcp.flags.contains(flag));
        let takes =
            u32::try_from(payload).unwrap_or(u32::MAX).saturating_add(flag(TcpFlags::SYN) + flag(TcpFlags::FIN));
        let seq = counted(tcp.sequence, *self.base[side].get_or_insert(tcp.sequence));
        let other = &mut self.base[1 - side];
        let ack = tcp.flags.contains(TcpFlags::ACK).then_some(tcp.acknowledgement);
        let ack = ack.map(|ack| counted(ack, *other.get_or_insert(ack)));
        let end = seq + i64::from(takes);
        let is_again = takes > 0 && end <= self.next[side];
        self.next[side] = self.next[side].max(end);
        self.points.push(Point { event, at, side, seq, takes, ack, is_again, lost: None });
    }
}

/// How far a number lies behind the one that is counted from; before it where that is nearer.
fn counted(number: u32, base: u32) -> i64 {
    i64::from(number.wrapping_sub(base).cast_signed())
}
