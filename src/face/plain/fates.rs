//! What becomes of a packet on the wire, below its line, or, where time has passed, on a line of its own.
//!
//! A packet's line waits until the first of its fate is known: a twin has none. One that simply passes says nothing
//! of it.

use std::io::{self, Write};

use super::{
    Plain,
    ends::{Beside, When},
    wire::name_of,
};
use crate::{
    face::{
        explain::Flow,
        journey::Journey,
        text::{Line, Style},
    },
    kernel::clock::Stamp,
    narrate::{Sentence, english::say_all},
    packet::decode,
    timeline::{
        event::{Fate, FrameId},
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
        self.journeys.enter(frame, Journey::new(at, from, to, hop.is_last, bytes, &explained), explained);
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
        let Some(news) = journey.meets(at, fate, Some(self.lab_began), &mut *self.explain) else { return Ok(()) };
        let flow = journey.flow;
        let sentences = &news.sentences[usize::from(news.passes)..];
        if !sentences.is_empty() {
            let style = if news.is_our_fault { Style::WARNING } else { Style::PLAIN };
            self.say_of(at, frame, (news.mark)(&self.page.look.palette.marks.fates), style, sentences)?;
        }
        if matches!(fate, Fate::Left { .. }) { self.turn_to(flow) } else { Ok(()) }
    }

    /// Its sender is impatient, and we are in no hurry.
    fn twin(&mut self, frame: FrameId, of: FrameId) -> io::Result<()> {
        let Some(before) = self.journeys.forget(frame).map(|twin| twin.entered) else { return Ok(()) };
        let Some(first) = self.journeys.get_mut(of) else { return Ok(()) };
        let (times, sentence) = first.is_repeated(before);
        if times > 1 + TWINS_TOLD {
            return Ok(());
        }
        let mut sentences = vec![sentence];
        sentences.extend((times == 1 + TWINS_TOLD).then_some(Sentence::IsOnlyCounted));
        let mark = self.page.look.palette.marks.fates.twin;
        self.say_later(before, of, mark, Style::PLAIN, &sentences)
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
        self.page.hanging(&lead, &Line::styled(&say_all(sentences), style))?;
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
        what.push(&say_all(sentences), style);
        self.page.hanging_at(&self.time(at), self.packet_indent(), &what)?;
        self.journeys.tell(frame, at);
        self.journeys.note_last(frame, self.page.written());
        Ok(())
    }
}
