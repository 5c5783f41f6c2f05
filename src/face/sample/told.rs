//! The lesson, in two languages.

use std::sync::Arc;

use crate::lesson::{
    model::{
        Block, Challenge, Choice, HostSpec, Inline, Lab, Lesson, LinkKind, LiveValue, Prediction, Prose, Source, Step,
        Timers,
    },
    script::{ActorRef, Call, CallLine, Expr, Line, SilentLine, Verb, Window},
};
pub(crate) fn text(text: &str) -> Vec<Inline> {
    vec![Inline::Text(text.into())]
}

pub(crate) fn paragraph(words: &str) -> Prose {
    Prose::Paragraph(text(words))
}

fn live(expr: Expr) -> Inline {
    Inline::Live(LiveValue { expr, text: String::new(), span: 0..0 })
}

pub(super) fn order(number: usize, text: &str, comment: Option<&str>) -> Line {
    let actor = ActorRef { host: "client".into(), socket: None, span: 0..0 };
    let call = CallLine { actor, call: Call::Accept, name: None, fails: None, within: None, span: 0..0 };
    line(number, text, comment, Verb::Call(call))
}

pub(super) fn claim(number: usize, text: &str, comment: Option<&str>) -> Line {
    line(number, text, comment, Verb::Silent(SilentLine { window: Window::SoFar }))
}

pub(super) fn line(number: usize, text: &str, comment: Option<&str>, verb: Verb) -> Line {
    Line { number, text: text.into(), span: 0..0, comment: comment.map(Into::into), verb }
}

pub(super) fn lab(lines: Vec<Line>) -> Block {
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
