//! What a packet does in its conversation.
//!
//! A packet often does several things at once (an acknowledgement that also carries data), so a reading holds a
//! list of these, the most telling one first. What they are called on the screen is `narrate`'s business.

use std::net::SocketAddr;

use super::seq::Seq;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// SYN. `data`: bytes that came along at once.
    AsksToOpen {
        first: Seq,
        offer: Offer,
        data: u32,
    },
    /// SYN+ACK.
    AgreesToOpen {
        first: Seq,
        expects: Seq,
        offer: Offer,
        data: u32,
        agreement: Agreement,
    },
    /// The third packet of the opening: it acknowledges the SYN+ACK.
    CompletesOpening {
        expects: Seq,
    },
    /// Bytes that were never sent before: how many, and the number of the first.
    CarriesData {
        first: Seq,
        bytes: u32,
        push: bool,
    },
    /// Bytes or flags that were sent before are sent once more. `copy` is 2 for the first repetition.
    Retransmits {
        what: Repeated,
        copy: u16,
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
    /// Says again what was acknowledged already. `count` is how often in a row.
    RepeatsAck {
        cause: RepeatCause,
        expects: Seq,
        count: u16,
    },
    /// Only the receive window is news.
    WindowUpdate {
        from: Window,
        to: Window,
    },
    /// The receive window is closed.
    ZeroWindow,
    /// Asks for an acknowledgement with a number that was acknowledged long ago.
    Probe(Probe),
    /// RST.
    Resets(ResetCause),
    /// A UDP datagram; it may be empty.
    Datagram {
        bytes: usize,
    },
    /// An ICMP error about an earlier packet of this conversation, which went the way of `about`.
    IcmpError {
        about: Flow,
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

/// What an end offers in its SYN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// The largest segment that it wants to receive.
    pub mss: Option<u16>,
    /// Its windows are to be multiplied by 2 to this power.
    pub window_scale: Option<u8>,
    /// The peer may acknowledge pieces out of order.
    pub sack: bool,
    pub timestamps: bool,
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
    Probe,
    /// A SYN came inside an open connection (RFC 9293 §3.10.7.4: a "challenge ACK").
    Opening,
    /// A reset came that was not at the expected number (RFC 5961 §3).
    Reset,
    /// An acknowledgement came for something that was never sent.
    StrangeAck,
    /// Nothing that was seen explains it.
    Unknown,
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
    /// The peer's window is closed: has it opened?
    Window,
    /// Nothing is under way: is the peer still there?
    KeepAlive,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetCause {
    /// A SYN came to a port where nobody listens.
    Refused,
    /// This end breaks the connection off.
    Aborted,
    /// A packet came for a connection that this end does not have, or has no more.
    NoConnection,
    /// An acknowledgement came for an opening that this end did not ask for.
    StrangeOpening,
}
