//! How far a learner has come: a value that can be kept, and joined with what another instance has kept.
//!
//! What was seen and answered is kept under a mark of its text. So an edited lesson keeps what is still in it, and
//! forgets what was changed. Where it is kept is left to the command.

mod merge;
mod record;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use self::record::{Answer, Attempt, Place, Record};
use crate::lesson::model::{Block, Lesson, Span, plain_text};

/// The format of the file. A newer one is not touched.
pub const VERSION: u32 = 1;

/// Seconds since 1970.
pub type Seconds = u64;

/// What stands for a text: the same text has the same mark, in every version of the program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mark(String);

impl Mark {
    /// FNV-1a: nobody gains anything by finding two texts with one mark.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step)))
    }
}

/// Everything that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub version: u32,
    /// When the tour was seen first.
    #[serde(default)]
    tour: Option<Seconds>,
    /// By part and name: `2-tcp/handshake`.
    #[serde(default)]
    lessons: BTreeMap<String, Record>,
}

impl Default for Progress {
    fn default() -> Self {
        Self { version: VERSION, tour: None, lessons: BTreeMap::new() }
    }
}

/// What there is to do in a block.
enum Task {
    Predict,
    Challenge,
}

impl Progress {
    #[must_use]
    pub const fn has_seen_tour(&self) -> bool {
        self.tour.is_some()
    }

    pub fn tour_seen(&mut self, now: Seconds) {
        self.tour.get_or_insert(now);
    }

    fn record(&self, lesson: &Lesson) -> Option<&Record> {
        self.lessons.get(&key(lesson))
    }

    fn record_mut(&mut self, lesson: &Lesson) -> &mut Record {
        self.lessons.entry(key(lesson)).or_default()
    }

    /// The learner has come to a step.
    pub fn reached(&mut self, lesson: &Lesson, step: usize, now: Seconds) {
        let Some(mark) = step_mark(lesson, step) else { return };
        let record = self.record_mut(lesson);
        record.steps.insert(mark.clone());
        record.last = record.last.take().max(Some(Place { at: now, step: mark }));
    }

    /// A prediction was answered. Only the first answer is kept.
    pub fn answered(&mut self, lesson: &Lesson, at: (usize, usize), chosen: &[usize], right: bool, now: Seconds) {
        let Some(mark) = block_mark(lesson, at, &Task::Predict) else { return };
        let answer = Answer { at: now, chosen: chosen.to_vec(), right };
        self.record_mut(lesson).predictions.entry(mark).or_insert(answer);
    }

    fn attempt(&mut self, lesson: &Lesson, at: (usize, usize), change: impl FnOnce(&mut Attempt)) {
        if let Some(mark) = block_mark(lesson, at, &Task::Challenge) {
            change(self.record_mut(lesson).challenges.entry(mark).or_default());
        }
    }

    pub fn solved(&mut self, lesson: &Lesson, at: (usize, usize), now: Seconds) {
        self.attempt(lesson, at, |attempt| _ = attempt.solved.get_or_insert(now));
    }

    pub fn skipped(&mut self, lesson: &Lesson, at: (usize, usize), now: Seconds) {
        self.attempt(lesson, at, |attempt| _ = attempt.skipped.get_or_insert(now));
    }

    /// So many hints of a challenge have been shown.
    pub fn took_hints(&mut self, lesson: &Lesson, at: (usize, usize), count: u32) {
        self.attempt(lesson, at, |attempt| attempt.hints = attempt.hints.max(count));
    }

    pub fn finished(&mut self, lesson: &Lesson, now: Seconds) {
        let record = self.record_mut(lesson);
        record.finished.insert(now);
        record.bound();
    }

    #[must_use]
    pub fn has_reached(&self, lesson: &Lesson, step: usize) -> bool {
        let mark = step_mark(lesson, step);
        self.record(lesson).zip(mark).is_some_and(|(record, mark)| record.steps.contains(&mark))
    }

    /// The last of the lesson's steps that was ever reached.
    #[must_use]
    pub fn furthest(&self, lesson: &Lesson) -> Option<usize> {
        (0..lesson.steps.len()).rev().find(|step| self.has_reached(lesson, *step))
    }

