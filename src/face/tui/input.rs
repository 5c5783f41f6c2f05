//! A line that is being typed: its text, where the cursor is, the lines before it, and the cycle of completions.
//!
//! Keys come in as [`Edit`]s. What a line means, and what could complete it, is left to the lesson's language.

mod completing;
mod draw;
#[cfg(test)]
mod tests;
mod view;

use std::collections::VecDeque;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

pub use self::{completing::Cycle, view::View};
use crate::face::text::escape::is_dangerous;

/// In bytes. A line says one thing; a file that is pasted by mistake says many.
const LONGEST: usize = 1000;
/// Lines that can be called back.
const REMEMBERED: usize = 500;
/// Pasted lines that wait.
const MOST_WAITING: usize = 100;

/// What a key does to the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    Insert(char),
    Backspace,
    Delete,
    Left,
    Right,
    WordLeft,
    WordRight,
    Home,
    End,
    /// Takes away the word before the cursor, up to white space.
    CutWord,
    CutToStart,
    CutToEnd,
    Older,
    Newer,
}

impl Edit {
    /// What this key does, by the habits of shells.
    #[must_use]
    pub fn of(key: KeyEvent) -> Option<Self> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        let held = |modifier| key.modifiers.contains(modifier);
        match (held(KeyModifiers::CONTROL), held(KeyModifiers::ALT)) {
            // AltGr makes characters on some keyboards, and is told as both.
            (true, true) => match key.code {
                KeyCode::Char(c) => Some(Self::Insert(c)),
                _ => None,
            },
            (true, false) => Self::with_control(key.code),
            (false, true) => Self::with_alt(key.code),
            (false, false) => Self::plain(key.code),
        }
    }

    const fn plain(code: KeyCode) -> Option<Self> {
        Some(match code {
            KeyCode::Char(c) => Self::Insert(c),
            KeyCode::Backspace => Self::Backspace,
            KeyCode::Delete => Self::Delete,
            KeyCode::Left => Self::Left,
            KeyCode::Right => Self::Right,
            KeyCode::Home => Self::Home,
            KeyCode::End => Self::End,
            KeyCode::Up => Self::Older,
            KeyCode::Down => Self::Newer,
            _ => return None,
        })
    }

    const fn with_control(code: KeyCode) -> Option<Self> {
        Some(match code {
            KeyCode::Char('a') => Self::Home,
            KeyCode::Char('b') => Self::Left,
            KeyCode::Char('d') => Self::Delete,
            KeyCode::Char('e') => Self::End,
            KeyCode::Char('f') => Self::Right,
            KeyCode::Char('h') => Self::Backspace,
            KeyCode::Char('k') => Self::CutToEnd,
            KeyCode::Char('n') => Self::Newer,
            KeyCode::Char('p') => Self::Older,
            KeyCode::Char('u') => Self::CutToStart,
            KeyCode::Char('w') | KeyCode::Backspace => Self::CutWord,
            KeyCode::Left => Self::WordLeft,
            KeyCode::Right => Self::WordRight,
            _ => return None,
        })
    }

    const fn with_alt(code: KeyCode) -> Option<Self> {
        Some(match code {
            KeyCode::Char('b') | KeyCode::Left => Self::WordLeft,
            KeyCode::Char('f') | KeyCode::Right => Self::WordRight,
            KeyCode::Backspace => Self::CutWord,
            _ => return None,
        })
    }
}

/// The line, and what it came from.
#[derive(Clone, Debug, Default)]
pub struct Input {
    text: String,
    /// In bytes, always between two graphemes.
    cursor: usize,
    history: VecDeque<String>,
    /// The line of the history that is shown, counted from the newest.
    shown: Option<usize>,
    /// What was being typed when the history was called.
    draft: String,
    /// Lines that were pasted behind this one.
    waiting: VecDeque<String>,
    cycle: Option<Cycle>,
}

impl Input {
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// In bytes.
    #[must_use]
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// How many pasted lines come behind this one, one at each [`Self::accept`].
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The line is said: it becomes the newest of the history, and the next pasted one takes its place.
    pub fn accept(&mut self) -> String {
        let line = std::mem::take(&mut self.text);
        self.remember(&line);
        let next = self.waiting.pop_front().unwrap_or_default();
        self.show(next);
        self.shown = None;
        line
    }

    /// The line is given up for now: it can be called back, and the next one begins empty.
    pub fn set_aside(&mut self) {
        let line = std::mem::take(&mut self.text);
        self.remember(&line);
        self.clear();
    }

