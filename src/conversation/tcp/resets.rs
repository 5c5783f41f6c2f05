//! Why an end resets, as far as packets tell.

use super::purpose::Purpose;
use crate::{
    conversation::{meaning::ResetCause, seq::Seq},
    kernel::state::TcpState::{Listen, SynRecv, SynSent},
};

/// So many copies or probes without an answer, and a reset looks like giving up.
const IN_VAIN: u16 = 3;

impl Purpose<'_> {
    pub(super) fn reset_cause(&self) -> ResetCause {
        match self.segment.ack {
            // Without an acknowledgement it answers a packet that had one (RFC 9293 §3.10.7.1).
            None => self.cause_of_answer(),
            Some(ack) => self.cause_of_break(ack),
        }
    }

    fn cause_of_answer(&self) -> ResetCause {
        if self.withdraws() {
            ResetCause::Withdrawn
        } else if self.sender.is(&[SynSent, SynRecv, Listen]) {
            ResetCause::StrangeOpening
        } else if self.got_data_after_closing() {
            ResetCause::AfterClose
        } else {
            ResetCause::NoConnection
        }
    }

    fn cause_of_break(&self, ack: Seq) -> ResetCause {
        let own = &self.sender.sending;
        let answers_syn = self.receiver.is(&[SynSent]) && self.receiver.sending.opening_covers(ack);
        let in_vain =
            own.flight.first().is_some_and(|first| own.copies_of(first).is_some_and(|copies| copies >= IN_VAIN))
                || u16::from(own.probes) >= IN_VAIN;
        if answers_syn {
            ResetCause::Refused
        } else if self.withdraws() {
            ResetCause::Withdrawn
        } else if in_vain {
            ResetCause::GaveUp
        } else if self.got_data_after_closing() {
            ResetCause::AfterClose
        } else {
            ResetCause::Aborted
        }
    }

    /// The SYN was answered as it should be, and the answer is not wanted.
    fn withdraws(&self) -> bool {
        let (own, peer) = (&self.sender.sending, &self.receiver);
        let asked = own.syn.is_some() && !own.agreed && !own.spoke;
        let answered = peer.receiving.acknowledged.is_some_and(|ack| own.opening_covers(ack));
        asked && answered && peer.sending.agreed
    }

    /// It has sent its FIN, and the peer has sent bytes since that it has never acknowledged.
    fn got_data_after_closing(&self) -> bool {
        let (own, peer) = (self.sender, &self.receiver.sending);
        let unread = peer.next.zip(own.receiving.acknowledged).is_some_and(|(next, ack)| next.after(ack));
        own.sending.fin.is_some() && unread && peer.fin.is_none()
    }
}
