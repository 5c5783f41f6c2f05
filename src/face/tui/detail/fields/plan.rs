//! Where the parts of the tab stand, and how far each is scrolled: for drawing, and for clicks.

use ratatui::layout::{Position, Rect};

use super::choice::{Chosen, is_same_layer};
use crate::packet::Field;

/// The narrowest list beside the bytes.
const LIST: u16 = 34;
/// In so wide a list no value is cut.
const WHOLE_LIST: u16 = 44;
const GUTTER: u16 = 2;
/// Cells of the names of layers behind the bytes.
pub(super) const NAMES: u16 = 9;
/// Cells of an offset and the space behind it.
pub(super) const OFFSET: u16 = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) list: Rect,
    pub(super) meaning: Rect,
    pub(super) hex: Rect,
    /// Bytes in a row.
    pub(super) per_row: u16,
}

/// A line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// The layer to which the field belongs that comes next.
    Layer(usize),
    Field(usize),
}

/// What a click has met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hit {
    Field(usize),
    Byte(usize),
}

/// Cells of a row of so many bytes: offset, bytes, characters.
const fn hex_width(per_row: u16) -> u16 {
    OFFSET + 3 * per_row + 2 + per_row
}

const fn stands_beside(width: u16) -> bool {
    width >= LIST + GUTTER + hex_width(8)
}

/// How wide the meaning is, which has to be known before it is known how high it is.
pub(super) fn meaning_width(area: Rect) -> u16 {
    if stands_beside(area.width) { area.width - list_width(area.width) - GUTTER } else { area.width }
}

fn list_width(width: u16) -> u16 {
    let wanted = [hex_width(16) + NAMES, hex_width(16), hex_width(8) + NAMES, hex_width(8)];
    let beside = |list: u16| wanted.into_iter().find(|hex| list + GUTTER + hex <= width);
    let hex = beside(WHOLE_LIST).or_else(|| beside(LIST)).unwrap_or(hex_width(8));
    (width - GUTTER - hex).min(WHOLE_LIST.max(width / 3))
}

impl Plan {
    /// For a meaning of so many lines and a frame of so many bytes.
    pub(super) fn new(area: Rect, meaning: usize, bytes: usize) -> Self {
        let meaning = u16::try_from(meaning).unwrap_or(u16::MAX);
        let per_row = per_row(meaning_width(area));
        let rows = u16::try_from(bytes.div_ceil(usize::from(per_row))).unwrap_or(u16::MAX);
        if stands_beside(area.width) {
            Self::beside(area, meaning, per_row)
        } else {
            Self::stacked(area, meaning, rows, per_row)
        }
    }

    /// The list at the left; the meaning above the bytes.
    fn beside(area: Rect, meaning: u16, per_row: u16) -> Self {
        let list = Rect { width: list_width(area.width), ..area };
        let right = Rect { x: list.right() + GUTTER, width: area.width - list.width - GUTTER, ..area };
        let meaning = meaning.min(right.height.saturating_sub(5).max(right.height / 2));
        let gap = u16::from(right.height > meaning + 4);
        let hex = Rect { y: right.y + meaning + gap, height: right.height.saturating_sub(meaning + gap), ..right };
        Self { list, meaning: Rect { height: meaning, ..right }, hex, per_row }
    }

    /// The list above the meaning above the bytes.
    fn stacked(area: Rect, meaning: u16, rows: u16, per_row: u16) -> Self {
        let meaning = meaning.min(area.height / 3);
        let rest = area.height - meaning;
        let hex = rows.min(rest / 2);
        let list = Rect { height: rest - hex, ..area };
        let meaning = Rect { y: list.bottom(), height: meaning, ..area };
        Self { list, meaning, hex: Rect { y: meaning.bottom(), height: hex, ..area }, per_row }
    }

    /// Whether there is room for the names of layers behind the bytes.
    pub(super) const fn has_names(&self) -> bool {
        self.hex.width >= hex_width(self.per_row) + NAMES
    }

    /// The cell behind the bytes, where the characters begin.
    pub(super) const fn characters(&self) -> u16 {
        OFFSET + 3 * self.per_row + 2
    }

    /// The first row of bytes that is seen, so that the cursor is.
    pub(super) fn first_byte_row(&self, cursor: usize, bytes: usize) -> usize {
        let per_row = usize::from(self.per_row);
        centred(cursor / per_row, bytes.div_ceil(per_row), self.hex.height.into())
    }

    /// The first row of the list that is seen, so that the chosen field is.
    pub(super) fn first_list_row(&self, rows: &[Row], field: usize) -> usize {
        let at = rows.iter().position(|row| *row == Row::Field(field)).unwrap_or(0);
        centred(at, rows.len(), self.list.height.into())
    }

    pub(super) fn hit(&self, x: u16, y: u16, fields: &[Field], chosen: Chosen, bytes: usize) -> Option<Hit> {
        let at = Position::new(x, y);
        if self.list.contains(at) {
            let rows = rows(fields);
            let row = self.first_list_row(&rows, chosen.field) + usize::from(y - self.list.y);
            return match rows.get(row)? {
                Row::Field(field) | Row::Layer(field) => Some(Hit::Field(*field)),
            };
        }
        let column = self.hex.contains(at).then(|| self.byte_in_row(x - self.hex.x)).flatten()?;
        let row = self.first_byte_row(chosen.byte, bytes) + usize::from(y - self.hex.y);
        let byte = row * usize::from(self.per_row) + usize::from(column);
        (byte < bytes).then_some(Hit::Byte(byte))
    }

    fn byte_in_row(&self, x: u16) -> Option<u16> {
        let byte = if x >= self.characters() { x - self.characters() } else { x.checked_sub(OFFSET)? / 3 };
        (byte < self.per_row && (x >= self.characters() || x < OFFSET + 3 * self.per_row)).then_some(byte)
    }
}

fn per_row(width: u16) -> u16 {
    [16, 8].into_iter().find(|count| hex_width(*count) <= width).unwrap_or(4)
}

/// What is above so that `at` is seen, in the middle where there is more on both sides.
fn centred(at: usize, total: usize, seen: usize) -> usize {
    at.saturating_sub(seen / 2).min(total.saturating_sub(seen))
}

/// The fields below the names of their layers.
pub(super) fn rows(fields: &[Field]) -> Vec<Row> {
    let mut rows = Vec::with_capacity(fields.len() + 4);
    for at in 0..fields.len() {
        if at == 0 || !is_same_layer(fields, at - 1, at) {
            rows.push(Row::Layer(at));
        }
        rows.push(Row::Field(at));
    }
    rows
}
