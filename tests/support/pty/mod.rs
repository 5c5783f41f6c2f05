//! An app in a real pseudo-terminal, for tests: keys go in, a screen comes out, and in the end the terminal has to
//! be as it was.
//!
//! ```text
//! let mut session = Session::start((80, 24), &[("NO_COLOR", "1")], &["open", "a.pcap"]);
//! session.wait_for("Lessons");
//! session.press(Key::Down);
//! session.wait_until(|screen| screen.contents().contains("▸ close"));
//! session.keys("q");
//! assert!(session.end().success());
//! ```
//!
//! Nothing sleeps: it waits for output, for the end of the process, and for as long as a very busy machine may need.

#![allow(dead_code, unused_imports, reason = "each test binary has a copy, and uses its part of it")]

mod input;
mod modes;
mod process;
mod session;
mod start;

pub(crate) use self::{
    input::{Button, Key},
    process::{cpu, memory, sleeps, until},
    session::{Session, shown},
    start::{Answers, Start},
};
