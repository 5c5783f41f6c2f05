//! The two ends of the conversation, and the states through which each of them came.

use super::super::{super::reel::Change, Subject};
use crate::{
    kernel::state::TcpState,
    timeline::event::{Basis, Proto, SocketRef, What},
};

#[derive(Debug)]
pub(super) struct End {
    pub(super) host: String,
    pub(super) socket: SocketRef,
    /// Where it began: in the hands of a listener, or nowhere.
    pub(super) origin: TcpState,
    /// The states behind that, in their order.
    pub(super) way: Vec<Change>,
}

impl End {
    pub(super) fn state(&self) -> (TcpState, Basis) {
        self.way.last().map_or((self.origin, Basis::Observed), |change| (change.to, change.basis))
    }

    /// Whether it was anything else before it was closed.
    pub(super) const fn is_over(&self) -> bool {
        !self.way.is_empty()
    }

    /// From which state to which it went.
    pub(super) fn steps(&self) -> Vec<(TcpState, TcpState)> {
        let listened = (self.origin == TcpState::Listen).then_some(TcpState::Closed);
        let states = listened.into_iter().chain([self.origin]).chain(self.way.iter().map(|change| change.to));
        let states: Vec<TcpState> = states.collect();
        states.windows(2).map(|pair| (pair[0], pair[1])).collect()
    }
}

/// Both ends of the chosen packet's conversation; without one, of the last that was heard of.
pub(super) fn ends(subject: &Subject<'_>) -> Vec<End> {
    let chosen = subject.chosen_frame().and_then(|frame| {
        let flow = frame.explained.flow.filter(|flow| flow.proto == Proto::Tcp)?;
        let (from, to, _) = subject.sending(frame);
        Some(vec![(from.to_owned(), flow.sender()), (to.to_owned(), flow.receiver())])
    });
    let found = chosen.or_else(|| newest(subject)).unwrap_or_else(|| listeners(subject));
    let mut ends: Vec<End> = found.into_iter().map(|(host, socket)| end(subject, host, socket)).collect();
    ends.sort_by_key(|end| subject.world.hosts.iter().position(|host| host.name == end.host));
    ends
}

/// The connection of which something was heard last, and its other end if that is known.
fn newest(subject: &Subject<'_>) -> Option<Vec<(String, SocketRef)>> {
    let events = subject.reel.sockets().stage_at(subject.position)..subject.position;
    let connected = subject.reel.sockets().all().filter(|((_, socket), _)| socket.remote.is_some());
    let last = connected.filter_map(|(key, track)| Some((track.changes_in(events.clone()).last()?.event, key)));
    let (_, (host, socket)) = last.max_by_key(|(event, _)| *event)?;
    let other = SocketRef { proto: socket.proto, local: socket.remote?, remote: Some(socket.local) };
    let owner = |host: &&String| subject.reel.sockets().get(host, &other).is_some();
    let names: Vec<String> = subject.world.hosts.iter().map(|host| host.name.clone()).collect();
    let by_address = || {
        let has = |host: &&crate::timeline::event::Host| host.addresses.contains(&other.local.ip());
        subject.world.hosts.iter().find(has).map(|host| host.name.clone())
    };
    let other_host = names.iter().find(owner).cloned().or_else(by_address);
    let mut both = vec![(host.clone(), socket.clone())];
    both.extend(other_host.map(|host| (host, other.clone())));
    Some(both)
}

/// Where no connection is, what listens.
fn listeners(subject: &Subject<'_>) -> Vec<(String, SocketRef)> {
    subject.world.sockets.keys().filter(|(_, socket)| socket.proto == Proto::Tcp).cloned().collect()
}

fn end(subject: &Subject<'_>, host: String, socket: SocketRef) -> End {
    let sockets = subject.reel.sockets();
    let events = sockets.stage_at(subject.position)..subject.position;
    let changes = sockets.get(&host, &socket).map_or(&[][..], |track| track.changes_in(events));
    let mut way: Vec<Change> = Vec::new();
    for change in changes {
        match way.last_mut() {
            // It was only confirmed, or concluded once more.
            Some(last) if last.to == change.to => last.basis = known_better(last.basis, change.basis),
            _ => way.push(*change),
        }
    }
    let origin = if socket.remote.is_some() && comes_from_listener(subject, &host, &socket, &way) {
        TcpState::Listen
    } else {
        TcpState::Closed
    };
    End { host, socket, origin, way }
}

const fn known_better(before: Basis, now: Basis) -> Basis {
    match (before, now) {
        (Basis::Inferred, Basis::Inferred) => Basis::Inferred,
        _ => Basis::Observed,
    }
}

/// Whether it was made by a listener of this host: one stood at its port, and it did not call itself.
fn comes_from_listener(subject: &Subject<'_>, host: &str, socket: &SocketRef, way: &[Change]) -> bool {
    let called = way.first().is_some_and(|first| first.to == TcpState::SynSent);
    let said = way
        .first()
        .and_then(|first| subject.event(first.event))
        .is_some_and(|event| matches!(event.what, What::State { from: Some(TcpState::Listen), .. }));
    let events = subject.reel.sockets().stage_at(subject.position)..subject.position;
    let answers = |other: &SocketRef| {
        let is_there = other.local.ip().is_unspecified() || other.local.ip() == socket.local.ip();
        other.remote.is_none() && other.local.port() == socket.local.port() && is_there
    };
    let mut all = subject.reel.sockets().all();
    let listens = |changes: &[Change]| changes.iter().any(|change| change.to == TcpState::Listen);
    !called
        && (said
            || all.any(|((owner, other), track)| {
                owner == host && answers(other) && listens(track.changes_in(events.clone()))
            }))
}
