//! The live values of a run: what the lesson's names stand for.

use std::collections::{BTreeMap, BTreeSet};

use super::record::Recorder;
use crate::{
    kernel::clock::Stamp,
    lesson::{
        again, eval,
        model::{Block, Inline, Lesson, Prose},
        script::Expr,
    },
    timeline::event::{Value, What},
};

#[derive(Clone, Debug)]
pub struct Values {
    /// Moments are told as the time since then: the start of the lab block.
    pub origin: Stamp,
    bound: BTreeMap<String, Value>,
    /// The names that the prose shows: they go onto the timeline. Those that only claims use do not have to.
    shown: BTreeSet<String>,
}

impl Values {
    #[must_use]
    pub fn for_lesson(lesson: &Lesson) -> Self {
        let mut names = Vec::new();
        let blocks = lesson.opening.iter().chain(lesson.steps.iter().flat_map(|step| &step.blocks));
        blocks.for_each(|block| names_in_block(block, &mut names));
        Self { origin: Stamp::now(), bound: BTreeMap::new(), shown: names.into_iter().collect() }
    }

    #[must_use]
    pub fn with(mut self, bound: BTreeMap<String, Value>) -> Self {
        self.bound.extend(bound);
        self
    }

    /// The same where a run may be cut off and begun again in the middle, with the values of before: then all that a
    /// line may need goes onto the timeline, too.
    #[must_use]
    pub fn to_be_kept(lesson: &Lesson, bound: BTreeMap<String, Value>) -> Self {
        let mut names = Vec::new();
        let lines = lesson.numbered_blocks().flat_map(|(_, block)| block.lines());
        lines.for_each(|line| again::names_in(line, &mut names));
        let mut values = Self::for_lesson(lesson);
        // `x+len` needs the length of the packet that bound `x`.
        let lengths: Vec<String> = names.iter().map(|name| format!("{name}.len")).collect();
        values.shown.extend(names.into_iter().chain(lengths));
        values.bound = bound;
        values
    }

    /// Gives a name that the script binds its value, and says so.
    pub fn bind(&mut self, name: &str, value: Value, recorder: &mut Recorder<'_>) {
        recorder.add_now(What::Bound { name: name.to_owned(), value: value.clone() });
        self.bound.insert(name.to_owned(), value);
    }

    /// Gives a member (`syn.at`) its value; it is said only if the prose shows it.
    pub fn bind_member(&mut self, owner: &str, member: &str, value: Value, recorder: &mut Recorder<'_>) {
        let name = format!("{owner}.{member}");
        if self.bound.get(&name) == Some(&value) {
            return;
        }
        if self.shown.contains(&name) {
            self.bind(&name, value, recorder);
        } else {
            self.bound.insert(name, value);
        }
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.bound.get(name)
    }

    /// The value of an expression. A bare `len` stands for the length of the packet in which the name beside it
    /// was bound: `ack=x+len`.
    #[must_use]
    pub fn eval(&self, expr: &Expr) -> Option<Value> {
        let mut names = Vec::new();
        expr.names(&mut names);
        let beside = names.iter().find(|name| *name != "len");
        eval::eval(expr, &|name| {
            let own = self.bound.get(name);
            match (own, name, beside) {
                (None, "len", Some(beside)) => self.bound.get(&format!("{beside}.len")).cloned(),
                (own, ..) => own.cloned(),
            }
        })
    }

    /// A value for a reader.
    #[must_use]
    pub fn display(&self, value: &Value) -> String {
        eval::display(value, self.origin)
    }

    /// The names of an expression with their values, for a message: `j = 1040`.
    #[must_use]
    pub fn explain(&self, expr: &Expr) -> String {
        let mut names = Vec::new();
        expr.names(&mut names);
        let known = |name: &String| Some(format!("{name} = {}", self.display(self.bound.get(name)?)));
        names.iter().filter_map(known).collect::<Vec<_>>().join(", ")
    }
}

fn names_in_block(block: &Block, names: &mut Vec<String>) {
    match block {
        Block::Prose(prose) => names_in_prose(prose, names),
        Block::Lab(_) => {}
        Block::Predict(prediction) => {
            prediction.question.iter().for_each(|prose| names_in_prose(prose, names));
            for choice in &prediction.choices {
                names_in_line(&choice.text, names);
                choice.reply.iter().for_each(|prose| names_in_prose(prose, names));
            }
        }
        Block::Challenge(challenge) => {
            challenge
                .goal
                .iter()
                .chain(challenge.hints.iter().flatten())
                .for_each(|prose| names_in_prose(prose, names));
        }
    }
}

fn names_in_prose(prose: &Prose, names: &mut Vec<String>) {
    match prose {
        Prose::Heading(_, line) | Prose::Paragraph(line) => names_in_line(line, names),
        Prose::List { items, .. } => items.iter().flatten().for_each(|prose| names_in_prose(prose, names)),
        Prose::Quote(inner) => inner.iter().for_each(|prose| names_in_prose(prose, names)),
        Prose::Table { head, rows } => {
            head.iter().chain(rows.iter().flatten()).for_each(|cell| names_in_line(cell, names));
        }
        Prose::Code { .. } | Prose::Rule => {}
    }
}

fn names_in_line(line: &[Inline], names: &mut Vec<String>) {
    for part in line {
        match part {
            Inline::Live(live) => live.expr.names(names),
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Link { text: inner, .. } => {
                names_in_line(inner, names);
            }
            Inline::Text(_) | Inline::Code(_) | Inline::Break => {}
        }
    }
}
