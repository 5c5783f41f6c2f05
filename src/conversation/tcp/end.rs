//! What is known of one end of a connection.
//!
//! An end knows two directions: what it sent, and what reached it. `sent` and `delivered` write here, `purpose`
//! only reads. Whatever was not seen stays `None`; nothing here is a guess.

use super::{copies::Copies, flight::Flight, ranges::Ranges};
use crate::{
    conversation::{
        meaning::{Probe, RepeatCause},
        segment::{Sack, Segment},
        seq::Seq,
    },
    kernel::{clock::Stamp, state::TcpState},
};

#[derive(Clone, Debug, Default)]
pub(super) struct End {
    pub(super) state: Option<TcpState>,
    /// It answered without having asked: a reset in SYN-RECV leads back to LISTEN.
    pub(super) passive: bool,
    pub(super) sending: Sending,
    pub(super) receiving: Receiving,
}

// What is kept of a connection is looked up for each of its packets, and with many of them it has to come from far: so
// what only losses bring about lies apart (`Trouble`), and most ends never have it.

/// The direction away from this end.
#[derive(Clone, Debug, Default)]
pub(super) struct Sending {
    /// The number of its SYN.
    pub(super) syn: Option<Seq>,
    /// The window scale that it offered there.
    pub(super) offered_scale: Option<u8>,
    /// Bytes that came along with its SYN.
    pub(super) early: u32,
    /// It has sent a SYN+ACK.
    pub(super) agreed: bool,
    /// It has sent something after its SYN.
    pub(super) spoke: bool,
    /// The number behind all that it sent.
    pub(super) next: Option<Seq>,
    /// When that number grew.
    pub(super) grown: Stamp,
    /// The highest acknowledgement that reached it: what lies before is settled.
    pub(super) settled: Option<Seq>,
    /// The number of its FIN.
    pub(super) fin: Option<Seq>,
    /// What relative numbers count from.
    pub(super) base: Option<Seq>,
    /// The window it last advertised, as the header had it.
    pub(super) window: Option<u16>,
    /// Its last packet was a probe.
    pub(super) probed: Option<Probe>,
    /// Its probes since it last heard something.
    pub(super) probes: u8,
    /// That probe took a byte along, which the receiver may or may not have room for.
    pub(super) probe_byte: bool,
    pub(super) flight: Flight,
    pub(super) trouble: Option<Box<Trouble>>,
    /// It is not known how much is under way, as some of it was not seen.
    pub(super) unsure: bool,
}

/// What was repeated, and what was not seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble {
    pub(super) copies: Copies,
    /// What it had sent when it last repeated something because a timer or duplicate acknowledgements told it to.
    pub(super) recover: Option<Seq>,
    /// What was not seen of what it sent.
    pub(super) unseen: Ranges,
}

/// The direction towards this end.
#[derive(Clone, Debug, Default)]
pub(super) struct Receiving {
    /// The number that it waits for.
    pub(super) next: Option<Seq>,
    /// What came behind a gap.
    pub(super) beyond: Option<Box<Ranges>>,
    /// The highest acknowledgement that it sent.
    pub(super) acknowledged: Option<Seq>,
    /// When it sent its last one.
    pub(super) at: Stamp,
    /// How often in a row it acknowledged that, and nothing else.
    pub(super) repeats: u16,
    /// The same with those that something else explains, too.
    pub(super) asks: u8,
    /// What its last packet acknowledged in pieces, if it did.
    pub(super) sack: Option<Box<Sack>>,
    /// What came last, if that calls for an acknowledgement that says nothing new.
    pub(super) cause: Option<RepeatCause>,
    /// The number of the peer's FIN, once that has arrived.
    pub(super) fin: Option<Seq>,
    /// The peer's window, as the packet that brought it here had it: one that is still under way is not known here.
    pub(super) window: Option<Heard>,
}

/// A window that has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) raw: u16,
    /// In a SYN it is never scaled (RFC 7323 §2.2).
    pub(super) in_syn: bool,
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

    /// Whether the peer has no room, as far as this end has heard.
    pub(super) fn finds_window_closed(&self) -> bool {
        self.receiving.window.is_some_and(|heard| heard.raw == 0)
    }
}

impl Sending {
    /// How often the number was sent by now, if that is certain.
    pub(super) fn copies_of(&self, number: Seq) -> Option<u16> {
        self.trouble
            .as_ref()
            .map_or(Some(1), |trouble| trouble.copies.times(number).map(|times| times.saturating_add(1)))
    }

    /// When the number was sent again last, if it was.
    pub(super) fn repeated_at(&self, number: Seq) -> Option<Stamp> {
        self.trouble.as_ref().and_then(|trouble| trouble.copies.last_at(number))
    }

    pub(super) fn recover(&self) -> Option<Seq> {
        self.trouble.as_ref().and_then(|trouble| trouble.recover)
    }

    /// How many of its numbers in `from..to` were not seen.
    pub(super) fn unseen(&self, from: Seq, to: Seq) -> u32 {
        self.trouble.as_ref().map_or(0, |trouble| trouble.unseen.within(from, to))
    }

    pub(super) fn trouble(&mut self) -> &mut Trouble {
        self.trouble.get_or_insert_default()
    }

    /// Whether `ack` acknowledges something of this opening, and nothing that was never sent.
    pub(super) fn opening_covers(&self, ack: Seq) -> bool {
        let (Some(syn), Some(next)) = (self.syn, self.next) else { return false };
        ack.after(syn) && !ack.after(next)
    }

    /// Whether `ack` says that the FIN has arrived.
    pub(super) fn fin_covered_by(&self, ack: Seq) -> bool {
        self.fin.is_some_and(|fin| ack.after(fin))
    }

    /// The number behind all that can be acknowledged.
    pub(super) fn end(&self) -> Option<Seq> {
        self.next.map(|next| next.plus(u32::from(self.probe_byte)))
    }

    /// By how much its windows are to be shifted, where that can be told: only if both ends have offered to scale
    /// (RFC 7323 §2.2), and a SYN+ACK offers it only to a SYN that did.
    pub(super) fn scale(&self, peer: &Self) -> Option<u8> {
        let offered = |end: &Self| end.syn.map(|_| end.offered_scale);
        match (offered(self), offered(peer)) {
            (Some(None), _) | (_, Some(None)) => Some(0),
            (Some(Some(own)), Some(Some(_))) => Some(own),
            (Some(Some(own)), None) if self.agreed => Some(own),
            _ => None,
        }
    }
}

impl Receiving {
    /// Begins to count at the number after the peer's SYN.
    pub(super) fn begin(&mut self, segment: &Segment) {
        *self = Self { next: Some(segment.data_start()), window: self.window, ..Self::default() };
    }

    /// Takes in `from..to`. Nothing can be said of it as long as the expected number is unknown.
    pub(super) fn take(&mut self, from: Seq, to: Seq) {
        let Some(next) = self.next else { return };
        if from.after(next) {
            self.beyond.get_or_insert_default().add(from, to);
        } else if to.after(next) {
            self.next = Some(self.beyond.as_mut().map_or(to, |beyond| beyond.advance(to)));
        }
    }

    /// Whether everything up to the peer's FIN, and the FIN, has arrived.
    pub(super) fn is_complete(&self) -> bool {
        matches!((self.fin, self.next), (Some(fin), Some(next)) if next.after(fin))
    }
}
