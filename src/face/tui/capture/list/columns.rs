//! The columns of the list: which of them there is room for, and what stands in them.

use crate::{
    conversation::account::{Account, Closing, Party},
    face::{
        capture::{list::now, row::write_socket},
        text::{Line, Style, line::Ink},
        tui::{canvas::fitting, ladder::brief},
    },
    kernel::clock::Stamp,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Number,
    Proto,
    From,
    To,
    Began,
    Lasted,
    Packets,
    /// Bytes of the one who opened.
    There,
    Back,
    Now,
}

use Column as C;

/// From left to right.
const ALL: [Column; 10] =
    [C::Number, C::Proto, C::From, C::To, C::Began, C::Lasted, C::Packets, C::There, C::Back, C::Now];

/// Those that are left out where there is no room, the first one first.
const DISPENSABLE: [Column; 5] = [C::Began, C::Lasted, C::Back, C::There, C::Proto];

/// A socket is not cut shorter.
const LEAST_SOCKET: usize = 9;
const LEAST_NOW: usize = 12;

impl Column {
    const fn head(self) -> &'static str {
        match self {
            C::Number => "#",
            C::Proto => "",
            C::From => "from",
            C::To => "to",
            C::Began => "began",
            C::Lasted => "lasted",
            C::Packets => "packets",
            C::There => "there",
            C::Back => "back",
            C::Now => "now",
        }
    }

    const fn is_at_the_right(self) -> bool {
        matches!(self, C::Number | C::Began | C::Lasted | C::Packets | C::There | C::Back)
    }
}

/// Which columns there are, each with its cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns(Vec<(Column, usize)>);

impl Columns {
    /// For so many cells. `widest`: the longest socket of each side; `count`: how many conversations there are.
    pub(super) fn fit(width: usize, widest: [usize; 2], count: usize) -> Self {
        let cells = |column: Column| match column {
            C::Number => count.saturating_sub(1).max(1).to_string().len().max(3),
            C::Proto => 3,
            C::From => widest[0].max(LEAST_SOCKET),
            C::To => widest[1].max(LEAST_SOCKET),
            C::Began | C::Lasted => 9,
            C::There | C::Back => 8,
            C::Packets => 7,
            C::Now => LEAST_NOW,
        };
        let mut columns = Self(ALL.map(|column| (column, cells(column))).to_vec());
        for column in DISPENSABLE {
            if columns.width() <= width {
                break;
            }
            columns.0.retain(|(there, _)| *there != column);
        }
        columns.shorten(columns.width().saturating_sub(width));
        let free = width.saturating_sub(columns.width());
        columns.change(C::Now, |cells| cells + free);
        columns
    }

    fn width(&self) -> usize {
        self.0.iter().map(|(_, cells)| cells + 1).sum::<usize>().saturating_sub(1)
    }

    fn change(&mut self, column: Column, change: impl Fn(usize) -> usize) {
        self.0.iter_mut().filter(|(there, _)| *there == column).for_each(|(_, cells)| *cells = change(*cells));
    }

    /// Takes so many cells from the sockets, the longer one first.
    fn shorten(&mut self, by: usize) {
        for _ in 0..by {
            let ends =
                self.0.iter_mut().filter(|(column, cells)| matches!(column, C::From | C::To) && *cells > LEAST_SOCKET);
            let Some((_, cells)) = ends.max_by_key(|(_, cells)| *cells) else { return };
            *cells -= 1;
        }
    }

    pub(super) fn heads(&self) -> Line {
        self.line(
            |column, text| {
                text.push_str(column.head());
                Style::FAINT
            },
            "",
        )
    }

    pub(super) fn row(&self, id: u32, account: &Account, began: Stamp, cut: &str) -> Line {
        self.line(|column, text| fill(column, id, account, began, text), cut)
    }

