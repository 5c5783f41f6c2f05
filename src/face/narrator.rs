//! Frames explained by the rooms below: decoded, followed in their conversations, narrated.

use super::explain::{Explain, Explained, Flow, Names};
use crate::{
    conversation::{Reading, Reception, Tracker, name, summary},
    kernel::clock::Stamp,
    narrate::narrate,
    packet::{Packet, Transport, decode},
    timeline::event::Proto,
};

/// The explainer of every run that is not a test.
#[derive(Debug, Default)]
pub struct Narrator(Tracker);

impl Narrator {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Explain for Narrator {
    fn explain(&mut self, at: Stamp, bytes: &[u8], names: Names) -> Explained {
        let packet = decode(bytes);
        let reading = self.0.observe(at, &packet);
        explained(&reading, &packet, bytes, names)
    }

    fn entered(&mut self, at: Stamp, bytes: &[u8], names: Names) -> Explained {
        let packet = decode(bytes);
        let reading = self.0.sent(at, &packet);
        explained(&reading, &packet, bytes, names)
    }

    fn left(&mut self, at: Stamp, sent: &[u8], arrived: &[u8]) -> Reception {
        let reception = Reception::of(sent, arrived);
        if reception.is_taken() {
            self.0.delivered(at, &decode(arrived));
        }
        reception
    }

    fn start_over(&mut self) {
        self.0 = Tracker::new();
    }
}

fn explained(reading: &Reading, packet: &Packet, bytes: &[u8], names: Names) -> Explained {
    let narration = narrate(reading, packet, names);
    Explained {
        flow: flow(packet),
        summary: summary(packet, bytes),
        name: name(packet, bytes),
        says: narration.headline,
        details: narration.detail,
    }
}

fn flow(packet: &Packet) -> Option<Flow> {
    let proto = match packet.transport {
        Transport::Tcp(_) => Proto::Tcp,
        Transport::Udp(_) => Proto::Udp,
        _ => return None,
    };
    Some(Flow { proto, from: packet.source()?, to: packet.destination()? })
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;

    fn syn() -> Vec<u8> {
        let mut frame = Vec::new();
        let builder = PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4([127, 0, 0, 1], [127, 0, 0, 2], 64);
        builder.tcp(40_000, 80, 7, 9).syn().write(&mut frame, &[]).unwrap();
        frame
    }

    #[test]
    fn a_syn_is_explained_with_its_numbers_and_ends() {
        let explained = Narrator::new().explain(Stamp(1), &syn(), &|addr| addr.to_string());
        assert!(explained.summary.starts_with("SYN seq=7"), "{}", explained.summary);
        assert!(explained.says.contains('7'), "{}", explained.says);
        let flow = explained.flow.unwrap();
        assert_eq!((flow.proto, flow.from.port(), flow.to.port()), (Proto::Tcp, 40_000, 80));
    }

    #[test]
    fn the_same_packet_again_is_something_else_until_we_start_over() {
        let mut narrator = Narrator::new();
        let syn = syn();
        let mut says = || narrator.explain(Stamp(1), &syn, &|addr| addr.to_string()).says;
        let (first, second) = (says(), says());
        assert_ne!(first, second, "a retransmission");
        narrator.start_over();
        assert_eq!(narrator.explain(Stamp(1), &syn, &|addr| addr.to_string()).says, first);
    }
}
