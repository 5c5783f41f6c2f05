//! ICMPv6 (RFC 4443), and neighbour discovery (RFC 4861), which does for IPv6 what ARP does for IPv4.

use std::net::Ipv6Addr;

use pnet::packet::icmpv6::Icmpv6Packet;

use super::{
    ether::mac_field,
    fault::{Fault, Faults, count},
    field::{FieldMap, Header, Said, hex, said},
    icmp::{IcmpDetail, LENGTH, echo_fields, quote_length_field, rest_of_header},
    ipv6::address_field,
    layer::Layer,
    quoted::{self, Quoted},
    span::Span,
};

const TOO_BIG: u8 = 2;
const TIME_EXCEEDED: u8 = 3;
const ROUTER_SOLICITATION: u8 = 133;
const ROUTER_ADVERTISEMENT: u8 = 134;
const NEIGHBOUR_SOLICITATION: u8 = 135;
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;
const REDIRECT: u8 = 137;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp6 {
    /// The bytes of the header; in neighbour discovery, of the whole message.
    pub header: Span,
    /// The type.
    pub kind: u8,
    pub code: u8,
    pub checksum: u16,
    pub detail: IcmpDetail,
    /// What an error is about.
    pub quoted: Option<Quoted>,
}

impl Icmp6 {
    #[must_use]
    pub const fn is_error(&self) -> bool {
        self.kind < 128
    }

    /// What it says in words: "port unreachable".
    #[must_use]
    pub const fn meaning(&self) -> &'static str {
        code_name(self.kind, self.code)
    }
}

/// The header at the start of `at`, and the payload; otherwise the bytes that are left of the header.
pub(super) fn decode(bytes: &[u8], at: Span, faults: &mut Faults) -> Result<(Icmp6, Span), Span> {
    let (Some(view), Some(rest)) = (Icmpv6Packet::new(at.of(bytes)), rest_of_header(bytes, at)) else {
        faults.add(Fault::HeaderCut { layer: Layer::Icmp6, needs: 8, has: count(at.len()) }, at);
        return Err(at);
    };
    let (kind, code) = (view.get_icmpv6_type().0, view.get_icmpv6_code().0);
    let fixed = fixed_length(kind);
    if fixed > at.len() {
        faults.add(Fault::HeaderCut { layer: Layer::Icmp6, needs: count(fixed), has: count(at.len()) }, at);
    }
    let header = if is_discovery(kind) { at } else { at.first(LENGTH) };
    let payload = at.after(header.len());
    if is_discovery(kind) {
        check_options(bytes, at.after(fixed), faults);
    }
    let quote = quote(kind, rest, payload);
    let quoted = quote.and_then(|quote| quoted::decode(bytes, quote, Layer::Icmp6, faults));
    let detail = detail(bytes, at, kind, rest);
    Ok((Icmp6 { header, kind, code, checksum: view.get_checksum(), detail, quoted }, payload))
}

/// Where the options of neighbour discovery begin, and the least length of the message.
const fn fixed_length(kind: u8) -> usize {
    match kind {
        ROUTER_ADVERTISEMENT => 16,
        NEIGHBOUR_SOLICITATION | NEIGHBOUR_ADVERTISEMENT => 24,
        REDIRECT => 40,
        _ => LENGTH,
    }
}

const fn is_discovery(kind: u8) -> bool {
    matches!(kind, ROUTER_SOLICITATION..=REDIRECT)
}

fn detail(bytes: &[u8], at: Span, kind: u8, rest: [u8; 4]) -> IcmpDetail {
    let [a, b, c, d] = rest;
    match kind {
        TOO_BIG => IcmpDetail::Mtu(u32::from_be_bytes(rest)),
        4 => IcmpDetail::Pointer(u32::from_be_bytes(rest)),
        128 | 129 => IcmpDetail::Echo { identifier: u16::from_be_bytes([a, b]), sequence: u16::from_be_bytes([c, d]) },
        NEIGHBOUR_SOLICITATION | NEIGHBOUR_ADVERTISEMENT | REDIRECT => {
            let target = <[u8; 16]>::try_from(at.part(8, 16).of(bytes));
            target.map_or(IcmpDetail::None, |octets| IcmpDetail::Target(Ipv6Addr::from(octets)))
        }
        _ => IcmpDetail::None,
    }
}

