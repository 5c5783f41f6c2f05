//! It stops as a program of a shell does, and goes on.

use std::{ffi::OsString, fs, path::PathBuf, time::Duration};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use super::{
    Start, map, of,
    pty::{Key, Session, until},
};

/// A shell with job control that has no line editor: it leaves the terminal as the app has left it. Each line that
/// it reads is a command.
const SHELL: &str = r#"n=1; "$0" "$@"; echo "$n over, $?"; while read word && [ "$word" ]; do eval "$word"; s=$?; n=$((n+1)); echo "$n over, $s"; done"#;

/// The program in the foreground of a shell.
fn in_shell() -> Session {
    of(&shell(env!("CARGO_BIN_EXE_wiretutor")), super::MAP)
}

fn shell(program: impl Into<OsString>) -> Start {
    super::start((80, 24)).program("/bin/sh").args(["-m", "-c", SHELL]).args([program])
}

/// The app that the shell has started.
fn app(session: &Session) -> Pid {
    let shell = session.pid().as_raw_nonzero();
    let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).expect("a shell has children");
    let pid = children.split_whitespace().next().expect("one").parse().expect("a number");
    Pid::from_raw(pid).expect("the number of a process")
}

/// The shell goes on after the app's n-th time in the foreground, in a terminal that is as it was.
fn is_stopped(session: &mut Session, times: usize) {
    // 128 and the number of `SIGTSTP`.
    session.wait_for(&format!("{times} over, 148"));
    session.assert_as_before();
}

fn goes_on(session: &mut Session) {
    session.keys("fg\n");
    session.wait("is drawn anew", |session| session.view().alternate_screen() && session.screen().contains(super::MAP));
    assert!(session.modes().is_set(1006) && session.modes().is_set(2004) && session.view().hide_cursor());
}

/// It leaves by its own key, and then nothing is left of it.
fn leaves(mut session: Session) {
    session.keys("q");
    session.wait_for("over, 0");
    session.assert_as_before();
    session.keys("\n");
    session.end();
}

pub(crate) fn control_z_stops_and_fg_goes_on() {
    let mut session = in_shell();
    session.press(Key::Down);
    for times in 1..4 {
        session.press(Key::Control('z'));
        is_stopped(&mut session, times);
        goes_on(&mut session);
    }
    leaves(session);
}

