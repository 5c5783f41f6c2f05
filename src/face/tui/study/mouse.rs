//! The mouse in a lesson: everything that it does, a key does too.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{Pane, Study, layout::Shape};
use crate::face::tui::{detail::Move, effect::Effect, keys::Action, theme::Theme};

/// Rows of one turn of the wheel.
const WHEEL: usize = 3;

impl Study {
    pub fn mouse(&mut self, mouse: MouseEvent, theme: &Theme) -> Vec<Effect> {
        let at = Position::new(mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::ScrollUp => self.wheel(at, Move::Up, theme),
            MouseEventKind::ScrollDown => self.wheel(at, Move::Down, theme),
            MouseEventKind::Down(MouseButton::Left) => return self.click(at, theme),
            MouseEventKind::Drag(MouseButton::Left) => self.drag(at),
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn area(&self) -> Rect {
        Rect::new(0, 0, self.size.0, self.size.1)
    }

    fn pane_at(&self, at: Position) -> Option<(Pane, Rect)> {
        let parts = self.parts(self.area());
        let panes = [(Pane::Explain, parts.explain), (Pane::Ladder, parts.ladder), (Pane::Detail, parts.detail)];
        panes.into_iter().filter_map(|(pane, area)| Some((pane, area?))).find(|(_, area)| area.contains(at))
    }

    fn wheel(&mut self, at: Position, way: Move, theme: &Theme) {
        let Some((pane, _)) = self.pane_at(at) else { return };
        let focus = std::mem::replace(&mut self.focus, pane);
        for _ in 0..WHEEL {
            match pane {
                Pane::Ladder => self.choose_rung(way),
                Pane::Explain => self.scroll(way),
                Pane::Detail => self.go_in_detail(way, theme),
            }
        }
        self.focus = focus;
    }

    fn click(&mut self, at: Position, theme: &Theme) -> Vec<Effect> {
        self.dragged = self.border_at(at);
        let Some((pane, area)) = self.pane_at(at) else { return Vec::new() };
        if self.dragged.is_none() {
            self.focus = pane;
        }
        let inner = super::draw::padded(crate::face::tui::canvas::inside(area));
        match pane {
            Pane::Ladder => self.click_rung(at, inner, theme),
            Pane::Explain => return self.click_choice(at, inner, theme),
            Pane::Detail if at.y == area.y => self.click_tab(at.x, area),
            Pane::Detail => self.click_detail(at, inner, theme),
        }
        Vec::new()
    }

    fn click_rung(&mut self, at: Position, inner: Rect, theme: &Theme) {
        let row = usize::from(at.y.saturating_sub(inner.y));
        let Some(row) = row.checked_sub(super::draw::LADDER_HEAD) else { return };
        let rung = self.ladder_rows(inner, &self.world(), theme).get(row).map(|row| row.rung);
        self.rung = rung.or(self.rung);
    }

    fn click_choice(&mut self, at: Position, inner: Rect, theme: &Theme) -> Vec<Effect> {
        if self.question().is_none() || !inner.contains(at) {
            return Vec::new();
        }
        let world = self.world();
        let told = self.told(&world, super::draw::look(self.words_area(inner), theme));
        let line = self.first_line(&told, usize::from(inner.height)) + usize::from(at.y - inner.y);
        let choice = told.choices.iter().find(|(lines, _)| lines.contains(&line)).map(|(_, choice)| *choice);
        let choice = choice.and_then(|choice| u8::try_from(choice).ok());
        choice.map_or_else(Vec::new, |choice| self.act(Action::Answer(choice), theme))
    }

    fn click_tab(&mut self, x: u16, area: Rect) {
        if let Some(tab) = super::super::detail::tab_at(x, area, self.detail.tab) {
            self.detail.tab = tab;
            self.focus = Pane::Detail;
        }
    }

    fn click_detail(&mut self, at: Position, inner: Rect, theme: &Theme) {
        let world = self.world();
        let mut detail = std::mem::take(&mut self.detail);
        detail.click(at.x, at.y, inner, &self.subject(&world, theme));
        self.detail = detail;
    }

    /// The border that is under the mouse, if it is one that can be drawn.
    fn border_at(&self, at: Position) -> Option<Border> {
        let parts = self.parts(self.area());
        let beside = |area: Option<Rect>| area.is_some_and(|area| at.x == area.x || at.x + 1 == area.x);
        let below = |area: Option<Rect>| area.is_some_and(|area| at.y == area.y);
        match self.shape(self.area()) {
            Shape::Three if beside(parts.ladder) => Some(Border::Across),
            Shape::Three if below(parts.detail) && parts.detail.is_some_and(|area| area.contains(at)) => {
                Some(Border::Down)
            }
            Shape::Two if below(parts.explain.or(parts.detail)) => Some(Border::Down),
            Shape::Wide if beside(parts.ladder) => Some(Border::Across),
            Shape::Wide if beside(parts.detail) => Some(Border::Down),
            _ => None,
        }
    }

    fn drag(&mut self, at: Position) {
        let Some(border) = self.dragged else { return };
        let (width, height) = (self.size.0.max(1), self.size.1.saturating_sub(2).max(1));
        let percent = |cells: u16, of: u16| {
            let (cells, of) = (u32::from(cells), u32::from(of.max(1)));
            u16::try_from((cells * 100 + of / 2) / of).unwrap_or(50)
        };
        let (across, down) = (percent(at.x, width), percent(at.y.saturating_sub(1), height));
        match (self.shape(self.area()), border) {
            (Shape::Wide, Border::Across) => self.splits.drag_beside_two(across),
            (Shape::Wide, Border::Down) => {
                let left = self.parts(self.area()).explain.map_or(0, |explain| explain.width);
                self.splits.drag_down(percent(at.x.saturating_sub(left), width.saturating_sub(left)));
            }
            (Shape::Two, Border::Down) => self.splits.drag_down(down + 12),
            (_, Border::Across) => self.splits.drag_across(across),
            (_, Border::Down) => self.splits.drag_down(down),
        }
    }
}

/// Which border is being drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Border {
    Across,
    Down,
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyModifiers;

    use super::{super::tests::recorded, *};
    use crate::face::tui::theme::Depth;

    fn drag(study: &mut Study, from: u16, to: u16) {
        let theme = Theme::choose(None, Depth::None, None, false);
        let event = |kind, column| MouseEvent { kind, column, row: 20, modifiers: KeyModifiers::NONE };
        for (kind, column) in
            [(MouseEventKind::Down(MouseButton::Left), from), (MouseEventKind::Drag(MouseButton::Left), to)]
        {
            study.mouse(event(kind, column), &theme);
        }
        study.mouse(event(MouseEventKind::Up(MouseButton::Left), to), &theme);
    }

    #[test]
    fn a_border_goes_where_the_mouse_draws_it() {
        let mut study = recorded("handshake");
        study.resize((200, 60));
        let borders = |study: &Study| {
            let parts = study.parts(study.area());
            [parts.ladder.unwrap().x, parts.detail.unwrap().x]
        };
        for (which, to) in [(0, 58), (0, 100), (1, 150), (1, 130), (0, 70)] {
            let from = borders(&study)[which];
            drag(&mut study, from, to);
            assert!(borders(&study)[which].abs_diff(to) <= 1, "{to}: {:?}", borders(&study));
        }
    }
}
