//! What can happen.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::kernel::{clock::Stamp, state::TcpState};
pub use crate::{
    kernel::socket::Proto,
    link::{LinkKind, Watch},
};

/// One thing that happened, at its place in the order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the timeline, counted from 0 without a gap.
    pub seq: u64,
    /// When it happened.
    pub at: Stamp,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum What {
    /// A lesson begins. `watch` says how the packets are seen.
    Lesson { lesson: String, title: String, watch: Watch },
    /// The step with this index (from 0) begins.
    Step { step: usize, title: String },
    /// A lab block begins, on fresh hosts when `fresh`.
    Lab {
        block: BlockRef,
        fresh: bool,
        /// A recording that does not say was made on the loopback.
        #[serde(default)]
        link: LinkKind,
        hosts: Vec<Host>,
    },
    /// The script comes to a line (`text` without its comment), or a person has typed one: [`TYPED`].
    Line { line: LineRef, text: String },
    /// An actor enters a system call. `text` is the call as the system would show it, without its result.
    CallEntered { call: CallId, host: String, socket: String, name: String, text: String },
    /// The call sleeps in the kernel.
    CallWaits { call: CallId },
    /// The call came back.
    CallReturned { call: CallId, took_ns: u64, result: CallResult },
    /// A packet crossed the loopback, or entered the wire: then its fate follows.
    Frame {
        frame: FrameId,
        from: String,
        to: String,
        #[serde(with = "hex")]
        bytes: Vec<u8>,
    },
    /// What became of a frame that had entered the wire.
    Fate {
        frame: FrameId,
        #[serde(flatten)]
        fate: Fate,
    },
    /// Somebody beside the script took the wire in hand, and this is what was done, in the words of a `wire` line.
    Hand {
        text: String,
        /// The frame that it was done to, where it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        frame: Option<FrameId>,
    },
    /// A socket of a host changed its state.
    State { host: String, socket: SocketRef, from: Option<TcpState>, to: TcpState, basis: Basis },
    /// The kernel was asked about a socket, and this is all that it said.
    Reading { host: String, socket: SocketRef, state: TcpState, facts: Vec<Fact> },
    /// All UDP sockets that this host has now. UDP has no states that one could follow: a socket is there, or it is not.
    UdpSockets { host: String, sockets: Vec<UdpSocket> },
    /// What `TCP_INFO` says of a socket that is watched along a transfer.
    Sample { host: String, socket: SocketRef, facts: Vec<Fact> },
    /// Frames that we failed to capture (never to be shown as lost by the network).
    CaptureLost { frames: u64 },
    /// A claim of the lesson was checked.
    Claim { line: LineRef, text: String, outcome: Outcome },
    /// A live value got its number.
    Bound { name: String, value: Value },
    /// A learner is done with a challenge. Only where a learner sets the pace.
    Challenge { block: BlockRef, outcome: Ending },
    /// The lab block is over, and every event of it is above this one.
    LabEnd { block: BlockRef },
    /// Something the user has to know (a fallback, a limit of this machine).
    Notice { text: String },
    /// The lesson is over.
    LessonEnd { claims: usize, failed: usize },
}

/// Which block: the step's index and the block's index in the step, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BlockRef {
    pub step: usize,
    pub block: usize,
}

/// Which line: the line number in the lesson's file, from 1, or [`TYPED`].
pub type LineRef = usize;
/// The line stands in no file: a person has typed it. What it claims is told, and counts for nothing.
pub const TYPED: LineRef = 0;
pub type CallId = u64;
pub type FrameId = u64;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub name: String,
    pub addresses: Vec<IpAddr>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallResult {
    /// As the system would show it: `= 5`, `= -1 ECONNREFUSED (Connection refused)`.
    pub text: String,
    pub value: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errno: Option<String>,
    /// Bytes that the program received, if it is that kind of call.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "opt_hex")]
    pub received: Option<Vec<u8>>,
}

/// A socket as the network knows it: the pair of its ends. `remote` is absent for one that is not connected.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SocketRef {
    pub proto: Proto,
    pub local: std::net::SocketAddr,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<std::net::SocketAddr>,
}

/// What the kernel says of a UDP socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UdpSocket {
    pub local: std::net::SocketAddr,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<std::net::SocketAddr>,
    /// The memory that datagrams take until they are read, or sent: more than their bytes.
    pub receive_memory: u32,
    pub send_memory: u32,
}

/// Whether the kernel said it, or we concluded it from the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    Observed,
    Inferred,
}

/// One value out of `sock_diag` or `TCP_INFO`, by the name that the lesson language gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub name: String,
    pub value: Value,
}

/// A live value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    Number(i64),
    /// A sequence number: arithmetic on it wraps at 2^32.
    Sequence(u32),
    Nanoseconds(i64),
    Moment(Stamp),
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum Outcome {
    /// It holds. `detail` shows the numbers (`4004779871 = 4004779870 + 1`), `frame` the packet it was about.
    Held {
        #[serde(default)]
        detail: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        frame: Option<FrameId>,
    },
    /// It does not. `message` is one line; `report` the same drawn on the source line.
    Failed { message: String, report: String },
    /// Nobody could look: the packets of this lab are not watched.
    NotWatched,
}

/// How a challenge ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// All that was expected holds.
    Solved,
    /// The learner has gone on without it.
    Skipped,
}

/// What became of a frame on the wire. Several of these may follow one frame, in their order: held, later duplicated,
/// left, left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fate", rename_all = "kebab-case")]
pub enum Fate {
    /// It stays in our hands.
    Held,
    /// It is that frame sent once more, while we hold something: folded into it, and not delivered.
    Twin { of: FrameId },
    /// It will not arrive, or this copy of it will not.
    Dropped { why: DropReason },
    /// So many copies of it go on.
    Duplicated { copies: usize },
    /// It goes on later.
    Delayed { by_ns: u64 },
    /// It lets the next one of its direction pass.
    Reordered,
    /// The byte at this offset of the frame is turned over. The checksums stay as they were.
    Corrupted { offset: usize },
    /// It is cut to so many bytes.
    Truncated { length: usize },
    /// A copy of it, counted from 0, left the wire: from here on it is with the receiver's kernel. `altered` holds
    /// its bytes where they are not those that came in.
    Left {
        copy: usize,
        #[serde(default, skip_serializing_if = "Option::is_none", with = "opt_hex")]
        altered: Option<Vec<u8>>,
    },
}

/// Why a frame does not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DropReason {
    /// The script or the learner dropped it.
    Asked,
    /// The wire loses frames at random.
    Chance,
    /// The wire was down.
    Down,
    /// The middlebox had forgotten its conversation.
    Forgotten,
    /// The queue before a limited rate was full.
    QueueFull,
    /// It is longer than the receiver's MTU.
    TooLarge,
    /// We hold so much that there was no room for it: our loss, not the network's.
    NoRoom,
    /// The receiver's kernel did not take it from us.
    Refused,
}

mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        use std::fmt::Write;
        let text = bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        to.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        if text.len() % 2 != 0 || !text.is_ascii() {
            return Err(D::Error::custom("bytes must be an even number of hexadecimal digits"));
        }
        (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).map_err(D::Error::custom)).collect()
    }
}

mod opt_hex {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "the signature that serde asks for")]
    pub(super) fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, to: S) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => super::hex::serialize(bytes, to),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
        #[derive(Deserialize)]
        struct Wrapped(#[serde(with = "super::hex")] Vec<u8>);
        Ok(Option::<Wrapped>::deserialize(from)?.map(|Wrapped(bytes)| bytes))
    }
}
