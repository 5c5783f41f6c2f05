//! The list of fields, the meaning of the chosen one, and the bytes.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    super::{
        super::{
            canvas::{Scrolled, choose},
            theme::Theme,
        },
        sheet::{bar, put},
    },
    Dissected,
    choice::Chosen,
    plan::{NAMES, OFFSET, Plan, Row, rows},
};
use crate::{
    face::text::{Line, Style, line::Ink, wrap::wrap},
    packet::{Field, Layer},
};

/// Cells of the fields' names.
const NAME: usize = 22;

pub(super) struct Painter<'p> {
    pub(super) parts: &'p Dissected<'p>,
    pub(super) now: Chosen,
    pub(super) plan: Plan,
    pub(super) theme: &'p Theme,
}

/// What stands before a byte, where that is no space.
#[derive(Debug)]
struct Signs {
    chosen: &'static str,
    changed: &'static str,
    missing: &'static str,
    layer: &'static str,
}

const UNICODE: Signs = Signs { chosen: "▶", changed: "≠", missing: "/", layer: "│" };
const ASCII: Signs = Signs { chosen: ">", changed: "#", missing: "/", layer: "|" };

impl Painter<'_> {
    fn signs(&self) -> &'static Signs {
        if self.theme.is_ascii() { &ASCII } else { &UNICODE }
    }

    pub(super) fn draw(&self, buf: &mut Buffer) {
        self.list(buf);
        let Rect { x, y, width, height } = self.plan.meaning;
        let mut lines = meaning(self.parts, self.now, width.into());
        if lines.len() > height.into() {
            // A larger pane says the rest.
            lines.truncate(height.into());
            if let Some(last) = lines.last_mut() {
                last.push(" ", Style::PLAIN);
                last.push(self.theme.marks().pending, Style::FAINT);
            }
        }
        for (line, y) in lines.iter().zip(y..y + height) {
            put(buf, x, y, width, line, self.theme);
        }
        self.hex(buf);
    }

    fn list(&self, buf: &mut Buffer) {
        let area = self.plan.list;
        let rows = rows(&self.parts.fields);
        let first = self.plan.first_list_row(&rows, self.now.field);
        for (row, y) in rows.iter().skip(first).zip(area.y..area.bottom()) {
            put(buf, area.x, y, area.width, &self.list_line(*row), self.theme);
            if *row == Row::Field(self.now.field) {
                choose(buf, Rect { y, height: 1, ..area }, self.theme);
            }
        }
        if area.right() >= self.plan.hex.right() {
            bar(buf, area, Scrolled { total: rows.len(), above: first, seen: area.height.into() }, self.theme);
        }
    }

    fn list_line(&self, row: Row) -> Line {
        let signs = self.signs();
        match row {
            Row::Layer(at) => layer_line(&self.parts.fields, at),
            Row::Field(at) => {
                let field = &self.parts.fields[at];
                let changed = field.range.clone().find(|byte| self.parts.is_changed(*byte));
                let sign = changed.map_or("", |byte| self.change_sign(byte));
                let mark = if at == self.now.field { signs.chosen } else { " " };
                let value = if changed.is_some() { Style::BAD } else { Style::PLAIN };
                Line::styled(mark, Style::of(Ink::Waits).bold())
                    .with(&format!("{:<NAME$} ", field.name), Style::of(ink(field.layer)))
                    .with(&field.value, value)
                    .with(if changed.is_some() { " " } else { "" }, value)
                    .with(sign, value)
            }
        }
    }

    fn hex(&self, buf: &mut Buffer) {
        let area = self.plan.hex;
        let (bytes, per_row) = (self.parts.bytes.len(), usize::from(self.plan.per_row));
        let first = self.plan.first_byte_row(self.now.byte, bytes);
        for (row, y) in (first..bytes.div_ceil(per_row)).zip(area.y..area.bottom()) {
            put(buf, area.x, y, area.width, &self.hex_line(row), self.theme);
            self.light(buf, row, y);
        }
        let scrolled = Scrolled { total: bytes.div_ceil(per_row), above: first, seen: area.height.into() };
        bar(buf, area, scrolled, self.theme);
    }

    /// `0028 [ee b3 d9 5f]│50 12 …  ...._P.. TCP`
    fn hex_line(&self, row: usize) -> Line {
        let per_row = usize::from(self.plan.per_row);
        let begin = row * per_row;
        let bytes = &self.parts.bytes[begin..(begin + per_row).min(self.parts.bytes.len())];
        let mut line = Line::styled(&format!("{begin:04x} "), Style::FAINT);
        let mut text = Line::new();
        for (at, byte) in (begin..).zip(bytes) {
            let style = self.byte_style(at);
            let (sign, look) = self.before(at, at == begin);
            line.push(sign, look);
            line.push(&format!("{byte:02x}"), style);
            text.push(shown(byte), style);
        }
        line.append(&self.behind(begin + bytes.len() - 1));
        line.append(&Line::spaces(usize::from(self.plan.characters()).saturating_sub(line.width())));
        line.append(&text);
        if self.plan.has_names() {
            line.append(&Line::spaces(per_row - bytes.len() + 1));
            line.append(&self.names(begin, bytes.len()));
        }
        line
    }

    /// A field to which the byte belongs. Of several it does not matter which: they are of one layer.
    fn field_of(&self, byte: usize) -> Option<&Field> {
        let fields = &self.parts.fields;
        let begun = fields.partition_point(|field| field.range.start <= byte);
        begun.checked_sub(1).map(|last| &fields[last])
    }

    fn is_chosen(&self, byte: usize) -> bool {
        self.parts.fields[self.now.field].range.contains(&byte)
    }

    fn byte_style(&self, byte: usize) -> Style {
        let ink = if self.parts.is_changed(byte) {
            Ink::Bad
        } else {
            self.field_of(byte).map_or(Ink::Plain, |field| ink(field.layer))
        };
        let style = Style::of(ink);
        match (byte == self.now.byte, self.is_chosen(byte)) {
            (true, _) => style.bold().underline(),
            (false, true) => style.bold(),
            (false, false) => style,
        }
    }

    /// The sign between a byte and the one before it.
    fn before(&self, byte: usize, is_first: bool) -> (&'static str, Style) {
        let was_chosen = !is_first && self.is_chosen(byte - 1);
        let begins = || byte > 0 && self.layer(byte - 1) != self.layer(byte);
        match () {
            () if self.parts.is_changed(byte) => (self.change_sign(byte), Style::BAD),
            () if self.is_chosen(byte) && !was_chosen => ("[", Style::STRONG),
            () if !self.is_chosen(byte) && was_chosen => ("]", Style::STRONG),
            () if begins() => (self.signs().layer, Style::of(Ink::Rule)),
            // A space looks the same in every style; in that of its byte both are one stretch.
            () => (" ", self.byte_style(byte)),
        }
    }

    /// Before a byte that arrived as another one, or not at all.
    fn change_sign(&self, byte: usize) -> &'static str {
        let is_missing = self.parts.arrived.is_some_and(|arrived| byte >= arrived.len());
        if is_missing { self.signs().missing } else { self.signs().changed }
    }

    fn behind(&self, last: usize) -> Line {
        if self.is_chosen(last) { Line::styled("]", Style::STRONG) } else { Line::spaces(1) }
    }

    fn layer(&self, byte: usize) -> Option<(Layer, bool)> {
        self.field_of(byte).map(|field| (field.layer, field.quoted))
    }

    /// The layers that begin in this row.
    fn names(&self, begin: usize, count: usize) -> Line {
        let before = |byte: usize| byte.checked_sub(1).and_then(|before| self.layer(before));
        let begins = |byte: usize| self.layer(byte).filter(|layer| Some(*layer) != before(byte));
        let layers: Vec<Layer> = (begin..begin + count).filter_map(begins).map(|(layer, _)| layer).collect();
        let named = |name: fn(Layer) -> &'static str| {
            let mut line = Line::new();
            for layer in &layers {
                line.push(if line.is_blank() { "" } else { " " }, Style::PLAIN);
                line.push(name(*layer), Style::of(ink(*layer)));
            }
            line
        };
        let whole = named(Layer::name);
        if whole.width() < usize::from(NAMES) { whole } else { named(short_name) }
    }

    /// The chosen bytes and their characters stand on the ground of what is chosen.
    fn light(&self, buf: &mut Buffer, row: usize, y: u16) {
        let area = self.plan.hex;
        for column in 0..self.plan.per_row {
            let byte = row * usize::from(self.plan.per_row) + usize::from(column);
            if !self.is_chosen(byte) || byte >= self.parts.bytes.len() {
                continue;
            }
            for (x, width) in [(OFFSET + 3 * column + 1, 2), (self.plan.characters() + column, 1)] {
                let cells = Rect { x: area.x + x, y, width, height: 1 }.intersection(area);
                buf.set_style(cells.intersection(buf.area), self.theme.selected());
            }
        }
    }
}

