//! Packets and conversations for programs: NDJSON, a line each.

use std::{
    io::{self, Write},
    net::SocketAddr,
};

use serde::Serialize;

use super::Seen;
use crate::{
    conversation::{
        ConversationId, Meaning, Probe, RepeatCause, Repeated, ResetCause, Sign, Why,
        account::{Account, Opening},
        signs,
    },
    face::json::{PacketView, write_line},
    kernel::{clock::Stamp, socket::Proto, state::TcpState},
    narrate::{account::summarise, english::account::standing, narrate},
};

/// A packet: its fields as in a timeline, and what was found out about it.
#[derive(Debug, Serialize)]
struct PacketLine<'s> {
    number: u64,
    /// Nanoseconds since 1970.
    at: u64,
    /// Nanoseconds since the first packet.
    since: i128,
    interface: usize,
    /// Bytes on the link.
    original: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<u64>,
    #[serde(flatten)]
    packet: PacketView,
    /// The numbers, counted from the beginning of the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq_relative: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ack_relative: Option<u32>,
    /// The receive window in bytes, where its scale is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_flight: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rtt_ns: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_rtt_ns: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rto_ns: Option<u64>,
    meaning: Vec<&'static str>,
    /// The same in the words of Wireshark's `tcp.analysis`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    signs: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    states: Vec<StateLine>,
    says: String,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    comments: &'s [String],
}

/// A state that an end has entered, as far as packets tell.
#[derive(Debug, Serialize)]
struct StateLine {
    end: SocketAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<TcpState>,
    to: TcpState,
}

/// Writes a packet.
///
/// # Errors
/// When it can not be written.
pub fn packet(out: &mut impl Write, seen: &Seen<'_>) -> io::Result<()> {
    let Seen { reading, packet, .. } = *seen;
    let narration = narrate(reading, packet, &|end| end.to_string());
    let line = PacketLine {
        number: seen.number,
        at: seen.at.0,
        since: seen.since_began(),
        interface: seen.interface,
        original: seen.place.original,
        stream: reading.conversation.map(|ConversationId(id)| id),
        packet: PacketView::of_packet(packet, seen.bytes),
        seq_relative: reading.relative.map(|relative| relative.seq),
        ack_relative: reading.relative.and_then(|relative| relative.ack),
        window: reading.measures.window,
        in_flight: reading.measures.in_flight,
        rtt_ns: reading.measures.rtt_ns,
        initial_rtt_ns: reading.measures.initial_rtt_ns,
        rto_ns: reading.measures.rto_ns,
        meaning: reading.meanings.iter().map(name).collect(),
        signs: signs(reading).iter().map(Sign::name).collect(),
        states: reading.changes.iter().map(|to| StateLine { end: to.end, from: to.from, to: to.to }).collect(),
        says: narration.headline,
        comments: seen.comments,
    };
    write_line(out, &line)
}

/// A conversation. Of two values the first belongs to the one that opened.
#[derive(Debug, Serialize)]
struct ConversationLine {
    stream: u64,
    proto: Proto,
    ends: [SocketAddr; 2],
    packets: [u64; 2],
    bytes: [u64; 2],
    sent_again: [u64; 2],
    /// What the packets tell of the ends; absent where they do not.
    states: [Option<TcpState>; 2],
    /// Nanoseconds since 1970.
    began: u64,
    ended: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_after_ns: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quickest_rtt_ns: Option<u64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    standing: &'static str,
    says: String,
}

/// Writes a conversation.
///
/// # Errors
/// When it can not be written.
pub fn conversation(out: &mut impl Write, id: u64, account: &Account) -> io::Result<()> {
    let [a, b] = &account.parties;
    let (Stamp(began), Stamp(ended)) = (account.began, account.ended);
    let line = ConversationLine {
        stream: id,
        proto: account.proto,
        ends: [a.socket, b.socket],
        packets: [a.packets, b.packets],
        bytes: [a.bytes, b.bytes],
        sent_again: [a.repeated, b.repeated],
        states: [a.state, b.state],
        began,
        ended,
        opened_after_ns: match account.opening {
            Opening::Complete { after_ns } => after_ns,
            _ => None,
        },
        quickest_rtt_ns: account.quickest_ns,
        standing: standing(account),
        says: summarise(account, &|end| end.to_string()),
    };
    write_line(out, &line)
}

