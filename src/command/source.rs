//! Where events come from: a lab in a thread of its own.

use std::{
    ops::ControlFlow,
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    lab::script::{self, Summary},
    lesson::model::Lesson,
    link::Watch,
    timeline::event::Event,
};

/// A lab that runs. Dropping it tells the lab to stop, and waits until it has cleared up.
pub(super) struct Live {
    events: Option<Receiver<Event>>,
    thread: Option<JoinHandle<anyhow::Result<Summary>>>,
}

impl Live {
    pub(super) fn start(lesson: &Lesson, watch: Watch) -> anyhow::Result<Self> {
        let (tell, events) = mpsc::channel();
        let lesson = lesson.clone();
        let thread = thread::Builder::new().name("lab".into()).spawn(move || {
            script::run(&lesson, watch, &mut |event| match tell.send(event.clone()) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            })
        })?;
        Ok(Self { events: Some(events), thread: Some(thread) })
    }

    /// The next event; `Ok(None)` if none came for a moment, `Err` when there will be no more.
    pub(super) fn next(&self, patience: Duration) -> Result<Option<Event>, Over> {
        match self.events.as_ref().ok_or(Over)?.recv_timeout(patience) {
            Ok(event) => Ok(Some(event)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Over),
        }
    }

    /// Waits for the end.
    pub(super) fn finish(mut self) -> anyhow::Result<Summary> {
        self.join().unwrap_or_else(|| Err(anyhow::anyhow!("the lab ended without a result")))
    }

    fn join(&mut self) -> Option<anyhow::Result<Summary>> {
        self.events = None;
        let outcome = self.thread.take()?.join();
        Some(outcome.unwrap_or_else(|_| Err(anyhow::anyhow!("the lab failed; this is a fault of wiretutor"))))
    }
}

/// No more events.
pub(super) struct Over;

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.join();
    }
}
