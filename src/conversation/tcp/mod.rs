//! One TCP connection as its packets tell it: two ends, each with its state (RFC 9293 §3.3.2).
//!
//! A segment counts twice. When it is *sent*, it proves something of its sender; when it is *delivered*, it changes
//! its receiver. On a loopback both happen at once, but a wire may hold a segment between the two, or lose it.

mod delivered;
mod end;
mod purpose;
mod ranges;
mod sent;

use self::end::End;
use super::{meaning::Meaning, segment::Segment, seq::Seq};
use crate::kernel::state::TcpState;

/// Which of the two ends. A connection of a socket with itself has only the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    First,
    Second,
}

/// The state that an end left and the one it entered.
pub(super) type Change = (Option<TcpState>, TcpState);

#[derive(Clone, Debug, Default)]
pub(super) struct Connection {
    first: End,
    second: End,
}

impl Connection {
    /// What the segment is for, judged by all that came before it; call it before [`Connection::sent`].
    pub(super) fn meanings(&self, from: Side, to: Side, segment: &Segment) -> Vec<Meaning> {
        purpose::meanings(self.end(from), self.end(to), segment)
    }

    pub(super) fn sent(&mut self, from: Side, segment: &Segment) -> Option<Change> {
        watched(self.end_mut(from), |end| end.sent(segment))
    }

    pub(super) fn delivered(&mut self, to: Side, segment: &Segment) -> Option<Change> {
        watched(self.end_mut(to), |end| end.delivered(segment))
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

    /// Whether this segment, about to be sent, opens another connection between the same ports.
    pub(super) fn is_followed_by(&self, from: Side, to: Side, segment: &Segment) -> bool {
        let asks = segment.syn && segment.ack.is_none() && !segment.rst;
        let (sender, receiver) = (self.end(from), self.end(to));
        asks && sender.sending.syn != Some(segment.seq) && !sender.is_unseen() && receiver.is_over()
    }

    /// The next connection between the same ports. The ends start in the states they were left in: one may be in
    /// TIME-WAIT still.
    pub(super) fn next(&self) -> Self {
        let fresh = |end: &End| End { state: end.state, ..End::default() };
        Self { first: fresh(&self.first), second: fresh(&self.second) }
    }

    /// Where the numbers of this end are counted from: its SYN, or what was seen first.
    pub(super) fn base(&self, side: Side) -> Option<Seq> {
        self.end(side).sending.base
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

/// Lets something happen to an end, and says how its state changed by it.
fn watched(end: &mut End, happening: impl FnOnce(&mut End)) -> Option<Change> {
    let before = end.state;
    happening(end);
    end.state.filter(|after| Some(*after) != before).map(|after| (before, after))
}