/// The part of an error's payload that quotes a packet: extensions may follow it (RFC 4884 §4).
fn quote(kind: u8, rest: [u8; 4], payload: Span) -> Option<Span> {
    match (kind, usize::from(rest[0]) * 8) {
        (128.., _) => None,
        (1 | TIME_EXCEEDED, words) if words > 0 => Some(payload.first(words)),
        _ => Some(payload),
    }
}

/// The quoted packet in the message of which `header` is the header, and `payload` the payload.
pub(super) fn quote_in(bytes: &[u8], header: Span, payload: Span) -> Option<Span> {
    quote(*header.of(bytes).first()?, rest_of_header(bytes, header)?, payload)
}

fn check_options(bytes: &[u8], at: Span, faults: &mut Faults) {
    for option in options(bytes, at) {
        let (layer, kind, has) = (Layer::Icmp6, option.kind, u16::try_from(option.span.len()).unwrap_or(u16::MAX));
        match option.length {
            _ if has == 1 => faults.add(Fault::OptionWithoutLength { layer, kind }, option.span),
            0 => faults.add(Fault::OptionTooShort { layer, kind, says: 0 }, option.span),
            says if says > has => faults.add(Fault::OptionTooLong { layer, kind, says, has }, option.span),
            _ => {}
        }
    }
}

/// An option of neighbour discovery: kind, length in units of 8 bytes, data (RFC 4861 §4.6).
struct NeighbourOption {
    kind: u8,
    span: Span,
    length: u16,
}

fn options(bytes: &[u8], at: Span) -> impl Iterator<Item = NeighbourOption> {
    let mut rest = at;
    std::iter::from_fn(move || {
        let here = rest.of(bytes);
        let kind = *here.first()?;
        let length = here.get(1).map_or(0, |units| u16::from(*units) * 8);
        let taken = if length == 0 { rest.len() } else { length.into() };
        let span = rest.first(taken);
        rest = rest.after(taken);
        Some(NeighbourOption { kind, span, length })
    })
}

/// The fields of the header, or of the message of neighbour discovery, that fills `at`.
pub(super) fn fields(map: &mut FieldMap<'_>, at: Span) {
    let mut header = map.header(Layer::Icmp6, at);
    let (kind, code) = match *header.bytes() {
        [kind, code, ..] => (kind, code),
        [kind] => (kind, u8::MAX),
        [] => return,
    };
    header.number("type", 0..1, |number| said(format!("{number} ({})", type_name(kind)), type_meaning(kind)));
    header.number("code", 1..2, |number| {
        said(format!("{number} ({})", code_name(kind, code)), format!("What exactly: {}.", code_name(kind, code)))
    });
    header.number("checksum", 2..4, |sum| {
        said(format!("{sum:#06x}"), "Guards the message and both addresses (RFC 4443 §2.3).")
    });
    match kind {
        128 | 129 => echo_fields(&mut header),
        TOO_BIG => {
            header.number("MTU", 4..8, |mtu| said(mtu, "How large a packet may be for the next link (RFC 4443 §3.2)."));
        }
        4 => header.number("pointer", 4..8, |at| {
            said(at, "At which byte of the quoted packet the problem is (RFC 4443 §3.4).")
        }),
        1 | TIME_EXCEEDED => {
            quote_length_field(&mut header, 4..5, 8);
            header.raw("unused", 5..8, |bytes| said(hex(bytes), "Not used (RFC 4443 §3)."));
        }
        kind if is_discovery(kind) => discovery_fields(map, at, kind),
        _ => header.raw("rest of the header", 4..8, |bytes| said(hex(bytes), "Depends on the type.")),
    }
}

fn discovery_fields(map: &mut FieldMap<'_>, at: Span, kind: u8) {
    let mut header = map.header(Layer::Icmp6, at);
    match kind {
        ROUTER_ADVERTISEMENT => router_fields(&mut header),
        NEIGHBOUR_ADVERTISEMENT => advertisement_fields(&mut header),
        _ => header.raw("reserved", 4..8, |bytes| said(hex(bytes), "Ignored (RFC 4861 §4).")),
    }
    if matches!(kind, NEIGHBOUR_SOLICITATION | NEIGHBOUR_ADVERTISEMENT | REDIRECT) {
        header.raw("target address", 8..24, |bytes| address_field(bytes, "Whom the message is about"));
    }
    if kind == REDIRECT {
        header.raw("destination address", 24..40, |bytes| {
            address_field(bytes, "Which packets go to the target from now on")
        });
    }
    let options_at = at.after(fixed_length(kind));
    for option in options(map.bytes, options_at) {
        option_fields(&mut map.header(Layer::Icmp6, option.span), &option);
    }
}

