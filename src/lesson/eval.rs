//! Arithmetic over live values, and how a value is written for a reader.
//!
//! The lab checks its claims with this, the faces fill their prose with it: `{{j + 1}}` and `ack=j+1` can not
//! disagree. Where a value comes from is left to the caller.

use crate::{kernel::clock::Stamp, timeline::event::Value};

use super::script::Expr;

/// What `expr` comes to, with each name looked up as written (`j`, `syn.at`).
///
/// `None` where a name is not bound, where the kinds do not go together (a time plus a count), and where the
/// result does not fit: no number is better than a wrong one.
#[must_use]
pub fn eval(expr: &Expr, lookup: &dyn Fn(&str) -> Option<Value>) -> Option<Value> {
    match expr {
        Expr::Int(number) => Some(Value::Number(*number)),
        Expr::Time(time) => i64::try_from(time.as_nanos()).ok().map(Value::Nanoseconds),
        Expr::Name(name) => lookup(name),
        Expr::Member(of, member) => lookup(&format!("{of}.{member}")),
        Expr::Add(left, right) => add(eval(left, lookup)?, eval(right, lookup)?),
        Expr::Sub(left, right) => subtract(eval(left, lookup)?, eval(right, lookup)?),
    }
}

fn add(left: Value, right: Value) -> Option<Value> {
    use Value::{Moment, Nanoseconds, Number, Sequence};
    match (left, right) {
        (Number(a), Number(b)) => a.checked_add(b).map(Number),
        (Nanoseconds(a), Nanoseconds(b)) => a.checked_add(b).map(Nanoseconds),
        (Sequence(a), Number(b)) | (Number(b), Sequence(a)) => Some(Sequence(a.wrapping_add(wrap(b)))),
        (Moment(a), Nanoseconds(b)) | (Nanoseconds(b), Moment(a)) => a.0.checked_add_signed(b).map(Stamp).map(Moment),
        _ => None,
    }
}

fn subtract(left: Value, right: Value) -> Option<Value> {
    use Value::{Moment, Nanoseconds, Number, Sequence};
    match (left, right) {
        (Number(a), Number(b)) => a.checked_sub(b).map(Number),
        (Nanoseconds(a), Nanoseconds(b)) => a.checked_sub(b).map(Nanoseconds),
        (Sequence(a), Number(b)) => Some(Sequence(a.wrapping_sub(wrap(b)))),
        (Sequence(a), Sequence(b)) => Some(Number(i64::from(a.wrapping_sub(b).cast_signed()))),
        (Moment(a), Nanoseconds(b)) => a.0.checked_add_signed(b.checked_neg()?).map(Stamp).map(Moment),
        (Moment(a), Moment(b)) => i64::try_from(i128::from(a.0) - i128::from(b.0)).ok().map(Nanoseconds),
        _ => None,
    }
}

/// A number's place on the circle of sequence numbers.
fn wrap(number: i64) -> u32 {
    const CIRCLE: i64 = 1 << 32;
    u32::try_from(number.rem_euclid(CIRCLE)).unwrap_or_default()
}

/// A value for a reader. Moments are shown as time since `origin`, the start of the lab block.
#[must_use]
pub fn display(value: &Value, origin: Stamp) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Sequence(number) => number.to_string(),
        Value::Nanoseconds(time) => duration(*time),
        Value::Moment(at) => {
            let apart = i128::from(at.0) - i128::from(origin.0);
            let time = i64::try_from(apart).unwrap_or(if apart < 0 { i64::MIN } else { i64::MAX });
            format!("{}{}", if time < 0 { "" } else { "+" }, duration(time))
        }
        Value::Text(text) => text.clone(),
    }
}

/// The same for a length of time that can not be negative.
#[must_use]
pub fn duration_of(time: std::time::Duration) -> String {
    duration(i64::try_from(time.as_nanos()).unwrap_or(i64::MAX))
}

