//! Runs a lesson's lab blocks on the real kernel.
//!
//! [`script`] goes through the lines. A call becomes an order for an actor ([`choose`], [`calls`], [`actor`]); a
//! claim is held against what happened ([`claims`]). The [`stage`] hears all threads; the [`survey`] asks the
//! kernel; the [`record`] makes events of it, in their final order. Nothing here shows anything.

pub mod actor;
pub mod calls;
pub mod choose;
pub mod claims;
pub mod cue;
mod ear;
pub mod frame;
pub mod grip;
pub mod ground;
pub mod hands;
pub mod hosts;
pub mod kernel_facts;
pub mod packet_facts;
pub mod pattern;
pub mod record;
pub mod sampler;
pub mod script;
pub mod sockopt;
pub mod stage;
pub mod survey;
pub mod troupe;
pub mod values;
pub mod wait;
