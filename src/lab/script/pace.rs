//! A learner's pace: the script waits for its cues, and goes on listening meanwhile.
//!
//! What the learner does by hand while it waits shows at once: whenever something has moved, the states are read at
//! the quiet point. While nothing happens, nothing runs; only the end of a TIME-WAIT is looked for when it is due, because
//! nothing tells of it.

use std::{
    sync::mpsc::RecvError,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};

use super::{Run, hearing::NO_ANSWER};
use crate::{
    kernel::{
        clock::Stamp,
        socket::{Timer, TimerKind},
        state::TcpState,
    },
    lab::{
        cue::{Cue, Far, Order, Standing},
        frame::Place,
        hosts::HostId,
        stage::{HandDeed, Report},
        wait::{Running, Wait},
    },
    lesson::script::Line,
    timeline::event::{TYPED, What},
};

/// Nobody waits as long as this; it is looked around again, and waited on.
const LONG: Duration = Duration::from_secs(60 * 60);
/// What is handed over to a kernel now has arrived by then.
const MOMENT: Duration = Duration::from_millis(2);
/// So long before the minute of TIME-WAIT is over a script goes on: enough for what it still has to show of it.
const IN_TIME: Duration = Duration::from_secs(5);
/// So long after it is over the kernel is asked whether the connection has gone, and again where it has not.
const SURELY: Duration = Duration::from_millis(250);
/// So often it is looked once more at what has moved while it was looked.
const GLANCES: usize = 2;

/// Why a waiting script does something.
pub(super) enum Woken {
    GoOn(Far),
    Judge,
    Skip,
    /// Something has moved, or a typed line was run.
    Moved,
    /// What the next lines speak of would be over soon.
    TimeIsUp,
}

/// The minute of a connection in TIME-WAIT.
struct Minute {
    host: HostId,
    timer: Timer,
    read_at: Stamp,
    end: Instant,
}

impl Run<'_, '_> {
    /// Waits there until it is told to go on, and how far. At the kernel's pace, and on the way to a step, there is
    /// nothing to wait for.
    pub(super) fn pause(&mut self, at: Standing) -> Result<Option<Far>> {
        let Some(cue) = self.cue.clone().filter(|_| !self.hurries) else { return Ok(None) };
        loop {
            match self.wait(&cue, at)? {
                Woken::GoOn(far) => return Ok(Some(far)),
                Woken::TimeIsUp => return Ok(Some(Far::Beat)),
                Woken::Judge | Woken::Skip | Woken::Moved => {}
            }
        }
    }

    /// Waits there for a cue, or for something to happen.
    pub(super) fn wait(&mut self, cue: &Cue, at: Standing) -> Result<Woken> {
        let has_moved = self.look_around()?;
        cue.stand(at);
        self.recorder.waits(at);
        let minute = self.minute()?;
        let latest = self.latest_to_leave(at, minute.as_ref())?;
        let over = minute.map(|minute| minute.end + SURELY);
        // It may be just what a challenge waits for, and nothing may follow it.
        if has_moved && matches!(at, Standing::Learner(_)) {
            return Ok(Woken::Moved);
        }
        loop {
            anyhow::ensure!(!self.recorder.is_abandoned(), "nobody follows this lesson any more");
            match cue.take(self.play.is_some()) {
                Some(Order::GoOn(far)) => return Ok(Woken::GoOn(far)),
                Some(Order::Judge) => return Ok(Woken::Judge),
                Some(Order::Skip) => return Ok(Woken::Skip),
                Some(Order::Say(line)) => {
                    self.typed(*line)?;
                    return Ok(Woken::Moved);
                }
                None if latest.is_some_and(|latest| Instant::now() >= latest)
                    && !self.grip.stops_clock()
                    && cue.leave() =>
                {
                    return Ok(Woken::TimeIsUp);
                }
                // No packet tells of that.
                None if over.is_some_and(|over| Instant::now() >= over) => {
                    self.read_states(false)?;
                    return Ok(Woken::Moved);
                }
                None if self.doze(latest, over)? => return Ok(Woken::Moved),
                None => {}
            }
        }
    }

    /// Between the beats of a block nobody waits beyond the end of TIME-WAIT: no setting makes its minute longer, and the
    /// lines that follow are about a connection that would be gone.
    fn latest_to_leave(&mut self, at: Standing, minute: Option<&Minute>) -> Result<Option<Instant>> {
        let Some(Minute { host, timer, read_at, end }) = minute.filter(|_| matches!(at, Standing::Beat { .. })) else {
            return Ok(None);
        };
        let left = timer.remaining.saturating_sub(IN_TIME);
        let latest = *end - IN_TIME.min(timer.remaining);
        let timer = Running::of(self.stage()?.book.hosts().name(*host), timer, *read_at);
        let goes_on = Stamp(read_at.0.saturating_add(u64::try_from(left.as_nanos()).unwrap_or(u64::MAX)));
        self.recorder.awaits(&Wait::Reader { goes_on, timer });
        Ok(Some(latest))
    }

