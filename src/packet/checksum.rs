//! Whether the checksums are right; asked for, not part of decoding, as it has to read every byte.

use std::{fmt, net::IpAddr};

use super::{Net, Packet, Transport, extension, ipv4_options, names::protocol, span::Span};

/// What there is to say about one checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    Good,
    /// It does not fit what arrived.
    Wrong {
        expected: u16,
    },
    /// The kernel has left it to a network card that is not there, as on the loopback: no damage.
    NotFilledIn,
    /// The sender does not use one.
    Absent,
    /// Not all bytes that it guards are here, or the final destination is not.
    Unknowable,
}

/// The checksums of a packet; `None` where a layer is not there, or has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checksums {
    /// Of the IPv4 header; IPv6 has none.
    pub net: Option<Checksum>,
    pub transport: Option<Checksum>,
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => f.write_str("good"),
            Self::Wrong { expected } => write!(f, "wrong: it should be {expected:#06x}"),
            Self::NotFilledIn => f.write_str("not filled in: left to the network card, and there is none on the way"),
            Self::Absent => f.write_str("not used by the sender"),
            Self::Unknowable => f.write_str("not known: part of what it guards is not here"),
        }
    }
}

impl Packet {
    /// The checksums of this packet, which was decoded from `bytes`.
    #[must_use]
    pub fn checksums(&self, bytes: &[u8]) -> Checksums {
        Checksums { net: net(self, bytes), transport: transport(self, bytes) }
    }
}

fn net(packet: &Packet, bytes: &[u8]) -> Option<Checksum> {
    let Net::V4(ipv4) = packet.net else { return None };
    let header = ipv4.header.of(bytes);
    if header.is_empty() || header.len() != usize::from(header[0] & 15) * 4 {
        return Some(Checksum::Unknowable);
    }
    // A header without a checksum has its place left at 0; there is no pseudo header.
    Some(judge(ipv4.checksum, sum(0, header), 0))
}

fn transport(packet: &Packet, bytes: &[u8]) -> Option<Checksum> {
    let (field, number) = match packet.transport {
        Transport::Tcp(tcp) => (tcp.checksum, protocol::TCP),
        Transport::Udp(udp) if udp.checksum == 0 && matches!(packet.net, Net::V4(_)) => return Some(Checksum::Absent),
        Transport::Udp(udp) => (udp.checksum, protocol::UDP),
        Transport::Icmp(icmp) => (icmp.checksum, protocol::ICMP),
        Transport::Icmp6(icmp) => (icmp.checksum, protocol::ICMP6),
        Transport::Fragment(_) => return Some(Checksum::Unknowable),
        Transport::None | Transport::Unknown(_) => return None,
    };
    let Some(guarded) = guarded(packet, bytes) else { return Some(Checksum::Unknowable) };
    let here = guarded.of(bytes);
    if number == protocol::ICMP {
        let whole = sum(0, here);
        return Some(if fold(whole) == u16::MAX { Checksum::Good } else { wrong(field, whole) });
    }
    let (source, destination) = packet.addresses()?;
    let pseudo = pseudo_header(source, destination, number, here.len());
    Some(not_zero(number, judge(field, sum(pseudo, here), fold(pseudo))))
}

/// The bytes that the transport's checksum guards, if all of them are here.
fn guarded(packet: &Packet, bytes: &[u8]) -> Option<Span> {
    let on_its_way = match packet.net {
        Net::V4(ipv4) => ipv4_options::is_on_source_route(bytes, ipv4.options),
        Net::V6(ipv6) => extension::is_on_source_route(bytes, ipv6.extensions, ipv6.next_header),
        _ => true,
    };
    let whole = match packet.transport {
        Transport::Udp(udp) => usize::from(udp.length),
        _ => 0,
    };
    let message = packet.headers.transport.start()..packet.payload.end();
    let is_there = whole == 0 || whole == message.len();
    let is_all = packet.complete && !packet.is_piece && is_there && !on_its_way;
    (is_all && message.end <= bytes.len()).then(|| packet.message())
}

/// `whole` is the sum over everything with the checksum `field` in its place, `pseudo` that of the pseudo header alone.
fn judge(field: u16, whole: u32, pseudo: u16) -> Checksum {
    if fold(whole) == u16::MAX {
        Checksum::Good
    } else if field == pseudo {
        Checksum::NotFilledIn
    } else {
        wrong(field, whole)
    }
}

fn wrong(field: u16, whole: u32) -> Checksum {
    let without = u32::from(fold(whole)) + u32::from(!field);
    Checksum::Wrong { expected: !fold(without) }
}

/// UDP writes a checksum that comes out as 0 as 0xffff, for 0 means that there is none (RFC 768).
const fn not_zero(number: u8, checksum: Checksum) -> Checksum {
    match checksum {
        Checksum::Wrong { expected: 0 } if number == protocol::UDP => Checksum::Wrong { expected: u16::MAX },
        other => other,
    }
}

