//! One packet in words and bytes.

use super::bytes;
use crate::{
    face::{
        capture::Numbers,
        text::{Line, Marks, Style, line::hang, wrap::wrap},
        tui::capture::news::Found,
    },
    kernel::clock::Stamp,
    narrate::{english::packet as words, narrate_counting},
};

/// The lines of a packet. Those of its bytes are made when they are seen.
#[derive(Debug)]
pub(super) struct Detail<'f> {
    found: &'f Found,
    lines: Vec<Line>,
}

impl<'f> Detail<'f> {
    pub(super) fn of(found: &'f Found, began: Stamp, numbers: Numbers, marks: &Marks, width: usize) -> Self {
        let seen = found.seen(began);
        let narration = narrate_counting(seen.reading, seen.packet, seen.counting(numbers), &|end| end.to_string());
        let mut detail = Self { found, lines: Vec::new() };
        let width = width.max(20);
        detail.add(&Line::styled(&format!("\"{}\"", narration.headline), Style::STRONG), "", width);
        let bullet = format!("{} ", marks.bullet);
        narration.detail.iter().for_each(|words| detail.add(&Line::plain(words), &bullet, width));
        detail.states(marks, width);
        for words in words::measures(&seen.reading.measures) {
            detail.add(&Line::styled(&words, Style::FAINT), "", width);
        }
        if found.place.captured < found.place.original {
            let words = words::captured(found.place.captured, found.place.original);
            detail.add(&Line::styled(&words, Style::WARNING), "", width);
        }
        seen.remarks().for_each(|remark| detail.add(&Line::styled(&remark, Style::FAINT), "", width));
        detail.lines.push(Line::new());
        for line in bytes::fields(found.link, &found.bytes) {
            let indent = line.text().bytes().take_while(|byte| *byte == b' ').count();
            detail.add(&line.cut(&(indent..line.text().len())), &" ".repeat(indent), width);
        }
        detail.lines.push(Line::new());
        detail
    }

    /// Adds a line, wrapped, with something before it and as much room before the rest of it.
    fn add(&mut self, line: &Line, lead: &str, width: usize) {
        let (first, rest) = (Line::styled(lead, Style::FAINT), Line::spaces(lead.chars().count()));
        let wrapped = wrap(line, width.saturating_sub(first.width()).max(1));
        self.lines.extend(hang(wrapped, &first, &rest));
    }

    fn states(&mut self, marks: &Marks, width: usize) {
        for change in &self.found.reading.changes {
            let from = change.from.map_or_else(String::new, |from| format!("{from} {} ", marks.becomes));
            let line = Line::plain(&format!("{} ", change.end)).with(&format!("({from}{})", change.to), Style::CODE);
            self.add(&line, "", width);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len() + bytes::hex_lines(&self.found.bytes)
    }

    pub(super) fn line(&self, at: usize) -> Line {
        match self.lines.get(at) {
            Some(line) => line.clone(),
            None => bytes::hex_line(&self.found.bytes, at - self.lines.len()),
        }
    }
}
