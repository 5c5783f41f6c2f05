//! Time limits: how long it is worth waiting for what a line speaks of.
//!
//! At the kernel's own pace a limit is what the line says. At a learner's pace the kernels' timers double while
//! somebody reads, and what a lesson says of the next packet is meant all the same. So a wait goes on as long as the
//! timers that ran when it began have not run out, and for its own patience then. It is not enough to add what they have
//! left: a kernel rounds the time of a timer up by as much as an eighth of it, and is still on time for that.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::Result;

use super::Run;
use crate::{
    kernel::{
        clock::Stamp,
        socket::{SocketView, TimerKind},
    },
    lab::{
        survey::Sighting,
        wait::{Running, Wait},
    },
    lesson::{eval, script::PATIENCE},
};

/// Of two readings of one timer that has not run out, what they say of its end differs by less.
const TICK: Duration = Duration::from_millis(50);

/// When it is no longer worth waiting.
#[derive(Debug)]
pub struct Limit {
    began: Instant,
    end: Instant,
    patience: Duration,
    /// Whose timers have to run out first.
    follows: Option<Whose>,
    /// Those that ran when the wait began; not known before anything was waited for.
    timers: Option<Vec<Pending>>,
}

/// Whose timers are followed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whose {
    Everybody,
    /// Those of the two ends of one connection.
    Connection(SocketAddr, SocketAddr),
}

impl Whose {
    fn is(self, view: &SocketView) -> bool {
        match self {
            Self::Everybody => true,
            Self::Connection(one, other) => view.has_ends(one, Some(other)) || view.has_ends(other, Some(one)),
        }
    }
}

/// A timer that has not run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pending {
    /// The socket's.
    cookie: u64,
    due: Instant,
    /// Nothing is left of it, and the kernel has not got round to it.
    is_late: bool,
}

impl Pending {
    /// Whether this reading is of the same timer: one that was set anew is due later.
    fn still_runs(self, later: Self) -> bool {
        later.cookie == self.cookie && (later.is_late || later.due <= self.due + TICK)
    }
}

impl Limit {
    /// So long, and not longer.
    pub(super) fn of(patience: Duration) -> Self {
        let began = Instant::now();
        Self { began, end: began + patience, patience, follows: None, timers: None }
    }

    pub(super) fn following(self, whose: Option<Whose>) -> Self {
        Self { follows: whose, ..self }
    }

    /// And so much longer, if that is later.
    pub(super) fn not_before(self, earliest: Instant) -> Self {
        Self { end: self.end.max(earliest + self.patience), ..self }
    }

    /// How long was waited, for a person: what the line says, or, where it was longer, what it came to.
    #[must_use]
    pub fn in_words(&self) -> String {
        let is_longer = self.end > self.began + self.patience;
        eval::duration_of(if is_longer { self.began.elapsed() } else { self.patience })
    }

    /// It has to be waited for these first.
    fn heed(&mut self, timers: &[Pending]) {
        if let Some(last) = timers.iter().map(|timer| timer.due).max() {
            self.end = self.end.max(last.max(Instant::now()) + self.patience);
        }
    }

    /// What is left of the timers that ran in the beginning.
    fn late_ones(&self, now: &[Pending]) -> Vec<Pending> {
        let began = self.timers.iter().flatten();
        began.filter_map(|first| now.iter().find(|later| first.still_runs(**later)).copied()).collect()
    }
}

impl Run<'_, '_> {
    /// How long a line waits that says so, or nothing.
    pub fn limit(&self, within: Option<Duration>) -> Limit {
        let is_read = self.cue.is_some() && !self.keeps_limits && !self.recorder.rehearses;
        Limit::of(within.unwrap_or(PATIENCE)).following(is_read.then_some(Whose::Everybody))
    }

    /// Takes in what happens, until something has or the limit is over.
    pub fn wait_for(&mut self, limit: &mut Limit) -> Result<()> {
        let end = self.heed_timers(limit)?;
        self.wait_until(limit, end)
    }

    /// The same, but no longer than this.
    pub fn wait_until(&mut self, limit: &mut Limit, latest: Instant) -> Result<()> {
        let end = self.heed_timers(limit)?;
        self.listen(end.min(latest))?;
        if let (Some(whose), true) = (limit.follows, Instant::now() >= limit.end) {
            let late = limit.late_ones(&pending(&self.sending(whose)?));
            limit.heed(&late);
        }
        Ok(())
    }

