//! Running the script: one line after the other, each until its event has come.

mod calling;
mod deeds;

use self::deeds::Awaited;
use std::{cell::Cell, collections::BTreeSet, io, sync::Arc, time::Instant};

use anyhow::{Context, Result, anyhow};

use super::{
    actor::JobId,
    claims::{self, Verdict, packet::Conversation, packet::Reading},
    grip::Grip,
    ground,
    hands::RuleId,
    hosts::Hosts,
    record::{Recorder, Sink},
    sampler::Sampler,
    stage::Stage,
    survey::{About, Sighting, Survey},
    values::Values,
};
use crate::{
    kernel::clock::Stamp,
    lesson::{
        model::{self, Block, Challenge, Lab, Lesson, Source},
        script::{Line, SampleLine, Verb},
    },
    link::{LinkKind, Watch, wire},
    timeline::event::{BlockRef, Outcome, Value, What},
};

const NO_ANSWER: &str = "the kernel did not answer about its sockets (sock_diag)";

/// A lesson on its way.
pub struct Run<'l, 's> {
    lesson: &'l Lesson,
    watch: Watch,
    recorder: Recorder<'s>,
    values: Values,
    play: Option<Play>,
    pub step_began: Stamp,
    pub block_began: Stamp,
    /// How many frames of this stage had been missed when the step began.
    pub lost_before_step: u64,
    claims: usize,
    failed: usize,
    /// How many rules the script has given our hands.
    rules: RuleId,
    /// For whoever holds the wire beside the script.
    grip: Grip,
    /// When a time limit was looked at last, if a person held the wire then.
    looked_while_held: Cell<Option<Instant>>,
}

/// A lab that is set up, with what the script knows of it.
struct Play {
    stage: Stage,
    survey: Survey,
    reading: Reading,
    /// Calls that were not expected to fail and have not come back yet.
    trusted: Vec<Trusted>,
    /// Rules of our hands that wait for their frames.
    awaited: Vec<Awaited>,
    sampler: Sampler,
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
    pub fn new(lesson: &'l Lesson, watch: Watch, grip: Grip, sink: Sink<'s>) -> Self {
        let now = Stamp::now();
        Self {
            lesson,
            watch,
            recorder: Recorder::new(sink),
            values: Values::for_lesson(lesson),
            play: None,
            step_began: now,
            block_began: now,
            lost_before_step: 0,
            claims: 0,
            failed: 0,
            rules: 0,
            grip,
            looked_while_held: Cell::new(None),
        }
    }

