//! ICMP (RFC 792), and what it has in common with ICMPv6.

use std::net::{Ipv4Addr, Ipv6Addr};

use pnet::packet::icmp::IcmpPacket;

use super::{
    fault::{Fault, Faults, count},
    field::{FieldMap, Header, Said, counted, hex, said},
    ipv4::address_field,
    layer::Layer,
    quoted::{self, Quoted},
    span::Span,
};

/// Type, code, checksum, and four bytes whose meaning depends on the type.
pub(super) const LENGTH: usize = 8;

const UNREACHABLE: u8 = 3;
const REDIRECT: u8 = 5;
const TIME_EXCEEDED: u8 = 11;
const PARAMETER_PROBLEM: u8 = 12;
const TIMESTAMP: u8 = 13;
const TIMESTAMP_REPLY: u8 = 14;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp {
    pub header: Span,
    /// The type.
    pub kind: u8,
    pub code: u8,
    pub checksum: u16,
    pub detail: IcmpDetail,
    /// What an error is about.
    pub quoted: Option<Quoted>,
}

/// What the second half of the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IcmpDetail {
    None,
    /// A ping or its answer.
    Echo {
        identifier: u16,
        sequence: u16,
    },
    /// The packet was too large; this is how large it may be.
    Mtu(u32),
    /// The better router.
    Gateway(Ipv4Addr),
    /// At which byte of the quoted packet the problem is.
    Pointer(u32),
    /// Whom neighbour discovery is about.
    Target(Ipv6Addr),
}

impl Icmp {
    #[must_use]
    pub const fn is_error(&self) -> bool {
        is_error(self.kind)
    }

    /// What it says in words: "port unreachable".
    #[must_use]
    pub const fn meaning(&self) -> &'static str {
        code_name(self.kind, self.code)
    }
}

const fn is_error(kind: u8) -> bool {
    matches!(kind, UNREACHABLE | 4 | REDIRECT | TIME_EXCEEDED | PARAMETER_PROBLEM)
}

/// The header at the start of `at`, and the payload; otherwise the bytes that are left of the header.
pub(super) fn decode(bytes: &[u8], at: Span, faults: &mut Faults) -> Result<(Icmp, Span), Span> {
    let (Some(view), Some(rest)) = (IcmpPacket::new(at.of(bytes)), rest_of_header(bytes, at)) else {
        faults.add(Fault::HeaderCut { layer: Layer::Icmp, needs: 8, has: count(at.len()) }, at);
        return Err(at);
    };
    let (kind, code) = (view.get_icmp_type().0, view.get_icmp_code().0);
    let length = length(kind);
    if length > at.len() {
        faults.add(Fault::HeaderCut { layer: Layer::Icmp, needs: count(length), has: count(at.len()) }, at);
    }
    let payload = at.after(length);
    let quote = quote(kind, rest, payload);
    let quoted = quote.and_then(|quote| quoted::decode(bytes, quote, Layer::Icmp, faults));
    let detail = detail(kind, code, rest);
    Ok((Icmp { header: at.first(length), kind, code, checksum: view.get_checksum(), detail, quoted }, payload))
}

/// Only the messages about the time of day have a longer header than all others.
const fn length(kind: u8) -> usize {
    if matches!(kind, TIMESTAMP | TIMESTAMP_REPLY) { 20 } else { LENGTH }
}

/// The four bytes behind the checksum.
pub(super) fn rest_of_header(bytes: &[u8], at: Span) -> Option<[u8; 4]> {
    <[u8; 4]>::try_from(at.part(4, 4).of(bytes)).ok()
}

fn detail(kind: u8, code: u8, rest: [u8; 4]) -> IcmpDetail {
    let [a, b, c, d] = rest;
    match (kind, code) {
        (0 | 8, _) => IcmpDetail::Echo { identifier: u16::from_be_bytes([a, b]), sequence: u16::from_be_bytes([c, d]) },
        (UNREACHABLE, 4) => IcmpDetail::Mtu(u16::from_be_bytes([c, d]).into()),
        (REDIRECT, _) => IcmpDetail::Gateway(rest.into()),
        (PARAMETER_PROBLEM, 0) => IcmpDetail::Pointer(a.into()),
        _ => IcmpDetail::None,
    }
}

/// The part of an error's payload that quotes a packet: extensions may follow it (RFC 4884 §4).
fn quote(kind: u8, rest: [u8; 4], payload: Span) -> Option<Span> {
    if !is_error(kind) {
        return None;
    }
    let has_length = matches!(kind, UNREACHABLE | TIME_EXCEEDED | PARAMETER_PROBLEM);
    Some(match usize::from(rest[1]) * 4 {
        words if has_length && words > 0 => payload.first(words),
        _ => payload,
    })
}

