//! What the command line says when the app can not begin.

use std::thread;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::{
    pty::{Session, shown},
    support::{LessonFile, stderr, wiretutor},
    user::{SMALL, start},
};

pub(crate) fn an_unknown_lesson_is_said_with_what_was_meant() {
    for (name, meant) in [("nosuch", "wiretutor list"), ("handshak", "handshake")] {
        let mut session = Session::of(&start(SMALL, &["learn", name]));
        assert_eq!(session.status().code(), Some(2));
        session.assert_as_before();
        assert!(session.screen().contains(name) && session.screen().contains(meant), "{}", shown(&session));
    }
}

pub(crate) fn without_a_terminal_it_says_what_to_do_instead() {
    let output = wiretutor().args(["learn", "handshake"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(stderr(&output).contains("terminal") && stderr(&output).contains("wiretutor run"), "{}", stderr(&output));
}

pub(crate) fn a_fault_of_ones_own_lesson_is_drawn_on_its_line() {
    let lesson = LessonFile::script("server  lissten tcp 8080");
    let path = lesson.path.to_str().expect("a path");
    let mut session = Session::of(&start(SMALL, &["learn", path]));
    assert_eq!(session.status().code(), Some(2));
    session.assert_as_before();
    for words in ["lissten", "^", "listen", ":10"] {
        assert!(session.screen().contains(words), "{words}\n{}", shown(&session));
    }
}

pub(crate) fn a_pipe_with_a_name_is_opened_once_and_read_to_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("packets");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::from_raw_mode(0o666), 0).expect("a pipe");
    // Root becomes nobody; what it opened before stays open.
    let capture = std::fs::read("tests/captures/retransmit-fast009.pcap").expect("a capture");
    thread::scope(|scope| {
        let writer = scope.spawn(|| std::fs::write(&pipe, &capture));
        let mut session = Session::of(&start(SMALL, &["open", pipe.to_str().expect("a path")]));
        session.wait_for("1 conversation");
        writer.join().expect("it writes").expect("somebody reads all of it");
        session.keys("q");
        assert_eq!(session.status().code(), Some(0));
        session.assert_as_before();
    });
}
