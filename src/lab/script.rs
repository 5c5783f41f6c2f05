//! Running the script: one line after the other, each until its event has come.

mod calling;
mod challenge;
mod conduct;
mod deeds;
mod hearing;
mod limit;
mod lines;
mod pace;
mod repeats;

pub use self::conduct::{Conduct, Summary, run, run_in_hand, run_with};
use self::deeds::Awaited;
pub use self::limit::Limit;
use std::{
    cell::Cell,
    collections::{BTreeSet, HashSet},
    io,
    sync::mpsc::{self, Receiver, Sender},
    time::Instant,
};

use anyhow::{Context, Result, anyhow};

use super::{
    actor::JobId,
    claims::{packet::Conversation, packet::Reading},
    cue::{Cue, Far, Standing},
    grip::Grip,
    ground,
    hands::RuleId,
    hosts::{Hosts, number_of_a_lab},
    record::{Recorder, Sink},
    sampler::Sampler,
    stage::{Moves, Report, Stage},
    survey::Survey,
    values::Values,
};
use crate::{
    kernel::clock::Stamp,
    lesson::{
        again::{self, Cut},
        beats,
        model::{self, Block, Lab, Lesson},
        script::Line,
    },
    link::{LinkKind, Watch},
    timeline::event::{BlockRef, FrameId, What},
};

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
    /// How many claims have not held, whether that counts or not.
    refuted: usize,
    /// How many rules the script has given our hands.
    rules: RuleId,
    /// For whoever holds the wire beside the script.
    grip: Grip,
    /// For whoever sets the pace, if it is not the kernel.
    cue: Option<Cue>,
    /// The step to stand in, where it is not the first.
    from: Option<usize>,
    /// Whether the script is on its way there: it does not wait, and leaves out what would.
    hurries: bool,
    /// Whether all that the kernel says of a socket is told.
    details: bool,
    /// Where the script listens while no hosts stand.
    door: (Sender<Report>, Receiver<Report>),
    /// A claim has failed on these hosts; what comes behind it would speak of something that is not there.
    halted: bool,
    /// What does not hold is told, and nothing more: a learner has asked whether it does.
    lenient: bool,
    /// Time limits are meant as they are said: a learner has asked.
    keeps_limits: bool,
    /// The line that is being run.
    line_in_words: Option<String>,
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
    /// Frames that the script itself has let go.
    let_go: HashSet<FrameId>,
    sampler: Sampler,
    /// Hosts on which a challenge was: nothing goes on with them.
    of_challenge: bool,
    /// How much had moved when a waiting script looked around last.
    looked_at: Moves,
}

impl Play {
    fn new(stage: Stage, survey: Survey) -> Self {
        let (reading, trusted, awaited, let_go, sampler) = Default::default();
        let (of_challenge, looked_at) = (false, stage.moves);
        Self { stage, survey, reading, trusted, awaited, let_go, sampler, of_challenge, looked_at }
    }
}

/// A call of the script that has to succeed, whenever it returns.
struct Trusted {
    job: JobId,
    line: Line,
}

impl<'l, 's> Run<'l, 's> {
    #[must_use]
    pub fn new(lesson: &'l Lesson, watch: Watch, conduct: Conduct, sink: Sink<'s>) -> Self {
        let now = Stamp::now();
        let values = match conduct.cue {
            Some(_) => Values::to_be_kept(lesson, conduct.values),
            None => Values::for_lesson(lesson).with(conduct.values),
        };
        let door = mpsc::channel();
        conduct.grip.wait_at(door.0.clone());
        conduct.cue.iter().for_each(|cue| cue.begin(door.0.clone()));
        Self {
            lesson,
            watch,
            recorder: Recorder::new(sink),
            values,
            play: None,
            step_began: now,
            block_began: now,
            lost_before_step: 0,
            claims: 0,
            failed: 0,
            refuted: 0,
            rules: 0,
            grip: conduct.grip,
            cue: conduct.cue,
            from: conduct.from,
            hurries: conduct.from.is_some(),
            details: conduct.details,
            door,
            halted: false,
            lenient: false,
            keeps_limits: false,
            line_in_words: None,
            looked_while_held: Cell::new(None),
        }
    }

