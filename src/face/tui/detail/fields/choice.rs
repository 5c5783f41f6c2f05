//! Which field and which byte are chosen: from the one to the other, and from one frame to the next.

use super::super::Move;
use crate::packet::{Field, Layer};

/// A field as it is looked for in every frame, and the byte of it at which the cursor stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    layer: Layer,
    quoted: bool,
    name: &'static str,
    /// Which of those that are called the same.
    nth: usize,
    within: usize,
}

/// A field by its place in the list, and a byte of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) field: usize,
    pub(super) byte: usize,
}

impl Wanted {
    pub(super) fn of(fields: &[Field], chosen: Chosen) -> Option<Self> {
        let field = fields.get(chosen.field)?;
        let nth = fields[..chosen.field].iter().filter(|other| is_alike(other, field)).count();
        let within = chosen.byte.saturating_sub(field.range.start);
        Some(Self { layer: field.layer, quoted: field.quoted, name: field.name, nth, within })
    }

    fn find(&self, fields: &[Field]) -> Option<Chosen> {
        let is_meant = |field: &&(usize, &Field)| {
            (field.1.layer, field.1.quoted, field.1.name) == (self.layer, self.quoted, self.name)
        };
        let all: Vec<(usize, &Field)> = fields.iter().enumerate().filter(|field| is_meant(&field)).collect();
        let (at, field) = all.get(self.nth).or(all.last())?;
        let byte = field.range.start + self.within.min(field.range.len().saturating_sub(1));
        Some(Chosen { field: *at, byte })
    }
}

fn is_alike(one: &Field, other: &Field) -> bool {
    (one.layer, one.quoted, one.name) == (other.layer, other.quoted, other.name)
}

/// The chosen field of this frame. One that it has not got gives way to the sequence number, or to what comes first.
pub(super) fn chosen(fields: &[Field], wanted: Option<&Wanted>) -> Option<Chosen> {
    let usual = || fields.iter().position(|field| field.layer == Layer::Tcp && field.name == "sequence number");
    let first = || usual().or((!fields.is_empty()).then_some(0)).map(|at| begin(fields, at));
    wanted.and_then(|wanted| wanted.find(fields)).or_else(first)
}

/// The field with its first byte.
pub(super) fn begin(fields: &[Field], field: usize) -> Chosen {
    Chosen { field, byte: fields.get(field).map_or(0, |field| field.range.start) }
}

/// The field that owns a byte: the chosen one if it is of it, otherwise the one with the byte's first bits.
pub(super) fn owner(fields: &[Field], byte: usize, now: Option<usize>) -> Option<usize> {
    let has = |at: &usize| fields.get(*at).is_some_and(|field| field.range.contains(&byte));
    now.filter(has).or_else(|| (0..fields.len()).find(has))
}

pub(super) fn moved(fields: &[Field], now: Chosen, step: Move) -> Chosen {
    let last = fields.len().saturating_sub(1);
    match step {
        Move::Up => begin(fields, now.field.saturating_sub(1)),
        Move::Down => begin(fields, (now.field + 1).min(last)),
        Move::Left => at_byte(fields, now, now.byte.saturating_sub(1)),
        Move::Right => at_byte(fields, now, now.byte + 1),
        Move::PageUp => begin(fields, layer_before(fields, now.field)),
        Move::PageDown => begin(fields, layer_behind(fields, now.field).unwrap_or(last)),
        Move::Home => begin(fields, 0),
        Move::End => begin(fields, last),
    }
}

/// The cursor on this byte, where there is one.
pub(super) fn at_byte(fields: &[Field], now: Chosen, byte: usize) -> Chosen {
    owner(fields, byte, Some(now.field)).map_or(now, |field| Chosen { field, byte })
}

/// The first field of the layer; from there the first of the layer before it.
fn layer_before(fields: &[Field], at: usize) -> usize {
    let first_of =
        |at: usize| (0..=at).rev().take_while(|other| is_same_layer(fields, *other, at)).last().unwrap_or(at);
    let first = first_of(at);
    if first < at { first } else { at.checked_sub(1).map_or(0, first_of) }
}

