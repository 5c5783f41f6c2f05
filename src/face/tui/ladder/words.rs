//! What became of a frame, in as few words as fit beside an arrow.

use crate::{
    face::{
        text::{Style, line::Ink},
        tui::reel::{FrameNow, Place},
    },
    kernel::clock::Stamp,
    timeline::event::DropReason,
};

/// `None` where there is nothing to say: it simply passes.
pub(super) fn remark(now: &FrameNow, clock: Stamp) -> Option<String> {
    let place = match now.place {
        Place::Held { since } => Some(format!("held for {}", in_seconds(clock.0.saturating_sub(since.0)))),
        Place::Lost(why) => Some(lost(why).to_owned()),
        Place::Refused => Some("its receiver throws it away".to_owned()),
        Place::Arrived => now.held_ns.map(|held| format!("after {} in our hands", in_seconds(held))),
        Place::OnItsWay => None,
    };
    let repeated = match now.twins {
        0 => None,
        1 => Some("sent again once".to_owned()),
        times => Some(format!("sent again {times} times")),
    };
    let done = [
        (now.copies > 1).then(|| format!("{} copies", now.copies)),
        now.delayed_ns.map(|by| format!("delayed by {}", brief(by))),
        now.is_reordered.then(|| "the next one goes first".to_owned()),
        now.is_corrupted.then(|| "one byte changed".to_owned()),
        now.is_truncated.then(|| "cut short".to_owned()),
    ];
    let parts: Vec<String> = place.into_iter().chain(repeated).chain(done.into_iter().flatten()).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
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

/// A time that a person let go by.
fn in_seconds(nanoseconds: u64) -> String {
    let tenths = nanoseconds / 100_000_000;
    if tenths < 100 { format!("{}.{} s", tenths / 10, tenths % 10) } else { brief(nanoseconds) }
}

/// A time in at most eight cells.
pub(in crate::face::tui) fn brief(nanoseconds: u64) -> String {
    let micros = nanoseconds / 1_000;
    let (millis, seconds) = (micros / 1_000, micros / 1_000_000);
    match seconds {
        0 if millis < 10 => format!("{millis}.{:03} ms", micros % 1_000),
        0 if millis < 100 => format!("{millis}.{:02} ms", micros % 1_000 / 10),
        0 => format!("{millis} ms"),
        1..100 => format!("{seconds}.{} s", millis % 1_000 / 100),
        100..6_000 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
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
            (19_655_000, "19.65 ms"),
            (250_000_000, "250 ms"),
            (41_250_000_000, "41.2 s"),
            (125_000_000_000, "2 min"),
            (90_000_000_000_000, "25 h"),
        ] {
            assert_eq!(brief(nanoseconds), shown);
        }
        assert!(brief(u64::MAX).len() <= 9);
    }

    #[test]
    fn one_that_simply_passes_needs_no_word() {
        let now = FrameNow { place: Place::Arrived, copies: 1, ..FrameNow::default() };
        assert_eq!(remark(&now, Stamp(0)), None);
    }

    #[test]
    fn one_in_our_hands_says_how_long_and_how_often_it_was_sent_again() {
        let now = FrameNow { place: Place::Held { since: Stamp(0) }, copies: 1, twins: 2, ..FrameNow::default() };
        assert_eq!(remark(&now, Stamp(3_000_000_000)).unwrap(), "held for 3.0 s, sent again 2 times");
    }
}
