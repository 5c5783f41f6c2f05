//! The map, with lessons that a test has made up.

use ratatui::{buffer::Buffer, layout::Rect};

use super::*;
use crate::face::{
    snapshot,
    tui::{
        canvas::picture,
        keys::Keymap,
        theme::{Depth, Theme},
    },
};

fn entry(part: &str, name: &str, title: &str, progress: Progress) -> Entry {
    let summary = Summary {
        part: part.into(),
        name: name.into(),
        title: title.into(),
        summary: format!("What can be seen of {name}."),
        minutes: 8,
        needs: if name == "close" { vec!["handshake".into()] } else { vec![] },
        link: "wire",
        read: vec![],
        hosts: vec![],
        path: String::new(),
    };
    let words = format!("{name} {part} {title} {}\n## how it begins", summary.summary).to_lowercase();
    Entry { summary, words, recorded_because: None, progress }
}

fn map() -> Map {
    let begun = Progress { seen: 3, steps: 10, right: 1, answered: 2, left_out: 1, ..Progress::default() };
    let finished =
        Progress { seen: 10, steps: 10, right: 3, answered: 3, solved: 1, is_finished: true, ..Progress::default() };
    let mut entries = vec![
        entry("2-tcp", "handshake", "The three-way handshake", begun),
        entry(
            "2-tcp",
            "close",
            "Closing: a title that is far too long to stand beside its minutes",
            Progress::default(),
        ),
        entry("3-udp", "udp", "Datagrams", finished),
    ];
    entries[2].recorded_because = Some("private namespaces are refused here".into());
    Map::new(entries, None, vec!["Something of this machine.".into()])
}

/// Of a machine on which no lab can run.
fn map_of_recordings() -> Map {
    let mut map = map();
    let why = || Some("private namespaces are refused here; `wiretutor doctor` says what mends it".to_owned());
    map.entries.iter_mut().for_each(|entry| entry.recorded_because = why());
    map.free_play_lacks = why();
    map
}

fn drawn(map: &mut Map, (width, height): (u16, u16), ascii: bool) -> String {
    map.resize((width, height));
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    map.draw(&mut buf, &Keymap::default(), &Theme::choose(None, Depth::None, None, ascii));
    picture(&buf)
}

/// What Enter would begin.
fn chosen(map: &mut Map) -> Option<String> {
    match map.act(Action::Choose).first() {
        Some(Effect::Begin(name)) => Some(name.clone()),
        _ => None,
    }
}

#[test]
fn lessons_stand_by_part_with_their_progress_and_what_the_chosen_one_is_about() {
    snapshot::check("map-80", &drawn(&mut map(), (80, 24), false));
    let mut map = map();
    map.act(Action::Down);
    snapshot::check("map-120", &drawn(&mut map, (120, 40), false));
}

#[test]
fn where_no_lab_can_run_nothing_is_promised_of_your_own_kernel() {
    let mut map = map_of_recordings();
    assert!(!drawn(&mut map, (120, 40), false).contains("your own kernel"));
    (0..3).for_each(|_| drop(map.act(Action::Down)));
    snapshot::check("map-80-recordings", &drawn(&mut map, (80, 24), false));
}

#[test]
fn a_long_title_leaves_the_minutes_in_sight() {
    let picture = drawn(&mut map(), (120, 40), false);
    let row = picture.lines().find(|row| row.contains("Closing")).unwrap();
    assert!(row.contains("8 min"), "{row}");
}

#[test]
fn the_ends_of_the_list_hold() {
    let mut map = map();
    map.act(Action::Up);
    assert_eq!(chosen(&mut map).as_deref(), Some("handshake"));
    (0..9).for_each(|_| drop(map.act(Action::Down)));
    assert_eq!(chosen(&mut map), None, "a capture has to be named first");
    assert!(map.is_typing());
    map.typed(KeyCode::Esc.into());
    map.act(Action::ToBegin);
    assert_eq!(chosen(&mut map).as_deref(), Some("handshake"));
}

#[test]
fn free_play_and_captures_are_found_too() {
    for (words, found) in [("free play", "Free play"), ("PCAP", "Open a capture")] {
        let mut map = map();
        map.act(Action::Search);
        map.paste(words);
        let shown = drawn(&mut map, (80, 24), false);
        assert!(shown.contains(found) && !shown.contains("Datagrams"), "{shown}");
        let begun = map.typed(KeyCode::Enter.into());
        let is_begun = matches!(begun[..], [Effect::FreePlay]);
        assert_eq!(is_begun, words == "free play");
        map.act(Action::Up);
        let below = drawn(&mut map, (80, 24), false);
        assert!(below.contains("Datagrams"), "all are there again: {below}");
    }
}

#[test]
fn what_is_searched_for_is_all_that_is_left() {
    let mut map = map();
    map.act(Action::Search);
    map.paste("datagr");
    let picture = drawn(&mut map, (80, 24), false);
    assert!(picture.contains("Datagrams") && !picture.contains("handshake"), "{picture}");
    assert_eq!(chosen(&mut map).as_deref(), Some("udp"));
    map.paste("zzz");
    assert!(drawn(&mut map, (80, 24), false).contains("Nothing here has these words"));
    map.typed(KeyCode::Esc.into());
    assert!(drawn(&mut map, (80, 24), false).contains("handshake"));
}

#[test]
fn behind_a_finished_lesson_the_next_one_is_chosen_and_an_unfinished_one_stays() {
    let mut map = map();
    map.choose_behind("2-tcp", "handshake");
    assert_eq!(chosen(&mut map).as_deref(), Some("handshake"));
    map.set_progress("2-tcp", "handshake", Progress { is_finished: true, ..Progress::default() });
    map.choose_behind("2-tcp", "handshake");
    assert_eq!(chosen(&mut map).as_deref(), Some("close"));
}

#[test]
fn a_path_is_opened_as_it_was_typed() {
    let mut map = map();
    map.act(Action::OpenCapture);
    map.paste("/tmp/三.pcap\n");
    map.typed(KeyCode::Backspace.into());
    map.typed(KeyCode::Char('p').into());
    let effects = map.typed(KeyCode::Enter.into());
    assert!(matches!(effects.as_slice(), [Effect::Open(path)] if path == std::path::Path::new("/tmp/三.pcap")));
}

#[test]
fn in_ascii_everything_is_ascii_and_every_size_can_be_drawn() {
    let picture = drawn(&mut map(), (80, 24), true);
    assert!(picture.is_ascii(), "{picture}");
    for size in [(1, 1), (20, 3), (60, 20), (89, 24), (90, 24), (400, 120)] {
        drawn(&mut map(), size, false);
    }
}
