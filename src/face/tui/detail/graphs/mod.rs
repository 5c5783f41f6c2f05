//! Numbers over time: the sequence numbers of the chosen conversation, and what the kernel said along a transfer.
//!
//! All that has been seen is drawn, and a line marks the position's moment: what lies right of it came later.

mod axes;
mod clock;
mod plot;
mod scale;
mod sequence;
mod series;

use ratatui::{buffer::Buffer, layout::Rect};

use self::{axes::Drawn, clock::Clock};
use super::{
    super::{
        ladder::host_style,
        reel::{Conversation, Track},
    },
    Move, Subject,
    sheet::{self, Sheet, put},
};
use crate::{
    face::text::{Line, Style, line::Ink},
    kernel::clock::Stamp,
    timeline::event::SocketRef,
};

/// Something that can be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Metric {
    /// What this side of the conversation sends, and what the other one acknowledges of it.
    Sequence { conversation: usize, side: usize },
    /// What `TCP_INFO` says of a socket.
    Sampled { host: String, socket: SocketRef, name: &'static str },
}

/// Which metric is chosen; the first one where none was, or where it is no more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphsState(Option<Metric>);

impl GraphsState {
    pub(super) fn act(&mut self, step: Move, subject: &Subject<'_>) {
        let metrics = metrics(subject);
        let now = self.place(&metrics);
        let last = metrics.len().saturating_sub(1);
        let at = match step {
            Move::Left | Move::Up | Move::PageUp => now.saturating_sub(1),
            Move::Right | Move::Down | Move::PageDown => (now + 1).min(last),
            Move::Home => 0,
            Move::End => last,
        };
        self.0 = metrics.into_iter().nth(at);
    }

    pub(super) fn click(&mut self, x: u16, y: u16, area: Rect, subject: &Subject<'_>) -> bool {
        if y != area.y || x < area.x {
            return false;
        }
        let metrics = metrics(subject);
        let names = names(subject, &metrics);
        let begin = first_shown(&names, self.place(&metrics), area.width.into());
        let mut left = usize::from(x - area.x);
        for (at, name) in names.iter().enumerate().skip(begin) {
            let width = name.chars().count() + 2;
            if left < width {
                self.0 = metrics.into_iter().nth(at);
                return true;
            }
            left -= width;
        }
        false
    }

    fn place(&self, metrics: &[Metric]) -> usize {
        self.0.as_ref().and_then(|chosen| metrics.iter().position(|metric| metric == chosen)).unwrap_or(0)
    }
}

/// All that can be drawn at the position: the side that sends more comes first.
pub(super) fn metrics(subject: &Subject<'_>) -> Vec<Metric> {
    let mut metrics = Vec::new();
    if let Some((conversation, found)) = conversation(subject) {
        let sides = if found.sent(1) > found.sent(0) { [1, 0] } else { [0, 1] };
        metrics.extend(sides.map(|side| Metric::Sequence { conversation, side }));
    }
    let stage = stage(subject);
    for ((host, socket), track) in subject.reel.sockets().all() {
        let there = track.series().iter().filter(|series| !series.within(stage.clone()).is_empty());
        let metric = |name| Metric::Sampled { host: host.clone(), socket: socket.clone(), name };
        metrics.extend(there.map(|series| metric(series.name)));
    }
    metrics
}

/// The events of the stage at the position, as far as they have been seen.
fn stage(subject: &Subject<'_>) -> std::ops::Range<usize> {
    let stage = subject.reel.sockets().stage_around(subject.position);
    stage.start..stage.end.min(subject.seen)
}

/// That of the chosen frame; without one, the last that had begun.
fn conversation<'s>(subject: &Subject<'s>) -> Option<(usize, &'s Conversation)> {
    let all = subject.reel.conversations();
    let stage = subject.reel.sockets().stage_at(subject.position);
    let chosen = subject.chosen_frame().and_then(|frame| frame.point).map(|(conversation, _)| conversation);
    let has_begun = |found: &Conversation| {
        found.points.first().is_some_and(|point| (stage..subject.position).contains(&point.event))
    };
    let index = chosen.or_else(|| all.iter().rposition(has_begun))?;
    all.get(index).map(|found| (index, found))
}

