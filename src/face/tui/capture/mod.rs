//! A capture in the terminal app: its conversations, and one of them packet by packet.
//!
//! Pure: news come in, effects go out, and the picture is a function of what is known. Who reads the file, on which
//! thread, and what a key is called is left to `command`; what a packet means to `conversation` and `narrate`.

pub mod course;
pub mod list;
pub mod news;
#[cfg(test)]
mod sample;

use crossterm::event::KeyEvent;
use ratatui::{buffer::Buffer, layout::Rect};

use self::{
    course::{Course, CourseAct},
    list::{List, ListAct},
    news::{CaptureEffect, CaptureNews},
};
use super::{
    keys::{Action, Context},
    theme::Theme,
};
use crate::{
    conversation::{account::Account, filter::Filter},
    face::capture::Numbers,
    timeline::event::Proto,
};

/// Both screens of a capture.
#[derive(Debug)]
pub struct Capture {
    list: List,
    course: Option<Course>,
    numbers: Numbers,
    /// To be looked at as soon as it is known.
    awaited: Option<u32>,
    room: Rect,
}

impl Capture {
    /// The file by the name that is shown, its size where it has one, and what the command line asks for. A filter for
    /// a single conversation opens that one.
    #[must_use]
    pub fn new(name: &str, size: Option<u64>, mut filter: Filter, numbers: Numbers) -> Self {
        let awaited = match filter.streams.as_slice() {
            [stream] => u32::try_from(*stream).ok(),
            _ => None,
        };
        if awaited.is_some() {
            // The others are there when one goes back.
            filter.streams.clear();
        }
        let room = Rect::new(0, 0, 80, 23);
        Self { list: List::new(name, size, filter), course: None, numbers, awaited, room }
    }

    #[must_use]
    pub const fn list(&self) -> &List {
        &self.list
    }

    /// The conversation that is looked at.
    #[must_use]
    pub const fn course(&self) -> Option<&Course> {
        self.course.as_ref()
    }

    /// In which rows of the table of keys a key is looked up.
    #[must_use]
    pub const fn context(&self) -> Context {
        if self.course.is_some() { Context::Course } else { Context::Capture }
    }

