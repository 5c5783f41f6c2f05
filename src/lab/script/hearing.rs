//! Listening: what happens meanwhile is taken in, until something has, or a time limit is over.

use std::time::Instant;

use anyhow::{Context, Result, anyhow};

use super::{Play, Run};
use crate::lab::survey::{About, Sighting};

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
