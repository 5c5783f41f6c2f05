//! A packet on one line, in the notation of the lesson language: `SYN+ACK seq=7 ack=1041 len=0 mss=1460 sackok`.
//!
//! Notation, not language: the same for every reader, and fit to be copied into a lesson.

use std::fmt::Write;

use super::{counting::Counting, payload_len, seq::Seq};
use crate::{
    packet::escape::write_preview,
    packet::{Arp, ArpOperation, Net, Packet, Quoted, Tcp, TcpFlags, Transport},
};

/// The line for `packet`, which was decoded from `bytes`; without the names of sender and receiver.
#[must_use]
pub fn summary(packet: &Packet, bytes: &[u8]) -> String {
    let mut line = String::new();
    write_summary(&mut line, packet, bytes, Counting::RAW);
    line
}

/// Adds that line to a text, with TCP's numbers counted so.
pub fn write_summary(line: &mut String, packet: &Packet, bytes: &[u8], counting: Counting) {
    write_label(line, packet, bytes, counting);
    write_rest(line, packet, bytes, counting);
}

/// Adds what fits onto an arrow: of TCP, the flags and the numbers.
pub fn write_label(line: &mut String, packet: &Packet, bytes: &[u8], counting: Counting) {
    match &packet.transport {
        Transport::Tcp(tcp) => tcp_numbers(line, tcp, packet, counting),
        Transport::Udp(_) => add_all(line, "UDP", |line| payload(line, packet, bytes)),
        Transport::Icmp(icmp) => {
            let _ = write!(line, "ICMP {}{}", icmp.meaning(), about(packet));
        }
        Transport::Icmp6(icmp) => {
            let _ = write!(line, "ICMPv6 {}{}", icmp.meaning(), about(packet));
        }
        Transport::Fragment(piece) => {
            let more = if piece.more { " more" } else { "" };
            let (name, len) = (protocol_name(piece.protocol), payload_len(packet));
            let _ = write!(line, "{name} piece offset={} len={len} id={}{more}", piece.offset, piece.identification);
        }
        Transport::Unknown(number) => add_all(line, &protocol_name(*number), |line| payload(line, packet, bytes)),
        Transport::None => net_line(line, packet, bytes),
    }
}

/// Adds the rest, each part behind a space: the beginning of the data, and options that stand on few segments.
pub fn write_rest(line: &mut String, packet: &Packet, bytes: &[u8], counting: Counting) {
    let Some(tcp) = packet.tcp() else { return };
    data(line, packet, bytes);
    if tcp.window == 0 && !tcp.flags.contains(TcpFlags::RST) {
        line.push_str(" win=0");
    }
    if tcp.flags.contains(TcpFlags::URG) {
        add(line, format_args!("urg={}", tcp.urgent));
    }
    add_options(tcp, counting, line);
}

fn add_all(line: &mut String, name: &str, rest: impl FnOnce(&mut String)) {
    line.push_str(name);
    rest(line);
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

fn tcp_numbers(line: &mut String, tcp: &Tcp, packet: &Packet, counting: Counting) {
    // Writing to a `String` can not fail.
    let _ = tcp.flags.write(line);
    number(line, " seq=", counting.own(Seq(tcp.sequence)).0);
    if tcp.flags.contains(TcpFlags::SYN) && counting != Counting::RAW {
        number(line, " (", tcp.sequence);
        line.push(')');
    }
    if tcp.flags.contains(TcpFlags::ACK) {
        number(line, " ack=", counting.peers(Seq(tcp.acknowledgement)).0);
    }
    length(line, packet);
}

fn number(line: &mut String, name: &str, number: u32) {
    line.push_str(name);
    line.push_str(itoa::Buffer::new().format(number));
}

fn length(line: &mut String, packet: &Packet) {
    line.push_str(" len=");
    line.push_str(itoa::Buffer::new().format(payload_len(packet)));
}

/// The options that are negotiated stand on SYNs only; timestamps, which stand on every segment, would be noise.
fn add_options(tcp: &Tcp, counting: Counting, line: &mut String) {
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
    if let Some(cookie) = options.fast_open {
        add(line, format_args!("cookie={}", cookie.len()));
    }
    let blocks = options.sack.as_slice();
    if !blocks.is_empty() {
        let edge = |number: u32| counting.peers(Seq(number));
        let ranges: Vec<_> = blocks.iter().map(|(from, to)| format!("{}-{}", edge(*from), edge(*to))).collect();
        add(line, format_args!("sack={} ({})", blocks.len(), ranges.join(" ")));
    }
}

fn add(line: &mut String, field: std::fmt::Arguments<'_>) {
    // Writing to a `String` can not fail.
    let _ = write!(line, " {field}");
}

fn payload(line: &mut String, packet: &Packet, bytes: &[u8]) {
    length(line, packet);
    data(line, packet, bytes);
}

fn data(line: &mut String, packet: &Packet, bytes: &[u8]) {
    let data = packet.payload(bytes);
    if !data.is_empty() {
        line.push(' ');
        write_preview(line, data);
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

fn net_line(line: &mut String, packet: &Packet, bytes: &[u8]) {
    match &packet.net {
        Net::Arp(arp) => line.push_str(&arp_line(arp)),
        Net::V4(_) => add_all(line, "IPv4", |line| payload(line, packet, bytes)),
        Net::V6(_) => add_all(line, "IPv6", |line| payload(line, packet, bytes)),
        Net::Unknown(number) => add_all(line, &format!("ethertype {number:#06x}"), |line| payload(line, packet, bytes)),
        Net::None => {
            let _ = write!(line, "{} bytes that cannot be read", bytes.len());
        }
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
