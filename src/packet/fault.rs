//! What can be wrong with a packet, in words that a learner understands.
//!
//! A fault never stops the decoder: it goes on as far as the bytes make sense. What a receiver does about a fault
//! is not told here.

use std::fmt;

use super::{flags::TcpFlags, layer::Layer, span::Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No byte was captured.
    Empty,
    /// The bytes end before the shortest possible header does.
    HeaderCut { layer: Layer, needs: u32, has: u32 },
    /// The header's own length leads past the end of the bytes.
    HeaderTooLong { layer: Layer, says: u32, has: u32 },
    /// The header's own length is below the least that is possible.
    HeaderTooShort { layer: Layer, says: u32, least: u32 },
    /// The packet announces more bytes than there are.
    Truncated { layer: Layer, says: u32, has: u32 },
    /// The length of the packet is below that of its own header.
    LengthTooShort { layer: Layer, says: u32, header: u32 },
    /// The length of the packet is 0, as on a capture before the network card cuts it into segments.
    LengthZero { layer: Layer },
    /// The packet begins with another version than its layer's.
    WrongVersion { expected: Option<Layer>, found: u8 },
    /// The address family in a loopback's header is no IP's.
    UnknownFamily { family: u32 },
    /// A bit that has to be 0 is 1.
    ReservedBits { layer: Layer },
    /// The time to live, or the hop limit, is 0.
    NoHopsLeft { layer: Layer },
    /// A fragment would end behind the largest possible packet.
    FragmentTooFar { ends: u32 },
    /// A fragment that is not the last one has a length that is no multiple of 8.
    FragmentOddSize { bytes: u32 },
    /// The hop-by-hop header is not the first extension header.
    HopByHopNotFirst,
    /// The option has no room for its length.
    OptionWithoutLength { layer: Layer, kind: u8 },
    /// The option says that it is shorter than its kind and its length alone.
    OptionTooShort { layer: Layer, kind: u8, says: u8 },
    /// The option leads past the end of the options.
    OptionTooLong { layer: Layer, kind: u8, says: u16, has: u16 },
    /// This kind of option has another length.
    OptionWrongSize { layer: Layer, kind: u8, says: u16 },
    /// This kind of option belongs on a SYN only.
    OptionOutsideSyn { kind: u8 },
    /// Something other than zeros follows the end-of-options mark.
    DataAfterEnd { layer: Layer, bytes: u16 },
    /// The window scale is above 14.
    ScaleTooLarge { scale: u8 },
    /// These flags contradict each other.
    FlagsContradict { flags: TcpFlags },
    /// Neither SYN nor RST nor ACK is set.
    FlagsMissing { flags: TcpFlags },
    /// Port 0 is reserved.
    PortZero { layer: Layer },
    /// The IP packet goes on behind the end of the UDP datagram.
    BytesAfterDatagram { bytes: u32 },
    /// The addresses are not those of Ethernet and IPv4.
    ArpSizes { hardware: u8, protocol: u8 },
    /// The sizes fit Ethernet and IPv4, but the types name something else.
    ArpTypes { hardware: u16, protocol: u16 },
    /// The packet that an ICMP error quotes can not be read.
    QuoteUnreadable { layer: Layer, bytes: u32 },
}

impl Fault {
    /// Whether the packet may be quite all right: only the place of the capture, or a newer use, makes it look so.
    #[must_use]
    pub const fn is_remark(&self) -> bool {
        matches!(
            self,
            Self::LengthZero { .. }
                | Self::BytesAfterDatagram { .. }
                | Self::ReservedBits { .. }
                | Self::UnknownFamily { .. }
        )
    }
}

