//! Parses the arguments and calls a command.

use std::{io::Write, process::ExitCode};

use clap::Parser;
use wiretutor::{
    cli::Cli,
    command::{
        self,
        ending::{Failure, Status},
        manual,
    },
    face::out::OutputGone,
};

fn main() -> ExitCode {
    let result = match Cli::try_parse() {
        Ok(cli) => command::dispatch(cli),
        Err(error) if error.use_stderr() => error.exit(),
        Err(help) => manual::help(&help.render()),
    };
    match &result {
        Ok(_) | Err(Failure::Told | Failure::Lacking) => {}
        Err(Failure::Input(report)) => complain(report),
        Err(Failure::Machine(error)) => match OutputGone::behind(error) {
            Some(gone) => complain(&format!("wiretutor: {gone}")),
            None => complain(&format!("error: {error:#}")),
        },
    }
    Status::from(&result).into()
}

/// Where standard error is gone too (`2>&1 | head -1`) the exit status has to say it alone.
fn complain(report: &str) {
    let _ = writeln!(std::io::stderr(), "{report}");
}
