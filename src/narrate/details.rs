//! What there is to know about a packet beside what it says.

use super::{sentence::Sentence, tell::Teller};
use crate::conversation::{
    Agreement, CloseOrder, Early, Meaning, Offer, Probe, RepeatCause, Repeated, ResetCause, Seq, Why,
};

impl Teller<'_> {
    /// What else there is to know about the first meaning.
    pub(super) fn details(&self, meaning: &Meaning) -> Vec<Sentence> {
        match *meaning {
            Meaning::AsksToOpen { first, offer, data } => asking_details(first, offer, data),
            Meaning::AgreesToOpen { first, expects, offer, data, agreement, early } => {
                let mut details = self.agreement_details(agreement, expects);
                details.extend(early.map(|Early { taken, of }| Sentence::TookEarlyBytes { taken, of }));
                details.extend(opening_details(first, offer, carried(data, true)));
                details.extend(offer.cookie.map(|bytes| Sentence::GivesCookie { bytes }));
                details
            }
            Meaning::CompletesOpening { .. } => self
                .flow
                .map_or_else(Vec::new, |flow| vec![Sentence::TellsThatItWasHeard { whom: (self.names)(flow.to) }]),
            Meaning::CarriesData { push: true, .. } => vec![Sentence::AsksToHandOver],
            Meaning::OutOfOrder { is_new: true, .. } => vec![Sentence::OrderWasChanged],
            Meaning::AcknowledgesFin { bytes: Some(bytes @ 1..), expects } => {
                vec![Sentence::AlsoAcknowledges { bytes, expects }]
            }
            Meaning::Closes { fin, order, .. } => self.close_details(fin, order),
            Meaning::Retransmits { what, copy, why, after_ns } => repetition_details(what, copy, why, after_ns),
            Meaning::RepeatsAck { cause, count, pieces, .. } => {
                let pieces = pieces.map(|pieces| Sentence::ListsPieces { count: pieces.blocks });
                acknowledgement_details(cause, count).into_iter().chain(pieces).collect()
            }
            Meaning::WindowUpdate { to, .. } if to.scale.is_none() => vec![Sentence::ScaleNotSeen],
            Meaning::Probe(Probe::Byte) => vec![Sentence::ByteAsksForAnAnswer],
            Meaning::Probe(probe) => {
                let is_keep_alive = probe == Probe::KeepAlive;
                vec![Sentence::OldNumberAsksForAnAnswer { number: self.sequence(), is_keep_alive }]
            }
            Meaning::Resets(cause) => reset_details(cause),
            Meaning::Datagram { .. } => vec![Sentence::PromisesNothing],
            Meaning::IcmpError { .. } => vec![Sentence::QuotesThePacket],
            Meaning::Fragment => vec![Sentence::PortsAreElsewhere],
            _ => Vec::new(),
        }
    }

    fn agreement_details(&self, agreement: Agreement, expects: Seq) -> Vec<Sentence> {
        match agreement {
            _ if self.is_alone() => vec![Sentence::IsItsOwnPeer],
            Agreement::Answer => Vec::new(),
            Agreement::Mutual => vec![Sentence::AskedAtTheSameTime],
            Agreement::Stale => vec![Sentence::AnswersAnOldSyn { got: expects.minus(1) }],
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
}

fn asking_details(first: Seq, offer: Offer, data: u32) -> Vec<Sentence> {
    let cookie = match offer.cookie {
        Some(0) => Some(Sentence::AsksForCookie),
        Some(bytes) => Some(Sentence::ShowsCookie { bytes, has_data: data > 0 }),
        None => None,
    };
    let has_cookie = offer.cookie.is_some_and(|bytes| bytes > 0);
    opening_details(first, offer, carried(data, has_cookie)).into_iter().chain(cookie).collect()
}

/// `is_welcome`: it was asked with a cookie, or answers whoever has asked.
fn carried(data: u32, is_welcome: bool) -> Option<Sentence> {
    (data > 0).then_some(Sentence::SynCarries { bytes: data, is_welcome })
}

fn opening_details(first: Seq, offer: Offer, carried: Option<Sentence>) -> Vec<Sentence> {
    let options = [
        carried,
        offer.mss.map(|mss| Sentence::LargestSegment { mss }),
        offer.window_scale.map(|shift| Sentence::WindowScale { shift: shift.min(14) }),
        offer.sack.then_some(Sentence::UnderstandsSack),
        offer.timestamps.then_some(Sentence::OffersTimestamps),
    ];
    let number = Sentence::SynTakesANumber { next: first.plus(1) };
    std::iter::once(number).chain(options.into_iter().flatten()).collect()
}

fn repetition_details(what: Repeated, copy: Option<u16>, why: Why, after_ns: Option<u64>) -> Vec<Sentence> {
    let reason = match (why, what) {
        // How the timer of an opening grows is another matter on every system.
        (Why::Timeout, Repeated::Data { .. } | Repeated::Fin { .. }) => Some(Sentence::WaitedInVain),
        (Why::Fast, _) => Some(Sentence::WasAskedFor),
        (Why::LeftOut, _) => Some(Sentence::IsLeftOut),
        (Why::Recovery, _) => Some(Sentence::RecoversTheRest),
        (Why::UnderWay, _) => Some(Sentence::WasUnderWay),
        (Why::TailProbe, _) => Some(Sentence::ProbesTheTail),
        (Why::Timer, _) => Some(Sentence::ATimerRanOut),
        (Why::Spurious, _) => Some(Sentence::NothingWasMissing),
        (Why::Timeout | Why::TooSoon | Why::Refused | Why::Unknown, _) => None,
    };
    let so_often = match (why, after_ns) {
        (Why::TooSoon, Some(after_ns)) => Sentence::CameTooSoon { after_ns },
        _ => Sentence::SentSoOften { times: copy, after_ns },
    };
    std::iter::once(so_often).chain(reason).collect()
}

fn acknowledgement_details(cause: RepeatCause, count: u16) -> Option<Sentence> {
    match cause {
        RepeatCause::Gap if count > 0 => Some(Sentence::DuplicateAcknowledgement { count }),
        RepeatCause::Reset => Some(Sentence::ChallengesReset),
        _ => None,
    }
}

fn reset_details(cause: ResetCause) -> Vec<Sentence> {
    match cause {
        ResetCause::Refused => vec![Sentence::EndsConnect],
        ResetCause::Withdrawn => vec![Sentence::AskedOnlyToLook],
        ResetCause::GaveUp => vec![Sentence::ForgetsEverything],
        ResetCause::Aborted { in_vain: Some(times) } => {
            vec![Sentence::TriedInVain { times }, Sentence::ForgetsEverything]
        }
        ResetCause::AfterClose => vec![Sentence::CameAfterClose, Sentence::ForgetsEverything],
        ResetCause::Aborted { in_vain: None } | ResetCause::NoConnection => vec![Sentence::ForgetsEverything],
        ResetCause::StrangeOpening => Vec::new(),
    }
}
