//! The part of the line that is seen where it is wider than its place.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::Input;

/// What is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub text: String,
    /// The cell of the cursor, from the left.
    pub cursor: usize,
    /// Whether something is hidden on either side.
    pub cut_left: bool,
    pub cut_right: bool,
}

impl Input {
    /// The line in `width` cells, the cursor among them. It scrolls by halves of the width, so that the text stands
    /// still while the cursor goes about in it.
    #[must_use]
    pub fn view(&self, width: usize) -> View {
        // Each grapheme by itself: a line as a whole may count less, where signs join that are drawn apart.
        let cells = |text: &str| text.graphemes(true).map(UnicodeWidthStr::width).sum::<usize>();
        // The cursor needs a cell behind the text, too.
        let first = if cells(&self.text) < width { 0 } else { first_cell(cells(&self.text[..self.cursor]), width) };
        let mut view = View { text: String::new(), cursor: 0, cut_left: false, cut_right: false };
        let (mut cell, mut used) = (0, 0);
        for (byte, grapheme) in self.text.grapheme_indices(true) {
            let cells = grapheme.width();
            if cell < first {
                view.cut_left = true;
            } else if used + cells > width || view.cut_right {
                view.cut_right = true;
            } else {
                if byte < self.cursor {
                    view.cursor += cells;
                }
                view.text.push_str(grapheme);
                used += cells;
            }
            cell += cells;
        }
        view
    }
}

/// The first cell that is seen, for a cursor at cell `at`.
const fn first_cell(at: usize, width: usize) -> usize {
    match width / 2 {
        0 => at,
        half => (at / half).saturating_sub(1) * half,
    }
}
