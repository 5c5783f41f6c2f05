//! Playing the timeline from where one looks, at a chosen speed.

use std::time::Duration;

use super::{super::settings::SPEEDS, Place, Study, next::Next};
use crate::kernel::clock::Stamp;

/// Between two events, at the ordinary speed.
const BEAT: Duration = Duration::from_millis(800);
/// How often a packet is drawn that is on its way.
const FRAME: Duration = Duration::from_millis(80);
const SECOND: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Play {
    next: Stamp,
}

impl Study {
    pub(super) fn toggle_play(&mut self) {
        if self.play.take().is_some() {
            return;
        }
        if self.position() >= self.reel.len() {
            self.look_at(self.desk().stop_behind());
        }
        self.play = Some(Play { next: self.later(self.beat()) });
    }

    /// How long a packet takes in slow motion, and how fast the past is played.
    pub fn set_pace(&mut self, slow: Duration, speed: f64) {
        self.slow = slow;
        self.speed = speed.clamp(*SPEEDS.start(), *SPEEDS.end());
    }

    /// Twice or half as fast, so that the way back leads through the same speeds.
    pub(super) fn change_speed(&mut self, factor: f64) {
        self.speed = Some(self.speed * factor).filter(|speed| SPEEDS.contains(speed)).unwrap_or(self.speed);
        self.say(format!("Playing: {}", self.speed_in_words()));
    }

    pub(super) fn speed_in_words(&self) -> String {
        let inverse = self.speed.recip();
        if inverse == 1.0 {
            return "at the usual speed".to_owned();
        }
        if inverse > 1.0 && inverse.fract() == 0.0 {
            return format!("1/{inverse} as fast");
        }
        let digits = format!("{:.3}", self.speed);
        format!("{} times as fast", digits.trim_end_matches('0').trim_end_matches('.'))
    }

    fn beat(&self) -> Duration {
        BEAT.div_f64(self.speed)
    }

    fn later(&self, by: Duration) -> Stamp {
        Stamp(self.clock.0.saturating_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// It has become this late.
    pub fn tick(&mut self, now: Stamp) {
        self.clock = now;
        if self.play.is_none_or(|play| play.next > now) {
            return;
        }
        self.step_forward();
        let goes_on = self.position() < self.reel.len() && !matches!(self.next(), Next::Question(_));
        self.play = goes_on.then(|| Play { next: self.later(self.beat()) });
    }

    /// When the screen changes although nothing happens: while something is played, on its way, in our hands, or
    /// waited for.
    #[must_use]
    pub fn wakes(&self) -> Option<Stamp> {
        let playing = self.play.map(|play| play.next);
        let world = self.reel.now();
        let moves = self.is_now() && world.on_the_way.len() > world.held.len() && self.is_slow_somewhere();
        let moving = moves.then(|| self.later(FRAME));
        let holding = (self.is_now() && !world.held.is_empty()).then(|| self.later(SECOND));
        [playing, moving, holding, self.why_changes()].into_iter().flatten().min()
    }

    /// Whether a packet that is on its way is so for a known time.
    fn is_slow_somewhere(&self) -> bool {
        let frames = self.reel.now().on_the_way.keys().filter_map(|id| self.reel.frame_numbered(*id));
        frames.into_iter().any(|frame| {
            let now = self.reel.frames()[frame].at(self.reel.len());
            now.place == Place::OnItsWay && now.delayed_ns.is_some()
        })
    }

    /// Whether it is played.
    #[must_use]
    pub const fn is_playing(&self) -> bool {
        self.play.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::recorded, *};

    #[test]
    fn the_speed_is_what_the_settings_say_and_is_doubled_and_halved_within_bounds() {
        let mut study = recorded("handshake");
        let said = |speed: f64, changes: &[f64], study: &mut Study| {
            study.set_pace(Duration::from_millis(300), speed);
            changes.iter().for_each(|factor| study.change_speed(*factor));
            (study.speed_in_words(), study.beat().as_millis())
        };
        for (speed, changes, words, millis) in [
            (1.0, &[][..], "at the usual speed", 800),
            (3.5, &[], "3.5 times as fast", 228),
            (1.0, &[0.5, 0.5, 0.5], "1/8 as fast", 6_400),
            (1.0, &[0.5, 0.5, 0.5, 0.5], "1/8 as fast", 6_400),
            (3.0, &[2.0; 9], "96 times as fast", 8),
            (3.0, &[0.5], "1.5 times as fast", 533),
            (0.1, &[], "1/10 as fast", 8_000),
            (100.0, &[2.0], "100 times as fast", 8),
        ] {
            assert_eq!(said(speed, changes, &mut study), (words.to_owned(), millis), "{speed} {changes:?}");
        }
    }
}
