//! What becomes of a packet on the wire, below its line, or, where time has passed, on a line of its own.
//!
//! A packet's line waits until the first of its fate is known: a twin has none. One that simply passes says nothing
//! of it.

use std::io::{self, Write};

use super::{
    Plain,
    ends::{Beside, When},
    journeys::{Journey, Stay},
    wire::name_of,
};
use crate::{
    conversation::Reception,
    face::{
        explain::Flow,
        text::{Line, Style},
    },
    kernel::clock::Stamp,
    narrate::{Sentence, english::say},
    packet::{Layer, decode, fields},
    timeline::{
        event::{DropReason, Fate, FrameId},
        hop::Hop,
    },
};

/// So many twins of a frame are told, each on a line; the others are counted.
const TWINS_TOLD: usize = 3;

impl<W: Write> Plain<'_, W> {
    /// A packet enters the wire.
    pub(super) fn enters(&mut self, at: Stamp, frame: FrameId, from: &str, to: &str, bytes: &[u8]) -> io::Result<()> {
        let hop = Hop::of(&self.hosts, from, to, &decode(bytes));
        let explained = match hop.is_first {
            true => self.explain.entered(at, bytes, &|addr| name_of(&self.hosts, &self.places, addr)),
            false => self.explain.handed_on(from, bytes),
        };
        if self.journeys.all_seen() {
            self.states_beside()?;
        }
        self.turn_to(explained.flow)?;
        self.journeys.enter(frame, at, (from, to, hop.is_last), bytes, explained);
        Ok(())
    }

    /// News of sockets is news of this conversation from here on. Its ends are found by their addresses: a router
    /// that a packet goes through is none of them.
    fn turn_to(&mut self, flow: Option<Flow>) -> io::Result<()> {
        let Some(flow) = flow else { return Ok(()) };
        let name = |addr| name_of(&self.hosts, &self.places, addr);
        let beside = Beside { from: name(flow.from), to: name(flow.to), flow, when: When::OnNews { heard: false } };
        if self.beside.as_ref().is_some_and(|old| old.is_with(&beside)) {
            return Ok(());
        }
        self.packets()?;
        self.beside = Some(beside);
        Ok(())
    }

    /// Packets whose lines were kept back are shown, as nothing is known of their fate.
    pub(super) fn entered(&mut self) -> io::Result<()> {
        self.entered_up_to(None)
    }

    fn entered_up_to(&mut self, frame: Option<FrameId>) -> io::Result<()> {
        while let Some((frame, explained)) = self.journeys.next_unseen(frame) {
            // Calls that were entered before it stand before it.
            let calls = self.calls.announce(self.page.look.palette.marks);
            self.page.calls(&calls)?;
            let Some(Journey { entered, from, to, .. }) = self.journeys.get(frame) else { continue };
            let (entered, from, to) = (*entered, from.clone(), to.clone());
            self.packet(entered, &from, &to, &explained)?;
            self.journeys.note_last(frame, self.page.written());
        }
        Ok(())
    }

    /// Something becomes of a packet that has entered.
    pub(super) fn fate(&mut self, at: Stamp, frame: FrameId, fate: &Fate) -> io::Result<()> {
        if let Fate::Twin { of } = fate {
            return self.twin(frame, *of);
        }
        self.entered_up_to(Some(frame))?;
        let Some(journey) = self.journeys.get_mut(frame) else { return Ok(()) };
        let (to, fates) = (journey.to.clone(), &self.page.look.palette.marks.fates);
        let (mark, sentence) = match fate {
            Fate::Left { copy, altered } => return self.leaves(at, frame, *copy, altered.as_deref()),
            Fate::Dropped { why } => return self.is_lost(at, frame, *why),
            Fate::Twin { .. } => return Ok(()),
            Fate::Held => (fates.held, Sentence::IsHeld { to }),
            Fate::Duplicated { copies } => {
                journey.multiply(*copies);
                (fates.duplicated, Sentence::IsDoubled { copies: *copies })
            }
            Fate::Delayed { by_ns } => (fates.delayed, Sentence::IsDelayed { by_ns: *by_ns }),
            Fate::Reordered => (fates.reordered, Sentence::IsOvertaken { to }),
            Fate::Corrupted { offset } => {
                let field = field_at(&journey.bytes, *offset);
                (fates.corrupted, Sentence::IsCorrupted { byte: *offset, field })
            }
            Fate::Truncated { length } => {
                (fates.truncated, Sentence::IsTruncated { length: *length, of: journey.bytes.len() })
            }
        };
        journey.stay = match fate {
            Fate::Held => Stay::Held,
            Fate::Delayed { .. } | Fate::Reordered => Stay::Hindered,
            _ => journey.stay,
        };
        self.say_of(at, frame, mark, Style::PLAIN, &[sentence])
    }

    /// Its sender is impatient, and we are in no hurry.
    fn twin(&mut self, frame: FrameId, of: FrameId) -> io::Result<()> {
        if let Some(before) = self.journeys.forget(frame).map(|twin| twin.entered) {
            let Some(first) = self.journeys.get_mut(of) else { return Ok(()) };
            let after_ns = nanoseconds(first.sent_last, before);
            first.times += 1;
            first.sent_last = before;
            let (times, is_held) = (first.times, first.stay == Stay::Held);
            if times > 1 + TWINS_TOLD {
                return Ok(());
            }
            let mut sentences = vec![Sentence::IsSentAgain { times, after_ns, is_held }];
            sentences.extend((times == 1 + TWINS_TOLD).then_some(Sentence::IsOnlyCounted));
            let mark = self.page.look.palette.marks.fates.twin;
            return self.say_later(before, of, mark, Style::PLAIN, &sentences);
        }
        Ok(())
    }

    /// A copy of it is with its receiver's kernel.
    fn leaves(&mut self, at: Stamp, frame: FrameId, copy: usize, altered: Option<&[u8]>) -> io::Result<()> {
        let Some(journey) = self.journeys.get_mut(frame) else { return Ok(()) };
        let arrived = altered.unwrap_or(&journey.bytes);
        let reception = match journey.ends_here {
            true => self.explain.left(at, &journey.bytes, arrived),
            false => Reception::of(&journey.bytes, arrived),
        };
        let passes = journey.simply_passes(at);
        let mut sentences = Vec::new();
        if !passes {
            let after_ns = nanoseconds(journey.entered, at);
            let is_of_this_lab = journey.entered >= self.lab_began;
            let entered_ns = is_of_this_lab.then(|| nanoseconds(self.lab_began, journey.entered));
            sentences.push(match journey.has_copies() {
                true => Sentence::CopyArrives { copy: copy + 1, after_ns, entered_ns },
                false => Sentence::Arrives { after_ns, entered_ns },
            });
            let times = std::mem::replace(&mut journey.times, 1);
            sentences.extend((times > 1).then_some(Sentence::StandsFor { times }));
        }
        sentences.extend(altered.map(|_| Sentence::IsReceived { to: journey.to.clone(), reception }));
        journey.go();
        if journey.stay == Stay::Held {
            journey.stay = Stay::Hindered;
        }
        let flow = journey.flow;
        let fates = &self.page.look.palette.marks.fates;
        let mark = if reception.is_taken() { fates.delivered } else { fates.dropped };
        if !sentences.is_empty() {
            self.say_of(at, frame, mark, Style::PLAIN, &sentences)?;
        }
        self.turn_to(flow)
    }

    /// It, or a copy of it, does not arrive.
    fn is_lost(&mut self, at: Stamp, frame: FrameId, why: DropReason) -> io::Result<()> {
        let Some(journey) = self.journeys.get_mut(frame) else { return Ok(()) };
        let to = journey.to.clone();
        let sentence = match journey.has_copies() {
            true => Sentence::CopyIsLost { why, to },
            false => Sentence::IsLost { why, to },
        };
        journey.go();
        journey.stay = Stay::Hindered;
        let style = match why {
            DropReason::NoRoom | DropReason::Refused => Style::WARNING,
            _ => Style::PLAIN,
        };
        self.say_of(at, frame, self.page.look.palette.marks.fates.dropped, style, &[sentence])
    }

    /// Right below the packet where that is the last thing on the page and hardly any time has passed.
    fn say_of(
        &mut self,
        at: Stamp,
        frame: FrameId,
        mark: &str,
        style: Style,
        sentences: &[Sentence],
    ) -> io::Result<()> {
        if !self.journeys.continues(frame, at, self.page.written()) {
            return self.say_later(at, frame, mark, style, sentences);
        }
        let lead = Line::spaces(self.packet_indent()).with(mark, Style::STRONG).with(" ", Style::PLAIN);
        self.page.hanging(&lead, &Line::styled(&in_one(sentences), style))?;
        self.journeys.note_last(frame, self.page.written());
        Ok(())
    }

    /// With its time and the packet's name.
    fn say_later(
        &mut self,
        at: Stamp,
        frame: FrameId,
        mark: &str,
        style: Style,
        sentences: &[Sentence],
    ) -> io::Result<()> {
        self.settle()?;
        let Some(Journey { from, to, name, .. }) = self.journeys.get(frame) else { return Ok(()) };
        let mut what = Line::styled(mark, Style::STRONG).with(" ", Style::PLAIN);
        what.append(&self.direction(from, to));
        what.push(name, Style::PLAIN);
        what.push("  ", Style::PLAIN);
        what.push(&in_one(sentences), style);
        self.page.hanging_at(&self.time(at), self.packet_indent(), &what)?;
        if let Some(journey) = self.journeys.get_mut(frame) {
            journey.told = at;
        }
        self.journeys.note_last(frame, self.page.written());
        Ok(())
    }
}

fn in_one(sentences: &[Sentence]) -> String {
    sentences.iter().map(say).collect::<Vec<_>>().join(" ")
}

fn nanoseconds(from: Stamp, to: Stamp) -> u64 {
    u64::try_from(to.since(from).as_nanos()).unwrap_or(u64::MAX)
}

/// The field that this byte of a frame belongs to.
fn field_at(frame: &[u8], byte: usize) -> Option<(Layer, &'static str)> {
    let found = fields(frame).into_iter().find(|field| field.range.contains(&byte));
    found.map(|field| (field.layer, field.name))
}
