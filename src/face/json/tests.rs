use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{read::LONGEST_LINE, *};
use crate::{
    face::{
        plain::Origin,
        sample::{BEGIN, EVERY_REASON, every_event, every_fate, lesson},
    },
    timeline::event::{Event, Fate, LinkKind, What},
};

fn numbered(whats: Vec<What>) -> Vec<Event> {
    (0..).zip(whats).map(|(seq, what)| Event { seq, at: BEGIN, what }).collect()
}

fn written(events: &[Event]) -> String {
    let mut out = Vec::new();
    let mut json = Json::new(&mut out, &lesson(), Origin::Live).unwrap();
    events.iter().for_each(|event| json.event(event).unwrap());
    String::from_utf8(out).unwrap()
}

fn complaint(text: &str) -> String {
    read(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn what_was_written_is_read_again() {
    let events = numbered(every_event());
    let recording = read(written(&events).as_bytes()).unwrap();
    assert_eq!(recording.events, events);
    assert!(recording.header.lesson.is_of(&lesson()));
    assert!(!recording.header.recorded);
}

#[test]
fn a_recording_knows_the_edition_of_its_lesson() {
    let mut other = lesson();
    other.source =
        std::sync::Arc::new(crate::lesson::model::Source { path: String::new(), text: "# B lesson\n".into() });
    assert!(!LessonId::of(&lesson()).is_of(&other));
    // The value that the reference implementation gives for "foobar".
    assert_eq!(digest(b"foobar"), "fnv1a64:85944171f73967e8");
}

#[test]
fn a_line_is_a_line_whatever_is_in_it() {
    let events = numbered(vec![What::Notice { text: "a\nb\r\u{2028}\u{1b}[2J".into() }]);
    assert_eq!(written(&events).lines().count(), 2);
    assert!(!written(&events).contains(['\u{1b}', '\r']));
}

#[test]
fn other_files_are_told_apart() {
    assert!(complaint("").starts_with("line 1: this is no timeline"));
    assert!(complaint("hello\n").starts_with("line 1: this is no timeline"));
    assert!(complaint("{\"format\":\"pcap\",\"version\":1}\n").starts_with("line 1: this is no timeline"));
    assert!(complaint("{\"format\":\"wiretutor-timeline\",\"version\":3,\"new\":0}\n").contains("has version 3"));
    assert!(complaint("{\"format\":\"wiretutor-timeline\",\"version\":1}\n").contains("missing field"));
}

#[test]
fn damage_is_told_with_its_line() {
    let whole = written(&numbered(every_event()));
    let lines: Vec<&str> = whole.lines().collect();
    let without = |left_out: usize| -> String {
        (0..lines.len()).filter(|at| *at != left_out).map(|at| format!("{}\n", lines[at])).collect()
    };
    assert_eq!(complaint(&without(4)), "line 5: event 3 should stand here, and event 4 does; lines were lost or moved");
    let cut = format!("line {}: the file ends before the lesson does", lines.len() - 1);
    assert!(complaint(&without(lines.len() - 1)).starts_with(&cut));
    assert!(complaint(&whole[..whole.len() - 20]).contains("the file ends before the lesson does"));
    assert!(complaint(&whole.replace("\"call-waits\"", "\"call-sleeps\"")).contains("unknown variant `call-sleeps`"));
    assert!(complaint(&whole.replace("00ff10", "00ff1")).contains("even number of hexadecimal digits"));
    assert!(complaint(&format!("{whole}\n")).contains("the lesson is over, and yet the file goes on"));
}

#[test]
fn a_line_without_end_is_not_read_to_its_end() {
    let header = written(&[]);
    let endless = format!("{header}{}", "x".repeat(usize::try_from(LONGEST_LINE).unwrap() + 1));
    assert_eq!(complaint(&endless), "line 2: it is longer than 4 MiB");
}

/// The name of a fate in the file, which the manual has to name as well.
const fn fate_name(fate: &Fate) -> &'static str {
    match fate {
        Fate::Held => "held",
        Fate::Twin { .. } => "twin",
        Fate::Dropped { .. } => "dropped",
        Fate::Duplicated { .. } => "duplicated",
        Fate::Delayed { .. } => "delayed",
        Fate::Reordered => "reordered",
        Fate::Corrupted { .. } => "corrupted",
        Fate::Truncated { .. } => "truncated",
        Fate::Left { .. } => "left",
    }
}

/// The name of an event in the file. A new kind of event has to be named here, and so in the manual.
const fn name(what: &What) -> &'static str {
    match what {
        What::Lesson { .. } => "lesson",
        What::Step { .. } => "step",
        What::Lab { .. } => "lab",
        What::Line { .. } => "line",
        What::CallEntered { .. } => "call-entered",
        What::CallWaits { .. } => "call-waits",
        What::CallReturned { .. } => "call-returned",
        What::Frame { .. } => "frame",
        What::Fate { .. } => "fate",
        What::Hand { .. } => "hand",
        What::Sample { .. } => "sample",
        What::State { .. } => "state",
        What::Reading { .. } => "reading",
        What::UdpSockets { .. } => "udp-sockets",
        What::CaptureLost { .. } => "capture-lost",
        What::Claim { .. } => "claim",
        What::Bound { .. } => "bound",
        What::Challenge { .. } => "challenge",
        What::LabEnd { .. } => "lab-end",
        What::Notice { .. } => "notice",
        What::LessonEnd { .. } => "lesson-end",
    }
}

