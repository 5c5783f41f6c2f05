//! The axis of time without the pauses in which the lab waited for a reader: what the kernels did fills the width.
//!
//! Of a kernel's timer nothing is cut: what it sends again stands as far behind what it repeats as it was sent.

use super::super::super::reel::{Conversation, Pause, Point};
use crate::kernel::clock::Stamp;

/// What is left of all pauses takes at most this part of what is not paused.
const PART: u64 = 4;
/// Few pauses are not made longer than so many would be.
const FEW: u64 = 8;

/// Between two moments. Pauses do not overlap, and stand in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    first: Stamp,
    last: Stamp,
    cut: Vec<(Stamp, Stamp)>,
    /// What is left of each.
    left: u64,
}

impl Clock {
    /// Cuts out the pauses that lie between the two moments, but for those over which one of these timers ran.
    pub(super) fn new((first, last): (Stamp, Stamp), pauses: &[Pause], timers: &[(Stamp, Stamp)]) -> Self {
        let runs = |from: Stamp, to: Stamp| timers.iter().any(|(begin, end)| *begin < to && from < *end);
        let within = pauses.iter().map(|pause| (pause.from.max(first), pause.to.min(last)));
        let cut: Vec<_> = within.filter(|(from, to)| from < to && !runs(*from, *to)).collect();
        let paused: u64 = cut.iter().map(|(from, to)| to.0 - from.0).sum();
        let active = last.0.saturating_sub(first.0).saturating_sub(paused);
        let left = (active / (PART * FEW.max(cut.len() as u64))).max(1);
        let cut = cut.into_iter().filter(|(from, to)| to.0 - from.0 > left).collect();
        Self { first, last, cut, left }
    }

    /// How far behind the first moment it is shown, in nanoseconds.
    pub(super) fn since_first(&self, at: Stamp) -> u64 {
        let at = at.clamp(self.first, self.last.max(self.first));
        let mut since = at.0 - self.first.0;
        for (from, to) in self.cut.iter().take_while(|(from, _)| *from < at) {
            let length = to.0 - from.0;
            let gone = at.0.min(to.0) - from.0;
            since -= gone - shortened(gone, length, self.left);
        }
        since
    }

    pub(super) fn span(&self) -> u64 {
        self.since_first(self.last)
    }

    /// The middle of each cut.
    pub(super) fn marks(&self) -> impl Iterator<Item = Stamp> + '_ {
        self.cut.iter().map(|(from, to)| Stamp(from.0 + (to.0 - from.0) / 2))
    }

    pub(super) const fn is_cut(&self) -> bool {
        !self.cut.is_empty()
    }
}

/// The same part of what is left as it is of the whole.
fn shortened(gone: u64, length: u64, left: u64) -> u64 {
    let part = u128::from(gone) * u128::from(left) / u128::from(length.max(1));
    u64::try_from(part).unwrap_or(left)
}

/// From what was sent to what the same side sent again behind it, and to what it probes with.
/// What comes at `end` or later has not been seen.
pub(super) fn timers(conversation: &Conversation, end: usize) -> Vec<(Stamp, Stamp)> {
    let mut sent: [Option<&Point>; 2] = [None, None];
    let mut next = [i64::MIN; 2];
    let mut timers = Vec::new();
    for point in conversation.points.iter().take_while(|point| point.event < end) {
        let probes = point.takes == 0 && point.seq < next[point.side];
        if let Some(before) = sent[point.side].filter(|_| point.is_again || probes) {
            timers.push((before.at, point.at));
        }
        sent[point.side] = Some(point);
        next[point.side] = next[point.side].max(point.end());
    }
    timers
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Stretches of something and of nothing by turns, the first one of something.
    fn stretches(lengths: &[(u64, u64)]) -> (Vec<Stamp>, Vec<Pause>, Stamp) {
        let (mut at, mut moments, mut pauses) = (1_000, Vec::new(), Vec::new());
        for (active, pause) in lengths {
            moments.extend([Stamp(at), Stamp(at + active / 2), Stamp(at + active)]);
            at += active;
            pauses.push(Pause { event: pauses.len(), from: Stamp(at), to: Stamp(at + pause) });
            at += pause;
        }
        moments.push(Stamp(at));
        (moments, pauses, Stamp(at))
    }

    #[test]
    fn what_the_kernels_did_fills_most_of_the_axis() {
        let (_, pauses, last) = stretches(&[(1_000_000, 60_000_000_000), (2_000_000, 90_000_000_000), (1_000_000, 0)]);
        let clock = Clock::new((Stamp(1_000), last), &pauses, &[]);
        assert_eq!(clock.marks().count(), 2);
        assert!((4_000_000..=5_000_000).contains(&clock.span()), "{}", clock.span());
    }

    #[test]
    fn nothing_is_cut_over_which_a_timer_ran() {
        let (_, pauses, last) = stretches(&[(1_000, 1_000_000_000), (1_000, 0)]);
        let timer = (Stamp(1_500), Stamp(1_000_000_000));
        let clock = Clock::new((Stamp(1_000), last), &pauses, &[timer]);
        assert!(!clock.is_cut());
        assert_eq!(clock.since_first(timer.1) - clock.since_first(timer.0), timer.1.0 - timer.0.0);
    }

    proptest! {
        #[test]
        fn time_never_goes_back_and_distances_within_a_stretch_are_kept(
            lengths in prop::collection::vec((0_u64..1 << 40, 0_u64..1 << 45), 1..20),
        ) {
            let (moments, pauses, last) = stretches(&lengths);
            let clock = Clock::new((Stamp(1_000), last), &pauses, &[]);
            let shown: Vec<u64> = moments.iter().map(|at| clock.since_first(*at)).collect();
            prop_assert!(shown.is_sorted(), "{shown:?}");
            for (moments, shown) in moments.chunks_exact(3).zip(shown.chunks_exact(3)) {
                for (one, other) in [(0, 1), (1, 2)] {
                    prop_assert_eq!(shown[other] - shown[one], moments[other].0 - moments[one].0);
                }
            }
            prop_assert!(clock.span() <= last.0 - 1_000);
        }
    }
}
