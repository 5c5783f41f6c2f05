//! IPv4 (RFC 791), with its options and fragments.

use std::net::Ipv4Addr;

use pnet::packet::ipv4::Ipv4Packet;

use super::{
    fault::{Fault, Faults, count},
    field::{FieldMap, Header, Said, hex, said},
    ip::{Body, Fragment, check_version, dscp_field, ecn_field, hops_field, protocol_field, version_field},
    ipv4_options,
    layer::Layer,
    options,
    span::Span,
};

pub(super) const LEAST: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4 {
    /// The bytes of the header, options included.
    pub header: Span,
    pub options: Span,
    /// The treatment that is asked for (differentiated services).
    pub dscp: u8,
    /// The congestion mark: 0 to 3.
    pub ecn: u8,
    /// Header and content, as the header says.
    pub total_length: u16,
    pub identification: u16,
    pub dont_fragment: bool,
    pub more_fragments: bool,
    /// Where in the whole packet this piece begins, in bytes.
    pub fragment_offset: u16,
    pub ttl: u8,
    pub protocol: u8,
    pub checksum: u16,
    pub source: Ipv4Addr,
    pub destination: Ipv4Addr,
}

/// The header at the start of `at` and what it says of its content; otherwise the bytes that are left of the header.
pub(super) fn decode(bytes: &[u8], at: Span, faults: &mut Faults) -> Result<(Ipv4, Body), Span> {
    check_version(bytes, at, Layer::Ipv4, 4, faults)?;
    let Some(view) = Ipv4Packet::new(at.of(bytes)) else {
        faults.add(Fault::HeaderCut { layer: Layer::Ipv4, needs: 20, has: count(at.len()) }, at);
        return Err(at);
    };
    let length = usize::from(view.get_header_length()) * 4;
    let ipv4 = value(&view, at.first(length.max(LEAST)));
    check_value(bytes, &ipv4, faults);
    let body = body(&ipv4, length, at, faults);
    Ok((ipv4, body))
}

fn value(view: &Ipv4Packet<'_>, header: Span) -> Ipv4 {
    let flags = view.get_flags();
    Ipv4 {
        header,
        options: header.after(LEAST),
        dscp: view.get_dscp(),
        ecn: view.get_ecn(),
        total_length: view.get_total_length(),
        identification: view.get_identification(),
        dont_fragment: flags & 0b010 != 0,
        more_fragments: flags & 0b001 != 0,
        fragment_offset: view.get_fragment_offset() << 3,
        ttl: view.get_ttl(),
        protocol: view.get_next_level_protocol().0,
        checksum: view.get_checksum(),
        source: view.get_source(),
        destination: view.get_destination(),
    }
}

fn check_value(bytes: &[u8], ipv4: &Ipv4, faults: &mut Faults) {
    if ipv4.header.part(6, 1).of(bytes).first().is_some_and(|byte| byte & 0x80 != 0) {
        faults.add(Fault::ReservedBits { layer: Layer::Ipv4 }, ipv4.header.part(6, 1));
    }
    if ipv4.ttl == 0 {
        faults.add(Fault::NoHopsLeft { layer: Layer::Ipv4 }, ipv4.header.part(8, 1));
    }
    for option in options::walk(bytes, ipv4.options) {
        if let Some(fault) = option.fault(Layer::Ipv4) {
            faults.add(fault, option.span);
        }
    }
}

/// What follows the header, which says that it has `length` bytes.
fn body(ipv4: &Ipv4, length: usize, at: Span, faults: &mut Faults) -> Body {
    let header = header_fault(length, at.len());
    if let Some(fault) = header {
        faults.add(fault, at.first(1));
    }
    let says = usize::from(ipv4.total_length);
    let lie = length_fault(says, length, at.len());
    if let Some(fault) = lie {
        faults.add(fault, at.part(2, 2));
    }
    let trusted = !matches!(lie, Some(Fault::LengthTooShort { .. } | Fault::LengthZero { .. }));
    let span = if trusted { at.first(says) } else { at }.after(ipv4.header.len());
    let piece = piece(ipv4);
    if let Some(piece) = piece {
        piece.check(span, faults);
    }
    Body {
        protocol: ipv4.protocol,
        span,
        piece,
        readable: header.is_none() && !matches!(lie, Some(Fault::LengthTooShort { .. })),
        complete: !matches!(lie, Some(Fault::Truncated { .. })),
    }
}

