//! TCP's numbers, counted from the first one of each end instead of as they stand in the packets.

use super::{
    meaning::{Meaning, Pieces, RepeatCause, Repeated},
    reading::Reading,
    seq::Seq,
};
use crate::packet::{Packet, TcpFlags};

/// What is to be taken off the numbers of a packet's sender, and of its receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counting {
    own: Seq,
    peers: Seq,
}

impl Counting {
    /// As they stand in the packet.
    pub const RAW: Self = Self { own: Seq(0), peers: Seq(0) };

    /// From the beginning of the conversation, as far as it was seen.
    #[must_use]
    pub fn relative(packet: &Packet, reading: &Reading) -> Self {
        let (Some(tcp), Some(relative)) = (packet.tcp(), reading.relative) else { return Self::RAW };
        let own = Seq(tcp.sequence).minus(relative.seq);
        let peers = relative.ack.filter(|_| tcp.flags.contains(TcpFlags::ACK));
        Self { own, peers: peers.map_or(Seq(0), |ack| Seq(tcp.acknowledgement).minus(ack)) }
    }

    /// A number of the sender.
    #[must_use]
    pub const fn own(self, number: Seq) -> Seq {
        number.minus(self.own.0)
    }

    /// A number of the receiver: one that is acknowledged.
    #[must_use]
    pub const fn peers(self, number: Seq) -> Seq {
        number.minus(self.peers.0)
    }

    /// The same meaning. While a connection opens the two ends tell each other where they begin to count: those
    /// numbers stay as they are.
    #[must_use]
    pub const fn of(self, meaning: Meaning) -> Meaning {
        match meaning {
            Meaning::CarriesData { first, bytes, push } => Meaning::CarriesData { first: self.own(first), bytes, push },
            Meaning::OutOfOrder { first, bytes, is_new } => {
                Meaning::OutOfOrder { first: self.own(first), bytes, is_new }
            }
            Meaning::Retransmits { what: Repeated::Fin { fin }, copy, why, after_ns } => {
                Meaning::Retransmits { what: Repeated::Fin { fin: self.own(fin) }, copy, why, after_ns }
            }
            Meaning::Acknowledges { bytes, expects } => Meaning::Acknowledges { bytes, expects: self.peers(expects) },
            Meaning::AcknowledgesFin { bytes, expects } => {
                Meaning::AcknowledgesFin { bytes, expects: self.peers(expects) }
            }
            Meaning::Closes { fin, order, acknowledges_fin } => {
                Meaning::Closes { fin: self.own(fin), order, acknowledges_fin }
            }
            // The number of another connection.
            Meaning::RepeatsAck { cause: RepeatCause::Older, .. } => meaning,
            Meaning::RepeatsAck { cause, expects, count, pieces } => {
                let pieces = match pieces {
                    Some(Pieces { blocks, first }) => Some(Pieces { blocks, first: self.peers(first) }),
                    None => None,
                };
                Meaning::RepeatsAck { cause, expects: self.peers(expects), count, pieces }
            }
            // Those without a number, and those of the opening.
            Meaning::AsksToOpen { .. }
            | Meaning::AgreesToOpen { .. }
            | Meaning::CompletesOpening { .. }
            | Meaning::Retransmits { .. }
            | Meaning::WindowUpdate { .. }
            | Meaning::ZeroWindow
            | Meaning::WindowFull
            | Meaning::Probe(_)
            | Meaning::UsesHalfClose
            | Meaning::Resets(_)
            | Meaning::ReusesPorts
            | Meaning::BeganBefore
            | Meaning::Gap { .. }
            | Meaning::AcknowledgesUnseen { .. }
            | Meaning::Datagram { .. }
            | Meaning::IcmpError { .. }
            | Meaning::Icmp
            | Meaning::Arp
            | Meaning::Fragment
            | Meaning::Unknown => meaning,
        }
    }
}
