//! From what a packet means to what is said about it: which sentences, in which order, with which numbers.
//!
//! The words themselves are a language's.

use std::net::SocketAddr;

use super::sentence::Sentence;
use crate::{
    conversation::{
        Agreement, CloseOrder, Counting, Flow, Meaning, Pieces, Probe, Reading, RepeatCause, Repeated, ResetCause, Seq,
        Trouble, Why, Window, payload_len,
    },
    packet::{ArpOperation, Packet, TcpFlags, Transport},
};

/// UDP's number in the IP header.
const UDP: u8 = 17;

/// What there is to say: one headline, and what can be read beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub headline: Sentence,
    pub detail: Vec<Sentence>,
}

/// What there is to say about `packet`, which `reading` was made of. `names` calls sockets by the names of the lesson,
/// `counting` says what their numbers count from.
#[must_use]
pub fn tell(reading: &Reading, packet: &Packet, counting: Counting, names: &dyn Fn(SocketAddr) -> String) -> Told {
    let teller = Teller { packet, flow: reading.flow, about: reading.about, counting, names };
    let mut meanings = reading.meanings.iter().map(|meaning| counting.of(*meaning));
    let first = meanings.next().unwrap_or(Meaning::Unknown);
    let mut detail = teller.details(&first);
    detail.extend(meanings.map(|meaning| teller.also(&meaning)));
    detail.extend(teller.faults());
    Told { headline: teller.headline(&first), detail }
}

/// The headline alone.
#[must_use]
pub fn headline(
    reading: &Reading,
    packet: &Packet,
    counting: Counting,
    names: &dyn Fn(SocketAddr) -> String,
) -> Sentence {
    let teller = Teller { packet, flow: reading.flow, about: reading.about, counting, names };
    let first = reading.meanings.first().copied().unwrap_or(Meaning::Unknown);
    teller.headline(&counting.of(first))
}

pub(super) struct Teller<'a> {
    pub(super) packet: &'a Packet,
    pub(super) flow: Option<Flow>,
    about: Option<Flow>,
    counting: Counting,
    pub(super) names: &'a dyn Fn(SocketAddr) -> String,
}

