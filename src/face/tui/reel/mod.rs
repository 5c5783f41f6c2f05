//! The timeline as the app keeps it: every event, the world at any position of it, and what stands on the ladder.
//!
//! A position is a number of events: at position 0 nothing has happened. Events are only ever added at the end, or
//! cut off from a position on when a step is run again. What is shown at a position is a function of the events
//! before it, so going back needs nothing to be undone.

mod conversations;
mod journal;
mod marks;
mod pauses;
mod rung;
mod sockets;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, net::SocketAddr};

use self::pauses::Pauses;
pub use self::{
    conversations::{Conversation, Conversations, Point},
    journal::{CallTrack, Frame, FrameNow, Place, Turn},
    marks::{Mark, Marks, Stage},
    pauses::Pause,
    rung::{Kind, Rung},
    sockets::{Change, Sampled, Series, Sockets, Track},
};
use crate::{
    face::{explain::Explain, journey::Journey, narrator::Narrator, plain::wire::name_of},
    kernel::{clock::Stamp, state::TcpState},
    packet::decode,
    timeline::{
        event::{CallId, Event, Fate, FrameId, Host, LinkKind, Outcome, What},
        fold::World,
        hop::Hop,
    },
};

/// The world is kept after each so many events; in between it is folded anew.
const STRIDE: usize = 256;

#[derive(Debug)]
pub struct Reel {
    events: Vec<Event>,
    kept: Vec<World>,
    now: World,
    frames: Vec<Frame>,
    calls: Vec<CallTrack>,
    rungs: Vec<Rung>,
    marks: Marks,
    /// The claims that do not hold, by their events.
    failures: Vec<usize>,
    sockets: Sockets,
    pauses: Pauses,
    conversations: Conversations,
    /// What the script came to, claimed and bound: the events.
    script: Vec<usize>,
    /// What receivers' kernels took, in the order in which they did.
    taken: Vec<Taken>,
    /// Of the hosts that stand now: which of [`Self::frames`] and [`Self::calls`] has which number.
    frame_of: HashMap<FrameId, usize>,
    call_of: HashMap<CallId, usize>,
    narrator: Narrator,
    /// When the hosts that stand now were set up.
    stage_began: Stamp,
    /// Who sent from where. Over IPv6 all hosts share an address.
    places: HashMap<SocketAddr, String>,
}

/// A frame is with its receiver's kernel since this event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    pub event: usize,
    /// Its place in [`Reel::frames`].
    pub frame: usize,
}

impl Default for Reel {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            kept: vec![World::default()],
            now: World::default(),
            frames: Vec::new(),
            calls: Vec::new(),
            rungs: Vec::new(),
            marks: Marks::default(),
            failures: Vec::new(),
            sockets: Sockets::default(),
            pauses: Pauses::default(),
            conversations: Conversations::default(),
            script: Vec::new(),
            taken: Vec::new(),
            frame_of: HashMap::new(),
            call_of: HashMap::new(),
            narrator: Narrator::new(),
            stage_began: Stamp::default(),
            places: HashMap::new(),
        }
    }
}

