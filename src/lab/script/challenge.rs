//! Challenges: at the kernel's pace the lesson's own answer is run; at a learner's pace it is the learner's turn.

use anyhow::Result;

use super::{Run, pace::Woken};
use crate::{
    lab::{claims::Verdict, cue::Standing},
    lesson::{beats, model::Challenge, script::Line},
    timeline::event::{BlockRef, Ending, What},
};

impl Run<'_, '_> {
    /// A challenge runs on hosts of its own: what stands on the stage before, and what it leaves, is its own.
    pub(super) fn challenge(&mut self, at: BlockRef, challenge: &Challenge) -> Result<()> {
        let Challenge { setup, answer, expect, .. } = challenge;
        if self.cue.is_none() || self.hurries {
            return self.all_of(setup.iter().chain(answer).chain(expect));
        }
        self.all_of(setup.iter())?;
        if self.is_over() {
            let text = "This challenge could not be set up: a claim does not hold. The step can be run again.";
            self.recorder.add_now(What::Notice { text: text.to_owned() });
            return Ok(());
        }
        let outcome = self.learners_turn(at, expect)?;
        self.recorder.add_now(What::Challenge { block: at, outcome });
        Ok(())
    }

    /// Nothing goes on with the hosts of a challenge. A learner may go on looking at them until others are wanted.
    pub(super) fn leave_challenge(&mut self) -> Result<()> {
        match &mut self.play {
            Some(play) if self.cue.is_some() => {
                play.of_challenge = true;
                Ok(())
            }
            _ => self.leave_stage(),
        }
    }

    fn all_of<'a>(&mut self, lines: impl Iterator<Item = &'a Line>) -> Result<()> {
        for line in lines {
            if self.is_over() {
                break;
            }
            self.line(line)?;
        }
        Ok(())
    }

    fn learners_turn(&mut self, at: BlockRef, expect: &[Line]) -> Result<Ending> {
        let cue = self.pace()?;
        // What the setup has moved is not what the learner does.
        self.look_around()?;
        loop {
            let is_solved = match self.wait(&cue, Standing::Learner(at))? {
                Woken::Skip => return Ok(Ending::Skipped),
                Woken::GoOn(_) | Woken::TimeIsUp => false,
                Woken::Judge => self.is_solved(expect)?,
                Woken::Moved => self.would_be_solved(expect)? && self.is_solved(expect)?,
            };
            if is_solved {
                return Ok(Ending::Solved);
            }
        }
    }

    /// Tries the expectations without patience, and without a trace.
    fn would_be_solved(&mut self, expect: &[Line]) -> Result<bool> {
        // What does something can not be tried: only a learner can ask for it.
        if expect.is_empty() || expect.iter().any(beats::is_act) {
            return Ok(false);
        }
        self.observe()?;
        self.recorder.rehearses = true;
        let held = self.rehearse(|run| {
            for line in expect {
                if matches!(run.perform(line)?, Some(Verdict::Failed(_))) {
                    return Ok((false, false));
                }
            }
            Ok((true, false))
        });
        self.recorder.rehearses = false;
        held
    }

    /// Runs the expectations, with their usual patience. What does not hold is told, and ends nothing.
    fn is_solved(&mut self, expect: &[Line]) -> Result<bool> {
        if expect.is_empty() {
            return Ok(false);
        }
        (self.lenient, self.keeps_limits) = (true, true);
        let solved = self.rehearse(|run| {
            for line in expect {
                let failed = run.refuted;
                run.line(line)?;
                if run.refuted > failed {
                    return Ok((false, false));
                }
            }
            Ok((true, true))
        });
        (self.lenient, self.keeps_limits) = (false, false);
        solved
    }

    /// Does something with the claims, and gives back what they took, unless it is to be kept: the answer is whether
    /// all hold, and whether that counts.
    fn rehearse(&mut self, act: impl FnOnce(&mut Self) -> Result<(bool, bool)>) -> Result<bool> {
        let (values, reading) = (self.values.clone(), self.play()?.reading.clone());
        self.stage_mut()?.troupe.begin_rehearsal();
        let (hold, counts) = act(self)?;
        if counts {
            self.stage_mut()?.troupe.accept_rehearsal();
        } else {
            self.stage_mut()?.troupe.end_rehearsal();
            self.values = values;
            self.play()?.reading = reading;
        }
        Ok(hold)
    }
}
