//! A packet on one line, in the notation of the lesson language: `SYN+ACK seq=7 ack=1041 len=0 mss=1460 sackok`.
//!
//! Notation, not language: the same for every reader, and fit to be copied into a lesson.

use std::fmt::Write;

use super::payload_len;
use crate::{
    packet::escape::preview,
    packet::{Arp, ArpOperation, Net, Packet, Quoted, Tcp, TcpFlags, Transport},
};

/// The line for `packet`, which was decoded from `bytes`; without the names of sender and receiver.
#[must_use]
pub fn summary(packet: &Packet, bytes: &[u8]) -> String {
    match &packet.transport {
        Transport::Tcp(tcp) => tcp_line(tcp, packet, bytes),
        Transport::Udp(_) => format!("UDP {}", payload(packet, bytes)),
        Transport::Icmp(icmp) => format!("ICMP {}{}", icmp.meaning(), about(packet)),
        Transport::Icmp6(icmp) => format!("ICMPv6 {}{}", icmp.meaning(), about(packet)),
        Transport::Fragment(piece) => {
            let more = if piece.more { " more" } else { "" };
            let (name, len) = (protocol_name(piece.protocol), payload_len(packet));
            format!("{name} piece offset={} len={len} id={}{more}", piece.offset, piece.identification)
        }
        Transport::Unknown(number) => format!("{} {}", protocol_name(*number), payload(packet, bytes)),
        Transport::None => net_line(packet, bytes),
    }
}

/// What a packet is called where its whole line stands elsewhere: enough to find that line again.
#[must_use]
pub fn name(packet: &Packet, bytes: &[u8]) -> String {
    let Some(tcp) = packet.tcp() else { return summary(packet, bytes) };
    let mut name = format!("{} seq={}", tcp.flags, tcp.sequence);
    match payload_len(packet) {
        0 if tcp.flags.contains(TcpFlags::ACK) => add(&mut name, format_args!("ack={}", tcp.acknowledgement)),
        0 => {}
        len => add(&mut name, format_args!("len={len}")),
    }
    name
}

fn tcp_line(tcp: &Tcp, packet: &Packet, bytes: &[u8]) -> String {
    let mut line = format!("{} seq={}", tcp.flags, tcp.sequence);
    if tcp.flags.contains(TcpFlags::ACK) {
        add(&mut line, format_args!("ack={}", tcp.acknowledgement));
    }
    add(&mut line, format_args!("{}", payload(packet, bytes)));
    if tcp.window == 0 && !tcp.flags.contains(TcpFlags::RST) {
        add(&mut line, format_args!("win=0"));
    }
    if tcp.flags.contains(TcpFlags::URG) {
        add(&mut line, format_args!("urg={}", tcp.urgent));
    }
    add_options(tcp, &mut line);
    line
}

/// The options that are negotiated stand on SYNs only; timestamps, which stand on every segment, would be noise.
fn add_options(tcp: &Tcp, line: &mut String) {
    let options = &tcp.options;
    if let Some(mss) = options.mss {
        add(line, format_args!("mss={mss}"));
    }
    if options.sack_permitted {
        add(line, format_args!("sackok"));
    }
    if let Some(scale) = options.window_scale {
        add(line, format_args!("wscale={scale}"));
    }
    if let (Some(times), true) = (options.timestamps, tcp.flags.contains(TcpFlags::SYN)) {
        add(line, format_args!("tsval={} tsecr={}", times.value, times.echo));
    }
    let blocks = options.sack.as_slice();
    if !blocks.is_empty() {
        let ranges: Vec<_> = blocks.iter().map(|(from, to)| format!("{from}-{to}")).collect();
        add(line, format_args!("sack={} ({})", blocks.len(), ranges.join(" ")));
    }
}

fn add(line: &mut String, field: std::fmt::Arguments<'_>) {
    // Writing to a `String` can not fail.
    let _ = write!(line, " {field}");
}

fn payload(packet: &Packet, bytes: &[u8]) -> String {
    match packet.payload(bytes) {
        [] => format!("len={}", payload_len(packet)),
        data => format!("len={} {}", payload_len(packet), preview(data)),
    }
}

/// What an ICMP error is about.
fn about(packet: &Packet) -> String {
    let Some(quoted) = packet.quoted() else { return String::new() };
    let Quoted { source, destination, protocol, ports, .. } = *quoted;
    let name = protocol_name(protocol);
    match ports {
        Some((from, to)) => {
            let (from, to) = (std::net::SocketAddr::new(source, from), std::net::SocketAddr::new(destination, to));
            format!(" (for {name} {from} > {to})")
        }
        None => format!(" (for {name} {source} > {destination})"),
    }
}

fn net_line(packet: &Packet, bytes: &[u8]) -> String {
    match &packet.net {
        Net::Arp(arp) => arp_line(arp),
        Net::V4(_) => format!("IPv4 {}", payload(packet, bytes)),
        Net::V6(_) => format!("IPv6 {}", payload(packet, bytes)),
        Net::Unknown(number) => format!("ethertype {number:#06x} {}", payload(packet, bytes)),
        Net::None => format!("{} bytes that can not be read", bytes.len()),
    }
}

fn arp_line(arp: &Arp) -> String {
    let (sender, target, mac) = (arp.sender, arp.target, arp.sender_mac);
    match arp.operation {
        ArpOperation::Request => format!("ARP request: who has {target}? tell {sender}"),
        ArpOperation::Reply => format!("ARP reply: {sender} is at {mac}"),
        ArpOperation::Other(operation) => format!("ARP operation {operation}"),
    }
}

fn protocol_name(number: u8) -> String {
    match number {
        1 => "ICMP".into(),
        6 => "TCP".into(),
        17 => "UDP".into(),
        58 => "ICMPv6".into(),
        other => format!("protocol {other}"),
    }
}
