//! The mouse over a conversation: everything that it does, a key does too.

use ratatui::layout::Position;

use super::{Course, CourseAct, Pane, packet, rungs};
use crate::face::tui::capture::news::CaptureEffect;

impl Course {
    /// A click chooses a packet, a field or a byte, and gives its pane the keys.
    pub fn click(&mut self, column: u16, row: u16) -> Vec<CaptureEffect> {
        let (at, [ladder, packet, summary]) = (Position::new(column, row), self.panes());
        if ladder.contains(at) {
            self.focus = Pane::Ladder;
            // Below the frame stand the names and the states of both ends.
            let line = usize::from(row - ladder.y).checked_sub(1 + usize::from(rungs::HEAD));
            if let Some(position) = line.and_then(|line| self.sight.rows.get(line)).copied() {
                self.follows = false;
                self.choose(position);
            }
        } else if packet.contains(at) {
            self.focus = Pane::Packet;
            let area = self.fields_area(packet);
            if let Some(found) = self.sheet.get(self.chosen) {
                self.fields.click(column, row, area, &packet::dissected(found));
            }
        } else if summary.contains(at) {
            self.focus = Pane::Summary;
        }
        self.wishes()
    }

    /// The wheel, over whatever is there: so many rows down, or up.
    pub fn wheel(&mut self, column: u16, row: u16, rows: i32) -> Vec<CaptureEffect> {
        let (at, [_, packet, summary]) = (Position::new(column, row), self.panes());
        let act = if rows < 0 { CourseAct::Up } else { CourseAct::Down };
        for _ in 0..rows.unsigned_abs() {
            if self.fields_area(packet).contains(at) {
                self.go_among_fields(act);
            } else if packet.contains(at) {
                self.scroll(0, act);
            } else if summary.contains(at) {
                self.scroll(1, act);
            } else {
                self.go_along(act);
            }
        }
        self.wishes()
    }
}
