//! One conversation as a ladder: two lanes, a packet an arrow, and under it what it says.

use std::{
    collections::HashSet,
    io::{self, Write},
    net::SocketAddr,
};

use unicode_width::UnicodeWidthStr;

use super::{Numbers, Seen, row::Row};
use crate::{
    conversation::{account::Account, write_label, write_rest},
    face::text::{Line, Look, Style, line::Ink, line::hang, wrap::wrap},
    kernel::{clock::Stamp, socket::Proto},
    narrate::{account::summarise, english::account as words, narrate_counting},
};

/// Cells of a packet's number and its time in front of the lanes.
const NUMBER: usize = 6;
const TIME: usize = 12;
const MARGIN: usize = NUMBER + 1 + TIME + 2;
/// An arrow has at least so much of a shaft.
const SHAFT: usize = 3;

/// Here the words below an arrow need the whole width.
const NARROW: usize = 60;

/// So many details are remembered: what is said again and again is said early.
const MOST_SAID: usize = 256;

/// How the lanes are drawn.
#[derive(Debug)]
struct Strokes {
    lane: &'static str,
    shaft: &'static str,
    right: &'static str,
    left: &'static str,
}

const UNICODE: Strokes = Strokes { lane: "┃", shaft: "─", right: "▶", left: "◀" };
const ASCII: Strokes = Strokes { lane: "|", shaft: "-", right: ">", left: "<" };

#[derive(Debug)]
pub struct Ladder<W> {
    out: W,
    look: Look,
    numbers: Numbers,
    row: Row,
    /// Who opened stands at the left.
    left: Option<SocketAddr>,
    /// The details that were told already, by sender.
    said: HashSet<(Option<SocketAddr>, String)>,
}

impl<W: Write> Ladder<W> {
    pub fn new(out: W, look: Look, numbers: Numbers) -> Self {
        Self { out, look, numbers, row: Row::default(), left: None, said: HashSet::new() }
    }

    /// What stands above: who speaks with whom, and what it came to.
    ///
    /// # Errors
    /// When it can not be written.
    pub fn begin(&mut self, id: u64, account: &Account, began: Stamp) -> io::Result<()> {
        let [left, right] = [0, 1].map(|party: usize| account.parties[party].socket);
        self.text(&Line::styled(&words::heading(id, account), Style::STRONG), 0)?;
        self.text(&Line::plain(&summarise(account, &|end| end.to_string())), 0)?;
        let since_ns = account.began.0.saturating_sub(began.0);
        let guide = words::guide(since_ns, account.proto == Proto::Tcp, self.numbers == Numbers::Relative);
        self.text(&Line::styled(&guide, Style::FAINT), 0)?;
        self.blank()?;
        self.set_lanes(left, right)
    }

    /// The names of the two lanes, side by side where there is room.
    fn set_lanes(&mut self, left: SocketAddr, right: SocketAddr) -> io::Result<()> {
        self.left = Some(left);
        let (left, right) = (left.to_string(), right.to_string());
        let room = self.look.width.checked_sub(MARGIN + left.len() + right.len()).filter(|room| *room > 0);
        self.row.clear();
        self.row.spaces(MARGIN);
        self.row.style(Style::of(Ink::Client));
        self.row.push(&left);
        if room.is_none() {
            self.row.write(self.look.palette, &mut self.out)?;
            self.row.clear();
        }
        self.row.spaces(room.unwrap_or_else(|| self.look.width.saturating_sub(right.len())));
        self.row.style(Style::of(Ink::Server));
        self.row.push(&right);
        self.row.write(self.look.palette, &mut self.out)
    }

    /// # Errors
    /// When it can not be written.
    pub fn packet(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        if let (None, Some(flow)) = (self.left, seen.reading.flow) {
            self.set_lanes(flow.from, flow.to)?;
        }
        self.arrow(seen)?;
        self.words(seen)
    }

