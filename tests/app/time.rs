//! Back in time and forward again; a step once more.

use std::time::{Duration, Instant};

use super::{
    pty::{Key, Session, shown},
    story::until_step,
    user::{ENTER, LARGE, lesson},
};

/// The handshake, with its SYN in our hands.
pub(crate) fn with_a_syn() -> Session {
    let mut session = lesson("handshake", LARGE);
    until_step(&mut session, "SYN: may I talk to you?", &mut "c".chars());
    syn_again(&mut session);
    session
}

/// The step has begun; goes on to where the SYN is held.
pub(crate) fn syn_again(session: &mut Session) {
    session.turn_to("server: listen");
    session.tap(Key::Enter);
    session.wait("has the SYN in hand", |session| session.screen().contains("1 in our hands"));
    session.read_on();
    session.turn_to("see the packet");
}

/// How far the past is that is looked at; nothing is now.
pub(crate) fn ago(session: &Session) -> Option<usize> {
    let screen = session.screen();
    let rest = screen.split("the past: ").nth(1)?;
    rest.split_whitespace().next()?.parse().ok()
}

pub(crate) fn back_and_forward_again_is_what_it_was() {
    // Nothing is on its way here: nothing changes by itself.
    let mut session = lesson("handshake", LARGE);
    until_step(&mut session, "SYN: may I talk to you?", &mut "c".chars());
    let (now, mut passed) = (session.screen(), Vec::new());
    for _ in 0..12 {
        session.tap(Key::Left);
        passed.push(ago(&session).expect("it is the past"));
    }
    assert!(passed.is_sorted() && passed[0] < passed[11], "{passed:?}");
    // What nobody sees is passed on the way: forward, it is behind what is seen, and back, before it.
    let mut again = Vec::new();
    while let Some(events) = ago(&session) {
        again.push(events);
        session.tap(Key::Right);
        assert!(again.len() <= passed.len() + 1, "{passed:?}, {again:?}");
    }
    assert!(again.iter().rev().is_sorted(), "{again:?}");
    assert_eq!(session.screen(), now, "as it was");
    session.press(Key::Home);
    session.wait("is at the beginning", |session| session.screen().contains("step 1 of"));
    session.turn_to("forward");
    session.press(Key::End);
    session.wait("is now", |session| ago(session).is_none() && session.screen().contains("step 3 of"));
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn the_past_is_played_to_now() {
    let mut session = with_a_syn();
    session.keys("++++");
    session.wait_for("16 times");
    session.press(Key::Char('{'));
    session.wait("is in the past", |session| ago(session).is_some());
    session.taps("t");
    session.wait("is now", |session| ago(session).is_none());
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn a_step_again_takes_less_than_a_second() {
    let mut session = with_a_syn();
    let since = Instant::now();
    session.keys("r");
    session.turn_to("server: listen");
    let time = since.elapsed();
    println!("a step again: {time:?}");
    assert!(time < Duration::from_secs(5), "{time:?}");
    assert!(!session.screen().contains("in our hands"), "{}", shown(&session));
    syn_again(&mut session);
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn the_lesson_again_begins_at_its_beginning() {
    let mut session = with_a_syn();
    session.keys("R");
    session.wait("begins anew", |session| session.screen().contains("step 1 of"));
    session.turn_to("server: listen");
    assert!(session.screen().contains("No hosts yet"), "{}", shown(&session));
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn the_list_of_steps_goes_back_and_ahead() {
    let mut session = with_a_syn();
    session.taps("g");
    session.wait_for("Steps");
    session.tap(Key::Up);
    session.tap(Key::Enter);
    session.wait("looks back", |session| session.screen().contains("step 2 of") && ago(session).is_some());
    session.taps("g");
    (0..4).for_each(|_| session.tap(Key::Down));
    session.tap(Key::Enter);
    session.wait("runs ahead", |session| session.screen().contains("step 6 of") && ago(session).is_none());
    session.turn_to("server: accept");
    assert_eq!(session.first().expect("it waits").key, ENTER);
    session.keys("q");
    assert!(session.end().success());
}
