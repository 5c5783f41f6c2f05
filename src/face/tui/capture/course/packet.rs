//! One packet in words, and taken apart into its fields.

use crate::{
    face::{
        capture::Numbers,
        text::{Line, Marks, Style, line::hang, wrap::wrap},
        tui::{capture::news::Found, detail::Dissected},
    },
    kernel::clock::Stamp,
    narrate::{english::packet as english, narrate_counting},
    packet::{Field, Layer, fields_from},
};

/// What a packet says and does, in lines of this width.
pub(super) fn in_words(found: &Found, began: Stamp, numbers: Numbers, marks: &Marks, width: usize) -> Vec<Line> {
    let seen = found.seen(began);
    let narration = narrate_counting(seen.reading, seen.packet, seen.counting(numbers), &|end| end.to_string());
    let mut words = Words { lines: Vec::new(), width: width.max(20) };
    words.add(&Line::styled(&format!("\"{}\"", narration.headline), Style::STRONG), "");
    if found.place.captured < found.place.original {
        let said = english::captured(found.place.captured, found.place.original);
        words.add(&Line::styled(&said, Style::WARNING), "");
    }
    let bullet = format!("{} ", marks.bullet);
    narration.detail.iter().for_each(|said| words.add(&Line::plain(said), &bullet));
    words.states(found, marks);
    for said in english::measures(&seen.reading.measures) {
        words.add(&Line::styled(&said, Style::FAINT), "");
    }
    seen.remarks().for_each(|remark| words.add(&Line::styled(&remark, Style::FAINT), ""));
    words.lines
}

/// The fields of a packet.
pub(super) fn dissected(found: &Found) -> Dissected<'_> {
    let bytes = found.bytes.as_slice();
    match found.link {
        _ if bytes.is_empty() => Dissected { bytes, arrived: None, fields: Vec::new() },
        Some(link) => Dissected { bytes, arrived: None, fields: fields_from(link, bytes) },
        None => unknown(bytes),
    }
}

/// Of a kind of link that this program does not know, all bytes are one field.
pub(super) fn unknown(bytes: &[u8]) -> Dissected<'_> {
    let meaning = "This program does not know this kind of link: what its bytes mean is not said.".to_owned();
    let (layer, range, value) = (Layer::Payload, 0..bytes.len(), format!("{} bytes", bytes.len()));
    let frame = Field { layer, quoted: false, name: "frame", range, bits: None, value, meaning };
    Dissected { bytes, arrived: None, fields: vec![frame] }
}

struct Words {
    lines: Vec<Line>,
    width: usize,
}

impl Words {
    /// Adds a line, wrapped, with something before it and as much room before the rest of it.
    fn add(&mut self, line: &Line, lead: &str) {
        let (first, rest) = (Line::styled(lead, Style::FAINT), Line::spaces(lead.chars().count()));
        let wrapped = wrap(line, self.width.saturating_sub(first.width()).max(1));
        self.lines.extend(hang(wrapped, &first, &rest));
    }

    fn states(&mut self, found: &Found, marks: &Marks) {
        for change in &found.reading.changes {
            let from = change.from.map_or_else(String::new, |from| format!("{from} {} ", marks.becomes));
            let line = Line::plain(&format!("{} ", change.end)).with(&format!("({from}{})", change.to), Style::CODE);
            self.add(&line, "");
        }
    }
}
