//! Twins: what a host sends once more because we hold something, and which frame it repeats.
//!
//! A host knows nothing of our hands. It waits for an answer, and when its timer runs out it sends again: the frame
//! that we hold, or one that has arrived and whose answer we hold. Such a frame says nothing new. It is folded into
//! its first copy, so that nobody is punished for reading slowly. What was dropped or damaged is forgotten here: when
//! that comes again, it is wanted.

use std::{collections::VecDeque, net::SocketAddr};

use crate::{
    conversation::{Seq, payload_len},
    lab::{frame::Seen, hosts::Route},
    link::wire::FrameId,
    packet::TcpFlags,
};

/// So many frames are remembered. A stretch in which more than these are sent is not one in which somebody reads.
const MOST: usize = 4096;

/// The frames of which a repetition would say nothing new.
#[derive(Debug, Default)]
pub(super) struct Twins {
    sent: VecDeque<Sent>,
    /// Those in our hands.
    held: Vec<Sent>,
}

/// Who speaks to whom, and where on its way: what a router hands on is not what it got, sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Talk {
    from: SocketAddr,
    to: SocketAddr,
    hop: Route,
}

impl Talk {
    fn of(seen: &Seen) -> Option<Self> {
        Some(Self { from: seen.packet.source()?, to: seen.packet.destination()?, hop: seen.hop })
    }

    /// The same two sockets speak in the same direction, on whatever hop.
    fn is_along(self, other: Self) -> bool {
        (self.from, self.to) == (other.from, other.to)
    }

    fn is_against(self, other: Self) -> bool {
        (self.from, self.to) == (other.to, other.from)
    }
}

/// A segment, by the numbers that it takes.
#[derive(Clone, Copy, Debug)]
struct Sent {
    id: FrameId,
    talk: Talk,
    begin: Seq,
    /// Behind the last number. The same as `begin` for one that takes none.
    end: Seq,
    ack: Option<Seq>,
}

impl Sent {
    fn of(seen: &Seen) -> Option<Self> {
        let packet = &seen.packet;
        let tcp = packet.tcp()?;
        let has = |flag| tcp.flags.contains(flag);
        let talk = Talk::of(seen)?;
        if has(TcpFlags::RST) {
            return None;
        }
        let takes =
            u32::try_from(payload_len(packet)).ok()? + u32::from(has(TcpFlags::SYN)) + u32::from(has(TcpFlags::FIN));
        let begin = Seq(tcp.sequence);
        let ack = has(TcpFlags::ACK).then_some(Seq(tcp.acknowledgement));
        Some(Self { id: seen.id, talk, begin, end: begin.plus(takes), ack })
    }

    fn takes_none(&self) -> bool {
        self.begin == self.end
    }

    /// Whether the number is one of those that it takes.
    fn has(&self, number: Seq) -> bool {
        number.since(self.begin) < self.end.since(self.begin)
    }
}

impl Twins {
    /// The frame that this one repeats, because something is held that would have answered it or is it itself.
    pub(super) fn first_copy(&self, seen: &Seen) -> Option<FrameId> {
        let sent = Sent::of(seen).filter(|_| !self.held.is_empty())?;
        if sent.takes_none() { self.first_probe(&sent) } else { self.first_with_all_of(&sent) }
    }

    /// A keep-alive or a window probe takes no number, and speaks of one that was sent before (seq one below the
    /// next): it is repeated as it is.
    fn first_probe(&self, probe: &Sent) -> Option<FrameId> {
        let is_old = self
            .sent
            .iter()
            .any(|sent| sent.talk == probe.talk && !sent.takes_none() && sent.end == probe.begin.plus(1));
        let same = |held: &&Sent| {
            held.talk == probe.talk && held.takes_none() && (held.begin, held.ack) == (probe.begin, probe.ack)
        };
        if is_old { self.held.iter().find(same).map(|held| held.id) } else { None }
    }

    /// Sending again, a host may cut and join its segments anew: all numbers have to be known, whichever frames had
    /// them. The frame with the first of them counts as the one that is repeated.
    fn first_with_all_of(&self, again: &Sent) -> Option<FrameId> {
        let holder = |number: Seq| self.same_way(again).find(|sent| sent.has(number) && self.explains(sent));
        let first = holder(again.begin)?.id;
        let mut known_to = again.begin;
        while known_to.since(again.begin) < again.end.since(again.begin) {
            known_to = holder(known_to)?.end;
        }
        Some(first)
    }

