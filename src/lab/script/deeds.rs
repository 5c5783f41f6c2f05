//! The `wire` lines: what the script's hands do, and what comes of it.
//!
//! A deed is an order to the wire. Where it is about frames that are held, the line ends when they have gone their
//! way and the states of both ends have been read; so the next line finds the world as the frame has left it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};

use super::{Limit, Run, repeats::Whereabouts};
use crate::{
    lab::{
        claims::Verdict,
        frame::{Place, Seen},
        grip::{self, Grip},
        hands::{self, Rule, RuleId, Wish},
        pattern::Filter,
        survey::About,
    },
    lesson::{
        diagnostic::Diagnostic,
        eval,
        model::Span,
        script::{Deed, EndRef, Handed, Labelled, Line, PATIENCE, Pattern, Treatment, Which, WireLine},
    },
    link::wire::{Rate, Wire},
    timeline::event::{FrameId, TYPED, What},
};

/// A rule of the script that waits for its frames.
pub(super) struct Awaited {
    rule: RuleId,
    line: Line,
    /// So many frames have to come; none, where it is to stand as long as it is not needed.
    times: Option<u32>,
    pattern: Span,
    /// What was to be done with them: `dropped`.
    done: &'static str,
}

/// Of so many held frames a person is told.
const HELD_TOLD: usize = 5;

/// Why a deed is not done.
pub(super) enum Undone {
    /// It can not be: drawn on the line.
    Refused(Box<Diagnostic>),
    /// The lab has failed.
    Broken(anyhow::Error),
}

impl From<Diagnostic> for Undone {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Refused(Box::new(diagnostic))
    }
}

impl From<anyhow::Error> for Undone {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

pub(super) type Done<T = ()> = Result<T, Undone>;

impl Run<'_, '_> {
    /// Does what the line says. `None`: it is done.
    pub(super) fn deed(&mut self, whole: &Line, line: &WireLine) -> Result<Option<Verdict>> {
        // What was sent before this line has its fate before it.
        self.drain()?;
        if whole.number == TYPED {
            // The same switches as those of the app's keys, which say themselves what was done.
            match line.deed {
                Deed::Hold(None) => return self.switched(Grip::hold),
                Deed::Free => return self.switched(Grip::free),
                _ => self.note_typed_deed(whole)?,
            }
        }
        match self.try_deed(whole, line) {
            Ok(()) => Ok(None),
            Err(Undone::Refused(diagnostic)) => Ok(Some(Verdict::Failed(diagnostic))),
            Err(Undone::Broken(error)) => Err(error),
        }
    }

    fn switched(&self, switch: fn(&Grip) -> std::io::Result<()>) -> Result<Option<Verdict>> {
        switch(&self.grip)?;
        Ok(None)
    }

    fn try_deed(&mut self, whole: &Line, line: &WireLine) -> Done {
        match &line.deed {
            Deed::Hold(pattern) => self.hold(pattern.as_ref(), whole),
            Deed::Deliver(handed) => self.deliver(handed, line),
            Deed::Treat { treatment, which } => self.treat(treatment, which, whole, line),
            Deed::Rate { bits_per_second, queue, between } => {
                let rate = Rate { bits_per_second: *bits_per_second, queue: *queue };
                Ok(self.set_rate(rate, between.as_ref())?)
            }
            Deed::Loss { millionths, seed, pattern } => {
                let filter = self.filter_of(pattern.as_ref())?;
                Ok(self.wish(Wish::Loss { millionths: *millionths, seed: *seed, filter })?)
            }
            Deed::Forget { after } => Ok(self.wish(Wish::Forget(*after))?),
            Deed::Down => Ok(self.with_wire(|wire| wire.set_up(false))?),
            Deed::Up => Ok(self.with_wire(|wire| wire.set_up(true))?),
            Deed::Free => Ok(self.free()?),
        }
    }

    fn with_wire(&mut self, deed: impl FnOnce(&Wire<Wish>) -> std::io::Result<()>) -> Result<()> {
        let wire = self.stage()?.wire().and_then(|wire| wire.upgrade());
        let wire: Arc<_> = wire.ok_or_else(|| anyhow!("this lab has no wire"))?;
        Ok(deed(&wire)?)
    }

