//! The course of one frame and of one call, from which can be told how it stood at any position.

use std::ops::Range;

use crate::{
    face::{
        explain::{Explain, Explained},
        journey::{Journey, News},
        text::paint::Fates,
    },
    kernel::clock::Stamp,
    narrate::english::say_all,
    timeline::event::{DropReason, Fate, FrameId},
};

/// A frame, from its entry to its end.
#[derive(Debug)]
pub struct Frame {
    /// The event with which it entered.
    pub event: usize,
    pub id: FrameId,
    /// Between which hosts, by their places.
    pub lanes: (usize, usize),
    pub is_on_wire: bool,
    pub explained: Explained,
    /// What the script calls it, since that event.
    pub label: Option<(usize, String)>,
    /// Since then it is known to be nothing but another one, sent again.
    pub is_twin: Option<usize>,
    pub turns: Vec<Turn>,
    /// When it was sent again while we held something: the events.
    pub repeated: Vec<(usize, Stamp)>,
    /// The claims that hold because of it.
    pub claims: Vec<usize>,
    /// Its numbers among those of its conversation, if it is of TCP and this is its first hop.
    pub point: Option<(usize, usize)>,
    journey: Journey,
}

/// Something that became of it.
#[derive(Debug)]
pub struct Turn {
    pub event: usize,
    pub at: Stamp,
    pub fate: Fate,
    /// The end of its arrow since then.
    pub mark: fn(&Fates) -> &'static str,
    /// In words; empty where it simply passes.
    pub says: String,
    /// It was taken by its receiver's kernel.
    pub is_taken: bool,
}

/// How a frame stands at a position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameNow {
    pub place: Place,
    pub copies: usize,
    /// How often it was sent again while it was in our hands.
    pub twins: usize,
    /// How often else: its receiver has it, and we hold the answer.
    pub twins_since: usize,
    /// It was in our hands, for so long since it was sent.
    pub held_ns: Option<u64>,
    /// It is to leave, or has left, so much later.
    pub delayed_ns: Option<u64>,
    pub is_reordered: bool,
    pub is_corrupted: bool,
    pub is_truncated: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Between two hosts, on its own.
    #[default]
    OnItsWay,
    Held {
        since: Stamp,
    },
    Arrived,
    /// With its receiver, who throws it away: it is damaged.
    Refused,
    Lost(DropReason),
}

impl Frame {
    pub(super) fn new(
        event: usize,
        id: FrameId,
        lanes: (usize, usize),
        is_on_wire: bool,
        explained: Explained,
        journey: Journey,
    ) -> Self {
        let (label, is_twin, turns, repeated, claims) = Default::default();
        Self { event, id, lanes, is_on_wire, explained, label, is_twin, turns, repeated, claims, point: None, journey }
    }

    /// When it entered.
    #[must_use]
    pub const fn entered(&self) -> Stamp {
        self.journey.entered
    }

    pub(super) fn meets(&mut self, event: usize, at: Stamp, fate: &Fate, explain: &mut dyn Explain) {
        let Some(News { mark, sentences, passes, .. }) = self.journey.meets(at, fate, None, explain) else { return };
        // That it arrives is no news where it passes; what its receiver does with it may be.
        let says = say_all(&sentences[usize::from(passes).min(sentences.len())..]);
        let arrows = crate::face::text::Marks::UNICODE.fates;
        let is_taken = mark(&arrows) == arrows.delivered;
        self.turns.push(Turn { event, at, fate: without_bytes(fate), mark, says, is_taken });
    }

    pub(super) fn is_repeated(&mut self, event: usize, at: Stamp) {
        self.journey.is_repeated(at);
        self.repeated.push((event, at));
    }

    /// What became of it before a position.
    pub fn turns_at(&self, position: usize) -> impl Iterator<Item = &Turn> {
        self.turns.iter().take_while(move |turn| turn.event < position)
    }

