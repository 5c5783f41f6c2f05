//! The extension headers of IPv6 (RFC 8200 §4), which stand in a chain between its own header and the transport's.

use std::net::Ipv6Addr;

use pnet::packet::ipv6::FragmentPacket;

use super::{
    fault::{Fault, Faults, count},
    field::{FieldMap, Header, Said, hex, said},
    ip::{Fragment, protocol_field},
    layer::Layer,
    names::protocol,
    span::Span,
};

const JUMBO: u8 = 0xc2;
/// All extension headers but the authentication header count their length in these.
const UNIT: usize = 8;

/// What the chain leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) protocol: u8,
    pub(super) body: Span,
    pub(super) piece: Option<Fragment>,
    /// Whether the chain was not cut.
    pub(super) readable: bool,
}

/// One header of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extension {
    kind: u8,
    /// Its bytes, as far as they are there.
    span: Span,
    /// What it says that follows.
    next: u8,
    /// Its length, as it says.
    length: usize,
}

/// The headers in `rest`, of which the first is of the kind `next`.
struct Extensions<'a> {
    bytes: &'a [u8],
    rest: Span,
    next: u8,
    ended: bool,
}

impl Iterator for Extensions<'_> {
    type Item = Extension;

    fn next(&mut self) -> Option<Extension> {
        if self.ended || !is_extension(self.next) {
            return None;
        }
        let (kind, here) = (self.next, self.rest.of(self.bytes));
        let (next, length) = match *here {
            [next, words, ..] => (next, length(kind, words)),
            _ => (kind, UNIT),
        };
        let span = self.rest.first(length);
        // A later piece continues the packet in its middle: no header follows it.
        self.ended = length > self.rest.len() || length < least(kind) || offset(kind, span.of(self.bytes)) > 0;
        (self.next, self.rest) = (next, self.rest.after(length));
        Some(Extension { kind, span, next, length })
    }
}

const fn is_extension(kind: u8) -> bool {
    matches!(
        kind,
        protocol::HOP_BY_HOP
            | protocol::ROUTING
            | protocol::FRAGMENT
            | protocol::AUTHENTICATION
            | protocol::DESTINATION
            | protocol::MOBILITY
            | protocol::HIP
            | protocol::SHIM6
    )
}

fn length(kind: u8, words: u8) -> usize {
    match kind {
        protocol::FRAGMENT => UNIT,
        protocol::AUTHENTICATION => (usize::from(words) + 2) * 4,
        _ => (usize::from(words) + 1) * UNIT,
    }
}

/// Its least length: the authentication header is the only one that can say less.
const fn least(kind: u8) -> usize {
    if kind == protocol::AUTHENTICATION { 12 } else { UNIT }
}

/// The fragment offset of a fragment header, 0 of any other. pnet's own getter leaves a reserved bit in it.
fn offset(kind: u8, header: &[u8]) -> u16 {
    let view = FragmentPacket::new(header).filter(|_| kind == protocol::FRAGMENT);
    view.map_or(0, |view| view.get_fragment_offset_with_flags() & 0xfff8)
}

/// Follows the chain that starts with a header of the kind `next` at the start of `at`.
pub(super) fn decode(bytes: &[u8], at: Span, next: u8, faults: &mut Faults) -> Chain {
    let mut chain = Chain { protocol: next, body: at, piece: None, readable: true };
    for (place, extension) in (Extensions { bytes, rest: at, next, ended: false }).enumerate() {
        check(bytes, place, extension, faults);
        chain.readable = extension.length == extension.span.len() && extension.length >= least(extension.kind);
        chain.protocol = extension.next;
        chain.body = chain.body.after(extension.span.len());
        if extension.kind == protocol::FRAGMENT && chain.readable {
            chain.piece = piece(bytes, extension);
        }
    }
    if let Some(piece) = chain.piece {
        piece.check(chain.body, faults);
    }
    chain
}

