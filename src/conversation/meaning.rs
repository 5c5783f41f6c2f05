//! What a packet does in its conversation.
//!
//! A packet often does several things at once (an acknowledgement that also carries data), so a reading holds a
//! list of these, the most telling one first. What they are called on the screen is `narrate`'s business.

use std::net::SocketAddr;

use arrayvec::ArrayVec;

use super::{offer::Offer, seq::Seq};

/// All that one packet does; the list lies in the reading itself, so that a million packets cost no allocation.
pub type Meanings = ArrayVec<Meaning, 8>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// SYN. `data`: bytes that came along at once.
    AsksToOpen {
        first: Seq,
        offer: Offer,
        data: u32,
    },
    /// SYN+ACK. `early`: what it says about bytes that came along with the SYN.
    AgreesToOpen {
        first: Seq,
        expects: Seq,
        offer: Offer,
        data: u32,
        agreement: Agreement,
        early: Option<Early>,
    },
    /// The third packet of the opening: it acknowledges the SYN+ACK, and so many bytes that came with that.
    CompletesOpening {
        expects: Seq,
        bytes: u32,
    },
    /// Bytes that were never sent before: how many, and the number of the first.
    CarriesData {
        first: Seq,
        bytes: u32,
        push: bool,
    },
    /// Bytes that were never seen before, though later ones were: they were overtaken on their way. `is_new`: none of
    /// them was seen.
    OutOfOrder {
        first: Seq,
        bytes: u32,
        is_new: bool,
    },
    /// Bytes or flags that were sent before are sent once more. `copy` is 2 for the first repetition, where that is
    /// certain; `after_ns` is how long after the copy before it this one comes, where that one was seen.
    Retransmits {
        what: Repeated,
        copy: Option<u16>,
        why: Why,
        after_ns: Option<u64>,
    },
    /// The peer's bytes below `expects` have arrived. `bytes` counts those acknowledged for the first time; nothing
    /// is known of them in a conversation whose beginning was not seen.
    Acknowledges {
        bytes: Option<u32>,
        expects: Seq,
    },
    /// The peer's FIN has arrived, and everything before it. `bytes` as above.
    AcknowledgesFin {
        bytes: Option<u32>,
        expects: Seq,
    },
    /// FIN: this end will send no more; `fin` is the number that this takes. `order` is unknown where the beginning was not seen.
    Closes {
        fin: Seq,
        order: Option<CloseOrder>,
        acknowledges_fin: bool,
    },
    /// Says again what was acknowledged already. `count`: which duplicate acknowledgement in a row it is (RFC 5681 §2); 0
    /// if it is none.
    RepeatsAck {
        cause: RepeatCause,
        expects: Seq,
        count: u16,
        pieces: Option<Pieces>,
    },
    /// The receive window is news; where it stands first, nothing else is.
    WindowUpdate {
        from: Window,
        to: Window,
    },
    /// The receive window is closed.
    ZeroWindow,
    /// The peer's window, as it was advertised last, is filled to its last byte: more may not be sent before news.
    WindowFull,
    /// Asks for an acknowledgement with a number that was acknowledged long ago, or with a byte for which there is no
    /// room.
    Probe(Probe),
    /// New bytes to a peer that has closed its own direction: the connection is half-closed.
    UsesHalfClose,
    /// RST.
    Resets(ResetCause),
    /// The same ports had another connection before.
    ReusesPorts,
    /// What came before this, the first packet of its conversation that was seen, was not captured.
    BeganBefore,
    /// So many numbers between what this end sent before and this packet were not seen.
    Gap {
        bytes: u32,
    },
    /// Acknowledges for the first time so many of the peer's numbers that were not seen.
    AcknowledgesUnseen {
        bytes: u32,
    },
    /// A UDP datagram; it may be empty.
    Datagram {
        bytes: usize,
    },
    /// An ICMP error about an earlier packet of this conversation; [`super::Reading::about`] says which way that went.
    IcmpError {
        trouble: Trouble,
    },
    /// An ICMP message that is about no conversation.
    Icmp,
    Arp,
    /// A later piece of a fragmented packet: only the first one names the ports.
    Fragment,
    /// Nothing that this program can explain; the packet itself says what is known of it.
    Unknown,
}

/// From one socket to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flow {
    pub from: SocketAddr,
    pub to: SocketAddr,
}

/// What an ICMP error complains of, in what IPv4 and IPv6 number differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No socket has that port.
    PortUnreachable,
    /// Any other reason why it could not be delivered.
    Unreachable,
    /// Larger than the next link can carry, which is `mtu`.
    TooBig { mtu: u32 },
    /// It crossed too many routers, or its pieces came too late.
    TimeExceeded,
    /// The packet itself says which.
    Other,
}

