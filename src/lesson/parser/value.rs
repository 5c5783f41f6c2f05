//! The small values of a line: numbers, times, quoted text, errors.

use std::time::Duration;

use super::{
    Parsed,
    cursor::{Cursor, Word},
};
use crate::lesson::{
    diagnostic::Diagnostic,
    errno,
    script::{Errno, Payload},
};

/// What one `send` may carry; a mistyped zero should not fill the memory.
const MOST_BYTES: i64 = 100_000_000;
/// No lesson waits longer.
const LONGEST: Duration = Duration::from_secs(3600);

/// A whole number, decimal or `0x…`.
pub(crate) fn number(word: Word) -> Parsed<i64> {
    let parsed = match word.text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16),
        None => word.text.parse(),
    };
    let digits = word.text.trim_start_matches("0x").bytes().all(|byte| byte.is_ascii_hexdigit());
    parsed.map_err(|_| match (word.is_empty(), digits) {
        (true, _) => Diagnostic::at(word.span(), "a number is missing").label("expected a number"),
        (_, true) => Diagnostic::at(word.span(), "this number is too large").label("too large"),
        _ => Diagnostic::at(word.span(), format!("`{}` is not a number", word.text)).label("expected a number"),
    })
}

/// A whole number between two bounds.
pub(crate) fn number_within(word: Word, least: i64, most: i64, what: &str) -> Parsed<i64> {
    let value = number(word)?;
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(Diagnostic::at(word.span(), format!("{value} is not {what}")).label(format!("expected {least} to {most}")))
}

/// `300ms`, `1.5s`.
pub(crate) fn time(word: Word) -> Parsed<Duration> {
    let digits = word.text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.text.len());
    let (amount, unit) = word.text.split_at(digits);
    let scale: f64 = match unit {
        "ns" => 1.0,
        "us" | "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "min" => 60e9,
        _ => return Err(no_time(word, unit)),
    };
    let nanoseconds = amount.parse::<f64>().map_err(|_| no_time(word, unit))? * scale;
    if nanoseconds > LONGEST.as_secs_f64() * 1e9 {
        return Err(Diagnostic::at(word.span(), "longer than an hour").label("too long"));
    }
    // Bounded by an hour, and never negative: there is no sign.
    Ok(Duration::from_nanos(nanoseconds.round() as u64))
}

fn no_time(word: Word, unit: &str) -> Diagnostic {
    let found = if word.is_empty() { "a time is missing".into() } else { format!("`{}` is not a time", word.text) };
    let label = if unit.is_empty() && !word.is_empty() { "the unit is missing" } else { "expected a time" };
    Diagnostic::at(word.span(), found)
        .label(label)
        .help("a time is written `300ms`; the units are ns, us, ms, s and min")
}

/// The time behind `within` or `for`.
pub(crate) fn duration(cursor: &mut Cursor) -> Parsed<Duration> {
    cursor.skip_space();
    time(cursor.word())
}

/// Text between quotes; `None` if no quote stands here. Backslash escapes are resolved, other text is UTF-8.
pub(crate) fn quoted(cursor: &mut Cursor) -> Parsed<Option<Vec<u8>>> {
    cursor.skip_space();
    let start = cursor.at();
    if !cursor.eat("\"") {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    loop {
        let plain = cursor.take_while(|c| c != '"' && c != '\\');
        bytes.extend_from_slice(plain.text.as_bytes());
        if cursor.eat("\"") {
            return Ok(Some(bytes));
        }
        if !cursor.eat("\\") {
            return Err(Diagnostic::at(start..cursor.at(), "this text has no end").label("the closing `\"` is missing"));
        }
        bytes.push(escape(cursor)?);
    }
}

/// What stands behind the backslash.
fn escape(cursor: &mut Cursor) -> Parsed<u8> {
    let start = cursor.at() - 1;
    for (written, byte) in [("n", b'\n'), ("r", b'\r'), ("t", b'\t'), ("0", 0), ("\\", b'\\'), ("\"", b'"')] {
        if cursor.eat(written) {
            return Ok(byte);
        }
    }
    if cursor.eat("x") {
        let digits: String = cursor.rest().chars().take(2).collect();
        let both = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let (true, Ok(byte)) = (both, u8::from_str_radix(&digits, 16)) {
            cursor.eat(&digits);
            return Ok(byte);
        }
    }
    let end = cursor.at() + cursor.peek().map_or(0, char::len_utf8);
    let known = "the escapes are \\n \\r \\t \\0 \\\\ \\\" and \\xNN with two hexadecimal digits";
    Err(Diagnostic::at(start..end, "unknown escape").label("not an escape").help(known))
}

/// `"GET /\r\n"` or `100000 bytes`.
pub(crate) fn payload(cursor: &mut Cursor) -> Parsed<Payload> {
    if let Some(text) = quoted(cursor)? {
        return Ok(Payload::Text(text));
    }
    if cursor.is_done() {
        let missing = Diagnostic::at(cursor.here(), "nothing to send").label("expected what to send");
        return Err(missing.help("write the text between quotes, `send \"hello\"`, or a number, `send 1000 bytes`"));
    }
    if !cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
        let unquoted = Diagnostic::at(cursor.here(), "text stands between quotes").label("expected `\"`");
        return Err(unquoted.help("such as `send \"hello\"`; or a number, `send 1000 bytes`"));
    }
    count(cursor).map(Payload::Count)
}