impl Teller<'_> {
    fn headline(&self, meaning: &Meaning) -> Sentence {
        match *meaning {
            Meaning::AsksToOpen { first, .. } => Sentence::AsksToOpen { first },
            Meaning::AgreesToOpen { first, expects, agreement: Agreement::Mutual, .. } if !self.is_alone() => {
                Sentence::AgreesMutually { got: expects.minus(1), expects, first }
            }
            Meaning::AgreesToOpen { first, expects, early, .. } => {
                let bytes = early.map_or(0, |early| early.taken);
                Sentence::AgreesToOpen { got: expects.minus(1), expects, first, bytes }
            }
            Meaning::CompletesOpening { expects, bytes } => {
                Sentence::CompletesOpening { got: expects.minus(1), expects, bytes }
            }
            Meaning::CarriesData { first, bytes, .. } => {
                Sentence::CarriesData { first, last: first.plus(bytes).minus(1), bytes }
            }
            Meaning::Acknowledges { bytes: None | Some(0), expects } => {
                Sentence::AcknowledgesUpTo { got: expects.minus(1), expects }
            }
            Meaning::Acknowledges { bytes: Some(bytes), expects } => {
                Sentence::Acknowledges { bytes, got: expects.minus(1), expects }
            }
            Meaning::AcknowledgesFin { expects, .. } => Sentence::AcknowledgesFin { fin: expects.minus(1) },
            Meaning::Closes { acknowledges_fin, order, .. } => self.closes(acknowledges_fin, order),
            Meaning::OutOfOrder { first, bytes, .. } => Sentence::WasOvertaken { first, bytes },
            Meaning::Retransmits { what, why, .. } => self.repeated(what, why),
            Meaning::RepeatsAck { cause: RepeatCause::Gap, expects, pieces: Some(Pieces { first, .. }), .. } => {
                Sentence::MissesUpTo { expects, last: first.minus(1), beyond: first }
            }
            Meaning::RepeatsAck { cause, expects, .. } => acknowledged_again(cause, expects),
            Meaning::WindowUpdate { from, to } => window(from, to),
            Meaning::ZeroWindow => Sentence::HasNoRoom,
            Meaning::Probe(Probe::Window | Probe::Byte) => Sentence::ProbesWindow,
            Meaning::Probe(Probe::KeepAlive) => Sentence::ProbesPeer,
            Meaning::Resets(cause) => self.reset(cause),
            Meaning::Datagram { bytes } => Sentence::Datagram { bytes },
            Meaning::IcmpError { trouble } => self.trouble(trouble),
            Meaning::Icmp => Sentence::IcmpSays { what: self.icmp_meaning() },
            Meaning::Arp => self.arp(),
            Meaning::Fragment => self.piece(),
            Meaning::WindowFull => Sentence::FillsWindow,
            Meaning::UsesHalfClose => self.flow.map_or(Sentence::NotUnderstood, |flow| Sentence::GoesOnAlone {
                from: (self.names)(flow.from),
                to: (self.names)(flow.to),
            }),
            Meaning::ReusesPorts => Sentence::PortsHadAnother,
            Meaning::BeganBefore => Sentence::BeganBefore,
            Meaning::Gap { bytes } => Sentence::MissesBefore { numbers: bytes },
            Meaning::AcknowledgesUnseen { bytes } => Sentence::AcknowledgesUnseen { numbers: bytes },
            Meaning::Unknown => Sentence::NotUnderstood,
        }
    }

    fn closes(&self, acknowledges_fin: bool, order: Option<CloseOrder>) -> Sentence {
        let with_data = payload_len(self.packet) > 0;
        match order {
            _ if acknowledges_fin => Sentence::ClosesAndGotFin { with_data },
            Some(CloseOrder::Second) => Sentence::ClosesToo { with_data },
            _ => Sentence::Closes { with_data },
        }
    }

    /// Whether a socket is connected with itself.
    pub(super) fn is_alone(&self) -> bool {
        self.flow.is_some_and(|flow| flow.from == flow.to)
    }

    fn repeated(&self, what: Repeated, why: Why) -> Sentence {
        let first = self.sequence();
        match what {
            Repeated::Syn => Sentence::RepeatsSyn { first, is_refused: why == Why::Refused },
            Repeated::SynAck => Sentence::RepeatsSynAck { first },
            Repeated::Data { bytes } => Sentence::RepeatsData { first, bytes, why },
            Repeated::Fin { fin } => Sentence::RepeatsFin { fin },
        }
    }

    fn reset(&self, cause: ResetCause) -> Sentence {
        match (cause, self.flow) {
            (ResetCause::Refused, Some(flow)) => Sentence::Refuses { port: flow.from.port() },
            (ResetCause::Refused | ResetCause::Aborted { .. }, _) => Sentence::Aborts,
            (ResetCause::Withdrawn, _) => Sentence::Withdraws,
            (ResetCause::GaveUp, _) => Sentence::GivesUp,
            (ResetCause::AfterClose, _) => Sentence::NobodyReads,
            (ResetCause::NoConnection, _) => Sentence::HasNoConnection,
            (ResetCause::StrangeOpening, _) => Sentence::NeverAsked,
        }
    }

    fn trouble(&self, trouble: Trouble) -> Sentence {
        let Some(about) = self.about else { return Sentence::NotUnderstood };
        let (to, why) = ((self.names)(about.to), self.icmp_meaning());
        match trouble {
            Trouble::PortUnreachable => {
                let is_udp = self.packet.quoted().is_some_and(|quoted| quoted.protocol == UDP);
                let by_its_host = is_udp && self.packet.addresses().is_some_and(|(source, _)| source == about.to.ip());
                Sentence::PortUnreachable { to, port: about.to.port(), by_its_host }
            }
            Trouble::Unreachable | Trouble::TimeExceeded => Sentence::Undelivered { to, why },
            Trouble::TooBig { mtu } => Sentence::TooBig { to, mtu },
            Trouble::Other => Sentence::Remarks { to, what: why },
        }
    }

    fn icmp_meaning(&self) -> &'static str {
        match &self.packet.transport {
            Transport::Icmp(icmp) => icmp.meaning(),
            Transport::Icmp6(icmp) => icmp.meaning(),
            _ => "unknown",
        }
    }

    fn arp(&self) -> Sentence {
        let Some(arp) = self.packet.arp() else { return Sentence::NotUnderstood };
        match arp.operation {
            ArpOperation::Request if arp.sender.is_unspecified() => {
                Sentence::AsksWhetherAnybodyHas { target: arp.target }
            }
            ArpOperation::Request if !arp.is_announcement() => {
                Sentence::AsksWhoHas { target: arp.target, asker: arp.sender }
            }
            ArpOperation::Request | ArpOperation::Reply => {
                Sentence::TellsWhereIs { address: arp.sender, mac: arp.sender_mac }
            }
            ArpOperation::Other(operation) => Sentence::SaysAnotherArp { operation },
        }
    }

    fn piece(&self) -> Sentence {
        match self.packet.transport {
            Transport::Fragment(piece) => Sentence::PieceOf { first: piece.offset, bytes: self.packet.payload.len() },
            _ => Sentence::NotUnderstood,
        }
    }

    /// A meaning that is not the first.
    fn also(&self, meaning: &Meaning) -> Sentence {
        match *meaning {
            Meaning::CarriesData { first, bytes, .. } => {
                Sentence::AlsoCarries { first, last: first.plus(bytes).minus(1), bytes }
            }
            Meaning::Retransmits { what: Repeated::Data { bytes }, .. } => Sentence::AlsoRepeats { bytes },
            Meaning::Acknowledges { bytes: Some(bytes @ 1..), expects } => {
                Sentence::AlsoAcknowledges { bytes, expects }
            }
            Meaning::Acknowledges { expects, .. } => Sentence::AlsoAcknowledgesUpTo { expects },
            Meaning::AcknowledgesFin { expects, .. } => Sentence::AlsoAcknowledgesFin { fin: expects.minus(1) },
            Meaning::Closes { .. } => Sentence::AlsoCloses,
            Meaning::ZeroWindow => Sentence::AlsoHasNoRoom,
            ref other => self.headline(other),
        }
    }

    /// What the decoder found wrong; what only the place of the capture makes look wrong is passed over.
    fn faults(&self) -> impl Iterator<Item = Sentence> {
        let faults = self.packet.faults.iter().filter(|found| !found.fault.is_remark());
        faults.map(|found| Sentence::Fault { text: found.fault.to_string() })
    }

    pub(super) fn sequence(&self) -> Seq {
        let Some(tcp) = self.packet.tcp() else { return Seq(0) };
        let number = Seq(tcp.sequence);
        if tcp.flags.contains(TcpFlags::SYN) { number } else { self.counting.own(number) }
    }
}

