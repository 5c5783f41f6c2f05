//! The detail of what is chosen on the ladder, in six tabs.
//!
//! Each tab is a function of the [`Subject`] and of what was chosen in the tab itself. Which keys move what, and where
//! the pane stands, is left to the screen.

mod calls;
mod fields;
mod graphs;
mod program;
mod sheet;
mod sockets;
mod states;
mod story;
mod subject;
mod tabs;
#[cfg(test)]
mod tests;

use ratatui::{buffer::Buffer, layout::Rect};

use self::sheet::Sheet;
pub(in crate::face::tui) use self::tabs::{tab_at, tabs};
pub use self::{
    fields::{Dissected, FieldsState},
    graphs::GraphsState,
    sheet::Scroll,
    subject::Subject,
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

    #[must_use]
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

    /// Whether there is something to be seen in it. One that is drawn all the same says what is missing.
    #[must_use]
    pub fn is_offered(self, subject: &Subject<'_>) -> bool {
        match self {
            Self::Story | Self::Program => true,
            Self::Fields => subject.chosen_frame().is_some(),
            Self::Sockets | Self::States => !subject.world.hosts.is_empty(),
            Self::Graphs => !graphs::metrics(subject).is_empty(),
        }
    }
}

/// What a key or a wheel asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// What was chosen in the tabs, and how far each is scrolled.
#[derive(Clone, Debug, Default)]
pub struct DetailState {
    pub tab: Tab,
    pub fields: FieldsState,
    pub graphs: GraphsState,
    story: Scroll,
    program: Scroll,
    sockets: Scroll,
    states: Scroll,
}

impl DetailState {
    /// With this tab open and nothing chosen in it.
    #[must_use]
    pub fn at(tab: Tab) -> Self {
        Self { tab, ..Self::default() }
    }

    /// Moves in the tab that is open. `area` is where it is drawn: a page is as long as that.
    pub fn act(&mut self, step: Move, area: Rect, subject: &Subject<'_>) {
        match self.tab {
            Tab::Fields => {
                if let Some(parts) = subject.dissected() {
                    self.fields.act(step, &parts);
                }
            }
            Tab::Graphs => self.graphs.act(step, subject),
            tab => {
                let sheet = sheet(tab, area, subject);
                if let Some(scroll) = self.scroll_mut(tab) {
                    scroll.act(step, &sheet, area.height.into());
                }
            }
        }
    }

    /// A click in the area of the pane: whether it chose something.
    pub fn click(&mut self, x: u16, y: u16, area: Rect, subject: &Subject<'_>) -> bool {
        match self.tab {
            Tab::Fields => subject.dissected().is_some_and(|parts| self.fields.click(x, y, area, &parts)),
            Tab::Graphs => self.graphs.click(x, y, area, subject),
            Tab::Story | Tab::Program | Tab::Sockets | Tab::States => false,
        }
    }

    const fn scroll(&self, tab: Tab) -> Option<&Scroll> {
        match tab {
            Tab::Story => Some(&self.story),
            Tab::Program => Some(&self.program),
            Tab::Sockets => Some(&self.sockets),
            Tab::States => Some(&self.states),
            Tab::Fields | Tab::Graphs => None,
        }
    }

    const fn scroll_mut(&mut self, tab: Tab) -> Option<&mut Scroll> {
        match tab {
            Tab::Story => Some(&mut self.story),
            Tab::Program => Some(&mut self.program),
            Tab::Sockets => Some(&mut self.sockets),
            Tab::States => Some(&mut self.states),
            Tab::Fields | Tab::Graphs => None,
        }
    }
}

/// Draws the open tab inside of a pane, whose frame the caller has drawn.
pub fn draw(buf: &mut Buffer, area: Rect, state: &DetailState, subject: &Subject<'_>) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    match state.tab {
        Tab::Fields => match subject.dissected() {
            Some(parts) => state.fields.draw(buf, area, &parts, subject.theme),
            None => sheet::draw(buf, area, &without_packet(area.width), 0, subject.theme),
        },
        Tab::Graphs => graphs::draw(buf, area, &state.graphs, subject),
        tab => {
            let sheet = sheet(tab, area, subject);
            let above = state.scroll(tab).map_or(0, |scroll| scroll.above(&sheet, area.height.into()));
            sheet::draw(buf, area, &sheet, above, subject.theme);
        }
    }
}

fn without_packet(width: u16) -> Sheet {
    let mut sheet = Sheet::default();
    sheet.faint("No packet is chosen. Choose one on the ladder, and every byte of it is explained here.", width.into());
    sheet
}

/// The text of a tab that is nothing but text.
fn sheet(tab: Tab, area: Rect, subject: &Subject<'_>) -> Sheet {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    match tab {
        Tab::Story => story::sheet(subject, width),
        Tab::Program => program::sheet(subject, width),
        Tab::Sockets => sockets::sheet(subject, width),
        Tab::States => states::sheet(subject, width, height),
        Tab::Fields | Tab::Graphs => Sheet::default(),
    }
}
