//! Why an end resets, as far as packets tell.

use super::purpose::Purpose;
use crate::{
    conversation::{
        meaning::{Probe, ResetCause},
        seq::Seq,
    },
    kernel::state::TcpState::{Listen, SynRecv, SynSent},
};

/// So many copies or probes without an answer are worth a word.
const IN_VAIN: u16 = 3;

/// So many unanswered keep-alives, and a reset looks like giving up. Linux sends nine, unless it was told otherwise.
const UNANSWERED: u8 = 2;

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
        } else if self.sender.is(&[SynSent, SynRecv]) || self.sender.is(&[Listen]) && !self.sender.sending.agreed {
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
        if answers_syn && !own.agreed {
            ResetCause::Refused
        } else if self.withdraws() {
            ResetCause::Withdrawn
        } else if own.probed == Some(Probe::KeepAlive) && own.probes >= UNANSWERED {
            ResetCause::GaveUp
        } else if self.got_data_after_closing() {
            ResetCause::AfterClose
        } else {
            ResetCause::Aborted { in_vain: self.in_vain() }
        }
    }

    /// How often it has sent the same without an answer. Linux gives data, a FIN and window probes up in silence, so
    /// that a reset says nothing of that.
    fn in_vain(&self) -> Option<u16> {
        let own = &self.sender.sending;
        let copies = own.flight.first().and_then(|first| own.copies_of(first)).unwrap_or(0);
        Some(copies.max(own.probes.into())).filter(|times| *times >= IN_VAIN)
    }

    /// The SYN was answered as it should be, and the answer is not wanted.
    fn withdraws(&self) -> bool {
        let (own, peer) = (&self.sender.sending, &self.receiver);
        let asked = own.syn.is_some() && !own.agreed && !own.spoke;
        let answered = peer.receiving.acknowledged.is_some_and(|ack| own.opening_covers(ack));
        asked && answered && peer.sending.agreed
    }

    /// It has sent its FIN, and then got bytes, as it has never acknowledged them. A FIN alone brings none.
    fn got_data_after_closing(&self) -> bool {
        let (own, receiving) = (&self.sender.sending, &self.sender.receiving);
        let Some((next, known)) = receiving.next.zip(receiving.acknowledged) else { return false };
        let bytes_end = next.minus(u32::from(receiving.is_complete()));
        own.fin.is_some() && bytes_end.after(known)
    }
}
