//! Frames for tests, written byte for byte with pnet's mutable packets.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use pnet::packet::{
    ethernet::{EtherTypes, MutableEthernetPacket},
    icmp::{IcmpCode, IcmpTypes, MutableIcmpPacket},
    ip::{IpNextHeaderProtocol, IpNextHeaderProtocols},
    ipv4::MutableIpv4Packet,
    tcp::{MutableTcpPacket, TcpOption},
    udp::MutableUdpPacket,
};

use crate::packet::TcpFlags;

pub(crate) const CLIENT: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, 1), 40000);
pub(crate) const SERVER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, 2), 80);

const ETHERNET: usize = 14;
const IPV4: usize = 20;
const TCP: usize = 20;
const UDP: usize = 8;
const ICMP: usize = 8;

/// A TCP segment, from the client to the server unless said otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Tcp {
    from: SocketAddrV4,
    to: SocketAddrV4,
    pub(crate) flags: TcpFlags,
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) window: u16,
    options: Vec<TcpOption>,
    pub(crate) data: Vec<u8>,
}

impl Tcp {
    /// `flags` as `Display` writes them: `SYN+ACK`.
    pub(crate) fn new(flags: &str, seq: u32, ack: u32) -> Self {
        let flags = flags.parse().unwrap();
        Self { from: CLIENT, to: SERVER, flags, seq, ack, window: 512, options: Vec::new(), data: Vec::new() }
    }

    pub(crate) fn between(self, from: SocketAddrV4, to: SocketAddrV4) -> Self {
        Self { from, to, ..self }
    }

    /// The other way.
    pub(crate) fn back(self) -> Self {
        Self { from: self.to, to: self.from, ..self }
    }

    pub(crate) fn data(self, data: &[u8]) -> Self {
        Self { data: data.to_vec(), ..self }
    }

    pub(crate) fn window(self, window: u16) -> Self {
        Self { window, ..self }
    }

    pub(crate) fn options(self, options: &[TcpOption]) -> Self {
        Self { options: options.to_vec(), ..self }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let options = self.options_len();
        let mut segment = vec![0; TCP + options + self.data.len()];
        let mut tcp = MutableTcpPacket::new(&mut segment).unwrap();
        tcp.set_source(self.from.port());
        tcp.set_destination(self.to.port());
        tcp.set_sequence(self.seq);
        tcp.set_acknowledgement(self.ack);
        tcp.set_data_offset(u8::try_from((TCP + options) / 4).unwrap());
        tcp.set_flags(u8::try_from(self.flags.bits()).unwrap());
        tcp.set_window(self.window);
        tcp.set_options(&self.options);
        tcp.set_payload(&self.data);
        frame(self.from, self.to, IpNextHeaderProtocols::Tcp, &segment)
    }

    /// In words of four bytes.
    fn options_len(&self) -> usize {
        self.options.iter().map(pnet::packet::tcp::TcpOptionPacket::packet_size).sum::<usize>().next_multiple_of(4)
    }
}

pub(crate) fn udp(from: SocketAddrV4, to: SocketAddrV4, data: &[u8]) -> Vec<u8> {
    let mut datagram = vec![0; UDP + data.len()];
    let length = u16::try_from(datagram.len()).unwrap();
    let mut udp = MutableUdpPacket::new(&mut datagram).unwrap();
    udp.set_source(from.port());
    udp.set_destination(to.port());
    udp.set_length(length);
    udp.set_payload(data);
    frame(from, to, IpNextHeaderProtocols::Udp, &datagram)
}

/// The receiver of `frame` complains: destination unreachable, with this code.
pub(crate) fn unreachable(frame_received: &[u8], code: u8) -> Vec<u8> {
    let quoted = &frame_received[ETHERNET..frame_received.len().min(ETHERNET + IPV4 + 8)];
    let mut message = vec![0; ICMP + quoted.len()];
    let mut icmp = MutableIcmpPacket::new(&mut message).unwrap();
    icmp.set_icmp_type(IcmpTypes::DestinationUnreachable);
    icmp.set_icmp_code(IcmpCode::new(code));
    message[ICMP..].copy_from_slice(quoted);
    frame(SERVER, CLIENT, IpNextHeaderProtocols::Icmp, &message)
}

/// A request for the server's hardware address.
pub(crate) fn arp_request() -> Vec<u8> {
    use pnet::packet::arp::{ArpHardwareTypes, ArpOperations, MutableArpPacket};
    let mut bytes = vec![0; ETHERNET + 28];
    let (head, body) = bytes.split_at_mut(ETHERNET);
    MutableEthernetPacket::new(head).unwrap().set_ethertype(EtherTypes::Arp);
    let mut arp = MutableArpPacket::new(body).unwrap();
    arp.set_hardware_type(ArpHardwareTypes::Ethernet);
    arp.set_protocol_type(EtherTypes::Ipv4);
    arp.set_hw_addr_len(6);
    arp.set_proto_addr_len(4);
    arp.set_operation(ArpOperations::Request);
    arp.set_sender_proto_addr(*CLIENT.ip());
    arp.set_target_proto_addr(*SERVER.ip());
    bytes
}

fn frame(from: SocketAddrV4, to: SocketAddrV4, protocol: IpNextHeaderProtocol, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; ETHERNET + IPV4 + content.len()];
    let (head, rest) = bytes.split_at_mut(ETHERNET);
    MutableEthernetPacket::new(head).unwrap().set_ethertype(EtherTypes::Ipv4);
    let length = u16::try_from(rest.len()).unwrap();
    let mut ip = MutableIpv4Packet::new(rest).unwrap();
    ip.set_version(4);
    ip.set_header_length(5);
    ip.set_total_length(length);
    ip.set_ttl(64);
    ip.set_next_level_protocol(protocol);
    ip.set_source(*from.ip());
    ip.set_destination(*to.ip());
    ip.set_payload(content);
    bytes
}

/// What the tracker knows a socket by.
pub(crate) fn socket(address: SocketAddrV4) -> SocketAddr {
    address.into()
}
