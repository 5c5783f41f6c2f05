//! The recordings in the program belong to the lessons in the program.
//!
//! A recording is a timeline that was kept, for machines on which nobody may watch packets. It is made again with
//!
//! ```text
//! UPDATE=1 cargo test --test recordings
//! ```
//!
//! on a machine with private namespaces, after any change of a lesson.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

use std::{
    path::Path,
    process::{Command, Stdio},
};

use wiretutor::{
    face::json,
    lesson::catalog::{Catalog, Entry},
    timeline::event::{Outcome, What},
};

fn make(entry: &Entry) {
    let output = Command::new(env!("CARGO_BIN_EXE_wiretutor"))
        .args(["run", &entry.name, "--json"])
        .stderr(Stdio::inherit())
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{} does not hold here, so it can not be recorded", entry.name);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(entry.path()).with_extension("recording.ndjson");
    std::fs::write(path, output.stdout).expect("the recording can be written");
}

#[test]
fn every_lesson_has_a_recording_of_itself_in_which_every_claim_holds() {
    for entry in Catalog::embedded().entries() {
        if std::env::var_os("UPDATE").is_some() {
            make(entry);
            continue;
        }
        let again = "make it again: UPDATE=1 cargo test --test recordings";
        let text = entry.recording().unwrap_or_else(|| panic!("{} has no recording; {again}", entry.path()));
        let recording = json::read(text.as_bytes()).unwrap_or_else(|error| panic!("{}: {error}", entry.path()));
        let lesson = entry.lesson().expect("the lesson is sound");
        assert!(recording.header.lesson.is_of(&lesson), "{} has changed since; {again}", entry.path());
        let claims = recording.events.iter().filter_map(|event| match &event.what {
            What::Claim { outcome, text, .. } => Some((outcome, text)),
            _ => None,
        });
        let claims: Vec<_> = claims.collect();
        assert!(!claims.is_empty(), "{} claims nothing", entry.path());
        for (outcome, text) in claims {
            assert!(matches!(outcome, Outcome::Held { .. }), "{}: {text}: {outcome:?}", entry.path());
        }
        let ended = recording.events.last().map(|event| &event.what);
        assert!(matches!(ended, Some(What::LessonEnd { failed: 0, .. })), "{} breaks off", entry.path());
    }
}
