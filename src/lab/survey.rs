//! Asking the kernel about the sockets of a lab, and the quiet point at which its answer can be trusted.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{hosts::HostId, kernel_facts, record::Recorder, stage::Stage, troupe::Homes};
use crate::{
    kernel::{
        clock::Stamp,
        sock_diag::SockDiag,
        socket::{Family, Proto, SocketView, canonical},
        state::TcpState,
    },
    link::{LinkKind, netns::Handle},
    timeline::event::{Basis, Fact, FrameId, SocketRef, UdpSocket, What},
};

/// How long a quiet point is waited for; traffic that never rests is sampled as it goes.
const RESTLESS: Duration = Duration::from_millis(200);

/// Between two readings on a wire, at least: the receiver's kernel may take a frame in a thread of its own, a moment
/// after it was handed over.
const MOMENT: Duration = Duration::from_micros(150);

/// The kernel's word on the sockets of one lab.
#[derive(Debug)]
pub struct Survey {
    lines: Vec<Line>,
    /// Sockets that the kernel has told us of: when one is gone, that is told too.
    known: BTreeSet<(HostId, SocketRef)>,
    /// Where all that the kernel says of a socket is told: what was told last.
    told: Option<BTreeMap<(HostId, SocketRef), Told>>,
    /// The UDP sockets of each host that were told of last.
    told_of_udp: BTreeMap<HostId, Vec<UdpSocket>>,
    /// So many frames had come when all sockets were read last.
    seen_frames: usize,
    /// IPv6 and UDP are asked about only where a socket of it was made.
    uses_v6: bool,
    uses_udp: bool,
}

/// What was told of a socket.
type Told = (TcpState, Vec<Fact>);

/// A line to the socket table of one network namespace.
#[derive(Debug)]
struct Line {
    diag: SockDiag,
    /// The host whose namespace it is, if it has one to itself.
    host: Option<HostId>,
}

/// A socket of one of our hosts.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    pub host: HostId,
    pub view: SocketView,
}

/// Which sockets are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    All,
    /// The two ends of one connection. That is much cheaper.
    Connection(SocketAddr, SocketAddr),
}

impl Survey {
    /// Of all the namespaces that the hosts of this stage live in; of the calling thread's where they share it.
    pub fn open(stage: &Stage) -> io::Result<Self> {
        let lines = match stage.troupe.homes() {
            Homes::Here => vec![Line { diag: SockDiag::open()?, host: None }],
            Homes::Apart(homes) => {
                let open = |(host, home): (HostId, &Arc<Handle>)| {
                    let diag = home.run(SockDiag::open)?;
                    Ok(Line { diag, host: Some(host) })
                };
                homes.iter().enumerate().map(open).collect::<io::Result<_>>()?
            }
        };
        let (known, told_of_udp) = (BTreeSet::new(), BTreeMap::new());
        Ok(Self { lines, known, told: None, told_of_udp, seen_frames: 0, uses_v6: false, uses_udp: false })
    }

    /// From now on all that the kernel says of a socket is told with its state, whenever that is read.
    pub fn tell_details(&mut self) {
        self.told.get_or_insert_default();
    }

    /// Somebody makes such a socket.
    pub fn note(&mut self, proto: Proto, family: Family) {
        self.uses_v6 |= family == Family::V6;
        self.uses_udp |= proto == Proto::Udp;
    }

    /// All TCP sockets of the lab's hosts, as they are at this moment.
    pub fn look(&self, stage: &Stage) -> io::Result<Vec<Sighting>> {
        self.look_for(Proto::Tcp, stage)
    }

    fn look_for(&self, proto: Proto, stage: &Stage) -> io::Result<Vec<Sighting>> {
        let mut sightings = Vec::new();
        for line in &self.lines {
            for family in Family::BOTH.into_iter().filter(|family| *family == Family::V4 || self.uses_v6) {
                let views = line.diag.dump(family, proto)?;
                sightings.extend(views.into_iter().filter_map(|view| {
                    let host = line.host.or_else(|| host_of(&view, stage))?;
                    Some(Sighting { host, view })
                }));
            }
        }
        Ok(sightings)
    }

