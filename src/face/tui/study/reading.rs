//! How long somebody has read while hosts stood: their kernels' timers went on meanwhile.

use std::time::Duration;

use crate::timeline::event::{Event, What};

/// What lies between two lines of a script and is longer is not the script's.
const LONG: Duration = Duration::from_secs(5);

/// How long the newest hosts have been read about: what lies between the end of a line and the beginning of the next
/// thing that the script does, where it is long.
#[must_use]
pub(super) fn time_read(events: &[Event]) -> Duration {
    let is_fresh = |event: &Event| matches!(event.what, What::Lab { fresh: true, .. });
    let hosts = events.iter().rposition(is_fresh).unwrap_or(0);
    let script: Vec<&Event> = events[hosts..].iter().filter(|event| is_of_the_script(&event.what)).collect();
    let gaps = script.windows(2).filter(|pair| goes_on(&pair[1].what));
    let gaps = gaps.map(|pair| Duration::from_nanos(pair[1].at.0.saturating_sub(pair[0].at.0)));
    gaps.filter(|gap| *gap >= LONG).sum()
}

/// What the script does itself, and the calls that it waits for.
const fn is_of_the_script(what: &What) -> bool {
    goes_on(what) || matches!(what, What::Claim { .. } | What::LabEnd { .. } | What::CallReturned { .. })
}

/// What it does when it was told to go on.
const fn goes_on(what: &What) -> bool {
    matches!(what, What::Step { .. } | What::Lab { .. } | What::Line { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kernel::clock::Stamp,
        timeline::event::{BlockRef, LinkKind, Outcome},
    };

    fn at(seconds: u64, what: What) -> Event {
        Event { seq: 0, at: Stamp(seconds * 1_000_000_000), what }
    }

    fn hosts(seconds: u64) -> Event {
        let block = BlockRef { step: 0, block: 0 };
        at(seconds, What::Lab { block, fresh: true, link: LinkKind::Wire, hosts: Vec::new() })
    }

    fn line(seconds: u64) -> Event {
        at(seconds, What::Line { line: 1, text: "client close".into() })
    }

    fn claim(seconds: u64) -> Event {
        at(seconds, What::Claim { line: 1, text: "client > server FIN".into(), outcome: Outcome::NotWatched })
    }

    #[test]
    fn a_long_time_before_a_line_is_reading() {
        assert_eq!(time_read(&[hosts(0), line(1), claim(1), line(76), claim(76)]), Duration::from_secs(75));
    }

    #[test]
    fn a_claim_that_takes_long_is_not_reading() {
        assert_eq!(time_read(&[hosts(0), line(1), claim(76), line(77), claim(79)]), Duration::ZERO);
    }

    #[test]
    fn what_was_read_on_other_hosts_does_not_count() {
        assert_eq!(time_read(&[hosts(0), line(75), hosts(80), line(80), claim(82)]), Duration::ZERO);
    }
}