    /// # Errors
    /// When it can not be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn arrow(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let counting = seen.counting(self.numbers);
        let (mut label, mut rest) = (String::new(), String::new());
        write_label(&mut label, seen.packet, seen.bytes, counting);
        seen.add_window(&mut label);
        write_rest(&mut rest, seen.packet, seen.bytes, counting);
        let inner = self.look.width.saturating_sub(MARGIN + 2).max(SHAFT + 2);
        let fits = label.width() + 2 * SHAFT + 3 <= inner;
        if !fits {
            rest.insert_str(0, &std::mem::take(&mut label));
        }
        self.lanes(seen, &label, inner)?;
        if rest.is_empty() { Ok(()) } else { self.text(&Line::plain(rest.trim_start()), self.indent()) }
    }

    /// The line with the arrow, `inner` cells between the lanes.
    fn lanes(&mut self, seen: &Seen<'_>, label: &str, inner: usize) -> io::Result<()> {
        let strokes = if self.look.palette.is_ascii() { &ASCII } else { &UNICODE };
        let label = if label.is_empty() { String::new() } else { format!(" {label} ") };
        let shaft = strokes.shaft.repeat(inner.saturating_sub(label.width() + 1 + SHAFT));
        let short = strokes.shaft.repeat(SHAFT);
        // An ICMP error goes back to the sender of the packet that it is about.
        let reading = seen.reading;
        let sender = reading.flow.map(|flow| flow.from).or(reading.about.map(|about| about.to));
        let to_the_right = sender.is_none_or(|sender| Some(sender) == self.left);
        let row = &mut self.row;
        row.begin(seen, NUMBER, TIME);
        row.push(strokes.lane);
        row.style(Style::of(if to_the_right { Ink::Client } else { Ink::Server }));
        let parts = match to_the_right {
            true => [short.as_str(), &label, &shaft, strokes.right],
            false => [strokes.left, &shaft, &label, &short],
        };
        parts.into_iter().for_each(|part| row.push_foreign(part));
        row.style(Style::FAINT);
        row.push(strokes.lane);
        row.write(self.look.palette, &mut self.out)
    }

    fn words(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let counting = seen.counting(self.numbers);
        let narration = narrate_counting(seen.reading, seen.packet, counting, &|end| end.to_string());
        self.text(&Line::plain(&format!("\"{}\"", narration.headline)), self.indent())?;
        for detail in &narration.detail {
            self.detail(seen.reading.flow.map(|flow| flow.from), detail)?;
        }
        for remark in seen.remarks() {
            self.text(&Line::styled(&remark, Style::FAINT), self.indent())?;
        }
        self.states(seen)
    }

    /// Said once by each side, a thing is known.
    fn detail(&mut self, sender: Option<SocketAddr>, detail: &str) -> io::Result<()> {
        let said = (sender, detail.to_owned());
        if self.said.contains(&said) {
            return Ok(());
        }
        if self.said.len() < MOST_SAID {
            self.said.insert(said);
        }
        self.text(&Line::styled(detail, Style::FAINT), self.indent())
    }

    fn states(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let becomes = self.look.palette.marks.becomes;
        let mut line = Line::new();
        for change in &seen.reading.changes {
            let gap = if line.is_blank() { "" } else { "  " };
            let from = change.from.map_or_else(String::new, |from| format!("{from} {becomes} "));
            let ink = if Some(change.end) == self.left { Ink::Client } else { Ink::Server };
            line.push(gap, Style::PLAIN);
            line.push(&format!("{} ({from}{})", change.end, change.to), Style::of(ink));
        }
        if line.is_blank() { Ok(()) } else { self.text(&line, self.indent()) }
    }

    /// Where the words below an arrow begin.
    const fn indent(&self) -> usize {
        if self.look.width < NARROW { 4 } else { MARGIN + 2 }
    }

    fn text(&mut self, line: &Line, indent: usize) -> io::Result<()> {
        let lead = Line::spaces(indent);
        let wrapped = wrap(line, self.look.width.saturating_sub(indent).max(20));
        for line in hang(wrapped, &lead, &lead) {
            writeln!(self.out, "{}", self.look.palette.paint(&line))?;
        }
        Ok(())
    }

    fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }
}
