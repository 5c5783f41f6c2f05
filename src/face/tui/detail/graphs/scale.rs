//! From values to places on an axis, and numbers that a reader likes at its ticks.

/// What the values of an axis are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Count,
    Bytes,
    Nanoseconds,
}

/// A stretch of values, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) least: i64,
    pub(super) most: i64,
}

impl Scale {
    /// From the smallest of the values to the largest, and from 0 where `from_zero`.
    pub(super) fn over(values: impl IntoIterator<Item = i64>, from_zero: bool) -> Self {
        let bounds = values.into_iter().fold(None, |bounds: Option<(i64, i64)>, value| {
            let (least, most) = bounds.unwrap_or((value, value));
            Some((least.min(value), most.max(value)))
        });
        let (least, most) = bounds.unwrap_or((0, 1));
        let least = if from_zero { least.min(0) } else { least };
        Self { least, most: most.max(least.saturating_add(1)) }
    }

    /// The place of a value among so many, the least one at 0.
    pub(super) fn place(self, value: i64, places: usize) -> usize {
        let (whole, part) = (self.most.abs_diff(self.least), value.clamp(self.least, self.most).abs_diff(self.least));
        let last = places.saturating_sub(1);
        // Thousands of points are placed for each picture, and floating-point numbers are divided faster than whole
        // ones. What is added makes up for their rounding, so that the largest value has the last place.
        let place = part as f64 * last as f64 / whole as f64 + 1e-6;
        (place as usize).min(last)
    }

    /// Round values within, at most so many.
    pub(super) fn ticks(self, most: usize) -> Vec<i64> {
        let step = self.step(most);
        let first = self.least.div_euclid(step).saturating_add(i64::from(self.least.rem_euclid(step) > 0));
        let ticks = (0..).map_while(|at| first.checked_add(at)?.checked_mul(step));
        ticks.take_while(|tick| *tick <= self.most).take(most.max(1)).collect()
    }

    /// 1, 2 or 5 and zeros.
    fn step(self, most: usize) -> i64 {
        let most = i64::try_from(most.max(2)).unwrap_or(i64::MAX);
        let wanted = self.most.saturating_sub(self.least) / (most - 1).max(1);
        let steps =
            (0..19).flat_map(|zeros| [1, 2, 5].map(|digit| digit * 10_i64.saturating_pow(zeros).min(i64::MAX / 10)));
        let fits = |step: &i64| *step >= wanted.max(1) && self.most.saturating_sub(self.least) / *step < most;
        steps.into_iter().find(fits).unwrap_or(i64::MAX / 2)
    }
}

/// The value at a tick: `40 ms`, `1.5 MB`, `200`.
pub(super) fn label(value: i64, unit: Unit) -> String {
    match unit {
        Unit::Count => scaled(value, &[(1_000_000_000, " G"), (1_000_000, " M"), (10_000, " k")], ""),
        Unit::Bytes => scaled(value, &[(1_000_000_000, " GB"), (1_000_000, " MB"), (10_000, " kB")], " B"),
        Unit::Nanoseconds => {
            let units = [(60_000_000_000 * 10, " min"), (1_000_000_000, " s"), (1_000_000, " ms"), (1_000, " us")];
            scaled(value, &units, " ns")
        }
    }
}

fn scaled(value: i64, units: &[(i64, &str)], rest: &str) -> String {
    if value == 0 {
        return "0".to_owned();
    }
    let found = units.iter().find(|(least, _)| value.unsigned_abs() >= least.unsigned_abs());
    let Some((least, unit)) = found else { return format!("{value}{rest}") };
    // Ten thousand is the first that is written in thousands; minutes are told from ten on.
    let by = match *unit {
        " k" | " kB" => 1_000,
        " min" => 60_000_000_000,
        _ => *least,
    };
    let tenths = value / (by / 10);
    match tenths % 10 {
        0 => format!("{}{unit}", tenths / 10),
        rest => format!("{}.{}{unit}", tenths / 10, rest.abs()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(Scale { least: 0, most: 41 }.ticks(4), [0, 20, 40]);
        assert_eq!(Scale { least: 0, most: 9 }.ticks(5), [0, 2, 4, 6, 8]);
        assert_eq!(
            Scale { least: 0, most: 400_000_000 }.ticks(5),
            [0, 100_000_000, 200_000_000, 300_000_000, 400_000_000]
        );
        assert_eq!(Scale { least: 0, most: 1 }.ticks(4), [0, 1]);
    }

    #[test]
    fn labels_have_units_that_fit() {
        assert_eq!(label(40_000_000, Unit::Nanoseconds), "40 ms");
        assert_eq!(label(2_500_000_000, Unit::Nanoseconds), "2.5 s");
        assert_eq!(label(1_500_000, Unit::Bytes), "1.5 MB");
        assert_eq!(label(9_000, Unit::Bytes), "9000 B");
        assert_eq!(label(20_000, Unit::Bytes), "20 kB");
        assert_eq!(label(7, Unit::Count), "7");
        assert_eq!(label(0, Unit::Nanoseconds), "0");
    }

    proptest! {
        #[test]
        fn every_value_has_a_place_and_ticks_lie_within(a: i64, b: i64, value: i64, places in 0_usize..300, most in 0_usize..9) {
            let scale = Scale::over([a, b], false);
            prop_assert!(scale.place(value, places) <= places.saturating_sub(1));
            let ticks = scale.ticks(most);
            prop_assert!(ticks.len() <= most.max(1));
            prop_assert!(ticks.iter().all(|tick| (scale.least..=scale.most).contains(tick)), "{ticks:?}");
            ticks.iter().for_each(|tick| drop(label(*tick, Unit::Nanoseconds)));
        }
    }
}
