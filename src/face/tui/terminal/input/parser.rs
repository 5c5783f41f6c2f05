//! Bytes as they come, cut anywhere: what is complete is said, the rest is kept for a while.

use std::time::Duration;

use super::{
    Said,
    sequence::{self, Step},
};

/// How long an escape may be the beginning of something; then it is the key.
const KEY: Duration = Duration::from_millis(50);
/// How long the rest of what no key can be (half a mouse report) may take. Then it is dropped.
const REPORT: Duration = Duration::from_secs(1);
/// The longest answer that is waited for. What is longer is dropped.
const LONGEST: usize = 4096;
/// The longest text that is taken from a paste.
const LONGEST_PASTE: usize = 1 << 20;
const PASTE_BEGINS: &[u8] = b"\x1b[200~";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

#[derive(Debug, Default)]
pub(in super::super) struct Parser {
    kept: Vec<u8>,
    /// What has been pasted so far, while a paste goes on.
    paste: Option<Vec<u8>>,
}

impl Parser {
    /// Takes what has been read and says what is complete.
    pub(in super::super) fn feed(&mut self, bytes: &[u8]) -> Vec<Said> {
        self.kept.extend_from_slice(bytes);
        let mut said = Vec::new();
        let mut at = 0;
        while at < self.kept.len() {
            let taken = if self.paste.is_some() { self.paste(at, &mut said) } else { self.one(at, &mut said) };
            if taken == 0 {
                break;
            }
            at += taken;
        }
        self.kept.drain(..at);
        if self.kept.len() > LONGEST {
            self.kept.clear();
        }
        said
    }

    /// How long the rest of what has begun is waited for; `None` if nothing has.
    pub(in super::super) fn patience(&self) -> Option<Duration> {
        match self.kept.len() {
            _ if self.paste.is_some() => None,
            0 => None,
            1 | 2 => Some(KEY),
            _ => Some(REPORT),
        }
    }

    /// The rest did not come in time: a key was pressed that looks like its beginning, or it is lost.
    pub(in super::super) fn give_up(&mut self) -> Vec<Said> {
        if self.paste.is_some() {
            return Vec::new();
        }
        let kept = std::mem::take(&mut self.kept);
        sequence::as_key(&kept).map(Said::Key).into_iter().collect()
    }

    /// Takes one thing from there on and returns its length; 0 if it is not complete.
    fn one(&mut self, at: usize, said: &mut Vec<Said>) -> usize {
        let bytes = &self.kept[at..];
        if bytes.starts_with(PASTE_BEGINS) {
            self.paste = Some(Vec::new());
            return PASTE_BEGINS.len();
        }
        match sequence::step(bytes) {
            Step::More => 0,
            Step::Took(length, meaning) => {
                said.extend(meaning);
                length
            }
        }
    }

    /// Takes pasted text up to its end, or all but what may be the beginning of its end.
    fn paste(&mut self, at: usize, said: &mut Vec<Said>) -> usize {
        let bytes = &self.kept[at..];
        let end = bytes.windows(PASTE_ENDS.len()).position(|window| window == PASTE_ENDS);
        let text = end.unwrap_or_else(|| bytes.len() - begun(bytes));
        if let Some(paste) = &mut self.paste {
            let room = LONGEST_PASTE - paste.len();
            paste.extend_from_slice(&bytes[..text.min(room)]);
        }
        if end.is_none() {
            return text;
        }
        let pasted = self.paste.take().unwrap_or_default();
        // A terminal sends the Enter key's sign for the end of a line.
        let pasted = String::from_utf8_lossy(&pasted).replace("\r\n", "\n").replace('\r', "\n");
        said.push(Said::Paste(pasted));
        text + PASTE_ENDS.len()
    }
}

/// How many bytes at the end may be the beginning of the end of a paste.
fn begun(bytes: &[u8]) -> usize {
    (1..PASTE_ENDS.len()).rev().find(|length| bytes.ends_with(&PASTE_ENDS[..*length])).unwrap_or(0)
}
