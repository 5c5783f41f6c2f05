//! The walk over a list of options, which IPv4 and TCP write in the same way.
//!
//! One byte is the kind; kinds 0 (end) and 1 (filler) are that byte alone, all others are followed by a length that
//! counts kind, length and data (RFC 791 §3.1, RFC 9293 §3.1). pnet's own iterator is not used, as it takes lengths
//! of 0, 1 and far too many bytes for valid, and goes on behind the end mark. What the kinds mean is the protocols'.

use super::{fault::Fault, layer::Layer, span::Span};

/// One option, or what stands in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RawOption {
    pub(super) kind: u8,
    /// All of its bytes; for one that can not be read, all that is left.
    pub(super) span: Span,
    pub(super) shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Kind, length and data are there.
    Whole,
    /// Kind 1: fills up.
    Filler,
    /// Kind 0: no options from here on.
    End,
    /// Zeros behind the end.
    Padding,
    /// Something else behind the end.
    AfterEnd,
    /// The options end behind its kind.
    NoLength,
    /// Its length is 0 or 1.
    TooShort(u8),
    /// Its length leads past the end.
    TooLong(u8),
}

impl RawOption {
    /// What is wrong with it, if it can not be read.
    pub(super) fn fault(&self, layer: Layer) -> Option<Fault> {
        let (kind, has) = (self.kind, u16::try_from(self.span.len()).unwrap_or(u16::MAX));
        Some(match self.shape {
            Shape::Whole | Shape::Filler | Shape::End | Shape::Padding => return None,
            Shape::AfterEnd => Fault::DataAfterEnd { layer, bytes: has },
            Shape::NoLength => Fault::OptionWithoutLength { layer, kind },
            Shape::TooShort(says) => Fault::OptionTooShort { layer, kind, says },
            Shape::TooLong(says) => Fault::OptionTooLong { layer, kind, says: says.into(), has },
        })
    }

    /// The bytes behind kind and length.
    pub(super) fn data(&self) -> Span {
        self.span.after(2)
    }
}

/// The options in `at`: together they are all of its bytes.
pub(super) fn walk(bytes: &[u8], at: Span) -> Walk<'_> {
    Walk { bytes, rest: at, ended: false }
}

#[derive(Clone, Debug)]
pub(super) struct Walk<'a> {
    bytes: &'a [u8],
    rest: Span,
    ended: bool,
}

impl Iterator for Walk<'_> {
    type Item = RawOption;

    fn next(&mut self) -> Option<RawOption> {
        let left = self.rest.of(self.bytes);
        let &kind = left.first()?;
        let (shape, length) = if self.ended { (behind_the_end(left), left.len()) } else { shape(left) };
        self.ended |= shape == Shape::End;
        let span = self.rest.first(length);
        self.rest = self.rest.after(length);
        Some(RawOption { kind, span, shape })
    }
}

/// How the first option of `left` is to be read, and how many bytes it takes.
fn shape(left: &[u8]) -> (Shape, usize) {
    match *left {
        [0, ..] => (Shape::End, 1),
        [1, ..] => (Shape::Filler, 1),
        [_] | [] => (Shape::NoLength, left.len()),
        [_, says @ (0 | 1), ..] => (Shape::TooShort(says), left.len()),
        [_, says, ..] if usize::from(says) > left.len() => (Shape::TooLong(says), left.len()),
        [_, says, ..] => (Shape::Whole, says.into()),
    }
}

fn behind_the_end(left: &[u8]) -> Shape {
    if left.iter().all(|byte| *byte == 0) { Shape::Padding } else { Shape::AfterEnd }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(bytes: &[u8]) -> Vec<(Shape, usize)> {
        walk(bytes, Span::all(bytes)).map(|option| (option.shape, option.span.len())).collect()
    }

    #[test]
    fn good_options_are_walked_to_their_end() {
        let options = [2, 4, 5, 180, 1, 3, 3, 7, 0, 0, 0];
        let whole = [(Shape::Whole, 4), (Shape::Filler, 1), (Shape::Whole, 3), (Shape::End, 1), (Shape::Padding, 2)];
        assert_eq!(shapes(&options), whole);
    }

    #[test]
    fn bad_lengths_end_the_walk() {
        assert_eq!(shapes(&[8, 0, 1, 1]), [(Shape::TooShort(0), 4)]);
        assert_eq!(shapes(&[8, 1, 1, 1]), [(Shape::TooShort(1), 4)]);
        assert_eq!(shapes(&[8, 10, 1, 1]), [(Shape::TooLong(10), 4)]);
        assert_eq!(shapes(&[1, 1, 1, 8]).last(), Some(&(Shape::NoLength, 1)));
    }

    #[test]
    fn what_hides_behind_the_end_is_seen() {
        assert_eq!(shapes(&[0, 2, 4, 5, 180]), [(Shape::End, 1), (Shape::AfterEnd, 4)]);
    }
}