fn acknowledged_again(cause: RepeatCause, expects: Seq) -> Sentence {
    match cause {
        RepeatCause::Gap => Sentence::MissesBytes { expects },
        RepeatCause::OldData => Sentence::HadBytes { expects },
        RepeatCause::OldFin => Sentence::HadFin { fin: expects.minus(1) },
        RepeatCause::Probe(Probe::KeepAlive) => Sentence::AnswersProbe { expects },
        RepeatCause::NoRoom => Sentence::StillHasNoRoom { expects },
        RepeatCause::Probe(Probe::Window | Probe::Byte) => Sentence::AnswersWindowProbe { expects },
        RepeatCause::Overtaken => Sentence::ExpectedThen { expects },
        RepeatCause::Opening => Sentence::IsConnected { expects },
        RepeatCause::Older => Sentence::HasAnOlderConnection { expects },
        RepeatCause::Reset => Sentence::DoubtsReset { expects },
        RepeatCause::StrangeAck => Sentence::DoubtsAcknowledgement { expects },
        RepeatCause::Unknown => Sentence::NothingNew { expects },
    }
}

fn window(from: Window, to: Window) -> Sentence {
    match (from.bytes(), to.bytes()) {
        (Some(before), Some(bytes)) => Sentence::HasRoom { bytes, before },
        _ => Sentence::HasUnscaledRoom { window: to.raw, before: from.raw },
    }
}
