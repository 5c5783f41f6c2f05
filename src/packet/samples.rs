//! Good frames of every kind, for the tests of this room. They are made by etherparse, not by our own idea of them;
//! what etherparse does not write stands here as bytes.

use std::net::Ipv6Addr;

use etherparse::{
    ArpHardwareId, ArpOperation, ArpPacket, EtherType, Icmpv4Type, Icmpv6Type, IpFragOffset, IpHeaders, IpNumber,
    Ipv4Extensions, Ipv4Header, Ipv4Options, Ipv6Extensions, Ipv6FragmentHeader, Ipv6Header, Ipv6RawExtHeader,
    LinuxSllPacketType, PacketBuilder, PacketBuilderStep, TcpOptionElement, VlanId, icmpv4, icmpv6,
};

use super::LinkType;

const MACS: ([u8; 6], [u8; 6]) = ([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
const V4: ([u8; 4], [u8; 4]) = ([10, 0, 0, 1], [10, 0, 0, 2]);
const V6: ([u8; 16], [u8; 16]) = ([0xfd; 16], [0xfc; 16]);

fn ethernet() -> PacketBuilderStep<etherparse::Ethernet2Header> {
    PacketBuilder::ethernet2(MACS.0, MACS.1)
}

fn ipv4() -> PacketBuilderStep<IpHeaders> {
    ethernet().ipv4(V4.0, V4.1, 64)
}

fn ipv6() -> PacketBuilderStep<IpHeaders> {
    ethernet().ipv6(V6.0, V6.1, 64)
}

/// The bytes of a frame whose builder is complete but for this payload.
macro_rules! written {
    ($builder:expr, $payload:expr) => {{
        let mut frame = Vec::new();
        $builder.write(&mut frame, $payload).unwrap();
        frame
    }};
}

pub(super) fn tcp4(payload: &[u8]) -> Vec<u8> {
    let timestamps = [TcpOptionElement::Noop, TcpOptionElement::Noop, TcpOptionElement::Timestamp(7, 8)];
    written!(ipv4().tcp(49152, 80, 1000, 512).ack(2000).psh().options(&timestamps).unwrap(), payload)
}

pub(super) fn syn6() -> Vec<u8> {
    use TcpOptionElement::{MaximumSegmentSize, Noop, SelectiveAcknowledgementPermitted, Timestamp, WindowScale};
    let options = [MaximumSegmentSize(1440), SelectiveAcknowledgementPermitted, Timestamp(7, 0), Noop, WindowScale(7)];
    written!(ipv6().tcp(49152, 443, 1000, 65535).syn().options(&options).unwrap(), &[])
}

fn sack4() -> Vec<u8> {
    let sack = TcpOptionElement::SelectiveAcknowledgement((10, 20), [Some((30, 40)), None, None]);
    written!(ipv4().tcp(80, 49152, 1, 512).ack(5).options(&[sack]).unwrap(), &[])
}

pub(super) fn udp4(payload: &[u8]) -> Vec<u8> {
    written!(ipv4().udp(5353, 53), payload)
}

pub(super) fn udp6(payload: &[u8]) -> Vec<u8> {
    written!(ipv6().udp(5353, 53), payload)
}

fn ping4() -> Vec<u8> {
    written!(ipv4().icmpv4_echo_request(7, 1), b"ping")
}

fn ping6() -> Vec<u8> {
    written!(ipv6().icmpv6_echo_reply(7, 1), b"ping!")
}

/// The answer to a datagram that nobody waits for.
pub(super) fn unreachable4() -> Vec<u8> {
    let kind = Icmpv4Type::DestinationUnreachable(icmpv4::DestUnreachableHeader::Port);
    written!(ipv4().icmpv4(kind), &udp4(b"nobody")[14..])
}

pub(super) fn unreachable6() -> Vec<u8> {
    let kind = Icmpv6Type::DestinationUnreachable(icmpv6::DestUnreachableCode::Port);
    written!(ipv6().icmpv6(kind), &udp6(b"nobody")[14..])
}

/// A router tells that a segment was too large, and quotes as little of it as it may.
pub(super) fn too_large4() -> Vec<u8> {
    let kind =
        Icmpv4Type::DestinationUnreachable(icmpv4::DestUnreachableHeader::FragmentationNeeded { next_hop_mtu: 1400 });
    written!(ipv4().icmpv4(kind), &tcp4(b"large")[14..14 + 28])
}

/// An error with a router's extensions behind the quote (RFC 4884), which is filled up to 128 bytes.
pub(super) fn extended_error4() -> Vec<u8> {
    let mut quote = udp4(&[9; 60])[14..].to_vec();
    quote.resize(128, 0);
    quote.extend([0x20, 0, 0xdf, 0xff, 0, 8, 1, 1, 0, 0, 0x11, 0x01]);
    written!(ipv4().icmpv4_raw(11, 0, [0, 32, 0, 0]), &quote)
}

fn arp() -> Vec<u8> {
    let (hardware, protocol) = (ArpHardwareId::ETHERNET, EtherType::IPV4);
    let operation = ArpOperation::REQUEST;
    let request = ArpPacket::new(hardware, protocol, operation, &MACS.0, &V4.0, &[0; 6], &V4.1).unwrap();
    written_arp(ethernet().arp(request))
}

fn written_arp(builder: PacketBuilderStep<ArpPacket>) -> Vec<u8> {
    let mut frame = Vec::new();
    builder.write(&mut frame).unwrap();
    frame
}

fn tagged() -> Vec<u8> {
    let ids = (VlanId::try_new(7).unwrap(), VlanId::try_new(100).unwrap());
    written!(ethernet().double_vlan(ids.0, ids.1).ipv4(V4.0, V4.1, 64).udp(1000, 2000), b"tagged")
}

fn routed4() -> Vec<u8> {
    let options = Ipv4Options::from([148, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0, 0]);
    let header = Ipv4Header { source: V4.0, destination: V4.1, time_to_live: 9, options, ..Ipv4Header::default() };
    written!(ethernet().ip(IpHeaders::Ipv4(header, Ipv4Extensions::default())).udp(1000, 2000), b"options")
}

/// The first piece of a datagram of 40 bytes: its UDP length is that of the whole.
pub(super) fn first_piece() -> Vec<u8> {
    let mut frame = udp4(&[1; 32]);
    frame.truncate(14 + 20 + 24);
    set_fragment(&mut frame, 0x2000);
    frame
}

/// The first piece of a segment: nothing but the IP header tells that there is more of it.
pub(super) fn first_piece_of_tcp() -> Vec<u8> {
    let mut frame = tcp4(&[1; 8]);
    set_fragment(&mut frame, 0x2000);
    frame
}

fn later_piece() -> Vec<u8> {
    let mut frame = udp4(&[1; 8]);
    set_fragment(&mut frame, 3);
    frame
}

/// Makes a frame of IPv4 one piece of a packet, with a good checksum.
fn set_fragment(frame: &mut [u8], flags_and_offset: u16) {
    let (mut header, _) = Ipv4Header::from_slice(&frame[14..]).unwrap();
    header.more_fragments = flags_and_offset & 0x2000 != 0;
    header.fragment_offset = IpFragOffset::try_new(flags_and_offset & 0x1fff).unwrap();
    header.total_len = u16::try_from(frame.len() - 14).unwrap();
    header.header_checksum = header.calc_header_checksum();
    frame[14..34].copy_from_slice(&header.to_bytes());
}

fn extended6() -> Vec<u8> {
    let header = Ipv6Header { source: V6.0, destination: V6.1, hop_limit: 9, ..Ipv6Header::default() };
    let options = Ipv6RawExtHeader::new_raw(IpNumber::UDP, &[5, 2, 0, 0, 1, 0]).unwrap();
    let fragment = Ipv6FragmentHeader::new(IpNumber::UDP, IpFragOffset::ZERO, false, 77);
    let extensions = Ipv6Extensions {
        hop_by_hop_options: Some(options.clone()),
        destination_options: Some(options),
        fragment: Some(fragment),
        ..Ipv6Extensions::default()
    };
    written!(ethernet().ip(IpHeaders::Ipv6(header, extensions)).udp(1000, 2000), b"extended")
}

/// "Who has fd…?", with the hardware address of who asks.
fn solicitation() -> Vec<u8> {
    let target = Ipv6Addr::from(V6.1).octets();
    let options = [&target[..], &[1, 1], &MACS.0].concat();
    written!(ipv6().icmpv6_raw(135, 0, [0; 4]), &options)
}

fn router_advertisement() -> Vec<u8> {
    let prefix = [&[3, 4, 64, 0xc0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0][..], &V6.0].concat();
    let body = [&[0, 0, 0, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0, 0, 5, 220][..], &prefix].concat();
    written!(ipv6().icmpv6_raw(134, 0, [64, 0x40, 0, 30]), &body)
}

fn cooked4() -> Vec<u8> {
    let address = [2, 0, 0, 0, 0, 1, 0, 0];
    let cooked = PacketBuilder::linux_sll(LinuxSllPacketType::OUTGOING, 6, address);
    written!(cooked.ipv4(V4.0, V4.1, 64).tcp(49152, 80, 1000, 512).ack(2000), b"cooked")
}

/// A cooked header of the second version before what an Ethernet frame carries.
fn cooked_two(frame: &[u8]) -> Vec<u8> {
    let rest = [0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0];
    [&frame[12..14], &rest, &frame[14..]].concat()
}

/// What an Ethernet frame carries, behind another header.
fn behind(header: &[u8], frame: &[u8]) -> Vec<u8> {
    [header, &frame[14..]].concat()
}

/// Good frames of the links that are no Ethernet.
fn of_other_links() -> Vec<(&'static str, LinkType, Vec<u8>)> {
    let (four, six) = (tcp4(b"hello"), syn6());
    vec![
        ("raw IPv4 or IPv6", LinkType::Ip, behind(&[], &six)),
        ("raw IPv4", LinkType::Ipv4, behind(&[], &four)),
        ("raw IPv6", LinkType::Ipv6, behind(&[], &udp6(b"hello"))),
        ("cooked", LinkType::Cooked, cooked4()),
        ("cooked with tags", LinkType::CookedTwo, cooked_two(&tagged())),
        ("cooked, version 2", LinkType::CookedTwo, cooked_two(&four)),
        ("cooked ARP", LinkType::CookedTwo, cooked_two(&arp())),
        ("loopback of a PC", LinkType::Null, behind(&[2, 0, 0, 0], &four)),
        ("loopback of a Mac, IPv6", LinkType::Null, behind(&[30, 0, 0, 0], &six)),
        ("loopback, highest byte first", LinkType::Null, behind(&[0, 0, 0, 28], &six)),
        ("loopback of OpenBSD", LinkType::Loop, behind(&[0, 0, 0, 24], &six)),
    ]
}

/// Every kind of frame on every kind of link.
pub(super) fn everywhere() -> Vec<(&'static str, LinkType, Vec<u8>)> {
    let on_ethernet = all().into_iter().map(|(name, frame)| (name, LinkType::Ethernet, frame));
    on_ethernet.chain(of_other_links()).collect()
}

/// Every kind of Ethernet frame, each whole, good, and without padding.
pub(super) fn all() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("TCP over IPv4", tcp4(b"hello")),
        ("SYN over IPv6", syn6()),
        ("SACK", sack4()),
        ("UDP over IPv4", udp4(b"hello")),
        ("UDP over IPv6", udp6(b"")),
        ("ping", ping4()),
        ("ping over IPv6", ping6()),
        ("port unreachable", unreachable4()),
        ("port unreachable over IPv6", unreachable6()),
        ("fragmentation needed", too_large4()),
        ("error with extensions", extended_error4()),
        ("ARP", arp()),
        ("VLAN tags", tagged()),
        ("IPv4 options", routed4()),
        ("first piece", first_piece()),
        ("first piece of TCP", first_piece_of_tcp()),
        ("later piece", later_piece()),
        ("IPv6 extension headers", extended6()),
        ("neighbour solicitation", solicitation()),
        ("router advertisement", router_advertisement()),
    ]
}

/// Frames whose transport has a checksum, and where it is.
pub(super) fn with_checksum() -> Vec<(&'static str, Vec<u8>, usize)> {
    vec![
        ("TCP over IPv4", tcp4(b"odd"), 34 + 16),
        ("SYN over IPv6", syn6(), 54 + 16),
        ("UDP over IPv4", udp4(b"even"), 34 + 6),
        ("UDP over IPv6", udp6(b"odd"), 54 + 6),
        ("ping", ping4(), 34 + 2),
        ("ping over IPv6", ping6(), 54 + 2),
        ("port unreachable", unreachable4(), 34 + 2),
        ("IPv6 extension headers", extended6(), 54 + 24 + 6),
    ]
}
