//! How styles look in the terminal app: what a text *is* stands in [`text::Ink`], what that comes to is decided here,
//! once, for the terminal's colours and the learner's choice.
//!
//! Nothing is said by colour alone. What is drawn with these styles is left to the screens.

pub mod colour;
pub mod depth;
pub mod table;
#[cfg(test)]
mod tests;

use ratatui::style::{Color, Modifier, Style};

pub use self::depth::{Background, Depth};
use self::{
    colour::{LEGIBLE, Rgb, indexed, nearest},
    table::{Pigments, TABLE},
};
use crate::face::text::{self, Marks, line::Ink};

/// What can be chosen by name. `auto`, and a kind without `-dark` or `-light`, go by the terminal's own background.
pub const NAMES: &[&str] = &[
    "auto",
    "dark",
    "light",
    "high-contrast",
    "high-contrast-dark",
    "high-contrast-light",
    "colour-blind",
    "colour-blind-dark",
    "colour-blind-light",
];

/// How everything looks on one terminal.
#[derive(Clone, Debug)]
pub struct Theme {
    name: &'static str,
    depth: Depth,
    /// Of every ink, in their order.
    inks: [Style; Ink::ALL.len()],
    base: Style,
    selected: Style,
    marks: &'static Marks,
}

impl Theme {
    /// The theme of this name; an unknown one is `auto`. Without a background that is known, it is dark: where there
    /// are colours for it, the theme paints its own.
    #[must_use]
    pub fn choose(name: Option<&str>, depth: Depth, background: Option<Background>, ascii: bool) -> Self {
        let pigments = pigments(name.unwrap_or("auto"), background);
        let marks = if ascii { &Marks::ASCII } else { &Marks::UNICODE };
        match depth {
            Depth::None => Self::uncoloured(marks),
            Depth::Sixteen => Self::own_colours(background, marks),
            Depth::TwoHundredFiftySix => Self::painted(pigments, depth, &Cube::of(pigments), marks),
            Depth::TrueColour => Self::painted(pigments, depth, pigments, marks),
        }
    }

    fn uncoloured(marks: &'static Marks) -> Self {
        let inks = Ink::ALL.map(|ink| Style::new().add_modifier(form(ink)));
        Self { name: "no-colour", depth: Depth::None, inks, base: Style::new(), selected: reversed(), marks }
    }

    fn own_colours(background: Option<Background>, marks: &'static Marks) -> Self {
        let inks = Ink::ALL.map(|ink| named(ink, background));
        Self { name: "terminal", depth: Depth::Sixteen, inks, base: Style::new(), selected: reversed(), marks }
    }

    fn painted(pigments: &'static Pigments, depth: Depth, paint: &dyn Paint, marks: &'static Marks) -> Self {
        let inks = Ink::ALL.map(|ink| {
            let style = Style::new().fg(paint.ink(ink));
            // On paper nothing is brighter than the paper: there a filled block stands out.
            match (ink, pigments.background) {
                (Ink::Waits, Background::Light) => style.add_modifier(Modifier::BOLD | Modifier::REVERSED),
                (Ink::Waits | Ink::Heading | Ink::Key, _) => style.add_modifier(Modifier::BOLD),
                _ => style,
            }
        });
        let [ground, selected] = paint.grounds();
        let base = Style::new().fg(paint.ink(Ink::Plain)).bg(ground);
        Self { name: pigments.name, depth, inks, base, selected: Style::new().bg(selected), marks }
    }

    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    #[must_use]
    pub const fn depth(&self) -> Depth {
        self.depth
    }

    /// How a text of this style looks. It has no background of its own: it stands on [`Self::base`] or on
    /// [`Self::selected`].
    #[must_use]
    pub fn style(&self, style: text::Style) -> Style {
        let mut look = self.inks[style.ink as usize];
        for (wanted, modifier) in
            [(style.bold, Modifier::BOLD), (style.italic, Modifier::ITALIC), (style.underline, Modifier::UNDERLINED)]
        {
            if wanted {
                look = look.add_modifier(modifier);
            }
        }
        look
    }

    #[must_use]
    pub fn ink(&self, ink: Ink) -> Style {
        self.style(text::Style::of(ink))
    }

    /// The screen's own foreground and background; it is painted before anything else.
    #[must_use]
    pub const fn base(&self) -> Style {
        self.base
    }

    /// What the chosen line is patched with, before or after its text is put there.
    #[must_use]
    pub const fn selected(&self) -> Style {
        self.selected
    }

    /// The border of a pane. The one that has the keys is told apart by more than its colour: see `canvas::pane`.
    #[must_use]
    pub fn border(&self, focused: bool) -> Style {
        if focused { self.ink(Ink::Heading) } else { self.ink(Ink::Rule) }
    }

