//! Which packets of the ladder are in sight, and on which rows.

use super::Course;
use crate::{
    face::{
        text::Line,
        tui::ladder::packet::{self, PacketLook},
    },
    kernel::clock::Stamp,
};

/// Rows above the packets: the names and the states of both ends.
pub(super) const HEAD: u16 = 2;

/// A row, and the position of the packet that it belongs to.
pub(super) type Rung = (usize, Line);

impl Course {
    /// The rows of the ladder, and the first packet of which all is in sight. What was at the top stays there as long
    /// as the chosen packet is in sight then.
    pub(super) fn rungs(&self, look: &PacketLook, began: Stamp, height: usize) -> (usize, Vec<Rung>) {
        if self.packets == 0 || height == 0 {
            return (0, Vec::new());
        }
        let last = self.packets - 1;
        let chosen = self.chosen.min(last);
        let top = self.top.min(chosen);
        let rows = |position| self.rows_of(look, began, position);
        let down = |top: usize| {
            let mut rungs = Vec::with_capacity(height);
            let mut position = top;
            while position <= last && rungs.len() < height {
                rungs.extend(rows(position));
                position += 1;
            }
            rungs
        };
        let rungs = if chosen - top < height { down(top) } else { Vec::new() };
        let is_seen = rungs.iter().rposition(|(position, _)| *position == chosen).is_some_and(|end| end < height);
        if is_seen && (rungs.len() >= height || top == 0) {
            return (top, cut(rungs, height));
        }
        // Room that is left below the last packet is filled from above.
        let top = self.top_above(if is_seen { last } else { chosen }, height, rows);
        (top, cut(down(top), height))
    }

    /// The first packet that is in sight if all of this one is the last in sight.
    fn top_above(&self, lowest: usize, height: usize, rows: impl Fn(usize) -> Vec<Rung>) -> usize {
        let (mut top, mut used) = (lowest, rows(lowest).len());
        while top > 0 {
            used += rows(top - 1).len();
            if used > height {
                break;
            }
            top -= 1;
        }
        top
    }

    fn rows_of(&self, look: &PacketLook, began: Stamp, position: usize) -> Vec<Rung> {
        let lines = match self.sheet.get(position) {
            Some(found) => packet::rows(look, &found.seen(began)),
            None => vec![packet::unread(look)],
        };
        lines.into_iter().map(|line| (position, line)).collect()
    }
}

fn cut(mut rungs: Vec<Rung>, height: usize) -> Vec<Rung> {
    rungs.truncate(height);
    rungs
}
