//! The frames of a lab that are on its wire, or were: what has to be remembered of each until it is told.

use std::collections::{HashMap, VecDeque};

use crate::{
    face::explain::{Explained, Flow},
    kernel::clock::Stamp,
    timeline::event::FrameId,
};

/// From here on a frame was kept waiting; what takes less is how long it takes to hand it over.
const AT_ONCE_NS: u128 = 2_000_000;

#[derive(Debug, Default)]
pub(super) struct Journeys {
    known: HashMap<FrameId, Journey>,
    /// Frames that have entered the wire and are not shown yet: what becomes of them decides how they are.
    unseen: VecDeque<FrameId>,
    /// The frame that the last lines of the page are about, and how many lines there were then.
    last: Option<(FrameId, usize)>,
}

/// One frame on its way.
#[derive(Debug)]
pub(super) struct Journey {
    pub(super) entered: Stamp,
    pub(super) from: String,
    pub(super) to: String,
    /// Whether `to` is its receiver, and not a router on its way.
    pub(super) ends_here: bool,
    pub(super) flow: Option<Flow>,
    pub(super) name: String,
    /// What is shown of it; gone once that is done.
    explained: Option<Explained>,
    /// Until the last copy of it has gone.
    pub(super) bytes: Vec<u8>,
    pub(super) stay: Stay,
    /// How often it was sent, its twins included, and when that was done last.
    pub(super) times: usize,
    pub(super) sent_last: Stamp,
    /// When something was told of it last.
    pub(super) told: Stamp,
    copies: usize,
    gone: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stay {
    /// Nothing was done to it.
    Passing,
    /// In our hands.
    Held,
    /// Something was done because of which it is worth a word that it arrives.
    Hindered,
}

impl Journeys {
    pub(super) fn enter(
        &mut self,
        frame: FrameId,
        at: Stamp,
        (from, to, ends_here): (&str, &str, bool),
        bytes: &[u8],
        explained: Explained,
    ) {
        let journey = Journey {
            entered: at,
            from: from.into(),
            to: to.into(),
            ends_here,
            flow: explained.flow,
            name: explained.name.clone(),
            explained: Some(explained),
            bytes: bytes.into(),
            stay: Stay::Passing,
            times: 1,
            sent_last: at,
            told: at,
            copies: 1,
            gone: 0,
        };
        self.known.insert(frame, journey);
        self.unseen.push_back(frame);
    }

    pub(super) fn get(&self, frame: FrameId) -> Option<&Journey> {
        self.known.get(&frame)
    }

    pub(super) fn get_mut(&mut self, frame: FrameId) -> Option<&mut Journey> {
        self.known.get_mut(&frame)
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
        self.known.remove(&frame)
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
        self.last == Some((frame, lines)) && self.get(frame).is_some_and(|journey| is_at_once(journey.told, at))
    }
}

impl Journey {
    /// It goes on so many times.
    pub(super) const fn multiply(&mut self, copies: usize) {
        self.copies = copies;
    }

    pub(super) const fn has_copies(&self) -> bool {
        self.copies > 1
    }

    /// A copy has gone, one way or the other.
    pub(super) fn go(&mut self) {
        self.gone += 1;
        if self.gone >= self.copies {
            self.bytes = Vec::new();
        }
    }

    /// Whether it passes as if there were no wire.
    pub(super) fn simply_passes(&self, at: Stamp) -> bool {
        self.stay == Stay::Passing && is_at_once(self.entered, at)
    }
}

fn is_at_once(from: Stamp, to: Stamp) -> bool {
    to.since(from).as_nanos() < AT_ONCE_NS
}