    /// Whether it is our doing that this one is sent again: it is in our hands, itself or behind a router, or the
    /// answer to it is.
    fn explains(&self, sent: &Sent) -> bool {
        self.held.iter().any(|held| {
            let is_itself = held.talk.is_along(sent.talk) && held.has(sent.begin);
            let answers = held.talk.is_against(sent.talk) && held.ack.is_some_and(|ack| !ack.before(sent.end));
            is_itself || answers
        })
    }

    /// The newest first: of two copies that were both to be delivered, the later one is in our hands.
    ///
    /// Both acknowledge something, or neither does: where two SYNs cross, a host sends its SYN again with an ACK, and
    /// that is news to the other one (RFC 9293 §3.5, figure 7).
    fn same_way(&self, other: &Sent) -> impl Iterator<Item = &Sent> {
        let (talk, acknowledges) = (other.talk, other.ack.is_some());
        self.sent.iter().rev().filter(move |sent| sent.talk == talk && sent.ack.is_some() == acknowledges)
    }

    /// Whether something of its conversation is in our hands.
    pub(super) fn holds_some_of(&self, seen: &Seen) -> bool {
        let talk = Talk::of(seen);
        talk.is_some_and(|talk| self.held.iter().any(|held| held.talk.is_along(talk) || held.talk.is_against(talk)))
    }

    /// This frame goes to its receiver, sooner or later.
    pub(super) fn remember(&mut self, seen: &Seen) {
        if let Some(sent) = Sent::of(seen) {
            if self.sent.len() >= MOST {
                self.sent.pop_front();
            }
            self.sent.push_back(sent);
        }
    }

    /// The frame does not arrive as it was sent: should it come again, it is news.
    pub(super) fn forget(&mut self, id: FrameId) {
        self.sent.retain(|sent| sent.id != id);
    }

    pub(super) fn taken_in_hand(&mut self, seen: &Seen) {
        self.held.extend(Sent::of(seen));
    }

    pub(super) fn let_go(&mut self, id: FrameId) {
        self.held.retain(|held| held.id != id);
    }
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;
    use crate::{kernel::clock::Stamp, lab::frame::Passage, packet::decode};

    const CLIENT: [u8; 4] = [10, 0, 0, 1];
    const SERVER: [u8; 4] = [10, 0, 0, 2];

    #[derive(Clone, Copy)]
    struct Draft {
        seq: u32,
        ack: Option<u32>,
        syn: bool,
        fin: bool,
        len: usize,
        back: bool,
    }

    const DATA: Draft = Draft { seq: 100, ack: Some(1), syn: false, fin: false, len: 10, back: false };

    fn seen(id: FrameId, draft: Draft) -> Seen {
        let ether = PacketBuilder::ethernet2([0; 6], [0; 6]);
        let (ip, source, destination) = match draft.back {
            false => (ether.ipv4(CLIENT, SERVER, 64), 40_000, 80),
            true => (ether.ipv4(SERVER, CLIENT, 64), 80, 40_000),
        };
        let mut tcp = ip.tcp(source, destination, draft.seq, 500);
        if let Some(ack) = draft.ack {
            tcp = tcp.ack(ack);
        }
        if draft.syn {
            tcp = tcp.syn();
        }
        if draft.fin {
            tcp = tcp.fin();
        }
        let mut bytes = Vec::new();
        tcp.write(&mut bytes, &vec![b'x'; draft.len]).unwrap();
        let hop = if draft.back { Route { from: 1, to: 0 } } else { Route { from: 0, to: 1 } };
        let (packet, passage) = (decode(&bytes), Passage::entered());
        Seen { id, at: Stamp(0), route: hop, hop, packet, bytes: bytes.into(), passage }
    }

    fn packet(draft: Draft) -> Seen {
        seen(99, draft)
    }

    fn held(drafts: &[Draft]) -> Twins {
        let mut twins = Twins::default();
        for (id, draft) in (0..).zip(drafts) {
            twins.remember(&seen(id, *draft));
            twins.taken_in_hand(&seen(id, *draft));
        }
        twins
    }

    #[test]
    fn what_is_held_and_sent_again_is_a_twin() {
        let twins = held(&[DATA]);
        assert_eq!(twins.first_copy(&packet(DATA)), Some(0));
        // The acknowledgement and the window may have moved on meanwhile.
        assert_eq!(twins.first_copy(&packet(Draft { ack: Some(9), ..DATA })), Some(0));
    }

    #[test]
    fn what_comes_next_is_none() {
        let twins = held(&[DATA]);
        assert_eq!(twins.first_copy(&packet(Draft { seq: 110, ..DATA })), None);
        assert_eq!(twins.first_copy(&packet(Draft { seq: 105, ..DATA })), None, "half of it is new");
        assert_eq!(twins.first_copy(&packet(Draft { len: 0, seq: 110, ..DATA })), None, "an acknowledgement");
        assert_eq!(twins.first_copy(&packet(Draft { back: true, ..DATA })), None, "the other direction");
    }

