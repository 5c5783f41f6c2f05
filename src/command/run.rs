//! `run`: a whole lesson as text, or its timeline as JSON; live or from a recording.

use std::{
    fs::File,
    io::{self, BufReader, Write},
    path::Path,
    time::Duration,
};

use anyhow::Context;

use super::{
    ending::{Ending, Failure},
    keep::{self, Kept, takes_standard_output},
    pace::{self, Answer},
    source::{Live, Over},
};
use crate::{
    cli::{LookFlags, Run},
    face::{
        json::{self, Json},
        narrator::Narrator,
        out,
        plain::{Origin, Plain},
        text::{Look, terminal},
    },
    lesson::{
        catalog::{Catalog, Found},
        model::Lesson,
        printable::printable,
    },
    link::{
        Watch,
        sandbox::{self, Sandbox},
        wire,
    },
    timeline::event::{Event, What},
};

const DAMAGED: &str = "the recording in the program is damaged";
/// What is shown is kept back for at most so long, in case the next event belongs to it.
const KEPT_BACK: Duration = Duration::from_millis(5);
/// How often it is looked whether anybody still reads, while nothing happens.
const GLANCE: Duration = Duration::from_secs(1);

pub fn run(arguments: &Run, flags: LookFlags) -> Result<Ending, Failure> {
    keep::check(arguments)?;
    match &arguments.replay {
        // Nothing is opened but two files.
        Some(file) => {
            let Found { lesson, .. } = Catalog::embedded().find(&arguments.lesson)?;
            let look = terminal::look(arguments.width, flags.color, flags.ascii);
            replay(&lesson, &read_recording(file)?, arguments, look)
        }
        None => run_in(&enter_sandbox()?, arguments, flags),
    }
}

/// Gives up what is not needed. The first thing that a command does: what is read and written afterwards is read and
/// written as the user.
pub(super) fn enter_sandbox() -> Result<Sandbox, Failure> {
    let sandbox = sandbox::enter()?;
    say_grade(&sandbox);
    Ok(sandbox)
}

fn run_in(sandbox: &Sandbox, arguments: &Run, flags: LookFlags) -> Result<Ending, Failure> {
    let Found { lesson, recording } = Catalog::embedded().find(&arguments.lesson)?;
    let look = terminal::look(arguments.width, flags.color, flags.ascii);
    match sandbox.watch {
        watch if lesson.uses_wire() && !wire::can_be_laid(watch) => without_wire(&lesson, recording, arguments, look),
        Watch::Private | Watch::HostLoopback => live(&lesson, sandbox.watch, arguments, look),
        Watch::Unwatched => unwatched(&lesson, recording, arguments, look),
    }
}

/// Where the events go: to the screen, and into the files that were named.
struct Faces<'l> {
    lesson: &'l Lesson,
    /// Whether it stops for the learner.
    paced: bool,
    screen: Screen<'l>,
    kept: Kept<'l>,
    failed: usize,
}

enum Screen<'l> {
    Plain(Box<Plain<'l, out::Stdout>>),
    Json(Json<out::Stdout>),
    /// Standard output is for the capture.
    Nothing,
}

impl<'l> Faces<'l> {
    fn new(lesson: &'l Lesson, origin: Origin, arguments: &Run, look: Look) -> Result<Self, Failure> {
        // First the files: if one can not be written, nothing should look as if the lesson had begun.
        let kept = Kept::new(arguments, lesson, origin, look.palette.is_ascii())?;
        let screen = match takes_standard_output(arguments) {
            true => Screen::Nothing,
            false if arguments.json => Screen::Json(Json::new(out::stdout()?, lesson, origin)?),
            false => Screen::plain(lesson, origin, look)?,
        };
        let paced = arguments.step && !arguments.json;
        Ok(Self { lesson, paced, screen, kept, failed: 0 })
    }

    /// Tells an event, and stops around it where the learner sets the pace.
    fn tell(&mut self, event: &Event) -> Result<Answer, Failure> {
        if self.pause(pace::before(event))? == Answer::Leave {
            return Ok(Answer::Leave);
        }
        self.event(event)?;
        self.pause(pace::after(self.lesson, event))
    }

    fn pause(&mut self, words: Option<&str>) -> Result<Answer, Failure> {
        match words.filter(|_| self.paced) {
            None => Ok(Answer::GoOn),
            Some(words) => {
                self.idle()?;
                Ok(pace::ask(words)?)
            }
        }
    }

    fn event(&mut self, event: &Event) -> Result<(), Failure> {
        if let What::LessonEnd { failed, .. } = event.what {
            self.failed = failed;
        }
        match &mut self.screen {
            Screen::Plain(plain) => plain.event(event)?,
            Screen::Json(json) => json.event(event)?,
            Screen::Nothing => {}
        }
        Ok(self.kept.event(event)?)
    }

    fn idle(&mut self) -> Result<(), Failure> {
        if let Screen::Plain(plain) = &mut self.screen {
            plain.idle()?;
        }
        Ok(())
    }

