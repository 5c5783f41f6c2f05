//! Running the script: one line after the other, each until its event has come.

use std::{
    collections::BTreeSet,
    io,
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};

use super::{
    actor::JobId,
    choose,
    claims::{self, Verdict, packet::Conversation, packet::Reading},
    hosts::Hosts,
    record::{Recorder, Sink},
    stage::Stage,
    survey::{Sighting, Survey},
    values::Values,
};
use crate::{
    kernel::clock::Stamp,
    lesson::{
        diagnostic::Diagnostic,
        errno, eval,
        model::{self, Block, Challenge, Lesson, Source},
        script::{Call, CallLine, Line, PATIENCE, Verb},
    },
    link::Watch,
    timeline::event::{BlockRef, Outcome, Proto, Value, What},
};

/// How soon it is looked again whether a call that was woken has come back.
const GLANCE: Duration = Duration::from_millis(1);

/// A lesson on its way.
pub struct Run<'l, 's> {
    lesson: &'l Lesson,
    watch: Watch,
    recorder: Recorder<'s>,
    values: Values,
    play: Option<Play>,
    pub step_began: Stamp,
    pub block_began: Stamp,
    claims: usize,
    failed: usize,
}

/// A lab that is set up, with what the script knows of it.
struct Play {
    stage: Stage,
    survey: Survey,
    reading: Reading,
    /// Calls that were not expected to fail and have not come back yet.
    trusted: Vec<Trusted>,
}

/// A call of the script that has to succeed, whenever it returns.
struct Trusted {
    job: JobId,
    line: Line,
}

/// What a whole run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    pub claims: usize,
    pub failed: usize,
}

impl<'l, 's> Run<'l, 's> {
    #[must_use]
    pub fn new(lesson: &'l Lesson, watch: Watch, sink: Sink<'s>) -> Self {
        let now = Stamp::now();
        Self {
            lesson,
            watch,
            recorder: Recorder::new(sink),
            values: Values::for_lesson(lesson),
            play: None,
            step_began: now,
            block_began: now,
            claims: 0,
            failed: 0,
        }
    }

    /// The whole lesson, from its first step to its last.
    pub fn lesson(mut self) -> Result<Summary> {
        let lesson = self.lesson;
        let (name, title) = (format!("{}/{}", lesson.part, lesson.name), lesson.title.clone());
        self.say(What::Lesson { lesson: name, title, watch: self.watch });
        for (step, content) in lesson.steps.iter().enumerate() {
            self.step_began = Stamp::now();
            self.say(What::Step { step, title: model::plain_text(&content.title) });
            for (block, content) in content.blocks.iter().enumerate() {
                if self.recorder.is_abandoned() {
                    break;
                }
                self.block(BlockRef { step, block }, content)?;
            }
        }
        self.leave_stage()?;
        let summary = Summary { claims: self.claims, failed: self.failed };
        self.say(What::LessonEnd { claims: summary.claims, failed: summary.failed });
        Ok(summary)
    }

    fn block(&mut self, at: BlockRef, block: &Block) -> Result<()> {
        match block {
            Block::Prose(_) | Block::Predict(_) => Ok(()),
            Block::Lab(_) | Block::Challenge(_) if self.failed > 0 => {
                let text = "Not run, because a claim before it does not hold.".to_owned();
                self.say(What::Notice { text });
                Ok(())
            }
            Block::Lab(lab) => {
                let fresh = self.play.is_none() || lab.link.is_some();
                self.scene(at, fresh, [lab.lines.as_slice()])
            }
            Block::Challenge(challenge) => self.challenge(at, challenge),
        }
    }

    /// A challenge runs on hosts of its own: what stands on the stage before, and what it leaves, is its own.
    fn challenge(&mut self, at: BlockRef, challenge: &Challenge) -> Result<()> {
        let acts = [&challenge.setup, &challenge.answer, &challenge.expect];
        self.scene(at, true, acts.map(Vec::as_slice))?;
        self.leave_stage()
    }

