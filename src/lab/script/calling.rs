//! The calls of the script: given to an actor, awaited as far as the next line needs, judged when they come back.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{Limit, Run, Trusted};
use crate::{
    kernel::socket::Proto,
    lab::{actor::JobId, choose, claims::Verdict},
    lesson::{
        diagnostic::Diagnostic,
        errno,
        script::{Call, CallLine, Line, PATIENCE},
    },
    timeline::event::{TYPED, What},
};

/// How soon it is looked again whether a call that was woken has come back.
const GLANCE: Duration = Duration::from_millis(1);

impl Run<'_, '_> {
    /// Waits for the calls that a packet has woken: they are about to come back, and what the next line speaks of
    /// (a socket that `accept` brings, bytes, a call that waits no more) may be what they bring.
    pub(in crate::lab) fn await_woken(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let is_somebody_awake = self.stage()?.troupe.is_somebody_awake();
            // One that sleeps now may have come back from its call and sleep until its next order. Then it said so
            // before it fell asleep.
            self.catch_up()?;
            if !is_somebody_awake || Instant::now() >= deadline {
                return Ok(());
            }
            self.listen(Instant::now() + GLANCE)?;
        }
    }

    /// The same where a call needs the socket that an `accept` is to bring and the packet is still on its way.
    fn await_socket(&mut self, call: &CallLine) -> Result<()> {
        let mut limit = self.limit(call.within);
        while choose::awaits_accept(&self.stage()?.troupe, call) && !self.has_passed(&mut limit) {
            self.wait_for(&mut limit)?;
        }
        Ok(())
    }

    /// Gives an actor its order and waits until it is done, or sleeps in the kernel.
    pub(super) fn call(&mut self, line: &Line, call: &CallLine) -> Result<Option<Verdict>> {
        self.await_socket(call)?;
        let order = match choose::order(self.lesson, &mut self.play()?.stage.troupe, call)? {
            Ok(order) => order,
            Err(diagnostic) => return Ok(Some(Verdict::Failed(Box::new(diagnostic)))),
        };
        if let Some((proto, family)) = order.makes {
            self.play()?.survey.note(proto, family);
        }
        let troupe = &mut self.play()?.stage.troupe;
        let turn = troupe.call_of(order.player, None).filter(|_| troupe.is_busy(order.player));
        let waits_turn =
            turn.map(|before| format!("{}'s {} waits its turn behind {}.", call.actor.host, line.told(), before.text));
        let connects = matches!(call.call, Call::Connect { .. }) && troupe.players[order.player].proto == Proto::Tcp;
        let job = troupe.order(order.player, order.order, call.name.clone());
        let has_to_end = call.fails.is_some();
        let goes_at_once = waits_turn.is_none();
        if let Some(text) = waits_turn {
            self.recorder.add_now(What::Notice { text });
        }
        let mut limit = self.limit(call.within);
        if goes_at_once || has_to_end {
            self.await_job(job, has_to_end, &mut limit)?;
        }
        if connects && !has_to_end {
            self.play()?.reading.current = None;
        }
        match &call.fails {
            Some(wanted) => Ok(Some(self.judge_failure(job, call, wanted.number, &limit)?)),
            // What a person tries may fail.
            None if line.number == TYPED => Ok(None),
            None => {
                self.play()?.trusted.push(Trusted { job, line: line.clone() });
                Ok(None)
            }
        }
    }

    /// Until the job is done, or (unless its end is what counts) its call sleeps.
    fn await_job(&mut self, job: JobId, to_the_end: bool, limit: &mut Limit) -> Result<()> {
        loop {
            let troupe = &self.play()?.stage.troupe;
            let state = &troupe.jobs[usize::try_from(job)?];
            let sleeps = state.call.and_then(|call| troupe.calls.get(&call)).is_some_and(|call| call.waits);
            let is_over = state.done.is_some() || (sleeps && !to_the_end);
            if is_over || self.has_passed(limit) {
                return Ok(());
            }
            self.wait_for(limit)?;
        }
    }

    fn judge_failure(&mut self, job: JobId, call: &CallLine, wanted: i32, limit: &Limit) -> Result<Verdict> {
        let done = self.play()?.stage.troupe.jobs[usize::try_from(job)?].done;
        let name = |number: i32| errno::name(number).unwrap_or("an unknown error");
        let finding = match done {
            Some(errno) if errno == wanted => return Ok(Verdict::held(errno::words(errno))),
            Some(0) => "it succeeded".to_owned(),
            Some(errno) => format!("it failed with {}", name(errno)),
            None => format!("it still waits after {}", limit.in_words()),
        };
        let span = call.fails.as_ref().map_or(call.span.clone(), |errno| errno.span.clone());
        let message = format!("the call did not fail with {}", name(wanted));
        Ok(Verdict::failed(Diagnostic::at(span, message).label(finding)))
    }

    /// A call that fails unasked is a claim that does not hold.
    pub(super) fn judge_returned(&mut self) -> Result<()> {
        let play = self.play()?;
        let jobs = &play.stage.troupe.jobs;
        let (done, pending): (Vec<_>, Vec<_>) = std::mem::take(&mut play.trusted)
            .into_iter()
            .partition(|trusted| jobs.get(trusted.job as usize).is_some_and(|job| job.done.is_some()));
        let failed: Vec<(Line, i32)> = done
            .into_iter()
            .filter_map(|trusted| {
                let errno = jobs[trusted.job as usize].done.filter(|errno| *errno != 0)?;
                Some((trusted.line, errno))
            })
            .collect();
        play.trusted = pending;
        for (line, errno) in failed {
            let diagnostic = choose::unasked_failure(&line, errno, self.watch);
            self.judge(&line, Verdict::failed(diagnostic));
        }
        Ok(())
    }
}