/// The quoted packet in the message of which `header` is the header, and `payload` the payload.
pub(super) fn quote_in(bytes: &[u8], header: Span, payload: Span) -> Option<Span> {
    quote(*header.of(bytes).first()?, rest_of_header(bytes, header)?, payload)
}

/// The fields of the header that fills `at`.
pub(super) fn fields(map: &mut FieldMap<'_>, at: Span) {
    let mut header = map.header(Layer::Icmp, at);
    let (kind, code) = match *header.bytes() {
        [kind, code, ..] => (kind, code),
        [kind] => (kind, u8::MAX),
        [] => return,
    };
    header.number("type", 0..1, |number| said(format!("{number} ({})", type_name(kind)), type_meaning(kind)));
    header.number("code", 1..2, |number| {
        said(format!("{number} ({})", code_name(kind, code)), format!("What exactly: {}.", code_name(kind, code)))
    });
    header.number("checksum", 2..4, |sum| said(format!("{sum:#06x}"), "Guards the whole message (RFC 792)."));
    match (kind, code) {
        (0 | 8, _) => echo_fields(&mut header),
        (TIMESTAMP | TIMESTAMP_REPLY, _) => time_fields(&mut header),
        (REDIRECT, _) => header.raw("gateway", 4..8, |bytes| address_field(bytes, "The better router")),
        (UNREACHABLE, 4) => {
            header.number("unused", 4..5, |byte| said(byte, "Not used (RFC 1191)."));
            quote_length_field(&mut header, 5..6, 4);
            header.number("MTU", 6..8, |mtu| said(mtu, "How large a packet may be for the next link (RFC 1191 §4)."));
        }
        (UNREACHABLE | TIME_EXCEEDED, _) => {
            header.number("unused", 4..5, |byte| said(byte, "Not used (RFC 792)."));
            quote_length_field(&mut header, 5..6, 4);
            header.number("unused", 6..8, |word| said(word, "Not used (RFC 792)."));
        }
        (PARAMETER_PROBLEM, _) => {
            header.number("pointer", 4..5, |byte| {
                said(byte, "At which byte of the quoted packet the problem is (RFC 792).")
            });
            quote_length_field(&mut header, 5..6, 4);
            header.number("unused", 6..8, |word| said(word, "Not used (RFC 792)."));
        }
        _ => header.raw("rest of the header", 4..8, |bytes| said(hex(bytes), "Depends on the type (RFC 792).")),
    }
}

pub(super) fn echo_fields(header: &mut Header<'_, '_>) {
    header.number("identifier", 4..6, |id| said(id, "Which program asks: the answer repeats it, as a port would do."));
    header.number("sequence number", 6..8, |number| {
        said(number, "Which question of that program; the answer repeats it.")
    });
}

fn time_fields(header: &mut Header<'_, '_>) {
    echo_fields(header);
    for (name, at) in [("time asked", 8), ("time of arrival", 12), ("time answered", 16)] {
        header.number(name, at..at + 4, |time| {
            said(format!("{time} ms"), "Counted from midnight, universal time (RFC 792).")
        });
    }
}

/// How much of the packet is quoted, in units of `unit` bytes (RFC 4884 §4).
pub(super) fn quote_length_field(header: &mut Header<'_, '_>, at: std::ops::Range<usize>, unit: u32) {
    header.number("quote's length", at, |length| match length {
        0 => said("0", "Everything that follows is the quoted packet (RFC 4884 §4)."),
        _ => said(format!("{} bytes", length * unit), "The quoted packet; extensions follow it (RFC 4884 §4)."),
    });
}

/// The field of what follows the quoted packet.
pub(super) fn extensions_field(map: &mut FieldMap<'_>, layer: Layer, at: Span) {
    map.header(layer, at).raw("extensions", 0..at.len(), |bytes| {
        said(hex(bytes), "What a router adds to its error, behind the quoted packet (RFC 4884 §7).")
    });
}

/// What carries neither a quoted packet nor neighbour discovery.
pub(super) fn payload_field(bytes: &[u8]) -> Said {
    said(counted(bytes.len()), "What the message carries; the answer to a ping sends it back.")
}

const fn type_name(kind: u8) -> &'static str {
    match kind {
        0 => "echo reply",
        UNREACHABLE => "destination unreachable",
        4 => "source quench",
        REDIRECT => "redirect",
        8 => "echo request",
        9 => "router advertisement",
        10 => "router solicitation",
        TIME_EXCEEDED => "time exceeded",
        PARAMETER_PROBLEM => "parameter problem",
        TIMESTAMP => "timestamp",
        TIMESTAMP_REPLY => "timestamp reply",
        42 => "extended echo request",
        43 => "extended echo reply",
        _ => "unknown",
    }
}

