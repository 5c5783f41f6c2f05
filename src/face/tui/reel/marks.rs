//! Where the steps, the labs and the lines of a lesson stand in its timeline.

use std::collections::HashMap;

use crate::timeline::event::{BlockRef, Ending, LineRef, What};

/// The parts of a lesson by the events with which they begin and end.
#[derive(Debug, Default)]
pub struct Marks {
    all: Vec<(usize, Mark)>,
    begun: HashMap<BlockRef, usize>,
    ended: HashMap<BlockRef, usize>,
    outcomes: HashMap<BlockRef, (usize, Ending)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Step(usize),
    Lab(BlockRef),
    Line(LineRef),
    LabEnd(BlockRef),
    LessonEnd,
}

/// How far a block that is run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    NotYet,
    Running,
    Done,
}

impl Marks {
    pub(super) fn note(&mut self, at: usize, what: &What) {
        let mark = match what {
            What::Step { step, .. } => Mark::Step(*step),
            What::Lab { block, .. } => {
                self.begun.insert(*block, at);
                Mark::Lab(*block)
            }
            What::Line { line, .. } => Mark::Line(*line),
            What::LabEnd { block } => {
                self.ended.insert(*block, at);
                Mark::LabEnd(*block)
            }
            What::LessonEnd { .. } => Mark::LessonEnd,
            What::Challenge { block, outcome } => {
                self.outcomes.insert(*block, (at, *outcome));
                return;
            }
            _ => return,
        };
        self.all.push((at, mark));
    }

    /// All before a position, the newest first.
    pub fn before(&self, position: usize) -> impl Iterator<Item = (usize, Mark)> {
        self.all[..self.all.partition_point(|(at, _)| *at < position)].iter().rev().copied()
    }

    /// All from a position on.
    pub fn from(&self, position: usize) -> impl Iterator<Item = (usize, Mark)> {
        self.all[self.all.partition_point(|(at, _)| *at < position)..].iter().copied()
    }

    #[must_use]
    pub fn stage_of(&self, block: BlockRef, position: usize) -> Stage {
        let is_past = |events: &HashMap<BlockRef, usize>| events.get(&block).is_some_and(|at| *at < position);
        match (is_past(&self.begun), is_past(&self.ended)) {
            (_, true) => Stage::Done,
            (true, false) => Stage::Running,
            (false, false) => Stage::NotYet,
        }
    }

    /// The event with which the block begins.
    #[must_use]
    pub fn beginning_of(&self, block: BlockRef) -> Option<usize> {
        self.begun.get(&block).copied()
    }

    /// The event with which the block ends.
    #[must_use]
    pub fn end_of(&self, block: BlockRef) -> Option<usize> {
        self.ended.get(&block).copied()
    }

    /// What came of a challenge by this position.
    #[must_use]
    pub fn outcome_of(&self, block: BlockRef, position: usize) -> Option<Ending> {
        self.outcomes.get(&block).filter(|(at, _)| *at < position).map(|(_, outcome)| *outcome)
    }

    /// The event with which the step begins.
    #[must_use]
    pub fn step(&self, step: usize) -> Option<usize> {
        self.all.iter().find(|(_, mark)| *mark == Mark::Step(step)).map(|(at, _)| *at)
    }

    /// The step at a position, and none before the first.
    #[must_use]
    pub fn step_at(&self, position: usize) -> Option<usize> {
        self.before(position).find_map(|(_, mark)| match mark {
            Mark::Step(step) => Some(step),
            _ => None,
        })
    }

    /// The line that the script came to last.
    #[must_use]
    pub fn line_at(&self, position: usize) -> Option<LineRef> {
        self.before(position).find_map(|(_, mark)| match mark {
            Mark::Line(line) => Some(line),
            _ => None,
        })
    }
}
