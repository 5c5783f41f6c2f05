//! A challenge, what is typed in it, and what came of it; a claim that does not hold.

use super::*;

/// Something has happened.
fn happens(study: &mut Study, what: What) {
    study.event(Event { seq: 0, at: Stamp(0), what });
    study.at = Some(study.reel.len());
}

/// A claim that does not hold.
fn fails(study: &mut Study, line: LineRef, text: &str, message: &str) {
    happens(study, What::Line { line, text: text.into() });
    let outcome = Outcome::Failed { message: message.into(), report: String::new() };
    happens(study, What::Claim { line, text: text.into(), outcome });
}

/// In the lesson's challenge, with its hosts set up, and the line of what it asks for first.
fn in_challenge() -> (Study, BlockRef, LineRef) {
    let mut study = recorded("handshake");
    let steps = study.lesson.steps.iter().enumerate();
    let found = steps.flat_map(|(step, content)| {
        content.blocks.iter().enumerate().filter_map(move |(block, content)| match content {
            Block::Challenge(challenge) => Some((BlockRef { step, block }, challenge.expect[0].number)),
            _ => None,
        })
    });
    let (place, asks) = found.last().unwrap();
    let begun = study.reel.marks().beginning_of(place).unwrap();
    study.reel.cut(begun + 1);
    study.at = Some(study.reel.len());
    (study, place, asks)
}

#[test]
fn what_a_challenge_asks_for_is_told_as_it_came_out_last() {
    let (mut study, _, asks) = in_challenge();
    for message in ["nothing was sent", "it has no option"] {
        fails(&mut study, asks, "client > server SYN", message);
    }
    let picture = drawn(&mut study, (120, 40));
    assert!(picture.contains("it has no option") && !picture.contains("nothing was sent"), "{picture}");
    assert!(picture.contains("The goal is not reached yet"), "{picture}");
}

#[test]
fn what_was_typed_and_does_not_hold_is_told_until_the_next_line() {
    let (mut study, _, _) = in_challenge();
    fails(&mut study, TYPED, "client setsockopt TCP_MAXSEG 536", "no socket");
    let picture = drawn(&mut study, (120, 40));
    assert!(picture.contains("no socket") && !picture.contains("report it"), "{picture}");
    happens(&mut study, What::Line { line: TYPED, text: "client socket tcp".into() });
    assert!(!drawn(&mut study, (120, 40)).contains("no socket"));
}

#[test]
fn what_was_typed_and_holds_is_told_until_the_next_line() {
    let (mut study, _, _) = in_challenge();
    happens(&mut study, What::Line { line: TYPED, text: "kernel server LISTEN".into() });
    let held = Outcome::Held { detail: "it is LISTEN".into(), frame: None };
    happens(&mut study, What::Claim { line: TYPED, text: "kernel server LISTEN".into(), outcome: held });
    let picture = drawn(&mut study, (120, 40));
    assert!(picture.contains("✓ kernel server LISTEN") && picture.contains("it is LISTEN"), "{picture}");
    happens(&mut study, What::Line { line: TYPED, text: "client socket tcp".into() });
    assert!(!drawn(&mut study, (120, 40)).contains("it is LISTEN"));
}

#[test]
fn what_came_of_a_typed_line_is_in_sight_wherever_the_text_was_read() {
    let (mut study, _, _) = in_challenge();
    drawn(&mut study, (80, 24));
    study.scrolled = Some(Scroll::From(0));
    assert!(!drawn(&mut study, (80, 24)).contains("no socket"));
    fails(&mut study, TYPED, "kernel client LISTEN", "no socket");
    let picture = drawn(&mut study, (80, 24));
    assert!(picture.contains("no socket"), "{picture}");
}

#[test]
fn a_solved_challenge_says_so_and_one_that_is_left_out_shows_a_way() {
    let (mut study, block, asks) = in_challenge();
    fails(&mut study, asks, "client > server SYN", "nothing was sent");
    happens(&mut study, What::Challenge { block, outcome: Ending::Solved });
    happens(&mut study, What::LabEnd { block });
    let picture = drawn(&mut study, (120, 40));
    snapshot::check("study-solved-120", &picture);
    snapshot::check("study-solved-80", &drawn(&mut study, (80, 24)));
    assert!(picture.contains("Solved") && !picture.contains("does not hold"), "{picture}");
    let (mut study, block, _) = in_challenge();
    happens(&mut study, What::Challenge { block, outcome: Ending::Skipped });
    happens(&mut study, What::LabEnd { block });
    let picture = drawn(&mut study, (120, 40));
    assert!(picture.contains("Left out") && picture.contains("client  connect"), "{picture}");
}

