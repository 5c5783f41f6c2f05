//! A lesson on the wire in which everything becomes of a frame that can, made by hand as well. Its frames are real.

use etherparse::{PacketBuilder, TcpOptionElement};

use super::{
    Script,
    run::step,
    tcp,
    told::{claim, lab, line, order, text},
};
use crate::{
    kernel::state::TcpState,
    lesson::{
        model::{Lesson, LinkKind, Step},
        script::{Deed, HoldsLine, Labelled, Line, Verb, WireLine},
    },
    timeline::event::{Basis, BlockRef, DropReason, Event, Fact, Fate, Host, Value, Watch, What},
};

const CLIENT: &str = "10.0.0.1:40000";
const SERVER: &str = "10.0.0.2:80";
/// The first numbers of both ends, as a kernel chooses them.
const J: u32 = 4_004_779_870;
const K: u32 = 3_473_235_682;

/// The lines of its script, which are all that is told of it.
const LINES: [(&str, Kind); 16] = [
    ("wire    hold", Kind::Order),
    ("client  connect server:80", Kind::Order),
    ("syn:    client > server  SYN seq=?j", Kind::Claim),
    ("kernel  client SYN-SENT", Kind::Claim),
    ("wire    holds syn twins>=2", Kind::Holds),
    ("wire    deliver syn", Kind::Order),
    ("synack: server > client  SYN+ACK seq=?k ack=j+1", Kind::Claim),
    ("wire    drop synack", Kind::Order),
    ("wire    free", Kind::Order),
    ("wire    duplicate client > server len>0", Kind::Order),
    ("client  send \"hello\"", Kind::Order),
    ("wire    corrupt client > server len>0", Kind::Order),
    ("wire    delay 100ms client > server len>0", Kind::Order),
    ("wire    reorder client > server len>0", Kind::Order),
    ("wire    rate 1mbit queue 2", Kind::Order),
    ("sample  client at acks", Kind::Order),
];

#[derive(Clone, Copy)]
enum Kind {
    Order,
    Claim,
    Holds,
}

pub(crate) fn lesson() -> Lesson {
    let mut lesson = super::lesson();
    lesson.title = "The wire in our hands".into();
    lesson.summary = "Everything that can become of a packet.".into();
    lesson.link = LinkKind::Wire;
    lesson.opening = vec![];
    let lines = || (1..).zip(LINES).map(|(number, (text, kind))| script_line(number, text, kind));
    let step = |title: &str, from: usize, to: usize| Step {
        title: text(title),
        blocks: vec![lab(lines().skip(from).take(to - from).collect())],
        ..Step::default()
    };
    lesson.steps = vec![step("A SYN in our hands", 0, 9), step("What else can happen", 9, LINES.len())];
    lesson
}

fn script_line(number: usize, text: &str, kind: Kind) -> Line {
    let span = 0..0;
    let verb = match kind {
        Kind::Claim => return claim(number, text, None),
        Kind::Order if !text.starts_with("wire") => return order(number, text, None),
        Kind::Order => Verb::Wire(WireLine { deed: Deed::Free, within: None, span }),
        Kind::Holds => Verb::Holds(HoldsLine {
            label: Labelled { name: "syn".into(), span: 0..0 },
            fields: vec![],
            within: None,
            span,
        }),
    };
    line(number, text, None, verb)
}

/// Events on the wire, with numbers for frames that are handed out one after the other.
struct Wire<'l> {
    lesson: &'l Lesson,
    script: Script,
    frames: u64,
}

/// What happened in [`lesson`].
pub(crate) fn events() -> Vec<Event> {
    let lesson = lesson();
    let mut wire = Wire { lesson: &lesson, script: Script::default(), frames: 0 };
    let title = lesson.title.clone();
    wire.script.add(0, What::Lesson { lesson: "wire".into(), title, watch: Watch::Private });
    step(&mut wire.script, &lesson, 0);
    wire.lab(0, true);
    wire.opening();
    wire.script.add(1, What::LabEnd { block: BlockRef { step: 0, block: 0 } });
    step(&mut wire.script, &lesson, 1);
    wire.lab(1, false);
    wire.trouble();
    wire.samples();
    wire.script.add(1, What::LabEnd { block: BlockRef { step: 1, block: 0 } });
    wire.script.add(1, What::LessonEnd { claims: 4, failed: 0 });
    wire.script.0
}

