//! What comes next: where the learner stands, and what the one key that goes on would do.

use super::{answers::Answers, explain::next_run};
use crate::{
    face::tui::reel::{Mark, Reel, Stage},
    lab::cue::Standing,
    lesson::{
        beats::beats,
        model::{Block, Lesson},
        script::Line,
    },
    timeline::event::{BlockRef, LineRef},
};

/// What goes on when the learner says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A question waits for its answer.
    Question(BlockRef),
    /// The learner looks at what was: on to where something was waited for next.
    Forward,
    Step(usize),
    Block(BlockRef),
    /// This line of the block, by its place among the block's lines.
    Beat {
        block: BlockRef,
        line: usize,
    },
    /// A challenge: it is the learner's turn.
    Learner(BlockRef),
    /// The lesson has been told, and its hosts still stand.
    End,
    /// The lab is at it.
    Busy,
    /// Nothing more will happen.
    Over,
}

/// What is known of the lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lab {
    /// It runs a line, or is being set up.
    Busy,
    Waits(Standing),
    /// It has ended, or there never was one.
    Over,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'d> {
    pub lesson: &'d Lesson,
    pub reel: &'d Reel,
    pub position: usize,
    pub lab: &'d Lab,
    pub answers: &'d Answers,
}

impl Desk<'_> {
    #[must_use]
    pub fn next(&self) -> Next {
        if let Some(question) = self.open_question() {
            return Next::Question(question);
        }
        if self.position < self.reel.len() {
            return Next::Forward;
        }
        match self.lab {
            Lab::Busy => Next::Busy,
            Lab::Over => Next::Over,
            Lab::Waits(Standing::Step(step)) => Next::Step(*step),
            Lab::Waits(Standing::Block(block)) => Next::Block(*block),
            Lab::Waits(Standing::Beat { block, line }) => Next::Beat { block: *block, line: *line },
            Lab::Waits(Standing::Learner(block)) => Next::Learner(*block),
            Lab::Waits(Standing::End) => Next::End,
        }
    }

    /// The first question that was told and not answered, if what answers it comes next.
    fn open_question(&self) -> Option<BlockRef> {
        let step = self.reel.marks().step_at(self.position)?;
        let blocks = &self.lesson.steps.get(step)?.blocks;
        let ahead = self.ahead(step, blocks)?;
        let last_run = blocks[..ahead.block].iter().rposition(is_run).map_or(0, |at| at + 1);
        let told = (last_run..ahead.block).map(|block| BlockRef { step, block });
        told.into_iter()
            .filter(|place| matches!(blocks.get(place.block), Some(Block::Predict(_))))
            .find(|place| self.answers.to(*place).is_none())
    }

    /// The block of this step that runs next, if it is waited for just here; behind the step's last block where what
    /// is waited for is the end of the step.
    fn ahead(&self, step: usize, blocks: &[Block]) -> Option<BlockRef> {
        let first = BlockRef { step, block: 0 };
        let not_yet = |place: &BlockRef| self.reel.marks().stage_of(*place, self.position) == Stage::NotYet;
        let runs = blocks.iter().enumerate().filter(|(_, block)| is_run(block));
        let next = runs.map(|(block, _)| BlockRef { step, block }).find(not_yet);
        let next = next.unwrap_or(BlockRef { block: blocks.len(), ..first });
        if self.position < self.reel.len() {
            let (at, mark) = self.reel.marks().from(self.position).next()?;
            let is_here = match mark {
                Mark::Lab(block) => block == next,
                Mark::Step(_) | Mark::LessonEnd => next.block == blocks.len(),
                _ => false,
            };
            return (is_here && at == self.position).then_some(next);
        }
        let waits_here = match self.lab {
            Lab::Waits(Standing::Block(block)) => *block == next,
            Lab::Waits(Standing::Step(_) | Standing::End) | Lab::Over => next.block == blocks.len(),
            _ => false,
        };
        waits_here.then_some(next)
    }

    /// The next position behind this one at which something is waited for.
    #[must_use]
    pub fn stop_ahead(&self) -> usize {
        let mut marks = self.reel.marks().from(self.position + 1);
        marks.find(|(at, mark)| self.is_stop(*at, *mark)).map_or(self.reel.len(), |(at, _)| at)
    }

    /// The one before this one.
    #[must_use]
    pub fn stop_behind(&self) -> usize {
        let mut marks = self.reel.marks().before(self.position);
        marks.find(|(at, mark)| self.is_stop(*at, *mark)).map_or(0, |(at, _)| at)
    }

    fn is_stop(&self, at: usize, mark: Mark) -> bool {
        match mark {
            Mark::Step(_) | Mark::Lab(_) => true,
            Mark::LessonEnd | Mark::LabEnd(_) => false,
            Mark::Line(line) => self.begins_beat(at, line),
        }
    }

    /// The first line of a block goes with the block.
    fn begins_beat(&self, at: usize, line: LineRef) -> bool {
        let lab = self.reel.marks().before(at).find_map(|(_, mark)| match mark {
            Mark::Lab(block) => Some(block),
            _ => None,
        });
        let Some(lines) = lab.map(|block| lines_of(self.lesson, block)) else { return false };
        beats(lines).iter().skip(1).any(|beat| lines.get(beat.start).is_some_and(|first| first.number == line))
    }
}

fn is_run(block: &Block) -> bool {
    matches!(block, Block::Lab(_) | Block::Challenge(_))
}

/// The lines of a block that go at the learner's pace.
#[must_use]
pub fn lines_of(lesson: &Lesson, at: BlockRef) -> &[Line] {
    match lesson.steps.get(at.step).and_then(|step| step.blocks.get(at.block)) {
        Some(Block::Lab(lab)) => &lab.lines,
        _ => &[],
    }
}

/// Whether the question's answer will be given by a block that runs.
#[must_use]
pub fn is_answered_by_packets(lesson: &Lesson, question: BlockRef) -> bool {
    let Some(step) = lesson.steps.get(question.step) else { return false };
    next_run(question, &step.blocks).block < step.blocks.len()
}
