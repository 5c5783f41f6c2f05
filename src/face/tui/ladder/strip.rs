//! One row of the ladder while it is being drawn: cells that are written anywhere, in any order.

use unicode_width::UnicodeWidthChar;

use crate::face::text::{Line, Style};

#[derive(Debug)]
pub(super) struct Strip(Vec<Cell>);

#[derive(Clone, Copy, Debug)]
struct Cell {
    /// Absent behind a character of two cells.
    sign: Option<char>,
    style: Style,
}

impl Strip {
    pub(super) fn new(width: usize) -> Self {
        Self(vec![Cell { sign: Some(' '), style: Style::PLAIN }; width])
    }

    pub(super) const fn width(&self) -> usize {
        self.0.len()
    }

    /// Writes `text` from this cell on, as far as there is room.
    pub(super) fn put(&mut self, at: usize, text: &str, style: Style) {
        let mut at = at;
        for sign in text.chars() {
            let width = sign.width().unwrap_or(0);
            if width == 0 || at + width > self.width() {
                continue;
            }
            self.0[at] = Cell { sign: Some(sign), style };
            self.0[at + 1..at + width].iter_mut().for_each(|cell| *cell = Cell { sign: None, style });
            at += width;
        }
    }

    /// Fills the cells from `from` up to `to` with one sign.
    pub(super) fn fill(&mut self, from: usize, to: usize, sign: &str, style: Style) {
        (from..to.min(self.width())).for_each(|at| self.put(at, sign, style));
    }

    /// A styled line, from this cell on.
    pub(super) fn put_line(&mut self, at: usize, line: &Line) {
        let mut at = at;
        for span in line.spans() {
            self.put(at, span.text(), span.style());
            at += unicode_width::UnicodeWidthStr::width(span.text());
        }
    }

    pub(super) fn into_line(self) -> Line {
        let mut line = Line::new();
        let mut text = String::new();
        let mut style = Style::PLAIN;
        for cell in self.0 {
            let Some(sign) = cell.sign else { continue };
            if cell.style != style {
                line.push(&std::mem::take(&mut text), style);
                style = cell.style;
            }
            text.push(sign);
        }
        line.push(&text, style);
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_can_be_written_in_any_order_and_nothing_leaves_the_strip() {
        let mut strip = Strip::new(8);
        strip.put(5, "end of it", Style::STRONG);
        strip.put(0, "三次", Style::PLAIN);
        assert_eq!(strip.into_line().text(), "三次 end");
    }

    #[test]
    fn a_wide_character_is_not_cut_in_half() {
        let mut strip = Strip::new(3);
        strip.put(0, "三次", Style::PLAIN);
        assert_eq!(strip.into_line().text(), "三 ");
    }
}
