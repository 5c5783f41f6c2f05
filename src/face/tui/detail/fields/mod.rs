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
use super::{super::theme::Theme, Move};
use crate::packet::Field;

/// The field that is looked for in whichever frame is chosen, and the byte of it under the cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldsState(Option<Wanted>);

/// A frame taken apart.
#[derive(Debug)]
pub struct Dissected<'s> {
    pub bytes: &'s [u8],
    /// As it arrived, where that is something else.
    pub arrived: Option<&'s [u8]>,
    /// Every byte belongs to one.
    pub fields: Vec<Field>,
}

impl Dissected<'_> {
    /// Whether this byte arrived as another one, or not at all.
    fn is_changed(&self, byte: usize) -> bool {
        self.arrived.is_some_and(|arrived| arrived.get(byte) != self.bytes.get(byte))
    }
}

impl FieldsState {
    pub fn act(&mut self, step: Move, parts: &Dissected<'_>) {
        self.choose(parts, |now| Some(moved(&parts.fields, now, step)));
    }

    /// A click in the area of the fields: whether it chose something.
    pub fn click(&mut self, x: u16, y: u16, area: Rect, parts: &Dissected<'_>) -> bool {
        self.choose(parts, |now| {
            let plan = planned(parts, now, area);
            Some(match plan.hit(x, y, &parts.fields, now, parts.bytes.len())? {
                Hit::Field(field) => begin(&parts.fields, field),
                Hit::Byte(byte) => at_byte(&parts.fields, now, byte),
            })
        })
    }

    fn choose(&mut self, parts: &Dissected<'_>, by: impl FnOnce(Chosen) -> Option<Chosen>) -> bool {
        let wanted = chosen(&parts.fields, self.0.as_ref()).and_then(by);
        let wanted = wanted.and_then(|chosen| Wanted::of(&parts.fields, chosen));
        self.0 = wanted.or(self.0);
        wanted.is_some()
    }

    pub fn draw(&self, buf: &mut Buffer, area: Rect, parts: &Dissected<'_>, theme: &Theme) {
        let area = area.intersection(buf.area);
        if let Some(now) = chosen(&parts.fields, self.0.as_ref()).filter(|_| !area.is_empty()) {
            let plan = planned(parts, now, area);
            Painter { parts, now, plan, theme }.draw(buf);
        }
    }
}

fn planned(parts: &Dissected<'_>, now: Chosen, area: Rect) -> Plan {
    let meaning = draw::meaning(parts, now, plan::meaning_width(area).into());
    Plan::new(area, meaning.len(), parts.bytes.len())
}
