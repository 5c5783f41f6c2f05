//! What one packet says, once it is seen in its conversation.

use std::net::SocketAddr;

use arrayvec::ArrayVec;

use super::meaning::{Flow, Meanings};
use crate::kernel::state::TcpState;

/// Counts the conversations of a tracker, from 0, in the order of their first packets. Ports that are used again
/// make another conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId(pub u64);

/// One packet changes each end's state at most once.
pub type Changes = ArrayVec<StateChange, 2>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Absent for what belongs to none, such as ARP.
    pub conversation: Option<ConversationId>,
    /// Who speaks to whom; absent where the packet has no ports.
    pub flow: Option<Flow>,
    /// Of an ICMP error: the way that the packet went which it complains about.
    pub about: Option<Flow>,
    /// What the packet does, the most telling first; never empty.
    pub meanings: Meanings,
    /// TCP's numbers, counted from the beginning of the conversation.
    pub relative: Option<Relative>,
    /// What can be measured by it, of TCP.
    pub measures: Measures,
    /// The states that ends have left and entered by it, as far as packets tell: inferred, not observed.
    pub changes: Changes,
}

/// Numbers counted from the SYN of the end that they belong to, which is 0; or, where it was not seen, so that the
/// first number seen is 1, be it seen in a packet of that end or in an acknowledgement of the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relative {
    pub seq: u32,
    /// Absent without the ACK flag.
    pub ack: Option<u32>,
}

/// What a packet tells in numbers; absent where it does not tell, or where what it takes was not seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    /// On a packet with data: the bytes that its sender has under way with it, without those that the receiver has
    /// acknowledged in pieces. Unknown from a gap in the capture until the receiver speaks.
    pub in_flight: Option<u32>,
    /// The room that its sender offers, in bytes.
    pub window: Option<u32>,
    /// How long ago what it acknowledges was sent. Of what was sent more than once nobody knows which copy is
    /// acknowledged (RFC 6298 §3, Karn's algorithm): then it is absent.
    pub rtt_ns: Option<u64>,
    /// How long the opening took, from the SYN to the packet that completes it; on every packet from there on.
    pub initial_rtt_ns: Option<u64>,
    /// On a packet that repeats what was not acknowledged: how long ago that was sent first.
    pub rto_ns: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateChange {
    pub end: SocketAddr,
    pub peer: SocketAddr,
    /// Unknown where the beginning was not seen.
    pub from: Option<TcpState>,
    pub to: TcpState,
}
