//! One file a subcommand. Each is thin: it joins a source of events to a face.

pub mod app;
pub mod check;
pub mod doctor;
pub mod ending;
pub mod home;
mod keep;
pub mod lab;
pub mod lint;
pub mod list;
pub mod manual;
pub mod notes;
pub mod open;
mod pace;
pub mod podium;
pub mod run;
mod source;
mod unwatched;

use ending::{Ending, Failure};

use std::{io::Write, path::PathBuf};

use crate::{
    cli::{Cli, Command},
    face::{out, text::terminal},
    lesson::catalog::Catalog,
};

/// Does what the command line says.
pub fn dispatch(cli: Cli) -> Result<Ending, Failure> {
    let look = cli.look;
    match cli.command {
        None => app::start(&app::Opening::Map, look),
        Some(Command::Learn(learn)) => app::start(&app::Opening::of(&learn), look),
        Some(Command::Notes) => notes::notes(look),
        Some(Command::Run(run)) => run::run(&run, look),
        Some(Command::Check(check)) => check::check(&check, look),
        Some(Command::List(list)) => list_lessons(list.json),
        Some(Command::Open(open)) => open::open(&open, look),
        Some(Command::Lint(lint)) => lint_files(&lint.paths),
        Some(Command::Doctor) => examine_machine(),
        Some(Command::Completions { shell }) => manual::completions(shell),
        Some(Command::Man) => manual::man(),
    }
}

fn list_lessons(json: bool) -> Result<Ending, Failure> {
    let mut stdout = out::stdout()?;
    list::run(&Catalog::embedded(), json, terminal::width(None, &terminal::environment), &mut stdout)?;
    stdout.flush()?;
    Ok(Ending::Done)
}

/// Status 2 for a faulty lesson: it is wrong input, whoever wrote it.
fn lint_files(paths: &[PathBuf]) -> Result<Ending, Failure> {
    let mut stdout = out::stdout()?;
    let sound = lint::run(paths, &mut stdout, &mut std::io::stderr().lock());
    stdout.flush()?;
    match sound {
        Ok(true) => Ok(Ending::Done),
        Ok(false) => Err(Failure::Told),
        Err(error) if out::OutputGone::behind(&error).is_some() => Err(Failure::Machine(error)),
        Err(error) => Err(Failure::Input(format!("error: {error:#}"))),
    }
}

fn examine_machine() -> Result<Ending, Failure> {
    let mut stdout = out::stdout()?;
    let fine = doctor::run(&mut stdout)?;
    stdout.flush()?;
    if fine { Ok(Ending::Done) } else { Err(Failure::Lacking) }
}
