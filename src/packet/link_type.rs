//! What a captured frame begins with, and the numbers by which capture files call that.

/// What stands before the network layer in a captured frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum LinkType {
    #[default]
    Ethernet,
    /// Nothing: the frame begins with IPv4 or IPv6.
    Ip,
    /// Nothing, and it is always IPv4.
    Ipv4,
    /// Nothing, and it is always IPv6.
    Ipv6,
    /// Linux's own header, of a capture on all interfaces at once.
    Cooked,
    /// The same with the interface in it.
    CookedTwo,
    /// The family of the addresses, in the byte order of the machine that captured: BSD's loopback.
    Null,
    /// The same in the byte order of the network.
    Loop,
}

impl LinkType {
    pub const ALL: [Self; 8] =
        [Self::Ethernet, Self::Ip, Self::Ipv4, Self::Ipv6, Self::Cooked, Self::CookedTwo, Self::Null, Self::Loop];

    /// The kind that has this number in the registry of link types (<https://www.tcpdump.org/linktypes.html>).
    #[must_use]
    pub const fn numbered(number: u16) -> Option<Self> {
        Some(match number {
            0 => Self::Null,
            1 => Self::Ethernet,
            // The two others are what some systems call it in memory, and wrote into files before there was a registry.
            101 | 12 | 14 => Self::Ip,
            108 => Self::Loop,
            113 => Self::Cooked,
            228 => Self::Ipv4,
            229 => Self::Ipv6,
            276 => Self::CookedTwo,
            _ => return None,
        })
    }

    /// Its number in the registry.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Null => 0,
            Self::Ethernet => 1,
            Self::Ip => 101,
            Self::Loop => 108,
            Self::Cooked => 113,
            Self::Ipv4 => 228,
            Self::Ipv6 => 229,
            Self::CookedTwo => 276,
        }
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ethernet => "Ethernet",
            Self::Ip => "raw IP",
            Self::Ipv4 => "raw IPv4",
            Self::Ipv6 => "raw IPv6",
            Self::Cooked => "Linux cooked",
            Self::CookedTwo => "Linux cooked, version 2",
            Self::Null => "BSD loopback",
            Self::Loop => "OpenBSD loopback",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_number() {
        for link in LinkType::ALL {
            assert_eq!(LinkType::numbered(link.number()), Some(link), "{}", link.name());
        }
        assert_eq!([12, 14].map(LinkType::numbered), [Some(LinkType::Ip); 2], "old numbers of raw IP");
        assert_eq!([105, 127, 147, u16::MAX].map(LinkType::numbered), [None; 4], "what this program does not read");
    }
}
