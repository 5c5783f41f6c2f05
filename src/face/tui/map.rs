//! The map: the lessons by part, one of them chosen, its summary beside the list.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Modifier, Style},
    symbols::border,
    text::{Line, Span},
    widgets::{Block, BorderType, Paragraph, Wrap},
};

use crate::lesson::catalog::Summary;

/// The lessons, and which one is chosen.
#[derive(Clone, Debug)]
pub struct Map {
    entries: Vec<Summary>,
    chosen: usize,
    /// Only signs of ASCII, for terminals that have no others.
    ascii: bool,
}

/// What a key asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing but a new look at the screen.
    Stay,
    Run(String),
    Leave,
}

/// The keys in one table: their sign, their name in ASCII, what they do.
pub const KEYS: &[(&str, &str, &str)] =
    &[("↑↓", "up/down", "choose"), ("⏎", "Enter", "run the lesson"), ("q", "q", "leave")];

/// The frame of a pane where there is nothing but ASCII.
const PLAIN_FRAME: border::Set<'_> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// Below this nothing sensible can be shown.
const SMALLEST: (u16, u16) = (40, 8);

impl Map {
    #[must_use]
    pub fn new(entries: Vec<Summary>, ascii: bool) -> Self {
        Self { entries, chosen: 0, ascii }
    }

    /// What a key does.
    pub fn key(&mut self, key: KeyEvent) -> Wish {
        if key.kind == KeyEventKind::Release {
            return Wish::Stay;
        }
        let last = self.entries.len().saturating_sub(1);
        match key.code {
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return Wish::Leave,
            KeyCode::Char('q') | KeyCode::Esc => return Wish::Leave,
            KeyCode::Enter => {
                return self.entries.get(self.chosen).map_or(Wish::Stay, |entry| Wish::Run(entry.name.clone()));
            }
            KeyCode::Up | KeyCode::Char('k') => self.chosen = self.chosen.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.chosen = (self.chosen + 1).min(last),
            KeyCode::Home | KeyCode::PageUp => self.chosen = 0,
            KeyCode::End | KeyCode::PageDown => self.chosen = last,
            _ => {}
        }
        Wish::Stay
    }

    pub fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            let words = format!("wiretutor needs {} columns and {} rows", SMALLEST.0, SMALLEST.1);
            frame.render_widget(Paragraph::new(words).wrap(Wrap { trim: true }), area);
            return;
        }
        let [head, body, keys] =
            Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(1)]).areas(area);
        frame.render_widget(head_line(), head);
        if area.width >= 90 {
            let [list, about] = Layout::horizontal([Constraint::Length(44), Constraint::Min(20)]).areas(body);
            self.draw_list(frame, list);
            self.draw_about(frame, about);
        } else {
            let [list, about] = Layout::vertical([Constraint::Min(3), Constraint::Length(7)]).areas(body);
            self.draw_list(frame, list);
            self.draw_about(frame, about);
        }
        frame.render_widget(self.key_line(), keys);
    }

    fn key_line(&self) -> Line<'static> {
        let named = KEYS.iter().map(|(sign, name, does)| (if self.ascii { name } else { sign }, does));
        let spans = named.flat_map(|(key, does)| [Span::styled(format!(" {key} "), bold()), Span::raw(*does)]);
        Line::from(spans.collect::<Vec<_>>())
    }

    fn pane(&self, title: &'static str) -> Block<'static> {
        let pane = Block::bordered().title(title);
        if self.ascii { pane.border_set(PLAIN_FRAME) } else { pane.border_type(BorderType::Rounded) }
    }

    fn draw_list(&self, frame: &mut Frame<'_>, area: Rect) {
        let (lines, chosen_line) = self.list_lines();
        let room = area.height.saturating_sub(2);
        // Keeps the chosen lesson in sight, with the part's heading above the first one.
        let scroll = chosen_line.saturating_sub(room.saturating_sub(1));
        frame.render_widget(Paragraph::new(lines).block(self.pane(" Lessons ")).scroll((scroll, 0)), area);
    }

    fn list_lines(&self) -> (Vec<Line<'_>>, u16) {
        let (mut lines, mut chosen_line, mut part) = (Vec::new(), 0, "");
        for (at, entry) in self.entries.iter().enumerate() {
            if entry.part != part {
                part = &entry.part;
                lines.push(Line::styled(format!(" {}", part.replacen('-', " ", 1).to_uppercase()), dim()));
            }
            let mark = match (at == self.chosen, self.ascii) {
                (false, _) => " ",
                (true, false) => "▸",
                (true, true) => ">",
            };
            let style = if at == self.chosen { bold().add_modifier(Modifier::REVERSED) } else { Style::new() };
            if at == self.chosen {
                chosen_line = u16::try_from(lines.len()).unwrap_or(u16::MAX);
            }
            lines.push(Line::styled(format!(" {mark} {:<14} {:>2} min ", entry.name, entry.minutes), style));
        }
        (lines, chosen_line)
    }

    fn draw_about(&self, frame: &mut Frame<'_>, area: Rect) {
        let Some(entry) = self.entries.get(self.chosen) else { return };
        let mut lines = vec![Line::styled(entry.title.as_str(), bold()), Line::from(entry.summary.as_str())];
        if !entry.needs.is_empty() {
            lines.push(Line::styled(format!("After: {}", entry.needs.join(", ")), dim()));
        }
        frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }).block(self.pane(" What it shows ")), area);
    }
}

