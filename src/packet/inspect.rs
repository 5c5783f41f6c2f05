//! Every byte of a frame, with its meaning: what the inspector shows.

use super::{
    LinkType, Net, Packet, Transport, arp, cooked,
    decode::{decode_from, decode_quoted, transport_of},
    ether, family,
    field::{Field, FieldMap, Said, counted, said},
    icmp, icmp6, ipv4, ipv6,
    layer::Layer,
    names::{ethertype, ethertype_name, protocol, protocol_name},
    span::Span,
    tcp, udp,
};

/// The fields of an Ethernet frame, in the order of their bytes. Each bit of the frame belongs to exactly one.
#[must_use]
pub fn fields(bytes: &[u8]) -> Vec<Field> {
    fields_from(LinkType::Ethernet, bytes)
}

/// The fields of a frame of this kind of link.
#[must_use]
pub fn fields_from(link: LinkType, bytes: &[u8]) -> Vec<Field> {
    let mut map = FieldMap::new(bytes);
    describe(&mut map, &decode_from(link, bytes));
    map.finish()
}

fn describe(map: &mut FieldMap<'_>, packet: &Packet) {
    link_fields(map, packet);
    net_fields(map, packet);
    transport_fields(map, packet);
    payload_fields(map, packet);
    let surplus = packet.surplus();
    if matches!(packet.transport, Transport::Udp(_)) {
        udp::surplus_field(map, surplus);
    }
    map.header(Layer::Trailer, packet.trailer)
        .raw("trailer", 0..packet.trailer.len(), |bytes| trailer_field(packet.link, bytes));
}

fn link_fields(map: &mut FieldMap<'_>, packet: &Packet) {
    let at = packet.headers.link;
    match packet.link {
        LinkType::Ethernet => ether::fields(map, at),
        LinkType::Cooked | LinkType::CookedTwo => cooked::fields(map, packet.link, at),
        LinkType::Null | LinkType::Loop => family::fields(map, packet.link, at),
        LinkType::Ip | LinkType::Ipv4 | LinkType::Ipv6 => {}
    }
}

fn net_fields(map: &mut FieldMap<'_>, packet: &Packet) {
    let at = packet.headers.net;
    match packet.net {
        Net::V4(_) | Net::Unknown(ethertype::IPV4) => ipv4::fields(map, at),
        Net::V6(_) | Net::Unknown(ethertype::IPV6) => ipv6::fields(map, at),
        Net::Arp(_) | Net::Unknown(ethertype::ARP) => arp::fields(map, at),
        Net::None | Net::Unknown(_) => {}
    }
}

fn transport_fields(map: &mut FieldMap<'_>, packet: &Packet) {
    let at = packet.headers.transport;
    match packet.transport_layer() {
        Some(Layer::Tcp) => tcp::fields(map, at, packet.payload.len()),
        Some(Layer::Udp) => udp::fields(map, at),
        Some(Layer::Icmp) => icmp::fields(map, at),
        Some(Layer::Icmp6) => icmp6::fields(map, at),
        _ => {}
    }
}

impl Packet {
    /// The transport whose header is there, be it whole or not.
    fn transport_layer(&self) -> Option<Layer> {
        match self.transport {
            Transport::None | Transport::Fragment(_) => None,
            Transport::Tcp(_) => Some(Layer::Tcp),
            Transport::Udp(_) => Some(Layer::Udp),
            Transport::Icmp(_) => Some(Layer::Icmp),
            Transport::Icmp6(_) => Some(Layer::Icmp6),
            Transport::Unknown(number) => transport_of(number, &self.net),
        }
    }
}

fn payload_fields(map: &mut FieldMap<'_>, packet: &Packet) {
    let at = packet.payload;
    let (header, bytes) = (packet.headers.transport, map.bytes);
    let quote = match packet.transport {
        Transport::Icmp(_) => icmp::quote_in(bytes, header, at),
        Transport::Icmp6(_) => icmp6::quote_in(bytes, header, at),
        _ => None,
    };
    // An error about an error is never sent (RFC 1122 §3.2.2): a quote within a quote is shown as bytes.
    match quote.filter(|_| !map.quoted) {
        Some(quote) => quote_fields(map, packet, quote),
        None => map.header(Layer::Payload, at).raw("payload", 0..at.len(), |bytes| payload_field(packet, bytes)),
    }
}

fn quote_fields(map: &mut FieldMap<'_>, packet: &Packet, quote: Span) {
    map.quoted = true;
    describe(map, &decode_quoted(map.bytes, quote));
    map.quoted = false;
    let layer = if matches!(packet.transport, Transport::Icmp6(_)) { Layer::Icmp6 } else { Layer::Icmp };
    icmp::extensions_field(map, layer, packet.payload.after(quote.len()));
}

fn payload_field(packet: &Packet, bytes: &[u8]) -> Said {
    let meaning = match (packet.transport, packet.net) {
        (Transport::Tcp(_), _) => "What the sending program wrote: a part of a stream, cut anywhere.".into(),
        (Transport::Udp(_), _) if packet.is_piece || !packet.complete => {
            "The beginning of one message that the sending program wrote.".into()
        }
        (Transport::Udp(_), _) => "What the sending program wrote: one message, whole.".into(),
        (Transport::Icmp(_) | Transport::Icmp6(_), _) => return icmp::payload_field(bytes),
        (Transport::Fragment(piece), _) => {
            let name = protocol_name(piece.protocol);
            format!("The middle or the end of a larger packet ({name}): its header is in the first piece.")
        }
        (Transport::Unknown(number), Net::V4(_) | Net::V6(_)) => unread_transport(packet, number),
        (_, Net::Unknown(kind)) => unread_net(packet.link, kind),
        _ => "Bytes that this program does not read.".into(),
    };
    said(counted(bytes.len()), meaning)
}

fn unread_transport(packet: &Packet, number: u8) -> String {
    match transport_of(number, &packet.net) {
        Some(layer) => format!("Where the {layer} header begins cannot be known: the headers before it are damaged."),
        None if number == protocol::NOTHING => "Nothing should follow here.".into(),
        None => format!("A packet of protocol {number} ({}), which this program does not read.", protocol_name(number)),
    }
}

fn unread_net(link: LinkType, kind: u16) -> String {
    match kind {
        ethertype::IPV4 | ethertype::IPV6 => format!("This should be {}, but is not.", ethertype_name(kind)),
        _ if kind < ethertype::LEAST && link != LinkType::Ethernet => {
            format!("A packet of the kernel's own type {kind}, which this program does not read.")
        }
        _ if kind < ethertype::LEAST => "The content of an IEEE 802.3 frame, which this program does not read.".into(),
        _ => format!("A packet of type {kind:#06x} ({}), which this program does not read.", ethertype_name(kind)),
    }
}

fn trailer_field(link: LinkType, bytes: &[u8]) -> Said {
    let meaning = if link == LinkType::Ethernet && bytes.iter().all(|byte| *byte == 0) {
        "Padding: an Ethernet frame has at least 60 bytes, and the packet is shorter (IEEE 802.3)."
    } else {
        "Bytes of the frame that do not belong to the packet."
    };
    said(counted(bytes.len()), meaning)
}
