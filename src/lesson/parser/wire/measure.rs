//! The measures of a wire: rates, losses, times that are more than none.

use std::time::Duration;

use crate::lesson::{
    diagnostic::Diagnostic,
    parser::{
        Parsed,
        cursor::{Cursor, Word},
        value,
    },
};

const UNITS: [(&str, u64); 4] = [("bit", 1), ("kbit", 1_000), ("mbit", 1_000_000), ("gbit", 1_000_000_000)];
/// Beyond what this process could ever carry.
const FASTEST: u64 = 100_000_000_000;
const MILLION: u32 = 1_000_000;

/// `1.5mbit`: bits in a second.
pub(super) fn rate(cursor: &mut Cursor) -> Parsed<u64> {
    let word = cursor.word();
    let wrong = || {
        Diagnostic::at(
            word.span(),
            match word.is_empty() {
                true => "a rate is missing".into(),
                false => format!("`{}` is not a rate", word.text),
            },
        )
    };
    const HELP: &str = "a rate is written `1mbit`; the units are bit, kbit, mbit and gbit, each in a second";
    let digits = word.text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.text.len());
    let (amount, unit) = word.text.split_at(digits);
    let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        let label = if unit.is_empty() && !amount.is_empty() { "the unit is missing" } else { "expected a rate" };
        let unknown = wrong().label(label);
        let meant = meant_unit(unit).filter(|_| amount.parse::<f64>().is_ok());
        return Err(match meant {
            Some(unit) => unknown.help(format_args!("did you mean `{amount}{unit}`?")),
            None => unknown.help(HELP),
        });
    };
    let Some(bits) = decimal(amount, *scale) else { return Err(wrong().label("expected a rate").help(HELP)) };
    match bits {
        0 => Err(Diagnostic::at(word.span(), "at this rate nothing ever arrives")
            .label("expected more than 0")
            .help("`wire down` cuts the wire")),
        1..=FASTEST => Ok(bits),
        _ => Err(Diagnostic::at(word.span(), "no wire here is so fast").label("expected at most 100gbit")),
    }
}

/// The unit that is written in another way. A capital B means bytes, and what eight times that is we do not guess.
fn meant_unit(written: &str) -> Option<&'static str> {
    if written.contains('B') {
        return None;
    }
    let small = written.to_ascii_lowercase();
    let stem = small.trim_end_matches("/s").trim_end_matches("ps").trim_end_matches('s');
    match stem {
        "b" | "bit" => Some("bit"),
        "k" | "kb" | "kbit" | "kilobit" => Some("kbit"),
        "m" | "mb" | "mbit" | "megabit" => Some("mbit"),
        "g" | "gb" | "gbit" | "gigabit" => Some("gbit"),
        _ => None,
    }
}

/// `10%`, `0.5%`: so many in a million.
pub(super) fn percentage(cursor: &mut Cursor) -> Parsed<u32> {
    let word = cursor.word();
    let Some(amount) = word.text.strip_suffix('%') else {
        let bare = Diagnostic::at(
            word.span(),
            match word.is_empty() {
                true => "how much is lost?".into(),
                false => format!("`{}` is no percentage", word.text),
            },
        );
        let number = word.text.parse::<f64>().is_ok();
        let bare = bare.label(if number { "the `%` is missing" } else { "expected a percentage" });
        return Err(bare.help("such as `wire loss 10% seed 7`"));
    };
    let unit = MILLION / 100;
    match decimal(amount, unit.into()).map(u32::try_from) {
        Some(Ok(0)) if amount.contains(['1', '2', '3', '4', '5', '6', '7', '8', '9']) => {
            Err(Diagnostic::at(word.span(), "fewer than one in a million").label("expected 0.0001% or more"))
        }
        Some(Ok(0)) => Err(Diagnostic::at(word.span(), "nothing would be lost").label("expected more than 0%")),
        Some(Ok(lost)) if lost <= MILLION => Ok(lost),
        Some(_) => Err(Diagnostic::at(word.span(), "more than all would be lost").label("expected at most 100%")),
        None => {
            Err(Diagnostic::at(word.span(), format!("`{}` is no percentage", word.text)).label("expected a percentage"))
        }
    }
}

/// A decimal number times `scale`, which is a power of ten; what is finer than one is cut off.
fn decimal(text: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let mut total = whole.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(scale);
    let mut unit = scale;
    for digit in fraction.bytes() {
        unit /= 10;
        total = total.saturating_add(unit * u64::from(digit - b'0'));
    }
    Some(total)
}

/// A time of which something is left to wait.
pub(in crate::lesson::parser) fn some_time(cursor: &mut Cursor, least: Duration, nothing: &str) -> Parsed<Duration> {
    cursor.skip_space();
    let word: Word = cursor.peek_word();
    let time = value::duration(cursor)?;
    if time < least || time.is_zero() {
        let label = if time.is_zero() { "expected more than 0".into() } else { format!("expected {least:?} or more") };
        return Err(Diagnostic::at(word.span(), nothing).label(label));
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(text: &str, read: fn(&mut Cursor) -> Parsed<T>) -> Parsed<T> {
        read(&mut Cursor::new(text, 0..text.len()))
    }

    #[test]
    fn a_rate_is_a_decimal_with_a_unit() {
        for (text, bits) in [("56kbit", 56_000), ("1mbit", 1_000_000), ("1.5mbit", 1_500_000), ("0.1gbit", 100_000_000)]
        {
            assert_eq!(read(text, rate), Ok(bits), "{text}");
        }
        for text in ["0mbit", "0.0001bit", "200gbit", "1", "mbit", "1.mbit", "1..5mbit", "99999999999999999999gbit"] {
            assert!(read(text, rate).is_err(), "{text}");
        }
    }

    #[test]
    fn a_rate_in_other_words_is_understood_and_refused() {
        for (text, meant) in [("1Mbps", "1mbit"), ("56k", "56kbit"), ("1.5Mb/s", "1.5mbit"), ("2Gbit", "2gbit")] {
            assert_eq!(read(text, rate).unwrap_err().notes, [format!("help: did you mean `{meant}`?")], "{text}");
        }
    }

    #[test]
    fn a_percentage_is_counted_in_millionths() {
        for (text, lost) in [("10%", 100_000), ("0.5%", 5_000), ("0.0001%", 1), ("100%", 1_000_000)] {
            assert_eq!(read(text, percentage), Ok(lost), "{text}");
        }
        for text in ["0%", "0.00001%", "100.0001%", "10", "%", "-1%", "99999999999999999999%", ""] {
            assert!(read(text, percentage).is_err(), "{text}");
        }
    }
}
