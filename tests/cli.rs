//! The program as a user meets it: bad input, outputs that go away, recordings, and labs that are cut short.
//!
//! Everything here starts the built program and looks at what comes out: its words, its exit status, and what it
//! leaves behind.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod support;

#[path = "cli/checking.rs"]
mod checking;
#[path = "cli/gone.rs"]
mod gone;
#[path = "cli/input.rs"]
mod input;
#[path = "cli/kept.rs"]
mod kept;
#[path = "cli/killed.rs"]
mod killed;
#[path = "cli/labs.rs"]
mod labs;
#[path = "cli/looks.rs"]
mod looks;
#[path = "cli/options.rs"]
mod options;
#[path = "cli/recordings.rs"]
mod recordings;

use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};
use support::{conclude, ensure, lab_test, stderr, stdout, why_no_lab, wiretutor};

type Outcome = Result<(), Failed>;

/// A test, and whether it needs a lab.
struct Test {
    name: &'static str,
    needs_lab: bool,
    test: fn() -> Outcome,
}

impl Test {
    const fn anywhere(name: &'static str, test: fn() -> Outcome) -> Self {
        Self { name, needs_lab: false, test }
    }

    const fn lab(name: &'static str, test: fn() -> Outcome) -> Self {
        Self { name, needs_lab: true, test }
    }
}

/// What a run of the program came to.
#[derive(Debug)]
struct Done {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Done {
    fn of(command: &mut Command) -> Self {
        let output = command.output().expect("the program starts");
        Self { status: output.status.code(), out: stdout(&output), err: stderr(&output) }
    }

    fn exits(&self, status: i32) -> Result<&Self, Failed> {
        ensure(self.status == Some(status), || format!("not status {status}: {self:#?}"))?;
        self.does_not_panic()
    }

    fn says(&self, words: &str) -> Result<&Self, Failed> {
        ensure(self.out.contains(words), || format!("standard output does not say {words:?}: {self:#?}"))?;
        Ok(self)
    }

    fn complains(&self, words: &str) -> Result<&Self, Failed> {
        ensure(self.err.contains(words), || format!("standard error does not say {words:?}: {self:#?}"))?;
        Ok(self)
    }

    fn does_not_panic(&self) -> Result<&Self, Failed> {
        ensure(!self.err.contains("panicked"), || format!("it panicked: {self:#?}"))?;
        Ok(self)
    }

    /// Standard error without the notes about this machine.
    fn complaints(&self) -> Vec<&str> {
        self.err.lines().filter(|line| !line.starts_with("note: ")).collect()
    }
}

fn run<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Done {
    Done::of(wiretutor().args(arguments))
}

/// Lets the shell prepare what the standard library can not. The script's `$0` and `$@` are the program's call.
fn in_shell(script: &str, arguments: &[&str]) -> Done {
    let program = wiretutor();
    let mut shell = Command::new("sh");
    shell.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.args(["-c", script]).arg(program.get_program()).args(arguments).stdin(Stdio::null());
    Done::of(&mut shell)
}

fn main() {
    let reason = why_no_lab();
    let rooms = [
        ("input", input::TESTS),
        ("gone", gone::TESTS),
        ("kept", kept::TESTS),
        ("recordings", recordings::TESTS),
        ("killed", killed::TESTS),
        ("labs", labs::TESTS),
        ("options", options::TESTS),
        ("looks", looks::TESTS),
        ("checking", checking::TESTS),
    ];
    let trial = |room: &str, test: &'static Test| match test.needs_lab {
        true => lab_test(format!("{room}::{}", test.name), &reason, test.test),
        false => Trial::test(format!("{room}::{}", test.name), test.test),
    };
    conclude(rooms.iter().flat_map(|(room, tests)| tests.iter().map(|test| trial(room, test))).collect())
}
