//! The bytes of a frame: its fields, and all of them in hexadecimal. Nothing else of the screen knows how they look.

use crate::{
    face::text::{Line, Style, line::Ink},
    packet::{Field, Layer, LinkType, fields_from},
};

/// So many bytes stand in one line.
const PER_LINE: usize = 16;

/// The fields of a frame of this kind of link, two lines each: what it says, and what that means.
pub(super) fn fields(link: Option<LinkType>, bytes: &[u8]) -> Vec<Line> {
    let Some(link) = link else {
        return vec![Line::styled(
            "This program does not know this kind of link: its bytes stand below.",
            Style::FAINT,
        )];
    };
    let mut layer = None;
    let mut lines = Vec::new();
    for field in fields_from(link, bytes) {
        let here = Some((field.layer, field.quoted));
        if layer != here {
            layer = here;
            let quoted = if field.quoted { " (quoted)" } else { "" };
            lines.push(Line::styled(&format!("{}{quoted}", field.layer.name()), ink(field.layer).bold()));
        }
        lines.extend(field_lines(&field));
    }
    lines
}

fn field_lines(field: &Field) -> [Line; 2] {
    let place = match field.range.len() {
        0 | 1 => format!("byte {}", field.range.start),
        _ => format!("bytes {}-{}", field.range.start, field.range.end - 1),
    };
    let line = Line::styled(&format!("  {} ", field.name), ink(field.layer))
        .with(&field.value, Style::STRONG)
        .with(&format!("  {place}"), Style::FAINT);
    [line, Line::styled(&format!("    {}", field.meaning), Style::FAINT)]
}

const fn ink(layer: Layer) -> Style {
    Style::of(match layer {
        Layer::Ethernet | Layer::Cooked | Layer::Family | Layer::Vlan => Ink::LayerLink,
        Layer::Arp | Layer::Ipv4 | Layer::Ipv6 | Layer::Extension => Ink::LayerNet,
        Layer::Tcp | Layer::Udp | Layer::Icmp | Layer::Icmp6 => Ink::LayerTransport,
        Layer::Payload | Layer::Trailer => Ink::LayerPayload,
    })
}

/// How many lines of hexadecimal there are.
pub(super) const fn hex_lines(bytes: &[u8]) -> usize {
    bytes.len().div_ceil(PER_LINE)
}

/// One of them.
pub(super) fn hex_line(bytes: &[u8], index: usize) -> Line {
    let begin = (index * PER_LINE).min(bytes.len());
    let row = &bytes[begin..(begin + PER_LINE).min(bytes.len())];
    let mut hex = String::with_capacity(3 * PER_LINE + 1);
    for at in 0..PER_LINE {
        let gap = if at == PER_LINE / 2 { "  " } else { " " };
        hex.push_str(gap);
        hex.push_str(&row.get(at).map_or_else(|| "  ".to_owned(), |byte| format!("{byte:02x}")));
    }
    let signs: String = row.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' }).collect();
    Line::styled(&format!("{begin:04x} "), Style::FAINT)
        .with(&hex, Style::CODE)
        .with(&format!("  {signs}"), Style::of(Ink::LayerPayload))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_stand_in_their_lines() {
        let bytes: Vec<u8> = (0x30..0x4a).collect();
        assert_eq!(hex_lines(&bytes), 2);
        let text = hex_line(&bytes, 1).text();
        assert!(
            text.starts_with("0010  40 41 42 43 44 45 46 47  48 49   ") && text.ends_with("  @ABCDEFGHI"),
            "{text}"
        );
        assert_eq!(hex_lines(&[]), 0);
    }

    #[test]
    fn of_an_unknown_link_nothing_is_claimed() {
        assert_eq!(fields(None, &[1, 2, 3]).len(), 1);
    }
}
