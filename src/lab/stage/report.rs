//! What a stage hears.

use std::time::Instant;

use crate::{
    kernel::clock::Stamp,
    lab::{actor::ActorReport, hands::HandsReport},
    link::{
        capture::CaptureReport,
        wire::{Decision, WireReport},
    },
    timeline::event::{FrameId, What},
};

/// Whatever the threads of a lab have to say.
#[derive(Debug)]
pub enum Report {
    Actor(ActorReport),
    Capture(CaptureReport),
    Wire(Vec<WireReport>),
    Hands(HandsReport),
    /// Somebody beside the script has done this with the wire.
    Hand(HandDeed),
    /// Nothing; but the stage should look around.
    Nudge,
    /// The stage's own word: it has taken in whatever was said before it.
    CaughtUp,
}

impl HandDeed {
    pub(in crate::lab) fn told(&self) -> What {
        What::Hand { text: self.text.clone(), frame: self.frame }
    }
}

impl Report {
    /// Whether a frame or a call is not where it was.
    pub(super) fn moves_something(&self) -> bool {
        match self {
            Self::Actor(_) | Self::Capture(CaptureReport::Frame(_)) => true,
            Self::Wire(_) => !self.is_only_an_answer(),
            _ => false,
        }
    }

    /// Whether it tells of nothing but a host that sends again what we hold: nobody has got anything.
    pub(super) fn is_only_a_repetition(&self) -> bool {
        let repeats = |report: &WireReport| match report {
            WireReport::Entered(_) | WireReport::Drained { .. } => true,
            WireReport::Decided { decision, .. } => matches!(decision, Decision::TwinOf(_)),
            _ => false,
        };
        matches!(self, Self::Wire(news) if news.iter().all(repeats))
    }

    /// Whether it says nothing but that there is nothing to say.
    pub(super) fn is_only_an_answer(&self) -> bool {
        match self {
            Self::Capture(report) => matches!(report, CaptureReport::Drained { .. }),
            Self::Wire(news) => news.iter().all(|report| matches!(report, WireReport::Drained { .. })),
            _ => false,
        }
    }
}

/// How much has moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    all: u64,
    repetitions: u64,
}

impl Moves {
    pub(super) fn note(&mut self, report: &Report) {
        if report.moves_something() {
            self.all += 1;
            self.repetitions += u64::from(report.is_only_a_repetition());
        }
    }

    /// Whether nothing has happened since but that a host sends again what we hold.
    #[must_use]
    pub const fn only_repeat_since(self, before: Self) -> bool {
        self.all - before.all == self.repetitions - before.repetitions
    }
}

/// What somebody beside the script has done with the wire.
#[derive(Clone, Debug)]
pub struct HandDeed {
    /// In the words of a `wire` line.
    pub text: String,
    pub at: Stamp,
    /// The frame that it was done to, where it was one.
    pub frame: Option<FrameId>,
    /// By when it is done, where that takes its time.
    pub until: Option<Instant>,
}
