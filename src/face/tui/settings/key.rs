//! A key by its name: `ctrl-x`, `alt-enter`, `f1`, `space`, `?`.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key that was pressed, with what was held down. One and the same key has one value, however a terminal tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    held: KeyModifiers,
}

/// The keys that write nothing, and space.
const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("space", KeyCode::Char(' ')),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("page-up", KeyCode::PageUp),
    ("page-down", KeyCode::PageDown),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
];

const HELD: [(&str, KeyModifiers); 3] =
    [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)];

const LAST_FUNCTION_KEY: u8 = 24;

impl Key {
    /// The key of an event.
    #[must_use]
    pub fn of(event: KeyEvent) -> Self {
        Self::new(event.code, event.modifiers)
    }

    fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let held = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        match code {
            KeyCode::BackTab => Self { code: KeyCode::Tab, held: held | KeyModifiers::SHIFT },
            // With Ctrl most terminals know no capitals; without it a capital says all that Shift does.
            KeyCode::Char(c) if held.contains(KeyModifiers::CONTROL) => {
                Self { code: KeyCode::Char(c.to_ascii_lowercase()), held }
            }
            KeyCode::Char(c) if held.contains(KeyModifiers::SHIFT) && c != ' ' => {
                Self { code: KeyCode::Char(c.to_ascii_uppercase()), held: held - KeyModifiers::SHIFT }
            }
            code => Self { code, held },
        }
    }

    /// The key of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (mut rest, mut held) = (name, KeyModifiers::NONE);
        while let Some((modifier, behind)) = modifier(rest) {
            held |= modifier;
            rest = behind;
        }
        code(rest).map(|code| Self::new(code, held))
    }

    /// Names that could be meant, for "did you mean".
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, _)| *name)
    }
}

fn modifier(name: &str) -> Option<(KeyModifiers, &str)> {
    HELD.iter().find_map(|(prefix, modifier)| {
        let begin = name.get(..prefix.len())?;
        let rest = &name[prefix.len()..];
        (begin.eq_ignore_ascii_case(prefix) && !rest.is_empty()).then_some((*modifier, rest))
    })
}

fn code(name: &str) -> Option<KeyCode> {
    let mut characters = name.chars();
    if let (Some(c), None) = (characters.next(), characters.next()) {
        return (!c.is_control() && !c.is_whitespace()).then_some(KeyCode::Char(c));
    }
    let named = NAMED.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, code)| *code);
    let function = || name.strip_prefix(['f', 'F']).and_then(|number| number.parse().ok());
    named.or_else(|| function().filter(|number| (1..=LAST_FUNCTION_KEY).contains(number)).map(KeyCode::F))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (prefix, modifier) in HELD {
            if self.held.contains(modifier) {
                f.write_str(prefix)?;
            }
        }
        match (NAMED.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, KeyCode::F(number)) => write!(f, "f{number}"),
            // No name can be parsed to another one; an event can.
            (None, other) => write!(f, "{}", other.to_string().to_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(code: KeyCode, modifiers: KeyModifiers) -> Key {
        Key::of(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn a_name_is_the_key_that_a_terminal_tells() {
        for (name, code, held) in [
            ("q", KeyCode::Char('q'), KeyModifiers::NONE),
            ("Q", KeyCode::Char('Q'), KeyModifiers::SHIFT),
            ("shift-q", KeyCode::Char('Q'), KeyModifiers::SHIFT),
            ("?", KeyCode::Char('?'), KeyModifiers::SHIFT),
            ("ctrl-x", KeyCode::Char('x'), KeyModifiers::CONTROL),
            ("Ctrl-X", KeyCode::Char('x'), KeyModifiers::CONTROL),
            ("alt-enter", KeyCode::Enter, KeyModifiers::ALT),
            ("shift-tab", KeyCode::BackTab, KeyModifiers::NONE),
            ("shift-tab", KeyCode::BackTab, KeyModifiers::SHIFT),
            ("ctrl-alt-page-up", KeyCode::PageUp, KeyModifiers::CONTROL.union(KeyModifiers::ALT)),
            ("space", KeyCode::Char(' '), KeyModifiers::NONE),
            ("f1", KeyCode::F(1), KeyModifiers::NONE),
            ("-", KeyCode::Char('-'), KeyModifiers::NONE),
            ("ctrl--", KeyCode::Char('-'), KeyModifiers::CONTROL),
            ("握", KeyCode::Char('握'), KeyModifiers::NONE),
        ] {
            assert_eq!(Key::parse(name), Some(event(code, held)), "{name}");
        }
    }

    #[test]
    fn what_is_no_key_is_not_understood() {
        for name in ["", " ", "ctrl-", "ctrl+x", "f0", "f25", "spaec", "ab", "ctrl-ab", "\n"] {
            assert_eq!(Key::parse(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_key_says_its_name() {
        for name in ["q", "Q", "ctrl-x", "alt-enter", "shift-tab", "f12", "space", "page-down", "ctrl-alt-left", "-"] {
            assert_eq!(Key::parse(name).unwrap().to_string(), name);
        }
    }
}
