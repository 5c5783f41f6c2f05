//! Tests of the tracker, on real bytes: scenarios as tables, then single meanings, then arbitrary packets.
//!
//! A scenario is written as RFC 9293 draws its figures: the state of the client, an arrow, the packet, the state of
//! the server, both states as they are *after* that line. `-->` and `<--` are sent and arrive; `-->|` and `|<--` are
//! sent and still under way, or lost; `|-->` and `<--|` are such packets when they arrive. `-` is an unknown state.

pub(crate) mod builder;
mod captured;
mod closing;
mod given_up;
mod meanings;
mod opening;
mod others;
mod properties;
mod repeated;
mod resets;
mod seen;
mod wire;

use self::builder::{CLIENT, SERVER, Tcp, socket};
use super::{Meaning, Reading, Tracker};
use crate::{kernel::clock::Stamp, packet::decode};

/// The three packets that open a connection, for scenarios about what follows.
const OPENING: &str = "
    SYN-SENT     -->  SYN seq=100              -
    SYN-SENT     |<-- SYN+ACK seq=300 ack=101  SYN-RECV
    ESTABLISHED  <--| SYN+ACK seq=300 ack=101  SYN-RECV
    ESTABLISHED  -->  ACK seq=101 ack=301      ESTABLISHED
";

/// Plays a scenario and checks the states behind each line.
fn check(scenario: &str) {
    play(&mut Tracker::new(), scenario);
}

/// The same after a connection was opened.
fn check_open(scenario: &str) {
    let mut tracker = Tracker::new();
    play(&mut tracker, OPENING);
    play(&mut tracker, scenario);
}

fn play(tracker: &mut Tracker, scenario: &str) {
    for line in scenario.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<_> = line.split_whitespace().collect();
        let [client, arrow, packet @ .., server] = words.as_slice() else { panic!("not a line: {line}") };
        happen(tracker, arrow, &segment(packet));
        let state = |end, peer| {
            tracker.state(socket(end), socket(peer)).map_or_else(|| "-".to_owned(), |state| state.to_string())
        };
        assert_eq!((state(CLIENT, SERVER).as_str(), state(SERVER, CLIENT).as_str()), (*client, *server), "{line}");
    }
}

fn happen(tracker: &mut Tracker, arrow: &str, segment: &Tcp) {
    let from_server = arrow.contains('<');
    let bytes = if from_server { segment.clone().back() } else { segment.clone() }.bytes();
    let packet = decode(&bytes);
    match arrow {
        "-->" | "<--" => {
            tracker.observe(Stamp(0), &packet);
        }
        "-->|" | "|<--" => {
            tracker.sent(Stamp(0), &packet);
        }
        "|-->" | "<--|" => {
            tracker.delivered(Stamp(0), &packet);
        }
        other => panic!("not an arrow: {other}"),
    }
}

/// `SYN+ACK seq=300 ack=101 len=5 win=0`.
fn segment(words: &[&str]) -> Tcp {
    let (flags, fields) = words.split_first().expect("flags");
    let mut segment = Tcp::new(flags, 0, 0);
    for field in fields {
        let (name, value) = field.split_once('=').expect(field);
        let value: u32 = value.parse().expect(field);
        match name {
            "seq" => segment.seq = value,
            "ack" => segment.ack = value,
            "len" => segment.data = vec![b'x'; value as usize],
            "win" => segment.window = u16::try_from(value).expect(field),
            other => panic!("not a field: {other}"),
        }
    }
    segment
}

/// Shows the tracker a line such as `> SYN seq=100`; `>` is the client, `<` the server.
fn read(tracker: &mut Tracker, line: &str) -> Reading {
    let words: Vec<_> = line.split_whitespace().collect();
    let segment = segment(&words[1..]);
    let segment = if words[0] == "<" { segment.back() } else { segment };
    tracker.observe(Stamp(0), &decode(&segment.bytes()))
}

fn meanings(tracker: &mut Tracker, line: &str) -> Vec<Meaning> {
    read(tracker, line).meanings.to_vec()
}

/// A tracker that has seen a connection being opened.
fn open() -> Tracker {
    let mut tracker = Tracker::new();
    play(&mut tracker, OPENING);
    tracker
}
