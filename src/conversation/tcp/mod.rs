//! One TCP connection as its packets tell it: two ends, each with its state (RFC 9293 §3.3.2).
//!
//! A segment counts twice. When it is *sent*, it proves something of its sender; when it is *delivered*, it changes
//! its receiver. On a loopback both happen at once, but a wire may hold a segment between the two, or lose it.

mod copies;
mod delivered;
mod end;
mod flight;
mod measure;
mod purpose;
mod ranges;
mod repeats;
mod resets;
mod sent;

use std::cmp::Ordering;

use self::{delivered::Arrival, end::End, purpose::Purpose};
use super::{
    meaning::{Meaning, Meanings},
    reading::{Measures, Relative},
    segment::Segment,
    seq::Seq,
};
use crate::kernel::{clock::Stamp, state::TcpState};

/// Which of the two ends. A connection of a socket with itself has only the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    First,
    Second,
}

/// From which end to which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) from: Side,
    pub(super) to: Side,
}

impl Way {
    /// By how the sender's socket compares with the receiver's.
    pub(super) const fn of(sockets: Ordering) -> Self {
        match sockets {
            Ordering::Less => Self { from: Side::First, to: Side::Second },
            Ordering::Equal => Self { from: Side::First, to: Side::First },
            Ordering::Greater => Self { from: Side::Second, to: Side::First },
        }
    }

    #[cfg(test)]
    pub(super) const fn back(self) -> Self {
        Self { from: self.to, to: self.from }
    }
}

/// Whether everything that was sent is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// As in a lab: what was not seen was not sent.
    Whole,
    /// As in a capture: something may be missing from it anywhere.
    WithGaps,
}

/// The state that an end left and the one it entered.
pub(super) type Change = (Option<TcpState>, TcpState);

#[derive(Clone, Debug, Default)]
pub(super) struct Connection {
    first: End,
    second: End,
    /// When the opening was last asked for.
    asked: Option<Stamp>,
    /// How long the opening took.
    opening_ns: Option<u64>,
    /// Another connection between the same ports was seen before.
    follows: bool,
}

impl Connection {
    /// The segment is sent: adds what it is for to `meanings`, judged by all that came before it, and takes note of it.
    pub(super) fn sent(&mut self, way: Way, segment: &Segment, meanings: &mut Meanings) -> (Measures, Option<Change>) {
        let (sender, receiver) = (self.end(way.from), self.end(way.to));
        let is_new = sender.is_unseen() && receiver.is_unseen() && sender.sending.base.is_none();
        let found = Purpose { sender, receiver, segment, opening_ns: self.opening_ns }.read(meanings);
        if self.follows && segment.syn && segment.ack.is_none() && sender.sending.syn.is_none() {
            add(meanings, Meaning::ReusesPorts);
        } else if is_new && !segment.syn {
            add(meanings, Meaning::BeganBefore);
        }
        let change = watched(self.end_mut(way.from), |end| end.sent(segment, found));
        (self.measure(way, segment, found), change)
    }

    pub(super) fn delivered(&mut self, way: Way, segment: &Segment, sight: Sight) -> Option<Change> {
        let (own, peer) = (&self.end(way.to).sending, &self.end(way.from).sending);
        let room = own.window.zip(own.scale(peer)).map(|(window, scale)| u32::from(window) << scale.min(14));
        let arrival = Arrival { sight, probe: peer.probed, room };
        watched(self.end_mut(way.to), |end| end.delivered(segment, arrival))
    }

    /// An ICMP error reached the end that had sent the segment `seq`. Linux gives up a connection that is still
    /// asked for and only notes the error of one that is open (RFC 9293 §3.9.2.2 calls most of them soft).
    pub(super) fn unreachable(&mut self, end: Side, seq: Seq) -> Option<Change> {
        watched(self.end_mut(end), |end| {
            if end.is(&[TcpState::SynSent]) && end.sending.syn == Some(seq) {
                end.state = Some(TcpState::Closed);
            }
        })
    }

    /// Whether this segment, about to be sent, asks for another connection between the same ports: a SYN with another
    /// number.
    pub(super) fn is_followed_by(&self, way: Way, segment: &Segment) -> bool {
        let asks = segment.syn && segment.ack.is_none() && !segment.rst;
        let sender = &self.end(way.from).sending;
        asks && sender.base.is_some_and(|base| base != segment.seq)
    }

    /// The next connection between the same ports. The ends start in the states they were left in: one may be in
    /// TIME-WAIT still. A receiver that still has the old connection keeps all of it: its asker has forgotten it, and
    /// will hear so.
    pub(super) fn next(&mut self, way: Way) {
        let fresh = |end: &End| End { state: end.state, ..End::default() };
        if self.end(way.to).is_over() {
            *self = Self { first: fresh(&self.first), second: fresh(&self.second), ..Self::default() };
        } else {
            *self.end_mut(way.from) = fresh(self.end(way.from));
            self.opening_ns = None;
        }
        self.follows = true;
    }

    /// The segment's numbers, counted from the beginning of the conversation.
    pub(super) fn relative(&mut self, way: Way, segment: &Segment) -> Relative {
        let first = if segment.syn { segment.seq } else { segment.seq.minus(1) };
        let seq = segment.seq.since(*self.end_mut(way.from).sending.base.get_or_insert(first));
        let ack = segment.ack.map(|ack| {
            // Whoever is acknowledged has sent that number, or will send it next.
            let base = self.end_mut(way.to).sending.base.get_or_insert(ack.minus(1));
            ack.since(*base)
        });
        Relative { seq, ack }
    }

    pub(super) fn state(&self, side: Side) -> Option<TcpState> {
        self.end(side).state
    }

    fn end(&self, side: Side) -> &End {
        match side {
            Side::First => &self.first,
            Side::Second => &self.second,
        }
    }

    fn end_mut(&mut self, side: Side) -> &mut End {
        match side {
            Side::First => &mut self.first,
            Side::Second => &mut self.second,
        }
    }
}

/// Of a connection and of one end, in bytes.
#[cfg(test)]
pub(super) const SIZES: [usize; 2] = [size_of::<Connection>(), size_of::<End>()];

/// There is room for more than one packet can mean; should it ever be short, the least telling is left out.
fn add(meanings: &mut Meanings, meaning: Meaning) {
    let _ = meanings.try_push(meaning);
}

/// Lets something happen to an end, and says how its state changed by it.
fn watched(end: &mut End, happening: impl FnOnce(&mut End)) -> Option<Change> {
    let before = end.state;
    happening(end);
    end.state.filter(|after| Some(*after) != before).map(|after| (before, after))
}
