//! The field of a graph: dots as fine as the terminal has them, with signs over them.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use crate::face::{text::Style, tui::theme::Theme};

/// The dots of a cell of braille, by their column and their row from above (Unicode 2800).
const BRAILLE: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// Cells with dots in them. Dots are counted from the lower left corner.
#[derive(Debug)]
pub(super) struct Plot {
    columns: usize,
    rows: usize,
    is_ascii: bool,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    dots: u8,
    sign: Option<char>,
    style: Style,
}

impl Cell {
    const fn is_empty(&self) -> bool {
        self.dots == 0 && self.sign.is_none()
    }
}

impl Plot {
    pub(super) fn new(columns: usize, rows: usize, is_ascii: bool) -> Self {
        let empty = Cell { dots: 0, sign: None, style: Style::PLAIN };
        Self { columns, rows, is_ascii, cells: vec![empty; columns * rows] }
    }

    /// Dots beside one another.
    pub(super) const fn width(&self) -> usize {
        if self.is_ascii { self.columns } else { self.columns * 2 }
    }

    /// Dots above one another.
    pub(super) const fn height(&self) -> usize {
        if self.is_ascii { self.rows } else { self.rows * 4 }
    }

    const fn column(&self, x: usize) -> usize {
        if self.is_ascii { x } else { x / 2 }
    }

    const fn row(&self, y: usize) -> usize {
        let from_below = if self.is_ascii { y } else { y / 4 };
        self.rows.saturating_sub(1).saturating_sub(from_below)
    }

    fn cell(&mut self, x: usize, y: usize) -> Option<&mut Cell> {
        let at = self.row(y) * self.columns + self.column(x);
        (x < self.width() && y < self.height()).then(|| self.cells.get_mut(at)).flatten()
    }

    pub(super) fn dot(&mut self, x: usize, y: usize, style: Style) {
        let bit = if self.is_ascii { 1 } else { BRAILLE[x % 2][3 - y % 4] };
        if let Some(cell) = self.cell(x, y) {
            cell.dots |= bit;
            cell.style = style;
        }
    }

    /// Dots one above the other, both ends included.
    pub(super) fn upright(&mut self, x: usize, from: usize, to: usize, style: Style) {
        (from.min(to)..=from.max(to)).for_each(|y| self.dot(x, y, style));
    }

    /// A sign in the cell of a dot, over whatever is there.
    pub(super) fn sign(&mut self, x: usize, y: usize, sign: char, style: Style) {
        if let Some(cell) = self.cell(x, y) {
            (cell.sign, cell.style) = (Some(sign), style);
        }
    }

    /// Takes away the signs in the cells of dots one above the other.
    pub(super) fn clear(&mut self, x: usize, from: usize, to: usize) {
        for y in from.min(to)..=from.max(to) {
            if let Some(cell) = self.cell(x, y) {
                cell.sign = None;
            }
        }
    }

    /// A sign where nothing is yet.
    pub(super) fn sign_below(&mut self, x: usize, y: usize, sign: char, style: Style) {
        if self.cell(x, y).is_some_and(|cell| cell.is_empty()) {
            self.sign(x, y, sign, style);
        }
    }

    /// A line from the lowest cell to the highest, behind everything else.
    pub(super) fn rule(&mut self, x: usize, sign: char, style: Style) {
        let per_cell = if self.is_ascii { 1 } else { 4 };
        (0..self.rows).for_each(|row| self.sign_below(x, row * per_cell, sign, style));
    }

    /// Puts it on the screen, cell by cell: there are thousands, and none of them needs to be measured.
    pub(super) fn draw(&self, buf: &mut Buffer, at: Position, theme: &Theme) {
        let area = Rect::new(at.x, at.y, u16::MAX - at.x, u16::MAX - at.y).intersection(buf.area);
        for (row, y) in self.cells.chunks(self.columns.max(1)).zip(area.y..area.bottom()) {
            for (cell, x) in row.iter().zip(area.x..area.right()).filter(|(cell, _)| !cell.is_empty()) {
                let sign = cell.sign.unwrap_or_else(|| self.dots(cell.dots));
                if let Some(place) = buf.cell_mut((x, y)) {
                    place.set_char(sign).set_style(theme.style(cell.style));
                }
            }
        }
    }

    fn dots(&self, dots: u8) -> char {
        match (dots, self.is_ascii) {
            (0, _) => ' ',
            (_, true) => '*',
            (_, false) => char::from_u32(0x2800 + u32::from(dots)).unwrap_or('*'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::tui::{canvas::rows, theme::Depth};

    fn text(plot: &Plot) -> Vec<String> {
        let mut buf = Buffer::empty(Rect::new(0, 0, 4, 2));
        plot.draw(&mut buf, Position::ORIGIN, &Theme::choose(None, Depth::None, None, false));
        rows(&buf)
    }

    #[test]
    fn dots_are_counted_from_the_lower_left() {
        let mut plot = Plot::new(2, 2, false);
        plot.dot(0, 0, Style::PLAIN);
        plot.dot(3, 7, Style::PLAIN);
        assert_eq!(text(&plot), [" ⠈", "⡀"]);
        let mut plot = Plot::new(2, 2, true);
        plot.dot(0, 0, Style::PLAIN);
        plot.dot(1, 1, Style::PLAIN);
        assert_eq!(text(&plot), [" *", "*"]);
    }

    #[test]
    fn what_lies_outside_is_left_out_and_a_rule_stands_behind_all() {
        let mut plot = Plot::new(1, 2, false);
        plot.dot(9, 9, Style::PLAIN);
        plot.upright(0, 0, 3, Style::PLAIN);
        plot.rule(1, '|', Style::PLAIN);
        assert_eq!(text(&plot), ["|", "⡇"]);
        assert_eq!(text(&Plot::new(0, 3, false)), ["", ""]);
    }
}
