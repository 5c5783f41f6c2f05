//! Parses the arguments and calls a command.

use std::process::ExitCode;

use clap::Parser;
use wiretutor::{
    cli::Cli,
    command::{
        self,
        ending::{Failure, Status},
    },
    face::out::OutputGone,
};

fn main() -> ExitCode {
    let result = command::dispatch(Cli::parse());
    match &result {
        Ok(_) | Err(Failure::Told | Failure::Lacking) => {}
        Err(Failure::Input(report)) => eprintln!("{report}"),
        Err(Failure::Machine(error)) => match OutputGone::behind(error) {
            Some(gone) => eprintln!("wiretutor: {gone}"),
            None => eprintln!("error: {error:#}"),
        },
    }
    Status::from(&result).into()
}
