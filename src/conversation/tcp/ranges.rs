//! Ranges of sequence numbers: bytes that arrived behind a gap, or gaps in what was seen.
//!
//! The number of ranges is bounded. A capture can be made to hold a gap between any two segments; what is forgotten
//! here is learned again from the receiver's next acknowledgement.

use crate::conversation::seq::Seq;

const MOST: usize = 32;

/// Ranges from a number up to, but not including, another.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranges(Vec<(Seq, Seq)>);

impl Ranges {
    /// Adds a range; one that touches it grows.
    pub(super) fn add(&mut self, from: Seq, to: Seq) {
        if let Some(range) = self.0.iter_mut().find(|range| !from.after(range.1) && !range.0.after(to)) {
            *range = (if from.before(range.0) { from } else { range.0 }, range.1.latest(to));
        } else if self.0.len() < MOST {
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

    /// How many numbers of `from..to` lie in a range.
    pub(super) fn within(&self, from: Seq, to: Seq) -> u32 {
        let common = |range: &(Seq, Seq)| {
            let (start, end) = (from.latest(range.0), if to.before(range.1) { to } else { range.1 });
            if end.after(start) { end.since(start) } else { 0 }
        };
        self.0.iter().map(common).fold(0, u32::saturating_add)
    }

    /// Takes `from..to` out.
    pub(super) fn cut(&mut self, from: Seq, to: Seq) {
        let mut place = 0;
        while let Some(&(start, end)) = self.0.get(place) {
            if !to.after(start) || !end.after(from) {
                place += 1;
                continue;
            }
            self.0.swap_remove(place);
            if from.after(start) {
                self.0.push((start, from));
            }
            if end.after(to) {
                self.0.push((to, end));
            }
        }
        self.0.truncate(MOST);
    }

    /// Forgets what lies before `seq`.
    pub(super) fn forget_before(&mut self, seq: Seq) {
        if !self.0.is_empty() {
            self.0.retain(|(_, to)| to.after(seq));
            self.0.iter_mut().for_each(|(from, _)| *from = from.latest(seq));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn what_is_cut_out_is_gone() {
        let mut ranges = Ranges::default();
        ranges.add(Seq(10), Seq(50));
        ranges.cut(Seq(20), Seq(30));
        assert_eq!(
            [(10, 20), (20, 30), (30, 50), (0, 60)].map(|(from, to)| ranges.within(Seq(from), Seq(to))),
            [10, 0, 20, 30]
        );
        ranges.forget_before(Seq(35));
        assert_eq!(ranges.within(Seq(0), Seq(60)), 15);
    }

    #[test]
    fn more_gaps_than_can_be_kept_cost_no_memory() {
        let mut ranges = Ranges::default();
        for gap in 0..10_000 {
            ranges.add(Seq(gap * 10 + 5), Seq(gap * 10 + 10));
        }
        assert_eq!(ranges.0.len(), MOST);
        ranges.cut(Seq(6), Seq(7));
        assert_eq!(ranges.0.len(), MOST);
    }

    proptest! {
        #[test]
        fn a_cut_takes_just_what_is_cut(ranges: Vec<(u8, u8)>, from: u8, len: u8) {
            let mut kept = Ranges::default();
            let base = u32::MAX - 100;
            let seq = |number: u8| Seq(base).plus(number.into());
            ranges.iter().take(8).for_each(|(from, len)| kept.add(seq(*from), seq(*from).plus(u32::from(*len) + 1)));
            let before: Vec<bool> = (0..=255).map(|number| kept.within(seq(number), seq(number).plus(1)) > 0).collect();
            kept.cut(seq(from), seq(from).plus(len.into()));
            for number in 0..=255_u8 {
                let is_cut = number >= from && u16::from(number) < u16::from(from) + u16::from(len);
                let is_in = kept.within(seq(number), seq(number).plus(1)) > 0;
                prop_assert_eq!(is_in, before[usize::from(number)] && !is_cut, "{}", number);
            }
        }
    }
}
