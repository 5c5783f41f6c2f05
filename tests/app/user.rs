//! A user before the app: reads the screen, presses what it offers, and looks what has become of it.

use wiretutor::face::tui::progress::Progress;

use super::pty::{Key, Session, Start};

/// How the bottom line shows the key with which a lesson goes on.
pub(crate) const ENTER: &str = "⏎";
pub(crate) const SMALL: (u16, u16) = (80, 24);
pub(crate) const LARGE: (u16, u16) = (120, 40);
/// Where the app keeps progress, below the home.
pub(crate) const PROGRESS: &str = "data/wiretutor/progress.json";
pub(crate) const SETTINGS: &str = "config/wiretutor/config.toml";

/// What the bottom line offers: a key, and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) key: String,
    pub(crate) does: String,
}

/// The app for somebody who has seen the tour.
pub(crate) fn start(size: (u16, u16), args: &[&str]) -> Start {
    let mut progress = Progress::default();
    progress.tour_seen(1);
    Start::new(size).args(args.iter().copied()).file(PROGRESS, &progress.write())
}

/// The map, as it is when it is complete.
pub(crate) fn map(size: (u16, u16)) -> Session {
    begin(&start(size, &[]))
}

pub(crate) fn begin(start: &Start) -> Session {
    let mut session = Session::of(start);
    session.on_the_map();
    session
}

/// A lesson that waits for its first key.
pub(crate) fn lesson(name: &str, size: (u16, u16)) -> Session {
    let mut session = Session::of(&start(size, &["learn", name]));
    session.turn();
    session
}

/// The command line of the free play.
pub(crate) fn free_play(size: (u16, u16)) -> Session {
    let mut session = map(size);
    enter_free_play(&mut session);
    session
}

/// From the map to the line of free play.
pub(crate) fn enter_free_play(session: &mut Session) {
    session.tap(Key::End);
    session.tap(Key::Up);
    session.wait_for("Two hosts of your own kernel");
    session.tap(Key::Enter);
    while session.line().is_none() {
        session.turn();
        session.tap(Key::Enter);
    }
}

/// The rows that lie on another ground than most: what is chosen.
pub(crate) fn chosen_rows(session: &Session) -> Vec<u16> {
    let (rows, columns) = session.view().size();
    let grounds = |row| (0..columns).map(move |column| (row, column));
    let ground = |(row, column): (u16, u16)| session.view().cell(row, column).map(vt100::Cell::bgcolor);
    let usual = ground((0, 0));
    (0..rows).filter(|row| grounds(*row).filter(|place| ground(*place) != usual).count() > 15).collect()
}

impl Session {
    /// Presses a key, and sees what came of it at once.
    #[track_caller]
    pub(crate) fn tap(&mut self, key: Key) {
        let frames = self.modes().times(2026);
        self.press(key);
        if matches!(key, Key::Escape) {
            // It begins other keys, too: nothing may follow it closely.
            return self.wait("answers Escape", |session| session.modes().times(2026) > frames);
        }
        self.see();
    }

    /// Waits until what was pressed has been drawn. Keys are read in their order, so one more is pressed that draws the
    /// whole screen: any other frame may be of a clock, or of what is going on.
    #[track_caller]
    pub(crate) fn see(&mut self) {
        let before = self.said().len();
        self.bytes(b"\x0c");
        self.wait("draws everything", |session| String::from_utf8_lossy(&session.said()[before..]).contains("\x1b[2J"));
    }

    #[track_caller]
    pub(crate) fn taps(&mut self, signs: &str) {
        signs.chars().for_each(|sign| self.tap(Key::Char(sign)));
    }

    /// Types a line for the hosts and runs it.
    #[track_caller]
    pub(crate) fn types(&mut self, line: &str) {
        self.keys(line);
        self.wait(&format!("shows {line:?} as it is typed"), |session| session.line().as_deref() == Some(line));
        self.press(Key::Enter);
        self.wait(&format!("runs {line:?}"), |session| session.line().is_none_or(|left| left.is_empty()));
    }

