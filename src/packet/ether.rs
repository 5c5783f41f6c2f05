//! Ethernet II and its VLAN tags (IEEE 802.3, 802.1Q).

use pnet::{
    packet::{ethernet::EthernetPacket, vlan::VlanPacket},
    util::MacAddr,
};

use super::{
    fault::{Fault, Faults, count},
    field::{FieldMap, Said, hex, said},
    layer::Layer,
    names::{ethertype, ethertype_name},
    span::Span,
};

const LENGTH: usize = 14;
const TAG_LENGTH: usize = 4;

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VlanTag {
    /// 0 to 7: the class of service.
    pub priority: u8,
    /// Whether it may be dropped before others.
    pub drop_eligible: bool,
    /// The virtual LAN; 0 means that the tag carries a priority only.
    pub id: u16,
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
    if is_tag(ether.ethertype) {
        read_tags(bytes, at, &mut ether, faults)?;
    }
    Ok(ether)
}

fn read_tags(bytes: &[u8], at: Span, ether: &mut Ether, faults: &mut Faults) -> Result<(), Span> {
    while is_tag(ether.ethertype) {
        let rest = at.after(ether.header.len());
        let Some(view) = VlanPacket::new(rest.of(bytes)) else {
            faults.add(Fault::HeaderCut { layer: Layer::Vlan, needs: 4, has: count(rest.len()) }, rest);
            return Err(at);
        };
        if let Some(slot) = ether.tags.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(VlanTag {
                priority: view.get_priority_code_point().0,
                drop_eligible: view.get_drop_eligible_indicator() == 1,
                id: view.get_vlan_identifier(),
            });
        }
        ether.ethertype = view.get_ethertype().0;
        ether.header = at.first(ether.header.len() + TAG_LENGTH);
    }
    Ok(())
}

const fn is_tag(number: u16) -> bool {
    matches!(number, ethertype::VLAN | ethertype::PROVIDER_VLAN | 0x9100)
}

/// The fields of the header that fills `at`.
pub(super) fn fields(map: &mut FieldMap<'_>, at: Span) {
    let mut header = map.header(Layer::Ethernet, at);
    header.raw("destination address", 0..6, |mac| mac_field(mac, "For which network card the frame is"));
    header.raw("source address", 6..12, |mac| mac_field(mac, "Which network card sent the frame"));
    header.number("type", 12..14, type_field);
    let tags = at.after(LENGTH);
    (0..tags.len()).step_by(TAG_LENGTH).for_each(|offset| tag_fields(map, tags.part(offset, TAG_LENGTH)));
}

fn tag_fields(map: &mut FieldMap<'_>, at: Span) {
    let mut header = map.header(Layer::Vlan, at);
    header.bits("priority", 0, 0..3, |priority| {
        said(priority, "The class of service, from 0 (best effort) to 7 (network control) (IEEE 802.1Q).")
    });
    header.bits("drop eligible", 0, 3..4, |flag| {
        said(flag, if flag == 1 { "May be dropped before others." } else { "Is not to be dropped before others." })
    });
    header.bits("VLAN", 0, 4..16, |id| match id {
        0 => said(id, "No virtual LAN: the tag carries a priority only."),
        4095 => said(id, "Reserved: no frame may belong to this virtual LAN."),
        _ => said(id, "The virtual LAN that the frame belongs to."),
    });
    header.number("type", 2..4, type_field);
}

fn type_field(number: u32) -> Said {
    let number = u16::try_from(number).unwrap_or_default();
    if number < ethertype::LEAST {
        return said(number, "Below 1536 this is no type, but the number of bytes that follow (IEEE 802.3).");
    }
    let name = ethertype_name(number);
    said(format!("{number:#06x} ({name})"), format!("What follows this header: {name}."))
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

    const TAGGED: [u8; 22] = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, // addresses
        0x88, 0xa8, 0x20, 0x07, 0x81, 0x00, 0xf0, 0x64, 0x08, 0x00,
    ];

    #[test]
    fn both_tags_are_read() {
        let mut faults = Faults::default();
        let ether = decode(&TAGGED, Span::all(&TAGGED), &mut faults).unwrap();
        assert_eq!(ether.ethertype, ethertype::IPV4);
        assert_eq!(ether.tags[0], Some(VlanTag { priority: 1, drop_eligible: false, id: 7 }));
        assert_eq!(ether.tags[1], Some(VlanTag { priority: 7, drop_eligible: true, id: 100 }));
        assert_eq!(ether.header.len(), 22);
        assert!(faults.is_empty());
    }

    #[test]
    fn a_tag_that_is_cut_is_a_fault() {
        let mut faults = Faults::default();
        assert_eq!(decode(&TAGGED, Span::all(&TAGGED).first(20), &mut faults).unwrap_err().len(), 20);
        let found = faults.iter().next().unwrap();
        assert_eq!(found.fault, Fault::HeaderCut { layer: Layer::Vlan, needs: 4, has: 2 });
    }
}
