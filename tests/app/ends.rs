//! However a lesson ends, the terminal is as it was and nothing is left of the lab.

use std::{collections::BTreeSet, fs};

use rustix::process::Signal;

use super::{
    pty::{Key, Session},
    time::with_a_syn,
    user::{LARGE, start},
};

/// A shell with job control, which leaves the terminal as the app does.
const SHELL: &str = r#"n=1; "$0" "$@"; echo "$n over, $?"; while read word && [ "$word" ]; do $word; s=$?; n=$((n+1)); echo "$n over, $s"; done"#;

/// The processes that this app has made.
struct Left {
    /// The app's, which all of its processes share.
    session: i32,
}

impl Left {
    /// While the app lives, and its lab has networks of its own.
    fn of(session: &Session) -> Self {
        let this = Self { session: session.pid().as_raw_nonzero().get() };
        let networks: BTreeSet<String> = this.processes().iter().flat_map(|process| namespaces(process)).collect();
        assert!(networks.len() > 2, "the lab has hosts of its own: {networks:?}");
        this
    }

    fn processes(&self) -> Vec<String> {
        let all = fs::read_dir("/proc").expect("processes").flatten();
        let names = all.map(|process| process.file_name().to_string_lossy().into_owned());
        names.filter(|process| session_of(process) == Some(self.session)).collect()
    }

    /// Nobody is left, and so nothing keeps a namespace: its number may be another's by now.
    fn assert_gone(&self) {
        assert_eq!(self.processes(), Vec::<String>::new());
    }
}

/// The session of a process.
fn session_of(process: &str) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(3)?.parse().ok()
}

/// The network namespaces of a process's threads.
fn namespaces(process: &str) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let links = tasks.filter_map(|task| fs::read_link(task.path().join("ns/net")).ok());
    links.map(|link| link.to_string_lossy().into_owned()).collect()
}

pub(crate) fn each_signal_ends_a_lesson_and_leaves_nothing() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let session = with_a_syn();
        let left = Left::of(&session);
        session.signal(signal);
        assert_eq!(session.end().code(), Some(128 + signal.as_raw()));
        left.assert_gone();
    }
}

pub(crate) fn leaving_a_lesson_leaves_nothing() {
    for keys in ["q", "\x03"] {
        let mut session = with_a_syn();
        let left = Left::of(&session);
        session.keys(keys);
        assert!(session.end().success());
        left.assert_gone();
    }
}

pub(crate) fn a_lesson_with_a_held_packet_stops_and_goes_on() {
    let program = env!("CARGO_BIN_EXE_wiretutor");
    let shell = start(LARGE, &[]).program("/bin/sh").args(["-m", "-c", SHELL, program, "learn", "handshake"]);
    let mut session = Session::of(&shell);
    session.turn();
    super::story::until_step(&mut session, "SYN: may I talk to you?", &mut "c".chars());
    super::time::syn_again(&mut session);
    session.press(Key::Control('z'));
    session.wait_for("1 over, 148");
    session.assert_as_before();
    session.keys("fg\n");
    session.wait("is as it was", |session| {
        session.view().alternate_screen() && session.screen().contains("1 in our hands")
    });
    session.turn_to("see the packet");
    session.taps("d");
    session.wait_for("dropped");
    session.keys("q");
    session.wait_for("over, 0");
    session.assert_as_before();
    session.keys("\n");
    session.end();
}

pub(crate) fn a_terminal_that_hangs_up_in_a_lesson_leaves_nothing() {
    let mut session = with_a_syn();
    let left = Left::of(&session);
    session.hang_up();
    session.status();
    left.assert_gone();
}
