//! What the wire tells of its frames.

use std::{io, sync::Arc};

use super::switch::{Decision, Frame, FrameId, HostIndex};
use crate::kernel::clock::Stamp;

/// What happened on the wire. Reports about one frame come in their order; frames of two directions may be reported
/// in another order than that of their times.
#[derive(Debug)]
pub enum WireReport {
    /// A frame came in.
    Entered(Frame),
    /// This is to become of it. A frame that is held may be decided about again, until it is not held any more.
    Decided { id: FrameId, decision: Decision, at: Stamp },
    /// A copy of it, counted from 0, is handed to the receiver's kernel. `altered` holds its bytes where they are not
    /// those that came in. The time is from before the handing over, because the receiver may answer within it.
    Left { id: FrameId, copy: usize, at: Stamp, altered: Option<Arc<[u8]>> },
    /// A copy of it does not leave, against the decision.
    Discarded { id: FrameId, copy: usize, why: Why, at: Stamp },
    /// Something was decided about a frame that is not held: it never was, or an earlier order has dealt with it.
    NotHeld { id: FrameId, at: Stamp },
    /// So many frames of that host found our queue full. We lost them; the network did not.
    Lost { host: HostIndex, frames: u64 },
    /// Everything that had been sent when [`super::Wire::mark`] was called with this token has been reported and
    /// decided, and what is to be delivered at once is with the receiver's kernel.
    Drained { token: u64, at: Stamp },
    /// A host's port failed, or the waiting for all of them.
    Failed { host: Option<HostIndex>, error: io::Error },
}

/// Why a frame does not leave though it was not decided to drop it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The wire was down when it arrived.
    Down,
    /// The queue of its direction, whose rate is limited, was full.
    QueueFull,
    /// We hold so much already that there was no room for it. We lost it; the network did not.
    NoRoom,
    /// It is longer than the receiver's MTU.
    TooLarge,
    /// The kernel did not take it, for this reason.
    Refused(io::ErrorKind),
}