fn layer_behind(fields: &[Field], at: usize) -> Option<usize> {
    (at..fields.len()).find(|other| !is_same_layer(fields, *other, at))
}

pub(super) fn is_same_layer(fields: &[Field], one: usize, other: usize) -> bool {
    let layer = |at: usize| fields.get(at).map(|field| (field.layer, field.quoted));
    layer(one) == layer(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{face::sample::wire, packet::fields, timeline::event::What};

    fn frames() -> Vec<Vec<u8>> {
        let bytes = |event: crate::timeline::event::Event| match event.what {
            What::Frame { bytes, .. } => Some(bytes),
            _ => None,
        };
        wire::events().into_iter().filter_map(bytes).collect()
    }

    #[test]
    fn every_byte_has_a_field_and_every_field_is_found_again_from_its_bytes() {
        for frame in frames() {
            let fields = fields(&frame);
            for byte in 0..frame.len() {
                let field = owner(&fields, byte, None).unwrap();
                assert!(fields[field].range.contains(&byte), "byte {byte}");
                let chosen = Chosen { field, byte };
                let wanted = Wanted::of(&fields, chosen).unwrap();
                assert_eq!(super::chosen(&fields, Some(&wanted)), Some(chosen), "byte {byte}");
            }
            for field in 0..fields.len() {
                for byte in fields[field].range.clone() {
                    assert_eq!(owner(&fields, byte, Some(field)), Some(field), "the chosen field keeps its bytes");
                    let chosen = Chosen { field, byte };
                    assert_eq!(super::chosen(&fields, Wanted::of(&fields, chosen).as_ref()), Some(chosen));
                }
            }
        }
    }

    #[test]
    fn going_byte_by_byte_meets_every_byte_and_field_by_field_every_field() {
        for frame in frames() {
            let fields = fields(&frame);
            let mut now = begin(&fields, 0);
            for byte in 0..frame.len() {
                assert_eq!(now.byte, byte);
                assert!(fields[now.field].range.contains(&byte));
                now = moved(&fields, now, Move::Right);
            }
            assert_eq!(now.byte, frame.len() - 1, "there is nothing behind the last one");
            let mut now = begin(&fields, 0);
            for field in 0..fields.len() {
                assert_eq!(now, begin(&fields, field));
                now = moved(&fields, now, Move::Down);
            }
            assert_eq!(moved(&fields, begin(&fields, 0), Move::Up).field, 0);
        }
    }

    #[test]
    fn pages_go_from_layer_to_layer() {
        let frame = &frames()[0];
        let fields = fields(frame);
        let layer = |chosen: Chosen| fields[chosen.field].layer;
        let ip = moved(&fields, begin(&fields, 0), Move::PageDown);
        assert_eq!((layer(ip), ip.byte), (Layer::Ipv4, 14));
        let tcp = moved(&fields, ip, Move::PageDown);
        assert_eq!((layer(tcp), tcp.byte), (Layer::Tcp, 34));
        assert_eq!(moved(&fields, moved(&fields, tcp, Move::Down), Move::PageUp), tcp);
        assert_eq!(moved(&fields, tcp, Move::PageUp), ip);
    }

    #[test]
    fn the_same_field_is_chosen_in_another_frame_and_one_that_is_missing_gives_way() {
        let frames = frames();
        let (syn, data) = (fields(&frames[0]), fields(&frames[6]));
        let named = |fields: &[Field], name| fields.iter().position(|field| field.name == name).unwrap();
        let ack = Wanted::of(&syn, begin(&syn, named(&syn, "acknowledgement number"))).unwrap();
        assert_eq!(chosen(&data, Some(&ack)).unwrap().field, named(&data, "acknowledgement number"));
        let payload = Wanted::of(&data, begin(&data, named(&data, "payload"))).unwrap();
        assert_eq!(chosen(&syn, Some(&payload)).unwrap().field, named(&syn, "sequence number"));
        assert_eq!(chosen(&[], Some(&ack)), None);
    }
}
