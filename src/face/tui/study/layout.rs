//! Where the panes of a lesson are.

use ratatui::layout::{Constraint, Layout, Rect};

use super::{
    Study,
    draw::{padded, text_width},
};
use crate::face::{
    text::{Look, Palette},
    tui::canvas::inside,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pane {
    Explain,
    Ladder,
    Detail,
}

impl Pane {
    pub const ALL: [Self; 3] = [Self::Explain, Self::Ladder, Self::Detail];
}

/// How the room is shared, in percent; the learner can draw the borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Splits {
    /// Of the width, for the explanation.
    pub across: u16,
    /// Of the height, for what stands above.
    pub down: u16,
}

impl Default for Splits {
    fn default() -> Self {
        Self { across: 42, down: 58 }
    }
}

const LEAST_ACROSS: u16 = 100;
const LEAST_DOWN: u16 = 26;
/// From here on three panes stand side by side.
const WIDE: u16 = 170;
/// Rows of a ladder on which nothing stands yet, where what is told needs the others.
const EMPTY: u16 = 4;
/// Rows of the pane of a short text.
const LEAST_TEXT: u16 = 6;
/// No pane is drawn smaller than this by its borders.
const PERCENT: std::ops::RangeInclusive<u16> = 20..=80;

/// The parts of the screen; a pane that is not in sight is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub title: Rect,
    pub explain: Option<Rect>,
    pub ladder: Option<Rect>,
    pub detail: Option<Rect>,
    pub remark: Rect,
    pub keys: Rect,
}

/// How the panes lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One pane alone.
    One,
    /// The ladder above, what has the keys below.
    Two,
    /// The explanation at the left, the others at the right.
    Three,
    /// Side by side.
    Wide,
}

impl Study {
    #[must_use]
    pub(super) fn shape(&self, area: Rect) -> Shape {
        match area {
            _ if self.zoomed => Shape::One,
            // A class sits far away: fewer panes, and larger ones.
            Rect { width: WIDE.., height: LEAST_DOWN.., .. } if !self.presents => Shape::Wide,
            Rect { width: LEAST_ACROSS.., height: LEAST_DOWN.., .. } => Shape::Three,
            _ => Shape::Two,
        }
    }

    /// On a small screen what is asked stands where the details would.
    pub(super) fn has_room_for_details(&self) -> bool {
        self.shape(self.area()) != Shape::Two || !self.asks()
    }

    #[must_use]
    pub(super) fn parts(&self, area: Rect) -> Parts {
        let [title, body, remark, keys] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Min(1),
            Constraint::Length(self.rows_below(area.width)),
            Constraint::Length(1),
        ])
        .areas(area);
        let parts = Parts { title, remark, keys, ..Parts::default() };
        match self.shape(area) {
            Shape::One => self.one(parts, body),
            Shape::Two => self.two(parts, body),
            Shape::Three => self.three(parts, body),
            Shape::Wide => self.wide(parts, body),
        }
    }

    /// The command line, or a remark on what was done.
    fn rows_below(&self, width: u16) -> u16 {
        if self.typing.is_open() {
            return super::typing::ROWS;
        }
        let remark = self.remark.as_ref().map_or(0, |remark| remark.lines(width).len());
        (u16::try_from(remark).unwrap_or(0) + self.rows_of_why()).max(self.presents.into())
    }

    const fn one(&self, parts: Parts, body: Rect) -> Parts {
        match self.focus {
            Pane::Explain => Parts { explain: Some(body), ..parts },
            Pane::Ladder => Parts { ladder: Some(body), ..parts },
            Pane::Detail => Parts { detail: Some(body), ..parts },
        }
    }

    fn two(&self, parts: Parts, body: Rect) -> Parts {
        // Below is less to see than above: what is told needs the lines.
        let above = self.splits.down.saturating_sub(12);
        let is_empty = self.reel.rungs_at(self.position()) == 0;
        let above = if is_empty { Constraint::Length(EMPTY) } else { Constraint::Percentage(above) };
        let [_, lower] = split_down(body, above);
        let spare = if self.focus == Pane::Detail && !self.asks() { 0 } else { self.rows_to_spare(lower) };
        let [upper, lower] = split_down(body, Constraint::Length(body.height - lower.height + spare));
        match self.focus {
            // What is asked has to be seen.
            Pane::Detail if !self.asks() => Parts { ladder: Some(upper), detail: Some(lower), ..parts },
            _ => Parts { ladder: Some(upper), explain: Some(lower), ..parts },
        }
    }

    /// Rows that the text below does not need, and the ladder does. Who has drawn the border has said how it should be.
    fn rows_to_spare(&self, lower: Rect) -> u16 {
        if self.splits != Splits::default() || self.presents {
            return 0;
        }
        let width = text_width(padded(inside(lower)));
        let told = self.told(&self.world(), Look { width, palette: Palette::plain(false) }).lines.len();
        let needed = u16::try_from(told).unwrap_or(u16::MAX).saturating_add(2).max(LEAST_TEXT);
        lower.height.saturating_sub(needed)
    }

    fn three(&self, parts: Parts, body: Rect) -> Parts {
        let [left, right] = split_across(body, self.splits.across);
        let [upper, lower] = split_down(right, Constraint::Percentage(self.splits.down));
        Parts { explain: Some(left), ladder: Some(upper), detail: Some(lower), ..parts }
    }

    fn wide(&self, parts: Parts, body: Rect) -> Parts {
        let [left, rest] = split_across(body, self.splits.beside_two());
        let [middle, right] = split_across(rest, self.splits.down);
        Parts { explain: Some(left), ladder: Some(middle), detail: Some(right), ..parts }
    }
}

fn split_across(area: Rect, percent: u16) -> [Rect; 2] {
    Layout::horizontal([Constraint::Percentage(percent), Constraint::Fill(1)]).areas(area)
}

fn split_down(area: Rect, above: Constraint) -> [Rect; 2] {
    Layout::vertical([above, Constraint::Fill(1)]).areas(area)
}

impl Splits {
    /// For the explanation where three panes stand side by side: so that at 200 columns the last one has room for the
    /// names of all tabs.
    const fn beside_two(self) -> u16 {
        self.across * 7 / 10
    }

    /// The same, where it was drawn.
    pub(super) fn drag_beside_two(&mut self, percent: u16) {
        self.drag_across((percent * 10).div_ceil(7));
    }

    pub(super) fn drag_across(&mut self, percent: u16) {
        self.across = percent.clamp(*PERCENT.start(), *PERCENT.end());
    }

    pub(super) fn drag_down(&mut self, percent: u16) {
        self.down = percent.clamp(*PERCENT.start(), *PERCENT.end());
    }
}
