//! The explanation: the text of one step as far as it has been told, with its questions and its live values.
//!
//! A step is told up to the next block that is to be run, or up to a question that waits for its answer. What a
//! question's answer was worth is said when the block behind it has run.

mod outcome;
mod question;

pub use self::question::letter;
use super::{answers::Answers, present::Class};
use crate::{
    face::{
        prose::{self, Live},
        text::{Line, Look, Style, line::Ink, wrap::wrap},
        tui::reel::{Mark, Marks, Reel, Stage},
    },
    lesson::model::{Block, Lesson, Prose},
    timeline::event::BlockRef,
};

/// What the explanation is made from.
#[derive(Clone, Copy)]
pub struct Telling<'t> {
    pub lesson: &'t Lesson,
    pub reel: &'t Reel,
    pub position: usize,
    pub answers: &'t Answers,
    /// The question that is asked now, and the choice that is pointed at.
    pub asked: Option<(BlockRef, Option<usize>)>,
    /// Choices that are marked and not confirmed, where several may be right.
    pub marked: &'t std::collections::BTreeSet<usize>,
    /// A class that looks on: what it has not been shown stays hidden.
    pub class: Option<&'t Class>,
    pub look: Look,
    pub live: Live<'t>,
}

/// Lines, and what is to be known of them.
#[derive(Debug, Default)]
pub struct Told {
    pub lines: Vec<Line>,
    /// Where begins what was told since the learner went on last.
    pub newest: usize,
    /// The next part is told because something has just come out.
    is_turned: bool,
    /// The block that has answered the question before it: what it showed begins with that.
    answered_by: Option<BlockRef>,
    /// The lines on which a choice stands.
    pub choices: Vec<(std::ops::Range<usize>, usize)>,
    /// More lines stay free between parts.
    is_roomy: bool,
}

impl Told {
    fn part(&mut self, lines: Vec<Line>) {
        if lines.is_empty() {
            return;
        }
        if !self.lines.is_empty() {
            self.lines.extend(vec![Line::new(); 1 + usize::from(self.is_roomy)]);
        }
        if std::mem::take(&mut self.is_turned) {
            self.newest = self.lines.len();
        }
        self.lines.extend(lines);
    }

    /// Something has come out: what is told from here on is news.
    const fn turn(&mut self) {
        self.is_turned = true;
    }
}

impl Telling<'_> {
    fn marks(&self) -> &Marks {
        self.reel.marks()
    }

    /// The step that stands at this position; before the first one, the lesson's opening.
    #[must_use]
    pub fn tell(&self) -> Told {
        let mut told = Told { is_roomy: self.is_roomy(), ..Told::default() };
        let step = self.marks().step_at(self.position);
        if step.unwrap_or(0) == 0 {
            self.opening(&mut told);
        }
        let Some(step) = step else { return told };
        let Some(content) = self.lesson.steps.get(step) else { return told };
        // The pane is called like the step; only what stands before the first one has to be told apart.
        if let Some(class) = self.class {
            told.part(class.heading(&content.title, self.look, self.live));
        } else if step == 0 && !told.lines.is_empty() {
            told.part(prose::paragraph(&content.title, Style::of(Ink::Heading).bold(), self.look, self.live));
        }
        self.blocks(step, &content.blocks, &mut told);
        self.tried(step, &mut told);
        if self.marks().before(self.position).next().is_some_and(|(_, mark)| mark == Mark::LessonEnd) {
            told.turn();
            told.part(self.summary());
        }
        if told.lines.is_empty() {
            told.part(wrap(
                &Line::styled("Go on: what there is to see is explained here.", Style::FAINT),
                self.look.width,
            ));
        }
        told
    }

    fn opening(&self, told: &mut Told) {
        let opening: Vec<Prose> = self.lesson.opening.iter().filter_map(as_prose).cloned().collect();
        told.part(prose::blocks(&opening, self.look, self.live));
    }

    fn blocks(&self, step: usize, blocks: &[Block], told: &mut Told) {
        let mut prose_since = Vec::new();
        for (at, block) in blocks.iter().enumerate() {
            let place = BlockRef { step, block: at };
            if let Block::Prose(prose) = block {
                prose_since.push(prose.clone());
                continue;
            }
            told.part(prose::blocks(&std::mem::take(&mut prose_since), self.look, self.live));
            let goes_on = match block {
                Block::Predict(prediction) => self.question(place, prediction, blocks, told),
                Block::Lab(_) => self.lab(place, told),
                Block::Challenge(challenge) => self.challenge(place, challenge, told),
                Block::Prose(_) => true,
            };
            if !goes_on {
                return;
            }
        }
        told.part(prose::blocks(&prose_since, self.look, self.live));
    }

    fn stage_of(&self, place: BlockRef) -> Stage {
        self.marks().stage_of(place, self.position)
    }

    fn is_roomy(&self) -> bool {
        self.class.is_some_and(|class| class.is_roomy)
    }

    fn narrowed(&self, by: usize) -> Look {
        Look { width: self.look.width.saturating_sub(by).max(2), ..self.look }
    }
}

impl std::fmt::Debug for Telling<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telling").field("position", &self.position).finish_non_exhaustive()
    }
}

fn as_prose(block: &Block) -> Option<&Prose> {
    match block {
        Block::Prose(prose) => Some(prose),
        _ => None,
    }
}

/// The next block that is run behind this one; behind the last block where there is none.
#[must_use]
pub fn next_run(place: BlockRef, blocks: &[Block]) -> BlockRef {
    let runs = |block: &Block| matches!(block, Block::Lab(_) | Block::Challenge(_));
    let behind = blocks.iter().skip(place.block).position(runs).map_or(blocks.len(), |at| place.block + at);
    BlockRef { block: behind, ..place }
}