fn router_fields(header: &mut Header<'_, '_>) {
    header.number("hop limit", 4..5, |hops| {
        said(hops, "The hop limit that hosts are to use; 0: not told (RFC 4861 §4.2).")
    });
    header.bits("managed flag", 5, 0..1, |flag| said(flag, "1: addresses come by DHCPv6 (RFC 4861 §4.2)."));
    header.bits("other flag", 5, 1..2, |flag| said(flag, "1: other settings come by DHCPv6 (RFC 4861 §4.2)."));
    header.bits("reserved bits", 5, 2..8, |bits| said(bits, "Later uses (RFC 5175)."));
    header.number("router lifetime", 6..8, |time| {
        said(format!("{time} s"), "How long it may be the default router; 0: it is none.")
    });
    header.number("reachable time", 8..12, |time| {
        said(format!("{time} ms"), "How long a neighbour counts as reachable after it was heard; 0: not told.")
    });
    header.number("retransmission time", 12..16, |time| {
        said(format!("{time} ms"), "How long to wait before asking for a neighbour again; 0: not told.")
    });
}

fn advertisement_fields(header: &mut Header<'_, '_>) {
    header.bits("router flag", 4, 0..1, |flag| said(flag, "1: the sender is a router (RFC 4861 §4.4)."));
    header.bits("solicited flag", 4, 1..2, |flag| said(flag, "1: somebody asked for this (RFC 4861 §4.4)."));
    header.bits("override flag", 4, 2..3, |flag| said(flag, "1: replaces what was known before (RFC 4861 §4.4)."));
    header.bits("reserved bits", 4, 3..32, |bits| said(bits, "Ignored (RFC 4861 §4.4)."));
}

fn option_fields(header: &mut Header<'_, '_>, option: &NeighbourOption) {
    header.number("option kind", 0..1, |kind| option_field(option.kind, kind));
    header.number("option length", 1..2, |units| {
        said(format!("{} bytes", units * 8), "Kind, length and data of this option together (RFC 4861 §4.6).")
    });
    let whole = 2..option.span.len();
    match (option.kind, option.length) {
        (1 | 2, 8) => header.raw("link-layer address", 2..8, |mac| mac_field(mac, "The hardware address")),
        (5, 8) => {
            header.number("reserved", 2..4, |value| said(value, "Ignored (RFC 4861 §4.6.4)."));
            header.number("MTU", 4..8, |mtu| said(mtu, "How large a packet may be on this link (RFC 4861 §4.6.4)."));
        }
        _ => header.raw("option data", whole, |bytes| said(hex(bytes), "What the option carries.")),
    }
}

fn option_field(kind: u8, number: u32) -> Said {
    let (name, meaning) = match kind {
        1 => ("source link-layer address", "The hardware address of the sender (RFC 4861 §4.6.1)."),
        2 => ("target link-layer address", "The hardware address of the target (RFC 4861 §4.6.1)."),
        3 => ("prefix", "A prefix of addresses that belong to this link (RFC 4861 §4.6.2)."),
        4 => ("redirected header", "The packet that was redirected (RFC 4861 §4.6.3)."),
        5 => ("MTU", "How large a packet may be on this link (RFC 4861 §4.6.4)."),
        14 => ("nonce", "A number that shows an answer to be new (RFC 3971)."),
        24 => ("route", "A further route (RFC 4191)."),
        25 => ("DNS servers", "Who answers questions about names (RFC 8106)."),
        31 => ("DNS search list", "Which endings to try on names (RFC 8106)."),
        _ => ("unknown", "Who does not know this option ignores it (RFC 4861 §4.6)."),
    };
    said(format!("{number} ({name})"), meaning)
}

const fn type_name(kind: u8) -> &'static str {
    match kind {
        1 => "destination unreachable",
        TOO_BIG => "packet too big",
        TIME_EXCEEDED => "time exceeded",
        4 => "parameter problem",
        128 => "echo request",
        129 => "echo reply",
        130 => "multicast listener query",
        131 | 143 => "multicast listener report",
        132 => "multicast listener done",
        ROUTER_SOLICITATION => "router solicitation",
        ROUTER_ADVERTISEMENT => "router advertisement",
        NEIGHBOUR_SOLICITATION => "neighbour solicitation",
        NEIGHBOUR_ADVERTISEMENT => "neighbour advertisement",
        REDIRECT => "redirect",
        _ => "unknown",
    }
}