    /// The sockets of a host that lives apart, or of all hosts where they share a namespace.
    pub fn look_at(&self, host: HostId, stage: &Stage) -> io::Result<Vec<Sighting>> {
        let all = self.look(stage)?;
        Ok(all.into_iter().filter(|sighting| sighting.host == host).collect())
    }

    /// The socket of this host with these ends.
    pub fn one(&self, host: HostId, local: SocketAddr, remote: SocketAddr) -> io::Result<Option<SocketView>> {
        let line = self.lines.iter().find(|line| line.host.is_none_or(|owner| owner == host));
        line.map_or(Ok(None), |line| line.diag.one(Proto::Tcp, local, Some(remote)))
    }

    fn look_about(&self, about: About, stage: &Stage) -> io::Result<Vec<Sighting>> {
        let About::Connection(one, other) = about else { return self.look(stage) };
        let mut sightings = Vec::new();
        for (local, remote) in [(one, other), (other, one)] {
            let Some(host) = stage.book.host_of(Proto::Tcp, local, Some(remote)) else { continue };
            let view = self.one(host, local, remote)?;
            sightings.extend(view.map(|view| Sighting { host, view }));
        }
        Ok(sightings)
    }

    /// Whether all states were read since this frame came.
    pub fn has_seen(&self, frame: FrameId) -> bool {
        usize::try_from(frame).is_ok_and(|frame| frame < self.seen_frames)
    }

    /// Waits until nothing moves: every frame is with its receiver or in our hands, no call has come back meanwhile,
    /// and two readings of the kernel agree. Then puts the states on the timeline as observed.
    pub fn observe(&mut self, about: About, stage: &mut Stage, recorder: &mut Recorder<'_>) -> io::Result<()> {
        let give_up = Instant::now() + RESTLESS;
        loop {
            stage.drain(recorder)?;
            let (frames, returned) = (stage.frames.len(), stage.troupe.returned());
            // What arrives between two readings need not show in the second one: its kernel may be a moment behind.
            let was_calm = !stage.is_in_transit();
            let read_at = Instant::now();
            let first = self.look_about(about, stage)?;
            if stage.kind() == LinkKind::Wire {
                stage.listen_until(read_at + MOMENT, recorder)?;
            }
            stage.drain(recorder)?;
            let at = Stamp::now();
            let second = self.look_about(about, stage)?;
            let calm = was_calm
                && frames == stage.frames.len()
                && returned == stage.troupe.returned()
                && !stage.is_in_transit();
            let agree = states(&first).eq(states(&second));
            if calm && agree || Instant::now() > give_up {
                if about == About::All {
                    self.seen_frames = frames;
                }
                self.report(at, about, &(first, second), stage, recorder);
                return self.report_udp(about, stage, recorder);
            }
        }
    }

    /// Puts the states on the timeline as they are now, though things move.
    ///
    /// Of a single reading nobody knows whether it was before or after a packet that has just arrived. So it is read
    /// twice, and told of a socket only if both agree: then it was in that state at the moment in between. A moment is
    /// waited there, for a kernel that has not come to what was handed to it.
    pub fn sample(&mut self, stage: &Stage, recorder: &mut Recorder<'_>) -> io::Result<()> {
        let first = self.look(stage)?;
        let at = Stamp::now();
        std::thread::sleep(MOMENT);
        let readings = (first, self.look(stage)?);
        self.report(at, About::All, &readings, stage, recorder);
        self.report_udp(About::All, stage, recorder)
    }

    fn report(&mut self, at: Stamp, about: About, readings: &Readings, stage: &Stage, recorder: &mut Recorder<'_>) {
        let seen: BTreeSet<_> = there(readings).collect();
        for sighting in settled(readings) {
            let socket = socket_ref(&sighting.view);
            let host = stage.book.hosts().name(sighting.host).to_owned();
            let to = sighting.view.state;
            recorder.add(at, What::State { host, socket: socket.clone(), from: None, to, basis: Basis::Observed });
            self.report_details(at, sighting, &socket, stage, recorder);
        }
        let is_meant = |socket: &SocketRef| match about {
            About::All => true,
            About::Connection(one, other) => [(one, other), (other, one)]
                .into_iter()
                .any(|(local, remote)| socket.local == local && socket.remote == Some(remote)),
        };
        let (asked_about, others): (BTreeSet<_>, BTreeSet<_>) =
            std::mem::take(&mut self.known).into_iter().partition(|(_, socket)| is_meant(socket));
        for (host, socket) in asked_about.difference(&seen) {
            let (host, socket) = (stage.book.hosts().name(*host).to_owned(), socket.clone());
            let to = TcpState::Closed;
            recorder.add(at, What::State { host, socket, from: None, to, basis: Basis::Observed });
        }
        self.known = &seen | &others;
        if let Some(told) = &mut self.told {
            told.retain(|socket, _| self.known.contains(socket));
        }
    }

