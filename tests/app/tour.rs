//! The first time, and every other.

use super::{
    pty::{Key, Session, Start},
    user::{SMALL, begin},
};

fn leave(mut session: Session) {
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn the_first_time_begins_with_the_tour_and_the_second_does_not() {
    let mut session = Session::of(&Start::new(SMALL));
    for screen in 1..=4 {
        session.wait_for(&format!("({screen} of 4)"));
        session.press(Key::Enter);
    }
    session.wait("shows the map", |session| session.is_on_the_map() && !session.screen().contains("of 4)"));
    let home = session.shared_home();
    leave(session);
    let again = begin(&Start::new(SMALL).at_home(home));
    assert!(!again.screen().contains("Welcome"), "{}", again.screen());
    leave(again);
}

pub(crate) fn escape_skips_the_tour() {
    let mut session = Session::of(&Start::new(SMALL));
    session.wait_for("1 of 4");
    session.tap(Key::Escape);
    session.wait("shows the map", |session| session.is_on_the_map() && !session.screen().contains("of 4)"));
    let home = session.shared_home();
    leave(session);
    let again = begin(&Start::new(SMALL).at_home(home));
    assert!(!again.screen().contains("of 4)"), "{}", again.screen());
    leave(again);
}

pub(crate) fn a_class_is_not_kept_waiting_with_the_tour() {
    let mut session = Session::of(&Start::new(SMALL).args(["learn", "udp", "--present"]));
    session.wait("shows the lesson", |session| session.screen().contains("1 of"));
    assert!(!session.screen().contains("Welcome"), "{}", session.screen());
    leave(session);
}
