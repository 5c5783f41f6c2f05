//! Reads the packets of the conversation that is looked at once more, and hands out those that are to be seen.
//!
//! It goes through the conversation in small portions, and between them it answers what it is asked.

use std::{
    io,
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, TryRecvError},
    },
    thread,
    time::{Duration, Instant},
};

use super::{course::Course, mailbox::Mailbox, shared::Shared};
use crate::{
    command::open::outcome::Named,
    conversation::filter::Filter,
    face::tui::capture::news::{CourseNews, Sheet},
    pcap::Again,
};

/// Between two tellings of how many packets there are.
const BETWEEN: Duration = Duration::from_millis(50);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Open(u32),
    Fetch {
        from: usize,
        count: usize,
    },
    Find(u64),
    Close,
    /// More of the file was read.
    MoreOfTheFile,
    /// Nobody will ask any more.
    Over,
}

pub(super) struct Reader {
    shared: Arc<Shared>,
    mailbox: Arc<Mailbox>,
    again: Again,
    filter: Filter,
    asked: Receiver<Request>,
    course: Option<Course>,
    /// There is something to do beside answering.
    is_behind: bool,
    told: Told,
}

/// What was told of the conversation, and when.
#[derive(Debug, Default)]
struct Told {
    packets: usize,
    is_whole: bool,
    at: Option<Instant>,
}

impl Reader {
    pub(super) fn new(
        (shared, mailbox): (Arc<Shared>, Arc<Mailbox>),
        again: Again,
        filter: Filter,
        asked: Receiver<Request>,
    ) -> Self {
        Self { shared, mailbox, again, filter, asked, course: None, is_behind: false, told: Told::default() }
    }

    pub(super) fn start(self) -> io::Result<()> {
        thread::Builder::new().name("capture packets".into()).spawn(move || self.run()).map(drop)
    }

    fn run(mut self) {
        loop {
            let request = match self.is_behind {
                true => self.asked.try_recv(),
                false => self.asked.recv().map_err(|_| TryRecvError::Disconnected),
            };
            let done = match request {
                Ok(Request::Over) | Err(TryRecvError::Disconnected) => return,
                Ok(request) => self.answer(request),
                Err(TryRecvError::Empty) => self.go_on(),
            };
            if let Err(error) = done {
                self.give_up(&error);
            }
        }
    }

    fn give_up(&mut self, error: &io::Error) {
        self.is_behind = false;
        if let Some(course) = self.course.take() {
            let why = Named::why_not_again(error).to_string();
            self.mailbox.put_course(CourseNews::Failed { stream: course.stream, why });
        }
    }

    fn answer(&mut self, request: Request) -> io::Result<()> {
        match request {
            Request::Open(stream) => self.open(stream),
            Request::Fetch { from, count } => return self.fetch(from, count),
            Request::Find(number) => {
                if let Some(course) = &self.course {
                    let position = course.position(number);
                    self.mailbox.put_course(CourseNews::Found { stream: course.stream, position });
                }
            }
            Request::MoreOfTheFile => {
                self.shared.is_nudged.store(false, Ordering::Release);
                self.is_behind = self.course.is_some();
            }
            Request::Close => (self.course, self.is_behind) = (None, false),
            Request::Over => {}
        }
        Ok(())
    }

    fn open(&mut self, stream: u32) {
        let kin = self.shared.lock().kin.get(stream as usize).copied();
        self.course = kin.map(|kin| Course::new(stream, kin, self.filter.clone()));
        (self.is_behind, self.told) = (self.course.is_some(), Told::default());
    }

    fn fetch(&self, from: usize, count: usize) -> io::Result<()> {
        let Some(course) = &self.course else { return Ok(()) };
        let packets = match course.way_to(from, count) {
            Some(way) => {
                let entries = self.shared.lock().entries(way.places);
                course.along(&way, &entries, &self.again)?
            }
            None => Vec::new(),
        };
        self.mailbox.put_course(CourseNews::Sheet(Sheet { stream: course.stream, from, packets }));
        Ok(())
    }

    /// One portion further.
    fn go_on(&mut self) -> io::Result<()> {
        let Some(course) = &mut self.course else {
            self.is_behind = false;
            return Ok(());
        };
        let known = self.shared.lock();
        self.is_behind = course.look(&known);
        let places = course.next();
        let entries = known.entries(&places);
        drop(known);
        course.go_on(&places, &entries, &self.again)?;
        self.tell();
        Ok(())
    }

    /// How far it is, if there are news and the last ones were heard; the end is told in any case.
    fn tell(&mut self) {
        let Some(course) = &mut self.course else { return };
        let (packets, is_whole, told) = (course.len(), course.is_whole(), &self.told);
        let is_news = packets != told.packets || is_whole != told.is_whole;
        let is_due = told.at.is_none_or(|at| at.elapsed() >= BETWEEN) && self.mailbox.has_no_course_news();
        // What comes last is not put off: nothing would come behind it.
        if !is_news || !(is_due || is_whole || !self.is_behind) {
            return;
        }
        let (stream, notes) = (course.stream, course.take_notes());
        self.mailbox.put_course(CourseNews::Grown { stream, packets, notes, is_whole });
        self.told = Told { packets, is_whole, at: Some(Instant::now()) };
    }
}
