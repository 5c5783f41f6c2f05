//! Cells in a terminal's own words.
//!
//! crossterm writes each of the sixteen colours that every terminal has as one of 256 (`38;5;1`). A terminal that knows
//! sixteen takes the 5 in it for "blink": here each colour is written in the words of those who know it.

use ratatui::{
    buffer::Cell,
    style::{Color, Modifier},
};

/// How a cell looks: all that a terminal has to be told before its sign.
type Looks = (Color, Color, Modifier);

const PLAIN: Looks = (Color::Reset, Color::Reset, Modifier::empty());

const MODIFIERS: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// Appends the cells, each at its place, and leaves the terminal writing plainly.
pub(super) fn write<'c>(frame: &mut Vec<u8>, cells: impl Iterator<Item = (u16, u16, &'c Cell)>) {
    // What was written before, by whomever, is not relied on.
    let (mut looks, mut behind) = (None, None);
    for (x, y, cell) in cells {
        if behind != Some((x, y)) {
            // Terminals count from one.
            frame.extend(format!("\x1b[{};{}H", y + 1, x + 1).bytes());
        }
        let wanted = (cell.fg, cell.bg, cell.modifier);
        if looks != Some(wanted) {
            say(frame, wanted);
            looks = Some(wanted);
        }
        frame.extend(cell.symbol().bytes());
        behind = Some((x + 1, y));
    }
    if looks.is_some_and(|looks| looks != PLAIN) {
        say(frame, PLAIN);
    }
}

fn say(frame: &mut Vec<u8>, (front, ground, modifiers): Looks) {
    // Whatever was before is over: so no terminal has to know how to end a single one.
    frame.extend(b"\x1b[0");
    for (modifier, code) in MODIFIERS {
        if modifiers.contains(modifier) {
            frame.extend(format!(";{code}").bytes());
        }
    }
    colour(frame, front, 30);
    colour(frame, ground, 40);
    frame.push(b'm');
}

/// `first` is what black is called: 30 in front, 40 behind.
fn colour(frame: &mut Vec<u8>, colour: Color, first: u8) {
    let words = match (colour, of_sixteen(colour)) {
        (_, Some(at @ 0..8)) => format!(";{}", first + at),
        // The bright ones.
        (_, Some(at)) => format!(";{}", first + 60 + at - 8),
        (Color::Indexed(at), None) => format!(";{};5;{at}", first + 8),
        (Color::Rgb(red, green, blue), None) => format!(";{};2;{red};{green};{blue}", first + 8),
        (_, None) => return,
    };
    frame.extend(words.bytes());
}

const fn of_sixteen(colour: Color) -> Option<u8> {
    Some(match colour {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Indexed(at @ 0..16) => at,
        Color::Reset | Color::Rgb(..) | Color::Indexed(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    /// What is written for cells side by side.
    fn written(cells: &[(&str, Style)]) -> String {
        let cells: Vec<Cell> = cells
            .iter()
            .map(|(sign, style)| {
                let mut cell = Cell::default();
                cell.set_symbol(sign).set_style(*style);
                cell
            })
            .collect();
        let mut frame = Vec::new();
        write(&mut frame, (4..).zip(&cells).map(|(x, cell)| (x, 2, cell)));
        String::from_utf8(frame).unwrap()
    }

    fn in_colour(colour: Color) -> String {
        written(&[("x", Style::new().fg(colour).bg(colour))])
    }

    #[test]
    fn a_terminal_of_sixteen_colours_understands_each_of_them() {
        assert_eq!(in_colour(Color::Red), "\x1b[3;5H\x1b[0;31;41mx\x1b[0m");
        assert_eq!(in_colour(Color::DarkGray), "\x1b[3;5H\x1b[0;90;100mx\x1b[0m");
        assert_eq!(in_colour(Color::White), in_colour(Color::Indexed(15)));
    }

    #[test]
    fn of_more_colours_those_who_know_them_are_told() {
        assert_eq!(in_colour(Color::Indexed(110)), "\x1b[3;5H\x1b[0;38;5;110;48;5;110mx\x1b[0m");
        assert_eq!(in_colour(Color::Rgb(1, 2, 3)), "\x1b[3;5H\x1b[0;38;2;1;2;3;48;2;1;2;3mx\x1b[0m");
    }

    #[test]
    fn cells_that_look_alike_are_one_stretch() {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        assert_eq!(written(&[("a", bold), ("b", bold), ("c", Style::new())]), "\x1b[3;5H\x1b[0;1mab\x1b[0mc");
    }

    #[test]
    fn a_gap_is_jumped_over() {
        let cells = [Cell::new("汉"), Cell::new("b")];
        let mut frame = Vec::new();
        write(&mut frame, [(0, 0, &cells[0]), (2, 0, &cells[1])].into_iter());
        assert_eq!(String::from_utf8(frame).unwrap(), "\x1b[1;1H\x1b[0m汉\x1b[1;3Hb");
    }
}
