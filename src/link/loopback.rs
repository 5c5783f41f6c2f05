//! The loopback link: both hosts on one `lo`, watched.
//!
//! It puts a grade of the sandbox into effect for one lab: in a private namespace where there may be one, on the
//! host's own `lo` where only that may be watched, and unwatched where nothing may.

use std::io;

use super::{
    Watch,
    capture::{Capture, CaptureReport},
    netns::{self, Private},
};

/// The name of the interface, in every namespace.
pub const INTERFACE: &str = "lo";

/// A loopback that a lab may use, in the thread that joined it and in the threads that this one starts.
#[derive(Debug)]
pub struct Loopback {
    /// The private namespace, in the grade that has one.
    pub private: Option<Private>,
    /// What watches it, unless nothing may.
    pub capture: Option<Capture>,
}

/// Joins a loopback of the grade that the sandbox reached. `keep` and `report` are those of [`Capture::start`]: on
/// the host's own loopback it is `keep` that holds other programs' traffic off.
pub fn join(
    watch: Watch,
    keep: impl Fn(&[u8]) -> bool + Send + 'static,
    report: impl FnMut(CaptureReport) + Send + 'static,
) -> io::Result<Loopback> {
    let private = match watch {
        Watch::Private => Some(netns::enter_private()?),
        Watch::HostLoopback | Watch::Unwatched => None,
    };
    let capture = match watch {
        Watch::Private | Watch::HostLoopback => Some(Capture::start(INTERFACE, keep, report)?),
        Watch::Unwatched => None,
    };
    Ok(Loopback { private, capture })
}
