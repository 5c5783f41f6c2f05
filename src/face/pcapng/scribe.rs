//! The plain face's lines as comments: nothing is wrapped, indented or painted.

use std::collections::VecDeque;

use crate::{
    face::{
        plain::{calls::Calls, claims::Waiting, page::Page},
        text::{Line, Look, Marks, Palette},
    },
    kernel::clock::Stamp,
    lesson::model::Lesson,
    timeline::event::{CallId, CallResult, LineRef, Outcome},
};

/// No line is that long.
const NO_WRAPPING: usize = usize::MAX / 4;

/// Something that happened, and when.
pub(super) type Told = (Stamp, String);

#[derive(Debug)]
pub(super) struct Scribe {
    pub(super) marks: &'static Marks,
    page: Page<Vec<u8>>,
    calls: Calls,
    /// Calls that were entered, and of which nothing was told yet.
    entered: VecDeque<(CallId, Stamp)>,
}

impl Scribe {
    pub(super) const fn new(marks: &'static Marks) -> Self {
        let look = Look { width: NO_WRAPPING, palette: Palette { colour: false, marks } };
        Self { marks, page: Page::new(Vec::new(), look), calls: Calls::new(), entered: VecDeque::new() }
    }

    pub(super) const fn look(&self) -> Look {
        self.page.look
    }

    pub(super) fn entered(&mut self, at: Stamp, call: CallId, host: &str, name: &str, text: &str) {
        self.calls.entered(call, Line::plain(host), name, text);
        self.entered.push_back((call, at));
    }

    /// The calls that have not come back while something else is about to be told.
    pub(super) fn pending(&mut self) -> Vec<Told> {
        let lines = self.calls.announce(self.marks);
        self.entered.drain(..).map(|(_, at)| at).zip(lines.iter().map(Line::text)).collect()
    }

    pub(super) fn waits(&mut self, at: Stamp, call: CallId) -> Vec<Told> {
        let lines = self.calls.waits(call, self.marks);
        self.called(at, call, &lines)
    }

    pub(super) fn returned(&mut self, at: Stamp, call: CallId, took_ns: u64, result: &CallResult) -> Vec<Told> {
        let lines = self.calls.returned(call, took_ns, result, self.marks);
        self.called(at, call, &lines)
    }

    /// Lines about a call, after those of calls that were entered before it.
    fn called(&mut self, at: Stamp, call: CallId, lines: &[Line]) -> Vec<Told> {
        let before = self.entered.iter().position(|(entered, _)| *entered == call);
        let mut times: Vec<Stamp> = self.entered.drain(..before.unwrap_or_default()).map(|(_, at)| at).collect();
        self.entered.retain(|(entered, _)| *entered != call);
        times.resize(lines.len().max(times.len()), at);
        times.into_iter().zip(lines.iter().map(Line::text)).collect()
    }

    pub(super) fn by_hand(&mut self, text: &str) -> String {
        self.on_one_line(|page| drop(page.by_hand(text)))
    }

    /// The script comes to a line. What is returned waits for its outcome, or is told now.
    pub(super) fn script_line(&mut self, lesson: &Lesson, number: LineRef, text: &str) -> Result<Waiting, String> {
        let mut waiting = None;
        let told = self.on_one_line(|page| waiting = page.script_line(lesson, number, text).unwrap_or_default());
        waiting.ok_or(told)
    }

    pub(super) fn abandoned(&mut self, waiting: &Waiting) -> String {
        self.on_one_line(|page| drop(page.abandoned(waiting)))
    }

    /// A claim with its outcome. The report on one that does not hold keeps its lines: it is a drawing.
    pub(super) fn claim(&mut self, waiting: Option<Waiting>, line: LineRef, text: &str, outcome: &Outcome) -> String {
        let lines = self.lines(|page| drop(page.claim(waiting, line, text, outcome)));
        match outcome {
            Outcome::Failed { .. } => lines.join("\n").trim_start().to_owned(),
            _ => joined(&lines),
        }
    }

    fn on_one_line(&mut self, write: impl FnOnce(&mut Page<Vec<u8>>)) -> String {
        let lines = self.lines(write);
        joined(&lines)
    }

    /// What is written to the page, which can not fail here.
    fn lines(&mut self, write: impl FnOnce(&mut Page<Vec<u8>>)) -> Vec<String> {
        write(&mut self.page);
        let written = std::mem::take(self.page.out());
        String::from_utf8_lossy(&written).lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join("   ")
}
