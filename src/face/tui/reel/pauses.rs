//! Where the lab waited for whoever has it: nothing happened, and what came next was begun by hand.

use crate::{
    kernel::clock::Stamp,
    timeline::event::{Event, What},
};

/// Nobody reads and goes on in less: shorter ones are the script's own doing.
const LEAST_NS: u64 = 50_000_000;

/// From the last thing that happened to the one that was begun then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// What was begun.
    pub event: usize,
    pub from: Stamp,
    pub to: Stamp,
}

#[derive(Debug, Default)]
pub(super) struct Pauses(Vec<Pause>);

impl Pauses {
    /// `before` is the event before it.
    pub(super) fn note(&mut self, at: usize, event: &Event, before: Option<&Event>) {
        let Some(before) = before.filter(|_| is_begun(&event.what)) else { return };
        if event.at.0.saturating_sub(before.at.0) >= LEAST_NS {
            self.0.push(Pause { event: at, from: before.at, to: event.at });
        }
    }

    pub(super) fn within(&self, events: &std::ops::Range<usize>) -> &[Pause] {
        let begin = self.0.partition_point(|pause| pause.event < events.start);
        let end = self.0.partition_point(|pause| pause.event < events.end);
        &self.0[begin.min(end)..end]
    }
}

/// Whether a learner begins it, by going on or by hand.
const fn is_begun(what: &What) -> bool {
    matches!(what, What::Step { .. } | What::Lab { .. } | What::Line { .. } | What::Hand { .. })
}
