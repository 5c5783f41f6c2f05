//! What happened in the lesson.

use super::{BEGIN, CLIENT, SERVER, tcp};
use crate::{
    kernel::{clock::Stamp, state::TcpState},
    lesson::model::{Inline, Lesson, LinkKind},
    timeline::event::{Basis, BlockRef, CallResult, Event, Host, Outcome, SocketRef, Value, Watch, What},
};

/// The events of a run, numbered as they are added, each so many microseconds after the one before.
#[derive(Debug, Default)]
pub(crate) struct Script(pub(super) Vec<Event>);

impl Script {
    pub(crate) fn add(&mut self, micros: u64, what: What) {
        let before = self.0.last().map_or(BEGIN, |event| event.at);
        self.0.push(Event { seq: self.0.len() as u64, at: Stamp(before.0 + micros * 1_000), what });
    }

    pub(super) fn called(&mut self, call: u64, host: &str, name: &str, text: &str, result: &str) {
        self.entered(call, host, name, text);
        self.returned(20, call, result, None);
    }

    pub(super) fn entered(&mut self, call: u64, host: &str, name: &str, text: &str) {
        let (host, socket, name, text) = (host.into(), host.into(), name.into(), text.into());
        self.add(5, What::CallEntered { call, host, socket, name, text });
    }

    pub(super) fn returned(&mut self, micros: u64, call: u64, text: &str, errno: Option<&str>) {
        let value = if errno.is_some() { -1 } else { 0 };
        let result = CallResult { text: text.into(), value, errno: errno.map(Into::into), received: None };
        self.add(micros, What::CallReturned { call, took_ns: micros * 1_000, result });
    }

    pub(super) fn line(&mut self, lesson: &Lesson, line: usize) {
        let text = crate::face::plain::script_text(lesson, line);
        self.add(3, What::Line { line, text });
    }

    pub(super) fn held(&mut self, lesson: &Lesson, line: usize, detail: &str) {
        let text = crate::face::plain::script_text(lesson, line);
        self.add(3, What::Claim { line, text, outcome: Outcome::Held { detail: detail.into(), frame: None } });
    }

    pub(super) fn state(&mut self, host: &str, socket: SocketRef, from: Option<TcpState>, to: TcpState, basis: Basis) {
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

pub(super) fn step(script: &mut Script, lesson: &Lesson, step: usize) {
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
        let text = crate::face::plain::script_text(lesson, 22);
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
pub(super) const REPORT: &str = "\
error: no packet matched `synack` within 2s
  ┌─ lessons/2-tcp/handshake.md:22:41
22│ synack: server > client  SYN+ACK seq=?k ack=j+1
  │                                         ^^^^^^^ expected 1041 (j = 1040), got 1042
  = nearest: server > client  SYN+ACK seq=7 ack=1042   at +0.3ms
";
