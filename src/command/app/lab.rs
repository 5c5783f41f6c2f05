//! A lab that runs behind the app, in a thread of its own.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    thread::{self, JoinHandle},
};

use super::Message;
use crate::{
    lab::{
        cue::{Cue, Standing},
        grip::Grip,
        record::Audience,
        script::{Conduct, run_with},
    },
    lesson::model::Lesson,
    link::Watch,
    timeline::event::{Event, Value},
};

/// What a lab has to say.
#[derive(Debug)]
pub(super) enum News {
    Event(Event),
    Waits(Standing),
    /// It has ended; where it failed, why.
    Over(Option<String>),
}

/// Each lab has a number: what an older one still says is not listened to.
pub(super) type LabId = u64;

/// A lab that runs.
#[derive(Debug)]
pub(super) struct Lab {
    pub(super) id: LabId,
    pub(super) cue: Cue,
    pub(super) grip: Grip,
    left: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// From where it begins.
#[derive(Debug, Default)]
pub(super) struct From {
    pub(super) step: Option<usize>,
    pub(super) values: BTreeMap<String, Value>,
}

impl Lab {
    /// Starts a lab. Its wire is in the learner's hands, with the switches as they stand.
    pub(super) fn start(
        id: LabId,
        lesson: Arc<Lesson>,
        watch: Watch,
        from: From,
        grip: Grip,
        tell: Sender<Message>,
    ) -> std::io::Result<Self> {
        let (cue, left) = (Cue::default(), Arc::new(AtomicBool::new(false)));
        let From { step, values } = from;
        let conduct = Conduct { grip: grip.clone(), cue: Some(cue.clone()), from: step, values, details: true };
        let mut seat = Seat { id, tell, left: Arc::clone(&left) };
        let thread = thread::Builder::new().name("lab".into()).spawn(move || {
            let outcome = run_with(&lesson, watch, conduct, &mut seat);
            let failed = outcome.err().filter(|_| !seat.has_left()).map(|error| format!("{error:#}"));
            seat.say(News::Over(failed));
        })?;
        Ok(Self { id, cue, grip, left, thread })
    }

    /// Tells it to clear up. Whoever needs it to be done waits for the answer.
    pub(super) fn leave(self) -> JoinHandle<()> {
        self.left.store(true, Ordering::Relaxed);
        self.grip.nudge();
        self.thread
    }
}

/// The lab's end of the channel.
struct Seat {
    id: LabId,
    tell: Sender<Message>,
    left: Arc<AtomicBool>,
}

impl Seat {
    fn say(&self, news: News) -> bool {
        self.tell.send(Message::Lab(self.id, news)).is_ok()
    }
}

impl Audience for Seat {
    fn hear(&mut self, event: &Event) -> ControlFlow<()> {
        if self.say(News::Event(event.clone())) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn waits(&mut self, at: Standing) {
        self.say(News::Waits(at));
    }

    fn has_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }
}
