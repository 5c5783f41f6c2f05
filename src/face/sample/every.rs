//! One of everything that a timeline can hold.

use super::{BEGIN, CLIENT, SERVER, run::REPORT, tcp};
use crate::{
    kernel::state::TcpState,
    lesson::model::LinkKind,
    timeline::event::{
        Basis, BlockRef, CallResult, DropReason, Ending, Fact, Fate, Host, Outcome, Proto, SocketRef, UdpSocket, Value,
        Watch, What,
    },
};

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
