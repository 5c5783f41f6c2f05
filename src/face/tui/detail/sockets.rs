//! Every socket that is there at the position, host by host: its state, what the kernel said of it, and the calls that
//! wait for it.

use std::net::SocketAddr;

use super::{
    super::{canvas::elided, ladder::brief, reel::Track},
    Subject,
    sheet::Sheet,
};
use crate::{
    face::{
        plain::{
            ends::{self, Known},
            samples::shown,
            wire::LEGEND,
        },
        text::{Line, Style},
    },
    lesson::fields::KERNEL,
    timeline::{
        event::{Basis, Fact, Host, SocketRef, UdpSocket, What},
        fold::SocketNow,
    },
};

/// Hosts stand side by side where each has so many cells.
const COLUMN: usize = 37;
const GUTTER: usize = 2;
/// Cells of the kernel's names, and of what it said.
const NAME: usize = 14;
const VALUE: usize = 11;
/// From here on there is room to say what the names mean.
const HELP: usize = 48;

pub(super) fn sheet(subject: &Subject<'_>, width: usize) -> Sheet {
    let hosts = &subject.world.hosts;
    let mut sheet = Sheet::default();
    if hosts.is_empty() {
        sheet.faint("No host is there yet, and so no socket.", width);
        return sheet;
    }
    let column = (width + GUTTER) / hosts.len();
    let beside = column >= COLUMN + GUTTER;
    let room = if beside { column - GUTTER } else { width };
    let columns: Vec<Vec<Line>> = hosts.iter().map(|host| of_host(subject, host, room)).collect();
    if beside {
        sheet.lines = side_by_side(&columns, room);
    } else {
        for column in columns {
            sheet.gap();
            sheet.lines.extend(column);
        }
    }
    if subject.world.sockets.values().any(|now| now.basis == Basis::Inferred) {
        sheet.gap();
        sheet.faint(LEGEND, width);
    }
    sheet
}

fn side_by_side(columns: &[Vec<Line>], room: usize) -> Vec<Line> {
    let height = columns.iter().map(Vec::len).max().unwrap_or(0);
    let row = |at: usize| {
        let mut row = Line::new();
        for (place, column) in columns.iter().enumerate() {
            let begin = place * (room + GUTTER);
            row.append(&Line::spaces(begin.saturating_sub(row.width())));
            row.append(column.get(at).unwrap_or(&Line::new()));
        }
        row
    };
    (0..height).map(row).collect()
}

fn of_host(subject: &Subject<'_>, host: &Host, width: usize) -> Vec<Line> {
    let mut sheet = Sheet::default();
    let addresses: Vec<String> = host.addresses.iter().map(ToString::to_string).collect();
    sheet.paragraph(&subject.host(&host.name).with(&format!("  {}", addresses.join(" ")), Style::FAINT), width);
    let mut sockets: Vec<_> = subject.world.sockets.iter().filter(|((owner, _), _)| *owner == host.name).collect();
    sockets.sort_by_key(|((_, socket), _)| socket.remote.is_none());
    let udp = subject.world.udp.get(&host.name).filter(|sockets| !sockets.is_empty());
    if sockets.is_empty() && udp.is_none() {
        sheet.faint("no socket that is known", width);
    }
    for ((_, socket), now) in sockets {
        of_socket(subject, &host.name, socket, *now, &mut sheet, width);
        sheet.gap();
    }
    for socket in udp.into_iter().flatten() {
        of_udp_socket(socket, &mut sheet, width);
        sheet.gap();
    }
    waiting(subject, host, &mut sheet, width);
    sheet.lines.iter().map(|line| elided(line, width, subject.theme)).collect()
}

fn of_socket(subject: &Subject<'_>, host: &str, socket: &SocketRef, now: SocketNow, sheet: &mut Sheet, width: usize) {
    ends_of(socket.local, socket.remote, sheet, width);
    let stage = subject.reel.sockets().stage_at(subject.position);
    let events = stage..subject.position;
    let track = subject.reel.sockets().get(host, socket);
    let mut state = Line::spaces(2);
    state.append(&ends::state(Known { state: now.state, basis: now.basis }));
    if let Some(since) = track.and_then(|track| since(track, events.clone())) {
        state.push(&format!("  since {}", subject.time(since)), Style::FAINT);
    }
    sheet.paragraph(&state, width);
    facts(subject, track, events, sheet, width);
}

