//! Every claim of every lesson holds on this kernel: one test a lesson.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

mod support;

use libtest_mimic::Failed;
use support::{conclude, ensure, lab_test, stderr, stdout, why_no_lab, wiretutor};
use wiretutor::lesson::catalog::Catalog;

/// A claim that depends on luck shows itself when it is checked more than once.
const TIMES: &str = "5";

fn check(name: &str) -> Result<(), Failed> {
    let output = wiretutor().args(["check", name, "--repeat", TIMES]).output().expect("the program starts");
    ensure(output.status.success(), || stdout(&output) + &stderr(&output))
}

fn main() {
    let reason = why_no_lab();
    let catalog = Catalog::embedded();
    let names = catalog.entries().iter().map(|entry| entry.name.clone());
    conclude(
        names.map(|name| lab_test(format!("every claim of {name} holds"), &reason, move || check(&name))).collect(),
    )
}
