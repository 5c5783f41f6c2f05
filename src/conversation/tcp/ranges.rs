//! Bytes that arrived behind a gap, as ranges of sequence numbers.
//!
//! The number of ranges is bounded. A capture can be made to hold a gap between any two segments; what is forgotten
//! here is learned again from the receiver's next acknowledgement.

use crate::conversation::seq::Seq;

const MOST: usize = 32;

/// Ranges from a number up to, but not including, another.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranges(Vec<(Seq, Seq)>);

impl Ranges {
    pub(super) fn add(&mut self, from: Seq, to: Seq) {
        if self.0.len() < MOST {
            self.0.push((from, to));
        }
    }

    /// Takes out what now follows on `next` without a gap, or lies before it, and returns where that leads.
    pub(super) fn advance(&mut self, mut next: Seq) -> Seq {
        while let Some(found) = self.0.iter().position(|(from, _)| !from.after(next)) {
            let (_, to) = self.0.swap_remove(found);
            next = next.latest(to);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filled_gap_releases_all_that_follows_it() {
        let mut ranges = Ranges::default();
        ranges.add(Seq(30), Seq(40));
        ranges.add(Seq(20), Seq(30));
        ranges.add(Seq(50), Seq(60));
        assert_eq!(ranges.advance(Seq(10)), Seq(10));
        assert_eq!(ranges.advance(Seq(20)), Seq(40));
        assert_eq!(ranges.advance(Seq(45)), Seq(45));
        assert_eq!(ranges.advance(Seq(55)), Seq(60));
    }

    #[test]
    fn more_gaps_than_can_be_kept_cost_no_memory() {
        let mut ranges = Ranges::default();
        for gap in 0..10_000 {
            ranges.add(Seq(gap * 10 + 5), Seq(gap * 10 + 10));
        }
        assert_eq!(ranges.0.len(), MOST);
    }
}
