//! The conversations of a capture, a line each.

use std::{
    io::{self, Write},
    ops::Range,
};

use super::row::Row;
use crate::{
    conversation::account::{Account, Party},
    face::text::{Look, Style, line::Ink},
    kernel::clock::Stamp,
    lesson::eval::duration,
    narrate::english::account::{HEADS, standing},
};

/// Cells between two columns.
const GUTTER: usize = 2;
/// The columns whose cells stand at the right.
const AT_THE_RIGHT: [bool; COLUMNS] = [true, false, false, false, true, true, true, true, false];
const COLUMNS: usize = HEADS.len();
/// Who opened, and with whom.
const ENDS: [usize; 2] = [2, 3];
/// The columns from here on say what became of it.
const FACTS: usize = 4;

/// Writes the list of these conversations, each with its number. The capture began at `began`.
///
/// # Errors
/// When it can not be written.
pub fn write<'a>(
    out: &mut impl Write,
    look: Look,
    accounts: impl Iterator<Item = (u64, &'a Account)> + Clone,
    began: Stamp,
) -> io::Result<()> {
    let widths = accounts
        .clone()
        .map(|(id, account)| cells(id, account, began))
        .fold(HEADS.map(str::len), |widths: [usize; COLUMNS], cells| {
            std::array::from_fn(|at| widths[at].max(cells[at].len()))
        });
    let mut row = Row::default();
    let parts = parts(&widths, look.width);
    let mut write_row = |cells: &[String; COLUMNS], style: &dyn Fn(usize) -> Style| {
        parts.iter().try_for_each(|(columns, indent)| {
            row.clear();
            row.spaces(*indent);
            fill(&mut row, cells, &widths, columns.clone(), style);
            row.write(look.palette, out)
        })
    };
    write_row(&HEADS.map(str::to_owned), &|_| Style::STRONG)?;
    accounts.into_iter().try_for_each(|(id, account)| write_row(&cells(id, account, began), &style))
}

/// Which columns stand in one line, and how far that is indented: all of them, or where that is too wide, who speaks
/// with whom in one line and the rest below it.
fn parts(widths: &[usize; COLUMNS], width: usize) -> Vec<(Range<usize>, usize)> {
    let whole = widths.iter().sum::<usize>() + GUTTER * (COLUMNS - 1);
    match whole <= width {
        true => vec![(0..COLUMNS, 0)],
        false => vec![(0..FACTS, 0), (FACTS..COLUMNS, widths[0] + GUTTER)],
    }
}

fn style(column: usize) -> Style {
    match column {
        2 => Style::of(Ink::Client),
        3 => Style::of(Ink::Server),
        0 | 1 | 6 | 7 => Style::FAINT,
        _ => Style::PLAIN,
    }
}

fn fill(
    row: &mut Row,
    cells: &[String; COLUMNS],
    widths: &[usize; COLUMNS],
    columns: Range<usize>,
    style: &dyn Fn(usize) -> Style,
) {
    let first = columns.start;
    for at in columns {
        let cell = &cells[at];
        let padding = widths[at] - cell.len();
        if at > first {
            row.spaces(GUTTER);
        }
        row.style(style(at));
        if AT_THE_RIGHT[at] {
            row.spaces(padding);
            row.push(cell);
        } else {
            row.push(cell);
            row.spaces(padding);
        }
    }
}

fn cells(id: u64, account: &Account, began: Stamp) -> [String; COLUMNS] {
    let sum = |of: fn(&Party) -> u64| account.parties.iter().map(of).sum::<u64>();
    let time = |from: Stamp, to: Stamp| duration(i64::try_from(to.0.saturating_sub(from.0)).unwrap_or(i64::MAX));
    let [opener, other] = ENDS.map(|column| account.parties[column - ENDS[0]].socket.to_string());
    [
        id.to_string(),
        account.proto.to_string(),
        opener,
        other,
        sum(|party| party.packets).to_string(),
        sum(|party| party.bytes).to_string(),
        time(began, account.began),
        time(account.began, account.ended),
        now(account),
    ]
}

/// How it stands with it, and what went wrong on the way.
pub(in crate::face) fn now(account: &Account) -> String {
    let again: u64 = account.parties.iter().map(|party| party.repeated).sum();
    let standing = standing(account);
    match again {
        0 => standing.to_owned(),
        _ => format!("{standing}, {again} sent again"),
    }
}
