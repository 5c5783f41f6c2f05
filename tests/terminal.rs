//! The app in a terminal: it gives back what it took, and does not outlive its terminal.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

use std::{
    fs::File,
    io::{Read, Write},
    os::fd::OwnedFd,
    process::{Child, Command, ExitStatus},
    sync::mpsc,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags, open},
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Termios, Winsize, tcgetattr, tcsetwinsize},
};

/// How long the program may take for anything. It needs milliseconds; a busy machine needs more.
const PATIENCE: Timespec = Timespec { tv_sec: 20, tv_nsec: 0 };
/// What is said last of a screen that is complete.
const HIDE_CURSOR: &str = "\x1b[?25l";
const LEAVE_SCREEN: &str = "\x1b[?1049l";

/// A terminal with the app in it, which shows its map.
struct Session {
    screen: File,
    line: OwnedFd,
    before: Termios,
    child: Child,
}

impl Session {
    fn start() -> Self {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
        grantpt(&screen).expect("a terminal of ours");
        unlockpt(&screen).expect("a terminal that can be opened");
        let name = ptsname(&screen, Vec::new()).expect("its name");
        let line = open(&name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).expect("its other end");
        tcsetwinsize(&line, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).expect("a size");
        let before = tcgetattr(&line).expect("its settings");
        let end = || line.try_clone().expect("a descriptor");
        let mut command = Command::new(env!("CARGO_BIN_EXE_wiretutor"));
        command.env("TERM", "xterm-256color").stdin(end()).stdout(end()).stderr(end());
        let child = command.spawn().expect("the program starts");
        let mut session = Self { screen: screen.into(), line, before, child };
        session.read_until(HIDE_CURSOR);
        session
    }

    fn read_until(&mut self, words: &str) {
        let (mut seen, mut piece) = (String::new(), [0; 4096]);
        while !seen.contains(words) {
            let mut screen = [PollFd::new(&self.screen, PollFlags::IN)];
            let shown = poll(&mut screen, Some(&PATIENCE)).expect("the screen can be watched");
            assert!(shown > 0, "the screen does not show {words:?}: {seen:?}");
            let length = self.screen.read(&mut piece).expect("the screen can be read");
            seen += &String::from_utf8_lossy(&piece[..length]);
        }
    }

    /// Waits for the end of the program, and looks whether the terminal is as it was.
    fn end(mut self) -> ExitStatus {
        self.read_until(LEAVE_SCREEN);
        let status = wait(self.child);
        let after = tcgetattr(&self.line).expect("its settings");
        let modes = |termios: &Termios| (termios.input_modes, termios.output_modes, termios.local_modes);
        assert_eq!(modes(&after), modes(&self.before), "the terminal is not as it was");
        status
    }
}

fn wait(mut child: Child) -> ExitStatus {
    let pid = Pid::from_child(&child);
    let (tell, ended) = mpsc::channel();
    std::thread::spawn(move || tell.send(child.wait()));
    let Ok(status) = ended.recv_timeout(Duration::from_secs(PATIENCE.tv_sec.unsigned_abs())) else {
        let _ = kill_process(pid, Signal::KILL);
        panic!("the program does not end");
    };
    status.expect("a status")
}

#[test]
fn q_leaves_also_behind_another_key() {
    let mut session = Session::start();
    session.screen.write_all(b"jq").expect("keys can be pressed");
    assert!(session.end().success());
}

#[test]
fn a_signal_to_end_gives_the_terminal_back() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let session = Session::start();
        kill_process(Pid::from_child(&session.child), signal).expect("a signal can be sent");
        session.end();
    }
}

#[test]
fn it_ends_when_its_terminal_hangs_up() {
    let session = Session::start();
    drop(session.screen);
    wait(session.child);
}
