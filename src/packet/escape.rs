//! Bytes and text that came from a packet or a program, made safe for a terminal.
//!
//! The notation is that of the lesson language (`\n \r \t \0 \\ \" \xNN`), so that what is on the screen can be
//! copied into a lesson. Whatever a terminal would obey instead of show is written as bytes: control characters, those
//! that turn the direction of writing, and those that take no room.

use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

/// As many bytes of a payload as a line has room for.
const PREVIEW: usize = 32;

/// All of `bytes`, without quotes around them. What is no UTF-8 is written byte by byte.
#[must_use]
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    write_escaped(&mut text, bytes);
    text
}

fn write_escaped(text: &mut String, bytes: &[u8]) {
    // What needs no care is what there is most of.
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
        text.push_str(str::from_utf8(bytes).unwrap_or_default());
        return;
    }
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| escape_char(c, text));
        escape_bytes(chunk.invalid(), text);
    }
}

/// The beginning of a payload between quotes; `…` behind them says that there is more.
#[must_use]
pub fn preview(bytes: &[u8]) -> String {
    let mut text = String::new();
    write_preview(&mut text, bytes);
    text
}

/// Adds the same to a text.
pub fn write_preview(text: &mut String, bytes: &[u8]) {
    let shown = bytes.get(..cut(bytes)).unwrap_or(bytes);
    text.push('"');
    write_escaped(text, shown);
    text.push_str(if shown.len() < bytes.len() { "\"…" } else { "\"" });
}

/// Where the preview ends: not within a character, if these are characters at all.
fn cut(bytes: &[u8]) -> usize {
    let is_continuation = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    (PREVIEW - 3..=PREVIEW).rev().find(|at| !is_continuation(*at)).unwrap_or(PREVIEW)
}

fn escape_char(c: char, text: &mut String) {
    match c {
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        '\0' => text.push_str("\\0"),
        '"' => text.push_str("\\\""),
        '\\' => text.push_str("\\\\"),
        c if is_shown(c) => text.push(c),
        c => escape_bytes(c.encode_utf8(&mut [0; 4]).as_bytes(), text),
    }
}

/// Whether a terminal shows it, and does nothing else. The standard library keeps a table of what can be printed;
/// what is left are characters without a width of their own.
fn is_shown(c: char) -> bool {
    let printable = c == '\'' || c.escape_debug().eq([c]);
    printable && c.width().is_some_and(|width| width > 0)
}

fn escape_bytes(bytes: &[u8], text: &mut String) {
    for byte in bytes {
        // Writing to a `String` can not fail.
        let _ = write!(text, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// Reads the notation back, as the lesson language does.
    fn unescape(text: &str) -> Vec<u8> {
        let (mut bytes, mut rest) = (Vec::new(), text);
        while let Some(c) = rest.chars().next() {
            let (byte, length) = match rest.get(..2) {
                Some("\\n") => (b'\n', 2),
                Some("\\r") => (b'\r', 2),
                Some("\\t") => (b'\t', 2),
                Some("\\0") => (0, 2),
                Some("\\\\") => (b'\\', 2),
                Some("\\\"") => (b'"', 2),
                Some("\\x") => (u8::from_str_radix(&rest[2..4], 16).unwrap(), 4),
                _ => {
                    bytes.extend_from_slice(c.to_string().as_bytes());
                    rest = &rest[c.len_utf8()..];
                    continue;
                }
            };
            bytes.push(byte);
            rest = &rest[length..];
        }
        bytes
    }

    #[test]
    fn plain_and_foreign_text_is_shown_as_it_is() {
        assert_eq!(escape("hello, it's 三次握手 naïve ↔".as_bytes()), "hello, it's 三次握手 naïve ↔");
    }

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(escape(b"GET /\r\n\t\"\\\0"), "GET /\\r\\n\\t\\\"\\\\\\0");
        assert_eq!(escape(b"\x1b[31m\x07\x7f"), "\\x1b[31m\\x07\\x7f");
        assert_eq!(escape("\u{9b}31m".as_bytes()), "\\xc2\\x9b31m");
        for hidden in ['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\u{2028}', '\u{e0041}', '\u{301}', '\u{ad}'] {
            assert!(escape(hidden.to_string().as_bytes()).starts_with("\\x"), "{hidden:?}");
        }
        assert_eq!(escape(b"\xff\xfehi\xe4\xb8"), "\\xff\\xfehi\\xe4\\xb8");
    }

    #[test]
    fn a_preview_is_cut_between_characters() {
        assert_eq!(preview(b""), "\"\"");
        assert_eq!(preview(&[b'a'; 32]), format!("\"{}\"", "a".repeat(32)));
        assert_eq!(preview(&[b'a'; 33]), format!("\"{}\"…", "a".repeat(32)));
        assert_eq!(preview("握".repeat(11).as_bytes()), format!("\"{}\"…", "握".repeat(10)));
        assert_eq!(preview(&[0x80; 40]), format!("\"{}\"…", "\\x80".repeat(32)));
    }

    proptest! {
        #[test]
        fn everything_is_shown_and_reads_back(bytes in prop_oneof![vec(any::<u8>(), 0..60), ".{0,30}".prop_map(String::into_bytes)]) {
            let text = escape(&bytes);
            let notation = ['\\', '"'];
            prop_assert!(text.chars().all(|c| is_shown(c) || notation.contains(&c)), "{text:?}");
            prop_assert_eq!(unescape(&text), bytes);
        }
    }
}