fn check(bytes: &[u8], place: usize, extension: Extension, faults: &mut Faults) {
    let Extension { kind, span, length, .. } = extension;
    if length > span.len() {
        let (layer, says, has) = (Layer::Extension, count(length), count(span.len()));
        faults.add(Fault::HeaderTooLong { layer, says, has }, span);
    }
    if length < least(kind) {
        let (says, least) = (count(length), count(least(kind)));
        faults.add(Fault::HeaderTooShort { layer: Layer::Extension, says, least }, span.part(1, 1));
    }
    if kind == protocol::HOP_BY_HOP && place > 0 {
        faults.add(Fault::HopByHopNotFirst, span);
    }
    if matches!(kind, protocol::HOP_BY_HOP | protocol::DESTINATION) {
        let too_long = tlvs(bytes, span.after(2)).find(|tlv| tlv.span.len() < tlv.length);
        if let Some(Tlv { kind, span, length }) = too_long {
            faults.add(tlv_fault(kind, length, span), span);
        }
    }
}

fn tlv_fault(kind: u8, length: usize, span: Span) -> Fault {
    let layer = Layer::Extension;
    let short = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
    match span.len() {
        1 => Fault::OptionWithoutLength { layer, kind },
        has => Fault::OptionTooLong { layer, kind, says: short(length), has: short(has) },
    }
}

fn piece(bytes: &[u8], extension: Extension) -> Option<Fragment> {
    let view = FragmentPacket::new(extension.span.of(bytes))?;
    let (offset, more) = (view.get_fragment_offset_with_flags() & 0xfff8, !view.is_last_fragment());
    // Whole packets may carry this header too (RFC 6946): then it is no piece.
    (more || offset > 0).then(|| Fragment {
        protocol: extension.next,
        identification: view.get_id(),
        offset: offset.into(),
        more,
    })
}

/// Whether a routing header still has stations before it: the packet's destination is not the final one.
pub(super) fn is_on_source_route(bytes: &[u8], at: Span, next: u8) -> bool {
    Extensions { bytes, rest: at, next, ended: false }.any(|extension| {
        extension.kind == protocol::ROUTING && extension.span.of(bytes).get(3).is_some_and(|left| *left > 0)
    })
}

/// The length in the jumbo option of the hop-by-hop header at the start of `at` (RFC 2675 §2).
pub(super) fn jumbo_length(bytes: &[u8], at: Span) -> Option<u32> {
    let hop_by_hop = Extensions { bytes, rest: at, next: protocol::HOP_BY_HOP, ended: false }.next()?;
    let jumbo = tlvs(bytes, hop_by_hop.span.after(2)).find(|tlv| tlv.kind == JUMBO)?;
    match *jumbo.span.of(bytes) {
        [JUMBO, 4, a, b, c, d] => Some(u32::from_be_bytes([a, b, c, d])),
        _ => None,
    }
}

/// An option of the hop-by-hop or the destination header: kind, length of the data, data (RFC 8200 §4.2).
struct Tlv {
    kind: u8,
    span: Span,
    length: usize,
}

fn tlvs(bytes: &[u8], at: Span) -> impl Iterator<Item = Tlv> {
    let mut rest = at;
    std::iter::from_fn(move || {
        let (kind, length) = match *rest.of(bytes) {
            [] => return None,
            [0, ..] => (0, 1),
            [kind] => (kind, 2),
            [kind, data, ..] => (kind, 2 + usize::from(data)),
        };
        let span = rest.first(length);
        rest = rest.after(length);
        Some(Tlv { kind, span, length })
    })
}

/// The fields of the chain that fills `at` and starts with a header of the kind `next`.
pub(super) fn fields(map: &mut FieldMap<'_>, at: Span, next: u8) {
    for Extension { kind, span, .. } in (Extensions { bytes: map.bytes, rest: at, next, ended: false }) {
        let mut header = map.header(Layer::Extension, span);
        header.number("next header", 0..1, protocol_field);
        match kind {
            protocol::FRAGMENT => fragment_fields(&mut header),
            protocol::AUTHENTICATION => authentication_fields(&mut header, span.len()),
            _ => length_field(&mut header),
        }
        match kind {
            protocol::HOP_BY_HOP | protocol::DESTINATION => tlv_fields(map, span.after(2)),
            protocol::ROUTING => routing_fields(&mut header, span.len()),
            protocol::FRAGMENT | protocol::AUTHENTICATION => {}
            _ => header.raw("content", 2..span.len(), |bytes| said(hex(bytes), "What this header carries.")),
        }
    }
}

