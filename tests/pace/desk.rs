//! A learner's desk: a lab that runs in its own thread, with its cue and its grip in the hands of the test.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use wiretutor::{
    lab::{
        cue::{Cue, Far, Standing},
        grip::Grip,
        record::Audience,
        script::{self, Conduct, Summary},
        wait::Wait,
    },
    lesson::{
        self,
        catalog::Catalog,
        model::{Block, Lesson, Source},
        script::Line,
    },
    link::Watch,
    timeline::event::{Event, Fate, FrameId, Outcome, What},
};

/// What the lab does meanwhile needs milliseconds; a busy machine needs more.
const LONG: Duration = Duration::from_secs(30);

enum Heard {
    Event(Event),
    Waits(Standing),
    Awaits(Wait),
}

struct Seat {
    tell: mpsc::Sender<Heard>,
    left: Arc<AtomicBool>,
}

impl Audience for Seat {
    fn hear(&mut self, event: &Event) -> ControlFlow<()> {
        let _ = self.tell.send(Heard::Event(event.clone()));
        ControlFlow::Continue(())
    }

    fn waits(&mut self, at: Standing) {
        let _ = self.tell.send(Heard::Waits(at));
    }

    fn awaits(&mut self, wait: &Wait) {
        let _ = self.tell.send(Heard::Awaits(wait.clone()));
    }

    fn has_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }
}

pub(crate) struct Desk {
    pub(crate) cue: Cue,
    pub(crate) grip: Grip,
    /// Every event so far.
    pub(crate) events: Vec<Event>,
    /// Where the lab was said to wait last.
    pub(crate) stands: Option<Standing>,
    /// Everything that it was said to wait for itself.
    pub(crate) awaited: Vec<Wait>,
    /// How long anything is waited for.
    pub(crate) patience: Duration,
    heard: mpsc::Receiver<Heard>,
    left: Arc<AtomicBool>,
    lab: Option<thread::JoinHandle<anyhow::Result<Summary>>>,
}

impl Desk {
    pub(crate) fn begin(lesson: &Lesson) -> Self {
        Self::conducted(lesson, Conduct::default())
    }

    pub(crate) fn conducted(lesson: &Lesson, conduct: Conduct) -> Self {
        let (cue, grip, lesson) = (conduct.cue.clone().unwrap_or_default(), conduct.grip.clone(), lesson.clone());
        let conduct = Conduct { cue: Some(cue.clone()), ..conduct };
        let (tell, heard) = mpsc::channel();
        let left = Arc::new(AtomicBool::new(false));
        let mut seat = Seat { tell, left: Arc::clone(&left) };
        let lab = thread::spawn(move || script::run_with(&lesson, Watch::Private, conduct, &mut seat));
        Self {
            cue,
            grip,
            events: Vec::new(),
            stands: None,
            awaited: Vec::new(),
            patience: LONG,
            heard,
            left,
            lab: Some(lab),
        }
    }

    fn next(&mut self, end: Instant, what: &str) -> Result<Heard, Failed> {
        let patience = end.saturating_duration_since(Instant::now());
        let heard = self.heard.recv_timeout(patience);
        heard.map_err(|_| format!("{what} never came; it stands at {:?}: {}", self.stands, self.story()).into())
    }

    /// The next event that means something, and what it means. What was heard before is not looked at.
    pub(crate) fn until<T>(&mut self, what: &str, meant: impl Fn(&What) -> Option<T>) -> Result<T, Failed> {
        let end = Instant::now() + self.patience;
        loop {
            match self.next(end, what)? {
                Heard::Waits(at) => self.stands = Some(at),
                Heard::Awaits(wait) => self.awaited.push(wait),
                Heard::Event(event) => {
                    let found = meant(&event.what);
                    self.events.push(event);
                    if let Some(found) = found {
                        return Ok(found);
                    }
                }
            }
        }
    }

    /// The next time that it is said to wait.
    pub(crate) fn until_it_waits(&mut self) -> Result<Standing, Failed> {
        let end = Instant::now() + self.patience;
        loop {
            match self.next(end, "a pause")? {
                Heard::Event(event) => self.events.push(event),
                Heard::Awaits(wait) => self.awaited.push(wait),
                Heard::Waits(at) => {
                    self.stands = Some(at);
                    return Ok(at);
                }
            }
        }
    }

    /// The next place where it waits that is not the one where it stands.
    pub(crate) fn until_elsewhere(&mut self) -> Result<Standing, Failed> {
        let before = self.stands;
        loop {
            let at = self.until_it_waits()?;
            if Some(at) != before {
                return Ok(at);
            }
        }
    }

    pub(crate) fn until_at(&mut self, wanted: Standing) -> Result<(), Failed> {
        while self.stands != Some(wanted) {
            self.until_it_waits()?;
        }
        Ok(())
    }

    /// Takes in what was said meanwhile, until nothing more is.
    pub(crate) fn catch_up(&mut self) {
        while let Ok(heard) = self.heard.recv_timeout(Duration::from_millis(200)) {
            match heard {
                Heard::Event(event) => self.events.push(event),
                Heard::Waits(at) => self.stands = Some(at),
                Heard::Awaits(wait) => self.awaited.push(wait),
            }
        }
    }

    pub(crate) fn go_on(&mut self, far: Far) -> Result<Standing, Failed> {
        if !self.cue.go_on(far) {
            return Err(format!("a cue was dropped at {:?}", self.stands).into());
        }
        self.until_elsewhere()
    }

    /// Goes on, skipping challenges, until it stands there.
    pub(crate) fn go_on_to(&mut self, wanted: Standing) -> Result<(), Failed> {
        self.go_on_so_to(Far::Beat, wanted)
    }

