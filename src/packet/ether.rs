//! Ethernet II (IEEE 802.3).

use pnet::{packet::ethernet::EthernetPacket, util::MacAddr};

use super::{
    fault::{Fault, Faults, count},
    field::{FieldMap, Said, hex, said},
    layer::Layer,
    names::type_field,
    span::Span,
    vlan::{self, VlanTag},
};

const LENGTH: usize = 14;

/// An Ethernet header with its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ether {
    /// The bytes of the header, tags included.
    pub header: Span,
    pub destination: MacAddr,
    pub source: MacAddr,
    /// The outer tag and the one inside of it. Further ones are skipped, their bytes belong to the header.
    pub tags: [Option<VlanTag>; 2],
    /// What follows, behind all tags; below 0x0600 it is the length of an 802.3 frame.
    pub ethertype: u16,
}

/// The header at the start of `at`; otherwise the bytes that are left of it.
pub(super) fn decode(bytes: &[u8], at: Span, faults: &mut Faults) -> Result<Ether, Span> {
    let Some(view) = EthernetPacket::new(at.of(bytes)) else {
        faults.add(Fault::HeaderCut { layer: Layer::Ethernet, needs: 14, has: count(at.len()) }, at);
        return Err(at);
    };
    let mut ether = Ether {
        header: at.first(LENGTH),
        destination: view.get_destination(),
        source: view.get_source(),
        tags: [None; 2],
        ethertype: view.get_ethertype().0,
    };
    if vlan::is_tag(ether.ethertype) {
        let tags = vlan::decode(bytes, at.after(LENGTH), ether.ethertype, faults).ok_or(at)?;
        ether.header = at.first(LENGTH + tags.length);
        (ether.tags, ether.ethertype) = (tags.listed, tags.ethertype);
    }
    Ok(ether)
}

/// The fields of the header that fills `at`.
pub(super) fn fields(map: &mut FieldMap<'_>, at: Span) {
    let mut header = map.header(Layer::Ethernet, at);
    header.raw("destination address", 0..6, |mac| mac_field(mac, "For which network card the frame is"));
    header.raw("source address", 6..12, |mac| mac_field(mac, "Which network card sent the frame"));
    header.number("type", 12..14, type_field);
    vlan::fields(map, at.after(LENGTH));
}

/// A hardware address and what kind of address it is.
pub(super) fn mac_field(bytes: &[u8], what: &str) -> Said {
    let &[a, b, c, d, e, f] = bytes else { return said(hex(bytes), format!("{what}.")) };
    let mac = MacAddr(a, b, c, d, e, f);
    let kind = if mac.is_zero() {
        "all zeros: a card without an address, as the loopback is"
    } else if mac.is_broadcast() {
        "the broadcast address: everybody on the link"
    } else if mac.is_multicast() {
        "a multicast address: a group on the link"
    } else if a & 2 != 0 {
        "an address that was made up locally"
    } else {
        "an address that the maker of the card gave it"
    };
    said(mac, format!("{what}: {kind}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::names::ethertype;

    const TAGGED: [u8; 22] = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, // addresses
        0x88, 0xa8, 0x20, 0x07, 0x81, 0x00, 0xf0, 0x64, 0x08, 0x00,
    ];

    #[test]
    fn tags_belong_to_the_header() {
        let mut faults = Faults::default();
        let ether = decode(&TAGGED, Span::all(&TAGGED), &mut faults).unwrap();
        assert_eq!((ether.ethertype, ether.header.len()), (ethertype::IPV4, 22));
        assert_eq!(ether.tags.map(|tag| tag.map(|tag| tag.id)), [Some(7), Some(100)]);
        assert!(faults.is_empty());
        assert_eq!(decode(&TAGGED, Span::all(&TAGGED).first(20), &mut faults).unwrap_err().len(), 20);
    }
}