impl Reel {
    #[must_use]
    pub const fn len(&self) -> usize {
        self.events.len()
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The world after everything that has happened.
    #[must_use]
    pub const fn now(&self) -> &World {
        &self.now
    }

    /// The world at a position.
    #[must_use]
    pub fn world(&self, position: usize) -> World {
        let position = position.min(self.len());
        if position == self.len() {
            return self.now.clone();
        }
        let kept = position / STRIDE;
        let mut world = self.kept.get(kept).cloned().unwrap_or_default();
        self.events[kept * STRIDE..position].iter().for_each(|event| world.apply(event));
        world
    }

    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    #[must_use]
    pub fn calls(&self) -> &[CallTrack] {
        &self.calls
    }

    #[must_use]
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    /// Where the parts of the lesson begin and end.
    #[must_use]
    pub const fn marks(&self) -> &Marks {
        &self.marks
    }

    /// The claims that did not hold, from one position to another.
    pub fn failures(&self, from: usize, to: usize) -> impl Iterator<Item = &Event> {
        let here = self.failures.iter().filter(move |at| (from..to).contains(*at));
        here.filter_map(|at| self.events.get(*at))
    }

    /// What is known of the sockets, over time.
    #[must_use]
    pub const fn sockets(&self) -> &Sockets {
        &self.sockets
    }

    /// Where the lab waited for whoever has it, among some events.
    #[must_use]
    pub fn pauses(&self, events: &std::ops::Range<usize>) -> &[Pause] {
        self.pauses.within(events)
    }

    /// The numbers of the TCP conversations, over time.
    #[must_use]
    pub fn conversations(&self) -> &[Conversation] {
        self.conversations.all()
    }

    /// The lines, claims and bindings among some events, as their places among all.
    #[must_use]
    pub fn script_in(&self, events: std::ops::Range<usize>) -> &[usize] {
        let begin = self.script.partition_point(|event| *event < events.start);
        let end = self.script.partition_point(|event| *event < events.end);
        &self.script[begin.min(end)..end]
    }

    /// What was taken by its receiver from an event on.
    #[must_use]
    pub fn taken_from(&self, event: usize) -> &[Taken] {
        &self.taken[self.taken.partition_point(|taken| taken.event < event)..]
    }

    /// How many rungs there are at a position.
    #[must_use]
    pub fn rungs_at(&self, position: usize) -> usize {
        self.rungs.partition_point(|rung| rung.event < position)
    }

    /// When the hosts were set up among which this event happened: the zero of all times.
    #[must_use]
    pub fn began(&self, event: usize) -> Stamp {
        let count = self.rungs.partition_point(|rung| rung.event <= event);
        count.checked_sub(1).map_or_else(Stamp::default, |last| self.rungs[last].began)
    }

    /// The frame of the hosts that stand now which has this number.
    #[must_use]
    pub fn frame_numbered(&self, id: FrameId) -> Option<usize> {
        self.frame_of.get(&id).copied()
    }

    /// The frame with this number that something was done to then. Numbers are given anew with fresh hosts.
    #[must_use]
    pub fn frame_before(&self, id: FrameId, event: &Event) -> Option<&Frame> {
        self.frames.iter().rev().filter(|frame| frame.entered() <= event.at).find(|frame| frame.id == id)
    }

    /// Everything from this position on has not happened.
    pub fn cut(&mut self, position: usize) {
        let mut events = std::mem::take(self).events;
        events.truncate(position);
        events.into_iter().for_each(|event| self.push(event));
    }

    /// Something has happened.
    pub fn push(&mut self, event: Event) {
        let at = self.events.len();
        let is_news = self.is_news(&event.what);
        self.now.apply(&event);
        self.marks.note(at, &event.what);
        self.sockets.note(at, &event);
        self.pauses.note(at, &event, self.events.last());
        if matches!(event.what, What::Line { .. } | What::Claim { .. } | What::Bound { .. }) {
            self.script.push(at);
        }
        if is_news {
            self.journal(at, &event);
        }
        self.events.push(event);
        if self.events.len().is_multiple_of(STRIDE) {
            self.kept.push(self.now.clone());
        }
    }

    /// A state that only was confirmed is seen where the states stand, and is nothing that happened.
    fn is_news(&self, what: &What) -> bool {
        let What::State { host, socket, to, .. } = what else { return true };
        let before = self.now.sockets.get(&(host.clone(), socket.clone())).map(|now| now.state);
        before.unwrap_or(TcpState::Closed) != *to
    }

    fn journal(&mut self, at: usize, event: &Event) {
        match &event.what {
            What::Lab { fresh, .. } => self.stage(at, event.at, *fresh),
            What::CallEntered { .. } | What::CallWaits { .. } | What::CallReturned { .. } => self.call(at, event),
            What::Frame { frame, from, to, bytes } => self.frame(at, event.at, *frame, (from, to), bytes),
            What::Fate { frame, fate } => self.fate(at, event.at, *frame, fate),
            What::State { .. } => self.state(at),
            What::Hand { .. } => self.rung(at, Kind::Hand),
            What::Notice { .. } | What::CaptureLost { .. } => self.rung(at, Kind::Notice),
            What::Claim { text, outcome: Outcome::Held { frame: Some(frame), .. }, .. } => self.label(at, *frame, text),
            What::Claim { outcome: Outcome::Failed { .. }, .. } => self.failures.push(at),
            _ => {}
        }
    }

    fn rung(&mut self, event: usize, kind: Kind) {
        self.rungs.push(Rung { event, kind, began: self.stage_began });
    }

    fn stage(&mut self, at: usize, when: Stamp, fresh: bool) {
        if fresh {
            self.stage_began = when;
            self.frame_of.clear();
            self.call_of.clear();
            self.places.clear();
            self.conversations.start_over();
            self.narrator.start_over();
        }
        self.rung(at, Kind::Stage { fresh });
    }

    fn call(&mut self, at: usize, event: &Event) {
        match &event.what {
            What::CallEntered { call, host, .. } => {
                self.call_of.insert(*call, self.calls.len());
                self.rung(at, Kind::Call(self.calls.len()));
                self.calls.push(CallTrack::new(at, self.lane(host)));
            }
            What::CallWaits { call } => {
                if let Some(track) = self.call_of.get(call).map(|index| &mut self.calls[*index]) {
                    track.waits = Some(at);
                }
            }
            What::CallReturned { call, .. } => {
                let Some(index) = self.call_of.get(call).copied() else { return };
                self.calls[index].returned = Some(at);
                // Something has happened since it was entered: then its return is news of its own.
                let is_last = self.rungs.last().is_some_and(|rung| rung.kind == Kind::Call(index));
                self.calls[index].returns_apart = !is_last;
                if !is_last {
                    self.rung(at, Kind::Return(index));
                }
            }
            _ => {}
        }
    }

    fn frame(&mut self, at: usize, when: Stamp, id: FrameId, (from, to): (&str, &str), bytes: &[u8]) {
        let (hosts, places) = (&self.now.hosts, &self.places);
        let packet = decode(bytes);
        let hop = Hop::of(hosts, from, to, &packet);
        let names = |addr| name_of(hosts, places, addr);
        let is_on_wire = self.now.link == LinkKind::Wire;
        let explained = match (is_on_wire, hop.is_first) {
            (false, _) => self.narrator.explain(when, bytes, &names),
            (true, true) => self.narrator.entered(when, bytes, &names),
            (true, false) => self.narrator.handed_on(from, bytes),
        };
        if let (false, Some(flow)) = (is_on_wire, explained.flow) {
            self.places.extend([(flow.from, from.to_owned()), (flow.to, to.to_owned())]);
        }
        let journey = Journey::new(when, from, to, hop.is_last, bytes, &explained);
        let lanes = (self.lane(from), self.lane(to));
        self.frame_of.insert(id, self.frames.len());
        self.rung(at, Kind::Frame(self.frames.len()));
        let mut frame = Frame::new(at, id, lanes, is_on_wire, explained, journey);
        if hop.is_first {
            frame.point = self.conversations.sent(at, when, lanes, &packet);
        }
        if !is_on_wire {
            self.taken.push(Taken { event: at, frame: self.frames.len() });
        }
        self.frames.push(frame);
    }

    fn fate(&mut self, at: usize, when: Stamp, id: FrameId, fate: &Fate) {
        let Some(index) = self.frame_numbered(id) else { return };
        if let Fate::Twin { of } = fate {
            self.frames[index].is_twin = Some(at);
            if let Some(first) = self.frame_numbered(*of) {
                self.frames[first].is_repeated(at, when);
            }
            return;
        }
        self.frames[index].meets(at, when, fate, &mut self.narrator);
        self.note_end(at, index);
        if matches!(fate, Fate::Left { .. }) && self.frames[index].at(at + 1).delayed_ns.is_some() {
            self.arrival(at, index);
        }
    }

    /// One that was delayed arrives. Those that come one behind the other share a row; where nothing was sent meanwhile,
    /// its arrow stands near enough.
    fn arrival(&mut self, at: usize, index: usize) {
        let receiver = |frame: usize| self.frames[frame].lanes.1;
        let mut later = self.rungs.iter().rev().take_while(|rung| rung.kind != Kind::Frame(index));
        let is_overtaken = later.any(|rung| matches!(rung.kind, Kind::Frame(_)));
        match self.rungs.last_mut() {
            Some(Rung { kind: Kind::Arrival { first, last }, .. }) if receiver(*first) == receiver(index) => *last = at,
            _ if is_overtaken => self.rung(at, Kind::Arrival { first: index, last: at }),
            _ => {}
        }
    }

    /// What the last turn of a frame means for its receiver and for its conversation.
    fn note_end(&mut self, at: usize, index: usize) {
        let frame = &self.frames[index];
        let Some(turn) = frame.turns.last().filter(|turn| turn.event == at) else { return };
        if turn.is_taken {
            self.taken.push(Taken { event: at, frame: index });
        }
        let is_lost =
            matches!(turn.fate, Fate::Dropped { .. }) || (matches!(turn.fate, Fate::Left { .. }) && !turn.is_taken);
        if let Some(place) = frame.point.filter(|_| is_lost) {
            self.conversations.is_lost(place, at);
        }
    }

    /// States that come one behind the other stand side by side.
    fn state(&mut self, at: usize) {
        match self.rungs.last_mut() {
            Some(Rung { kind: Kind::States { last }, .. }) if *last + 1 == at => *last = at,
            _ => self.rung(at, Kind::States { last: at }),
        }
    }

    fn label(&mut self, at: usize, frame: FrameId, text: &str) {
        if let Some(index) = self.frame_numbered(frame) {
            self.frames[index].claims.push(at);
        }
        let label = text.split_once(':').map(|(label, _)| label).filter(|label| !label.contains(char::is_whitespace));
        if let Some((index, label)) = self.frame_numbered(frame).zip(label) {
            self.frames[index].label = Some((at, label.to_owned()));
        }
    }

    /// The place of a host among those of the lab.
    fn lane(&self, host: &str) -> usize {
        lane(&self.now.hosts, host)
    }
}

/// The place of a host among those of the lab.
#[must_use]
pub fn lane(hosts: &[Host], name: &str) -> usize {
    hosts.iter().position(|host| host.name == name).unwrap_or(0)
}