    fn scene<const N: usize>(&mut self, at: BlockRef, fresh: bool, acts: [&[Line]; N]) -> Result<()> {
        if fresh {
            self.leave_stage()?;
            self.enter_stage().map_err(|error| self.cannot_set_up(error))?;
        }
        self.block_began = Stamp::now();
        self.values.origin = self.block_began;
        let hosts = self.stage()?.book.hosts().all().to_vec();
        self.say(What::Lab { block: at, fresh, hosts });
        for line in acts.into_iter().flatten() {
            if self.failed > 0 || self.recorder.is_abandoned() {
                break;
            }
            self.line(line).with_context(|| format!("{}:{}: {}", self.lesson.source.path, line.number, line.text))?;
        }
        self.observe()?;
        self.judge_returned()?;
        self.say(What::LabEnd { block: at });
        Ok(())
    }

    fn enter_stage(&mut self) -> io::Result<()> {
        let names = self.lesson.hosts.iter().map(|host| host.name.as_str());
        let hosts = Hosts::on_loopback(names, self.watch, std::process::id() ^ Stamp::now().0 as u32);
        let stage = Stage::open(hosts, self.watch)?;
        for unset in &stage.unset {
            self.recorder.add_now(What::Notice { text: unset.clone() });
        }
        self.recorder.begin_lab(stage.book.clone());
        let (reading, trusted) = (Reading::default(), Vec::new());
        self.play = Some(Play { stage, survey: Survey::open()?, reading, trusted });
        Ok(())
    }

    fn leave_stage(&mut self) -> Result<()> {
        if let Some(play) = self.play.take() {
            play.stage.close(&mut self.recorder).context("the lab could not be cleared up")?;
        }
        Ok(())
    }

    fn cannot_set_up(&self, error: io::Error) -> anyhow::Error {
        let advice = "`wiretutor doctor` says what this machine allows";
        anyhow::Error::new(error).context(format!("the lab could not be set up; {advice}"))
    }

    fn line(&mut self, line: &Line) -> Result<()> {
        self.await_woken()?;
        self.recorder.add_now(What::Line { line: line.number, text: line.text.clone() });
        let verdict = match &line.verb {
            Verb::Call(call) => self.call(line, call)?,
            Verb::Packet(packet) => Some(claims::packet::check(self, packet)?),
            Verb::Kernel(kernel) => Some(claims::kernel::check(self, kernel)?),
            Verb::Saw(saw) => Some(claims::program::saw(self, saw)?),
            Verb::Returned(returned) => Some(claims::program::returned(self, returned)?),
            Verb::Waits(waits) => Some(claims::program::waits(self, waits)?),
            Verb::Never(never) => Some(claims::quiet::never(self, never)?),
            Verb::Silent(silent) => Some(claims::quiet::silent(self, silent, &line.span)?),
        };
        if let Some(verdict) = verdict {
            self.judge(line, verdict);
        }
        self.bind_ends()?;
        self.judge_returned()
    }

    /// `client.port`, `peer.address`: where a host's newest socket and each named socket are.
    fn bind_ends(&mut self) -> Result<()> {
        let play = self.play.as_ref().ok_or_else(|| anyhow!("no lab is set up"))?;
        let stage = &play.stage;
        let mut told = BTreeSet::new();
        for player in stage.troupe.players.iter().rev() {
            let Some(local) = player.local else { continue };
            let host = stage.book.hosts().name(player.host);
            let owners = [Some(host), player.name.as_deref()].into_iter().flatten();
            for owner in owners.filter(|owner| told.insert(*owner)) {
                let (port, address) = (Value::Number(local.port().into()), Value::Text(local.ip().to_string()));
                self.values.bind_member(owner, "port", port, &mut self.recorder);
                self.values.bind_member(owner, "address", address, &mut self.recorder);
            }
        }
        Ok(())
    }

