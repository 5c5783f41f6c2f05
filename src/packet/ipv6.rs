//! IPv6 (RFC 8200); its extension headers are in `extension`.

use std::net::Ipv6Addr;

use pnet::packet::ipv6::Ipv6Packet;

use super::{
    extension::{self, Chain},
    fault::{Fault, Faults, count},
    field::{FieldMap, Header, Said, hex, said},
    ip::{Body, check_version, dscp_field, ecn_field, hops_field, protocol_field, version_field},
    layer::Layer,
    names::protocol,
    span::Span,
};

pub(super) const LENGTH: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv6 {
    /// The bytes of the fixed header.
    pub header: Span,
    /// The bytes of the extension headers behind it.
    pub extensions: Span,
    pub dscp: u8,
    /// The congestion mark: 0 to 3.
    pub ecn: u8,
    pub flow_label: u32,
    /// Everything behind the fixed header, as the header says; 0 in a jumbogram.
    pub payload_length: u16,
    /// The length of a jumbogram (RFC 2675).
    pub jumbo: Option<u32>,
    /// What follows the fixed header: an extension header or the content.
    pub next_header: u8,
    /// What the packet carries, behind all extension headers.
    pub protocol: u8,
    pub hop_limit: u8,
    pub source: Ipv6Addr,
    pub destination: Ipv6Addr,
}

/// The headers at the start of `at` and what they say of their content; otherwise the bytes that are left of them.
pub(super) fn decode(bytes: &[u8], at: Span, faults: &mut Faults) -> Result<(Ipv6, Body), Span> {
    check_version(bytes, at, Layer::Ipv6, 6, faults)?;
    let Some(view) = Ipv6Packet::new(at.of(bytes)) else {
        faults.add(Fault::HeaderCut { layer: Layer::Ipv6, needs: 40, has: count(at.len()) }, at);
        return Err(at);
    };
    let mut ipv6 = value(&view, at.first(LENGTH));
    if ipv6.hop_limit == 0 {
        faults.add(Fault::NoHopsLeft { layer: Layer::Ipv6 }, at.part(7, 1));
    }
    if ipv6.payload_length == 0 && ipv6.next_header == protocol::HOP_BY_HOP {
        ipv6.jumbo = extension::jumbo_length(bytes, at.after(LENGTH));
    }
    let (content, complete) = content(&ipv6, at, faults);
    let chain = extension::decode(bytes, content, ipv6.next_header, faults);
    ipv6.extensions = content.first(content.len() - chain.body.len());
    ipv6.protocol = chain.protocol;
    Ok((ipv6, body(chain, complete)))
}

fn value(view: &Ipv6Packet<'_>, header: Span) -> Ipv6 {
    let class = view.get_traffic_class();
    Ipv6 {
        header,
        extensions: header.after(LENGTH),
        dscp: class >> 2,
        ecn: class & 3,
        flow_label: view.get_flow_label(),
        payload_length: view.get_payload_length(),
        jumbo: None,
        next_header: view.get_next_header().0,
        protocol: view.get_next_header().0,
        hop_limit: view.get_hop_limit(),
        source: view.get_source(),
        destination: view.get_destination(),
    }
}

/// Everything behind the fixed header that belongs to the packet, and whether that is all of it.
fn content(ipv6: &Ipv6, at: Span, faults: &mut Faults) -> (Span, bool) {
    let rest = at.after(LENGTH);
    let says = ipv6.jumbo.unwrap_or_else(|| ipv6.payload_length.into());
    if says == 0 && ipv6.next_header != protocol::NOTHING {
        faults.add(Fault::LengthZero { layer: Layer::Ipv6 }, at.part(4, 2));
        return (rest, true);
    }
    let says_long = usize::try_from(says).unwrap_or(usize::MAX);
    if says_long > rest.len() {
        faults.add(Fault::Truncated { layer: Layer::Ipv6, says, has: count(rest.len()) }, at.part(4, 2));
        return (rest, false);
    }
    (rest.first(says_long), true)
}

fn body(chain: Chain, complete: bool) -> Body {
    Body { protocol: chain.protocol, span: chain.body, piece: chain.piece, readable: chain.readable, complete }
}

