//! The packet that an ICMP error quotes: it tells which conversation the error is about.

use std::net::IpAddr;

use super::{
    fault::{Fault, Faults, count},
    ip::{Body, version},
    ipv4, ipv6,
    layer::Layer,
    names::protocol,
    span::Span,
};

/// What is known of it. At least eight bytes behind its IP header are quoted (RFC 792), so the ports are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// Its bytes.
    pub span: Span,
    pub source: IpAddr,
    pub destination: IpAddr,
    pub protocol: u8,
    /// The ports of source and destination, of TCP and UDP.
    pub ports: Option<(u16, u16)>,
    /// The sequence number of TCP.
    pub sequence: Option<u32>,
}

/// The packet that fills `at` in a message of `layer`.
pub(super) fn decode(bytes: &[u8], at: Span, layer: Layer, faults: &mut Faults) -> Option<Quoted> {
    let quoted = read(bytes, at);
    if quoted.is_none() {
        faults.add(Fault::QuoteUnreadable { layer, bytes: count(at.len()) }, at);
    }
    quoted
}

fn read(bytes: &[u8], at: Span) -> Option<Quoted> {
    // It is cut short as a rule: what is missing of it is no fault of the message.
    let mut ignored = Faults::default();
    let (source, destination, body) = match version(at.of(bytes))? {
        4 => {
            let (ipv4, body) = ipv4::decode(bytes, at, &mut ignored).ok()?;
            (ipv4.source.into(), ipv4.destination.into(), body)
        }
        6 => {
            let (ipv6, body) = ipv6::decode(bytes, at, &mut ignored).ok()?;
            (ipv6.source.into(), ipv6.destination.into(), body)
        }
        _ => return None,
    };
    let (ports, sequence) = transport(bytes, &body);
    Some(Quoted { span: at, source, destination, protocol: body.protocol, ports, sequence })
}

fn transport(bytes: &[u8], body: &Body) -> (Option<(u16, u16)>, Option<u32>) {
    let is_first = body.readable && body.piece.is_none_or(|piece| piece.offset == 0);
    match (body.protocol, body.span.of(bytes)) {
        (protocol::TCP | protocol::UDP, &[a, b, c, d, ref rest @ ..]) if is_first => {
            let sequence = rest.first_chunk().filter(|_| body.protocol == protocol::TCP);
            let ports = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            (Some(ports), sequence.map(|number| u32::from_be_bytes(*number)))
        }
        _ => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTE: [u8; 28] = [
        0x45, 0, 5, 0, 0, 0, 0, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 2, // IPv4, of 1280 bytes
        0xc0, 0, 0, 80, 0, 0, 0, 7,
    ];

    #[test]
    fn eight_bytes_of_tcp_name_the_conversation() {
        let quoted = read(&QUOTE, Span::all(&QUOTE)).unwrap();
        assert_eq!((quoted.ports, quoted.sequence, quoted.protocol), (Some((49152, 80)), Some(7), 6));
        assert_eq!(quoted.destination.to_string(), "127.0.0.2");
    }

    #[test]
    fn a_later_piece_has_no_ports() {
        let mut bytes = QUOTE;
        bytes[7] = 1;
        assert_eq!(read(&bytes, Span::all(&bytes)).unwrap().ports, None);
    }
}
