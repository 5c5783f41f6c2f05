//! The keys: which bytes stand for which.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A byte of ASCII.
pub(super) fn ascii(byte: u8) -> KeyEvent {
    let control = |sign: u8| KeyEvent::new(KeyCode::Char(char::from(sign)), KeyModifiers::CONTROL);
    match byte {
        // What was typed before the terminal was ours may have had its Enter changed into the end of a line.
        b'\r' | b'\n' => KeyCode::Enter.into(),
        b'\t' => KeyCode::Tab.into(),
        0x7f => KeyCode::Backspace.into(),
        0x1b => KeyCode::Esc.into(),
        0 => control(b' '),
        1..=0x1a => control(byte - 1 + b'a'),
        0x1c..=0x1f => control(byte - 0x1c + b'4'),
        _ => of(char::from(byte)),
    }
}

pub(super) fn of(sign: char) -> KeyEvent {
    let modifiers = if sign.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    KeyEvent::new(KeyCode::Char(sign), modifiers)
}

/// The Linux console's function keys: `ESC [ [` and this.
pub(super) fn console(byte: u8) -> Option<KeyEvent> {
    matches!(byte, b'A'..=b'E').then(|| KeyCode::F(1 + byte - b'A').into())
}

/// `ESC O` and this.
pub(super) fn single_shift(byte: u8) -> Option<KeyEvent> {
    // The keypad in the mode in which it is told from the digits.
    let keypad = |sign: u8| KeyCode::Char(char::from(sign));
    let code = match byte {
        b'M' => KeyCode::Enter,
        b'j'..=b'y' => keypad(byte - b'j' + b'*'),
        b'X' => keypad(b'='),
        _ => letter(byte)?,
    };
    Some(code.into())
}

fn letter(byte: u8) -> Option<KeyCode> {
    Some(match byte {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'E' => KeyCode::KeypadBegin,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(1 + byte - b'P'),
        _ => return None,
    })
}

fn numbered(number: u32) -> Option<KeyCode> {
    let function = |less: u32| u8::try_from(number - less).ok().map(KeyCode::F);
    match number {
        1 | 7 => Some(KeyCode::Home),
        2 => Some(KeyCode::Insert),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => function(10),
        17..=21 => function(11),
        23..=26 => function(12),
        28 | 29 => function(15),
        31..=34 => function(17),
        _ => None,
    }
}

/// `ESC [`, the parameters and this last byte.
pub(super) fn control(parameters: &str, last: u8) -> Option<KeyEvent> {
    let mut fields = parameters.split(';');
    let first = fields.next().map_or(0, number);
    let (modifiers, kind) = held(fields.next().unwrap_or_default());
    let code = match last {
        b'Z' => return Some(KeyEvent::new(KeyCode::BackTab, modifiers | KeyModifiers::SHIFT)),
        // Any key with modifiers, as xterm can be told to say it.
        b'~' if first == 27 => return coded(fields.next().map_or(0, number), modifiers, kind),
        b'u' => return coded(first, modifiers, kind),
        b'~' => numbered(first)?,
        _ => letter(last)?,
    };
    Some(KeyEvent::new_with_kind(code, modifiers, kind))
}

/// A key by the number of its character.
fn coded(number: u32, modifiers: KeyModifiers, kind: KeyEventKind) -> Option<KeyEvent> {
    let sign = char::from_u32(number)?;
    let key = match sign {
        '\t' if modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab.into(),
        '\t' | '\r' | '\x1b' | '\x7f' => ascii(u8::try_from(sign).ok()?),
        // Keys that have no character; some are named by numbers of the private area.
        _ if sign.is_control() || ('\u{e000}'..='\u{f8ff}').contains(&sign) => return None,
        _ if modifiers.contains(KeyModifiers::SHIFT) => of(sign.to_uppercase().next().unwrap_or(sign)),
        _ => of(sign),
    };
    Some(KeyEvent::new_with_kind(key.code, key.modifiers | modifiers, kind))
}

/// What a field means up to its first colon.
fn number(field: &str) -> u32 {
    field.split(':').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Which other keys are held, and whether the key goes down or up: `5:3`.
fn held(field: &str) -> (KeyModifiers, KeyEventKind) {
    let mask = number(field).saturating_sub(1);
    let kind = match field.split(':').nth(1) {
        Some("2") => KeyEventKind::Repeat,
        Some("3") => KeyEventKind::Release,
        _ => KeyEventKind::Press,
    };
    // The terminals' order of the bits is not crossterm's. Those above are locks.
    let order = [
        KeyModifiers::SHIFT,
        KeyModifiers::ALT,
        KeyModifiers::CONTROL,
        KeyModifiers::SUPER,
        KeyModifiers::HYPER,
        KeyModifiers::META,
    ];
    let named = order.into_iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1);
    (named.fold(KeyModifiers::NONE, |all, (_, modifier)| all | modifier), kind)
}