    /// The learner has seen enough. What was told until here is kept.
    fn leave(self) -> Result<Ending, Failure> {
        self.finish().map(|_| Ending::Done)
    }

    /// Nothing more will be told: the files are what they were to be.
    fn finish(self) -> Result<Ending, Failure> {
        self.kept.keep()?;
        Ok(if self.failed == 0 { Ending::Done } else { Ending::Refuted })
    }
}

impl<'l> Screen<'l> {
    fn plain(lesson: &'l Lesson, origin: Origin, look: Look) -> Result<Self, Failure> {
        let plain = Plain::new(lesson, origin, out::stdout()?, look, Box::new(Narrator::new()));
        Ok(Self::Plain(Box::new(plain)))
    }
}

fn live(lesson: &Lesson, watch: Watch, arguments: &Run, look: Look) -> Result<Ending, Failure> {
    let mut faces = Faces::new(lesson, Origin::Live, arguments, look)?;
    let lab = Live::start(lesson, watch)?;
    let mut patience = KEPT_BACK;
    loop {
        match lab.next(std::mem::replace(&mut patience, KEPT_BACK)) {
            Ok(Some(event)) if faces.tell(&event)? == Answer::Leave => return faces.leave(),
            Ok(Some(_)) => {}
            Ok(None) => {
                faces.idle()?;
                out::still_read()?;
                patience = GLANCE;
            }
            Err(Over(outcome)) => {
                outcome?;
                return faces.finish();
            }
        }
    }
}

/// What the user has to know of this machine, on standard error.
fn say_grade(sandbox: &Sandbox) {
    let mut stderr = io::stderr().lock();
    let mut say = |line: String| drop(writeln!(stderr, "{line}"));
    for note in &sandbox.notes {
        say(format!("note: {note}"));
    }
    for refusal in &sandbox.refusals {
        say(format!("note: {refusal}"));
    }
    match sandbox.watch {
        Watch::Private => {}
        Watch::HostLoopback => say("note: the lesson runs on this machine's own loopback (127.0.0.0/8)".into()),
        Watch::Unwatched => say("note: packets cannot be watched on this machine".into()),
    }
}

fn replay(lesson: &Lesson, recording: &json::Recording, arguments: &Run, look: Look) -> Result<Ending, Failure> {
    if !recording.header.lesson.is_of(lesson) {
        let words = format!("error: this is not a recording of `{}` as it is now\n", lesson.name);
        return Err(Failure::Input(words + "  = help: record it again with `wiretutor run LESSON --record FILE`"));
    }
    let mut faces = Faces::new(lesson, Origin::Recorded, arguments, look)?;
    for event in &recording.events {
        if faces.tell(event)? == Answer::Leave {
            return faces.leave();
        }
    }
    faces.finish()
}

fn read_recording(path: &Path) -> Result<json::Recording, Failure> {
    let shown = path.to_string_lossy();
    let complain = |error: &dyn std::fmt::Display| Failure::Input(format!("error: {}: {error}", printable(&shown)));
    let file = File::open(path).map_err(|error| complain(&error))?;
    json::read(BufReader::new(file)).map_err(|error| complain(&error))
}

/// No wire can be laid here: each of its ends needs a network namespace. The lesson is shown from its recording, and
/// nothing of it is tried with sockets of this machine, because what it shows lies in the wire.
fn without_wire(lesson: &Lesson, recording: Option<&str>, arguments: &Run, look: Look) -> Result<Ending, Failure> {
    let words = "this lesson puts its hosts on a wire, which needs private namespaces and /proc: not to be had here";
    let Some(recording) = recording else {
        let more = "there is no recording of it";
        return Err(Failure::Machine(anyhow::anyhow!("{words}; {more}; `wiretutor doctor` says what mends it")));
    };
    let _ = writeln!(io::stderr().lock(), "note: {words}: what follows was recorded on another machine");
    let recording = json::read(recording.as_bytes()).context(DAMAGED)?;
    replay(lesson, &recording, arguments, look)
}

/// Nobody may watch packets here. The lesson is shown from its recording, whole and labelled; after it the same
/// calls are made with real sockets, which can be told without their packets. The two never share a number.
fn unwatched(lesson: &Lesson, recording: Option<&str>, arguments: &Run, look: Look) -> Result<Ending, Failure> {
    let Some(recording) = recording else {
        let words = "packets cannot be watched on this machine, and there is no recording of this lesson";
        return Err(Failure::Machine(anyhow::anyhow!("{words}; `wiretutor doctor` says what mends it")));
    };
    let recording = json::read(recording.as_bytes()).context(DAMAGED)?;
    let ending = replay(lesson, &recording, arguments, look)?;
    if arguments.json || takes_standard_output(arguments) || ending != Ending::Done {
        return Ok(ending);
    }
    super::unwatched::calls(lesson, look)
}
