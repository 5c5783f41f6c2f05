//! What an end has under way: sent, and not acknowledged yet.
//!
//! New segments come in at the back and acknowledged ones leave at the front, so that both cost the same whether three
//! are under way or a thousand. Only repetitions are searched for.

use std::collections::VecDeque;

use crate::{conversation::seq::Seq, kernel::clock::Stamp};

/// So many segments are kept apart; behind them the last one grows. Where a receiver is not seen, nothing ever leaves.
const MOST: usize = 1024;

/// Segments in the order of their numbers, each number in one of them at most. The first one lies here, where most
/// connections never have more; the others are in a row of their own.
#[derive(Clone, Debug, Default)]
pub(super) struct Flight {
    first: Option<Flown>,
    rest: Option<Box<VecDeque<Flown>>>,
}

#[derive(Clone, Copy, Debug)]
struct Flown {
    from: Seq,
    to: Seq,
    /// When it was sent first.
    at: Stamp,
    /// Whether a part of it was sent again.
    again: bool,
}

impl Flight {
    /// `from..to` is sent, for the first time or once more.
    pub(super) fn send(&mut self, from: Seq, to: Seq, at: Stamp) {
        let flown = Flown { from, to, at, again: false };
        match (self.first, self.last()) {
            (None, _) => self.first = Some(flown),
            (Some(_), Some(last)) if !from.before(last.to) => self.append(flown),
            (Some(_), _) => self.send_again(flown),
        }
    }

    fn append(&mut self, flown: Flown) {
        let rest = self.rest.get_or_insert_default();
        let is_full = rest.len() >= MOST;
        match rest.back_mut() {
            Some(last) if is_full => last.to = last.to.latest(flown.to),
            _ => rest.push_back(flown),
        }
    }

    fn send_again(&mut self, flown: Flown) {
        let Flown { from, to, .. } = flown;
        let overlaps = |other: &Flown| other.from.before(to);
        let place = self.place(from);
        match self.get(place) {
            Some(known) if overlaps(&known) => {
                self.iter_mut().skip(place).take_while(|other| overlaps(other)).for_each(|other| other.again = true);
                if let Some(last) = self.last().filter(|last| to.after(last.to)) {
                    self.append(Flown { from: last.to, ..flown });
                }
            }
            Some(_) => self.insert(place, flown),
            None => {}
        }
    }

    fn insert(&mut self, place: usize, flown: Flown) {
        let is_full = self.rest.as_ref().is_some_and(|rest| rest.len() >= MOST);
        match (place.checked_sub(1), self.first) {
            _ if is_full => {}
            (Some(place), _) => self.rest.get_or_insert_default().insert(place, flown),
            (None, first) => {
                first.into_iter().for_each(|first| self.rest.get_or_insert_default().push_front(first));
                self.first = Some(flown);
            }
        }
    }

    /// The place of the first one that ends behind `seq`.
    fn place(&self, seq: Seq) -> usize {
        match &self.rest {
            _ if self.first.is_none_or(|first| first.to.after(seq)) => 0,
            Some(rest) => 1 + rest.partition_point(|flown| !flown.to.after(seq)),
            None => 1,
        }
    }

    fn get(&self, place: usize) -> Option<Flown> {
        match place.checked_sub(1) {
            None => self.first,
            Some(place) => self.rest.as_ref()?.get(place).copied(),
        }
    }

