//! Linux's cooked headers: what stands before a packet that was captured on all interfaces at once, where each has a
//! header of its own. The kernel's own words about the packet take its place (LINKTYPE_LINUX_SLL and _SLL2).

use pnet::packet::{sll::SLLPacket, sll2::SLL2Packet};

use super::{
    LinkType,
    ether::mac_field,
    fault::{Fault, Faults, count},
    field::{FieldMap, Header, Said, hex, said},
    layer::Layer,
    names::{ethertype, type_field},
    span::Span,
    vlan::{self, VlanTag},
};

const LENGTH: usize = 16;
const LENGTH_TWO: usize = 20;
/// There is room for so many bytes of an address, whatever its length.
const ADDRESS: usize = 8;

/// A cooked header with its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cooked {
    /// The bytes of the header, tags included.
    pub header: Span,
    pub way: Way,
    /// What kind of interface it was (the kernel's ARPHRD numbers).
    pub hardware: u16,
    /// Of the machine that captured; the first version does not tell.
    pub interface: Option<u32>,
    /// The bytes of the sender's hardware address, as far as there was room for it.
    pub address: Span,
    pub tags: [Option<VlanTag>; 2],
    /// What follows, behind all tags; below 0x0600 it is one of the kernel's own numbers.
    pub protocol: u16,
}

/// Which way a packet went, as the kernel saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// For this machine, from somebody else.
    ToUs,
    /// For everybody on the link.
    Broadcast,
    /// For a group on the link.
    Multicast,
    /// For another machine, and merely overheard.
    Overheard,
    /// Sent by this machine.
    FromUs,
    Other(u16),
}

impl Way {
    const fn numbered(number: u16) -> Self {
        match number {
            0 => Self::ToUs,
            1 => Self::Broadcast,
            2 => Self::Multicast,
            3 => Self::Overheard,
            4 => Self::FromUs,
            other => Self::Other(other),
        }
    }
}

/// The header at the start of `at`; otherwise the bytes that are left of it.
pub(super) fn decode(link: LinkType, bytes: &[u8], at: Span, faults: &mut Faults) -> Result<Cooked, Span> {
    let length = length(link);
    // The views do not count the address among what has to be there.
    let read = (at.len() >= length).then(|| match link {
        LinkType::CookedTwo => value_two(bytes, at, faults),
        _ => value(bytes, at),
    });
    let Some(mut cooked) = read.flatten() else {
        faults.add(Fault::HeaderCut { layer: Layer::Cooked, needs: count(length), has: count(at.len()) }, at);
        return Err(at);
    };
    if vlan::is_tag(cooked.protocol) {
        let tags = vlan::decode(bytes, at.after(length), cooked.protocol, faults).ok_or(at)?;
        cooked.header = at.first(length + tags.length);
        (cooked.tags, cooked.protocol) = (tags.listed, tags.ethertype);
    }
    Ok(cooked)
}

const fn length(link: LinkType) -> usize {
    if matches!(link, LinkType::CookedTwo) { LENGTH_TWO } else { LENGTH }
}

fn value(bytes: &[u8], at: Span) -> Option<Cooked> {
    let view = SLLPacket::new(at.of(bytes))?;
    let length = usize::from(view.get_link_layer_address_len());
    Some(Cooked {
        header: at.first(LENGTH),
        way: Way::numbered(view.get_packet_type()),
        hardware: view.get_link_layer_address_type(),
        interface: None,
        address: at.part(6, length.min(ADDRESS)),
        tags: [None; 2],
        protocol: view.get_protocol().0,
    })
}

fn value_two(bytes: &[u8], at: Span, faults: &mut Faults) -> Option<Cooked> {
    let view = SLL2Packet::new(at.of(bytes))?;
    if view.get_reserved() != 0 {
        faults.add(Fault::ReservedBits { layer: Layer::Cooked }, at.part(2, 2));
    }
    let length = usize::from(view.get_link_layer_address_length());
    Some(Cooked {
        header: at.first(LENGTH_TWO),
        way: Way::numbered(view.get_packet_type().into()),
        hardware: view.get_arphrd_type(),
        interface: Some(view.get_interface_index()),
        address: at.part(12, length.min(ADDRESS)),
        tags: [None; 2],
        protocol: view.get_protocol_type().0,
    })
}

