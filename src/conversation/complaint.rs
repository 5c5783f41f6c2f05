//! An ICMP error as the analysis needs it: which packet of which conversation it complains about.

use std::net::SocketAddr;

use super::{
    meaning::{Flow, Trouble},
    seq::Seq,
};
use crate::packet::{Icmp, Icmp6, IcmpDetail, Packet, Quoted, Transport};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Tcp,
    Udp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) protocol: Protocol,
    /// The way that the quoted packet went.
    pub(super) about: Flow,
    /// The quoted segment's number, of TCP.
    pub(super) seq: Option<Seq>,
    pub(super) trouble: Trouble,
}

impl Complaint {
    pub(super) fn of(packet: &Packet) -> Option<Self> {
        let quoted = packet.quoted()?;
        let (source, destination) = quoted.ports?;
        let about =
            Flow { from: SocketAddr::new(quoted.source, source), to: SocketAddr::new(quoted.destination, destination) };
        let trouble = match &packet.transport {
            Transport::Icmp(icmp) => trouble(icmp),
            Transport::Icmp6(icmp) => trouble6(icmp),
            _ => return None,
        };
        Some(Self { protocol: protocol(quoted)?, about, seq: quoted.sequence.map(Seq), trouble })
    }

    /// Whether Linux gives up a connection that is still asked for. RFC 9293 §3.9.2.2 would go on after most of
    /// these errors; one that asks for smaller packets, or for another router, never ends anything.
    pub(super) fn ends_an_opening(&self) -> bool {
        matches!(self.trouble, Trouble::PortUnreachable | Trouble::Unreachable | Trouble::TimeExceeded)
    }
}

fn protocol(quoted: &Quoted) -> Option<Protocol> {
    match quoted.protocol {
        6 => Some(Protocol::Tcp),
        17 => Some(Protocol::Udp),
        _ => None,
    }
}

/// RFC 792, by type and code.
fn trouble(icmp: &Icmp) -> Trouble {
    match (icmp.kind, icmp.code, icmp.detail) {
        (3, 4, IcmpDetail::Mtu(mtu)) => Trouble::TooBig { mtu },
        (3, 3, _) => Trouble::PortUnreachable,
        (3, ..) => Trouble::Unreachable,
        (11, ..) => Trouble::TimeExceeded,
        _ => Trouble::Other,
    }
}

/// RFC 4443, by type and code.
fn trouble6(icmp: &Icmp6) -> Trouble {
    match (icmp.kind, icmp.code, icmp.detail) {
        (2, _, IcmpDetail::Mtu(mtu)) => Trouble::TooBig { mtu },
        (1, 4, _) => Trouble::PortUnreachable,
        (1, ..) => Trouble::Unreachable,
        (3, ..) => Trouble::TimeExceeded,
        _ => Trouble::Other,
    }
}