    /// The whole lesson, from its first step or the one that was asked for to its last.
    pub fn lesson(mut self) -> Result<Summary> {
        let lesson = self.lesson;
        let begin = match self.from {
            None => {
                let (name, title) = (format!("{}/{}", lesson.part, lesson.name), lesson.title.clone());
                self.say(What::Lesson { lesson: name, title, watch: self.watch });
                Cut::Step(0)
            }
            Some(step) => {
                let steps = lesson.steps.len();
                anyhow::ensure!(step < steps, "the lesson has {steps} steps, and not one with the number {}", step + 1);
                again::cut(lesson, step)
            }
        };
        let first = match begin {
            Cut::Step(step) => BlockRef { step, block: 0 },
            Cut::Block(block) => block,
        };
        for step in first.step..lesson.steps.len() {
            let is_cut = matches!(begin, Cut::Block(block) if block.step == step);
            if !is_cut {
                self.enter_step(step, step == first.step)?;
            }
            self.blocks(BlockRef { step, block: if is_cut { first.block } else { 0 } })?;
        }
        self.pause(Standing::End)?;
        self.leave_stage()?;
        let summary = Summary { claims: self.claims, failed: self.failed };
        self.say(What::LessonEnd { claims: summary.claims, failed: summary.failed });
        Ok(summary)
    }

    fn enter_step(&mut self, step: usize, is_first: bool) -> Result<()> {
        let is_wanted = self.from == Some(step);
        if !is_first && !is_wanted {
            self.pause(Standing::Step(step))?;
        }
        self.step_began = Stamp::now();
        self.lost_before_step = self.play.as_ref().map_or(0, |play| play.stage.lost);
        self.say(What::Step { step, title: model::plain_text(&self.lesson.steps[step].title) });
        if is_wanted {
            self.arrive()?;
        }
        Ok(())
    }

    /// The blocks of a step, from this one on.
    fn blocks(&mut self, from: BlockRef) -> Result<()> {
        let lesson = self.lesson;
        for (block, content) in lesson.steps[from.step].blocks.iter().enumerate().skip(from.block) {
            if self.recorder.is_abandoned() {
                break;
            }
            self.block(BlockRef { step: from.step, block }, content)?;
        }
        Ok(())
    }

    fn block(&mut self, at: BlockRef, block: &Block) -> Result<()> {
        let link = match block {
            Block::Prose(_) | Block::Predict(_) => return Ok(()),
            Block::Lab(lab) => lab.link.or_else(|| self.hosts_are_gone().then_some(self.lesson.link)),
            Block::Challenge(challenge) => Some(challenge.link.unwrap_or(self.lesson.link)),
        };
        let far = self.pause(Standing::Block(at))?;
        if self.halted && (self.cue.is_none() || link.is_none()) {
            self.say(What::Notice { text: self.not_run().to_owned() });
            return Ok(());
        }
        self.enter_scene(at, link)?;
        match block {
            Block::Lab(lab) => self.lab(at, &lab.lines, far)?,
            Block::Challenge(challenge) => self.challenge(at, challenge)?,
            Block::Prose(_) | Block::Predict(_) => {}
        }
        self.leave_scene(at)?;
        if matches!(block, Block::Challenge(_)) {
            self.leave_challenge()?;
        }
        Ok(())
    }

    /// Whether a lab block has nothing to go on with: no hosts stand, or only those of a challenge.
    fn hosts_are_gone(&self) -> bool {
        self.play.as_ref().is_none_or(|play| play.of_challenge)
    }

