//! How long the app takes to answer a key, on a timeline of a hundred thousand events, drawn at 200×60 and at 80×24.
//!
//! `cargo bench --bench app`. Each figure is a median; what was asked stands beside it.

#![expect(clippy::expect_used, reason = "a benchmark that can not make its frames has to stop")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crossterm::event::KeyCode;
use etherparse::PacketBuilder;
use ratatui::{buffer::Buffer, layout::Rect};
use wiretutor::{
    face::tui::{
        keys::Keymap,
        study::Study,
        theme::{Depth, Theme},
    },
    kernel::{clock::Stamp, state::TcpState},
    lesson::catalog::Catalog,
    link::{LinkKind, Watch},
    timeline::event::{Basis, BlockRef, Event, Fate, Host, Proto, SocketRef, What},
};

const EVENTS: usize = 100_000;
/// Large screens have the most to draw; on small ones the text decides how much room the ladder has.
const SIZES: [(u16, u16); 2] = [(200, 60), (80, 24)];
const RUNS: usize = 101;

fn main() {
    let events = events();
    for size in SIZES {
        println!("{} events, {}x{}", events.len(), size.0, size.1);
        at(size, &events);
    }
}

fn at(size: (u16, u16), events: &[Event]) {
    let began = Instant::now();
    let mut study = study(events, size);
    println!("taking all of them in: {:?}", began.elapsed());
    let theme = Theme::choose(Some("dark"), Depth::TrueColour, None, false);
    let keys = Keymap::default();
    let mut buf = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    report("a full redraw", "4 ms", median(|| study.draw(&mut buf, &keys, &theme)));
    for tab in 1..=6u8 {
        press(&mut study, KeyCode::Char(char::from(b'0' + tab)), &keys, &theme);
        report(&format!("the same, tab {tab}"), "4 ms", median(|| study.draw(&mut buf, &keys, &theme)));
    }
    press(&mut study, KeyCode::Char('1'), &keys, &theme);
    for (name, key) in [
        ("back in time", KeyCode::Left),
        ("forward in time", KeyCode::Right),
        ("the packet above", KeyCode::Up),
        ("a page up", KeyCode::PageUp),
        ("to the beginning", KeyCode::Home),
        ("to now", KeyCode::End),
    ] {
        let took = median(|| {
            press(&mut study, key, &keys, &theme);
            study.draw(&mut buf, &keys, &theme);
        });
        report(&format!("key and redraw: {name}"), "10 ms", took);
    }
    press(&mut study, KeyCode::Home, &keys, &theme);
    (0..500).for_each(|_| press(&mut study, KeyCode::Right, &keys, &theme));
    let took = median(|| {
        press(&mut study, KeyCode::Left, &keys, &theme);
        study.draw(&mut buf, &keys, &theme);
    });
    report("key and redraw: back in time, near the beginning", "10 ms", took);
}

fn report(what: &str, asked: &str, took: Duration) {
    println!("{what:<52} {:>9.3} ms   (asked: {asked})", took.as_secs_f64() * 1e3);
}

fn median(mut act: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let began = Instant::now();
            act();
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}

fn press(study: &mut Study, key: KeyCode, keys: &Keymap, theme: &Theme) {
    if let Some(action) = keys.action(key.into(), &study.contexts()) {
        study.act(action, theme);
    }
}

fn study(events: &[Event], size: (u16, u16)) -> Study {
    let lesson = Catalog::embedded().find("loss").expect("the lesson is part of the program").lesson;
    let mut study = Study::live(Arc::new(lesson));
    study.resize(size);
    for event in events {
        study.event(event.clone());
    }
    study
}

/// A transfer on the wire: segments and their acknowledgements, each with its fate, and now and then a state.
fn events() -> Vec<Event> {
    let mut all = Vec::with_capacity(EVENTS);
    let mut add = |what| {
        let seq = all.len() as u64;
        all.push(Event { seq, at: Stamp(1_000_000_000 + seq * 10_000), what });
    };
    add(What::Lesson { lesson: "2-tcp/loss".into(), title: "A bench".into(), watch: Watch::Private });
    add(What::Step { step: 0, title: "A step".into() });
    let host =
        |name: &str, address: &str| Host { name: name.into(), addresses: vec![address.parse().expect("an address")] };
    let hosts = vec![host("client", "10.0.0.1"), host("server", "10.0.0.2")];
    add(What::Lab { block: BlockRef { step: 0, block: 1 }, fresh: true, link: LinkKind::Wire, hosts });
    let (mut frame, mut seq) = (0, 1000u32);
    while frame < EVENTS as u64 / 2 - 10 {
        for (from, to, bytes) in [("client", "server", data(seq)), ("server", "client", ack(seq + 100))] {
            add(What::Frame { frame, from: from.into(), to: to.into(), bytes });
            add(What::Fate { frame, fate: Fate::Left { copy: 0, altered: None } });
            frame += 1;
        }
        seq += 100;
        if frame % 1000 == 0 {
            let socket =
                SocketRef { proto: Proto::Tcp, local: "10.0.0.1:40000".parse().expect("an end"), remote: None };
            let to = if frame % 2000 == 0 { TcpState::Established } else { TcpState::CloseWait };
            add(What::State { host: "client".into(), socket, from: None, to, basis: Basis::Observed });
        }
    }
    all
}

fn data(seq: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let builder = PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
    builder.tcp(40_000, 80, seq, 502).ack(7).write(&mut bytes, &[b'x'; 100]).expect("a packet");
    bytes
}

fn ack(ack: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let builder = PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4([10, 0, 0, 2], [10, 0, 0, 1], 64);
    builder.tcp(80, 40_000, 7, 502).ack(ack).write(&mut bytes, &[]).expect("a packet");
    bytes
}
