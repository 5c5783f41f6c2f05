//! A frame that was seen on the link, and how far it has come.

use std::sync::Arc;

use super::hosts::Route;
use crate::{
    kernel::clock::Stamp,
    packet::Packet,
    timeline::event::{DropReason, FrameId},
};

#[derive(Clone, Debug)]
pub struct Seen {
    pub id: FrameId,
    /// When it crossed the loopback, or entered the wire.
    pub at: Stamp,
    /// From whom to whom the packet goes.
    pub route: Route,
    /// From whom to whom this frame carries it: another pair where a router stands between them.
    pub hop: Route,
    pub packet: Packet,
    pub bytes: Arc<[u8]>,
    pub passage: Passage,
}

/// How far a frame has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    pub place: Place,
    /// When it left the wire, if it did.
    pub left: Option<Stamp>,
    /// How often it was sent again and folded into this one.
    pub twins: u32,
    /// It has arrived in such a way that its receiver threw it away.
    pub damaged: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the wire, and nobody has to do anything for it to go on.
    OnItsWay,
    /// In our hands.
    Held,
    /// Folded into that frame, which it repeats.
    Twin(FrameId),
    /// With the receiver's kernel.
    Arrived,
    Lost(DropReason),
}

impl Passage {
    /// Where nothing stands between sending and arriving.
    #[must_use]
    pub const fn arrived(at: Stamp) -> Self {
        Self { place: Place::Arrived, left: Some(at), twins: 0, damaged: false }
    }

    #[must_use]
    pub const fn entered() -> Self {
        Self { place: Place::OnItsWay, left: None, twins: 0, damaged: false }
    }
}

impl Seen {
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.passage.place == Place::Held
    }

    /// Whether its receiver will never have it: if it is wanted, it has to come again.
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        self.passage.damaged || matches!(self.passage.place, Place::Lost(_))
    }

    #[must_use]
    pub const fn is_twin(&self) -> bool {
        matches!(self.passage.place, Place::Twin(_))
    }
}
