//! A lesson in front of a class: what it has not been shown stays hidden, everything has more room, and what is talked
//! about is pointed at.
//!
//! A class answers aloud. Enter shows a question, Enter again lets the packets answer it; then the right answer is told
//! although nobody has chosen one.

use std::collections::{BTreeMap, BTreeSet};

use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthStr;

use super::{Study, answers::Answer, next::is_answered_by_packets};
use crate::{
    face::{
        prose::{self, Live},
        text::{Line, Look, Style, line::Ink},
        tui::{
            canvas,
            effect::Effect,
            keys::{Action, Context, Keymap, shown},
            offer::Press,
            reel::Stage,
            settings::Key,
            theme::Theme,
        },
    },
    kernel::clock::Stamp,
    lab::cue::Far,
    lesson::model::{Block, Inline, plain_text},
    timeline::event::{BlockRef, Value},
};

/// Cells at the left of the ladder, for what points at the chosen rung.
const POINTER: u16 = 4;
/// From these heights of a pane on there is room for empty lines.
pub(super) const ROOMY: u16 = 16;
/// Words on a projector: few to a line.
const WIDEST: u16 = 62;
/// What surrounds them, where there is room.
const MARGIN: u16 = 3;

/// What a class has been shown.
#[derive(Clone, Debug, Default)]
pub struct Class {
    asked: BTreeSet<BlockRef>,
    /// The furthest step that was on the screen.
    furthest: usize,
    /// The key that was pressed last, and what it did.
    pressed: Option<(String, String)>,
    /// There is room for more empty lines.
    pub(super) is_roomy: bool,
}

impl Class {
    /// Whether this question was put to it.
    #[must_use]
    pub fn has_seen(&self, question: BlockRef) -> bool {
        self.asked.contains(&question)
    }

    /// From this step on everything is shown once more.
    pub(super) fn forget_from(&mut self, step: usize) {
        self.asked.retain(|question| question.step < step);
    }

    /// A step's title, larger by what surrounds it.
    pub(super) fn heading(&self, title: &[Inline], look: Look, live: Live<'_>) -> Vec<Line> {
        let mut lines = prose::paragraph(title, Style::of(Ink::Heading).bold(), look, live);
        let width = lines.iter().map(Line::width).max().unwrap_or(0);
        let rule = if look.palette.is_ascii() { "=" } else { "━" };
        lines.push(Line::styled(&rule.repeat(width), Style::of(Ink::Heading)));
        if self.is_roomy {
            lines.insert(0, Line::new());
        }
        lines
    }
}

/// Where a lesson stands, for whoever follows it from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    pub step: usize,
    /// The block of the step that runs next, or runs; behind its last block where there is none.
    pub block: usize,
    /// Its line that comes next.
    pub line: usize,
    pub values: BTreeMap<String, Value>,
    /// The zero of times that are shown.
    pub origin: Stamp,
}

impl Study {
    #[must_use]
    pub fn whereabouts(&self) -> Whereabouts {
        let (step, position) = (self.step(), self.position());
        let (marks, world) = (self.reel.marks(), self.world());
        let blocks = self.lesson.steps.get(step).map_or(&[][..], |step| &step.blocks);
        let stage = |block| marks.stage_of(BlockRef { step, block }, position);
        let runs = |block: &usize| matches!(blocks[*block], Block::Lab(_) | Block::Challenge(_));
        let next = (0..blocks.len()).filter(runs).find(|block| stage(*block) != Stage::Done);
        let line = match next.map(|block| (&blocks[block], stage(block))) {
            Some((Block::Lab(lab), Stage::Running)) => {
                let last = marks.line_at(position).unwrap_or(0);
                lab.lines.iter().take_while(|line| line.number <= last).count()
            }
            _ => 0,
        };
        let origin = world.lab_began.unwrap_or_default();
        Whereabouts { step, block: next.unwrap_or(blocks.len()), line, values: world.values, origin }
    }

    /// For a class, or not any more.
    pub(super) fn switch_presenting(&mut self) {
        self.presents = !self.presents;
        self.scrolled = None;
        self.say(match self.presents {
            true => {
                "For a class: questions wait until they are shown. `wiretutor notes` in a second terminal is yours."
            }
            false => "For yourself again.",
        });
    }

