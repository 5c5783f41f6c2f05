//! A middlebox: it keeps a table of the conversations that go through it, and forgets those that are idle.

use std::{
    collections::HashMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use crate::packet::{Packet, TcpFlags};

/// So many conversations fit into its table; beyond that it forgets the one that was idle for the longest time.
const MOST: usize = 65_536;

type Pair = (SocketAddr, SocketAddr);

/// Lets through what belongs to a conversation that it remembers, or begins one.
#[derive(Debug)]
pub(super) struct Middlebox {
    patience: Duration,
    /// What was there before is taken for in use at that time.
    began: Instant,
    last: HashMap<Pair, Instant>,
}

impl Middlebox {
    #[must_use]
    pub(super) fn new(patience: Duration, now: Instant) -> Self {
        Self { patience, began: now, last: HashMap::new() }
    }

    /// Whether the packet gets through: its conversation is known, or in use anyway. One that does renews it.
    pub(super) fn lets_through(&mut self, packet: &Packet, is_in_use: bool, now: Instant) -> bool {
        let Some((source, destination)) = packet.source().zip(packet.destination()) else { return true };
        let pair = (source.min(destination), source.max(destination));
        let last = self.last.get(&pair).copied().unwrap_or(self.began);
        let is_known = is_in_use || now.saturating_duration_since(last) <= self.patience;
        let passes = is_known || begins(packet);
        if passes {
            self.make_room(&pair);
            self.last.insert(pair, now);
        }
        passes
    }

    fn make_room(&mut self, pair: &Pair) {
        if self.last.len() >= MOST && !self.last.contains_key(pair) {
            let idlest = self.last.iter().min_by_key(|(_, last)| **last).map(|(pair, _)| *pair);
            idlest.map(|pair| self.last.remove(&pair));
        }
    }
}

/// A SYN opens, and so does any datagram: UDP has no beginning.
fn begins(packet: &Packet) -> bool {
    packet.tcp().is_none_or(|tcp| tcp.flags.contains(TcpFlags::SYN) && !tcp.flags.contains(TcpFlags::ACK))
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;
    use crate::packet::decode;

    const SECOND: Duration = Duration::from_secs(1);

    fn packet(syn: bool, port: u16) -> Packet {
        let tcp = PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).tcp(port, 80, 1, 1);
        let mut bytes = Vec::new();
        if syn { tcp.syn() } else { tcp.ack(1) }.write(&mut bytes, &[]).unwrap();
        decode(&bytes)
    }

    #[test]
    fn what_was_idle_for_too_long_is_forgotten_until_it_is_opened_anew() {
        let begin = Instant::now();
        let mut middlebox = Middlebox::new(SECOND, begin);
        let mut at = |seconds: u32, syn| middlebox.lets_through(&packet(syn, 1), false, begin + SECOND * seconds);
        assert!(at(0, true));
        assert!(at(1, false), "in use");
        assert!(at(2, false), "the last packet has renewed it");
        assert!(!at(4, false), "forgotten");
        assert!(!at(4, false), "and a packet that is not let through renews nothing");
        assert!(at(4, true));
        assert!(at(5, false));
    }

    #[test]
    fn what_is_in_use_anyway_is_not_forgotten() {
        let begin = Instant::now();
        let mut middlebox = Middlebox::new(SECOND, begin);
        assert!(middlebox.lets_through(&packet(false, 1), true, begin + 5 * SECOND));
        assert!(middlebox.lets_through(&packet(false, 1), false, begin + 6 * SECOND));
    }

    #[test]
    fn a_conversation_of_before_is_known_for_a_while() {
        let begin = Instant::now();
        let mut middlebox = Middlebox::new(SECOND, begin);
        assert!(middlebox.lets_through(&packet(false, 1), false, begin + SECOND / 2));
        assert!(!middlebox.lets_through(&packet(false, 2), false, begin + SECOND * 3 / 2));
    }
}
