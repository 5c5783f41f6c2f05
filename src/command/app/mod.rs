//! The terminal app: joins the screen to the terminal, to labs, and to what is kept on disk.
//!
//! One loop hears everything that happens (keys, labs, the clock), lets the app answer, does what it asks for, and
//! draws if anything has changed. While nothing happens it sleeps.

pub mod capture;
mod class;
mod deeds;
mod learner;

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{self, Receiver, Sender},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

pub use self::deeds::take_in_hand;
use self::{
    capture::{CaptureFile, CaptureWish},
    class::Class,
    learner::Learner,
};
use super::{
    ending::{Ending, Failure},
    home,
    lab::{Lab, News},
};
use crate::{
    cli::{Learn, LookFlags},
    face::{
        text::terminal as looks,
        text::terminal::environment,
        tui::{
            app::{App, Appearance},
            effect::Reached,
            keys::{Keymap, actions},
            map::{Entry, Map},
            page::Page,
            settings::Settings,
            terminal::{self, Input, Terminal, colours},
        },
    },
    kernel::clock::Stamp,
    lab::{cue::Cue, grip::Grip},
    lesson::{catalog::Catalog, model::Lesson},
    link::{
        sandbox::{self, Sandbox},
        wire,
    },
};

/// Each lab has a number: what an older one still says is not listened to.
type LabId = u64;

/// What the loop hears.
#[derive(Debug)]
enum Message {
    Input(Input),
    Lab(LabId, News),
    /// Something was found in the capture.
    Capture,
    /// Something has to be said.
    Notice(String),
}

/// Where the app opens.
#[derive(Clone, Debug)]
pub enum Opening {
    Map,
    Lesson { name: String, presents: bool },
    Capture { path: PathBuf, wish: CaptureWish },
}

impl Opening {
    #[must_use]
    pub fn of(learn: &Learn) -> Self {
        match &learn.lesson {
            Some(name) => Self::Lesson { name: name.clone(), presents: learn.present },
            None => Self::Map,
        }
    }
}

/// While events stream in the screen is drawn so often at most.
const FRAME: Duration = Duration::from_millis(25);

pub fn start(opening: &Opening, look: LookFlags) -> Result<Ending, Failure> {
    if !can_be_shown() {
        return match opening {
            Opening::Map => super::list_lessons(false),
            Opening::Lesson { .. } | Opening::Capture { .. } => Err(Failure::Input(
                "error: the app needs a terminal on standard input and output\n  = help: `wiretutor run LESSON` tells \
                 a lesson as text"
                    .into(),
            )),
        };
    }
    // What is to be said of this machine is said on the screen.
    let sandbox = sandbox::enter()?;
    let first = match opening {
        Opening::Lesson { name, presents } => Some((Catalog::embedded().find(name)?, *presents)),
        Opening::Map | Opening::Capture { .. } => None,
    };
    // What can not be opened is said where it was asked for. A pipe with a name can be opened but once.
    let source = match opening {
        Opening::Capture { path, .. } => Some(capture::source(path)?),
        Opening::Map | Opening::Lesson { .. } => None,
    };
    let mut desk = Desk::open(sandbox, opening, look)?;
    if let Some((found, presents)) = first {
        desk.app.without_map();
        desk.begin(found, presents)?;
    }
    if let (Opening::Capture { path, wish }, Some(source)) = (opening, source) {
        desk.app.without_map();
        desk.open_capture(path, Ok(source), wish);
    }
    let outcome = desk.run();
    desk.close(outcome)
}

/// A screen that can be drawn on, and somebody who presses keys.
#[must_use]
pub fn can_be_shown() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stdout().is_terminal() && io::stdin().is_terminal() && !dumb
}

/// Everything that the app has outside.
struct Desk {
    app: App,
    terminal: Terminal,
    sandbox: Sandbox,
    tell: Sender<Message>,
    told: Receiver<Message>,
    learner: Learner,
    class: Class,
    lab: Option<Lab>,
    /// The number of the newest lab.
    labs: LabId,
    /// The capture that is looked at.
    file: Option<CaptureFile>,
    /// The learner's switches on the wire stay while a lesson is run again, and end with it.
    grip: Grip,
    /// Sets the pace of the newest lab.
    cue: Cue,
    /// Labs that are clearing up.
    leaving: Vec<JoinHandle<()>>,
    /// The app ends, and so.
    is_over: Option<Ending>,
    drawn: Option<Instant>,
}

