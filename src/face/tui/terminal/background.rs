//! Whether the terminal is dark or light: by its answer to a question, or by what the environment says.

use std::sync::OnceLock;

use crate::face::{text::terminal::Environment, tui::theme::Background};

/// Asks for the colour (OSC 11), and then for what every terminal answers (DA1): so the second answer says that the
/// first is not to be waited for any longer.
const QUESTION: &str = "\x1b]11;?\x1b\\\x1b[c";

/// What the terminal has answered. It is asked until it does, and does not change while we run.
static KNOWN: OnceLock<Background> = OnceLock::new();

/// What to ask, if anything.
pub(super) fn question() -> &'static str {
    if KNOWN.get().is_some() { "" } else { QUESTION }
}

pub(super) fn remember(is: Background) {
    let _ = KNOWN.set(is);
}

pub(super) fn known() -> Option<Background> {
    KNOWN.get().copied()
}

impl Background {
    /// By the brightness that the eye sees, of three parts from 0 to 1.
    fn of(red: f32, green: f32, blue: f32) -> Self {
        let luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        // The parts are coded for a screen, where the middle of what is seen is about the middle of the numbers.
        if luminance > 0.5 { Self::Light } else { Self::Dark }
    }

    /// What an answer says: the text of an OSC without its frame, such as `11;rgb:ffff/ffff/dddd`.
    pub(super) fn answered(osc: &str) -> Option<Self> {
        let colour = osc.strip_prefix("11;")?;
        if let Some(digits) = colour.strip_prefix('#') {
            return Self::from_digits(digits);
        }
        let parts = colour.strip_prefix("rgb:").or_else(|| colour.strip_prefix("rgba:"))?;
        let mut parts = parts.split('/').map(part);
        Some(Self::of(parts.next()??, parts.next()??, parts.next()??))
    }

    fn from_digits(digits: &str) -> Option<Self> {
        let width = digits.len() / 3;
        if width == 0 || !digits.len().is_multiple_of(3) || !digits.is_ascii() {
            return None;
        }
        Some(Self::of(part(&digits[..width])?, part(&digits[width..2 * width])?, part(&digits[2 * width..])?))
    }

    /// What `COLORFGBG` says (`15;0`, `0;default;15`): the last number is the background, in the palette of sixteen.
    #[must_use]
    pub fn from_environment(env: Environment) -> Option<Self> {
        let value = env("COLORFGBG")?;
        match value.to_str()?.rsplit(';').next()?.parse::<u8>().ok()? {
            0..=6 | 8 => Some(Self::Dark),
            7 | 9..=15 => Some(Self::Light),
            _ => None,
        }
    }
}

/// One to four hexadecimal digits, as a part of what can be said with so many.
fn part(digits: &str) -> Option<f32> {
    let longest = u16::try_from(16_u32.checked_pow(u32::try_from(digits.len()).ok()?)?.checked_sub(1)?).ok()?;
    let value = u16::from_str_radix(digits, 16).ok()?;
    (longest > 0).then(|| f32::from(value) / f32::from(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_dark_or_light_however_many_digits_it_has() {
        for dark in ["11;rgb:0000/0000/0000", "11;rgb:00/2b/36", "11;rgb:1/1/1", "11;#002b36", "11;rgba:0/0/0/ffff"] {
            assert_eq!(Background::answered(dark), Some(Background::Dark), "{dark}");
        }
        for light in ["11;rgb:ffff/ffff/ffff", "11;rgb:fd/f6/e3", "11;rgb:f/f/f", "11;#fdf6e3"] {
            assert_eq!(Background::answered(light), Some(Background::Light), "{light}");
        }
    }

    #[test]
    fn what_is_no_such_answer_says_nothing() {
        for other in [
            "10;rgb:0/0/0",
            "11;?",
            "11;rgb:0/0",
            "11;rgb:00000/0/0",
            "11;rgb:x/y/z",
            "11;#12",
            "11;#",
            "",
            "11;rgb:é/é/é",
        ] {
            assert_eq!(Background::answered(other), None, "{other}");
        }
    }

    #[test]
    fn colorfgbg_is_believed_where_it_can_be_read() {
        let said = |value: &str| Background::from_environment(&|name| (name == "COLORFGBG").then(|| value.into()));
        assert_eq!(said("15;0"), Some(Background::Dark));
        assert_eq!(said("0;default;15"), Some(Background::Light));
        assert_eq!(said("0;7"), Some(Background::Light));
        assert_eq!(said("15;default"), None);
        assert_eq!(said(""), None);
        assert_eq!(Background::from_environment(&|_| None), None);
    }
}
