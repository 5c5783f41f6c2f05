//! Everything that happens, in one order.
//!
//! Events arrive from several threads; [`event::Event`] is what they become. Every face is a function of these
//! events and a position in them.

pub mod event;
pub mod fold;
pub mod hop;
pub mod order;