impl Desk {
    fn open(sandbox: Sandbox, opening: &Opening, look: LookFlags) -> Result<Self, Failure> {
        let (settings, complaints) = home::settings(&environment, &actions());
        let (tell, told) = mpsc::channel();
        let (learner, notice) = Learner::open(tell.clone())?;
        let notes: Vec<String> = sandbox.notes.iter().cloned().chain(notice).collect();
        let map = map(&sandbox, &learner, notes)?;
        let mut terminal = Terminal::take(settings.mouse)?;
        let app = App::new(map, Keymap::with(&settings), appearance(&settings, look, &terminal), &settings);
        terminal.listen(tell.clone(), Message::Input)?;
        let (grip, leaving) = (Grip::default(), Vec::new());
        let mut desk = Self {
            app,
            terminal,
            sandbox,
            tell,
            told,
            learner,
            class: Class::default(),
            lab: None,
            labs: 0,
            file: None,
            grip,
            cue: Cue::default(),
            leaving,
            is_over: None,
            drawn: None,
        };
        desk.greet(opening, &complaints);
        desk.app.resize(terminal::size());
        Ok(desk)
    }

    /// What is to be seen first: faults of the settings, and the tour for a learner who is here for the first time. A
    /// class is not kept waiting with it.
    fn greet(&mut self, opening: &Opening, complaints: &[String]) {
        let is_learner = matches!(opening, Opening::Map | Opening::Lesson { presents: false, .. });
        if is_learner && !self.learner.has_seen_tour() {
            self.app.show(Page::Tour { at: 0, watch: self.sandbox.watch });
        }
        if !complaints.is_empty() {
            let text = complaints.join("\n");
            self.app.show(Page::message("The settings have faults; whatever is not named here is as usual", text));
        }
    }

    /// Until the learner leaves, or somebody says that it is over.
    fn run(&mut self) -> io::Result<()> {
        self.note_surroundings();
        self.draw()?;
        while self.is_over.is_none() {
            let first = self.wait();
            self.app.tick(Stamp::now());
            let mut has_input = first.is_none();
            for message in first.into_iter().chain(self.told.try_iter().collect::<Vec<_>>()) {
                has_input |= matches!(message, Message::Input(_));
                self.hear(message)?;
            }
            self.note_progress();
            self.note_surroundings();
            if has_input || self.is_time_to_draw() {
                self.draw()?;
            }
        }
        Ok(())
    }

    /// The next message; none where the screen changes by itself before one comes.
    fn wait(&mut self) -> Option<Message> {
        let undrawn = self.drawn.is_none().then_some(FRAME);
        let due = self.app.wakes().map(|due| Duration::from_nanos(due.0.saturating_sub(Stamp::now().0)));
        match undrawn.into_iter().chain(due).min() {
            None => self.told.recv().ok(),
            Some(patience) => self.told.recv_timeout(patience).ok(),
        }
    }

    /// Events may come by the thousand; nobody reads each of them.
    fn is_time_to_draw(&mut self) -> bool {
        let is_time = self.drawn.is_none_or(|drawn| drawn.elapsed() >= FRAME);
        if !is_time {
            self.drawn = None;
        }
        is_time
    }

    fn draw(&mut self) -> io::Result<()> {
        let app = &mut self.app;
        self.terminal.draw(|frame| app.draw(frame.buffer_mut()))?;
        self.drawn = Some(Instant::now());
        Ok(())
    }

    /// What the lesson on the screen has to know of the wire, and who follows it of the lesson.
    fn note_surroundings(&mut self) {
        let (holds, is_slow) = (self.grip.holds(), self.grip.is_slow());
        if let Some(study) = self.app.study() {
            study.sees_switches(holds, is_slow);
        }
        if let Some(notice) = self.class.see(self.app.study().map(|study| &*study)) {
            self.app.show(Page::message("Notes", notice));
        }
    }

    fn hear(&mut self, message: Message) -> io::Result<()> {
        match message {
            Message::Input(input) => self.input(input),
            Message::Lab(id, news) => {
                self.news(id, news);
                Ok(())
            }
            Message::Capture => {
                self.capture_news();
                Ok(())
            }
            Message::Notice(text) => {
                self.app.show(Page::message("Your progress", text));
                Ok(())
            }
        }
    }