    #[must_use]
    pub const fn marks(&self) -> &'static Marks {
        self.marks
    }

    #[must_use]
    pub fn is_ascii(&self) -> bool {
        *self.marks == Marks::ASCII
    }

    /// The same for text that is laid out by the faces' own tools, which ask whether there is colour.
    #[must_use]
    pub fn palette(&self) -> text::Palette {
        text::Palette { colour: self.depth != Depth::None, marks: self.marks }
    }
}

/// The colours of this name on that background.
fn pigments(name: &str, background: Option<Background>) -> &'static Pigments {
    let background = background.unwrap_or(Background::Dark);
    let exact = TABLE.iter().find(|pigments| pigments.name == name);
    let kind = || {
        let of_kind = |pigments: &&Pigments| pigments.background == background && pigments.name.starts_with(name);
        TABLE.iter().filter(|_| NAMES.contains(&name)).find(of_kind)
    };
    let auto = || TABLE.iter().find(|pigments| pigments.background == background);
    exact.or_else(kind).or_else(auto).unwrap_or(&TABLE[0])
}

const fn reversed() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}

/// What stands for an ink where there is no colour. Most need nothing: words and signs say the same.
const fn form(ink: Ink) -> Modifier {
    match ink {
        Ink::Faint | Ink::Rule => Modifier::DIM,
        Ink::Bad | Ink::Heading | Ink::Key | Ink::Live => Modifier::BOLD,
        Ink::Warning => Modifier::UNDERLINED,
        Ink::Waits => Modifier::BOLD.union(Modifier::REVERSED),
        _ => Modifier::empty(),
    }
}

/// The terminal's own colours: no fixed shades, because its user has chosen them to be legible. They are not told
/// apart from the background by us, so only those are used that stand out on either.
fn named(ink: Ink, background: Option<Background>) -> Style {
    let dark = background == Some(Background::Dark);
    let style = Style::new();
    match ink {
        Ink::Plain | Ink::LayerPayload => style,
        Ink::Faint | Ink::Rule => style.add_modifier(Modifier::DIM),
        Ink::Client if dark => style.fg(Color::LightBlue),
        Ink::Client => style.fg(Color::Blue),
        Ink::Server => style.fg(Color::Yellow),
        Ink::Good | Ink::LayerTransport => style.fg(Color::Green),
        Ink::Bad => style.fg(Color::Red),
        Ink::Warning | Ink::LayerLink => style.fg(Color::Magenta),
        Ink::Code | Ink::LayerNet => style.fg(Color::Cyan),
        Ink::Heading | Ink::Key | Ink::Live => style.add_modifier(Modifier::BOLD),
        Ink::Waits if dark => style.fg(Color::LightYellow).add_modifier(Modifier::BOLD),
        Ink::Waits => style.add_modifier(Modifier::BOLD | Modifier::REVERSED),
    }
}

/// Where a painted theme's colours come from.
trait Paint {
    fn ink(&self, ink: Ink) -> Color;
    /// Of the screen, and of the chosen line.
    fn grounds(&self) -> [Color; 2];
}

impl Paint for Pigments {
    fn ink(&self, ink: Ink) -> Color {
        true_colour(self.of(ink))
    }

    fn grounds(&self) -> [Color; 2] {
        [self.ground, self.selected].map(true_colour)
    }
}

const fn true_colour(rgb: Rgb) -> Color {
    let [red, green, blue] = rgb.channels();
    Color::Rgb(red, green, blue)
}

/// The same colours as the nearest of 256 that can still be read.
struct Cube {
    pigments: &'static Pigments,
    grounds: [u8; 2],
}

impl Cube {
    fn of(pigments: &'static Pigments) -> Self {
        let ground = nearest(pigments.ground, |_| true);
        // What is chosen stands out here as much as in true colour.
        let apart = pigments.selected.distance(pigments.ground);
        let selected = nearest(pigments.selected, |rgb| rgb.distance(indexed(ground)) >= apart);
        Self { pigments, grounds: [ground, selected] }
    }

    /// Nearer shades may lie between the text and its ground, and would take the contrast away. A ground that is
    /// lighter than it was meant to be asks for lighter text.
    fn is_legible(&self, rgb: Rgb) -> bool {
        self.grounds.iter().all(|ground| indexed(*ground).contrast(rgb) >= LEGIBLE)
    }
}

impl Paint for Cube {
    fn ink(&self, ink: Ink) -> Color {
        Color::Indexed(nearest(self.pigments.of(ink), |rgb| self.is_legible(rgb)))
    }

    fn grounds(&self) -> [Color; 2] {
        self.grounds.map(Color::Indexed)
    }
}
