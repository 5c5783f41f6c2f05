//! Where events come from: a lab in a thread of its own.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    lab::{
        grip::Grip,
        record::Audience,
        script::{self, Summary},
    },
    lesson::model::Lesson,
    link::Watch,
    timeline::event::Event,
};

/// A lab that runs. Dropping it tells the lab to stop, and waits until it has cleared up.
pub(super) struct Live {
    events: Option<Receiver<Event>>,
    left: Arc<AtomicBool>,
    grip: Grip,
    thread: Option<JoinHandle<anyhow::Result<Summary>>>,
}

impl Live {
    pub(super) fn start(lesson: &Lesson, watch: Watch) -> anyhow::Result<Self> {
        let (tell, events) = mpsc::channel();
        let lesson = lesson.clone();
        let left = Arc::new(AtomicBool::new(false));
        let seat = Arc::clone(&left);
        let grip = Grip::default();
        let in_hand = grip.clone();
        let thread = thread::Builder::new()
            .name("lab".into())
            .spawn(move || script::run_in_hand(&lesson, watch, in_hand, &mut Seat { tell, left: seat }))?;
        Ok(Self { events: Some(events), left, grip, thread: Some(thread) })
    }

    /// The next event; `Ok(None)` if none came for a moment, `Err` when there will be no more.
    pub(super) fn next(&self, patience: Duration) -> Result<Option<Event>, Over> {
        match self.events.as_ref().ok_or(Over)?.recv_timeout(patience) {
            Ok(event) => Ok(Some(event)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Over),
        }
    }

    /// Waits for the end, which has come when there are no more events.
    pub(super) fn finish(mut self) -> anyhow::Result<Summary> {
        self.join().unwrap_or_else(|| Err(anyhow::anyhow!("the lab ended without a result")))
    }

    fn join(&mut self) -> Option<anyhow::Result<Summary>> {
        self.events = None;
        self.left.store(true, Ordering::Relaxed);
        self.grip.nudge();
        let outcome = self.thread.take()?.join();
        Some(outcome.unwrap_or_else(|_| Err(anyhow::anyhow!("the lab failed; this is a fault of wiretutor"))))
    }
}

/// The lab's end of the channel.
struct Seat {
    tell: Sender<Event>,
    left: Arc<AtomicBool>,
}

impl Audience for Seat {
    fn hear(&mut self, event: &Event) -> ControlFlow<()> {
        match self.tell.send(event.clone()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn has_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }
}

/// No more events.
pub(super) struct Over;

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.join();
    }
}
