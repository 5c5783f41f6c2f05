//! BSD's loopback headers: nothing but the family of the addresses, as the system numbers its families.

use super::{
    LinkType,
    fault::{Fault, Faults, count},
    field::{FieldMap, said},
    layer::Layer,
    names::ethertype,
    span::Span,
};

pub(super) const LENGTH: usize = 4;

/// What the header at the start of `at` announces, as a type of Ethernet's; otherwise the bytes of the header.
pub(super) fn decode(link: LinkType, bytes: &[u8], at: Span, faults: &mut Faults) -> Result<u16, Span> {
    let shown = at.first(LENGTH);
    let Ok(header) = <[u8; LENGTH]>::try_from(shown.of(bytes)) else {
        faults.add(Fault::HeaderCut { layer: Layer::Family, needs: 4, has: count(at.len()) }, at);
        return Err(shown);
    };
    let family = family(link, header);
    ethertype_of(family).ok_or_else(|| {
        faults.add(Fault::UnknownFamily { family }, shown);
        shown
    })
}

/// A file says nothing about the machine that captured: of two byte orders, that is its own in which the family is one
/// that is known. No family is known in both.
fn family(link: LinkType, header: [u8; LENGTH]) -> u32 {
    let (big, little) = (u32::from_be_bytes(header), u32::from_le_bytes(header));
    match link {
        LinkType::Loop => big,
        _ if ethertype_of(big).is_some() => big,
        _ if ethertype_of(little).is_some() => little,
        _ => big.min(little),
    }
}

const fn ethertype_of(family: u32) -> Option<u16> {
    match family {
        2 => Some(ethertype::IPV4),
        // NetBSD and OpenBSD, FreeBSD, macOS; Linux, where a program wrote its own number.
        24 | 28 | 30 | 10 => Some(ethertype::IPV6),
        _ => None,
    }
}

/// The field of the header that fills `at`.
pub(super) fn fields(map: &mut FieldMap<'_>, link: LinkType, at: Span) {
    map.header(Layer::Family, at).raw("address family", 0..LENGTH, |bytes| {
        let header = <[u8; LENGTH]>::try_from(bytes).unwrap_or_default();
        let family = family(link, header);
        let name = match ethertype_of(family) {
            Some(ethertype::IPV4) => "IPv4",
            Some(_) => "IPv6",
            None => "unknown",
        };
        said(format!("{family} ({name})"), order(link, header, family))
    });
}

fn order(link: LinkType, header: [u8; LENGTH], family: u32) -> &'static str {
    match link {
        LinkType::Loop => "Which kind of packet follows, by the number of its address family.",
        _ if u32::from_be_bytes(header) == family => {
            "Which kind of packet follows, by its address family; the machine writes the highest byte first."
        }
        _ => "Which kind of packet follows, by its address family; the machine writes the lowest byte first.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(link: LinkType, bytes: &[u8]) -> (Option<u16>, Vec<Fault>) {
        let mut faults = Faults::default();
        let kind = decode(link, bytes, Span::all(bytes), &mut faults).ok();
        (kind, faults.iter().map(|found| found.fault).collect())
    }

    #[test]
    fn the_byte_order_is_that_in_which_the_family_is_known() {
        for (family, kind) in
            [(2, ethertype::IPV4), (24, ethertype::IPV6), (28, ethertype::IPV6), (30, ethertype::IPV6)]
        {
            assert_eq!(decoded(LinkType::Null, &[family, 0, 0, 0]), (Some(kind), vec![]));
            assert_eq!(decoded(LinkType::Null, &[0, 0, 0, family]), (Some(kind), vec![]));
            assert_eq!(decoded(LinkType::Loop, &[0, 0, 0, family]), (Some(kind), vec![]));
        }
        assert_eq!(decoded(LinkType::Null, &[0, 0, 0, 10]), (Some(ethertype::IPV6), vec![]));
    }

    #[test]
    fn a_family_that_is_not_known_is_told() {
        assert_eq!(decoded(LinkType::Null, &[7, 0, 0, 0]), (None, vec![Fault::UnknownFamily { family: 7 }]));
        let swapped = Fault::UnknownFamily { family: 0x0200_0000 };
        assert_eq!(decoded(LinkType::Loop, &[2, 0, 0, 0]), (None, vec![swapped]));
        let cut = Fault::HeaderCut { layer: Layer::Family, needs: 4, has: 3 };
        assert_eq!(decoded(LinkType::Null, &[2, 0, 0]), (None, vec![cut]));
    }

    #[test]
    fn the_field_says_which_order_it_is() {
        let field = |bytes: [u8; 4]| {
            let mut map = FieldMap::new(&bytes);
            fields(&mut map, LinkType::Null, Span::all(&bytes));
            let field = map.finish().remove(0);
            (field.value, field.meaning.contains("lowest byte first"))
        };
        assert_eq!(field([30, 0, 0, 0]), ("30 (IPv6)".into(), true));
        assert_eq!(field([0, 0, 0, 2]), ("2 (IPv4)".into(), false));
        assert_eq!(field([0, 0, 0, 9]), ("9 (unknown)".into(), false));
    }
}
