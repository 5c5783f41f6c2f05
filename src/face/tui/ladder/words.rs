//! What became of a frame, in as few words as fit beside an arrow.

use crate::{
    face::{
        text::{Style, line::Ink},
        tui::reel::{FrameNow, Place},
    },
    kernel::clock::Stamp,
    lesson::eval::duration,
    timeline::event::DropReason,
};

/// `None` where there is nothing to say: it simply passes.
pub(super) fn remark(now: &FrameNow, clock: Stamp) -> Option<String> {
    let place = match now.place {
        Place::Held { since } => Some(held_for(clock.0.saturating_sub(since.0))),
        Place::Lost(DropReason::Asked) => Some(match now.held_ns {
            Some(held) => format!("dropped after {} in our hands", length(held)),
            None => "dropped".to_owned(),
        }),
        Place::Lost(why) => Some(lost(why).to_owned()),
        Place::Refused => Some("its receiver throws it away".to_owned()),
        Place::Arrived => now.held_ns.map(|held| format!("after {} in our hands", length(held))),
        Place::OnItsWay => None,
    };
    let done = [
        (now.copies > 1).then(|| format!("{} copies", now.copies)),
        now.delayed_ns.map(|by| format!("delayed by {}", brief(by))),
        now.is_reordered.then(|| "the next one goes first".to_owned()),
        now.is_corrupted.then(|| "one byte changed".to_owned()),
        now.is_truncated.then(|| "cut short".to_owned()),
    ];
    let parts: Vec<String> = place.into_iter().chain(repeated(now)).chain(done.into_iter().flatten()).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn held_for(time: u64) -> String {
    const NO_TIME: u64 = 100_000_000;
    if time < NO_TIME { "held".to_owned() } else { format!("held for {}", in_seconds(time)) }
}

/// What came while it was in our hands, and what came after that.
fn repeated(now: &FrameNow) -> Option<String> {
    let is_held = matches!(now.place, Place::Held { .. });
    Some(match (now.twins, now.twins_since) {
        (0, 0) => return None,
        (before, 0) if is_held => format!("sent again {}", times(before)),
        (before, 0) => format!("sent again {} meanwhile", times(before)),
        (0, after) => format!("sent again {} later", times(after)),
        (before, after) => format!("sent again {} meanwhile, {} later", times(before), times(after)),
    })
}

pub(in crate::face::tui) fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

pub(super) const fn style(now: &FrameNow) -> Style {
    match now.place {
        Place::Held { .. } => Style::of(Ink::Waits),
        Place::Lost(_) | Place::Refused => Style::of(Ink::Bad),
        Place::Arrived | Place::OnItsWay => Style::FAINT,
    }
}

const fn lost(why: DropReason) -> &'static str {
    match why {
        DropReason::Asked => "dropped",
        DropReason::Chance => "lost by chance",
        DropReason::Down => "the wire is down",
        DropReason::Forgotten => "the middlebox has forgotten it",
        DropReason::QueueFull => "the queue is full",
        DropReason::TooLarge => "larger than the MTU",
        DropReason::NoRoom => "no room left in our hands",
        DropReason::Refused => "not taken by the kernel",
    }
}

/// A length of time, in the digits in which the story has it.
fn length(nanoseconds: u64) -> String {
    duration(i64::try_from(nanoseconds).unwrap_or(i64::MAX))
}

/// A time that a person lets go by.
fn in_seconds(nanoseconds: u64) -> String {
    let tenths = nanoseconds / 100_000_000;
    if tenths < 100 { format!("{}.{} s", tenths / 10, tenths % 10) } else { brief(nanoseconds) }
}

/// When something happened, in at most eight cells: with as many digits as fit, so that neighbours can be told apart.
pub(in crate::face::tui) fn moment(nanoseconds: u64) -> String {
    let micros = nanoseconds / 1_000;
    let (millis, seconds) = (micros / 1_000, micros / 1_000_000);
    let (micros, part) = (micros % 1_000, millis % 1_000);
    match seconds {
        0 if millis < 10 => format!("{millis}.{micros:03} ms"),
        0 if millis < 100 => format!("{millis}.{:02} ms", micros / 10),
        0 => format!("{millis}.{} ms", micros / 100),
        1..100 => format!("{seconds}.{part:03} s"),
        100..1_000 => format!("{seconds}.{:02} s", part / 10),
        1_000..10_000 => format!("{seconds}.{} s", part / 100),
        10_000..1_000_000 => format!("{seconds} s"),
        _ => format!("{} h", seconds / 3_600),
    }
}

