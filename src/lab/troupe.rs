//! The actors of a lab: who has which socket, who is in which call, what each program has received.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    net::SocketAddr,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    time::{Duration, Instant},
};

use rustix::thread::Pid;
use socket2::Socket;

use super::{
    actor::{Actor, ActorId, ActorReport, CallCounter, Effect, Introduction, JobId},
    calls::{Held, Order},
    hosts::{Book, HostId},
    record::Recorder,
    stage::Report,
};
use crate::{
    kernel::{clock::Stamp, socket::canonical, task},
    lesson::script::Family,
    link::netns::Handle,
    timeline::event::{CallId, Proto, What},
};

/// A call counts as waiting once its thread has been seen asleep for this long. Shorter sleeps are the kernel's
/// housekeeping, and say nothing about the network.
const DOZE: Duration = Duration::from_millis(2);
/// Where `/proc` can not tell who sleeps, a call that has not returned for this long counts as waiting.
const BLIND_DOZE: Duration = Duration::from_millis(20);

/// One actor as the stage sees it: its socket, its calls, its post.
#[derive(Debug)]
pub struct Player {
    pub host: HostId,
    /// The name that the script gave its socket.
    pub name: Option<String>,
    pub proto: Proto,
    pub family: Family,
    pub local: Option<SocketAddr>,
    pub remote: Option<SocketAddr>,
    pub listening: bool,
    pub connected: bool,
    /// Where it was told to connect, until that is done.
    pub connecting: Option<SocketAddr>,
    pub closed: bool,
    /// What the program received and no `saw` line has asked for yet: one entry a call. An empty entry on a
    /// stream is its end.
    pub received: VecDeque<Vec<u8>>,
    /// While claims are only tried: the same as it really is.
    kept: Option<VecDeque<Vec<u8>>>,
    pub calls: Vec<CallId>,
    actor: Actor,
    socket: Weak<Socket>,
    unfinished: usize,
}

impl Player {
    /// Both ends of its socket, as far as they are known. While `connect` is on its way only the socket itself can
    /// tell its own end.
    #[must_use]
    pub fn ends(&self) -> Option<(SocketAddr, Option<SocketAddr>)> {
        let asked = || self.socket.upgrade()?.local_addr().ok()?.as_socket().filter(|local| local.port() != 0);
        Some((canonical(self.local.or_else(asked)?), self.remote.or(self.connecting).map(canonical)))
    }

    /// Whether a packet between `own` and `peer` is one of this socket: sockets that `accept` made share their own
    /// end, so the other one counts as well.
    #[must_use]
    pub fn has_ends(&self, own: SocketAddr, peer: SocketAddr) -> bool {
        self.ends().is_some_and(|(local, remote)| {
            let at_home = local.ip().is_unspecified() || local.ip() == own.ip();
            at_home && local.port() == own.port() && remote.is_none_or(|remote| remote == peer)
        })
    }
}

/// A call that was entered.
#[derive(Debug)]
pub struct CallRecord {
    pub name: &'static str,
    pub text: String,
    pub entered: Stamp,
    pub waits: bool,
    /// Its errno, once it came back; 0 for success.
    pub returned: Option<i32>,
    thread: Pid,
    asleep_since: Option<Instant>,
}

/// A line's worth of calls that was given to an actor.
#[derive(Debug)]
pub struct Job {
    pub player: ActorId,
    /// How the call that ended it failed, once it is done; 0 for success.
    pub done: Option<i32>,
    /// Its newest call.
    pub call: Option<CallId>,
    /// The calls that it comes to.
    names: Vec<&'static str>,
    /// The name for the socket that `accept` will make.
    new_name: Option<String>,
}

/// Where the actors of each host are at home.
#[derive(Debug)]
pub enum Homes {
    /// All of them in the network namespace of the thread that hires them.
    Here,
    /// Those of each host in its own.
    Apart(Vec<Arc<Handle>>),
}

impl Homes {
    fn of(&self, host: HostId) -> Option<Arc<Handle>> {
        match self {
            Self::Here => None,
            Self::Apart(homes) => homes.get(host).cloned(),
        }
    }
}

#[derive(Debug)]
pub struct Troupe {
    book: Book,
    homes: Homes,
    reports: Sender<Report>,
    counter: CallCounter,
    curtain: Arc<AtomicBool>,
    pub players: Vec<Player>,
    pub calls: BTreeMap<CallId, CallRecord>,
    pub jobs: Vec<Job>,
}

impl Troupe {
    #[must_use]
    pub fn new(book: Book, homes: Homes, reports: Sender<Report>) -> Self {
        let (players, calls, jobs) = (Vec::new(), BTreeMap::new(), Vec::new());
        let (counter, curtain) = (CallCounter::default(), Arc::default());
        Self { book, homes, reports, counter, curtain, players, calls, jobs }
    }

