//! The fields that a packet line or a `kernel` line can name: two tables, for the parser, the lab and the reference.

use super::script::PacketProto::{self, Arp, Icmp, Tcp, Udp};
use FieldKind::{Flag, Number, Sequence, Text, Time, Word};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    Number,
    /// Arithmetic wraps at 2^32.
    Sequence,
    Time,
    Word,
    Text,
    /// Present or not: written without a value (`sackok`), or a count.
    Flag,
}

/// One field by its name in a lesson.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldName {
    pub name: &'static str,
    pub kind: FieldKind,
    /// One line of help.
    pub help: &'static str,
    /// What a `Word` field can say; empty where any word will do.
    pub words: &'static [&'static str],
    /// The packets that have it; empty for what the kernel says.
    pub protos: &'static [PacketProto],
}

const ANY: &[PacketProto] = &[Tcp, Udp, Icmp];
const TCP: &[PacketProto] = &[Tcp];
const PORTS: &[PacketProto] = &[Tcp, Udp];

impl FieldName {
    const fn packet(name: &'static str, kind: FieldKind, protos: &'static [PacketProto], help: &'static str) -> Self {
        Self { name, kind, help, words: &[], protos }
    }

    const fn kernel(name: &'static str, kind: FieldKind, help: &'static str) -> Self {
        Self { name, kind, help, words: &[], protos: &[] }
    }

    const fn one_of(mut self, words: &'static [&'static str]) -> Self {
        self.words = words;
        self
    }
}

/// The field that lets a packet line take a frame that was folded into another one.
pub const TWIN: &str = "twin";

/// The packet field of this name.
#[must_use]
pub fn packet(name: &str) -> Option<&'static FieldName> {
    PACKET.iter().find(|field| field.name == name)
}

/// The kernel's field of this name.
#[must_use]
pub fn kernel(name: &str) -> Option<&'static FieldName> {
    KERNEL.iter().find(|field| field.name == name)
}

/// What an ICMP packet says, by the names of [`super::icmp::MESSAGES`]: written `icmp port-unreachable`.
pub static ICMP_MESSAGE: FieldName =
    FieldName::packet("message", Word, &[Icmp], "what an ICMP packet says, in words: `icmp port-unreachable`");

/// The fields of a packet line.
#[rustfmt::skip]
pub static PACKET: &[FieldName] = &[
    FieldName::packet("seq", Sequence, TCP, "the sequence number, as it stands on the wire"),
    FieldName::packet("ack", Sequence, TCP, "the acknowledgement number: the next byte that is expected"),
    FieldName::packet("len", Number, ANY, "bytes of payload"),
    FieldName::packet("payload", Text, ANY, "the payload itself: `payload \"hello\"`"),
    FieldName::packet("win", Number, TCP, "the window field, as it stands on the wire (not scaled)"),
    FieldName::packet("urg", Number, TCP, "the urgent pointer"),
    FieldName::packet("mss", Number, TCP, "option: the largest segment that the sender can take"),
    FieldName::packet("wscale", Number, TCP, "option: the shift that the sender will apply to its windows"),
    FieldName::packet("sackok", Flag, TCP, "option: selective acknowledgements are understood"),
    FieldName::packet("sack", Flag, TCP, "option: how many blocks are acknowledged selectively"),
    FieldName::packet("cookie", Number, TCP, "option: how many bytes the Fast Open cookie has; 0 asks for one"),
    FieldName::packet("tsval", Sequence, TCP, "option: the sender's timestamp"),
    FieldName::packet("tsecr", Sequence, TCP, "option: the timestamp that is echoed"),
    FieldName::packet("sport", Number, PORTS, "the port that it comes from"),
    FieldName::packet("dport", Number, PORTS, "the port that it goes to"),
    FieldName::packet("ttl", Number, ANY, "IPv4: over how many links it may still go"),
    FieldName::packet("df", Flag, ANY, "IPv4: it may not be fragmented"),
    FieldName::packet("id", Number, ANY, "IPv4: the identification that fragments share"),
    FieldName::packet("hoplimit", Number, ANY, "IPv6: over how many links it may still go"),
    FieldName::packet("type", Number, &[Icmp], "ICMP: the type, as a number"),
    FieldName::packet("code", Number, &[Icmp], "ICMP: the code, as a number"),
    FieldName::packet(TWIN, Flag, TCP, "on a wire: it was sent again while it, or the answer to it, was held, and is folded into its first copy"),
    FieldName::packet("op", Word, &[Arp], "ARP: whether it asks or answers").one_of(&["request", "reply"]),
];