    /// Looks, once, which timers have to run out first, and tells who follows the lesson what it waits for.
    fn heed_timers(&mut self, limit: &mut Limit) -> Result<Instant> {
        if limit.timers.is_none() {
            let sending = limit.follows.map_or_else(|| Ok(Vec::new()), |whose| self.sending(whose))?;
            let timers = pending(&sending);
            limit.heed(&timers);
            limit.timers = Some(timers);
            self.tell_wait(&sending)?;
        }
        Ok(limit.end)
    }

    /// The sockets that send again when their timer runs out.
    fn sending(&mut self, whose: Whose) -> Result<Vec<Sighting>> {
        let sends = |view: &SocketView| {
            let kind = view.timer.map(|timer| timer.kind);
            matches!(kind, Some(TimerKind::Retransmit | TimerKind::ZeroWindowProbe))
        };
        let sightings = self.look()?;
        Ok(sightings.into_iter().filter(|sighting| whose.is(&sighting.view) && sends(&sighting.view)).collect())
    }

    fn tell_wait(&mut self, sending: &[Sighting]) -> Result<()> {
        // Of a challenge it is not told what exactly it waits for.
        let asks = self.lenient.then(|| "what the challenge asks for".to_owned());
        let line = asks.or_else(|| self.line_in_words.clone());
        let Some(line) = line.filter(|_| self.cue.is_some() && !self.recorder.rehearses) else { return Ok(()) };
        let (hosts, since) = (self.stage()?.book.hosts(), Stamp::now());
        let running =
            |sighting: &Sighting| Some(Running::of(hosts.name(sighting.host), sighting.view.timer.as_ref()?, since));
        let timer = sending.iter().filter_map(running).min_by_key(|timer| timer.due);
        self.recorder.awaits(&Wait::Line { line, since, timer });
        Ok(())
    }

    /// Whether a time limit is over. It stands still while a person keeps packets from arriving; where claims are only
    /// tried, it is over at once.
    pub fn has_passed(&self, limit: &mut Limit) -> bool {
        if self.recorder.rehearses {
            return true;
        }
        let now = Instant::now();
        let looked = self.looked_while_held.replace(self.is_kept_waiting().then_some(now));
        if let Some(looked) = looked {
            limit.end += now.saturating_duration_since(looked);
        }
        now >= limit.end
    }

    /// Whether a person keeps something from arriving that may be what is waited for: it is slow, or held. Who asks
    /// whether something holds knows what is in their own hands, and is not kept waiting for that.
    fn is_kept_waiting(&self) -> bool {
        let Ok(stage) = self.stage() else { return false };
        let is_held = self.grip.holds() && stage.holds_something() && !self.keeps_limits;
        self.grip.stops_clock() && (stage.is_in_transit() || is_held)
    }
}

fn pending(sightings: &[Sighting]) -> Vec<Pending> {
    let now = Instant::now();
    let pending = |sighting: &Sighting| {
        let Sighting { view, .. } = sighting;
        view.timer.map(|timer| Pending {
            cookie: view.cookie,
            due: now + timer.remaining,
            is_late: timer.remaining.is_zero(),
        })
    };
    sightings.iter().filter_map(pending).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn timer(due: Instant) -> Pending {
        Pending { cookie: 7, due, is_late: false }
    }

    #[test]
    fn a_limit_is_what_the_line_says() {
        let limit = Limit::of(2 * SECOND);
        assert_eq!(limit.end, limit.began + 2 * SECOND);
        assert_eq!(limit.in_words(), "2.0 s");
    }

    #[test]
    fn a_timer_that_runs_is_waited_for_and_the_patience_comes_behind_it() {
        let mut limit = Limit::of(2 * SECOND);
        let due = limit.began + 34 * SECOND;
        limit.heed(&[timer(limit.began + SECOND), timer(due)]);
        assert_eq!(limit.end, due + 2 * SECOND);
    }

    #[test]
    fn a_timer_that_is_due_and_has_not_run_out_is_still_waited_for() {
        let mut limit = Limit::of(2 * SECOND);
        let due = limit.began + 34 * SECOND;
        limit.timers = Some(vec![timer(due)]);
        let late = Pending { is_late: true, ..timer(due + 3 * SECOND) };
        assert_eq!(limit.late_ones(&[late]), [late]);
        assert_eq!(limit.late_ones(&[timer(due)]), [timer(due)]);
        assert_eq!(limit.late_ones(&[timer(due + 68 * SECOND)]), [], "it ran out, and was set anew");
        assert_eq!(limit.late_ones(&[]), [], "it ran out");
        assert_eq!(limit.late_ones(&[Pending { cookie: 8, ..timer(due) }]), [], "that one did not run then");
    }
}
