//! The fields of the chosen frame, what the chosen one means, and where it stands among the frame's bytes.

mod choice;
mod draw;
mod plan;

use ratatui::{buffer::Buffer, layout::Rect};

use self::{
    choice::{Chosen, Wanted, at_byte, begin, chosen, moved},
    draw::Painter,
    plan::{Hit, Plan},
};
use super::{Move, Subject, sheet::Sheet};
use crate::{
    packet::{Field, fields},
    timeline::event::{Fate, What},
};

/// The field that is looked for in whichever frame is chosen, and the byte of it under the cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldsState(Option<Wanted>);

/// A frame taken apart.
#[derive(Debug)]
struct Parts<'s> {
    bytes: &'s [u8],
    /// As it arrived, where that is something else.
    arrived: Option<&'s [u8]>,
    fields: Vec<Field>,
}

impl<'s> Parts<'s> {
    /// Nothing where no frame is chosen, or an empty one.
    fn of(subject: &Subject<'s>) -> Option<Self> {
        let frame = subject.chosen_frame()?;
        let (_, _, bytes) = subject.sending(frame);
        let altered = |event: usize| match &subject.event(event)?.what {
            What::Fate { fate: Fate::Left { altered, .. }, .. } => altered.as_deref(),
            _ => None,
        };
        let arrived = frame.turns_at(subject.position).filter_map(|turn| altered(turn.event)).last();
        (!bytes.is_empty()).then(|| Self { bytes, arrived, fields: fields(bytes) })
    }

    /// Whether this byte arrived as another one, or not at all.
    fn is_changed(&self, byte: usize) -> bool {
        self.arrived.is_some_and(|arrived| arrived.get(byte) != self.bytes.get(byte))
    }
}

impl FieldsState {
    pub(super) fn act(&mut self, step: Move, subject: &Subject<'_>) {
        self.choose(subject, |parts, now| Some(moved(&parts.fields, now, step)));
    }

    pub(super) fn click(&mut self, x: u16, y: u16, area: Rect, subject: &Subject<'_>) -> bool {
        self.choose(subject, |parts, now| {
            let plan = planned(parts, now, area);
            Some(match plan.hit(x, y, &parts.fields, now, parts.bytes.len())? {
                Hit::Field(field) => begin(&parts.fields, field),
                Hit::Byte(byte) => at_byte(&parts.fields, now, byte),
            })
        })
    }

    fn choose(&mut self, subject: &Subject<'_>, by: impl FnOnce(&Parts<'_>, Chosen) -> Option<Chosen>) -> bool {
        let Some(parts) = Parts::of(subject) else { return false };
        let wanted = chosen(&parts.fields, self.0.as_ref()).and_then(|now| by(&parts, now));
        let wanted = wanted.and_then(|chosen| Wanted::of(&parts.fields, chosen));
        self.0 = wanted.or(self.0);
        wanted.is_some()
    }
}

fn planned(parts: &Parts<'_>, now: Chosen, area: Rect) -> Plan {
    let meaning = draw::meaning(parts, now, plan::meaning_width(area).into());
    Plan::new(area, meaning.len(), parts.bytes.len())
}

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &FieldsState, subject: &Subject<'_>) {
    let parts = Parts::of(subject);
    let Some((parts, now)) = parts.and_then(|parts| chosen(&parts.fields, state.0.as_ref()).map(|now| (parts, now)))
    else {
        let mut sheet = Sheet::default();
        sheet.faint(
            "No packet is chosen. Choose one on the ladder, and every byte of it is explained here.",
            area.width.into(),
        );
        return super::sheet::draw(buf, area, &sheet, 0, subject.theme);
    };
    let plan = planned(&parts, now, area);
    Painter { parts: &parts, now, plan, theme: subject.theme }.draw(buf);
}
