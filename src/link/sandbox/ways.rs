//! The ways into a place where namespaces may be made, each step named so that a refusal can be explained.
//!
//! Walking a way changes the process and cannot be undone. So each is walked in a copy of the process first
//! ([`Way::works`]), all the way to a packet socket in a network of its own, and by the process itself only then.

use std::{
    fs,
    io::{self, Read, Write},
    path::PathBuf,
};

use rustix::{
    pipe::{PipeFlags, pipe_with},
    process::{DumpableBehavior, Pid, getpid, set_dumpable_behavior},
    thread::{
        CapabilitySet, CapabilitySets, UnshareFlags, capability_is_in_bounding_set,
        remove_capability_from_bounding_set, set_capabilities, set_keep_capabilities, set_thread_groups,
        set_thread_res_gid, set_thread_res_uid,
    },
};

use super::{
    identity::{Identity, Standing, User, held},
    refusal::{Step, Stumble, at},
};
use crate::{
    kernel::sys,
    link::{netns, packet_socket},
};

/// What it takes to make networks and to watch them.
const NETWORK_CAPABILITIES: CapabilitySet = CapabilitySet::SYS_ADMIN
    .union(CapabilitySet::NET_ADMIN)
    .union(CapabilitySet::NET_RAW)
    .union(CapabilitySet::NET_BIND_SERVICE);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// As an ordinary user: a user namespace of one's own, with rights inside and none outside.
    OwnNamespace,
    /// Root makes the user namespace, and a copy of it that stays outside maps it to the ordinary user.
    MadeByRoot,
    /// No user namespace: the ordinary user, with the four capabilities that networks need.
    NetworkOnly,
}

impl Way {
    /// The ways that are open to somebody, best first.
    pub(super) fn of(who: &Identity) -> Vec<Self> {
        let mut ways = vec![Self::OwnNamespace];
        if who.target().is_some() {
            ways.push(Self::MadeByRoot);
        }
        if held().contains(CapabilitySet::SYS_ADMIN) {
            ways.push(Self::NetworkOnly);
        }
        ways
    }

    /// Tries it in a copy of the process, of which nothing stays.
    pub(super) fn works(self, who: &Identity) -> Result<(), Stumble> {
        let trial = || Stumble::encode(self.walk(who).and_then(|()| prove()));
        let answer = sys::in_child(trial).map_err(at(Step::Trial))?;
        Stumble::decode(&answer)
    }

    pub(super) fn walk(self, who: &Identity) -> Result<(), Stumble> {
        match self {
            Self::OwnNamespace => own_namespace(who),
            Self::MadeByRoot => made_by_root(who),
            Self::NetworkOnly => keep_only(who.target(), NETWORK_CAPABILITIES),
        }
    }
}

/// That all a lab needs can be had from here.
fn prove() -> Result<(), Stumble> {
    sys::unshare(UnshareFlags::NEWNET).map_err(at(Step::NetworkNamespace))?;
    netns::raise_loopback().map_err(at(Step::Loopback))?;
    packet_socket::may_open().map_err(at(Step::PacketSocket))
}

fn own_namespace(who: &Identity) -> Result<(), Stumble> {
    match who.standing {
        Standing::HostRoot { target } => become_user(target).map_err(at(Step::BecomeUser))?,
        // A program with file capabilities does not own its /proc/self, and could not write its maps there. It may
        // once it has laid them down.
        Standing::Capable => lay_down(CapabilitySet::empty()).map_err(at(Step::Capabilities))?,
        Standing::Ordinary | Standing::MappedRoot => {}
    }
    set_dumpable_behavior(DumpableBehavior::Dumpable).map_err(at(Step::BecomeUser))?;
    let user = who.target().unwrap_or(who.user);
    sys::unshare(UnshareFlags::NEWUSER).map_err(at(Step::UserNamespace))?;
    write_maps("self".into(), user)?;
    leave_files_alone()
}

/// The namespace comes with every right in it, also that over the files of whoever it maps: to read what the owner
/// has closed to himself, to write what he has protected.
fn leave_files_alone() -> Result<(), Stumble> {
    keep_only(None, NETWORK_CAPABILITIES)
}

