//! What one packet says, once it is seen in its conversation.

use std::net::SocketAddr;

use super::meaning::{Flow, Meaning};
use crate::kernel::state::TcpState;

/// Counts the conversations of a tracker, from 0, in the order of their first packets. Ports that are used again
/// make another conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId(pub u64);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Absent for what belongs to none, such as ARP.
    pub conversation: Option<ConversationId>,
    /// Who speaks to whom; absent where the packet has no ports.
    pub flow: Option<Flow>,
    /// What the packet does, the most telling first; never empty.
    pub meanings: Vec<Meaning>,
    /// TCP's numbers, counted from the beginning of the conversation.
    pub relative: Option<Relative>,
    /// The states that ends have left and entered by it, as far as packets tell: inferred, not observed.
    pub changes: Vec<StateChange>,
}

/// Numbers counted from the SYN of the end that they belong to, which is 0; or, where it was not seen, so that the
/// first number seen is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relative {
    pub seq: u32,
    /// Absent without the ACK flag, and as long as the peer has sent nothing to count from.
    pub ack: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateChange {
    pub end: SocketAddr,
    pub peer: SocketAddr,
    /// Unknown where the beginning was not seen.
    pub from: Option<TcpState>,
    pub to: TcpState,
}
