//! The frames of a lab that are on its wire, or were: what has to be remembered of each until it is told.

use std::collections::{HashMap, VecDeque};

use crate::{
    face::{
        explain::Explained,
        journey::{Journey, is_at_once},
    },
    kernel::clock::Stamp,
    timeline::event::FrameId,
};

#[derive(Debug, Default)]
pub(super) struct Journeys {
    known: HashMap<FrameId, Told>,
    /// Frames that have entered the wire and are not shown yet: what becomes of them decides how they are.
    unseen: VecDeque<FrameId>,
    /// The frame that the last lines of the page are about, and how many lines there were then.
    last: Option<(FrameId, usize)>,
}

/// One frame on its way.
#[derive(Debug)]
struct Told {
    journey: Journey,
    /// What is shown of it; gone once that is done.
    explained: Option<Explained>,
    /// When something was told of it last.
    at: Stamp,
}

impl Journeys {
    pub(super) fn enter(&mut self, frame: FrameId, journey: Journey, explained: Explained) {
        let at = journey.entered;
        self.known.insert(frame, Told { journey, explained: Some(explained), at });
        self.unseen.push_back(frame);
    }

    pub(super) fn get(&self, frame: FrameId) -> Option<&Journey> {
        self.known.get(&frame).map(|told| &told.journey)
    }

    pub(super) fn get_mut(&mut self, frame: FrameId) -> Option<&mut Journey> {
        self.known.get_mut(&frame).map(|told| &mut told.journey)
    }

    /// Something is told of it.
    pub(super) fn tell(&mut self, frame: FrameId, at: Stamp) {
        self.known.get_mut(&frame).into_iter().for_each(|told| told.at = at);
    }

    pub(super) fn all_seen(&self) -> bool {
        self.unseen.is_empty()
    }

    /// The next frame that is to be shown, if `frame` is not before it: all of them, where none is named.
    pub(super) fn next_unseen(&mut self, up_to: Option<FrameId>) -> Option<(FrameId, Explained)> {
        if up_to.is_some_and(|frame| !self.unseen.contains(&frame)) {
            return None;
        }
        let frame = self.unseen.pop_front()?;
        Some((frame, self.known.get_mut(&frame)?.explained.take()?))
    }

    /// It is nothing to be shown by itself.
    pub(super) fn forget(&mut self, frame: FrameId) -> Option<Journey> {
        self.unseen.retain(|unseen| *unseen != frame);
        self.known.remove(&frame).map(|told| told.journey)
    }

    /// The page, which has so many lines now, ends with lines about this frame.
    pub(super) const fn note_last(&mut self, frame: FrameId, lines: usize) {
        self.last = Some((frame, lines));
    }

    /// Whether the page, which has so many lines now, ends with lines about a frame.
    pub(super) fn is_last(&self, lines: usize) -> bool {
        self.last.is_some_and(|(_, then)| then == lines)
    }

    /// Whether what is said of it now may stand below it without saying of which frame, and when.
    pub(super) fn continues(&self, frame: FrameId, at: Stamp, lines: usize) -> bool {
        self.last == Some((frame, lines)) && self.known.get(&frame).is_some_and(|told| is_at_once(told.at, at))
    }
}
