//! What is looked at on the ladder, and what the hands would take.

use super::{Kind, Lab, Study};
use crate::{face::tui::reel::Place, timeline::event::LinkKind};

impl Study {
    /// The rung that is looked at.
    pub(super) fn chosen_rung(&self) -> Option<usize> {
        let count = self.reel.rungs_at(self.position());
        let last = count.checked_sub(1)?;
        Some(self.rung.map_or_else(|| self.telling_rung(last), |rung| rung.min(last)))
    }

    /// Unless something was chosen, what is in our hands is looked at: the frame that a key would take. Otherwise the
    /// newest one.
    fn telling_rung(&self, last: usize) -> usize {
        let position = self.position();
        if let Some(held) = self.held_longest() {
            return self.reel.rungs_at(self.reel.frames()[held].event).min(last);
        }
        let is_frame = |rung: &usize| match self.reel.rungs()[*rung].kind {
            Kind::Frame(frame) => !self.reel.frames()[frame].is_twin_at(position),
            _ => false,
        };
        let is_stage = |rung: &usize| matches!(self.reel.rungs()[*rung].kind, Kind::Stage { fresh: true });
        let of_these_hosts = (0..=last).rev().take_while(|rung| !is_stage(rung)).find(is_frame);
        of_these_hosts.unwrap_or(last)
    }

    /// The frame that is looked at, by its place in the reel.
    pub(super) fn chosen_frame(&self) -> Option<usize> {
        match self.reel.rungs().get(self.chosen_rung()?)?.kind {
            Kind::Frame(frame) | Kind::Arrival { first: frame, .. } => Some(frame),
            _ => None,
        }
    }

    /// The frame that the hands would take: the chosen one if it is held, otherwise the one that is held longest.
    pub(super) fn in_hand(&self) -> Option<usize> {
        let is_held =
            |frame: &usize| matches!(self.reel.frames()[*frame].at(self.reel.len()).place, Place::Held { .. });
        let held_longest = self.held_longest()?;
        self.chosen_frame().filter(is_held).or(Some(held_longest))
    }

    fn held_longest(&self) -> Option<usize> {
        if !self.is_live_wire() {
            return None;
        }
        self.reel.now().held.keys().find_map(|id| self.reel.frame_numbered(*id))
    }

    /// Whether there is a wire, now, that hands can be laid on.
    pub(super) fn is_live_wire(&self) -> bool {
        let has_hosts = self.lab != Lab::Over && !self.are_hosts_gone;
        self.is_now() && has_hosts && self.reel.now().link == LinkKind::Wire
    }
}
