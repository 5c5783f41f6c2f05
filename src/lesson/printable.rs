//! Text that may come from anybody, made safe for a terminal.

use std::borrow::Cow;

/// The text with every character escaped that a terminal would obey instead of show: control characters, and those
/// that turn the direction of writing around or take no room.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(escaped).collect())
}

/// One character as it may be shown.
pub(crate) fn escaped(c: char) -> Cow<'static, str> {
    if is_unsafe(c) { Cow::Owned(c.escape_default().to_string()) } else { Cow::Owned(c.to_string()) }
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_foreign_text_stays_as_it_is() {
        assert_eq!(printable("三次握手 ↔ naïve"), "三次握手 ↔ naïve");
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(printable("a\x1b[31mb\r\u{202e}c\u{9b}"), "a\\u{1b}[31mb\\r\\u{202e}c\\u{9b}");
    }
}
