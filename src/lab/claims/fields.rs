//! Comparing: a test of the lesson (`ack=j+1`) with a live value.

use crate::{
    lab::{packet_facts, values::Values},
    lesson::{
        model::Span,
        script::{Compare, FieldTest, Wanted},
    },
    timeline::event::Value,
};

/// How one test came out.
#[derive(Debug)]
pub enum Checked {
    /// It holds; a name may have to be bound to the live value.
    Holds {
        bind: Option<(String, Value)>,
        detail: Option<String>,
    },
    Differs(Difference),
}

/// Why a test does not hold.
#[derive(Clone, Debug)]
pub struct Difference {
    pub span: Span,
    /// `expected 1041 (j = 1040), got 1042`
    pub words: String,
}

/// Checks one test against the live value of its field; `None` where the packet or socket has no such field.
#[must_use]
pub fn check(test: &FieldTest, live: Option<Value>, values: &Values) -> Checked {
    let name = test.field.name;
    let Some(live) = live else {
        return differs(test, format!("expected a value for `{name}`, but there is none here"));
    };
    match &test.value {
        Wanted::Bind(name) => Checked::Holds { bind: Some((name.clone(), live)), detail: None },
        Wanted::Expr(expr) => match values.eval(expr) {
            None => differs(test, "a name in this has no value yet".to_owned()),
            Some(wanted) => {
                let names = values.explain(expr);
                compare(test, &live, &wanted, values, &names)
            }
        },
        Wanted::Text(wanted) => {
            let wanted = Value::Text(packet_facts::text(wanted));
            compare(test, &live, &wanted, values, "")
        }
        Wanted::Word(wanted) => compare(test, &live, &Value::Text(wanted.clone()), values, ""),
    }
}

fn compare(test: &FieldTest, live: &Value, wanted: &Value, values: &Values, names: &str) -> Checked {
    let shown = values.display(wanted);
    let because = if names.is_empty() { String::new() } else { format!(" ({names})") };
    if holds(test.compare, live, wanted) {
        let detail =
            (!names.is_empty()).then(|| format!("{} {} {shown}{because}", test.field.name, sign(test.compare)));
        return Checked::Holds { bind: None, detail };
    }
    let relation = match test.compare {
        Compare::Equal => String::new(),
        other => format!("{} ", words(other)),
    };
    differs(test, format!("expected {relation}{shown}{because}, got {}", values.display(live)))
}

fn differs(test: &FieldTest, words: String) -> Checked {
    Checked::Differs(Difference { span: test.span.clone(), words })
}

fn holds(compare: Compare, live: &Value, wanted: &Value) -> bool {
    use std::cmp::Ordering;
    let ordering = match (live, wanted) {
        (Value::Sequence(live), Value::Sequence(wanted)) => Some(circular(*live, *wanted)),
        // A number of the lesson beside a number of the wire: `seq=0` means the number as it stands there.
        (Value::Sequence(live), Value::Number(wanted)) => Some(i64::from(*live).cmp(wanted)),
        (Value::Number(live), Value::Sequence(wanted)) => Some(live.cmp(&i64::from(*wanted))),
        (Value::Number(live), Value::Number(wanted)) | (Value::Nanoseconds(live), Value::Nanoseconds(wanted)) => {
            Some(live.cmp(wanted))
        }
        (Value::Moment(live), Value::Moment(wanted)) => Some(live.cmp(wanted)),
        (Value::Text(live), Value::Text(wanted)) => Some(live.cmp(wanted)),
        _ => None,
    };
    match (compare, ordering) {
        (Compare::Equal, Some(ordering)) => ordering == Ordering::Equal,
        (Compare::NotEqual, ordering) => ordering != Some(Ordering::Equal),
        (Compare::Less, Some(ordering)) => ordering == Ordering::Less,
        (Compare::LessOrEqual, Some(ordering)) => ordering != Ordering::Greater,
        (Compare::Greater, Some(ordering)) => ordering == Ordering::Greater,
        (Compare::GreaterOrEqual, Some(ordering)) => ordering != Ordering::Less,
        (_, None) => false,
    }
}

/// Sequence numbers go round at 2^32: what is less than half a round ahead is greater (RFC 9293 §3.4).
fn circular(left: u32, right: u32) -> std::cmp::Ordering {
    let ahead = left.wrapping_sub(right);
    match ahead {
        0 => std::cmp::Ordering::Equal,
        1..0x8000_0000 => std::cmp::Ordering::Greater,
        _ => std::cmp::Ordering::Less,
    }
}

const fn sign(compare: Compare) -> &'static str {
    match compare {
        Compare::Equal => "=",
        Compare::NotEqual => "!=",
        Compare::Less => "<",
        Compare::LessOrEqual => "<=",
        Compare::Greater => ">",
        Compare::GreaterOrEqual => ">=",
    }
}

const fn words(compare: Compare) -> &'static str {
    match compare {
        Compare::Equal => "",
        Compare::NotEqual => "anything but",
        Compare::Less => "less than",
        Compare::LessOrEqual => "at most",
        Compare::Greater => "more than",
        Compare::GreaterOrEqual => "at least",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Compare::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    use Value::{Nanoseconds, Number, Sequence, Text};

    #[test]
    fn numbers_compare_as_numbers() {
        for (compare, truths) in [
            (Equal, [false, true, false]),
            (NotEqual, [true, false, true]),
            (Less, [true, false, false]),
            (LessOrEqual, [true, true, false]),
            (Greater, [false, false, true]),
            (GreaterOrEqual, [false, true, true]),
        ] {
            let found = [4, 5, 6].map(|live| holds(compare, &Number(live), &Number(5)));
            assert_eq!(found, truths, "{compare:?}");
        }
    }

    #[test]
    fn a_sequence_number_behind_the_wrap_is_greater() {
        assert!(holds(Greater, &Sequence(3), &Sequence(u32::MAX)));
        assert!(holds(Less, &Sequence(u32::MAX), &Sequence(3)));
        assert!(holds(Equal, &Sequence(7), &Number(7)));
    }

    #[test]
    fn different_kinds_are_never_equal_and_never_ordered() {
        for compare in [Equal, Less, LessOrEqual, Greater, GreaterOrEqual] {
            assert!(!holds(compare, &Number(5), &Nanoseconds(5)), "{compare:?}");
        }
        assert!(holds(NotEqual, &Text("a".into()), &Number(1)));
    }
}