    fn last(&self) -> Option<Flown> {
        self.rest.as_ref().and_then(|rest| rest.back().copied()).or(self.first)
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Flown> {
        self.first.iter_mut().chain(self.rest.iter_mut().flat_map(|rest| rest.iter_mut()))
    }

    /// Everything below `ack` has arrived. Returns when the one was sent that ends just there, if it was sent once.
    pub(super) fn acknowledge(&mut self, ack: Seq) -> Option<Stamp> {
        let mut sent = None;
        while let Some(first) = &mut self.first {
            if first.to.after(ack) {
                first.from = first.from.latest(ack);
                break;
            }
            sent = (first.to == ack && !first.again).then_some(first.at);
            self.first = self.rest.as_mut().and_then(|rest| rest.pop_front());
        }
        sent
    }

    /// Where the first one begins.
    pub(super) fn first(&self) -> Option<Seq> {
        self.first.map(|first| first.from)
    }

    /// Whether a part of the first one was sent again.
    pub(super) fn is_first_repeated(&self) -> bool {
        self.first.is_some_and(|first| first.again)
    }

    pub(super) fn is_single(&self) -> bool {
        self.first.is_some() && self.rest.as_ref().is_none_or(|rest| rest.is_empty())
    }

    /// When the one was sent that holds `seq`.
    pub(super) fn sent_at(&self, seq: Seq) -> Option<Stamp> {
        self.get(self.place(seq)).filter(|flown| !flown.from.after(seq)).map(|flown| flown.at)
    }

    /// From the first to the last number.
    pub(super) fn len(&self) -> u32 {
        self.first.zip(self.last()).map_or(0, |(first, last)| last.to.since(first.from))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flight(segments: &[(u32, u32)]) -> Flight {
        let mut flight = Flight::default();
        for ((from, to), at) in segments.iter().zip(1..) {
            flight.send(Seq(*from), Seq(*to), Stamp(at));
        }
        flight
    }

    #[test]
    fn an_acknowledgement_tells_when_the_last_one_that_it_covers_was_sent() {
        let mut flight = flight(&[(10, 20), (20, 30), (30, 40)]);
        assert_eq!(flight.acknowledge(Seq(30)), Some(Stamp(2)));
        assert_eq!((flight.len(), flight.is_single()), (10, true));
        assert_eq!(flight.acknowledge(Seq(35)), None);
        assert_eq!((flight.len(), flight.first()), (5, Some(Seq(35))));
        assert_eq!(flight.acknowledge(Seq(40)), Some(Stamp(3)));
    }

    #[test]
    fn what_was_sent_twice_measures_nothing() {
        let mut flight = flight(&[(10, 20), (20, 30), (10, 20)]);
        assert_eq!(flight.sent_at(Seq(15)), Some(Stamp(1)));
        assert_eq!(flight.acknowledge(Seq(20)), None);
        assert_eq!(flight.acknowledge(Seq(30)), Some(Stamp(2)));
    }

    #[test]
    fn what_comes_late_finds_its_place() {
        let mut flight = flight(&[(10, 20), (30, 40), (20, 30), (35, 50)]);
        assert_eq!(
            [10, 20, 30, 40, 50].map(|seq| flight.sent_at(Seq(seq)).map(|at| at.0)),
            [Some(1), Some(3), Some(2), Some(4), None]
        );
        assert_eq!(flight.acknowledge(Seq(30)), Some(Stamp(3)));
        assert_eq!(flight.len(), 20);
    }

    #[test]
    fn a_receiver_that_is_not_seen_costs_no_memory() {
        let mut flight = Flight::default();
        for number in 0..100_000 {
            flight.send(Seq(number * 20), Seq(number * 20 + 10), Stamp(0));
        }
        assert_eq!((flight.rest.as_ref().unwrap().len(), flight.len()), (MOST, 99_999 * 20 + 10));
    }

    proptest! {
        #[test]
        fn numbers_stay_in_order_and_apart(steps: Vec<(bool, u8, u8)>) {
            let (mut flight, base) = (Flight::default(), Seq(u32::MAX - 100));
            for (acknowledges, from, len) in steps {
                let from = base.plus(from.into());
                if acknowledges {
                    flight.acknowledge(from);
                } else {
                    flight.send(from, from.plus(u32::from(len) + 1), Stamp(0));
                }
                let parts: Vec<_> = flight.clone().iter_mut().map(|flown| *flown).collect();
                prop_assert!(parts.iter().all(|flown| flown.to.after(flown.from)), "{:?}", flight);
                prop_assert!(parts.windows(2).all(|pair| !pair[1].from.before(pair[0].to)), "{:?}", flight);
            }
        }
    }
}