const fn type_meaning(kind: u8) -> &'static str {
    match kind {
        0 => "The answer to a ping (RFC 792).",
        UNREACHABLE => "The quoted packet could not be delivered (RFC 792).",
        4 => "Asked a sender to slow down; obsolete (RFC 6633).",
        REDIRECT => "There is a better router for the quoted packet (RFC 792).",
        8 => "A ping: whoever gets it sends the same back (RFC 792).",
        9 | 10 => "How hosts and routers of a link find each other (RFC 1256).",
        TIME_EXCEEDED => "The quoted packet ran out of time; traceroute lives on this (RFC 792).",
        PARAMETER_PROBLEM => "The header of the quoted packet makes no sense (RFC 792).",
        TIMESTAMP | TIMESTAMP_REPLY => "Asks for the time of day, or tells it (RFC 792).",
        42 | 43 => "Asks about an interface of a router, or answers (RFC 8335).",
        _ => "This program does not know that type; a host ignores it (RFC 1122 §3.2.2).",
    }
}

const fn code_name(kind: u8, code: u8) -> &'static str {
    match (kind, code) {
        (UNREACHABLE, _) => unreachable_name(code),
        (REDIRECT, 0) => "redirect for the network",
        (REDIRECT, 1) => "redirect for the host",
        (REDIRECT, 2) => "redirect for this service and the network",
        (REDIRECT, 3) => "redirect for this service and the host",
        (TIME_EXCEEDED, 0) => "time to live exceeded on the way",
        (TIME_EXCEEDED, 1) => "not all pieces arrived in time",
        (PARAMETER_PROBLEM, 0) => "the pointer shows the problem",
        (PARAMETER_PROBLEM, 1) => "an option is missing",
        (PARAMETER_PROBLEM, 2) => "a length is wrong",
        (_, 0) => type_name(kind),
        _ => "unknown",
    }
}

const fn unreachable_name(code: u8) -> &'static str {
    match code {
        0 => "network unreachable",
        1 => "host unreachable",
        2 => "protocol unreachable",
        3 => "port unreachable",
        4 => "fragmentation needed, but forbidden",
        5 => "source route failed",
        6 => "network unknown",
        7 => "host unknown",
        8 => "source host isolated",
        9 => "network administratively prohibited",
        10 => "host administratively prohibited",
        11 => "network unreachable for this service",
        12 => "host unreachable for this service",
        13 => "communication administratively prohibited",
        14 => "host precedence violation",
        15 => "precedence cutoff",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (Icmp, Vec<Fault>) {
        let mut faults = Faults::default();
        let (icmp, _) = decode(bytes, Span::all(bytes), &mut faults).unwrap();
        (icmp, faults.iter().map(|found| found.fault).collect())
    }

    #[test]
    fn a_ping_has_its_numbers() {
        let (icmp, faults) = decoded(&[8, 0, 0xab, 0xcd, 0x12, 0x34, 0, 5, 1, 2, 3]);
        assert_eq!(icmp.detail, IcmpDetail::Echo { identifier: 0x1234, sequence: 5 });
        assert_eq!((icmp.checksum, icmp.quoted, faults), (0xabcd, None, vec![]));
    }

    #[test]
    fn the_second_half_of_the_header_depends_on_the_type() {
        let detail_of = |kind, code| detail(kind, code, [1, 2, 3, 4]);
        assert_eq!(detail_of(3, 4), IcmpDetail::Mtu(0x0304));
        assert_eq!(detail_of(5, 1), IcmpDetail::Gateway(Ipv4Addr::new(1, 2, 3, 4)));
        assert_eq!(detail_of(12, 0), IcmpDetail::Pointer(1));
        assert_eq!(detail_of(3, 3), IcmpDetail::None);
    }

    #[test]
    fn a_question_for_the_time_has_twenty_bytes() {
        let mut message = [13, 0].to_vec();
        message.resize(20, 0);
        assert_eq!((decoded(&message).0.header.len(), decoded(&message).1), (20, vec![]));
        let cut = Fault::HeaderCut { layer: Layer::Icmp, needs: 20, has: 19 };
        assert_eq!(decoded(&message[..19]).1, [cut]);
    }

    #[test]
    fn an_error_without_a_packet_is_a_fault() {
        let (icmp, faults) = decoded(&[3, 3, 0, 0, 0, 0, 0, 0, 0x45, 0]);
        assert_eq!((icmp.meaning(), icmp.quoted), ("port unreachable", None));
        assert_eq!(faults, [Fault::QuoteUnreadable { layer: Layer::Icmp, bytes: 2 }]);
    }

    #[test]
    fn extensions_are_not_part_of_the_quote() {
        let payload = Span::all(&[0; 200]);
        assert_eq!(quote(11, [0, 32, 0, 0], payload).map(Span::len), Some(128));
        assert_eq!(quote(11, [0; 4], payload).map(Span::len), Some(200));
        assert_eq!(quote(0, [0; 4], payload), None);
    }
}
