//! From bytes to a `Packet`: which decoder comes after which.

use super::{
    Headers, LinkType, Net, Packet, Transport, arp, cooked, ether, family,
    fault::{Fault, Faults},
    icmp, icmp6,
    ip::{self, Body},
    ipv4, ipv6,
    layer::Layer,
    names::{ethertype, protocol},
    span::Span,
    tcp, udp,
};

/// The packet in an Ethernet frame. Whatever the bytes are, there is a packet; its faults say what is wrong with it.
#[must_use]
pub fn decode(bytes: &[u8]) -> Packet {
    decode_from(LinkType::Ethernet, bytes)
}

/// The packet in a frame of this kind of link.
#[must_use]
pub fn decode_from(link: LinkType, bytes: &[u8]) -> Packet {
    let at = Span::all(bytes);
    let mut packet = empty(link, at);
    match link {
        _ if at.is_empty() => packet.faults.add(Fault::Empty, at),
        LinkType::Ethernet => link_layer(bytes, at, &mut packet),
        LinkType::Ip => raw_ip(bytes, at, &mut packet),
        LinkType::Ipv4 => net_layer(bytes, ethertype::IPV4, at, &mut packet),
        LinkType::Ipv6 => net_layer(bytes, ethertype::IPV6, at, &mut packet),
        LinkType::Cooked | LinkType::CookedTwo => cooked_layer(bytes, at, &mut packet),
        LinkType::Null | LinkType::Loop => family_layer(bytes, at, &mut packet),
    }
    packet
}

/// A frame of a link that is not known: bytes, and no packet.
#[must_use]
pub fn opaque(bytes: &[u8]) -> Packet {
    empty(LinkType::Ip, Span::all(bytes))
}

/// The packet that an ICMP error quotes in `at`.
pub(super) fn decode_quoted(bytes: &[u8], at: Span) -> Packet {
    let mut packet = empty(LinkType::Ip, at);
    raw_ip(bytes, at, &mut packet);
    packet
}

/// Nothing is known of `at` yet.
fn empty(link: LinkType, at: Span) -> Packet {
    let none = at.first(0);
    Packet {
        link,
        ether: None,
        net: Net::None,
        transport: Transport::None,
        headers: Headers { link: none, net: none, transport: none },
        payload: at,
        trailer: at.after(at.len()),
        complete: true,
        is_piece: false,
        faults: Faults::default(),
    }
}

fn link_layer(bytes: &[u8], at: Span, packet: &mut Packet) {
    match ether::decode(bytes, at, &mut packet.faults) {
        Ok(ether) => {
            packet.ether = Some(ether);
            packet.headers.link = ether.header;
            net_layer(bytes, ether.ethertype, at.after(ether.header.len()), packet);
        }
        Err(shown) => unread_link(at, shown, packet),
    }
}

fn cooked_layer(bytes: &[u8], at: Span, packet: &mut Packet) {
    match cooked::decode(packet.link, bytes, at, &mut packet.faults) {
        Ok(cooked) => {
            packet.headers.link = cooked.header;
            net_layer(bytes, cooked.protocol, at.after(cooked.header.len()), packet);
        }
        Err(shown) => unread_link(at, shown, packet),
    }
}

fn family_layer(bytes: &[u8], at: Span, packet: &mut Packet) {
    match family::decode(packet.link, bytes, at, &mut packet.faults) {
        Ok(kind) => {
            packet.headers.link = at.first(family::LENGTH);
            net_layer(bytes, kind, at.after(family::LENGTH), packet);
        }
        Err(shown) => unread_link(at, shown, packet),
    }
}

/// What follows the link's header can not be known.
fn unread_link(at: Span, shown: Span, packet: &mut Packet) {
    packet.headers.link = shown;
    packet.payload = at.after(shown.len());
}

fn raw_ip(bytes: &[u8], at: Span, packet: &mut Packet) {
    match ip::version(at.of(bytes)) {
        Some(4) => net_layer(bytes, ethertype::IPV4, at, packet),
        Some(6) => net_layer(bytes, ethertype::IPV6, at, packet),
        Some(found) => packet.faults.add(Fault::WrongVersion { expected: None, found }, at.first(1)),
        None => {}
    }
}

