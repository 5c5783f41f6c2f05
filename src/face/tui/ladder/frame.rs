//! A frame of a lesson as an arrow: how far it has come at a position, and what was done to it.

use super::{
    Shapes,
    arrow::{Arrow, Remark},
    label, words,
};
use crate::{
    face::{
        text::{Style, line::Ink},
        tui::reel::{Frame, FrameNow, Place},
    },
    kernel::clock::Stamp,
    packet::decode,
};

/// Of the way between two lanes, how far an arrow is drawn that has not come to its end.
const UNDER_WAY: f64 = 0.6;

pub(super) struct Shown<'a> {
    pub(super) frame: &'a Frame,
    /// As it was sent.
    pub(super) bytes: &'a [u8],
    pub(super) now: FrameNow,
    pub(super) label: Option<&'a str>,
    pub(super) clock: Stamp,
    pub(super) style: Style,
    pub(super) shapes: &'a Shapes,
    /// Only its name stands on it.
    pub(super) is_brief: bool,
}

impl Shown<'_> {
    pub(super) fn arrow(&self) -> Arrow {
        let remark = words::remark(&self.now, self.clock);
        Arrow {
            lanes: self.frame.lanes,
            words: self.words(),
            signs: self.signs(),
            shaft: self.shaft(),
            part: self.part(),
            head: self.head(Arrow::is_to_the_right(self.frame.lanes)),
            head_style: self.head_style(),
            style: self.style,
            remark: remark.map(|text| Remark { text, style: words::style(&self.now) }),
        }
    }

    fn words(&self) -> Vec<String> {
        let words = label::of_tcp(&decode(self.bytes), self.bytes).unwrap_or_else(|| self.of_others());
        let shortest = words.last().cloned().unwrap_or_default();
        if self.is_brief {
            return vec![shortest];
        }
        let named = self.label.map(|label| words.iter().map(|words| format!("{label}: {words}")).collect::<Vec<_>>());
        let named = named.unwrap_or_else(|| words.clone());
        named.into_iter().chain([shortest]).collect()
    }

    fn of_others(&self) -> Vec<String> {
        let (whole, name) = (&self.frame.explained.summary, &self.frame.explained.name);
        let short = name.split(' ').next().unwrap_or_default();
        vec![whole.clone(), name.clone(), short.to_owned()]
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

    fn part(&self) -> Option<f64> {
        match self.now.place {
            Place::Arrived | Place::Refused => None,
            Place::Held { .. } | Place::Lost(_) => Some(UNDER_WAY),
            Place::OnItsWay => Some(self.progress()),
        }
    }

    /// How much of the way a frame has behind it that is on its way for a known time.
    fn progress(&self) -> f64 {
        let Some(whole) = self.now.delayed_ns.filter(|whole| *whole > 0) else { return UNDER_WAY };
        let since = self.frame.turns.last().map_or(self.frame.entered(), |turn| turn.at);
        let gone = self.clock.0.saturating_sub(since.0);
        #[expect(clippy::cast_precision_loss, reason = "a part of a screen's width")]
        let part = gone as f64 / whole as f64;
        // From our hands it goes the rest of its way.
        let begin = if self.now.held_ns.is_some() { UNDER_WAY } else { 0.0 };
        (begin + (1.0 - begin) * part).clamp(0.05, 0.95)
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
}
