//! Without a subcommand: the map of lessons; the one that is chosen is told at the learner's pace, and then the map
//! is shown again.

use std::{
    io::{self, IsTerminal},
    sync::mpsc,
};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    ending::{Ending, Failure},
    pace::{self, Answer},
    run,
};
use crate::{
    cli::{LookFlags, Run},
    face::{
        text::terminal,
        tui::{
            map::{Map, Wish},
            terminal::{Input, Terminal},
        },
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
    while let Some(lesson) = choose(&mut map)? {
        let arguments = Run { lesson, step: true, json: false, replay: None, record: None, pcapng: None, width: None };
        run::run_in(&sandbox, &arguments, look)?;
        if pace::ask("Enter: back to the lessons   q and Enter: leave")? == Answer::Leave {
            break;
        }
    }
    Ok(Ending::Done)
}

/// Shows the map until a lesson is chosen; `None` if the user leaves without one.
fn choose(map: &mut Map) -> io::Result<Option<String>> {
    let mut terminal = Terminal::take()?;
    let (tell, told) = mpsc::channel();
    terminal.listen(tell, |input| input)?;
    let chosen = talk(&mut terminal, &told, map)?;
    terminal.give_back()?;
    Ok(chosen)
}

fn talk(terminal: &mut Terminal, told: &mpsc::Receiver<Input>, map: &mut Map) -> io::Result<Option<String>> {
    loop {
        terminal.draw(|frame| map.draw(frame))?;
        match told.recv() {
            Ok(Input::Key(key)) if key == KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL) => {
                terminal.suspend()?;
            }
            Ok(Input::Key(key)) => match map.key(key) {
                Wish::Stay => {}
                Wish::Leave => return Ok(None),
                Wish::Run(lesson) => return Ok(Some(lesson)),
            },
            Ok(Input::End(_)) | Err(_) => return Ok(None),
            Ok(_) => {}
        }
    }
}

/// A screen that can be drawn on, and somebody who presses keys.
fn can_show_the_map() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stdout().is_terminal() && io::stdin().is_terminal() && !dumb
}
