//! From the units in which a file counts time to nanoseconds since 1970.

use crate::kernel::clock::Stamp;

const PER_SECOND: u64 = 1_000_000_000;

/// How an interface counts time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// So many nanoseconds are one unit.
    Of(u64),
    /// So many units are one nanosecond.
    Finer(u64),
    /// So many units are a second, to the power of two.
    Binary(u32),
}

impl Unit {
    pub(super) const MICRO: Self = Self::Of(1_000);
    pub(super) const NANO: Self = Self::Of(1);

    /// `if_tsresol`: a power of ten, or with the highest bit a power of two. `None` for one finer than 64 bits can
    /// count.
    pub(super) fn resolution(value: u8) -> Option<Self> {
        let power = u32::from(value & 0x7f);
        match value & 0x80 {
            0 if power <= 9 => Some(Self::Of(10_u64.pow(9 - power))),
            0 => 10_u64.checked_pow(power - 9).map(Self::Finer),
            _ => (power < 64).then_some(Self::Binary(power)),
        }
    }

    /// What is later than a stamp can say counts as the last moment that it can.
    pub(super) fn stamp(self, units: u64, offset_seconds: i64) -> Stamp {
        let nanos = match self {
            Self::Of(nanos) => u128::from(units) * u128::from(nanos),
            Self::Finer(units_each) => u128::from(units / units_each),
            Self::Binary(power) => (u128::from(units) * u128::from(PER_SECOND)) >> power,
        };
        let offset = i128::from(offset_seconds) * i128::from(PER_SECOND);
        let at = i128::try_from(nanos).unwrap_or(i128::MAX).saturating_add(offset);
        Stamp(u64::try_from(at.max(0)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(resolution: u8, units: u64) -> u64 {
        Unit::resolution(resolution).unwrap().stamp(units, 0).0
    }

    #[test]
    fn units_of_ten_and_of_two_become_nanoseconds() {
        assert_eq!(nanos(6, 5), 5_000);
        assert_eq!(nanos(9, 5), 5);
        assert_eq!(nanos(0, 5), 5 * PER_SECOND);
        assert_eq!(nanos(12, 5_999), 5);
        assert_eq!(nanos(0x80 | 10, 1024 + 512), PER_SECOND + PER_SECOND / 2);
        assert_eq!(nanos(0x80, 3), 3 * PER_SECOND);
    }

    #[test]
    fn what_can_not_be_counted_is_the_first_or_the_last_moment() {
        assert_eq!(nanos(0, u64::MAX), u64::MAX);
        assert_eq!(Unit::NANO.stamp(5, -1), Stamp(0));
        assert_eq!(Unit::NANO.stamp(5, 1), Stamp(PER_SECOND + 5));
        assert_eq!(Unit::NANO.stamp(u64::MAX, i64::MAX), Stamp(u64::MAX));
    }

    #[test]
    fn a_resolution_beyond_all_counting_is_none() {
        assert_eq!(Unit::resolution(29), None);
        assert!(Unit::resolution(28).is_some());
        assert_eq!(Unit::resolution(0x80 | 64), None);
    }
}