/// What a meaning is called here.
const fn name(meaning: &Meaning) -> &'static str {
    match meaning {
        Meaning::AsksToOpen { .. } => "asks-to-open",
        Meaning::AgreesToOpen { .. } => "agrees-to-open",
        Meaning::CompletesOpening { .. } => "completes-opening",
        Meaning::CarriesData { .. } => "carries-data",
        Meaning::OutOfOrder { .. } => "out-of-order",
        Meaning::Retransmits { what: Repeated::Syn | Repeated::SynAck, .. } => "repeats-opening",
        Meaning::Retransmits { why, .. } => repetition(*why),
        Meaning::Acknowledges { .. } => "acknowledges",
        Meaning::AcknowledgesFin { .. } => "acknowledges-fin",
        Meaning::Closes { .. } => "closes",
        Meaning::RepeatsAck { cause, .. } => repeated_acknowledgement(*cause),
        Meaning::WindowUpdate { .. } => "window-update",
        Meaning::ZeroWindow => "zero-window",
        Meaning::WindowFull => "window-full",
        Meaning::Probe(Probe::Window | Probe::Byte) => "window-probe",
        Meaning::Probe(Probe::KeepAlive) => "keep-alive",
        Meaning::UsesHalfClose => "uses-half-close",
        Meaning::Resets(cause) => reset(*cause),
        Meaning::ReusesPorts => "reuses-ports",
        Meaning::BeganBefore => "began-before",
        Meaning::Gap { .. } => "gap",
        Meaning::AcknowledgesUnseen { .. } => "acknowledges-unseen",
        Meaning::Datagram { .. } => "datagram",
        Meaning::IcmpError { .. } => "icmp-error",
        Meaning::Icmp => "icmp",
        Meaning::Arp => "arp",
        Meaning::Fragment => "fragment",
        Meaning::Unknown => "unknown",
    }
}

const fn repetition(why: Why) -> &'static str {
    match why {
        Why::Fast => "fast-retransmission",
        Why::LeftOut | Why::Recovery | Why::UnderWay => "recovery-retransmission",
        Why::Timeout => "timeout-retransmission",
        Why::TailProbe => "tail-loss-probe",
        Why::Timer => "timer-retransmission",
        Why::Spurious => "spurious-retransmission",
        Why::TooSoon | Why::Refused | Why::Unknown => "retransmission",
    }
}

const fn repeated_acknowledgement(cause: RepeatCause) -> &'static str {
    match cause {
        RepeatCause::Gap => "duplicate-ack",
        RepeatCause::Probe(Probe::Window | Probe::Byte) => "answers-window-probe",
        RepeatCause::Probe(Probe::KeepAlive) => "answers-keep-alive",
        RepeatCause::OldData | RepeatCause::OldFin | RepeatCause::NoRoom => "acknowledges-again",
        RepeatCause::Opening | RepeatCause::Older | RepeatCause::Reset | RepeatCause::StrangeAck => "challenge-ack",
        RepeatCause::Overtaken => "overtaken-ack",
        RepeatCause::Unknown => "repeated-ack",
    }
}

const fn reset(cause: ResetCause) -> &'static str {
    match cause {
        ResetCause::Refused => "refuses",
        ResetCause::Aborted { .. } => "resets",
        ResetCause::Withdrawn => "withdraws",
        ResetCause::GaveUp => "gives-up",
        ResetCause::AfterClose => "resets-after-close",
        ResetCause::NoConnection => "knows-no-connection",
        ResetCause::StrangeOpening => "never-asked",
    }
}
