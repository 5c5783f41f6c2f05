//! `wiretutor doctor`: what works on this machine, what does not, and the command that mends it.
//!
//! One line a finding, and the first word says which kind it is, so that it can be read without colours, by a screen
//! reader and by `grep`. What can be tried is tried, in a child process, so that looking changes nothing.

mod lab;
mod surroundings;

use std::{
    fmt,
    io::{self, Write},
};

use colored::{ColoredString, Colorize};
use serde::{Deserialize, Serialize};

use crate::{kernel::sys, link::Watch};

/// How good a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Word {
    Ok,
    /// Something is missing.
    No,
    /// Good to know; nothing is missing.
    Note,
}

impl Word {
    fn shown(self) -> ColoredString {
        match self {
            Self::Ok => "ok  ".green(),
            Self::No => "no  ".red().bold(),
            Self::Note => "note".yellow(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Finding {
    word: Word,
    what: String,
    /// The one command that mends it.
    mend: Option<String>,
}

impl Finding {
    fn ok(what: impl Into<String>) -> Self {
        Self { word: Word::Ok, what: what.into(), mend: None }
    }

    fn no(what: impl Into<String>) -> Self {
        Self { word: Word::No, what: what.into(), mend: None }
    }

    fn note(what: impl Into<String>) -> Self {
        Self { word: Word::Note, what: what.into(), mend: None }
    }

    fn mended_by(self, command: impl Into<String>) -> Self {
        Self { mend: Some(command.into()), ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}", self.word.shown(), self.what)?;
        match &self.mend {
            Some(command) => write!(f, ". Mend it: {}", command.bold()),
            None => Ok(()),
        }
    }
}

/// What the child that played a lab found.
#[derive(Debug, Serialize, Deserialize)]
struct Report {
    watch: Option<Watch>,
    findings: Vec<Finding>,
}

/// Looks at everything and writes what it found. True: nothing is missing.
///
/// Call it while the process has one thread: it makes copies of it.
pub fn run(out: &mut dyn Write) -> io::Result<bool> {
    let report = in_child(lab::examine);
    let findings: Vec<Finding> = [
        surroundings::kernel(),
        report.findings,
        surroundings::privileges(),
        surroundings::settings(),
        surroundings::terminal(),
    ]
    .concat();
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    writeln!(out, "\n{}", verdict(report.watch))?;
    Ok(findings.iter().all(|finding| finding.word != Word::No))
}

fn in_child(examine: fn() -> Report) -> Report {
    let answer = sys::in_child(|| serde_json::to_vec(&examine()).unwrap_or_default());
    let failed =
        |why: String| Report { watch: None, findings: vec![Finding::no(format!("the lab could not be tried: {why}"))] };
    match answer {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| failed(error.to_string())),
        Err(error) => failed(error.to_string()),
    }
}

const fn verdict(watch: Option<Watch>) -> &'static str {
    match watch {
        Some(Watch::Private) => "Lessons run in private namespaces: every packet is seen, and none leaves them.",
        Some(Watch::HostLoopback) => "Lessons run on this machine's own loopback: every packet of theirs is seen.",
        Some(Watch::Unwatched) => {
            "Lessons run with real sockets, but their packets cannot be seen: those are shown from a recording."
        }
        None => "Lessons cannot run here; recordings can be shown.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_that_begins_with_its_word() {
        colored::control::set_override(false);
        let finding = Finding::no("no user namespaces").mended_by("sudo sysctl -w user.max_user_namespaces=15000");
        assert_eq!(
            finding.to_string(),
            "no    no user namespaces. Mend it: sudo sysctl -w user.max_user_namespaces=15000"
        );
        assert_eq!(Finding::note("in a container").to_string(), "note  in a container");
    }

    #[test]
    fn in_a_process_with_threads_it_says_so_and_goes_on() {
        let mut out = Vec::new();
        let fine = run(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!fine && text.contains("several threads"), "{text}");
        assert!(text.contains("Lessons cannot run here"), "{text}");
    }
}