    #[test]
    fn segments_may_be_joined_or_cut_when_they_are_sent_again() {
        let twins = held(&[DATA, Draft { seq: 110, fin: true, ..DATA }]);
        assert_eq!(twins.first_copy(&packet(Draft { len: 20, fin: true, ..DATA })), Some(0));
        assert_eq!(twins.first_copy(&packet(Draft { seq: 115, len: 5, fin: true, ..DATA })), Some(1));
        assert_eq!(twins.first_copy(&packet(Draft { seq: 115, len: 6, fin: true, ..DATA })), None, "one byte is new");
    }

    #[test]
    fn while_the_answer_is_held_the_question_is_a_twin() {
        let syn = Draft { ack: None, syn: true, len: 0, ..DATA };
        let answer = Draft { seq: 900, ack: Some(101), syn: true, len: 0, back: true, ..DATA };
        let mut twins = Twins::default();
        twins.remember(&seen(0, syn));
        assert_eq!(twins.first_copy(&packet(syn)), None, "nothing is held: the network has lost something");
        twins.remember(&seen(1, answer));
        twins.taken_in_hand(&seen(1, answer));
        assert_eq!(twins.first_copy(&packet(syn)), Some(0));
        assert_eq!(twins.first_copy(&packet(answer)), Some(1));
        twins.let_go(1);
        assert_eq!(twins.first_copy(&packet(answer)), None);
    }

    #[test]
    fn a_syn_that_now_acknowledges_is_news() {
        let syn = Draft { ack: None, syn: true, len: 0, ..DATA };
        let crossed = Draft { ack: Some(901), ..syn };
        let mut twins = held(&[syn]);
        assert_eq!(twins.first_copy(&packet(crossed)), None, "a simultaneous open");
        twins.remember(&seen(1, crossed));
        twins.taken_in_hand(&seen(1, crossed));
        assert_eq!(twins.first_copy(&packet(crossed)), Some(1));
        assert_eq!(twins.first_copy(&packet(syn)), Some(0));
    }

    #[test]
    fn what_was_dropped_is_news_when_it_comes_again() {
        let mut twins = held(&[DATA, Draft { seq: 110, ..DATA }]);
        twins.forget(0);
        twins.let_go(0);
        assert_eq!(twins.first_copy(&packet(DATA)), None);
        assert_eq!(twins.first_copy(&packet(Draft { seq: 110, ..DATA })), Some(1));
    }

    #[test]
    fn a_probe_that_comes_again_is_a_twin_and_the_first_one_is_not() {
        let probe = Draft { seq: 109, len: 0, ..DATA };
        let mut twins = held(&[DATA]);
        assert_eq!(twins.first_copy(&packet(probe)), None);
        twins.remember(&seen(1, probe));
        twins.taken_in_hand(&seen(1, probe));
        assert_eq!(twins.first_copy(&packet(probe)), Some(1));
        twins.let_go(1);
        assert_eq!(twins.first_copy(&packet(probe)), None, "the next one is to be seen");
    }

    #[test]
    fn what_a_router_hands_on_is_no_twin() {
        let twins = held(&[DATA]);
        let onward = Seen { hop: Route { from: 2, to: 1 }, ..packet(DATA) };
        assert_eq!(twins.first_copy(&onward), None);
    }

    #[test]
    fn duplicate_acknowledgements_are_never_twins() {
        let ack = Draft { len: 0, ..DATA };
        let twins = held(&[ack]);
        assert_eq!(twins.first_copy(&packet(ack)), None, "each of them counts for the sender");
    }

    #[test]
    fn of_two_copies_the_later_one_is_repeated() {
        let mut twins = Twins::default();
        twins.remember(&seen(0, DATA));
        twins.remember(&seen(1, DATA));
        twins.taken_in_hand(&seen(1, DATA));
        assert_eq!(twins.first_copy(&packet(DATA)), Some(1));
    }

    #[test]
    fn sequence_numbers_go_round() {
        let last = Draft { seq: u32::MAX - 4, ..DATA };
        assert_eq!(held(&[last]).first_copy(&packet(Draft { seq: 0, len: 5, ..DATA })), Some(0));
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut twins = Twins::default();
        for id in 0..2 * MOST as u64 {
            twins.remember(&seen(id, Draft { seq: u32::try_from(id).unwrap() * 10, ..DATA }));
        }
        assert_eq!(twins.sent.len(), MOST);
    }
}
