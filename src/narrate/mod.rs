//! What a packet means, in sentences.
//!
//! [`narrate`] turns a reading into words for a learner. Which packet is shown, where and in which colour is
//! left to the faces; what a packet means was found out by `conversation`.
//!
//! All words are in [`english`]. Another language is another function over [`Sentence`].

pub mod account;
mod details;
pub mod english;
mod sentence;
mod tell;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;

pub use self::{
    sentence::Sentence,
    tell::{Told, headline, tell},
};
use crate::{
    conversation::{Counting, Reading},
    packet::Packet,
};

/// What is said about one packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narration {
    /// As the packet would say it: one sentence, or two short ones.
    pub headline: String,
    /// What there is to know besides, a sentence each.
    pub detail: Vec<String>,
}

/// Tells in English what `packet` does, as `reading` has found. `names` calls a socket as the lesson does: `server`,
/// or `server:80`.
#[must_use]
pub fn narrate(reading: &Reading, packet: &Packet, names: &dyn Fn(SocketAddr) -> String) -> Narration {
    narrate_counting(reading, packet, Counting::RAW, names)
}

/// The same with TCP's numbers counted from somewhere.
#[must_use]
pub fn narrate_counting(
    reading: &Reading,
    packet: &Packet,
    counting: Counting,
    names: &dyn Fn(SocketAddr) -> String,
) -> Narration {
    let told = tell(reading, packet, counting, names);
    Narration { headline: english::say(&told.headline), detail: told.detail.iter().map(english::say).collect() }
}
