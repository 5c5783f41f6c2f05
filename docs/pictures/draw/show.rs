//! The app without a terminal: keys are pressed, a lab answers, and what would be on the screen is drawn.

use std::{
    sync::{
        Arc,
        mpsc::{self, Receiver},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::{buffer::Buffer, layout::Rect};
use wiretutor::{
    command::{
        app::take_in_hand,
        lab::{Lab, News},
    },
    face::{
        json,
        tui::{
            app::{App, Appearance},
            canvas::{picture, rows},
            effect::{Cued, Effect},
            keys::Keymap,
            map::{Entry, Map, Progress},
            settings::Settings,
            study::{Study, next::Next},
            svg::svg,
            theme::Depth,
        },
    },
    kernel::clock::Stamp,
    lab::{cue::Cue, grip::Grip, script::Conduct},
    lesson::{catalog::Catalog, free_play, model::Lesson},
    link::Watch,
};

/// A host that is waited for sends again after seconds; a busy machine takes its time.
const PATIENCE: Duration = Duration::from_secs(30);
/// Of a packet in slow motion: half-way it is drawn, and before a second has passed, when it is sent again.
const SLOW: Duration = Duration::from_millis(1600);

pub(crate) struct Show {
    app: App,
    size: (u16, u16),
    watch: Watch,
    lab: Option<(Lab, Receiver<News>)>,
    cue: Cue,
    grip: Grip,
}

impl Show {
    /// The app, at its map.
    pub(crate) fn open(theme: &str, size: (u16, u16), watch: Watch) -> Result<Self> {
        let catalog = Catalog::embedded();
        let entries = catalog.entries().iter().map(|entry| {
            let summary = entry.summary().map_err(|complaint| anyhow::anyhow!("{complaint}"))?;
            Ok(Entry { summary, words: String::new(), recorded_because: None, progress: Progress::default() })
        });
        let map = Map::new(entries.collect::<Result<_>>()?, None, Vec::new());
        let depth = Depth::TrueColour;
        let looks = Appearance { theme: Some(theme.to_owned()), depth, background: None, ascii: false };
        let settings = Settings { slow: SLOW, ..Settings::default() };
        let mut app = App::new(map, Keymap::default(), looks, &settings);
        app.resize(size);
        Ok(Self { app, size, watch, lab: None, cue: Cue::default(), grip: Grip::default() })
    }

    /// Whether packets can be stopped on this machine.
    pub(crate) fn has_hands(&self) -> bool {
        self.watch == Watch::Private
    }

    pub(crate) fn begin(&mut self, name: &str) -> Result<()> {
        let found = Catalog::embedded().find(name).map_err(|complaint| anyhow::anyhow!("{complaint}"))?;
        let lesson = Arc::new(found.lesson);
        if self.has_hands() {
            self.start_lab(&lesson)?;
            self.app.enter(Study::live(lesson));
            return self.settle();
        }
        let recording = found.recording.context("the lesson has no recording")?;
        let recording = json::read(recording.as_bytes()).map_err(|error| anyhow::anyhow!("{error}"))?;
        self.app.enter(Study::recorded(lesson, recording.events));
        Ok(())
    }

    fn start_lab(&mut self, lesson: &Arc<Lesson>) -> Result<()> {
        let (tell, news) = mpsc::channel();
        let say = move |news| tell.send(news).is_ok();
        let (cue, grip) = (Some(self.cue.clone()), self.grip.clone());
        let conduct = Conduct { grip, cue, details: true, ..Conduct::default() };
        let lab = Lab::start(Arc::clone(lesson), self.watch, conduct, say)?;
        self.lab = Some((lab, news));
        Ok(())
    }

    /// Two hosts and a wire, without a lesson.
    pub(crate) fn begin_free_play(&mut self) -> Result<()> {
        let lesson = Arc::new(free_play());
        self.start_lab(&lesson)?;
        self.app.enter(Study::live(lesson));
        self.settle()?;
        for _ in 0..10 {
            let study = self.app.study().context("no lesson is on the screen")?;
            if matches!(study.next(), Next::Learner(_)) {
                return Ok(());
            }
            self.press(KeyCode::Enter)?;
        }
        bail!("it is never the learner's turn\n{}", picture(&self.drawn()))
    }

    /// A line for the hosts, in the command line.
    pub(crate) fn type_line(&mut self, line: &str) -> Result<()> {
        if !self.app.study().is_some_and(|study| study.is_typing()) {
            self.press_and_go_on(KeyCode::Char(':'))?;
        }
        for sign in line.chars() {
            self.press_and_go_on(KeyCode::Char(sign))?;
        }
        self.press_and_go_on(KeyCode::Enter).map(drop)
    }

    /// Goes on as a learner does, up to where this step begins.
    pub(crate) fn go_to_step(&mut self, step: usize) -> Result<()> {
        for _ in 0..100 {
            let study = self.app.study().context("no lesson is on the screen")?;
            if study.step() >= step {
                return Ok(());
            }
            let key = if study.asks() { KeyCode::Char('a') } else { KeyCode::Enter };
            self.press(key)?;
        }
        bail!("step {step} is never reached")
    }

    /// A key, and what comes of it until the lab waits again.
    pub(crate) fn press(&mut self, key: KeyCode) -> Result<()> {
        if self.press_and_go_on(key)? { self.settle() } else { Ok(()) }
    }

    /// A key. Whether the lab runs now.
    pub(crate) fn press_and_go_on(&mut self, key: KeyCode) -> Result<bool> {
        let mut runs = false;
        self.app.tick(Stamp::now());
        for effect in self.app.key(KeyEvent::from(key)) {
            match effect {
                Effect::Cue(Cued::GoOn(at, far)) => runs |= self.cue.go_on_from(at, far),
                Effect::Cue(Cued::Say(line)) => self.cue.say(*line),
                Effect::Wire(deed) => take_in_hand(&self.grip, &deed)?,
                Effect::Reached(_) => {}
                other => bail!("no picture needs {other:?}"),
            }
        }
        Ok(runs)
    }

    /// Hears the lab until it waits.
    fn settle(&mut self) -> Result<()> {
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if let Some(News::Waits(_)) = self.hear(PATIENCE)? {
                return Ok(());
            }
        }
        bail!("the lab does not come to wait\n{}", picture(&self.drawn()))
    }

    /// Hears the lab until these words are on the screen.
    pub(crate) fn wait_for(&mut self, words: &str) -> Result<()> {
        self.wait_until(words, |row| row.contains(words))
    }

    /// Hears the lab until there is such a row on the screen.
    pub(crate) fn wait_until(&mut self, what: &str, is_it: impl Fn(&str) -> bool) -> Result<()> {
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if rows(&self.drawn()).iter().any(|row| is_it(row)) {
                return Ok(());
            }
            self.hear(Duration::from_millis(50))?;
        }
        bail!("this never comes: {what}\n{}", picture(&self.drawn()))
    }

    /// Until a packet in slow motion is half-way between two hosts.
    pub(crate) fn wait_until_half_way(&mut self) {
        let begin = Instant::now();
        while begin.elapsed() < SLOW / 2 {
            let _ = self.hear(Duration::from_millis(50));
        }
    }

    /// What the lab says next, if it says something in time; of an event the screen is told here.
    fn hear(&mut self, patience: Duration) -> Result<Option<News>> {
        let Some((_, told)) = &self.lab else { return Ok(None) };
        let (holds, is_slow) = (self.grip.holds(), self.grip.is_slow());
        let Ok(news) = told.recv_timeout(patience) else { return Ok(None) };
        let Some(study) = self.app.study() else { return Ok(None) };
        study.sees_switches(holds, is_slow);
        match news {
            News::Event(event) => {
                study.event(event);
                Ok(None)
            }
            News::Awaits(wait) => {
                study.awaits(wait);
                Ok(None)
            }
            News::Over(outcome) => outcome.context("the lab has failed").map(|came| Some(News::Over(Ok(came)))),
            News::Waits(at) => {
                study.waits(at);
                Ok(Some(News::Waits(at)))
            }
        }
    }

    fn drawn(&mut self) -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        self.app.tick(Stamp::now());
        self.app.draw(&mut buf);
        buf
    }

    pub(crate) fn svg(&mut self, words: &str) -> String {
        svg(&self.drawn(), words)
    }

    pub(crate) fn close(self) {
        if let Some((lab, _)) = self.lab {
            let _ = lab.leave().join();
        }
    }
}