    pub(super) fn wish(&mut self, wish: Wish) -> Result<()> {
        self.with_wire(|wire| wire.order(wish))
    }

    fn hold(&mut self, pattern: Option<&Pattern>, line: &Line) -> Done {
        let filter = self.filter_of(pattern)?;
        let rule = self.next_rule();
        if let Some(pattern) = pattern {
            self.await_rule(rule, None, pattern, "held", line)?;
        }
        Ok(self.wish(Wish::Hold { rule, filter })?)
    }

    fn set_rate(&mut self, rate: Rate, between: Option<&(EndRef, EndRef)>) -> Result<()> {
        let hosts = self.stage()?.book.hosts();
        let directions: Vec<(usize, usize)> = match between {
            Some((from, to)) => hosts.id(&from.host).zip(hosts.id(&to.host)).into_iter().collect(),
            None => {
                let all = 0..hosts.all().len();
                all.clone().flat_map(|from| all.clone().map(move |to| (from, to))).filter(|(a, b)| a != b).collect()
            }
        };
        self.with_wire(|wire| directions.iter().try_for_each(|(from, to)| wire.limit(*from, *to, Some(rate))))
    }

    fn free(&mut self) -> Result<()> {
        self.settle_deeds()?;
        let held: Vec<FrameId> = self.held()?.collect();
        self.play()?.let_go.extend(held);
        self.with_wire(|wire| grip::free(wire, Wish::FreeScript))?;
        let deadline = Instant::now() + PATIENCE;
        // What a person holds stays: their switch is not the script's.
        while self.stage()?.holds_something() && !self.grip.stops_clock() && Instant::now() < deadline {
            self.listen(deadline)?;
        }
        self.observe()
    }

    fn deliver(&mut self, handed: &Handed, line: &WireLine) -> Done {
        let frames = match handed {
            Handed::All => self.held()?.collect(),
            Handed::Labelled(label) => match self.whereabouts_of(label, line)? {
                Whereabouts::InHand(frame) => vec![frame],
                Whereabouts::LetGo(frame) => {
                    self.await_hand(frame)?;
                    return Ok(self.observe_ends_of(frame)?);
                }
            },
            Handed::First => vec![self.await_held(line.within, &line.span, |_| true)?],
            Handed::Matching(pattern) => {
                let filter = self.filter(pattern)?;
                vec![self.await_held(line.within, &pattern.span, |seen| filter.admits(seen))?]
            }
        };
        for frame in frames {
            // It may have come behind the line that sent it.
            if !self.play()?.survey.has_seen(frame) {
                self.observe()?;
            }
            self.let_go(frame)?;
            self.await_departure(frame)?;
            self.observe_ends_of(frame)?;
        }
        Ok(())
    }

    fn treat(&mut self, treatment: &Treatment, which: &Which, line: &Line, deed: &WireLine) -> Done {
        match which {
            Which::Labelled(label) => self.treat_held(treatment, label, deed),
            Which::Next { pattern, times } => self.set_rule(treatment, Some(pattern), Some(*times), line),
            Which::Every(pattern) => self.set_rule(treatment, pattern.as_ref(), None, line),
        }
    }

    fn treat_held(&mut self, treatment: &Treatment, label: &Labelled, line: &WireLine) -> Done {
        let Whereabouts::InHand(frame) = self.whereabouts_of(label, line)? else {
            return Err(self.not_in_hand(label)?.into());
        };
        let bytes = self.frame(frame)?.bytes.clone();
        if !hands::can_be(treatment, &bytes) {
            let message = format!("`{}` cannot be treated so", label.name);
            let length = format!("it has {} bytes", bytes.len());
            return Err(Diagnostic::at(line.span.clone(), message).label(length).into());
        }
        let play = self.play()?;
        play.let_go.insert(frame);
        play.stage.late.extend(matches!(treatment, Treatment::Delay(_)).then_some(frame));
        self.wish(Wish::Treat(frame, treatment.clone()))?;
        // What is to leave later, or after another one, is not waited for.
        if !matches!(treatment, Treatment::Delay(_) | Treatment::Reorder) {
            self.await_departure(frame)?;
        }
        Ok(self.observe_ends_of(frame)?)
    }

