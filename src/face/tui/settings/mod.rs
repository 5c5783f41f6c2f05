//! What a learner has set, out of the text of `config.toml`: values with a default each, and keys.
//!
//! Whatever is wrong is drawn on its line, all at once, and the default stands for it. The file itself is left to the
//! command.

pub mod example;
pub mod key;
mod keys;
mod rows;
#[cfg(test)]
mod tests;

use std::time::Duration;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

pub use self::{
    key::Key,
    keys::{Action, Binding},
};
use self::{keys::KeysReader, rows::ROWS};
use crate::lesson::{
    diagnostic::Diagnostic,
    model::{Source, Span},
};

/// How slowly and how fast something can be played.
pub const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=100.0;

/// What can be set.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// One of `theme::NAMES`.
    pub theme: &'static str,
    /// Whether there are only signs of ASCII; the locale decides where nothing is said.
    pub ascii: Option<bool>,
    /// The language of the lessons and of the screen.
    pub language: &'static str,
    /// How fast is played what has happened, within [`SPEEDS`].
    pub speed: f64,
    /// How long each frame of slow motion takes.
    pub slow: Duration,
    pub mouse: bool,
    /// The actions that have other keys than their own.
    pub keys: Vec<Binding>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: "auto",
            ascii: None,
            language: "en",
            speed: 1.0,
            slow: Duration::from_millis(300),
            mouse: true,
            keys: Vec::new(),
        }
    }
}

type Entry<'i> = Spanned<DeValue<'i>>;

const KEYS: &str = "keys";

impl Settings {
    /// Reads the file's text; `path` names it in the complaints, and `actions` are what keys can be given to. Each
    /// complaint is a picture of its line, ready to be shown.
    #[must_use]
    pub fn read(text: &str, path: &str, actions: &[Action]) -> (Self, Vec<String>) {
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = Reader::default();
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let broken = Diagnostic::at(error.span().unwrap_or_default(), "the settings are not TOML");
            reader.complaints.push(broken.label(error.message().replace('\n', " ")));
        }
        for (key, value) in table.into_inner() {
            reader.entry(key.get_ref(), key.span(), value, actions);
        }
        let Reader { settings, mut complaints } = reader;
        complaints.sort_by_key(|complaint| complaint.span.start);
        let source = Source { path: path.to_owned(), text: text.to_owned() };
        (settings, complaints.iter().map(|complaint| complaint.render(&source)).collect())
    }

    /// The keys that were given to an action; `None` where it keeps its own.
    #[must_use]
    pub fn keys_of(&self, action: &str) -> Option<&[Key]> {
        self.keys.iter().find(|binding| binding.action == action).map(|binding| binding.keys.as_slice())
    }
}

#[derive(Default)]
struct Reader {
    settings: Settings,
    complaints: Vec<Diagnostic>,
}

impl Reader {
    fn entry(&mut self, key: &str, span: Span, value: Entry, actions: &[Action]) {
        if key == KEYS {
            let mut reader = KeysReader::new(actions);
            reader.read(value);
            self.settings.keys = reader.bindings;
            self.complaints.extend(reader.complaints);
        } else if let Some(row) = ROWS.iter().find(|row| row.name == key) {
            self.complaints.extend((row.read)(row, value, &mut self.settings).err());
        } else {
            let names = || ROWS.iter().map(|row| row.name).chain([KEYS]);
            let unknown = Diagnostic::at(span, format!("unknown setting `{key}`"));
            let label = format!("known settings are {}", names().collect::<Vec<_>>().join(", "));
            self.complaints.push(unknown.label(label).did_you_mean(key, names()));
        }
    }
}
