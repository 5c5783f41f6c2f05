//! The order of events.
//!
//! Reports come from several threads and each carries the time at which its event happened, so they do not arrive
//! in order. An event waits until the watermark has passed its time; then it gets its number and is never moved
//! again. Whoever reads settled events therefore sees an append-only list.

use super::event::{Event, What};
use crate::kernel::clock::Stamp;

/// Every event of a run: settled ones in their final order, and those still waiting behind the watermark.
#[derive(Debug, Default)]
pub struct Timeline {
    settled: Vec<Event>,
    /// Sorted by time; among equal times in the order of arrival.
    waiting: Vec<(Stamp, What)>,
}

impl Timeline {
    #[must_use]
    pub fn settled(&self) -> &[Event] {
        &self.settled
    }

    /// Whether anything is not settled yet.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Takes note of something that happened at `at`.
    ///
    /// A report that is later than the watermark allows keeps its time and takes its place behind what has
    /// settled: the past is not rewritten.
    pub fn add(&mut self, at: Stamp, what: What) {
        let place = self.waiting.partition_point(|(other, _)| *other <= at);
        self.waiting.insert(place, (at, what));
    }

    /// Moves the watermark: every report up to `until` is final. `resolve` is asked, for each of them in their
    /// final order, what it comes to: itself as a rule, itself and what follows directly from it, or nothing
    /// where it says only what is known.
    ///
    /// Returns the newly settled events.
    pub fn settle(&mut self, until: Stamp, mut resolve: impl FnMut(Stamp, What) -> Vec<What>) -> &[Event] {
        let first_new = self.settled.len();
        let count = self.waiting.partition_point(|(at, _)| *at <= until);
        for (at, what) in self.waiting.drain(..count) {
            for what in resolve(at, what) {
                self.settled.push(Event { seq: self.settled.len() as u64, at, what });
            }
        }
        &self.settled[first_new..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn notice(text: &str) -> What {
        What::Notice { text: text.to_owned() }
    }

    fn as_it_is(_: Stamp, what: What) -> Vec<What> {
        vec![what]
    }

    fn texts(events: &[Event]) -> Vec<&str> {
        events
            .iter()
            .map(|event| match &event.what {
                What::Notice { text } => text.as_str(),
                _ => "",
            })
            .collect()
    }

    #[test]
    fn events_settle_in_the_order_of_their_times_not_of_their_arrival() {
        let mut timeline = Timeline::default();
        timeline.add(Stamp(30), notice("third"));
        timeline.add(Stamp(10), notice("first"));
        timeline.add(Stamp(20), notice("second"));
        assert_eq!(texts(timeline.settle(Stamp(20), as_it_is)), ["first", "second"]);
        assert_eq!(texts(timeline.settle(Stamp(99), as_it_is)), ["third"]);
    }

    #[test]
    fn a_report_that_comes_after_the_watermark_does_not_move_what_has_settled() {
        let mut timeline = Timeline::default();
        timeline.add(Stamp(20), notice("punctual"));
        timeline.settle(Stamp(25), as_it_is);
        timeline.add(Stamp(15), notice("late"));
        timeline.settle(Stamp(30), as_it_is);
        assert_eq!(texts(timeline.settled()), ["punctual", "late"]);
        assert_eq!(timeline.settled()[1].at, Stamp(15), "it keeps the time at which it happened");
    }

    #[test]
    fn what_follows_from_an_event_stands_directly_behind_it() {
        let mut timeline = Timeline::default();
        timeline.add(Stamp(10), notice("cause"));
        timeline.add(Stamp(10), notice("other"));
        timeline.add(Stamp(10), notice("known already"));
        let settled = timeline.settle(Stamp(10), |_, what| match &what {
            What::Notice { text } if text == "cause" => vec![what, notice("effect")],
            What::Notice { text } if text == "known already" => vec![],
            _ => vec![what],
        });
        assert_eq!(texts(settled), ["cause", "effect", "other"]);
    }

    proptest! {
        #[test]
        fn whatever_settles_at_once_is_ordered_and_numbered_without_a_gap(times in prop::collection::vec(0u64..100, 0..50)) {
            let mut timeline = Timeline::default();
            for time in &times {
                timeline.add(Stamp(*time), notice(""));
            }
            timeline.settle(Stamp(u64::MAX), as_it_is);
            prop_assert_eq!(timeline.settled().len(), times.len());
            prop_assert!(timeline.settled().is_sorted_by_key(|event| event.at));
            prop_assert!(timeline.settled().iter().enumerate().all(|(i, event)| event.seq == i as u64));
        }
    }
}
