//! A lesson and what happened in it, made by hand: the faces' tests are about text, not about kernels.

pub(crate) mod wire;

use std::{net::SocketAddr, sync::Arc};

use super::explain::{Explain, Explained, Flow, Names};
use crate::{
    conversation::Reception,
    kernel::{clock::Stamp, state::TcpState},
    lesson::{
        model::{
            Block, Challenge, Choice, HostSpec, Inline, Lab, Lesson, LinkKind, LiveValue, Prediction, Prose, Source,
            Step, Timers,
        },
        script::{ActorRef, Call, CallLine, Expr, Line, SilentLine, Verb, Window},
    },
    timeline::event::{
        Basis, BlockRef, CallResult, DropReason, Ending, Event, Fact, Fate, Host, Outcome, Proto, SocketRef, UdpSocket,
        Value, Watch, What,
    },
};

/// When everything here begins.
pub(crate) const BEGIN: Stamp = Stamp(1_700_000_000_000_000_000);

pub(crate) fn text(text: &str) -> Vec<Inline> {
    vec![Inline::Text(text.into())]
}

pub(crate) fn paragraph(words: &str) -> Prose {
    Prose::Paragraph(text(words))
}

fn live(expr: Expr) -> Inline {
    Inline::Live(LiveValue { expr, text: String::new(), span: 0..0 })
}

fn order(number: usize, text: &str, comment: Option<&str>) -> Line {
    let actor = ActorRef { host: "client".into(), socket: None, span: 0..0 };
    let call = CallLine { actor, call: Call::Accept, name: None, fails: None, within: None, span: 0..0 };
    line(number, text, comment, Verb::Call(call))
}

fn claim(number: usize, text: &str, comment: Option<&str>) -> Line {
    line(number, text, comment, Verb::Silent(SilentLine { window: Window::SoFar }))
}

fn line(number: usize, text: &str, comment: Option<&str>, verb: Verb) -> Line {
    Line { number, text: text.into(), span: 0..0, comment: comment.map(Into::into), verb }
}

fn lab(lines: Vec<Line>) -> Block {
    Block::Lab(Lab { link: None, lines, span: 0..0 })
}

fn choice(right: bool, words: &str, reply: &[&str]) -> Choice {
    Choice { right, text: text(words), reply: reply.iter().map(|words| paragraph(words)).collect() }
}

