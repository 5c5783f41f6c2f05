//! What a frame says, for readers that do not decode it themselves.
//!
//! The fields are called as a lesson's packet line calls them. A replay reads none of this: it has the bytes.

use std::net::IpAddr;

use serde::Serialize;

use crate::{
    conversation::{payload_len, summary},
    packet::{ArpOperation, Net, Packet, Tcp, TcpFlags, Transport, decode},
};

/// One decoded frame, flat. What a packet does not have is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PacketView {
    /// The packet on one line, as a person writes it.
    pub summary: String,
    pub proto: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sport: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dport: Option<u16>,
    #[serde(flatten)]
    pub tcp: Option<TcpView>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<&'static str>,
    /// Bytes of payload.
    pub len: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hoplimit: Option<u8>,
    /// What is wrong with it, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// TCP's part, options included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TcpView {
    pub flags: String,
    pub seq: u32,
    /// With the ACK flag only: otherwise the field means nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ack: Option<u32>,
    pub win: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mss: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wscale: Option<u8>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sackok: bool,
    /// From the first byte that has arrived to behind the last, a pair a block.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sack: Vec<(u32, u32)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tsval: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tsecr: Option<u32>,
}

impl PacketView {
    #[must_use]
    pub fn of(frame: &[u8]) -> Self {
        Self::of_packet(&decode(frame), frame)
    }

    /// The same of a packet that was decoded from these bytes.
    #[must_use]
    pub fn of_packet(packet: &Packet, frame: &[u8]) -> Self {
        let (from, to) = addresses(packet);
        let (sport, dport) = packet.ports().unzip();
        let (kind, code) = icmp(packet).unzip();
        Self {
            summary: summary(packet, frame),
            proto: proto(packet),
            from,
            to,
            sport,
            dport,
            tcp: packet.tcp().map(TcpView::of),
            kind,
            code,
            op: packet.arp().map(|arp| operation(arp.operation)),
            len: payload_len(packet),
            ttl: if let Net::V4(ip) = &packet.net { Some(ip.ttl) } else { None },
            hoplimit: if let Net::V6(ip) = &packet.net { Some(ip.hop_limit) } else { None },
            faults: packet.faults.iter().map(|found| found.fault.to_string()).collect(),
        }
    }
}

impl TcpView {
    fn of(tcp: &Tcp) -> Self {
        let options = &tcp.options;
        Self {
            flags: tcp.flags.to_string(),
            seq: tcp.sequence,
            ack: tcp.flags.contains(TcpFlags::ACK).then_some(tcp.acknowledgement),
            win: tcp.window,
            mss: options.mss,
            wscale: options.window_scale,
            sackok: options.sack_permitted,
            sack: options.sack.as_slice().to_vec(),
            tsval: options.timestamps.map(|times| times.value),
            tsecr: options.timestamps.map(|times| times.echo),
        }
    }
}

const fn proto(packet: &Packet) -> &'static str {
    match (&packet.transport, &packet.net) {
        (Transport::Tcp(_), _) => "tcp",
        (Transport::Udp(_), _) => "udp",
        (Transport::Icmp(_), _) => "icmp",
        (Transport::Icmp6(_), _) => "icmpv6",
        (Transport::Fragment(_), _) => "fragment",
        (Transport::None | Transport::Unknown(_), Net::Arp(_)) => "arp",
        (Transport::None | Transport::Unknown(_), _) => "unknown",
    }
}

/// For ARP, those of sender and target.
fn addresses(packet: &Packet) -> (Option<IpAddr>, Option<IpAddr>) {
    let of_arp = || packet.arp().map(|arp| (arp.sender.into(), arp.target.into()));
    packet.addresses().or_else(of_arp).unzip()
}

fn icmp(packet: &Packet) -> Option<(u8, u8)> {
    let icmp6 = || packet.icmp6().map(|icmp| (icmp.kind, icmp.code));
    packet.icmp().map(|icmp| (icmp.kind, icmp.code)).or_else(icmp6)
}

const fn operation(operation: ArpOperation) -> &'static str {
    match operation {
        ArpOperation::Request => "request",
        ArpOperation::Reply => "reply",
        ArpOperation::Other(_) => "other",
    }
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn syn() -> Vec<u8> {
        use etherparse::TcpOptionElement::{MaximumSegmentSize, SelectiveAcknowledgementPermitted, WindowScale};
        let options = [MaximumSegmentSize(1460), SelectiveAcknowledgementPermitted, WindowScale(7)];
        let builder = PacketBuilder::ethernet2([0; 6], [0; 6])
            .ipv4([127, 0, 0, 1], [127, 0, 0, 2], 64)
            .tcp(40_000, 80, 4_004_779_870, 65_535)
            .syn()
            .options(&options)
            .unwrap();
        let mut frame = Vec::new();
        builder.write(&mut frame, &[]).unwrap();
        frame
    }

    fn shown(frame: &[u8]) -> serde_json::Value {
        serde_json::to_value(PacketView::of(frame)).unwrap()
    }

    #[test]
    fn a_syn_names_its_fields_as_a_lesson_does() {
        assert_eq!(
            shown(&syn()),
            json!({
                "summary": "SYN seq=4004779870 len=0 mss=1460 sackok wscale=7", "proto": "tcp", "from": "127.0.0.1", "to": "127.0.0.2", "sport": 40000, "dport": 80, "flags": "SYN",
                "seq": 4_004_779_870_u32, "win": 65535, "mss": 1460, "wscale": 7, "sackok": true, "len": 0, "ttl": 64,
            })
        );
    }

    #[test]
    fn a_datagram_has_no_flags() {
        let mut frame = Vec::new();
        let builder = PacketBuilder::ethernet2([0; 6], [0; 6]).ipv6([0; 16], [1; 16], 9).udp(5, 53);
        builder.write(&mut frame, b"hello").unwrap();
        let shown = shown(&frame);
        assert_eq!((&shown["proto"], &shown["len"], &shown["hoplimit"]), (&json!("udp"), &json!(5), &json!(9)));
        assert_eq!(shown.get("flags"), None);
    }

    #[test]
    fn what_is_cut_says_so() {
        let shown = shown(&syn()[..40]);
        assert_eq!((&shown["proto"], &shown["from"]), (&json!("unknown"), &json!("127.0.0.1")));
        assert!(shown["faults"].as_array().is_some_and(|faults| !faults.is_empty()), "{shown}");
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_view(frame: Vec<u8>) {
            prop_assert!(shown(&frame)["proto"].is_string());
        }
    }
}
