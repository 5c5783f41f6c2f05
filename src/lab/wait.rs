//! What a running script waits for, and a clock that does not wait for a reader: told to whoever follows the script, so
//! that a screen can say why nothing happens, or why something is about to.

use crate::kernel::{
    clock::Stamp,
    socket::{Timer, TimerKind},
};

/// What the script waits for while it runs, or how long at most it waits for its cue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// For what a line speaks of.
    Line {
        /// The line without its label, in its own words.
        line: String,
        since: Stamp,
        /// The timer of a kernel that runs out next, where one runs.
        timer: Option<Running>,
    },
    /// For a cue, and not longer than this: what the lesson speaks of would be over.
    Reader { goes_on: Stamp, timer: Running },
}

/// A timer that runs in a host's kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    pub host: String,
    pub kind: TimerKind,
    /// When it runs out. The kernel may be late by an eighth of the time for which it was set.
    pub due: Stamp,
}

impl Running {
    pub(super) fn of(host: &str, timer: &Timer, now: Stamp) -> Self {
        let left = u64::try_from(timer.remaining.as_nanos()).unwrap_or(u64::MAX);
        Self { host: host.to_owned(), kind: timer.kind, due: Stamp(now.0.saturating_add(left)) }
    }
}

impl Running {
    /// `client's window probe timer: 34 s`
    #[must_use]
    pub fn in_words(&self, now: Stamp) -> String {
        let seconds = self.due.0.saturating_sub(now.0).div_ceil(1_000_000_000);
        let left = match seconds {
            0 => "due".to_owned(),
            seconds => format!("{seconds} s"),
        };
        format!("{}'s {}: {left}", self.host, name(self.kind))
    }
}

const fn name(kind: TimerKind) -> &'static str {
    match kind {
        TimerKind::Retransmit => "retransmission timer",
        TimerKind::KeepAlive => "keep-alive timer",
        TimerKind::TimeWait => "TIME-WAIT",
        TimerKind::ZeroWindowProbe => "window probe timer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_is_told_in_whole_seconds_and_never_as_over_before_it_is() {
        let timer = Running { host: "client".into(), kind: TimerKind::ZeroWindowProbe, due: Stamp(34_000_000_000) };
        let said = |now| timer.in_words(Stamp(now));
        assert_eq!(said(0), "client's window probe timer: 34 s");
        assert_eq!(said(33_900_000_000), "client's window probe timer: 1 s");
        assert_eq!(said(34_500_000_000), "client's window probe timer: due");
    }
}