/// Words of a lesson in one language.
struct Words {
    title: &'static str,
    summary: &'static str,
    opening: &'static str,
    listen: &'static str,
    listening: &'static str,
    connect: &'static str,
    question: &'static str,
    choices: [&'static str; 3],
    reply: &'static str,
    chose: [&'static str; 3],
    goal: &'static str,
    hint: &'static str,
}

const ENGLISH: Words = Words {
    title: "The three-way handshake",
    summary: "Three packets make a connection. You see each of them cross.",
    opening: "A connection is two entries in two tables, one in each kernel, and three packets that put them there.",
    listen: "Someone has to listen",
    listening: "listen() sent nothing: the link is silent. Only a table in the server's kernel changed.",
    connect: "SYN: may I talk to you?",
    question: "The client calls connect(). What crosses the link first?",
    choices: ["the client's data", "a packet that carries a number and no data", "nothing, until the client sends"],
    reply: "It is called SYN: synchronise sequence numbers. Both ends have to know where the other begins to count.",
    chose: ["The client's kernel chose ", ", so the server expects ", "."],
    goal: "Make the client learn that nobody listens.",
    hint: "A port where nobody listens will do.",
};

const CHINESE: Words = Words {
    title: "三次握手",
    summary: "三个报文建立一个连接。你会看到每一个报文。",
    opening: "所谓三次握手（Three-Way Handshake）即建立TCP连接，就是指建立一个TCP连接时，需要客户端和服务端总共发送3个包以确认连接的建立。",
    listen: "先要有人监听",
    listening: "listen()没有发送任何报文：只有服务器内核里的一张表改变了。",
    connect: "SYN：我可以和你说话吗？",
    question: "客户端调用connect()。首先发送的是什么？",
    choices: ["客户端的数据", "一个带有序号、没有数据的报文", "什么都没有，直到客户端发送"],
    reply: "它叫做SYN：同步序列编号（Synchronize Sequence Numbers）。",
    chose: ["客户端内核选择了", "，所以服务器期待", "。"],
    goal: "让客户端知道没有人监听。",
    hint: "找一个没有人监听的端口。",
};

/// Two steps and a challenge.
pub(crate) fn lesson() -> Lesson {
    in_words(&ENGLISH)
}

pub(crate) fn chinese_lesson() -> Lesson {
    in_words(&CHINESE)
}

fn in_words(words: &Words) -> Lesson {
    Lesson {
        name: "handshake".into(),
        part: "2-tcp".into(),
        title: words.title.into(),
        summary: words.summary.into(),
        needs: vec!["client-server".into()],
        minutes: 8,
        link: LinkKind::Loopback,
        read: vec!["RFC 9293 §3.5".into()],
        timers: Timers::default(),
        hosts: ["client", "server"].map(|name| HostSpec { name: name.into(), ..HostSpec::default() }).to_vec(),
        opening: vec![Block::Prose(paragraph(words.opening))],
        steps: vec![listen_step(words), connect_step(words), challenge_step(words)],
        source: Arc::new(Source { path: "lessons/2-tcp/handshake.md".into(), text: "# A lesson\n".into() }),
    }
}

fn listen_step(words: &Words) -> Step {
    let lines = vec![order(10, "server  listen tcp 80", None), claim(11, "kernel  server LISTEN", None)];
    Step {
        title: text(words.listen),
        blocks: vec![lab(lines), Block::Prose(paragraph(words.listening))],
        ..Step::default()
    }
}

fn connect_step(words: &Words) -> Step {
    let prediction = Prediction {
        question: vec![paragraph(words.question)],
        several: false,
        choices: vec![
            choice(false, words.choices[0], &[]),
            choice(true, words.choices[1], &[words.reply]),
            choice(false, words.choices[2], &[]),
        ],
        span: 0..0,
    };
    let lines = vec![
        order(20, "client  connect server:80", Some("blocks: see the call waiting")),
        claim(21, "syn:    client > server  SYN seq=?j len=0", None),
        claim(22, "synack: server > client  SYN+ACK seq=?k ack=j+1", Some("yes, and may I talk to you?")),
        claim(23, "kernel  client ESTABLISHED", None),
    ];
    let next = Expr::Add(Box::new(Expr::Name("j".into())), Box::new(Expr::Int(1)));
    let chose = vec![
        Inline::Text(words.chose[0].into()),
        Inline::Strong(vec![live(Expr::Name("j".into()))]),
        Inline::Text(words.chose[1].into()),
        live(next),
        Inline::Text(words.chose[2].into()),
    ];
    let blocks = vec![Block::Predict(prediction), lab(lines), Block::Prose(Prose::Paragraph(chose))];
    Step { title: text(words.connect), blocks, ..Step::default() }
}

fn challenge_step(words: &Words) -> Step {
    let challenge = Challenge {
        link: None,
        goal: vec![paragraph(words.goal)],
        hints: vec![vec![paragraph(words.hint)]],
        setup: vec![],
        answer: vec![order(40, "client  connect server:81 fails ECONNREFUSED", None)],
        expect: vec![claim(43, "server > client  RST", None)],
        span: 0..0,
    };
    Step { title: text("RST"), blocks: vec![Block::Challenge(challenge)], ..Step::default() }
}

pub(crate) fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub(crate) fn tcp(local: &str, remote: Option<&str>) -> SocketRef {
    SocketRef { proto: Proto::Tcp, local: addr(local), remote: remote.map(addr) }
}

/// The events of a run, numbered as they are added, each so many microseconds after the one before.
#[derive(Debug, Default)]
pub(crate) struct Script(Vec<Event>);

impl Script {
    pub(crate) fn add(&mut self, micros: u64, what: What) {
        let before = self.0.last().map_or(BEGIN, |event| event.at);
        self.0.push(Event { seq: self.0.len() as u64, at: Stamp(before.0 + micros * 1_000), what });
    }

    fn called(&mut self, call: u64, host: &str, name: &str, text: &str, result: &str) {
        self.entered(call, host, name, text);
        self.returned(20, call, result, None);
    }

    fn entered(&mut self, call: u64, host: &str, name: &str, text: &str) {
        let (host, socket, name, text) = (host.into(), host.into(), name.into(), text.into());
        self.add(5, What::CallEntered { call, host, socket, name, text });
    }

    fn returned(&mut self, micros: u64, call: u64, text: &str, errno: Option<&str>) {
        let value = if errno.is_some() { -1 } else { 0 };
        let result = CallResult { text: text.into(), value, errno: errno.map(Into::into), received: None };
        self.add(micros, What::CallReturned { call, took_ns: micros * 1_000, result });
    }

    fn line(&mut self, lesson: &Lesson, line: usize) {
        let text = super::plain::script_text(lesson, line);
        self.add(3, What::Line { line, text });
    }

    fn held(&mut self, lesson: &Lesson, line: usize, detail: &str) {
        let text = super::plain::script_text(lesson, line);
        self.add(3, What::Claim { line, text, outcome: Outcome::Held { detail: detail.into(), frame: None } });
    }

    fn state(&mut self, host: &str, socket: SocketRef, from: Option<TcpState>, to: TcpState, basis: Basis) {
        self.add(0, What::State { host: host.into(), socket, from, to, basis });
    }

    /// A frame whose only byte is the number by which [`Canned`] knows it.
    fn frame(&mut self, micros: u64, number: u8) {
        let (from, to) = if number.is_multiple_of(2) { ("client", "server") } else { ("server", "client") };
        self.add(
            micros,
            What::Frame { frame: u64::from(number), from: from.into(), to: to.into(), bytes: vec![number] },
        );
    }

    fn lab(&mut self, step: usize, block: usize, fresh: bool) {
        let host = |name: &str, address: &str| Host { name: name.into(), addresses: vec![address.parse().unwrap()] };
        let hosts = vec![host("client", "127.0.0.1"), host("server", "127.0.0.2")];
        self.add(100, What::Lab { block: BlockRef { step, block }, fresh, link: LinkKind::Loopback, hosts });
    }
}

const CLIENT: &str = "127.0.0.1:40000";
const SERVER: &str = "127.0.0.2:80";

/// How the run goes that is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Run {
    AllHolds,
    OneFails,
}

/// What happened in `lesson`, whichever language it is in.
pub(crate) fn events(lesson: &Lesson, run: Run) -> Vec<Event> {
    let mut script = Script::default();
    let title = lesson.title.clone();
    script.add(0, What::Lesson { lesson: lesson.name.clone(), title, watch: Watch::Private });
    listen_events(&mut script, lesson);
    connect_events(&mut script, lesson, run);
    challenge_events(&mut script, lesson);
    let failed = usize::from(run == Run::OneFails);
    script.add(10, What::LessonEnd { claims: 5, failed });
    script.0
}

fn step(script: &mut Script, lesson: &Lesson, step: usize) {
    let Inline::Text(title) = &lesson.steps[step].title[0] else { unreachable!("titles here are text") };
    script.add(1, What::Step { step, title: title.clone() });
}

fn listen_events(script: &mut Script, lesson: &Lesson) {
    step(script, lesson, 0);
    script.lab(0, 0, true);
    script.line(lesson, 10);
    script.called(1, "server", "socket", "socket(AF_INET, SOCK_STREAM, 0)", "= 5");
    script.called(2, "server", "bind", "bind(5, 127.0.0.2:80)", "= 0");
    script.called(3, "server", "listen", "listen(5, 128)", "= 0");
    script.state("server", tcp(SERVER, None), None, TcpState::Listen, Basis::Observed);
    script.line(lesson, 11);
    script.held(lesson, 11, "");
    script.add(1, What::LabEnd { block: BlockRef { step: 0, block: 0 } });
}

fn connect_events(script: &mut Script, lesson: &Lesson, run: Run) {
    step(script, lesson, 1);
    script.lab(1, 1, false);
    script.line(lesson, 20);
    script.called(4, "client", "socket", "socket(AF_INET, SOCK_STREAM, 0)", "= 6");
    script.entered(5, "client", "connect", "connect(6, 127.0.0.2:80)");
    script.frame(12, 0);
    script.state("client", tcp(CLIENT, Some(SERVER)), Some(TcpState::Closed), TcpState::SynSent, Basis::Inferred);
    script.frame(9, 1);
    script.state("server", tcp(SERVER, Some(CLIENT)), None, TcpState::SynRecv, Basis::Inferred);
    script.frame(8, 2);
    script.state("client", tcp(CLIENT, Some(SERVER)), Some(TcpState::SynSent), TcpState::Established, Basis::Observed);
    script.state("server", tcp(SERVER, Some(CLIENT)), Some(TcpState::SynRecv), TcpState::Established, Basis::Observed);
    script.returned(50, 5, "= 0", None);
    script.line(lesson, 21);
    script.add(0, What::Bound { name: "syn.at".into(), value: Value::Moment(BEGIN) });
    script.add(0, What::Bound { name: "j".into(), value: Value::Sequence(4_004_779_870) });
    script.held(lesson, 21, "");
    script.line(lesson, 22);
    if run == Run::OneFails {
        let text = super::plain::script_text(lesson, 22);
        let outcome = Outcome::Failed { message: "no packet matched `synack` within 2s".into(), report: REPORT.into() };
        script.add(2_000_000, What::Claim { line: 22, text, outcome });
    } else {
        script.add(0, What::Bound { name: "k".into(), value: Value::Sequence(3_473_235_682) });
        script.held(lesson, 22, "ack: 4004779871 = 4004779870 + 1");
    }
    script.line(lesson, 23);
    script.held(lesson, 23, "");
    script.add(1, What::LabEnd { block: BlockRef { step: 1, block: 1 } });
}

fn challenge_events(script: &mut Script, lesson: &Lesson) {
    step(script, lesson, 2);
    script.lab(2, 0, true);
    script.line(lesson, 40);
    script.entered(6, "client", "connect", "connect(6, 127.0.0.2:81)");
    script.add(40, What::CallWaits { call: 6 });
    script.frame(9, 3);
    script.returned(30, 6, "= -1 ECONNREFUSED (Connection refused)", Some("ECONNREFUSED"));
    script.add(1, What::CaptureLost { frames: 1 });
    script.line(lesson, 43);
    script.held(lesson, 43, "");
    script.add(1, What::LabEnd { block: BlockRef { step: 2, block: 0 } });
}

/// As the lab would draw it.
pub(crate) const REPORT: &str = "\
error: no packet matched `synack` within 2s
  ┌─ lessons/2-tcp/handshake.md:22:41
22│ synack: server > client  SYN+ACK seq=?k ack=j+1
  │                                         ^^^^^^^ expected 1041 (j = 1040), got 1042
  = nearest: server > client  SYN+ACK seq=7 ack=1042   at +0.3ms
";

/// Knows the frames of [`events`] by their only byte.
#[derive(Debug)]
pub(crate) struct Canned;

impl Explain for Canned {
    fn explain(&mut self, _: Stamp, bytes: &[u8], names: Names) -> Explained {
        let (there, back) = ((addr(CLIENT), addr(SERVER)), (addr(SERVER), addr(CLIENT)));
        let ((from, to), summary, sentence) = match bytes {
            [0] => (
                there,
                "SYN  seq=4004779870  mss=65495 sack ts wscale=7",
                "May I talk to you? I begin to count at 4004779870.",
            ),
            [1] => (
                back,
                "SYN+ACK  seq=3473235682 ack=4004779871  mss=65495 sack ts wscale=7",
                "Yes, I heard you, and I would like to talk too. I begin to count at 3473235682.",
            ),
            [2] => (there, "ACK  seq=4004779871 ack=3473235683", "I heard you too. The connection is open."),
            _ => ((addr("127.0.0.2:81"), addr(CLIENT)), "RST+ACK  seq=0 ack=1", "Nobody listens here."),
        };
        let flow = Some(Flow { proto: Proto::Tcp, from, to });
        let details =
            vec![format!("This comes from the {}.", names(from)), "Segments hold no more than 65495 bytes.".into()];
        let name = summary.split("  ").next().unwrap_or_default().into();
        Explained { flow, summary: summary.into(), name, says: sentence.into(), details }
    }

