//! How the hosts' connections end when there is no wire any more.
//!
//! A socket keeps its network namespace, also when nobody holds it any more but its FIN has not been acknowledged:
//! after [`super::PATIENT`]'s times, and still for 100 seconds after the kernel's own. So they are broken off.

use std::{io, os::fd::AsFd, time::Duration};

use rustix::net::sockopt::set_socket_linger;

use super::super::netns::sysctl;
use crate::kernel::{sock_diag::SockDiag, socket::Family};

/// The first kernel that can break off what nobody holds any more, by the two numbers of its name.
const ORPHANS_CAN_BE_BROKEN_OFF: (u32, u32) = (6, 11);

/// Breaks off the connections of all hosts. Where the kernel can not do that, its timers do.
pub(super) fn break_off(diags: &[SockDiag]) {
    let orphans_too = kernel().is_some_and(|kernel| kernel >= ORPHANS_CAN_BE_BROKEN_OFF);
    for diag in diags {
        for family in Family::BOTH {
            let _ = diag.break_off(family, |socket| socket.inode != 0 || orphans_too);
        }
    }
}

/// Has a connection broken off, with a RST instead of a FIN, when its last descriptor is closed; or, with `false`,
/// closed as usual. What a listener accepts is like the listener.
///
/// It is how connections end with a process that is killed: the kernel closes its descriptors then. Before one is
/// closed because a lesson says so, this is to be taken back.
pub fn abort_when_closed(socket: impl AsFd, abort: bool) -> io::Result<()> {
    Ok(set_socket_linger(socket, abort.then_some(Duration::ZERO))?)
}

fn kernel() -> Option<(u32, u32)> {
    version(&sysctl("kernel.osrelease").ok()?)
}

/// The first two numbers of a kernel's name, as of `6.18.44-generic`.
fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|other: char| !other.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_is_known_by_two_numbers() {
        for (release, numbers) in [
            ("6.18.44-generic", Some((6, 18))),
            ("5.15.0-91-generic", Some((5, 15))),
            ("6.11-rc4", Some((6, 11))),
            ("10.0", Some((10, 0))),
            ("6", None),
            ("next", None),
        ] {
            assert_eq!(version(release), numbers);
        }
        assert!((6, 9) < ORPHANS_CAN_BE_BROKEN_OFF && kernel().is_some());
    }
}
