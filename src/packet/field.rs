//! A field of a packet as the inspector shows it, and the list that the protocols write theirs into.

use std::{fmt::Display, ops::Range};

use super::{
    fault::{Bytes, count},
    layer::Layer,
    span::Span,
};

/// One field: where it is, what it says, and what that means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub layer: Layer,
    /// Whether it belongs to the packet that an ICMP error quotes.
    pub quoted: bool,
    pub name: &'static str,
    /// The bytes of the frame that it touches.
    pub range: Range<usize>,
    /// Its bits in those bytes, where it does not fill them: 0 is the highest bit of the first byte.
    pub bits: Option<Range<u8>>,
    pub value: String,
    /// One sentence for a learner, true of this value.
    pub meaning: String,
}

/// What a field says, and what that means.
pub(super) struct Said {
    value: String,
    meaning: String,
}

/// The pair of a value and its meaning.
pub(super) fn said(value: impl Display, meaning: impl Into<String>) -> Said {
    Said { value: value.to_string(), meaning: meaning.into() }
}

/// The fields of a frame while they are being listed.
pub(super) struct FieldMap<'a> {
    pub(super) bytes: &'a [u8],
    /// Whether what is being listed is a quoted packet.
    pub(super) quoted: bool,
    fields: Vec<Field>,
}

impl<'a> FieldMap<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, quoted: false, fields: Vec::with_capacity(48) }
    }

    /// Lists fields of `layer` that lie in `at`; they count their offsets from its start.
    pub(super) fn header(&mut self, layer: Layer, at: Span) -> Header<'_, 'a> {
        Header { map: self, layer, at }
    }

    /// All fields in the order of their bytes. Bytes that no protocol has spoken for become a field of their own.
    pub(super) fn finish(mut self) -> Vec<Field> {
        self.fields.sort_by_key(|field| (field.range.start, field.bits.as_ref().map_or(0, |bits| bits.start)));
        let mut listed = Vec::with_capacity(self.fields.len() + 1);
        let (mut end, mut last) = (0, (Layer::Payload, false));
        for field in self.fields {
            if field.range.start > end {
                listed.push(unread(end..field.range.start, last));
            }
            end = end.max(field.range.end);
            last = (field.layer, field.quoted);
            listed.push(field);
        }
        if end < self.bytes.len() {
            listed.push(unread(end..self.bytes.len(), last));
        }
        listed
    }
}

/// The bytes of a header that ends too early, or whose lengths lie.
fn unread(range: Range<usize>, (layer, quoted): (Layer, bool)) -> Field {
    Field {
        layer,
        quoted,
        name: "unread",
        value: counted(range.len()),
        range,
        bits: None,
        meaning: "Nothing says how these bytes are to be read: the header before them is cut short or damaged.".into(),
    }
}

/// A header whose fields are being listed. A field that lies behind its end is left out: the header was cut there.
pub(super) struct Header<'m, 'a> {
    map: &'m mut FieldMap<'a>,
    layer: Layer,
    at: Span,
}

