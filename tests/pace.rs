//! A lesson at a learner's pace, on the real kernel: the script waits for its cues, and the learner has the wire in
//! hand meanwhile.

#[path = "pace/again.rs"]
mod again;
#[path = "pace/challenges.rs"]
mod challenges;
#[path = "pace/desk.rs"]
mod desk;
#[path = "pace/hands.rs"]
mod hands;
#[path = "pace/slow.rs"]
mod slow;
#[path = "pace/waiting.rs"]
mod waiting;

use libtest_mimic::{Arguments, Failed, Trial};
use wiretutor::link::{Watch, sandbox};

type Test = (&'static str, fn() -> Result<(), Failed>);

fn main() {
    let mut arguments = Arguments::from_args();
    // One after the other: what a lab uses of the machine is measured.
    arguments.test_threads = Some(1);
    // Before any thread is started: the sandbox asks for a process with one thread.
    let reason = match sandbox::enter().map(|sandbox| sandbox.watch) {
        Ok(Watch::Private) => None,
        Ok(_) => Some("this machine allows no private namespaces".to_owned()),
        Err(refusal) => Some(refusal.to_string()),
    };
    let tests = [waiting::TESTS, challenges::TESTS, hands::TESTS, again::TESTS, slow::TESTS].concat();
    let long = slow::LONG_TESTS.iter().map(|test| (*test, true));
    let trials = tests.into_iter().map(|test| (test, false)).chain(long).map(|((name, test), is_long)| match &reason {
        None => Trial::test(name, test).with_ignored_flag(is_long),
        Some(reason) => Trial::test(format!("{name} (ignored: {reason})"), test).with_ignored_flag(true),
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}
