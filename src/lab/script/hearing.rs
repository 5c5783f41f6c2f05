//! Listening: what happens meanwhile is taken in, until something has, or a time limit is over.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use super::{Play, Run};
use crate::{
    kernel::socket::{SocketView, TimerKind},
    lab::survey::{About, Sighting},
    lesson::script::PATIENCE,
};

pub(super) const NO_ANSWER: &str = "the kernel did not answer about its sockets (sock_diag)";

impl Run<'_, '_> {
    /// Takes in what happens, until `deadline` or something has.
    pub fn listen(&mut self, deadline: Instant) -> Result<()> {
        anyhow::ensure!(!self.recorder.is_abandoned(), "nobody follows this lesson any more");
        let play = self.play.as_mut().ok_or_else(|| anyhow!("no lab is set up"))?;
        let deadline = play.sampler.due().map_or(deadline, |due| due.min(deadline));
        play.stage.listen(&mut self.recorder, deadline).context("the link failed")?;
        self.take_samples()
    }

    /// Takes in what has been said by now.
    pub(super) fn catch_up(&mut self) -> Result<()> {
        let play = self.play.as_mut().ok_or_else(|| anyhow!("no lab is set up"))?;
        play.stage.catch_up(&mut self.recorder).context("the link failed")
    }

    pub(super) fn take_samples(&mut self) -> Result<()> {
        let play = self.play.as_mut().ok_or_else(|| anyhow!("no lab is set up"))?;
        let Play { stage, survey, sampler, .. } = play;
        if sampler.wants_states(stage) {
            survey.sample(stage, &mut self.recorder).context(NO_ANSWER)?;
        }
        sampler.tick(stage, survey, &mut self.recorder).context(NO_ANSWER)
    }

    /// How long a claim waits. At a learner's pace also as long as the kernels' own timers have left: they double while
    /// somebody reads, and what a lesson says of the next packet is meant all the same.
    pub fn limit(&mut self, within: Option<Duration>) -> Result<Instant> {
        let usual = within.unwrap_or(PATIENCE);
        let is_extended = self.cue.is_some() && !self.keeps_limits && !self.recorder.rehearses;
        let timers = if is_extended { self.timers(|_| true)? } else { Duration::ZERO };
        Ok(Instant::now() + usual + timers)
    }

    /// What is left until the last of these sockets sends again, if one is about to.
    pub(super) fn timers(&mut self, meant: impl Fn(&SocketView) -> bool) -> Result<Duration> {
        let sends = |kind| matches!(kind, TimerKind::Retransmit | TimerKind::ZeroWindowProbe);
        let sightings = self.look()?;
        let views = sightings.iter().map(|sighting| &sighting.view).filter(|view| meant(view));
        let timers = views.filter_map(|view| view.timer).filter(|timer| sends(timer.kind));
        Ok(timers.map(|timer| timer.remaining).max().unwrap_or_default())
    }

    /// Whether a time limit is over. It stands still while a person holds the wire; where claims are only tried, it is
    /// over at once.
    pub fn has_passed(&self, deadline: &mut Instant) -> bool {
        if self.recorder.rehearses {
            return true;
        }
        let now = Instant::now();
        let looked = self.looked_while_held.replace(self.grip.stops_clock().then_some(now));
        if let Some(looked) = looked {
            *deadline += now.saturating_duration_since(looked);
        }
        now >= *deadline
    }

    /// How much has happened so far, as a number that changes with it.
    pub fn happenings(&self) -> Result<usize> {
        let stage = self.stage()?;
        Ok(stage.frames.len() + stage.troupe.returned())
    }

    /// Takes in all that is on the link now.
    pub fn drain(&mut self) -> Result<()> {
        let play = self.play.as_mut().ok_or_else(|| anyhow!("no lab is set up"))?;
        play.stage.drain(&mut self.recorder).context("the link failed")?;
        self.take_samples()
    }

    /// What the kernel says of all TCP sockets, at this moment.
    pub fn look(&mut self) -> Result<Vec<Sighting>> {
        let play = self.play()?;
        play.survey.look(&play.stage).context(NO_ANSWER)
    }

    /// Waits for the quiet point and puts the states of all sockets on the timeline.
    pub fn observe(&mut self) -> Result<()> {
        self.observe_about(About::All)
    }

    pub(super) fn observe_about(&mut self, about: About) -> Result<()> {
        if self.recorder.rehearses {
            return Ok(());
        }
        let play = self.play.as_mut().ok_or_else(|| anyhow!("no lab is set up"))?;
        play.survey.observe(about, &mut play.stage, &mut self.recorder).context(NO_ANSWER)
    }
}
