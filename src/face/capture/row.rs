//! A line of text that is written again and again: a capture has millions of them.
//!
//! It keeps where each style begins, so that without colour its text goes out as it is.

use std::{
    fmt::{self, Write as _},
    io,
    net::{IpAddr, SocketAddr},
};

use super::Seen;
use crate::face::text::{Line, Palette, Style, escape::escape};

#[derive(Debug, Default)]
pub(super) struct Row {
    text: String,
    /// From this byte on.
    styles: Vec<(usize, Style)>,
}

impl Row {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.styles.clear();
    }

    /// What is written now has this style.
    pub(super) fn style(&mut self, style: Style) {
        self.styles.push((self.text.len(), style));
    }

    /// Words of this program: nothing in them can be obeyed by a terminal.
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Words of somebody else.
    pub(super) fn push_foreign(&mut self, text: &str) {
        self.text.push_str(&escape(text));
    }

    pub(super) fn add(&mut self, words: fmt::Arguments<'_>) {
        // Writing to a `String` can not fail.
        let _ = self.text.write_fmt(words);
    }

    /// Begins anew with a packet's place in the file and its time, at the right of so many cells each.
    pub(super) fn begin(&mut self, seen: &Seen<'_>, number: usize, time: usize) {
        self.clear();
        self.style(Style::FAINT);
        self.number(seen.number, number);
        self.push(" ");
        self.seconds(seen.since_began(), time);
        self.push("  ");
    }

    /// A number, at the right of so many cells.
    pub(super) fn number(&mut self, number: u64, cells: usize) {
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(number);
        self.spaces(cells.saturating_sub(digits.len()));
        self.text.push_str(digits);
    }

    /// Seconds with nanoseconds, at the right of so many cells.
    pub(super) fn seconds(&mut self, nanos: i128, cells: usize) {
        const PER_SECOND: u64 = 1_000_000_000;
        let size = u64::try_from(nanos.unsigned_abs()).unwrap_or(u64::MAX);
        let (whole, fraction) = (size / PER_SECOND, size % PER_SECOND);
        if nanos < 0 {
            self.add(format_args!("{:>cells$}", format!("-{whole}.{fraction:09}")));
            return;
        }
        self.number(whole, cells.saturating_sub(10));
        // A digit in front keeps the zeros behind the point.
        let mut digits = itoa::Buffer::new();
        self.text.push('.');
        self.text.push_str(&digits.format(PER_SECOND + fraction)[1..]);
    }

    pub(super) fn socket(&mut self, socket: SocketAddr) {
        write_socket(&mut self.text, socket);
    }

    pub(super) fn address(&mut self, address: IpAddr) {
        write_address(&mut self.text, address);
    }

    pub(super) fn spaces(&mut self, mut count: usize) {
        const BLANK: &str = "                                ";
        while count > 0 {
            let now = count.min(BLANK.len());
            self.text.push_str(&BLANK[..now]);
            count -= now;
        }
    }

    pub(super) fn text(&mut self) -> &mut String {
        &mut self.text
    }

    /// Writes it as a line.
    pub(super) fn write(&self, palette: Palette, out: &mut impl io::Write) -> io::Result<()> {
        if palette.colour {
            out.write_all(palette.paint(&self.line()).as_bytes())?;
        } else {
            out.write_all(self.text.trim_end_matches(' ').as_bytes())?;
        }
        out.write_all(b"\n")
    }

    fn line(&self) -> Line {
        let mut line = Line::new();
        let first = self.styles.first().map_or(self.text.len(), |(begin, _)| *begin);
        line.push(&self.text[..first], Style::PLAIN);
        for (at, (begin, style)) in self.styles.iter().enumerate() {
            let end = self.styles.get(at + 1).map_or(self.text.len(), |(next, _)| *next);
            line.push(&self.text[*begin..end], *style);
        }
        line
    }
}

/// Adds an address and its port. As `Display` writes it, several times as quickly.
pub(in crate::face) fn write_socket(text: &mut String, socket: SocketAddr) {
    let is_v6 = socket.is_ipv6();
    text.push_str(if is_v6 { "[" } else { "" });
    write_address(text, socket.ip());
    text.push_str(if is_v6 { "]:" } else { ":" });
    text.push_str(itoa::Buffer::new().format(socket.port()));
}

fn write_address(text: &mut String, address: IpAddr) {
    match address {
        IpAddr::V4(v4) => {
            for (at, byte) in v4.octets().into_iter().enumerate() {
                text.push_str(if at > 0 { "." } else { "" });
                text.push_str(itoa::Buffer::new().format(byte));
            }
        }
        IpAddr::V6(v6) => {
            // Writing to a `String` can not fail.
            let _ = write!(text, "{v6}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(write: impl FnOnce(&mut Row)) -> String {
        let mut row = Row::default();
        write(&mut row);
        row.text
    }

    #[test]
    fn sockets_are_written_as_they_always_are() {
        for socket in ["10.0.0.255:65535", "[2001:db8::7]:0", "[::ffff:10.0.0.1]:80"] {
            let socket: SocketAddr = socket.parse().unwrap();
            assert_eq!(row(|row| row.socket(socket)), socket.to_string());
        }
    }

    #[test]
    fn numbers_stand_at_the_right() {
        assert_eq!(row(|row| row.number(0, 3)), "  0");
        assert_eq!(row(|row| row.number(1234, 3)), "1234");
        assert_eq!(row(|row| row.number(u64::MAX, 3)), u64::MAX.to_string());
    }

    #[test]
    fn seconds_have_nine_digits_behind_the_point() {
        assert_eq!(row(|row| row.seconds(1_000_000_007, 14)), "   1.000000007");
        assert_eq!(row(|row| row.seconds(-5, 14)), "  -0.000000005");
    }

    #[test]
    fn styles_are_painted_and_foreign_words_escaped() {
        let mut row = Row::default();
        row.push("a ");
        row.style(Style::STRONG);
        row.push_foreign("b\x1b");
        let mut plain = Vec::new();
        row.write(Palette::plain(true), &mut plain).unwrap();
        assert_eq!(plain, b"a b\\x1b\n");
        let mut painted = Vec::new();
        row.write(Palette { colour: true, ..Palette::plain(true) }, &mut painted).unwrap();
        assert_eq!(String::from_utf8(painted).unwrap(), "a \x1b[1mb\\x1b\x1b[0m\n");
    }
}
