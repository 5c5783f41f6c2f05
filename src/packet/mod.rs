//! Bytes to [`Packet`], and the meaning of every field.
//!
//! [`decode`] reads the headers with pnet's packet views and keeps values and offsets: a `Packet` owns no bytes and
//! allocates nothing. It never fails. What is cut, damaged or unknown is left out of the packet, and its [`Faults`]
//! say what is wrong and where. [`fields`] is the same walk for the eye: every byte with its name, its value and its
//! meaning. [`Packet::checksums`] looks at what has to be added up.
//!
//! One file a protocol, each with its value, its decoder, the fields for the inspector and the tests, in this order.
//! What a packet does in its conversation is not told here.

mod arp;
mod checksum;
mod cooked;
mod decode;
pub mod escape;
mod ether;
mod extension;
mod family;
mod fault;
mod field;
mod flags;
mod icmp;
mod icmp6;
mod inspect;
mod ip;
mod ipv4;
mod ipv4_options;
mod ipv6;
mod layer;
mod link_type;
mod names;
mod options;
#[cfg(test)]
mod properties;
mod quoted;
#[cfg(test)]
mod samples;
mod span;
mod tcp;
mod tcp_options;
mod udp;
mod vlan;

use std::net::{IpAddr, SocketAddr};

pub use self::{
    arp::{Arp, ArpOperation},
    checksum::{Checksum, Checksums},
    cooked::{Cooked, Way},
    decode::{decode, decode_from, opaque},
    ether::Ether,
    fault::{Fault, Faults, Found},
    field::Field,
    flags::TcpFlags,
    icmp::{Icmp, IcmpDetail},
    icmp6::Icmp6,
    inspect::{fields, fields_from},
    ip::Fragment,
    ipv4::Ipv4,
    ipv6::Ipv6,
    layer::Layer,
    link_type::LinkType,
    quoted::Quoted,
    span::Span,
    tcp::Tcp,
    tcp_options::{SackBlocks, TcpOptions, Timestamps, UserTimeout},
    udp::Udp,
    vlan::VlanTag,
};

/// What the bytes of a frame say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    pub link: LinkType,
    pub ether: Option<Ether>,
    pub net: Net,
    pub transport: Transport,
    /// The bytes of the headers, also of those that could not be read.
    pub headers: Headers,
    /// What the innermost header carries.
    pub payload: Span,
    /// What follows the packet in its frame: padding.
    pub trailer: Span,
    /// Whether all bytes are there that the IP header announces.
    pub complete: bool,
    /// Whether it is one piece of a larger packet, be it the first one.
    pub is_piece: bool,
    pub faults: Faults,
}

/// Where the headers are; empty where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headers {
    pub link: Span,
    /// With IPv4's options, IPv6's extension headers.
    pub net: Span,
    pub transport: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Net {
    None,
    Arp(Arp),
    V4(Ipv4),
    V6(Ipv6),
    /// The type of something that is not known, or too damaged to be read: then there is a fault.
    Unknown(u16),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    None,
    Tcp(Tcp),
    Udp(Udp),
    Icmp(Icmp),
    Icmp6(Icmp6),
    /// A piece of a packet that is not its first: the header is in another one.
    Fragment(Fragment),
    /// The number of something that is not known, or too damaged to be read: then there is a fault.
    Unknown(u8),
}

impl Packet {
    /// The addresses of sender and receiver.
    #[must_use]
    pub fn addresses(&self) -> Option<(IpAddr, IpAddr)> {
        match self.net {
            Net::V4(ipv4) => Some((ipv4.source.into(), ipv4.destination.into())),
            Net::V6(ipv6) => Some((ipv6.source.into(), ipv6.destination.into())),
            Net::None | Net::Arp(_) | Net::Unknown(_) => None,
        }
    }

    /// The ports of sender and receiver.
    #[must_use]
    pub const fn ports(&self) -> Option<(u16, u16)> {
        match self.transport {
            Transport::Tcp(tcp) => Some((tcp.source, tcp.destination)),
            Transport::Udp(udp) => Some((udp.source, udp.destination)),
            _ => None,
        }
    }

    /// Address and port of the sender.
    #[must_use]
    pub fn source(&self) -> Option<SocketAddr> {
        Some(SocketAddr::new(self.addresses()?.0, self.ports()?.0))
    }

    /// Address and port of the receiver.
    #[must_use]
    pub fn destination(&self) -> Option<SocketAddr> {
        Some(SocketAddr::new(self.addresses()?.1, self.ports()?.1))
    }

    #[must_use]
    pub const fn tcp(&self) -> Option<&Tcp> {
        if let Transport::Tcp(tcp) = &self.transport { Some(tcp) } else { None }
    }

    #[must_use]
    pub const fn udp(&self) -> Option<&Udp> {
        if let Transport::Udp(udp) = &self.transport { Some(udp) } else { None }
    }

    #[must_use]
    pub const fn icmp(&self) -> Option<&Icmp> {
        if let Transport::Icmp(icmp) = &self.transport { Some(icmp) } else { None }
    }

    #[must_use]
    pub const fn icmp6(&self) -> Option<&Icmp6> {
        if let Transport::Icmp6(icmp) = &self.transport { Some(icmp) } else { None }
    }

    #[must_use]
    pub const fn arp(&self) -> Option<&Arp> {
        if let Net::Arp(arp) = &self.net { Some(arp) } else { None }
    }

    /// The packet that this one quotes, if it is an ICMP error.
    #[must_use]
    pub const fn quoted(&self) -> Option<&Quoted> {
        match &self.transport {
            Transport::Icmp(icmp) => icmp.quoted.as_ref(),
            Transport::Icmp6(icmp) => icmp.quoted.as_ref(),
            _ => None,
        }
    }

    /// What Linux wrote in place of the link's own header; `bytes` are those that were decoded. Read when it is asked
    /// for: few ask, and every packet would carry it.
    #[must_use]
    pub fn cooked(&self, bytes: &[u8]) -> Option<Cooked> {
        let is_cooked = matches!(self.link, LinkType::Cooked | LinkType::CookedTwo);
        is_cooked.then(|| cooked::decode(self.link, bytes, self.headers.link, &mut Faults::default()).ok()).flatten()
    }

    /// The bytes that the innermost header carries; `bytes` are those that were decoded.
    #[must_use]
    pub fn payload<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        self.payload.of(bytes)
    }

    /// The transport's header and payload.
    fn message(&self) -> Span {
        self.headers.transport.through(self.payload)
    }

    /// What lies between the payload and the end of the IP packet.
    fn surplus(&self) -> Span {
        self.payload.until(self.trailer)
    }
}