impl<'a> Header<'_, 'a> {
    /// All bytes of the header.
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.at.of(self.map.bytes)
    }

    /// A number of one to four whole bytes.
    pub(super) fn number(&mut self, name: &'static str, range: Range<usize>, say: impl FnOnce(u32) -> Said) {
        self.raw(name, range, |bytes| say(big_endian(bytes)));
    }

    /// A number of some bits; bit 0 is the highest bit of the byte `first`.
    pub(super) fn bits(&mut self, name: &'static str, first: usize, bits: Range<u8>, say: impl FnOnce(u32) -> Said) {
        let range = first + usize::from(bits.start / 8)..first + usize::from(bits.end.div_ceil(8));
        let bits = bits.start % 8..bits.start % 8 + (bits.end - bits.start);
        let Some(bytes) = self.bytes().get(range.clone()) else { return self.cut_bits(name, range, bits) };
        let behind = 8 * bytes.len() - usize::from(bits.end);
        let value = big_endian(bytes) >> behind & (u32::MAX >> (32 - bits.len()));
        self.push(name, range, Some(bits), say(value));
    }

    /// The bits that are left of a field whose last bytes were cut off: the others of their byte have fields too.
    fn cut_bits(&mut self, name: &'static str, range: Range<usize>, bits: Range<u8>) {
        let range = range.start..range.end.min(self.at.len());
        if range.is_empty() {
            return;
        }
        let end = u8::try_from(range.len() * 8).unwrap_or(u8::MAX);
        let said = said("cut", "Only the first bits of this field are there.");
        self.push(name, range, Some(bits.start..bits.end.min(end)), said);
    }

    /// A field of any number of bytes.
    pub(super) fn raw(&mut self, name: &'static str, range: Range<usize>, say: impl FnOnce(&'a [u8]) -> Said) {
        if let Some(bytes) = self.bytes().get(range.clone()).filter(|bytes| !bytes.is_empty()) {
            self.push(name, range, None, say(bytes));
        }
    }

    fn push(&mut self, name: &'static str, range: Range<usize>, bits: Option<Range<u8>>, said: Said) {
        let Said { value, meaning } = said;
        let start = self.at.start();
        let range = start + range.start..start + range.end;
        let (layer, quoted) = (self.layer, self.map.quoted);
        self.map.fields.push(Field { layer, quoted, name, range, bits, value, meaning });
    }
}

/// The number in at most four bytes, the most significant one first.
pub(super) fn big_endian(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// "1 byte", "34 bytes".
pub(super) fn counted(length: usize) -> String {
    Bytes(count(length)).to_string()
}

/// Bytes as two hexadecimal digits each, the first sixteen of them.
pub(super) fn hex(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let more = if bytes.len() > 16 { " …" } else { "" };
    shown.join(" ") + more
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(bytes: &[u8], list: impl FnOnce(&mut Header<'_, '_>)) -> Vec<(Range<usize>, Option<Range<u8>>, String)> {
        let mut map = FieldMap::new(bytes);
        list(&mut map.header(Layer::Tcp, Span::all(bytes)));
        map.finish().into_iter().map(|field| (field.range, field.bits, field.value)).collect()
    }

    #[test]
    fn bits_are_counted_from_the_highest() {
        let fields = listed(&[0x60, 0x12, 0x34, 0x56], |header| {
            header.bits("version", 0, 0..4, |n| said(n, ""));
            header.bits("class", 0, 4..12, |n| said(n, ""));
            header.bits("label", 0, 12..32, |n| said(format!("{n:x}"), ""));
        });
        assert_eq!(fields[0], (0..1, Some(0..4), "6".into()));
        assert_eq!(fields[1], (0..2, Some(4..12), "1".into()));
        assert_eq!(fields[2], (1..4, Some(4..24), "23456".into()));
    }

    #[test]
    fn bits_that_are_cut_stay_a_field() {
        let fields = listed(&[0x60], |header| {
            header.bits("version", 0, 0..4, |n| said(n, ""));
            header.bits("class", 0, 4..12, |n| said(n, ""));
            header.bits("label", 0, 12..32, |n| said(n, ""));
        });
        assert_eq!(fields, [(0..1, Some(0..4), "6".into()), (0..1, Some(4..8), "cut".into())]);
    }

    #[test]
    fn a_gap_and_a_field_behind_the_end_are_unread() {
        let fields = listed(&[1, 2, 3, 4], |header| {
            header.number("first", 1..2, |n| said(n, ""));
            header.number("cut", 3..5, |n| said(n, ""));
        });
        let places: Vec<_> = fields.into_iter().map(|(range, _, value)| (range, value)).collect();
        assert_eq!(places, [(0..1, "1 byte".into()), (1..2, "2".into()), (2..4, "2 bytes".into())]);
    }
}