#[test]
fn where_a_claim_does_not_hold_the_text_and_the_verdict_do_not_say_that_it_happened() {
    let mut study = recorded("handshake");
    go_to(&mut study, 4);
    assert!(study.asks());
    press(&mut study, KeyCode::Char('b'));
    let (position, block) = (study.position(), first_lab(&study, 4));
    study.reel.cut(position);
    happens(&mut study, What::Lab { block, link: LinkKind::Wire, fresh: false, hosts: Vec::new() });
    let (line, text) = match &study.lesson.steps[4].blocks[block.block] {
        Block::Lab(lab) => (lab.lines[0].number, lab.lines[0].text.clone()),
        other => panic!("{other:?}"),
    };
    happens(&mut study, What::Hand { text: "drop SYN+ACK".into(), frame: None });
    fails(&mut study, line, &text, "it is not in our hands");
    happens(&mut study, What::LabEnd { block });
    let picture = drawn(&mut study, (120, 50));
    snapshot::check("study-broken-120", &picture);
    snapshot::check("study-broken-80", &drawn(&mut study, (80, 24)));
    assert!(!picture.contains("so it was"), "{picture}");
    let place = |words| picture.find(words).unwrap_or_else(|| panic!("no {words}\n{picture}"));
    assert!(place("and that is right") < place("that is no fault"), "{picture}");
    assert!(place("that is no fault") < place("For the server it is open"), "{picture}");
}

/// Types a line, and does not run it yet.
fn type_in(study: &mut Study, text: &str) {
    study.typed(KeyEvent::new(KeyCode::Char('u'), crossterm::event::KeyModifiers::CONTROL));
    text.chars().for_each(|sign| drop(study.typed(KeyCode::Char(sign).into())));
}

#[test]
fn the_command_line_says_what_a_line_looks_like_what_can_come_next_and_what_is_wrong() {
    let (mut study, place, _) = in_challenge();
    study.waits(Standing::Learner(place));
    assert!(study.is_typing());
    let look = |study: &mut Study, name: &str| {
        snapshot::check(&format!("study-{name}-80"), &drawn(study, (80, 24)));
        snapshot::check(&format!("study-{name}-120"), &drawn(study, (120, 40)));
    };
    look(&mut study, "typing");
    type_in(&mut study, "client co");
    study.typed(KeyCode::Tab.into());
    look(&mut study, "completing");
    type_in(&mut study, "client conect server:8080");
    study.typed(KeyCode::Enter.into());
    look(&mut study, "typo");
}

#[test]
fn who_presses_enter_once_too_often_still_types() {
    let (mut study, place, _) = in_challenge();
    study.waits(Standing::Learner(place));
    study.typed(KeyCode::Enter.into());
    assert!(study.is_typing(), "what is typed next is no key");
}

#[test]
fn a_line_that_is_given_up_is_not_in_the_way_of_the_next_and_can_be_called_back() {
    let (mut study, place, _) = in_challenge();
    study.waits(Standing::Learner(place));
    type_in(&mut study, "client conn");
    study.typed(KeyCode::Esc.into());
    press(&mut study, KeyCode::Char(':'));
    assert!(study.is_typing() && !drawn(&mut study, (80, 24)).contains("> client conn"));
    study.typed(KeyCode::Up.into());
    assert!(drawn(&mut study, (80, 24)).contains("> client conn"));
}

#[test]
fn where_nothing_can_come_next_tab_says_what_is_wrong() {
    let (mut study, place, _) = in_challenge();
    study.waits(Standing::Learner(place));
    type_in(&mut study, "helpserver clos");
    study.typed(KeyCode::Tab.into());
    let picture = drawn(&mut study, (80, 24));
    assert!(picture.contains("^^^"), "{picture}");
    assert!(picture.contains("expected a host, a verb"), "{picture}");
}
