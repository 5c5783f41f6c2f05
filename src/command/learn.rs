//! Without a subcommand: the map of lessons; the one that is chosen is told at the learner's pace, and then the map
//! is shown again.

use std::io::IsTerminal;

use super::{
    ending::{Ending, Failure},
    pace::{self, Answer},
    run,
};
use crate::{
    cli::{LookFlags, Run},
    face::{
        text::terminal,
        tui::{map::Map, session},
    },
    lesson::catalog::Catalog,
};

pub fn learn(look: LookFlags) -> Result<Ending, Failure> {
    if !can_show_the_map() {
        return super::list_lessons(false);
    }
    let sandbox = run::enter_sandbox()?;
    let ascii = terminal::look(None, look.color, look.ascii).palette.is_ascii();
    let mut map = Map::new(Catalog::embedded().summaries()?, ascii);
    while let Some(lesson) = session::choose(&mut map)? {
        let arguments = Run { lesson, step: true, json: false, replay: None, record: None, pcapng: None, width: None };
        run::run_in(&sandbox, &arguments, look)?;
        if pace::ask("Enter: back to the lessons   q and Enter: leave")? == Answer::Leave {
            break;
        }
    }
    Ok(Ending::Done)
}

/// A screen that can be drawn on, and somebody who presses keys.
fn can_show_the_map() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stdout().is_terminal() && std::io::stdin().is_terminal() && !dumb
}
