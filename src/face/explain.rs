//! What a face needs to know of a frame.
//!
//! The faces ask through this trait, so that they can be tested with frames that say what a test wants them to.

use std::{fmt::Debug, net::SocketAddr};

use crate::{
    conversation::Reception,
    kernel::clock::Stamp,
    timeline::event::{Proto, SocketRef},
};

/// A frame in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explained {
    /// Its two ends, if it has ports.
    pub flow: Option<Flow>,
    /// Its flags and fields, on one line: `SYN+ACK  seq=7 ack=1042  mss=1460`.
    pub summary: String,
    /// What it is called once its line has been seen: `SYN+ACK seq=7 ack=1042`.
    pub name: String,
    /// What it does in its conversation, as the packet itself would say it.
    pub says: String,
    /// What there is to know besides, a sentence each.
    pub details: Vec<String>,
}

/// From where a packet goes to where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    pub proto: Proto,
    pub from: SocketAddr,
    pub to: SocketAddr,
}

impl Flow {
    /// The socket that sent it.
    #[must_use]
    pub const fn sender(self) -> SocketRef {
        SocketRef { proto: self.proto, local: self.from, remote: Some(self.to) }
    }

    /// The socket of the conversation that it goes to.
    #[must_use]
    pub const fn receiver(self) -> SocketRef {
        SocketRef { proto: self.proto, local: self.to, remote: Some(self.from) }
    }
}

/// What the lesson calls the owner of an address.
pub type Names<'n> = &'n dyn Fn(SocketAddr) -> String;

/// Explains frames in the order in which they crossed the link; what one means depends on those before it.
pub trait Explain: Debug {
    /// A frame was sent, and arrived at once.
    fn explain(&mut self, at: Stamp, bytes: &[u8], names: Names) -> Explained;

    /// A frame was sent, and is on the wire now. Whether it arrives is not known.
    fn entered(&mut self, at: Stamp, bytes: &[u8], names: Names) -> Explained;

    /// A router has handed a packet on: what is said of it was said when it was sent.
    fn handed_on(&self, by: &str, bytes: &[u8]) -> Explained;

    /// A frame that was `sent` so left the wire with the bytes `arrived`; what its receiver does with it is answered.
    fn left(&mut self, at: Stamp, sent: &[u8], arrived: &[u8]) -> Reception;

    /// The hosts are new ones: no conversation goes on.
    fn start_over(&mut self);
}
