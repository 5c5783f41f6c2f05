//! A line that is typed: the filter of the list, the number of a packet.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key has made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    Changed,
    /// It is to count.
    Done,
    /// It is not to have been.
    GivenUp,
    Nothing,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typing {
    text: String,
}

/// Nobody types more.
const MOST: usize = 200;

impl Typing {
    #[must_use]
    pub fn beginning_with(text: &str) -> Self {
        Self { text: text.to_owned() }
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds what was typed, or pasted; what a terminal would obey is no part of it.
    pub fn add(&mut self, text: &str) {
        self.text.extend(text.chars().filter(|sign| !sign.is_control()));
        let end = self.text.char_indices().nth(MOST).map_or(self.text.len(), |(end, _)| end);
        self.text.truncate(end);
    }

    pub fn key(&mut self, key: KeyEvent) -> Typed {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return Typed::Done,
            KeyCode::Esc => return Typed::GivenUp,
            KeyCode::Backspace if self.text.is_empty() => return Typed::GivenUp,
            KeyCode::Backspace => drop(self.text.pop()),
            KeyCode::Char('u') if control => self.text.clear(),
            KeyCode::Char('w') if control => self.without_the_last_word(),
            KeyCode::Char(sign) if !control => self.add(sign.encode_utf8(&mut [0; 4])),
            _ => return Typed::Nothing,
        }
        Typed::Changed
    }

    fn without_the_last_word(&mut self) {
        let rest = self.text.trim_end().rfind(' ').map_or(0, |space| space + 1);
        self.text.truncate(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(typing: &mut Typing, text: &str) {
        for sign in text.chars() {
            assert_eq!(typing.key(KeyCode::Char(sign).into()), Typed::Changed);
        }
    }

    #[test]
    fn what_is_typed_can_be_taken_back() {
        let mut typing = Typing::default();
        keys(&mut typing, "port 443");
        assert_eq!(typing.key(KeyCode::Backspace.into()), Typed::Changed);
        assert_eq!(typing.text(), "port 44");
        typing.key(KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        assert_eq!(typing.text(), "port ");
        typing.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
        assert_eq!(typing.text(), "");
        assert_eq!(typing.key(KeyCode::Backspace.into()), Typed::GivenUp);
    }

    #[test]
    fn what_is_pasted_has_no_controls_and_an_end() {
        let mut typing = Typing::default();
        typing.add(&format!("a\x1b\n{}", "x".repeat(500)));
        assert_eq!(typing.text().len(), MOST);
        assert!(typing.text().starts_with("ax"));
    }
}
