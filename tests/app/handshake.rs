//! The lesson of the handshake, gone through by whoever presses what is offered first.

use super::{
    pty::{Key, Session, shown},
    user::{ENTER, LARGE, PROGRESS, SMALL, map},
};

/// The right answers, in the order of the questions.
const ANSWERS: [char; 3] = ['c', 'b', 'b'];
const SOLUTION: [&str; 3] = ["client socket tcp", "client setsockopt TCP_MAXSEG 536", "client connect server:8080"];

pub(crate) fn it_goes_from_first_to_last_with_what_is_offered_first_in_80_columns() {
    from_first_to_last(SMALL);
}

pub(crate) fn it_goes_from_first_to_last_with_what_is_offered_first_in_120_columns() {
    from_first_to_last(LARGE);
}

fn from_first_to_last(size: (u16, u16)) {
    let mut session = map(size);
    session.choose("The three-way handshake");
    session.tap(Key::Enter);
    session.wait("leaves the map", |session| !session.is_on_the_map());
    let (mut answers, mut lines) = (ANSWERS.iter(), SOLUTION.iter());
    let mut steps = Vec::new();
    loop {
        let turn = session.turn();
        if session.is_on_the_map() {
            break;
        }
        steps.push(turn.clone());
        match turn.key.as_str() {
            ENTER => session.tap(Key::Enter),
            "Enter" => {
                lines.by_ref().for_each(|line| session.types(line));
                session.wait("is solved", |session| session.line().is_none());
            }
            _ => {
                let letter = *answers.next().expect("there are three questions");
                answer(&mut session, letter);
            }
        }
    }
    assert_eq!(answers.next(), None, "all questions were asked: {steps:?}");
    assert_eq!(lines.next(), None, "the challenge was met: {steps:?}");
    let row = session.view().rows(0, size.0).find(|row| row.contains("The three-way handshake"));
    assert!(row.as_ref().is_some_and(|row| row.contains('✓')), "{row:?}\n{}", shown(&session));
    let home = session.shared_home();
    session.keys("q");
    assert!(session.end().success());
    let kept = std::fs::read_to_string(home.path().join(PROGRESS)).expect("progress was kept");
    assert!(kept.contains("handshake") && kept.contains("finished"), "{kept}");
}

fn answer(session: &mut Session, letter: char) {
    assert!(!session.screen().contains("You said"), "the packets answer, not the key\n{}", shown(session));
    session.tap(Key::Char(letter));
    session.turn_to_go_on();
    assert!(!session.screen().contains("You said"), "the packets answer, not the key\n{}", shown(session));
    session.tap(Key::Enter);
    session.go_on_until(|session| session.screen().contains(&format!("You said {letter}, and so it was")));
}
