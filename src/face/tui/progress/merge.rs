//! Two progresses joined: nothing that one of them has is lost, and it does not matter which comes first, or how
//! often. So instances that run at the same time need not know of each other.

use std::collections::BTreeMap;

use super::{
    Mark, Progress, VERSION,
    record::{Answer, Attempt, Record},
};

impl Progress {
    /// Takes in what the other has.
    pub fn merge(&mut self, other: &Self) {
        self.version = VERSION;
        self.tour = earlier(self.tour, other.tour);
        for (key, record) in &other.lessons {
            self.lessons.entry(key.clone()).or_default().merge(record);
        }
    }
}

impl Record {
    fn merge(&mut self, other: &Self) {
        self.steps.extend(other.steps.iter().cloned());
        self.finished.extend(&other.finished);
        self.bound();
        first_answers(&mut self.predictions, &other.predictions);
        for (mark, attempt) in &other.challenges {
            self.challenges.entry(mark.clone()).or_default().merge(attempt);
        }
        self.last = self.last.take().max(other.last.clone());
    }
}

impl Attempt {
    fn merge(&mut self, other: &Self) {
        self.solved = earlier(self.solved, other.solved);
        self.skipped = earlier(self.skipped, other.skipped);
        self.hints = self.hints.max(other.hints);
    }
}

fn first_answers(into: &mut BTreeMap<Mark, Answer>, from: &BTreeMap<Mark, Answer>) {
    for (mark, answer) in from {
        // At the same second the lesser one: some order there has to be.
        into.entry(mark.clone())
            .and_modify(|known| {
                if answer < known {
                    known.clone_from(answer);
                }
            })
            .or_insert_with(|| answer.clone());
    }
}

/// The earlier of two moments; one that is there comes before none.
fn earlier(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.into_iter().chain(other).min()
}
