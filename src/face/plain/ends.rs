//! The states of sockets, folded to now: what stands beside a packet.

use std::collections::HashMap;

use crate::{
    face::{
        explain::Flow,
        text::{Line, Style},
    },
    kernel::state::TcpState,
    timeline::event::{Basis, SocketRef},
};

/// A state, and how we know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) state: TcpState,
    pub(super) basis: Basis,
}

#[derive(Debug, Default)]
pub(super) struct Ends(HashMap<(String, SocketRef), Known>);

impl Ends {
    /// Notes a state, and gives back what was known before.
    pub(super) fn set(&mut self, host: &str, socket: &SocketRef, known: Known) -> Option<Known> {
        self.0.insert((host.into(), socket.clone()), known)
    }

    /// Forgets everything: the next lab block has other sockets.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The state of a host's socket, or of the listener that would answer for it.
    pub(super) fn of(&self, host: &str, socket: &SocketRef) -> Option<Known> {
        let exact = self.0.get(&(host.to_owned(), socket.clone()));
        exact.or_else(|| self.listener(host, socket)).copied()
    }

    fn listener(&self, host: &str, socket: &SocketRef) -> Option<&Known> {
        self.0.iter().find_map(|((owner, candidate), known)| {
            let local = candidate.local;
            let answers = owner == host
                && known.state == TcpState::Listen
                && candidate.proto == socket.proto
                && local.port() == socket.local.port()
                && (local.ip().is_unspecified() || local.ip() == socket.local.ip());
            answers.then_some(known)
        })
    }
}

/// A packet whose line is written and whose states are not: they come right behind it.
#[derive(Debug)]
pub(super) struct Beside {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) flow: Flow,
    pub(super) when: When,
}

/// When the states of a packet's ends are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// It has arrived: they are what they are.
    Now,
    /// It is on the wire, or has just left it: they are shown when something is heard of them. Until then what we
    /// know may be out of date.
    OnNews { heard: bool },
}

impl Beside {
    /// Whether this socket is one of the packet's two ends.
    pub(super) fn concerns(&self, host: &str, socket: &SocketRef) -> bool {
        (host == self.from && *socket == self.flow.sender()) || (host == self.to && *socket == self.flow.receiver())
    }

    /// Whether the other packet is one of the same conversation, in whichever direction.
    pub(super) fn is_with(&self, other: &Self) -> bool {
        self.flow == other.flow || self.flow.sender() == other.flow.receiver()
    }

    pub(super) const fn hear(&mut self) {
        if let When::OnNews { heard } = &mut self.when {
            *heard = true;
        }
    }

    /// The same, once more to be shown when something is heard.
    pub(super) fn again(&self) -> Self {
        let (from, to) = (self.from.clone(), self.to.clone());
        Self { from, to, flow: self.flow, when: When::OnNews { heard: false } }
    }

    pub(super) const fn is_due(&self) -> bool {
        !matches!(self.when, When::OnNews { heard: false })
    }

    /// The states of both ends as far as they are known, in the order in which the lesson names the hosts.
    pub(super) fn states(&self, ends: &Ends, rank: impl Fn(&str) -> usize) -> Vec<(&str, Known)> {
        let both = [(self.from.as_str(), self.flow.sender()), (self.to.as_str(), self.flow.receiver())];
        let mut known: Vec<_> =
            both.iter().filter_map(|(host, socket)| Some((*host, ends.of(host, socket)?))).collect();
        known.sort_by_key(|(host, _)| rank(host));
        known
    }
}

/// `SYN-SENT` as the kernel said it, `(SYN-SENT)` as we concluded it.
pub(super) fn state(known: Known) -> Line {
    match known.basis {
        Basis::Observed => Line::styled(known.state.name(), Style::CODE.bold()),
        Basis::Inferred => Line::styled(&format!("({})", known.state.name()), Style::CODE),
    }
}
