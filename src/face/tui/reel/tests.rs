//! The timeline of the app, with the events of a lesson on the wire.

use super::*;
use crate::face::sample::wire;

fn reel() -> Reel {
    let mut reel = Reel::default();
    wire::events().into_iter().for_each(|event| reel.push(event));
    reel
}

#[test]
fn the_world_at_a_position_is_the_one_that_folding_gives() {
    let reel = reel();
    for position in 0..=reel.len() {
        assert_eq!(reel.world(position), World::at(reel.events(), position), "at {position}");
    }
}

#[test]
fn after_a_cut_it_is_as_if_nothing_had_happened_since() {
    let mut cut = reel();
    let position = cut.len() / 2;
    cut.cut(position);
    let mut short = Reel::default();
    wire::events().into_iter().take(position).for_each(|event| short.push(event));
    assert_eq!(cut.events(), short.events());
    assert_eq!(cut.rungs(), short.rungs());
    assert_eq!(cut.now(), short.now());
}

#[test]
fn a_held_frame_is_held_until_it_is_let_go_and_counts_its_twins() {
    let reel = reel();
    let syn = &reel.frames()[0];
    let states: Vec<FrameNow> = (0..=reel.len()).map(|position| syn.at(position)).collect();
    assert!(states.iter().any(|now| matches!(now.place, Place::Held { .. }) && now.twins == 2), "{states:?}");
    let last = states.last().unwrap();
    assert_eq!((last.place, last.twins), (Place::Arrived, 2));
    assert!(last.held_ns.is_some());
}

#[test]
fn a_twin_is_no_rung_of_its_own_once_it_is_known() {
    let reel = reel();
    let twins: Vec<_> = reel.frames().iter().filter(|frame| frame.is_twin.is_some()).collect();
    assert!(!twins.is_empty());
    for twin in twins {
        assert!(twin.is_twin_at(reel.len()) && !twin.is_twin_at(twin.event));
    }
}

#[test]
fn a_packet_gets_the_name_that_the_script_gives_it_when_it_does() {
    let mut reel = reel();
    let before = reel.len();
    let outcome = Outcome::Held { detail: String::new(), frame: Some(0) };
    let what = What::Claim { line: 3, text: "syn:    client > server  SYN seq=?j".into(), outcome };
    reel.push(Event { seq: 0, at: Stamp(0), what });
    let syn = &reel.frames()[0];
    assert_eq!(syn.label_at(before), None);
    assert_eq!(syn.label_at(reel.len()), Some("syn"));
}