/// The fields of a `kernel` line: what `sock_diag` and `TCP_INFO` say.
#[rustfmt::skip]
pub static KERNEL: &[FieldName] = &[
    FieldName::kernel("rq", Number, "receive queue: bytes (and a FIN) that came in order and were not read"),
    FieldName::kernel("sq", Number, "send queue: bytes (and a SYN or FIN) that were sent and not acknowledged, or not sent yet"),
    FieldName::kernel("accept_queue", Number, "of a listener: connections that wait for accept"),
    FieldName::kernel("backlog", Number, "of a listener: how many connections may wait, as asked of listen() (at most net.core.somaxconn); Linux lets one more wait"),
    FieldName::kernel("timer", Word, "the timer that runs; retransmit: also to a tail loss probe; in a closed FIN-WAIT-2 timewait, or keepalive first").one_of(&["none", "retransmit", "keepalive", "timewait", "probe"]),
    FieldName::kernel("timeleft", Time, "until that timer fires"),
    FieldName::kernel("retrans", Number, "timeouts or probes in a row, unanswered"),
    FieldName::kernel("total_retrans", Number, "segments that were sent again, since the beginning"),
    FieldName::kernel("in_flight", Number, "bytes (and a SYN or FIN) that were sent and not acknowledged"),
    FieldName::kernel("unacked", Number, "segments that were sent and not acknowledged"),
    FieldName::kernel("sacked", Number, "segments that were acknowledged selectively; without SACK, how many duplicate ACKs came"),
    FieldName::kernel("lost", Number, "segments that are believed lost"),
    FieldName::kernel("reordering", Number, "how far out of order segments may come before one is believed lost"),
    FieldName::kernel("cwnd", Number, "the congestion window, in segments"),
    FieldName::kernel("ssthresh", Number, "where slow start ends, in segments"),
    FieldName::kernel("congestion", Word, "the congestion control by name, such as reno"),
    FieldName::kernel("rtt", Time, "the smoothed round-trip time"),
    FieldName::kernel("rttvar", Time, "how much the round-trip time varies"),
    FieldName::kernel("rto", Time, "the retransmission timeout"),
    FieldName::kernel("mss", Number, "the most data that goes into one segment out"),
    FieldName::kernel("rcv_mss", Number, "the largest segment that came in, as estimated"),
    FieldName::kernel("advmss", Number, "the MSS that was announced, less 12 once timestamps are used"),
    FieldName::kernel("pmtu", Number, "the path's MTU"),
    FieldName::kernel("snd_wnd", Number, "the window that the peer announced, in bytes"),
    FieldName::kernel("rcv_space", Number, "auto-tuning of the receive buffer: what a round trip is expected to bring, in bytes"),
    FieldName::kernel("snd_wscale", Number, "the shift of the windows that the peer announces"),
    FieldName::kernel("rcv_wscale", Number, "the shift of the windows announced here"),
    FieldName::kernel("bytes_sent", Number, "bytes of payload sent, those sent again included"),
    FieldName::kernel("bytes_acked", Number, "bytes that the peer has acknowledged; the SYN of the caller counts as 1, and so does a FIN"),
    FieldName::kernel("bytes_received", Number, "bytes that came in, in order; a FIN counts as 1"),
    FieldName::kernel("bytes_retrans", Number, "bytes that were sent again"),
    FieldName::kernel("notsent", Number, "bytes that were written and not sent yet"),
    FieldName::kernel("pacing", Number, "the rate at which segments are paced, in bytes a second"),
];

/// What a `wire holds` line can ask about a frame in our hands.
pub static HELD: &[FieldName] =
    &[FieldName::kernel("twins", Number, "how often it was sent again while it, or the answer to it, was held")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once_in_its_table() {
        for table in [PACKET, KERNEL] {
            for (at, field) in table.iter().enumerate() {
                assert!(table[..at].iter().all(|other| other.name != field.name), "{} stands twice", field.name);
            }
        }
    }

    #[test]
    fn only_words_have_a_list_of_words() {
        for field in PACKET.iter().chain(KERNEL) {
            assert!(field.words.is_empty() || field.kind == Word, "{}", field.name);
        }
    }
}
