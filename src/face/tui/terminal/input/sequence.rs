//! One thing at the beginning of some bytes: a character, a control, an escape sequence.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{super::Background, Said, keys, mouse};

/// What is at the beginning of the bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Something that is not complete.
    More,
    /// So many bytes, which mean this, or nothing to us.
    Took(usize, Option<Said>),
}

const ESCAPE: u8 = 0x1b;
const BELL: u8 = 7;

/// Reads one thing; there is at least one byte.
pub(super) fn step(bytes: &[u8]) -> Step {
    match bytes {
        [] | [ESCAPE] => Step::More,
        [ESCAPE, ESCAPE, ..] => Step::Took(1, Some(Said::Key(KeyCode::Esc.into()))),
        [ESCAPE, b'[', ..] => control(bytes),
        [ESCAPE, b'O', ..] => single_shift(bytes),
        [ESCAPE, b']' | b'P' | b'_' | b'^' | b'X', ..] => string(bytes),
        [ESCAPE, rest @ ..] => with_alt(step(rest)),
        [byte, ..] if byte.is_ascii() => Step::Took(1, Some(Said::Key(keys::ascii(*byte)))),
        _ => character(bytes),
    }
}

/// What the user has pressed if nothing comes behind these bytes: Escape, or a key together with Alt.
pub(super) fn as_key(bytes: &[u8]) -> Option<KeyEvent> {
    match bytes {
        [ESCAPE] => Some(KeyCode::Esc.into()),
        [ESCAPE, byte] if byte.is_ascii() => {
            let key = keys::ascii(*byte);
            Some(KeyEvent { modifiers: key.modifiers | KeyModifiers::ALT, ..key })
        }
        _ => None,
    }
}

fn with_alt(step: Step) -> Step {
    match step {
        Step::More => Step::More,
        Step::Took(length, Some(Said::Key(key))) => {
            Step::Took(length + 1, Some(Said::Key(KeyEvent { modifiers: key.modifiers | KeyModifiers::ALT, ..key })))
        }
        Step::Took(length, said) => Step::Took(length + 1, said),
    }
}

/// `ESC [`, parameters, and a last byte that says what they are.
fn control(bytes: &[u8]) -> Step {
    let body = &bytes[2..];
    match body {
        // The Linux console's F1 to F5.
        [b'['] => return Step::More,
        [b'[', key, ..] => return Step::Took(4, keys::console(*key).map(Said::Key)),
        [b'M', rest @ ..] => return mouse::old(rest),
        _ => {}
    }
    let Some(length) = body.iter().position(|byte| !(0x20..0x40).contains(byte)) else { return Step::More };
    let last = body[length];
    if !(0x40..0x7f).contains(&last) {
        // It was broken off. What breaks it may begin something else.
        return Step::Took(2 + length, None);
    }
    Step::Took(3 + length, meaning(&body[..length], last))
}

fn meaning(parameters: &[u8], last: u8) -> Option<Said> {
    let parameters = str::from_utf8(parameters).ok()?;
    match (parameters.as_bytes().first(), last) {
        (Some(b'<'), b'M' | b'm') => mouse::report(&parameters[1..], last == b'm').map(Said::Mouse),
        (Some(b'?'), b'c') => Some(Said::Attributes),
        (Some(b'<' | b'=' | b'>' | b'?'), _) => None,
        _ => keys::control(parameters, last).map(Said::Key),
    }
}

/// `ESC O` and one letter, which a number may precede.
fn single_shift(bytes: &[u8]) -> Step {
    let body = &bytes[2..];
    let Some(length) = body.iter().position(|byte| !byte.is_ascii_digit() && *byte != b';') else { return Step::More };
    let last = body[length];
    if !(0x40..0x7f).contains(&last) {
        return Step::Took(2 + length, None);
    }
    Step::Took(3 + length, keys::single_shift(last).map(Said::Key))
}

/// `ESC ]` and the like: text up to a bell or `ESC \`.
fn string(bytes: &[u8]) -> Step {
    let body = &bytes[2..];
    let Some(length) = body.iter().position(|byte| matches!(*byte, BELL | ESCAPE)) else { return Step::More };
    let end = match body[length..] {
        [BELL, ..] => 1,
        [ESCAPE] => return Step::More,
        [ESCAPE, b'\\', ..] => 2,
        // It was broken off by something else.
        _ => 0,
    };
    let answer = (bytes[1] == b']' && end > 0).then(|| str::from_utf8(&body[..length]).ok()).flatten();
    Step::Took(2 + length + end, answer.and_then(Background::answered).map(Said::Background))
}

/// A character of more than one byte.
fn character(bytes: &[u8]) -> Step {
    let length = match bytes[0] {
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => return Step::Took(1, None),
    };
    let here = &bytes[..length.min(bytes.len())];
    match str::from_utf8(here) {
        Ok(text) => Step::Took(length, text.chars().next().map(|sign| Said::Key(keys::of(sign)))),
        Err(error) if error.error_len().is_none() => Step::More,
        Err(_) => Step::Took(1, None),
    }
}
