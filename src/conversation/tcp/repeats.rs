//! What is sent once more: whether it is, and why.

use super::purpose::Purpose;
use crate::{
    conversation::{
        meaning::{Meaning, Repeated, Why},
        seq::Seq,
    },
    kernel::{clock::Stamp, state::TcpState::Closed},
};

/// Whoever sends again because of duplicate acknowledgements does so at once: this long after the last of them at most,
/// wherever on the way it is watched.
const AT_ONCE_NS: u64 = 20_000_000;

/// A packet that was overtaken comes within the time of a round trip; this long where that is not known.
const OVERTAKEN_NS: u64 = 3_000_000;

/// No timer of Linux runs out before (RFC 6298 §2.4 even wants a second).
const LEAST_TIMEOUT_NS: u64 = 200_000_000;

/// RFC 5681 §3.2 waits for three duplicates; one of them may be missing from a capture.
const DUPLICATES: u8 = 2;

/// No timer runs out sooner, however it is set: Linux waits for two ticks of its clock at least, be the round trip ever
/// so short. A frame that was captured twice comes microseconds later.
const LEAST_TIMER_NS: u64 = 2_000_000;

impl Purpose<'_> {
    pub(super) fn again(&self, what: Repeated) -> Meaning {
        let (own, seq) = (&self.sender.sending, self.segment.seq);
        // Where the first copy was not seen, nobody knows of how many more.
        let was_seen = self.segment.syn || own.unseen(seq, self.segment.end()) == 0;
        let copy = own.copies_of(seq).filter(|_| was_seen).map(|copies| copies.saturating_add(1));
        let after_ns = self.sent_at().map(|before| since(self.segment.at, before));
        Meaning::Retransmits { what, copy, why: self.why(what), after_ns }
    }

    /// When the copy before this one was sent.
    fn sent_at(&self) -> Option<Stamp> {
        let (own, seq) = (&self.sender.sending, self.segment.seq);
        own.repeated_at(seq).or_else(|| own.flight.sent_at(seq))
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
        let acknowledged = self.receiver.receiving.acknowledged;
        if acknowledged.is_some_and(|ack| !self.segment.end().after(ack)) && !self.segment.syn {
            return Why::Spurious;
        }
        let why = self.cause(what);
        let is_timers = matches!(why, Why::Timeout | Why::Timer | Why::TailProbe);
        if is_timers && !self.can_be_a_timers() { Why::TooSoon } else { why }
    }

    fn cause(&self, what: Repeated) -> Why {
        let own = &self.sender.sending;
        let is_first = own.flight.first() == Some(self.segment.seq);
        match what {
            Repeated::Syn if self.sender.is(&[Closed]) => Why::Refused,
            Repeated::Syn | Repeated::SynAck => Why::Timeout,
            Repeated::Data { .. } if own.early > 0 && !own.spoke => Why::Refused,
            _ if self.was_asked_for() => Why::Fast,
            _ if self.has_news() && self.is_below(self.sacked()) && own.recover().is_none() => Why::LeftOut,
            _ if self.has_news() && self.is_below(self.sacked()) => Why::Recovery,
            _ if self.has_news() && self.is_below(own.recover()) => Why::UnderWay,
            _ if own.flight.is_single() && is_first => self.single(),
            _ if is_first => Why::Timeout,
            _ if self.is_the_tail_alone() => Why::TailProbe,
            _ => Why::Unknown,
        }
    }

    /// Whether so much time has passed since the copy before that a timer can have run out: more than a round trip,
    /// as long as that is short of every ordinary timer. A SYN that was repeated makes its opening look longer.
    fn can_be_a_timers(&self) -> bool {
        let least = self.opening_ns.map_or(LEAST_TIMER_NS, |opening| opening.clamp(LEAST_TIMER_NS, LEAST_TIMEOUT_NS));
        let before = self.sent_at().unwrap_or(self.sender.sending.grown);
        since(self.segment.at, before) >= least
    }

    /// The last of several, while nothing was repeated and nobody has asked for anything.
    fn is_the_tail_alone(&self) -> bool {
        let own = &self.sender.sending;
        let is_quiet = self.receiver.receiving.repeats == 0 && !own.flight.is_first_repeated();
        own.next == Some(self.segment.end()) && own.flight.first().is_some() && is_quiet
    }

    /// A tail loss probe is sent once, so that a third copy is a timeout's.
    fn single(&self) -> Why {
        if self.sender.sending.copies_of(self.segment.seq) == Some(1) { Why::Timer } else { Why::Timeout }
    }

    /// Whether duplicate acknowledgements ask for just this number.
    fn was_asked_for(&self) -> bool {
        let asker = &self.receiver.receiving;
        asker.asks >= DUPLICATES
            && asker.acknowledged == Some(self.segment.seq)
            && since(self.segment.at, asker.at) < AT_ONCE_NS
    }

    /// Whether the receiver has spoken just now, and since this was sent again, if it was.
    fn has_news(&self) -> bool {
        let asker = &self.receiver.receiving;
        let repeated = self.sender.sending.repeated_at(self.segment.seq);
        repeated.is_none_or(|at| asker.at > at) && since(self.segment.at, asker.at) < LEAST_TIMEOUT_NS
    }

    /// Where the farthest of the pieces ends that the receiver has.
    fn sacked(&self) -> Option<Seq> {
        self.receiver.receiving.sack.as_ref().filter(|sack| sack.blocks > 0).map(|sack| sack.end)
    }

    fn is_below(&self, end: Option<Seq>) -> bool {
        end.is_some_and(|end| self.segment.seq.before(end))
    }
}

fn since(later: Stamp, earlier: Stamp) -> u64 {
    later.0.saturating_sub(earlier.0)
}
