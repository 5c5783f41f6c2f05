//! One conversation of a capture: its ladder, what it came to, and the chosen packet in words and bytes.
//!
//! It may have a million packets. Only those around the chosen one are here, in a sheet that is asked for before it is
//! needed; of all others is known how many there are, and which are worth a look.

mod draw;
mod mouse;
mod packet;
mod rungs;
#[cfg(test)]
mod tests;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;

use super::{
    super::{
        canvas::inside,
        detail::{FieldsState, Move},
        input::{Edit, Input},
    },
    news::{CaptureEffect, CourseNews, Found, Sheet},
};
use crate::face::capture::Numbers;

/// What can be done while a conversation is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CourseAct {
    Up,
    Down,
    /// To the byte before, or the next one.
    Left,
    Right,
    PageUp,
    PageDown,
    First,
    Last,
    /// To the next packet that is worth a look, or the one before.
    NextNote,
    PreviousNote,
    /// Type the number of a packet.
    GoTo,
    /// Numbers as they stand in the packets, or counted from the beginning.
    Numbers,
    NextPane,
    PreviousPane,
    Zoom,
    /// Back to the list.
    Leave,
}

/// The parts of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    #[default]
    Ladder,
    Packet,
    Summary,
}

impl Pane {
    const ALL: [Self; 3] = [Self::Ladder, Self::Packet, Self::Summary];

    fn after(self, steps: usize) -> Self {
        Self::ALL[(self as usize + steps) % Self::ALL.len()]
    }
}

#[derive(Debug)]
pub struct Course {
    stream: u32,
    /// How many packets are known.
    packets: usize,
    is_whole: bool,
    /// Positions of packets worth a look, in ascending order.
    notes: Vec<u32>,
    /// The file can not be read any more, and why.
    trouble: Option<String>,
    sheet: Sheet,
    /// The first position that was asked for, and how many.
    asked: Option<(usize, usize)>,
    chosen: usize,
    /// The first packet in sight.
    top: usize,
    /// Stays at the last packet, whichever that is.
    follows: bool,
    numbers: Numbers,
    focus: Pane,
    is_zoomed: bool,
    /// Lines above those in sight, of the packet in words and of the summary.
    scrolled: [usize; 2],
    /// The field that is looked at in every packet.
    fields: FieldsState,
    typing: Option<Input>,
    /// What there is to say to the last key.
    remark: Option<String>,
    /// The room that the screen has.
    room: Rect,
    sight: Sight,
}

/// What follows from all this: what is in sight, and how far there is more.
#[derive(Clone, Debug, Default)]
struct Sight {
    /// The positions that the rows of the ladder belong to.
    rows: Vec<usize>,
    /// So many lines has the packet in words.
    words: usize,
    /// How far the packet in words and the summary can be scrolled.
    most: [usize; 2],
}

/// As long as nothing is known of the room.
const USUAL_PAGE: usize = 24;

impl Course {
    #[must_use]
    pub fn new(stream: u32, numbers: Numbers) -> Self {
        Self {
            stream,
            packets: 0,
            is_whole: false,
            notes: Vec::new(),
            trouble: None,
            sheet: Sheet { stream, ..Sheet::default() },
            asked: None,
            chosen: 0,
            top: 0,
            follows: false,
            numbers,
            focus: Pane::default(),
            is_zoomed: false,
            scrolled: [0; 2],
            fields: FieldsState::default(),
            typing: None,
            remark: None,
            room: Rect::ZERO,
            sight: Sight::default(),
        }
    }

    #[must_use]
    pub const fn stream(&self) -> u32 {
        self.stream
    }

    #[must_use]
    pub const fn numbers(&self) -> Numbers {
        self.numbers
    }

    /// How many packets are known by now.
    #[must_use]
    pub const fn packets(&self) -> usize {
        self.packets
    }

    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    #[must_use]
    pub const fn has_notes(&self) -> bool {
        !self.notes.is_empty()
    }

    /// The position of the chosen packet.
    #[must_use]
    pub const fn chosen(&self) -> usize {
        self.chosen
    }

