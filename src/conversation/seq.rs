//! Sequence numbers: 32 bits that wrap round (RFC 9293 §3.4).
//!
//! "Before" and "after" compare the shorter way round the circle, so they hold for numbers less than 2^31 apart,
//! which is all that a connection ever compares.

use std::fmt;

/// A number of TCP's sequence space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Seq(pub u32);

impl Seq {
    /// The number `count` further on.
    #[must_use]
    pub const fn plus(self, count: u32) -> Self {
        Self(self.0.wrapping_add(count))
    }

    /// The number `count` back.
    #[must_use]
    pub const fn minus(self, count: u32) -> Self {
        Self(self.0.wrapping_sub(count))
    }

    /// How many numbers lie from `earlier` up to this one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u32 {
        self.0.wrapping_sub(earlier.0)
    }

    #[must_use]
    pub const fn after(self, other: Self) -> bool {
        other.since(self) > self.since(other)
    }

    #[must_use]
    pub const fn before(self, other: Self) -> bool {
        other.after(self)
    }

    /// The one that is further on.
    #[must_use]
    pub const fn latest(self, other: Self) -> Self {
        if other.after(self) { other } else { self }
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(itoa::Buffer::new().format(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_across_the_wrap() {
        assert!(Seq(2).after(Seq(u32::MAX)));
        assert!(Seq(u32::MAX).before(Seq(2)));
        assert_eq!(Seq(2).since(Seq(u32::MAX)), 3);
        assert_eq!(Seq(u32::MAX).plus(3), Seq(2));
        assert_eq!(Seq(2).minus(3), Seq(u32::MAX));
        assert_eq!(Seq(u32::MAX).latest(Seq(2)), Seq(2));
    }

    #[test]
    fn a_number_is_neither_before_nor_after_itself_or_its_opposite() {
        for (one, other) in [(Seq(7), Seq(7)), (Seq(0), Seq(1 << 31))] {
            assert!(!one.after(other) && !one.before(other), "{one} and {other}");
        }
    }
}
