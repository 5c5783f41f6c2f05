//! The explanation: the text of one step as far as it has been told, with its questions and its live values.
//!
//! A step is told up to the next block that is to be run, or up to a question that waits for its answer. What a
//! question's answer was worth is said when the block behind it has run.

use super::{
    answers::{Answer, Answers, is_right},
    present::Class,
    reading::time_read,
};
use crate::{
    face::{
        prose::{self, Live},
        text::{
            Line, Look, Style,
            line::{Ink, hang},
            wrap::wrap,
        },
        tui::reel::{Marks, Reel, Stage},
    },
    lesson::model::{Block, Challenge, Choice, Lesson, Prediction, Prose},
    timeline::event::{BlockRef, Outcome, What},
};

/// What the explanation is made from.
#[derive(Clone, Copy)]
pub struct Telling<'t> {
    pub lesson: &'t Lesson,
    pub reel: &'t Reel,
    pub position: usize,
    pub answers: &'t Answers,
    /// The question that is asked now, and the choice that is pointed at.
    pub asked: Option<(BlockRef, Option<usize>)>,
    /// Choices that are marked and not confirmed, where several may be right.
    pub marked: &'t std::collections::BTreeSet<usize>,
    /// A class that looks on: what it has not been shown stays hidden.
    pub class: Option<&'t Class>,
    pub look: Look,
    pub live: Live<'t>,
}

/// Lines, and what is to be known of them.
#[derive(Debug, Default)]
pub struct Told {
    pub lines: Vec<Line>,
    /// Where the part begins that was told last.
    pub newest: usize,
    /// The lines on which a choice stands.
    pub choices: Vec<(std::ops::Range<usize>, usize)>,
    /// More lines stay free between parts.
    is_roomy: bool,
}

impl Told {
    fn part(&mut self, lines: Vec<Line>) {
        if lines.is_empty() {
            return;
        }
        if !self.lines.is_empty() {
            self.lines.extend(vec![Line::new(); 1 + usize::from(self.is_roomy)]);
        }
        self.newest = self.lines.len();
        self.lines.extend(lines);
    }
}