    /// Drops the line, and what was pasted behind it.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.show(String::new());
        self.shown = None;
    }

    /// Puts a line there to be changed, with the cursor behind it.
    pub fn set(&mut self, text: &str) {
        self.show(clean(text, LONGEST));
        self.shown = None;
    }

    fn remember(&mut self, line: &str) {
        if line.trim().is_empty() || self.history.back().is_some_and(|newest| newest == line) {
            return;
        }
        self.history.push_back(line.to_owned());
        if self.history.len() > REMEMBERED {
            self.history.pop_front();
        }
    }

    fn show(&mut self, text: String) {
        self.cursor = text.len();
        self.text = text;
        self.cycle = None;
    }

    /// Does what a key asks for. Whether anything changed.
    pub fn edit(&mut self, edit: Edit) -> bool {
        self.cycle = None;
        let before = (self.text.len(), self.cursor, self.shown);
        match edit {
            Edit::Insert(c) => self.insert(c),
            Edit::Backspace => self.cut(self.left(), self.cursor),
            Edit::Delete => self.cut(self.cursor, self.right()),
            Edit::Left => self.cursor = self.left(),
            Edit::Right => self.cursor = self.right(),
            Edit::WordLeft => self.cursor = self.word_left(char::is_alphanumeric),
            Edit::WordRight => self.cursor = self.word_right(),
            Edit::Home => self.cursor = 0,
            Edit::End => self.cursor = self.text.len(),
            Edit::CutWord => self.cut(self.word_left(|c| !c.is_whitespace()), self.cursor),
            Edit::CutToStart => self.cut(0, self.cursor),
            Edit::CutToEnd => self.cut(self.cursor, self.text.len()),
            Edit::Older => self.recall(self.shown.map_or(0, |shown| shown + 1)),
            Edit::Newer => match self.shown {
                Some(0) => self.back_to_draft(),
                Some(shown) => self.recall(shown - 1),
                None => {}
            },
        }
        before != (self.text.len(), self.cursor, self.shown)
    }

    fn insert(&mut self, c: char) {
        if !is_dangerous(c) && self.text.len() + c.len_utf8() <= LONGEST {
            self.text.insert(self.cursor, c);
            self.cursor = boundary(&self.text, self.cursor + c.len_utf8());
        }
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.text.drain(from..to);
        // What stood on both sides may have become one.
        self.cursor = boundary(&self.text, from);
    }

    fn left(&self) -> usize {
        self.cursor - self.text[..self.cursor].graphemes(true).next_back().map_or(0, str::len)
    }

    fn right(&self) -> usize {
        self.cursor + self.text[self.cursor..].graphemes(true).next().map_or(0, str::len)
    }

    /// Where the word before the cursor begins, what is not of a word passed over.
    fn word_left(&self, of_word: impl Fn(char) -> bool) -> usize {
        let gap = self.text[..self.cursor].trim_end_matches(|c| !of_word(c));
        boundary(&self.text, gap.trim_end_matches(of_word).len())
    }

    fn word_right(&self) -> usize {
        let rest = &self.text[self.cursor..];
        let word = rest.trim_start_matches(|c: char| !c.is_alphanumeric()).trim_start_matches(char::is_alphanumeric);
        boundary(&self.text, self.text.len() - word.len())
    }

    fn recall(&mut self, from_newest: usize) {
        let Some(line) = self.history.iter().rev().nth(from_newest).cloned() else { return };
        if self.shown.is_none() {
            self.draft.clone_from(&self.text);
        }
        self.show(line);
        self.shown = Some(from_newest);
    }

    fn back_to_draft(&mut self) {
        let draft = std::mem::take(&mut self.draft);
        self.show(draft);
        self.shown = None;
    }

    /// Puts in what was pasted. Its first line goes to the cursor; the others wait, and each is shown before it is
    /// said: nothing is done that was not seen.
    pub fn paste(&mut self, pasted: &str) {
        self.cycle = None;
        let mut lines = pasted.split(['\n', '\r']);
        let room = LONGEST - self.text.len();
        let first = clean(lines.next().unwrap_or_default(), room);
        self.text.insert_str(self.cursor, &first);
        self.cursor = boundary(&self.text, self.cursor + first.len());
        let others = lines.filter(|line| !line.trim().is_empty()).map(|line| clean(line.trim_end(), LONGEST));
        let room = MOST_WAITING.saturating_sub(self.waiting.len());
        self.waiting.extend(others.take(room));
    }
}

/// `text` without what a terminal would obey, in at most so many bytes.
fn clean(text: &str, most: usize) -> String {
    let mut kept = String::new();
    for c in text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !is_dangerous(*c)) {
        if kept.len() + c.len_utf8() > most {
            break;
        }
        kept.push(c);
    }
    kept
}

/// The next place between two graphemes, from `at` on.
fn boundary(text: &str, at: usize) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    match cursor.is_boundary(text, 0) {
        Ok(true) => at,
        // The whole text is at hand, so that it never asks for more of it.
        _ => cursor.next_boundary(text, 0).ok().flatten().unwrap_or(text.len()),
    }
}
