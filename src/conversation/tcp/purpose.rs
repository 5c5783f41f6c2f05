//! What a segment is for, judged by what its sender and its receiver knew just before it was sent.

use super::end::End;
use crate::{
    conversation::{
        meaning::{Agreement, CloseOrder, Meaning, Probe, RepeatCause, Repeated, ResetCause, Window},
        segment::{Sack, Segment},
        seq::Seq,
    },
    kernel::state::TcpState::{CloseWait, Established, Listen, SynRecv, SynSent},
};

/// The meanings of `segment`, the most telling one first; at least one.
pub(super) fn meanings(sender: &End, receiver: &End, segment: &Segment) -> Vec<Meaning> {
    let purpose = Purpose { sender, receiver, segment };
    if segment.rst {
        vec![Meaning::Resets(purpose.reset_cause())]
    } else if segment.syn {
        vec![purpose.opening()]
    } else {
        purpose.in_stream()
    }
}

struct Purpose<'a> {
    sender: &'a End,
    receiver: &'a End,
    segment: &'a Segment,
}

impl Purpose<'_> {
    fn reset_cause(&self) -> ResetCause {
        let Some(ack) = self.segment.ack else {
            // Without an acknowledgement it answers a packet that had one (RFC 9293 §3.10.7.1).
            let still_opening = self.sender.is(&[SynSent, SynRecv, Listen]);
            return if still_opening { ResetCause::StrangeOpening } else { ResetCause::NoConnection };
        };
        let answers_syn = self.receiver.is(&[SynSent]) && self.receiver.sending.opening_covers(ack);
        if answers_syn { ResetCause::Refused } else { ResetCause::Aborted }
    }

    fn opening(&self) -> Meaning {
        let Segment { seq, offer, len, .. } = *self.segment;
        let again = self.sender.sending.syn == Some(seq);
        match self.segment.ack {
            None if again => self.again(Repeated::Syn),
            Some(_) if again && self.sender.sending.agreed => self.again(Repeated::SynAck),
            None => Meaning::AsksToOpen { first: seq, offer, data: len },
            Some(expects) => {
                let agreement = self.agreement(again, expects);
                Meaning::AgreesToOpen { first: seq, expects, offer, data: len, agreement }
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

    fn in_stream(&self) -> Vec<Meaning> {
        let mut meanings = Vec::new();
        meanings.extend(self.completion());
        if let Some(probe) = self.probe() {
            meanings.push(Meaning::Probe(probe));
        } else {
            meanings.extend(self.closing());
            meanings.extend(self.data());
            meanings.extend(self.acknowledgement(!meanings.is_empty()));
        }
        if self.segment.window == 0 {
            meanings.push(Meaning::ZeroWindow);
        }
        if meanings.is_empty() {
            meanings.push(Meaning::Unknown);
        }
        meanings
    }

    fn completion(&self) -> Option<Meaning> {
        let own = &self.sender.sending;
        let asked = own.syn.is_some() && !own.agreed && !own.spoke;
        let expects = self.segment.ack?;
        let answered = self.receiver.sending.opening_covers(expects);
        (asked && answered && self.sender.is(&[SynSent, Established])).then_some(Meaning::CompletesOpening { expects })
    }

    /// At most one byte, at a number that was settled before: it only wants an answer.
    fn probe(&self) -> Option<Probe> {
        let own = &self.sender.sending;
        let small = self.segment.len <= 1 && !self.segment.fin;
        let settled = own.is_settled() && own.next == Some(self.segment.seq.plus(1));
        let window_closed = self.sender.receiving.window == Some(0);
        (small && settled).then_some(if window_closed { Probe::Window } else { Probe::KeepAlive })
    }

    /// The bytes, told apart into new ones and those sent before.
    fn data(&self) -> Vec<Meaning> {
        let Segment { seq, len, push, .. } = *self.segment;
        let sent_before = self.sender.sending.next.filter(|next| next.after(seq)).map_or(0, |next| next.since(seq));
        // The number that a FIN took is no byte.
        let old = sent_before.min(len);
        let mut meanings = Vec::new();
        if len > old {
            meanings.push(Meaning::CarriesData { first: seq.plus(old), bytes: len - old, push });
        }
        if old > 0 {
            meanings.push(self.again(Repeated::Data { bytes: old }));
        }
        meanings
    }

    fn closing(&self) -> Option<Meaning> {
        if !self.segment.fin {
            return None;
        }
        let fin = self.segment.data_end();
        if self.sender.sending.fin.is_some() {
            return Some(self.again(Repeated::Fin { fin }));
        }
        Some(Meaning::Closes { fin, order: self.close_order(), acknowledges_fin: self.acknowledges_fin() })
    }

    fn close_order(&self) -> Option<CloseOrder> {
        let peer_closed = self.receiver.sending.fin.is_some();
        let knows = self.acknowledges_fin() || self.sender.is(&[CloseWait]) || self.sender.receiving.is_complete();
        if knows {
            Some(CloseOrder::Second)
        } else if peer_closed {
            Some(CloseOrder::Crossing)
        } else {
            self.sender.state.map(|_| CloseOrder::First)
        }
    }

    /// Whether the peer's FIN is acknowledged here for the first time.
    fn acknowledges_fin(&self) -> bool {
        let before = self.sender.receiving.acknowledged;
        let covers = |ack: Seq| self.receiver.sending.fin_covered_by(ack);
        self.segment.ack.is_some_and(covers) && !before.is_some_and(covers)
    }

    /// What the acknowledgement adds; one that adds nothing is worth a word only where the packet has no other
    /// purpose.
    fn acknowledgement(&self, has_purpose: bool) -> Option<Meaning> {
        let expects = self.segment.ack?;
        let before = self.sender.receiving.acknowledged;
        if before.is_some_and(|before| !expects.after(before)) {
            return if has_purpose { None } else { self.repeated(expects) };
        }
        let bytes = self.acknowledged_bytes(expects);
        let closes_too = self.segment.fin && self.sender.sending.fin.is_none();
        if self.acknowledges_fin() && !closes_too {
            return Some(Meaning::AcknowledgesFin { bytes, expects });
        }
        (bytes != Some(0) || !has_purpose).then_some(Meaning::Acknowledges { bytes, expects })
    }

    /// The bytes acknowledged for the first time: the numbers of SYN and FIN are none.
    fn acknowledged_bytes(&self, expects: Seq) -> Option<u32> {
        let first = self.receiver.sending.syn.map(|syn| syn.plus(1));
        let before = self.sender.receiving.acknowledged.or(first)?;
        let numbers = if expects.after(before) { expects.since(before) } else { 0 };
        Some(numbers.saturating_sub(u32::from(self.acknowledges_fin())))
    }

    fn repeated(&self, expects: Seq) -> Option<Meaning> {
        let (sending, receiving) = (&self.sender.sending, &self.sender.receiving);
        // The window of a SYN is written in another unit (RFC 7323 §2.2).
        let before = sending.window.filter(|_| sending.spoke);
        // Another segment may have come between the one that is answered and the answer; the answer itself knows.
        let cause = receiving.cause.or(self.segment.sack.map(|sack| match sack {
            Sack::Beyond => RepeatCause::Gap,
            Sack::Duplicate => RepeatCause::OldData,
        }));
        if let (None | Some(RepeatCause::Probe), Some(from)) = (cause, before)
            && from != self.segment.window
        {
            let (from, to) = (self.window(from), self.window(self.segment.window));
            return (to.raw != 0).then_some(Meaning::WindowUpdate { from, to });
        }
        let cause = cause.unwrap_or(RepeatCause::Unknown);
        Some(Meaning::RepeatsAck { cause, expects, count: receiving.repeats.saturating_add(1) })
    }

    fn window(&self, raw: u16) -> Window {
        let (own, peer) = (&self.sender.sending, &self.receiver.sending);
        let opening_seen = own.syn.is_some() && peer.syn.is_some();
        // RFC 7323 §2.2: the scale holds only where both ends have offered one.
        let both = own.offer.window_scale.filter(|_| peer.offer.window_scale.is_some());
        Window { raw, scale: opening_seen.then(|| both.unwrap_or(0)) }
    }

    fn again(&self, what: Repeated) -> Meaning {
        Meaning::Retransmits { what, copy: self.sender.sending.copies.with(self.segment.seq) }
    }
}
