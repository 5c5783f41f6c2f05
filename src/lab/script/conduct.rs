//! How a lesson is run: by whom the wire is held, who sets the pace, and from where.

use std::collections::BTreeMap;

use anyhow::Result;

use super::Run;
use crate::{
    lab::{cue::Cue, grip::Grip, record::Sink},
    lesson::model::Lesson,
    link::{Watch, wire},
    timeline::event::Value,
};

/// Without anything said the lesson runs from its beginning, at the kernel's own pace.
#[derive(Clone, Debug, Default)]
pub struct Conduct {
    /// For whoever holds the wire beside the script.
    pub grip: Grip,
    /// For whoever sets the pace. With it, a claim that does not hold ends nothing but the lines of its hosts.
    pub cue: Option<Cue>,
    /// Runs from this step: the timeline begins with what follows [`crate::lesson::again::cut`], and what has to be
    /// run before the step is run at the kernel's own pace.
    pub from: Option<usize>,
    /// The values that were bound before the cut.
    pub values: BTreeMap<String, Value>,
    /// Whenever states are read, tells all that the kernel says of each socket.
    pub details: bool,
}

/// What a whole run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    pub claims: usize,
    pub failed: usize,
}

/// Runs a whole lesson in the calling thread, which moves into network namespaces of its own where `watch` allows
/// that. Every event goes to `sink` as soon as it is final.
pub fn run(lesson: &Lesson, watch: Watch, sink: Sink<'_>) -> Result<Summary> {
    run_with(lesson, watch, Conduct::default(), sink)
}

/// The same, with the wires of its labs in the hands of whoever has the grip.
pub fn run_in_hand(lesson: &Lesson, watch: Watch, grip: Grip, sink: Sink<'_>) -> Result<Summary> {
    run_with(lesson, watch, Conduct { grip, ..Conduct::default() }, sink)
}

/// The same, conducted so.
pub fn run_with(lesson: &Lesson, watch: Watch, conduct: Conduct, sink: Sink<'_>) -> Result<Summary> {
    let can_be_laid = !lesson.uses_wire() || wire::can_be_laid(watch);
    anyhow::ensure!(
        can_be_laid,
        "its wire needs private namespaces and /proc: not to be had here; see `wiretutor doctor`"
    );
    Run::new(lesson, watch, conduct, sink).lesson()
}