    pub(crate) fn go_on_so_to(&mut self, far: Far, wanted: Standing) -> Result<(), Failed> {
        if self.stands.is_none() {
            self.until_it_waits()?;
        }
        while self.stands != Some(wanted) {
            self.step_on(far)?;
        }
        Ok(())
    }

    pub(crate) fn step_on(&mut self, far: Far) -> Result<Standing, Failed> {
        if let Some(Standing::Learner(_)) = self.stands {
            self.cue.skip();
            return self.until_elsewhere();
        }
        self.go_on(far)
    }

    /// Goes on to the end, and tells every place where it waited.
    pub(crate) fn walk(&mut self, far: Far) -> Result<Vec<Standing>, Failed> {
        let mut places = vec![self.until_it_waits()?];
        while *places.last().unwrap_or(&Standing::End) != Standing::End {
            places.push(self.step_on(far)?);
        }
        Ok(places)
    }

    /// From its last place to the end of the lesson.
    pub(crate) fn end(mut self) -> Result<(Summary, Vec<Event>), Failed> {
        self.go_on_to(Standing::End)?;
        self.cue.go_on(Far::Beat);
        self.until("the end", |what| matches!(what, What::LessonEnd { .. }).then_some(()))?;
        let summary = self.join()?;
        Ok((summary, std::mem::take(&mut self.events)))
    }

    /// Leaves, and tells how long the lab needed to notice and clear up.
    pub(crate) fn leave(mut self) -> Result<Duration, Failed> {
        let began = Instant::now();
        self.left.store(true, Ordering::Relaxed);
        self.grip.nudge();
        match self.join() {
            Ok(summary) => Err(format!("the lesson came to its end: {summary:?}").into()),
            Err(_) => Ok(began.elapsed()),
        }
    }

    fn join(&mut self) -> Result<Summary, Failed> {
        let lab = self.lab.take().ok_or("the lab is over")?;
        let outcome = lab.join().map_err(|_| "the lab has panicked")?;
        Ok(outcome.map_err(|error| format!("{error:#}"))?)
    }

    pub(crate) fn until_held(&mut self) -> Result<FrameId, Failed> {
        self.until("a held frame", held)
    }

    pub(crate) fn until_twin(&mut self) -> Result<(), Failed> {
        self.until("a twin", |what| matches!(what, What::Fate { fate: Fate::Twin { .. }, .. }).then_some(()))
    }

    /// The frame that is held now and came last.
    pub(crate) fn in_hand(&self) -> Result<FrameId, Failed> {
        Ok(self.events.iter().rev().find_map(|event| held(&event.what)).ok_or("nothing is held")?)
    }

    /// The last claim of this line, and whether it held.
    pub(crate) fn claim(&self, text: &str) -> Result<&Outcome, Failed> {
        let told = self.events.iter().rev().find_map(|event| match &event.what {
            What::Claim { text: line, outcome, .. } if line.contains(text) => Some(outcome),
            _ => None,
        });
        Ok(told.ok_or_else(|| format!("no claim {text:?}: {}", self.story()))?)
    }

    /// The lines and their outcomes, for a message.
    pub(crate) fn story(&self) -> String {
        story(&self.events)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.left.store(true, Ordering::Relaxed);
        self.grip.nudge();
        let _ = self.lab.take().map(thread::JoinHandle::join);
    }
}

fn held(what: &What) -> Option<FrameId> {
    match what {
        What::Fate { frame, fate: Fate::Held } => Some(*frame),
        _ => None,
    }
}

pub(crate) fn story(events: &[Event]) -> String {
    let tell = |event: &Event| match &event.what {
        What::Line { line, text } => Some(format!("\n{line:4} {text}")),
        What::Claim { outcome: Outcome::Failed { report, .. }, .. } => Some(format!("\n{report}")),
        What::Notice { text } | What::Hand { text, .. } => Some(format!("\n     ({text})")),
        _ => None,
    };
    events.iter().filter_map(tell).collect()
}

/// One of the lessons of the program.
pub(crate) fn embedded(name: &str) -> Result<Lesson, Failed> {
    Ok(Catalog::embedded().find(name).map_err(|error| format!("{error:?}"))?.lesson)
}

/// A lesson on a wire with these steps.
pub(crate) fn lesson(steps: &[&str]) -> Result<Lesson, Failed> {
    lesson_with("", steps)
}

/// The same, with more in its front matter.
pub(crate) fn lesson_with(front: &str, steps: &[&str]) -> Result<Lesson, Failed> {
    let steps: String = steps.iter().map(|step| format!("## Step\n\nText.\n\n{step}\n\n")).collect();
    let text = format!("+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 1\nlink = \"wire\"\n{front}+++\n\n{steps}");
    let source = Arc::new(Source { path: "pace.md".into(), text });
    let parsed = lesson::parse(Arc::clone(&source), "pace", "");
    Ok(parsed.map_err(|complaints| lesson::diagnostic::render_all(&complaints, &source))?)
}

/// A line that a learner has typed.
pub(crate) fn typed(text: &str) -> Result<Line, Failed> {
    let lesson = lesson(&[&format!("```lab\n{text}\n```")])?;
    let lab = lesson.steps.iter().flat_map(|step| &step.blocks).find_map(|block| match block {
        Block::Lab(lab) => lab.lines.first(),
        _ => None,
    });
    Ok(lab.ok_or("no line")?.clone())
}

pub(crate) fn ensure(holds: bool, complaint: impl FnOnce() -> String) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(complaint().into()) }
}
