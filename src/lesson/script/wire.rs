//! What a line says of the wire: the deeds of our hands, what is in them, and what is sampled along the way.

use std::time::Duration;

use super::{EndRef, FieldTest, Pattern, Span};

#[derive(Clone, Debug)]
pub struct WireLine {
    pub deed: Deed,
    /// How long `deliver` and its like wait for a frame that is not held yet.
    pub within: Option<Duration>,
    pub span: Span,
}

/// What our hands do.
#[derive(Clone, Debug)]
pub enum Deed {
    /// `wire hold`, `wire hold client > server SYN`: from now on everything, or what matches, stays in our hands.
    Hold(Option<Pattern>),
    /// `wire deliver`, `wire deliver all`, `wire deliver syn`, `wire deliver client > server ACK`
    Deliver(Handed),
    /// `wire drop syn`, `wire drop every client > server len>0`, `wire delay 100ms`
    Treat {
        treatment: Treatment,
        which: Which,
    },
    /// `wire rate 1mbit queue 20`, `wire rate 1mbit client > server`: from one host to another, or every direction.
    Rate {
        bits_per_second: u64,
        queue: usize,
        between: Option<(EndRef, EndRef)>,
    },
    /// `wire loss 10% seed 7`, `wire loss 10% seed 7 client > server`: the same seed loses the same frames.
    Loss {
        millionths: u32,
        seed: u64,
        pattern: Option<Pattern>,
    },
    /// `wire forget 1s`: a middlebox that forgets a conversation that has been idle for so long, and from then on
    /// lets nothing of it through until it is opened anew.
    Forget {
        after: Duration,
    },
    Down,
    Up,
    /// Undoes every other deed, and lets go what is held.
    Free,
}

/// What is done with a frame instead of delivering it as it is, at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Treatment {
    Drop,
    Duplicate,
    /// The next frame of its direction goes first.
    Reorder,
    /// Turns over the bits of one byte of the frame, counted from 0; the last one unless said.
    Corrupt {
        byte: Option<u32>,
    },
    /// Cuts the frame to so many bytes.
    Truncate {
        length: u32,
    },
    Delay(Duration),
}

/// Which frames are treated so.
#[derive(Clone, Debug)]
pub enum Which {
    /// One that a packet line has named, and that is held.
    Labelled(Labelled),
    /// The next ones that match, so many of them.
    Next { pattern: Pattern, times: u32 },
    /// Every one that matches, or every one at all.
    Every(Option<Pattern>),
}

/// Which held frames are delivered.
#[derive(Clone, Debug)]
pub enum Handed {
    /// The one that is held longest.
    First,
    /// All that are held now, one after the other.
    All,
    Labelled(Labelled),
    /// The first one that matches.
    Matching(Pattern),
}

/// The label of a packet line, named in another line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    pub name: String,
    pub span: Span,
}

/// `wire holds syn`, `wire holds syn twins>=2`.
#[derive(Clone, Debug)]
pub struct HoldsLine {
    pub label: Labelled,
    /// Of `fields::HELD`.
    pub fields: Vec<FieldTest>,
    pub within: Option<Duration>,
    pub span: Span,
}

/// `sample client every 10ms`, `sample client at acks`, `sample client off`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleLine {
    pub host: String,
    pub rhythm: Rhythm,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    Every(Duration),
    /// Whenever an acknowledgement has reached the host.
    Acks,
    Off,
}
