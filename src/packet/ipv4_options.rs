//! The options of IPv4 (RFC 791 §3.1), which are rare: routers tend to drop packets that carry any.

use std::net::Ipv4Addr;

use super::{
    field::{FieldMap, Header, Said, hex, said},
    layer::Layer,
    options::{self, RawOption, Shape},
    span::Span,
};

const RECORD_ROUTE: u8 = 7;
const TIMESTAMP: u8 = 68;
const LOOSE_ROUTE: u8 = 131;
const STRICT_ROUTE: u8 = 137;
const ROUTER_ALERT: u8 = 148;

/// Whether the packet still has stations before it that the sender chose: its destination is not the final one.
pub(super) fn is_on_source_route(bytes: &[u8], at: Span) -> bool {
    options::walk(bytes, at).any(|option| {
        matches!(option.kind, LOOSE_ROUTE | STRICT_ROUTE)
            && matches!(*option.span.of(bytes), [_, length, pointer, ..] if pointer <= length)
    })
}

/// The fields of the options that fill `at`.
pub(super) fn fields(map: &mut FieldMap<'_>, at: Span) {
    for option in options::walk(map.bytes, at) {
        let mut header = map.header(Layer::Ipv4, option.span);
        match option.shape {
            Shape::Padding => header.raw("padding", 0..option.span.len(), |bytes| {
                said(hex(bytes), "Zeros that fill the header up to a multiple of 4 bytes (RFC 791 §3.1).")
            }),
            Shape::AfterEnd => header.raw("behind the end", 0..option.span.len(), |bytes| {
                said(hex(bytes), "Ignored, as the options ended before; but only zeros should be here.")
            }),
            _ => option_fields(&mut header, option),
        }
    }
}

fn option_fields(header: &mut Header<'_, '_>, option: RawOption) {
    header.number("option kind", 0..1, |kind| kind_field(option.kind, kind));
    if matches!(option.shape, Shape::End | Shape::Filler | Shape::NoLength) {
        return;
    }
    header.number("option length", 1..2, |length| match option.shape {
        Shape::Whole => said(format!("{length} bytes"), "Kind, length and data of this option together."),
        _ => said(format!("{length} bytes"), "An impossible length: this option and those behind it cannot be read."),
    });
    match (option.shape, option.kind) {
        (Shape::Whole, RECORD_ROUTE | LOOSE_ROUTE | STRICT_ROUTE) => route_fields(header, option.span.len()),
        (_, kind) => header.raw("option data", 2..option.span.len(), |bytes| data_field(kind, bytes)),
    }
}

fn route_fields(header: &mut Header<'_, '_>, length: usize) {
    header.number("route pointer", 2..3, |pointer| {
        said(pointer, "Where in this option the next address is read or written; 4 is the first (RFC 791 §3.1).")
    });
    let mut at = 3;
    while at + 4 <= length {
        header.raw("route address", at..at + 4, |bytes| {
            let octets = <[u8; 4]>::try_from(bytes).unwrap_or_default();
            said(Ipv4Addr::from(octets), "A station of the route, or room for one.")
        });
        at += 4;
    }
    header.raw("option data", at..length, |bytes| said(hex(bytes), "Too few bytes for an address."));
}

fn kind_field(kind: u8, number: u32) -> Said {
    let (name, meaning) = match kind {
        0 => ("end", "No options from here on."),
        1 => ("no operation", "Fills up, so that the next option begins where it should."),
        RECORD_ROUTE => ("record route", "Each router writes its address into it."),
        TIMESTAMP => ("timestamp", "Each router writes into it when the packet came by."),
        130 => ("security", "How secret the content is (RFC 1108)."),
        LOOSE_ROUTE => ("loose source route", "The stations that the packet has to visit, among others."),
        134 => ("commercial security", "How secret the content is, by a label."),
        136 => ("stream", "Obsolete (RFC 6814)."),
        STRICT_ROUTE => ("strict source route", "The only stations that the packet may visit."),
        ROUTER_ALERT => ("router alert", "Asks each router to look into the packet (RFC 2113)."),
        _ => ("unknown", "This program does not know that option; a receiver skips it."),
    };
    said(format!("{number} ({name})"), meaning)
}

fn data_field(kind: u8, bytes: &[u8]) -> Said {
    let meaning = match kind {
        ROUTER_ALERT => "0: every router is to look into the packet (RFC 2113).",
        TIMESTAMP => "Pointer, overflow and flags, and the times themselves (RFC 791 §3.1).",
        _ => "What the option carries.",
    };
    said(hex(bytes), meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_that_is_not_finished_is_known() {
        let route = |pointer| [131, 7, pointer, 10, 0, 0, 9, 0];
        let going = |bytes: &[u8]| is_on_source_route(bytes, Span::all(bytes));
        assert!(going(&route(4)));
        assert!(!going(&route(8)), "the pointer is behind the last address");
        assert!(!going(&[1, 1, 1, 0]));
    }

    #[test]
    fn each_address_of_a_route_is_a_field() {
        let bytes = [7, 11, 8, 10, 0, 0, 1, 0, 0, 0, 0, 0];
        let mut map = FieldMap::new(&bytes);
        fields(&mut map, Span::all(&bytes));
        let values: Vec<_> = map.finish().into_iter().map(|field| field.value).collect();
        assert_eq!(values, ["7 (record route)", "11 bytes", "8", "10.0.0.1", "0.0.0.0", "0 (end)"]);
    }
}
