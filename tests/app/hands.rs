//! Packets in the learner's hands, in free play: what each key does is said by the ladder.

use super::{
    pty::{Key, Session},
    user::{LARGE, enter_free_play, free_play},
};

/// Free play with a SYN in our hands, by the key that holds.
pub(crate) fn held() -> Session {
    let mut session = free_play(LARGE);
    session.types("server listen tcp 80");
    session.wait_for("listen(");
    session.leave_line();
    session.press(Key::Char('h'));
    session.wait_for("you hold the wire");
    connect(&mut session);
    session.wait("holds the SYN", |session| session.screen().contains("1 in our hands"));
    session.wait_for("held for");
    session
}

fn connect(session: &mut Session) {
    session.open_line();
    session.types("client connect server:80");
    session.leave_line();
}

/// Does it with the held SYN.
pub(crate) fn deed(session: &mut Session, stroke: &[u8], words: &str) {
    session.bytes(stroke);
    session.wait(&format!("says {words:?}"), |session| {
        session.screen().lines().any(|line| line.contains(words) && !line.contains("1 in our hands"))
    });
}

pub(crate) fn what_is_held_flows_again_and_the_connection_is_made() {
    let mut session = held();
    session.taps("h");
    session.wait("holds no more", |session| !session.screen().contains("you hold the wire"));
    session.wait("connects", |session| session.screen().matches("ESTABLISHED").count() >= 2);
    session.keys("q");
    session.on_the_map();
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn the_next_lesson_begins_with_a_wire_that_nobody_holds() {
    let mut session = held();
    session.keys("q");
    session.on_the_map();
    enter_free_play(&mut session);
    session.types("server listen tcp 80");
    session.wait_for("listen(");
    session.types("client connect server:80");
    session.wait("connects", |session| session.screen().matches("ESTABLISHED").count() >= 2);
    session.leave_line();
    session.keys("qq");
    assert!(session.end().success());
}

pub(crate) fn a_typed_free_lets_go_of_the_switch_too() {
    let mut session = held();
    session.open_line();
    session.types("wire free");
    session.wait("nobody holds", |session| !session.screen().contains("you hold the wire"));
    session.wait("connects", |session| session.screen().matches("ESTABLISHED").count() >= 2);
    session.leave_line();
    session.keys("qq");
    assert!(session.end().success());
}

pub(crate) fn each_packet_is_let_go_in_its_turn() {
    let mut session = held();
    for next in ["SYN+ACK", "ACK seq="] {
        deed(&mut session, b"e", "in our hands");
        session.wait(&format!("holds the {next}"), |session| {
            session.screen().contains(next) && session.screen().contains("1 in our hands")
        });
    }
    session.taps("e");
    session.wait("connects", |session| session.screen().matches("ESTABLISHED").count() >= 2);
    session.keys("qq");
    assert!(session.end().success());
}

pub(crate) fn every_deed_is_told_by_the_ladder() {
    for (keys, words) in [
        ("d", "dropped"),
        ("D", "2 copies"),
        ("w", "delayed by"),
        ("c", "one byte changed"),
        ("x", "the next one goes first"),
    ] {
        let mut session = held();
        deed(&mut session, keys.as_bytes(), words);
        session.keys("qq");
        assert!(session.end().success(), "{keys}");
    }
}
