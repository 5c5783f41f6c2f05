//! Tables fitted to the width.
//!
//! Columns are as wide as they would like while that fits; otherwise the widest give way and their cells are
//! wrapped. Where even that leaves no room, or cells would become towers of a word or two, each row becomes a few lines
//! `column: cell`.

use super::{
    line::{Line, Style, hang},
    wrap::{longest_piece, wrap},
};

/// Cells between two columns.
const GUTTER: usize = 2;
/// A column narrower than this can not be read.
const NARROWEST: usize = 6;
/// A cell of more lines is read more easily where it has the whole width.
const HIGHEST: usize = 4;

/// The table as lines. Rows with fewer cells than `head` are filled with empty ones, what is over is left out.
#[must_use]
pub fn table(head: &[Line], rows: &[Vec<Line>], width: usize) -> Vec<Line> {
    if head.is_empty() {
        return Vec::new();
    }
    match fit(head, rows, width) {
        Some(widths) if !has_towers(rows, &widths) => grid(head, rows, &widths),
        _ => records(head, rows, width),
    }
}

/// The width of each column, if they can stand side by side.
fn fit(head: &[Line], rows: &[Vec<Line>], width: usize) -> Option<Vec<usize>> {
    let room = width.checked_sub(GUTTER * (head.len() - 1))?;
    let measured = |measure: fn(&Line) -> usize| -> Vec<usize> {
        (0..head.len()).map(|at| column(head, rows, at).map(measure).max().unwrap_or(0)).collect()
    };
    let mut widths = measured(Line::width);
    let least: Vec<usize> =
        measured(longest_piece).into_iter().map(|piece| piece.clamp(1, NARROWEST.max(room / 3))).collect();
    while widths.iter().sum::<usize>() > room {
        let giving = (0..widths.len()).filter(|&at| widths[at] > least[at]).max_by_key(|&at| widths[at])?;
        widths[giving] -= 1;
    }
    Some(widths)
}

/// Whether a column is so narrow that a cell of it becomes higher than it is good to read.
fn has_towers(rows: &[Vec<Line>], widths: &[usize]) -> bool {
    let all: usize = widths.iter().sum();
    let is_tower = |(cell, width): (&Line, &usize)| 2 * width < all && wrap(cell, *width).len() > HIGHEST;
    rows.iter().any(|row| row.iter().zip(widths).any(is_tower))
}

fn column<'t>(head: &'t [Line], rows: &'t [Vec<Line>], at: usize) -> impl Iterator<Item = &'t Line> {
    std::iter::once(&head[at]).chain(rows.iter().filter_map(move |row| row.get(at)))
}

fn grid(head: &[Line], rows: &[Vec<Line>], widths: &[usize]) -> Vec<Line> {
    let mut lines = grid_row(head, widths);
    let rule: Vec<Line> = widths.iter().map(|width| Line::styled(&"-".repeat(*width), Style::FAINT)).collect();
    lines.extend(grid_row(&rule, widths));
    lines.extend(rows.iter().flat_map(|row| grid_row(row, widths)));
    lines
}

/// One row of cells, each wrapped in its column.
fn grid_row(cells: &[Line], widths: &[usize]) -> Vec<Line> {
    let empty = Line::new();
    let wrapped: Vec<Vec<Line>> =
        widths.iter().enumerate().map(|(at, width)| wrap(cells.get(at).unwrap_or(&empty), *width)).collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    (0..height).map(|at| side_by_side(wrapped.iter().map(|cell| cell.get(at)).zip(widths))).collect()
}

fn side_by_side<'t>(cells: impl Iterator<Item = (Option<&'t Line>, &'t usize)>) -> Line {
    let mut row = Line::new();
    let mut owed = 0;
    for (cell, width) in cells {
        if let Some(cell) = cell.filter(|cell| !cell.is_blank()) {
            row.append(&Line::spaces(owed));
            row.append(cell);
            owed = width.saturating_sub(cell.width());
        } else {
            owed += width;
        }
        owed += GUTTER;
    }
    row
}

fn records(head: &[Line], rows: &[Vec<Line>], width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for row in rows {
        for (at, (name, cell)) in head.iter().zip(row).enumerate() {
            let mut whole = name.clone();
            whole.push(": ", Style::PLAIN);
            whole.append(cell);
            let first = Line::plain(if at == 0 { "- " } else { "  " });
            lines.extend(hang(wrap(&whole, width.saturating_sub(2)), &first, &Line::spaces(2)));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(texts: &[&str]) -> Vec<Line> {
        texts.iter().map(|text| Line::plain(text)).collect()
    }

    fn shown(head: &[&str], rows: &[&[&str]], width: usize) -> Vec<String> {
        let rows: Vec<Vec<Line>> = rows.iter().map(|row| cells(row)).collect();
        table(&cells(head), &rows, width).iter().map(Line::text).collect()
    }

    #[test]
    fn what_fits_stands_in_columns_also_with_chinese() {
        assert_eq!(
            shown(&["state", "meaning"], &[&["LISTEN", "等待连接"], &["三次握手", "x"]], 40),
            ["state     meaning", "--------  --------", "LISTEN    等待连接", "三次握手  x"]
        );
    }

    #[test]
    fn the_widest_column_gives_way() {
        assert_eq!(
            shown(&["call", "what it does"], &[&["listen", "says that the socket may be called"]], 26),
            [
                "call    what it does",
                "------  ------------------",
                "listen  says that the",
                "        socket may be",
                "        called"
            ]
        );
    }

    #[test]
    fn without_room_a_row_becomes_lines() {
        assert_eq!(
            shown(&["option", "client", "server", "bytes"], &[&["window scale", "7", "8", "3"]], 14),
            ["- option:", "  window scale", "  client: 7", "  server: 8", "  bytes: 3"]
        );
    }

    #[test]
    fn a_cell_that_would_become_a_tower_makes_its_row_lines() {
        let meaning = "the most bytes that I take in one segment, options included";
        assert_eq!(
            shown(
                &["option", "client", "server", "meaning"],
                &[&["MSS option", "1460 bytes", "1460 bytes", meaning]],
                46
            ),
            [
                "- option: MSS option",
                "  client: 1460 bytes",
                "  server: 1460 bytes",
                "  meaning: the most bytes that I take in one",
                "  segment, options included"
            ]
        );
    }

    proptest! {
        #[test]
        fn no_row_is_wider_than_it_may_be(
            rows in prop::collection::vec(prop::collection::vec("[a三, -]{0,30}", 0..5), 0..5),
            columns in 1_usize..5,
            width in 12_usize..60,
        ) {
            let head: Vec<Line> = (0..columns).map(|at| Line::plain(&format!("column {at}"))).collect();
            let rows: Vec<Vec<Line>> = rows.iter().map(|row| row.iter().map(|cell| Line::plain(cell)).collect()).collect();
            for line in table(&head, &rows, width) {
                prop_assert!(line.width() <= width, "{:?}", line.text());
            }
        }
    }
}
