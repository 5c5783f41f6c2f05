//! What the app asks for, done.

use std::{collections::BTreeMap, io, path::Path, sync::Arc};

use super::{
    Desk, Message,
    capture::{self, CaptureFile, CaptureWish},
};
use crate::{
    command::{
        ending::{Ending, Failure},
        lab::Lab,
    },
    face::{
        json,
        tui::{
            effect::{Cued, Effect, Wired},
            page::Page,
            study::Study,
        },
    },
    lab::{cue::Cue, grip::Grip, script::Conduct},
    lesson::{
        catalog::{Catalog, Found},
        model::Lesson,
    },
    link::{Watch, wire},
    pcap,
    timeline::event::Value,
};

impl Desk {
    pub(super) fn effect(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Quit => self.is_over = self.is_over.or(Some(Ending::Done)),
            Effect::Suspend => self.terminal.suspend()?,
            Effect::Redraw => self.terminal.redraw(),
            Effect::Begin(name) => self.begin_named(&name),
            Effect::FreePlay => self.begin_free_play(),
            Effect::Open(path) => self.open_capture(&path, capture::source(&path), &CaptureWish::default()),
            Effect::Capture(asked) => {
                if let Some(file) = &self.file {
                    file.perform_soon(asked);
                }
                self.capture_news();
            }
            Effect::LeaveCapture => self.file = None,
            Effect::Again { step, values } => self.again(step, values),
            Effect::LeaveLesson => self.leave_lesson(),
            Effect::Cue(cue) => self.cue(cue),
            Effect::Wire(deed) => self.wire(&deed),
            Effect::Reached(reached) => {
                if let Some(lesson) = self.app.study().map(|study| Arc::clone(study.lesson())) {
                    self.reached(&lesson, &reached);
                }
            }
            Effect::TourSeen => self.learner.tour_seen(),
        }
        Ok(())
    }

    fn begin_named(&mut self, name: &str) {
        let found = Catalog::embedded().find(name).map_err(Failure::from);
        if let Err(failure) = found.and_then(|found| self.begin(found, false)) {
            self.app.show(Page::message("This lesson cannot be shown", in_words(failure)));
        }
    }

    /// A lesson comes on the screen: live where this machine can run it, otherwise from its recording.
    pub(super) fn begin(&mut self, found: Found, presents: bool) -> Result<(), Failure> {
        let Found { lesson, recording } = found;
        self.leave_lesson();
        let lesson = Arc::new(lesson);
        let mut study = match (self.can_run(&lesson), recording) {
            (true, _) => {
                self.start_lab(Arc::clone(&lesson), Conduct::default())?;
                Study::live(lesson)
            }
            (false, Some(recording)) => {
                let recording = json::read(recording.as_bytes())
                    .map_err(|error| anyhow::anyhow!("the recording in the program is damaged: {error}"))?;
                Study::recorded(lesson, recording.events)
            }
            (false, None) => {
                let words = "packets cannot be watched on this machine, and there is no recording of this lesson";
                return Err(anyhow::anyhow!("{words}; `wiretutor doctor` says what mends it").into());
            }
        };
        study.presents = presents;
        study.came_to = self.learner.came_to(study.lesson()).filter(|_| !presents);
        self.app.enter(study);
        Ok(())
    }

    fn can_run(&self, lesson: &Lesson) -> bool {
        can_run(self.sandbox.watch, || lesson.uses_wire())
    }

    pub(super) fn open_capture(&mut self, path: &Path, source: Result<pcap::Source, Failure>, wish: &CaptureWish) {
        let tell = self.tell.clone();
        let wake = move || drop(tell.send(Message::Capture));
        match source.and_then(|source| CaptureFile::read(path, source, wish, wake)) {
            Ok((file, capture)) => {
                self.file = Some(file);
                self.app.look_at(capture);
            }
            Err(failure) => self.app.show(Page::message("This file cannot be opened", in_words(failure))),
        }
    }

    /// What was found in the capture since the last time.
    pub(super) fn capture_news(&mut self) {
        while let Some(news) = self.file.as_ref().and_then(CaptureFile::take) {
            let Some(capture) = self.app.capture() else { return };
            let asked = capture.hear(news);
            if let Some(file) = &self.file {
                asked.into_iter().for_each(|effect| file.perform(effect));
            }
        }
    }

    fn begin_free_play(&mut self) {
        let lesson = Arc::new(crate::lesson::free_play());
        if !self.can_run(&lesson) {
            let words = "Free play needs a wire, and that needs private namespaces: `wiretutor doctor` says what this \
                         machine allows.";
            return self.app.show(Page::message("Free play", words));
        }
        self.leave_lesson();
        match self.start_lab(Arc::clone(&lesson), Conduct::default()) {
            Ok(()) => self.app.enter(Study::live(lesson)),
            Err(error) => self.app.show(Page::message("Free play", format!("The lab could not be started: {error}"))),
        }
    }

    /// At the learner's pace, its wire in the learner's hands with the switches as they stand.
    fn start_lab(&mut self, lesson: Arc<Lesson>, conduct: Conduct) -> io::Result<()> {
        (self.labs, self.cue) = (self.labs + 1, Cue::default());
        let conduct = Conduct { grip: self.grip.clone(), cue: Some(self.cue.clone()), details: true, ..conduct };
        let (id, tell) = (self.labs, self.tell.clone());
        let say = move |news| tell.send(Message::Lab(id, news)).is_ok();
        self.lab = Some(Lab::start(lesson, self.sandbox.watch, conduct, say)?);
        Ok(())
    }

    fn again(&mut self, step: usize, values: BTreeMap<String, Value>) {
        let Some(lesson) = self.app.study().map(|study| Arc::clone(study.lesson())) else { return };
        self.leave_lab();
        let conduct = Conduct { from: Some(step).filter(|step| *step > 0), values, ..Conduct::default() };
        if let Err(error) = self.start_lab(lesson, conduct)
            && let Some(study) = self.app.study()
        {
            study.is_over(Some(format!("The lab could not be started: {error}")));
        }
    }

    fn cue(&mut self, cued: Cued) {
        if self.lab.is_none() {
            return;
        }
        match cued {
            Cued::GoOn(at, far) => {
                // The lab stood somewhere else by then: the learner sees where, and decides again.
                if !self.cue.go_on_from(at, far)
                    && let Some(study) = self.app.study()
                {
                    study.waits(at);
                }
            }
            Cued::Say(line) => self.cue.say(*line),
            Cued::Judge => drop(self.cue.judge()),
            Cued::Skip => drop(self.cue.skip()),
        }
    }

    fn wire(&mut self, deed: &Wired) {
        let outcome = take_in_hand(&self.grip, deed);
        if let (Err(error), Some(study)) = (outcome, self.app.study()) {
            study.complain(format!("That could not be done: {error}."));
        }
    }
}

/// Does by hand what the app asks for.
///
/// # Errors
/// Where there is no wire, or what it was to be done with is not held.
pub fn take_in_hand(grip: &Grip, deed: &Wired) -> io::Result<()> {
    match deed {
        Wired::Hold => grip.hold(),
        Wired::Flow => grip.flow(),
        Wired::Slow(delay) => grip.slow(*delay),
        Wired::Deliver(frame) => grip.deliver(*frame),
        Wired::Treat(frame, treatment) => grip.treat(*frame, treatment.clone()),
    }
}

/// Whether a lesson can be run where packets are watched so.
pub(super) fn can_run(watch: Watch, uses_wire: impl FnOnce() -> bool) -> bool {
    watch != Watch::Unwatched && (wire::can_be_laid(watch) || !uses_wire())
}

fn in_words(failure: Failure) -> String {
    match failure {
        Failure::Input(text) => text,
        Failure::Machine(error) => format!("{error:#}"),
        Failure::Told | Failure::Lacking => String::new(),
    }
}
