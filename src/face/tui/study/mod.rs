//! A lesson on the screen: what the learner sees and does, as a value.
//!
//! The timeline comes from a lab or a recording; what was answered, chosen and scrolled is the learner's own. Keys and
//! events change this value, drawing reads it, and what is to happen outside is handed out as effects.

mod act;
mod again;
pub mod answers;
mod awaited;
mod chosen;
mod draw;
pub mod explain;
mod in_short;
mod layout;
mod mouse;
pub mod next;
mod offers;
mod play;
mod present;
mod reading;
#[cfg(test)]
mod tests;
mod typing;
mod waiting;
mod wire;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

pub(super) use self::draw::{centred, clear, padded, put_lines};
use self::{
    answers::Answers,
    explain::{Telling, Told},
    next::{Desk, Lab, Next},
    play::Play,
};
pub use self::{
    layout::{Pane, Splits},
    present::Whereabouts,
};
use super::{
    detail::{DetailState, Subject},
    effect::Reached,
    reel::{Kind, Mark, Place, Reel},
    theme::Theme,
};
use crate::{
    face::{
        plain::Origin,
        prose::Live,
        text::{
            Line, Look, Style,
            line::{Ink, hang},
            wrap::wrap,
        },
    },
    kernel::clock::Stamp,
    lab::{cue::Standing, wait::Wait},
    lesson::{eval::eval, model::Lesson, script::Expr},
    timeline::{
        event::{BlockRef, Ending, Event, LinkKind, TYPED, Value, What},
        fold::World,
    },
};

/// One lesson, and the learner in it.
#[derive(Debug)]
pub struct Study {
    pub(super) lesson: Arc<Lesson>,
    pub(super) origin: Origin,
    pub(super) reel: Reel,
    /// The position that is looked at; none is now.
    at: Option<usize>,
    lab: Lab,
    pub(super) answers: Answers,
    /// The choice that is pointed at, and those that are marked where several may be right.
    pointed: Option<usize>,
    marked: BTreeSet<usize>,
    switches: Switches,
    focus: Pane,
    /// The focused pane alone.
    zoomed: bool,
    splits: Splits,
    /// Where the explanation was scrolled to; nowhere, it follows what is told.
    scrolled: Option<Scroll>,
    /// Where what had been told was last seen to its end.
    read_at: Option<usize>,
    /// The rung that was chosen; none is the last one.
    rung: Option<usize>,
    detail: DetailState,
    play: Option<Play>,
    /// Of playing: so many times as fast as it is by itself.
    speed: f64,
    /// How long a packet takes in slow motion.
    slow: Duration,
    /// The step that is pointed at in the list of steps, while it is open.
    steps: Option<usize>,
    pub presents: bool,
    class: present::Class,
    /// What has to be said about the last key.
    remark: Option<Remark>,
    typing: typing::Typing,
    /// The border that the mouse draws.
    dragged: Option<mouse::Border>,
    /// The step to which the learner came the last time, until it was gone to.
    pub came_to: Option<usize>,
    /// Behind the lesson is no map: who leaves it leaves the program.
    pub is_alone: bool,
    /// What was kept last of the learner's way.
    told_of: Option<Reached>,
    /// The furthest that was looked at, in events.
    seen: usize,
    pub(super) clock: Stamp,
    /// What keeps the lab from going on.
    awaited: Option<Wait>,
    /// The hosts of the events so far are gone: what comes next was asked for again.
    are_hosts_gone: bool,
    /// The step that was asked for again, until the lab stands in it.
    heads_for: Option<usize>,
    /// Of the screen, when it was drawn last.
    size: (u16, u16),
}

/// What is switched on on the wire, as whoever has it in hand says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Switches {
    holds: bool,
    is_slow: bool,
}

/// A place in the explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scroll {
    /// This line is the first in sight.
    From(usize),
    /// So many lines were read, and the last of them stays in sight when the room becomes less. This was the newest
    /// line: when there is news, it is followed.
    To { end: usize, newest: usize },
}

/// A line about what was done or can not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remark {
    pub(super) text: String,
    pub(super) is_bad: bool,
}

