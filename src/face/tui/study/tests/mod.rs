//! A lesson on the screen, from the recording that is part of the program: pictures, and what keys do.

mod again;
mod challenge;
mod chosen;
mod late;
mod waiting;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::{buffer::Buffer, layout::Rect};

use super::*;
use crate::{
    face::{
        json, snapshot,
        tui::{
            canvas::picture,
            keys::{Action, Keymap},
            ladder::Row,
            settings::Key,
            theme::Depth,
        },
    },
    lesson::{catalog::Catalog, model::Block},
    timeline::event::{Fate, LineRef, Outcome, TYPED},
};

fn theme() -> Theme {
    Theme::choose(None, Depth::None, None, false)
}

/// The lesson of this name, told from its recording.
pub(super) fn recorded(name: &str) -> Study {
    let found = Catalog::embedded().find(name).unwrap();
    let recording = json::read(found.recording.unwrap().as_bytes()).unwrap();
    Study::recorded(Arc::new(found.lesson), recording.events)
}

fn drawn(study: &mut Study, (width, height): (u16, u16)) -> String {
    study.resize((width, height));
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    study.draw(&mut buf, &Keymap::default(), &theme());
    picture(&buf)
}

fn press(study: &mut Study, key: impl Into<KeyEvent>) {
    let contexts = study.contexts();
    if let Some(action) = Keymap::default().action_among(Key::of(key.into()), &contexts, |action| study.means(action)) {
        study.act(action, &theme());
    }
}

fn answer_or_go_on(study: &mut Study) {
    let key = if study.asks() { KeyCode::Char('a') } else { KeyCode::Enter };
    press(study, key);
}

/// Goes on until this step, answering every question with its first choice.
fn go_to(study: &mut Study, step: usize) {
    for _ in 0..200 {
        if study.step() >= step {
            return;
        }
        answer_or_go_on(study);
    }
    panic!("step {step} is never reached");
}

/// The first lab of a step.
fn first_lab(study: &Study, step: usize) -> BlockRef {
    let blocks = &study.lesson.steps[step].blocks;
    let block = blocks.iter().position(|block| matches!(block, Block::Lab(_))).unwrap();
    BlockRef { step, block }
}

#[test]
fn a_lesson_begins_with_its_text_and_nothing_else() {
    let mut study = recorded("handshake");
    snapshot::check("study-begin-120", &drawn(&mut study, (120, 40)));
    snapshot::check("study-begin-80", &drawn(&mut study, (80, 24)));
}

#[test]
fn a_question_waits_for_its_answer_and_the_packets_judge_it() {
    let mut study = recorded("handshake");
    go_to(&mut study, 1);
    assert!(study.asks());
    press(&mut study, KeyCode::Enter);
    assert!(study.asks(), "Enter is no answer");
    snapshot::check("study-question-80", &drawn(&mut study, (80, 24)));
    snapshot::check("study-question-120", &drawn(&mut study, (120, 40)));
    press(&mut study, KeyCode::Char('b'));
    assert!(!study.asks());
    let before = drawn(&mut study, (120, 40));
    assert!(!before.contains("You said"), "nothing is said before the packets have spoken:\n{before}");
    press(&mut study, KeyCode::Enter);
    let after = drawn(&mut study, (120, 40));
    assert!(after.contains("You said b. It was c."), "{after}");
    snapshot::check("study-answer-120", &after);
    snapshot::check("study-answer-80", &drawn(&mut study, (80, 24)));
}

#[test]
fn a_packet_in_our_hands_is_what_one_sees_first() {
    let mut study = recorded("handshake");
    go_to(&mut study, 3);
    press(&mut study, KeyCode::Enter);
    snapshot::check("study-held-120", &drawn(&mut study, (120, 40)));
    snapshot::check("study-held-80", &drawn(&mut study, (80, 24)));
    snapshot::check("study-held-200", &drawn(&mut study, (200, 60)));
}

