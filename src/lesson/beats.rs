//! Beats: what one key press of a learner runs. Something is done, and then it is looked at what came of it.

use std::ops::Range;

use super::script::{Line, Verb};

/// Parts lines into beats: one or more acts (calls, deeds on the wire, samples), and all claims up to the next act.
/// Claims before the first act are a beat of their own.
#[must_use]
pub fn beats(lines: &[Line]) -> Vec<Range<usize>> {
    let begins_anew = |at: &usize| is_act(&lines[*at]) && !is_act(&lines[*at - 1]);
    let starts = (1..lines.len()).filter(begins_anew);
    let borders: Vec<usize> = std::iter::once(0).chain(starts).chain([lines.len()]).collect();
    borders.windows(2).map(|pair| pair[0]..pair[1]).filter(|beat| !beat.is_empty()).collect()
}

/// Whether the line does something, rather than claim that something is so.
#[must_use]
pub const fn is_act(line: &Line) -> bool {
    matches!(line.verb, Verb::Call(_) | Verb::Wire(_) | Verb::Sample(_))
}

/// Whether one of the lines from here to the next act asks how a clock of the kernel stands: nobody can read before one of
/// them, and find it as it was.
#[must_use]
pub fn asks_for_a_clock(lines: &[Line], from: usize) -> bool {
    lines.iter().skip(from).take_while(|line| !is_act(line)).any(|line| match &line.verb {
        Verb::Kernel(kernel) => kernel.fields.iter().any(|test| matches!(test.field.name, "timeleft" | "retrans")),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::lesson::script::{Rhythm, SampleLine, SilentLine, Window};

    /// `a` for an act, `c` for a claim.
    fn lines(kinds: &str) -> Vec<Line> {
        let verb = |kind| match kind {
            'a' => Verb::Sample(SampleLine { host: "client".into(), rhythm: Rhythm::Off, span: 0..0 }),
            _ => Verb::Silent(SilentLine { window: Window::For(Duration::ZERO) }),
        };
        let line = |kind: char| Line { number: 1, text: kind.into(), span: 0..0, comment: None, verb: verb(kind) };
        kinds.chars().map(line).collect()
    }

    #[test]
    fn a_beat_ends_between_a_claim_and_an_act() {
        assert_eq!(beats(&lines("acacc")), [0..2, 2..5]);
    }

    #[test]
    fn several_acts_are_one_beat_with_their_claims() {
        assert_eq!(beats(&lines("aaaccaa")), [0..5, 5..7]);
    }

    #[test]
    fn claims_before_the_first_act_are_a_beat_of_their_own() {
        assert_eq!(beats(&lines("ccac")), [0..2, 2..4]);
    }

    #[test]
    fn a_clock_is_asked_for_up_to_the_next_act_and_not_beyond() {
        let text = "+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 1\nlink = \"wire\"\n+++\n\n## Step\n\n```lab\n\
                    client connect server:80\nclient > server SYN\nkernel client SYN-SENT timeleft<=1s\n\
                    client > server SYN\nclient close\nkernel client CLOSED\n```\n";
        let source = crate::lesson::model::Source { path: "t.md".into(), text: text.into() };
        let lesson = crate::lesson::parse(std::sync::Arc::new(source), "t", "").unwrap();
        let lines: Vec<Line> = lesson.steps[0].blocks.iter().flat_map(|block| block.lines().cloned()).collect();
        let asks: Vec<bool> = (0..lines.len()).map(|at| asks_for_a_clock(&lines, at)).collect();
        assert_eq!(asks, [false, true, true, false, false, false]);
    }

    #[test]
    fn no_lines_are_no_beat() {
        assert_eq!(beats(&[]), []);
    }

    proptest! {
        #[test]
        fn beats_cover_all_lines_in_their_order_and_none_is_empty(kinds in "[ac]{0,20}") {
            let beats = beats(&lines(&kinds));
            prop_assert!(beats.iter().all(|beat| !beat.is_empty()));
            let all: Vec<usize> = beats.iter().cloned().flatten().collect();
            prop_assert_eq!(all, (0..kinds.len()).collect::<Vec<_>>());
        }

        #[test]
        fn in_a_beat_no_act_stands_behind_a_claim(kinds in "[ac]{0,20}") {
            prop_assert!(beats(&lines(&kinds)).iter().all(|beat| !kinds[beat.clone()].contains("ca")));
        }

        #[test]
        fn a_beat_that_is_not_the_first_begins_with_an_act_behind_a_claim(kinds in "[ac]{0,20}") {
            let borders: Vec<usize> = beats(&lines(&kinds)).iter().skip(1).map(|beat| beat.start).collect();
            prop_assert!(borders.iter().all(|at| &kinds[at - 1..=*at] == "ca"));
        }
    }
}
