//! Who started the process, and what it may do.

use std::{env, fs};

use rustix::{
    process::{getegid, geteuid, getgid, getuid},
    thread::{CapabilitySet, Gid, Uid, capabilities},
};

/// A user to become, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub(super) uid: Uid,
    pub(super) gid: Gid,
}

/// The user whom no file belongs to.
const NOBODY: u32 = 65534;

/// How much of the host the process holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Ordinary,
    /// An ordinary user with capabilities: of the file (`setcap`), or ambient.
    Capable,
    /// User 0 of a user namespace, who is somebody ordinary outside. There is no host's root to give up.
    MappedRoot,
    /// The real one. It is to become `target`.
    HostRoot {
        target: User,
    },
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Identity {
    pub(super) user: User,
    pub(super) standing: Standing,
}

impl Identity {
    pub(super) fn read() -> Self {
        let user = User { uid: geteuid(), gid: getegid() };
        Self { user, standing: standing(user.uid) }
    }

    /// The user whom the process has to become before anything else.
    pub(super) fn target(&self) -> Option<User> {
        match self.standing {
            Standing::HostRoot { target } => Some(target),
            _ => None,
        }
    }
}

fn standing(effective: Uid) -> Standing {
    if effective.is_root() {
        return match fs::read_to_string("/proc/self/uid_map") {
            Ok(map) if !is_whole(&map) => Standing::MappedRoot,
            // Without /proc nobody can tell: then it counts as the real one.
            _ => Standing::HostRoot { target: target() },
        };
    }
    match held() {
        caps if caps.is_empty() => Standing::Ordinary,
        _ => Standing::Capable,
    }
}

/// What the process may do, or could take up.
pub(super) fn held() -> CapabilitySet {
    capabilities(None).map_or(CapabilitySet::empty(), |sets| sets.permitted)
}

/// Whether every user is mapped to itself: the map of the host.
fn is_whole(map: &str) -> bool {
    map.split_ascii_whitespace().eq(["0", "0", "4294967295"])
}

/// Whoever is behind the root: the user of a set-uid program, the caller of `sudo`, or nobody.
fn target() -> User {
    let number = |name: &str| env::var(name).ok();
    match getuid() {
        uid if !uid.is_root() => chosen(Some(&uid.to_string()), Some(&getgid().to_string())),
        _ => chosen(number("SUDO_UID").as_deref(), number("SUDO_GID").as_deref()),
    }
}

fn chosen(uid: Option<&str>, gid: Option<&str>) -> User {
    match uid.and_then(number) {
        Some(uid) => User { uid: Uid::from_raw(uid), gid: Gid::from_raw(gid.and_then(number).unwrap_or(NOBODY)) },
        None => User { uid: Uid::from_raw(NOBODY), gid: Gid::from_raw(NOBODY) },
    }
}

/// An environment may say anything. 0 would be root, and 2^32-1 means "leave it as it is".
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| !matches!(*number, 0 | u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen_numbers(uid: Option<&str>, gid: Option<&str>) -> (u32, u32) {
        let user = chosen(uid, gid);
        (user.uid.as_raw(), user.gid.as_raw())
    }

    #[test]
    fn the_caller_of_sudo_is_chosen() {
        assert_eq!(chosen_numbers(Some("1000"), Some("1001")), (1000, 1001));
    }

    #[test]
    fn nobody_is_chosen_when_the_environment_lies() {
        for lie in [None, Some("0"), Some("-1"), Some("4294967295"), Some("4294967296"), Some("root"), Some("")] {
            assert_eq!(chosen_numbers(lie, Some("1000")), (NOBODY, NOBODY), "{lie:?}");
            assert_eq!(chosen_numbers(Some("1000"), lie), (1000, NOBODY), "{lie:?}");
        }
    }

    #[test]
    fn only_the_whole_map_is_the_hosts() {
        assert!(is_whole("         0          0 4294967295\n"));
        assert!(!is_whole("         0       1000          1\n"));
        assert!(!is_whole("         0     100000      65536\n"));
        assert!(!is_whole(""));
    }
}
