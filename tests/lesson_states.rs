//! What packets say of the ends of a connection, held against what the kernel said of them: over every lesson, on the
//! link that it runs on, at every quiet point.
//!
//! The frames of a run are shown to a tracker of our own, as they entered and left the link. Whenever the kernel was
//! asked about a socket with a peer, its answer is compared. What packets alone can not tell is listed below by kind;
//! a difference of any other kind fails.
//!
//! While frames flow there is no quiet point: the kernel is asked now and then, and on a busy machine its answer may be
//! older than a frame that stands before it. So an answer that is one state behind is not judged by itself: the next
//! one about this socket has to agree.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::SocketAddr,
};

use libtest_mimic::Failed;
use support::{conclude, ensure, lab_test, stderr, stdout, why_no_lab, wiretutor};
use wiretutor::{
    conversation::{Reception, StateChange, Tracker},
    face::json,
    kernel::state::TcpState::{self, Closed, Established, FinWait2, Listen, SynRecv, TimeWait},
    lesson::catalog::{Catalog, Entry},
    packet::{Packet, decode},
    timeline::{
        event::{Basis, Event, Fate, FrameId, Host, LinkKind, SocketRef, What},
        hop::Hop,
    },
};

/// What the kernel knows and packets do not tell: inferred, observed, why.
const BEYOND_PACKETS: [(Option<TcpState>, TcpState, &str); 9] = [
    (None, Closed, "no packet of it was seen, and there is nothing"),
    (None, TcpState::SynSent, "connect() with Fast Open has come back, and its SYN waits for data"),
    (Some(TimeWait), Closed, "a TIME-WAIT ran out, or was made short"),
    (Some(FinWait2), Closed, "a FIN-WAIT-2 that nobody holds ran out"),
    (Some(Established), SynRecv, "the third packet found the queue of accept() full"),
    (Some(SynRecv), Closed, "an opening was given up after its last repetition"),
    (Some(Listen), Closed, "a passive opening was reset: what listens has no peer"),
    (Some(Established), Closed, "a silent death: nothing was sent any more"),
    (Some(TcpState::SynSent), Closed, "connect() gave up: nothing is sent then"),
];

/// By its ends.
type Socket = (SocketAddr, SocketAddr);

#[derive(Default)]
struct Replay {
    tracker: Tracker,
    link: LinkKind,
    hosts: Vec<Host>,
    frames: HashMap<FrameId, (Packet, Vec<u8>, bool)>,
    held: BTreeSet<FrameId>,
    /// The state that each socket has left last, as inferred.
    left: HashMap<Socket, Option<TcpState>>,
    /// Answers that were one state behind while frames flowed, until the next answer.
    behind: HashMap<Socket, String>,
    equal: usize,
    beyond: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

impl Replay {
    fn hear(&mut self, event: &Event) {
        match &event.what {
            What::Lab { fresh, link, hosts, .. } => self.begin(*fresh, *link, hosts),
            What::Frame { frame, from, to, bytes } => self.enters(event, *frame, (from, to), bytes),
            What::Fate { frame, fate } => {
                if *fate == Fate::Held {
                    self.held.insert(*frame)
                } else {
                    self.held.remove(frame)
                };
                if let Fate::Left { altered, .. } = fate {
                    self.leaves(event, *frame, altered.as_deref());
                }
            }
            What::State { host, socket, to, basis: Basis::Observed, .. } => self.judge(event, host, socket, *to),
            What::Reading { host, socket, state, .. } => self.judge(event, host, socket, *state),
            _ => {}
        }
    }

    fn begin(&mut self, fresh: bool, link: LinkKind, hosts: &[Host]) {
        if fresh {
            self.tracker = Tracker::new();
            self.frames.clear();
            self.held.clear();
            self.left.clear();
            self.wrong.extend(self.behind.drain().map(|(_, words)| words));
        }
        (self.link, self.hosts) = (link, hosts.to_vec());
    }

