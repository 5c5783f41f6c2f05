//! Frames explained by the rooms below: decoded, followed in their conversations, narrated.

use super::explain::{Explain, Explained, Flow, Names};
use crate::{
    conversation::{Reading, Reception, Tracker, name, summary},
    kernel::clock::Stamp,
    narrate::{Sentence, english::say, narrate},
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

    fn handed_on(&self, by: &str, bytes: &[u8]) -> Explained {
        let packet = decode(bytes);
        let details = vec![say(&Sentence::IsHandedOn { by: by.to_owned() })];
        let (summary, name) = (summary(&packet, bytes), name(&packet, bytes));
        Explained { flow: flow(&packet), summary, name, says: String::new(), details }
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
    use crate::{kernel::state::TcpState, packet::Layer};

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

    #[test]
    fn on_the_wire_nobody_hears_of_a_packet_that_does_not_arrive() {
        let ends = |narrator: &Narrator| {
            let socket = |text: &str| text.parse().unwrap();
            let (client, server) = (socket("127.0.0.1:40000"), socket("127.0.0.2:80"));
            [narrator.0.state(client, server), narrator.0.state(server, client)].map(|state| state.map(TcpState::name))
        };
        let segment = |from_client: bool, seq: u32| {
            let addresses = ([127, 0, 0, 1], [127, 0, 0, 2]);
            let (from, to) = if from_client { addresses } else { (addresses.1, addresses.0) };
            let ports = if from_client { (40_000, 80) } else { (80, 40_000) };
            PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4(from, to, 64).tcp(ports.0, ports.1, seq, 512)
        };
        let bytes = |step: etherparse::PacketBuilderStep<etherparse::TcpHeader>| {
            let mut frame = Vec::new();
            step.write(&mut frame, &[]).unwrap();
            frame
        };
        let mut narrator = Narrator::new();
        let sent =
            |narrator: &mut Narrator, frame: &[u8]| narrator.entered(Stamp(1), frame, &|addr| addr.to_string()).says;
        let (syn, syn_ack) = (bytes(segment(true, 7).syn()), bytes(segment(false, 20).syn().ack(8)));
        sent(&mut narrator, &syn);
        // A twin: sent, and never delivered.
        assert!(sent(&mut narrator, &syn).starts_with("I ask again"));
        assert!(narrator.left(Stamp(2), &syn, &syn).is_taken());
        sent(&mut narrator, &syn_ack);
        let mut altered = syn_ack.clone();
        altered[45] ^= 0xff;
        assert_eq!(narrator.left(Stamp(3), &syn_ack, &altered), Reception::WrongChecksum(Layer::Tcp));
        assert_eq!(narrator.left(Stamp(3), &syn_ack, &syn_ack[..50]), Reception::Cut);
        assert_eq!(ends(&narrator), [Some("SYN-SENT"), Some("SYN-RECV")]);
        // A duplicate: sent once, delivered twice, and answered twice.
        narrator.left(Stamp(4), &syn_ack, &syn_ack);
        narrator.left(Stamp(4), &syn_ack, &syn_ack);
        assert_eq!(ends(&narrator), [Some("ESTABLISHED"), Some("SYN-RECV")]);
        let ack = bytes(segment(true, 8).ack(21));
        assert!(sent(&mut narrator, &ack).starts_with("I got your number 20 too"));
        assert!(sent(&mut narrator, &ack).starts_with("I have a connection with you already"));
    }
}