/// The fields of the headers that fill `at`.
pub(super) fn fields(map: &mut FieldMap<'_>, at: Span) {
    let mut header = map.header(Layer::Ipv6, at);
    label_fields(&mut header);
    header.number("payload length", 4..6, |length| match length {
        0 => said("0", "Nothing follows, or the length is elsewhere: in a jumbo option, or left to the network card."),
        _ => said(format!("{length} bytes"), "Everything behind this header of 40 bytes (RFC 8200 §3)."),
    });
    header.number("next header", 6..7, protocol_field);
    header.number("hop limit", 7..8, |hops| hops_field(hops, "RFC 8200 §3"));
    header.raw("source address", 8..24, |bytes| address_field(bytes, "Who sent the packet"));
    header.raw("destination address", 24..40, |bytes| address_field(bytes, "For whom the packet is"));
    let next = header.bytes().get(6).copied();
    if let Some(next) = next {
        extension::fields(map, at.after(LENGTH), next);
    }
}

fn label_fields(header: &mut Header<'_, '_>) {
    header.bits("version", 0, 0..4, version_field);
    header.bits("differentiated services", 0, 4..10, dscp_field);
    header.bits("congestion mark", 0, 10..12, ecn_field);
    header.bits("flow label", 0, 12..32, |label| match label {
        0 => said("0", "The sender does not tell its conversations apart for the routers (RFC 6437)."),
        _ => said(
            format!("{label:#07x}"),
            "The same for all packets of a conversation, so that routers keep them on one way (RFC 6437).",
        ),
    });
}

/// An address and what kind of address it is.
pub(super) fn address_field(bytes: &[u8], what: &str) -> Said {
    let Ok(octets) = <[u8; 16]>::try_from(bytes) else { return said(hex(bytes), format!("{what}.")) };
    let address = Ipv6Addr::from(octets);
    said(address, format!("{what}: {}.", kind_of(address)))
}

fn kind_of(address: Ipv6Addr) -> &'static str {
    match address {
        _ if address.is_unspecified() => "no address yet",
        _ if address.is_loopback() => "this machine itself, by the loopback (RFC 4291 §2.5.3)",
        _ if address.is_unicast_link_local() => "an address for this link only (RFC 4291 §2.5.6)",
        _ if address.is_unique_local() => "an address of a private network (RFC 4193)",
        _ if address.is_multicast() => "a group of receivers (RFC 4291 §2.7)",
        _ if address.segments()[..2] == [0x2001, 0xdb8] => "an address for examples (RFC 3849)",
        _ if address.to_ipv4_mapped().is_some() => "an IPv4 address in IPv6's clothes, which should not be on a wire",
        _ => "an address of the public Internet",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet from and to ::1 with this next header and content.
    fn packet(next: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let fixed = [0x6a, 0xb0, 0x12, 0x34, length[0], length[1], next, 64];
        let address = Ipv6Addr::LOCALHOST.octets();
        [&fixed[..], &address, &address, content].concat()
    }

    fn decoded(bytes: &[u8]) -> (Ipv6, Body, Vec<Fault>) {
        let mut faults = Faults::default();
        let (ipv6, body) = decode(bytes, Span::all(bytes), &mut faults).unwrap();
        (ipv6, body, faults.iter().map(|found| found.fault).collect())
    }

    #[test]
    fn the_words_of_the_first_line_are_taken_apart() {
        let (ipv6, body, faults) = decoded(&packet(59, &[]));
        assert_eq!((ipv6.dscp, ipv6.ecn, ipv6.flow_label), (0xab >> 2, 3, 0x01234));
        assert_eq!((body.protocol, body.span.len()), (59, 0));
        assert_eq!(faults, []);
    }

    #[test]
    fn extension_headers_lie_between() {
        let content = [60, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0, 9, 9];
        let (ipv6, body, faults) = decoded(&packet(0, &content));
        assert_eq!((ipv6.protocol, ipv6.extensions.len(), body.span.len()), (17, 16, 2));
        assert_eq!(faults, []);
    }

    #[test]
    fn a_jumbogram_has_its_length_in_an_option() {
        let mut bytes = packet(0, &[59, 0, 0xc2, 4, 0, 1, 0, 0, 7, 7]);
        bytes[4..6].fill(0);
        let (ipv6, body, faults) = decoded(&bytes);
        assert_eq!((ipv6.jumbo, body.complete), (Some(65536), false));
        assert_eq!(faults, [Fault::Truncated { layer: Layer::Ipv6, says: 65536, has: 10 }]);
    }

    #[test]
    fn a_length_of_zero_takes_what_is_there() {
        let mut bytes = packet(17, &[1, 2, 3]);
        bytes[4..6].fill(0);
        let (_, body, faults) = decoded(&bytes);
        assert_eq!((body.span.len(), faults), (3, vec![Fault::LengthZero { layer: Layer::Ipv6 }]));
    }
}