    fn set_rule(&mut self, treatment: &Treatment, pattern: Option<&Pattern>, times: Option<u32>, line: &Line) -> Done {
        let filter = self.filter_of(pattern)?;
        let id = self.next_rule();
        if let Some(pattern) = pattern {
            self.await_rule(id, times, pattern, participle(treatment), line)?;
        }
        Ok(self.wish(Wish::Rule(Rule { id, filter, treatment: treatment.clone(), times }))?)
    }

    fn next_rule(&mut self) -> RuleId {
        self.rules += 1;
        self.rules
    }

    fn await_rule(
        &mut self,
        rule: RuleId,
        times: Option<u32>,
        pattern: &Pattern,
        done: &'static str,
        line: &Line,
    ) -> Result<()> {
        // What a person has typed is no promise of the lesson.
        if line.number == TYPED {
            return Ok(());
        }
        let awaited = Awaited { rule, line: line.clone(), times, pattern: pattern.span.clone(), done };
        self.play()?.awaited.push(awaited);
        Ok(())
    }

    /// The pattern as our hands can use it.
    fn filter(&self, pattern: &Pattern) -> Done<Filter> {
        let (stage, values, _) = self.parts()?;
        Filter::new(pattern, stage, values).ok_or_else(|| {
            let message = "a socket that this names has no address yet";
            let help = "name the port instead, as in `server:80`, or put the line behind the call";
            Diagnostic::at(pattern.span.clone(), message).help(help).into()
        })
    }

    fn filter_of(&self, pattern: Option<&Pattern>) -> Done<Option<Filter>> {
        pattern.map(|pattern| self.filter(pattern)).transpose()
    }

    pub(super) fn frame(&self, id: FrameId) -> Result<&Seen> {
        let frame = usize::try_from(id).ok().and_then(|index| self.stage().ok()?.frames.get(index));
        frame.ok_or_else(|| anyhow!("no frame has the number {id}"))
    }

    /// The frames in our hands, the oldest first.
    fn held(&self) -> Result<impl Iterator<Item = FrameId> + '_> {
        Ok(self.stage()?.frames.iter().filter(|seen| seen.is_held()).map(|seen| seen.id))
    }

    /// What became of a frame, for a person.
    pub fn whereabouts(&self, seen: &Seen) -> String {
        let when = seen.passage.left.map(|left| format!(" at +{}", eval::duration_of(left.since(self.block_began))));
        match seen.passage.place {
            Place::OnItsWay => "it is on its way".to_owned(),
            Place::Held => "it is held".to_owned(),
            Place::Twin(_) => "it repeats an earlier one, and is folded into it".to_owned(),
            Place::Arrived if seen.passage.damaged => {
                format!("it was delivered{}, damaged, and not taken", when.unwrap_or_default())
            }
            Place::Arrived => format!("it was delivered{}", when.unwrap_or_default()),
            Place::Lost(_) => "it was dropped".to_owned(),
        }
    }

    fn await_held(&mut self, within: Option<Duration>, span: &Span, is_meant: impl Fn(&Seen) -> bool) -> Done<FrameId> {
        let mut limit = self.limit(within);
        loop {
            let stage = self.stage()?;
            if let Some(seen) = stage.frames.iter().find(|seen| seen.is_held() && is_meant(seen)) {
                return Ok(seen.id);
            }
            if self.has_passed(&mut limit) {
                let message = format!("no such packet came into our hands within {}", limit.in_words());
                let help = "`wire hold` comes before the call that sends it";
                return Err(Diagnostic::at(span.clone(), message).label("nothing to deliver").help(help).into());
            }
            self.wait_for(&mut limit)?;
        }
    }

