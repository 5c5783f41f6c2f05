//! Without a subcommand: the map of lessons; the one that is chosen is run.

use std::io::IsTerminal;

use super::{
    ending::{Ending, Failure},
    list, run,
};
use crate::{
    cli::{LookFlags, Run},
    face::tui::{
        map::{Entry, Map},
        session,
    },
    lesson::catalog::Catalog,
};

pub fn learn(look: LookFlags) -> Result<Ending, Failure> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return list::list(false);
    }
    let lessons = Catalog::embedded().summaries().map_err(|complaint| Failure::Input(complaint.to_string()))?;
    let entries = lessons
        .into_iter()
        .map(|lesson| Entry {
            part: lesson.part,
            name: lesson.name,
            title: lesson.title,
            summary: lesson.summary,
            minutes: lesson.minutes,
            needs: lesson.needs,
        })
        .collect();
    match session::choose(&mut Map::new(entries))? {
        Some(lesson) => run::run(&Run { lesson, json: false, replay: None, record: None, width: None }, look),
        None => Ok(Ending::Done),
    }
}