    /// The claims that held because of it before a position, by their events.
    pub fn claims_at(&self, position: usize) -> impl Iterator<Item = usize> {
        self.claims.iter().copied().take_while(move |event| *event < position)
    }

    #[must_use]
    pub fn is_twin_at(&self, position: usize) -> bool {
        self.is_twin.is_some_and(|event| event < position)
    }

    #[must_use]
    pub fn label_at(&self, position: usize) -> Option<&str> {
        self.label.as_ref().filter(|(event, _)| *event < position).map(|(_, label)| label.as_str())
    }

    /// What it is, in a word: `SYN+ACK`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.explained.name.split_whitespace().next().unwrap_or("packet")
    }

    #[must_use]
    pub fn at(&self, position: usize) -> FrameNow {
        let mut now = FrameNow { copies: 1, ..FrameNow::default() };
        if !self.is_on_wire {
            now.place = Place::Arrived;
        }
        self.turns_at(position).for_each(|turn| now.meets(turn, self.entered()));
        let repeated = self.repeated_in(0..position).len();
        now.twins = self.repeated_in(self.in_our_hands().start..self.in_our_hands().end.min(position)).len();
        now.twins_since = repeated - now.twins;
        now
    }

    /// When it was sent again among some events.
    #[must_use]
    pub fn repeated_in(&self, events: Range<usize>) -> &[(usize, Stamp)] {
        let begin = self.repeated.partition_point(|(event, _)| *event < events.start);
        let end = self.repeated.partition_point(|(event, _)| *event < events.end);
        &self.repeated[begin.min(end)..end]
    }

    /// The events between which it was in our hands; none where it never was.
    fn in_our_hands(&self) -> Range<usize> {
        let Some(taken) = self.turns.iter().position(|turn| matches!(turn.fate, Fate::Held)) else { return 0..0 };
        let end = self.turns.get(taken + 1).map_or(usize::MAX, |turn| turn.event);
        self.turns[taken].event..end
    }
}

/// Its bytes stand in the event.
fn without_bytes(fate: &Fate) -> Fate {
    match fate {
        Fate::Left { copy, .. } => Fate::Left { copy: *copy, altered: None },
        other => other.clone(),
    }
}

impl FrameNow {
    fn meets(&mut self, turn: &Turn, entered: Stamp) {
        if matches!(self.place, Place::Held { .. }) {
            self.held_ns = Some(turn.at.0.saturating_sub(entered.0));
        }
        match turn.fate {
            Fate::Held => self.place = Place::Held { since: turn.at },
            Fate::Left { .. } => self.place = if turn.is_taken { Place::Arrived } else { Place::Refused },
            Fate::Dropped { why } if self.copies < 2 || self.place == Place::OnItsWay => self.place = Place::Lost(why),
            Fate::Dropped { .. } | Fate::Twin { .. } => {}
            Fate::Duplicated { copies } => self.goes_on(|now| now.copies = copies),
            Fate::Delayed { by_ns } => self.goes_on(|now| now.delayed_ns = Some(by_ns)),
            Fate::Reordered => self.goes_on(|now| now.is_reordered = true),
            Fate::Corrupted { .. } => self.goes_on(|now| now.is_corrupted = true),
            Fate::Truncated { .. } => self.goes_on(|now| now.is_truncated = true),
        }
    }

    fn goes_on(&mut self, change: impl FnOnce(&mut Self)) {
        self.place = Place::OnItsWay;
        change(self);
    }
}

/// A call, by the events at which it was entered, fell asleep and came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallTrack {
    pub entered: usize,
    pub lane: usize,
    pub waits: Option<usize>,
    pub returned: Option<usize>,
    /// Something has happened between entry and return.
    pub returns_apart: bool,
}

impl CallTrack {
    pub(super) const fn new(entered: usize, lane: usize) -> Self {
        Self { entered, lane, waits: None, returned: None, returns_apart: false }
    }
}
