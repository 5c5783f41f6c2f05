//! What goes onto the timeline, and out to whoever follows it.
//!
//! Reports become final here. On the way a frame is followed by the states that it implies (inferred), and what
//! the kernel said of a socket (observed) is left out where the timeline says the same already.

use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
};

use super::{cue::Standing, hosts::Book, wait::Wait};
use crate::{
    conversation::{Changes, Reception, StateChange, Tracker},
    kernel::{clock::Stamp, state::TcpState},
    packet::{self, Packet},
    timeline::{
        event::{Basis, Event, Fate, FrameId, LinkKind, Proto, SocketRef, What},
        fold::World,
        hop::Hop,
        order::Timeline,
    },
};

/// Whoever follows a run. A closure over events is one, too.
pub trait Audience {
    /// Receives each event as it becomes final; `Break` says that nobody listens any more.
    fn hear(&mut self, event: &Event) -> ControlFlow<()>;

    /// The script waits here, and every event so far has been handed out. Said again each time it comes back to
    /// waiting: something may have happened meanwhile, or a line was typed.
    fn waits(&mut self, _at: Standing) {}

    /// The line that runs waits for this, or, where the script waits for a cue, it will not wait longer than this. It
    /// is over with the next line or claim, or when the script is said to wait the next time.
    fn awaits(&mut self, _wait: &Wait) {}

    /// Whether nobody listens any more. Asked while nothing happens, so that a lesson that waits for an hour does
    /// not wait alone.
    fn has_left(&self) -> bool {
        false
    }
}

impl<F: FnMut(&Event) -> ControlFlow<()>> Audience for F {
    fn hear(&mut self, event: &Event) -> ControlFlow<()> {
        self(event)
    }
}

pub type Sink<'a> = &'a mut dyn Audience;

/// The timeline of a run while it is being written.
pub struct Recorder<'a> {
    timeline: Timeline,
    resolver: Resolver,
    sink: Sink<'a>,
    abandoned: bool,
    /// Whether claims are only tried: nothing is told of them.
    pub rehearses: bool,
}

impl std::fmt::Debug for Recorder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("timeline", &self.timeline).finish_non_exhaustive()
    }
}

impl<'a> Recorder<'a> {
    #[must_use]
    pub fn new(sink: Sink<'a>) -> Self {
        Self { timeline: Timeline::default(), resolver: Resolver::default(), sink, abandoned: false, rehearses: false }
    }

    /// New hosts: what was known of the old ones is over.
    pub fn begin_lab(&mut self, book: Book, link: LinkKind) {
        self.resolver = Resolver { book: Some(book), link, ..Resolver::default() };
    }

    pub fn add(&mut self, at: Stamp, what: What) {
        let belongs_to_claims = matches!(what, What::Bound { .. } | What::Reading { .. });
        if !(self.rehearses && belongs_to_claims) {
            self.timeline.add(at, what);
        }
    }

    /// Whether a socket is in such a state, as far as is final.
    #[must_use]
    pub fn knows_of(&self, is_meant: impl Fn(TcpState) -> bool) -> bool {
        self.resolver.world.sockets.values().any(|socket| is_meant(socket.state))
    }

    pub fn add_now(&mut self, what: What) {
        self.add(Stamp::now(), what);
    }

    /// Hands out all that has happened, and says that the script waits.
    pub fn waits(&mut self, at: Standing) {
        self.settle_all();
        if !self.abandoned {
            self.sink.waits(at);
        }
    }

    /// Says what keeps the script from going on. What has happened before is told first, as far as it is final.
    pub fn awaits(&mut self, wait: &Wait) {
        if !self.abandoned {
            self.sink.awaits(wait);
        }
    }

    /// Makes everything up to `until` final and hands it out.
    pub fn settle(&mut self, until: Stamp) {
        let resolver = &mut self.resolver;
        let settled = self.timeline.settle(until, |at, what| resolver.resolve(at, what));
        for event in settled {
            if !self.abandoned && self.sink.hear(event).is_break() {
                self.abandoned = true;
            }
        }
    }

    /// Whether something has happened that is not final yet.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.timeline.is_waiting()
    }

    pub fn settle_all(&mut self) {
        self.settle(Stamp(u64::MAX));
    }

    /// Whether nobody listens any more.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.abandoned || self.sink.has_left()
    }
}

/// What packets can tell of the end of a connection.
const CONCLUDED: (TcpState, Basis) = (TcpState::Closed, Basis::Inferred);

/// A frame between its two ends.
#[derive(Debug)]
struct OnItsWay {
    packet: Packet,
    bytes: Vec<u8>,
    /// So many copies are still to come.
    copies: usize,
}

