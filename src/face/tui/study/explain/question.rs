//! A question, its choices, and what the answer was worth.

use super::{
    super::answers::{Answer, is_right},
    Telling, Told, next_run,
};
use crate::{
    face::{
        prose,
        text::{
            Line, Style,
            line::{Ink, hang},
            wrap::wrap,
        },
        tui::reel::Stage,
    },
    lesson::model::{Block, Choice, Prediction},
    timeline::event::BlockRef,
};

impl Telling<'_> {
    /// Whether what stands behind the question may be told.
    pub(super) fn question(&self, place: BlockRef, prediction: &Prediction, blocks: &[Block], told: &mut Told) -> bool {
        let is_over = self.stage_of(next_run(place, blocks)) != Stage::NotYet;
        if !is_over && self.class.is_some_and(|class| !class.has_seen(place)) {
            return false;
        }
        let is_settled = self.is_settled(place, blocks);
        let answer = self.answers.to(place).or(self.unspoken(is_over && is_settled));
        let asked = self.asked.filter(|(asked, _)| *asked == place);
        let sign = Line::styled("? ", Style::of(Ink::Waits).bold());
        let asks = prose::blocks(&prediction.question, self.narrowed(2), self.live);
        told.part(hang(asks, &sign, &Line::spaces(2)));
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
            let by = next_run(place, blocks);
            told.turn();
            told.answered_by = Some(by);
            told.part(self.verdict(prediction, answer, self.is_broken(by)));
        }
        answer.is_some() || is_over
    }

    /// What counts where nobody has chosen: a class has answered aloud, and is told what is right.
    fn unspoken(&self, is_settled: bool) -> Option<&Answer> {
        (is_settled && self.class.is_some()).then_some(&Answer::Skipped)
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
        next.block >= blocks.len() || self.stage_of(next) == Stage::Done
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
    fn verdict(&self, prediction: &Prediction, answer: &Answer, is_broken: bool) -> Vec<Line> {
        let right = letters(prediction.choices.iter().enumerate().filter(|(_, choice)| choice.right).map(|(at, _)| at));
        let marks = self.look.palette.marks;
        let is_right = is_right(prediction, answer);
        let (said, replies): (Line, Vec<&Choice>) = match answer {
            Answer::Skipped => {
                (Line::styled(&format!("It is {right}."), Style::STRONG), of(prediction, |choice| choice.right))
            }
            Answer::Chosen(_) if is_right => {
                let came = if is_broken { "and that is right" } else { "and so it was" };
                let line = Line::styled(&format!("{} You said {right}, {came}.", marks.held), Style::GOOD.bold());
                (line, of(prediction, |choice| choice.right))
            }
            Answer::Chosen(chosen) => {
                let said = letters(chosen.iter().copied());
                let was = if is_broken { "is" } else { "was" };
                let line = Line::styled(&format!("{} You said {said}. It {was} {right}.", marks.failed), Style::BAD);
                let theirs = prediction.choices.iter().enumerate();
                let theirs = theirs.filter(|(at, choice)| chosen.contains(at) || choice.right);
                (line, theirs.map(|(_, choice)| choice).collect())
            }
        };
        let not_seen = if is_broken { " This run does not show it: see below." } else { "" };
        let said = said.with(not_seen, Style::WARNING);
        let mut lines = wrap(&said, self.look.width);
        for choice in replies {
            let bar = Line::styled(marks.quote, Style::of(Ink::Rule)).with(" ", Style::PLAIN);
            lines.extend(hang(prose::blocks(&choice.reply, self.narrowed(2), self.live), &bar, &bar));
        }
        lines
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

/// The key of a choice.
#[must_use]
pub fn letter(choice: usize) -> char {
    u8::try_from(choice).ok().and_then(|at| b'a'.checked_add(at)).map_or('?', char::from)
}

fn letters(choices: impl Iterator<Item = usize>) -> String {
    choices.map(|at| letter(at).to_string()).collect::<Vec<_>>().join(" and ")
}
