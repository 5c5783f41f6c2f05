//! VLAN tags (IEEE 802.1Q): they follow the type of whatever link header has one.

use pnet::packet::vlan::VlanPacket;

use super::{
    fault::{Fault, Faults, count},
    field::{FieldMap, said},
    layer::Layer,
    names::{ethertype, type_field},
    span::Span,
};

const LENGTH: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VlanTag {
    /// 0 to 7: the class of service.
    pub priority: u8,
    /// Whether it may be dropped before others.
    pub drop_eligible: bool,
    /// The virtual LAN; 0 means that the tag carries a priority only.
    pub id: u16,
}

/// The tags of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tags {
    /// The outer one and the one inside of it. Further ones are skipped.
    pub(super) listed: [Option<VlanTag>; 2],
    /// The bytes of all of them.
    pub(super) length: usize,
    /// What follows them.
    pub(super) ethertype: u16,
}

pub(super) const fn is_tag(number: u16) -> bool {
    matches!(number, ethertype::VLAN | ethertype::PROVIDER_VLAN | 0x9100)
}

/// The tags at the start of `rest`, announced by the type `ethertype`; none if one of them is cut.
pub(super) fn decode(bytes: &[u8], mut rest: Span, ethertype: u16, faults: &mut Faults) -> Option<Tags> {
    let mut tags = Tags { listed: [None; 2], length: 0, ethertype };
    while is_tag(tags.ethertype) {
        let Some(view) = VlanPacket::new(rest.of(bytes)) else {
            faults.add(Fault::HeaderCut { layer: Layer::Vlan, needs: 4, has: count(rest.len()) }, rest);
            return None;
        };
        if let Some(slot) = tags.listed.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(VlanTag {
                priority: view.get_priority_code_point().0,
                drop_eligible: view.get_drop_eligible_indicator() == 1,
                id: view.get_vlan_identifier(),
            });
        }
        tags.ethertype = view.get_ethertype().0;
        tags.length += LENGTH;
        rest = rest.after(LENGTH);
    }
    Some(tags)
}

/// The fields of the tags that fill `at`.
pub(super) fn fields(map: &mut FieldMap<'_>, at: Span) {
    (0..at.len()).step_by(LENGTH).for_each(|offset| tag_fields(map, at.part(offset, LENGTH)));
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

#[cfg(test)]
mod tests {
    use super::*;

    const TAGS: [u8; 8] = [0x20, 0x07, 0x81, 0x00, 0xf0, 0x64, 0x08, 0x00];

    #[test]
    fn both_tags_are_read() {
        let mut faults = Faults::default();
        let tags = decode(&TAGS, Span::all(&TAGS), ethertype::PROVIDER_VLAN, &mut faults).unwrap();
        assert_eq!((tags.ethertype, tags.length), (ethertype::IPV4, 8));
        assert_eq!(tags.listed[0], Some(VlanTag { priority: 1, drop_eligible: false, id: 7 }));
        assert_eq!(tags.listed[1], Some(VlanTag { priority: 7, drop_eligible: true, id: 100 }));
        assert!(faults.is_empty());
    }

    #[test]
    fn a_tag_that_is_cut_is_a_fault() {
        let mut faults = Faults::default();
        assert_eq!(decode(&TAGS, Span::all(&TAGS).first(6), ethertype::VLAN, &mut faults), None);
        let found = faults.iter().next().unwrap();
        assert_eq!(found.fault, Fault::HeaderCut { layer: Layer::Vlan, needs: 4, has: 2 });
    }
}