    fn entered(&mut self, at: Stamp, bytes: &[u8], names: Names) -> Explained {
        self.explain(at, bytes, names)
    }

    fn handed_on(&self, by: &str, bytes: &[u8]) -> Explained {
        Explained { summary: format!("{bytes:?} from {by}"), ..Explained::default() }
    }

    fn left(&mut self, _: Stamp, sent: &[u8], arrived: &[u8]) -> Reception {
        Reception::of(sent, arrived)
    }

    fn start_over(&mut self) {}
}

/// Every kind of event once, and what is optional in them once with and once without.
pub(crate) fn every_event() -> Vec<What> {
    let both = || tcp(CLIENT, Some(SERVER));
    let block = BlockRef { step: 1, block: 2 };
    let result = |errno: Option<&str>, received: Option<&[u8]>| CallResult {
        text: "= 5".into(),
        value: 5,
        errno: errno.map(Into::into),
        received: received.map(Into::into),
    };
    let facts = |values: &[(&str, Value)]| {
        values.iter().map(|(name, value)| Fact { name: (*name).into(), value: value.clone() }).collect()
    };
    let claim = |outcome| What::Claim { line: 7, text: "syn: client > server  SYN".into(), outcome };
    let bound = |value| What::Bound { name: "j".into(), value };
    let mut events = vec![
        What::Lesson { lesson: "handshake".into(), title: "三次握手 \"\\\u{1b}".into(), watch: Watch::Private },
        What::Lesson { lesson: "udp".into(), title: String::new(), watch: Watch::HostLoopback },
        What::Lesson { lesson: "udp".into(), title: String::new(), watch: Watch::Unwatched },
        What::Step { step: 0, title: "Someone has to listen".into() },
        What::Lab {
            block,
            fresh: true,
            link: LinkKind::Loopback,
            hosts: vec![Host { name: "client".into(), addresses: vec!["::1".parse().unwrap()] }],
        },
        What::Lab { block, fresh: false, link: LinkKind::Wire, hosts: vec![] },
        What::Line { line: 7, text: "server  listen tcp 80".into() },
        What::CallEntered {
            call: 1,
            host: "server".into(),
            socket: "peer".into(),
            name: "recv".into(),
            text: "recv(5)".into(),
        },
        What::CallWaits { call: 1 },
        What::CallReturned { call: 1, took_ns: u64::MAX, result: result(None, Some(b"hi\0")) },
        What::CallReturned { call: 1, took_ns: 0, result: result(Some("EAGAIN"), None) },
        What::Frame { frame: 3, from: "client".into(), to: "server".into(), bytes: vec![0, 0xff, 0x10] },
        What::State {
            host: "client".into(),
            socket: both(),
            from: None,
            to: TcpState::SynSent,
            basis: Basis::Inferred,
        },
        What::State {
            host: "server".into(),
            socket: tcp(SERVER, None),
            from: Some(TcpState::FinWait1),
            to: TcpState::FinWait2,
            basis: Basis::Observed,
        },
        What::Reading {
            host: "client".into(),
            socket: SocketRef { proto: Proto::Udp, ..both() },
            state: TcpState::Closed,
            facts: facts(&[("rtt", Value::Nanoseconds(-41_000)), ("timer", Value::Text("off".into()))]),
        },
        What::UdpSockets {
            host: "server".into(),
            sockets: vec![
                UdpSocket {
                    local: "127.0.0.2:5300".parse().unwrap(),
                    remote: None,
                    receive_memory: 768,
                    send_memory: 0,
                },
                UdpSocket {
                    local: "[::1]:5301".parse().unwrap(),
                    remote: "[::1]:40000".parse().ok(),
                    receive_memory: 0,
                    send_memory: u32::MAX,
                },
            ],
        },
        What::UdpSockets { host: "client".into(), sockets: Vec::new() },
        What::Sample { host: "client".into(), socket: both(), facts: facts(&[("cwnd", Value::Number(10))]) },
        What::Hand { text: "wire deliver".into(), frame: None },
        What::Hand { text: "wire deliver packet 3".into(), frame: Some(3) },
        What::CaptureLost { frames: 3 },
        claim(Outcome::Held { detail: "1 = 1".into(), frame: Some(3) }),
        claim(Outcome::Held { detail: String::new(), frame: None }),
        claim(Outcome::Failed { message: "no".into(), report: REPORT.into() }),
        claim(Outcome::NotWatched),
        bound(Value::Number(i64::MIN)),
        bound(Value::Sequence(u32::MAX)),
        bound(Value::Moment(BEGIN)),
        What::Challenge { block, outcome: Ending::Solved },
        What::Challenge { block, outcome: Ending::Skipped },
        What::LabEnd { block },
        What::Notice { text: "the host's own loopback".into() },
    ];
    events.extend(every_fate().into_iter().map(|fate| What::Fate { frame: 3, fate }));
    events.push(What::LessonEnd { claims: 8, failed: 2 });
    events
}

/// Everything that can become of a frame, and every reason why it does not arrive.
pub(crate) fn every_fate() -> Vec<Fate> {
    let mut fates = vec![
        Fate::Held,
        Fate::Twin { of: 1 },
        Fate::Duplicated { copies: 2 },
        Fate::Delayed { by_ns: u64::MAX },
        Fate::Reordered,
        Fate::Corrupted { offset: 54 },
        Fate::Truncated { length: 40 },
        Fate::Left { copy: 0, altered: None },
        Fate::Left { copy: 1, altered: Some(vec![0, 0xef, 0x10]) },
        Fate::Left { copy: 0, altered: Some(vec![]) },
    ];
    fates.extend(EVERY_REASON.map(|why| Fate::Dropped { why }));
    fates
}

pub(crate) const EVERY_REASON: [DropReason; 8] = [
    DropReason::Asked,
    DropReason::Chance,
    DropReason::Down,
    DropReason::Forgotten,
    DropReason::QueueFull,
    DropReason::TooLarge,
    DropReason::NoRoom,
    DropReason::Refused,
];