#[test]
fn going_on_leads_through_every_recorded_lesson_to_its_end() {
    for entry in Catalog::embedded().entries() {
        let mut study = recorded(&entry.name);
        for _ in 0..400 {
            if study.next() == Next::Over {
                break;
            }
            answer_or_go_on(&mut study);
        }
        assert_eq!(study.next(), Next::Over, "{}", entry.name);
        assert_eq!(study.step() + 1, study.lesson.steps.len(), "{}", entry.name);
    }
}

#[test]
fn back_and_forth_is_the_same_place() {
    let mut study = recorded("handshake");
    go_to(&mut study, 4);
    let here = drawn(&mut study, (120, 40));
    let position = study.position();
    (0..5).for_each(|_| press(&mut study, KeyCode::Left));
    assert!(study.position() < position);
    while study.position() < position {
        press(&mut study, KeyCode::Right);
    }
    assert_eq!(drawn(&mut study, (120, 40)), here);
}

#[test]
fn every_size_can_be_drawn_at_every_stop() {
    for name in ["handshake", "loss", "udp"] {
        let mut study = recorded(name);
        for _ in 0..12 {
            for size in [(1, 1), (20, 3), (60, 20), (80, 24), (100, 26), (170, 26), (400, 120)] {
                drawn(&mut study, size);
            }
            answer_or_go_on(&mut study);
        }
    }
}

#[test]
fn the_list_of_steps_goes_to_one_of_them() {
    let mut study = recorded("handshake");
    press(&mut study, KeyCode::Char('g'));
    (0..3).for_each(|_| press(&mut study, KeyCode::Down));
    snapshot::check("study-steps-80", &drawn(&mut study, (80, 24)));
    snapshot::check("study-steps-120", &drawn(&mut study, (120, 40)));
    press(&mut study, KeyCode::Enter);
    assert_eq!(study.step(), 3);
}

/// The lesson in front of a class, at its first question.
fn presented() -> Study {
    let mut study = recorded("handshake");
    study.presents = true;
    while study.step() < 1 {
        press(&mut study, KeyCode::Enter);
    }
    study
}

#[test]
fn a_class_is_asked_when_it_is_shown_the_question_and_answers_aloud() {
    let mut study = presented();
    let before = drawn(&mut study, (120, 40));
    assert!(!study.asks() && !before.contains("How many packets"), "{before}");
    press(&mut study, KeyCode::Enter);
    let asked = drawn(&mut study, (120, 40));
    assert!(study.asks() && asked.contains("How many packets"), "{asked}");
    for hint in ["It is c", "You said", "✓", "Both sides ask"] {
        assert!(!asked.contains(hint), "{hint:?} before the packets have spoken:\n{asked}");
    }
    let position = study.position();
    press(&mut study, KeyCode::Enter);
    assert!(study.position() > position, "the packets run");
    let after = drawn(&mut study, (120, 60));
    assert!(after.contains("It is c.") && after.contains("Both sides ask"), "{after}");
}

#[test]
fn a_class_may_choose_a_letter_as_anybody_does() {
    let mut study = presented();
    press(&mut study, KeyCode::Enter);
    press(&mut study, KeyCode::Char('b'));
    press(&mut study, KeyCode::Enter);
    let after = drawn(&mut study, (120, 60));
    assert!(after.contains("You said b. It was c."), "{after}");
}

#[test]
fn a_question_that_no_packet_answers_is_answered_by_enter() {
    let text = "+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 1\n+++\n## One\n\n```predict\nWhy?\n(x) so\n    - Because.\n( ) not so\n```\n";
    let source = Arc::new(crate::lesson::model::Source { path: "t".into(), text: text.into() });
    let lesson = crate::lesson::parse(source, "t", "").unwrap();
    let event = Event { seq: 0, at: Stamp(1), what: What::Step { step: 0, title: "One".into() } };
    let mut study = Study::recorded(Arc::new(lesson), vec![event]);
    study.presents = true;
    study.look_at(1);
    press(&mut study, KeyCode::Enter);
    let asked = drawn(&mut study, (120, 40));
    assert!(asked.contains("Why?") && !asked.contains("Because."), "{asked}");
    press(&mut study, KeyCode::Enter);
    let answered = drawn(&mut study, (120, 40));
    assert!(answered.contains("It is a.") && answered.contains("Because."), "{answered}");
}

