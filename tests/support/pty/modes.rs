//! The modes of a terminal that a program has set, and the questions that it has asked, out of all that it says.

use std::collections::BTreeMap;

/// What a program may have on while it runs, and off afterwards.
const GUESTS: [u16; 9] = [9, 1000, 1002, 1003, 1006, 1015, 1049, 2004, 2026];
const CURSOR: u16 = 25;

#[derive(Debug, Default)]
pub(crate) struct Modes {
    set: BTreeMap<u16, bool>,
    /// How often each was set.
    times: BTreeMap<u16, usize>,
    kept: Vec<u8>,
}

/// A question to the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    Background,
    Attributes,
}

impl Modes {
    pub(super) fn process(&mut self, bytes: &[u8]) -> Vec<Question> {
        let mut questions = Vec::new();
        for byte in bytes {
            match byte {
                0x1b if self.kept.first() != Some(&0x1b) || self.kept.get(1) != Some(&b']') => self.kept = vec![0x1b],
                _ if self.kept.is_empty() => {}
                _ => {
                    self.kept.push(*byte);
                    if let Some(question) = self.sequence() {
                        questions.push(question);
                    }
                }
            }
        }
        questions
    }

    /// Looks at what has begun with an escape, and forgets it when it is complete.
    fn sequence(&mut self) -> Option<Question> {
        let kept = std::mem::take(&mut self.kept);
        match &kept[1..] {
            [b'['] | [b']'] => self.kept = kept,
            [b'[', body @ .., last] if (0x40..0x7f).contains(last) => return self.control(body, *last),
            [b'[', ..] => self.kept = kept,
            [b']', body @ .., 7] | [b']', body @ .., 0x1b, b'\\'] => {
                return (body == b"11;?").then_some(Question::Background);
            }
            [b']', ..] => self.kept = kept,
            _ => {}
        }
        None
    }

    fn control(&mut self, body: &[u8], last: u8) -> Option<Question> {
        let text = str::from_utf8(body).expect("a sequence is ASCII");
        match (text.strip_prefix('?'), last) {
            (Some(numbers), b'h' | b'l') => {
                for number in numbers.split(';').map(|number| number.parse().expect("the number of a mode")) {
                    self.set.insert(number, last == b'h');
                    *self.times.entry(number).or_default() += usize::from(last == b'h');
                }
                None
            }
            (None, b'c') if matches!(text, "" | "0") => Some(Question::Attributes),
            _ => None,
        }
    }

    pub(crate) fn is_set(&self, mode: u16) -> bool {
        self.set.get(&mode).copied().unwrap_or(mode == CURSOR)
    }

    /// How often a mode was set.
    pub(crate) fn times(&self, mode: u16) -> usize {
        self.times.get(&mode).copied().unwrap_or_default()
    }

    /// The modes that are not as before the program.
    pub(crate) fn left(&self) -> Vec<String> {
        let cursor = (!self.is_set(CURSOR)).then(|| "the cursor is hidden".to_owned());
        let on = GUESTS.into_iter().filter(|mode| self.is_set(*mode)).map(|mode| format!("mode {mode} is on"));
        cursor.into_iter().chain(on).collect()
    }
}
