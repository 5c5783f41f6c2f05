//! Text for a terminal, a pipe or a screen reader: styled lines, wrapped to a width, with nothing in them that a
//! terminal would obey.
//!
//! What the text says is left to the faces.

pub mod escape;
pub mod line;
pub mod paint;
pub mod table;
pub mod terminal;
pub mod wrap;

pub use line::{Line, Style};
pub use paint::{Marks, Palette};

/// How text has to be laid out and painted.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Cells in a line.
    pub width: usize,
    pub palette: Palette,
}
