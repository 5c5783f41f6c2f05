//! What becomes of an end when a segment reaches it (RFC 9293 §3.10.7, with RFC 5961's stricter resets, as Linux).

use super::{
    Sight,
    end::{End, Heard},
};
use crate::{
    conversation::{
        meaning::{Probe, RepeatCause},
        segment::Segment,
        seq::Seq,
    },
    kernel::state::TcpState::{
        self, CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynRecv, SynSent, TimeWait,
    },
};

impl End {
    pub(super) fn delivered(&mut self, segment: &Segment, sight: Sight) {
        self.receiving.cause = None;
        self.sending.probes = 0;
        self.hear_window(segment);
        if self.is(&[SynSent]) {
            self.delivered_while_asking(segment);
        } else if segment.rst {
            self.delivered_reset(segment);
        } else if segment.syn {
            self.delivered_syn(segment);
        } else {
            self.delivered_in_stream(segment, sight);
        }
    }

    /// A segment that was overtaken by a later one brings no news of the window (RFC 9293 §3.10.7.4, SND.WL1 and
    /// SND.WL2).
    fn hear_window(&mut self, segment: &Segment) {
        let overtaken = segment.ack.zip(self.sending.settled).is_some_and(|(ack, settled)| ack.before(settled))
            || self.receiving.next.is_some_and(|next| segment.seq.before(next) && segment.is_bare());
        if !segment.rst && !overtaken {
            self.receiving.window = Some(Heard { raw: segment.window, in_syn: segment.syn });
        }
    }

    /// RFC 9293 §3.10.7.3: only what acknowledges the SYN counts, and another SYN.
    fn delivered_while_asking(&mut self, segment: &Segment) {
        if segment.ack.is_some_and(|ack| !self.sending.opening_covers(ack)) {
            self.receiving.cause = Some(RepeatCause::StrangeAck);
        } else if segment.rst {
            self.state = segment.ack.map_or(self.state, |_| Some(Closed));
        } else if segment.syn {
            self.receiving.begin(segment);
            self.receiving.take(segment.data_start(), segment.data_end());
            self.settle(segment.ack);
            self.state = Some(if segment.ack.is_some() { Established } else { SynRecv });
        }
    }

    fn delivered_reset(&mut self, segment: &Segment) {
        if !self.accepts_reset(segment) {
            self.receiving.cause = Some(RepeatCause::Reset);
        } else if !self.is(&[Listen]) {
            self.state = Some(if self.passive && self.is(&[SynRecv]) { Listen } else { Closed });
        }
    }

    /// A reset has to stand exactly at the expected number. After a FIN, Linux takes the number of that FIN too:
    /// the peer may have sent its reset before it counted its own FIN.
    fn accepts_reset(&self, segment: &Segment) -> bool {
        let Some(next) = self.receiving.next else { return false };
        segment.seq == next || self.is(&[CloseWait, LastAck, Closing]) && segment.seq == next.minus(1)
    }

    /// A SYN where none belongs changes nothing and is answered with an acknowledgement; only the SYN+ACK of an
    /// opening from both sides belongs here, as it acknowledges this end's own.
    fn delivered_syn(&mut self, segment: &Segment) {
        let known = self.receiving.next == Some(segment.data_start());
        self.receiving.cause = Some(RepeatCause::Opening);
        if let Some(ack) = segment.ack.filter(|_| known && self.is(&[SynRecv])) {
            self.delivered_opening_ack(ack);
        }
    }

    /// A segment that ends before the expected number, or acknowledges nothing, is not looked at any further.
    fn delivered_in_stream(&mut self, segment: &Segment, sight: Sight) {
        self.receiving.cause = self.cause_of(segment);
        let old = self.receiving.next.is_some_and(|next| segment.end().before(next));
        let Some(ack) = segment.ack.filter(|_| !old) else { return };
        self.delivered_ack(ack, sight);
        let refused = self.receiving.cause == Some(RepeatCause::StrangeAck);
        if !refused && !self.is(&[SynRecv, Closed, Listen]) {
            self.delivered_bytes(segment);
        }
    }

    fn delivered_ack(&mut self, ack: Seq, sight: Sight) {
        if self.is(&[SynRecv]) {
            self.delivered_opening_ack(ack);
        } else if sight == Sight::Whole && self.sending.end().is_some_and(|end| ack.after(end)) {
            self.receiving.cause = Some(RepeatCause::StrangeAck);
        } else {
            self.settle(Some(ack));
            if self.sending.fin_covered_by(ack) {
                self.state = self.state.map(state_after_own_fin_arrived);
            }
        }
    }

    fn delivered_opening_ack(&mut self, ack: Seq) {
        if self.sending.opening_covers(ack) {
            self.settle(Some(ack));
            self.state = Some(Established);
        } else {
            self.receiving.cause = Some(RepeatCause::StrangeAck);
        }
    }

    fn delivered_bytes(&mut self, segment: &Segment) {
        // A closed window takes no byte; Linux lets a bare FIN through.
        if segment.len > 0 && self.sending.window == Some(0) && self.receiving.cause.is_none() {
            self.receiving.cause = Some(RepeatCause::Probe(Probe::Window));
            return;
        }
        let was_complete = self.receiving.is_complete();
        if segment.fin {
            self.receiving.fin.get_or_insert(segment.data_end());
        }
        self.receiving.take(segment.seq, segment.end());
        self.notice_peers_fin(was_complete);
    }

    /// The peer's FIN counts once everything before it has arrived.
    pub(super) fn notice_peers_fin(&mut self, was_complete: bool) {
        if !was_complete && self.receiving.is_complete() {
            self.state = self.state.map(state_after_peers_fin);
        }
    }

    /// The peer is known to have everything below `ack`.
    fn settle(&mut self, ack: Option<Seq>) {
        let settled = self.sending.settled;
        self.sending.settled = ack.map(|ack| settled.map_or(ack, |settled| settled.latest(ack))).or(settled);
    }
}

impl End {
    /// Why this segment will be answered with an acknowledgement that says nothing new.
    fn cause_of(&self, segment: &Segment) -> Option<RepeatCause> {
        let next = self.receiving.next?;
        let empty = segment.end() == segment.seq;
        if segment.len <= 1 && !segment.fin && segment.seq == next.minus(1) {
            let is_closed = self.sending.window == Some(0);
            Some(RepeatCause::Probe(if is_closed { Probe::Window } else { Probe::KeepAlive }))
        } else if segment.seq.after(next) {
            (!empty).then_some(RepeatCause::Gap)
        } else if empty || segment.end().after(next) {
            None
        } else if segment.fin {
            Some(RepeatCause::OldFin)
        } else {
            Some(RepeatCause::OldData)
        }
    }
}

fn state_after_own_fin_arrived(state: TcpState) -> TcpState {
    match state {
        FinWait1 => FinWait2,
        Closing => TimeWait,
        LastAck => Closed,
        other => other,
    }
}

fn state_after_peers_fin(state: TcpState) -> TcpState {
    match state {
        Established => CloseWait,
        FinWait1 => Closing,
        FinWait2 => TimeWait,
        other => other,
    }
}