fn header_fault(length: usize, has: usize) -> Option<Fault> {
    let layer = Layer::Ipv4;
    if length < LEAST {
        return Some(Fault::HeaderTooShort { layer, says: count(length), least: 20 });
    }
    (length > has).then(|| Fault::HeaderTooLong { layer, says: count(length), has: count(has) })
}

fn length_fault(says: usize, header: usize, has: usize) -> Option<Fault> {
    let layer = Layer::Ipv4;
    if says == 0 {
        return Some(Fault::LengthZero { layer });
    }
    if says < header.max(LEAST) {
        return Some(Fault::LengthTooShort { layer, says: count(says), header: count(header.max(LEAST)) });
    }
    (says > has).then(|| Fault::Truncated { layer, says: count(says), has: count(has) })
}

fn piece(ipv4: &Ipv4) -> Option<Fragment> {
    (ipv4.more_fragments || ipv4.fragment_offset != 0).then(|| Fragment {
        protocol: ipv4.protocol,
        identification: ipv4.identification.into(),
        offset: ipv4.fragment_offset.into(),
        more: ipv4.more_fragments,
    })
}

/// The fields of the header that fills `at`.
pub(super) fn fields(map: &mut FieldMap<'_>, at: Span) {
    let mut header = map.header(Layer::Ipv4, at);
    length_fields(&mut header);
    fragment_fields(&mut header);
    header.number("time to live", 8..9, |ttl| hops_field(ttl, "RFC 791 §3.1"));
    header.number("protocol", 9..10, protocol_field);
    header.number("header checksum", 10..12, |sum| {
        said(format!("{sum:#06x}"), "Guards this header only; each router writes it anew (RFC 791 §3.1).")
    });
    header.raw("source address", 12..16, |bytes| address_field(bytes, "Who sent the packet"));
    header.raw("destination address", 16..20, |bytes| address_field(bytes, "For whom the packet is"));
    ipv4_options::fields(map, at.after(LEAST));
}

fn length_fields(header: &mut Header<'_, '_>) {
    header.bits("version", 0, 0..4, version_field);
    header.bits("header length", 0, 4..8, |words| {
        said(
            format!("{} bytes", words * 4),
            format!("{words} words of 4 bytes; 20 bytes are the least (RFC 791 §3.1)."),
        )
    });
    header.bits("differentiated services", 1, 0..6, dscp_field);
    header.bits("congestion mark", 1, 6..8, ecn_field);
    header.number("total length", 2..4, |length| match length {
        0 => said("0", "The kernel leaves it open when the network card is to cut a large packet into segments."),
        _ => said(format!("{length} bytes"), "Header and content together (RFC 791 §3.1)."),
    });
}

fn fragment_fields(header: &mut Header<'_, '_>) {
    header.number("identification", 4..6, |id| {
        said(format!("{id:#06x}"), "Tells which pieces belong together, if the packet is cut (RFC 6864).")
    });
    header.bits("reserved flag", 6, 0..1, |flag| said(flag, "Has to be 0 (RFC 791 §3.1)."));
    header.bits("don't fragment", 6, 1..2, |flag| match flag {
        0 => said("0", "A router may cut the packet into pieces, if it is too large for the next link."),
        _ => said(
            "1",
            "A router may not cut the packet: if it is too large, it is dropped, and the sender is told (RFC 1191).",
        ),
    });
    header.bits("more fragments", 6, 2..3, |flag| match flag {
        0 => said("0", "This is the last piece of the packet, or all of it."),
        _ => said("1", "Further pieces of this packet follow."),
    });
    header.bits("fragment offset", 6, 3..16, |offset| match offset {
        0 => said("0", "Begins at the start of the packet: not cut, or the first piece."),
        _ => said(
            format!("{} bytes", offset * 8),
            format!("This piece begins at byte {} of the packet (8 times {offset}).", offset * 8),
        ),
    });
}

