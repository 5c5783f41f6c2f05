//! The layers of a packet, by the names that faults and fields call them.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    Ethernet,
    /// What Linux writes in place of a link's own header.
    Cooked,
    /// What BSD writes before a packet on its loopback.
    Family,
    Vlan,
    Arp,
    Ipv4,
    Ipv6,
    /// A header between IPv6's own and the transport's.
    Extension,
    Tcp,
    Udp,
    Icmp,
    Icmp6,
    /// What the innermost header carries.
    Payload,
    /// Bytes that follow the packet in its frame.
    Trailer,
}

impl Layer {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ethernet => "Ethernet",
            Self::Cooked => "Linux cooked",
            Self::Family => "BSD loopback",
            Self::Vlan => "VLAN",
            Self::Arp => "ARP",
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
            Self::Extension => "IPv6 extension",
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Icmp => "ICMP",
            Self::Icmp6 => "ICMPv6",
            Self::Payload => "payload",
            Self::Trailer => "trailer",
        }
    }

    /// The name with its article, as it is spoken: "an IPv4", "a UDP".
    pub(super) const fn with_article(self) -> &'static str {
        match self {
            Self::Ethernet => "an Ethernet",
            Self::Cooked => "a Linux cooked",
            Self::Family => "a BSD loopback",
            Self::Vlan => "a VLAN",
            Self::Arp => "an ARP",
            Self::Ipv4 => "an IPv4",
            Self::Ipv6 => "an IPv6",
            Self::Extension => "an IPv6 extension",
            Self::Tcp => "a TCP",
            Self::Udp => "a UDP",
            Self::Icmp => "an ICMP",
            Self::Icmp6 => "an ICMPv6",
            Self::Payload => "a payload",
            Self::Trailer => "a trailer",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
