//! Every packet, two lines each: what it is, and what it says.

use std::io::{self, Write};

use super::{Numbers, Seen, row::Row};
use crate::{
    conversation::{ConversationId, write_label, write_rest},
    face::text::{Palette, Style},
    narrate::{english, headline},
};

/// Cells of a packet's number and its time.
const NUMBER: usize = 7;
const TIME: usize = 13;
const MARGIN: usize = NUMBER + 1 + TIME + 2;

#[derive(Debug)]
pub struct Packets<W> {
    out: W,
    palette: Palette,
    numbers: Numbers,
    row: Row,
}

impl<W: Write> Packets<W> {
    pub fn new(out: W, palette: Palette, numbers: Numbers) -> Self {
        Self { out, palette, numbers, row: Row::default() }
    }

    /// # Errors
    /// When it can not be written.
    pub fn packet(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        self.facts(seen)?;
        self.words(seen)?;
        if seen.comments.is_empty() {
            return Ok(());
        }
        seen.remarks().try_for_each(|remark| self.remark(&remark))
    }

    /// # Errors
    /// When it can not be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn facts(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let row = &mut self.row;
        row.begin(seen, NUMBER, TIME);
        row.style(Style::PLAIN);
        ends(row, seen);
        if let Some(ConversationId(id)) = seen.reading.conversation {
            row.style(Style::FAINT);
            row.push(" #");
            row.number(id, 0);
            row.style(Style::PLAIN);
        }
        row.push("  ");
        let counting = seen.counting(self.numbers);
        write_label(row.text(), seen.packet, seen.bytes, counting);
        seen.add_window(row.text());
        write_rest(row.text(), seen.packet, seen.bytes, counting);
        row.write(self.palette, &mut self.out)
    }

    fn words(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let sentence = headline(seen.reading, seen.packet, seen.counting(self.numbers), &|end| end.to_string());
        let row = &mut self.row;
        row.clear();
        row.spaces(MARGIN);
        row.push("\"");
        english::write(row.text(), &sentence);
        row.push("\"");
        row.write(self.palette, &mut self.out)
    }

    fn remark(&mut self, remark: &str) -> io::Result<()> {
        let row = &mut self.row;
        row.clear();
        row.spaces(MARGIN);
        row.style(Style::FAINT);
        row.push_foreign(remark);
        row.write(self.palette, &mut self.out)
    }
}

/// Who speaks to whom.
fn ends(row: &mut Row, seen: &Seen<'_>) {
    if let Some(flow) = seen.reading.flow {
        row.socket(flow.from);
        row.push(" > ");
        row.socket(flow.to);
    } else if let Some((from, to)) = seen.packet.addresses() {
        row.address(from);
        row.push(" > ");
        row.address(to);
    } else if let Some(ether) = seen.packet.ether {
        row.add(format_args!("{} > {}", ether.source, ether.destination));
    } else {
        row.push("somebody");
    }
}
