//! What the learner has reached: noted as it happens, and kept on disk by a thread that nobody waits for.

use std::{
    sync::mpsc::{self, Sender},
    thread::{self, JoinHandle},
};

use super::Message;
use crate::{
    command::home::Keeper,
    face::{
        text::terminal::environment,
        tui::{
            effect::Reached,
            map,
            progress::{Progress, Record, Seconds},
        },
    },
    kernel::clock::Stamp,
    lesson::{catalog::Entry, model::Lesson},
};

/// The learner's progress, and who keeps it.
#[derive(Debug)]
pub(super) struct Learner {
    progress: Progress,
    keeper: Option<(Sender<Progress>, JoinHandle<()>)>,
}

impl Learner {
    /// Reads what was kept. What has to be said about it is in the answer.
    pub(super) fn open(tell: Sender<Message>) -> std::io::Result<(Self, Option<String>)> {
        let (keeper, progress, notice) = Keeper::open(&environment, now());
        let (give, given) = mpsc::channel();
        let thread = thread::Builder::new().name("progress".into()).spawn(move || keep(keeper, &given, &tell))?;
        Ok((Self { progress, keeper: Some((give, thread)) }, notice))
    }

    pub(super) const fn has_seen_tour(&self) -> bool {
        self.progress.has_seen_tour()
    }

    pub(super) fn tour_seen(&mut self) {
        self.progress.tour_seen(now());
        self.keep();
    }

    /// The learner has come so far in this lesson.
    pub(super) fn reached(&mut self, lesson: &Lesson, what: &Reached) {
        let now = now();
        match what {
            Reached::Step(step) => self.progress.reached(lesson, *step, now),
            Reached::Answer { at, chosen, right } => {
                self.progress.answered(lesson, (at.step, at.block), chosen, *right, now);
            }
            Reached::Solved(at) => self.progress.solved(lesson, (at.step, at.block), now),
            Reached::Skipped(at) => self.progress.skipped(lesson, (at.step, at.block), now),
            Reached::Hints { at, count } => {
                self.progress.took_hints(lesson, (at.step, at.block), u32::try_from(*count).unwrap_or(u32::MAX));
            }
            Reached::End => self.progress.finished(lesson, now),
        }
        self.keep();
    }

    /// The step at which the learner was last in a lesson that was not finished there.
    pub(super) fn came_to(&self, lesson: &Lesson) -> Option<usize> {
        self.progress.last_step(lesson).filter(|step| (1..lesson.steps.len().saturating_sub(1)).contains(step))
    }

    /// The lesson in which the learner was last, by part and name.
    pub(super) fn last_lesson(&self) -> Option<(&str, &str)> {
        self.progress.last_lesson()?.split_once('/')
    }

    /// What the map shows of a lesson.
    pub(super) fn on_map(&self, lesson: &Lesson) -> map::Progress {
        let Some(record) = self.progress.record_of(&lesson.part, &lesson.name) else {
            return map::Progress::default();
        };
        let ((answered, right), (solved, left_out)) = (record.answers(), record.challenges());
        let seen = self.progress.furthest(lesson).map_or(0, |step| step + 1);
        let is_finished = record.last_finish().is_some();
        map::Progress { seen, steps: lesson.steps.len(), right, answered, solved, left_out, is_finished }
    }

    /// The same for a lesson that is not read yet, which it is only where there is something to be told of it.
    pub(super) fn of_entry(&self, entry: &Entry) -> map::Progress {
        let is_begun = self.progress.record_of(&entry.part, &entry.name).is_some_and(Record::is_begun);
        let lesson = if is_begun { entry.lesson().ok() } else { None };
        lesson.map_or_else(map::Progress::default, |lesson| self.on_map(&lesson))
    }

    fn keep(&self) {
        if let Some((give, _)) = &self.keeper {
            // A keeper that is gone has said why.
            let _ = give.send(self.progress.clone());
        }
    }

    /// Waits until the last change is kept.
    pub(super) fn close(&mut self) {
        if let Some((give, thread)) = self.keeper.take() {
            drop(give);
            let _ = thread.join();
        }
    }
}

/// Of several changes that have come meanwhile the last has them all.
fn keep(mut keeper: Keeper, given: &mpsc::Receiver<Progress>, tell: &Sender<Message>) {
    while let Ok(first) = given.recv() {
        let mut newest = given.try_iter().last().unwrap_or(first);
        if let Some(notice) = keeper.keep(&mut newest, now()) {
            let _ = tell.send(Message::Notice(notice));
        }
    }
}

fn now() -> Seconds {
    Stamp::now().0 / 1_000_000_000
}