/// A table, so that the compiler sees that no fault is without words.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => f.write_str("the frame has no bytes at all"),
            Self::HeaderCut { layer, needs, has } => {
                write!(f, "{} header has at least {}, but {}", layer.with_article(), Bytes(needs), Only(has))
            }
            Self::HeaderTooLong { layer, says, has } => {
                write!(f, "the {layer} header says {}, but {}", Bytes(says), Only(has))
            }
            Self::HeaderTooShort { layer, says, least } => {
                write!(f, "the {layer} header says {}, but it cannot have fewer than {least}", Bytes(says))
            }
            Self::Truncated { layer, says, has } => {
                write!(f, "the {layer} length says {}, but {}", Bytes(says), Only(has))
            }
            Self::LengthTooShort { layer, says, header } => {
                write!(f, "the {layer} length says {}, but its header alone has {header}", Bytes(says))
            }
            Self::LengthZero { layer } => {
                write!(f, "the {layer} length is 0, as before the network card cuts a large packet into segments; ")?;
                f.write_str("everything that was captured is taken as its content")
            }
            Self::OptionWithoutLength { layer, kind } => {
                write!(f, "{layer} option {kind} has no length: the options end behind its kind")
            }
            Self::OptionTooShort { layer, kind, says } => {
                write!(f, "{layer} option {kind} says {}, ", Bytes(says.into()))?;
                f.write_str("but its kind and its length alone take 2: what follows cannot be read")
            }
            Self::OptionTooLong { layer, kind, says, has } => {
                write!(f, "{layer} option {kind} says {}, but {}", Bytes(says.into()), Only(has.into()))
            }
            Self::OptionWrongSize { layer, kind, says } => {
                write!(f, "{layer} option {kind} says {}, a length that this option never has", Bytes(says.into()))
            }
            Self::OptionOutsideSyn { kind } => {
                write!(f, "TCP option {kind} means something only on a SYN, and this is none")
            }
            Self::DataAfterEnd { layer, bytes } => {
                write!(f, "the {layer} options are at their end, but {} with other values follow", Bytes(bytes.into()))
            }
            Self::ScaleTooLarge { scale } => {
                write!(f, "the window scale is {scale}, but it cannot be more than 14; a receiver takes it as 14")
            }
            Self::WrongVersion { expected: Some(layer), found } => {
                write!(f, "{} packet was announced, but its version is {found}", layer.with_article())
            }
            Self::WrongVersion { expected: None, found } => {
                write!(f, "an IP packet has version 4 or 6, but this one says {found}")
            }
            Self::UnknownFamily { family } => {
                write!(f, "the address family is {family}, which is neither that of IPv4 nor one of those of IPv6")
            }
            Self::ReservedBits { layer } => write!(f, "a reserved bit of the {layer} header is set"),
            Self::NoHopsLeft { layer: Layer::Ipv6 } => f.write_str("the hop limit is 0: no router may pass this on"),
            Self::NoHopsLeft { .. } => f.write_str("the time to live is 0: this packet should not be on a wire"),
            Self::FragmentTooFar { ends } => {
                write!(f, "the fragment would end at byte {ends}, but no packet is larger than 65535")
            }
            Self::FragmentOddSize { bytes } => {
                write!(f, "the fragment has {}, but one that is not the last has a multiple of 8", Bytes(bytes))
            }
            Self::HopByHopNotFirst => f.write_str("the hop-by-hop header has to follow the IPv6 header at once"),
            Self::FlagsContradict { flags } => {
                write!(f, "{flags} contradict each other: no ordinary TCP sends them together")
            }
            Self::FlagsMissing { flags } if flags.is_empty() => {
                f.write_str("no flag is set: every segment has SYN, RST or ACK")
            }
            Self::FlagsMissing { flags } => write!(f, "{flags} without ACK: every segment has SYN, RST or ACK"),
            Self::PortZero { layer } => write!(f, "{layer} port 0 is reserved: no program can be reached there"),
            Self::BytesAfterDatagram { bytes } => {
                write!(f, "the IP packet goes on for {} behind the end of the UDP datagram", Bytes(bytes))
            }
            Self::ArpSizes { hardware, protocol } => {
                write!(f, "the ARP addresses have {hardware} and {protocol} bytes, not 6 (Ethernet) and 4 (IPv4)")
            }
            Self::ArpTypes { hardware, protocol } => {
                write!(f, "the ARP types are {hardware} and {protocol:#06x}, not 1 (Ethernet) and 0x0800 (IPv4)")
            }
            Self::QuoteUnreadable { layer, bytes } => {
                write!(f, "the {layer} error quotes {}, which are no readable packet", Bytes(bytes))
            }
        }
    }
}

