use super::{closing::closing, *};
use crate::{
    face::{
        narrator::Narrator,
        sample::{BEGIN, Canned, Run, chinese_lesson, events, lesson, tcp, wire},
        snapshot,
        text::{Marks, Palette},
    },
    kernel::state::TcpState,
    timeline::event::{Basis, CallResult, DropReason, Fact, Fate, Outcome},
};

fn told(lesson: &Lesson, events: &[Event], origin: Origin, width: usize, palette: Palette) -> String {
    let mut out = Vec::new();
    let mut plain = Plain::new(lesson, origin, &mut out, Look { width, palette }, Box::new(Canned));
    for event in events {
        plain.event(event).unwrap();
    }
    drop(plain);
    String::from_utf8(out).unwrap()
}

fn run(lesson: &Lesson, run: Run, width: usize, palette: Palette) -> String {
    told(lesson, &events(lesson, run), Origin::Live, width, palette)
}

const PLAIN: Palette = Palette::plain(false);
const COLOURED: Palette = Palette { colour: true, marks: &Marks::UNICODE };

#[test]
fn a_lesson_at_80_columns() {
    snapshot::check("plain-80", &run(&lesson(), Run::AllHolds, 80, PLAIN));
}

#[test]
fn a_lesson_at_40_columns() {
    snapshot::check("plain-40", &run(&lesson(), Run::AllHolds, 40, PLAIN));
}

#[test]
fn a_lesson_in_colour() {
    snapshot::check("plain-80-colour", &run(&lesson(), Run::AllHolds, 80, COLOURED));
}

#[test]
fn a_lesson_in_ascii() {
    let told = run(&lesson(), Run::OneFails, 80, Palette::plain(true));
    let ours: String = told.lines().filter(|line| !"┌│".chars().any(|drawn| line.contains(drawn))).collect();
    assert!(ours.replace('§', "").is_ascii(), "only the lesson's and the report's own signs are left");
    snapshot::check("plain-80-ascii", &told);
}

#[test]
fn a_lesson_in_chinese() {
    snapshot::check("plain-80-chinese", &run(&chinese_lesson(), Run::AllHolds, 80, PLAIN));
    snapshot::check("plain-40-chinese", &run(&chinese_lesson(), Run::AllHolds, 40, PLAIN));
}

#[test]
fn a_claim_that_does_not_hold() {
    snapshot::check("plain-80-failing", &run(&lesson(), Run::OneFails, 80, PLAIN));
}

#[test]
fn a_recorded_lesson_says_so_everywhere() {
    let lesson = lesson();
    let told = told(&lesson, &events(&lesson, Run::AllHolds), Origin::Recorded, 80, PLAIN);
    assert_eq!(told.matches("RECORDED").count(), 1 + 3 + 1, "the head, each lab block, the closing line");
    snapshot::check("plain-80-recorded", &told);
}

#[test]
fn colour_only_adds_to_the_text() {
    let coloured = run(&lesson(), Run::OneFails, 80, COLOURED);
    let mut stripped = String::new();
    for part in coloured.split('\x1b') {
        stripped.push_str(part.strip_prefix('[').and_then(|rest| rest.split_once('m')).map_or(part, |(_, text)| text));
    }
    assert_eq!(stripped, run(&lesson(), Run::OneFails, 80, PLAIN));
}