impl Wire<'_> {
    fn lab(&mut self, step: usize, fresh: bool) {
        let host = |name: &str, address: &str| Host { name: name.into(), addresses: vec![address.parse().unwrap()] };
        let hosts = vec![host("client", "10.0.0.1"), host("server", "10.0.0.2")];
        self.script.add(100, What::Lab { block: BlockRef { step, block: 0 }, fresh, link: LinkKind::Wire, hosts });
    }

    /// The script comes to this line, counted from 1.
    fn comes_to(&mut self, line: usize) {
        self.script.line(self.lesson, line);
    }

    fn enters(&mut self, micros: u64, from: &str, bytes: Vec<u8>) -> u64 {
        let to = if from == "client" { "server" } else { "client" };
        let frame = self.frames;
        self.frames += 1;
        self.script.add(micros, What::Frame { frame, from: from.into(), to: to.into(), bytes });
        frame
    }

    fn fate(&mut self, micros: u64, frame: u64, fate: Fate) {
        self.script.add(micros, What::Fate { frame, fate });
    }

    fn leaves(&mut self, micros: u64, frame: u64) {
        self.fate(micros, frame, Fate::Left { copy: 0, altered: None });
    }

    /// It simply passes.
    fn passes(&mut self, micros: u64, from: &str, bytes: Vec<u8>) {
        let frame = self.enters(micros, from, bytes);
        self.leaves(30, frame);
    }

    fn client(&mut self, from: TcpState, to: TcpState) {
        self.script.state("client", tcp(CLIENT, Some(SERVER)), Some(from), to, Basis::Observed);
    }

    fn server(&mut self, from: Option<TcpState>, to: TcpState) {
        self.script.state("server", tcp(SERVER, Some(CLIENT)), from, to, Basis::Observed);
    }

    fn opening(&mut self) {
        self.script.state("server", tcp(SERVER, None), None, TcpState::Listen, Basis::Observed);
        self.comes_to(1);
        self.comes_to(2);
        self.script.called(1, "client", "socket", "socket(AF_INET, SOCK_STREAM, 0)", "= 6");
        self.script.entered(2, "client", "connect", "connect(6, 10.0.0.2:80)");
        let syn = self.enters(12, "client", segment("SYN", J, 0, b""));
        self.fate(20, syn, Fate::Held);
        self.client(TcpState::Closed, TcpState::SynSent);
        self.script.add(9, What::CallWaits { call: 2 });
        self.comes_to(3);
        self.script.held(self.lesson, 3, "");
        self.comes_to(4);
        self.script.held(self.lesson, 4, "");
        self.comes_to(5);
        for _ in 0..2 {
            let twin = self.enters(1_023_000, "client", segment("SYN", J, 0, b""));
            self.fate(20, twin, Fate::Twin { of: syn });
        }
        self.script.held(self.lesson, 5, "twins: 2 >= 2");
        self.comes_to(6);
        self.leaves(40, syn);
        let synack = self.enters(30, "server", segment("SYN+ACK", K, J + 1, b""));
        self.fate(20, synack, Fate::Held);
        self.server(None, TcpState::SynRecv);
        self.comes_to(7);
        self.script.held(self.lesson, 7, "ack: 4004779871 = 4004779870 + 1");
        self.comes_to(8);
        self.fate(50, synack, Fate::Dropped { why: DropReason::Asked });
        self.comes_to(9);
        self.passes(1_010_000, "server", segment("SYN+ACK", K, J + 1, b""));
        self.passes(20, "client", segment("ACK", J + 1, K + 1, b""));
        self.script.returned(30, 2, "= 0", None);
        self.client(TcpState::SynSent, TcpState::Established);
        self.server(Some(TcpState::SynRecv), TcpState::Established);
    }

    /// Five bytes from the client, and the number behind them.
    fn hello(&mut self, seq: u32) -> u64 {
        self.enters(20, "client", segment("PSH+ACK", seq, K + 1, b"hello"))
    }

    fn acknowledged(&mut self, up_to: u32) {
        self.passes(40, "server", segment("ACK", K + 1, up_to, b""));
    }

    fn trouble(&mut self) {
        self.comes_to(10);
        self.comes_to(11);
        self.script.called(3, "client", "send", "send(6, \"hello\", 5, 0)", "= 5");
        let twice = self.hello(J + 1);
        self.fate(10, twice, Fate::Duplicated { copies: 2 });
        self.leaves(1, twice);
        self.fate(1, twice, Fate::Left { copy: 1, altered: None });
        self.acknowledged(J + 6);
        self.passes(40, "server", selective(J + 6, J + 1, J + 6));
        self.comes_to(12);
        let broken = self.hello(J + 6);
        self.fate(10, broken, Fate::Corrupted { offset: 58 });
        let mut altered = segment("PSH+ACK", J + 6, K + 1, b"hello");
        altered[58] ^= 0xff;
        self.fate(1, broken, Fate::Left { copy: 0, altered: Some(altered) });
        self.passes(204_000, "client", segment("PSH+ACK", J + 6, K + 1, b"hello"));
        self.acknowledged(J + 11);
        self.comes_to(13);
        let late = self.hello(J + 11);
        self.fate(10, late, Fate::Delayed { by_ns: 100_000_000 });
        self.leaves(100_030, late);
        self.acknowledged(J + 16);
        self.comes_to(14);
        let first = self.hello(J + 16);
        self.fate(10, first, Fate::Reordered);
        let second = self.hello(J + 21);
        self.leaves(30, second);
        self.leaves(1, first);
        self.passes(40, "server", selective(J + 16, J + 21, J + 26));
        self.acknowledged(J + 26);
        self.script.add(9, What::Hand { text: "wire    truncate every client > server len>0 40".into(), frame: None });
        let cut = self.hello(J + 26);
        self.fate(10, cut, Fate::Truncated { length: 40 });
        let part = segment("PSH+ACK", J + 26, K + 1, b"hello")[..40].to_vec();
        self.fate(1, cut, Fate::Left { copy: 0, altered: Some(part) });
        self.comes_to(15);
        let queued = self.hello(J + 31);
        let full = self.hello(J + 36);
        self.fate(10, full, Fate::Dropped { why: DropReason::QueueFull });
        self.leaves(5_000, queued);
        let ours = self.hello(J + 41);
        self.fate(10, ours, Fate::Dropped { why: DropReason::NoRoom });
    }

    fn samples(&mut self) {
        self.comes_to(16);
        let courses = [(10, NO_END, 20, 0, 0), (14, NO_END, 41, 14, 0), (7, 7, 38, 9, 1), (9, 7, 25, 3, 2)];
        for (cwnd, ssthresh, rtt, unacked, again) in courses {
            let number = |name: &str, value| Fact { name: name.into(), value: Value::Number(value) };
            let rtt = Fact { name: "rtt".into(), value: Value::Nanoseconds(rtt * 1_000_000) };
            let facts = vec![
                number("cwnd", cwnd),
                number("ssthresh", ssthresh),
                rtt,
                number("unacked", unacked),
                number("total_retrans", again),
            ];
            self.script.add(20_000, What::Sample { host: "client".into(), socket: tcp(CLIENT, Some(SERVER)), facts });
        }
    }
}

