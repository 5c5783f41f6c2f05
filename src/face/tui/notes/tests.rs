//! Pictures of the notes, and what they follow.

use super::*;
use crate::{
    face::{
        json, snapshot,
        tui::{canvas::picture, study::Study, theme::Depth},
    },
    lesson::catalog::Catalog,
};

const SECOND: u64 = 1_000_000_000;

/// A lesson that is presented from its recording, at its beginning.
fn presented(name: &str) -> Study {
    let found = Catalog::embedded().find(name).unwrap();
    let recording = json::read(found.recording.unwrap().as_bytes()).unwrap();
    let mut study = Study::recorded(Arc::new(found.lesson), recording.events);
    study.presents = true;
    study
}

fn theme(ascii: bool) -> Theme {
    Theme::choose(None, Depth::None, None, ascii)
}

fn go_on_until(study: &mut Study, is_there: impl Fn(&Study) -> bool) {
    for _ in 0..200 {
        if is_there(study) {
            return;
        }
        let enter = if study.asks() { Action::Confirm } else { Action::GoOn };
        study.act(enter, &theme(false));
    }
    panic!("it never comes there");
}

fn notes_of(study: &Study) -> Notes {
    let mut notes = Notes::new("Waiting.".into());
    let mut place = Place::of(study, None, Stamp(SECOND));
    place.step_began = Stamp(400 * SECOND);
    notes.show(Ok(Some(place)));
    notes.tick(Stamp(700 * SECOND));
    notes
}

fn drawn(notes: &mut Notes, (width, height): (u16, u16), ascii: bool) -> String {
    notes.resize((width, height));
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    notes.draw(&mut buf, &Keymap::default(), &theme(ascii));
    picture(&buf)
}

#[test]
fn a_teacher_sees_the_answer_while_the_class_is_asked() {
    let mut study = presented("handshake");
    go_on_until(&mut study, |study| study.step() == 4 && study.asks());
    let mut notes = notes_of(&study);
    snapshot::check("notes-question-100", &drawn(&mut notes, (100, 60), false));
    snapshot::check("notes-question-80-ascii", &drawn(&mut notes, (80, 24), true));
}

#[test]
fn the_line_that_comes_next_is_in_sight_and_pointed_at() {
    let mut study = presented("loss");
    go_on_until(&mut study, |study| study.step() == 1);
    go_on_until(&mut study, |study| study.whereabouts().block > 2);
    let mut notes = notes_of(&study);
    let seen = drawn(&mut notes, (80, 24), false);
    assert!(seen.lines().any(|line| line.starts_with("  ▶ ")), "{seen}");
}

#[test]
fn a_challenge_shows_its_hints_and_its_answer() {
    let mut study = presented("handshake");
    go_on_until(&mut study, |study| study.step() == 8);
    snapshot::check("notes-challenge-80", &drawn(&mut notes_of(&study), (80, 40), false));
}

#[test]
fn keys_scroll_and_the_next_change_is_followed_again() {
    let mut study = presented("handshake");
    let mut notes = notes_of(&study);
    drawn(&mut notes, (60, 10), false);
    notes.act(Action::PageDown);
    let scrolled = drawn(&mut notes, (60, 10), false);
    go_on_until(&mut study, |study| study.step() == 1);
    notes.show(Ok(Some(Place::of(&study, None, Stamp(SECOND)))));
    let followed = drawn(&mut notes, (60, 10), false);
    assert!(!scrolled.contains("Someone has to listen") && followed.contains("A call, at full speed"), "{followed}");
    assert!(followed.contains("step 2 of"), "{followed}");
}

#[test]
fn without_a_presentation_it_says_what_it_waits_for() {
    let mut notes = Notes::new("Nothing is presented.\nStart it.".into());
    let seen = drawn(&mut notes, (60, 20), false);
    assert!(seen.contains("Nothing is presented.") && seen.contains("Start it."), "{seen}");
    assert_eq!(notes.wakes(), None, "nothing changes by itself");
}

#[test]
fn what_began_when_goes_by_the_place_before() {
    let mut study = presented("handshake");
    let first = Place::of(&study, None, Stamp(SECOND));
    let same = Place::of(&study, Some(&first), Stamp(9 * SECOND));
    assert_eq!(same, first);
    go_on_until(&mut study, |study| study.step() == 1);
    let next = Place::of(&study, Some(&first), Stamp(9 * SECOND));
    assert_eq!((next.began, next.step_began), (first.began, Stamp(9 * SECOND)));
}

#[test]
fn a_place_is_read_as_it_was_written_and_one_of_another_version_is_not() {
    let place = Place::of(&presented("loss"), None, Stamp(SECOND));
    assert_eq!(Place::read(place.write().as_bytes()), Ok(place.clone()));
    let newer = place.write().replace("\"version\":1", "\"version\":99");
    assert!(Place::read(newer.as_bytes()).unwrap_err().to_string().contains("99"));
    assert!(Place::read(b"{").is_err());
}

#[test]
fn every_size_can_be_drawn() {
    let mut study = presented("loss");
    for _ in 0..12 {
        let mut notes = notes_of(&study);
        for size in [(1, 1), (2, 2), (3, 4), (20, 3), (80, 24), (400, 120)] {
            drawn(&mut notes, size, false);
            notes.act(Action::PageDown);
        }
        let enter = if study.asks() { Action::Confirm } else { Action::GoOn };
        study.act(enter, &theme(false));
    }
}
