//! The states of sockets, folded to now: what stands beside a packet.

use std::collections::HashMap;

use crate::{
    face::{
        explain::Flow,
        text::{Line, Marks, Style},
    },
    kernel::state::TcpState,
    timeline::event::{Basis, SocketRef},
};

/// A state, and how we know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::face) struct Known {
    pub(in crate::face) state: TcpState,
    pub(in crate::face) basis: Basis,
}

#[derive(Debug, Default)]
pub(in crate::face) struct Ends(HashMap<(String, SocketRef), Known>);

impl Ends {
    /// Notes a state, and gives back what was known before.
    pub(in crate::face) fn set(&mut self, host: &str, socket: &SocketRef, known: Known) -> Option<Known> {
        self.0.insert((host.into(), socket.clone()), known)
    }

    /// Forgets everything: the next lab block has other sockets.
    pub(in crate::face) fn clear(&mut self) {
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
pub(in crate::face) fn state(known: Known) -> Line {
    match known.basis {
        Basis::Observed => Line::styled(known.state.name(), Style::CODE.bold()),
        Basis::Inferred => Line::styled(&format!("({})", known.state.name()), Style::CODE),
    }
}

/// A socket's new state: `server  LISTEN → (SYN-RECV)  10.0.0.2:80`.
pub(in crate::face) fn change(
    host: &Line,
    from: Option<TcpState>,
    known: Known,
    socket: &SocketRef,
    marks: &Marks,
) -> Line {
    let mut line = host.clone().with("  ", Style::PLAIN);
    if let Some(from) = from {
        line.push(from.name(), Style::CODE);
        line.push(&format!(" {} ", marks.becomes), Style::PLAIN);
    }
    line.append(&state(known));
    line.with(&format!("  {}", socket.local), Style::FAINT)
}

/// The state was known. That is news only where the kernel now says what we had concluded.
pub(in crate::face) fn confirmation(host: &Line, before: Known, known: Known) -> Option<Line> {
    let is_news = (before.basis, known.basis) == (Basis::Inferred, Basis::Observed);
    is_news.then(|| {
        let line = host.clone().with("  ", Style::PLAIN);
        [state(known), Line::styled("  confirmed by the kernel", Style::FAINT)].iter().fold(line, |mut line, part| {
            line.append(part);
            line
        })
    })
}