/// The fields of the header that fills `at`.
pub(super) fn fields(map: &mut FieldMap<'_>, link: LinkType, at: Span) {
    let mut header = map.header(Layer::Cooked, at);
    match link {
        LinkType::CookedTwo => second_fields(&mut header),
        _ => first_fields(&mut header),
    }
    vlan::fields(map, at.after(length(link)));
}

fn first_fields(header: &mut Header<'_, '_>) {
    header.number("packet type", 0..2, way_field);
    header.number("hardware type", 2..4, hardware_field);
    header.number("address length", 4..6, length_field);
    address_fields(header, 4..6, 6);
    header.number("protocol", 14..16, protocol_field);
}

fn second_fields(header: &mut Header<'_, '_>) {
    header.number("protocol", 0..2, protocol_field);
    header.number("reserved", 2..4, |bits| said(bits, "Not used, and always 0."));
    header.number("interface", 4..8, |index| {
        said(index, "On which interface it was, by the number that the capturing kernel gave it.")
    });
    header.number("hardware type", 8..10, hardware_field);
    header.number("packet type", 10..11, way_field);
    header.number("address length", 11..12, length_field);
    address_fields(header, 11..12, 12);
}

/// The address at `start`, whose length is in the bytes `says`, and the room behind it.
fn address_fields(header: &mut Header<'_, '_>, says: std::ops::Range<usize>, start: usize) {
    let Some(length) = header.bytes().get(says) else { return };
    let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)).min(ADDRESS);
    header.raw("source address", start..start + length, |bytes| match bytes.len() {
        6 => mac_field(bytes, "Which network card sent it"),
        _ => said(hex(bytes), "The sender's hardware address, or the first bytes of it."),
    });
    header.raw("unused", start + length..start + ADDRESS, |bytes| {
        said(hex(bytes), "There is room for eight bytes, and the address is shorter.")
    });
}

fn way_field(number: u32) -> Said {
    let (name, meaning) = match Way::numbered(u16::try_from(number).unwrap_or(u16::MAX)) {
        Way::ToUs => ("to us", "It came in, and is for the machine that captured it."),
        Way::Broadcast => ("broadcast", "It came in, and is for everybody on the link."),
        Way::Multicast => ("multicast", "It came in, and is for a group on the link."),
        Way::Overheard => ("to another", "It is for another machine, and was overheard."),
        Way::FromUs => ("from us", "The machine that captured it has sent it."),
        Way::Other(_) => ("unknown", "This program does not know that way."),
    };
    said(format!("{number} ({name})"), meaning)
}

fn hardware_field(kind: u32) -> Said {
    let name = match kind {
        1 => "Ethernet",
        512 => "PPP",
        768 => "IP in IP",
        769 => "IPv6 tunnel",
        772 => "loopback",
        776 => "IPv6 in IPv4",
        778 => "GRE",
        801..=803 => "Wi-Fi",
        824 => "netlink",
        823 | 0xfffe => "none",
        _ => "another",
    };
    let meaning = match name {
        "none" => "The interface has no hardware addresses: a tunnel, for example.",
        _ => "What kind of interface it was on (the kernel's ARPHRD numbers).",
    };
    said(format!("{kind} ({name})"), meaning)
}

fn length_field(length: u32) -> Said {
    match length {
        0 => said("0 bytes", "There is no sender's hardware address."),
        1..=8 => said(format!("{length} bytes"), "How long the sender's hardware address is; Ethernet: 6."),
        _ => said(format!("{length} bytes"), "The sender's hardware address is longer than the room for it."),
    }
}

/// The kernel marks with low numbers what has no type of Ethernet's.
fn protocol_field(number: u32) -> Said {
    if number >= u32::from(ethertype::LEAST) {
        return type_field(number);
    }
    let name = match number {
        1 => "IEEE 802.3 without a type",
        4 => "IEEE 802.2",
        12 => "CAN",
        _ => "unknown",
    };
    said(format!("{number} ({name})"), "No type of Ethernet's: one of the kernel's own numbers.")
}

