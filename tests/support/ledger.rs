//! What a capture holds, noted in the plainest way: every number that was seen, and every acknowledgement. It judges where
//! the analysis and tshark differ, and shares no code with either.

use std::collections::{BTreeMap, HashMap};

use wiretutor::{
    conversation::{Flow, Reading, Sign, payload_len},
    packet::{Packet, TcpFlags},
};

/// One direction of a conversation.
#[derive(Default)]
struct Direction {
    /// The first number, from which the others are counted.
    base: Option<u32>,
    /// Ranges of numbers that were seen, apart from each other: start to end.
    seen: BTreeMap<i64, i64>,
    /// The highest acknowledgement that was sent this way, as the other direction counts.
    acknowledged: Option<i64>,
    window: Option<u16>,
}

#[derive(Default)]
pub(crate) struct Ledger(HashMap<(u64, Flow), Direction>);

/// What was known of a segment before it came.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    /// All of its numbers had been seen; some; it has any.
    all_seen: bool,
    any_seen: bool,
    takes: bool,
    /// It ends behind all that was seen.
    advances: bool,
    /// The receiver had acknowledged all of them.
    all_acknowledged: bool,
    /// It acknowledges something that was not seen, for the first time.
    acknowledges_unseen: bool,
    acknowledges_new: bool,
    /// Its sender had acknowledged just this, or more.
    repeats_highest: bool,
    is_behind_highest: bool,
    window_is_known: bool,
}

impl Facts {
    /// Whether these facts alone show that it is as we say.
    pub(crate) fn prove(self, sign: Sign, ours: bool) -> bool {
        match sign {
            // What was seen before is repeated; and what goes on behind all that was seen has been overtaken by nothing.
            Sign::OutOfOrder => !ours && (self.all_seen || self.any_seen && self.advances),
            Sign::Retransmission => ours == self.any_seen,
            Sign::SpuriousRetransmission => {
                if ours {
                    self.all_seen && self.all_acknowledged
                } else {
                    !self.any_seen || !self.all_acknowledged
                }
            }
            // A byte that was not acknowledged asks for nothing but its acknowledgement.
            Sign::KeepAlive => !ours && self.takes && !self.all_acknowledged,
            Sign::AckLostSegment => ours == self.acknowledges_unseen,
            Sign::DuplicateAck => {
                if ours {
                    self.repeats_highest && self.window_is_known
                } else {
                    self.is_behind_highest
                }
            }
            _ => false,
        }
    }
}

impl Ledger {
    pub(crate) fn note(&mut self, packet: &Packet, reading: &Reading) -> Facts {
        let (Some(tcp), Some(flow), Some(id)) = (packet.tcp(), reading.flow, reading.conversation) else {
            return Facts::default();
        };
        let has = |flag| tcp.flags.contains(flag);
        let length = i64::try_from(payload_len(packet)).unwrap_or(0)
            + i64::from(has(TcpFlags::SYN))
            + i64::from(has(TcpFlags::FIN));
        let back = Flow { from: flow.to, to: flow.from };
        let mut facts = Facts::default();
        let acknowledged_by_peer = self.0.get(&(id.0, back)).and_then(|direction| direction.acknowledged);
        let own = self.0.entry((id.0, flow)).or_default();
        let start = count(own, tcp.sequence);
        facts.takes = length > 0;
        facts.all_seen = length > 0 && own.covered(start, start + length) == length;
        facts.advances = own.seen.last_key_value().is_none_or(|(_, end)| start + length > *end);
        facts.any_seen = own.covered(start, start + length) > 0;
        facts.all_acknowledged = acknowledged_by_peer.is_some_and(|ack| start + length <= ack);
        if length > 0 {
            own.see(start, start + length);
        }
        facts.window_is_known = own.window.replace(tcp.window) == Some(tcp.window);
        if has(TcpFlags::ACK) {
            let peer = self.0.entry((id.0, back)).or_default();
            let (is_known, ack) = (peer.base.is_some(), count(peer, tcp.acknowledgement));
            let seen = peer.seen.first_key_value().map(|(start, _)| *start);
            let before = self.0.get(&(id.0, flow)).and_then(|own| own.acknowledged);
            let from = before.or(seen).unwrap_or(ack).max(seen.unwrap_or(ack));
            let peer = self.0.entry((id.0, back)).or_default();
            facts.acknowledges_new = before.is_none_or(|before| ack > before);
            facts.acknowledges_unseen = is_known && facts.acknowledges_new && peer.covered(from, ack) < ack - from;
            facts.repeats_highest = before == Some(ack);
            facts.is_behind_highest = before.is_some_and(|before| ack < before);
            let own = self.0.entry((id.0, flow)).or_default();
            own.acknowledged = Some(before.map_or(ack, |before| before.max(ack)));
        }
        facts
    }
}

/// The number, counted from the direction's first one; a jump of half the circle is a step back.
fn count(direction: &mut Direction, number: u32) -> i64 {
    let base = *direction.base.get_or_insert(number);
    let top = direction.seen.last_key_value().map_or(0, |(_, end)| *end);
    let near = i64::from(base) + top;
    let away = number.wrapping_sub(u32::try_from(near.rem_euclid(1 << 32)).unwrap_or(0)).cast_signed();
    top + i64::from(away)
}

impl Direction {
    fn covered(&self, from: i64, to: i64) -> i64 {
        let common = |(start, end): (&i64, &i64)| ((*end).min(to) - (*start).max(from)).max(0);
        self.seen.range(..to).map(common).sum()
    }

    fn see(&mut self, mut from: i64, mut to: i64) {
        let touching: Vec<i64> =
            self.seen.range(..=to).filter(|(_, end)| **end >= from).map(|(start, _)| *start).collect();
        for start in touching {
            let end = self.seen.remove(&start).unwrap_or(start);
            (from, to) = (from.min(start), to.max(end));
        }
        self.seen.insert(from, to);
    }
}
