//! What the learner has answered, tried and taken: what is not on the timeline, because no kernel knows of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    lesson::model::{Block, Lesson, Prediction},
    timeline::event::BlockRef,
};

/// The learner's own part of a lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    given: BTreeMap<BlockRef, Answer>,
    hints: BTreeMap<BlockRef, usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The choices, by their places.
    Chosen(BTreeSet<usize>),
    Skipped,
}

impl Answers {
    pub fn give(&mut self, question: BlockRef, answer: Answer) {
        self.given.insert(question, answer);
    }

    #[must_use]
    pub fn to(&self, question: BlockRef) -> Option<&Answer> {
        self.given.get(&question)
    }

    /// Takes one hint more, of so many.
    pub fn take_hint(&mut self, challenge: BlockRef, of: usize) {
        let taken = self.hints.entry(challenge).or_default();
        *taken = (*taken + 1).min(of);
    }

    #[must_use]
    pub fn hints(&self, challenge: BlockRef) -> usize {
        self.hints.get(&challenge).copied().unwrap_or(0)
    }

    /// From this step on nothing was answered.
    pub fn forget_from(&mut self, step: usize) {
        self.given.retain(|place, _| place.step < step);
        self.hints.retain(|place, _| place.step < step);
    }
}

/// Whether this answer is the right one.
#[must_use]
pub fn is_right(prediction: &Prediction, answer: &Answer) -> bool {
    let right = prediction.choices.iter().enumerate().filter(|(_, choice)| choice.right).map(|(at, _)| at);
    matches!(answer, Answer::Chosen(chosen) if chosen.iter().copied().eq(right))
}

#[must_use]
pub fn block_of(lesson: &Lesson, at: BlockRef) -> Option<&Block> {
    lesson.steps.get(at.step)?.blocks.get(at.block)
}

#[must_use]
pub fn prediction(lesson: &Lesson, at: BlockRef) -> Option<&Prediction> {
    match block_of(lesson, at)? {
        Block::Predict(prediction) => Some(prediction),
        _ => None,
    }
}
