//! What a user does, in the bytes that a terminal sends for it.

/// A key that is no character.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key {
    Up,
    Down,
    Right,
    Left,
    Home,
    End,
    PageUp,
    PageDown,
    Insert,
    Delete,
    Enter,
    Escape,
    Tab,
    BackTab,
    Backspace,
    F(u8),
    Char(char),
    Control(char),
    Alt(char),
}

impl Key {
    pub(super) fn bytes(self) -> Vec<u8> {
        let text = match self {
            Self::Up => "\x1b[A",
            Self::Down => "\x1b[B",
            Self::Right => "\x1b[C",
            Self::Left => "\x1b[D",
            Self::Home => "\x1b[H",
            Self::End => "\x1b[F",
            Self::PageUp => "\x1b[5~",
            Self::PageDown => "\x1b[6~",
            Self::Insert => "\x1b[2~",
            Self::Delete => "\x1b[3~",
            Self::Enter => "\r",
            Self::Escape => "\x1b",
            Self::Tab => "\t",
            Self::BackTab => "\x1b[Z",
            Self::Backspace => "\x7f",
            Self::F(number) => return function(number).into_bytes(),
            Self::Char(sign) => return sign.to_string().into_bytes(),
            Self::Control(sign) => return vec![u8::try_from(sign).expect("a letter") & 0x1f],
            Self::Alt(sign) => return format!("\x1b{sign}").into_bytes(),
        };
        text.into()
    }
}

fn function(number: u8) -> String {
    match number {
        1..=4 => format!("\x1bO{}", char::from(b'O' + number)),
        5 => "\x1b[15~".into(),
        6..=10 => format!("\x1b[{}~", number + 11),
        _ => format!("\x1b[{}~", number + 12),
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Button {
    Left = 0,
    Middle = 1,
    Right = 2,
}

/// A report of the mouse, SGR. Places count from 0.
pub(super) fn mouse(code: u8, (column, row): (u16, u16), is_release: bool) -> Vec<u8> {
    format!("\x1b[<{code};{};{}{}", column + 1, row + 1, if is_release { 'm' } else { 'M' }).into_bytes()
}
