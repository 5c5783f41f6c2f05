//! The notes as lines: the author's own words, the whole step with its answers, and what comes next.

use super::Place;
use crate::{
    face::{
        prose::{self, Live},
        text::{
            Line, Look, Style,
            line::{Ink, hang},
            wrap::wrap,
        },
        tui::study::explain::letter,
    },
    lesson::{
        eval::eval,
        model::{Block, Challenge, Lesson, Prediction, Prose, Step},
        script::{Expr, Line as ScriptLine},
    },
};

/// Lines, and where the class is.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) lines: Vec<Line>,
    pub(super) here: usize,
}

pub(super) fn sheet(lesson: &Lesson, place: &Place, look: Look) -> Sheet {
    let value = |expr: &Expr| eval(expr, &|name| place.values.get(name).cloned());
    let live = Live { value: &value, origin: place.origin };
    let mut writer = Writer { place, look, live, lines: Vec::new(), here: None };
    if let Some(step) = lesson.steps.get(place.step) {
        writer.step(step);
        writer.ending(lesson.steps.get(place.step + 1));
    }
    let here = writer.here.unwrap_or(0);
    Sheet { lines: writer.lines, here }
}

struct Writer<'w> {
    place: &'w Place,
    look: Look,
    live: Live<'w>,
    lines: Vec<Line>,
    here: Option<usize>,
}

