//! UDP (RFC 768).

use pnet::packet::udp::UdpPacket;

use super::{
    fault::{Fault, Faults, count},
    field::{FieldMap, counted, said},
    ip::Body,
    layer::Layer,
    names::{port, port_meaning},
    span::Span,
};

pub(super) const LENGTH: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Udp {
    pub header: Span,
    pub source: u16,
    pub destination: u16,
    /// Header and payload, as the header says.
    pub length: u16,
    pub checksum: u16,
}

/// The header at the start of the body, and the payload; otherwise the bytes that are left of the header.
pub(super) fn decode(bytes: &[u8], body: &Body, faults: &mut Faults) -> Result<(Udp, Span), Span> {
    let at = body.span;
    let Some(view) = UdpPacket::new(at.of(bytes)) else {
        faults.add(Fault::HeaderCut { layer: Layer::Udp, needs: 8, has: count(at.len()) }, at);
        return Err(at);
    };
    let udp = Udp {
        header: at.first(LENGTH),
        source: view.get_source(),
        destination: view.get_destination(),
        length: view.get_length(),
        checksum: view.get_checksum(),
    };
    if udp.destination == 0 {
        faults.add(Fault::PortZero { layer: Layer::Udp }, at.part(2, 2));
    }
    if let Some(fault) = length_fault(udp.length, body) {
        faults.add(fault, at.part(4, 2));
    }
    Ok((udp, payload(udp.length, at)))
}

/// The source port may be 0, where no answer is wanted; a piece and a cut packet hold less than the whole datagram.
fn length_fault(says: u16, body: &Body) -> Option<Fault> {
    let (layer, has) = (Layer::Udp, body.span.len());
    match usize::from(says) {
        0 => Some(Fault::LengthZero { layer }),
        1..LENGTH => Some(Fault::LengthTooShort { layer, says: says.into(), header: 8 }),
        length if length > has && body.complete && body.piece.is_none() => {
            Some(Fault::Truncated { layer, says: says.into(), has: count(has) })
        }
        length if length < has => Some(Fault::BytesAfterDatagram { bytes: count(has - length) }),
        _ => None,
    }
}

/// By the datagram's own length, where that is possible at all.
fn payload(length: u16, at: Span) -> Span {
    match usize::from(length) {
        0..LENGTH => at.after(LENGTH),
        length => at.first(length).after(LENGTH),
    }
}

/// The fields of the header that fills `at`.
pub(super) fn fields(map: &mut FieldMap<'_>, at: Span) {
    let mut header = map.header(Layer::Udp, at);
    header.number("source port", 0..2, |number| match number {
        0 => said("0", "No port: the sender wants no answer (RFC 768)."),
        _ => said(port(number), port_meaning(number, "sending")),
    });
    header.number("destination port", 2..4, |number| said(port(number), port_meaning(number, "receiving")));
    header.number("length", 4..6, |length| match length {
        0 => said("0", "Left open: the datagram is too large for this field (RFC 2675), or not yet cut."),
        1..8 => said(format!("{length} bytes"), "Impossible: the header alone has 8 bytes (RFC 768)."),
        _ => said(format!("{length} bytes"), format!("The header's 8 bytes and {} of payload (RFC 768).", length - 8)),
    });
    header.number("checksum", 6..8, |sum| match sum {
        0 => said("0", "Not used: nobody can tell whether the datagram was damaged (RFC 768)."),
        _ => said(format!("{sum:#06x}"), "Guards header, payload and both addresses (RFC 768)."),
    });
}

/// The field of what follows the datagram within its IP packet.
pub(super) fn surplus_field(map: &mut FieldMap<'_>, at: Span) {
    map.header(Layer::Udp, at).raw("behind the datagram", 0..at.len(), |bytes| {
        said(counted(bytes.len()), "Room that no old program looks at; UDP options may be here (RFC 9868).")
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The payload's length and the faults of a datagram that says `length` in an IP body of 12 bytes.
    fn datagram(length: u8) -> (usize, Vec<Fault>) {
        let bytes = [0, 53, 0x10, 0, 0, length, 0, 0, 1, 2, 3, 4];
        let body = Body { protocol: 17, span: Span::all(&bytes), piece: None, readable: true, complete: true };
        let mut faults = Faults::default();
        let (udp, payload) = decode(&bytes, &body, &mut faults).unwrap();
        assert_eq!((udp.source, udp.destination), (53, 4096));
        (payload.len(), faults.iter().map(|found| found.fault).collect())
    }

    #[test]
    fn the_payload_obeys_the_length() {
        assert_eq!(datagram(12), (4, vec![]));
        assert_eq!(datagram(10), (2, vec![Fault::BytesAfterDatagram { bytes: 2 }]));
    }

    #[test]
    fn lengths_that_lie_are_told() {
        let layer = Layer::Udp;
        assert_eq!(datagram(0), (4, vec![Fault::LengthZero { layer }]));
        assert_eq!(datagram(7), (4, vec![Fault::LengthTooShort { layer, says: 7, header: 8 }]));
        assert_eq!(datagram(13), (4, vec![Fault::Truncated { layer, says: 13, has: 12 }]));
    }
}
