//! A small app on the ground that is tested: it shows what it gets, and does what no good app does.

use std::{
    io,
    sync::mpsc::{self, Receiver, Sender},
    thread,
};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{
    style::{Color, Style},
    text::{Line, Text},
};
use wiretutor::face::tui::terminal::{Input, Terminal};

/// The variable that makes this binary the probe.
pub(crate) const ASKED: &str = "WIRETUTOR_PROBE";

enum Message {
    Input(Input),
    /// What another thread has to say.
    Word(&'static str),
}

#[derive(Default)]
struct Shown {
    lines: Vec<String>,
    inputs: usize,
    falls: bool,
}

pub(crate) fn run() -> io::Result<()> {
    let (tell, told) = mpsc::channel();
    let mut terminal = Terminal::take(true)?;
    terminal.listen(tell.clone(), Message::Input)?;
    let mut shown = Shown::default();
    talk(&mut terminal, &tell, &told, &mut shown)?;
    terminal.give_back()
}

fn talk(
    terminal: &mut Terminal,
    tell: &Sender<Message>,
    told: &Receiver<Message>,
    shown: &mut Shown,
) -> io::Result<()> {
    loop {
        let background = terminal.background();
        terminal.draw(|frame| {
            assert!(!shown.falls, "the frame falls");
            let size = format!("{}x{}", frame.area().width, frame.area().height);
            let head = format!("probe {size} background {background:?} inputs {}", shown.inputs);
            let mut lines =
                vec![Line::from(head), Line::styled("chosen", Style::new().fg(Color::Red).bold().reversed())];
            lines.extend(shown.lines.iter().rev().map(|line| Line::from(line.as_str())));
            frame.render_widget(Text::from(lines), frame.area());
        })?;
        let Ok(message) = told.recv() else { return Ok(()) };
        if hear(terminal, tell, message, shown)? {
            return Ok(());
        }
    }
}

/// Takes a message, and returns whether it is the last.
fn hear(terminal: &mut Terminal, tell: &Sender<Message>, message: Message, shown: &mut Shown) -> io::Result<bool> {
    match message {
        Message::Word(word) => shown.lines.push(word.into()),
        Message::Input(input) => {
            shown.inputs += 1;
            shown.lines.push(format!("{input:?}"));
            match input {
                Input::Key(key) => return press(terminal, tell, key, shown),
                Input::End(_) => return Ok(true),
                _ => {}
            }
        }
    }
    Ok(false)
}

fn press(terminal: &mut Terminal, tell: &Sender<Message>, key: KeyEvent, shown: &mut Shown) -> io::Result<bool> {
    match key.code {
        KeyCode::Char('q') => return Ok(true),
        KeyCode::Char('z') if key.modifiers == KeyModifiers::CONTROL => terminal.suspend()?,
        KeyCode::Char('P') => panic!("the app falls"),
        KeyCode::Char('D') => shown.falls = true,
        KeyCode::Char('T') => drop(thread::spawn(|| panic!("another thread falls"))),
        KeyCode::Char('W') => {
            let tell = tell.clone();
            thread::spawn(move || tell.send(Message::Word("a word of another thread")));
        }
        // Never looks at its messages again.
        KeyCode::Char('S') => {
            terminal.draw(|frame| frame.render_widget("stuck", frame.area()))?;
            loop {
                thread::park();
            }
        }
        _ => {}
    }
    Ok(false)
}