fn layer_line(fields: &[Field], at: usize) -> Line {
    let field = &fields[at];
    let rest = fields[at..].iter().take_while(|other| (other.layer, other.quoted) == (field.layer, field.quoted));
    let end = rest.map(|other| other.range.end).max().unwrap_or(field.range.end);
    let quoted = if field.quoted { ", quoted" } else { "" };
    Line::styled(field.layer.name(), Style::of(ink(field.layer)).bold())
        .with(&format!("{quoted}  {}", span(field.range.start, end)), Style::FAINT)
}

/// `bytes 42-45`
fn span(begin: usize, end: usize) -> String {
    if end <= begin + 1 { format!("byte {begin}") } else { format!("bytes {begin}-{}", end - 1) }
}

/// What the chosen field says, where it is, and what that means.
pub(super) fn meaning(parts: &Dissected<'_>, now: Chosen, width: usize) -> Vec<Line> {
    let Some(field) = parts.fields.get(now.field) else { return Vec::new() };
    let head = Line::styled(field.layer.name(), Style::of(ink(field.layer)))
        .with(&format!(" {}: ", field.name), Style::of(Ink::Heading).bold())
        .with(&field.value, Style::STRONG);
    let mut lines = wrap(&head, width.max(8));
    lines.extend(wrap(&place(parts, field), width.max(8)));
    lines.extend(wrap(&Line::plain(&field.meaning), width.max(8)));
    if let Some(change) = change(parts, field) {
        lines.extend(wrap(&Line::styled(&change, Style::BAD), width.max(8)));
    }
    lines
}

