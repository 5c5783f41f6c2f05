//! Every size of the terminal, while a lab runs.

use super::{
    pty::{Key, Session, shown},
    story::until_step,
    time::{syn_again, with_a_syn},
    user::{LARGE, lesson},
};

const SMALLEST: (u16, u16) = (60, 20);

/// What does not change by itself: what is told, and where the other panes are.
fn picture(session: &Session) -> Option<String> {
    let (ladder, detail) = (session.find("Ladder")?, session.find("1 Story")?);
    let told: Vec<String> = session.view().rows(0, ladder.0 - 3).skip(1).collect();
    Some(format!("{ladder:?} {detail:?}\n{}", told.join("\n")))
}

pub(crate) fn a_storm_of_sizes_ends_with_the_right_picture() {
    let mut session = with_a_syn();
    let before = picture(&session);
    for step in 0..300_u16 {
        session.resize((1 + step * 7 % 400, 1 + step * 3 % 120));
    }
    session.resize((400, 120));
    session.wait("fills the screen", |session| {
        session.first().is_some_and(|first| first.does == "see the packet") && session.screen().contains("in our hands")
    });
    session.resize((1, 1));
    session.resize(LARGE);
    session.wait("is complete", |session| session.first().is_some_and(|first| first.does == "see the packet"));
    session.wait(&format!("is as before: {before:?}"), |session| picture(session) == before);
    assert!(before.is_some() && session.screen().contains("held for"), "{}", shown(&session));
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn in_60_columns_and_20_rows_everything_essential_is_there() {
    let mut session = lesson("handshake", SMALLEST);
    until_step(&mut session, "SYN: may I talk to you?", &mut "c".chars());
    syn_again(&mut session);
    for words in ["SYN seq=", "Ladder", "? keys", "q leave"] {
        assert!(session.screen().contains(words), "{words}\n{}", shown(&session));
    }
    session.taps("d");
    session.wait_for("by hand: drop");
    session.taps("2");
    session.wait_for("Fields");
    session.open_line();
    session.leave_line();
    session.taps("?");
    session.wait_for("Keys");
    session.press(Key::Escape);
    session.wait_for("q leave");
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn below_that_it_says_what_it_needs() {
    let mut session = with_a_syn();
    for size in [(59, 20), (60, 19), (20, 6)] {
        session.resize(size);
        session.wait("says what it needs", |session| {
            let words = session.screen().split_whitespace().collect::<Vec<_>>().join(" ");
            words.contains("needs 60 columns and 20 rows")
        });
    }
    // What nobody sees is not obeyed. When the screen is drawn anew, the key before has been read.
    session.keys("q");
    session.tap(Key::Control('l'));
    session.resize(SMALLEST);
    session.wait_for("Ladder");
    session.keys("q");
    assert!(session.end().success());
}