/// "1 byte", "34 bytes".
pub(super) struct Bytes(pub(super) u32);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} byte{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

struct Only(u32);

impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("none is there"),
            1 => f.write_str("only 1 is there"),
            has => write!(f, "only {has} are there"),
        }
    }
}

/// A fault and the bytes that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub fault: Fault,
    pub at: Span,
}

/// The faults of one packet, in the order of its bytes: the first few, and the count of the others.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults {
    listed: [Option<Found>; Self::LISTED],
    unlisted: u16,
}

impl Faults {
    /// More faults than this are counted, but not kept: what is that broken is better looked at as bytes.
    pub const LISTED: usize = 6;

    pub fn iter(&self) -> impl Iterator<Item = &Found> {
        self.listed.iter().flatten()
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.listed[0].is_none()
    }

    /// How many there are, with those that are not listed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count() + usize::from(self.unlisted)
    }

    /// Whether there is none but remarks.
    #[must_use]
    pub fn only_remarks(&self) -> bool {
        self.unlisted == 0 && self.iter().all(|found| found.fault.is_remark())
    }

    /// The same without those that only say that bytes are missing, for a frame of which the capture has kept but the
    /// beginning.
    #[must_use]
    pub fn of_the_whole_frame(self) -> Self {
        let is_about_the_end = |fault: &Fault| {
            matches!(fault, Fault::HeaderCut { .. } | Fault::HeaderTooLong { .. } | Fault::Truncated { .. })
        };
        let mut left = Self { listed: [None; Self::LISTED], unlisted: self.unlisted };
        for found in self.iter().filter(|found| !is_about_the_end(&found.fault)) {
            left.add(found.fault, found.at);
        }
        left
    }

    #[cold]
    pub(super) fn add(&mut self, fault: Fault, at: Span) {
        match self.listed.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => *slot = Some(Found { fault, at }),
            None => self.unlisted = self.unlisted.saturating_add(1),
        }
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()?;
        if self.unlisted > 0 { write!(f, " and {} more", self.unlisted) } else { Ok(()) }
    }
}

/// A length of this frame as faults keep it.
pub(super) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_what_a_learner_can_check() {
        let fault = Fault::HeaderTooLong { layer: Layer::Tcp, says: 60, has: 34 };
        assert_eq!(fault.to_string(), "the TCP header says 60 bytes, but only 34 are there");
        let fault = Fault::HeaderCut { layer: Layer::Ipv4, needs: 20, has: 1 };
        assert_eq!(fault.to_string(), "an IPv4 header has at least 20 bytes, but only 1 is there");
        let fault = Fault::FlagsContradict { flags: TcpFlags::SYN | TcpFlags::FIN };
        assert_eq!(fault.to_string(), "SYN+FIN contradict each other: no ordinary TCP sends them together");
    }

    #[test]
    fn faults_beyond_the_list_are_counted() {
        let mut faults = Faults::default();
        assert!(faults.is_empty() && faults.only_remarks());
        for _ in 0..Faults::LISTED + 3 {
            faults.add(Fault::LengthZero { layer: Layer::Ipv4 }, Span::default());
        }
        assert_eq!((faults.iter().count(), faults.len()), (Faults::LISTED, Faults::LISTED + 3));
        assert!(!faults.only_remarks(), "nobody knows what the unlisted ones are");
    }
}
