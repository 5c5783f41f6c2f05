//! Where private namespaces are refused, a lesson is shown from its recording, and says so.

use std::{os::unix::process::CommandExt, process::Command};

use super::{
    pty::{Key, Session},
    stage,
    user::{ENTER, LARGE, start},
};

/// The variable that makes this binary a machine that refuses, with the program on it.
pub(crate) const ASKED: &str = "WIRETUTOR_REFUSES";
const PROGRAM: &str = env!("CARGO_BIN_EXE_wiretutor");
const NO_STAGE: i32 = 77;

/// This process becomes the program, of a user to whom the machine refuses namespaces.
pub(crate) fn play() -> ! {
    let home = std::env::var_os("HOME").expect("a home");
    let copy = std::path::Path::new(&home).join("wiretutor");
    std::fs::copy(PROGRAM, &copy).expect("the program can be read by everybody");
    if stage::machine_of_our_own().is_err() {
        std::process::exit(NO_STAGE);
    }
    stage::limit("user", 0);
    stage::become_ordinary();
    let error = Command::new(copy).args(std::env::args_os().skip(1)).exec();
    panic!("the program does not start: {error}");
}

fn app(arguments: &[&str]) -> Session {
    let this = std::env::current_exe().expect("the path of this binary");
    Session::of(&start(LARGE, arguments).program(this).env(ASKED, "1"))
}

pub(crate) fn a_lesson_is_shown_from_its_recording() {
    let mut session = app(&["learn", "handshake"]);
    session.wait_for("RECORDED");
    session.turn();
    session.press(Key::Char('h'));
    session.wait("says why nothing can be held", |session| session.screen().contains("nothing is on the wire"));
    session.go_on_until(|session| session.screen().contains("step 2 of"));
    assert!(session.screen().contains("RECORDED") && session.screen().contains("listen("));
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn the_map_says_what_is_recorded_and_that_free_play_is_not_to_be_had() {
    let mut session = app(&[]);
    session.on_the_map();
    session.wait_for("recorded");
    session.wait_for("Shown from a recording");
    session.press(Key::End);
    session.press(Key::Up);
    session.wait_for("Not on this machine: private namespaces");
    session.tap(Key::Enter);
    session.wait_for("Free play needs a wire");
    session.tap(Key::Enter);
    session.wait("closes the page", |session| session.does_offer(ENTER, "begin"));
    session.keys("q");
    assert!(session.end().success());
}
