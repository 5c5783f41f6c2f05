//! Steps that run again.

use super::*;
use crate::{face::tui::effect::Effect, timeline::event::BlockRef};

/// A lesson that runs, and has come as far as its recording.
fn running(name: &str) -> Study {
    let mut study = recorded(name);
    (study.origin, study.at) = (Origin::Live, None);
    study
}

/// What runs again when somebody presses the key.
fn again(study: &mut Study) -> Vec<usize> {
    let effects = study.act(Action::StepAgain, &theme());
    let step = |effect: &Effect| match effect {
        Effect::Again { step, .. } => Some(*step),
        _ => None,
    };
    effects.iter().filter_map(step).collect()
}

#[test]
fn who_presses_the_key_twice_runs_the_same_step_twice() {
    let mut study = running("close");
    let step = study.step();
    assert_eq!(again(&mut study), [step]);
    assert_eq!(again(&mut study), [step], "what is shown is before that step by now");
    // Who looks at another step means that one.
    let before = study.reel.marks().step(1).unwrap() + 1;
    study.at = Some(before);
    assert_eq!(again(&mut study), [1]);
    let told = recorded("close");
    told.reel.events().iter().for_each(|event| drop(study.event(event.clone())));
    study.waits(Standing::Step(1));
    assert_eq!(again(&mut study), [step]);
    // On its way there the lab runs what sets up its hosts.
    let told = recorded("close");
    told.reel.events().iter().take(5).for_each(|event| drop(study.event(event.clone())));
    assert_eq!(again(&mut study), [step]);
    told.reel.events().iter().for_each(|event| drop(study.event(event.clone())));
    study.waits(Standing::Step(1));
    assert_eq!(study.heads_for, None, "it has arrived");
}

#[test]
fn a_class_is_asked_again() {
    let mut study = running("handshake");
    study.presents = true;
    let question = BlockRef { step: 1, block: 0 };
    study.present_question(question, crate::lab::cue::Far::Beat);
    again(&mut study);
    assert!(study.class.has_seen(question), "that step does not run again");
    study.act(Action::LessonAgain, &theme());
    assert!(!study.class.has_seen(question));
}
