//! An arrow between two lanes: how far it comes, and what was done on its way, told by its shape.
//!
//! What it stands for is said by whoever makes it: a frame of a lesson (`frame`), or a packet of a capture (`packet`).

use unicode_width::UnicodeWidthStr;

use super::{Lanes, strip::Strip};
use crate::face::text::Style;

/// Cells of a shaft before its label.
const LEAD: usize = 2;

#[derive(Debug)]
pub(super) struct Arrow {
    /// From which lane to which.
    pub(super) lanes: (usize, usize),
    /// What may stand on it, the fullest first: the first one that fits is taken.
    pub(super) words: Vec<String>,
    /// What was done to it, as signs behind the words.
    pub(super) signs: String,
    pub(super) shaft: &'static str,
    /// Of the way between the lanes, how much it has behind it; all of it where it is absent.
    pub(super) part: Option<f64>,
    pub(super) head: String,
    pub(super) head_style: Style,
    pub(super) style: Style,
    /// What became of it, in words.
    pub(super) remark: Option<Remark>,
}

#[derive(Clone, Debug)]
pub(super) struct Remark {
    pub(super) text: String,
    pub(super) style: Style,
}

/// Where the arrow lies in the strip: the cells between its two lanes.
#[derive(Clone, Copy)]
struct Way {
    from: usize,
    room: usize,
    to_the_right: bool,
}

impl Way {
    fn between(lanes: &Lanes, (from, to): (usize, usize)) -> Self {
        let (a, b) = (lanes.column(from), lanes.column(to));
        let (left, right) = (a.min(b), a.max(b));
        Self { from: left + 1, room: right.saturating_sub(left + 1), to_the_right: a <= b }
    }

    /// The first cell of a text of this width that begins so many cells after the sender's lane.
    const fn place(&self, after: usize, width: usize) -> usize {
        if self.to_the_right { self.from + after } else { self.from + self.room.saturating_sub(after + width) }
    }
}

impl Arrow {
    /// Whether it points to the right. The lanes stand in the order of their numbers.
    pub(super) const fn is_to_the_right((from, to): (usize, usize)) -> bool {
        from <= to
    }

    /// Draws it; what did not fit beside it stands in the answer, for a line below.
    pub(super) fn draw(self, strip: &mut Strip, lanes: &Lanes) -> Option<Remark> {
        let way = Way::between(lanes, self.lanes);
        let label = self.label(way.room);
        let reach = self.reach(way.room, LEAD + label.width() + 1);
        for cell in 0..reach {
            strip.put(way.place(cell, 1), self.shaft, self.style);
        }
        strip.put(way.place(LEAD, label.width()), &label, self.style.bold());
        let head = &self.head;
        strip.put(way.place(reach.saturating_sub(head.width()), head.width()), head, self.head_style);
        self.put_remark(strip, way, reach)
    }

    fn label(&self, room: usize) -> String {
        let most = room.saturating_sub(LEAD + 4);
        let fits = |text: &&String| text.width() + self.signs.width() + 2 <= most;
        format!(" {}{} ", self.words.iter().find(fits).map_or("", String::as_str), self.signs)
    }

    fn reach(&self, room: usize, least: usize) -> usize {
        let Some(part) = self.part else { return room };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a screen's width")]
        let cells = (room as f64 * part) as usize;
        cells.max(least + 1).min(room)
    }

    /// In the free half of its way, if it fits there.
    fn put_remark(self, strip: &mut Strip, way: Way, reach: usize) -> Option<Remark> {
        let remark = self.remark?;
        let free = way.room.saturating_sub(reach + 1);
        let width = remark.text.width();
        if width > free {
            return Some(remark);
        }
        strip.put(way.place(reach + 1, width), &remark.text, remark.style);
        None
    }
}
