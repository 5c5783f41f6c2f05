//! The notes in a second terminal, beside an app that presents: each in a real terminal, and nothing between them but
//! the files of one user.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

#[path = "support/pty/mod.rs"]
mod pty;

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
};

use pty::{Key, Session, Start};
use rustix::process::Signal;
use tempfile::TempDir;

const WAITS: &str = "Nothing is presented now";
/// What the author of the lesson `handshake` says about its fifth step, to teachers only.
const OF_THE_AUTHOR: &str = "Let them vote on each end";

/// What both programs see of one user.
struct User(TempDir);

impl User {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // Root becomes nobody, who has to be able to write there.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).expect("permissions");
        Self(folder)
    }

    fn start(&self, size: (u16, u16), args: &[&str]) -> Session {
        let folder = self.0.path().to_str().expect("a path in ASCII");
        Session::of(&Start::new(size).args(args.iter().copied()).env("XDG_RUNTIME_DIR", folder))
    }

    fn notes(&self) -> Session {
        self.start((100, 50), &["notes"])
    }

    /// The app, in the fifth step of a lesson that it presents.
    fn presents(&self) -> Session {
        let mut app = self.start((120, 40), &["learn", "handshake", "--present"]);
        app.keys("g");
        app.wait_for("Steps");
        (0..4).for_each(|_| app.press(Key::Down));
        app.press(Key::Enter);
        app.wait_for("step 5 of");
        app
    }

    fn left(&self) -> usize {
        fs::read_dir(self.0.path().join("wiretutor")).expect("the folder of the notes").count()
    }
}

#[test]
fn notes_that_were_there_first_wait_follow_and_wait_again() {
    let user = User::new();
    let mut notes = user.notes();
    notes.wait_for(WAITS);
    let mut app = user.presents();
    notes.wait_for("step 5 of");
    notes.wait_for(OF_THE_AUTHOR);
    notes.wait_for("b Client ESTABLISHED, server SYN-RECV");
    assert!(!app.screen().contains(OF_THE_AUTHOR), "{}", app.screen());
    app.keys("q");
    assert!(app.end().success());
    notes.wait_for(WAITS);
    assert_eq!(user.left(), 0, "the app leaves nothing behind");
    notes.keys("q");
    assert!(notes.end().success());
}

#[test]
fn an_app_that_was_killed_is_not_followed_any_more() {
    let user = User::new();
    let mut app = user.presents();
    let mut notes = user.notes();
    notes.wait_for(OF_THE_AUTHOR);
    app.signal(Signal::KILL);
    app.status();
    notes.wait_for(WAITS);
    notes.keys("q");
    assert!(notes.end().success());
}

#[test]
fn what_is_not_for_a_class_is_not_followed_until_p_is_pressed() {
    let user = User::new();
    let mut notes = user.notes();
    notes.wait_for(WAITS);
    let mut app = user.start((120, 40), &["learn", "handshake"]);
    // Who is here for the first time is shown round.
    app.wait_for("Welcome");
    app.press(Key::Escape);
    // Escape and another key at once are one key with Alt.
    app.wait_until(|screen| !screen.contents().contains("Welcome"));
    assert!(notes.screen().contains(WAITS), "{}", notes.screen());
    app.keys("p");
    notes.wait_for("Someone has to listen");
    app.keys("p");
    notes.wait_for(WAITS);
    for mut session in [app, notes] {
        session.keys("q");
        assert!(session.end().success());
    }
}

#[test]
fn where_nobody_presents_nothing_is_done() {
    let mut notes = User::new().notes();
    notes.wait_for(WAITS);
    notes.settle();
    let before = pty::cpu(notes.pid());
    assert!(notes.is_quiet_for(std::time::Duration::from_secs(1)));
    assert_eq!(pty::cpu(notes.pid()), before, "it sleeps");
    notes.keys("q");
    assert!(notes.end().success());
}
