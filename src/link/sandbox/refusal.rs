//! A refusal, in plain words: what was tried, where it failed, why, and the one command that mends it.
//!
//! The kernel says only "not permitted". The rest is concluded from the step at which it said so and from what the
//! machine says about itself ([`Machine`]).

use std::{error::Error, fmt, io};

use rustix::io::Errno;

use super::machine::Machine;

/// What the process wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// To look around, before anything.
    Begin,
    PrivateNamespaces,
    /// The same, made by root for the user who called it.
    NamespacesMadeByRoot,
    /// A network namespace without a user namespace.
    NetworkNamespaceAlone,
    HostLoopback,
    GivingUpRoot,
}

impl Attempt {
    const fn words(self) -> &'static str {
        match self {
            Self::Begin => "the sandbox",
            Self::PrivateNamespaces => "private namespaces",
            Self::NamespacesMadeByRoot => "private namespaces made by root",
            Self::NetworkNamespaceAlone => "a private network without a user namespace",
            Self::HostLoopback => "watching the host's loopback",
            Self::GivingUpRoot => "giving up the host's root",
        }
    }
}

/// The step at which it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The process must have one thread.
    OneThread,
    /// Trying it in a copy of the process.
    Trial,
    BecomeUser,
    Capabilities,
    UserNamespace,
    DenySetgroups,
    GidMap,
    UidMap,
    NetworkNamespace,
    Loopback,
    PacketSocket,
}

impl Step {
    const ALL: [Self; 11] = [
        Self::OneThread,
        Self::Trial,
        Self::BecomeUser,
        Self::Capabilities,
        Self::UserNamespace,
        Self::DenySetgroups,
        Self::GidMap,
        Self::UidMap,
        Self::NetworkNamespace,
        Self::Loopback,
        Self::PacketSocket,
    ];

    const fn words(self) -> &'static str {
        match self {
            Self::OneThread => "counting the threads",
            Self::Trial => "trying it in a child process",
            Self::BecomeUser => "becoming an ordinary user",
            Self::Capabilities => "laying down capabilities",
            Self::UserNamespace => "unshare(CLONE_NEWUSER)",
            Self::DenySetgroups => "writing /proc/self/setgroups",
            Self::GidMap => "writing /proc/self/gid_map",
            Self::UidMap => "writing /proc/self/uid_map",
            Self::NetworkNamespace => "unshare(CLONE_NEWNET)",
            Self::Loopback => "setting lo up",
            Self::PacketSocket => "socket(AF_PACKET)",
        }
    }

    const fn writes_a_map(self) -> bool {
        matches!(self, Self::DenySetgroups | Self::GidMap | Self::UidMap)
    }
}

/// A step that failed, before anybody explained it.
#[derive(Debug)]
pub(super) struct Stumble {
    pub(super) step: Step,
    pub(super) error: io::Error,
}

/// For `map_err`: says at which step the error came.
pub(super) fn at<E: Into<io::Error>>(step: Step) -> impl FnOnce(E) -> Stumble {
    move |error| Stumble { step, error: error.into() }
}

impl Stumble {
    /// For the way through a pipe: nothing for success, or the step's place and the error's number.
    pub(super) fn encode(result: Result<(), Self>) -> Vec<u8> {
        let Err(Self { step, error }) = result else { return Vec::new() };
        let place = Step::ALL.iter().position(|known| *known == step).unwrap_or_default();
        let number = error.raw_os_error().unwrap_or(libc::EIO);
        [u8::try_from(place).unwrap_or_default()].into_iter().chain(number.to_ne_bytes()).collect()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<(), Self> {
        let Some((place, rest)) = bytes.split_first() else { return Ok(()) };
        let step = Step::ALL.get(usize::from(*place)).copied().unwrap_or(Step::Trial);
        let number = rest.first_chunk().copied().map_or(libc::EIO, i32::from_ne_bytes);
        Err(Self { step, error: io::Error::from_raw_os_error(number) })
    }
}

/// Something that this machine does not let us do.
#[derive(Debug)]
pub struct Refusal {
    pub tried: Attempt,
    pub step: Step,
    pub error: io::Error,
    /// In plain words.
    pub why: String,
    /// The one command that mends it, where there is one.
    pub mend: Option<String>,
}

impl Refusal {
    pub(super) fn new(tried: Attempt, stumble: Stumble, machine: &Machine) -> Self {
        let Stumble { step, error } = stumble;
        let Finding { why, mend } = explain(tried, step, &error, machine);
        Self { tried, step, error, why, mend }
    }
}

impl fmt::Display for Refusal {
    /// One line without the command: who shows it decides where that stands.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: refused at {}", self.tried.words(), self.step.words())?;
        if let Some(number) = self.error.raw_os_error() {
            write!(f, " ({})", errno_name(number))?;
        }
        write!(f, ": {}", self.why)
    }
}

