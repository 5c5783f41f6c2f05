//! What a packet of a capture does that is out of the ordinary, in as few words as fit beside an arrow.

use crate::{
    conversation::{Meaning, Probe, Reading, RepeatCause, ResetCause, Trouble, Why},
    face::text::{Style, line::Ink},
};

/// What an arrow's shape says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Does {
    pub(super) is_repeated: bool,
    pub(super) is_overtaken: bool,
    pub(super) is_reset: bool,
}

pub(super) fn does(reading: &Reading) -> Does {
    let mut does = Does::default();
    for meaning in &reading.meanings {
        match meaning {
            Meaning::Retransmits { .. } => does.is_repeated = true,
            Meaning::OutOfOrder { .. } => does.is_overtaken = true,
            Meaning::Resets(_) => does.is_reset = true,
            _ => {}
        }
    }
    does
}

/// `None` where there is nothing to say: it is what one expects.
pub(super) fn remark(reading: &Reading) -> Option<(String, Style)> {
    let parts: Vec<String> = reading.meanings.iter().filter_map(words).collect();
    let is_bad =
        reading.meanings.iter().any(|meaning| matches!(meaning, Meaning::Resets(_) | Meaning::IcmpError { .. }));
    let style = if is_bad { Style::of(Ink::Bad) } else { Style::WARNING };
    (!parts.is_empty()).then(|| (parts.join(", "), style))
}

pub(super) fn not_captured(numbers: u32) -> String {
    match numbers {
        1 => " 1 number was not captured ".to_owned(),
        _ => format!(" {numbers} numbers were not captured "),
    }
}

fn words(meaning: &Meaning) -> Option<String> {
    Some(match meaning {
        Meaning::Retransmits { why, .. } => again(*why).to_owned(),
        Meaning::OutOfOrder { .. } => "overtaken on its way".to_owned(),
        Meaning::RepeatsAck { cause, count, .. } => return repeats(*cause, *count),
        Meaning::ZeroWindow => "no room".to_owned(),
        Meaning::WindowFull => "fills the window".to_owned(),
        Meaning::WindowUpdate { .. } => "the window is news".to_owned(),
        Meaning::Probe(Probe::KeepAlive) => "asks whether the peer is there".to_owned(),
        Meaning::Probe(Probe::Window | Probe::Byte) => "asks for room".to_owned(),
        Meaning::Resets(cause) => reset(*cause).to_owned(),
        Meaning::ReusesPorts => "the same ports once more".to_owned(),
        Meaning::BeganBefore => "the beginning was not captured".to_owned(),
        Meaning::AcknowledgesUnseen { bytes: 1 } => "acknowledges 1 number that was not captured".to_owned(),
        Meaning::AcknowledgesUnseen { bytes } => format!("acknowledges {bytes} numbers that were not captured"),
        Meaning::IcmpError { trouble } => undelivered(*trouble),
        _ => return None,
    })
}

const fn again(why: Why) -> &'static str {
    match why {
        Why::Fast => "sent again: duplicate ACKs told of the gap",
        Why::LeftOut | Why::Recovery => "sent again: it was left out",
        Why::UnderWay => "sent again with the one before",
        Why::Timeout | Why::Timer => "sent again: a timer ran out",
        Why::TailProbe => "sent again, to ask for news",
        Why::Spurious => "sent again, though it had arrived",
        Why::TooSoon => "sent or seen twice",
        Why::Refused => "sent again after a refusal",
        Why::Unknown => "sent again",
    }
}

fn repeats(cause: RepeatCause, count: u16) -> Option<String> {
    let words = match cause {
        RepeatCause::Gap if count > 0 => return Some(format!("something is missing (duplicate ACK {count})")),
        RepeatCause::Gap => "something is missing",
        RepeatCause::OldData | RepeatCause::OldFin => "had that already",
        RepeatCause::Probe(Probe::KeepAlive) => "still there",
        RepeatCause::Probe(Probe::Window | Probe::Byte) => "answers who asks for room",
        RepeatCause::NoRoom => "still no room",
        RepeatCause::Opening | RepeatCause::Reset | RepeatCause::StrangeAck => "doubts it",
        RepeatCause::Older => "has an older connection",
        RepeatCause::Overtaken => "said before what it answers was seen",
        RepeatCause::Unknown => "nothing new",
    };
    Some(words.to_owned())
}

const fn reset(cause: ResetCause) -> &'static str {
    match cause {
        ResetCause::Refused => "refused",
        ResetCause::Aborted { .. } => "broken off",
        ResetCause::Withdrawn => "taken back",
        ResetCause::GaveUp => "given up",
        ResetCause::AfterClose => "reset: nobody reads that",
        ResetCause::NoConnection => "reset: no such connection",
        ResetCause::StrangeOpening => "reset: never asked for",
    }
}

fn undelivered(trouble: Trouble) -> String {
    match trouble {
        Trouble::PortUnreachable => "no socket has that port".to_owned(),
        Trouble::Unreachable => "not delivered".to_owned(),
        Trouble::TooBig { mtu } => format!("too large: the next link carries {mtu}"),
        Trouble::TimeExceeded => "not delivered in time".to_owned(),
        Trouble::Other => "a remark of a router".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(meanings: impl IntoIterator<Item = Meaning>) -> Reading {
        Reading { meanings: meanings.into_iter().collect(), ..Reading::default() }
    }

    #[test]
    fn an_ordinary_packet_needs_no_word() {
        let plain = reading([Meaning::Datagram { bytes: 3 }]);
        assert_eq!((remark(&plain), does(&plain)), (None, Does::default()));
    }

    #[test]
    fn all_that_is_out_of_the_ordinary_is_said() {
        let does_both = reading([Meaning::Resets(ResetCause::Refused), Meaning::ZeroWindow]);
        let (text, style) = remark(&does_both).unwrap();
        assert_eq!((text.as_str(), style), ("refused, no room", Style::of(Ink::Bad)));
        assert!(does(&does_both).is_reset);
    }

    #[test]
    fn a_single_number_is_not_in_the_plural() {
        assert_eq!(not_captured(1), " 1 number was not captured ");
        assert_eq!(not_captured(1460), " 1460 numbers were not captured ");
    }
}
