//! What every tab is drawn from, and what the tabs ask of it.

use super::{
    super::{
        ladder::{host_style, moment},
        reel::{Frame, Kind, Reel, Rung, lane},
        theme::Theme,
    },
    fields::Dissected,
};
use crate::{
    face::text::Line,
    kernel::clock::Stamp,
    lesson::model::Lesson,
    packet::fields,
    timeline::{
        event::{Event, Fate, What},
        fold::World,
    },
};

#[derive(Clone, Copy, Debug)]
pub struct Subject<'s> {
    pub lesson: &'s Lesson,
    pub reel: &'s Reel,
    pub position: usize,
    /// How many events have been seen: of a recording, what comes later is not told yet.
    pub seen: usize,
    /// The world at that position.
    pub world: &'s World,
    /// The chosen frame: its place in the reel's list.
    pub frame: Option<usize>,
    /// The chosen rung of the ladder, where one is chosen.
    pub rung: Option<usize>,
    /// What time it is, for what waits.
    pub clock: Stamp,
    pub theme: &'s Theme,
    /// A class looks on: the lines that come would give away what it is asked.
    pub is_for_class: bool,
}

impl<'s> Subject<'s> {
    /// The frame that is chosen, if it has been sent at this position.
    #[must_use]
    pub fn chosen_frame(&self) -> Option<&'s Frame> {
        self.reel.frames().get(self.frame?).filter(|frame| frame.event < self.position)
    }

    /// The rung that is chosen, if it is there at this position.
    pub(super) fn chosen_rung(&self) -> Option<Rung> {
        let rung = self.rung.filter(|rung| *rung < self.reel.rungs_at(self.position))?;
        self.reel.rungs().get(rung).copied()
    }

    /// What the chosen rung or the chosen frame stands for.
    pub(super) fn kind(&self) -> Option<Kind> {
        let frame = || self.chosen_frame().and(self.frame).map(Kind::Frame);
        self.chosen_rung().map(|rung| rung.kind).or_else(frame)
    }

    pub(super) fn event(&self, at: usize) -> Option<&'s Event> {
        self.reel.events().get(at)
    }

    /// The bytes of a frame as it was sent, and between whom.
    pub(super) fn sending(&self, frame: &Frame) -> (&'s str, &'s str, &'s [u8]) {
        match self.event(frame.event).map(|event| &event.what) {
            Some(What::Frame { from, to, bytes, .. }) => (from, to, bytes),
            _ => ("", "", &[]),
        }
    }

    /// The chosen frame taken apart; nothing where none is chosen, or an empty one.
    pub(super) fn dissected(&self) -> Option<Dissected<'s>> {
        let frame = self.chosen_frame()?;
        let (_, _, bytes) = self.sending(frame);
        let altered = |event: usize| match &self.event(event)?.what {
            What::Fate { fate: Fate::Left { altered, .. }, .. } => altered.as_deref(),
            _ => None,
        };
        let arrived = frame.turns_at(self.position).filter_map(|turn| altered(turn.event)).last();
        (!bytes.is_empty()).then(|| Dissected { bytes, arrived, fields: fields(bytes) })
    }

    /// When the lab began in which this event stands: the zero of its time.
    pub(super) fn began(&self, event: usize) -> Stamp {
        self.reel.began(event)
    }

    /// The time of an event as the ladder's margin has it.
    pub(super) fn time(&self, event: usize) -> String {
        let at = self.event(event).map_or_else(Stamp::default, |event| event.at);
        self.time_of(event, at)
    }

    /// A time in the lab in which this event stands.
    pub(super) fn time_of(&self, event: usize, at: Stamp) -> String {
        moment(at.0.saturating_sub(self.began(event).0))
    }

    /// A host's name in its colour.
    pub(super) fn host(&self, name: &str) -> Line {
        let known = self.world.hosts.iter().any(|host| host.name == name);
        let style = if known { host_style(lane(&self.world.hosts, name)) } else { host_style(usize::MAX) };
        Line::styled(name, style.bold())
    }
}
