//! A lab that runs behind the app, in a thread of its own, and tells whoever started it what happens.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use crate::{
    face::tui::effect::Wired,
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
pub enum News {
    Event(Event),
    Waits(Standing),
    /// It has ended; where it failed, why.
    Over(Option<String>),
}

/// A lab that runs.
#[derive(Debug)]
pub struct Lab {
    pub cue: Cue,
    pub grip: Grip,
    left: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// From where it begins.
#[derive(Debug, Default)]
pub struct From {
    pub step: Option<usize>,
    pub values: BTreeMap<String, Value>,
}

impl Lab {
    /// Starts a lab. Its wire is in the learner's hands, with the switches as they stand. `tell` answers whether anybody
    /// still listens.
    ///
    /// # Errors
    /// Where the system refuses a thread.
    pub fn start(
        lesson: Arc<Lesson>,
        watch: Watch,
        from: From,
        grip: Grip,
        tell: impl Fn(News) -> bool + Send + 'static,
    ) -> std::io::Result<Self> {
        let (cue, left) = (Cue::default(), Arc::new(AtomicBool::new(false)));
        let From { step, values } = from;
        let conduct = Conduct { grip: grip.clone(), cue: Some(cue.clone()), from: step, values, details: true };
        let mut seat = Seat { tell, left: Arc::clone(&left) };
        let thread = thread::Builder::new().name("lab".into()).spawn(move || {
            let outcome = run_with(&lesson, watch, conduct, &mut seat);
            let failed = outcome.err().filter(|_| !seat.has_left()).map(|error| format!("{error:#}"));
            (seat.tell)(News::Over(failed));
        })?;
        Ok(Self { cue, grip, left, thread })
    }

    /// Tells it to clear up. Whoever needs it to be done waits for the answer.
    pub fn leave(self) -> JoinHandle<()> {
        self.left.store(true, Ordering::Relaxed);
        self.grip.nudge();
        self.thread
    }
}

/// Does by hand what the app asks for.
///
/// # Errors
/// Where there is no wire, or what it was to be done with is not held.
pub fn take_in_hand(grip: &Grip, deed: &Wired) -> std::io::Result<()> {
    match deed {
        Wired::Hold => grip.hold(),
        Wired::Flow => grip.flow(),
        Wired::Slow(delay) => grip.slow(*delay),
        Wired::Deliver(frame) => grip.deliver(*frame),
        Wired::Treat(frame, treatment) => grip.treat(*frame, treatment.clone()),
    }
}

/// The lab's end of the channel.
struct Seat<T> {
    tell: T,
    left: Arc<AtomicBool>,
}

impl<T: Fn(News) -> bool> Audience for Seat<T> {
    fn hear(&mut self, event: &Event) -> ControlFlow<()> {
        if (self.tell)(News::Event(event.clone())) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn waits(&mut self, at: Standing) {
        (self.tell)(News::Waits(at));
    }

    fn has_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }
}
