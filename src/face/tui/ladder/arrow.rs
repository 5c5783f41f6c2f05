//! A frame as an arrow between two lanes: how far it has come, and what was done to it, told by its shape.

use unicode_width::UnicodeWidthStr;

use super::{Lanes, Shapes, strip::Strip, words};
use crate::{
    face::{
        text::{Style, line::Ink},
        tui::reel::{Frame, FrameNow, Place},
    },
    kernel::clock::Stamp,
};

/// Of the way between two lanes, how far an arrow is drawn that has not come to its end.
const UNDER_WAY: f64 = 0.6;
/// Cells of a shaft before its label.
const LEAD: usize = 2;

pub(super) struct Arrow<'a> {
    pub(super) frame: &'a Frame,
    pub(super) now: FrameNow,
    pub(super) label: Option<&'a str>,
    pub(super) clock: Stamp,
    pub(super) style: Style,
    pub(super) shapes: &'a Shapes,
    /// Only its name stands on it.
    pub(super) is_brief: bool,
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

impl Arrow<'_> {
    /// Draws it; what did not fit beside it stands in the answer, for a line below.
    pub(super) fn draw(&self, strip: &mut Strip, lanes: &Lanes) -> Option<String> {
        let way = Way::between(lanes, self.frame.lanes);
        let label = self.words(way.room);
        let reach = self.reach(way.room, LEAD + label.width() + 1);
        let shaft = self.shaft();
        for cell in 0..reach {
            strip.put(way.place(cell, 1), shaft, self.style);
        }
        strip.put(way.place(LEAD, label.width()), &label, self.style.bold());
        let head = self.head(way.to_the_right);
        strip.put(way.place(reach.saturating_sub(head.width()), head.width()), &head, self.head_style());
        self.remark(strip, way, reach)
    }

    fn words(&self, room: usize) -> String {
        let most = room.saturating_sub(LEAD + 4);
        let named = self.label.map(|label| format!("{label}: ")).unwrap_or_default();
        let head = self.frame.explained.summary.split("  ").next().unwrap_or_default();
        let name = self.frame.explained.name.as_str();
        let short = name.split(' ').next().unwrap_or_default();
        let signs = self.signs();
        let candidates = [format!("{named}{head}"), format!("{named}{name}"), name.to_owned(), short.to_owned()];
        let fitting = candidates
            .into_iter()
            .skip(if self.is_brief { 3 } else { 0 })
            .find(|text| text.width() + signs.width() + 2 <= most);
        format!(" {}{signs} ", fitting.unwrap_or_default())
    }

    /// What was done to it, as signs behind its name.
    fn signs(&self) -> String {
        let shapes = self.shapes;
        let done = [
            (self.now.is_reordered, shapes.reordered),
            (self.now.is_corrupted, shapes.corrupted),
            (self.now.is_truncated, shapes.truncated),
        ];
        done.iter().filter(|(is_so, _)| *is_so).map(|(_, sign)| format!(" {sign}")).collect()
    }

    const fn shaft(&self) -> &'static str {
        match self.now {
            FrameNow { copies: 2.., .. } => self.shapes.double_shaft,
            FrameNow { delayed_ns: Some(_), .. } => self.shapes.slow_shaft,
            _ => self.shapes.shaft,
        }
    }

    fn reach(&self, room: usize, least: usize) -> usize {
        let part = match self.now.place {
            Place::Arrived | Place::Refused => return room,
            Place::Held { .. } | Place::Lost(_) => UNDER_WAY,
            Place::OnItsWay => self.progress(),
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a screen's width")]
        let cells = (room as f64 * part) as usize;
        cells.max(least + 1).min(room)
    }

    /// How much of the way a frame has behind it that is on its way for a known time.
    fn progress(&self) -> f64 {
        let Some(whole) = self.now.delayed_ns.filter(|whole| *whole > 0) else { return UNDER_WAY };
        let since = self.frame.turns.last().map_or(self.frame.entered(), |turn| turn.at);
        let gone = self.clock.0.saturating_sub(since.0);
        #[expect(clippy::cast_precision_loss, reason = "a part of a screen's width")]
        let part = gone as f64 / whole as f64;
        part.clamp(0.05, 0.95)
    }

    fn head(&self, to_the_right: bool) -> String {
        let shapes = self.shapes;
        let point = if to_the_right { shapes.right } else { shapes.left };
        match self.now.place {
            Place::Held { .. } => shapes.wall.to_owned(),
            Place::Lost(_) => shapes.broken.to_owned(),
            Place::Refused if to_the_right => format!("{point}{}", shapes.broken),
            Place::Refused => format!("{}{point}", shapes.broken),
            Place::Arrived | Place::OnItsWay => point.repeat(self.now.copies.clamp(1, 3)),
        }
    }

    const fn head_style(&self) -> Style {
        match self.now.place {
            Place::Held { .. } => Style::of(Ink::Waits).bold(),
            Place::Lost(_) | Place::Refused => Style::of(Ink::Bad).bold(),
            Place::Arrived | Place::OnItsWay => self.style.bold(),
        }
    }

    /// What became of it, in the free half of its way if it fits there.
    fn remark(&self, strip: &mut Strip, way: Way, reach: usize) -> Option<String> {
        let remark = words::remark(&self.now, self.clock)?;
        let free = way.room.saturating_sub(reach + 1);
        if remark.width() > free {
            return Some(remark);
        }
        strip.put(way.place(reach + 1, remark.width()), &remark, words::style(&self.now));
        None
    }
}
