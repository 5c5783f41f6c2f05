//! What the app is for, in one sitting: a handshake in slow motion, a packet lost by hand, and a look at its bytes.

use super::{
    pty::{Key, Session, shown},
    user::{ENTER, SMALL, chosen_rows, lesson},
};

/// So many keys are enough.
const ENOUGH: usize = 60;

pub(crate) fn a_synack_is_lost_by_hand_seen_again_and_read_to_the_byte() {
    let mut session = lesson("handshake", SMALL);
    until_step(&mut session, "SYN: may I talk to you?", &mut "c".chars());
    session.tap(Key::Enter);
    session.wait("has the SYN in hand", |session| session.screen().contains("1 in our hands"));
    session.taps("s");
    session.wait_for("slow motion");
    session.go_on_until(|session| session.does_offer(ENTER, "deliver the SYN"));
    session.tap(Key::Enter);
    session.wait("holds the SYN+ACK", |session| session.screen().contains("synack: SYN+ACK"));
    drop_and_see_again(&mut session);
    session.taps("2");
    look_at_the_number(&mut session);
    until_step(&mut session, "What else the SYNs said", &mut "b".chars());
    session.keys("q");
    let pressed = session.pressed();
    println!("{pressed} keys");
    assert!(pressed < ENOUGH, "{pressed} keys");
    assert!(session.end().success());
}

fn drop_and_see_again(session: &mut Session) {
    session.turn();
    session.taps("d");
    session.wait("loses the packet", |session| session.screen().contains("dropped"));
    // The server's kernel sends it again by itself.
    session.wait("has it in hand again", |session| {
        let screen = session.screen();
        screen.contains("1 in our hands") && screen.matches("SYN+ACK seq=").count() >= 2
    });
}

/// Among the bytes of the packet, down to the acknowledgement number.
fn look_at_the_number(session: &mut Session) {
    session.wait_for("Fields");
    while !is_at(session, "acknowledgement") {
        session.tap(Key::Down);
        assert!(session.pressed() < ENOUGH, "{}", shown(session));
    }
}

fn is_at(session: &Session, field: &str) -> bool {
    let rows = chosen_rows(session);
    let text = |row: &u16| session.view().rows(0, SMALL.0).nth(usize::from(*row)).unwrap_or_default();
    rows.iter().any(|row| text(row).contains(field))
}

/// Goes on to a step, with these answers to what is asked on the way.
#[track_caller]
pub(crate) fn until_step(session: &mut Session, title: &str, answers: &mut dyn Iterator<Item = char>) {
    loop {
        let turn = session.turn();
        if session.screen().contains(&format!(" {title} ")) {
            return;
        }
        match turn.key.as_str() {
            ENTER => session.tap(Key::Enter),
            asked => {
                session.tap(Key::Char(answers.next().unwrap_or_else(|| panic!("no answer\n{}", shown(session)))));
                // A clock may have drawn the screen anew before the key was read.
                session.wait("takes the answer", |session| session.first().is_none_or(|first| first.key != asked));
            }
        }
    }
}