    pub(super) fn note_how_far(&mut self) {
        self.class.furthest = self.class.furthest.max(self.step());
        self.seen = self.seen.max(self.position());
    }

    /// Shows a question, or lets it be answered.
    pub(super) fn present_question(&mut self, question: BlockRef, far: Far) -> Vec<Effect> {
        if self.class.asked.insert(question) {
            self.scrolled = None;
            return Vec::new();
        }
        self.answers.give(question, Answer::Skipped);
        self.forget_choice();
        match is_answered_by_packets(&self.lesson, question) {
            true => self.go_on(far),
            false => Vec::new(),
        }
    }

    /// What the key that goes on does with a question.
    pub(super) fn what_settles(&self, question: BlockRef) -> &'static str {
        if is_answered_by_packets(&self.lesson, question) { "let the packets answer" } else { "show the answer" }
    }

    /// A step's title in the list of steps. A class has not seen what comes.
    pub(super) fn title_in_list(&self, step: usize) -> String {
        let title = self.lesson.steps.get(step).map_or_else(String::new, |step| plain_text(&step.title));
        let is_hidden = self.presents && step > self.class.furthest && self.steps != Some(step);
        if is_hidden { ".".repeat(title.width().min(12)) } else { title }
    }

    /// A key was pressed. What it does is told as the bottom line told it, or as the table does.
    pub fn pressed(&mut self, key: Key, action: Action, contexts: &[Context], (keys, ascii): (&Keymap, bool)) {
        if !self.presents {
            return;
        }
        let offered = self
            .offers(keys, ascii)
            .into_iter()
            .find(|offer| offer.press == Press::Act(action))
            .map(|offer| offer.does);
        let in_table = || {
            let row = contexts.iter().flat_map(|context| keys.of(*context)).find(|(row, _)| row.action == action);
            row.map(|(row, _)| if row.short.is_empty() { row.help } else { row.short }.to_owned())
        };
        let is_letter = matches!(action, Action::Answer(_));
        let does = offered.filter(|_| !is_letter).or_else(in_table).unwrap_or_default();
        self.class.pressed = Some((shown(key, ascii), does));
    }

    /// The key that was pressed last, at the right end of its row.
    pub(super) fn draw_pressed(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let Some((key, does)) = self.class.pressed.as_ref().filter(|_| self.presents) else { return };
        let line = Line::styled(&format!(" {key} "), Style::of(Ink::Waits).bold()).with(" ", Style::PLAIN);
        let line = canvas::elided(&line.with(does, Style::STRONG), usize::from(area.width / 2), theme);
        let width = u16::try_from(line.width()).unwrap_or(u16::MAX);
        canvas::put(buf, area.right().saturating_sub(width + 1).max(area.x), area.y, area.width, &line, theme);
    }

    /// Where the explanation's words stand in their pane.
    pub(super) fn words_area(&self, inner: Rect) -> Rect {
        if !self.presents || inner.width < WIDEST {
            return inner;
        }
        let width = WIDEST.min(inner.width.saturating_sub(MARGIN));
        let spare = (inner.width - width).min(2 * MARGIN);
        Rect { x: inner.x + spare / 2, width, ..inner }
    }

    /// Where the rungs and their heads stand in the ladder's pane.
    pub(super) fn rungs_area(&self, inner: Rect) -> Rect {
        if !self.presents || inner.width < 40 {
            return inner;
        }
        Rect { x: inner.x + POINTER, width: inner.width - POINTER, ..inner }
    }

    /// Whether empty rows stand between the rungs, and their labels are short.
    pub(super) const fn has_wide_rungs(&self, inner: Rect) -> bool {
        self.presents && inner.height >= ROOMY
    }

    /// Points at the rung that is talked about, by an arrow as well as by a ground.
    pub(super) fn point_at(&self, buf: &mut Buffer, inner: Rect, y: u16, theme: &Theme) {
        if !self.presents || self.rungs_area(inner) == inner {
            return;
        }
        let arrow = if theme.is_ascii() { "==>" } else { "━━▶" };
        canvas::put(buf, inner.x, y, POINTER, &Line::styled(arrow, Style::of(Ink::Waits).bold()), theme);
    }
}
