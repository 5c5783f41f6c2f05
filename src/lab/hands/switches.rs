//! Whose hand holds: a person's switches are not the script's, and neither lets go what the other one holds.

use super::{BY_HAND, Hands, RuleId, twins::Twins};
use crate::{
    lab::pattern::Filter,
    link::wire::{Decision, Frame, FrameId, Held},
};

impl Hands {
    /// A person opens the hand: what the script holds stays.
    pub(super) fn flow(&mut self, held: &Held) -> Vec<(FrameId, Decision)> {
        self.holds.retain(|(rule, _)| *rule != BY_HAND);
        self.held_by_hand.clear();
        self.release_unheld(held)
    }

    /// The script undoes all that it has set: a person's switches are not its own.
    pub(super) fn free_script(&mut self, held: &Held) -> Vec<(FrameId, Decision)> {
        self.holds.retain(|(rule, _)| *rule == BY_HAND);
        self.held_by_script.clear();
        let released = self.release_unheld(held);
        let (book, report) = (self.book.clone(), self.report.clone());
        let (holds, held_by_hand) = (std::mem::take(&mut self.holds), std::mem::take(&mut self.held_by_hand));
        let (slow, twins) = (self.slow.anew(), std::mem::take(&mut self.twins));
        // What is still held by hand goes on to have its twins.
        let twins = if held_by_hand.is_empty() { Twins::default() } else { twins };
        *self = Self { holds, held_by_hand, slow, twins, ..Self::new(book, report) };
        released
    }

    fn release_unheld(&mut self, held: &Held) -> Vec<(FrameId, Decision)> {
        let is_held = |id: &FrameId| self.held_by_hand.contains(id) || self.held_by_script.contains(id);
        let loose: Vec<&Frame> = held.iter().filter(|frame| !is_held(&frame.id)).collect();
        loose.into_iter().map(|frame| self.let_pass(frame)).collect()
    }

    pub(super) fn hold(&mut self, rule: RuleId, filter: Option<Filter>) {
        // A switch that is on already is not switched on twice.
        let is_on = rule == BY_HAND && self.holds.iter().any(|(known, _)| *known == BY_HAND);
        if !is_on {
            self.holds.push((rule, filter));
        }
    }
}
