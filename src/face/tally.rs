//! What a lesson's run came to: its claims counted, its failures kept.

use std::time::Duration;

use crate::{
    kernel::clock::Stamp,
    timeline::event::{Event, LineRef, Outcome, TYPED, What},
};

/// Folded from the events of one run, in their order.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Claims that were checked, those that failed included.
    pub checked: usize,
    /// Claims about packets that nobody could see.
    pub unwatched: usize,
    pub failures: Vec<Failure>,
    /// The lesson came to its end.
    pub ended: bool,
    span: Option<(Stamp, Stamp)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where it stands in the lesson's file.
    pub line: LineRef,
    /// The claim as it is written.
    pub text: String,
    /// What is wrong, on one line.
    pub message: String,
    /// The same, drawn on the source line.
    pub report: String,
}

impl Tally {
    #[must_use]
    pub fn of<'e>(events: impl IntoIterator<Item = &'e Event>) -> Self {
        let mut tally = Self::default();
        for event in events {
            tally.add(event);
        }
        tally
    }

    pub fn add(&mut self, event: &Event) {
        let begin = self.span.map_or(event.at, |(begin, _)| begin);
        self.span = Some((begin, event.at));
        match &event.what {
            What::Claim { line: TYPED, .. } => {}
            What::Claim { line, text, outcome } => self.claim(*line, text, outcome),
            What::LessonEnd { .. } => self.ended = true,
            _ => {}
        }
    }

    fn claim(&mut self, line: LineRef, text: &str, outcome: &Outcome) {
        match outcome {
            Outcome::Held { .. } => self.checked += 1,
            Outcome::NotWatched => self.unwatched += 1,
            Outcome::Failed { message, report } => {
                self.checked += 1;
                self.failures.push(Failure {
                    line,
                    text: text.into(),
                    message: message.clone(),
                    report: report.clone(),
                });
            }
        }
    }

    /// From the first event to the last.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.span.map_or(Duration::ZERO, |(begin, end)| end.since(begin))
    }
}

impl Failure {
    /// The drawn report, or the message where nothing could be drawn.
    #[must_use]
    pub fn drawn(&self) -> &str {
        if self.report.is_empty() { &self.message } else { &self.report }
    }
}
