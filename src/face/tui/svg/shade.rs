//! How a cell looks, as colours that a picture knows.

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};

/// Where a theme leaves the colours to the terminal, the picture has a dark one's.
const LETTERS: &str = "#d8d8d8";
const GROUND: &str = "#16181d";
const SIXTEEN: [&str; 16] = [
    "#000000", "#cc3333", "#33aa55", "#c49a00", "#3a7bd5", "#a347ba", "#2aa1a1", "#d8d8d8", "#767676", "#ff6b6b",
    "#5fd38d", "#ffd75f", "#6cb2ff", "#d787ff", "#5fd7d7", "#ffffff",
];

/// The look of a cell, with what is reversed turned round already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shade {
    pub(super) ink: String,
    pub(super) ground: String,
    form: Modifier,
}

impl Shade {
    pub(super) fn of(cell: &Cell, page: &(String, String)) -> Self {
        let ink = colour(cell.fg).unwrap_or_else(|| page.0.clone());
        let ground = colour(cell.bg).unwrap_or_else(|| page.1.clone());
        let is_reversed = cell.modifier.contains(Modifier::REVERSED);
        let (ink, ground) = if is_reversed { (ground, ink) } else { (ink, ground) };
        Self { ink, ground, form: cell.modifier.difference(Modifier::REVERSED) }
    }

    /// In the words of a style sheet; empty for what looks as everything does.
    pub(super) fn rules(&self, page: &(String, String)) -> String {
        let forms = [
            (Modifier::BOLD, "font-weight:bold"),
            (Modifier::ITALIC, "font-style:italic"),
            (Modifier::UNDERLINED, "text-decoration:underline"),
            (Modifier::DIM, "opacity:.65"),
        ];
        let ink = (self.ink != page.0).then(|| format!("fill:{}", self.ink));
        let forms = forms.iter().filter(|(form, _)| self.form.contains(*form)).map(|(_, rule)| (*rule).to_owned());
        ink.into_iter().chain(forms).collect::<Vec<_>>().join(";")
    }
}

/// The colours of most cells: the last one has them.
pub(super) fn page(buf: &Buffer) -> (String, String) {
    let last = buf.content.last();
    let ink = last.and_then(|cell| colour(cell.fg)).unwrap_or_else(|| LETTERS.to_owned());
    let ground = last.and_then(|cell| colour(cell.bg)).unwrap_or_else(|| GROUND.to_owned());
    (ink, ground)
}

/// `None` for the terminal's own.
fn colour(colour: Color) -> Option<String> {
    let named = |at: usize| Some(SIXTEEN[at].to_owned());
    match colour {
        Color::Reset => None,
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Color::Indexed(at @ 0..16) => named(at.into()),
        Color::Indexed(at) => Some(of_the_cube(at)),
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => named(8),
        Color::LightRed => named(9),
        Color::LightGreen => named(10),
        Color::LightYellow => named(11),
        Color::LightBlue => named(12),
        Color::LightMagenta => named(13),
        Color::LightCyan => named(14),
        Color::White => named(15),
    }
}

/// One of the 216 colours, or of the 24 greys behind them.
fn of_the_cube(at: u8) -> String {
    let [red, green, blue] = match at.saturating_sub(16) {
        colour @ 0..216 => {
            [colour / 36, colour / 6 % 6, colour % 6].map(|part| if part == 0 { 0 } else { 55 + 40 * part })
        }
        grey => [8 + 10 * (grey - 216); 3],
    };
    format!("#{red:02x}{green:02x}{blue:02x}")
}
