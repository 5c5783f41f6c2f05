//! A lab that runs behind the pictures, in a thread of its own.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, JoinHandle},
};

use anyhow::Result;
use wiretutor::{
    lab::{
        cue::{Cue, Standing},
        grip::Grip,
        record::Audience,
        script::{Conduct, run_with},
    },
    lesson::model::Lesson,
    link::Watch,
    timeline::event::Event,
};

/// What it says.
pub(crate) enum News {
    Event(Box<Event>),
    Waits(Standing),
    Over(Option<String>),
}

pub(crate) struct Lab {
    pub(crate) cue: Cue,
    pub(crate) grip: Grip,
    pub(crate) news: Receiver<News>,
    left: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Lab {
    pub(crate) fn start(lesson: Arc<Lesson>, watch: Watch) -> Result<Self> {
        let (cue, grip, left) = (Cue::default(), Grip::default(), Arc::new(AtomicBool::new(false)));
        let (tell, news) = mpsc::channel();
        let conduct = Conduct { grip: grip.clone(), cue: Some(cue.clone()), details: true, ..Conduct::default() };
        let mut seat = Seat { tell, left: Arc::clone(&left) };
        let thread = thread::Builder::new().name("lab".into()).spawn(move || {
            let outcome = run_with(&lesson, watch, conduct, &mut seat);
            let _ = seat.tell.send(News::Over(outcome.err().map(|error| format!("{error:#}"))));
        })?;
        Ok(Self { cue, grip, news, left, thread })
    }

    /// Clears up, and waits until that is done.
    pub(crate) fn leave(self) {
        self.left.store(true, Ordering::Relaxed);
        self.grip.nudge();
        let _ = self.thread.join();
    }
}

struct Seat {
    tell: Sender<News>,
    left: Arc<AtomicBool>,
}

impl Audience for Seat {
    fn hear(&mut self, event: &Event) -> ControlFlow<()> {
        match self.tell.send(News::Event(Box::new(event.clone()))) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn waits(&mut self, at: Standing) {
        let _ = self.tell.send(News::Waits(at));
    }

    fn has_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }
}
