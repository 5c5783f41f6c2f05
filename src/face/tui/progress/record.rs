//! What is kept of one lesson.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Mark, Seconds, is_empty, is_none};

/// How often a lesson was finished is remembered so many times; the newest ones stay.
const MOST_FINISHES: usize = 100;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    #[serde(default, skip_serializing_if = "is_empty")]
    pub(super) steps: BTreeSet<Mark>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) predictions: BTreeMap<Mark, Answer>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) challenges: BTreeMap<Mark, Attempt>,
    #[serde(default, skip_serializing_if = "is_empty")]
    pub(super) finished: BTreeSet<Seconds>,
    #[serde(default, skip_serializing_if = "is_none")]
    pub(super) last: Option<Place>,
}

/// The first answer to a question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Answer {
    pub at: Seconds,
    /// The choices, counted from 0.
    pub chosen: Vec<usize>,
    pub right: bool,
}

/// What came of a challenge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When first.
    #[serde(default, skip_serializing_if = "is_none")]
    pub solved: Option<Seconds>,
    #[serde(default, skip_serializing_if = "is_none")]
    pub skipped: Option<Seconds>,
    /// How many hints were shown.
    #[serde(default)]
    pub hints: u32,
}

/// Where the learner was last, and when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    pub(super) at: Seconds,
    pub(super) step: Mark,
}

impl Record {
    /// When it was finished last.
    #[must_use]
    pub fn last_finish(&self) -> Option<Seconds> {
        self.finished.last().copied()
    }

    #[must_use]
    pub fn is_begun(&self) -> bool {
        !self.steps.is_empty()
    }

    /// How many of its questions were answered, and how many of those right at once.
    #[must_use]
    pub fn answers(&self) -> (usize, usize) {
        (self.predictions.len(), self.predictions.values().filter(|answer| answer.right).count())
    }

    /// How many of its challenges were solved, and how many only left out.
    #[must_use]
    pub fn challenges(&self) -> (usize, usize) {
        let solved = self.challenges.values().filter(|attempt| attempt.solved.is_some()).count();
        let left_out = |attempt: &&Attempt| attempt.solved.is_none() && attempt.skipped.is_some();
        (solved, self.challenges.values().filter(left_out).count())
    }

    pub(super) fn bound(&mut self) {
        while self.finished.len() > MOST_FINISHES {
            self.finished.pop_first();
        }
    }
}
