//! A lesson on the screen, from the recording that is part of the program: pictures, and what keys do.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::{buffer::Buffer, layout::Rect};

use super::*;
use crate::{
    face::{
        json, snapshot,
        tui::{canvas::picture, keys::Keymap, theme::Depth},
    },
    kernel::socket::TimerKind,
    lab::wait::Running,
    lesson::catalog::Catalog,
    timeline::event::Outcome,
};

fn theme() -> Theme {
    Theme::choose(None, Depth::None, None, false)
}

/// The lesson of this name, told from its recording.
fn recorded(name: &str) -> Study {
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
    if let Some(action) = Keymap::default().action(key.into(), &contexts) {
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
    press(&mut study, KeyCode::Char('b'));
    assert!(!study.asks());
    let before = drawn(&mut study, (120, 40));
    assert!(!before.contains("You said"), "nothing is said before the packets have spoken:\n{before}");
    press(&mut study, KeyCode::Enter);
    let after = drawn(&mut study, (120, 40));
    assert!(after.contains("You said b. It was c."), "{after}");
    snapshot::check("study-answer-120", &after);
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
    press(&mut study, KeyCode::Enter);
    assert_eq!(study.step(), 3);
}

/// The lesson in front of a class, at its first question.
fn presented() -> Study {
    let mut study = recorded("handshake");
    study.presents = true;
    press(&mut study, KeyCode::Enter);
    press(&mut study, KeyCode::Enter);
    assert_eq!(study.step(), 1);
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
    let enter = crate::face::tui::settings::Key::parse("enter").unwrap();
    let contexts = study.contexts();
    study.pressed(enter, crate::face::tui::keys::Action::Confirm, &contexts, (&Keymap::default(), false));
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

/// A claim of the lesson that does not hold, at the end of what has happened.
fn fails(text: &str, message: &str) -> Event {
    let outcome = Outcome::Failed { message: message.into(), report: String::new() };
    Event { seq: 0, at: Stamp(0), what: What::Claim { line: 1, text: text.into(), outcome } }
}

#[test]
fn a_claim_that_is_tried_again_is_told_as_it_came_out_last() {
    let mut study = recorded("handshake");
    go_to(&mut study, 4);
    let position = study.position();
    study.reel.cut(position);
    for message in ["it is LISTEN", "it is SYN-RECV"] {
        study.event(fails("kernel  client ESTABLISHED", message));
    }
    study.at = Some(study.reel.len());
    let picture = drawn(&mut study, (120, 40));
    assert!(picture.contains("it is SYN-RECV") && !picture.contains("it is LISTEN"), "{picture}");
}

/// The same, after this time of reading.
fn fails_after(seconds: u64) -> String {
    let mut study = recorded("handshake");
    go_to(&mut study, 4);
    study.reel.cut(study.position());
    let now = study.reel.events().last().map_or(0, |event| event.at.0) + seconds * 1_000_000_000;
    study.event(Event { at: Stamp(now), ..line("server > client  SYN+ACK") });
    study.event(Event { at: Stamp(now + 36_000_000_000), ..fails("server > client  SYN+ACK", "nothing came") });
    study.at = Some(study.reel.len());
    drawn(&mut study, (120, 50))
        .lines()
        .map(|line| line.split('│').nth(1).unwrap_or_default().trim())
        .collect::<Vec<_>>()
        .join(" ")
}

fn line(text: &str) -> Event {
    Event { seq: 0, at: Stamp(0), what: What::Line { line: 1, text: text.into() } }
}

#[test]
fn what_fails_after_long_reading_is_not_blamed_on_the_kernel() {
    let said = fails_after(75);
    assert!(said.contains("stood still for 75 s") && !said.contains("this kernel is different"), "{said}");
}

#[test]
fn what_fails_without_any_reading_is() {
    let said = fails_after(0);
    assert!(said.contains("this kernel is different"), "{said}");
}

/// A lesson that runs, and a lab that waits for this.
fn waiting(wait: Wait, seconds: u64) -> Study {
    let mut study = recorded("handshake");
    (study.origin, study.lab, study.at) = (Origin::Live, Lab::Busy, None);
    study.awaits(wait);
    study.tick(Stamp(seconds * 1_000_000_000));
    study
}

fn for_a_probe() -> Wait {
    let timer = Running { host: "client".into(), kind: TimerKind::ZeroWindowProbe, due: Stamp(44_000_000_000) };
    let line = "next server > client  ACK ack=edge win>0".to_owned();
    Wait::Line { line, since: Stamp(10_000_000_000), timer: Some(timer) }
}

#[test]
fn what_the_lab_waits_for_is_said_when_it_takes_long() {
    let mut brief = waiting(for_a_probe(), 10);
    assert!(!drawn(&mut brief, (80, 24)).contains("waiting for"));
    assert_eq!(brief.wakes(), Some(Stamp(10_500_000_000)));
    let mut long = waiting(for_a_probe(), 11);
    snapshot::check("study-waiting-80", &drawn(&mut long, (80, 24)));
    assert_eq!(long.wakes(), Some(Stamp(12_000_000_000)), "the seconds are counted");
}

#[test]
fn what_came_ends_the_waiting_and_what_is_told_late_does_not() {
    let mut study = waiting(for_a_probe(), 11);
    study.event(Event { at: Stamp(9_000_000_000), ..line("server.peer recv") });
    assert!(study.awaited().is_some());
    study.event(Event { at: Stamp(44_000_000_000), ..fails("", "") });
    assert!(study.awaited().is_none());
}

#[test]
fn a_reader_is_told_in_time_that_the_lab_will_go_on() {
    let timer = Running { host: "client".into(), kind: TimerKind::TimeWait, due: Stamp(60_000_000_000) };
    let wait = Wait::Reader { goes_on: Stamp(55_000_000_000), timer };
    let mut study = waiting(wait.clone(), 30);
    study.lab = Lab::Waits(Standing::End);
    assert!(!drawn(&mut study, (80, 24)).contains("by itself"));
    study.tick(Stamp(43_000_000_000));
    assert!(drawn(&mut study, (80, 24)).contains("goes on by itself in 12 s: client's TIME-WAIT is about to end"));
    assert_eq!(study.awaited(), Some(&wait));
}
