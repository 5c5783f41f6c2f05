//! Without a subcommand: the map of lessons; the one that is chosen is run.

use std::io::IsTerminal;

use super::{
    ending::{Ending, Failure},
    run,
};
use crate::{
    cli::{LookFlags, Run},
    face::tui::{
        map::{Entry, Map},
        session,
    },
    lesson::{
        catalog::{self, Catalog},
        complaint::Complaint,
    },
};

pub fn learn(look: LookFlags) -> Result<Ending, Failure> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return super::list_lessons(false);
    }
    let catalog = Catalog::embedded();
    let entries = catalog.entries().iter().map(on_the_map).collect::<Result<_, _>>()?;
    match session::choose(&mut Map::new(entries))? {
        Some(lesson) => run::run(&Run { lesson, json: false, replay: None, record: None, width: None }, look),
        None => Ok(Ending::Done),
    }
}

fn on_the_map(entry: &catalog::Entry) -> Result<Entry, Complaint> {
    let front = entry.front()?;
    Ok(Entry {
        part: entry.part.clone(),
        name: entry.name.clone(),
        title: front.title,
        summary: front.summary,
        minutes: front.minutes,
        needs: front.needs.into_iter().map(|need| need.name).collect(),
    })
}
