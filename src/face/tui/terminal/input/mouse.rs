//! The mouse: its reports, in the form that we ask for (SGR) and in the one that very old terminals know.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::{Said, sequence::Step};

/// `ESC [ <`, this, and `M` or `m`: three numbers, of which the places count from 1.
pub(super) fn report(parameters: &str, released: bool) -> Option<MouseEvent> {
    let mut numbers = parameters.split(';').map(|digits| digits.parse::<u16>().ok());
    let (code, column, row) = (numbers.next()??, numbers.next()??, numbers.next()??);
    event(code, column.checked_sub(1)?, row.checked_sub(1)?, released)
}

/// `ESC [ M` and three bytes, each 32 more than what it says.
pub(super) fn old(bytes: &[u8]) -> Step {
    let [code, column, row, ..] = *bytes else { return Step::More };
    let place = |byte: u8| u16::from(byte.saturating_sub(33));
    let code = u16::from(code.saturating_sub(32));
    // It does not say which button was released.
    let released = code & 0b0110_0011 == 3;
    let button = if released { code & !3 } else { code };
    Step::Took(6, event(button, place(column), place(row), released).map(Said::Mouse))
}

fn event(code: u16, column: u16, row: u16, released: bool) -> Option<MouseEvent> {
    let kind = kind(code, released)?;
    let held = [(4, KeyModifiers::SHIFT), (8, KeyModifiers::ALT), (16, KeyModifiers::CONTROL)];
    let held = held.into_iter().filter(|(bit, _)| code & bit != 0);
    let modifiers = held.fold(KeyModifiers::NONE, |all, (_, modifier)| all | modifier);
    Some(MouseEvent { kind, column, row, modifiers })
}

fn kind(code: u16, released: bool) -> Option<MouseEventKind> {
    let button = match code & 3 {
        0 => Some(MouseButton::Left),
        1 => Some(MouseButton::Middle),
        2 => Some(MouseButton::Right),
        _ => None,
    };
    let (moves, scrolls) = (code & 32 != 0, code & 64 != 0);
    match (code & 3, button) {
        // Buttons beyond the third, which have no name.
        _ if code >= 128 => None,
        (0, _) if scrolls => Some(MouseEventKind::ScrollUp),
        (1, _) if scrolls => Some(MouseEventKind::ScrollDown),
        (2, _) if scrolls => Some(MouseEventKind::ScrollLeft),
        (_, _) if scrolls => Some(MouseEventKind::ScrollRight),
        (_, None) if moves => Some(MouseEventKind::Moved),
        (_, Some(button)) if moves => Some(MouseEventKind::Drag(button)),
        (_, Some(button)) if released => Some(MouseEventKind::Up(button)),
        (_, Some(button)) => Some(MouseEventKind::Down(button)),
        (_, None) => None,
    }
}
