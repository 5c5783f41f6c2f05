//! What the app asks of the world outside: it opens no socket and no file itself.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use super::capture::news::CaptureEffect;
use crate::{
    lab::cue::{Far, Standing},
    lesson::script::{Line, Treatment},
    timeline::event::{BlockRef, FrameId, Value},
};

#[derive(Clone, Debug)]
pub enum Effect {
    Quit,
    Suspend,
    /// Everything is to be drawn anew: something else has written on the screen.
    Redraw,
    /// A lesson of this name, from its beginning.
    Begin(String),
    /// Two hosts, a wire, and no lesson.
    FreePlay,
    Open(PathBuf),
    /// The lab runs again, with fresh hosts, and waits in this step.
    Again {
        step: usize,
        values: BTreeMap<String, Value>,
    },
    /// The lesson has been told.
    LeaveLesson,
    LeaveCapture,
    Cue(Cued),
    Wire(Wired),
    /// The learner has come so far.
    Reached(Reached),
    /// What the screens of a capture ask for.
    Capture(Vec<CaptureEffect>),
    TourSeen,
}

/// What is kept of a learner's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    Step(usize),
    Answer { at: BlockRef, chosen: Vec<usize>, right: bool },
    Solved(BlockRef),
    Skipped(BlockRef),
    Hints { at: BlockRef, count: usize },
    End,
}

/// What the script is told.
#[derive(Clone, Debug)]
pub enum Cued {
    /// From where it stood when the key was pressed.
    GoOn(Standing, Far),
    Say(Box<Line>),
    Judge,
    Skip,
}

/// What is done with the wire, by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wired {
    Hold,
    Flow,
    Slow(Option<Duration>),
    Deliver(FrameId),
    Treat(FrameId, Treatment),
}