/// A length of time in at most eight cells.
pub(in crate::face::tui) fn brief(nanoseconds: u64) -> String {
    let in_units = |unit: u64| nanoseconds.saturating_add(unit / 2) / unit;
    let (micros, hundredths, millis) = (in_units(1_000), in_units(10_000), in_units(1_000_000));
    let (tenths, minutes, hours) = (in_units(100_000_000), in_units(60_000_000_000), in_units(3_600_000_000_000));
    match () {
        () if micros < 10_000 => format!("{}.{:03} ms", micros / 1_000, micros % 1_000),
        () if hundredths < 10_000 => format!("{}.{:02} ms", hundredths / 100, hundredths % 100),
        () if millis < 1_000 => format!("{millis} ms"),
        () if tenths < 1_000 => format!("{}.{} s", tenths / 10, tenths % 10),
        () if minutes < 100 => format!("{minutes} min"),
        () => format!("{hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_takes_at_most_eight_cells_however_long_it_is() {
        for (nanoseconds, shown) in [
            (41_000, "0.041 ms"),
            (9_999_000, "9.999 ms"),
            (19_655_000, "19.66 ms"),
            (250_000_000, "250 ms"),
            (41_250_000_000, "41.3 s"),
            (9_999_600, "10.00 ms"),
            (99_996_000, "100 ms"),
            (999_600_000, "1.0 s"),
            (99_960_000_000, "2 min"),
            (125_000_000_000, "2 min"),
            (90_000_000_000_000, "25 h"),
        ] {
            assert_eq!(brief(nanoseconds), shown);
        }
        assert!(brief(u64::MAX).len() <= 9);
    }

    #[test]
    fn a_moment_keeps_as_many_digits_as_eight_cells_have() {
        for (nanoseconds, shown) in [
            (41_000, "0.041 ms"),
            (19_655_000, "19.65 ms"),
            (250_190_000, "250.1 ms"),
            (22_118_032_000, "22.118 s"),
            (74_931_000_000, "74.931 s"),
            (725_305_000_000, "725.30 s"),
            (1_234_560_000_000, "1234.5 s"),
            (90_000_000_000_000, "90000 s"),
            (9_000_000_000_000_000, "2500 h"),
        ] {
            assert_eq!(moment(nanoseconds), shown);
            assert!(shown.len() <= 8);
        }
    }

    #[test]
    fn one_that_simply_passes_needs_no_word() {
        let now = FrameNow { place: Place::Arrived, copies: 1, ..FrameNow::default() };
        assert_eq!(remark(&now, Stamp(0)), None);
    }

    #[test]
    fn what_was_sent_again_is_told_by_when_that_was() {
        let place = Place::Lost(DropReason::Asked);
        let dropped = FrameNow { place, twins: 2, held_ns: Some(6_460_000_000), copies: 1, ..FrameNow::default() };
        assert_eq!(remark(&dropped, Stamp(0)).unwrap(), "dropped after 6.5 s in our hands, sent again twice meanwhile");
        let arrived = FrameNow { place: Place::Arrived, twins_since: 1, ..dropped };
        assert_eq!(
            remark(&arrived, Stamp(0)).unwrap(),
            "after 6.5 s in our hands, sent again twice meanwhile, once later"
        );
        let passed = FrameNow { twins: 0, twins_since: 3, held_ns: None, ..arrived };
        assert_eq!(remark(&passed, Stamp(0)).unwrap(), "sent again 3 times later");
    }

    #[test]
    fn one_in_our_hands_says_how_long_and_how_often_it_was_sent_again() {
        let now = FrameNow { place: Place::Held { since: Stamp(0) }, copies: 1, twins: 2, ..FrameNow::default() };
        assert_eq!(remark(&now, Stamp(3_000_000_000)).unwrap(), "held for 3.0 s, sent again twice");
    }
}
