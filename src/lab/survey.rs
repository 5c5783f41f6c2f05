//! Asking the kernel about the sockets of a lab, and the quiet point at which its answer can be trusted.

use std::{
    collections::BTreeSet,
    io,
    time::{Duration, Instant},
};

use super::{hosts::HostId, record::Recorder, stage::Stage};
use crate::{
    kernel::{
        clock::Stamp,
        sock_diag::SockDiag,
        socket::{Family, Proto, SocketView, canonical},
        state::TcpState,
    },
    timeline::event::{Basis, SocketRef, What},
};

/// How long a quiet point is waited for; traffic that never rests is sampled as it goes.
const RESTLESS: Duration = Duration::from_millis(200);

/// The kernel's word on the TCP sockets of one lab.
#[derive(Debug)]
pub struct Survey {
    diag: SockDiag,
    /// Sockets that the kernel has told us of: when one is gone, that is told too.
    known: BTreeSet<(HostId, SocketRef)>,
    /// IPv6 is asked about only where a socket of it was made.
    uses_v6: bool,
}

/// A socket of one of our hosts.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    pub host: HostId,
    pub view: SocketView,
}

impl Survey {
    /// In the network namespace of the calling thread.
    pub fn open() -> io::Result<Self> {
        Ok(Self { diag: SockDiag::open()?, known: BTreeSet::new(), uses_v6: false })
    }

    pub fn note_family(&mut self, family: Family) {
        self.uses_v6 |= family == Family::V6;
    }

    /// All TCP sockets of the lab's hosts, as they are at this moment.
    pub fn look(&self, stage: &Stage) -> io::Result<Vec<Sighting>> {
        let mut sightings = Vec::new();
        for family in Family::BOTH.into_iter().filter(|family| *family == Family::V4 || self.uses_v6) {
            let views = self.diag.dump(family, Proto::Tcp)?;
            sightings.extend(views.into_iter().filter_map(|view| {
                let (local, remote) = (canonical(view.local), view.remote.map(canonical));
                let ours = stage.book.is_end_of_ours(Proto::Tcp, local, remote);
                let host = ours.then(|| stage.book.host_of(Proto::Tcp, local, remote)).flatten()?;
                Some(Sighting { host, view })
            }));
        }
        Ok(sightings)
    }

    /// Waits until nothing moves: everything on the link has been taken in, no call has come back meanwhile, and
    /// two readings of the kernel agree. Then puts the states on the timeline as observed.
    pub fn observe(&mut self, stage: &mut Stage, recorder: &mut Recorder<'_>) -> io::Result<()> {
        let give_up = Instant::now() + RESTLESS;
        loop {
            stage.drain(recorder)?;
            let (frames, returned) = (stage.frames.len(), stage.troupe.returned());
            let at = Stamp::now();
            let first = self.look(stage)?;
            stage.drain(recorder)?;
            let second = self.look(stage)?;
            let calm = frames == stage.frames.len() && returned == stage.troupe.returned();
            let agree = states(&first).eq(states(&second));
            if calm && agree || Instant::now() > give_up {
                self.report(at, &second, stage, recorder);
                return Ok(());
            }
        }
    }

    fn report(&mut self, at: Stamp, sightings: &[Sighting], stage: &Stage, recorder: &mut Recorder<'_>) {
        let mut seen = BTreeSet::new();
        for sighting in sightings {
            let socket = socket_ref(&sighting.view);
            let host = stage.book.hosts().name(sighting.host).to_owned();
            let to = sighting.view.state;
            recorder.add(at, What::State { host, socket: socket.clone(), from: None, to, basis: Basis::Observed });
            seen.insert((sighting.host, socket));
        }
        for (host, socket) in self.known.difference(&seen) {
            let (host, socket) = (stage.book.hosts().name(*host).to_owned(), socket.clone());
            let to = TcpState::Closed;
            recorder.add(at, What::State { host, socket, from: None, to, basis: Basis::Observed });
        }
        self.known = seen;
    }
}

fn states(sightings: &[Sighting]) -> impl Iterator<Item = (HostId, SocketRef, TcpState)> + '_ {
    sightings.iter().map(|sighting| (sighting.host, socket_ref(&sighting.view), sighting.view.state))
}

/// The socket by its ends, with IPv4 addresses written as such.
#[must_use]
pub fn socket_ref(view: &SocketView) -> SocketRef {
    SocketRef { proto: view.proto, local: canonical(view.local), remote: view.remote.map(canonical) }
}