#[test]
fn a_class_does_not_see_the_titles_of_steps_that_come() {
    let mut study = presented();
    press(&mut study, KeyCode::Char('g'));
    let list = drawn(&mut study, (80, 24));
    assert!(list.contains("A call, at full speed") && !list.contains("Who shook hands?"), "{list}");
    (0..4).for_each(|_| press(&mut study, KeyCode::Down));
    let list = drawn(&mut study, (80, 24));
    assert!(list.contains("Who shook hands?") && !list.contains("What else the SYNs said"), "{list}");
    press(&mut study, KeyCode::Enter);
    press(&mut study, KeyCode::Char('g'));
    assert!(drawn(&mut study, (80, 24)).contains("ACK: I have heard you"), "what lies before is known");
}

#[test]
fn in_front_of_a_class_everything_is_larger_and_what_is_talked_about_is_pointed_at() {
    let mut study = recorded("handshake");
    study.presents = true;
    for _ in 0..200 {
        if study.step() == 4 && study.asks() {
            break;
        }
        press(&mut study, KeyCode::Enter);
    }
    let enter = Key::parse("enter").unwrap();
    let contexts = study.contexts();
    study.pressed(enter, Action::Confirm, &contexts, (&Keymap::default(), false));
    for (name, size) in
        [("present-question-120", (120, 40)), ("present-question-200", (200, 60)), ("present-question-80", (80, 24))]
    {
        snapshot::check(name, &drawn(&mut study, size));
    }
    press(&mut study, KeyCode::Enter);
    let shown = drawn(&mut study, (120, 40));
    assert!(shown.contains("━━▶"), "something points at the packet:\n{shown}");
    snapshot::check("present-answer-120", &shown);
    snapshot::check("present-answer-200", &drawn(&mut study, (200, 60)));
    snapshot::check("present-answer-80", &drawn(&mut study, (80, 24)));
}

#[test]
fn in_front_of_a_class_every_size_can_be_drawn_too() {
    let mut study = recorded("loss");
    study.presents = true;
    for _ in 0..16 {
        for size in [(1, 1), (20, 3), (60, 20), (80, 24), (100, 26), (170, 26), (400, 120)] {
            drawn(&mut study, size);
        }
        press(&mut study, KeyCode::Enter);
    }
}

#[test]
fn what_is_below_is_read_before_anything_else_happens() {
    let mut study = recorded("handshake");
    drawn(&mut study, (60, 20));
    go_to(&mut study, 6);
    while study.reads_on() {
        let (before, position) = (drawn(&mut study, (60, 20)), study.position());
        assert!(before.contains("⏎ read on"), "{before}");
        press(&mut study, KeyCode::Enter);
        assert_eq!(study.position(), position, "nothing happens meanwhile");
        assert_ne!(drawn(&mut study, (60, 20)), before);
    }
    assert!(!drawn(&mut study, (60, 20)).contains("read on"));
}

#[test]
fn what_was_read_to_its_end_stays_in_sight_when_something_is_said_below_it() {
    for size in [(80, 24), (60, 20), (80, 30)] {
        let mut study = recorded("loss");
        drawn(&mut study, size);
        go_to(&mut study, 1);
        while !study.asks() || study.reads_on() {
            press(&mut study, KeyCode::Enter);
        }
        for _ in 0..3 {
            press(&mut study, KeyCode::Enter);
            let picture = drawn(&mut study, size);
            assert!(picture.contains("c Only the third") && picture.contains("What do you think?"), "{picture}");
        }
    }
}

