//! What ratatui draws on: it collects a frame, which then goes out at once.
//!
//! crossterm's own backend writes in pieces, asks the terminal where its cursor is (and takes keys away in doing so),
//! and starts a program to ask for the size where there is none. So it is only used to put into words what is
//! not a cell.

use std::io;

use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};

use super::{cells, hold, size};

#[derive(Debug, Default)]
pub(super) struct Canvas {
    frame: Vec<u8>,
    /// Where we have put the cursor, and whether it is shown.
    cursor: Position,
    shown: bool,
}

impl Canvas {
    fn words(&mut self) -> CrosstermBackend<&mut Vec<u8>> {
        CrosstermBackend::new(&mut self.frame)
    }
}

impl Backend for Canvas {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        cells::write(&mut self.frame, content);
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.shown) { self.words().hide_cursor() } else { Ok(()) }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.shown, true) { Ok(()) } else { self.words().show_cursor() }
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        let cursor = self.cursor;
        self.words().set_cursor_position(cursor)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.words().clear()
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.words().clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        let (width, height) = size();
        Ok(Size { width, height })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let shown = hold::show(&self.frame);
        self.frame.clear();
        shown
    }
}

impl Canvas {
    /// The terminal was taken anew, which hides the cursor.
    pub(super) fn forget(&mut self) {
        self.shown = false;
        self.frame.clear();
    }
}
