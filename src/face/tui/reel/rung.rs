//! What stands on the ladder, one below the other.

use crate::kernel::clock::Stamp;

/// One thing that is seen of what happened. It is there behind the event that it begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    pub event: usize,
    pub kind: Kind,
    /// When its hosts were set up: the zero of its time.
    pub began: Stamp,
}

/// Numbers are places in the reel's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A lab block begins.
    Stage {
        fresh: bool,
    },
    Frame(usize),
    /// One that was delayed arrives, after others that were sent later. More of them arrive there, up to this event.
    Arrival {
        first: usize,
        last: usize,
    },
    /// A call is entered; its result stands there too if nothing has happened in between.
    Call(usize),
    /// A call comes back after something else has happened.
    Return(usize),
    /// Sockets have new states: the events from the rung's own to this one.
    States {
        last: usize,
    },
    /// Somebody has taken the wire in hand.
    Hand,
    Notice,
}
