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

/// The processes and the network namespaces that this app has made.
struct Left {
    processes: Vec<String>,
    namespaces: BTreeSet<String>,
}

impl Left {
    /// While the app lives.
    fn of(session: &Session) -> Self {
        let pid = session.pid().as_raw_nonzero().to_string();
        let mut processes = vec![pid.clone()];
        let mut at = 0;
        while at < processes.len() {
            let tasks = fs::read_dir(format!("/proc/{}/task", processes[at])).into_iter().flatten().flatten();
            for task in tasks {
                let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
                processes.extend(children.split_whitespace().map(ToOwned::to_owned));
            }
            at += 1;
        }
        let namespaces = processes.iter().flat_map(|process| namespaces(process)).collect();
        let ours = namespaces_of_ours();
        Self { processes, namespaces: BTreeSet::difference(&namespaces, &ours).cloned().collect() }
    }

    /// Nobody is left, and nobody is in those namespaces.
    fn assert_gone(&self) {
        assert!(!self.namespaces.is_empty(), "the lab had hosts of its own");
        for process in &self.processes {
            assert!(!std::path::Path::new("/proc").join(process).exists(), "{process} is left");
        }
        let all = fs::read_dir("/proc").expect("processes").flatten();
        let used: BTreeSet<String> =
            all.flat_map(|process| namespaces(&process.file_name().to_string_lossy())).collect();
        let left: Vec<_> = self.namespaces.intersection(&used).collect();
        assert_eq!(left, Vec::<&String>::new());
    }
}

/// The network namespaces of a process's threads.
fn namespaces(process: &str) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let links = tasks.filter_map(|task| fs::read_link(task.path().join("ns/net")).ok());
    links.map(|link| link.to_string_lossy().into_owned()).collect()
}

fn namespaces_of_ours() -> BTreeSet<String> {
    namespaces("self").into_iter().collect()
}

pub(crate) fn each_signal_ends_a_lesson_and_leaves_nothing() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let session = with_a_syn();
        let left = Left::of(&session);
        session.signal(signal);
        session.end();
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
    session.turn_to("look");
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
