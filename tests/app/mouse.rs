//! The mouse does what keys do.

use super::{
    challenge,
    pty::{Button, Key, Session, shown},
    story::until_step,
    time::with_a_syn,
    user::{ENTER, LARGE, chosen_rows, lesson, map},
};

fn click(session: &mut Session, words: &str) {
    let place = session.find(words).unwrap_or_else(|| panic!("no {words}\n{}", shown(session)));
    session.click(Button::Left, place);
}

pub(crate) fn a_lesson_is_chosen_by_a_click_and_begun_by_another() {
    let mut session = map(LARGE);
    let loss = session.find("Loss: what").expect("it is on the map");
    session.click(Button::Left, loss);
    session.wait("chooses it", |session| session.screen().matches("Loss: what").count() > 1);
    session.click(Button::Left, loss);
    session.wait("begins it", |session| session.screen().contains("step 1 of"));
    session.keys("q");
    session.on_the_map();
    let free = session.find("Free play").expect("it is on the map");
    session.scroll(false, free);
    session.wait("goes down", |session| session.screen().contains("Flow control: the receiver"));
    click(&mut session, "q leave");
    assert!(session.end().success());
}

pub(crate) fn an_answer_and_a_key_of_the_bottom_line_are_clicked() {
    let mut session = lesson("handshake", LARGE);
    click(&mut session, "⏎ server: listen");
    session.turn_to("next step");
    click(&mut session, "⏎ next step");
    session.wait("asks", |session| session.first().is_some_and(|first| first.key.starts_with("a b")));
    click(&mut session, "c Three");
    session.turn_to_go_on();
    until_step(&mut session, "SYN: may I talk to you?", &mut "".chars());
    click(&mut session, "? keys");
    session.wait("shows the keys", |session| session.screen().contains("IN A LESSON"));
    session.press(Key::Escape);
    session.wait("closes the page", |session| !session.screen().contains("IN A LESSON"));
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn a_packet_is_chosen_by_a_click_and_by_the_wheel() {
    let mut session = with_a_syn();
    let row = session.find("listen(").expect("the call is on the ladder");
    session.click(Button::Left, row);
    session.wait("chooses the call", |session| chosen_rows(session).contains(&row.1));
    session.scroll(false, row);
    session.wait("chooses another", |session| !chosen_rows(session).contains(&row.1));
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn a_border_is_dragged() {
    let mut session = with_a_syn();
    let (column, row) = session.find("Ladder").expect("the pane has a name");
    let border = column - 3;
    session.drag(Button::Left, (border, row + 5), (border - 15, row + 5));
    session.wait("has moved the border", |session| session.find("Ladder").is_some_and(|place| place.0 == column - 15));
    session.drag(Button::Left, (border - 15, row + 5), (0, row + 5));
    session.wait("keeps the other pane", |session| session.find("Ladder").is_some_and(|place| place.0 >= 20));
    assert_eq!(session.first().map(|first| first.key), Some(ENTER.to_owned()));
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn the_keys_of_a_line_that_is_typed_are_clicked() {
    let mut session = challenge::challenge();
    session.keys("client setso");
    click(&mut session, "Tab complete");
    session.wait("completes the word", |session| session.line().is_some_and(|line| line == "client setsockopt"));
    click(&mut session, "Esc other keys");
    session.wait("leaves the line", |session| session.line().is_none());
    session.keys("q");
    assert!(session.end().success());
    let mut session = map(LARGE);
    session.taps("/");
    session.wait_for("Search:");
    click(&mut session, "Esc back");
    session.wait("leaves the search, and nothing else", |session| !session.screen().contains("Search:"));
    session.keys("q");
    assert!(session.end().success());
}
