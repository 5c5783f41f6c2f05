//! A lesson as a value.

use std::{ops::Range, sync::Arc};

use super::script::{Expr, Line};
pub use crate::link::LinkKind;
use crate::timeline::event::BlockRef;

/// A byte range in the lesson's file.
pub type Span = Range<usize>;

/// The file that a lesson came from: for drawing complaints, in the parser and in the lab alike.
#[derive(Debug)]
pub struct Source {
    /// As the user named it, or the path inside the program for an embedded lesson.
    pub path: String,
    pub text: String,
}

#[derive(Clone, Debug)]
pub struct Lesson {
    /// The name on the command line: the file's stem.
    pub name: String,
    /// The folder above it: `2-tcp`.
    pub part: String,
    pub title: String,
    pub summary: String,
    pub needs: Vec<String>,
    pub minutes: u32,
    pub link: LinkKind,
    /// What to read afterwards: `RFC 9293 §3.5`.
    pub read: Vec<String>,
    pub hosts: Vec<HostSpec>,
    pub timers: Timers,
    /// What stands before the first step.
    pub opening: Vec<Block>,
    pub steps: Vec<Step>,
    pub source: Arc<Source>,
}

/// A host, and what the lesson sets on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostSpec {
    pub name: String,
    /// What its interface on the wire carries at most; Ethernet's 1500 unless said.
    pub mtu: Option<u32>,
    /// What the way from the router to it carries at most, if that is less: as if a narrower link lay between them.
    pub path_mtu: Option<u32>,
    /// A router: each other host has a network of its own, and reaches the others through this one.
    pub forwards: bool,
    /// Kernel parameters of this host, by their dotted names.
    pub sysctls: Vec<(String, String)>,
}

/// How long a host's kernel goes on trying while a person reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timers {
    /// It tries for hours, and waits as long: see `link::wire::PATIENT`.
    #[default]
    Patient,
    /// As the kernel has them, for lessons about just these timers.
    Kernel,
}

/// What stands under one `##` heading.
#[derive(Clone, Debug, Default)]
pub struct Step {
    pub title: Vec<Inline>,
    pub blocks: Vec<Block>,
    /// For whoever teaches with the lesson: shown by `notes`, and nowhere else.
    pub notes: Vec<Prose>,
}

#[derive(Clone, Debug)]
pub enum Block {
    Prose(Prose),
    Lab(Lab),
    Predict(Prediction),
    Challenge(Challenge),
}

impl Lesson {
    /// The blocks of all steps, each with its place.
    pub fn numbered_blocks(&self) -> impl DoubleEndedIterator<Item = (BlockRef, &Block)> {
        self.steps.iter().enumerate().flat_map(|(step, content)| {
            content.blocks.iter().enumerate().map(move |(block, content)| (BlockRef { step, block }, content))
        })
    }
}

impl Block {
    /// Every line that it runs, in order.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        let acts: [&[Line]; 3] = match self {
            Self::Lab(lab) => [&lab.lines, &[], &[]],
            Self::Challenge(Challenge { setup, answer, expect, .. }) => [setup, answer, expect],
            Self::Prose(_) | Self::Predict(_) => [&[], &[], &[]],
        };
        acts.into_iter().flatten()
    }
}

/// Markdown that is shown, not run.
#[derive(Clone, Debug, PartialEq)]
pub enum Prose {
    /// A heading below `##`.
    Heading(u8, Vec<Inline>),
    Paragraph(Vec<Inline>),
    /// `start` is the first number of an ordered list.
    List {
        start: Option<u64>,
        items: Vec<Vec<Prose>>,
    },
    Quote(Vec<Prose>),
    Code {
        language: String,
        text: String,
    },
    Table {
        head: Vec<Vec<Inline>>,
        rows: Vec<Vec<Vec<Inline>>>,
    },
    Rule,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Inline {
    Text(String),
    Code(String),
    Emphasis(Vec<Inline>),
    Strong(Vec<Inline>),
    Link {
        to: String,
        text: Vec<Inline>,
    },
    /// `{{j + 1}}`.
    Live(LiveValue),
    /// A line break that the author asked for.
    Break,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LiveValue {
    pub expr: Expr,
    /// As written, for a value that is not bound.
    pub text: String,
    pub span: Span,
}

/// Commands that are executed in order.
#[derive(Clone, Debug)]
pub struct Lab {
    /// Named on the fence: then the block runs on a fresh pair of hosts of that kind.
    pub link: Option<LinkKind>,
    pub lines: Vec<Line>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Prediction {
    pub question: Vec<Prose>,
    /// More than one right answer: written `[ ]` and `[x]`.
    pub several: bool,
    pub choices: Vec<Choice>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Choice {
    pub right: bool,
    pub text: Vec<Inline>,
    /// Shown to whoever chose it.
    pub reply: Vec<Prose>,
}

/// A goal that the learner reaches by own commands, judged by claims.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// Named on the fence; the lesson's own link unless said.
    pub link: Option<LinkKind>,
    pub goal: Vec<Prose>,
    /// From a nudge to almost the answer.
    pub hints: Vec<Vec<Prose>>,
    /// Lines that set the stage before the learner acts (may be empty).
    pub setup: Vec<Line>,
    /// One way to reach it: run by `check`, so that the goal stays reachable.
    pub answer: Vec<Line>,
    /// What has to hold in the end.
    pub expect: Vec<Line>,
    pub span: Span,
}

/// The words of a line without their form; a live value as it is written.
#[must_use]
pub fn plain_text(line: &[Inline]) -> String {
    line.iter()
        .map(|part| match part {
            Inline::Text(text) | Inline::Code(text) => text.clone(),
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Link { text: inner, .. } => plain_text(inner),
            Inline::Live(live) => format!("{{{{{}}}}}", live.text),
            Inline::Break => " ".to_owned(),
        })
        .collect()
}