    #[must_use]
    pub const fn homes(&self) -> &Homes {
        &self.homes
    }

    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Hires an actor for a socket that its first order will make.
    pub fn hire(&mut self, host: HostId, name: Option<String>, proto: Proto, family: Family) -> io::Result<ActorId> {
        self.employ(host, name, proto, family, None)
    }

    fn employ(
        &mut self,
        host: HostId,
        name: Option<String>,
        proto: Proto,
        family: Family,
        held: Option<Held>,
    ) -> io::Result<ActorId> {
        let id = self.players.len();
        let reports = self.reports.clone();
        let report = move |report| {
            // The stage may have gone; then nobody is interested.
            let _ = reports.send(Report::Actor(report));
        };
        let weak = held.as_ref().map_or_else(Weak::new, |held| Arc::downgrade(&held.socket));
        let (book, calls, curtain) = (self.book.clone(), Arc::clone(&self.counter), Arc::clone(&self.curtain));
        let home = self.homes.of(host);
        let introduction = Introduction { id, host, home, book, calls, curtain, report };
        let actor = Actor::start(introduction, held)?;
        self.players.push(Player {
            host,
            name,
            proto,
            family,
            local: None,
            remote: None,
            listening: false,
            connected: false,
            connecting: None,
            closed: false,
            received: VecDeque::new(),
            kept: None,
            calls: Vec::new(),
            actor,
            socket: weak,
            unfinished: 0,
        });
        Ok(id)
    }

    /// Gives an actor its next line. `new_name` names the socket that an `accept` in it makes.
    pub fn order(&mut self, player: ActorId, order: Order, new_name: Option<String>) -> JobId {
        let job = self.jobs.len() as JobId;
        self.jobs.push(Job { player, done: None, call: None, names: order.names(), new_name });
        self.players[player].unfinished += 1;
        self.players[player].connecting = order.target().or(self.players[player].connecting);
        self.players[player].actor.order(job, order);
        job
    }

    /// Whether the actor still has an earlier line to finish.
    #[must_use]
    pub fn is_busy(&self, player: ActorId) -> bool {
        self.players[player].unfinished > 0
    }

    /// The newest player of a host that `fits`.
    #[must_use]
    pub fn newest(&self, host: HostId, fits: impl Fn(&Player) -> bool) -> Option<ActorId> {
        self.players.iter().rposition(|player| player.host == host && fits(player))
    }

    #[must_use]
    pub fn named(&self, host: HostId, name: &str) -> Option<ActorId> {
        self.newest(host, |player| player.name.as_deref() == Some(name))
    }

    /// The newest call of a player, by name if one is given.
    #[must_use]
    pub fn call_of(&self, player: ActorId, name: Option<&str>) -> Option<&CallRecord> {
        let mut calls = self.players[player].calls.iter().rev().filter_map(|call| self.calls.get(call));
        calls.find(|call| name.is_none_or(|name| call.name == name))
    }

    /// Whether such a call was ordered and has not begun: the actor is still in an earlier one.
    #[must_use]
    pub fn waits_its_turn(&self, player: ActorId, name: Option<&str>) -> bool {
        let mut ahead = self.jobs.iter().filter(|job| job.player == player && job.call.is_none() && job.done.is_none());
        ahead.any(|job| name.is_none_or(|name| job.names.contains(&name)))
    }

    /// Calls that are neither back nor known to sleep: until they are, their packets may still come.
    pub fn running(&self) -> impl Iterator<Item = &CallRecord> {
        self.calls.values().filter(|call| call.returned.is_none() && !call.waits)
    }

    /// Whether a call is neither back nor asleep at this moment.
    #[must_use]
    pub fn is_somebody_awake(&self) -> bool {
        let mut away = self.calls.values().filter(|call| call.returned.is_none());
        away.any(|call| task::is_asleep(call.thread) == Some(false))
    }

    /// Whether a socket of this host may come out of an `accept`.
    #[must_use]
    pub fn is_accepting(&self, host: HostId) -> bool {
        let mut players = self.players.iter().filter(|player| player.host == host);
        players.any(|player| {
            let mut calls = player.calls.iter().filter_map(|call| self.calls.get(call));
            calls.any(|call| call.name == "accept" && call.returned.is_none())
        })
    }

    #[must_use]
    pub fn earliest_running(&self) -> Option<Stamp> {
        self.running().map(|call| call.entered).min()
    }

    /// How many calls have returned: two readings agree only if none came back between them.
    #[must_use]
    pub fn returned(&self) -> usize {
        self.calls.values().filter(|call| call.returned.is_some()).count()
    }

