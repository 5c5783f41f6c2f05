//! What joins the hosts: the sandbox they live in, their loopback, and the capture that watches it.
//!
//! Nothing here knows of lessons or of what a packet means. Which frames are kept is a decision function that the
//! caller hands over.

pub mod capture;
pub mod loopback;
pub mod netns;
mod packet_socket;
pub mod sandbox;

use serde::{Deserialize, Serialize};

/// How the lab sees its packets: the three grades, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Watch {
    /// A private network namespace.
    Private,
    /// The host's own loopback, with `CAP_NET_RAW`.
    HostLoopback,
    /// Real sockets whose packets nobody can see.
    Unwatched,
}