/// `bytes 42-45: ee b3 d9 5f`, or the bits of the field between those of others.
fn place(parts: &Dissected<'_>, field: &Field) -> Line {
    const SHOWN: usize = 8;
    let bytes = parts.bytes.get(field.range.clone()).unwrap_or(&[]);
    let place = Line::styled(&format!("{}: ", span(field.range.start, field.range.end)), Style::FAINT);
    match &field.bits {
        Some(bits) => place.with(&marked_bits(bytes, bits), Style::CODE),
        None => {
            let hex: Vec<String> = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
            let more = if bytes.len() > SHOWN { " …" } else { "" };
            place.with(&(hex.join(" ") + more), Style::CODE)
        }
    }
}

/// `000[1]0010`
fn marked_bits(bytes: &[u8], bits: &std::ops::Range<u8>) -> String {
    let mut text = String::new();
    let all = bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte >> (7 - bit) & 1));
    for (at, bit) in (0..=u8::MAX).zip(all) {
        text.push_str(if at > 0 && at % 8 == 0 { " " } else { "" });
        text.push_str(if at == bits.start { "[" } else { "" });
        text.push(if bit == 1 { '1' } else { '0' });
        text.push_str(if at + 1 == bits.end { "]" } else { "" });
    }
    text
}

/// How the frame arrived, if otherwise than it was sent.
fn change(parts: &Dissected<'_>, field: &Field) -> Option<String> {
    let arrived = parts.arrived?;
    if field.range.end > arrived.len() {
        return Some(format!(
            "Cut on its way: of this frame only {} of {} bytes arrived.",
            arrived.len(),
            parts.bytes.len()
        ));
    }
    if let Some(byte) = field.range.clone().find(|byte| parts.is_changed(*byte)) {
        return Some(format!(
            "Changed on its way: byte {byte} was {:02x} and arrived as {:02x}.",
            parts.bytes[byte], arrived[byte]
        ));
    }
    match (0..arrived.len().min(parts.bytes.len())).find(|byte| parts.is_changed(*byte)) {
        Some(byte) => Some(format!("Of this frame byte {byte} was changed on its way.")),
        None => Some(format!("This frame was cut on its way to {} bytes; these arrived.", arrived.len())),
    }
}

/// Where several have to stand in one row.
const fn short_name(layer: Layer) -> &'static str {
    match layer {
        Layer::Ethernet => "Eth",
        Layer::Payload => "data",
        other => other.name(),
    }
}

const fn ink(layer: Layer) -> Ink {
    match layer {
        Layer::Ethernet | Layer::Cooked | Layer::Family | Layer::Vlan | Layer::Trailer => Ink::LayerLink,
        Layer::Arp | Layer::Ipv4 | Layer::Ipv6 | Layer::Extension => Ink::LayerNet,
        Layer::Tcp | Layer::Udp | Layer::Icmp | Layer::Icmp6 => Ink::LayerTransport,
        Layer::Payload => Ink::LayerPayload,
    }
}

/// The character that stands for a byte.
fn shown(byte: &u8) -> &str {
    let is_shown = matches!(byte, b' '..=b'~');
    str::from_utf8(std::slice::from_ref(byte)).ok().filter(|_| is_shown).unwrap_or(".")
}