#[cfg(test)]
mod tests {
    use pnet::util::MacAddr;

    use super::*;

    const HEADER: [u8; 16] = [0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0xaa, 0xbb, 8, 0];
    const HEADER_TWO: [u8; 20] = [0x86, 0xdd, 0, 0, 0, 0, 0, 7, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    fn decoded(link: LinkType, bytes: &[u8]) -> (Result<Cooked, Span>, Vec<Fault>) {
        let mut faults = Faults::default();
        let cooked = decode(link, bytes, Span::all(bytes), &mut faults);
        (cooked, faults.iter().map(|found| found.fault).collect())
    }

    fn shown(link: LinkType, bytes: &[u8]) -> Vec<(&'static str, String)> {
        let mut map = FieldMap::new(bytes);
        fields(&mut map, link, Span::all(bytes));
        map.finish().into_iter().map(|field| (field.name, field.value)).collect()
    }

    #[test]
    fn the_first_version_is_read() {
        let (cooked, faults) = decoded(LinkType::Cooked, &HEADER);
        let cooked = cooked.unwrap();
        assert_eq!((cooked.way, cooked.hardware, cooked.interface), (Way::FromUs, 1, None));
        assert_eq!((cooked.address.of(&HEADER), cooked.protocol), (&[2, 0, 0, 0, 0, 1][..], ethertype::IPV4));
        assert_eq!(faults, []);
        let shown = shown(LinkType::Cooked, &HEADER);
        assert_eq!(shown[0], ("packet type", "4 (from us)".into()));
        assert_eq!(shown[3], ("source address", MacAddr(2, 0, 0, 0, 0, 1).to_string()));
        assert_eq!(shown[4], ("unused", "aa bb".into()));
        assert_eq!(shown[5], ("protocol", "0x0800 (IPv4)".into()));
    }

    #[test]
    fn the_second_version_knows_its_interface() {
        let (cooked, faults) = decoded(LinkType::CookedTwo, &HEADER_TWO);
        let cooked = cooked.unwrap();
        assert_eq!((cooked.way, cooked.hardware, cooked.interface), (Way::ToUs, 772, Some(7)));
        assert_eq!((cooked.address.len(), cooked.protocol, faults), (0, ethertype::IPV6, vec![]));
        let shown = shown(LinkType::CookedTwo, &HEADER_TWO);
        let names: Vec<_> = shown.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            ["protocol", "reserved", "interface", "hardware type", "packet type", "address length", "unused"]
        );
    }

    #[test]
    fn tags_follow_the_header() {
        let mut tagged = [&HEADER[..], &[0x20, 7, 0x08, 0x00]].concat();
        tagged[14..16].copy_from_slice(&[0x81, 0x00]);
        let cooked = decoded(LinkType::Cooked, &tagged).0.unwrap();
        assert_eq!((cooked.header.len(), cooked.protocol), (20, ethertype::IPV4));
        assert_eq!(cooked.tags[0], Some(VlanTag { priority: 1, drop_eligible: false, id: 7 }));
        let (cut, faults) = decoded(LinkType::Cooked, &tagged[..18]);
        assert_eq!(cut.unwrap_err().len(), 18);
        assert_eq!(faults, [Fault::HeaderCut { layer: Layer::Vlan, needs: 4, has: 2 }]);
    }

    #[test]
    fn what_is_cut_and_what_is_odd_is_told() {
        let (cut, faults) = decoded(LinkType::CookedTwo, &HEADER_TWO[..19]);
        assert_eq!(cut.unwrap_err().len(), 19);
        assert_eq!(faults, [Fault::HeaderCut { layer: Layer::Cooked, needs: 20, has: 19 }]);
        let mut odd = HEADER_TWO;
        (odd[3], odd[11]) = (1, 20);
        let (cooked, faults) = decoded(LinkType::CookedTwo, &odd);
        assert_eq!(cooked.unwrap().address.len(), 8, "a long address was cut to the room for it");
        assert_eq!(faults, [Fault::ReservedBits { layer: Layer::Cooked }]);
    }
}