/// What became of the bytes in a SYN (RFC 7413 §4.2): so many of so many are acknowledged together with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Early {
    pub taken: u32,
    pub of: u32,
}

/// How a SYN+ACK fits what came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// It answers the peer's SYN.
    Answer,
    /// It answers the peer's SYN, and this end had asked by itself before: both asked at the same time.
    Mutual,
    /// It answers a SYN that is not the peer's present one.
    Stale,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeated {
    Syn,
    SynAck,
    Data { bytes: u32 },
    Fin { fin: Seq },
}

/// Why something is sent again, as far as packets tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Duplicate acknowledgements asked for just this (RFC 5681 §3.2).
    Fast,
    /// The receiver has something behind it (SACK), so that nobody waited for the timer (RFC 8985 §6).
    LeftOut,
    /// One more of the pieces that the receiver's selective acknowledgements leave out (RFC 6675 §5).
    Recovery,
    /// The first one was repeated, and this was under way then.
    UnderWay,
    /// No acknowledgement came in time (RFC 6298 §5).
    Timeout,
    /// The last of several is repeated, and not the first: that brings news of all of them (RFC 8985 §7).
    TailProbe,
    /// A timer ran out. A tail loss probe of a single segment looks like its timeout.
    Timer,
    /// It was acknowledged before, whether or not its sender has heard of that.
    Spurious,
    /// Sooner than any timer: the frame was seen twice, or it was sent again.
    TooSoon,
    /// The receiver has refused it: a SYN, or the data that came with it.
    Refused,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseOrder {
    /// The peer had not closed its direction.
    First,
    /// The peer had, and this end knew it.
    Second,
    /// The peer had too, but its FIN was still on its way.
    Crossing,
}

/// Why an acknowledgement is repeated: what arrived at its sender just before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepeatCause {
    /// Data came behind a gap: a "duplicate ACK".
    Gap,
    /// Data came that had arrived already.
    OldData,
    /// The FIN came again.
    OldFin,
    /// A probe asked for it.
    Probe(Probe),
    /// Data came for which there was no room.
    NoRoom,
    /// A SYN came inside an open connection (RFC 9293 §3.10.7.4: a "challenge ACK").
    Opening,
    /// A reset came that was not at the expected number (RFC 5961 §3).
    Reset,
    /// A SYN came for ports whose older connection its sender still has (TIME-WAIT).
    Older,
    /// An acknowledgement came for something that was never sent.
    StrangeAck,
    /// Nothing: what its sender has sent since was seen before it.
    Overtaken,
    /// Nothing that was seen explains it.
    Unknown,
}

/// Pieces that have arrived behind a gap, by selective acknowledgement (RFC 2018).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pieces {
    /// How many are listed.
    pub blocks: u8,
    /// Where the nearest one begins: what is missing lies between the expected number and this one.
    pub first: Seq,
}

/// A receive window as the header has it, and the scale that was agreed in the opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub raw: u16,
    /// Unknown where the opening was not seen.
    pub scale: Option<u8>,
}

impl Window {
    /// In bytes, where that is known.
    #[must_use]
    pub fn bytes(self) -> Option<u32> {
        // RFC 7323 §2.3: a larger shift counts as 14.
        self.scale.map(|scale| u32::from(self.raw) << scale.min(14))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// The peer's window is closed: has it opened? Asked with a number that was acknowledged before.
    Window,
    /// The same, asked with a byte that is new.
    Byte,
    /// Nothing is under way: is the peer still there?
    KeepAlive,
}

/// The likely reason of a reset; the packet itself never says one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetCause {
    /// A SYN came to a port where nobody listens.
    Refused,
    /// This end breaks the connection off: it was closed with bytes unread, or told to forget (`SO_LINGER` 0), or its
    /// program ended. Packets do not tell which. `in_vain`: so often it had sent the same before, without an answer.
    Aborted { in_vain: Option<u16> },
    /// It had asked, and does not want the answer any more: `connect` was given up, or somebody only looked whether
    /// the port is open.
    Withdrawn,
    /// It has asked in vain whether the peer is still there.
    GaveUp,
    /// Data came for an end that has closed: nobody will read it.
    AfterClose,
    /// A packet came for a connection that this end does not have, or has no more.
    NoConnection,
    /// An acknowledgement came for an opening that this end has not asked for or agreed to.
    StrangeOpening,
}
