//! How much a packet carried when it was sent.

use crate::packet::{Net, Packet};

/// IPv6 counts what follows its own header.
const IPV6_HEADER: usize = 40;

/// The bytes of payload that the sender put in, by the IP header: a capture may have kept only the first of them.
#[must_use]
pub fn payload_len(packet: &Packet) -> usize {
    let captured = packet.payload.len();
    let whole = match packet.net {
        _ if packet.complete => return captured,
        Net::V4(ipv4) => ipv4.total_length.into(),
        Net::V6(ipv6) => IPV6_HEADER + usize::from(ipv6.payload_length),
        _ => return captured,
    };
    let headers = packet.headers.net.len() + packet.headers.transport.len();
    usize::saturating_sub(whole, headers).max(captured)
}
