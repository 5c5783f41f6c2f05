//! What is known of each socket in the course of time: its states, and what the kernel said of it.

use std::collections::BTreeMap;

use crate::{
    kernel::{clock::Stamp, state::TcpState},
    lesson::fields,
    timeline::event::{Basis, Event, Fact, SocketRef, Value, What},
};

/// As Linux says that slow start has no end yet (`TCP_INFINITE_SSTHRESH`): no number that can be drawn.
const NO_THRESHOLD: i64 = 0x7fff_ffff;

/// All sockets that were ever heard of, by their host and their ends.
#[derive(Debug, Default)]
pub struct Sockets {
    tracks: BTreeMap<(String, SocketRef), Track>,
    /// The events with which fresh hosts came: sockets of before have nothing to do with those after it.
    stages: Vec<usize>,
}

/// The course of one socket. Numbers are events.
#[derive(Debug, Default)]
pub struct Track {
    changes: Vec<Change>,
    readings: Vec<usize>,
    samples: Vec<usize>,
    series: Vec<Series>,
}

/// The kernel said, or it was concluded, that it is in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    pub event: usize,
    pub at: Stamp,
    pub to: TcpState,
    pub basis: Basis,
}

/// One number out of the samples of a socket.
#[derive(Debug)]
pub struct Series {
    /// As the lesson language calls it.
    pub name: &'static str,
    /// Whether these are nanoseconds.
    pub is_time: bool,
    pub points: Vec<Sampled>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampled {
    pub event: usize,
    pub at: Stamp,
    pub value: i64,
}

impl Sockets {
    pub(super) fn note(&mut self, at: usize, event: &Event) {
        match &event.what {
            What::Lab { fresh: true, .. } => self.stages.push(at),
            What::State { host, socket, to, basis, .. } => {
                let change = Change { event: at, at: event.at, to: *to, basis: *basis };
                self.track(host, socket).changes.push(change);
            }
            What::Reading { host, socket, .. } => self.track(host, socket).readings.push(at),
            What::Sample { host, socket, facts } => self.track(host, socket).sample(at, event.at, facts),
            _ => {}
        }
    }

    fn track(&mut self, host: &str, socket: &SocketRef) -> &mut Track {
        self.tracks.entry((host.to_owned(), socket.clone())).or_default()
    }

    #[must_use]
    pub fn get(&self, host: &str, socket: &SocketRef) -> Option<&Track> {
        self.tracks.get(&(host.to_owned(), socket.clone()))
    }

    /// All of them, in the order of their hosts and ends.
    pub fn all(&self) -> impl Iterator<Item = (&(String, SocketRef), &Track)> {
        self.tracks.iter()
    }

    /// The event with which the hosts came that stand at a position.
    #[must_use]
    pub fn stage_at(&self, position: usize) -> usize {
        let count = self.stages.partition_point(|event| *event < position);
        count.checked_sub(1).map_or(0, |last| self.stages[last])
    }

    /// The events of the hosts that stand at a position: from their coming to that of the next ones.
    #[must_use]
    pub fn stage_around(&self, position: usize) -> std::ops::Range<usize> {
        let next = self.stages.partition_point(|event| *event < position);
        self.stage_at(position)..self.stages.get(next).copied().unwrap_or(usize::MAX)
    }
}

impl Track {
    fn sample(&mut self, at: usize, when: Stamp, facts: &[Fact]) {
        self.samples.push(at);
        for fact in facts {
            let (value, is_time) = match fact.value {
                Value::Number(NO_THRESHOLD) if fact.name == "ssthresh" => continue,
                Value::Number(number) => (number, false),
                Value::Nanoseconds(time) => (time, true),
                Value::Sequence(_) | Value::Moment(_) | Value::Text(_) => continue,
            };
            let point = Sampled { event: at, at: when, value };
            match self.series.iter_mut().find(|series| series.name == fact.name) {
                Some(series) => series.points.push(point),
                None => self.begin(&fact.name, is_time, point),
            }
        }
    }

    fn begin(&mut self, name: &str, is_time: bool, point: Sampled) {
        if let Some(field) = fields::kernel(name) {
            self.series.push(Series { name: field.name, is_time, points: vec![point] });
        }
    }

    /// Its states within a range of events.
    #[must_use]
    pub fn changes_in(&self, events: std::ops::Range<usize>) -> &[Change] {
        within(&self.changes, &events, |change| change.event)
    }

    #[must_use]
    pub fn last_reading(&self, events: std::ops::Range<usize>) -> Option<usize> {
        within(&self.readings, &events, |event| *event).last().copied()
    }

    #[must_use]
    pub fn last_sample(&self, events: std::ops::Range<usize>) -> Option<usize> {
        within(&self.samples, &events, |event| *event).last().copied()
    }

    #[must_use]
    pub fn series(&self) -> &[Series] {
        &self.series
    }
}

impl Series {
    /// What was sampled within a range of events.
    #[must_use]
    pub fn within(&self, events: std::ops::Range<usize>) -> &[Sampled] {
        within(&self.points, &events, |point| point.event)
    }
}

/// The part of a list in the order of its events that lies within some of them.
fn within<'a, T>(all: &'a [T], events: &std::ops::Range<usize>, event_of: impl Fn(&T) -> usize) -> &'a [T] {
    let begin = all.partition_point(|item| event_of(item) < events.start);
    let end = all.partition_point(|item| event_of(item) < events.end);
    &all[begin.min(end)..end]
}