    fn line(&self, fill: impl Fn(Column, &mut String) -> Style, cut: &str) -> Line {
        let (mut line, mut text) = (Line::new(), String::new());
        for (place, (column, cells)) in self.0.iter().enumerate() {
            text.clear();
            let style = fill(*column, &mut text);
            shorten(&mut text, *cells, cut);
            // Nothing in the list is wider than its bytes are many: addresses, numbers, words of this program.
            let padding = " ".repeat(cells.saturating_sub(text.len() - excess(&text)));
            let (before, behind) =
                if column.is_at_the_right() { (padding.as_str(), "") } else { ("", padding.as_str()) };
            line.push(if place > 0 { " " } else { "" }, Style::PLAIN);
            line.push(before, Style::PLAIN);
            line.push(&text, style);
            line.push(behind, Style::PLAIN);
        }
        line
    }
}

/// The bytes of a text beyond its cells.
fn excess(text: &str) -> usize {
    text.len() - text.chars().count()
}

/// A socket keeps its end: the port.
fn shorten(text: &mut String, cells: usize, cut: &str) {
    if text.len() <= cells {
        return;
    }
    let room = cells.saturating_sub(cut.chars().count());
    let is_socket = text.contains(':');
    if is_socket && cells >= LEAST_SOCKET {
        let begin = text.len() - room;
        text.replace_range(..begin, cut);
    } else {
        text.truncate(fitting(text, room));
        text.push_str(&cut[..fitting(cut, cells)]);
    }
}

fn fill(column: Column, id: u32, account: &Account, began: Stamp, text: &mut String) -> Style {
    let [one, other] = &account.parties;
    let mut digits = itoa::Buffer::new();
    match column {
        C::Number => text.push_str(digits.format(id)),
        C::Proto => text.push_str(&account.proto.to_string()),
        C::From => write_socket(text, one.socket),
        C::To => write_socket(text, other.socket),
        C::Began => text.push_str(&brief(account.began.0.saturating_sub(began.0))),
        C::Lasted => text.push_str(&brief(account.ended.0.saturating_sub(account.began.0))),
        C::Packets => text.push_str(digits.format(one.packets + other.packets)),
        C::There => amount(one, text),
        C::Back => amount(other, text),
        C::Now => text.push_str(&now(account)),
    }
    style(column, account)
}

/// Bytes in at most eight cells.
fn amount(party: &Party, text: &mut String) {
    let bytes = party.bytes;
    let tenths = |unit: u64| (bytes / unit, bytes % unit * 10 / unit);
    let ((whole, tenth), unit) = match bytes {
        0..10_000_000 => return text.push_str(itoa::Buffer::new().format(bytes)),
        10_000_000..10_000_000_000 => (tenths(1_000_000), "MB"),
        _ => (tenths(1_000_000_000), "GB"),
    };
    text.push_str(&format!("{whole}.{tenth}{unit}"));
}

fn style(column: Column, account: &Account) -> Style {
    match column {
        C::From => Style::of(Ink::Client),
        C::To => Style::of(Ink::Server),
        C::Packets | C::There | C::Back => Style::PLAIN,
        C::Number | C::Proto | C::Began | C::Lasted => Style::FAINT,
        C::Now => match account.closing {
            Closing::Refused | Closing::Reset { .. } | Closing::Unreachable { .. } => Style::of(Ink::Bad),
            _ if account.parties.iter().any(|party| party.repeated > 0) => Style::WARNING,
            _ => Style::PLAIN,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_never_need_more_room_than_there_is() {
        for width in 45..200 {
            let columns = Columns::fit(width, [21, 47], 10_000);
            assert!(columns.width() <= width, "{width}: {columns:?}");
        }
    }

    #[test]
    fn where_there_is_room_all_of_them_are_there() {
        assert_eq!(Columns::fit(118, [21, 21], 10_000).0.len(), ALL.len());
        assert!(Columns::fit(78, [21, 21], 10_000).0.iter().all(|(column, _)| *column != C::Began));
    }

    #[test]
    fn a_socket_that_is_cut_keeps_its_port() {
        let mut text = "[2001:db8::1234]:443".to_owned();
        shorten(&mut text, 10, "…");
        assert_eq!(text, "…1234]:443");
    }
}