/// Otherwise the script would wait for the app, and the shell for the script.
pub(crate) fn control_z_stops_the_script_that_has_started_it_too() {
    // The probe, because the program itself may not signal the script if it has given up being root.
    let start = shell("/bin/sh").args(["-c", r#""$0"; echo done"#]).args([this()]).env(super::probe::ASKED, "1");
    let mut session = of(&start, "probe");
    session.press(Key::Control('z'));
    is_stopped(&mut session, 1);
    session.keys("fg\n");
    session.wait_for("Resumed");
    leaves(session);
}

fn this() -> PathBuf {
    std::env::current_exe().expect("the path of this binary")
}

pub(crate) fn fg_shows_another_size() {
    let mut session = in_shell();
    session.press(Key::Control('z'));
    is_stopped(&mut session, 1);
    session.resize((100, 30));
    goes_on(&mut session);
    let (_, row) = session.find(super::MAP).expect("the keys are named");
    assert_eq!(row, 29, "they stand in the last row");
    leaves(session);
}

pub(crate) fn a_stop_from_outside_is_the_same() {
    let mut session = in_shell();
    kill_process(app(&session), Signal::TSTP).expect("a signal can be sent");
    is_stopped(&mut session, 1);
    goes_on(&mut session);
    leaves(session);
}

/// `SIGSTOP`: the shell sets the terminal as it likes, and we take it again.
pub(crate) fn a_stop_that_can_not_be_handled_is_mended() {
    let mut session = map();
    let raw = session.settings().local_modes;
    session.signal(Signal::STOP);
    let stopped = waitpid(Some(session.pid()), WaitOptions::UNTRACED).expect("a child").expect("a status").1;
    assert!(stopped.stopped());
    session.reset_settings();
    session.forget_said();
    session.signal(Signal::CONT);
    session.wait("is drawn anew", |session| contains(session.said(), "wiretutor"));
    assert_eq!(session.settings().local_modes, raw);
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn what_is_ended_while_stopped_leaves_all_as_it_was() {
    let mut session = in_shell();
    session.press(Key::Control('z'));
    is_stopped(&mut session, 1);
    let app = app(&session);
    kill_process(app, Signal::TERM).expect("a signal can be sent");
    session.keys("fg\n");
    session.wait_for("over, 143");
    session.assert_as_before();
    session.keys("\n");
    session.end();
}

/// Without a shell nobody could continue it.
pub(crate) fn where_no_shell_waits_nothing_stops() {
    let mut session = map();
    session.forget_said();
    session.press(Key::Control('z'));
    session.wait("is drawn anew", |session| contains(session.said(), "wiretutor"));
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn an_app_in_the_background_leaves_the_terminal_alone() {
    let start = shell(this()).env(super::probe::ASKED, "1");
    let mut session = of(&start, "probe");
    session.press(Key::Control('z'));
    is_stopped(&mut session, 1);
    let before = session.screen();
    session.keys("bg\n");
    session.wait_for("over, 0");
    assert!(session.is_quiet_for(Duration::from_millis(100)));
    session.assert_as_before();
    assert!(session.screen().starts_with(before.trim_end()), "{}", session.screen());
    // It waits for its turn, and still does what it is told.
    let app = app(&session);
    is_stopped_now(app);
    kill_process(app, Signal::TERM).expect("a signal can be sent");
    session.keys("bg\n");
    session.wait_for("3 over, 0");
    session.keys(WAIT);
    waited_for(session, app);
}

/// It is the shell's child, so that only the kernel can say it.
fn is_stopped_now(app: Pid) {
    let stat = format!("/proc/{}/stat", app.as_raw_nonzero());
    until(|| fs::read_to_string(&stat).expect("it is there").contains(") T "));
}

/// What a shell is told that is to wait for an app which is about to end.
const WAIT: &str = "wait; echo wai''ted\n";

fn waited_for(mut session: Session, app: Pid) {
    session.wait_for("waited");
    // What a shell has waited for may also have stopped again.
    let left = fs::read_to_string(format!("/proc/{}/status", app.as_raw_nonzero()));
    assert!(left.is_err(), "it has not ended: {left:?}\n{}", super::pty::shown(&session));
    session.assert_as_before();
    session.keys("\n");
    session.end();
}

/// An app that was stopped without being told, and is told to end meanwhile. The shell has the terminal: its settings are
/// not ours to change, and who tries is stopped again.
fn told_to_end_while_stopped() -> (Session, Pid) {
    let mut session = in_shell();
    let app = app(&session);
    kill_process(app, Signal::STOP).expect("a signal can be sent");
    session.wait("has given the shell its turn", |session| contains(session.said(), "1 over, 147"));
    session.reset_settings();
    kill_process(app, Signal::TERM).expect("a signal can be sent");
    (session, app)
}

pub(crate) fn it_ends_in_the_background_too() {
    let (mut session, app) = told_to_end_while_stopped();
    session.keys("bg\n");
    session.wait("has given the shell its turn", |session| contains(session.said(), "2 over, 0"));
    session.keys(WAIT);
    waited_for(session, app);
}

/// The same by a user who types ahead: there is something to be read when the app goes on, and the kernel stops who
/// reads in the background.
pub(crate) fn what_is_typed_for_the_shell_does_not_stop_it() {
    let (mut session, app) = told_to_end_while_stopped();
    session.keys(&format!("bg\n{WAIT}"));
    waited_for(session, app);
}

fn contains(said: &[u8], words: &str) -> bool {
    String::from_utf8_lossy(said).contains(words)
}