fn ends_of(local: SocketAddr, remote: Option<SocketAddr>, sheet: &mut Sheet, width: usize) {
    let remote = remote.map_or_else(String::new, |remote| format!(" > {remote}"));
    sheet.paragraph(&Line::styled(&format!("{local}{remote}"), Style::STRONG), width);
}

fn of_udp_socket(socket: &UdpSocket, sheet: &mut Sheet, width: usize) {
    ends_of(socket.local, socket.remote, sheet, width);
    let kind = if socket.remote.is_some() { "UDP, connected to one peer" } else { "UDP, not connected" };
    sheet.hanging(&Line::spaces(2), &Line::styled(kind, Style::PLAIN), width);
    let memory = [
        ("rq", socket.receive_memory, "memory of datagrams that wait to be read, which is more than their bytes"),
        ("sq", socket.send_memory, "memory of datagrams that wait to be sent"),
    ];
    for (name, bytes, help) in memory {
        fact(name, &bytes.to_string(), help, sheet, width);
    }
}

/// A thing that the kernel says, by its name, and what it means where there is room for that.
fn fact(name: &str, value: &str, help: &str, sheet: &mut Sheet, width: usize) {
    let help = if width < HELP { "" } else { help };
    let lead = Line::styled(&format!("  {name:<NAME$}"), Style::CODE).with(&format!("{value:<VALUE$} "), Style::PLAIN);
    sheet.hanging_at(&lead, 2 + NAME + VALUE + 1, &Line::styled(help, Style::FAINT), width);
}

/// The event since which it is in its state. A state that only was confirmed is no new one.
fn since(track: &Track, events: std::ops::Range<usize>) -> Option<usize> {
    let changes = track.changes_in(events);
    let state = changes.last()?.to;
    changes.iter().rev().take_while(|change| change.to == state).last().map(|change| change.event)
}

/// What the kernel said last: all of it at a reading, and what a later sample knows better.
fn facts(
    subject: &Subject<'_>,
    track: Option<&Track>,
    events: std::ops::Range<usize>,
    sheet: &mut Sheet,
    width: usize,
) {
    let reading = track.and_then(|track| track.last_reading(events.clone()));
    let sample =
        track.and_then(|track| track.last_sample(events)).filter(|sample| reading.is_none_or(|read| read < *sample));
    let of = |event: Option<usize>| {
        event.and_then(|event| subject.event(event)).map_or(&[][..], |event| facts_in(&event.what))
    };
    let (read, sampled) = (of(reading), of(sample));
    if read.is_empty() && sampled.is_empty() {
        return sheet.hanging(&Line::spaces(2), &Line::styled("Only its state was read.", Style::FAINT), width);
    }
    let when = [("read", reading), ("sampled", sample)];
    let when: Vec<String> =
        when.iter().filter_map(|(verb, event)| Some(format!("{verb} at {}", subject.time((*event)?)))).collect();
    sheet.hanging(&Line::spaces(2), &Line::styled(&when.join(", "), Style::FAINT), width);
    for field in KERNEL {
        let named = |facts: &'_ [Fact]| facts.iter().position(|fact| fact.name == field.name);
        let said = named(sampled).map(|at| &sampled[at]).or_else(|| named(read).map(|at| &read[at]));
        if let Some(said) = said {
            fact(field.name, &shown(field.name, &said.value), field.help, sheet, width);
        }
    }
}

fn facts_in(what: &What) -> &[Fact] {
    match what {
        What::Reading { facts, .. } | What::Sample { facts, .. } => facts,
        _ => &[],
    }
}

/// The calls of this host that have not come back.
fn waiting(subject: &Subject<'_>, host: &Host, sheet: &mut Sheet, width: usize) {
    for call in subject.world.calls.values().filter(|call| call.host == host.name) {
        let since = brief(subject.clock.0.saturating_sub(call.entered.0));
        let words = if call.waits { "sleeps in the kernel for" } else { "has not come back for" };
        let line = Line::styled(&call.text, Style::CODE).with(&format!(" {words} {since}"), Style::WARNING);
        sheet.hanging(&Line::new(), &line, width);
    }
}
