//! What the kernel says: its clock, its socket states, `sock_diag` and `TCP_INFO`.
//!
//! This is the lowest room. Nothing here knows of lessons, packets or screens; everything here is a question
//! put to the running kernel and its answer, unshortened.

pub mod clock;
pub mod job;
pub mod netlink;
pub mod sock_diag;
pub mod socket;
pub mod state;
pub mod stdio;
pub mod sys;
pub mod task;
pub mod tcp_info;
