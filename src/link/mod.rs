//! What joins the hosts: the sandbox they live in, their loopback with the capture that watches it, or their wire.
//!
//! Nothing here knows of lessons or of what a packet means. Which frames are kept, and what becomes of those on the
//! wire, is a decision function that the caller hands over.

pub mod capture;
mod interfaces;
pub mod loopback;
pub mod netns;
mod packet_socket;
pub mod sandbox;
pub mod wire;

use serde::{Deserialize, Serialize};

/// What joins the hosts of a lab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// The `lo` of one private namespace, watched.
    #[default]
    Loopback,
    /// A namespace for each host, and between them this process, which carries every frame.
    Wire,
}

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
