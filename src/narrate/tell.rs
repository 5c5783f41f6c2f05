//! From what a packet means to what is said about it: which sentences, in which order, with which numbers.
//!
//! The words themselves are a language's.

use std::net::SocketAddr;

use super::sentence::Sentence;
use crate::{
    conversation::{
        Agreement, CloseOrder, Flow, Meaning, Offer, Probe, Reading, RepeatCause, Repeated, ResetCause, Seq, Trouble,
        Window,
    },
    packet::{ArpOperation, Packet, Transport},
};

/// What there is to say: one headline, and what can be read beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub headline: Sentence,
    pub detail: Vec<Sentence>,
}

/// What there is to say about `packet`, which `reading` was made of. `names` calls sockets by the names of the lesson.
#[must_use]
pub fn tell(reading: &Reading, packet: &Packet, names: &dyn Fn(SocketAddr) -> String) -> Told {
    let teller = Teller { packet, flow: reading.flow, names };
    let (first, rest) = reading.meanings.split_first().unwrap_or((&Meaning::Unknown, &[]));
    let mut detail = teller.details(first);
    detail.extend(rest.iter().map(|meaning| teller.also(meaning)));
    detail.extend(teller.faults());
    Told { headline: teller.headline(first), detail }
}

struct Teller<'a> {
    packet: &'a Packet,
    flow: Option<Flow>,
    names: &'a dyn Fn(SocketAddr) -> String,
}