/// Maps one user and one group: `user` outside is 0 inside.
fn write_maps(process: PathBuf, user: User) -> Result<(), Stumble> {
    let directory = PathBuf::from("/proc").join(process);
    let write = |name: &str, text: String| fs::write(directory.join(name), text);
    // Before the group's map, or the kernel refuses that.
    write("setgroups", "deny".into()).map_err(at(Step::DenySetgroups))?;
    write("gid_map", format!("0 {} 1", user.gid)).map_err(at(Step::GidMap))?;
    write("uid_map", format!("0 {} 1", user.uid)).map_err(at(Step::UidMap))
}

fn made_by_root(who: &Identity) -> Result<(), Stumble> {
    let user = who.target().unwrap_or(who.user);
    set_thread_groups(&[]).map_err(at(Step::BecomeUser))?;
    let (gate, open_gate) = pipe_with(PipeFlags::CLOEXEC).map_err(at(Step::Trial))?;
    let process = getpid();
    let helper = sys::Child::start(|| {
        let opened = fs::File::from(gate).read_exact(&mut [0; 1]).map_err(at(Step::Trial));
        Stumble::encode(opened.and_then(|()| write_maps(pid_directory(process), user)))
    })
    .map_err(at(Step::Trial))?;
    sys::unshare(UnshareFlags::NEWUSER).map_err(at(Step::UserNamespace))?;
    fs::File::from(open_gate).write_all(&[1]).map_err(at(Step::Trial))?;
    Stumble::decode(&helper.wait().map_err(at(Step::Trial))?)?;
    // 0 inside is the ordinary user outside: this is what gives the host's root up.
    become_zero_inside().map_err(at(Step::BecomeUser))?;
    set_dumpable_behavior(DumpableBehavior::Dumpable).map_err(at(Step::BecomeUser))?;
    leave_files_alone()
}

fn pid_directory(process: Pid) -> PathBuf {
    process.as_raw_nonzero().to_string().into()
}

fn become_zero_inside() -> io::Result<()> {
    let (gid, uid) = (rustix::thread::Gid::ROOT, rustix::thread::Uid::ROOT);
    set_thread_res_gid(gid, gid, gid)?;
    set_thread_res_uid(uid, uid, uid)?;
    Ok(())
}

/// Becomes the user if there is one to become, and keeps only these capabilities, for ever.
pub(super) fn keep_only(target: Option<User>, keep: CapabilitySet) -> Result<(), Stumble> {
    limit_for_ever(keep);
    set_keep_capabilities(true).map_err(at(Step::Capabilities))?;
    if let Some(user) = target {
        become_user(user).map_err(at(Step::BecomeUser))?;
    }
    lay_down(keep).map_err(at(Step::Capabilities))?;
    set_keep_capabilities(false).map_err(at(Step::Capabilities))
}

/// All groups first, the user last: afterwards the right to change the others is gone.
fn become_user(user: User) -> io::Result<()> {
    set_thread_groups(&[])?;
    set_thread_res_gid(user.gid, user.gid, user.gid)?;
    set_thread_res_uid(user.uid, user.uid, user.uid)?;
    Ok(())
}

/// Lays down every capability but those of `keep` that are held.
fn lay_down(keep: CapabilitySet) -> io::Result<()> {
    let kept = held() & keep;
    let sets = CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() };
    Ok(set_capabilities(None, sets)?)
}

/// Takes the rest out of what a program started later could ever be given. Where that right is missing,
/// `no_new_privs`, which is set in any case, has to do.
fn limit_for_ever(keep: CapabilitySet) {
    for number in 0..u64::BITS {
        let one = CapabilitySet::from_bits_retain(1 << number);
        match capability_is_in_bounding_set(one) {
            Ok(true) if !keep.contains(one) => drop(remove_capability_from_bounding_set(one)),
            Ok(_) => {}
            Err(_) => return, // past the last that this kernel knows
        }
    }
}
