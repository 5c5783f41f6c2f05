//! Without a subcommand: the map of lessons; the one that is chosen is run.

use std::io::IsTerminal;

use super::{
    ending::{Ending, Failure},
    run,
};
use crate::{
    cli::{LookFlags, Run},
    face::tui::{map::Map, session},
    lesson::catalog::Catalog,
};

pub fn learn(look: LookFlags) -> Result<Ending, Failure> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return super::list_lessons(false);
    }
    let sandbox = run::enter_sandbox()?;
    let entries = Catalog::embedded().summaries()?;
    match session::choose(&mut Map::new(entries))? {
        Some(lesson) => {
            run::run_in(&sandbox, &Run { lesson, json: false, replay: None, record: None, width: None }, look)
        }
        None => Ok(Ending::Done),
    }
}
