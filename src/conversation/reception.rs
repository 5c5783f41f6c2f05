//! Whether a packet that was changed on its way is taken by the kernel that it reaches.
//!
//! What is thrown away here changes no state and is answered by nobody: to TCP it is as good as lost.

use crate::packet::{Checksum, Layer, Net, Packet, Transport, decode};

/// What the receiver's kernel does with a packet, judged by its bytes alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reception {
    /// It is handed on to whom it is for.
    Taken,
    /// The checksum of this layer does not fit.
    WrongChecksum(Layer),
    /// It ends before its own header says that it does.
    Cut,
    /// Its Ethernet address is not the receiver's any more.
    ForAnother,
    /// It can not be read as what it was.
    Unreadable,
}

impl Reception {
    /// What becomes of a packet that was sent as `sent` and arrives as `arrived`.
    #[must_use]
    pub fn of(sent: &[u8], arrived: &[u8]) -> Self {
        if sent == arrived {
            return Self::Taken;
        }
        let (before, packet) = (decode(sent), decode(arrived));
        let checksums = packet.checksums(arrived);
        let is_wrong = |checksum| matches!(checksum, Some(Checksum::Wrong { .. } | Checksum::NotFilledIn));
        if is_for_another(&before, &packet) {
            Self::ForAnother
        } else if is_wrong(checksums.net) {
            Self::WrongChecksum(Layer::Ipv4)
        } else if net(&before) != net(&packet) {
            if arrived.len() < sent.len() { Self::Cut } else { Self::Unreadable }
        } else if !packet.complete && before.complete {
            Self::Cut
        } else if let Some(layer) = transport(&packet).filter(|_| is_wrong(checksums.transport)) {
            Self::WrongChecksum(layer)
        } else if transport(&before) != transport(&packet) {
            Self::Unreadable
        } else {
            Self::Taken
        }
    }

    #[must_use]
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::Taken)
    }
}

/// TCP takes only what was addressed to this very host; to other protocols a group's address is as good.
fn is_for_another(before: &Packet, packet: &Packet) -> bool {
    let (Some(sent), Some(arrived)) = (before.ether, packet.ether) else { return false };
    let group = arrived.destination.0 & 1 == 1;
    sent.destination != arrived.destination && (!group || packet.tcp().is_some())
}

const fn net(packet: &Packet) -> Option<Layer> {
    match packet.net {
        Net::Arp(_) => Some(Layer::Arp),
        Net::V4(_) => Some(Layer::Ipv4),
        Net::V6(_) => Some(Layer::Ipv6),
        Net::None | Net::Unknown(_) => None,
    }
}

const fn transport(packet: &Packet) -> Option<Layer> {
    match packet.transport {
        Transport::Tcp(_) => Some(Layer::Tcp),
        Transport::Udp(_) => Some(Layer::Udp),
        Transport::Icmp(_) => Some(Layer::Icmp),
        Transport::Icmp6(_) => Some(Layer::Icmp6),
        Transport::None | Transport::Fragment(_) | Transport::Unknown(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;
    use proptest::prelude::*;

    use super::*;

    const TO: [u8; 6] = [2, 0, 0, 0, 0, 2];

    fn segment(payload: &[u8]) -> Vec<u8> {
        let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], TO).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
        let mut frame = Vec::new();
        builder.tcp(40_000, 80, 7, 512).ack(9).write(&mut frame, payload).unwrap();
        frame
    }

    fn turned(frame: &[u8], offset: usize) -> Reception {
        let mut arrived = frame.to_vec();
        arrived[offset] ^= 0xff;
        Reception::of(frame, &arrived)
    }

    #[test]
    fn each_byte_of_a_segment_is_guarded_by_something_but_its_senders_ethernet_address() {
        let frame = segment(b"hello");
        for offset in 0..frame.len() {
            let expected = match offset {
                0..6 => Reception::ForAnother,
                6..12 => Reception::Taken,
                // What the frame carries, and the version and the length of its header: without them nobody knows
                // what to add up.
                12..15 => Reception::Unreadable,
                15..34 => Reception::WrongChecksum(Layer::Ipv4),
                _ => Reception::WrongChecksum(Layer::Tcp),
            };
            assert_eq!(turned(&frame, offset), expected, "byte {offset}");
        }
    }

    #[test]
    fn what_is_cut_is_not_taken_unless_only_padding_is_gone() {
        let frame = segment(b"hello");
        for length in [10, 20, 34, 40, frame.len() - 1] {
            assert_eq!(Reception::of(&frame, &frame[..length]), Reception::Cut, "{length}");
        }
        let padded = [&frame[..], &[0; 4]].concat();
        assert_eq!(Reception::of(&padded, &frame), Reception::Taken);
        assert_eq!(turned(&padded, frame.len()), Reception::Taken);
    }

    #[test]
    fn a_datagram_without_checksum_is_taken_whatever_its_bytes_say() {
        let mut frame = Vec::new();
        let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], TO).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
        builder.udp(40_000, 53).write(&mut frame, b"hello").unwrap();
        let last = frame.len() - 1;
        assert_eq!(turned(&frame, last), Reception::WrongChecksum(Layer::Udp));
        frame[40..42].fill(0);
        assert_eq!(turned(&frame, last), Reception::Taken);
    }

    proptest! {
        #[test]
        fn whatever_arrives_is_judged(sent: Vec<u8>, arrived: Vec<u8>) {
            let _ = Reception::of(&sent, &arrived);
            prop_assert!(Reception::of(&sent, &sent).is_taken());
        }
    }
}