    fn enters(&mut self, event: &Event, frame: FrameId, hop: (&str, &str), bytes: &[u8]) {
        let packet = decode(bytes);
        if self.link == LinkKind::Loopback {
            let changes = self.tracker.observe(event.at, &packet).changes;
            return self.note(&changes);
        }
        let Hop { is_first, is_last } = Hop::of(&self.hosts, hop.0, hop.1, &packet);
        if is_first {
            let changes = self.tracker.sent(event.at, &packet).changes;
            self.note(&changes);
        }
        self.frames.insert(frame, (packet, bytes.to_vec(), is_last));
    }

    fn leaves(&mut self, event: &Event, frame: FrameId, altered: Option<&[u8]>) {
        let Some((packet, bytes, true)) = self.frames.get(&frame) else { return };
        if altered.is_none_or(|arrived| Reception::of(bytes, arrived).is_taken()) {
            let changes = self.tracker.delivered(event.at, packet);
            self.note(&changes);
        }
    }

    fn note(&mut self, changes: &[StateChange]) {
        self.left.extend(changes.iter().map(|change| ((change.end, change.peer), change.from)));
    }

    /// The kernel says that this socket is in this state.
    fn judge(&mut self, event: &Event, host: &str, socket: &SocketRef, observed: TcpState) {
        let SocketRef { proto, local, remote: Some(peer) } = socket else { return };
        if proto.to_string() != "tcp" {
            return;
        }
        let inferred = self.tracker.state(*local, *peer);
        let ends = (*local, *peer);
        let words =
            || format!("event {}: {host} {local} {peer}: inferred {inferred:?}, observed {observed:?}", event.seq);
        if inferred == Some(observed) {
            self.behind.remove(&ends);
            self.equal += 1;
            return;
        }
        let known = BEYOND_PACKETS.iter().find(|(ours, theirs, _)| (*ours, *theirs) == (inferred, observed));
        let is_behind = self.left.get(&ends) == Some(&Some(observed)) && self.held.is_empty();
        match known {
            Some((.., why)) => {
                self.behind.remove(&ends);
                *self.beyond.entry(why).or_default() += 1;
            }
            None if is_behind && !self.behind.contains_key(&ends) => drop(self.behind.insert(ends, words())),
            None => self.wrong.push(words()),
        }
    }
}

fn compare(events: &[Event]) -> Replay {
    let mut replay = Replay::default();
    events.iter().for_each(|event| replay.hear(event));
    replay.wrong.extend(replay.behind.drain().map(|(_, words)| words));
    replay
}

/// A run in which the machine was so busy that nothing came to rest proves nothing: what is wrong is so each time.
const RUNS: usize = 3;

fn run(entry: &Entry) -> Result<(), Failed> {
    if let Some(kept) = entry.recording() {
        let recording = json::read(kept.as_bytes()).map_err(|error| error.to_string())?;
        judge("recording", &entry.name, &recording.events)?;
    }
    for again in (0..RUNS).rev() {
        let output = wiretutor().args(["run", &entry.name, "--json"]).output().expect("the program starts");
        ensure(output.status.success(), || stdout(&output) + &stderr(&output))?;
        let live = json::read(output.stdout.as_slice()).map_err(|error| error.to_string())?;
        match judge("run", &entry.name, &live.events) {
            Err(failed) if again == 0 => return Err(failed),
            Err(failed) => println!("{}: run once more, {again} left: {failed:?}", entry.name),
            Ok(()) => break,
        }
    }
    Ok(())
}

fn judge(what: &str, name: &str, events: &[Event]) -> Result<(), Failed> {
    let Replay { equal, beyond, wrong, .. } = compare(events);
    println!("{name} ({what}): {equal} states equal; beyond packets: {beyond:?}");
    ensure(wrong.is_empty(), || format!("{what}: {wrong:#?}"))?;
    let has_tcp = events.iter().any(|event| matches!(&event.what, What::State { .. }));
    ensure(equal >= 5 || !has_tcp, || format!("only {equal} states were compared"))
}

fn main() {
    let reason = why_no_lab();
    let places = 0..Catalog::embedded().entries().len();
    let test = |place: usize| {
        let name = format!("{}: as the kernel says", Catalog::embedded().entries()[place].name);
        lab_test(name, &reason, move || run(&Catalog::embedded().entries()[place]))
    };
    conclude(places.map(test).collect());
}
