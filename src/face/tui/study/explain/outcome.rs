//! What came of a block: claims that do not hold, a challenge that is solved or left out, the end of the lesson.

use super::{
    super::{
        answers::{Answer, is_right},
        reading::time_read,
    },
    Telling, Told,
};
use crate::{
    face::{
        prose,
        text::{
            Line, Style,
            line::{Ink, hang},
            wrap::wrap,
        },
        tui::reel::{Mark, Stage},
    },
    lesson::model::{Block, Challenge},
    timeline::event::{BlockRef, Ending, LineRef, Outcome, TYPED, What},
};

/// A claim that does not hold, and why.
type Refuted<'t> = (&'t str, &'t str);

impl Telling<'_> {
    /// Whether what stands behind the lab may be told.
    pub(super) fn lab(&self, place: BlockRef, told: &mut Told) -> bool {
        let (broken, stage) = (self.broken(place), self.stage_of(place));
        // What came out is news, and begins with the answer that it gave to a question.
        if stage == Stage::Done && told.answered_by != Some(place) {
            told.turn();
        }
        broken.iter().for_each(|refuted| told.part(self.refuted(refuted, "does not hold in this run: ")));
        if !broken.is_empty() {
            told.part(wrap(&Line::styled(&self.why(place), Style::FAINT), self.look.width));
        }
        stage == Stage::Done
    }

    /// Whether a claim of the block does not hold in this run.
    pub(super) fn is_broken(&self, place: BlockRef) -> bool {
        !self.broken(place).is_empty()
    }

    /// What the lesson itself claims in this block, and is not so in this run.
    fn broken(&self, place: BlockRef) -> Vec<Refuted<'_>> {
        let Some(began) = self.marks().beginning_of(place) else { return Vec::new() };
        let end = self.marks().end_of(place).unwrap_or(self.position).min(self.position);
        self.failures(began, end)
            .filter(|(line, _)| self.is_claimed_by(place, *line))
            .map(|(_, refuted)| refuted)
            .collect()
    }

    /// Whether it is a line of the lesson that the block stands on: not one that was typed, nor what a challenge asks
    /// for, which is only not so yet.
    fn is_claimed_by(&self, place: BlockRef, line: LineRef) -> bool {
        match self.lesson.steps.get(place.step).and_then(|step| step.blocks.get(place.block)) {
            Some(Block::Challenge(challenge)) => challenge.setup.iter().any(|setup| setup.number == line),
            _ => line != TYPED,
        }
    }

    fn failures(&self, from: usize, to: usize) -> impl Iterator<Item = (LineRef, Refuted<'_>)> {
        self.reel.failures(from, to).filter_map(|event| match &event.what {
            What::Claim { line, text, outcome: Outcome::Failed { message, .. } } => {
                Some((*line, (text.as_str(), message.as_str())))
            }
            _ => None,
        })
    }

    fn refuted(&self, (text, message): &Refuted<'_>, so: &str) -> Vec<Line> {
        let mark = Line::styled(self.look.palette.marks.failed, Style::BAD);
        self.came_out(&mark, text, &Line::plain(&format!("{so}{message}.")))
    }

    /// A claim behind its mark, and what there is to say of it.
    fn came_out(&self, mark: &Line, text: &str, said: &Line) -> Vec<Line> {
        let indent = Line::spaces(mark.width() + 1);
        let width = self.look.width.saturating_sub(indent.width());
        let mark = mark.clone().with(" ", Style::PLAIN);
        let mut lines = hang(wrap(&Line::styled(text, Style::CODE), width), &mark, &indent);
        if said.width() > 0 {
            lines.extend(hang(wrap(said, width), &indent, &indent));
        }
        lines
    }

    /// What a learner who sees it should know.
    fn why(&self, place: BlockRef) -> String {
        let began = self.marks().step(place.step).unwrap_or(0).min(self.position);
        let events = &self.reel.events()[..self.position];
        let read = time_read(events);
        let why = if events[began..].iter().any(|event| matches!(event.what, What::Hand { .. })) {
            "You took the wire in hand, and the kernels did what they had to: that is no fault. `r` runs this step again, \
             as the lesson means it."
                .to_owned()
        } else if read.is_zero() {
            "`r` runs this step again. If it fails again, this kernel is different: please report it.".to_owned()
        } else {
            format!(
                "Before that these hosts stood still for {} s while somebody read, and their kernels' timers went on: \
                 that is no fault. `r` runs this step again, with fresh hosts.",
                read.as_secs()
            )
        };
        why + " What the lesson says from here on speaks of a run in which it holds."
    }

    /// What came of what was typed last, and what the challenge asks for and is not so: until the next line is run.
    pub(super) fn tried(&self, step: usize, told: &mut Told) {
        let began = self.marks().step(step).unwrap_or(0);
        let last_line = self.marks().before(self.position).find(|(_, mark)| matches!(mark, Mark::Line(_)));
        let since = last_line.map_or(began, |(at, _)| at.max(began));
        let Some((line, refuted)) = self.failures(since, self.position).last() else {
            return self.confirmed(since, told);
        };
        let is_asked_for = self.running_challenge(step).is_some_and(|place| !self.is_claimed_by(place, line));
        if line != TYPED && !is_asked_for {
            return;
        }
        told.turn();
        let so = if line == TYPED { "" } else { "is not so yet: " };
        told.part(self.refuted(&refuted, so));
        if line != TYPED {
            let words = "The goal is not reached yet. Go on trying; `r` begins this step again, with fresh hosts.";
            told.part(wrap(&Line::styled(words, Style::FAINT), self.look.width));
        }
    }

    /// A claim that was typed, and holds.
    fn confirmed(&self, since: usize, told: &mut Told) {
        let events = self.reel.events().get(since..self.position).unwrap_or_default();
        let held = events.iter().rev().find_map(|event| match &event.what {
            What::Claim { line: TYPED, text, outcome: Outcome::Held { detail, .. } } => Some((text, detail)),
            _ => None,
        });
        let Some((text, detail)) = held else { return };
        let mark = Line::styled(self.look.palette.marks.held, Style::GOOD);
        told.turn();
        told.part(self.came_out(&mark, text, &Line::styled(detail, Style::FAINT)));
    }

    fn running_challenge(&self, step: usize) -> Option<BlockRef> {
        let blocks = self.lesson.steps.get(step).map_or(&[][..], |step| &step.blocks[..]);
        let challenges = blocks.iter().enumerate().filter(|(_, block)| matches!(block, Block::Challenge(_)));
        let mut places = challenges.map(|(block, _)| BlockRef { step, block });
        places.find(|place| self.stage_of(*place) == Stage::Running)
    }

    /// Whether what stands behind the challenge may be told.
    pub(super) fn challenge(&self, place: BlockRef, challenge: &Challenge, told: &mut Told) -> bool {
        told.part(prose::blocks(&challenge.goal, self.look, self.live));
        let taken = self.answers.hints(place);
        for (at, hint) in challenge.hints.iter().take(taken).enumerate() {
            let lead = Line::styled(&format!("Hint {} ", at + 1), Style::of(Ink::Key));
            told.turn();
            told.part(hang(prose::blocks(hint, self.narrowed(9), self.live), &lead, &Line::spaces(2)));
        }
        let is_over = self.stage_of(place) == Stage::Done;
        if taken > challenge.hints.len() && !is_over {
            told.turn();
            told.part(one_way("One way:", challenge));
        }
        if is_over {
            told.turn();
            told.part(self.came_of(place, challenge));
            self.lab(place, told);
        }
        is_over
    }

    fn came_of(&self, place: BlockRef, challenge: &Challenge) -> Vec<Line> {
        match self.marks().outcome_of(place, self.position) {
            // Nobody can try it without hosts.
            None if !self.is_broken(place) => one_way("One way:", challenge),
            None => Vec::new(),
            Some(Ending::Skipped) => one_way("Left out. One way would have been:", challenge),
            Some(Ending::Solved) => {
                let held = self.look.palette.marks.held;
                let first = Line::styled(&format!("{held} Solved. This is what was asked for:"), Style::GOOD.bold());
                let holds = challenge.expect.iter().flat_map(|line| {
                    let mark = Line::spaces(2).with(held, Style::GOOD).with(" ", Style::PLAIN);
                    hang(wrap(&Line::styled(&line.text, Style::CODE), self.narrowed(4).width), &mark, &Line::spaces(4))
                });
                wrap(&first, self.look.width).into_iter().chain(holds).collect()
            }
        }
    }

    /// What the lesson came to for the learner.
    pub(super) fn summary(&self) -> Vec<Line> {
        let mut lines = vec![Line::styled("This was the lesson.", Style::of(Ink::Heading).bold())];
        let is_class = self.class.is_some();
        let asked = || self.places(|block| matches!(block, Block::Predict(_)));
        let (all, right) = (asked().count(), asked().filter(|place| self.was_right(*place)).count());
        if all > 0 && !is_class {
            let unanswered =
                asked().filter(|place| !matches!(self.answers.to(*place), Some(Answer::Chosen(_)))).count();
            let rest = if unanswered == 0 { String::new() } else { format!(", {unanswered} not answered") };
            lines.push(Line::plain(&format!("Predictions: {right} of {all} right{rest}.")));
        }
        for place in self.places(|block| matches!(block, Block::Challenge(_))) {
            lines.extend(self.marks().outcome_of(place, self.position).map(|outcome| {
                match outcome {
                    Ending::Solved => Line::plain("The challenge: solved."),
                    Ending::Skipped => Line::plain("The challenge: left out. ")
                        .with("g", Style::of(Ink::Key))
                        .with(" lists the steps and goes back to it.", Style::PLAIN),
                }
            }));
        }
        lines.iter().flat_map(|line| wrap(line, self.look.width)).collect()
    }

    fn places(&self, is_meant: fn(&Block) -> bool) -> impl Iterator<Item = BlockRef> {
        let steps = self.lesson.steps.iter().enumerate();
        steps.flat_map(move |(step, content)| {
            let blocks = content.blocks.iter().enumerate().filter(move |(_, block)| is_meant(block));
            blocks.map(move |(block, _)| BlockRef { step, block })
        })
    }

    fn was_right(&self, place: BlockRef) -> bool {
        let asked = super::super::answers::prediction(self.lesson, place);
        asked
            .zip(self.answers.to(place))
            .is_some_and(|(asked, answer)| matches!(answer, Answer::Chosen(_)) && is_right(asked, answer))
    }
}

fn one_way(words: &str, challenge: &Challenge) -> Vec<Line> {
    let lines = challenge.answer.iter().map(|line| Line::spaces(4).with(&line.text, Style::CODE));
    std::iter::once(Line::styled(words, Style::of(Ink::Key))).chain(lines).collect()
}
