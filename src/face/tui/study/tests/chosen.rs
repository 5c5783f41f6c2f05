//! Which packet is looked at, where several are in our hands.

use super::*;
use crate::{
    face::tui::{detail::Tab, keys::Context},
    timeline::event::FrameId,
};

/// The handshake as it runs, up to the SYN+ACK in our hands; the SYN has come into them once more.
fn both_held() -> (Study, [FrameId; 2]) {
    let told = recorded("handshake");
    let events = told.reel.events();
    let lab = events.iter().position(|event| matches!(event.what, What::Lab { link: LinkKind::Wire, .. })).unwrap();
    let held = |from: usize| {
        let is_held = |event: &Event| matches!(event.what, What::Fate { fate: Fate::Held, .. });
        from + events[from..].iter().position(is_held).unwrap()
    };
    let (syn, synack) = (held(lab), held(held(lab) + 1));
    let frame = |at: usize| match events[at].what {
        What::Fate { frame, .. } => frame,
        _ => unreachable!(),
    };
    let mut study = Study::live(Arc::clone(&told.lesson));
    events[..=synack].iter().for_each(|event| drop(study.event(event.clone())));
    study.event(Event { seq: 0, at: events[synack].at, what: What::Fate { frame: frame(syn), fate: Fate::Held } });
    study.resize((120, 40));
    (study, [frame(syn), frame(synack)])
}

fn looked_at(study: &Study) -> FrameId {
    study.reel.frames()[study.chosen_frame().unwrap()].id
}

fn bottom(study: &mut Study) -> String {
    drawn(study, (120, 40)).lines().last().unwrap().to_owned()
}

#[test]
fn what_came_into_our_hands_last_is_looked_at_and_is_what_a_key_takes() {
    let (mut study, [_, synack]) = both_held();
    assert_eq!(looked_at(&study), synack);
    assert_eq!(study.in_hand(), study.chosen_frame());
    assert!(bottom(&mut study).contains("d drop   e let go"), "{}", bottom(&mut study));
}

#[test]
fn a_packet_that_nobody_looks_at_any_more_is_named_by_the_keys_that_take_it() {
    let (mut study, [syn, synack]) = both_held();
    let now = study.reel.events().last().unwrap().at;
    study.event(Event {
        seq: 0,
        at: now,
        what: What::Fate { frame: synack, fate: Fate::Left { copy: 0, altered: None } },
    });
    (0..=super::super::chosen::NEAR).for_each(|_| {
        study.event(Event { seq: 0, at: now, what: What::Notice { text: "something happens".into() } });
    });
    assert_eq!(looked_at(&study), synack, "the newest packet");
    assert_eq!(study.reel.frames()[study.in_hand().unwrap()].id, syn);
    assert!(bottom(&mut study).contains("d drop SYN   e let go SYN"), "{}", bottom(&mut study));
}

#[test]
fn on_a_small_screen_a_question_hides_the_details_and_their_keys() {
    let mut study = recorded("handshake");
    while !study.asks() {
        press(&mut study, KeyCode::Enter);
    }
    (study.focus, study.detail.tab) = (Pane::Detail, Tab::Fields);
    let keys = |study: &mut Study, size| drawn(study, size).lines().last().unwrap().to_owned();
    assert!(!keys(&mut study, (80, 24)).contains("field") && !study.contexts().contains(&Context::Fields));
    press(&mut study, KeyCode::Char('2'));
    assert!(drawn(&mut study, (80, 24)).contains("when the question is answered"));
    assert!(!keys(&mut study, (120, 40)).is_empty() && study.contexts().contains(&Context::Fields), "there is room");
}
