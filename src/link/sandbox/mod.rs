//! The sandbox: where a lab may be all-powerful, and has no power over the host.
//!
//! [`enter`] is called first thing, while the process has one thread. The order is a contract: the host's root is
//! given up before anything else is done; then the best grade is taken that this machine allows; then no program
//! started later can gain more (`no_new_privs`). A refusal is never an end: it is a lesser grade, and a reason that
//! can be shown.
//!
//! It makes only the place in which network namespaces may be made; each lab makes its own with
//! [`super::netns::enter_private`]. No other program is called for any of it.

mod identity;
mod machine;
mod refusal;
mod ways;

use std::io;

use rustix::thread::{CapabilitySet, set_no_new_privs};

use self::{
    identity::{Identity, Standing},
    refusal::Stumble,
    ways::Way,
};
pub use self::{
    machine::Machine,
    refusal::{Attempt, Refusal, Step},
};
use super::{Watch, packet_socket};
use crate::kernel::sys;

/// What the process may do from now on.
#[derive(Debug)]
pub struct Sandbox {
    /// The best grade that this machine allows.
    pub watch: Watch,
    /// What was tried before and refused, in that order.
    pub refusals: Vec<Refusal>,
    /// What became of the one who started it, in a sentence, when that is not what one would expect.
    pub notes: Vec<String>,
}

/// Gives up what is not needed and takes the best grade that is allowed.
///
/// Call it before any thread is started, and before any file is opened that only root may open. Fails only where
/// going on would be wrong: the process has threads already, or root cannot be given up.
pub fn enter() -> Result<Sandbox, Refusal> {
    if !sys::has_one_thread() {
        let stumble = Stumble { step: Step::OneThread, error: io::Error::other("several threads") };
        return Err(Refusal::new(Attempt::Begin, stumble, &Machine::read()));
    }
    let who = Identity::read();
    let mut refusals = Vec::new();
    let watch = match private(&who, &mut refusals)? {
        true => Watch::Private,
        false => shared(&who, &mut refusals)?,
    };
    // Cannot fail on any kernel that has it, and without it everything above holds as well.
    let _ = set_no_new_privs(true);
    Ok(Sandbox { watch, refusals, notes: notes(&who) })
}

/// Whether this process may watch the loopback that it is on now. It asks and changes nothing.
pub fn host_loopback() -> io::Result<()> {
    packet_socket::may_open()
}

/// Takes the first way to private namespaces that is open. False: none is.
fn private(who: &Identity, refusals: &mut Vec<Refusal>) -> Result<bool, Refusal> {
    for way in Way::of(who) {
        let refused = |stumble| Refusal::new(attempt(way), stumble, &Machine::read());
        match way.works(who) {
            Ok(()) => return way.walk(who).map(|()| true).map_err(refused),
            Err(stumble) => refusals.push(refused(stumble)),
        }
    }
    Ok(false)
}

/// The host's own network, watched if that is allowed. Whatever else was held is laid down.
fn shared(who: &Identity, refusals: &mut Vec<Refusal>) -> Result<Watch, Refusal> {
    if who.standing != Standing::Ordinary {
        ways::keep_only(who.target(), CapabilitySet::NET_RAW)
            .map_err(|stumble| Refusal::new(Attempt::GivingUpRoot, stumble, &Machine::read()))?;
    }
    match packet_socket::may_open() {
        Ok(()) => Ok(Watch::HostLoopback),
        Err(error) => {
            let stumble = Stumble { step: Step::PacketSocket, error };
            refusals.push(Refusal::new(Attempt::HostLoopback, stumble, &Machine::read()));
            Ok(Watch::Unwatched)
        }
    }
}

const fn attempt(way: Way) -> Attempt {
    match way {
        Way::OwnNamespace => Attempt::PrivateNamespaces,
        Way::MadeByRoot => Attempt::NamespacesMadeByRoot,
        Way::NetworkOnly => Attempt::NetworkNamespaceAlone,
    }
}

fn notes(who: &Identity) -> Vec<String> {
    match who.standing {
        Standing::HostRoot { target } => {
            vec![format!("Started by root: the host's root is given up, and user {} goes on.", target.uid)]
        }
        Standing::MappedRoot => {
            vec!["Root only of a user namespace: there is no host's root to give up.".into()]
        }
        Standing::Ordinary | Standing::Capable => Vec::new(),
    }
}
