//! What it proves of an end that it sent a segment.
//!
//! An end sends certain segments in certain states only (RFC 9293 §3.3.2), so that one look at what it sent corrects
//! whatever a lost capture has hidden. What reached it is `delivered`'s part.

use super::end::{End, Receiving, Sending};
use crate::{
    conversation::{
        meaning::{Probe, RepeatCause, Why},
        segment::Segment,
        seq::Seq,
    },
    kernel::clock::Stamp,
    kernel::state::TcpState::{
        self, CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynRecv, SynSent, TimeWait,
    },
};

impl End {
    /// `found`: what it was taken for, before it was sent.
    pub(super) fn sent(&mut self, segment: &Segment, found: Found) {
        if segment.rst {
            return self.sent_reset(segment);
        }
        if segment.syn {
            self.sent_syn(segment);
            self.receiving.note_acknowledgement(segment, found);
        } else {
            let was_complete = self.receiving.is_complete();
            self.receiving.note_acknowledgement(segment, found);
            self.notice_peers_fin(was_complete);
            self.sent_in_stream(segment);
        }
        self.sending.note(segment, found);
    }

    /// A reset without an acknowledgement answers a packet that was a stranger's: whoever still asks, answers or
    /// listens goes on with that (RFC 9293 §3.10.7.2 to §3.10.7.4). Any other is the end of the connection.
    fn sent_reset(&mut self, segment: &Segment) {
        let may_go_on = self.state.is_none() || self.is(&[Listen, SynSent, SynRecv]);
        if segment.ack.is_some() || !may_go_on {
            self.state = Some(Closed);
        }
    }

    fn sent_syn(&mut self, segment: &Segment) {
        let again = self.sending.syn == Some(segment.seq);
        if !again {
            self.sending = Sending::default();
            self.receiving = Receiving::default();
            self.passive = segment.ack.is_some();
        }
        self.state = Some(self.state_after_syn(again, segment.ack.is_some()));
    }

    fn state_after_syn(&self, again: bool, answers: bool) -> TcpState {
        match (self.state, answers) {
            // After a refusal, Windows asks again with the same number.
            (Some(Closed), false) => SynSent,
            // A late copy says nothing new. But an end that repeats its SYN+ACK has not left SYN-RECV, even where the
            // third packet was seen: on Linux a full accept queue ignores it.
            (Some(state), false) if again => state,
            (Some(state @ (FinWait1 | FinWait2 | CloseWait | Closing | LastAck | TimeWait)), true) if again => state,
            (_, false) => SynSent,
            (_, true) => SynRecv,
        }
    }

    fn sent_in_stream(&mut self, segment: &Segment) {
        let takes_numbers = segment.len > 0 || segment.fin;
        let beyond_its_syn = self.sending.syn.is_some_and(|syn| segment.seq.after(syn));
        // What opened the connection was not seen, but only an open one sends this.
        let unseen = self.is(&[SynSent]) && segment.ack.is_some() || self.is(&[SynRecv]) && takes_numbers;
        if unseen && beyond_its_syn {
            self.state = Some(Established);
        }
        if segment.fin && self.sending.fin.is_none() {
            let knows_peers = segment.ack.zip(self.receiving.fin).is_some_and(|(ack, fin)| ack.after(fin));
            self.state = self.state.map(|state| state_after_fin(state, knows_peers));
        }
    }
}

/// A capture takes the peer's FIN for delivered as soon as it was sent: an end that does not acknowledge it with its own
/// has not got it yet.
fn state_after_fin(state: TcpState, knows_peers: bool) -> TcpState {
    match state {
        Established => FinWait1,
        CloseWait if knows_peers => LastAck,
        CloseWait => Closing,
        other => other,
    }
}

/// What there is to know of a segment beside its fields, once it is noted as sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    pub(super) probe: Option<Probe>,
    /// It says again what was acknowledged, with the window that was known: a duplicate acknowledgement.
    pub(super) duplicates: bool,
    /// It may be one, though something that came before explains it.
    pub(super) asks: bool,
    /// It repeats something, and why.
    pub(super) again: Option<Why>,
}