impl Remark {
    /// In the room below the panes: two rows at most. What stands between backticks is code.
    fn lines(&self, width: u16) -> Vec<Line> {
        let style = if self.is_bad { Style::BAD } else { Style::of(Ink::Waits) };
        let indent = Line::spaces(1);
        let mut said = Line::new();
        for (place, part) in self.text.split('`').enumerate() {
            said.push(part, if place % 2 == 1 { Style::CODE } else { style });
        }
        let mut lines = hang(wrap(&said, usize::from(width).saturating_sub(2)), &indent, &indent);
        lines.truncate(2);
        lines
    }
}

impl Study {
    /// A lesson whose lab is being set up.
    #[must_use]
    pub fn live(lesson: Arc<Lesson>) -> Self {
        Self::new(lesson, Origin::Live, Reel::default(), Lab::Busy, None)
    }

    /// A lesson that was recorded. It is told from its beginning.
    #[must_use]
    pub fn recorded(lesson: Arc<Lesson>, events: Vec<Event>) -> Self {
        let mut reel = Reel::default();
        events.into_iter().for_each(|event| reel.push(event));
        let mut study = Self::new(lesson, Origin::Recorded, reel, Lab::Over, Some(0));
        // The first step has begun, as it has where a lab waits for the first time.
        let opening = study.reel.marks().from(0).find(|(_, mark)| *mark != Mark::Step(0)).map(|(at, _)| at);
        study.at = opening.or(study.at);
        study.note_how_far();
        study
    }

    fn new(lesson: Arc<Lesson>, origin: Origin, reel: Reel, lab: Lab, at: Option<usize>) -> Self {
        Self {
            lesson,
            origin,
            reel,
            at,
            lab,
            answers: Answers::default(),
            pointed: None,
            marked: BTreeSet::new(),
            switches: Switches::default(),
            focus: Pane::Ladder,
            zoomed: false,
            splits: Splits::default(),
            scrolled: None,
            read_at: None,
            rung: None,
            detail: DetailState::default(),
            play: None,
            speed: 1.0,
            slow: Duration::from_millis(300),
            steps: None,
            presents: false,
            class: present::Class::default(),
            remark: None,
            typing: typing::Typing::default(),
            dragged: None,
            came_to: None,
            is_alone: false,
            told_of: None,
            seen: 0,
            clock: Stamp(0),
            awaited: None,
            are_hosts_gone: false,
            heads_for: None,
            size: (80, 24),
        }
    }

