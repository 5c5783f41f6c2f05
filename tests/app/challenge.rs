//! The challenge of the handshake, solved by typing, and what helps on the way.

use super::{
    pty::{Key, Session, shown},
    user::{ENTER, SMALL, lesson},
};

/// In the challenge, with its command line open.
pub(crate) fn challenge() -> Session {
    let mut session = lesson("handshake", SMALL);
    session.taps("g");
    session.wait_for("Steps");
    (0..8).for_each(|_| session.tap(Key::Down));
    session.tap(Key::Enter);
    session.turn_to("take the challenge");
    session.tap(Key::Enter);
    session.wait("lets the user type", |session| session.line().is_some());
    session
}

pub(crate) fn it_is_solved_by_typing() {
    let mut session = challenge();
    session.types("client socket tcp");
    a_typo_is_drawn(&mut session);
    session.press(Key::Control('u'));
    session.wait("forgets the line", |session| session.line().is_some_and(|line| line.is_empty()));
    session.keys("client setso");
    session.press(Key::Tab);
    session.wait("completes the word", |session| session.line().is_some_and(|line| line == "client setsockopt"));
    session.keys(" TCP_MAXSEG 536\r");
    session.wait("runs the line", |session| session.line().is_some_and(|line| line.is_empty()));
    session.types("client connect server:8080");
    session.turn_to("next step");
    assert!(session.line().is_none(), "the line is closed\n{}", shown(&session));
    session.keys("q");
    assert!(session.end().success());
}

fn a_typo_is_drawn(session: &mut Session) {
    session.keys("client conect server:8080\r");
    session.wait("draws a caret", |session| session.screen().contains("^^^^^^"));
    let (word, caret) = (session.find("conect").expect("the line stays"), session.find("^^^^^^").expect("a caret"));
    assert_eq!((caret.0, caret.1), (word.0, word.1 + 1), "below the word\n{}", shown(session));
    assert!(session.screen().contains("connect"), "what was meant\n{}", shown(session));
}

pub(crate) fn hints_come_one_by_one_to_the_answer_and_judging_says_what_is_missing() {
    let mut session = challenge();
    session.leave_line();
    session.turn_to("type a line");
    assert!(!session.screen().contains("Hint 1"));
    for (hint, not_yet) in [("Hint 1", "Hint 2"), ("Hint 2", "Hint 3"), ("Hint 3", "One way")] {
        session.taps("i");
        session.wait_for(hint);
        assert!(!session.screen().contains(not_yet), "{}", shown(&session));
    }
    session.taps("i");
    session.wait_for("client  connect server:8080");
    session.taps("j");
    session.wait("says what is missing", |session| {
        let screen = session.screen();
        screen.contains("does not hold") || screen.contains("no packet") || screen.contains("✗")
    });
    session.open_line();
    ["client socket tcp", "client setsockopt TCP_MAXSEG 536", "client connect server:8080"]
        .iter()
        .for_each(|line| session.types(line));
    session.turn_to("next step");
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn it_can_be_left_out() {
    let mut session = challenge();
    session.leave_line();
    session.wait("offers to skip", |session| session.does_offer("k", "skip"));
    session.taps("k");
    session.turn_to("next step");
    session.press(Key::Enter);
    session.wait_for("What is often said");
    assert!(session.first().is_none_or(|first| first.key == ENTER));
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn control_c_gives_up_the_line_and_then_the_program() {
    let mut session = challenge();
    session.keys("client");
    session.press(Key::Control('c'));
    session.wait("leaves the line", |session| session.line().is_none());
    session.press(Key::Control('c'));
    assert!(session.end().success());
}
