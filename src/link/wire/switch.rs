//! What becomes of a frame: the words for it, and the decision function that the caller hands over.
//!
//! The wire knows no packets and no patterns. It asks a [`Switch`] about each frame that arrives, and tells it each
//! order that is given to the wire; the switch answers with decisions.

use std::{fmt, sync::Arc, time::Duration};

use super::held::Held;
use crate::kernel::clock::Stamp;

/// Counted from 0 by each wire, in the order in which it took the frames in.
pub type FrameId = u64;
/// A host's place in the plan.
pub type HostIndex = usize;

/// A frame that arrived. One that is for several hosts arrives once for each of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    pub id: FrameId,
    pub from: HostIndex,
    pub to: HostIndex,
    /// The kernel's own time of it.
    pub at: Stamp,
    pub bytes: Arc<[u8]>,
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, from, to, at, bytes } = self;
        write!(f, "frame {id} from {from} to {to} at {at} ({} bytes)", bytes.len())
    }
}

/// What becomes of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It goes on as it is, at once.
    Deliver,
    /// It stays in our hands until a decision about it is made.
    Hold,
    /// It is the same as that one, sent once more: counted, not delivered.
    TwinOf(FrameId),
    /// It is lost.
    Drop,
    /// It goes on this often, each time in this manner.
    Copies(Vec<Delivery>),
    /// The next frame that goes on in its direction goes first, if one does within this time.
    SwapWithNext { within: Duration },
}

/// How one copy of a frame goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    pub delay: Duration,
    pub alteration: Option<Alteration>,
}

/// What is changed in a frame. Its checksums are left as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// Turns over the bits of one byte that are set in `bits`.
    Flip { offset: usize, bits: u8 },
    /// Cuts off what lies behind that many bytes.
    Truncate { length: usize },
}

impl Alteration {
    /// The bytes as they are afterwards; `None` where there is nothing to change, as behind the end of the frame.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> Option<Arc<[u8]>> {
        match self {
            Self::Flip { offset, bits } => {
                let mut altered = bytes.to_vec();
                *altered.get_mut(offset).filter(|_| bits != 0)? ^= bits;
                Some(altered.into())
            }
            Self::Truncate { length } if length < bytes.len() => bytes.get(..length).map(Into::into),
            Self::Truncate { .. } => None,
        }
    }
}

/// Decides what becomes of frames. It runs on the wire's own thread: while it thinks, frames queue.
pub trait Switch {
    /// What may be told it from outside, at any time: `hold everything from now on`, `deliver that one`.
    type Order: Send;

    /// A frame has arrived.
    fn arrived(&mut self, frame: &Frame, held: &Held) -> Decision;

    /// A frame that was to go on, or to be held, does not, or a copy of it: there was no room for it, or its receiver
    /// could not take it.
    fn lost(&mut self, _id: FrameId) {}

    /// An order was given. What it means for frames that are held is answered; they are dealt with in this order.
    ///
    /// An order is obeyed before any frame that was sent after [`super::Wire::order`] returned.
    fn order(&mut self, order: Self::Order, held: &Held) -> Vec<(FrameId, Decision)>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_byte_is_another_byte() {
        let altered = Alteration::Flip { offset: 1, bits: 0xff }.of(&[1, 2, 3]);
        assert_eq!(altered.as_deref(), Some(&[1, 0xfd, 3][..]));
    }

    #[test]
    fn a_frame_is_cut() {
        assert_eq!(Alteration::Truncate { length: 2 }.of(&[1, 2, 3]).as_deref(), Some(&[1, 2][..]));
    }

    #[test]
    fn what_changes_nothing_says_so() {
        for nothing in [
            Alteration::Flip { offset: 3, bits: 1 },
            Alteration::Flip { offset: 0, bits: 0 },
            Alteration::Truncate { length: 3 },
            Alteration::Truncate { length: usize::MAX },
        ] {
            assert_eq!(nothing.of(&[1, 2, 3]), None, "{nothing:?}");
        }
    }
}
