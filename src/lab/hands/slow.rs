//! Slow motion that a person switches on and off.
//!
//! Frames of one direction keep their order: when slow motion ends, or becomes less slow, those that are still on
//! their way are not overtaken. A network that reorders is another lesson.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use crate::lab::hosts::{HostId, Route};

/// So far a frame stays behind the one before it: more than it takes to do what was decided.
const BEHIND: Duration = Duration::from_millis(1);

#[derive(Debug, Default)]
pub(super) struct Slow {
    delay: Option<Duration>,
    /// Per direction, when the last frame that was slowed by hand leaves.
    due: HashMap<(HostId, HostId), Instant>,
}

impl Slow {
    pub(super) const fn set(&mut self, delay: Option<Duration>) {
        self.delay = delay;
    }

    /// The same where nothing is on its way any more.
    pub(super) fn anew(&self) -> Self {
        Self { delay: self.delay, due: HashMap::new() }
    }

    /// How long a frame takes that the script wants to take `asked`: the longer of both, and not less than those
    /// before it.
    pub(super) fn delay(&mut self, hop: Route, asked: Option<Duration>, now: Instant) -> Option<Duration> {
        let direction = (hop.from, hop.to);
        self.due.retain(|_, due| *due > now);
        let ahead = self.due.get(&direction).copied();
        let asked = self.delay.max(asked).map(|delay| now + delay);
        let would_overtake = ahead.is_some_and(|ahead| asked.unwrap_or(now) < ahead);
        let due = if would_overtake { ahead.map(|ahead| ahead + BEHIND) } else { asked }?;
        if self.delay.is_some() || would_overtake {
            self.due.insert(direction, due);
        }
        Some(due.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THERE: Route = Route { from: 0, to: 1 };
    const BACK: Route = Route { from: 1, to: 0 };
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn without_it_only_the_script_says_how_long_a_frame_takes() {
        let mut slow = Slow::default();
        let now = Instant::now();
        assert_eq!(slow.delay(THERE, None, now), None);
        assert_eq!(slow.delay(THERE, Some(SECOND), now), Some(SECOND));
    }

    #[test]
    fn the_longer_delay_counts() {
        let mut slow = Slow::default();
        slow.set(Some(2 * SECOND));
        let now = Instant::now();
        assert_eq!(slow.delay(THERE, Some(SECOND), now), Some(2 * SECOND));
        assert_eq!(slow.delay(THERE, Some(3 * SECOND), now), Some(3 * SECOND));
    }

    #[test]
    fn when_it_ends_frames_of_a_direction_keep_their_order() {
        let mut slow = Slow::default();
        let now = Instant::now();
        slow.set(Some(4 * SECOND));
        slow.delay(THERE, None, now);
        slow.set(None);
        assert_eq!(
            slow.delay(THERE, None, now + SECOND),
            Some(3 * SECOND + BEHIND),
            "behind the one that is on its way"
        );
        assert_eq!(slow.delay(BACK, None, now + SECOND), None, "the other direction is free");
        assert_eq!(slow.delay(THERE, None, now + 5 * SECOND), None, "the way is free again");
    }

    #[test]
    fn less_slow_does_not_overtake_either() {
        let mut slow = Slow::default();
        let now = Instant::now();
        slow.set(Some(4 * SECOND));
        slow.delay(THERE, None, now);
        slow.set(Some(SECOND));
        assert_eq!(slow.delay(THERE, None, now + SECOND), Some(3 * SECOND + BEHIND));
    }
}