    /// The TIME-WAIT that is over next, if there are hosts and one runs.
    fn minute(&mut self) -> Result<Option<Minute>> {
        // What it looks through is all sockets of the hosts, and most have never come so far.
        let may_run = |state| matches!(state, TcpState::FinWait2 | TcpState::TimeWait);
        if self.play.is_none() || !self.recorder.knows_of(may_run) {
            return Ok(None);
        }
        let (sightings, now, read_at) = (self.look()?, Instant::now(), Stamp::now());
        let minutes = sightings.iter().filter_map(|sighting| {
            let timer = sighting.view.timer.filter(|timer| timer.kind == TimerKind::TimeWait)?;
            Some(Minute { host: sighting.host, timer, read_at, end: now + timer.remaining })
        });
        Ok(minutes.min_by_key(|minute| minute.end))
    }

    /// Listens until something is said, or it is time to leave, or to look again. Whether anything has moved.
    fn doze(&mut self, latest: Option<Instant>, over: Option<Instant>) -> Result<bool> {
        let Some(play) = &mut self.play else {
            let word: Result<Report, RecvError> = self.door.1.recv();
            return word.map(|_| false).context("the lab has no door");
        };
        let latest = latest.filter(|_| !self.grip.stops_clock());
        let until = latest.into_iter().chain(over).min().unwrap_or_else(|| Instant::now() + LONG);
        play.stage.listen(&mut self.recorder, until).context("the link failed")?;
        let has_moved = play.stage.moves != play.looked_at;
        if has_moved {
            self.take_samples()?;
        }
        Ok(has_moved)
    }

    /// Reads the states if anything has moved since that was done last, and judges what has come back. Whether
    /// anything has.
    pub(super) fn look_around(&mut self) -> Result<bool> {
        for glance in 0..GLANCES {
            let Some(play) = self.play.as_mut().filter(|play| play.stage.moves != play.looked_at) else {
                return Ok(glance > 0);
            };
            let only_repeats = play.stage.moves.only_repeat_since(play.looked_at);
            play.looked_at = play.stage.moves;
            self.await_woken()?;
            self.read_states(only_repeats)?;
            self.note_ends()?;
            self.judge_returned()?;
        }
        Ok(true)
    }

    /// Who only sends again what we hold has told nobody anything: of all sockets only that one can have changed, and to
    /// ask for one costs microseconds, where the kernel looks through its whole table for all.
    ///
    /// At the quiet point, or, while something is on its way that takes its time, as they are: it is looked again when
    /// that has arrived.
    fn read_states(&mut self, only_repeats: bool) -> Result<()> {
        self.drain()?;
        let repeated =
            self.stage()?.frames.last().filter(|seen| only_repeats && matches!(seen.passage.place, Place::Twin(_)));
        if let Some(id) = repeated.map(|seen| seen.id) {
            return self.observe_ends_of(id);
        }
        if self.stage()?.is_in_transit() {
            self.listen(Instant::now() + MOMENT)?;
        }
        let play = self.play()?;
        if !play.stage.is_in_transit() {
            return self.observe();
        }
        let Self { play: Some(play), recorder, .. } = self else { return Ok(()) };
        play.survey.sample(&play.stage, recorder).context(NO_ANSWER)
    }

    /// Runs a line that the learner has typed. Whatever it comes to, the lesson goes on.
    fn typed(&mut self, line: Line) -> Result<()> {
        let line = Line { number: TYPED, ..line };
        self.keeps_limits = true;
        let outcome = self.try_line(&line);
        self.keeps_limits = false;
        if let Err(error) = outcome {
            anyhow::ensure!(!self.recorder.is_abandoned(), error);
            self.recorder.add_now(What::Notice { text: format!("{}: {error:#}", line.text) });
        }
        Ok(())
    }

    /// A deed of a typed line is a deed by hand.
    pub(super) fn note_typed_deed(&mut self, line: &Line) -> Result<()> {
        let deed = HandDeed { text: line.text.clone(), at: Stamp::now(), frame: None, until: None };
        self.recorder.add(deed.at, deed.told());
        self.stage_mut()?.by_hand.push(deed);
        Ok(())
    }

    /// The step that was asked for is reached: from here on it is the learner who sets the pace.
    pub(super) fn arrive(&mut self) -> Result<()> {
        self.hurries = false;
        if let Some(play) = &self.play {
            let switched_on = self.grip.grasp(&play.stage)?;
            self.tell_switches(switched_on);
        }
        Ok(())
    }

    /// On fresh hosts the switches of a person are as they were.
    pub(super) fn tell_switches(&mut self, switched_on: Vec<String>) {
        for text in switched_on {
            let at = Stamp::now();
            self.recorder.add(at, What::Hand { text: text.clone(), frame: None });
            if let Some(play) = &mut self.play {
                play.stage.by_hand.push(HandDeed { text, at, frame: None, until: None });
            }
        }
    }

    /// The cue, where a learner sets the pace now.
    pub(super) fn pace(&self) -> Result<Cue> {
        self.cue.clone().ok_or_else(|| anyhow!("nobody sets the pace"))
    }
}