#[test]
fn no_line_is_wider_than_the_page() {
    use unicode_width::UnicodeWidthStr;
    for lesson in [lesson(), chinese_lesson()] {
        for width in [40, 53, 80, 100] {
            for line in run(&lesson, Run::AllHolds, width, PLAIN).lines() {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }
}

fn on_the_wire(width: usize, palette: Palette) -> String {
    let (lesson, mut out) = (wire::lesson(), Vec::new());
    let look = Look { width, palette };
    let mut plain = Plain::new(&lesson, Origin::Live, &mut out, look, Box::new(Narrator::new()));
    wire::events().iter().for_each(|event| plain.event(event).unwrap());
    drop(plain);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_lesson_on_the_wire() {
    snapshot::check("wire-80", &on_the_wire(80, PLAIN));
    snapshot::check("wire-40", &on_the_wire(40, PLAIN));
    snapshot::check("wire-80-colour", &on_the_wire(80, COLOURED));
}

#[test]
fn a_lesson_on_the_wire_in_ascii() {
    let told = on_the_wire(80, Palette::plain(true));
    assert!(told.replace('§', "").is_ascii());
    snapshot::check("wire-80-ascii", &told);
}

#[test]
fn no_line_of_the_wire_is_wider_than_the_page() {
    use unicode_width::UnicodeWidthStr;
    for width in [40, 53, 80, 100] {
        for line in on_the_wire(width, PLAIN).lines() {
            assert!(line.width() <= width, "{width}: {line}");
        }
    }
}

/// What these events add to a page.
fn page(whats: Vec<What>) -> String {
    let events: Vec<Event> = (0..).zip(whats).map(|(seq, what)| Event { seq, at: BEGIN, what }).collect();
    told(&lesson(), &events, Origin::Live, 80, PLAIN)
}

fn entered(call: u64, host: &str) -> What {
    What::CallEntered {
        call,
        host: host.into(),
        socket: host.into(),
        name: "recv".into(),
        text: format!("recv({call}, 5)"),
    }
}

fn returned(call: u64, received: Option<&[u8]>) -> What {
    let result = CallResult { text: "= 5".into(), value: 5, errno: None, received: received.map(Into::into) };
    What::CallReturned { call, took_ns: 41_000, result }
}

#[test]
fn a_call_that_returns_at_once_is_one_line() {
    assert_eq!(page(vec![entered(1, "client"), returned(1, None)]), "       client  recv(1, 5) = 5  (0.041 ms)\n");
}

#[test]
fn a_call_is_shown_twice_when_something_happened_in_between() {
    let text = page(vec![entered(1, "client"), What::Notice { text: "hm".into() }, returned(1, None)]);
    assert_eq!(text, "       client  recv(1, 5) …\n! hm\n       client  recv() = 5  (0.041 ms)\n");
}

#[test]
fn a_call_that_waits_says_so() {
    let text = page(vec![entered(1, "client"), What::CallWaits { call: 1 }, returned(1, None)]);
    assert_eq!(text, "       client  recv(1, 5) …waiting\n       client  recv() = 5  (0.041 ms)\n");
}

#[test]
fn calls_are_shown_in_the_order_in_which_they_were_entered() {
    let text = page(vec![entered(1, "client"), entered(2, "server"), returned(2, None), returned(1, None)]);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(lines, ["client  recv(1, 5) …", "server  recv(2, 5) = 5  (0.041 ms)", "client  recv() = 5  (0.041 ms)"]);
}

#[test]
fn received_bytes_are_shown_and_can_do_no_harm() {
    let text = page(vec![entered(1, "client"), returned(1, Some(b"\x1b[2Jhi"))]);
    assert!(text.ends_with("       client  received \"\\x1b[2Jhi\"\n"), "{text}");
}

#[test]
fn nothing_in_any_event_reaches_the_terminal_unescaped() {
    let evil = "\x1b]0;evil\x07\u{202e}";
    let failed = Outcome::Failed { message: evil.into(), report: format!("{evil}\n{evil}") };
    let text = page(vec![
        What::Line { line: 999, text: evil.into() },
        What::CallEntered { call: 1, host: evil.into(), socket: evil.into(), name: evil.into(), text: evil.into() },
        What::CallWaits { call: 1 },
        What::Notice { text: evil.into() },
        What::Claim { line: 20, text: evil.into(), outcome: failed },
        What::Bound { name: evil.into(), value: Value::Text(evil.into()) },
        What::Frame { frame: 0, from: evil.into(), to: evil.into(), bytes: vec![0] },
    ]);
    assert!(text.contains("evil") && !text.contains(['\x1b', '\x07', '\u{202e}']), "{text}");
}

#[test]
fn states_wait_for_the_event_after_them_or_for_a_quiet_moment() {
    let lesson = lesson();
    let events = events(&lesson, Run::AllHolds);
    let at = events.iter().position(|event| matches!(event.what, What::Frame { .. })).unwrap();
    let mut out = Vec::new();
    let mut plain = Plain::new(&lesson, Origin::Live, &mut out, Look { width: 80, palette: PLAIN }, Box::new(Canned));
    events[..=at + 1].iter().for_each(|event| plain.event(event).unwrap());
    plain.idle().unwrap();
    plain.idle().unwrap();
    drop(plain);
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.matches("client (SYN-SENT) · server LISTEN").count(), 1, "{text}");
}

/// The frames of an opening, as a kernel would send them.
fn opening() -> Vec<What> {
    use etherparse::{PacketBuilder, TcpOptionElement::MaximumSegmentSize};
    let step = |from: [u8; 4], to: [u8; 4], ports: (u16, u16), seq: u32| {
        PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4(from, to, 64).tcp(ports.0, ports.1, seq, 65_535)
    };
    let (client, server) = ([127, 0, 0, 1], [127, 0, 0, 2]);
    let there = |seq| step(client, server, (40_000, 80), seq);
    let back = |seq| step(server, client, (80, 40_000), seq);
    let syn = there(1_000).syn().options(&[MaximumSegmentSize(65_495)]).unwrap();
    let synack = back(5_000).syn().ack(1_001).options(&[MaximumSegmentSize(65_495)]).unwrap();
    let steps =
        [("client", "server", syn), ("server", "client", synack), ("client", "server", there(1_001).ack(5_001))];
    let frames = steps.into_iter().zip(0..).map(|((from, to, step), frame)| {
        let mut bytes = Vec::new();
        step.write(&mut bytes, &[]).unwrap();
        What::Frame { frame, from: from.into(), to: to.into(), bytes }
    });
    frames.collect()
}

#[test]
fn real_frames_are_explained_in_the_words_of_the_lesson() {
    let lesson = lesson();
    let lab = events(&lesson, Run::AllHolds).into_iter().find(|event| matches!(event.what, What::Lab { .. })).unwrap();
    let mut out = Vec::new();
    let look = Look { width: 80, palette: PLAIN };
    let mut plain = Plain::new(&lesson, Origin::Live, &mut out, look, Box::new(Narrator::new()));
    let whats = std::iter::once(lab.what).chain(opening());
    for (seq, what) in (0..).zip(whats) {
        plain.event(&Event { seq, at: Stamp(BEGIN.0 + seq * 21_000), what }).unwrap();
    }
    drop(plain);
    snapshot::check("plain-80-frames", &String::from_utf8(out).unwrap());
}

fn became(from: Option<TcpState>, to: TcpState, basis: Basis) -> What {
    What::State { host: "client".into(), socket: tcp("127.0.0.1:4", Some("127.0.0.2:80")), from, to, basis }
}

#[test]
fn a_state_without_a_packet_is_a_line_of_its_own() {
    let text = page(vec![became(Some(TcpState::FinWait2), TcpState::TimeWait, Basis::Observed)]);
    assert_eq!(text, "       client  FIN-WAIT-2 → TIME-WAIT  127.0.0.1:4\n");
}

#[test]
fn the_kernel_confirms_once_what_was_concluded() {
    let text = page(vec![
        became(None, TcpState::Established, Basis::Inferred),
        became(None, TcpState::Established, Basis::Observed),
        became(None, TcpState::Established, Basis::Observed),
    ]);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(lines.first(), Some(&"client  (ESTABLISHED)  127.0.0.1:4"));
    assert_eq!(lines.last(), Some(&"client  ESTABLISHED  confirmed by the kernel"));
    assert_eq!(text.matches("ESTABLISHED").count(), 2);
}

#[test]
fn the_last_line_counts_the_claims() {
    let tally = |checked, failed, unwatched| {
        let failure =
            crate::face::tally::Failure { line: 1, text: String::new(), message: String::new(), report: String::new() };
        let mut tally = Tally::default();
        (tally.checked, tally.failures, tally.unwatched) = (checked, vec![failure; failed], unwatched);
        tally
    };
    let closing = |checked, failed, unwatched| closing(&tally(checked, failed, unwatched), Origin::Live);
    assert_eq!(closing(8, 0, 0), "8 claims checked, all hold");
    assert_eq!(closing(1, 0, 0), "1 claim checked, it holds");
    assert_eq!(closing(8, 1, 0), "1 of 8 claims does not hold");
    assert_eq!(closing(8, 2, 0), "2 of 8 claims do not hold");
    assert_eq!(closing(0, 0, 3), "no claims checked; 3 could not be checked, because the packets were not watched");
}

/// What these events, a millisecond apart, add to the page of a lab on the wire.
fn wire_page(whats: Vec<What>) -> String {
    let mut out = Vec::new();
    let (lesson, look) = (wire::lesson(), Look { width: 200, palette: PLAIN });
    let mut plain = Plain::new(&lesson, Origin::Live, &mut out, look, Box::new(Narrator::new()));
    let lab = wire::events().into_iter().map(|event| event.what).find(|what| matches!(what, What::Lab { .. })).unwrap();
    for (seq, what) in (0..).zip(std::iter::once(lab).chain(whats)) {
        plain.event(&Event { seq, at: Stamp(BEGIN.0 + seq * 1_000_000), what }).unwrap();
    }
    plain.idle().unwrap();
    drop(plain);
    let text = String::from_utf8(out).unwrap();
    text.split_once("10.0.0.2\n").unwrap().1.to_owned()
}

fn syn(frame: u64) -> What {
    let bytes = wire::segment("SYN", 7, 0, b"");
    What::Frame { frame, from: "client".into(), to: "server".into(), bytes }
}

const fn fate(frame: u64, fate: Fate) -> What {
    What::Fate { frame, fate }
}

const fn left(frame: u64, copy: usize) -> What {
    fate(frame, Fate::Left { copy, altered: None })
}

fn twin(frame: u64, of: u64) -> [What; 2] {
    [syn(frame), fate(frame, Fate::Twin { of })]
}

#[test]
fn twins_are_lines_until_there_are_too_many_and_are_counted_in_any_case() {
    let mut whats = vec![syn(0), fate(0, Fate::Held)];
    whats.extend((1..=6).flat_map(|frame| twin(frame, 0)));
    whats.push(left(0, 0));
    let text = wire_page(whats);
    assert_eq!(text.matches("May I talk to you?").count(), 1, "{text}");
    assert_eq!(text.matches("Sent for the").count(), 3, "{text}");
    assert_eq!(text.matches("More of these are only counted.").count(), 1, "{text}");
    assert!(text.contains("It was sent 7 times, and is delivered once."), "{text}");
}

#[test]
fn a_twin_of_one_that_has_arrived_says_so() {
    let text = wire_page([vec![syn(0), left(0, 0)], twin(1, 0).to_vec()].concat());
    assert!(text.contains("Sent for the 2nd time, 2.00 ms after the time before"), "{text}");
    assert!(text.contains("not delivered again."), "{text}");
}

#[test]
fn a_twin_whose_line_could_not_wait_is_still_said_to_be_one() {
    let mut whats = vec![syn(0), fate(0, Fate::Held), syn(1)];
    whats.extend([What::Notice { text: "hm".into() }, fate(1, Fate::Twin { of: 0 })]);
    let text = wire_page(whats);
    assert!(text.contains("I ask again") && text.contains("folded into the one that is held."), "{text}");
}

#[test]
fn what_simply_passes_costs_no_line_and_what_was_slow_tells_how_long_it_took() {
    let quick = wire_page(vec![syn(0), left(0, 0)]);
    assert!(!quick.contains('▶'), "{quick}");
    let tick = || What::Bound { name: "syn.at".into(), value: Value::Number(0) };
    let slow = wire_page(vec![syn(0), tick(), tick(), left(0, 0)]);
    assert!(slow.contains("──▶ client > server  SYN seq=7  Delivered, 3.00 ms after it entered"), "{slow}");
}

#[test]
fn each_copy_of_a_duplicate_has_its_own_fate() {
    let full = Fate::Dropped { why: DropReason::QueueFull };
    let late = vec![syn(0), fate(0, Fate::Duplicated { copies: 2 }), fate(0, Fate::Delayed { by_ns: 9 }), left(0, 0)];
    let text = wire_page([late, vec![fate(0, full)]].concat());
    assert!(text.contains("Copy 1 delivered") && text.contains("no room for one copy"), "{text}");
}

#[test]
fn the_states_of_both_ends_are_shown_when_they_are_heard_of_and_only_then() {
    let silent = wire_page(vec![syn(0), left(0, 0)]);
    assert!(!silent.contains("SYN-SENT"), "{silent}");
    let state = |host: &str, from: &str, to: &str, state| What::State {
        host: host.into(),
        socket: tcp(from, Some(to)),
        from: None,
        to: state,
        basis: Basis::Observed,
    };
    let (client, server) = ("10.0.0.1:40000", "10.0.0.2:80");
    let heard = wire_page(vec![
        syn(0),
        left(0, 0),
        state("client", client, server, TcpState::SynSent),
        state("server", server, client, TcpState::SynRecv),
    ]);
    assert_eq!(heard.matches("client SYN-SENT · server SYN-RECV").count(), 1, "{heard}");
}

#[test]
fn a_fate_of_a_frame_that_nobody_saw_is_no_reason_to_stop() {
    let fates = crate::face::sample::every_fate();
    assert_eq!(wire_page(fates.iter().map(|unknown| fate(9, unknown.clone())).collect()), "");
    let known: Vec<What> = fates.into_iter().map(|next| fate(0, next)).collect();
    assert!(wire_page([vec![syn(0)], known].concat()).contains("Held: "));
}

#[test]
fn nothing_that_becomes_of_a_frame_reaches_the_terminal_unescaped() {
    let evil = "\x1b]0;evil\x07\u{202e}".to_owned();
    let bytes = wire::segment("SYN", 7, 0, b"");
    let facts = vec![Fact { name: "cwnd".into(), value: Value::Text(evil.clone()) }];
    let text = wire_page(vec![
        What::Frame { frame: 0, from: evil.clone(), to: evil.clone(), bytes },
        fate(0, Fate::Held),
        left(0, 0),
        What::Hand { text: evil.clone(), frame: None },
        What::Sample { host: evil, socket: tcp("10.0.0.1:4", None), facts },
        What::LabEnd { block: BlockRef { step: 0, block: 0 } },
    ]);
    assert!(text.contains("evil") && !text.contains(['\x1b', '\x07', '\u{202e}']), "{text}");
}