fn head_line() -> Line<'static> {
    let words = "how TCP and UDP really work, on your own kernel";
    Line::from(vec![Span::styled(" wiretutor  ", bold()), Span::styled(words, dim())])
}

fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::{Terminal, backend::TestBackend};

    fn entry(part: &str, name: &str) -> Summary {
        Summary {
            part: part.into(),
            name: name.into(),
            title: format!("All about {name}"),
            summary: "What can be seen of it.".into(),
            minutes: 8,
            needs: vec![],
            link: "loopback",
            read: vec![],
            hosts: vec![],
            path: String::new(),
        }
    }

    fn map() -> Map {
        let entries = vec![entry("2-tcp", "handshake"), entry("2-tcp", "close"), entry("3-udp", "udp")];
        Map::new(entries, false)
    }

    fn screen(map: &Map, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| map.draw(frame)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn the_map_shows_parts_lessons_and_what_the_chosen_one_is_about() {
        let screen = screen(&map(), 80, 24);
        for words in ["2 TCP", "▸ handshake", "8 min", "3 UDP", "All about handshake", "run the lesson"] {
            assert!(screen.contains(words), "{words} is missing:\n{screen}");
        }
    }

    #[test]
    fn down_chooses_the_next_lesson_and_enter_runs_it() {
        let mut map = map();
        assert_eq!(map.key(KeyCode::Down.into()), Wish::Stay);
        assert!(screen(&map, 100, 20).contains("▸ close"));
        assert_eq!(map.key(KeyCode::Enter.into()), Wish::Run("close".into()));
    }

    #[test]
    fn the_ends_of_the_list_hold() {
        let mut map = map();
        map.key(KeyCode::Up.into());
        assert_eq!(map.key(KeyCode::Enter.into()), Wish::Run("handshake".into()));
        (0..9).for_each(|_| drop(map.key(KeyCode::Down.into())));
        assert_eq!(map.key(KeyCode::Enter.into()), Wish::Run("udp".into()));
    }

    #[test]
    fn q_and_control_c_leave() {
        assert_eq!(map().key(KeyCode::Char('q').into()), Wish::Leave);
        assert_eq!(map().key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)), Wish::Leave);
    }

    #[test]
    fn without_signs_everything_is_ascii() {
        let map = Map { ascii: true, ..map() };
        assert!(screen(&map, 80, 24).is_ascii(), "{}", screen(&map, 80, 24));
    }

    #[test]
    fn every_size_can_be_drawn() {
        for (width, height) in [(1, 1), (39, 7), (40, 8), (60, 20), (89, 24), (90, 24), (400, 120)] {
            screen(&map(), width, height);
        }
    }
}
