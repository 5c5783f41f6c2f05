//! However it ends, the terminal is as it was.

use std::os::unix::process::ExitStatusExt;

use rustix::process::Signal;

use super::{
    map, of, probe, probing,
    pty::{Session, until},
};

pub(crate) fn q_leaves_also_behind_another_key() {
    let mut session = map();
    assert!(session.modes().is_set(1006) && session.modes().is_set(2004) && session.view().alternate_screen());
    session.keys("jq");
    assert!(session.end().success());
}

pub(crate) fn each_signal_ends_it_in_order() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let session = map();
        session.signal(signal);
        assert_eq!(session.end().signal(), None, "it is not killed by {signal:?}");
    }
}

pub(crate) fn a_second_signal_ends_an_app_that_is_stuck() {
    for (first, second) in [(Signal::TERM, Signal::TERM), (Signal::HUP, Signal::TERM), (Signal::INT, Signal::INT)] {
        let mut session = stuck();
        session.signal(first);
        // The first has been taken in when it is not pending any more, which the second has to wait for: two of
        // a kind at once are one.
        until(|| !pending(&session, first));
        assert!(session.is_quiet_for(std::time::Duration::from_millis(50)), "the app does not end by itself");
        session.signal(second);
        assert_eq!(session.end().signal(), Some(second.as_raw()));
    }
}

pub(crate) fn a_hang_up_that_is_said_twice_is_one() {
    let mut session = stuck();
    session.signal(Signal::HUP);
    assert!(session.is_quiet_for(std::time::Duration::from_millis(50)));
    session.signal(Signal::HUP);
    assert!(session.is_quiet_for(std::time::Duration::from_millis(50)), "the terminal is not given back");
    session.signal(Signal::TERM);
    session.end();
}

fn pending(session: &Session, signal: Signal) -> bool {
    let path = format!("/proc/{}/status", session.pid().as_raw_nonzero());
    let status = std::fs::read_to_string(path).expect("the process is there");
    let mask = status.lines().find_map(|line| line.strip_prefix("ShdPnd:")).expect("a mask");
    u64::from_str_radix(mask.trim(), 16).expect("a number") >> (signal.as_raw() - 1) & 1 == 1
}

/// The probe, which does not look at its messages any more.
fn stuck() -> Session {
    let mut session = probe();
    session.keys("S");
    session.wait_for("stuck");
    session
}

pub(crate) fn it_ends_when_its_terminal_hangs_up() {
    let mut session = map();
    session.hang_up();
    session.status();
}

pub(crate) fn it_ends_when_its_terminal_goes_without_a_signal() {
    let mut session = of(&super::start((80, 24)).without_control(), super::MAP);
    session.hang_up();
    session.status();
}

pub(crate) fn an_app_that_is_stuck_does_not_outlive_its_terminal() {
    let mut session = of(&probing().without_control(), "probe");
    session.keys("S");
    session.wait_for("stuck");
    session.hang_up();
    assert_eq!(session.status().code(), Some(129));
}

/// The end of a panic, and what stands on the screen then, which is no longer the app's.
fn panicked(mut session: Session, words: &str) -> String {
    let status = session.status();
    session.assert_as_before();
    assert_eq!(status.code(), Some(101), "{}", super::pty::shown(&session));
    let screen = session.screen();
    assert!(screen.contains(words), "{screen}");
    screen
}

pub(crate) fn a_panic_of_the_app_gives_the_terminal_back_and_then_speaks() {
    let mut session = probe();
    session.keys("P");
    let screen = panicked(session, "the app falls");
    assert!(!screen.contains("stack backtrace"), "{screen}");
}

pub(crate) fn a_panic_while_drawing_gives_the_terminal_back_and_then_speaks() {
    let mut session = probe();
    session.keys("D");
    panicked(session, "the frame falls");
}

pub(crate) fn a_panic_of_another_thread_ends_the_process() {
    let mut session = probe();
    session.keys("T");
    panicked(session, "another thread falls");
}

pub(crate) fn a_backtrace_is_shown_to_who_asks_for_one() {
    let mut session = of(&probing().env("RUST_BACKTRACE", "1"), "probe");
    session.keys("T");
    session.status();
    session.assert_as_before();
    assert!(String::from_utf8_lossy(session.said()).contains("stack backtrace"));
}