    /// Waits for the calls that a packet has woken: they are about to come back, and what the next line speaks of
    /// (a socket that `accept` brings, bytes, a call that waits no more) may be what they bring.
    fn await_woken(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.stage()?.troupe.is_somebody_awake() && Instant::now() < deadline {
            self.listen(Instant::now() + GLANCE)?;
        }
        Ok(())
    }

    /// The same where a call needs the socket that an `accept` is to bring and the packet is still on its way.
    fn await_socket(&mut self, call: &CallLine) -> Result<()> {
        let deadline = Instant::now() + call.within.unwrap_or(PATIENCE);
        while choose::awaits_accept(&self.stage()?.troupe, call) && Instant::now() < deadline {
            self.listen(deadline)?;
        }
        Ok(())
    }

    /// Gives an actor its order and waits until it is done, or sleeps in the kernel.
    fn call(&mut self, line: &Line, call: &CallLine) -> Result<Option<Verdict>> {
        self.await_socket(call)?;
        let order = match choose::order(self.lesson, &mut self.play()?.stage.troupe, call)? {
            Ok(order) => order,
            Err(diagnostic) => return Ok(Some(Verdict::Failed(Box::new(diagnostic)))),
        };
        if let Some(family) = order.family {
            self.play()?.survey.note_family(family);
        }
        let troupe = &mut self.play()?.stage.troupe;
        let turn = troupe.call_of(order.player, None).filter(|_| troupe.is_busy(order.player));
        let waits_turn = turn.map(|call| format!("It waits its turn behind {}.", call.text));
        let connects = matches!(call.call, Call::Connect { .. }) && troupe.players[order.player].proto == Proto::Tcp;
        let job = troupe.order(order.player, order.order, call.name.clone());
        let has_to_end = call.fails.is_some();
        let goes_at_once = waits_turn.is_none();
        if let Some(text) = waits_turn {
            self.recorder.add_now(What::Notice { text });
        }
        if goes_at_once || has_to_end {
            self.await_job(job, has_to_end, call.within.unwrap_or(PATIENCE))?;
        }
        if connects && !has_to_end {
            self.play()?.reading.current = None;
        }
        match &call.fails {
            Some(wanted) => Ok(Some(self.judge_failure(job, call, wanted.number)?)),
            None => {
                self.play()?.trusted.push(Trusted { job, line: line.clone() });
                Ok(None)
            }
        }
    }

    /// Until the job is done, or (unless its end is what counts) its call sleeps.
    fn await_job(&mut self, job: JobId, to_the_end: bool, patience: Duration) -> Result<()> {
        let deadline = Instant::now() + patience;
        loop {
            let troupe = &self.play()?.stage.troupe;
            let state = &troupe.jobs[usize::try_from(job)?];
            let sleeps = state.call.and_then(|call| troupe.calls.get(&call)).is_some_and(|call| call.waits);
            if state.done.is_some() || (sleeps && !to_the_end) || Instant::now() >= deadline {
                return Ok(());
            }
            self.listen(deadline)?;
        }
    }

    fn judge_failure(&mut self, job: JobId, call: &CallLine, wanted: i32) -> Result<Verdict> {
        let done = self.play()?.stage.troupe.jobs[usize::try_from(job)?].done;
        let name = |number: i32| errno::name(number).unwrap_or("an unknown error");
        let finding = match done {
            Some(errno) if errno == wanted => return Ok(Verdict::held(errno::words(errno))),
            Some(0) => "it succeeded".to_owned(),
            Some(errno) => format!("it failed with {}", name(errno)),
            None => {
                let patience = eval::duration_of(call.within.unwrap_or(PATIENCE));
                format!("it still waits after {patience}")
            }
        };
        let span = call.fails.as_ref().map_or(call.span.clone(), |errno| errno.span.clone());
        let message = format!("the call did not fail with {}", name(wanted));
        Ok(Verdict::failed(Diagnostic::at(span, message).label(finding)))
    }