impl Writer<'_> {
    fn part(&mut self, lines: Vec<Line>) {
        if !self.lines.is_empty() && !lines.is_empty() {
            self.lines.push(Line::new());
        }
        self.lines.extend(lines);
    }

    fn prose(&self, blocks: &[Prose], by: usize) -> Vec<Line> {
        prose::blocks(blocks, self.narrowed(by), self.live)
    }

    fn narrowed(&self, by: usize) -> Look {
        Look { width: self.look.width.saturating_sub(by).max(2), ..self.look }
    }

    /// Words at whose left a bar stands.
    fn barred(&self, lines: Vec<Line>, ink: Ink) -> Vec<Line> {
        let bar = if self.look.palette.is_ascii() { "|" } else { "┃" };
        let bar = Line::styled(bar, Style::of(ink).bold()).with(" ", Style::PLAIN);
        hang(lines, &bar, &bar)
    }

    fn label(&mut self, text: &str) {
        self.part(vec![Line::styled(text, Style::of(Ink::Key).bold())]);
    }

    fn step(&mut self, step: &Step) {
        let title = prose::paragraph(&step.title, Style::of(Ink::Heading).bold(), self.look, self.live);
        self.part(title);
        if !step.notes.is_empty() {
            let notes = self.prose(&step.notes, 2);
            let notes = self.barred(notes, Ink::Waits);
            self.part(notes);
        }
        for (at, block) in step.blocks.iter().enumerate() {
            match block {
                Block::Prose(prose) => {
                    let lines = self.prose(std::slice::from_ref(prose), 0);
                    self.part(lines);
                }
                Block::Predict(prediction) => self.question(prediction, at),
                Block::Lab(lab) => self.script("Lab", &lab.lines, at),
                Block::Challenge(challenge) => self.challenge(challenge, at),
            }
        }
    }

    /// The class is at the first question or block that has not been run.
    fn stand(&mut self, at: usize) {
        if at < self.place.block {
            self.here = None;
        } else {
            self.here = self.here.or(Some(self.lines.len()));
        }
    }

    fn question(&mut self, prediction: &Prediction, at: usize) {
        // A question before the block that comes next is what the class is at.
        if at < self.place.block && self.place.line == 0 && self.here.is_none() {
            self.here = Some(self.lines.len());
        }
        let mut lines = self.prose(&prediction.question, 2);
        if let Some(first) = lines.first_mut() {
            let mut asked = Line::styled("? ", Style::of(Ink::Waits).bold());
            asked.append(first);
            *first = asked;
        }
        self.part(lines);
        for (at, choice) in prediction.choices.iter().enumerate() {
            let sign = if choice.right { self.look.palette.marks.held } else { " " };
            let first = Line::styled(&format!(" {sign} "), Style::GOOD.bold())
                .with(&format!("{} ", letter(at)), Style::of(Ink::Key).bold());
            let style = if choice.right { Style::STRONG } else { Style::PLAIN };
            let indent = Line::spaces(first.width());
            let text = prose::paragraph(&choice.text, style, self.narrowed(first.width()), self.live);
            self.lines.extend(hang(text, &first, &indent));
            let reply = self.prose(&choice.reply, indent.width() + 2);
            let reply = self.barred(reply, Ink::Rule);
            self.lines.extend(hang(reply, &indent, &indent));
        }
    }

    /// The lines of a block: those that have run are faint, the next one is pointed at.
    fn script(&mut self, name: &str, lines: &[ScriptLine], at: usize) {
        self.stand(at);
        let label = if at < self.place.block { format!("{name}, has run") } else { name.to_owned() };
        self.label(&label);
        let next = match at.cmp(&self.place.block) {
            std::cmp::Ordering::Less => lines.len(),
            std::cmp::Ordering::Equal => self.place.line,
            std::cmp::Ordering::Greater => 0,
        };
        for (number, line) in lines.iter().enumerate() {
            let is_next = at == self.place.block && number == next;
            if is_next && number > 0 {
                self.here = Some(self.lines.len());
            }
            self.script_line(line, number < next, is_next);
        }
    }

    fn script_line(&mut self, line: &ScriptLine, has_run: bool, is_next: bool) {
        let arrow = if self.look.palette.is_ascii() { ">" } else { "▶" };
        let lead = format!(" {} ", if is_next { arrow } else { " " });
        let lead = Line::styled(&lead, Style::of(Ink::Waits).bold());
        let indent = Line::spaces(lead.width() + 2);
        let style = if has_run { Style::FAINT } else { Style::CODE };
        let text = wrap(&Line::styled(&line.text, style), self.narrowed(indent.width()).width);
        self.lines.extend(hang(text, &lead, &indent));
        if let Some(comment) = &line.comment {
            let comment = wrap(&Line::plain(comment), self.narrowed(indent.width() + 2).width);
            let sign = Line::spaces(indent.width()).with("# ", Style::FAINT);
            self.lines.extend(hang(comment, &sign, &sign));
        }
    }

    fn challenge(&mut self, challenge: &Challenge, at: usize) {
        self.stand(at);
        let goal = self.prose(&challenge.goal, 0);
        self.part(goal);
        for (number, hint) in challenge.hints.iter().enumerate() {
            let first = Line::styled(&format!("Hint {}  ", number + 1), Style::of(Ink::Key).bold());
            let lines = self.prose(hint, first.width());
            self.part(hang(lines, &first, &Line::spaces(first.width())));
        }
        for (name, lines) in
            [("Set up", &challenge.setup), ("One way", &challenge.answer), ("It has to hold", &challenge.expect)]
        {
            if lines.is_empty() {
                continue;
            }
            self.label(name);
            lines.iter().for_each(|line| self.script_line(line, false, false));
        }
    }

    fn ending(&mut self, next: Option<&Step>) {
        // Everything has run: the class is at the end of the step.
        self.here = self.here.or(Some(self.lines.len()));
        let mut words = Line::styled("Next  ", Style::of(Ink::Key).bold());
        match next {
            Some(step) => words.push(&prose::plain(&step.title, self.look, self.live), Style::STRONG),
            None => words.push("the end of the lesson", Style::FAINT),
        }
        let rule = if self.look.palette.is_ascii() { "-" } else { "─" };
        let rule = Line::styled(&rule.repeat(self.look.width), Style::of(Ink::Rule));
        self.part([vec![rule], wrap(&words, self.look.width)].concat());
    }
}
