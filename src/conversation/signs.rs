//! What the meanings of a packet are in the vocabulary of Wireshark's TCP analysis, for tools that speak it.
//!
//! The words only: whether one applies was found out by the rules of this room. `docs/analysis.md` tells where the two
//! differ.

use std::fmt;

use super::{
    meaning::{Meaning, Probe, RepeatCause, Repeated, Why},
    reading::Reading,
};

/// A set of [`Sign`]s.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Signs(u16);

/// `tcp.analysis.*`, without the part before the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Sign {
    Retransmission,
    FastRetransmission,
    SpuriousRetransmission,
    OutOfOrder,
    DuplicateAck,
    ZeroWindow,
    ZeroWindowProbe,
    ZeroWindowProbeAck,
    WindowFull,
    WindowUpdate,
    KeepAlive,
    KeepAliveAck,
    LostSegment,
    AckLostSegment,
    ReusedPorts,
}

impl Sign {
    pub const ALL: [Self; 15] = [
        Self::Retransmission,
        Self::FastRetransmission,
        Self::SpuriousRetransmission,
        Self::OutOfOrder,
        Self::DuplicateAck,
        Self::ZeroWindow,
        Self::ZeroWindowProbe,
        Self::ZeroWindowProbeAck,
        Self::WindowFull,
        Self::WindowUpdate,
        Self::KeepAlive,
        Self::KeepAliveAck,
        Self::LostSegment,
        Self::AckLostSegment,
        Self::ReusedPorts,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Retransmission => "retransmission",
            Self::FastRetransmission => "fast_retransmission",
            Self::SpuriousRetransmission => "spurious_retransmission",
            Self::OutOfOrder => "out_of_order",
            Self::DuplicateAck => "duplicate_ack",
            Self::ZeroWindow => "zero_window",
            Self::ZeroWindowProbe => "zero_window_probe",
            Self::ZeroWindowProbeAck => "zero_window_probe_ack",
            Self::WindowFull => "window_full",
            Self::WindowUpdate => "window_update",
            Self::KeepAlive => "keep_alive",
            Self::KeepAliveAck => "keep_alive_ack",
            Self::LostSegment => "lost_segment",
            Self::AckLostSegment => "ack_lost_segment",
            Self::ReusedPorts => "reused_ports",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u8
    }
}

impl Signs {
    #[must_use]
    pub const fn contains(self, sign: Sign) -> bool {
        self.0 & sign.bit() != 0
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Sign> {
        Sign::ALL.into_iter().filter(move |sign| self.contains(*sign))
    }

    const fn with(self, sign: Sign) -> Self {
        Self(self.0 | sign.bit())
    }

    const fn without(self, sign: Sign) -> Self {
        Self(self.0 & !sign.bit())
    }
}

impl fmt::Debug for Signs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Sign::name)).finish()
    }
}

/// The signs of a packet, by its meanings.
#[must_use]
pub fn signs(reading: &Reading) -> Signs {
    let signs = reading.meanings.iter().fold(Signs::default(), sign_of);
    // A duplicate has the window that was known: another one is news, and a closed one asks for nothing.
    let is_none = signs.contains(Sign::WindowUpdate) || signs.contains(Sign::ZeroWindow);
    if is_none { signs.without(Sign::DuplicateAck) } else { signs }
}

fn sign_of(signs: Signs, meaning: &Meaning) -> Signs {
    match meaning {
        Meaning::Retransmits { what, why, .. } => retransmission(signs.with(Sign::Retransmission), *what, *why),
        Meaning::OutOfOrder { .. } => signs.with(Sign::OutOfOrder),
        Meaning::RepeatsAck { cause, .. } => repetition(signs, *cause),
        Meaning::ZeroWindow => signs.with(Sign::ZeroWindow),
        Meaning::WindowFull => signs.with(Sign::WindowFull),
        Meaning::WindowUpdate { .. } => signs.with(Sign::WindowUpdate),
        Meaning::Probe(Probe::Window | Probe::Byte) => signs.with(Sign::ZeroWindowProbe),
        Meaning::Probe(Probe::KeepAlive) => signs.with(Sign::KeepAlive),
        Meaning::Gap { .. } => signs.with(Sign::LostSegment),
        Meaning::AcknowledgesUnseen { .. } => signs.with(Sign::AckLostSegment),
        Meaning::ReusesPorts => signs.with(Sign::ReusedPorts),
        _ => signs,
    }
}

fn retransmission(signs: Signs, what: Repeated, why: Why) -> Signs {
    match (why, what) {
        (Why::Fast, _) => signs.with(Sign::FastRetransmission),
        (Why::Spurious, Repeated::Data { .. }) => signs.with(Sign::SpuriousRetransmission),
        _ => signs,
    }
}

fn repetition(signs: Signs, cause: RepeatCause) -> Signs {
    match cause {
        RepeatCause::Probe(Probe::KeepAlive) => signs.with(Sign::KeepAliveAck),
        RepeatCause::Probe(Probe::Window | Probe::Byte) => signs.with(Sign::ZeroWindowProbeAck),
        RepeatCause::Overtaken | RepeatCause::Older => signs,
        _ => signs.with(Sign::DuplicateAck),
    }
}
