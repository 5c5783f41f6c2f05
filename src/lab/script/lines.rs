//! One line: it is run, what it comes to is judged, and what can be named afterwards gets its value.

use std::collections::BTreeSet;

use anyhow::{Context, Result, anyhow};

use super::{Play, Run};
use crate::{
    lab::claims::{self, Verdict},
    lesson::{
        diagnostic::Diagnostic,
        eval,
        model::Source,
        script::{Line, SampleLine, Verb},
    },
    link::LinkKind,
    timeline::event::{Outcome, TYPED, Value, What},
};

/// Of so many deeds by hand a person is told.
const HAND_TOLD: usize = 5;

impl Run<'_, '_> {
    /// Runs a line.
    pub(super) fn line(&mut self, line: &Line) -> Result<()> {
        let source = &self.lesson.source;
        self.try_line(line).with_context(|| format!("{}:{}: {}", source.path, line.number, line.text))
    }

    pub(super) fn try_line(&mut self, line: &Line) -> Result<()> {
        self.line_in_words = Some(line.in_words());
        let outcome = self.follow_line(line);
        self.line_in_words = None;
        outcome
    }

    fn follow_line(&mut self, line: &Line) -> Result<()> {
        self.await_woken()?;
        self.recorder.add_now(What::Line { line: line.number, text: line.text.clone() });
        if let Some(verdict) = self.perform(line)? {
            self.judge(line, verdict);
        }
        let calls_on_wire = matches!(line.verb, Verb::Call(_)) && self.stage()?.kind() == LinkKind::Wire;
        if calls_on_wire && self.stage()?.holds_something() {
            self.observe()?;
        }
        self.note_ends()?;
        self.judge_returned()
    }

    /// Does what the line says, or finds out whether it is so. `None`: there was nothing to be judged.
    pub(super) fn perform(&mut self, line: &Line) -> Result<Option<Verdict>> {
        Ok(match &line.verb {
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
        })
    }

    /// Where sockets are, and when packets have left.
    pub(super) fn note_ends(&mut self) -> Result<()> {
        self.bind_ends()?;
        self.bind_departures()
    }

    /// The text behind a lab may tell when a packet left: what has left by now has to be known, although a program may
    /// have read it before the wire has said so.
    pub(super) fn note_departures(&mut self) -> Result<()> {
        if self.stage()?.kind() == LinkKind::Wire && !self.recorder.is_abandoned() {
            self.drain()?;
            self.bind_departures()?;
        }
        Ok(())
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

    /// Tells what came of a claim. What a person has typed, or asked about, counts for nothing where it does not hold.
    pub(super) fn judge(&mut self, line: &Line, verdict: Verdict) {
        let is_typed = line.number == TYPED;
        let outcome = match verdict {
            Verdict::Held { detail, frame } => Outcome::Held { detail, frame },
            Verdict::NotWatched => Outcome::NotWatched,
            Verdict::Failed(diagnostic) => {
                let counts = !is_typed && !self.lenient;
                self.failed += usize::from(counts);
                self.halted |= counts;
                self.refuted += 1;
                let diagnostic = self.with_circumstances(*diagnostic);
                Outcome::Failed { message: diagnostic.message.clone(), report: self.draw(diagnostic, line) }
            }
        };
        let is_asked = self.lenient && matches!(outcome, Outcome::Failed { .. });
        self.claims += usize::from(outcome != Outcome::NotWatched && !is_typed && !is_asked);
        self.recorder.add_now(What::Claim { line: line.number, text: line.text.clone(), outcome });
    }

    /// What may be behind it that something is not so: what is in our hands, and what a person has done with them.
    fn with_circumstances(&self, diagnostic: Diagnostic) -> Diagnostic {
        let held = self.held_in_words().unwrap_or_default().into_iter().map(|held| format!("held: {held}"));
        held.chain(self.by_hand_in_words()).fold(diagnostic, Diagnostic::note)
    }

    fn by_hand_in_words(&self) -> Option<String> {
        let deeds = &self.play.as_ref()?.stage.by_hand;
        let told = deeds.iter().rev().take(HAND_TOLD).rev();
        let told: Vec<String> = told
            .map(|deed| {
                let since = eval::duration_of(deed.at.since(self.block_began));
                let at =
                    if deed.at < self.block_began { "before this block".to_owned() } else { format!("at +{since}") };
                format!("{} ({at})", deed.text)
            })
            .collect();
        let more = deeds.len().saturating_sub(HAND_TOLD);
        let before = if more > 0 { format!("{more} more, then ") } else { String::new() };
        (!told.is_empty()).then(|| format!("done by hand on these hosts: {before}{}", told.join(", ")))
    }

    /// Drawn on the lesson's source, or on the line itself where a person has typed it.
    fn draw(&self, diagnostic: Diagnostic, line: &Line) -> String {
        if line.number != TYPED {
            return diagnostic.render(&self.lesson.source);
        }
        let source = Source { path: "typed".to_owned(), text: line.text.clone() };
        let moved = |at: usize| at.saturating_sub(line.span.start).min(line.text.len());
        let span = moved(diagnostic.span.start)..moved(diagnostic.span.end);
        Diagnostic { span, ..diagnostic }.render(&source)
    }

    /// `sample client at acks`.
    fn set_rhythm(&mut self, line: &SampleLine) -> Result<()> {
        let host = self.stage()?.book.hosts().id(&line.host);
        let host = host.with_context(|| format!("the lesson has no host `{}`", line.host))?;
        let Play { stage, sampler, .. } = self.play()?;
        sampler.set(host, line.rhythm, stage);
        Ok(())
    }
}
