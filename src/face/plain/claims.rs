//! Lines of the script and what became of the claims that they make.
//!
//! A line that orders something is shown when the script comes to it; one that claims something is shown together
//! with its outcome, below the packets that it is about.

use std::io::{self, Write};

use super::page::Page;
use crate::{
    face::{
        tally::Failure,
        text::{Line, Style},
    },
    lesson::{
        model::{Block, Lesson},
        script::{Line as ScriptLine, Verb},
    },
    timeline::event::{LineRef, Outcome},
};

/// A claim's line that the script has come to and whose outcome is not known.
#[derive(Debug)]
pub(in crate::face) struct Waiting {
    number: LineRef,
    text: String,
    comment: Option<String>,
    /// What it has bound so far: `j = 4004779870`.
    bound: Vec<String>,
}

impl Waiting {
    pub(in crate::face) fn bind(&mut self, name: &str, value: &str) {
        self.bound.push(format!("{name} = {value}"));
    }
}

/// The line of the lesson's script with this number.
pub(in crate::face) fn find(lesson: &Lesson, number: LineRef) -> Option<&ScriptLine> {
    let blocks = lesson.opening.iter().chain(lesson.steps.iter().flat_map(|step| &step.blocks));
    blocks.flat_map(script).find(|line| line.number == number)
}

fn script(block: &Block) -> Vec<&ScriptLine> {
    match block {
        Block::Lab(lab) => lab.lines.iter().collect(),
        Block::Challenge(challenge) => {
            challenge.setup.iter().chain(&challenge.answer).chain(&challenge.expect).collect()
        }
        Block::Prose(_) | Block::Predict(_) => Vec::new(),
    }
}

impl<W: Write> Page<W> {
    /// The script comes to a line. What is returned waits for its outcome.
    pub(in crate::face) fn script_line(
        &mut self,
        lesson: &Lesson,
        number: LineRef,
        text: &str,
    ) -> io::Result<Option<Waiting>> {
        let line = find(lesson, number);
        let comment = line.and_then(|line| line.comment.clone());
        if line.is_some_and(|line| !matches!(line.verb, Verb::Call(_) | Verb::Wire(_) | Verb::Sample(_))) {
            return Ok(Some(Waiting { number, text: text.into(), comment, bound: Vec::new() }));
        }
        self.gap()?;
        self.order(text, comment.as_deref())?;
        Ok(None)
    }

    /// Somebody did what a line of a script could have ordered.
    pub(in crate::face) fn by_hand(&mut self, text: &str) -> io::Result<()> {
        self.gap()?;
        let lead = Line::styled("  hand ", Style::WARNING);
        self.commented(&lead, lead.width(), Line::styled(text, Style::STRONG), None)
    }

    fn order(&mut self, text: &str, comment: Option<&str>) -> io::Result<()> {
        let lead = Line::styled("  lab  ", Style::FAINT);
        self.commented(&lead, lead.width(), Line::styled(text, Style::STRONG), comment)
    }

    /// The author's comment stands behind its line, or below it where there is no room.
    fn commented(&mut self, lead: &Line, indent: usize, mut content: Line, comment: Option<&str>) -> io::Result<()> {
        let Some(comment) = comment else { return self.hanging_at(lead, indent, &content) };
        let comment = Line::styled(&format!("# {comment}"), Style::FAINT);
        if lead.width() + content.width() + 3 + comment.width() <= self.look.width {
            content.push("   ", Style::PLAIN);
            content.append(&comment);
            return self.hanging_at(lead, indent, &content);
        }
        self.hanging_at(lead, indent, &content)?;
        self.hanging_at(&Line::spaces(indent), indent + 2, &comment)
    }

    /// A claim's line whose outcome never came: it is shown as an order.
    pub(in crate::face) fn abandoned(&mut self, waiting: &Waiting) -> io::Result<()> {
        self.order(&waiting.text, waiting.comment.as_deref())?;
        waiting.bound.iter().try_for_each(|bound| self.faint(bound, 7))
    }

    pub(in crate::face) fn claim(
        &mut self,
        waiting: Option<Waiting>,
        line: LineRef,
        text: &str,
        outcome: &Outcome,
    ) -> io::Result<()> {
        let waiting = waiting.filter(|waiting| waiting.number == line);
        let (comment, bound) = waiting.map_or((None, Vec::new()), |waiting| (waiting.comment, waiting.bound));
        match outcome {
            Outcome::Held { detail, .. } => self.held(text, comment.as_deref(), detail, bound),
            Outcome::NotWatched => {
                let lead = lead(self.look.palette.marks.unwatched, Style::FAINT);
                self.hanging_at(
                    &lead,
                    4,
                    &Line::styled(text, Style::FAINT).with("  (its packets are not watched)", Style::FAINT),
                )
            }
            Outcome::Failed { message, report } => {
                let failure = Failure { line, text: text.into(), message: message.clone(), report: report.clone() };
                self.failed(&failure)
            }
        }
    }

    fn held(&mut self, text: &str, comment: Option<&str>, detail: &str, mut bound: Vec<String>) -> io::Result<()> {
        let lead = lead(self.look.palette.marks.held, Style::GOOD);
        self.commented(&lead, 4, Line::plain(text), comment)?;
        bound.retain(|bound| !detail.contains(bound.as_str()));
        bound.extend(Some(detail.to_owned()).filter(|detail| !detail.is_empty()));
        if bound.is_empty() { Ok(()) } else { self.faint(&bound.join("   "), 6) }
    }

    /// The claim, and the report on it.
    fn failed(&mut self, failure: &Failure) -> io::Result<()> {
        let lead = lead(self.look.palette.marks.failed, Style::BAD);
        self.hanging_at(&lead, 4, &Line::styled(&failure.text, Style::BAD))?;
        failure.drawn().lines().try_for_each(|line| self.drawn(&format!("    {}", line.replace('\t', "    "))))
    }

    /// A line of a report: words are wrapped, and a line of the lesson is not, because the carets below it stand
    /// under what they point at.
    fn drawn(&mut self, line: &str) -> io::Result<()> {
        let words = line.trim_start();
        if !["error: ", "= "].iter().any(|beginning| words.starts_with(beginning)) {
            return self.line(Line::plain(line));
        }
        let indent = line.len() - words.len();
        self.hanging_at(&Line::spaces(indent), indent + 2, &Line::plain(words))
    }
}

fn lead(mark: &str, style: Style) -> Line {
    Line::plain("  ").with(mark, style).with(" ", Style::PLAIN)
}