    /// Of UDP sockets nothing has to agree: they are told of as they are found, host by host, where that has changed.
    fn report_udp(&mut self, about: About, stage: &Stage, recorder: &mut Recorder<'_>) -> io::Result<()> {
        if self.told.is_none() || !self.uses_udp || about != About::All {
            return Ok(());
        }
        let at = Stamp::now();
        let mut now: BTreeMap<HostId, Vec<UdpSocket>> = BTreeMap::new();
        for Sighting { host, view } in self.look_for(Proto::Udp, stage)? {
            now.entry(host).or_default().push(udp_socket(&view));
        }
        now.values_mut().for_each(|sockets| sockets.sort_by_key(|socket| (socket.local, socket.remote)));
        let none = Vec::new();
        for (id, host) in stage.book.hosts().all().iter().enumerate() {
            let sockets = now.get(&id).unwrap_or(&none);
            if sockets != self.told_of_udp.get(&id).unwrap_or(&none) {
                recorder.add(at, What::UdpSockets { host: host.name.clone(), sockets: sockets.clone() });
            }
        }
        self.told_of_udp = now;
        Ok(())
    }

    fn report_details(
        &mut self,
        at: Stamp,
        sighting: &Sighting,
        socket: &SocketRef,
        stage: &Stage,
        recorder: &mut Recorder<'_>,
    ) {
        let Some(told) = &mut self.told else { return };
        let (state, facts) = (sighting.view.state, kernel_facts::all(&sighting.view));
        let key = (sighting.host, socket.clone());
        if told.get(&key).is_some_and(|known| (known.0, &known.1) == (state, &facts)) {
            return;
        }
        let host = stage.book.hosts().name(sighting.host).to_owned();
        recorder.add(at, What::Reading { host, socket: socket.clone(), state, facts: facts.clone() });
        told.insert(key, (state, facts));
    }
}

/// Where hosts share a namespace: whose socket it is, if it is one of ours.
fn host_of(view: &SocketView, stage: &Stage) -> Option<HostId> {
    let (local, remote) = (canonical(view.local), view.remote.map(canonical));
    let ours = stage.book.is_end_of_ours(view.proto, local, remote);
    ours.then(|| stage.book.host_of(view.proto, local, remote)).flatten()
}

fn udp_socket(view: &SocketView) -> UdpSocket {
    let SocketRef { local, remote, .. } = socket_ref(view);
    UdpSocket { local, remote, receive_memory: view.receive_queue, send_memory: view.send_queue }
}

/// Of the same sockets, one shortly after the other.
type Readings = (Vec<Sighting>, Vec<Sighting>);

/// The sockets whose state is the same in both readings.
fn settled((first, second): &Readings) -> impl Iterator<Item = &Sighting> {
    let before: BTreeMap<_, _> = states(first).map(|(host, socket, state)| ((host, socket), state)).collect();
    let is_settled = move |sighting: &&Sighting| {
        before.get(&(sighting.host, socket_ref(&sighting.view))) == Some(&sighting.view.state)
    };
    second.iter().filter(is_settled)
}

/// All that are in one of the readings: a socket is gone when it is in neither.
fn there((first, second): &Readings) -> impl Iterator<Item = (HostId, SocketRef)> {
    first.iter().chain(second).map(|sighting| (sighting.host, socket_ref(&sighting.view)))
}

fn states(sightings: &[Sighting]) -> impl Iterator<Item = (HostId, SocketRef, TcpState)> + '_ {
    sightings.iter().map(|sighting| (sighting.host, socket_ref(&sighting.view), sighting.view.state))
}

/// The socket by its ends, with IPv4 addresses written as such.
#[must_use]
pub fn socket_ref(view: &SocketView) -> SocketRef {
    SocketRef { proto: view.proto, local: canonical(view.local), remote: view.remote.map(canonical) }
}
