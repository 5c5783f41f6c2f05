//! What is looked at on the ladder, and what the hands would take.

use super::{Kind, Lab, Study};
use crate::{face::tui::reel::Place, timeline::event::LinkKind};

/// So many rungs behind a packet that is held it is still in sight, on a small screen too.
pub(super) const NEAR: usize = 6;

impl Study {
    /// The rung that is looked at.
    pub(super) fn chosen_rung(&self) -> Option<usize> {
        let count = self.reel.rungs_at(self.position());
        let last = count.checked_sub(1)?;
        Some(self.rung.map_or_else(|| self.telling_rung(last), |rung| rung.min(last)))
    }

    /// Unless something was chosen, what is in our hands is looked at: the frame that a key would take. Otherwise, and
    /// where so much has happened since that it would not be seen, the newest one.
    fn telling_rung(&self, last: usize) -> usize {
        let position = self.position();
        let held = self.held_first().map(|held| self.reel.rungs_at(self.reel.frames()[held].event).min(last));
        if let Some(rung) = held.filter(|rung| last - rung <= NEAR) {
            return rung;
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

    /// The frame that the hands would take: the chosen one if it is held, otherwise the first.
    pub(super) fn in_hand(&self) -> Option<usize> {
        let is_held =
            |frame: &usize| matches!(self.reel.frames()[*frame].at(self.reel.len()).place, Place::Held { .. });
        let first = self.held_first()?;
        self.chosen_frame().filter(is_held).or(Some(first))
    }

    /// Of those whose packet came into our hands last, the one that is held longest: news first, and each side's packets
    /// in their order.
    fn held_first(&self) -> Option<usize> {
        if !self.is_live_wire() {
            return None;
        }
        let held = || self.reel.now().held.keys().filter_map(|id| self.reel.frame_numbered(*id));
        let sender = |frame: usize| self.reel.frames()[frame].lanes.0;
        let newest = held().max()?;
        held().filter(|frame| sender(*frame) == sender(newest)).min()
    }

    /// Whether there is a wire, now, that hands can be laid on.
    pub(super) fn is_live_wire(&self) -> bool {
        let has_hosts = self.lab != Lab::Over && !self.are_hosts_gone;
        self.is_now() && has_hosts && self.reel.now().link == LinkKind::Wire
    }
}
