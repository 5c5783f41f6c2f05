//! The `wire` lines: what the script's hands do, and what comes of it.
//!
//! A deed is an order to the wire. Where it is about frames that are held, the line ends when they have gone their
//! way and the states of both ends have been read; so the next line finds the world as the frame has left it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};

use super::Run;
use crate::{
    lab::{
        claims::Verdict,
        frame::{Place, Seen},
        grip,
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
    timeline::event::{FrameId, What},
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

/// A deed that can not be done, drawn on the line.
type Refused = Box<Diagnostic>;

impl Run<'_, '_> {
    /// Does what the line says. `None`: it is done.
    pub(super) fn deed(&mut self, whole: &Line, line: &WireLine) -> Result<Option<Verdict>> {
        // What was sent before this line has its fate before it.
        self.drain()?;
        let done = match &line.deed {
            Deed::Hold(pattern) => self.hold(pattern.as_ref(), whole)?,
            Deed::Deliver(handed) => self.deliver(handed, line)?,
            Deed::Treat { treatment, which } => self.treat(treatment, which, whole)?,
            Deed::Rate { bits_per_second, queue, between } => {
                let rate = Rate { bits_per_second: *bits_per_second, queue: *queue };
                self.limit(rate, between.as_ref())?
            }
            Deed::Loss { millionths, seed, pattern } => self.lose(*millionths, *seed, pattern.as_ref())?,
            Deed::Forget { after } => self.wish(Wish::Forget(*after))?,
            Deed::Down => self.with_wire(|wire| wire.set_up(false))?,
            Deed::Up => self.with_wire(|wire| wire.set_up(true))?,
            Deed::Free => self.free()?,
        };
        Ok(done.err().map(Verdict::Failed))
    }

    fn with_wire(&mut self, deed: impl FnOnce(&Wire<Wish>) -> std::io::Result<()>) -> Result<Result<(), Refused>> {
        let wire = self.stage()?.wire().and_then(|wire| wire.upgrade());
        let wire: Arc<_> = wire.ok_or_else(|| anyhow!("this lab has no wire"))?;
        deed(&wire)?;
        Ok(Ok(()))
    }

    fn wish(&mut self, wish: Wish) -> Result<Result<(), Refused>> {
        self.with_wire(|wire| wire.order(wish))
    }

    fn hold(&mut self, pattern: Option<&Pattern>, line: &Line) -> Result<Result<(), Refused>> {
        let filter = match pattern.map(|pattern| self.filter(pattern)).transpose()?.transpose() {
            Ok(filter) => filter,
            Err(refused) => return Ok(Err(refused)),
        };
        let rule = self.next_rule();
        if let Some(pattern) = pattern {
            self.await_rule(rule, None, pattern, "held", line)?;
        }
        self.wish(Wish::Hold { rule, filter })
    }

    fn lose(&mut self, millionths: u32, seed: u64, pattern: Option<&Pattern>) -> Result<Result<(), Refused>> {
        let filter = match pattern.map(|pattern| self.filter(pattern)).transpose()?.transpose() {
            Ok(filter) => filter,
            Err(refused) => return Ok(Err(refused)),
        };
        self.wish(Wish::Loss { millionths, seed, filter })
    }

    fn limit(&mut self, rate: Rate, between: Option<&(EndRef, EndRef)>) -> Result<Result<(), Refused>> {
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

    fn free(&mut self) -> Result<Result<(), Refused>> {
        self.settle_deeds()?;
        let _ = self.with_wire(grip::free)?;
        let deadline = Instant::now() + PATIENCE;
        while self.stage()?.holds_something() && Instant::now() < deadline {
            self.listen(deadline)?;
        }
        self.observe()?;
        Ok(Ok(()))
    }

    fn deliver(&mut self, handed: &Handed, line: &WireLine) -> Result<Result<(), Refused>> {
        let patience = line.within.unwrap_or(PATIENCE);
        let frames = match handed {
            Handed::All => {
                self.drain()?;
                self.held()?.collect()
            }
            Handed::Labelled(label) => match self.held_by_name(label)? {
                Ok(frame) => vec![frame],
                Err(refused) => return Ok(Err(refused)),
            },
            Handed::First => match self.await_held(patience, |_| true)? {
                Some(frame) => vec![frame],
                None => return Ok(Err(nothing_held(line.span.clone(), patience))),
            },
            Handed::Matching(pattern) => {
                let filter = match self.filter(pattern)? {
                    Ok(filter) => filter,
                    Err(refused) => return Ok(Err(refused)),
                };
                match self.await_held(patience, |seen| filter.admits(seen))? {
                    Some(frame) => vec![frame],
                    None => return Ok(Err(nothing_held(pattern.span.clone(), patience))),
                }
            }
        };
        for frame in frames {
            let _ = self.wish(Wish::Deliver(frame))?;
            self.await_departure(frame)?;
            self.observe_ends_of(frame)?;
        }
        Ok(Ok(()))
    }

    fn treat(&mut self, treatment: &Treatment, which: &Which, line: &Line) -> Result<Result<(), Refused>> {
        match which {
            Which::Labelled(label) => self.treat_held(treatment, label, line),
            Which::Next { pattern, times } => self.set_rule(treatment, Some(pattern), Some(*times), line),
            Which::Every(pattern) => self.set_rule(treatment, pattern.as_ref(), None, line),
        }
    }

    fn treat_held(&mut self, treatment: &Treatment, label: &Labelled, line: &Line) -> Result<Result<(), Refused>> {
        let frame = match self.held_by_name(label)? {
            Ok(frame) => frame,
            Err(refused) => return Ok(Err(refused)),
        };
        let length = self.stage()?.frames.get(usize::try_from(frame)?).map_or(0, |seen| seen.bytes.len());
        let fits =
            self.stage()?.frames.get(usize::try_from(frame)?).is_some_and(|seen| hands::can_be(treatment, &seen.bytes));
        if !fits {
            let message = format!("`{}` can not be treated so", label.name);
            return Ok(Err(Box::new(
                Diagnostic::at(line.span.clone(), message).label(format!("it has {length} bytes")),
            )));
        }
        let _ = self.wish(Wish::Treat(frame, treatment.clone()))?;
        // What is to leave later, or after another one, is not waited for.
        if !matches!(treatment, Treatment::Delay(_) | Treatment::Reorder) {
            self.await_departure(frame)?;
        }
        self.observe_ends_of(frame)?;
        Ok(Ok(()))
    }

    fn set_rule(
        &mut self,
        treatment: &Treatment,
        pattern: Option<&Pattern>,
        times: Option<u32>,
        line: &Line,
    ) -> Result<Result<(), Refused>> {
        let filter = match pattern.map(|pattern| self.filter(pattern)).transpose()?.transpose() {
            Ok(filter) => filter,
            Err(refused) => return Ok(Err(refused)),
        };
        let id = self.next_rule();
        if let Some(pattern) = pattern {
            self.await_rule(id, times, pattern, participle(treatment), line)?;
        }
        self.wish(Wish::Rule(Rule { id, filter, treatment: treatment.clone(), times }))
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
        let awaited = Awaited { rule, line: line.clone(), times, pattern: pattern.span.clone(), done };
        self.play()?.awaited.push(awaited);
        Ok(())
    }

    /// The pattern as our hands can use it.
    fn filter(&self, pattern: &Pattern) -> Result<Result<Filter, Refused>> {
        let (stage, values, _) = self.parts()?;
        Ok(Filter::new(pattern, stage, values).ok_or_else(|| {
            let message = "a socket that this names has no address yet";
            let help = "help: name the port instead, as in `server:80`, or put the line behind the call";
            Box::new(Diagnostic::at(pattern.span.clone(), message).note(help))
        }))
    }

    /// The frames in our hands, the oldest first.
    fn held(&self) -> Result<impl Iterator<Item = FrameId> + '_> {
        Ok(self.stage()?.frames.iter().filter(|seen| seen.is_held()).map(|seen| seen.id))
    }

    /// The frame that a packet line has named, if it is in our hands.
    fn held_by_name(&mut self, label: &Labelled) -> Result<Result<FrameId, Refused>> {
        self.drain()?;
        let (stage, _, reading) = self.parts()?;
        let Some(seen) = reading.labelled(&label.name, stage) else {
            let message = format!("`{}` is no packet of these hosts", label.name);
            return Ok(Err(Box::new(Diagnostic::at(label.span.clone(), message))));
        };
        if seen.is_held() {
            return Ok(Ok(seen.id));
        }
        let message = format!("`{}` is not in our hands", label.name);
        let diagnostic = Diagnostic::at(label.span.clone(), message).label(self.whereabouts(seen));
        Ok(Err(Box::new(diagnostic)))
    }

    /// What became of a frame, for a person.
    pub fn whereabouts(&self, seen: &Seen) -> String {
        let when = seen.passage.left.map(|left| format!(" at +{}", eval::duration_of(left.since(self.block_began))));
        match seen.passage.place {
            Place::OnItsWay => "it is on its way".to_owned(),
            Place::Held => "it is held".to_owned(),
            Place::Twin(_) => "it repeats an earlier one, and is folded into it".to_owned(),
            Place::Arrived => format!("it was delivered{}", when.unwrap_or_default()),
            Place::Lost(_) => "it was dropped".to_owned(),
        }
    }

    fn await_held(&mut self, patience: Duration, is_meant: impl Fn(&Seen) -> bool) -> Result<Option<FrameId>> {
        let mut deadline = Instant::now() + patience;
        self.drain()?;
        loop {
            let stage = self.stage()?;
            let found = stage.frames.iter().find(|seen| seen.is_held() && is_meant(seen)).map(|seen| seen.id);
            if found.is_some() || self.has_passed(&mut deadline) {
                return Ok(found);
            }
            self.listen(deadline)?;
        }
    }

    /// Until the frame is out of our hands.
    fn await_departure(&mut self, frame: FrameId) -> Result<()> {
        let index = usize::try_from(frame)?;
        let deadline = Instant::now() + PATIENCE;
        let is_here = |seen: &Seen| matches!(seen.passage.place, Place::Held | Place::OnItsWay);
        while self.stage()?.frames.get(index).is_some_and(is_here) && Instant::now() < deadline {
            self.listen(deadline)?;
        }
        Ok(())
    }

    /// Reads the states of the connection to which the frame belongs; of all where it belongs to none.
    fn observe_ends_of(&mut self, frame: FrameId) -> Result<()> {
        let seen = self.stage()?.frames.get(usize::try_from(frame)?);
        let ends = seen.filter(|seen| seen.packet.tcp().is_some());
        let ends = ends.and_then(|seen| seen.packet.source().zip(seen.packet.destination()));
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
        let counted: Vec<(Awaited, u32)> = awaited
            .into_iter()
            .map(|awaited| {
                let count = applied(&awaited);
                (awaited, count)
            })
            .collect();
        for (Awaited { line, times, pattern, done, .. }, applied) in counted {
            match times {
                Some(times) if applied < times => {
                    let message = match applied {
                        0 => format!("no packet matched, so none was {done}"),
                        some => format!("only {some} of {times} packets matched and were {done}"),
                    };
                    let help = "help: a deed comes before the packets that it is about; `every` may find none";
                    self.judge(&line, Verdict::failed(Diagnostic::at(pattern, message).note(help)));
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
        if self.failed == 0 {
            self.settle_deeds()?;
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

fn nothing_held(span: Span, patience: Duration) -> Refused {
    let message = format!("no such packet came into our hands within {}", eval::duration_of(patience));
    let help = "help: `wire hold` comes before the call that sends it";
    Box::new(Diagnostic::at(span, message).label("nothing to deliver").note(help))
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
