//! What may stand on an arrow of a lesson, the fullest first: the shorter it has to be, the less of what nobody asks for.
//!
//! The notation is that of the lesson language, so the window is the field as it stands on the wire. That it is 0 is
//! never left out.

use crate::{
    conversation::{Counting, payload_len, write_rest},
    packet::{Packet, Tcp, TcpFlags},
};

/// For a packet that was decoded from `bytes`; `None` where it is not of TCP.
pub(super) fn of_tcp(packet: &Packet, bytes: &[u8]) -> Option<Vec<String>> {
    let label = Label::new(packet.tcp()?, packet, bytes);
    Some(match (label.len, label.is_only_ack) {
        (0, true) => label.only_acknowledges(),
        (0, false) => label.turns(),
        _ => label.carries_data(),
    })
}

/// Its parts, each behind a space; empty where they say nothing.
struct Label {
    flags: String,
    seq: String,
    ack: String,
    len: usize,
    window: String,
    /// The window only where it is closed.
    closed: &'static str,
    /// The beginning of its data and its options, with a window that is closed.
    rest: String,
    is_only_ack: bool,
}

impl Label {
    fn new(tcp: &Tcp, packet: &Packet, bytes: &[u8]) -> Self {
        let has = |flag| tcp.flags.contains(flag);
        let mut rest = String::new();
        write_rest(&mut rest, packet, bytes, Counting::RAW);
        Self {
            flags: tcp.flags.to_string(),
            seq: format!(" seq={}", tcp.sequence),
            ack: if has(TcpFlags::ACK) { format!(" ack={}", tcp.acknowledgement) } else { String::new() },
            len: payload_len(packet),
            // Nobody heeds the window of a reset.
            window: if has(TcpFlags::RST) { String::new() } else { format!(" win={}", tcp.window) },
            closed: if tcp.window == 0 && !has(TcpFlags::RST) { " win=0" } else { "" },
            rest,
            is_only_ack: tcp.flags == TcpFlags::ACK,
        }
    }

    /// The window and the rest, in which a closed one stands already.
    fn window_and_rest(&self) -> String {
        let window = if self.closed.is_empty() { self.window.as_str() } else { "" };
        format!("{window}{}", self.rest)
    }

    /// An acknowledgement alone: where it stands itself is of the least interest.
    fn only_acknowledges(&self) -> Vec<String> {
        let Self { flags, seq, ack, window, closed, .. } = self;
        let all = self.window_and_rest();
        vec![
            format!("{flags}{seq}{ack} len=0{all}"),
            format!("{flags}{seq}{ack}{all}"),
            format!("{flags}{ack}{all}"),
            format!("{flags}{ack}{window}"),
            format!("{flags}{ack}{closed}"),
            format!("{flags}{closed}"),
        ]
    }

    /// SYN, FIN and RST: their own number is what they are about.
    fn turns(&self) -> Vec<String> {
        let Self { flags, seq, ack, window, closed, .. } = self;
        let all = self.window_and_rest();
        vec![
            format!("{flags}{seq}{ack} len=0{all}"),
            format!("{flags}{seq}{ack}{all}"),
            format!("{flags}{seq}{ack}{window}"),
            format!("{flags}{seq}{ack}{closed}"),
            format!("{flags}{seq}{closed}"),
            format!("{flags}{closed}"),
        ]
    }

    fn carries_data(&self) -> Vec<String> {
        let Self { flags, seq, ack, len, closed, rest, .. } = self;
        vec![
            format!("{flags}{seq}{ack} len={len}{rest}"),
            format!("{flags}{seq}{ack} len={len}{closed}"),
            format!("{flags}{seq} len={len}{closed}"),
            format!("{flags} len={len}{closed}"),
            format!("{flags}{closed}"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;
    use crate::packet::decode;

    fn labels(window: u16, syn: bool, data: &[u8]) -> Vec<String> {
        let builder = PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
        let builder = builder.tcp(40_000, 80, 3_834_470_708, window).ack(1_676_549_146);
        let builder = if syn { builder.syn() } else { builder };
        let mut frame = Vec::new();
        builder.write(&mut frame, data).unwrap();
        of_tcp(&decode(&frame), &frame).unwrap()
    }

    #[test]
    fn an_acknowledgement_keeps_its_window_longer_than_its_own_number() {
        let labels = labels(4096, false, b"");
        assert_eq!(labels[0], "ACK seq=3834470708 ack=1676549146 len=0 win=4096");
        assert_eq!(labels[2], "ACK ack=1676549146 win=4096");
        assert_eq!(labels.last().unwrap(), "ACK");
    }

    #[test]
    fn a_closed_window_is_never_left_out_and_stands_once() {
        for (syn, data) in [(false, &b""[..]), (false, &b"hello"[..]), (true, &b""[..])] {
            for label in labels(0, syn, data) {
                assert_eq!(label.matches(" win=0").count(), 1, "{label}");
            }
        }
    }

    #[test]
    fn each_label_is_shorter_than_the_one_before() {
        for labels in [labels(7, false, b""), labels(7, true, b""), labels(7, false, b"hello"), labels(0, false, b"")] {
            assert!(labels.windows(2).all(|pair| pair[1].len() <= pair[0].len()), "{labels:?}");
        }
    }
}
