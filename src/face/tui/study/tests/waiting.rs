//! What the lab waits for, and what came of a claim after long reading.

use super::*;
use crate::{kernel::socket::TimerKind, lab::wait::Running};

/// What is said of a claim that does not hold after this time of reading.
fn said_after(seconds: u64) -> String {
    let mut study = recorded("handshake");
    go_to(&mut study, 4);
    let block = first_lab(&study, 4);
    study.reel.cut(study.position());
    let last = study.reel.events().iter().map(|event| event.at.0).max().unwrap();
    let lab = What::Lab { block, link: LinkKind::Wire, fresh: false, hosts: Vec::new() };
    let now = last + seconds * 1_000_000_000;
    study.event(Event { seq: 0, at: Stamp(now), what: lab });
    study.event(Event { at: Stamp(now), ..line("server > client  SYN+ACK") });
    study.event(Event { at: Stamp(now + 36_000_000_000), ..refuted() });
    study.at = Some(study.reel.len());
    let shown = drawn(&mut study, (120, 50));
    let told = shown.lines().map(|line| line.split('│').nth(1).unwrap_or_default().trim());
    told.collect::<Vec<_>>().join(" ")
}

fn refuted() -> Event {
    let outcome = Outcome::Failed { message: "nothing came".into(), report: String::new() };
    Event { seq: 0, at: Stamp(0), what: What::Claim { line: 1, text: "server > client  SYN+ACK".into(), outcome } }
}

fn line(text: &str) -> Event {
    Event { seq: 0, at: Stamp(0), what: What::Line { line: 1, text: text.into() } }
}

#[test]
fn what_fails_after_long_reading_is_not_blamed_on_the_kernel() {
    let said = said_after(75);
    assert!(said.contains("stood still for 75 s") && !said.contains("this kernel is different"), "{said}");
}

#[test]
fn what_fails_without_any_reading_is() {
    let said = said_after(0);
    assert!(said.contains("this kernel is different"), "{said}");
}

/// A lesson that runs, and a lab that waits for this.
fn waiting(wait: Wait, seconds: u64) -> Study {
    waiting_in("handshake", wait, seconds)
}

fn waiting_in(lesson: &str, wait: Wait, seconds: u64) -> Study {
    let mut study = recorded(lesson);
    (study.origin, study.lab, study.at) = (Origin::Live, Lab::Busy, None);
    study.awaits(wait);
    study.tick(Stamp(seconds * 1_000_000_000));
    study
}

fn for_a_probe() -> Wait {
    let timer = Running { host: "client".into(), kind: TimerKind::ZeroWindowProbe, due: Stamp(44_000_000_000) };
    let line = "next server > client ACK ack=edge win>0".to_owned();
    Wait::Line { line, since: Stamp(10_000_000_000), timer: Some(timer) }
}

#[test]
fn what_the_lab_waits_for_is_said_when_it_takes_long() {
    let mut brief = waiting_in("flow-control", for_a_probe(), 10);
    assert!(!drawn(&mut brief, (80, 24)).contains("waiting for"));
    assert_eq!(brief.wakes(), Some(Stamp(10_500_000_000)));
    let mut long = waiting_in("flow-control", for_a_probe(), 11);
    snapshot::check("study-waiting-80", &drawn(&mut long, (80, 24)));
    assert_eq!(long.wakes(), Some(Stamp(12_000_000_000)), "the seconds are counted");
}

#[test]
fn a_packet_that_is_to_come_again_is_waited_for_in_plain_words() {
    let wait = Wait::Line { line: "wire holds syn twins>=1".into(), since: Stamp(10_000_000_000), timer: None };
    let picture = drawn(&mut waiting(wait, 11), (80, 24));
    assert!(picture.contains("waiting for: the SYN to be sent again"), "{picture}");
}

#[test]
fn what_came_ends_the_waiting_and_what_is_told_late_does_not() {
    let mut study = waiting(for_a_probe(), 11);
    study.event(Event { at: Stamp(9_000_000_000), ..line("server.peer recv") });
    assert!(study.awaited().is_some());
    study.event(Event { at: Stamp(44_000_000_000), ..refuted() });
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

#[test]
fn the_lab_that_goes_on_by_itself_is_busy_and_with_the_wire_in_hand_it_does_not() {
    let timer = Running { host: "client".into(), kind: TimerKind::TimeWait, due: Stamp(60_000_000_000) };
    let mut study = waiting(Wait::Reader { goes_on: Stamp(55_000_000_000), timer }, 50);
    let block = first_lab(&study, 4);
    study.lab = Lab::Waits(Standing::Beat { block, line: 1 });
    assert!(drawn(&mut study, (80, 24)).contains("by itself in 5 s"));
    study.sees_switches(true, false);
    assert!(!drawn(&mut study, (80, 24)).contains("by itself"));
    study.sees_switches(false, false);
    study.event(line("kernel client TIME-WAIT"));
    assert_eq!((study.lab.clone(), study.awaited()), (Lab::Busy, None));
}

#[test]
fn who_runs_a_step_again_waits_for_nothing_of_before() {
    let mut study = waiting(for_a_probe(), 11);
    assert!(study.awaited().is_some());
    press(&mut study, KeyCode::Char('r'));
    assert!(study.awaited().is_none());
}

#[test]
fn who_asks_whether_the_goal_is_reached_is_told_that_it_is_being_looked_at() {
    let line = "what the challenge asks for".to_owned();
    let mut study = waiting(Wait::Line { line, since: Stamp(10_000_000_000), timer: None }, 11);
    study.lab = Lab::Waits(Standing::Learner(first_lab(&study, 4)));
    assert!(drawn(&mut study, (80, 24)).contains("waiting for: what the challenge asks for"));
    study.waits(Standing::Learner(first_lab(&study, 4)));
    assert!(!drawn(&mut study, (80, 24)).contains("waiting for"));
}