    /// The chosen packet, if it is here.
    #[must_use]
    pub fn found(&self) -> Option<&Found> {
        self.sheet.get(self.chosen).map(AsRef::as_ref)
    }

    #[must_use]
    pub const fn is_typing(&self) -> bool {
        self.typing.is_some()
    }

    /// The screen has this room from now on.
    pub fn resize(&mut self, room: Rect) -> Vec<CaptureEffect> {
        self.room = room;
        self.wishes()
    }

    pub fn hear(&mut self, news: CourseNews) -> Vec<CaptureEffect> {
        match news {
            CourseNews::Grown { stream, packets, notes, is_whole } if stream == self.stream => {
                (self.packets, self.is_whole) = (packets, is_whole);
                self.notes.extend(notes);
            }
            CourseNews::Sheet(sheet) if sheet.stream == self.stream => {
                self.asked = None;
                self.sheet = sheet;
                // More may have come since it was asked for: the last one that can be seen.
                if let (true, Some(last)) = (self.follows, self.sheet.packets.len().checked_sub(1)) {
                    self.choose((self.sheet.from + last).min(self.packets.saturating_sub(1)));
                }
            }
            CourseNews::Found { stream, position } if stream == self.stream => match position {
                Some(position) => self.jump(position),
                None => self.remark = Some("No packet from that number on belongs to this conversation.".to_owned()),
            },
            CourseNews::Failed { stream, why } if stream == self.stream => self.trouble = Some(why),
            // Of one that was looked at before.
            _ => {}
        }
        self.wishes()
    }

    pub fn act(&mut self, act: CourseAct) -> Vec<CaptureEffect> {
        self.remark = None;
        match act {
            CourseAct::Leave if self.is_zoomed => self.is_zoomed = false,
            CourseAct::Leave => return vec![CaptureEffect::Close],
            CourseAct::NextNote => self.jump_to_note(true),
            CourseAct::PreviousNote => self.jump_to_note(false),
            CourseAct::GoTo => self.typing = Some(Input::default()),
            CourseAct::Numbers => {
                self.numbers = match self.numbers {
                    Numbers::Relative => Numbers::Raw,
                    Numbers::Raw => Numbers::Relative,
                }
            }
            CourseAct::NextPane => self.focus = self.focus.after(1),
            CourseAct::PreviousPane => self.focus = self.focus.after(Pane::ALL.len() - 1),
            CourseAct::Zoom => self.is_zoomed = !self.is_zoomed,
            _ => self.go(act),
        }
        self.wishes()
    }

    /// Moves in the pane that has the keys.
    fn go(&mut self, act: CourseAct) {
        match (self.focus, act) {
            (Pane::Ladder, _) => self.go_along(act),
            (Pane::Packet, CourseAct::PageUp | CourseAct::PageDown) => self.scroll(0, act),
            (Pane::Packet, _) => self.go_among_fields(act),
            (Pane::Summary, _) => self.scroll(1, act),
        }
    }

    fn go_among_fields(&mut self, act: CourseAct) {
        let step = match act {
            CourseAct::Up => Move::Up,
            CourseAct::Down => Move::Down,
            CourseAct::Left => Move::Left,
            CourseAct::Right => Move::Right,
            CourseAct::First => Move::Home,
            CourseAct::Last => Move::End,
            _ => return,
        };
        if let Some(found) = self.sheet.get(self.chosen) {
            self.fields.act(step, &packet::dissected(found));
        }
    }

    fn go_along(&mut self, act: CourseAct) {
        if matches!(act, CourseAct::Left | CourseAct::Right) {
            return;
        }
        let last = self.packets.saturating_sub(1);
        // A page is the packets that are seen, less one that is seen again.
        let page = self.in_sight().saturating_sub(1).max(1);
        self.follows = act == CourseAct::Last;
        match act {
            CourseAct::Up => self.choose(self.chosen.saturating_sub(1)),
            CourseAct::Down => self.choose((self.chosen + 1).min(last)),
            CourseAct::PageUp => {
                self.top = self.top.saturating_sub(page);
                self.choose(self.chosen.saturating_sub(page));
            }
            CourseAct::PageDown => self.choose((self.chosen + page).min(last)),
            CourseAct::First => self.choose(0),
            CourseAct::Last => self.choose(last),
            _ => {}
        }
    }