    /// How many events are behind what is looked at.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at.unwrap_or(self.reel.len()).min(self.reel.len())
    }

    /// Whether what is looked at is what is.
    #[must_use]
    pub fn is_now(&self) -> bool {
        self.at.is_none()
    }

    fn look_at(&mut self, position: usize) {
        if position >= self.reel.len() {
            self.play = None;
        }
        self.at = (position < self.reel.len() || self.origin == Origin::Recorded).then_some(position);
        self.rung = None;
        self.scrolled = None;
        self.forget_choice();
        self.note_how_far();
    }

    /// Something has happened in the lab. The answer is what is to be kept of it.
    pub fn event(&mut self, event: Event) -> Option<Reached> {
        let reached = match &event.what {
            What::Challenge { block, outcome: Ending::Solved } => Some(Reached::Solved(*block)),
            What::Challenge { block, outcome: Ending::Skipped } => Some(Reached::Skipped(*block)),
            _ => None,
        };
        self.note_going_on(&event);
        // It did not wait any longer.
        let goes_on = matches!(event.what, What::Line { line, .. } if line != TYPED);
        if goes_on && matches!(self.lab, Lab::Waits(Standing::Beat { .. })) {
            (self.lab, self.awaited) = (Lab::Busy, None);
        }
        self.are_hosts_gone &= !matches!(event.what, What::Lab { .. });
        // What came of it is what was asked for.
        if matches!(event.what, What::Claim { line: TYPED, .. }) {
            self.scrolled = None;
        }
        self.reel.push(event);
        self.note_how_far();
        if reached.is_some() {
            // The turn is over before the lab says where it waits next.
            self.lab = Lab::Busy;
            self.typing.close();
        }
        reached
    }

    /// How far the learner has come since this was asked last.
    pub fn news(&mut self) -> Option<Reached> {
        let reached = if self.is_told() { Reached::End } else { Reached::Step(self.step()) };
        let is_news = self.told_of.as_ref() != Some(&reached) && !self.reel.is_empty();
        self.told_of = is_news.then(|| reached.clone()).or_else(|| self.told_of.take());
        is_news.then_some(reached)
    }

    /// Whether the lesson has been told to its end.
    pub(super) fn is_told(&self) -> bool {
        self.reel.marks().before(self.position()).next().is_some_and(|(_, mark)| mark == Mark::LessonEnd)
    }

    /// The lab waits for the learner.
    pub fn waits(&mut self, at: Standing) {
        if self.lab != Lab::Waits(at) {
            self.forget_choice();
            if matches!(at, Standing::Learner(_)) {
                self.typing.open();
            }
        }
        (self.lab, self.awaited, self.heads_for) = (Lab::Waits(at), None, None);
    }

    /// The lab has ended; where it failed, that is said.
    pub fn is_over(&mut self, failed: Option<String>) {
        (self.lab, self.awaited, self.heads_for) = (Lab::Over, None, None);
        self.remark = failed.map(|text| Remark { text, is_bad: true });
    }

    fn forget_choice(&mut self) {
        self.pointed = None;
        self.marked.clear();
    }

    fn desk(&self) -> Desk<'_> {
        let Self { lesson, reel, lab, answers, .. } = self;
        Desk { lesson, reel, position: self.position(), lab, answers }
    }

    /// What the learner is waited for with.
    #[must_use]
    pub fn next(&self) -> Next {
        self.desk().next()
    }

    /// The step that is told, from 0.
    #[must_use]
    pub fn step(&self) -> usize {
        self.reel.marks().step_at(self.position()).unwrap_or(0)
    }

    fn world(&self) -> World {
        self.reel.world(self.position())
    }

    fn subject<'s>(&'s self, world: &'s World, theme: &'s Theme) -> Subject<'s> {
        let (rung, frame) = (self.chosen_rung(), self.chosen_frame());
        let Self { lesson, reel, clock, .. } = self;
        let (position, is_for_class) = (self.position(), self.presents);
        let seen = if self.origin == Origin::Recorded { self.seen } else { reel.len() };
        Subject { lesson, reel, position, seen, world, rung, frame, clock: *clock, theme, is_for_class }
    }

    /// The explanation at this width.
    fn told(&self, world: &World, look: Look) -> Told {
        let value = |expr: &Expr| eval(expr, &|name| world.values.get(name).cloned());
        self.telling(look, Live { value: &value, origin: self.reel.began(self.position()) }).tell()
    }

    fn telling<'t>(&'t self, look: Look, live: Live<'t>) -> Telling<'t> {
        let asked = self.question().map(|question| (question, self.pointed));
        Telling {
            lesson: &self.lesson,
            reel: &self.reel,
            position: self.position(),
            answers: &self.answers,
            asked,
            marked: &self.marked,
            class: self.presents.then_some(&self.class),
            look,
            live,
        }
    }

    /// The question that is asked now. A class is asked when it has been shown.
    fn question(&self) -> Option<BlockRef> {
        match self.next() {
            Next::Question(question) if self.presents && !self.class.has_seen(question) => None,
            Next::Question(question) => Some(question),
            _ => None,
        }
    }

    /// The live values that were bound before a position.
    fn values_at(&self, position: usize) -> std::collections::BTreeMap<String, Value> {
        self.reel.world(position).values
    }

    /// Whether the key that leaves closes something first.
    #[must_use]
    pub const fn has_something_open(&self) -> bool {
        self.steps.is_some()
    }

    /// The screen has this size.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        self.class.is_roomy = size.1 >= present::ROOMY * 2;
    }

    #[must_use]
    pub const fn lesson(&self) -> &Arc<Lesson> {
        &self.lesson
    }

    /// Something could not be done.
    pub fn complain(&mut self, text: String) {
        self.remark = Some(Remark { text, is_bad: true });
    }

    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.remark = Some(Remark { text: text.into(), is_bad: false });
    }
}
