//! What becomes of an end when a segment reaches it (RFC 9293 §3.10.7, with RFC 5961's stricter resets, as Linux).

use super::{
    Sight,
    end::{End, Heard, Receiving},
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

/// What there is to know of a delivery beside the segment itself.
#[derive(Clone, Copy)]
pub(super) struct Arrival {
    pub(super) sight: Sight,
    /// What the segment was taken for when it was sent.
    pub(super) probe: Option<Probe>,
    /// The receiver's window in bytes, where its unit is known.
    pub(super) room: Option<u32>,
}

impl End {
    pub(super) fn delivered(&mut self, segment: &Segment, arrival: Arrival) {
        self.receiving.cause = None;
        self.sending.probes = 0;
        self.hear_window(segment);
        if self.is(&[SynSent]) {
            self.delivered_while_asking(segment);
        } else if segment.rst {
            self.delivered_reset(segment, arrival);
        } else if segment.syn {
            self.delivered_syn(segment);
        } else {
            self.delivered_in_stream(segment, arrival);
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

    fn delivered_reset(&mut self, segment: &Segment, arrival: Arrival) {
        if !self.accepts_reset(segment) {
            self.receiving.cause = self.is_in_window(segment.seq, arrival.room).then_some(RepeatCause::Reset);
        } else if !self.is(&[Listen]) {
            self.state = Some(if self.passive && self.is(&[SynRecv]) { Listen } else { Closed });
        }
    }

    /// A reset has to stand exactly at the expected number. After a FIN, Linux takes the number of that FIN too:
    /// the peer may have sent its reset before it counted its own FIN. With a gap it takes the end of the farthest
    /// piece behind it as well: there the peer goes on, who may not know yet that anything is missing.
    fn accepts_reset(&self, segment: &Segment) -> bool {
        let Some(next) = self.receiving.next else { return false };
        let farthest = self.receiving.sack.as_ref().filter(|sack| sack.blocks > 0).map(|sack| sack.end);
        segment.seq == next
            || farthest == Some(segment.seq)
            || self.is(&[CloseWait, LastAck, Closing]) && segment.seq == next.minus(1)
    }

    /// A reset elsewhere is dropped, and nobody hears of it. Where the window's unit was not seen, any later number
    /// may lie in it.
    fn is_in_window(&self, seq: Seq, room: Option<u32>) -> bool {
        let Receiving { next, acknowledged, .. } = self.receiving;
        let is_old = acknowledged.or(next).is_some_and(|from| seq.before(from));
        let is_beyond = next.zip(room).is_some_and(|(next, room)| seq.after(next.plus(room)));
        !is_old && !is_beyond
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
    fn delivered_in_stream(&mut self, segment: &Segment, arrival: Arrival) {
        self.receiving.cause = self.cause_of(segment, arrival.probe);
        let old = self.receiving.next.is_some_and(|next| segment.end().before(next));
        let Some(ack) = segment.ack.filter(|_| !old) else { return };
        self.delivered_ack(ack, arrival.sight);
        let refused = self.receiving.cause == Some(RepeatCause::StrangeAck);
        if !refused && !self.is(&[SynRecv, Closed, Listen]) {
            self.delivered_bytes(segment, arrival.probe);
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

    fn delivered_bytes(&mut self, segment: &Segment, probe: Option<Probe>) {
        // A closed window takes no byte; Linux lets a bare FIN through.
        if segment.len > 0 && self.sending.window == Some(0) && self.receiving.cause.is_none() {
            self.receiving.cause = Some(probe.map_or(RepeatCause::NoRoom, RepeatCause::Probe));
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
    fn cause_of(&self, segment: &Segment, probe: Option<Probe>) -> Option<RepeatCause> {
        let next = self.receiving.next?;
        let empty = segment.end() == segment.seq;
        let is_probe = segment.len == 0 || segment.len == 1 && probe.is_some();
        if is_probe && !segment.fin && segment.seq == next.minus(1) {
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
