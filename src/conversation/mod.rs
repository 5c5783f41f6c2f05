//! What packets say about the two ends of a conversation.
//!
//! A [`Tracker`] is shown packets, in the order in which they were sent, and answers each with a [`Reading`]: to which
//! conversation it belongs, what it does there ([`Meaning`]), and which states the ends have left and entered. It
//! only watches. It asks no kernel, reads no clock and keeps no bytes; what it did not see it does not claim to know.
//! Sentences are left to `narrate`, and which of these states a kernel confirms to `lab`.

pub mod account;
mod complaint;
mod counting;
pub mod filter;
mod key;
mod length;
mod meaning;
mod offer;
mod reading;
mod reception;
mod segment;
mod seq;
mod signs;
mod summary;
mod table;
mod tcp;
#[cfg(test)]
pub(crate) mod tests;
mod tracker;

pub use self::{
    counting::Counting,
    length::payload_len,
    meaning::{
        Agreement, CloseOrder, Early, Flow, Meaning, Meanings, Pieces, Probe, RepeatCause, Repeated, ResetCause,
        Trouble, Why, Window,
    },
    offer::Offer,
    reading::{Changes, ConversationId, Measures, Reading, Relative, StateChange},
    reception::Reception,
    seq::Seq,
    signs::{Sign, Signs, signs},
    summary::{name, summary, write_label, write_rest, write_summary},
    tracker::Tracker,
};
