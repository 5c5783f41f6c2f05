//! The wire by hand.

use std::time::Duration;

use super::{Study, Switches};
use crate::{
    conversation::payload_len,
    face::tui::{
        effect::{Effect, Wired},
        keys::Action,
        reel::Frame,
    },
    lesson::{eval::duration_of, script::Treatment},
    packet::{Packet, TcpFlags, Transport, decode},
    timeline::event::{FrameId, What},
};

/// How much later a packet goes that is delayed by hand.
const LATER: Duration = Duration::from_secs(1);

impl Study {
    pub(super) fn by_hand(&mut self, action: Action) -> Vec<Effect> {
        if !self.is_live_wire() {
            self.say(self.why_no_wire());
            return Vec::new();
        }
        match action {
            Action::Hold => self.switch_hold(),
            Action::Slow => self.switch_slow(),
            _ => self.treat(action),
        }
    }

    fn why_no_wire(&self) -> &'static str {
        use super::{LinkKind, next::Lab};
        match (&self.lab, self.is_now()) {
            (Lab::Over, _) => "There are no hosts now: nothing is on the wire.",
            (_, false) => "You look at what was. End goes back to now.",
            _ if self.are_hosts_gone || self.reel.now().hosts.is_empty() => {
                "There are no hosts yet: they come when you go on."
            }
            _ if self.reel.now().link == LinkKind::Loopback => {
                "These hosts talk over the loopback, inside the kernel: only on a wire can packets be stopped."
            }
            _ => "There is no wire yet.",
        }
    }

    /// How the wire's switches stand. Whoever has the wire says so: a typed `wire free` changes them too.
    pub fn sees_switches(&mut self, holds: bool, is_slow: bool) {
        self.switches = Switches { holds, is_slow };
    }

    fn switch_hold(&mut self) -> Vec<Effect> {
        let holds = !self.switches.holds;
        self.say(match holds {
            true => "Every packet stays in your hands from now on.",
            false => "Packets flow again. What a line of a script holds stays held.",
        });
        vec![Effect::Wire(if holds { Wired::Hold } else { Wired::Flow })]
    }

    fn switch_slow(&mut self) -> Vec<Effect> {
        let is_slow = !self.switches.is_slow;
        let slow = duration_of(self.slow);
        self.say(match is_slow {
            true => format!("Slow motion: a packet takes {slow} on its way, or on the rest of it from our hands."),
            false => "Packets go at full speed again.".to_owned(),
        });
        vec![Effect::Wire(Wired::Slow(is_slow.then_some(self.slow)))]
    }

    fn treat(&mut self, action: Action) -> Vec<Effect> {
        let Some(frame) = self.in_hand().map(|index| &self.reel.frames()[index]) else {
            self.say("No packet is in your hands now.");
            return Vec::new();
        };
        let deed = deed(action, frame.id);
        let words = match action {
            Action::Drop => self.bytes_of(frame).and_then(|bytes| what_comes_of_a_loss(&decode(bytes))),
            Action::Swap => {
                Some("It goes when the next packet of its direction has passed, or at once when `wire free` is typed.")
            }
            _ => None,
        };
        words.into_iter().for_each(|words| self.say(words));
        // What is looked at next is what a key would take next.
        self.rung = None;
        vec![Effect::Wire(deed)]
    }

    fn bytes_of(&self, frame: &Frame) -> Option<&[u8]> {
        match &self.reel.events().get(frame.event)?.what {
            What::Frame { bytes, .. } => Some(bytes),
            _ => None,
        }
    }

    /// The lab is at it, and cannot go on because of what we hold.
    pub(super) fn release_oldest(&mut self) -> Vec<Effect> {
        if !self.switches.holds {
            return Vec::new();
        }
        let oldest = self.reel.now().held.keys().next().copied();
        oldest.map(|frame| Effect::Wire(Wired::Deliver(frame))).into_iter().collect()
    }
}

/// Who waits for it, and what comes next.
fn what_comes_of_a_loss(packet: &Packet) -> Option<&'static str> {
    let Some(tcp) = packet.tcp() else {
        let is_udp = matches!(packet.transport, Transport::Udp(_));
        return is_udp.then_some("Dropped. UDP has no timer: it sends nothing again.");
    };
    let has_number = tcp.flags.intersects(TcpFlags::SYN | TcpFlags::FIN) || payload_len(packet) > 0;
    Some(match has_number {
        _ if tcp.flags.contains(TcpFlags::RST) => "Dropped. A reset is not sent again.",
        true if tcp.flags.contains(TcpFlags::SYN_ACK) => {
            "Dropped. Both kernels have a timer now: the client may send its SYN again before the server sends this again."
        }
        true => "Dropped. Its sender's kernel has a timer: if no ACK has come by then, it sends it again.",
        false => "Dropped. An ACK by itself is not sent again. Whoever misses it sends again what it stands for.",
    })
}

fn deed(action: Action, frame: FrameId) -> Wired {
    let treatment = match action {
        Action::Drop => Treatment::Drop,
        Action::Double => Treatment::Duplicate,
        Action::Delay => Treatment::Delay(LATER),
        Action::Swap => Treatment::Reorder,
        Action::Corrupt => Treatment::Corrupt { byte: None },
        _ => return Wired::Deliver(frame),
    };
    Wired::Treat(frame, treatment)
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;

    fn after(flags: &str, data: &[u8]) -> &'static str {
        let builder = PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
        let mut frame = Vec::new();
        match flags {
            "UDP" => builder.udp(1, 2).write(&mut frame, data).unwrap(),
            "SYN+ACK" => builder.tcp(1, 2, 3, 4).syn().ack(5).write(&mut frame, data).unwrap(),
            "SYN" => builder.tcp(1, 2, 3, 4).syn().write(&mut frame, data).unwrap(),
            "FIN" => builder.tcp(1, 2, 3, 4).fin().ack(5).write(&mut frame, data).unwrap(),
            "RST" => builder.tcp(1, 2, 3, 4).rst().write(&mut frame, data).unwrap(),
            _ => builder.tcp(1, 2, 3, 4).ack(5).write(&mut frame, data).unwrap(),
        }
        what_comes_of_a_loss(&decode(&frame)).unwrap()
    }

    #[test]
    fn only_what_takes_a_number_has_a_timer() {
        for (flags, data) in [("SYN", &b""[..]), ("FIN", b""), ("ACK", b"hello")] {
            assert!(after(flags, data).contains("has a timer"), "{flags}");
        }
        assert!(after("SYN+ACK", b"").contains("Both kernels have a timer"), "the client waits for it");
        assert!(after("ACK", b"").contains("not sent again"));
        assert!(after("RST", b"").contains("not sent again"));
        assert!(after("UDP", b"hello").contains("no timer"));
    }
}
