//! The lesson's text in the order in which it is told, with the lab blocks between.
//!
//! A prediction's answer is kept back until the lab block after it is over; where no lab block follows in the step,
//! it comes at once. Prose behind a lab block is told when the block has ended, so that its live values are known.

use crate::{
    face::{
        prose::{self, Live},
        text::{Line, Look, Style, line::hang},
    },
    lesson::model::{Block, Challenge, Choice, Lesson, Prediction, Prose},
};

/// A place in a lesson.
#[derive(Debug)]
pub(super) struct Story<'l> {
    lesson: &'l Lesson,
    step: &'l [Block],
    /// The next block of the step that is not told yet.
    next: usize,
    /// That block is a challenge and its goal is told; what remains is to run it.
    goal_told: bool,
    /// Predictions that wait for the end of a lab block.
    unanswered: Vec<&'l Prediction>,
}

impl<'l> Story<'l> {
    pub(super) const fn new(lesson: &'l Lesson) -> Self {
        Self { lesson, step: &[], next: 0, goal_told: false, unanswered: Vec::new() }
    }

    /// What stands before the first step.
    pub(super) fn opening(&mut self, look: Look, live: Live) -> Vec<Line> {
        self.turn_to(&self.lesson.opening, look, live)
    }

    /// The step's blocks up to the first one that is run.
    pub(super) fn step(&mut self, step: usize, look: Look, live: Live) -> Vec<Line> {
        self.turn_to(self.lesson.steps.get(step).map_or(&[], |step| &step.blocks), look, live)
    }

    fn turn_to(&mut self, step: &'l [Block], look: Look, live: Live) -> Vec<Line> {
        self.step = step;
        self.next = 0;
        self.goal_told = false;
        self.tell(look, live)
    }

    /// What stands before this lab block and was not told; the block itself counts as told.
    pub(super) fn lab(&mut self, block: usize, look: Look, live: Live) -> Vec<Line> {
        let mut told = Told::default();
        told.add(self.tell(look, live));
        // Blocks that should have been run and were not: what stands between them is told all the same.
        while self.next < block.min(self.step.len()) {
            self.pass();
            told.add(self.tell(look, live));
        }
        self.pass();
        told.0
    }

    /// Leaves a block that is run behind.
    const fn pass(&mut self) {
        self.next += 1;
        self.goal_told = false;
    }

    /// The answers that waited for this lab block, and the text after it.
    pub(super) fn lab_end(&mut self, look: Look, live: Live) -> Vec<Line> {
        let mut told = Told::default();
        for prediction in std::mem::take(&mut self.unanswered) {
            told.add(answer(prediction, look, live));
        }
        told.add(self.tell(look, live));
        told.0
    }

    /// Whether this block of the step is a challenge, whose lab is one way to reach its goal.
    pub(super) fn is_challenge(&self, block: usize) -> bool {
        matches!(self.step.get(block), Some(Block::Challenge(_)))
    }

    /// Everything up to the next block that is run, and that block's goal if it is a challenge.
    fn tell(&mut self, look: Look, live: Live) -> Vec<Line> {
        let mut told = Told::default();
        while let Some(block) = self.step.get(self.next) {
            match block {
                Block::Lab(_) => break,
                Block::Challenge(challenge) => {
                    if !std::mem::replace(&mut self.goal_told, true) {
                        told.add(goal(challenge, look, live));
                    }
                    break;
                }
                Block::Prose(prose) => told.add(prose::blocks(std::slice::from_ref(prose), look, live)),
                Block::Predict(prediction) => told.add(self.predict(prediction, look, live)),
            }
            self.next += 1;
        }
        told.0
    }

    /// The question, and the answer too if nothing follows that would give it.
    fn predict(&mut self, prediction: &'l Prediction, look: Look, live: Live) -> Vec<Line> {
        let mut told = Told::default();
        told.add(question(prediction, look, live));
        if self.lab_follows() {
            self.unanswered.push(prediction);
        } else {
            told.add(answer(prediction, look, live));
        }
        told.0
    }

    fn lab_follows(&self) -> bool {
        self.step[self.next..].iter().any(|block| matches!(block, Block::Lab(_) | Block::Challenge(_)))
    }
}

/// Paragraphs with empty lines between them.
#[derive(Default)]
struct Told(Vec<Line>);

impl Told {
    fn add(&mut self, lines: Vec<Line>) {
        if !self.0.is_empty() && !lines.is_empty() {
            self.0.push(Line::new());
        }
        self.0.extend(lines);
    }
}

fn narrower(look: Look, lead: &Line) -> Look {
    Look { width: look.width.saturating_sub(lead.width()).max(10), ..look }
}

/// Prose behind a lead, its further lines under the first.
fn led(lead: &Line, prose: &[Prose], look: Look, live: Live) -> Vec<Line> {
    hang(prose::blocks(prose, narrower(look, lead), live), lead, &Line::spaces(lead.width()))
}

fn letters() -> impl Iterator<Item = String> {
    ('a'..='z').map(String::from).chain((27..).map(|number| number.to_string()))
}

fn question(prediction: &Prediction, look: Look, live: Live) -> Vec<Line> {
    let mut lines =
        led(&Line::styled("?", Style::WARNING.bold()).with(" ", Style::PLAIN), &prediction.question, look, live);
    if prediction.several {
        lines.push(Line::styled("  More than one is right.", Style::FAINT));
    }
    for (letter, choice) in letters().zip(&prediction.choices) {
        let lead = Line::plain("  ").with(&letter, Style::STRONG).with("  ", Style::PLAIN);
        let text = prose::paragraph(&choice.text, Style::PLAIN, narrower(look, &lead), live);
        lines.extend(hang(text, &lead, &Line::spaces(lead.width())));
    }
    lines
}

fn answer(prediction: &Prediction, look: Look, live: Live) -> Vec<Line> {
    let lettered = || letters().zip(&prediction.choices);
    let mut lines = Vec::new();
    for (letter, choice) in lettered().filter(|(_, choice)| choice.right) {
        let lead = Line::styled("Answer: ", Style::STRONG).with(&letter, Style::STRONG).with("  ", Style::PLAIN);
        let text = prose::paragraph(&choice.text, Style::STRONG, narrower(look, &lead), live);
        lines.extend(hang(text, &lead, &Line::spaces(lead.width())));
        lines.extend(reply(&Line::spaces(2), choice, look, live));
    }
    for (letter, choice) in lettered().filter(|(_, choice)| !choice.right) {
        lines.extend(reply(&Line::styled(&format!("  Not {letter}: "), Style::FAINT), choice, look, live));
    }
    lines
}

fn reply(lead: &Line, choice: &Choice, look: Look, live: Live) -> Vec<Line> {
    led(lead, &choice.reply, look, live)
}

fn goal(challenge: &Challenge, look: Look, live: Live) -> Vec<Line> {
    let mut told = Told::default();
    told.add(led(&Line::styled("Challenge: ", Style::WARNING.bold()), &challenge.goal, look, live));
    for (number, hint) in (1..).zip(&challenge.hints) {
        told.add(led(&Line::styled(&format!("  Hint {number}: "), Style::STRONG), hint, look, live));
    }
    told.0
}
