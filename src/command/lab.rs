//! A lab that runs in a thread of its own, and tells whoever started it what happens.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use crate::{
    lab::{
        cue::Standing,
        grip::Grip,
        record::Audience,
        script::{Conduct, Summary, run_with},
        wait::Wait,
    },
    lesson::model::Lesson,
    link::Watch,
    timeline::event::Event,
};

/// What a lab has to say.
#[derive(Debug)]
pub enum News {
    Event(Event),
    Waits(Standing),
    /// What keeps it from going on.
    Awaits(Wait),
    /// It has ended. The last that is heard of it.
    Over(anyhow::Result<Summary>),
}

/// A lab that runs.
#[derive(Debug)]
pub struct Lab {
    grip: Grip,
    left: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Lab {
    /// Starts a lab, conducted so. `tell` answers whether anybody still listens.
    ///
    /// # Errors
    /// Where the system refuses a thread.
    pub fn start(
        lesson: Arc<Lesson>,
        watch: Watch,
        conduct: Conduct,
        tell: impl Fn(News) -> bool + Send + 'static,
    ) -> std::io::Result<Self> {
        let (left, grip) = (Arc::new(AtomicBool::new(false)), conduct.grip.clone());
        let mut seat = Seat { tell, left: Arc::clone(&left) };
        let thread = thread::Builder::new().name("lab".into()).spawn(move || {
            let outcome = run_with(&lesson, watch, conduct, &mut seat);
            (seat.tell)(News::Over(outcome));
        })?;
        Ok(Self { grip, left, thread })
    }

    /// Tells it to clear up. Whoever needs it to be done waits for the answer.
    pub fn leave(self) -> JoinHandle<()> {
        self.left.store(true, Ordering::Relaxed);
        self.grip.nudge();
        self.thread
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

    fn awaits(&mut self, wait: &Wait) {
        (self.tell)(News::Awaits(wait.clone()));
    }

    fn has_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }
}