    /// Takes in what an actor says.
    pub fn take(&mut self, report: ActorReport, recorder: &mut Recorder<'_>) -> io::Result<()> {
        match report {
            ActorReport::Entered { actor, job, call, thread, name, text, at } => {
                let player = &mut self.players[actor];
                player.calls.push(call);
                self.jobs[job as usize].call = Some(call);
                let host = self.book.hosts().name(player.host).to_owned();
                let socket = player.name.clone().unwrap_or_default();
                let event = What::CallEntered { call, host, socket, name: name.to_owned(), text: text.clone() };
                recorder.add(at, event);
                let record =
                    CallRecord { name, text, entered: at, waits: false, returned: None, thread, asleep_since: None };
                self.calls.insert(call, record);
            }
            ActorReport::Returned { actor, call, at, took, result, errno, effect } => {
                if let Some(record) = self.calls.get_mut(&call) {
                    record.returned = Some(errno);
                }
                let took_ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
                recorder.add(at, What::CallReturned { call, took_ns, result });
                self.apply(actor, call, effect)?;
            }
            ActorReport::Done { actor, job, failed } => {
                let player = &mut self.players[actor];
                player.unfinished -= 1;
                player.connecting = player.connecting.filter(|_| player.unfinished > 0);
                self.jobs[job as usize].done = Some(failed.unwrap_or(0));
            }
        }
        Ok(())
    }

    fn apply(&mut self, actor: ActorId, call: CallId, effect: Effect) -> io::Result<()> {
        let player = &mut self.players[actor];
        match effect {
            Effect::Nothing => {}
            Effect::Opened { socket, proto, family } => {
                (player.socket, player.proto, player.family) = (socket, proto, family);
            }
            Effect::Bound { local } => player.local = local.or(player.local),
            Effect::Listening { local } => {
                player.local = local.or(player.local);
                player.listening = true;
            }
            Effect::Connected { local, remote } => {
                (player.local, player.remote) = (local, Some(remote));
                player.connected = true;
            }
            Effect::Accepted { held, local, remote } => {
                let (host, proto, family) = (player.host, player.proto, player.family);
                let name = self.jobs.iter_mut().find(|job| job.call == Some(call)).and_then(|job| job.new_name.take());
                let id = self.employ(host, name, proto, family, Some(held))?;
                let accepted = &mut self.players[id];
                (accepted.local, accepted.remote, accepted.connected) = (local, remote, true);
            }
            Effect::Received(bytes) => {
                player.kept.iter_mut().for_each(|kept| kept.push_back(bytes.clone()));
                player.received.push_back(bytes);
            }
            Effect::Closed => player.closed = true,
        }
        Ok(())
    }

    /// Looks which running calls have fallen asleep in the kernel, and puts that on the timeline.
    pub fn notice_waiting(&mut self, recorder: &mut Recorder<'_>) {
        for (id, call) in &mut self.calls {
            if call.returned.is_none() && !call.waits && call.has_dozed_off() {
                call.waits = true;
                recorder.add_now(What::CallWaits { call: *id });
            }
        }
    }

    /// Claims are tried from here on: what they take is given back.
    pub fn begin_rehearsal(&mut self) {
        self.players.iter_mut().for_each(|player| player.kept = Some(player.received.clone()));
    }

    pub fn end_rehearsal(&mut self) {
        for player in &mut self.players {
            player.received = player.kept.take().unwrap_or_else(|| std::mem::take(&mut player.received));
        }
    }

    /// What was tried is done: what the claims took is gone.
    pub fn accept_rehearsal(&mut self) {
        self.players.iter_mut().for_each(|player| player.kept = None);
    }

    /// Wakes every blocked call, ends every actor and waits for them.
    pub fn dismiss(&mut self) {
        self.curtain.store(true, Ordering::SeqCst);
        // All are sent home before the first is waited for: a `close` that lingers comes back when its peer is gone.
        for player in &mut self.players {
            wake(&player.socket);
            player.actor.dismiss();
        }
        for player in self.players.drain(..) {
            player.actor.join(|| wake(&player.socket));
        }
    }
}

impl Drop for Troupe {
    /// Also where a lab breaks off: no thread stays behind in a blocked call.
    fn drop(&mut self) {
        self.dismiss();
    }
}

/// Wakes accept, recv, send and connect alike, also on a listener and on an unconnected UDP socket (where it says
/// ENOTCONN, and wakes all the same).
fn wake(socket: &Weak<Socket>) {
    if let Some(socket) = socket.upgrade() {
        let _ = socket.shutdown(std::net::Shutdown::Both);
    }
}

impl CallRecord {
    fn has_dozed_off(&mut self) -> bool {
        match task::is_asleep(self.thread) {
            Some(true) => self.asleep_since.get_or_insert_with(Instant::now).elapsed() >= DOZE,
            Some(false) => {
                self.asleep_since = None;
                false
            }
            None => Stamp::now().since(self.entered) >= BLIND_DOZE,
        }
    }
}