#[test]
fn a_text_behind_the_details_comes_back_before_anything_else_happens() {
    let mut study = recorded("close");
    drawn(&mut study, (80, 24));
    let mut came_back = 0;
    for _ in 0..400 {
        press(&mut study, KeyCode::Char('2'));
        if study.has_hidden_text() {
            let position = study.position();
            assert!(drawn(&mut study, (80, 24)).contains("⏎ read the text"));
            press(&mut study, KeyCode::Enter);
            assert_eq!(study.position(), position, "nothing happens meanwhile");
            assert!(study.parts(study.area()).explain.is_some());
            came_back += 1;
        }
        answer_or_go_on(&mut study);
    }
    assert!(study.is_told() && came_back >= study.lesson.steps.len(), "{came_back}");
}

#[test]
fn a_text_that_was_read_does_not_come_back() {
    let mut study = recorded("close");
    drawn(&mut study, (80, 24));
    while study.reads_on() {
        press(&mut study, KeyCode::Enter);
    }
    press(&mut study, KeyCode::Char('2'));
    assert!(!study.has_hidden_text());
}

#[test]
fn nobody_chooses_among_answers_that_are_not_in_sight() {
    let mut study = recorded("loss");
    drawn(&mut study, (60, 20));
    go_to(&mut study, 1);
    while !study.asks() {
        press(&mut study, KeyCode::Enter);
    }
    assert!(study.reads_on() && !drawn(&mut study, (60, 20)).contains("a b c answer"));
    press(&mut study, KeyCode::Char('a'));
    let picture = drawn(&mut study, (60, 20));
    assert!(study.asks() && picture.contains("c Only the third") && picture.contains("a b c answer"), "{picture}");
    press(&mut study, KeyCode::Char('a'));
    assert!(!study.asks());
}

#[test]
fn what_the_learner_has_done_already_is_not_offered() {
    let mut study = recorded("handshake");
    drawn(&mut study, (80, 24));
    let is_deed = |event: &Event| matches!(&event.what, What::Line { text, .. } if text.ends_with("deliver syn"));
    let at = study.reel.events().iter().position(is_deed).unwrap();
    let What::Line { line: number, .. } = study.reel.events()[at].what else { unreachable!() };
    let with_line = |block: &Block| block.lines().position(|line| line.number == number);
    let found = study.lesson.steps.iter().enumerate().find_map(|(step, told)| {
        let (block, line) = told.blocks.iter().enumerate().find_map(|(at, block)| Some((at, with_line(block)?)))?;
        Some((BlockRef { step, block }, line))
    });
    let (block, line) = found.unwrap();
    study.reel.cut(at);
    (study.origin, study.at, study.lab) = (Origin::Live, None, Lab::Waits(Standing::Beat { block, line }));
    let going = |study: &mut Study| study.offers(&Keymap::default(), false).remove(0).does;
    while study.reads_on() {
        press(&mut study, KeyCode::Enter);
    }
    assert_eq!(going(&mut study), "deliver the SYN");
    let syn = *study.reel.now().held.keys().next().unwrap();
    let fate = Fate::Dropped { why: crate::timeline::event::DropReason::Asked };
    study.event(Event { seq: 0, at: Stamp(u64::MAX / 2), what: What::Fate { frame: syn, fate } });
    assert_eq!(going(&mut study), "go on");
}

/// The rungs of which a row is in sight.
fn in_sight(study: &Study, size: (u16, u16)) -> BTreeSet<usize> {
    let area = study.parts(Rect::new(0, 0, size.0, size.1)).ladder.unwrap();
    let rows = study.ladder_rows(padded(crate::face::tui::canvas::inside(area)), &study.world(), &theme());
    rows.iter().map(|row| row.rung).collect()
}

#[test]
fn the_newest_row_is_in_sight_unless_another_one_was_chosen() {
    for name in ["handshake", "flow-control", "loss"] {
        let mut study = recorded(name);
        for position in 1..=study.reel.len() {
            study.look_at(position);
            let seen = in_sight(&study, (80, 24));
            let count = study.reel.rungs_at(position);
            let newest = (0..count).rev().find(|rung| study.is_shown(*rung));
            assert!(newest.is_none_or(|rung| seen.contains(&rung)), "{name}, event {position}");
        }
    }
}