    /// Leaves the command line: the keys mean what they mean.
    #[track_caller]
    pub(crate) fn leave_line(&mut self) {
        self.press(Key::Escape);
        self.wait("leaves the command line", |session| session.line().is_none());
    }

    /// Opens it again.
    #[track_caller]
    pub(crate) fn open_line(&mut self) {
        self.press(Key::Char(':'));
        self.wait("lets the user type", |session| session.line().is_some());
    }

    /// What stands in the command line, if it is open.
    pub(crate) fn line(&self) -> Option<String> {
        let width = self.view().size().1;
        let rows: Vec<String> = self.view().rows(0, width).collect();
        rows.iter().rev().take(6).find_map(|row| Some(row.strip_prefix('>')?.trim().to_owned()))
    }

    /// Whether the lessons can be chosen.
    pub(crate) fn is_on_the_map(&self) -> bool {
        self.first().is_some_and(|first| first.key == ENTER && first.does == "begin")
    }

    #[track_caller]
    pub(crate) fn on_the_map(&mut self) {
        self.wait("shows the map", Self::is_on_the_map);
    }

    /// Goes to a lesson of the map, from the first one on.
    #[track_caller]
    pub(crate) fn choose(&mut self, title: &str) {
        while self.screen().matches(title).count() < 2 {
            self.tap(Key::Down);
        }
    }

    // The bottom line.

    fn bottom(&self) -> String {
        let (rows, width) = self.view().size();
        self.view().rows(0, width).nth(usize::from(rows) - 1).unwrap_or_default()
    }

    pub(crate) fn offers(&self) -> Vec<Offer> {
        self.bottom().split("   ").filter_map(offer).collect()
    }

    pub(crate) fn does_offer(&self, key: &str, does: &str) -> bool {
        self.offers().contains(&Offer { key: key.to_owned(), does: does.to_owned() })
    }

    /// What the app waits for, if it waits for anything.
    pub(crate) fn first(&self) -> Option<Offer> {
        let first = self.offers().into_iter().next()?;
        let is_turn = [ENTER, "Enter"].contains(&first.key.as_str()) || first.key.starts_with("a b");
        is_turn.then_some(first)
    }

    /// Waits until it is the user's turn, and tells with what.
    #[track_caller]
    pub(crate) fn turn(&mut self) -> Offer {
        self.wait("waits for the user", |session| session.first().is_some());
        self.first().expect("it waits")
    }

    #[track_caller]
    pub(crate) fn turn_to(&mut self, does: &str) {
        self.wait(&format!("waits for {does:?}"), |session| session.first().is_some_and(|first| first.does == does));
    }

    /// Waits until it is the user's turn with the key that goes on.
    #[track_caller]
    pub(crate) fn turn_to_go_on(&mut self) {
        self.wait("can go on", |session| session.first().is_some_and(|first| first.key == ENTER));
    }

    /// Reads what is told, to its end.
    #[track_caller]
    pub(crate) fn read_on(&mut self) {
        while self.turn().does == "read on" {
            self.tap(Key::Enter);
        }
    }

    /// Goes on with what the bottom line offers first, as long as something is not so.
    #[track_caller]
    pub(crate) fn go_on_until(&mut self, is_there: impl Fn(&Self) -> bool) {
        loop {
            let turn = self.turn();
            if is_there(self) {
                return;
            }
            assert_eq!(turn.key, ENTER, "{}", super::pty::shown(self));
            self.tap(Key::Enter);
        }
    }
}

/// `⏎ next step`, or `a b c d answer`.
fn offer(text: &str) -> Option<Offer> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let letters = words.iter().zip("abcdefgh".chars()).take_while(|(word, letter)| **word == letter.to_string());
    let keys = letters.count().max(1);
    let (key, does) = words.split_at_checked(keys)?;
    Some(Offer { key: key.join(" "), does: does.join(" ") }).filter(|offer| !offer.key.is_empty())
}