/// What the checksum guards beside the message: addresses, protocol and length (RFC 9293 §3.1, RFC 8200 §8.1).
fn pseudo_header(source: IpAddr, destination: IpAddr, number: u8, length: usize) -> u32 {
    let addresses = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => sum(sum(0, &source.octets()), &destination.octets()),
        (IpAddr::V6(source), IpAddr::V6(destination)) => sum(sum(0, &source.octets()), &destination.octets()),
        _ => 0,
    };
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    sum(addresses + u32::from(number), &length.to_be_bytes())
}

/// Adds the 16-bit words of `bytes` to a sum; it stays below 2^17, so that little can be added without overflow.
fn sum(start: u32, bytes: &[u8]) -> u32 {
    let pairs = bytes.chunks_exact(2);
    let last = pairs.remainder().first().map_or(0, |byte| u64::from(*byte) << 8);
    let words = pairs.map(|pair| u64::from(u16::from_be_bytes([pair[0], pair[1]])));
    let total = words.sum::<u64>() + last + u64::from(start);
    let folded = (total & 0xffff) + (total >> 16 & 0xffff) + (total >> 32 & 0xffff);
    u32::from(fold(u32::try_from(folded).unwrap_or_default()))
}

/// A sum in ones' complement: what is carried over is added again (RFC 1071).
fn fold(sum: u32) -> u16 {
    let once = (sum & 0xffff) + (sum >> 16);
    let twice = (once & 0xffff) + (once >> 16);
    u16::try_from(twice).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{LinkType, decode_from, samples};

    fn checksums(bytes: &[u8]) -> Checksums {
        decode_from(LinkType::Ethernet, bytes).checksums(bytes)
    }

    fn word(bytes: &[u8], at: usize) -> u16 {
        u16::from_be_bytes([bytes[at], bytes[at + 1]])
    }

    #[test]
    fn the_sum_of_rfc_1071() {
        assert_eq!(fold(sum(0, &[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7])), 0xddf2);
        assert_eq!(fold(sum(0, &[1, 2, 3])), 0x0402);
        assert_eq!(sum(0, &[0xff; 131_070]), 0xffff, "a long run of carries");
    }

    #[test]
    fn every_sample_is_good_and_knows_what_it_should_be() {
        for (name, mut bytes, place) in samples::with_checksum() {
            let good = Some(Checksum::Good);
            assert_eq!(checksums(&bytes).transport, good, "{name}");
            let expected = word(&bytes, place);
            bytes[place] ^= 0x55;
            assert_eq!(checksums(&bytes).transport, Some(Checksum::Wrong { expected }), "{name}");
        }
    }

    #[test]
    fn a_wrong_ipv4_header_is_told() {
        let mut bytes = samples::tcp4(b"x");
        let expected = word(&bytes, 24);
        assert_eq!(checksums(&bytes).net, Some(Checksum::Good));
        bytes[24..26].copy_from_slice(&[0x12, 0x34]);
        assert_eq!(checksums(&bytes).net, Some(Checksum::Wrong { expected }));
        bytes[24..26].fill(0);
        assert_eq!(checksums(&bytes).net, Some(Checksum::NotFilledIn));
    }

    #[test]
    fn a_partial_checksum_is_not_filled_in() {
        for (name, mut bytes, place) in samples::with_checksum() {
            let packet = decode_from(LinkType::Ethernet, &bytes);
            let Some((source, destination)) = packet.addresses() else { continue };
            let number = match packet.transport {
                Transport::Tcp(_) => 6,
                Transport::Udp(_) => 17,
                _ => continue,
            };
            let partial = fold(pseudo_header(source, destination, number, packet.message().len()));
            bytes[place..place + 2].copy_from_slice(&partial.to_be_bytes());
            assert_eq!(checksums(&bytes).transport, Some(Checksum::NotFilledIn), "{name}");
        }
    }

    #[test]
    fn udp_may_do_without_on_ipv4_only() {
        let mut bytes = samples::udp4(b"x");
        bytes[40..42].fill(0);
        assert_eq!(checksums(&bytes).transport, Some(Checksum::Absent));
        let mut bytes = samples::udp6(b"x");
        bytes[60..62].fill(0);
        assert!(matches!(checksums(&bytes).transport, Some(Checksum::Wrong { .. })));
    }

    #[test]
    fn what_is_cut_can_not_be_known() {
        let bytes = samples::tcp4(b"payload");
        assert_eq!(checksums(&bytes[..bytes.len() - 1]).transport, Some(Checksum::Unknowable));
        for piece in [samples::first_piece(), samples::first_piece_of_tcp()] {
            assert_eq!(checksums(&piece).transport, Some(Checksum::Unknowable));
        }
    }

    #[test]
    fn other_bytes_than_the_decoded_ones_are_not_judged() {
        let bytes = samples::tcp4(b"payload");
        let packet = decode_from(LinkType::Ethernet, &bytes);
        let unknowable = Some(Checksum::Unknowable);
        assert_eq!(packet.checksums(&[]), Checksums { net: unknowable, transport: unknowable });
    }
}