/// Turns reports into events, knowing all that is final so far.
#[derive(Debug, Default)]
struct Resolver {
    book: Option<Book>,
    link: LinkKind,
    tracker: Tracker,
    /// Sockets of which the packets say that they are closed, and the kernel has not said it yet.
    taken_for_closed: HashSet<(String, SocketRef)>,
    /// What is on the wire, until every copy of it has left or is lost.
    on_its_way: HashMap<FrameId, OnItsWay>,
    world: World,
}

impl Resolver {
    fn resolve(&mut self, at: Stamp, what: What) -> Vec<What> {
        let events = match &what {
            What::Frame { frame, from, to, bytes } => {
                let changes = self.entered(at, *frame, (from, to), bytes);
                let implied = self.states(&changes);
                std::iter::once(what).chain(implied).collect()
            }
            What::Fate { frame, fate } => {
                let changes = self.befell(at, *frame, fate);
                let implied = self.states(&changes);
                std::iter::once(what).chain(implied).collect()
            }
            What::State { host, socket, to, basis: Basis::Observed, .. } => {
                let socket = (host.clone(), socket.clone());
                let known = self.world.sockets.get(&socket).map(|known| (known.state, known.basis));
                // The world forgets what is closed; that we have only concluded it is still to be confirmed.
                let known = known.or_else(|| self.taken_for_closed.take(&socket).map(|_| CONCLUDED));
                let says_nothing_new = match known {
                    Some(known) => known == (*to, Basis::Observed),
                    None => *to == TcpState::Closed,
                };
                let from = known.map(|(state, _)| state);
                if says_nothing_new { vec![] } else { vec![with_origin(what, from)] }
            }
            _ => vec![what],
        };
        // Only what the world is asked for above; a copy of every frame would be costly.
        for what in events.iter().filter(|what| matches!(what, What::State { .. })) {
            self.note_closing(what);
            self.world.apply(&Event { seq: 0, at, what: what.clone() });
        }
        events
    }

    fn note_closing(&mut self, what: &What) {
        if let What::State { host, socket, to, basis, .. } = what {
            let socket = (host.clone(), socket.clone());
            if (*to, *basis) == CONCLUDED {
                self.taken_for_closed.insert(socket);
            } else {
                self.taken_for_closed.remove(&socket);
            }
        }
    }

    /// A frame crosses the loopback, or enters the wire and has not arrived yet.
    ///
    /// Where a router hands a packet on, only its first hop is a sending, and only its last one an arrival.
    fn entered(&mut self, at: Stamp, frame: FrameId, hop: (&str, &str), bytes: &[u8]) -> Changes {
        let packet = packet::decode(bytes);
        if self.link == LinkKind::Loopback {
            return self.tracker.observe(at, &packet).changes;
        }
        let hosts = self.book.as_ref().map_or(&[][..], |book| book.hosts().all());
        let Hop { is_first, is_last } = Hop::of(hosts, hop.0, hop.1, &packet);
        if is_last {
            self.on_its_way.insert(frame, OnItsWay { packet: packet.clone(), bytes: bytes.to_vec(), copies: 1 });
        }
        if is_first { self.tracker.sent(at, &packet).changes } else { Changes::new() }
    }

    /// What a frame's fate means for the ends: only what arrives, and is taken there, changes anything.
    fn befell(&mut self, at: Stamp, frame: FrameId, fate: &Fate) -> Changes {
        let mut changes = Changes::new();
        let Some(on_its_way) = self.on_its_way.get_mut(&frame) else { return changes };
        match fate {
            Fate::Duplicated { copies } => on_its_way.copies = *copies,
            Fate::Left { altered, .. } => {
                let is_taken = |arrived: &Vec<u8>| Reception::of(&on_its_way.bytes, arrived).is_taken();
                if altered.as_ref().is_none_or(is_taken) {
                    changes = self.tracker.delivered(at, &on_its_way.packet);
                }
                on_its_way.copies = on_its_way.copies.saturating_sub(1);
            }
            Fate::Dropped { .. } => on_its_way.copies = on_its_way.copies.saturating_sub(1),
            Fate::Twin { .. } => on_its_way.copies = 0,
            _ => {}
        }
        if on_its_way.copies == 0 {
            self.on_its_way.remove(&frame);
        }
        changes
    }

    /// The states that were left and entered, each with its host.
    fn states(&self, changes: &[StateChange]) -> Vec<What> {
        let Some(book) = &self.book else { return vec![] };
        let state = |change: &StateChange| {
            let host = book.host_of(Proto::Tcp, change.end, Some(change.peer))?;
            let socket = SocketRef { proto: Proto::Tcp, local: change.end, remote: Some(change.peer) };
            let host = book.hosts().name(host).to_owned();
            Some(What::State { host, socket, from: change.from, to: change.to, basis: Basis::Inferred })
        };
        changes.iter().filter_map(state).collect()
    }
}

fn with_origin(what: What, origin: Option<TcpState>) -> What {
    match what {
        What::State { host, socket, to, basis, .. } => What::State { host, socket, from: origin, to, basis },
        other => other,
    }
}
