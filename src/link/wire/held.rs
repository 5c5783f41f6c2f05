//! The frames that are in our hands.

use std::collections::BTreeMap;

use super::switch::{Frame, FrameId};

/// The frames that are held, in the order in which they arrived.
#[derive(Debug, Default)]
pub struct Held {
    frames: BTreeMap<FrameId, Frame>,
}

impl Held {
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Frame> {
        self.frames.values()
    }

    #[must_use]
    pub fn get(&self, id: FrameId) -> Option<&Frame> {
        self.frames.get(&id)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    pub(super) fn put(&mut self, frame: Frame) {
        self.frames.insert(frame.id, frame);
    }

    pub(super) fn take(&mut self, id: FrameId) -> Option<Frame> {
        self.frames.remove(&id)
    }
}
