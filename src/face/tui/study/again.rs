//! Running a step again, and the list of steps.

use super::{Lab, Study};
use crate::{
    face::{
        plain::Origin,
        tui::{detail::Move, effect::Effect},
    },
    lesson::again::{Cut, cut},
};

impl Study {
    /// The lab runs once more, and waits in this step.
    pub(super) fn again(&mut self, step: usize) -> Vec<Effect> {
        if self.origin == Origin::Recorded {
            self.forget_from(step);
            return self.look_again_at(step);
        }
        let position = match cut(&self.lesson, step) {
            _ if step == 0 => Some(0),
            Cut::Step(step) => self.reel.marks().step(step),
            Cut::Block(block) => self.reel.marks().beginning_of(block),
        };
        let position = position.unwrap_or(self.reel.len());
        let came_to = self.reel.marks().step_at(self.reel.len()).unwrap_or(0);
        if came_to > step {
            self.say(format!("Step {} runs again, with fresh hosts. What came behind it comes after that.", step + 1));
        }
        let values = self.values_at(position);
        self.reel.cut(position);
        self.forget_from(step);
        (self.lab, self.awaited, self.are_hosts_gone) = (Lab::Busy, None, true);
        self.heads_for = Some(step);
        self.at = None;
        self.rung = None;
        self.scrolled = None;
        self.play = None;
        self.forget_choice();
        vec![Effect::Again { step, values }]
    }

    /// From this step on nothing was answered, and of a class nothing was asked.
    fn forget_from(&mut self, step: usize) {
        self.answers.forget_from(step);
        self.class.forget_from(step);
    }

    /// The step that is to be run again: on the way there the lab is in others.
    pub(super) fn again_from_here(&mut self) -> Vec<Effect> {
        self.again(self.heads_for.filter(|_| self.is_now()).unwrap_or_else(|| self.step()))
    }

    /// Who was here before can go on from there.
    pub fn greet(&mut self, key_of_steps: Option<&str>) {
        if let (Some(step), Some(key)) = (self.came_to, key_of_steps) {
            let (at, of) = (step + 1, self.lesson.steps.len());
            self.say(format!("Last time you came to step {at} of {of}: press {key}, then Enter, to go on from there."));
        }
    }

    pub(super) fn list_steps(&mut self) -> Vec<Effect> {
        self.steps = Some(self.came_to.take().unwrap_or_else(|| self.step()));
        Vec::new()
    }

    pub(super) fn close_steps(&mut self) -> Vec<Effect> {
        self.steps = None;
        Vec::new()
    }

    pub(super) fn point_at_step(&mut self, way: Move) {
        let last = self.lesson.steps.len().saturating_sub(1);
        if let Some(at) = &mut self.steps {
            *at = match way {
                Move::Up => at.saturating_sub(1),
                Move::Down => (*at + 1).min(last),
                Move::PageUp | Move::Home => 0,
                Move::PageDown | Move::End => last,
                Move::Left | Move::Right => *at,
            };
        }
    }

    pub(super) fn go_to_step(&mut self) -> Vec<Effect> {
        let Some(step) = self.steps.take() else { return Vec::new() };
        // What has been seen is looked at again; what has not is run up to.
        match self.reel.marks().step(step) {
            Some(_) if step <= self.reel.marks().step_at(self.reel.len()).unwrap_or(0) => self.look_again_at(step),
            _ => self.again(step),
        }
    }

    /// Where the step begins; nothing is run for that.
    fn look_again_at(&mut self, step: usize) -> Vec<Effect> {
        let marks = self.reel.marks();
        let begins = marks.step(step).unwrap_or(0);
        let first = marks.from(begins + 1).next().map_or(self.reel.len(), |(at, _)| at);
        self.look_at(first);
        Vec::new()
    }
}
