//! The classic pcap format: one header, one interface, and then packet after packet.

use super::{
    flaw::Flaw,
    reader::{Interface, Layout, Look, MOST_BYTES, Order},
    time::Unit,
};

pub(super) const HEADER: usize = 24;
const PACKET_HEADER: usize = 16;

const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;

#[derive(Debug)]
pub(super) struct Classic {
    order: Order,
    unit: Unit,
}

/// How a file that begins so counts, if it is one of this format.
pub(super) fn recognise(magic: [u8; 4]) -> Option<Classic> {
    [Order::Little, Order::Big].into_iter().find_map(|order| {
        let unit = match order.u32(magic) {
            MICROSECONDS => Unit::MICRO,
            NANOSECONDS => Unit::NANO,
            _ => return None,
        };
        Some(Classic { order, unit })
    })
}

impl Classic {
    /// The interface that the file's header, which is at hand as a whole, describes.
    pub(super) fn interface(&self, header: &[u8; HEADER]) -> Result<Interface, Flaw> {
        let [.., a, b, c, d] = *header;
        let (major, minor) = (self.order.u16([header[4], header[5]]), self.order.u16([header[6], header[7]]));
        if major != 2 {
            return Err(Flaw::UnknownVersion { major, minor });
        }
        let link = self.order.u32([a, b, c, d]) as u16;
        Ok(Interface { link, unit: self.unit, ..Interface::default() })
    }

    pub(super) fn look(&self, at_hand: &[u8]) -> Look {
        let Some(header) = at_hand.first_chunk::<PACKET_HEADER>() else { return Look::More(PACKET_HEADER) };
        let word = |at: usize| self.order.u32([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (seconds, fraction, captured, original) = (word(0), word(4), word(8), word(12));
        if captured > MOST_BYTES {
            return Look::Wrong(Flaw::AbsurdPacket { length: captured.into() });
        }
        let total = PACKET_HEADER + captured as usize;
        if at_hand.len() < total {
            return Look::More(total);
        }
        let seconds_in_units = u64::from(seconds) * self.units_per_second();
        let at = self.unit.stamp(seconds_in_units + u64::from(fraction), 0);
        Look::Packet(Layout { at, interface: 0, original, data: PACKET_HEADER..total, options: total..total, total })
    }

    fn units_per_second(&self) -> u64 {
        if self.unit == Unit::NANO { 1_000_000_000 } else { 1_000_000 }
    }

    /// The file ends here.
    pub(super) fn cut(&self, at_hand: &[u8]) -> Flaw {
        match self.look(at_hand) {
            Look::More(of) if of > PACKET_HEADER => {
                Flaw::PacketCut { has: (at_hand.len() - PACKET_HEADER) as u64, of: (of - PACKET_HEADER) as u64 }
            }
            _ => Flaw::RecordHeaderCut,
        }
    }

    pub(super) const fn order(&self) -> Order {
        self.order
    }
}