impl Teller<'_> {
    fn headline(&self, meaning: &Meaning) -> Sentence {
        match *meaning {
            Meaning::AsksToOpen { first, .. } => Sentence::AsksToOpen { first },
            Meaning::AgreesToOpen { first, expects, agreement: Agreement::Mutual, .. } => {
                Sentence::AgreesMutually { got: expects.minus(1), expects, first }
            }
            Meaning::AgreesToOpen { first, expects, .. } => {
                Sentence::AgreesToOpen { got: expects.minus(1), expects, first }
            }
            Meaning::CompletesOpening { expects } => Sentence::CompletesOpening { got: expects.minus(1), expects },
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
            Meaning::Closes { acknowledges_fin: true, .. } => Sentence::ClosesAndGotFin,
            Meaning::Closes { order: Some(CloseOrder::Second), .. } => Sentence::ClosesToo,
            Meaning::Closes { .. } => Sentence::Closes,
            Meaning::Retransmits { what, .. } => self.repeated(what),
            Meaning::RepeatsAck { cause, expects, .. } => acknowledged_again(cause, expects),
            Meaning::WindowUpdate { from, to } => window(from, to),
            Meaning::ZeroWindow => Sentence::HasNoRoom,
            Meaning::Probe(Probe::Window) => Sentence::ProbesWindow,
            Meaning::Probe(Probe::KeepAlive) => Sentence::ProbesPeer,
            Meaning::Resets(cause) => self.reset(cause),
            Meaning::Datagram { bytes } => Sentence::Datagram { bytes },
            Meaning::IcmpError { about, trouble } => self.trouble(about, trouble),
            Meaning::Icmp => Sentence::IcmpSays { what: self.icmp_meaning() },
            Meaning::Arp => self.arp(),
            Meaning::Fragment => self.piece(),
            Meaning::Unknown => Sentence::NotUnderstood,
        }
    }

    fn repeated(&self, what: Repeated) -> Sentence {
        let first = self.sequence();
        match what {
            Repeated::Syn => Sentence::RepeatsSyn { first },
            Repeated::SynAck => Sentence::RepeatsSynAck { first },
            Repeated::Data { bytes } => Sentence::RepeatsData { first, bytes },
            Repeated::Fin { fin } => Sentence::RepeatsFin { fin },
        }
    }

    fn reset(&self, cause: ResetCause) -> Sentence {
        match (cause, self.flow) {
            (ResetCause::Refused, Some(flow)) => Sentence::Refuses { port: flow.from.port() },
            (ResetCause::Refused | ResetCause::Aborted, _) => Sentence::Aborts,
            (ResetCause::NoConnection, _) => Sentence::HasNoConnection,
            (ResetCause::StrangeOpening, _) => Sentence::NeverAsked,
        }
    }

    fn trouble(&self, about: Flow, trouble: Trouble) -> Sentence {
        let (to, why) = ((self.names)(about.to), self.icmp_meaning());
        match trouble {
            Trouble::PortUnreachable => Sentence::PortUnreachable { to, port: about.to.port() },
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

    /// What else there is to know about the first meaning.
    fn details(&self, meaning: &Meaning) -> Vec<Sentence> {
        match *meaning {
            Meaning::AsksToOpen { first, offer, data } => opening_details(first, offer, data),
            Meaning::AgreesToOpen { first, expects, offer, data, agreement } => {
                let mut details = agreement_details(agreement, expects);
                details.extend(opening_details(first, offer, data));
                details
            }
            Meaning::CompletesOpening { .. } => self
                .flow
                .map(|flow| Sentence::TellsThatItWasHeard { whom: (self.names)(flow.to) })
                .into_iter()
                .collect(),
            Meaning::CarriesData { push: true, .. } => vec![Sentence::AsksToHandOver],
            Meaning::AcknowledgesFin { bytes: Some(bytes @ 1..), expects } => {
                vec![Sentence::AlsoAcknowledges { bytes, expects }]
            }
            Meaning::Closes { fin, order, .. } => self.close_details(fin, order),
            Meaning::Retransmits { copy, .. } => vec![Sentence::SentSoOften { times: copy }],
            Meaning::RepeatsAck { cause: RepeatCause::Gap, count, .. } => {
                vec![Sentence::DuplicateAcknowledgement { count }]
            }
            Meaning::RepeatsAck { cause: RepeatCause::Reset, .. } => vec![Sentence::ChallengesReset],
            Meaning::WindowUpdate { to, .. } if to.scale.is_none() => vec![Sentence::ScaleNotSeen],
            Meaning::Probe(_) => vec![Sentence::OldNumberAsksForAnAnswer { number: self.sequence() }],
            Meaning::Resets(ResetCause::Refused) => vec![Sentence::EndsConnect],
            Meaning::Resets(ResetCause::Aborted | ResetCause::NoConnection) => vec![Sentence::ForgetsEverything],
            Meaning::Datagram { .. } => vec![Sentence::PromisesNothing],
            Meaning::IcmpError { .. } => vec![Sentence::QuotesThePacket],
            Meaning::Fragment => vec![Sentence::PortsAreElsewhere],
            _ => Vec::new(),
        }
    }

    fn close_details(&self, fin: Seq, order: Option<CloseOrder>) -> Vec<Sentence> {
        let number = Sentence::FinTakesANumber { fin };
        let names = self.flow.map(|flow| ((self.names)(flow.from), (self.names)(flow.to)));
        let direction = match (order, names) {
            (Some(CloseOrder::First), Some((from, to))) => Some(Sentence::OneDirectionOnly { from, to }),
            (Some(CloseOrder::Second), _) => Some(Sentence::BothDirections),
            (Some(CloseOrder::Crossing), _) => Some(Sentence::FinsCross),
            (Some(CloseOrder::First) | None, _) => None,
        };
        std::iter::once(number).chain(direction).collect()
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

    fn sequence(&self) -> Seq {
        Seq(self.packet.tcp().map_or(0, |tcp| tcp.sequence))
    }
}

fn acknowledged_again(cause: RepeatCause, expects: Seq) -> Sentence {
    match cause {
        RepeatCause::Gap => Sentence::MissesBytes { expects },
        RepeatCause::OldData => Sentence::HadBytes { expects },
        RepeatCause::OldFin => Sentence::HadFin { fin: expects.minus(1) },
        RepeatCause::Probe => Sentence::AnswersProbe { expects },
        RepeatCause::Opening => Sentence::IsConnected { expects },
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

fn agreement_details(agreement: Agreement, expects: Seq) -> Vec<Sentence> {
    match agreement {
        Agreement::Answer => Vec::new(),
        Agreement::Mutual => vec![Sentence::AskedAtTheSameTime],
        Agreement::Stale => vec![Sentence::AnswersAnOldSyn { got: expects.minus(1) }],
    }
}

fn opening_details(first: Seq, offer: Offer, data: u32) -> Vec<Sentence> {
    let options = [
        (data > 0).then_some(Sentence::SynCarries { bytes: data }),
        offer.mss.map(|mss| Sentence::LargestSegment { mss }),
        offer.window_scale.map(|shift| Sentence::WindowScale { shift: shift.min(14) }),
        offer.sack.then_some(Sentence::UnderstandsSack),
        offer.timestamps.then_some(Sentence::OffersTimestamps),
    ];
    let number = Sentence::SynTakesANumber { next: first.plus(1) };
    std::iter::once(number).chain(options.into_iter().flatten()).collect()
}