    /// Until the frame is out of our hands.
    fn await_departure(&mut self, frame: FrameId) -> Result<()> {
        let mut limit = Limit::of(PATIENCE);
        while matches!(self.frame(frame)?.passage.place, Place::Held | Place::OnItsWay) {
            if self.has_passed(&mut limit) {
                break;
            }
            self.wait_for(&mut limit)?;
        }
        Ok(())
    }

    /// Reads the states of the connection to which the frame belongs; of all where it belongs to none.
    pub(super) fn observe_ends_of(&mut self, frame: FrameId) -> Result<()> {
        let packet = &self.frame(frame)?.packet;
        let ends = packet.tcp().and_then(|_| packet.source().zip(packet.destination()));
        self.observe_about(ends.map_or(About::All, |(source, destination)| About::Connection(source, destination)))
    }

    /// Judges the rules that wait for frames: one that found none has done nothing.
    pub(super) fn settle_deeds(&mut self) -> Result<()> {
        if self.play()?.awaited.is_empty() {
            return Ok(());
        }
        self.drain()?;
        let play = self.play()?;
        let awaited = std::mem::take(&mut play.awaited);
        let applied = |awaited: &Awaited| play.stage.applied.get(&awaited.rule).copied().unwrap_or(0);
        let counts: Vec<u32> = awaited.iter().map(applied).collect();
        for (Awaited { line, times, pattern, done, .. }, applied) in awaited.into_iter().zip(counts) {
            match times {
                Some(times) if applied < times => {
                    let message = match applied {
                        0 => format!("no packet matched, so none was {done}"),
                        some => format!("only {some} of {times} packets matched and were {done}"),
                    };
                    let help = "a deed comes before the packets that it is about; `every` may find none";
                    self.judge(&line, Verdict::failed(Diagnostic::at(pattern, message).help(help)));
                }
                None if applied == 0 => {
                    let text = format!("Line {}: no packet matched, so none was {done}.", line.number);
                    self.recorder.add_now(What::Notice { text });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What is in our hands, for a person: a line each for the oldest, and how many more there are.
    pub fn held_in_words(&self) -> Result<Vec<String>> {
        let stage = self.stage()?;
        let hosts = stage.book.hosts();
        let held: Vec<&Seen> = stage.frames.iter().filter(|seen| seen.is_held()).collect();
        let more = held.len().checked_sub(HELD_TOLD).filter(|more| *more > 0);
        Ok(held
            .into_iter()
            .take(HELD_TOLD)
            .map(|seen| {
                let twins = match seen.passage.twins {
                    0 => String::new(),
                    1 => ", sent again once".to_owned(),
                    twins => format!(", sent again {twins} times"),
                };
                format!(
                    "{} > {}  {} (since +{}{twins})",
                    hosts.name(seen.hop.from),
                    hosts.name(seen.hop.to),
                    crate::conversation::summary(&seen.packet, &seen.bytes),
                    eval::duration_of(seen.at.since(self.block_began)),
                )
            })
            .chain(more.map(|more| format!("and {more} more")))
            .collect())
    }

    /// The last thing on these hosts: what waits in vain is judged, what is still held is told.
    pub(super) fn end_of_hosts(&mut self) -> Result<()> {
        // A script that was cut short has not come to the packets that its deeds wait for.
        // Nor have they come where a person holds them.
        if !self.halted && !self.grip.stops_clock() {
            self.settle_deeds()?;
        }
        // A learner may still have it in mind: the hosts stand until others are wanted.
        if self.cue.is_some() {
            return Ok(());
        }
        let held = self.held_in_words()?;
        if !held.is_empty() {
            let text = format!(
                "Still in our hands at the end, and never delivered: {}. `wire deliver` or `wire free` lets go.",
                held.join("; ")
            );
            self.recorder.add_now(What::Notice { text });
        }
        Ok(())
    }
}

const fn participle(treatment: &Treatment) -> &'static str {
    match treatment {
        Treatment::Drop => "dropped",
        Treatment::Duplicate => "duplicated",
        Treatment::Reorder => "reordered",
        Treatment::Corrupt { .. } => "corrupted",
        Treatment::Truncate { .. } => "truncated",
        Treatment::Delay(_) => "delayed",
    }
}