impl Sending {
    fn note(&mut self, segment: &Segment, found: Found) {
        let is_first_agreement = segment.syn && segment.ack.is_some() && !self.agreed;
        self.note_flags(segment);
        // Wireshark's custom where the SYN was not seen: the first byte that was counts as number 1.
        self.base.get_or_insert(if segment.syn { segment.seq } else { segment.seq.minus(1) });
        self.note_probe(found.probe);
        if !self.probe_byte {
            self.note_numbers(segment, is_first_agreement, found.again);
        }
        if let Some(Why::Fast | Why::LeftOut | Why::Timeout | Why::Timer) = found.again {
            let next = self.next;
            let trouble = self.trouble();
            trouble.recover = trouble.recover.or(next);
        }
        self.window = Some(segment.window);
    }

    fn note_flags(&mut self, segment: &Segment) {
        if segment.syn {
            self.syn = Some(segment.seq);
            self.offered_scale = segment.offer.window_scale;
            self.early = self.early.max(segment.len);
            self.agreed |= segment.ack.is_some();
        } else {
            self.spoke = true;
        }
        let fin = segment.data_end();
        if segment.fin && self.fin.is_none_or(|known| fin.after(known)) {
            self.fin = Some(fin);
        }
    }

    fn note_probe(&mut self, probe: Option<Probe>) {
        self.probed = probe;
        self.probe_byte = probe == Some(Probe::Byte);
        self.probes = if probe.is_some() { self.probes.saturating_add(1) } else { 0 };
    }

    fn note_numbers(&mut self, segment: &Segment, is_first_agreement: bool, again: Option<Why>) {
        let (from, end) = (segment.seq, segment.end());
        let next = self.next.unwrap_or(from);
        if end != from {
            if from.before(next) && !is_first_agreement {
                let old = if end.after(next) { next } else { end };
                self.trouble().copies.note(from, old, segment.at);
            }
            if again != Some(Why::Spurious) {
                self.flight.send(from, end, segment.at);
            }
            if let Some(trouble) = &mut self.trouble {
                trouble.unseen.cut(from, end);
            }
        }
        if from.after(next) {
            self.trouble().unseen.add(next, from);
            self.unsure = true;
        }
        if end.after(next) || self.next.is_none() {
            self.next = Some(end);
            self.grown = segment.at;
        }
    }

    /// The peer says, in a packet that was seen, that it has everything below `ack`. Returns when the last part of
    /// that was sent, where that can be told.
    pub(super) fn acknowledged_by_peer(&mut self, ack: Seq) -> Option<Stamp> {
        self.unsure = false;
        if let Some(trouble) = &mut self.trouble {
            trouble.unseen.forget_before(ack);
            trouble.recover = trouble.recover.filter(|recover| ack.before(*recover));
        }
        if self.probe_byte && self.end() == Some(ack) {
            self.next = Some(ack);
            self.probe_byte = false;
        }
        self.flight.acknowledge(ack)
    }
}

impl Receiving {
    fn note_acknowledgement(&mut self, segment: &Segment, found: Found) {
        let Some(ack) = segment.ack else { return };
        self.at = segment.at;
        match (&mut self.sack, segment.sack) {
            (Some(known), Some(sack)) => **known = sack,
            (known, sack) => *known = sack.map(Box::new),
        }
        let new = self.acknowledged.is_none_or(|acknowledged| ack.after(acknowledged));
        if new {
            self.acknowledged = Some(ack);
            (self.repeats, self.asks) = (0, 0);
            // The end itself says what it waits for; that is worth more than any counting.
            self.next = Some(self.next.map_or(ack, |next| next.latest(ack)));
        } else {
            self.repeats = self.repeats.saturating_add(u16::from(found.duplicates));
            self.asks = self.asks.saturating_add(u8::from(found.asks));
        }
        // A second SYN+ACK may come before the first one is answered: the answer to it is still to come.
        let answered = !new || segment.syn || self.cause != Some(RepeatCause::Opening);
        if answered {
            self.cause = None;
        }
    }
}