/// A length of time with three digits that matter: `320 ns`, `0.041 ms`, `8.25 ms`, `41.2 ms`, `203 ms`, `1.2 s`.
#[must_use]
pub fn duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let size = nanoseconds.unsigned_abs();
    let hundredths = |unit: u64| (size.saturating_add(unit / 200)) / (unit / 100);
    let tenths = |unit: u64| (size.saturating_add(unit / 20)) / (unit / 10);
    const MS: u64 = 1_000_000;
    const S: u64 = 1_000_000_000;
    let shown = match size {
        0 => "0 ms".into(),
        1..1_000 => format!("{size} ns"),
        1_000..999_500 => format!("0.{:03} ms", (size + 500) / 1_000),
        999_500..9_995_000 => format!("{}.{:02} ms", hundredths(MS) / 100, hundredths(MS) % 100),
        9_995_000..99_950_000 => format!("{}.{} ms", tenths(MS) / 10, tenths(MS) % 10),
        99_950_000..999_500_000 => format!("{} ms", (size + MS / 2) / MS),
        _ => format!("{}.{} s", tenths(S) / 10, tenths(S) % 10),
    };
    format!("{sign}{shown}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn number(number: i64) -> Box<Expr> {
        Box::new(Expr::Int(number))
    }

    fn name(name: &str) -> Box<Expr> {
        Box::new(Expr::Name(name.into()))
    }

    fn with(values: &[(&str, Value)], expr: &Expr) -> Option<Value> {
        eval(expr, &|wanted| values.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone()))
    }

    #[test]
    fn a_sequence_number_goes_round() {
        let values = [("j", Value::Sequence(u32::MAX)), ("k", Value::Sequence(5))];
        assert_eq!(with(&values, &Expr::Add(name("j"), number(1))), Some(Value::Sequence(0)));
        assert_eq!(with(&values, &Expr::Add(number(1), name("j"))), Some(Value::Sequence(0)));
        assert_eq!(with(&values, &Expr::Sub(name("k"), number(6))), Some(Value::Sequence(u32::MAX)));
        assert_eq!(with(&values, &Expr::Sub(name("k"), name("j"))), Some(Value::Number(6)));
        assert_eq!(with(&values, &Expr::Sub(name("j"), name("k"))), Some(Value::Number(-6)));
        assert_eq!(
            with(&values, &Expr::Add(name("j"), name("k"))),
            None,
            "the sum of two sequence numbers means nothing"
        );
    }

    #[test]
    fn moments_are_apart_by_a_length_of_time() {
        let values = [("syn.at", Value::Moment(Stamp(1_000))), ("synack.at", Value::Moment(Stamp(42_000)))];
        let member = |of: &str| Box::new(Expr::Member(of.into(), "at".into()));
        assert_eq!(with(&values, &Expr::Sub(member("synack"), member("syn"))), Some(Value::Nanoseconds(41_000)));
        assert_eq!(with(&values, &Expr::Sub(member("syn"), member("synack"))), Some(Value::Nanoseconds(-41_000)));
        let later = Expr::Add(member("syn"), Box::new(Expr::Time(Duration::from_nanos(7))));
        assert_eq!(with(&values, &later), Some(Value::Moment(Stamp(1_007))));
        let too_early = Expr::Sub(member("syn"), Box::new(Expr::Time(Duration::from_secs(1))));
        assert_eq!(with(&values, &too_early), None);
    }

    #[test]
    fn what_is_not_bound_or_does_not_go_together_has_no_value() {
        assert_eq!(with(&[], &Expr::Add(name("j"), number(1))), None);
        let values = [("t", Value::Nanoseconds(1)), ("w", Value::Text("x".into()))];
        assert_eq!(with(&values, &Expr::Add(name("t"), number(1))), None);
        assert_eq!(with(&values, &Expr::Sub(name("w"), name("w"))), None);
    }

    #[test]
    fn durations_have_three_digits_that_matter() {
        let shown = |ns| duration(ns);
        assert_eq!(shown(0), "0 ms");
        assert_eq!(shown(320), "320 ns");
        assert_eq!(shown(40_960), "0.041 ms");
        assert_eq!(shown(999_499), "0.999 ms");
        assert_eq!(shown(999_500), "1.00 ms");
        assert_eq!(shown(8_254_000), "8.25 ms");
        assert_eq!(shown(9_995_000), "10.0 ms");
        assert_eq!(shown(41_230_000), "41.2 ms");
        assert_eq!(shown(203_400_000), "203 ms");
        assert_eq!(shown(1_234_000_000), "1.2 s");
        assert_eq!(shown(135_100_000_000), "135.1 s");
        assert_eq!(shown(-40_960), "-0.041 ms");
    }

    #[test]
    fn a_moment_is_shown_since_the_lab_began() {
        assert_eq!(display(&Value::Moment(Stamp(1_041_000)), Stamp(1_000_000)), "+0.041 ms");
        assert_eq!(display(&Value::Moment(Stamp(959_000)), Stamp(1_000_000)), "-0.041 ms");
    }

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<i64>().prop_map(Value::Number),
            any::<u32>().prop_map(Value::Sequence),
            any::<i64>().prop_map(Value::Nanoseconds),
            any::<u64>().prop_map(|at| Value::Moment(Stamp(at))),
            ".*".prop_map(Value::Text),
        ]
    }

    proptest! {
        #[test]
        fn no_arithmetic_panics_and_every_result_can_be_shown(left in any_value(), right in any_value(), origin: u64) {
            for value in [add(left.clone(), right.clone()), subtract(left.clone(), right.clone())].into_iter().flatten() {
                prop_assert!(!display(&value, Stamp(origin)).is_empty());
            }
            prop_assert!(left == Value::Text(String::new()) || !display(&left, Stamp(origin)).is_empty());
        }

        #[test]
        fn adding_and_taking_away_again_changes_no_sequence_number(start: u32, step: i64) {
            let there = add(Value::Sequence(start), Value::Number(step)).unwrap();
            prop_assert_eq!(subtract(there, Value::Number(step)), Some(Value::Sequence(start)));
        }
    }
}
