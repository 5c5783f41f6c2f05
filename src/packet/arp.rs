//! ARP: who has this address? (RFC 826, RFC 5227)

use std::net::Ipv4Addr;

use pnet::{packet::arp::ArpPacket, util::MacAddr};

use super::{
    ether::mac_field,
    fault::{Fault, Faults, count},
    field::{FieldMap, Said, hex, said},
    layer::Layer,
    names::{ethertype, ethertype_name},
    span::Span,
};

/// The part that is the same for all kinds of addresses.
const FIXED: usize = 8;
const LENGTH: usize = 28;

/// ARP for IPv4 over Ethernet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    pub header: Span,
    pub operation: ArpOperation,
    pub sender_mac: MacAddr,
    pub sender: Ipv4Addr,
    /// All zeros in a request: it is what is asked for.
    pub target_mac: MacAddr,
    pub target: Ipv4Addr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArpOperation {
    Request,
    Reply,
    Other(u16),
}

impl Arp {
    /// Whether it is about the sender's own address: it tells all others, and finds out whether the address is taken.
    #[must_use]
    pub fn is_announcement(&self) -> bool {
        self.sender == self.target
    }
}

/// ARP at the start of `at`; otherwise as many of its bytes as can be shown.
pub(super) fn decode(bytes: &[u8], at: Span, faults: &mut Faults) -> Result<Arp, Span> {
    let here = at.of(bytes);
    let (Some(&hardware), Some(&protocol)) = (here.get(4), here.get(5)) else {
        faults.add(Fault::HeaderCut { layer: Layer::Arp, needs: 28, has: count(at.len()) }, at);
        return Err(at);
    };
    if (hardware, protocol) != (6, 4) {
        faults.add(Fault::ArpSizes { hardware, protocol }, at.part(4, 2));
        let length = FIXED + 2 * (usize::from(hardware) + usize::from(protocol));
        if length > at.len() {
            faults.add(Fault::HeaderTooLong { layer: Layer::Arp, says: count(length), has: count(at.len()) }, at);
        }
        return Err(at.first(length));
    }
    let Some(view) = ArpPacket::new(here) else {
        faults.add(Fault::HeaderCut { layer: Layer::Arp, needs: 28, has: count(at.len()) }, at);
        return Err(at);
    };
    let (hardware, protocol) = (view.get_hardware_type().0, view.get_protocol_type().0);
    if (hardware, protocol) != (1, ethertype::IPV4) {
        faults.add(Fault::ArpTypes { hardware, protocol }, at.first(4));
    }
    Ok(value(&view, at.first(LENGTH)))
}

fn value(view: &ArpPacket<'_>, header: Span) -> Arp {
    Arp {
        header,
        operation: match view.get_operation().0 {
            1 => ArpOperation::Request,
            2 => ArpOperation::Reply,
            other => ArpOperation::Other(other),
        },
        sender_mac: view.get_sender_hw_addr(),
        sender: view.get_sender_proto_addr(),
        target_mac: view.get_target_hw_addr(),
        target: view.get_target_proto_addr(),
    }
}

/// The fields of what fills `at`, whatever the sizes of its addresses.
pub(super) fn fields(map: &mut FieldMap<'_>, at: Span) {
    let mut header = map.header(Layer::Arp, at);
    header.number("hardware type", 0..2, |kind| match kind {
        1 => said("1 (Ethernet)", "Hardware addresses are those of Ethernet (RFC 826)."),
        _ => said(kind, "Hardware addresses are of another kind than Ethernet's."),
    });
    header.number("protocol type", 2..4, |kind| {
        let name = ethertype_name(u16::try_from(kind).unwrap_or_default());
        said(format!("{kind:#06x} ({name})"), "Of which protocol the addresses are that are looked up (RFC 826).")
    });
    header.number("hardware size", 4..5, |size| said(size, "How many bytes a hardware address has; Ethernet: 6."));
    header.number("protocol size", 5..6, |size| said(size, "How many bytes a protocol address has; IPv4: 4."));
    header.number("operation", 6..8, operation_field);
    let (hardware, protocol) = match *header.bytes() {
        [_, _, _, _, hardware, protocol, ..] => (usize::from(hardware), usize::from(protocol)),
        _ => return,
    };
    let sender = FIXED + hardware;
    let target = sender + protocol;
    header.raw("sender hardware address", FIXED..sender, |bytes| hardware_field(bytes, "Who is speaking"));
    header.raw("sender address", sender..target, |bytes| protocol_field(bytes, "Who is speaking"));
    header.raw("target hardware address", target..target + hardware, |bytes| {
        hardware_field(bytes, "Whom it is about; a request leaves it zero, as it is what it asks for")
    });
    header.raw("target address", target + hardware..target + hardware + protocol, |bytes| {
        protocol_field(bytes, "Whom it is about")
    });
}

fn operation_field(operation: u32) -> Said {
    match operation {
        1 => said("1 (request)", "Asks: who has the target address? Tell the sender (RFC 826)."),
        2 => said("2 (reply)", "Answers: the sender's address is at the sender's hardware address (RFC 826)."),
        _ => said(operation, "Neither a request (1) nor a reply (2)."),
    }
}

fn hardware_field(bytes: &[u8], what: &str) -> Said {
    if bytes.len() == 6 { mac_field(bytes, what) } else { said(hex(bytes), format!("{what}.")) }
}

fn protocol_field(bytes: &[u8], what: &str) -> Said {
    let address = <[u8; 4]>::try_from(bytes).map(|octets| Ipv4Addr::from(octets).to_string());
    said(address.unwrap_or_else(|_| hex(bytes)), format!("{what}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: [u8; 28] = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2];

    fn faults_of(bytes: &[u8]) -> Vec<Fault> {
        let mut faults = Faults::default();
        let _ = decode(bytes, Span::all(bytes), &mut faults);
        faults.iter().map(|found| found.fault).collect()
    }

    #[test]
    fn a_request_asks_for_the_target() {
        let arp = decode(&REQUEST, Span::all(&REQUEST), &mut Faults::default()).unwrap();
        assert_eq!(arp.operation, ArpOperation::Request);
        assert_eq!((arp.sender, arp.target), (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2)));
        assert!(!arp.is_announcement());
    }

    #[test]
    fn odd_sizes_are_told() {
        let mut odd = REQUEST;
        odd[4] = 8;
        let longer = Fault::HeaderTooLong { layer: Layer::Arp, says: 32, has: 28 };
        assert_eq!(faults_of(&odd), [Fault::ArpSizes { hardware: 8, protocol: 4 }, longer]);
        assert_eq!(faults_of(&REQUEST[..27]), [Fault::HeaderCut { layer: Layer::Arp, needs: 28, has: 27 }]);
        let mut other = REQUEST;
        other[1] = 6;
        assert_eq!(faults_of(&other), [Fault::ArpTypes { hardware: 6, protocol: 0x0800 }]);
    }
}
