//! Foreign text made harmless.
//!
//! What came from a packet, a program or a lesson may hold bytes that a terminal obeys: it could move the cursor,
//! change the window's title or turn the text around. They are shown, not sent. Bytes that a program received are put into the
//! lesson language's notation before, by `packet::escape`; this is the last gate, for everything.

use std::{borrow::Cow, fmt::Write};

/// `text` with every character that a terminal could obey written out: `\x1b`, `\n`, `\u{202e}`.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_dangerous(character) {
            write_out(character, &mut shown);
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

fn write_out(character: char, shown: &mut String) {
    let _ = match character {
        '\n' => write!(shown, "\\n"),
        '\r' => write!(shown, "\\r"),
        '\t' => write!(shown, "\\t"),
        '\0'..='\x7f' => write!(shown, "\\x{:02x}", u32::from(character)),
        _ => write!(shown, "\\u{{{:x}}}", u32::from(character)),
    };
}

/// Controls of both blocks, line and paragraph separators, and what turns the direction of text.
#[must_use]
pub const fn is_dangerous(character: char) -> bool {
    matches!(character,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn harmless_text_stays_as_it_is() {
        assert!(matches!(escape("Ünïcödé 三次握手 👩‍🚀"), Cow::Borrowed("Ünïcödé 三次握手 👩‍🚀")));
    }

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(escape("\x1b]0;owned\x07"), r"\x1b]0;owned\x07");
        assert_eq!(escape("a\r\nb\tc\u{9b}31m"), r"a\r\nb\tc\u{9b}31m");
        assert_eq!(escape("user\u{202e}gpj.exe"), r"user\u{202e}gpj.exe");
    }

    proptest! {
        #[test]
        fn nothing_dangerous_is_left(text: String) {
            prop_assert!(!escape(&text).contains(is_dangerous));
            prop_assert!(!escape(&text).contains(|c: char| c.is_control()));
        }
    }
}
