//! What is sent once more: whether it is, and why.

use super::purpose::Purpose;
use crate::{
    conversation::{
        meaning::{Meaning, Repeated, Why},
        seq::Seq,
    },
    kernel::clock::Stamp,
};

/// Whoever sends again because of duplicate acknowledgements does so at once: this long after the last of them at most,
/// wherever on the way it is watched.
const AT_ONCE_NS: u64 = 20_000_000;

/// A packet that was overtaken comes within the time of a round trip; this long where that is not known.
const OVERTAKEN_NS: u64 = 3_000_000;

/// No timer of Linux runs out before (RFC 6298 §2.4 even wants a second).
const LEAST_TIMEOUT_NS: u64 = 200_000_000;

/// RFC 5681 §3.2 waits for three duplicates; one of them may be missing from a capture.
const DUPLICATES: u16 = 2;

impl Purpose<'_> {
    pub(super) fn again(&self, what: Repeated) -> Meaning {
        let (own, seq, now) = (&self.sender.sending, self.segment.seq, self.segment.at);
        let before = own.copies().last_at(seq).or_else(|| own.flight.sent_at(seq));
        let after_ns = before.map(|before| since(now, before));
        Meaning::Retransmits { what, copy: own.copies().with(seq), why: self.why(what), after_ns }
    }

    /// Whether these bytes, below the highest number that was seen, were overtaken rather than sent again: they were
    /// not seen before, and come soon after that highest number.
    pub(super) fn is_overtaken(&self, from: Seq, to: Seq) -> bool {
        let own = &self.sender.sending;
        let is_new = own.unseen(from, to) > 0;
        let window = self.opening_ns.unwrap_or(OVERTAKEN_NS);
        is_new && since(self.segment.at, own.grown) < window && !self.was_asked_for()
    }

    fn why(&self, what: Repeated) -> Why {
        let own = &self.sender.sending;
        let acknowledged = self.receiver.receiving.acknowledged;
        if acknowledged.is_some_and(|ack| !self.segment.end().after(ack)) && !self.segment.syn {
            return Why::Spurious;
        }
        match what {
            Repeated::Syn | Repeated::SynAck => Why::Timeout,
            _ if self.was_asked_for() => Why::Fast,
            _ if self.recovers() => Why::Recovery,
            _ if own.flight.is_single() && own.flight.first() == Some(self.segment.seq) => self.single(),
            _ if own.flight.first() == Some(self.segment.seq) => Why::Timeout,
            _ if self.is_the_tail_alone() => Why::TailProbe,
            _ => Why::Unknown,
        }
    }

    /// The last of several, while nothing was repeated and nobody has asked for anything.
    fn is_the_tail_alone(&self) -> bool {
        let own = &self.sender.sending;
        let is_quiet = self.receiver.receiving.repeats == 0 && !own.flight.is_first_repeated();
        own.next == Some(self.segment.end()) && own.flight.first().is_some() && is_quiet
    }

    /// A tail loss probe is sent once, so that a third copy is a timeout's.
    fn single(&self) -> Why {
        if self.sender.sending.copies().with(self.segment.seq) > 2 { Why::Timeout } else { Why::Timer }
    }

    /// Whether duplicate acknowledgements ask for just this number.
    fn was_asked_for(&self) -> bool {
        let asker = &self.receiver.receiving;
        asker.repeats >= DUPLICATES
            && asker.acknowledged == Some(self.segment.seq)
            && since(self.segment.at, asker.at) < AT_ONCE_NS
    }

    /// Whether a recovery goes on: this lies below what the receiver has in pieces, or below what was under way when
    /// the first one was repeated, and the receiver has spoken since the last repetition, and just now.
    fn recovers(&self) -> bool {
        let (own, asker) = (&self.sender.sending, &self.receiver.receiving);
        let below = |end: Option<Seq>| end.is_some_and(|end| self.segment.seq.before(end));
        let is_behind =
            below(own.recover()) || below(asker.sack.as_ref().filter(|sack| sack.blocks > 0).map(|sack| sack.end));
        let has_news = own.copies().count() == 0 || asker.at > own.copies().at();
        is_behind && has_news && since(self.segment.at, asker.at) < LEAST_TIMEOUT_NS
    }
}

fn since(later: Stamp, earlier: Stamp) -> u64 {
    later.0.saturating_sub(earlier.0)
}