fn track<'s>(subject: &Subject<'s>, host: &str, socket: &SocketRef) -> Option<&'s Track> {
    subject.reel.sockets().get(host, socket)
}

/// What each is called in the list: the host only where several are sampled.
fn names(subject: &Subject<'_>, metrics: &[Metric]) -> Vec<String> {
    let owner = |metric: &Metric| match metric {
        Metric::Sampled { host, socket, .. } => Some((host.clone(), socket.clone())),
        Metric::Sequence { .. } => None,
    };
    let mut owners: Vec<_> = metrics.iter().filter_map(owner).collect();
    owners.dedup();
    let name = |metric: &Metric| match metric {
        Metric::Sequence { conversation, side } => {
            let lanes = subject.reel.conversations()[*conversation].lanes;
            format!("{} > {}", host_name(subject, lanes[*side]), host_name(subject, lanes[1 - side]))
        }
        Metric::Sampled { host, name, .. } if owners.len() > 1 => format!("{host} {name}"),
        Metric::Sampled { name, .. } => (*name).to_owned(),
    };
    metrics.iter().map(name).collect()
}

fn host_name(subject: &Subject<'_>, lane: usize) -> String {
    subject.world.hosts.get(lane).map_or_else(|| format!("host {}", lane + 1), |host| host.name.clone())
}

/// The first name that is shown, so that the chosen one is.
fn first_shown(names: &[String], chosen: usize, width: usize) -> usize {
    let cells = |from: usize| names[from..=chosen].iter().map(|name| name.chars().count() + 2).sum::<usize>();
    (0..=chosen).find(|from| *from == chosen || cells(*from) <= width).unwrap_or(chosen)
}

fn list(names: &[String], chosen: usize, width: usize) -> Line {
    let mut line = Line::new();
    for (at, name) in names.iter().enumerate().skip(first_shown(names, chosen, width)) {
        let (text, style) = match at == chosen {
            true => (format!("[{name}]"), Style::of(Ink::Heading).bold()),
            false => (format!(" {name} "), Style::FAINT),
        };
        line.push(&text, style);
    }
    line
}

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &GraphsState, subject: &Subject<'_>) {
    let metrics = metrics(subject);
    let Some(metric) = metrics.get(state.place(&metrics)) else {
        let mut empty = Sheet::default();
        let words = "Nothing can be drawn yet: no TCP packet has been sent, and the kernel was not sampled.";
        empty.faint(words, area.width.into());
        return sheet::draw(buf, area, &empty, 0, subject.theme);
    };
    let names = names(subject, &metrics);
    let head = list(&names, state.place(&metrics), area.width.into());
    put(buf, area.x, area.y, area.width, &head, subject.theme);
    let rest = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let drawn = match metric {
        Metric::Sequence { conversation, side } => {
            sequence::draw(subject, &subject.reel.conversations()[*conversation], *side, rest)
        }
        Metric::Sampled { host, socket, name } => {
            track(subject, host, socket).map_or_else(Drawn::default, |track| series::draw(subject, track, name, rest))
        }
    };
    drawn.put(buf, rest, subject.theme);
}

/// The time between two moments as it is drawn, for all the conversations of the stage.
fn clock(subject: &Subject<'_>, times: (Stamp, Stamp)) -> Clock {
    let stage = stage(subject);
    let seen = |found: &&Conversation| found.points.first().is_some_and(|point| stage.contains(&point.event));
    let timers: Vec<_> =
        subject.reel.conversations().iter().filter(seen).flat_map(|found| clock::timers(found, stage.end)).collect();
    Clock::new(times, subject.reel.pauses(&stage), &timers)
}

/// What stands behind the words where something was cut out.
fn pauses_in_words(clock: &Clock, subject: &Subject<'_>) -> String {
    let sign = axes::pause_sign(subject.theme.is_ascii());
    if clock.is_cut() { format!("; {sign} pauses cut out") } else { String::new() }
}

/// The colour of a conversation's side.
const fn side_style(conversation: &Conversation, side: usize) -> Style {
    host_style(conversation.lanes[side])
}