    /// How many packets were in sight.
    fn in_sight(&self) -> usize {
        match (self.sight.rows.first(), self.sight.rows.last()) {
            (Some(first), Some(last)) => last - first + 1,
            _ => USUAL_PAGE,
        }
    }

    fn scroll(&mut self, which: usize, act: CourseAct) {
        let [_, packet, summary] = self.panes();
        let area = if which == 0 { self.words_area(packet) } else { inside(summary) };
        let (page, most) = (usize::from(area.height.saturating_sub(1)).max(1), self.sight.most[which]);
        let now = &mut self.scrolled[which];
        *now = match act {
            CourseAct::Up => now.saturating_sub(1),
            CourseAct::Down => *now + 1,
            CourseAct::PageUp => now.saturating_sub(page),
            CourseAct::PageDown => *now + page,
            CourseAct::First => 0,
            CourseAct::Last => most,
            _ => *now,
        }
        .min(most);
    }

    fn choose(&mut self, position: usize) {
        if position != self.chosen {
            self.scrolled[0] = 0;
        }
        self.chosen = position;
    }

    /// To a packet anywhere: with some of those before it in sight.
    fn jump(&mut self, position: usize) {
        self.follows = false;
        self.choose(position);
        self.top = position.saturating_sub(self.in_sight() / 4);
    }

    fn jump_to_note(&mut self, forward: bool) {
        let here = u32::try_from(self.chosen).unwrap_or(u32::MAX);
        let found = match forward {
            true => self.notes.get(self.notes.partition_point(|note| *note <= here)),
            false => self.notes[..self.notes.partition_point(|note| *note < here)].last(),
        };
        match found {
            Some(note) => self.jump(*note as usize),
            None if forward && self.is_whole => self.remark = Some("Nothing more that is out of the ordinary.".into()),
            None if forward => self.remark = Some("Nothing more so far; the file is being read.".into()),
            None => self.remark = Some("Nothing out of the ordinary before this.".into()),
        }
    }

    /// A key while a number is typed.
    pub fn typed(&mut self, key: KeyEvent) -> Vec<CaptureEffect> {
        let Some(typing) = &mut self.typing else { return Vec::new() };
        match key.code {
            KeyCode::Enter => {
                let number = typing.text().trim().parse();
                self.typing = None;
                match number {
                    Ok(number) => return vec![CaptureEffect::Find { stream: self.stream, number }],
                    Err(_) => self.remark = Some("A packet has a number: its place in the file, from 1 on.".into()),
                }
            }
            KeyCode::Esc => self.typing = None,
            KeyCode::Backspace if typing.text().is_empty() => self.typing = None,
            _ => drop(Edit::of(key).map(|edit| typing.edit(edit))),
        }
        Vec::new()
    }

    pub fn pasted(&mut self, text: &str) {
        if let Some(typing) = &mut self.typing {
            typing.paste(text);
        }
    }

    /// What is to be read so that the rows in sight, and those a page further, are there.
    fn wishes(&mut self) -> Vec<CaptureEffect> {
        let page = usize::from(self.panes()[0].height).max(USUAL_PAGE);
        // Who follows sees the new last one when it is here, and no picture in between.
        let centre = if self.follows { self.packets.saturating_sub(1) } else { self.chosen };
        if self.follows && self.sheet.get(centre).is_some() {
            self.choose(centre);
        }
        let (from, to) = (centre.saturating_sub(page), (centre + page).min(self.packets));
        let is_asked = self.asked.is_some_and(|(asked, count)| asked <= from && to <= asked + count);
        if self.packets == 0 || self.trouble.is_some() || is_asked || self.sheet.covers(from, to) {
            return Vec::new();
        }
        let (from, count) = (centre.saturating_sub(2 * page), 4 * page);
        self.asked = Some((from, count));
        vec![CaptureEffect::Fetch { stream: self.stream, from, count }]
    }
}
