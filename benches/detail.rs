//! How long the terminal app's tabs take to be drawn while a hundred thousand events lie behind them.

use etherparse::PacketBuilder;
use ratatui::{buffer::Buffer, layout::Rect};
use wiretutor::{
    face::tui::{
        detail::{DetailState, Subject, Tab, draw},
        reel::Reel,
        theme::{Depth, Theme},
    },
    kernel::{clock::Stamp, state::TcpState},
    lesson::catalog::Catalog,
    timeline::event::{Basis, BlockRef, Event, Fact, Fate, Host, LinkKind, Proto, SocketRef, Value, Watch, What},
};

fn main() {
    divan::main();
}

const EVENTS: usize = 100_000;

/// A transfer: data and its acknowledgement, each on the wire, and a sample.
fn transfer() -> Reel {
    let mut reel = Reel::default();
    let mut push = |what: What| {
        let seq = reel.len() as u64;
        reel.push(Event { seq, at: Stamp(1_000_000_000 + seq * 10_000), what });
        reel.len()
    };
    let host = |name: &str, last: u8| Host { name: name.into(), addresses: vec![[10, 0, 0, last].into()] };
    push(What::Lesson { lesson: "transfer".into(), title: "Transfer".into(), watch: Watch::Private });
    push(What::Step { step: 0, title: "Transfer".into() });
    let hosts = vec![host("client", 1), host("server", 2)];
    push(What::Lab { block: BlockRef { step: 0, block: 0 }, fresh: true, link: LinkKind::Wire, hosts });
    let socket = SocketRef {
        proto: Proto::Tcp,
        local: ([10, 0, 0, 1], 40_000).into(),
        remote: Some(([10, 0, 0, 2], 80).into()),
    };
    let (to, basis) = (TcpState::Established, Basis::Observed);
    push(What::State { host: "client".into(), socket: socket.clone(), from: None, to, basis });
    for frame in (0_u64..).step_by(2) {
        let number = u32::try_from(frame).unwrap_or_default() * 724;
        push(What::Frame { frame, from: "client".into(), to: "server".into(), bytes: segment(number) });
        push(What::Fate { frame, fate: Fate::Left { copy: 0, altered: None } });
        push(What::Frame { frame: frame + 1, from: "server".into(), to: "client".into(), bytes: ack(number + 1448) });
        push(What::Fate { frame: frame + 1, fate: Fate::Left { copy: 0, altered: None } });
        if push(What::Sample { host: "client".into(), socket: socket.clone(), facts: facts(frame) }) >= EVENTS {
            break;
        }
    }
    reel
}

fn facts(frame: u64) -> Vec<Fact> {
    let number = |name: &str| Fact { name: name.into(), value: Value::Number((frame % 97).cast_signed()) };
    let names = ["cwnd", "ssthresh", "unacked", "sacked", "lost", "retrans", "total_retrans", "snd_wnd"];
    names.map(number).to_vec()
}

fn segment(number: u32) -> Vec<u8> {
    let ip = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
    let mut bytes = Vec::new();
    let _ = ip.tcp(40_000, 80, number, 64_240).ack(7).write(&mut bytes, &[b'x'; 1448]);
    bytes
}

fn ack(number: u32) -> Vec<u8> {
    let ip = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 1]).ipv4([10, 0, 0, 2], [10, 0, 0, 1], 64);
    let mut bytes = Vec::new();
    let _ = ip.tcp(80, 40_000, 7, 64_240).ack(number).write(&mut bytes, &[]);
    bytes
}

#[divan::bench(args = Tab::ALL)]
fn tab(bencher: divan::Bencher<'_, '_>, tab: Tab) {
    let reel = transfer();
    let Some(lesson) = Catalog::embedded().named("loss").and_then(|entry| entry.lesson().ok()) else { return };
    let position = reel.len() - 10;
    let (world, clock) = (reel.world(position), Stamp(3_000_000_000));
    let theme = Theme::choose(None, Depth::TrueColour, None, false);
    let frame = Some(reel.frames().len() / 2);
    let subject = Subject {
        lesson: &lesson,
        reel: &reel,
        position,
        seen: reel.len(),
        world: &world,
        frame,
        rung: None,
        clock,
        theme: &theme,
        is_for_class: false,
    };
    let state = DetailState::at(tab);
    let mut buf = Buffer::empty(Rect::new(0, 0, 200, 60));
    bencher.bench_local(|| draw(&mut buf, Rect::new(1, 1, 198, 58), &state, &subject));
}