/// `1000 bytes`.
pub(crate) fn count(cursor: &mut Cursor) -> Parsed<u32> {
    let count = number_within(cursor.word(), 0, MOST_BYTES, "a number of bytes that a lesson can use")?;
    let named = cursor.eat_word("bytes") || (count == 1 && cursor.eat_word("byte"));
    if !named {
        let bare = Diagnostic::at(cursor.here(), "a number of what?").label("expected `bytes`");
        return Err(bare.help(format_args!("write `{count} bytes`")));
    }
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// An error by its name in C.
pub(crate) fn errno(cursor: &mut Cursor) -> Parsed<Errno> {
    cursor.skip_space();
    let word = cursor.word();
    if let Some((name, number)) = errno::find(word.text) {
        return Ok(Errno { name, number, span: word.span() });
    }
    let unknown = if word.is_empty() {
        Diagnostic::at(word.span(), "the error is missing").help("such as `fails ECONNREFUSED`")
    } else {
        Diagnostic::at(word.span(), format!("unknown error `{}`", word.text))
    };
    let names = errno::ERRORS.iter().map(|(name, _)| *name);
    Err(unknown.label("expected an error by its name in C").did_you_mean(word.text, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time_of(text: &str) -> Parsed<Duration> {
        time(Word { text, start: 0 })
    }

    fn text_of(text: &str) -> Parsed<Option<Vec<u8>>> {
        quoted(&mut Cursor::new(text, 0..text.len()))
    }

    #[test]
    fn a_time_needs_its_unit() {
        assert_eq!(time_of("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(time_of("20us"), Ok(Duration::from_micros(20)));
        assert_eq!(time_of("300").unwrap_err().label, "the unit is missing");
        assert_eq!(time_of("1.2.3s").unwrap_err().message, "`1.2.3s` is not a time");
        assert_eq!(time_of("99999999999min").unwrap_err().message, "longer than an hour");
    }

    #[test]
    fn escapes_become_bytes() {
        assert_eq!(text_of(r#""a\r\n\x00\xff\"\\""#), Ok(Some(b"a\r\n\0\xff\"\\".to_vec())));
        assert_eq!(text_of("\"你好\""), Ok(Some("你好".as_bytes().to_vec())));
        assert_eq!(text_of("hello"), Ok(None));
    }

    #[test]
    fn a_wrong_escape_is_marked() {
        assert_eq!(text_of(r#""a\q""#).unwrap_err().span, 2..4);
        assert_eq!(text_of(r#""a\xg0""#).unwrap_err().span, 2..5);
        assert_eq!(text_of("\"a\\é").unwrap_err().span, 2..5);
        assert_eq!(text_of("\"abc").unwrap_err().message, "this text has no end");
    }

    #[test]
    fn numbers_have_bounds() {
        assert_eq!(number(Word { text: "0x10", start: 0 }), Ok(16));
        let huge = number(Word { text: "99999999999999999999", start: 0 }).unwrap_err();
        assert_eq!(huge.message, "this number is too large");
    }
}