fn length_field(header: &mut Header<'_, '_>) {
    header.number("header length", 1..2, |words| {
        let meaning = format!("{words} times 8 bytes behind the first 8 (RFC 8200 §4).");
        said(format!("{} bytes", (words + 1) * 8), meaning)
    });
}

fn fragment_fields(header: &mut Header<'_, '_>) {
    header.number("reserved", 1..2, |value| said(value, "Ignored (RFC 8200 §4.5)."));
    header.bits("fragment offset", 2, 0..13, |offset| {
        let meaning = format!("This piece begins at byte {} of what was cut (8 times {offset}).", offset * 8);
        said(format!("{} bytes", offset * 8), meaning)
    });
    header.bits("reserved bits", 2, 13..15, |bits| said(bits, "Ignored (RFC 8200 §4.5)."));
    header.bits("more fragments", 2, 15..16, |flag| match flag {
        0 => said("0", "This is the last piece of the packet, or all of it."),
        _ => said("1", "Further pieces of this packet follow."),
    });
    header.number("identification", 4..8, |id| {
        said(format!("{id:#010x}"), "Tells which pieces belong together. Only the sender cuts in IPv6 (RFC 8200 §4.5).")
    });
}

fn authentication_fields(header: &mut Header<'_, '_>, length: usize) {
    header.number("header length", 1..2, |words| {
        said(format!("{} bytes", (words + 2) * 4), format!("{words} times 4 bytes behind the first 8 (RFC 4302 §2.2)."))
    });
    header.number("reserved", 2..4, |value| said(value, "Has to be 0 (RFC 4302 §2.3)."));
    header.number("security parameters", 4..8, |index| {
        said(format!("{index:#010x}"), "Which agreement of sender and receiver applies (RFC 4302 §2.4).")
    });
    header.number("sequence number", 8..12, |number| {
        said(number, "Counts the packets, so that none can be sent again by somebody else (RFC 4302 §2.5).")
    });
    header.raw("integrity check", 12..length, |bytes| {
        said(hex(bytes), "Proves that nobody changed the packet on its way (RFC 4302 §2.6).")
    });
}

fn routing_fields(header: &mut Header<'_, '_>, length: usize) {
    header.number("routing type", 2..3, |kind| match kind {
        0 => said("0 (source route)", "Forbidden since it was used for attacks (RFC 5095)."),
        2 => said("2 (mobility)", "The home address of a mobile receiver (RFC 6275)."),
        4 => said("4 (segments)", "A list of stations, as segment routing uses it (RFC 8754)."),
        _ => said(kind, "How the rest of this header is to be read."),
    });
    header.number("segments left", 3..4, |left| said(left, "How many stations are still to be visited."));
    header.raw("routing data", 4..length.min(8), |bytes| said(hex(bytes), "Depends on the routing type."));
    let whole = length.saturating_sub(8) / 16 * 16 + 8;
    for at in (8..whole).step_by(16) {
        header.raw("station", at..at + 16, |bytes| {
            let octets = <[u8; 16]>::try_from(bytes).unwrap_or_default();
            said(Ipv6Addr::from(octets), "A station of the route.")
        });
    }
    header.raw("routing data", whole..length, |bytes| said(hex(bytes), "Depends on the routing type."));
}

