//! One file a subcommand. Each is thin: it joins a source of events to a face.

pub mod check;
pub mod doctor;
pub mod ending;
pub mod learn;
pub mod lint;
pub mod list;
pub mod manual;
pub mod run;
mod looks;
mod source;

use ending::{Ending, Failure};

use crate::cli::{Cli, Command};

/// Does what the command line says.
pub fn dispatch(cli: Cli) -> Result<Ending, Failure> {
    let look = cli.look;
    match cli.command {
        None => learn::learn(look),
        Some(Command::Run(run)) => run::run(&run, look),
        Some(Command::Check(check)) => check::check(&check, look),
        Some(Command::List(list)) => list::list(list.json),
        Some(Command::Lint(lint)) => lint::lint(&lint.paths),
        Some(Command::Doctor) => doctor::doctor(look),
        Some(Command::Completions { shell }) => manual::completions(shell),
        Some(Command::Man) => manual::man(),
    }
}
//! One file a subcommand: each joins a source of events to a face.

