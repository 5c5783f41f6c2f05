//! A range of bytes of a frame, small enough to be kept by the dozen in a `Packet`.

use std::{fmt, ops::Range};

/// Bytes `start..end` of the frame. What is taken from a span stays inside of it.
///
/// Not a `Range<usize>`, because that one is four times as large as it has to be and is not `Copy`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// All of `bytes`, or the first 4 GiB of it.
    #[must_use]
    pub fn all(bytes: &[u8]) -> Self {
        Self { start: 0, end: u32::try_from(bytes.len()).unwrap_or(u32::MAX) }
    }

    #[must_use]
    pub const fn start(self) -> usize {
        self.start as usize
    }

    #[must_use]
    pub const fn end(self) -> usize {
        self.end as usize
    }

    #[must_use]
    pub const fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start()..self.end()
    }

    /// The first `count` bytes of it, or all of it where it is shorter.
    #[must_use]
    pub fn first(self, count: usize) -> Self {
        Self { end: self.place(count), ..self }
    }

    /// What is left behind the first `count` bytes.
    #[must_use]
    pub fn after(self, count: usize) -> Self {
        Self { start: self.place(count), ..self }
    }

    /// `count` bytes of it, from `offset` on.
    #[must_use]
    pub fn part(self, offset: usize, count: usize) -> Self {
        self.after(offset).first(count)
    }

    /// From where this one starts to where `other`, a later one, ends.
    #[must_use]
    pub fn through(self, other: Self) -> Self {
        Self { end: other.end.max(self.start), ..self }
    }

    /// What lies between this one and `other`, a later one.
    #[must_use]
    pub fn until(self, other: Self) -> Self {
        Self { start: self.end, end: other.start.max(self.end) }
    }

    /// The bytes themselves; nothing where `bytes` are not the bytes that were decoded.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.range()).unwrap_or_default()
    }

    /// The place in the frame of the byte that has `offset` here.
    fn place(self, offset: usize) -> u32 {
        self.start + u32::try_from(offset).map_or(self.end - self.start, |offset| offset.min(self.end - self.start))
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_never_leave_the_span() {
        let bytes = [0_u8, 1, 2, 3, 4, 5, 6, 7];
        let middle = Span::all(&bytes).part(2, 4);
        assert_eq!(middle.of(&bytes), [2, 3, 4, 5]);
        assert_eq!(middle.first(9), middle);
        assert_eq!(middle.after(9).range(), 6..6);
        assert_eq!(middle.part(3, usize::MAX).of(&bytes), [5]);
        assert_eq!(middle.first(1).through(middle.part(2, 1)).range(), 2..5);
        assert_eq!(middle.first(1).until(middle.after(3)).range(), 3..5);
        assert!(middle.until(middle.first(1)).is_empty(), "there is nothing between what overlaps");
    }

    #[test]
    fn a_span_of_other_bytes_is_empty() {
        assert!(Span::all(&[0; 9]).of(&[0; 3]).is_empty());
    }
}
