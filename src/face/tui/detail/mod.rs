//! What is known of the chosen thing.
use super::{reel::Reel, theme::Theme};
use crate::{kernel::clock::Stamp, lesson::model::Lesson, timeline::fold::World};
use ratatui::{buffer::Buffer, layout::Rect};
#[derive(Clone, Copy, Debug)]
pub struct Subject<'s> {
    pub lesson: &'s Lesson,
    pub reel: &'s Reel,
    pub position: usize,
    pub world: &'s World,
    pub rung: Option<usize>,
    pub frame: Option<usize>,
    pub clock: Stamp,
    pub theme: &'s Theme,
}
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Story,
    Fields,
    Program,
    Sockets,
    Graphs,
    States,
}
impl Tab {
    pub const ALL: [Self; 6] = [Self::Story, Self::Fields, Self::Program, Self::Sockets, Self::Graphs, Self::States];
    pub const fn name(self) -> &'static str {
        match self {
            Self::Story => "Story",
            Self::Fields => "Fields",
            Self::Program => "Program",
            Self::Sockets => "Sockets",
            Self::Graphs => "Graphs",
            Self::States => "States",
        }
    }
}
#[derive(Clone, Copy, Debug)]
pub enum Move {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
}
#[derive(Clone, Debug, Default)]
pub struct DetailState {
    pub tab: Tab,
}
impl DetailState {
    pub fn act(&mut self, _: Move, _: &Subject<'_>) {}
    pub fn click(&mut self, _: u16, _: u16, _: Rect, _: &Subject<'_>) -> bool {
        false
    }
}
pub fn draw(_: &mut Buffer, _: Rect, _: &DetailState, _: &Subject<'_>) {}
