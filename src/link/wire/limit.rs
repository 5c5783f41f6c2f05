//! A direction whose rate is limited: a bounded queue that empties at a steady pace.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// How fast frames may leave, and how many may wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub bits_per_second: u64,
    /// Frames, the one that is on its way included. One that finds so many before it is lost.
    pub queue: usize,
}

impl Rate {
    /// How long a frame is on its way onto the wire. A rate of zero never lets one go.
    fn time_of(self, bytes: usize) -> Option<Duration> {
        let bits = u128::try_from(bytes).ok()? * 8;
        let nanoseconds = (bits * 1_000_000_000).checked_div(u128::from(self.bits_per_second))?;
        Some(Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX)))
    }
}

/// The queue of one direction. What has a length in bytes is left to the caller.
#[derive(Debug)]
pub(super) struct Limit<T> {
    rate: Rate,
    waiting: VecDeque<(T, usize)>,
    /// When the first of them has gone out.
    first_leaves: Option<Instant>,
}

impl<T> Limit<T> {
    pub(super) const fn new(rate: Rate) -> Self {
        Self { rate, waiting: VecDeque::new(), first_leaves: None }
    }

    /// From now on, for what is not on its way yet.
    pub(super) fn change(&mut self, rate: Rate, now: Instant) {
        let stood_still = self.first_leaves.is_none();
        self.rate = rate;
        if stood_still {
            self.first_leaves = self.next_after(now);
        }
    }

    /// Queues one; hands it back where the queue is full.
    pub(super) fn push(&mut self, one: T, bytes: usize, now: Instant) -> Result<(), T> {
        if self.waiting.len() >= self.rate.queue {
            return Err(one);
        }
        self.waiting.push_back((one, bytes));
        if self.waiting.len() == 1 {
            self.first_leaves = self.next_after(now);
        }
        Ok(())
    }

    /// Takes one that has gone out by now.
    pub(super) fn pop(&mut self, now: Instant) -> Option<T> {
        let left = self.first_leaves.filter(|when| *when <= now)?;
        let (one, _) = self.waiting.pop_front()?;
        self.first_leaves = self.next_after(left);
        Some(one)
    }

    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.first_leaves
    }

    /// Everything that waits, in order.
    pub(super) fn into_waiting(self) -> impl Iterator<Item = T> {
        self.waiting.into_iter().map(|(one, _)| one)
    }

    fn next_after(&self, begin: Instant) -> Option<Instant> {
        let (_, bytes) = self.waiting.front()?;
        begin.checked_add(self.rate.time_of(*bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    /// A thousand bytes take a millisecond.
    fn limit(queue: usize) -> Limit<char> {
        Limit::new(Rate { bits_per_second: 8_000_000, queue })
    }

    #[test]
    fn frames_leave_one_after_the_other() {
        let (mut limit, begin) = (limit(9), Instant::now());
        for name in ['a', 'b'] {
            limit.push(name, 1000, begin).unwrap();
        }
        assert_eq!((limit.deadline(), limit.pop(begin)), (Some(begin + MILLI), None));
        assert_eq!((limit.pop(begin + MILLI), limit.pop(begin + MILLI)), (Some('a'), None));
        assert_eq!(limit.deadline(), Some(begin + 2 * MILLI));
        assert_eq!((limit.pop(begin + 9 * MILLI), limit.deadline()), (Some('b'), None));
        // A pause is not saved up for later.
        limit.push('c', 1000, begin + 20 * MILLI).unwrap();
        assert_eq!(limit.deadline(), Some(begin + 21 * MILLI));
    }

    #[test]
    fn a_full_queue_takes_no_more() {
        let (mut limit, begin) = (limit(2), Instant::now());
        assert_eq!(['a', 'b', 'c'].map(|name| limit.push(name, 1000, begin)), [Ok(()), Ok(()), Err('c')]);
        assert_eq!(limit.pop(begin + MILLI), Some('a'));
        limit.push('d', 1000, begin + MILLI).unwrap();
        assert_eq!(limit.into_waiting().collect::<String>(), "bd");
    }

    #[test]
    fn a_rate_of_zero_stands_still_until_it_is_changed() {
        let (mut limit, begin) = (limit(2), Instant::now());
        limit.change(Rate { bits_per_second: 0, queue: 2 }, begin);
        limit.push('a', 1000, begin).unwrap();
        assert_eq!((limit.deadline(), limit.pop(begin + 9 * MILLI)), (None, None));
        limit.change(Rate { bits_per_second: 8_000_000, queue: 2 }, begin + 9 * MILLI);
        assert_eq!(limit.deadline(), Some(begin + 10 * MILLI));
    }
}
