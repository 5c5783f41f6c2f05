//! The line on the screen: one row, with its cursor.

use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthStr;

use super::{
    super::{canvas, theme::Theme},
    Input,
};
use crate::face::text::{Line, Style, line::Ink};

impl Input {
    /// Behind its prompt, in the first row of the area.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, prompt: &str, theme: &Theme) {
        if area.height == 0 {
            return;
        }
        let view = self.view(usize::from(area.width).saturating_sub(prompt.width()));
        let line = Line::styled(prompt, Style::of(Ink::Waits).bold()).with(&view.text, Style::STRONG);
        canvas::put(buf, area.x, area.y, area.width, &line, theme);
        let cursor = area.x.saturating_add(u16::try_from(prompt.width() + view.cursor).unwrap_or(u16::MAX));
        if cursor < area.right() {
            buf.set_style(Rect { x: cursor, width: 1, height: 1, ..area }, theme.selected());
        }
    }
}
