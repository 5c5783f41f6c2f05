//! The map: the lessons by part, what each is about, and the ways to free play and to captures.

mod draw;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    effect::Effect,
    input::{Edit, Input},
    keys::{Action, Context},
};
use crate::lesson::catalog::Summary;

/// A lesson on the map.
#[derive(Clone, Debug)]
pub struct Entry {
    pub summary: Summary,
    /// All of its words, with its name and its part, in small letters: for whoever searches.
    pub words: String,
    /// Why this machine can only show it from a recording.
    pub recorded_because: Option<String>,
    pub progress: Progress,
}

/// How far the learner has come in a lesson.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Steps that were seen, of how many.
    pub seen: usize,
    pub steps: usize,
    /// Predictions that were right at the first time, of those that were answered.
    pub right: usize,
    pub answered: usize,
    /// Challenges that were solved, and those that were only left out.
    pub solved: usize,
    pub left_out: usize,
    pub is_finished: bool,
}

/// What stands on the rows that are no lessons.
const FREE_PLAY: &str = "Free play: two hosts, a wire, and no goal";
const CAPTURE: &str = "Open a capture (pcap, pcapng)";

/// A place that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    Lesson(usize),
    FreePlay,
    Capture,
}

/// What a line is typed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Search,
    /// The path of a capture.
    Path,
}

#[derive(Clone, Debug)]
pub struct Map {
    entries: Vec<Entry>,
    /// Why this machine has no free play.
    free_play_lacks: Option<String>,
    chosen: usize,
    /// The line that is typed, and for what.
    line: Option<(Purpose, Input)>,
    /// What has to be known of this machine.
    notes: Vec<String>,
    /// The first row of the list in sight is derived from the chosen one when it is drawn.
    size: (u16, u16),
}

impl Map {
    #[must_use]
    pub const fn new(entries: Vec<Entry>, free_play_lacks: Option<String>, notes: Vec<String>) -> Self {
        Self { entries, free_play_lacks, chosen: 0, line: None, notes, size: (80, 24) }
    }

    pub const fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
    }

    /// The learner's progress in a lesson has become this.
    pub fn set_progress(&mut self, part: &str, name: &str, progress: Progress) {
        let is_it = |entry: &&mut Entry| entry.summary.part == part && entry.summary.name == name;
        if let Some(entry) = self.entries.iter_mut().find(is_it) {
            entry.progress = progress;
        }
    }

    /// The lesson behind this one is chosen, for whoever comes back from it.
    pub fn choose_behind(&mut self, part: &str, name: &str) {
        let here = self.entries.iter().position(|entry| entry.summary.part == part && entry.summary.name == name);
        self.line = None;
        if let Some(here) = here {
            let finished = self.entries[here].progress.is_finished;
            self.chosen = if finished { (here + 1).min(self.entries.len()) } else { here };
        }
    }

    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        vec![Context::Map, Context::Everywhere]
    }

    /// Whether letters are typed into a line now, and mean nothing else.
    #[must_use]
    pub const fn is_typing(&self) -> bool {
        self.line.is_some()
    }

    /// A key while [`Self::is_typing`]. What moves in the list does so still.
    pub fn typed(&mut self, key: KeyEvent) -> Vec<Effect> {
        match key.code {
            KeyCode::Esc => self.close_line(),
            KeyCode::Enter => return self.choose(),
            KeyCode::Up => return self.act(Action::Up),
            KeyCode::Down => return self.act(Action::Down),
            KeyCode::PageUp => return self.act(Action::PageUp),
            KeyCode::PageDown => return self.act(Action::PageDown),
            _ => self.edit(|line| Edit::of(key).is_some_and(|edit| line.edit(edit))),
        }
        Vec::new()
    }

    pub fn paste(&mut self, text: &str) {
        self.edit(|line| {
            line.paste(text);
            true
        });
    }

    fn edit(&mut self, by: impl FnOnce(&mut Input) -> bool) {
        // Of what is found now, the first.
        if let Some((purpose, line)) = &mut self.line
            && by(line)
            && *purpose == Purpose::Search
        {
            self.chosen = 0;
        }
    }

    /// The line is given up.
    fn close_line(&mut self) {
        self.line = None;
        self.chosen = self.chosen.min(self.spots().len().saturating_sub(1));
    }

    fn open_line(&mut self, purpose: Purpose) {
        self.line = Some((purpose, Input::default()));
    }

    pub fn act(&mut self, action: Action) -> Vec<Effect> {
        let last = self.spots().len().saturating_sub(1);
        let page = usize::from(self.size.1 / 2).max(1);
        match action {
            Action::Up => self.chosen = self.chosen.saturating_sub(1),
            Action::Down => self.chosen = (self.chosen + 1).min(last),
            Action::PageUp => self.chosen = self.chosen.saturating_sub(page),
            Action::PageDown => self.chosen = (self.chosen + page).min(last),
            Action::ToBegin => self.chosen = 0,
            Action::ToEnd => self.chosen = last,
            Action::Search => self.open_line(Purpose::Search),
            Action::OpenCapture => self.open_line(Purpose::Path),
            Action::Choose | Action::GoOn | Action::Confirm => return self.choose(),
            _ => {}
        }
        Vec::new()
    }

    fn choose(&mut self) -> Vec<Effect> {
        if let Some((_, path)) = self.line.take_if(|(purpose, _)| *purpose == Purpose::Path) {
            let path = path.text().trim().to_owned();
            return if path.is_empty() { Vec::new() } else { vec![Effect::Open(path.into())] };
        }
        match self.spots().get(self.chosen) {
            Some(Spot::Lesson(lesson)) => vec![Effect::Begin(self.entries[*lesson].summary.name.clone())],
            Some(Spot::FreePlay) => {
                // Whoever comes back finds it among all the others.
                (self.line, self.chosen) = (None, self.entries.len());
                vec![Effect::FreePlay]
            }
            Some(Spot::Capture) => {
                self.open_line(Purpose::Path);
                self.chosen = self.spots().len().saturating_sub(1);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// What can be chosen, in the order of the screen.
    fn spots(&self) -> Vec<Spot> {
        let lessons = (0..self.entries.len()).map(Spot::Lesson);
        lessons.chain([Spot::FreePlay, Spot::Capture]).filter(|spot| self.is_found(*spot)).collect()
    }

    /// What is searched for, while it is.
    fn searched(&self) -> Option<&str> {
        self.line.as_ref().filter(|(purpose, _)| *purpose == Purpose::Search).map(|(_, line)| line.text())
    }

    fn is_found(&self, spot: Spot) -> bool {
        let Some(search) = self.searched() else { return true };
        let words = match spot {
            Spot::Lesson(at) => Cow::Borrowed(&self.entries[at].words),
            Spot::FreePlay => Cow::Owned(FREE_PLAY.to_lowercase()),
            Spot::Capture => Cow::Owned(CAPTURE.to_lowercase()),
        };
        search.to_lowercase().split_whitespace().all(|word| words.contains(word))
    }
}
