//! What it proves of an end that it sent a segment.
//!
//! An end sends certain segments in certain states only (RFC 9293 §3.3.2), so that one look at what it sent corrects
//! whatever a lost capture has hidden. What reached it is `delivered`'s part.

use super::end::{End, Receiving, Sending};
use crate::{
    conversation::{meaning::RepeatCause, segment::Segment},
    kernel::state::TcpState::{
        self, CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynRecv, SynSent, TimeWait,
    },
};

impl End {
    pub(super) fn sent(&mut self, segment: &Segment) {
        if segment.rst {
            return self.sent_reset(segment);
        }
        if segment.syn {
            self.sent_syn(segment);
            self.receiving.note_acknowledgement(segment);
        } else {
            let was_complete = self.receiving.is_complete();
            self.receiving.note_acknowledgement(segment);
            self.notice_peers_fin(was_complete);
            self.sent_in_stream(segment);
        }
        self.sending.note(segment);
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
            self.state = self.state.map(state_after_fin);
        }
    }
}

fn state_after_fin(state: TcpState) -> TcpState {
    match state {
        Established => FinWait1,
        CloseWait => LastAck,
        other => other,
    }
}

impl Sending {
    fn note(&mut self, segment: &Segment) {
        let end = segment.end();
        let first_agreement = segment.syn && segment.ack.is_some() && !self.agreed;
        if segment.syn {
            self.syn = Some(segment.seq);
            self.offer = segment.offer;
            self.agreed |= segment.ack.is_some();
        } else {
            self.spoke = true;
        }
        if segment.fin && self.fin.is_none() {
            self.fin = Some(segment.data_end());
        }
        // Wireshark's custom where the SYN was not seen: the first byte that was counts as number 1.
        self.base.get_or_insert(if segment.syn { segment.seq } else { segment.seq.minus(1) });
        if end != segment.seq && !first_agreement && self.next.is_some_and(|next| segment.seq.before(next)) {
            self.copies.note(segment.seq);
        }
        self.next = Some(self.next.map_or(end, |next| next.latest(end)));
        self.window = Some(segment.window);
    }
}

impl Receiving {
    fn note_acknowledgement(&mut self, segment: &Segment) {
        let Some(ack) = segment.ack else { return };
        let new = self.acknowledged.is_none_or(|acknowledged| ack.after(acknowledged));
        if new {
            self.acknowledged = Some(ack);
            self.repeats = 0;
            // The end itself says what it waits for; that is worth more than any counting.
            self.next = Some(self.next.map_or(ack, |next| next.latest(ack)));
        } else if segment.is_bare() {
            self.repeats = self.repeats.saturating_add(1);
        }
        // A second SYN+ACK may come before the first one is answered: the answer to it is still to come.
        let answered = !new || segment.syn || self.cause != Some(RepeatCause::Opening);
        if answered {
            self.cause = None;
        }
    }
}
