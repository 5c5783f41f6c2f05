//! `wire` lines that are right, as values. What a wrong one is answered with stands in `tests/lint/wire*.md`.

use std::time::Duration;

use super::FORMS;
use crate::lesson::{
    parser::tests::{last, script},
    script::{Deed, Expr, Handed, Labelled, Rhythm, Treatment, Verb, Wanted, Which},
};

/// A lesson in which `syn` is in our hands.
const HELD: &str = "wire hold\nclient connect server:80\nsyn: client > server SYN seq=?j\n";

fn deed(text: &str) -> Deed {
    match last(&format!("{HELD}{text}")) {
        Verb::Wire(line) => line.deed,
        other => panic!("{other:?}"),
    }
}

fn treat(text: &str) -> (Treatment, Which) {
    match deed(text) {
        Deed::Treat { treatment, which } => (treatment, which),
        other => panic!("{other:?}"),
    }
}

#[test]
fn frames_are_held_and_handed_over() {
    assert!(matches!(deed("wire hold"), Deed::Hold(None)));
    let Deed::Hold(Some(pattern)) = deed("wire hold client > server SYN") else { panic!() };
    assert_eq!((pattern.from.host.as_str(), pattern.flags.unwrap().named), ("client", 0x02));
    assert!(matches!(deed("wire deliver"), Deed::Deliver(Handed::First)));
    assert!(matches!(deed("wire deliver all"), Deed::Deliver(Handed::All)));
    assert!(
        matches!(deed("wire deliver syn"), Deed::Deliver(Handed::Labelled(Labelled { name, .. })) if name == "syn")
    );
    let Deed::Deliver(Handed::Matching(pattern)) = deed("wire deliver client > server SYN seq=j") else { panic!() };
    assert_eq!(pattern.fields[0].value, Wanted::Expr(Expr::Name("j".into())));
}

#[test]
fn a_delivery_may_be_waited_for() {
    for text in ["wire deliver within 1s", "wire deliver syn within 1s", "wire deliver client > server within 1s"] {
        let Verb::Wire(line) = last(&format!("{HELD}{text}")) else { panic!() };
        assert_eq!(line.within, Some(Duration::from_secs(1)), "{text}");
    }
}

#[test]
fn a_treatment_is_for_one_frame_for_the_next_ones_or_for_all() {
    assert!(matches!(treat("wire drop syn"), (Treatment::Drop, Which::Labelled(_))));
    assert!(matches!(treat("wire drop client > server ACK"), (Treatment::Drop, Which::Next { times: 1, .. })));
    assert!(matches!(treat("wire drop client > server ACK times 3"), (Treatment::Drop, Which::Next { times: 3, .. })));
    assert!(matches!(treat("wire drop every client > server ACK"), (Treatment::Drop, Which::Every(Some(_)))));
    assert!(matches!(treat("wire duplicate syn"), (Treatment::Duplicate, Which::Labelled(_))));
    assert!(matches!(treat("wire reorder client>server"), (Treatment::Reorder, Which::Next { .. })));
}

#[test]
fn a_treatment_has_its_measure() {
    let treatment = |text: &str| treat(text).0;
    assert_eq!(treatment("wire corrupt syn"), Treatment::Corrupt { byte: None });
    assert_eq!(treatment("wire corrupt byte 20 syn"), Treatment::Corrupt { byte: Some(20) });
    assert_eq!(treatment("wire truncate 60 syn"), Treatment::Truncate { length: 60 });
    assert_eq!(treatment("wire truncate to 60 bytes every client > server"), Treatment::Truncate { length: 60 });
    assert!(
        matches!(treat("wire delay 100ms"), (Treatment::Delay(time), Which::Every(None)) if time.as_millis() == 100)
    );
    assert!(matches!(treat("wire delay 1.5s syn"), (Treatment::Delay(_), Which::Labelled(_))));
    assert!(matches!(treat("wire delay 1s client > server"), (Treatment::Delay(_), Which::Next { .. })));
}

#[test]
fn the_whole_wire_has_its_measures() {
    let Deed::Rate { bits_per_second, queue, between } = deed("wire rate 1.5mbit queue 20 client > server") else {
        panic!()
    };
    assert_eq!((bits_per_second, queue), (1_500_000, 20));
    let (from, to) = between.unwrap();
    assert_eq!((from.host.as_str(), to.host.as_str()), ("client", "server"));
    assert!(matches!(deed("wire rate 1gbit"), Deed::Rate { queue: 100, between: None, .. }));
    assert!(matches!(deed("wire loss 0.5% seed 7"), Deed::Loss { millionths: 5_000, seed: 7, pattern: None }));
    assert!(matches!(deed("wire loss 100% seed 0 client > server len>0"), Deed::Loss { pattern: Some(_), .. }));
    assert!(matches!(deed("wire forget 1s"), Deed::Forget { after } if after.as_secs() == 1));
    assert!(matches!(deed("wire down"), Deed::Down));
    assert!(matches!(deed("wire down\nwire up"), Deed::Up));
    assert!(matches!(deed("wire free"), Deed::Free));
}

#[test]
fn what_is_held_is_claimed() {
    let Verb::Holds(line) = last(&format!("{HELD}wire holds syn twins>=2 within 3s")) else { panic!() };
    assert_eq!((line.label.name.as_str(), line.fields[0].field.name), ("syn", "twins"));
    assert_eq!(line.within, Some(Duration::from_secs(3)));
    let Verb::Holds(line) = last(&format!("{HELD}wire holds syn")) else { panic!() };
    assert!(line.fields.is_empty());
}

#[test]
fn a_host_is_sampled_in_three_rhythms() {
    let rhythm = |text: &str| match last(text) {
        Verb::Sample(line) => line.rhythm,
        other => panic!("{other:?}"),
    };
    assert_eq!(rhythm("sample client every 10ms"), Rhythm::Every(Duration::from_millis(10)));
    assert_eq!(rhythm("sample server at acks"), Rhythm::Acks);
    assert_eq!(rhythm("sample client at acks\nsample client off"), Rhythm::Off);
}

#[test]
fn a_line_spans_what_it_says() {
    let line = script("  wire  down   # cut\n").pop().unwrap();
    let Verb::Wire(wire) = line.verb else { panic!() };
    assert_eq!((wire.span, line.span), (2..12, 2..12));
}

#[test]
fn the_example_of_every_form_is_right() {
    for form in FORMS {
        let before = if form.name == "up" { "wire down\n" } else { "" };
        let lines = script(&format!("{HELD}{before}{}", form.example));
        assert!(matches!(lines.last().unwrap().verb, Verb::Wire(_) | Verb::Holds(_)), "{}", form.name);
        assert!(form.usage.starts_with(&format!("wire {}", form.name)), "{}", form.usage);
    }
}

#[test]
fn no_word_means_two_forms() {
    let guesses: Vec<&str> = FORMS.iter().flat_map(|form| form.guesses).copied().chain(super::names()).collect();
    for (at, word) in guesses.iter().enumerate() {
        assert!(!guesses[..at].contains(word), "{word} stands twice");
    }
}
