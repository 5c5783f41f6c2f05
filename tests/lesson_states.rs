//! What packets say of the ends of a connection, held against what the kernel said of them: over every lesson, on the
//! link that it runs on, at every quiet point.
//!
//! The frames of a run are shown to a tracker of our own, as they entered and left the link. Whenever the kernel was
//! asked about a socket with a peer, its answer is compared. What packets alone can not tell is listed below by kind;
//! a difference of any other kind fails.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

mod support;

use std::collections::{BTreeMap, HashMap};

use libtest_mimic::Failed;
use support::{conclude, ensure, lab_test, stderr, stdout, why_no_lab, wiretutor};
use wiretutor::{
    conversation::{Reception, Tracker},
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

#[derive(Default)]
struct Replay {
    tracker: Tracker,
    link: LinkKind,
    hosts: Vec<Host>,
    frames: HashMap<FrameId, (Packet, Vec<u8>, bool)>,
    equal: usize,
    beyond: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

impl Replay {
    fn hear(&mut self, event: &Event) {
        match &event.what {
            What::Lab { fresh, link, hosts, .. } => self.begin(*fresh, *link, hosts),
            What::Frame { frame, from, to, bytes } => self.enters(event, *frame, (from, to), bytes),
            What::Fate { frame, fate: Fate::Left { altered, .. } } => self.leaves(event, *frame, altered.as_deref()),
            What::State { host, socket, to, basis: Basis::Observed, .. } => self.judge(event, host, socket, *to),
            What::Reading { host, socket, state, .. } => self.judge(event, host, socket, *state),
            _ => {}
        }
    }

    fn begin(&mut self, fresh: bool, link: LinkKind, hosts: &[Host]) {
        if fresh {
            self.tracker = Tracker::new();
            self.frames.clear();
        }
        (self.link, self.hosts) = (link, hosts.to_vec());
    }

    fn enters(&mut self, event: &Event, frame: FrameId, hop: (&str, &str), bytes: &[u8]) {
        let packet = decode(bytes);
        if self.link == LinkKind::Loopback {
            self.tracker.observe(event.at, &packet);
            return;
        }
        let Hop { is_first, is_last } = Hop::of(&self.hosts, hop.0, hop.1, &packet);
        if is_first {
            self.tracker.sent(event.at, &packet);
        }
        self.frames.insert(frame, (packet, bytes.to_vec(), is_last));
    }

    fn leaves(&mut self, event: &Event, frame: FrameId, altered: Option<&[u8]>) {
        let Some((packet, bytes, true)) = self.frames.get(&frame) else { return };
        if altered.is_none_or(|arrived| Reception::of(bytes, arrived).is_taken()) {
            self.tracker.delivered(event.at, packet);
        }
    }

    /// The kernel says that this socket is in this state.
    fn judge(&mut self, event: &Event, host: &str, socket: &SocketRef, observed: TcpState) {
        let SocketRef { proto, local, remote: Some(peer) } = socket else { return };
        if proto.to_string() != "tcp" {
            return;
        }
        let inferred = self.tracker.state(*local, *peer);
        if inferred == Some(observed) {
            self.equal += 1;
            return;
        }
        let known = BEYOND_PACKETS.iter().find(|(ours, theirs, _)| (*ours, *theirs) == (inferred, observed));
        match known {
            Some((.., why)) => *self.beyond.entry(why).or_default() += 1,
            None => self.wrong.push(format!(
                "event {}: {host} {local} {peer}: inferred {inferred:?}, observed {observed:?}",
                event.seq
            )),
        }
    }
}

fn compare(events: &[Event]) -> Replay {
    let mut replay = Replay::default();
    events.iter().for_each(|event| replay.hear(event));
    replay
}

fn run(entry: &Entry) -> Result<(), Failed> {
    let output = wiretutor().args(["run", &entry.name, "--json"]).output().expect("the program starts");
    ensure(output.status.success(), || stdout(&output) + &stderr(&output))?;
    let live = json::read(output.stdout.as_slice()).map_err(|error| error.to_string())?;
    let kept =
        entry.recording().map(|text| json::read(text.as_bytes())).transpose().map_err(|error| error.to_string())?;
    for (what, recording) in [("run", Some(live)), ("recording", kept)] {
        let Some(recording) = recording else { continue };
        let Replay { equal, beyond, wrong, .. } = compare(&recording.events);
        println!("{} ({what}): {equal} states equal; beyond packets: {beyond:?}", entry.name);
        ensure(wrong.is_empty(), || format!("{what}: {wrong:#?}"))?;
        let has_tcp = recording.events.iter().any(|event| matches!(&event.what, What::State { .. }));
        ensure(equal >= 5 || !has_tcp, || format!("only {equal} states were compared"))?;
    }
    Ok(())
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
