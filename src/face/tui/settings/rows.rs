//! The settings in one table: it feeds the reader, the example file and the document.

use std::time::Duration;

use serde::Deserialize;
use toml::de::ValueDeserializer;

use super::{super::theme::NAMES, Entry, SPEEDS, Settings};
use crate::lesson::diagnostic::Diagnostic;

/// One setting.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// As it is written; what is so unless said.
    pub(super) default: &'static str,
    /// What can be written, for the label of a complaint and for the document.
    pub(super) values: &'static str,
    pub(super) help: &'static str,
    pub(super) read: fn(&Self, Entry, &mut Settings) -> Result<(), Diagnostic>,
}

/// The language that the texts are in, and those that are known and have none yet.
const ENGLISH: &str = "en";
const WITHOUT_TEXTS: [&str; 1] = ["zh-CN"];

const SLOWEST: u64 = 60_000;

#[rustfmt::skip]
pub(super) static ROWS: &[Row] = &[
    Row { name: "theme", default: "\"auto\"", read: theme,
        values: "auto, dark, light, high-contrast or colour-blind",
        help: "How the screen is coloured. `auto`, `high-contrast` and `colour-blind` go by the terminal's background; with `-dark` or `-light` behind them the last two do not. NO_COLOR wins over it." },
    Row { name: "ascii", default: "false", read: ascii,
        values: "true or false",
        help: "Words and ASCII instead of signs. Where nothing is said the locale decides." },
    Row { name: "language", default: "\"en\"", read: language,
        values: "\"en\"",
        help: "The language of the lessons and of the screen. So far all texts are in English." },
    Row { name: "speed", default: "1.0", read: speed,
        values: "a number from 0.1 to 100",
        help: "How fast the past and recordings are played: at 1 an event takes 0.8 seconds, at 2 half of that." },
    Row { name: "slow", default: "300", read: slow,
        values: "milliseconds, from 1 to 60000",
        help: "How long each packet is under way in slow motion, in milliseconds." },
    Row { name: "mouse", default: "true", read: mouse,
        values: "true or false",
        help: "Whether the mouse is used. Without it the terminal selects text as usual." },
];

/// A value of the right type, or the complaint that it is another.
fn value<T: for<'de> Deserialize<'de>>(row: &Row, entry: Entry) -> Result<T, Diagnostic> {
    let span = entry.span();
    let wrong =
        |_| Diagnostic::at(span, format!("`{}` cannot be this", row.name)).label(format!("expected {}", row.values));
    T::deserialize(ValueDeserializer::from(entry)).map_err(wrong)
}

fn theme(row: &Row, entry: Entry, settings: &mut Settings) -> Result<(), Diagnostic> {
    let span = entry.span();
    let said: String = value(row, entry)?;
    let known = NAMES.iter().find(|name| **name == said).ok_or_else(|| {
        let unknown = Diagnostic::at(span, format!("unknown theme `{said}`")).label(format!("expected {}", row.values));
        unknown.did_you_mean(&said, NAMES.iter().copied())
    })?;
    settings.theme = known;
    Ok(())
}

fn ascii(row: &Row, entry: Entry, settings: &mut Settings) -> Result<(), Diagnostic> {
    settings.ascii = Some(value(row, entry)?);
    Ok(())
}

fn language(row: &Row, entry: Entry, _: &mut Settings) -> Result<(), Diagnostic> {
    let span = entry.span();
    let said: String = value(row, entry)?;
    if said == ENGLISH {
        return Ok(());
    }
    if WITHOUT_TEXTS.contains(&said.as_str()) {
        let untold = Diagnostic::at(span, format!("there are no texts in `{said}` yet"));
        return Err(untold.label("English is shown").help("write `language = \"en\"` until there are"));
    }
    let unknown = Diagnostic::at(span, format!("unknown language `{said}`")).label(format!("expected {}", row.values));
    Err(unknown.did_you_mean(&said, [ENGLISH].into_iter().chain(WITHOUT_TEXTS)))
}

fn speed(row: &Row, entry: Entry, settings: &mut Settings) -> Result<(), Diagnostic> {
    let span = entry.span();
    let said: f64 = value(row, entry)?;
    if !SPEEDS.contains(&said) {
        return Err(
            Diagnostic::at(span, "nothing is played so fast or so slowly").label(format!("expected {}", row.values))
        );
    }
    settings.speed = said;
    Ok(())
}

fn slow(row: &Row, entry: Entry, settings: &mut Settings) -> Result<(), Diagnostic> {
    let span = entry.span();
    let said: i64 = value(row, entry)?;
    let millis = u64::try_from(said).ok().filter(|millis| (1..=SLOWEST).contains(millis));
    let wrong = || {
        Diagnostic::at(span, "slow motion needs a time within these limits").label(format!("expected {}", row.values))
    };
    settings.slow = Duration::from_millis(millis.ok_or_else(wrong)?);
    Ok(())
}

fn mouse(row: &Row, entry: Entry, settings: &mut Settings) -> Result<(), Diagnostic> {
    settings.mouse = value(row, entry)?;
    Ok(())
}