const NO_END: i64 = 0x7fff_ffff;

/// The server acknowledges everything up to a number, and selectively what is between two others.
fn selective(ack: u32, from: u32, to: u32) -> Vec<u8> {
    let step = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 1]).ipv4([10, 0, 0, 2], [10, 0, 0, 1], 64);
    let sack = [TcpOptionElement::SelectiveAcknowledgement((from, to), [None; 3])];
    let mut bytes = Vec::new();
    step.tcp(80, 40_000, K + 1, 64_240).ack(ack).options(&sack).unwrap().write(&mut bytes, &[]).unwrap();
    bytes
}

/// A segment from the client, or, if its number is of the server's, back.
pub(crate) fn segment(flags: &str, seq: u32, ack: u32, payload: &[u8]) -> Vec<u8> {
    let back = seq.wrapping_sub(K) < 1_000;
    let (client, server) = (([2, 0, 0, 0, 0, 1], [10, 0, 0, 1], 40_000), ([2, 0, 0, 0, 0, 2], [10, 0, 0, 2], 80));
    let (from, to) = if back { (server, client) } else { (client, server) };
    let step = PacketBuilder::ethernet2(from.0, to.0).ipv4(from.1, to.1, 64).tcp(from.2, to.2, seq, 64_240);
    let syn = |step: etherparse::PacketBuilderStep<etherparse::TcpHeader>| {
        step.syn().options(&[TcpOptionElement::MaximumSegmentSize(1460)]).unwrap()
    };
    let step = match flags {
        "SYN" => syn(step),
        "SYN+ACK" => syn(step).ack(ack),
        "PSH+ACK" => step.psh().ack(ack),
        _ => step.ack(ack),
    };
    let mut bytes = Vec::new();
    step.write(&mut bytes, payload).unwrap();
    bytes
}
