//! Labs as a whole: what they say of their hosts, how they end, and what is said where one can not begin.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

mod support;

use std::{
    process::Command,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use support::{LessonFile, conclude, ensure, lab_test, stderr, stdout, why_no_lab, wiretutor};

/// `close` waits here for a minute and a half, for a peer that never reads. The end of the lab ends that, too.
fn a_lingering_close_does_not_hold_up_the_end() -> Result<(), Failed> {
    let lesson = LessonFile::script(
        "server listen tcp 8080\nserver setsockopt SO_RCVBUF 2000\nclient connect server:8080\nserver accept as peer\n\
         client setsockopt SO_LINGER 90\nclient send 200000 bytes\nclient close\nclient waits close",
    );
    let began = Instant::now();
    let output = wiretutor().arg("check").arg(&lesson.path).output().expect("it starts");
    ensure(output.status.success(), || stdout(&output) + &stderr(&output))?;
    let took = began.elapsed();
    ensure(took < Duration::from_secs(60), || format!("the lab took {took:?} to end"))
}

/// Of two sockets of a host the newest has the host's port, and that is said once.
fn a_live_end_is_said_once() -> Result<(), Failed> {
    let lesson = LessonFile::new(
        "+++\ntitle = \"A test\"\nsummary = \"A test.\"\nminutes = 1\n+++\n\n## One step\n\nPort {{client.port}}.\n\n\
         ```lab\nserver listen tcp 8080\nclient connect server:8080\nclient connect tcp server:8080\n\
         kernel client ESTABLISHED\nkernel client ESTABLISHED\n```\n",
    );
    let output = wiretutor().args(["run", "--json"]).arg(&lesson.path).output().expect("it starts");
    let said = stdout(&output).lines().filter(|line| line.contains(r#""event":"bound""#)).count();
    ensure(said == 2, || format!("said {said} times for two connections:\n{}", stdout(&output)))
}

/// A machine that lacks what a lab needs has refuted nothing.
fn a_lab_that_can_not_begin_is_no_refutation() -> Result<(), Failed> {
    let program = wiretutor();
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n 6; exec \"$0\" check handshake"]).arg(program.get_program());
    let output = shell.output().expect("it starts");
    let text = stdout(&output) + &stderr(&output);
    ensure(output.status.code() == Some(3), || format!("{:?}:\n{text}", output.status))?;
    ensure(text.contains("the lab could not be set up"), || text)
}

fn main() {
    let reason = why_no_lab();
    conclude(vec![
        lab_test("a lingering close does not hold up the end", &reason, a_lingering_close_does_not_hold_up_the_end),
        lab_test("a live end is said once", &reason, a_live_end_is_said_once),
        lab_test("a lab that can not begin is no refutation", &reason, a_lab_that_can_not_begin_is_no_refutation),
    ]);
}