    /// Whether keys are letters: then they belong to [`Self::typed`] before the table is asked.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        self.course.as_ref().map_or(self.list.is_typing(), Course::is_typing)
    }

    /// Whether anything of the conversation is out of the ordinary.
    #[must_use]
    pub fn has_notes(&self) -> bool {
        self.course.as_ref().is_some_and(Course::has_notes)
    }

    /// Whether the numbers of the conversation that is looked at can be counted in two ways.
    #[must_use]
    pub fn has_numbers(&self) -> bool {
        let proto = self.course.as_ref().and_then(|course| self.list.proto(course.stream()));
        proto == Some(Proto::Tcp)
    }

    /// What a line is typed for here.
    #[must_use]
    pub const fn wants(&self) -> &'static str {
        if self.course.is_some() { "go there" } else { "keep it" }
    }

    pub fn hear(&mut self, news: CaptureNews) -> Vec<CaptureEffect> {
        self.settled(|capture| capture.do_hear(news))
    }

    fn do_hear(&mut self, news: CaptureNews) -> Vec<CaptureEffect> {
        match news {
            CaptureNews::File(news) => {
                self.list.hear(news);
                let is_there = self.awaited.is_some_and(|stream| self.list.account(stream).is_some());
                match self.awaited.take_if(|_| is_there) {
                    Some(stream) => {
                        self.list.choose(stream);
                        self.look_at(stream)
                    }
                    None => Vec::new(),
                }
            }
            CaptureNews::Course(news) => self.course.as_mut().map_or_else(Vec::new, |course| course.hear(news)),
        }
    }

    /// What an action of the table of keys does; nothing where it means nothing here.
    pub fn act(&mut self, action: Action) -> Vec<CaptureEffect> {
        self.settled(|capture| capture.do_act(action))
    }

    fn do_act(&mut self, action: Action) -> Vec<CaptureEffect> {
        match &mut self.course {
            Some(course) => {
                let effects = course_act(action).map_or_else(Vec::new, |act| course.act(act));
                self.after_course(effects)
            }
            None => {
                let effects = list_act(action).map_or_else(Vec::new, |act| self.list.act(act));
                self.after_list(effects)
            }
        }
    }

    /// A key while [`Self::is_typing`].
    pub fn typed(&mut self, key: KeyEvent) -> Vec<CaptureEffect> {
        self.settled(|capture| capture.do_typed(key))
    }

    fn do_typed(&mut self, key: KeyEvent) -> Vec<CaptureEffect> {
        match &mut self.course {
            Some(course) => course.typed(key),
            None => {
                self.list.typed(key);
                Vec::new()
            }
        }
    }

    /// Text that a terminal hands over as a whole.
    pub fn pasted(&mut self, text: &str) {
        match &mut self.course {
            Some(course) => course.pasted(text),
            None => self.list.pasted(text),
        }
    }

    /// A click at a cell of the screen.
    pub fn click(&mut self, column: u16, row: u16) -> Vec<CaptureEffect> {
        self.settled(|capture| capture.do_click(column, row))
    }

    fn do_click(&mut self, column: u16, row: u16) -> Vec<CaptureEffect> {
        match &mut self.course {
            Some(course) => course.click(column, row),
            None => {
                let effects = self.list.click(column, row);
                self.after_list(effects)
            }
        }
    }

    /// The wheel was turned there: so many rows down, or up where it is negative.
    pub fn wheel(&mut self, column: u16, row: u16, rows: i32) -> Vec<CaptureEffect> {
        self.settled(|capture| capture.do_wheel(column, row, rows))
    }

    fn do_wheel(&mut self, column: u16, row: u16, rows: i32) -> Vec<CaptureEffect> {
        match &mut self.course {
            Some(course) => course.wheel(column, row, rows),
            None => {
                self.list.wheel(rows);
                Vec::new()
            }
        }
    }

    /// The screens have this room from now on.
    pub fn resize(&mut self, room: Rect) -> Vec<CaptureEffect> {
        self.room = room;
        self.list.resize(room);
        self.settled(|capture| capture.course.as_mut().map_or_else(Vec::new, |course| course.resize(room)))
    }

    pub fn draw(&self, buf: &mut Buffer, theme: &Theme) {
        match self.looked_at() {
            Some((course, account)) => course.draw(buf, theme, account, self.list.progress()),
            None => self.list.draw(buf, theme),
        }
    }

    fn looked_at(&self) -> Option<(&Course, &Account)> {
        let course = self.course.as_ref()?;
        Some((course, self.list.account(course.stream())?))
    }

    /// Does something; what is in sight follows.
    fn settled<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let came = act(self);
        if let Some(course) = &mut self.course
            && let Some(account) = self.list.account(course.stream())
        {
            course.settle(account, self.list.progress());
        }
        came
    }

    fn look_at(&mut self, stream: u32) -> Vec<CaptureEffect> {
        let mut course = Course::new(stream, self.numbers);
        course.resize(self.room);
        self.course = Some(course);
        vec![CaptureEffect::Open { stream }]
    }

    fn after_list(&mut self, effects: Vec<CaptureEffect>) -> Vec<CaptureEffect> {
        match effects[..] {
            [CaptureEffect::Open { stream }] => self.look_at(stream),
            _ => effects,
        }
    }

    fn after_course(&mut self, effects: Vec<CaptureEffect>) -> Vec<CaptureEffect> {
        if effects.contains(&CaptureEffect::Close)
            && let Some(course) = self.course.take()
        {
            self.numbers = course.numbers();
        }
        effects
    }
}

/// What an action means on the list.
#[must_use]
pub const fn list_act(action: Action) -> Option<ListAct> {
    Some(match action {
        Action::Up => ListAct::Up,
        Action::Down => ListAct::Down,
        Action::PageUp => ListAct::PageUp,
        Action::PageDown => ListAct::PageDown,
        Action::ToBegin => ListAct::First,
        Action::ToEnd => ListAct::Last,
        Action::Choose => ListAct::Open,
        Action::Sort => ListAct::Sort,
        Action::Search => ListAct::Filter,
        Action::Leave => ListAct::Leave,
        _ => return None,
    })
}

/// What an action means while a conversation is looked at.
#[must_use]
pub const fn course_act(action: Action) -> Option<CourseAct> {
    Some(match action {
        Action::Up => CourseAct::Up,
        Action::Down => CourseAct::Down,
        Action::Left => CourseAct::Left,
        Action::Right => CourseAct::Right,
        Action::PageUp => CourseAct::PageUp,
        Action::PageDown => CourseAct::PageDown,
        Action::ToBegin => CourseAct::First,
        Action::ToEnd => CourseAct::Last,
        Action::NextNote => CourseAct::NextNote,
        Action::PreviousNote => CourseAct::PreviousNote,
        Action::GoToPacket => CourseAct::GoTo,
        Action::Numbers => CourseAct::Numbers,
        Action::NextPane => CourseAct::NextPane,
        Action::PreviousPane => CourseAct::PreviousPane,
        Action::Zoom => CourseAct::Zoom,
        Action::Leave => CourseAct::Leave,
        _ => return None,
    })
}