    /// The step at which the learner was last, if it is still there.
    #[must_use]
    pub fn last_step(&self, lesson: &Lesson) -> Option<usize> {
        let last = self.record(lesson)?.last.as_ref()?;
        (0..lesson.steps.len()).find(|step| step_mark(lesson, *step).as_ref() == Some(&last.step))
    }

    /// The lesson in which the learner was last, by part and name: `2-tcp/handshake`.
    #[must_use]
    pub fn last_lesson(&self) -> Option<&str> {
        let when = |record: &Record| record.last.as_ref().map(|place| place.at);
        let placed = self.lessons.iter().filter(|(_, record)| record.last.is_some());
        placed.max_by_key(|(_, record)| when(record)).map(|(key, _)| key.as_str())
    }

    #[must_use]
    pub fn answer(&self, lesson: &Lesson, at: (usize, usize)) -> Option<&Answer> {
        self.record(lesson)?.predictions.get(&block_mark(lesson, at, &Task::Predict)?)
    }

    #[must_use]
    pub fn challenge(&self, lesson: &Lesson, at: (usize, usize)) -> Option<&Attempt> {
        self.record(lesson)?.challenges.get(&block_mark(lesson, at, &Task::Challenge)?)
    }

    /// When the lesson was finished, oldest first.
    pub fn finishes(&self, lesson: &Lesson) -> impl Iterator<Item = Seconds> {
        self.record(lesson).into_iter().flat_map(|record| record.finished.iter().copied())
    }

    /// The same for a list of lessons, which has none of them at hand: `2-tcp`, `handshake`.
    #[must_use]
    pub fn record_of(&self, part: &str, name: &str) -> Option<&Record> {
        self.lessons.get(&format!("{part}/{name}"))
    }
}

fn key(lesson: &Lesson) -> String {
    format!("{}/{}", lesson.part, lesson.name)
}

/// A step is known by its title; of two with one title each has its number.
fn step_mark(lesson: &Lesson, step: usize) -> Option<Mark> {
    let title = |step: usize| lesson.steps.get(step).map(|step| plain_text(&step.title));
    let own = title(step)?;
    let before = (0..step).filter(|other| title(*other).as_ref() == Some(&own)).count();
    Some(Mark::of(&format!("{before} {own}")))
}

/// A question or a challenge is known by the whole of its text: another text is another task.
fn block_mark(lesson: &Lesson, (step, block): (usize, usize), task: &Task) -> Option<Mark> {
    let span: &Span = match (lesson.steps.get(step)?.blocks.get(block)?, task) {
        (Block::Predict(prediction), Task::Predict) => &prediction.span,
        (Block::Challenge(challenge), Task::Challenge) => &challenge.span,
        _ => return None,
    };
    lesson.source.text.get(span.start..).map(|text| Mark::of(fenced(text)))
}

/// The block that begins here, up to the fence that ends it.
fn fenced(text: &str) -> &str {
    let marks = text.len() - text.trim_start_matches(['`', '~']).len();
    let fence = &text[..marks];
    let end = text.match_indices('\n').find(|(at, _)| text[at + 1..].trim_start_matches(' ').starts_with(fence));
    text[..end.map_or(text.len(), |(at, _)| at)].trim_end()
}

/// Why a file's text is no progress of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It was written by a newer version of the program, in this format.
    Newer(u32),
    Damaged(String),
}

impl Progress {
    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// When it is not ours, or not ours any more.
    pub fn read(text: &[u8]) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let damaged = |error: serde_json::Error| Unreadable::Damaged(error.to_string());
        let head: Head = serde_json::from_slice(text).map_err(damaged)?;
        if head.version > VERSION {
            return Err(Unreadable::Newer(head.version));
        }
        let mut progress: Self = serde_json::from_slice(text).map_err(damaged)?;
        progress.lessons.values_mut().for_each(Record::bound);
        Ok(progress)
    }

    /// The text of a file, for people, too.
    #[must_use]
    pub fn write(&self) -> String {
        // Strings, numbers and maps by strings: nothing that JSON lacks.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// What is empty need not be written.
fn is_none<T>(value: &Option<T>) -> bool {
    value.is_none()
}

fn is_empty<T>(set: &BTreeSet<T>) -> bool {
    set.is_empty()
}
