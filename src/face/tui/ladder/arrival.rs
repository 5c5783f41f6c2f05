//! Packets that arrive long after they were sent: their arrows stand further up.

use std::ops::Range;

use super::{Painter, Timed, host_style, moment};
use crate::{
    face::{text::Line, tui::reel::Frame},
    timeline::event::{Event, Fate, What},
};

impl Painter<'_> {
    /// At its receiver, with the time by which its arrow is found.
    pub(super) fn arrival(&self, event: Timed<'_>, first: usize, events: Range<usize>) -> Line {
        let (reel, position) = (self.view.reel, self.view.position);
        let frame = &reel.frames()[first];
        let sent = |frame: &Frame| moment(reel.events()[frame.event].at.0.saturating_sub(event.1.0));
        let arrived = |event: &Event| match event.what {
            What::Fate { frame: id, fate: Fate::Left { .. } } => reel.frame_before(id, event),
            _ => None,
        };
        let is_of_it = |other: &Frame| other.lanes.1 == frame.lanes.1 && other.at(position).delayed_ns.is_some();
        let end = events.end.min(position);
        let all = reel.events()[events.start.min(end)..end].iter().filter_map(arrived);
        let all: Vec<&Frame> = all.filter(|other| is_of_it(other)).collect();
        let words = match all[..] {
            [from, .., to] => format!("{} packets, sent at {} to {}, arrive", all.len(), sent(from), sent(to)),
            _ => {
                let name = frame.label_at(position).unwrap_or(frame.kind());
                format!("{name}, sent at {}, arrives", sent(frame))
            }
        };
        self.beside(event, frame.lanes.1, &Line::styled(&words, host_style(frame.lanes.0)))
    }
}