    const fn not_run(&self) -> &'static str {
        match self.cue {
            None => "Not run, because a claim before it does not hold.",
            Some(_) => "Not run, because a claim before it does not hold. The step can be run again, on fresh hosts.",
        }
    }

    /// A block begins, on fresh hosts of this kind where one is named.
    fn enter_scene(&mut self, at: BlockRef, fresh: Option<LinkKind>) -> Result<()> {
        let mut switched_on = Vec::new();
        if let Some(link) = fresh {
            self.leave_stage()?;
            self.lost_before_step = 0;
            switched_on = self.enter_stage(link).map_err(|error| self.cannot_set_up(error))?;
        }
        self.block_began = Stamp::now();
        self.values.origin = self.block_began;
        let (hosts, link) = (self.stage()?.book.hosts().all().to_vec(), self.stage()?.kind());
        self.say(What::Lab { block: at, fresh: fresh.is_some(), link, hosts });
        self.tell_switches(switched_on);
        Ok(())
    }

    fn leave_scene(&mut self, at: BlockRef) -> Result<()> {
        self.observe()?;
        self.judge_returned()?;
        if self.is_last_on_its_hosts(at) {
            self.end_of_hosts()?;
        }
        self.say(What::LabEnd { block: at });
        Ok(())
    }

    /// The lines of a lab block, as far as they hold.
    fn lab(&mut self, at: BlockRef, lines: &[Line], far: Option<Far>) -> Result<()> {
        let starts: BTreeSet<usize> = beats::beats(lines).into_iter().map(|beat| beat.start).collect();
        let left_out = if self.hurries { again::left_out(self.lesson, at) } else { BTreeSet::new() };
        let mut far = far;
        for (index, line) in lines.iter().enumerate().filter(|(index, _)| !left_out.contains(index)) {
            let by_line = far == Some(Far::Line) && !beats::asks_for_a_clock(lines, index);
            let is_further = index > 0 && (by_line || starts.contains(&index));
            // What the script has made late does not wait for a reader; so nobody is made to read meanwhile.
            if is_further && !self.is_over() && !self.stage()?.awaits_late_one() {
                far = self.pause(Standing::Beat { block: at, line: index })?;
            }
            if self.is_over() {
                break;
            }
            self.line(line)?;
        }
        self.note_departures()?;
        if self.halted && self.cue.is_some() {
            let text = "What is left of these lines is not run, because a claim does not hold. The step can be run \
                        again, on fresh hosts.";
            self.recorder.add_now(What::Notice { text: text.to_owned() });
        }
        Ok(())
    }

    /// Whether no further line of these hosts is run.
    fn is_over(&self) -> bool {
        self.halted || self.recorder.is_abandoned()
    }

    /// Whether the next block that is run, if there is one, has hosts of its own.
    fn is_last_on_its_hosts(&self, at: BlockRef) -> bool {
        let mut following = self.lesson.numbered_blocks().filter(|(place, _)| *place > at).map(|(_, block)| block);
        let next = following.find(|block| matches!(block, Block::Lab(_) | Block::Challenge(_)));
        !matches!(next, Some(Block::Lab(Lab { link: None, .. }))) || self.halted
    }

    /// Sets up hosts. The answer is what a person has switched on that applies to them.
    fn enter_stage(&mut self, link: LinkKind) -> io::Result<Vec<String>> {
        let stage = match link {
            LinkKind::Loopback => {
                let names = self.lesson.hosts.iter().map(|host| host.name.as_str());
                let hosts = Hosts::on_loopback(names, self.watch, number_of_a_lab());
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
        let mut switched_on = Vec::new();
        if self.hurries {
            self.grip.wait_at(stage.ear());
        } else {
            switched_on = self.grip.grasp(&stage)?;
        }
        self.cue.iter().for_each(|cue| cue.wait_at(stage.ear()));
        let mut survey = Survey::open(&stage)?;
        if self.details {
            survey.tell_details();
        }
        // At a learner's pace what failed on other hosts is over with them.
        self.halted &= self.cue.is_none();
        self.play = Some(Play::new(stage, survey));
        Ok(switched_on)
    }

    fn leave_stage(&mut self) -> Result<()> {
        if let Some(play) = self.play.take() {
            self.grip.wait_at(self.door.0.clone());
            self.cue.iter().for_each(|cue| cue.wait_at(self.door.0.clone()));
            play.stage.close(&mut self.recorder).context("the lab could not be cleared up")?;
        }
        Ok(())
    }

    fn cannot_set_up(&self, error: io::Error) -> anyhow::Error {
        let advice = "`wiretutor doctor` says what this machine allows";
        anyhow::Error::new(error).context(format!("the lab could not be set up; {advice}"))
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
}

impl std::fmt::Debug for Run<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("lesson", &self.lesson.name).field("failed", &self.failed).finish_non_exhaustive()
    }
}
