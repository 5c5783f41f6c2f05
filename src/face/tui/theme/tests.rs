//! What every theme has to be: legible, and plain to whoever sees fewer colours.

use super::{colour::distance, *};

const PAINTED: [Depth; 2] = [Depth::TrueColour, Depth::TwoHundredFiftySix];
const DEPTHS: [Depth; 4] = [Depth::None, Depth::Sixteen, Depth::TwoHundredFiftySix, Depth::TrueColour];
const BACKGROUNDS: [Option<Background>; 3] = [None, Some(Background::Dark), Some(Background::Light)];

/// Every theme in every depth, on every background.
fn all() -> impl Iterator<Item = Theme> {
    let of = |name: &'static str, depth| BACKGROUNDS.map(move |ground| Theme::choose(Some(name), depth, ground, false));
    NAMES.iter().flat_map(move |name| DEPTHS.into_iter().flat_map(move |depth| of(name, depth)))
}

fn painted() -> impl Iterator<Item = Theme> {
    PAINTED
        .into_iter()
        .flat_map(|depth| TABLE.iter().map(move |pigments| Theme::choose(Some(pigments.name), depth, None, false)))
}

/// What a colour of a painted theme looks like.
fn rgb(colour: Option<Color>) -> Rgb {
    match colour {
        Some(Color::Rgb(red, green, blue)) => Rgb(u32::from_be_bytes([0, red, green, blue])),
        Some(Color::Indexed(index)) => indexed(index),
        other => panic!("{other:?} is no painted colour"),
    }
}

fn legible_at(theme: &Theme, least: f64) {
    for ground in [theme.base(), theme.selected()].map(|style| rgb(style.bg)) {
        for ink in Ink::ALL {
            let contrast = rgb(theme.ink(ink).fg).contrast(ground);
            assert!(contrast >= least, "{} {:?}: {ink:?} on {ground:06x?} is {contrast:.2}", theme.name, theme.depth);
        }
        assert!(rgb(theme.base().fg).contrast(ground) >= least);
    }
}

#[test]
fn every_ink_can_be_read_on_the_screen_and_on_the_chosen_line() {
    painted().for_each(|theme| legible_at(&theme, LEGIBLE));
}

#[test]
fn high_contrast_is_level_aaa_in_true_colour() {
    for name in ["high-contrast-dark", "high-contrast-light"] {
        legible_at(&Theme::choose(Some(name), Depth::TrueColour, None, false), 7.0);
    }
}

#[test]
fn the_chosen_line_stands_out() {
    for theme in painted() {
        let apart = rgb(theme.base().bg).distance(rgb(theme.selected().bg));
        assert!(apart > 0.065, "{} {:?}: {apart:.3}", theme.name, theme.depth);
    }
}

