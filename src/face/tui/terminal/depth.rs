//! How many colours the terminal has, by what the environment says.

use crate::face::{
    text::terminal::{ColourChoice, Environment, colour},
    tui::theme::Depth,
};

/// Terminals that have all colours and say so by their name only.
const RICH: [&str; 7] = ["direct", "kitty", "alacritty", "ghostty", "wezterm", "foot", "contour"];
/// Terminals that have none.
const POOR: [&str; 3] = ["dumb", "-mono", "-m"];

/// What this process may paint with; `choice` is what was asked for on the command line, and wins.
///
/// ```
/// use wiretutor::face::{text::terminal::ColourChoice, tui::{terminal::colours, theme::Depth}};
///
/// let env = |name: &str| (name == "TERM").then(|| "xterm-256color".into());
/// assert_eq!(colours(ColourChoice::Auto, &env), Depth::TwoHundredFiftySix);
/// ```
#[must_use]
pub fn colours(choice: ColourChoice, env: Environment) -> Depth {
    let said = |name| env(name).map(|value| value.to_string_lossy().to_ascii_lowercase());
    let term = said("TERM").unwrap_or_default();
    let is_poor = term == POOR[0] || POOR[1..].iter().any(|end| term.ends_with(end)) || is_glass_tty(&term);
    if !colour(choice, true, env) || (is_poor && choice == ColourChoice::Auto) {
        return Depth::None;
    }
    let all = said("COLORTERM").is_some_and(|value| matches!(value.as_str(), "truecolor" | "24bit"));
    if all || RICH.iter().any(|name| term.contains(name)) {
        Depth::TrueColour
    } else if term.contains("256color") {
        Depth::TwoHundredFiftySix
    } else {
        Depth::Sixteen
    }
}

/// The terminals of old that showed one colour.
fn is_glass_tty(term: &str) -> bool {
    let number = term.strip_prefix("vt").map(|rest| rest.split('-').next().unwrap_or_default());
    number.is_some_and(|number| matches!(number, "52" | "100" | "102" | "220" | "320"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(variables: &[(&str, &str)]) -> Depth {
        asked(ColourChoice::Auto, variables)
    }

    fn asked(choice: ColourChoice, variables: &[(&str, &str)]) -> Depth {
        colours(choice, &|wanted| variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_name_of_the_terminal_says_how_many_colours_it_has() {
        assert_eq!(depth(&[("TERM", "xterm")]), Depth::Sixteen);
        assert_eq!(depth(&[("TERM", "linux")]), Depth::Sixteen);
        assert_eq!(depth(&[("TERM", "xterm-256color")]), Depth::TwoHundredFiftySix);
        assert_eq!(depth(&[("TERM", "tmux-256color")]), Depth::TwoHundredFiftySix);
        for term in ["xterm-direct", "xterm-kitty", "alacritty", "foot-extra", "xterm-ghostty"] {
            assert_eq!(depth(&[("TERM", term)]), Depth::TrueColour, "{term}");
        }
    }

    #[test]
    fn colorterm_says_more_than_the_name() {
        for value in ["truecolor", "24bit", "TrueColor"] {
            assert_eq!(depth(&[("TERM", "xterm-256color"), ("COLORTERM", value)]), Depth::TrueColour);
        }
        assert_eq!(depth(&[("TERM", "xterm"), ("COLORTERM", "1")]), Depth::Sixteen);
    }

    #[test]
    fn no_color_and_terminals_without_colour_mean_none() {
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("NO_COLOR", "1"), ("COLORTERM", "truecolor")]), Depth::None);
        for term in ["dumb", "vt100", "vt220-w", "xterm-mono", "linux-m"] {
            assert_eq!(depth(&[("TERM", term)]), Depth::None, "{term}");
        }
        assert_eq!(depth(&[("TERM", "vte-256color")]), Depth::TwoHundredFiftySix);
    }

    #[test]
    fn an_empty_no_color_says_nothing() {
        assert_eq!(depth(&[("TERM", "xterm"), ("NO_COLOR", "")]), Depth::Sixteen);
    }

    #[test]
    fn the_command_line_wins() {
        assert_eq!(asked(ColourChoice::Never, &[("TERM", "xterm-direct")]), Depth::None);
        assert_eq!(asked(ColourChoice::Always, &[("TERM", "xterm"), ("NO_COLOR", "1")]), Depth::Sixteen);
        assert_eq!(asked(ColourChoice::Always, &[("TERM", "vt100")]), Depth::Sixteen);
    }
}