/// An address and what kind of address it is.
pub(super) fn address_field(bytes: &[u8], what: &str) -> Said {
    let Ok(octets) = <[u8; 4]>::try_from(bytes) else { return said(hex(bytes), format!("{what}.")) };
    let address = Ipv4Addr::from(octets);
    said(address, format!("{what}: {}.", kind_of(address)))
}

fn kind_of(address: Ipv4Addr) -> &'static str {
    match address {
        _ if address.is_unspecified() => "no address yet",
        _ if address.is_loopback() => "this machine itself, by the loopback (RFC 1122 §3.2.1.3)",
        _ if address.is_private() => "an address of a private network (RFC 1918)",
        _ if address.is_link_local() => "an address for this link only (RFC 3927)",
        _ if address.is_broadcast() => "everybody on this link",
        _ if address.is_multicast() => "a group of receivers (RFC 5771)",
        _ if address.is_documentation() => "an address for examples (RFC 5737)",
        _ => "an address of the public Internet",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [u8; 20] = [0x45, 0, 0, 20, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0, 127, 0, 0, 1, 10, 0, 0, 2];

    /// The decoded `HEADER`, with some bytes of it replaced, and its faults.
    fn with(changes: &[(usize, u8)]) -> (Ipv4, Body, Vec<Fault>) {
        let (mut bytes, mut faults) = (HEADER, Faults::default());
        changes.iter().for_each(|(at, byte)| bytes[*at] = *byte);
        let (ipv4, body) = decode(&bytes, Span::all(&bytes), &mut faults).unwrap();
        (ipv4, body, faults.iter().map(|found| found.fault).collect())
    }

    #[test]
    fn a_plain_header_has_no_fault() {
        let (ipv4, body, faults) = with(&[]);
        assert_eq!((ipv4.source, ipv4.destination), (Ipv4Addr::LOCALHOST, Ipv4Addr::new(10, 0, 0, 2)));
        assert_eq!((ipv4.identification, ipv4.dont_fragment, ipv4.ttl, ipv4.protocol), (0x1234, true, 64, 6));
        assert!(body.readable && body.complete && body.piece.is_none() && faults.is_empty());
    }

    #[test]
    fn lengths_that_lie_are_told() {
        let layer = Layer::Ipv4;
        let cases = [
            (vec![(0, 0x44)], Fault::HeaderTooShort { layer, says: 16, least: 20 }, false, true),
            (vec![(0, 0x46), (3, 24)], Fault::HeaderTooLong { layer, says: 24, has: 20 }, false, false),
            (vec![(3, 19)], Fault::LengthTooShort { layer, says: 19, header: 20 }, false, true),
            (vec![(3, 0)], Fault::LengthZero { layer }, true, true),
            (vec![(2, 1)], Fault::Truncated { layer, says: 276, has: 20 }, true, false),
        ];
        for (changes, fault, readable, complete) in cases {
            let (_, body, faults) = with(&changes);
            assert_eq!(faults.first(), Some(&fault));
            assert_eq!((body.readable, body.complete), (readable, complete), "{fault}");
        }
    }

    #[test]
    fn a_piece_says_where_it_belongs() {
        let (ipv4, body, faults) = with(&[(6, 0x20), (7, 185)]);
        assert_eq!(ipv4.fragment_offset, 1480);
        assert_eq!(body.piece, Some(Fragment { protocol: 6, identification: 0x1234, offset: 1480, more: true }));
        assert_eq!(faults, []);
    }

    #[test]
    fn what_no_sender_may_write_is_told() {
        let (_, _, faults) = with(&[(6, 0xc0), (8, 0)]);
        assert_eq!(faults, [Fault::ReservedBits { layer: Layer::Ipv4 }, Fault::NoHopsLeft { layer: Layer::Ipv4 }]);
    }
}
