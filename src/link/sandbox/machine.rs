//! What the machine says about itself, as far as it bears on what it refuses.

use std::{env, fs, path::Path};

use rustix::thread::{CapabilitySet, capability_is_in_bounding_set};

use crate::link::netns::sysctl;

/// Facts, read and not tried.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    pub has_proc: bool,
    pub max_user_namespaces: Option<u64>,
    pub max_net_namespaces: Option<u64>,
    /// Debian's own switch; absent elsewhere.
    pub unprivileged_userns_clone: Option<bool>,
    /// Ubuntu's restriction of user namespaces to programs with a profile.
    pub apparmor_restricts: bool,
    /// A filter of system calls is at work on this process.
    pub filtered: bool,
    pub no_new_privs: bool,
    /// `CAP_NET_RAW` is among what a program may be given here at all.
    pub may_be_given_raw_sockets: bool,
    /// The program's file carries capabilities (`setcap`).
    pub file_capabilities: bool,
    pub chrooted: bool,
    /// Which kind, when it is one that leaves a trace.
    pub container: Option<&'static str>,
    /// The path of the running program, for the commands that we suggest.
    pub program: String,
}

impl Machine {
    #[must_use]
    pub fn read() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let switch = |name| sysctl(name).ok().map(|value| value != "0");
        let number = |name| sysctl(name).ok().and_then(|value| value.parse().ok());
        Self {
            has_proc: !status.is_empty(),
            max_user_namespaces: number("user.max_user_namespaces"),
            max_net_namespaces: number("user.max_net_namespaces"),
            unprivileged_userns_clone: switch("kernel.unprivileged_userns_clone"),
            apparmor_restricts: switch("kernel.apparmor_restrict_unprivileged_userns").unwrap_or(false),
            filtered: status_field(&status, "Seccomp:") == Some("2"),
            no_new_privs: status_field(&status, "NoNewPrivs:") == Some("1"),
            may_be_given_raw_sockets: capability_is_in_bounding_set(CapabilitySet::NET_RAW).unwrap_or(false),
            file_capabilities: file_capabilities(),
            chrooted: fs::read_to_string("/proc/self/mountinfo").is_ok_and(|mounts| !has_root(&mounts)),
            container: container(),
            program: program(),
        }
    }
}

fn status_field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

fn file_capabilities() -> bool {
    let program = env::current_exe().unwrap_or_default();
    rustix::fs::getxattr(program, "security.capability", &mut [0u8; 64]).is_ok()
}

/// Inside a chroot the mount that `/` is on is out of sight.
fn has_root(mounts: &str) -> bool {
    mounts.lines().any(|mount| mount.split(' ').nth(4) == Some("/"))
}

/// By the files and the variable that each leaves for programs inside to find.
fn container() -> Option<&'static str> {
    if Path::new("/run/.containerenv").exists() {
        return Some("Podman");
    }
    if Path::new("/.dockerenv").exists() {
        return Some("Docker");
    }
    if env::var_os("KUBERNETES_SERVICE_HOST").is_some() {
        return Some("Kubernetes");
    }
    env::var_os("container").map(|_| "the container")
}

fn program() -> String {
    let path = env::current_exe().map(|path| path.display().to_string()).unwrap_or_else(|_| "wiretutor".into());
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._+-".contains(c);
    if path.chars().all(plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chroot_is_known_by_the_root_it_does_not_see() {
        assert!(has_root("21 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n22 21 0:5 / /proc rw - proc proc rw\n"));
        assert!(!has_root("22 21 0:5 / /proc rw - proc proc rw\n"));
    }

    #[test]
    fn this_machine_can_be_read() {
        let machine = Machine::read();
        assert!(machine.has_proc && !machine.chrooted, "{machine:?}");
        assert!(machine.program.contains("wiretutor"), "{machine:?}");
    }
}
