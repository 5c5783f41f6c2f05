//! Packets that were delayed.

use super::*;
use crate::face::tui::reel::Kind;

/// The ladder at the end of a step.
fn end_of_step(lesson: &str, step: usize) -> String {
    let mut study = recorded(lesson);
    study.at = study.reel.marks().step(step + 1);
    drawn(&mut study, (120, 60))
}

fn row(picture: &str, words: &[&str]) -> usize {
    let is_it = |line: &str| words.iter().all(|word| line.contains(word));
    picture.lines().position(is_it).unwrap_or_else(|| panic!("{words:?}\n{picture}"))
}

#[test]
fn what_arrives_late_is_seen_before_what_it_brings_about() {
    let picture = end_of_step("time-wait", 2);
    let sent = row(&picture, &["early:", "len=4"]);
    let arrives = row(&picture, &["early, sent at ", ", arrives"]);
    let answered = row(&picture, &["still:", "ACK seq="]);
    assert!(sent < arrives && arrives < answered, "{picture}");
}

#[test]
fn those_that_arrive_one_behind_the_other_share_a_row() {
    row(&end_of_step("loss", 1), &[" packets, sent at ", " to ", ", arrive"]);
}

#[test]
fn each_of_those_is_counted() {
    let study = recorded("loss");
    let (events, rungs) = (study.reel.events(), study.reel.rungs());
    let mut shared = 0;
    for (rung, next) in rungs.iter().zip(&rungs[1..]) {
        let Kind::Arrival { first, last } = rung.kind else { continue };
        let to = study.reel.frames()[first].lanes.1;
        let is_late = |event: &Event| match event.what {
            What::Fate { frame, fate: Fate::Left { .. } } => study
                .reel
                .frame_before(frame, event)
                .is_some_and(|frame| frame.lanes.1 == to && frame.at(events.len()).delayed_ns.is_some()),
            _ => false,
        };
        // Up to what is seen next, all of them are in this row.
        assert!(!events[last + 1..next.event].iter().any(is_late));
        shared += usize::from(last > rung.event);
    }
    assert!(shared > 0);
}