    /// A call that fails unasked is a claim that does not hold.
    fn judge_returned(&mut self) -> Result<()> {
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

    fn judge(&mut self, line: &Line, verdict: Verdict) {
        let source: &Arc<Source> = &self.lesson.source;
        let outcome = match verdict {
            Verdict::Held { detail, frame } => Outcome::Held { detail, frame },
            Verdict::NotWatched => Outcome::NotWatched,
            Verdict::Failed(diagnostic) => {
                self.failed += 1;
                Outcome::Failed { message: diagnostic.message.clone(), report: diagnostic.render(source) }
            }
        };
        self.claims += usize::from(outcome != Outcome::NotWatched);
        self.recorder.add_now(What::Claim { line: line.number, text: line.text.clone(), outcome });
    }

    /// Puts something on the timeline that has its place behind everything so far. Only where the link is quiet:
    /// a packet that comes to light afterwards would stand behind it.
    fn say(&mut self, what: What) {
        self.recorder.add_now(what);
        self.recorder.settle_all();
    }

    fn play(&mut self) -> Result<&mut Play> {
        self.play.as_mut().ok_or_else(|| anyhow!("no lab is set up"))
    }

    pub fn stage(&self) -> Result<&Stage> {
        self.play.as_ref().map(|play| &play.stage).ok_or_else(|| anyhow!("no lab is set up"))
    }

    pub fn stage_mut(&mut self) -> Result<&mut Stage> {
        self.play().map(|play| &mut play.stage)
    }

    /// What a claim looks at.
    pub fn parts(&self) -> Result<(&Stage, &Values, &Reading)> {
        let play = self.play.as_ref().ok_or_else(|| anyhow!("no lab is set up"))?;
        Ok((&play.stage, &self.values, &play.reading))
    }

    /// What a claim that holds changes.
    pub fn all_parts(&mut self) -> Result<(&Stage, &mut Values, &mut Reading, &mut Recorder<'s>)> {
        let play = self.play.as_mut().ok_or_else(|| anyhow!("no lab is set up"))?;
        Ok((&play.stage, &mut self.values, &mut play.reading, &mut self.recorder))
    }

    /// The conversation that the last packet line was about.
    #[must_use]
    pub fn conversation(&self) -> Option<Conversation> {
        self.play.as_ref().and_then(|play| play.reading.current)
    }

    /// Takes in what happens, until `deadline` or something has.
    pub fn listen(&mut self, deadline: Instant) -> Result<()> {
        let play = self.play.as_mut().ok_or_else(|| anyhow!("no lab is set up"))?;
        play.stage.listen(&mut self.recorder, deadline).context("the capture failed")
    }

    /// Takes in all that is on the link now.
    pub fn drain(&mut self) -> Result<()> {
        let play = self.play.as_mut().ok_or_else(|| anyhow!("no lab is set up"))?;
        play.stage.drain(&mut self.recorder).context("the capture failed")
    }

    /// What the kernel says of all TCP sockets, at this moment.
    pub fn look(&mut self) -> Result<Vec<Sighting>> {
        let play = self.play()?;
        play.survey.look(&play.stage).context("the kernel did not answer about its sockets (sock_diag)")
    }

    /// Waits for the quiet point and puts the states of all sockets on the timeline.
    pub fn observe(&mut self) -> Result<()> {
        let play = self.play.as_mut().ok_or_else(|| anyhow!("no lab is set up"))?;
        play.survey
            .observe(&mut play.stage, &mut self.recorder)
            .context("the kernel did not answer about its sockets (sock_diag)")
    }
}

impl std::fmt::Debug for Run<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("lesson", &self.lesson.name).field("failed", &self.failed).finish_non_exhaustive()
    }
}

/// Runs a whole lesson in the calling thread, which moves into network namespaces of its own where `watch` allows
/// that. Every event goes to `sink` as soon as it is final.
pub fn run(
    lesson: &Lesson,
    watch: Watch,
    sink: &mut dyn FnMut(&crate::timeline::event::Event) -> ControlFlow<()>,
) -> Result<Summary> {
    Run::new(lesson, watch, sink).lesson()
}
