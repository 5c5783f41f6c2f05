//! The notes in a second terminal: they follow the app that presents, and sleep in between.

use std::{
    io::{self, IsTerminal},
    mem::MaybeUninit,
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::{Duration, Instant},
};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

use super::{
    app::appearance,
    ending::{Ending, Failure},
    home,
    podium::Podium,
};
use crate::{
    cli::LookFlags,
    face::{
        text::terminal::environment,
        tui::{
            app::Appearance,
            keys::{Action, Keymap, actions},
            notes::Notes,
            terminal::{self, Input, Terminal},
        },
    },
    kernel::clock::Stamp,
    link::sandbox,
};

/// A lock of an app that was killed is told of a moment before it is free.
const LATER: Duration = Duration::from_millis(200);

#[derive(Debug)]
enum Message {
    Input(Input),
    /// Something has happened in the folder.
    Changed,
}

pub fn notes(look: LookFlags) -> Result<Ending, Failure> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        let why = "error: the notes are a screen, and need a terminal for it\n  = help: run `wiretutor notes` in a second terminal";
        return Err(Failure::Input(why.to_owned()));
    }
    // Not for a lab: whoever the app becomes (root becomes the user who called, or nobody), the notes become, too.
    sandbox::enter()?;
    let podium = Podium::find(&environment).map_err(|why| Failure::Machine(anyhow::anyhow!("{why}")))?;
    let (settings, _) = home::settings(&environment, &actions());
    let (tell, told) = mpsc::channel();
    watch(&podium, tell.clone())?;
    // The mouse is left to the terminal: words of the notes may be copied.
    let mut terminal = Terminal::take(false)?;
    let looks = appearance(&settings, look, &terminal);
    let screen = Notes::new(waiting(&podium));
    terminal.listen(tell, Message::Input)?;
    let mut desk = Desk { screen, terminal, looks, keys: Keymap::with(&settings), podium, told, is_over: None };
    let outcome = desk.run();
    let given_back = desk.terminal.give_back();
    outcome?;
    given_back?;
    Ok(desk.is_over.unwrap_or(Ending::Done))
}

fn waiting(podium: &Podium) -> String {
    format!(
        "Nothing is presented now.\n\nIn another terminal, start a lesson in front of the class:\n\n    wiretutor learn \
         handshake --present\n\nor press p in a lesson. Its notes come here by themselves.\n\nWatched is the folder {}.",
        podium.folder().display()
    )
}

/// Tells of everything that happens in the folder, from a thread that sleeps until then and ends with the program.
fn watch(podium: &Podium, tell: Sender<Message>) -> io::Result<()> {
    let ear = inotify::init(CreateFlags::CLOEXEC)?;
    let news = WatchFlags::CLOSE_WRITE | WatchFlags::MOVED_TO | WatchFlags::DELETE | WatchFlags::ONLYDIR;
    inotify::add_watch(&ear, podium.folder(), news)?;
    thread::Builder::new().name("podium".into()).spawn(move || {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(ear, &mut buffer);
        while reader.next().is_ok() {
            // Of one change there are several events: they are one piece of news.
            if reader.is_buffer_empty() && tell.send(Message::Changed).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}

struct Desk {
    screen: Notes,
    terminal: Terminal,
    looks: Appearance,
    keys: Keymap,
    podium: Podium,
    told: Receiver<Message>,
    is_over: Option<Ending>,
}

impl Desk {
    fn run(&mut self) -> io::Result<()> {
        self.screen.resize(terminal::size());
        self.follow();
        let mut looks_again: Option<Instant> = None;
        while self.is_over.is_none() {
            self.screen.tick(Stamp::now());
            self.draw()?;
            let first = self.wait(looks_again.map(|due| due.saturating_duration_since(Instant::now())));
            let messages: Vec<Message> = first.into_iter().chain(self.told.try_iter()).collect();
            let is_due = looks_again.take_if(|due| *due <= Instant::now()).is_some();
            let has_changed = messages.iter().any(|message| matches!(message, Message::Changed));
            if has_changed {
                looks_again = Some(Instant::now() + LATER);
            }
            // Nothing came: it has become later.
            if messages.is_empty() || has_changed || is_due {
                self.follow();
            }
            for message in messages {
                if let Message::Input(input) = message {
                    self.input(&input)?;
                }
            }
        }
        Ok(())
    }

    fn wait(&self, patience: Option<Duration>) -> Option<Message> {
        let due = self.screen.wakes().map(|due| due.since(Stamp::now()));
        match patience.into_iter().chain(due).min() {
            None => self.told.recv().ok(),
            Some(patience) => self.told.recv_timeout(patience).ok(),
        }
    }

    /// Shows what is presented now. What has not changed stays as it was scrolled.
    fn follow(&mut self) {
        self.screen.follow(self.podium.newest().map_err(|error| error.to_string()));
    }

    fn draw(&mut self) -> io::Result<()> {
        let (screen, keys, theme) = (&self.screen, &self.keys, self.looks.theme());
        self.terminal.draw(|frame| screen.draw(frame.buffer_mut(), keys, &theme))
    }

    fn input(&mut self, input: &Input) -> io::Result<()> {
        match *input {
            Input::Key(key) => match self.keys.action(key, &Notes::contexts()) {
                Some(Action::Leave | Action::Quit) => self.is_over = Some(Ending::Done),
                Some(Action::Suspend) => self.terminal.suspend()?,
                Some(Action::Redraw) => self.terminal.redraw(),
                Some(action) => self.screen.act(action),
                None => {}
            },
            Input::Resize(columns, rows) => self.screen.resize((columns, rows)),
            Input::Background(background) => self.looks.background = Some(background),
            Input::Resumed => self.screen.resize(terminal::size()),
            Input::End(reason) => self.is_over = Some(Ending::Stopped(reason)),
            Input::Mouse(_) | Input::Paste(_) => {}
        }
        Ok(())
    }
}
