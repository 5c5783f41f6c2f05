//! What kind of stream the text goes to: its width, whether it takes colour, whether it takes signs.
//!
//! The environment is an argument, so that every rule here can be tested.

use std::{
    ffi::OsString,
    io::{self, IsTerminal},
};

use super::{Look, Palette};

/// What the user asked for with `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColourChoice {
    /// Colour on a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    Always,
    Never,
}

/// How an environment variable is looked up.
pub type Environment<'e> = &'e dyn Fn(&str) -> Option<OsString>;

/// The variables of this process.
#[must_use]
pub fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Whether a stream is painted. What was asked for on the command line wins over the environment, a refusal there
/// (`NO_COLOR`) over a wish (`CLICOLOR_FORCE`), and either over what the stream is.
#[must_use]
pub fn colour(choice: ColourChoice, is_terminal: bool, env: Environment) -> bool {
    let said = |name| env(name).filter(|value| !value.is_empty());
    match choice {
        ColourChoice::Always => true,
        ColourChoice::Never => false,
        ColourChoice::Auto if said("NO_COLOR").is_some() => false,
        ColourChoice::Auto if said("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        ColourChoice::Auto => {
            is_terminal
                && said("TERM").is_none_or(|term| term != "dumb")
                && said("CLICOLOR").is_none_or(|value| value != "0")
        }
    }
}

/// Whether the locale can show signs beyond ASCII: the first of these variables that is set decides, as in C.
#[must_use]
pub fn speaks_utf8(env: Environment) -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| env(name).filter(|value| !value.is_empty())).is_some_and(
        |locale| {
            let locale = locale.to_string_lossy().to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        },
    )
}

/// How text looks on standard output.
#[must_use]
pub fn look(width_asked: Option<u16>, choice: ColourChoice, ascii: bool) -> Look {
    Look { width: width(width_asked, &environment), palette: palette(&io::stdout(), choice, ascii) }
}

/// How text looks on a stream: standard error is not painted because standard output is a terminal.
#[must_use]
pub fn palette(stream: &impl IsTerminal, choice: ColourChoice, ascii: bool) -> Palette {
    let plain = Palette::plain(ascii || !speaks_utf8(&environment));
    Palette { colour: colour(choice, stream.is_terminal(), &environment), ..plain }
}

/// What lines can be read: longer ones tire the eye, shorter ones fall apart.
const READABLE: std::ops::RangeInclusive<usize> = 40..=100;
/// The width of a pipe.
const USUAL: usize = 80;

/// How wide the text for standard output is: what was asked for, or the terminal's width, `COLUMNS`, or 80.
#[must_use]
pub fn width(asked: Option<u16>, env: Environment) -> usize {
    let terminal =
        || io::stdout().is_terminal().then(crossterm::terminal::size).and_then(Result::ok).map(|size| size.0);
    width_of(asked, terminal, env)
}

fn width_of(asked: Option<u16>, terminal: impl FnOnce() -> Option<u16>, env: Environment) -> usize {
    if let Some(asked) = asked {
        return usize::from(asked);
    }
    let found = terminal().map(usize::from).filter(|width| *width > 0);
    let columns = || env("COLUMNS")?.to_str()?.parse().ok().filter(|width| *width > 0);
    found.or_else(columns).unwrap_or(USUAL).clamp(*READABLE.start(), *READABLE.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lookup that `body` gets knows only these variables.
    fn with<T>(variables: &[(&str, &str)], body: impl FnOnce(Environment) -> T) -> T {
        body(&|wanted| variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.into()))
    }

    fn auto(is_terminal: bool, variables: &[(&str, &str)]) -> bool {
        with(variables, |env| colour(ColourChoice::Auto, is_terminal, env))
    }

    #[test]
    fn colour_is_for_terminals_unless_somebody_says_otherwise() {
        assert!(auto(true, &[("TERM", "xterm")]));
        assert!(auto(true, &[]));
        assert!(!auto(false, &[("TERM", "xterm")]), "a pipe");
        assert!(!auto(true, &[("TERM", "dumb")]));
        assert!(!auto(true, &[("NO_COLOR", "1")]));
        assert!(auto(true, &[("NO_COLOR", "")]), "an empty NO_COLOR says nothing");
        assert!(!auto(true, &[("CLICOLOR", "0")]));
        assert!(auto(false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!auto(false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!auto(true, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    }

    #[test]
    fn the_command_line_wins() {
        with(&[("NO_COLOR", "1"), ("TERM", "dumb")], |env| assert!(colour(ColourChoice::Always, false, env)));
        with(&[("CLICOLOR_FORCE", "1")], |env| assert!(!colour(ColourChoice::Never, true, env)));
    }

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        assert!(with(&[("LANG", "zh_CN.UTF-8")], speaks_utf8));
        assert!(with(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8"), ("LANG", "C")], speaks_utf8));
        assert!(!with(&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")], speaks_utf8));
        assert!(!with(&[], speaks_utf8));
    }

    #[test]
    fn the_width_is_that_of_the_terminal_in_readable_bounds() {
        assert_eq!(with(&[("COLUMNS", "60")], |env| width_of(None, || Some(90), env)), 90);
        assert_eq!(with(&[("COLUMNS", "60")], |env| width_of(None, || None, env)), 60);
        assert_eq!(with(&[("COLUMNS", "60")], |env| width_of(None, || Some(0), env)), 60, "a terminal without a size");
        assert_eq!(with(&[("COLUMNS", "wide")], |env| width_of(None, || None, env)), 80);
        assert_eq!(with(&[], |env| width_of(None, || Some(500), env)), 100);
        assert_eq!(with(&[], |env| width_of(None, || Some(10), env)), 40);
        assert_eq!(with(&[], |env| width_of(Some(120), || Some(10), env)), 120);
    }
}