fn net_layer(bytes: &[u8], kind: u16, at: Span, packet: &mut Packet) {
    let faults = &mut packet.faults;
    let (shown, body) = match kind {
        ethertype::IPV4 => match ipv4::decode(bytes, at, faults) {
            Ok((ipv4, body)) => {
                packet.net = Net::V4(ipv4);
                (ipv4.header, Some(body))
            }
            Err(shown) => (shown, None),
        },
        ethertype::IPV6 => match ipv6::decode(bytes, at, faults) {
            Ok((ipv6, body)) => {
                packet.net = Net::V6(ipv6);
                (at.first(ipv6.header.len() + ipv6.extensions.len()), Some(body))
            }
            Err(shown) => (shown, None),
        },
        ethertype::ARP => return arp_layer(bytes, at, packet),
        _ => (at.first(0), None),
    };
    packet.headers.net = shown;
    packet.payload = at.after(shown.len());
    match body {
        Some(body) => transport_layer(bytes, at, &body, packet),
        None => packet.net = Net::Unknown(kind),
    }
}

fn arp_layer(bytes: &[u8], at: Span, packet: &mut Packet) {
    let header = match arp::decode(bytes, at, &mut packet.faults) {
        Ok(arp) => {
            packet.net = Net::Arp(arp);
            arp.header
        }
        Err(shown) => {
            packet.net = Net::Unknown(ethertype::ARP);
            shown
        }
    };
    packet.headers.net = header;
    packet.trailer = at.after(header.len());
    packet.payload = packet.trailer.first(0);
}

fn transport_layer(bytes: &[u8], at: Span, body: &Body, packet: &mut Packet) {
    packet.complete = body.complete;
    packet.is_piece = body.piece.is_some();
    packet.trailer = at.after(body.span.end() - at.start());
    packet.headers.transport = body.span.first(0);
    packet.payload = body.span;
    packet.transport = match body.piece {
        _ if !body.readable => Transport::Unknown(body.protocol),
        Some(piece) if piece.offset > 0 => Transport::Fragment(piece),
        _ => transport(bytes, body, packet),
    };
}

fn transport(bytes: &[u8], body: &Body, packet: &mut Packet) -> Transport {
    let (at, faults) = (body.span, &mut packet.faults);
    let read = match (body.protocol, packet.net) {
        (protocol::TCP, _) => {
            tcp::decode(bytes, at, faults).map(|tcp| (tcp.header, at.after(tcp.header.len()), Transport::Tcp(tcp)))
        }
        (protocol::UDP, _) => {
            udp::decode(bytes, body, faults).map(|(udp, payload)| (udp.header, payload, Transport::Udp(udp)))
        }
        (protocol::ICMP, Net::V4(_)) => {
            icmp::decode(bytes, at, faults).map(|(icmp, payload)| (icmp.header, payload, Transport::Icmp(icmp)))
        }
        (protocol::ICMP6, Net::V6(_)) => {
            icmp6::decode(bytes, at, faults).map(|(icmp, payload)| (icmp.header, payload, Transport::Icmp6(icmp)))
        }
        (protocol::NOTHING, Net::V6(_)) => return Transport::None,
        _ => return Transport::Unknown(body.protocol),
    };
    let (header, payload, transport) = match read {
        Ok(read) => read,
        Err(shown) => (shown, at.after(shown.len()), Transport::Unknown(body.protocol)),
    };
    packet.headers.transport = header;
    packet.payload = payload;
    transport
}

/// The layer that a transport's number stands for below this kind of network layer.
pub(super) fn transport_of(number: u8, net: &Net) -> Option<Layer> {
    match (number, net) {
        (protocol::TCP, _) => Some(Layer::Tcp),
        (protocol::UDP, _) => Some(Layer::Udp),
        (protocol::ICMP, Net::V4(_)) => Some(Layer::Icmp),
        (protocol::ICMP6, Net::V6(_)) => Some(Layer::Icmp6),
        _ => None,
    }
}
