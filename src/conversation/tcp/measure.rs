//! What a segment lets measure: times and bytes.

use super::{Connection, Way, sent::Found};
use crate::{
    conversation::{meaning::Why, reading::Measures, segment::Segment},
    kernel::clock::Stamp,
};

impl Connection {
    /// Measures what has just been sent.
    pub(super) fn measure(&mut self, way: Way, segment: &Segment, found: Found) -> Measures {
        self.time_the_opening(way, segment);
        let rto_ns = self.rto(way, segment, found);
        let acknowledged = segment.ack.and_then(|ack| self.end_mut(way.to).sending.acknowledged_by_peer(ack));
        Measures {
            in_flight: self.in_flight(way, segment),
            window: self.window(way, segment),
            rtt_ns: acknowledged.map(|sent| nanos(segment.at, sent)),
            initial_rtt_ns: self.opening_ns,
            rto_ns,
        }
    }

    /// From the SYN to the third packet: a whole round trip, wherever on the way it is watched.
    fn time_the_opening(&mut self, way: Way, segment: &Segment) {
        if self.opening_ns.is_some() {
            return;
        }
        if segment.syn && segment.ack.is_none() {
            self.asked = Some(segment.at);
        }
        let (own, peer) = (&self.end(way.from).sending, &self.end(way.to).sending);
        let completes = segment.is_plain()
            && own.syn.is_some_and(|syn| segment.seq == syn.plus(1).plus(own.early))
            && segment.ack.is_some_and(|ack| peer.syn.is_some_and(|syn| ack == syn.plus(1)))
            && peer.agreed;
        self.opening_ns = self.asked.filter(|_| completes).map(|asked| nanos(segment.at, asked));
    }

    fn rto(&self, way: Way, segment: &Segment, found: Found) -> Option<u64> {
        found.again.filter(|why| *why != Why::Spurious)?;
        let sent = self.end(way.from).sending.flight.sent_at(segment.seq)?;
        Some(nanos(segment.at, sent))
    }

    fn in_flight(&self, way: Way, segment: &Segment) -> Option<u32> {
        let (own, peer) = (&self.end(way.from).sending, &self.end(way.to).receiving);
        let in_pieces = peer.sack.as_ref().map_or(0, |sack| sack.bytes);
        let flags = u32::from(segment.syn || segment.fin);
        let is_known = segment.len > 0 && !own.unsure;
        is_known.then(|| own.flight.len().saturating_sub(in_pieces).saturating_sub(flags)).filter(|bytes| *bytes > 0)
    }

    fn window(&self, way: Way, segment: &Segment) -> Option<u32> {
        let scale = if segment.syn { 0 } else { self.end(way.from).sending.scale(&self.end(way.to).sending)? };
        Some(u32::from(segment.window) << scale.min(14))
    }
}

fn nanos(later: Stamp, earlier: Stamp) -> u64 {
    later.0.saturating_sub(earlier.0)
}
