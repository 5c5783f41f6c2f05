//! How a command ends: its exit status, and the errors that have one of their own.

use std::process::ExitCode;

use crate::{
    face::tui::terminal::EndReason,
    lesson::complaint::{Complaint, Complaints},
    link::sandbox::Refusal,
};

/// A command that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Done,
    /// An expectation failed.
    Refuted,
    /// Somebody else ended it: a signal, or the terminal that went away.
    Stopped(EndReason),
}

/// A command that could not do its work.
#[derive(Debug)]
pub enum Failure {
    /// What it was given is wrong: an unknown lesson, a file that can not be read, a fault in a lesson. The text is
    /// complete (several drawn complaints, perhaps) and is printed as it is.
    Input(String),
    /// The same, and all has been said about it already.
    Told,
    /// The machine lacks what is needed: namespaces, room on a disk, somebody who reads the output.
    Machine(anyhow::Error),
    /// The same, and all has been said about it already.
    Lacking,
}

/// The statuses of `--help`, in one place.
impl From<&Result<Ending, Failure>> for Status {
    fn from(result: &Result<Ending, Failure>) -> Self {
        match result {
            Ok(Ending::Done) => Self(0),
            Ok(Ending::Refuted) => Self(1),
            // As a shell says it of a program that did not see to it.
            Ok(Ending::Stopped(reason)) => Self(128 + u8::try_from(reason.signal()).unwrap_or(0)),
            Err(Failure::Input(_) | Failure::Told) => Self(2),
            Err(Failure::Machine(_) | Failure::Lacking) => Self(3),
        }
    }
}

/// An exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u8);

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status.0)
    }
}

impl From<Complaint> for Failure {
    fn from(complaint: Complaint) -> Self {
        Self::Input(complaint.to_string())
    }
}

impl From<Complaints> for Failure {
    fn from(complaints: Complaints) -> Self {
        Self::Input(complaints.to_string())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Machine(anyhow::anyhow!("{refusal}"))
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Machine(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Machine(error.into())
    }
}