impl Error for Refusal {}

struct Finding {
    why: String,
    mend: Option<String>,
}

fn because(why: impl Into<String>) -> Finding {
    Finding { why: why.into(), mend: None }
}

impl Finding {
    fn mended_by(self, command: impl Into<String>) -> Self {
        Self { mend: Some(command.into()), ..self }
    }
}

fn explain(tried: Attempt, step: Step, error: &io::Error, machine: &Machine) -> Finding {
    match (step, Errno::from_io_error(error)) {
        (Step::OneThread, _) => because("it has to be entered before the first thread is started"),
        (Step::Trial, _) => because(format!("{error}; a filter of system calls may have done that")),
        (Step::BecomeUser, _) => because("root without the right to change its user cannot be given up")
            .mended_by("start wiretutor as an ordinary user, without sudo"),
        (Step::PacketSocket, _) if tried == Attempt::HostLoopback => no_raw_sockets(machine),
        _ if !machine.has_proc => because("there is no /proc here, where a user namespace gets its map of users")
            .mended_by("sudo mount -t proc proc /proc"),
        (Step::UserNamespace, error) => no_user_namespace(error, machine),
        (step, Some(Errno::PERM | Errno::ACCESS)) if step.writes_a_map() => no_map(machine),
        (Step::NetworkNamespace, error) => no_network_namespace(error, machine),
        _ => because(error.to_string()),
    }
}

fn no_raw_sockets(machine: &Machine) -> Finding {
    let found = because("packets of the host may be seen only with CAP_NET_RAW");
    match machine.container {
        _ if machine.may_be_given_raw_sockets => {
            found.mended_by(format!("sudo setcap cap_net_raw+ep {}", machine.program))
        }
        Some(_) => found.mended_by("docker run --cap-add NET_RAW …"),
        None => found,
    }
}

fn no_user_namespace(error: Option<Errno>, machine: &Machine) -> Finding {
    match error {
        Some(Errno::NOSPC | Errno::USERS) if machine.max_user_namespaces == Some(0) => {
            because("this machine allows no user namespaces (user.max_user_namespaces is 0)")
                .mended_by("sudo sysctl -w user.max_user_namespaces=15000")
        }
        Some(Errno::NOSPC | Errno::USERS) => {
            because("there are as many user namespaces as allowed, or they are nested too deeply")
                .mended_by("sudo sysctl -w user.max_user_namespaces=15000")
        }
        Some(Errno::INVAL | Errno::NOSYS) => because("this kernel was built without user namespaces"),
        _ if machine.unprivileged_userns_clone == Some(false) => {
            because("only root may make user namespaces here (kernel.unprivileged_userns_clone is 0)")
                .mended_by("sudo sysctl -w kernel.unprivileged_userns_clone=1")
        }
        _ if machine.apparmor_restricts => no_map(machine),
        _ if machine.chrooted => because("a process in a chroot may not make user namespaces")
            .mended_by("start wiretutor outside the chroot"),
        _ => filtered(machine),
    }
}

/// AppArmor lets the namespace be made and takes its worth away: that shows only when the map is written.
fn no_map(machine: &Machine) -> Finding {
    if machine.apparmor_restricts {
        return because("AppArmor lets only programs with a profile make user namespaces (Ubuntu 23.10 and newer)")
            .mended_by("sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0");
    }
    because("the namespace was made, but a security module takes its worth away; docs/permissions.md says more")
}

fn no_network_namespace(error: Option<Errno>, machine: &Machine) -> Finding {
    match error {
        Some(Errno::NOSPC) => because("there are as many network namespaces as allowed (user.max_net_namespaces)")
            .mended_by("sudo sysctl -w user.max_net_namespaces=15000"),
        Some(Errno::INVAL | Errno::NOSYS) => because("this kernel was built without network namespaces"),
        _ if machine.apparmor_restricts => no_map(machine),
        _ if machine.filtered || machine.container.is_some() => filtered(machine),
        _ => because("only CAP_SYS_ADMIN may make one"),
    }
}