const fn type_meaning(kind: u8) -> &'static str {
    match kind {
        1 => "The quoted packet could not be delivered (RFC 4443 §3.1).",
        TOO_BIG => "The quoted packet is too large for the next link: its sender has to send less (RFC 4443 §3.2).",
        TIME_EXCEEDED => "The quoted packet ran out of hops or of time; traceroute lives on this (RFC 4443 §3.3).",
        4 => "A header of the quoted packet makes no sense (RFC 4443 §3.4).",
        128 => "A ping: whoever gets it sends the same back (RFC 4443 §4.1).",
        129 => "The answer to a ping (RFC 4443 §4.2).",
        130..=132 | 143 => "Who listens to which groups on this link (RFC 2710, RFC 3810).",
        ROUTER_SOLICITATION => "Asks: which routers are on this link? (RFC 4861 §4.1)",
        ROUTER_ADVERTISEMENT => "A router tells that it is there, and how to make an address (RFC 4861 §4.2).",
        NEIGHBOUR_SOLICITATION => "Asks: what is the hardware address of the target? (RFC 4861 §4.3)",
        NEIGHBOUR_ADVERTISEMENT => "Answers: this is the target's hardware address (RFC 4861 §4.4).",
        REDIRECT => "There is a better first station for that destination (RFC 4861 §4.5).",
        0..128 => "An error that this program does not know; it goes to the program it is about (RFC 4443 §2.4).",
        _ => "This program does not know that type; a host ignores it (RFC 4443 §2.4).",
    }
}

const fn code_name(kind: u8, code: u8) -> &'static str {
    match (kind, code) {
        (1, 0) => "no route to the destination",
        (1, 1) => "administratively prohibited",
        (1, 2) => "beyond the scope of the source address",
        (1, 3) => "address unreachable",
        (1, 4) => "port unreachable",
        (1, 5) => "the source address is not allowed here",
        (1, 6) => "the route is rejected",
        (TIME_EXCEEDED, 0) => "hop limit exceeded on the way",
        (TIME_EXCEEDED, 1) => "not all pieces arrived in time",
        (4, 0) => "a header field is wrong",
        (4, 1) => "the next header is unknown",
        (4, 2) => "an option is unknown",
        (_, 0) => type_name(kind),
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (Icmp6, Vec<Fault>) {
        let mut faults = Faults::default();
        let (icmp, _) = decode(bytes, Span::all(bytes), &mut faults).unwrap();
        (icmp, faults.iter().map(|found| found.fault).collect())
    }

    /// A question for ::1 with these options.
    fn solicitation(options: &[u8]) -> Vec<u8> {
        let fixed = [135, 0, 0, 0, 0, 0, 0, 0];
        [&fixed[..], &Ipv6Addr::LOCALHOST.octets(), options].concat()
    }

    #[test]
    fn a_solicitation_has_its_target() {
        let (icmp, faults) = decoded(&solicitation(&[1, 1, 2, 0, 0, 0, 0, 1]));
        assert_eq!(icmp.detail, IcmpDetail::Target(Ipv6Addr::LOCALHOST));
        assert_eq!((icmp.header.len(), icmp.is_error(), faults), (32, false, vec![]));
    }

    #[test]
    fn options_that_lie_are_told() {
        let (layer, kind) = (Layer::Icmp6, 1);
        let faults_of = |options: &[u8]| decoded(&solicitation(options)).1;
        assert_eq!(faults_of(&[1, 0, 0, 0]), [Fault::OptionTooShort { layer, kind, says: 0 }]);
        assert_eq!(faults_of(&[1, 2, 0, 0]), [Fault::OptionTooLong { layer, kind, says: 16, has: 4 }]);
        assert_eq!(faults_of(&[1]), [Fault::OptionWithoutLength { layer, kind }]);
        assert_eq!(decoded(&solicitation(&[])[..20]).1, [Fault::HeaderCut { layer, needs: 24, has: 20 }]);
    }

    #[test]
    fn too_big_says_how_large_it_may_be() {
        let (icmp, _) = decoded(&[2, 0, 0, 0, 0, 0, 5, 0]);
        assert_eq!((icmp.detail, icmp.meaning()), (IcmpDetail::Mtu(1280), "packet too big"));
    }
}
