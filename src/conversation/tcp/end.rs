//! What is known of one end of a connection.
//!
//! An end knows two directions: what it sent, and what reached it. `sent` and `delivered` write here, `purpose`
//! only reads. Whatever was not seen stays `None`; nothing here is a guess.

use super::ranges::Ranges;
use crate::{
    conversation::{
        meaning::{Offer, RepeatCause},
        segment::Segment,
        seq::Seq,
    },
    kernel::state::TcpState,
};

#[derive(Clone, Debug, Default)]
pub(super) struct End {
    pub(super) state: Option<TcpState>,
    /// It answered without having asked: a reset in SYN-RECV leads back to LISTEN.
    pub(super) passive: bool,
    pub(super) sending: Sending,
    pub(super) receiving: Receiving,
}

/// The direction away from this end.
#[derive(Clone, Debug, Default)]
pub(super) struct Sending {
    /// The number of its SYN.
    pub(super) syn: Option<Seq>,
    pub(super) offer: Offer,
    /// It has sent a SYN+ACK.
    pub(super) agreed: bool,
    /// It has sent something after its SYN.
    pub(super) spoke: bool,
    /// The number behind all that it sent.
    pub(super) next: Option<Seq>,
    /// The highest acknowledgement that reached it: what lies before is settled.
    pub(super) settled: Option<Seq>,
    /// The number of its FIN.
    pub(super) fin: Option<Seq>,
    /// What relative numbers count from.
    pub(super) base: Option<Seq>,
    /// How often what was sent last has been sent.
    pub(super) copies: Copies,
    /// The window it last advertised, as the header had it.
    pub(super) window: Option<u16>,
}

/// The direction towards this end.
#[derive(Clone, Debug, Default)]
pub(super) struct Receiving {
    /// The number that it waits for.
    pub(super) next: Option<Seq>,
    pub(super) beyond: Ranges,
    /// The highest acknowledgement that it sent.
    pub(super) acknowledged: Option<Seq>,
    /// How often in a row it acknowledged that, and nothing else.
    pub(super) repeats: u16,
    /// What came last, if that calls for an acknowledgement that says nothing new.
    pub(super) cause: Option<RepeatCause>,
    /// The number of the peer's FIN, once that has arrived.
    pub(super) fin: Option<Seq>,
    /// The peer's window, as the header that brought it here had it: one that is still under way is not known here.
    pub(super) window: Option<u16>,
}

/// The last repetition, and how many copies of it there are by now.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Copies {
    from: Seq,
    count: u16,
}

impl Copies {
    /// The copies there will be once what starts at `from` has been sent again.
    pub(super) fn with(self, from: Seq) -> u16 {
        if self.count > 0 && self.from == from { self.count.saturating_add(1) } else { 2 }
    }

    pub(super) fn note(&mut self, from: Seq) {
        *self = Self { from, count: self.with(from) };
    }
}

impl End {
    pub(super) fn is(&self, states: &[TcpState]) -> bool {
        self.state.is_some_and(|state| states.contains(&state))
    }

    /// Whether nothing was ever seen of it.
    pub(super) fn is_unseen(&self) -> bool {
        self.state.is_none() && self.sending.next.is_none()
    }

    /// Whether it may hold no part of a present connection, for all that was seen.
    pub(super) fn is_over(&self) -> bool {
        self.state.is_none() || self.is(&[TcpState::Closed, TcpState::Listen, TcpState::TimeWait])
    }
}

impl Sending {
    /// Whether `ack` acknowledges something of this opening, and nothing that was never sent.
    pub(super) fn opening_covers(&self, ack: Seq) -> bool {
        let (Some(syn), Some(next)) = (self.syn, self.next) else { return false };
        ack.after(syn) && !ack.after(next)
    }

    /// Whether `ack` says that the FIN has arrived.
    pub(super) fn fin_covered_by(&self, ack: Seq) -> bool {
        self.fin.is_some_and(|fin| ack.after(fin))
    }

    /// Whether all that it sent was acknowledged, as far as it knows.
    pub(super) fn is_settled(&self) -> bool {
        self.next.is_some() && self.settled == self.next
    }
}

impl Receiving {
    /// Begins to count at the number after the peer's SYN.
    pub(super) fn begin(&mut self, segment: &Segment) {
        *self = Self { next: Some(segment.data_start()), ..Self::default() };
    }

    /// Takes in `from..to`. Nothing can be said of it as long as the expected number is unknown.
    pub(super) fn take(&mut self, from: Seq, to: Seq) {
        let Some(next) = self.next else { return };
        if from.after(next) {
            self.beyond.add(from, to);
        } else if to.after(next) {
            self.next = Some(self.beyond.advance(to));
        }
    }

    /// Whether everything up to the peer's FIN, and the FIN, has arrived.
    pub(super) fn is_complete(&self) -> bool {
        matches!((self.fin, self.next), (Some(fin), Some(next)) if next.after(fin))
    }
}
