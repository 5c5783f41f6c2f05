//! What a segment is for, judged by what its sender and its receiver knew just before it was sent.

use super::{add, end::End, sent::Found};
use crate::{
    conversation::{
        meaning::{Agreement, CloseOrder, Early, Meaning, Meanings, Pieces, Probe, RepeatCause, Repeated, Window},
        segment::Segment,
        seq::Seq,
    },
    kernel::state::TcpState::{Established, SynSent},
};

/// After this a byte that was acknowledged is no repetition, but asks whether the peer is there.
const SILENCE_NS: u64 = 1_000_000_000;

pub(super) struct Purpose<'a> {
    pub(super) sender: &'a End,
    pub(super) receiver: &'a End,
    pub(super) segment: &'a Segment,
    /// How long the opening took, where it was seen.
    pub(super) opening_ns: Option<u64>,
}

impl Purpose<'_> {
    /// Adds the meanings of the segment, the most telling one first; at least one.
    pub(super) fn read(&self, meanings: &mut Meanings) -> Found {
        let mut found = Found::default();
        if self.segment.rst {
            add(meanings, Meaning::Resets(self.reset_cause()));
        } else if self.segment.syn {
            add(meanings, self.opening());
        } else {
            self.in_stream(meanings, &mut found);
        }
        self.gaps(meanings);
        if meanings.is_empty() {
            add(meanings, Meaning::Unknown);
        }
        found.again = meanings.iter().find_map(|meaning| match meaning {
            Meaning::Retransmits { why, .. } => Some(*why),
            _ => None,
        });
        found
    }

    fn opening(&self) -> Meaning {
        let Segment { seq, offer, len, .. } = *self.segment;
        let again = self.sender.sending.syn == Some(seq);
        match self.segment.ack {
            None if again => self.again(Repeated::Syn),
            Some(_) if again && self.sender.sending.agreed => self.again(Repeated::SynAck),
            None => Meaning::AsksToOpen { first: seq, offer, data: len },
            Some(expects) => {
                let (agreement, early) = (self.agreement(again, expects), self.early(expects));
                Meaning::AgreesToOpen { first: seq, expects, offer, data: len, agreement, early }
            }
        }
    }

    fn agreement(&self, asked: bool, expects: Seq) -> Agreement {
        let asked_by_peer = &self.receiver.sending;
        if asked_by_peer.syn.is_some() && !asked_by_peer.opening_covers(expects) {
            Agreement::Stale
        } else if asked {
            Agreement::Mutual
        } else {
            Agreement::Answer
        }
    }

    /// How much of the SYN's data is acknowledged together with the SYN.
    fn early(&self, expects: Seq) -> Option<Early> {
        let asked = &self.receiver.sending;
        let first = asked.syn.filter(|_| asked.early > 0 && asked.opening_covers(expects))?.plus(1);
        Some(Early { taken: expects.since(first), of: asked.early })
    }

    fn in_stream(&self, meanings: &mut Meanings, found: &mut Found) {
        found.probe = self.probe();
        if let Some((expects, bytes)) = self.completes() {
            add(meanings, Meaning::CompletesOpening { expects, bytes });
        }
        if let Some(probe) = found.probe {
            add(meanings, Meaning::Probe(probe));
        } else {
            self.closing(meanings);
            self.data(meanings);
            found.asks = self.acknowledgement(meanings);
            found.duplicates = meanings.iter().any(|does| matches!(does, Meaning::RepeatsAck { count: 1.., .. }));
        }
        if self.segment.window == 0 {
            add(meanings, Meaning::ZeroWindow);
        }
        if found.probe.is_none() && self.fills_window() {
            add(meanings, Meaning::WindowFull);
        }
    }

    /// The number that the SYN+ACK made expected, and how many bytes came along with it or since.
    fn completes(&self) -> Option<(Seq, u32)> {
        let own = &self.sender.sending;
        let asked = own.syn.is_some() && !own.agreed && !own.spoke;
        let expects = self.segment.ack?;
        let answered = self.receiver.sending.opening_covers(expects);
        let bytes = self.receiver.sending.syn.map_or(0, |syn| expects.since(syn.plus(1)));
        (asked && answered && self.sender.is(&[SynSent, Established])).then_some((expects, bytes))
    }

    /// At most one byte that was settled before, or for which there is no room: it only wants an answer. What is not
    /// settled is sent again because it is missing; without data it is an older acknowledgement.
    fn probe(&self) -> Option<Probe> {
        let own = &self.sender.sending;
        if self.segment.len > 1 || self.segment.fin {
            return None;
        }
        let is_closed = self.sender.finds_window_closed();
        if self.segment.len == 1 && is_closed && own.next == Some(self.segment.seq) {
            return Some(Probe::Byte);
        }
        // The peer may have more of it than was seen.
        let end = own.next.map(|next| own.settled.map_or(next, |settled| next.latest(settled)));
        let is_old = end == Some(self.segment.seq.plus(1)) && own.spoke;
        let is_settled = own.settled.map_or(self.segment.len == 0, |settled| Some(settled) == end);
        let is_probe = is_old && is_settled && (self.segment.len == 0 || is_closed || self.breaks_a_silence());
        is_probe.then_some(if is_closed { Probe::Window } else { Probe::KeepAlive })
    }

    /// Whether neither end has sent anything new for a good while, nor this byte again: one that its sender believes lost
    /// is repeated sooner. Both may ask at the same time, so that answers are no talk.
    fn breaks_a_silence(&self) -> bool {
        let (own, peer) = (&self.sender.sending, &self.receiver.sending);
        let last = own.grown.max(peer.grown).max(own.repeated_at(self.segment.seq).unwrap_or_default());
        // One that asks and is captured twice asks twice.
        own.probed.is_some() || self.segment.at.0.saturating_sub(last.0) >= SILENCE_NS
    }

    /// The bytes, told apart into new ones and those sent before.
    fn data(&self, meanings: &mut Meanings) {
        let Segment { seq, len, push, .. } = *self.segment;
        let sent_before = self.sender.sending.next.filter(|next| next.after(seq)).map_or(0, |next| next.since(seq));
        // The number that a FIN took is no byte.
        let old = sent_before.min(len);
        if len > old {
            add(meanings, Meaning::CarriesData { first: seq.plus(old), bytes: len - old, push });
        }
        if old > 0 {
            let is_overtaken = self.is_overtaken(seq, seq.plus(old));
            let again = || self.again(Repeated::Data { bytes: old });
            let is_new = self.sender.sending.unseen(seq, seq.plus(old)) == old;
            add(meanings, if is_overtaken { Meaning::OutOfOrder { first: seq, bytes: old, is_new } } else { again() });
        }
        if len > old && self.knows_peers_fin() && self.sender.sending.fin.is_none() {
            add(meanings, Meaning::UsesHalfClose);
        }
    }

    fn closing(&self, meanings: &mut Meanings) {
        let fin = self.segment.data_end();
        let is_again = self.sender.sending.fin.is_some_and(|known| !fin.after(known));
        if self.segment.fin && is_again {
            add(meanings, self.again(Repeated::Fin { fin }));
        } else if self.segment.fin {
            let (order, acknowledges_fin) = (self.close_order(), self.acknowledges_fin());
            add(meanings, Meaning::Closes { fin, order, acknowledges_fin });
        }
    }

    /// A FIN is the second one if it acknowledges the first: a capture sees that before this end does.
    fn close_order(&self) -> Option<CloseOrder> {
        if self.knows_peers_fin() {
            Some(CloseOrder::Second)
        } else if self.receiver.sending.fin.is_some() {
            Some(CloseOrder::Crossing)
        } else {
            self.sender.state.map(|_| CloseOrder::First)
        }
    }

    fn knows_peers_fin(&self) -> bool {
        self.segment.ack.is_some_and(|ack| self.receiver.sending.fin_covered_by(ack))
    }

    /// Whether the peer's FIN is acknowledged here for the first time.
    fn acknowledges_fin(&self) -> bool {
        let before = self.sender.receiving.acknowledged;
        let covers = |ack: Seq| self.receiver.sending.fin_covered_by(ack);
        self.segment.ack.is_some_and(covers) && !before.is_some_and(covers)
    }

    /// What the acknowledgement adds; one that adds nothing is worth a word only where the packet has no other
    /// purpose. Returns whether it may ask for what is missing.
    fn acknowledgement(&self, meanings: &mut Meanings) -> bool {
        let Some(expects) = self.segment.ack else { return false };
        let before = self.sender.receiving.acknowledged;
        if before.is_some_and(|before| !expects.after(before)) {
            return meanings.is_empty() && self.repeated(expects, meanings);
        }
        if before.is_none() && self.is_of_an_older_connection(expects) {
            add(meanings, Meaning::RepeatsAck { cause: RepeatCause::Older, expects, count: 0, pieces: None });
            return false;
        }
        // Of what was not seen nobody knows how much was data.
        let bytes = self.acknowledged_bytes(expects).filter(|_| self.unseen(expects) == 0);
        let closes_too = self.segment.fin && self.sender.sending.fin.is_none();
        if self.acknowledges_fin() && !closes_too {
            add(meanings, Meaning::AcknowledgesFin { bytes, expects });
        } else if bytes != Some(0) || meanings.is_empty() {
            add(meanings, Meaning::Acknowledges { bytes, expects });
        }
        false
    }

    /// Whether it answers a SYN with numbers that its sender can not mean: those of a connection that it still has.
    fn is_of_an_older_connection(&self, expects: Seq) -> bool {
        let asked = &self.receiver.sending;
        let is_asking = asked.syn.is_some() && !asked.agreed && !asked.spoke;
        is_asking && self.segment.is_bare() && !asked.opening_covers(expects)
    }

    /// The bytes acknowledged for the first time: the numbers of SYN and FIN are none.
    fn acknowledged_bytes(&self, expects: Seq) -> Option<u32> {
        let first = self.receiver.sending.syn.map(|syn| syn.plus(1));
        let before = self.sender.receiving.acknowledged.or(first)?;
        let numbers = if expects.after(before) { expects.since(before) } else { 0 };
        Some(numbers.saturating_sub(u32::from(self.acknowledges_fin())))
    }

    /// An acknowledgement that says nothing new. A duplicate, which the sender of what is missing counts, has the
    /// window that was known, too (RFC 5681 §2).
    fn repeated(&self, expects: Seq, meanings: &mut Meanings) -> bool {
        let cause = self.repeat_cause(expects);
        let update = self.window_update().filter(|_| cause != RepeatCause::Overtaken);
        if let (Some((from, to)), RepeatCause::Unknown | RepeatCause::Probe(_) | RepeatCause::NoRoom) = (update, cause)
        {
            if to.raw != 0 {
                add(meanings, Meaning::WindowUpdate { from, to });
            }
            return false;
        }
        // With its window closed an end asks for nothing.
        let asks = self.segment.window != 0 && update.is_none();
        let is_duplicate = asks && matches!(cause, RepeatCause::Gap | RepeatCause::Unknown);
        let count = if is_duplicate { self.sender.receiving.repeats.saturating_add(1) } else { 0 };
        // Where a capture shows the bytes before they arrive, an answer to what came before them looks like one to
        // them; whoever waits for duplicates counts it all the same.
        let may_ask = is_duplicate || asks && cause == RepeatCause::OldData;
        let pieces = self.segment.sack.filter(|sack| sack.blocks > 0);
        let pieces = pieces.map(|sack| Pieces { blocks: sack.blocks, first: sack.first });
        add(meanings, Meaning::RepeatsAck { cause, expects, count, pieces });
        if let Some((from, to)) = update.filter(|(_, to)| to.raw != 0) {
            add(meanings, Meaning::WindowUpdate { from, to });
        }
        may_ask
    }

    /// Another segment may have come between the one that is answered and the answer; the answer itself knows.
    fn repeat_cause(&self, expects: Seq) -> RepeatCause {
        let (sending, receiving) = (&self.sender.sending, &self.sender.receiving);
        let is_older = sending.next.is_some_and(|next| self.segment.seq.before(next))
            || receiving.acknowledged.is_some_and(|acknowledged| expects.before(acknowledged));
        let told = |duplicate| if duplicate { RepeatCause::OldData } else { RepeatCause::Gap };
        if is_older {
            RepeatCause::Overtaken
        } else {
            let said = self.segment.sack.map(|sack| told(sack.tells_duplicate));
            match (receiving.cause, said) {
                (None | Some(RepeatCause::Gap | RepeatCause::OldData), Some(said)) => said,
                (cause, _) => cause.unwrap_or(RepeatCause::Unknown),
            }
        }
    }

    /// The window that was known and the one that is told now, where they differ. That of a SYN is never scaled
    /// (RFC 7323 §2.2): what it said in bytes counts.
    fn window_update(&self) -> Option<(Window, Window)> {
        let own = &self.sender.sending;
        let scale = own.scale(&self.receiver.sending);
        let before = Window { raw: own.window?, scale: if own.spoke { scale } else { Some(0) } };
        let now = Window { raw: self.segment.window, scale };
        let differ = match (before.bytes(), now.bytes()) {
            (Some(before), Some(now)) => before != now,
            _ => own.spoke && before.raw != now.raw,
        };
        differ.then_some((before, now))
    }

    /// Whether it goes up to the last byte that the receiver has room for, as far as its sender has heard.
    fn fills_window(&self) -> bool {
        let own = self.sender;
        let Some((settled, heard)) = own.sending.settled.zip(own.receiving.window) else { return false };
        let scale = if heard.in_syn { Some(0) } else { self.receiver.sending.scale(&own.sending) };
        let edge = scale.map(|scale| settled.plus(u32::from(heard.raw) << scale.min(14)));
        self.segment.len > 0 && self.segment.is_plain() && edge == Some(self.segment.data_end())
    }

    /// What was not seen, of this end or of the other.
    fn gaps(&self, meanings: &mut Meanings) {
        let Segment { seq, ack, rst, .. } = *self.segment;
        if let Some(next) = self.sender.sending.next.filter(|next| seq.after(*next) && !rst) {
            add(meanings, Meaning::Gap { bytes: seq.since(next) });
        }
        let bytes = ack.filter(|ack| !self.is_of_an_older_connection(*ack)).map_or(0, |ack| self.unseen(ack));
        if bytes > 0 {
            add(meanings, Meaning::AcknowledgesUnseen { bytes });
        }
    }

    /// How many of the peer's numbers below `ack`, acknowledged here for the first time, were not seen.
    fn unseen(&self, ack: Seq) -> u32 {
        let (peer, before) = (&self.receiver.sending, self.sender.receiving.acknowledged);
        let Some(end) = peer.end() else { return 0 };
        if before.is_some_and(|before| !ack.after(before)) {
            return 0;
        }
        let from = before.map_or(end, |before| before.latest(end));
        let behind = if ack.after(from) { ack.since(from) } else { 0 };
        behind.saturating_add(peer.unseen(before.unwrap_or(ack), ack))
    }
}