fn tlv_fields(map: &mut FieldMap<'_>, at: Span) {
    for tlv in tlvs(map.bytes, at) {
        let mut header = map.header(Layer::Extension, tlv.span);
        header.number("option kind", 0..1, |kind| kind_field(tlv.kind, kind));
        if tlv.kind == 0 {
            continue;
        }
        header.number("option length", 1..2, |length| said(format!("{length} bytes"), "The data of this option."));
        header.raw("option data", 2..tlv.span.len(), |bytes| match (tlv.kind, bytes) {
            (JUMBO, &[a, b, c, d]) => said(
                u32::from_be_bytes([a, b, c, d]),
                "The length of this packet behind its first 40 bytes (RFC 2675).",
            ),
            (1, _) => said(hex(bytes), "Zeros that fill up."),
            _ => said(hex(bytes), "What the option carries."),
        });
    }
}

fn kind_field(kind: u8, number: u32) -> Said {
    let (name, meaning) = match kind {
        0 => ("filler", "One byte that fills up (RFC 8200 §4.2)."),
        1 => ("filler", "Fills up with several bytes (RFC 8200 §4.2)."),
        5 => ("router alert", "Asks each router to look into the packet (RFC 2711)."),
        JUMBO => ("jumbo payload", "The packet is larger than 65535 bytes (RFC 2675)."),
        0xc9 => ("home address", "The home address of a mobile sender (RFC 6275)."),
        _ if kind >> 6 == 0 => ("unknown", "Who does not know this option skips it (RFC 8200 §4.2)."),
        _ => ("unknown", "Who does not know this option drops the packet (RFC 8200 §4.2)."),
    };
    said(format!("{number} ({name})"), meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(bytes: &[u8], next: u8) -> (Chain, Vec<Fault>) {
        let mut faults = Faults::default();
        let chain = decode(bytes, Span::all(bytes), next, &mut faults);
        (chain, faults.iter().map(|found| found.fault).collect())
    }

    #[test]
    fn a_later_piece_ends_the_chain() {
        // Offset 8 with both reserved bits set; what follows looks like a routing header, but is data.
        let (chain, faults) = followed(&[43, 0, 0, 0x0f, 0, 0, 0, 9, 6, 200, 0, 0, 0, 0, 0, 0], 44);
        let piece = Fragment { protocol: 43, identification: 9, offset: 8, more: true };
        assert_eq!((chain.piece, chain.body.len()), (Some(piece), 8));
        assert_eq!(faults, []);
    }

    #[test]
    fn an_atomic_fragment_is_a_whole_packet() {
        let (chain, _) = followed(&[17, 0, 0, 0, 0, 0, 0, 9], 44);
        assert_eq!((chain.piece, chain.protocol), (None, 17));
    }

    #[test]
    fn a_chain_that_is_cut_can_not_be_read() {
        let (chain, faults) = followed(&[6, 1, 0, 0, 0, 0, 0, 0], 43);
        assert!(!chain.readable);
        assert_eq!(faults, [Fault::HeaderTooLong { layer: Layer::Extension, says: 16, has: 8 }]);
        assert!(!followed(&[], 60).0.readable);
    }

    #[test]
    fn an_authentication_header_has_twelve_bytes() {
        let (chain, faults) = followed(&[6, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2], 51);
        assert!(!chain.readable);
        assert_eq!(faults, [Fault::HeaderTooShort { layer: Layer::Extension, says: 8, least: 12 }]);
        assert!(followed(&[6, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2], 51).0.readable);
    }

    #[test]
    fn options_that_are_too_long_and_headers_out_of_order_are_told() {
        let (_, faults) = followed(&[0, 0, 5, 9, 0, 0, 0, 0, 59, 0, 0, 0, 0, 0, 0, 7], 60);
        let layer = Layer::Extension;
        let too_long = Fault::OptionTooLong { layer, kind: 5, says: 11, has: 6 };
        assert_eq!(faults, [too_long, Fault::HopByHopNotFirst, Fault::OptionWithoutLength { layer, kind: 7 }]);
    }

    #[test]
    fn a_route_is_known_as_long_as_stations_are_left() {
        let mut header = [59, 2, 4, 1, 0, 0, 0, 0].to_vec();
        header.extend([0; 16]);
        assert!(is_on_source_route(&header, Span::all(&header), 43));
        header[3] = 0;
        assert!(!is_on_source_route(&header, Span::all(&header), 43));
    }
}