impl Telling<'_> {
    fn marks(&self) -> &Marks {
        self.reel.marks()
    }

    /// The step that stands at this position; before the first one, the lesson's opening.
    #[must_use]
    pub fn tell(&self) -> Told {
        let mut told = Told { is_roomy: self.is_roomy(), ..Told::default() };
        let step = self.marks().step_at(self.position);
        if step.unwrap_or(0) == 0 {
            self.opening(&mut told);
        }
        let Some(step) = step else { return told };
        let Some(content) = self.lesson.steps.get(step) else { return told };
        // The pane is called like the step; only what stands before the first one has to be told apart.
        if let Some(class) = self.class {
            told.part(class.heading(&content.title, self.look, self.live));
        } else if step == 0 && !told.lines.is_empty() {
            told.part(prose::paragraph(&content.title, Style::of(Ink::Heading).bold(), self.look, self.live));
        }
        self.blocks(step, &content.blocks, &mut told);
        self.failures(step, &mut told);
        told
    }

    /// What the lesson claims, and is not so in this run.
    fn failures(&self, step: usize, told: &mut Told) {
        let began = self.marks().step(step).unwrap_or(0);
        for (text, message) in self.newest_failures(began) {
            let mark = Line::styled(self.look.palette.marks.failed, Style::BAD).with(" ", Style::PLAIN);
            let claim = wrap(&Line::styled(text, Style::CODE), self.look.width.saturating_sub(2));
            let mut lines = hang(claim, &mark, &Line::spaces(2));
            let said = Line::plain(&format!("does not hold in this run: {message}."));
            lines.extend(hang(wrap(&said, self.look.width.saturating_sub(2)), &Line::spaces(2), &Line::spaces(2)));
            told.part(lines);
            told.part(wrap(&Line::styled(&self.why(step, began), Style::FAINT), self.look.width));
        }
    }

    /// A claim may be tried again and again: what it came to last counts.
    fn newest_failures(&self, began: usize) -> Vec<(&str, &str)> {
        let mut newest: Vec<(&str, &str)> = Vec::new();
        for event in self.reel.failures(began, self.position) {
            let What::Claim { text, outcome: Outcome::Failed { message, .. }, .. } = &event.what else { continue };
            newest.retain(|(before, _)| before != text);
            newest.push((text, message));
        }
        newest
    }

    /// Whether the learner is at a challenge of this step: what does not hold then is only not so yet.
    fn is_tried(&self, step: usize) -> bool {
        let blocks = self.lesson.steps.get(step).map_or(&[][..], |step| &step.blocks[..]);
        let mut challenges = (0..).zip(blocks).filter(|(_, block)| matches!(block, Block::Challenge(_)));
        challenges.any(|(block, _)| self.marks().stage_of(BlockRef { step, block }, self.position) == Stage::Running)
    }

    /// What a learner who sees it should know.
    fn why(&self, step: usize, began: usize) -> String {
        if self.is_tried(step) {
            return "The goal is not reached yet. Go on trying; `r` begins this step again, with fresh hosts."
                .to_owned();
        }
        let by_hand =
            self.reel.events()[began..self.position].iter().any(|event| matches!(event.what, What::Hand { .. }));
        if by_hand {
            return "You took the wire in hand, and the kernels did what they had to: that is no fault. `r` runs this \
                    step again, as the lesson means it."
                .to_owned();
        }
        let read = time_read(&self.reel.events()[..self.position]);
        if !read.is_zero() {
            return format!(
                "Before that these hosts stood still for {} s while somebody read, and their kernels' timers went on: \
                 that is no fault. `r` runs this step again, with fresh hosts.",
                read.as_secs()
            );
        }
        "`r` runs this step again. If it fails again, this kernel is different: please report it.".to_owned()
    }

    fn opening(&self, told: &mut Told) {
        let opening: Vec<Prose> = self.lesson.opening.iter().filter_map(as_prose).cloned().collect();
        told.part(prose::blocks(&opening, self.look, self.live));
    }

    fn blocks(&self, step: usize, blocks: &[Block], told: &mut Told) {
        let mut prose_since = Vec::new();
        for (at, block) in blocks.iter().enumerate() {
            let place = BlockRef { step, block: at };
            if let Block::Prose(prose) = block {
                prose_since.push(prose.clone());
                continue;
            }
            told.part(prose::blocks(&std::mem::take(&mut prose_since), self.look, self.live));
            let goes_on = match block {
                Block::Predict(prediction) => self.question(place, prediction, blocks, told),
                Block::Lab(_) => self.marks().stage_of(place, self.position) == Stage::Done,
                Block::Challenge(challenge) => self.challenge(place, challenge, told),
                Block::Prose(_) => true,
            };
            if !goes_on {
                return;
            }
        }
        told.part(prose::blocks(&prose_since, self.look, self.live));
    }

    /// Whether what stands behind the question may be told.
    fn question(&self, place: BlockRef, prediction: &Prediction, blocks: &[Block], told: &mut Told) -> bool {
        let is_over = self.marks().stage_of(next_run(place, blocks), self.position) != Stage::NotYet;
        if !is_over && self.class.is_some_and(|class| !class.has_seen(place)) {
            return false;
        }
        let is_settled = self.is_settled(place, blocks);
        let answer = self.answers.to(place).or(self.unspoken(is_over && is_settled));
        let asked = self.asked.filter(|(asked, _)| *asked == place);
        told.part(prose::blocks(&prediction.question, self.narrowed(2), self.live));
        if let Some(first) = told.lines.get_mut(told.newest) {
            let mut line = Line::styled("? ", Style::of(Ink::Waits).bold());
            line.append(first);
            *first = line;
        }
        let indent = Line::spaces(2);
        let rest: Vec<Line> = told.lines.drain(told.newest + 1..).collect();
        told.lines.extend(hang(rest, &indent, &indent));
        for (at, choice) in prediction.choices.iter().enumerate() {
            let shown = Shown {
                is_pointed_at: asked.is_some_and(|(_, pointed)| pointed == Some(at)),
                is_chosen: self.is_chosen(place, at, asked.is_some()),
                verdict: (is_settled && answer.is_some()).then_some(choice.right),
            };
            let lines = self.choice(at, choice, shown);
            if told.is_roomy {
                told.lines.push(Line::new());
            }
            told.choices.push((told.lines.len()..told.lines.len() + lines.len(), at));
            told.lines.extend(lines);
        }
        if let (true, Some(answer)) = (is_settled, answer) {
            told.part(self.verdict(prediction, answer));
        }
        answer.is_some() || is_over
    }

    /// What counts where nobody has chosen: a class has answered aloud, and is told what is right.
    fn unspoken(&self, is_settled: bool) -> Option<&Answer> {
        (is_settled && self.class.is_some()).then_some(&Answer::Skipped)
    }

    fn is_roomy(&self) -> bool {
        self.class.is_some_and(|class| class.is_roomy)
    }

    fn is_chosen(&self, place: BlockRef, choice: usize, is_asked: bool) -> bool {
        match self.answers.to(place) {
            Some(Answer::Chosen(chosen)) => chosen.contains(&choice),
            Some(Answer::Skipped) => false,
            None => is_asked && self.marked.contains(&choice),
        }
    }

    /// Whether the packets have answered: the block behind the question has run, or there is none.
    fn is_settled(&self, place: BlockRef, blocks: &[Block]) -> bool {
        let next = next_run(place, blocks);
        next.block >= blocks.len() || self.marks().stage_of(next, self.position) == Stage::Done
    }

    fn choice(&self, at: usize, choice: &Choice, shown: Shown) -> Vec<Line> {
        let marks = self.look.palette.marks;
        let (sign, style) = match (shown.verdict, shown.is_chosen) {
            (Some(true), _) => (marks.held, Style::GOOD),
            (Some(false), true) => (marks.failed, Style::BAD),
            (_, true) => (marks.dot, Style::of(Ink::Waits).bold()),
            _ => (" ", Style::PLAIN),
        };
        let pointer = if shown.is_pointed_at { marks.becomes } else { " " };
        let first = Line::styled(pointer, Style::of(Ink::Waits).bold())
            .with(&format!("{sign} "), style)
            .with(&format!("{} ", letter(at)), Style::of(Ink::Key).bold());
        let lead = first.width();
        let style = if shown.is_chosen { Style::STRONG } else { Style::PLAIN };
        hang(prose::paragraph(&choice.text, style, self.narrowed(lead), self.live), &first, &Line::spaces(lead))
    }

    /// What was said, what happened, and why: side by side with the choice that was made.
    fn verdict(&self, prediction: &Prediction, answer: &Answer) -> Vec<Line> {
        let right = letters(prediction.choices.iter().enumerate().filter(|(_, choice)| choice.right).map(|(at, _)| at));
        let marks = self.look.palette.marks;
        let is_right = is_right(prediction, answer);
        let (said, replies): (Line, Vec<&Choice>) = match answer {
            Answer::Skipped => {
                (Line::styled(&format!("It is {right}."), Style::STRONG), of(prediction, |choice| choice.right))
            }
            Answer::Chosen(_) if is_right => (
                Line::styled(&format!("{} You said {right}, and so it was.", marks.held), Style::GOOD.bold()),
                of(prediction, |choice| choice.right),
            ),
            Answer::Chosen(chosen) => {
                let said = letters(chosen.iter().copied());
                let line = Line::styled(&format!("{} You said {said}. It was {right}.", marks.failed), Style::BAD);
                let theirs = prediction.choices.iter().enumerate();
                let theirs = theirs.filter(|(at, choice)| chosen.contains(at) || choice.right);
                (line, theirs.map(|(_, choice)| choice).collect())
            }
        };
        let mut lines = wrap(&said, self.look.width);
        for choice in replies {
            let bar = Line::styled(marks.quote, Style::of(Ink::Rule)).with(" ", Style::PLAIN);
            lines.extend(hang(prose::blocks(&choice.reply, self.narrowed(2), self.live), &bar, &bar));
        }
        lines
    }

    /// Whether what stands behind the challenge may be told.
    fn challenge(&self, place: BlockRef, challenge: &Challenge, told: &mut Told) -> bool {
        told.part(prose::blocks(&challenge.goal, self.look, self.live));
        let taken = self.answers.hints(place);
        for (at, hint) in challenge.hints.iter().take(taken).enumerate() {
            let lead = Line::styled(&format!("Hint {} ", at + 1), Style::of(Ink::Key));
            let indent = Line::spaces(2);
            let lines = hang(prose::blocks(hint, self.narrowed(9), self.live), &lead, &indent);
            told.part(lines);
        }
        if taken > challenge.hints.len() {
            told.part(self.one_way(challenge));
        }
        self.marks().stage_of(place, self.position) == Stage::Done
    }

    fn one_way(&self, challenge: &Challenge) -> Vec<Line> {
        let lines = challenge.answer.iter().map(|line| Line::spaces(4).with(&line.text, Style::CODE));
        std::iter::once(Line::styled("One way:", Style::of(Ink::Key))).chain(lines).collect()
    }

    fn narrowed(&self, by: usize) -> Look {
        Look { width: self.look.width.saturating_sub(by).max(2), ..self.look }
    }
}