#[test]
fn a_recording_from_before_there_were_wires_was_made_on_the_loopback() {
    let lab = every_event().into_iter().find(|what| name(what) == "lab").unwrap();
    let events = numbered(vec![lab, What::LessonEnd { claims: 0, failed: 0 }]);
    let old = written(&events).replace("\"version\":2", "\"version\":1").replace("\"link\":\"loopback\",", "");
    assert!(!old.contains("link"), "{old}");
    let recording = read(old.as_bytes()).unwrap();
    assert_eq!((recording.header.version, recording.events), (1, events));
}

#[test]
fn a_fate_stands_in_its_event_as_one_word_and_its_numbers() {
    let fate = |fate| written(&numbered(vec![What::Fate { frame: 3, fate }])).lines().nth(1).unwrap().to_owned();
    assert!(fate(Fate::Held).ends_with(r#""event":"fate","frame":3,"fate":"held"}"#));
    let left = fate(Fate::Left { copy: 1, altered: Some(vec![0, 0xff]) });
    assert!(left.ends_with(r#""event":"fate","frame":3,"fate":"left","copy":1,"altered":"00ff"}"#), "{left}");
    let damaged = format!("{}{}\n", written(&[]), left.replace("00ff", "00f"));
    assert!(complaint(&damaged).contains("even number of hexadecimal digits"));
}

#[test]
fn the_manual_shows_every_event_just_as_it_is_written() {
    let manual = include_str!("../../../docs/timeline-format.md");
    let examples: Vec<&str> =
        manual.split("```json\n").skip(1).flat_map(|rest| rest.split("```").next().unwrap().lines()).collect();
    let (header, examples) = examples.split_first().unwrap();
    assert_eq!(serde_json::from_str::<Header>(header).unwrap().version, VERSION);
    let (mut shown, mut fates, mut links) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for example in examples {
        let event: Event = serde_json::from_str(example).unwrap_or_else(|error| panic!("{example}: {error}"));
        shown.insert(name(&event.what));
        match &event.what {
            What::Fate { fate, .. } => drop(fates.insert(fate_name(fate))),
            What::Lab { link, .. } => links.push(*link),
            _ => {}
        }
        assert_eq!(written(std::slice::from_ref(&event)).lines().nth(1), Some(*example));
        assert!(manual.contains(&format!("`{}`", name(&event.what))));
    }
    assert_eq!(shown, every_event().iter().map(name).collect());
    assert_eq!(fates, every_fate().iter().map(fate_name).collect());
    assert_eq!(links, [LinkKind::Loopback, LinkKind::Wire]);
    for why in EVERY_REASON {
        let word = serde_json::to_string(&why).unwrap();
        assert!(manual.contains(&format!("`{}`", word.trim_matches('"'))), "{word}");
    }
}

proptest! {
    #[test]
    fn no_file_makes_the_reader_panic(bytes: Vec<u8>, flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        prop_assert!(read(bytes.as_slice()).is_err());
        let mut damaged = written(&numbered(every_event())).into_bytes();
        for (at, byte) in flips {
            let at = at.index(damaged.len());
            damaged[at] = byte;
        }
        if let Err(error) = read(damaged.as_slice()) {
            prop_assert!(error.to_string().contains("line "));
        }
    }

    #[test]
    fn any_bytes_and_texts_come_back(bytes: Vec<u8>, text: String, at: u64) {
        let whats = vec![
            What::Frame { frame: 1, from: text.clone(), to: text.clone(), bytes },
            What::LessonEnd { claims: 0, failed: 0 },
        ];
        let mut events = numbered(whats);
        events[0].at = crate::kernel::clock::Stamp(at);
        prop_assert_eq!(read(written(&events).as_bytes()).unwrap().events, events);
    }
}