    /// The whole lesson, from its first step to its last.
    pub fn lesson(mut self) -> Result<Summary> {
        let lesson = self.lesson;
        let (name, title) = (format!("{}/{}", lesson.part, lesson.name), lesson.title.clone());
        self.say(What::Lesson { lesson: name, title, watch: self.watch });
        for (step, content) in lesson.steps.iter().enumerate() {
            self.step_began = Stamp::now();
            self.lost_before_step = self.play.as_ref().map_or(0, |play| play.stage.lost);
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
                let link = lab.link.unwrap_or(self.lesson.link);
                self.scene(at, fresh.then_some(link), [lab.lines.as_slice()])
            }
            Block::Challenge(challenge) => self.challenge(at, challenge),
        }
    }

    /// A challenge runs on hosts of its own: what stands on the stage before, and what it leaves, is its own.
    fn challenge(&mut self, at: BlockRef, challenge: &Challenge) -> Result<()> {
        let acts = [&challenge.setup, &challenge.answer, &challenge.expect];
        let link = challenge.link.unwrap_or(self.lesson.link);
        self.scene(at, Some(link), acts.map(Vec::as_slice))?;
        self.leave_stage()
    }

    /// Plays a block, on fresh hosts of this kind where one is named.
    fn scene<const N: usize>(&mut self, at: BlockRef, fresh: Option<LinkKind>, acts: [&[Line]; N]) -> Result<()> {
        if let Some(link) = fresh {
            self.leave_stage()?;
            self.lost_before_step = 0;
            self.enter_stage(link).map_err(|error| self.cannot_set_up(error))?;
        }
        self.block_began = Stamp::now();
        self.values.origin = self.block_began;
        let (hosts, link) = (self.stage()?.book.hosts().all().to_vec(), self.stage()?.kind());
        self.say(What::Lab { block: at, fresh: fresh.is_some(), link, hosts });
        for line in acts.into_iter().flatten() {
            if self.failed > 0 || self.recorder.is_abandoned() {
                break;
            }
            self.line(line).with_context(|| format!("{}:{}: {}", self.lesson.source.path, line.number, line.text))?;
        }
        self.observe()?;
        self.judge_returned()?;
        if self.is_last_on_its_hosts(at) {
            self.end_of_hosts()?;
        }
        self.say(What::LabEnd { block: at });
        Ok(())
    }

    /// Whether the next block that is run, if there is one, has hosts of its own.
    fn is_last_on_its_hosts(&self, at: BlockRef) -> bool {
        let blocks = self.lesson.steps.iter().enumerate().flat_map(|(step, content)| {
            content.blocks.iter().enumerate().map(move |(block, content)| (BlockRef { step, block }, content))
        });
        let mut following = blocks.skip_while(|(place, _)| *place <= at).map(|(_, block)| block);
        let next = following.find(|block| matches!(block, Block::Lab(_) | Block::Challenge(_)));
        !matches!(next, Some(Block::Lab(Lab { link: None, .. }))) || self.failed > 0
    }

    fn enter_stage(&mut self, link: LinkKind) -> io::Result<()> {
        let stage = match link {
            LinkKind::Loopback => {
                let names = self.lesson.hosts.iter().map(|host| host.name.as_str());
                let hosts = Hosts::on_loopback(names, self.watch, std::process::id() ^ Stamp::now().0 as u32);
                Stage::on_loopback(hosts, self.watch)?
            }
            LinkKind::Wire => {
                let (hosts, plan) = ground::of(self.lesson);
                Stage::on_wire(hosts, plan)?
            }
        };
        for unset in &stage.unset {
            self.recorder.add_now(What::Notice { text: unset.clone() });
        }
        self.recorder.begin_lab(stage.book.clone(), link);
        self.grip.grasp(&stage);
        let survey = Survey::open(&stage)?;
        let (reading, trusted, awaited, sampler) = Default::default();
        self.play = Some(Play { stage, survey, reading, trusted, awaited, sampler });
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
            Verb::Wire(wire) => self.deed(line, wire)?,
            Verb::Holds(holds) => Some(claims::held::check(self, holds)?),
            Verb::Sample(sample) => {
                self.set_rhythm(sample)?;
                None
            }
            Verb::Silent(silent) => Some(claims::quiet::silent(self, silent, &line.span)?),
        };
        if let Some(verdict) = verdict {
            self.judge(line, verdict);
        }
        let calls_on_wire = matches!(line.verb, Verb::Call(_)) && self.stage()?.kind() == LinkKind::Wire;
        if calls_on_wire && self.stage()?.holds_something() {
            self.observe()?;
        }
        self.bind_ends()?;
        self.bind_departures()?;
        self.judge_returned()
    }

    /// `syn.left`: when the packets that lines have named have left the wire.
    fn bind_departures(&mut self) -> Result<()> {
        let play = self.play.as_ref().ok_or_else(|| anyhow!("no lab is set up"))?;
        for (name, seen) in play.reading.labels(&play.stage) {
            if let Some(left) = seen.passage.left {
                self.values.bind_member(name, "left", Value::Moment(left), &mut self.recorder);
            }
        }
        Ok(())
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

    fn judge(&mut self, line: &Line, verdict: Verdict) {
        let source: &Arc<Source> = &self.lesson.source;
        let outcome = match verdict {
            Verdict::Held { detail, frame } => Outcome::Held { detail, frame },
            Verdict::NotWatched => Outcome::NotWatched,
            Verdict::Failed(diagnostic) => {
                self.failed += 1;
                let held = self.held_in_words().unwrap_or_default();
                let diagnostic =
                    held.into_iter().fold(*diagnostic, |diagnostic, held| diagnostic.note(format!("held: {held}")));
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
        anyhow::ensure!(!self.recorder.is_abandoned(), "nobody follows this lesson any more");
        let play = self.play.as_mut().ok_or_else(|| anyhow!("no lab is set up"))?;
        let deadline = play.sampler.due().map_or(deadline, |due| due.min(deadline));
        play.stage.listen(&mut self.recorder, deadline).context("the link failed")?;
        self.take_samples()
    }

    /// Takes in what has been said by now.
    fn catch_up(&mut self) -> Result<()> {
        let play = self.play.as_mut().ok_or_else(|| anyhow!("no lab is set up"))?;
        play.stage.catch_up(&mut self.recorder).context("the link failed")
    }

    fn take_samples(&mut self) -> Result<()> {
        let play = self.play.as_mut().ok_or_else(|| anyhow!("no lab is set up"))?;
        let Play { stage, survey, sampler, .. } = play;
        if sampler.wants_states(stage) {
            survey.sample(stage, &mut self.recorder).context(NO_ANSWER)?;
        }
        sampler.tick(stage, survey, &mut self.recorder).context(NO_ANSWER)
    }

    /// `sample client at acks`.
    fn set_rhythm(&mut self, line: &SampleLine) -> Result<()> {
        let host = self.stage()?.book.hosts().id(&line.host);
        let host = host.with_context(|| format!("the lesson has no host `{}`", line.host))?;
        let Play { stage, sampler, .. } = self.play()?;
        sampler.set(host, line.rhythm, stage);
        Ok(())
    }

    /// Whether a time limit is over. It stands still while a person holds the wire.
    pub fn has_passed(&self, deadline: &mut Instant) -> bool {
        let now = Instant::now();
        let looked = self.looked_while_held.replace(self.grip.holds().then_some(now));
        if let Some(looked) = looked {
            *deadline += now.saturating_duration_since(looked);
        }
        now >= *deadline
    }

    /// How much has happened so far, as a number that changes with it.
    pub fn happenings(&self) -> Result<usize> {
        let stage = self.stage()?;
        Ok(stage.frames.len() + stage.troupe.returned())
    }

    /// Takes in all that is on the link now.
    pub fn drain(&mut self) -> Result<()> {
        let play = self.play.as_mut().ok_or_else(|| anyhow!("no lab is set up"))?;
        play.stage.drain(&mut self.recorder).context("the link failed")?;
        self.take_samples()
    }

    /// What the kernel says of all TCP sockets, at this moment.
    pub fn look(&mut self) -> Result<Vec<Sighting>> {
        let play = self.play()?;
        play.survey.look(&play.stage).context(NO_ANSWER)
    }

    /// Waits for the quiet point and puts the states of all sockets on the timeline.
    pub fn observe(&mut self) -> Result<()> {
        self.observe_about(About::All)
    }

    fn observe_about(&mut self, about: About) -> Result<()> {
        let play = self.play.as_mut().ok_or_else(|| anyhow!("no lab is set up"))?;
        play.survey.observe(about, &mut play.stage, &mut self.recorder).context(NO_ANSWER)
    }
}

impl std::fmt::Debug for Run<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("lesson", &self.lesson.name).field("failed", &self.failed).finish_non_exhaustive()
    }
}

/// Runs a whole lesson in the calling thread, which moves into network namespaces of its own where `watch` allows
/// that. Every event goes to `sink` as soon as it is final.
pub fn run(lesson: &Lesson, watch: Watch, sink: Sink<'_>) -> Result<Summary> {
    run_in_hand(lesson, watch, Grip::default(), sink)
}

/// The same, with the wires of its labs in the hands of whoever has the grip.
pub fn run_in_hand(lesson: &Lesson, watch: Watch, grip: Grip, sink: Sink<'_>) -> Result<Summary> {
    let can_be_laid = !lesson.uses_wire() || wire::can_be_laid(watch);
    anyhow::ensure!(
        can_be_laid,
        "its wire needs private namespaces and /proc: not to be had here; see `wiretutor doctor`"
    );
    Run::new(lesson, watch, grip, sink).lesson()
}