#[test]
fn a_row_that_was_chosen_stays_in_sight_and_the_end_shows_the_newest_again() {
    let mut study = recorded("handshake");
    study.look_at(study.reel.len());
    study.resize((80, 24));
    study.focus = Pane::Ladder;
    (0..30).for_each(|_| study.choose_rung(super::super::detail::Move::Up));
    let chosen = study.chosen_rung().unwrap();
    assert!(in_sight(&study, (80, 24)).contains(&chosen));
    press(&mut study, KeyCode::End);
    let newest = study.reel.rungs_at(study.position()) - 1;
    assert!(in_sight(&study, (80, 24)).contains(&newest));
}

#[test]
fn a_letter_that_is_no_answer_keeps_its_other_meaning() {
    let mut study = recorded("handshake");
    go_to(&mut study, 4);
    assert!(study.asks() && study.means(Action::Answer(2)) && !study.means(Action::Answer(3)));
}

#[test]
fn the_end_says_what_the_lesson_came_to() {
    let mut study = recorded("handshake");
    while study.next() != Next::Over || study.reads_on() {
        answer_or_go_on(&mut study);
    }
    let picture = drawn(&mut study, (120, 40));
    assert!(picture.contains("This was the lesson.") && picture.contains("of 3 right"), "{picture}");
    assert!(picture.contains("step 10 of 10 ●●●●●●●●●●"), "{picture}");
    snapshot::check("study-end-120", &picture);
    snapshot::check("study-end-80", &drawn(&mut study, (80, 24)));
}

#[test]
fn nothing_is_held_of_hosts_that_are_gone() {
    let told = recorded("handshake");
    let is_offered = |study: &mut Study| drawn(study, (120, 40)).lines().last().unwrap().contains("drop");
    // The challenge has hosts of its own.
    let step = told.lesson.steps.iter().position(|step| matches!(step.blocks[..], [Block::Challenge(_), ..])).unwrap();
    let begins = told.reel.marks().step(step).unwrap();
    let mut study = Study::live(Arc::clone(&told.lesson));
    told.reel.events()[..begins].iter().for_each(|event| drop(study.event(event.clone())));
    // A learner has kept the newest packet.
    let kept = told.reel.events()[..begins].iter().rev().find_map(|event| match event.what {
        What::Frame { frame, .. } => Some(frame),
        _ => None,
    });
    let held = What::Fate { frame: kept.unwrap(), fate: Fate::Held };
    study.event(Event { seq: 0, at: told.reel.events()[begins].at, what: held });
    study.event(told.reel.events()[begins].clone());
    assert!(is_offered(&mut study));
    press(&mut study, KeyCode::Char('r'));
    assert!(!is_offered(&mut study));
    press(&mut study, KeyCode::Char('s'));
    assert!(drawn(&mut study, (120, 40)).contains("There are no hosts yet"));
}

#[test]
fn what_stands_below_an_arrow_is_never_seen_without_it() {
    let mut study = recorded("loss");
    let rows_in = |study: &Study, height: u16| study.ladder_rows(Rect::new(0, 0, 76, height), &study.world(), &theme());
    let mut cut = 0;
    for position in 1..=study.reel.len() {
        study.look_at(position);
        let (few, all) = (rows_in(&study, 8), rows_in(&study, 2_000));
        cut += usize::from(few.len() < all.len());
        let first = few.first().map(|row| row.rung);
        let count = |rows: &[Row]| rows.iter().filter(|row| Some(row.rung) == first).count();
        let is_alone = few.iter().all(|row| Some(row.rung) == first);
        assert!(is_alone || count(&few) == count(&all), "event {position}");
    }
    assert!(cut > 50, "{cut}");
}