impl std::fmt::Debug for Telling<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telling").field("position", &self.position).finish_non_exhaustive()
    }
}

/// How one choice is shown.
#[derive(Clone, Copy)]
struct Shown {
    is_pointed_at: bool,
    is_chosen: bool,
    /// Whether it was right, once that is known.
    verdict: Option<bool>,
}

fn of(prediction: &Prediction, is_meant: impl Fn(&Choice) -> bool) -> Vec<&Choice> {
    prediction.choices.iter().filter(|choice| is_meant(choice)).collect()
}

fn as_prose(block: &Block) -> Option<&Prose> {
    match block {
        Block::Prose(prose) => Some(prose),
        _ => None,
    }
}

/// The next block that is run behind this one; behind the last block where there is none.
#[must_use]
pub fn next_run(place: BlockRef, blocks: &[Block]) -> BlockRef {
    let runs = |block: &Block| matches!(block, Block::Lab(_) | Block::Challenge(_));
    let behind = blocks.iter().skip(place.block).position(runs).map_or(blocks.len(), |at| place.block + at);
    BlockRef { block: behind, ..place }
}

/// The key of a choice.
#[must_use]
pub fn letter(choice: usize) -> char {
    u8::try_from(choice).ok().and_then(|at| b'a'.checked_add(at)).map_or('?', char::from)
}

fn letters(choices: impl Iterator<Item = usize>) -> String {
    choices.map(|at| letter(at).to_string()).collect::<Vec<_>>().join(" and ")
}