/// Severity 1 of Machado, Oliveira and Fernandes (2009), for linear light.
const BLIND: [(&str, [[f64; 3]; 3]); 3] = [
    ("protanopia", [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    (
        "deuteranopia",
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    ),
    ("tritanopia", [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
];

fn seen(with: &[[f64; 3]; 3], colour: Rgb) -> [f64; 3] {
    let light = colour.linear();
    with.map(|row| row.iter().zip(light).map(|(part, channel)| part * channel).sum::<f64>().clamp(0.0, 1.0))
}

fn apart_for_everybody(theme: &Theme, one: Ink, other: Ink, least: f64) {
    let [one_rgb, other_rgb] = [one, other].map(|ink| rgb(theme.ink(ink).fg));
    assert!(one_rgb.distance(other_rgb) >= least, "{} {:?}: {one:?}, {other:?}", theme.name, theme.depth);
    for (name, matrix) in &BLIND {
        let apart = distance(seen(matrix, one_rgb), seen(matrix, other_rgb));
        assert!(apart >= least, "{} {:?} {name}: {one:?} and {other:?} are {apart:.3} apart", theme.name, theme.depth);
    }
}

#[test]
fn client_and_server_are_told_apart_by_the_colour_blind() {
    painted().for_each(|theme| apart_for_everybody(&theme, Ink::Client, Ink::Server, 0.12));
}

#[test]
fn good_and_bad_are_told_apart_by_the_colour_blind_in_their_theme() {
    for theme in painted().filter(|theme| theme.name.starts_with("colour-blind")) {
        apart_for_everybody(&theme, Ink::Good, Ink::Bad, 0.12);
    }
}

#[test]
fn good_bad_and_what_waits_never_look_the_same() {
    for theme in all() {
        let [good, bad, waits] = [Ink::Good, Ink::Bad, Ink::Waits].map(|ink| theme.ink(ink));
        assert!(good != bad && bad != waits && good != waits, "{} {:?}", theme.name, theme.depth);
    }
}

#[test]
fn nothing_is_brighter_than_what_waits() {
    for theme in painted() {
        let strength = |ink| rgb(theme.ink(ink).fg).contrast(rgb(theme.base().bg));
        let filled = theme.ink(Ink::Waits).add_modifier.contains(Modifier::REVERSED);
        let brightest = Ink::ALL.into_iter().all(|ink| strength(ink) <= strength(Ink::Waits));
        assert!(filled || brightest, "{} {:?}", theme.name, theme.depth);
    }
}

#[test]
fn without_colour_no_style_has_one() {
    for name in NAMES {
        let theme = Theme::choose(Some(name), Depth::None, Some(Background::Light), false);
        let inks = Ink::ALL.map(|ink| theme.ink(ink));
        for style in inks.into_iter().chain([theme.base(), theme.selected(), theme.border(true), theme.border(false)]) {
            assert_eq!((style.fg, style.bg, style.underline_color), (None, None, None), "{name}");
        }
        assert!(theme.selected().add_modifier.contains(Modifier::REVERSED));
        assert!(!theme.palette().colour);
    }
}

#[test]
fn sixteen_colours_leave_the_background_alone() {
    for ground in BACKGROUNDS {
        let theme = Theme::choose(Some("light"), Depth::Sixteen, ground, false);
        assert_eq!(theme.base(), Style::new());
        assert!(Ink::ALL.iter().all(|ink| theme.ink(*ink).bg.is_none()));
        assert_ne!(theme.ink(Ink::Client), theme.ink(Ink::Server));
    }
}

#[test]
fn the_name_or_else_the_background_decides() {
    let chosen = |name, ground| Theme::choose(name, Depth::TrueColour, ground, false).name;
    assert_eq!(chosen(None, None), "dark");
    assert_eq!(chosen(None, Some(Background::Light)), "light");
    assert_eq!(chosen(Some("auto"), Some(Background::Light)), "light");
    assert_eq!(chosen(Some("dark"), Some(Background::Light)), "dark");
    assert_eq!(chosen(Some("colour-blind"), Some(Background::Light)), "colour-blind-light");
    assert_eq!(chosen(Some("high-contrast"), None), "high-contrast-dark");
    assert_eq!(chosen(Some("no such"), Some(Background::Light)), "light");
    assert_eq!(chosen(Some(""), None), "dark");
}

#[test]
fn every_theme_of_the_table_can_be_named() {
    for pigments in TABLE {
        assert!(NAMES.contains(&pigments.name), "{}", pigments.name);
    }
}

#[test]
fn forms_are_added_to_the_inks_own() {
    let theme = Theme::choose(None, Depth::TrueColour, None, true);
    let style = theme.style(text::Style::of(Ink::Heading).italic().underline());
    assert_eq!(style.add_modifier, Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED);
    assert!(theme.is_ascii());
}

#[test]
fn the_inks_stand_in_their_order() {
    for (at, ink) in Ink::ALL.into_iter().enumerate() {
        assert_eq!(ink as usize, at, "{ink:?}");
    }
}