fn filtered(machine: &Machine) -> Finding {
    match machine.container {
        Some(container) => because(format!("{container} forbids the system call to programs in a container"))
            .mended_by("docker run --security-opt seccomp=unconfined …"),
        None if machine.filtered => because("a filter of system calls (seccomp) forbids it to this program"),
        None => because("a security module of this machine forbids it"),
    }
}

/// `EPERM`, as the manual pages name it. The rest is in words, with its number.
fn errno_name(number: i32) -> String {
    let name = match number {
        libc::EPERM => "EPERM",
        libc::ENOENT => "ENOENT",
        libc::EACCES => "EACCES",
        libc::EINVAL => "EINVAL",
        libc::ENOSPC => "ENOSPC",
        libc::EUSERS => "EUSERS",
        libc::ENOSYS => "ENOSYS",
        libc::EROFS => "EROFS",
        libc::ENOMEM => "ENOMEM",
        libc::EAGAIN => "EAGAIN",
        _ => return io::Error::from_raw_os_error(number).to_string(),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(step: Step, errno: i32, machine: &Machine) -> Refusal {
        let stumble = Stumble { step, error: io::Error::from_raw_os_error(errno) };
        Refusal::new(Attempt::PrivateNamespaces, stumble, machine)
    }

    fn machine() -> Machine {
        Machine { has_proc: true, program: "/bin/wiretutor".into(), ..Machine::default() }
    }

    #[test]
    fn a_stumble_survives_the_pipe() {
        for step in Step::ALL {
            let error = io::Error::from_raw_os_error(libc::EPERM);
            let back = Stumble::decode(&Stumble::encode(Err(Stumble { step, error }))).unwrap_err();
            assert_eq!((back.step, back.error.raw_os_error()), (step, Some(libc::EPERM)));
        }
        assert!(Stumble::decode(&Stumble::encode(Ok(()))).is_ok());
    }

    #[test]
    fn apparmor_is_known_by_the_map_it_refuses() {
        let ubuntu = Machine { apparmor_restricts: true, ..machine() };
        let refusal = refusal(Step::UidMap, libc::EPERM, &ubuntu);
        assert!(refusal.why.contains("AppArmor"), "{refusal}");
        assert_eq!(refusal.mend.unwrap(), "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0");
    }

    #[test]
    fn a_container_is_told_of_its_seccomp_filter() {
        let docker = Machine { container: Some("Docker"), filtered: true, ..machine() };
        let refusal = refusal(Step::UserNamespace, libc::EPERM, &docker);
        assert!(refusal.why.starts_with("Docker forbids"), "{refusal}");
        assert!(refusal.mend.unwrap().contains("seccomp=unconfined"));
    }

    #[test]
    fn raw_sockets_are_mended_where_they_are_withheld() {
        let refused = |machine: &Machine| {
            let stumble = Stumble { step: Step::PacketSocket, error: io::Error::from_raw_os_error(libc::EPERM) };
            Refusal::new(Attempt::HostLoopback, stumble, machine).mend
        };
        let plain = Machine { may_be_given_raw_sockets: true, ..machine() };
        assert_eq!(refused(&plain).unwrap(), "sudo setcap cap_net_raw+ep /bin/wiretutor");
        let docker = Machine { container: Some("Docker"), ..machine() };
        assert_eq!(refused(&docker).unwrap(), "docker run --cap-add NET_RAW …");
        assert_eq!(refused(&machine()), None);
    }

    #[test]
    fn debian_s_own_switch_is_named() {
        let debian = Machine { unprivileged_userns_clone: Some(false), ..machine() };
        let refusal = refusal(Step::UserNamespace, libc::EPERM, &debian);
        assert_eq!(refusal.mend.unwrap(), "sudo sysctl -w kernel.unprivileged_userns_clone=1");
    }

    #[test]
    fn a_kernel_without_them_has_no_command_that_mends_it() {
        let refusal = refusal(Step::UserNamespace, libc::EINVAL, &machine());
        assert_eq!(
            (refusal.why.as_str(), refusal.mend.as_deref()),
            ("this kernel was built without user namespaces", None)
        );
    }

    #[test]
    fn it_reads_as_one_line() {
        let machine = Machine { max_user_namespaces: Some(0), ..machine() };
        assert_eq!(
            refusal(Step::UserNamespace, libc::ENOSPC, &machine).to_string(),
            "private namespaces: refused at unshare(CLONE_NEWUSER) (ENOSPC): this machine allows no user namespaces \
             (user.max_user_namespaces is 0)"
        );
    }
}
