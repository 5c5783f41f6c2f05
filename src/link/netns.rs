//! A private network namespace: a network that nobody else is on, for the calling thread.
//!
//! It has a `lo` of its own and nothing else, so nothing can leave it. It needs the right to make namespaces, which
//! [`super::sandbox::enter`] gets. It goes away by itself when its last thread and its last socket do, however they
//! end.

use std::{
    fs, io,
    net::UdpSocket,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    panic::resume_unwind,
    thread,
};

use rustix::{
    fs::{Mode, OFlags},
    thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space},
};

use super::interfaces::{Interfaces, LOOPBACK_INDEX};
use crate::kernel::sys;

/// What makes lessons run alike on every machine. Only what does not change the things that a lesson shows:
/// timeouts and retries stay as the kernel has them.
pub const STEADY: [(&str, &str); 2] = [
    // Always allowed in a namespace, and the one that the textbooks describe.
    ("net.ipv4.tcp_congestion_control", "reno"),
    // What one connection learned about the path must not colour the next.
    ("net.ipv4.tcp_no_metrics_save", "1"),
];

/// The namespace that the thread is in now.
#[derive(Debug)]
pub struct Private {
    /// Whether `::1` is there. A kernel may be started without IPv6.
    pub ipv6: bool,
    /// The settings that could not be made, as where a container's `/proc/sys` is read-only.
    pub unset: Vec<Unset>,
}

/// A setting that stays as the kernel had it.
#[derive(Debug)]
pub struct Unset {
    pub name: &'static str,
    pub wanted: &'static str,
    pub error: io::Error,
}

/// A network namespace, held open: it stays as long as this does.
#[derive(Debug)]
pub struct Handle(OwnedFd);

impl Handle {
    /// The calling thread's.
    pub fn here() -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::open("/proc/thread-self/ns/net", flags, Mode::empty())?))
    }

    /// A new one, in which the calling thread is from now on.
    pub fn unshare() -> io::Result<Self> {
        sys::unshare(UnshareFlags::NEWNET)?;
        Self::here()
    }

    /// Moves the calling thread into it. Sockets that it opens from now on, and threads that it starts, are there;
    /// those of before stay where they are.
    pub fn enter(&self) -> io::Result<()> {
        Ok(move_into_link_name_space(self.as_fd(), Some(LinkNameSpaceType::Network))?)
    }

    /// Another one to the same namespace, for a thread that may outlive whoever has this one.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self(self.0.try_clone()?))
    }

    /// Does something in it, and hands back what came of it: `SockDiag::open`, or a socket that is to be there.
    ///
    /// A thread that ends with it goes there, so the calling one stays where it is.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
        let there = || {
            self.enter()?;
            work()
        };
        thread::scope(|scope| {
            let visitor = thread::Builder::new().name("visitor".into()).spawn_scoped(scope, there)?;
            visitor.join().unwrap_or_else(|panic| resume_unwind(panic))
        })
    }
}

impl AsFd for Handle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Leaves the network of the host for a new one, in the calling thread; threads that it starts later share it.
pub fn enter_private() -> io::Result<Private> {
    sys::unshare(UnshareFlags::NEWNET)?;
    raise_loopback()?;
    let unset = STEADY
        .into_iter()
        .filter_map(|(name, wanted)| set_sysctl(name, wanted).err().map(|error| Unset { name, wanted, error }))
        .collect();
    Ok(Private { ipv6: carries_ipv6(), unset })
}

/// Sets a kernel parameter by its dotted name. Those under `net.` are the calling thread's namespace's own.
pub fn set_sysctl(name: &str, value: &str) -> io::Result<()> {
    fs::write(sysctl_path(name), value)
}

/// Reads a kernel parameter by its dotted name.
pub fn sysctl(name: &str) -> io::Result<String> {
    fs::read_to_string(sysctl_path(name)).map(|text| text.trim_end().to_owned())
}

fn sysctl_path(name: &str) -> String {
    format!("/proc/sys/{}", name.replace('.', "/"))
}

/// Whether the loopback of the calling thread's namespace carries IPv6.
#[must_use]
pub fn carries_ipv6() -> bool {
    UdpSocket::bind("[::1]:0").is_ok()
}

/// Sets `lo` up, which gives it 127.0.0.1 and ::1 too.
pub(super) fn raise_loopback() -> io::Result<()> {
    Interfaces::here()?.raise(LOOPBACK_INDEX)
}