    /// What the learner has come to since the last time is kept.
    fn note_progress(&mut self) {
        let Some(study) = self.app.study() else { return };
        let lesson = Arc::clone(study.lesson());
        if let Some(reached) = study.news() {
            self.reached(&lesson, &reached);
        }
    }

    fn reached(&mut self, lesson: &Lesson, what: &Reached) {
        // Free play is no lesson.
        if lesson.part.is_empty() {
            return;
        }
        self.learner.reached(lesson, what);
        let progress = self.learner.on_map(lesson);
        self.app.map().set_progress(&lesson.part, &lesson.name, progress);
    }

    fn input(&mut self, input: Input) -> io::Result<()> {
        let effects = match input {
            Input::Key(key) => self.app.key(key),
            Input::Mouse(mouse) => self.app.mouse(mouse),
            Input::Paste(text) => {
                self.app.paste(&text);
                Vec::new()
            }
            Input::Resize(columns, rows) => self.app.resize((columns, rows)),
            Input::Background(background) => {
                self.app.set_background(background);
                Vec::new()
            }
            Input::Resumed => self.app.resize(terminal::size()),
            Input::End(reason) => {
                self.is_over = Some(Ending::Stopped(reason));
                Vec::new()
            }
        };
        effects.into_iter().try_for_each(|effect| self.effect(effect))
    }

    fn news(&mut self, id: LabId, news: News) {
        if self.lab.is_none() || id != self.labs {
            return;
        }
        let Some(study) = self.app.study() else { return };
        match news {
            News::Event(event) => {
                let lesson = Arc::clone(study.lesson());
                if let Some(reached) = study.event(event) {
                    self.reached(&lesson, &reached);
                }
            }
            News::Waits(at) => study.waits(at),
            News::Awaits(wait) => study.awaits(wait),
            News::Over(outcome) => study.is_over(outcome.err().map(|error| format!("{error:#}"))),
        }
    }

    /// Gives everything back, whatever the outcome.
    fn close(mut self, outcome: io::Result<()>) -> Result<Ending, Failure> {
        self.leave_lab();
        self.class.leave();
        let given_back = self.terminal.give_back();
        self.learner.close();
        for lab in self.leaving {
            // A lab that has panicked has said so already.
            let _ = lab.join();
        }
        outcome?;
        given_back?;
        Ok(self.is_over.unwrap_or(Ending::Done))
    }

    /// The next lesson begins with a wire that nobody holds.
    fn leave_lesson(&mut self) {
        self.leave_lab();
        self.grip = Grip::default();
    }

    fn leave_lab(&mut self) {
        self.leaving.retain(|lab| !lab.is_finished());
        self.leaving.extend(self.lab.take().map(Lab::leave));
    }
}

/// How it looks: the command line wins over the settings, and these over what the terminal says.
pub(super) fn appearance(settings: &Settings, look: LookFlags, terminal: &Terminal) -> Appearance {
    let by_locale = looks::look(None, look.color, look.ascii).palette.is_ascii();
    let ascii = look.ascii || settings.ascii.unwrap_or(by_locale);
    let depth = colours(look.color, &environment);
    Appearance { theme: Some(settings.theme.to_owned()), depth, background: terminal.background(), ascii }
}

/// The map, with what this machine can not do.
fn map(sandbox: &Sandbox, learner: &Learner, notes: Vec<String>) -> Result<Map, Failure> {
    let catalog = Catalog::embedded();
    let why = "private namespaces are refused here; `wiretutor doctor` says what mends it";
    let entries = catalog.entries().iter().map(|entry| {
        let can_run = deeds::can_run(sandbox.watch, || entry.lesson().is_ok_and(|lesson| lesson.uses_wire()));
        let recorded_because = (!can_run).then(|| why.to_owned());
        let words = [&entry.name, &entry.part, &entry.source()?.text].map(|text| text.to_lowercase()).join("\n");
        Ok(Entry { recorded_because, summary: entry.summary()?, words, progress: learner.of_entry(entry) })
    });
    let entries = entries.collect::<Result<_, Failure>>()?;
    let notes = notes.into_iter().chain(sandbox.refusals.iter().map(ToString::to_string));
    let free_play_lacks = (!wire::can_be_laid(sandbox.watch)).then(|| why.to_owned());
    let mut map = Map::new(entries, free_play_lacks, notes.collect());
    if let Some((part, name)) = learner.last_lesson() {
        map.choose_behind(part, name);
    }
    Ok(map)
}
