//! Drawing the map.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Position, Rect},
};

use super::{CAPTURE, Entry, FREE_PLAY, Map, Progress, Purpose, Spot};
use crate::face::{
    text::{
        Line, Style,
        line::{Ink, hang},
        wrap::wrap,
    },
    tui::{
        canvas,
        effect::Effect,
        keys::{Action, Context, Keymap, shown},
        offer::{Offer, Press, key_line, of_a_line, of_arrows},
        study::{padded, put_lines},
        theme::Theme,
    },
};

/// From this width on the summary stands beside the list.
const WIDE: u16 = 90;
/// The list's width: half, and no more than the longest title needs.
const LIST: std::ops::RangeInclusive<u16> = 52..=70;

struct Parts {
    title: Rect,
    list: Rect,
    about: Rect,
    line: Rect,
    keys: Rect,
}

/// A row of the list.
struct Row {
    line: Line,
    /// Its place among what can be chosen.
    spot: Option<usize>,
}

impl Map {
    pub fn draw(&self, buf: &mut Buffer, keys: &Keymap, theme: &Theme) {
        let parts = self.parts(buf.area);
        let is_live = self.entries.iter().any(|entry| entry.recorded_because.is_none());
        let what = match is_live {
            true => " how TCP and UDP really work, on your own kernel",
            false => " how TCP and UDP really work, in recordings of a kernel",
        };
        let title = Line::styled(" wiretutor ", Style::of(Ink::Heading).bold()).with(what, Style::FAINT);
        canvas::put_elided(buf, parts.title.x, parts.title.y, parts.title.width, &title, theme);
        self.list(buf, parts.list, theme);
        self.about(buf, parts.about, theme);
        self.line(buf, parts.line, theme);
        self.keys(buf, parts.keys, keys, theme);
    }

    fn parts(&self, area: Rect) -> Parts {
        let lines = u16::from(self.is_typing());
        let [title, body, line, keys] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Min(1),
            Constraint::Length(lines),
            Constraint::Length(1),
        ])
        .areas(area);
        let [list, about] = if area.width >= WIDE {
            Layout::horizontal([
                Constraint::Length((area.width / 2).clamp(*LIST.start(), *LIST.end())),
                Constraint::Min(20),
            ])
            .areas(body)
        } else {
            Layout::vertical([Constraint::Min(3), Constraint::Length(9.min(body.height / 2))]).areas(body)
        };
        Parts { title, list, about, line, keys }
    }

    fn list(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let inner = canvas::pane(buf, area, "Lessons", true, theme);
        let rows = self.rows(usize::from(inner.width), theme);
        let above = self.above(&rows, usize::from(inner.height));
        for (row, y) in rows.iter().skip(above).zip(inner.y..inner.bottom()) {
            canvas::put_elided(buf, inner.x, y, inner.width, &row.line, theme);
            if row.spot == Some(self.chosen) {
                canvas::choose(buf, Rect { y, height: 1, ..inner }, theme);
            }
        }
        let scrolled = canvas::Scrolled { total: rows.len(), above, seen: usize::from(inner.height) };
        canvas::scrollbar(buf, Rect { width: inner.width + 1, ..inner }, scrolled, theme);
    }

    /// The first row in sight: the chosen one stays so, with its part's heading where there is room.
    fn above(&self, rows: &[Row], height: usize) -> usize {
        let chosen = rows.iter().position(|row| row.spot == Some(self.chosen)).unwrap_or(0);
        (chosen + 2).saturating_sub(height).min(rows.len().saturating_sub(height))
    }

    fn rows(&self, width: usize, theme: &Theme) -> Vec<Row> {
        let (mut rows, mut part) = (Vec::new(), "");
        for (at, spot) in self.spots().into_iter().enumerate() {
            let (group, line) = match spot {
                Spot::Lesson(lesson) => {
                    let entry = &self.entries[lesson];
                    (entry.summary.part.as_str(), lesson_line(entry, width, theme))
                }
                Spot::FreePlay => ("more", Line::plain(&format!("     {FREE_PLAY}"))),
                Spot::Capture => ("more", Line::plain(&format!("     {CAPTURE}"))),
            };
            if group != part {
                part = group;
                if at > 0 {
                    rows.push(Row { line: Line::new(), spot: None });
                }
                rows.push(Row { line: heading(group), spot: None });
            }
            rows.push(Row { line, spot: Some(at) });
        }
        if rows.is_empty() {
            rows.push(Row {
                line: Line::styled("   Nothing here has these words. Esc shows all.", Style::FAINT),
                spot: None,
            });
        }
        rows
    }

    fn about(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let inner = padded(canvas::pane(buf, area, "What it shows", false, theme));
        let width = usize::from(inner.width);
        let mut lines = match self.spots().get(self.chosen) {
            Some(Spot::Lesson(lesson)) => about_lesson(&self.entries[*lesson], width, theme),
            Some(Spot::FreePlay) => about_free_play(self.free_play_lacks.as_deref(), width),
            Some(Spot::Capture) => words(
                "The conversations of a capture file, each with its ladder, its bytes and what every packet says. \
                 Nothing is sent. `wiretutor open FILE` does the same.",
                width,
            ),
            None => Vec::new(),
        };
        for note in &self.notes {
            lines.push(Line::new());
            let mark = Line::styled(theme.marks().notice, Style::WARNING.bold()).with(" ", Style::PLAIN);
            let wrapped = wrap(&Line::styled(note, Style::WARNING), width.saturating_sub(2));
            lines.extend(hang(wrapped, &mark, &Line::spaces(2)));
        }
        put_lines(buf, inner, &lines, theme);
    }

    fn line(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let Some((purpose, line)) = &self.line else { return };
        let prompt = match purpose {
            Purpose::Path => " Capture file: ",
            Purpose::Search => " Search: ",
        };
        line.draw(buf, area, prompt, theme);
    }

    fn keys(&self, buf: &mut Buffer, area: Rect, keys: &Keymap, theme: &Theme) {
        let offers = self.offers(keys, theme.is_ascii());
        key_line(buf, area, &offers, theme);
    }

    pub(in crate::face::tui) fn offers(&self, keys: &Keymap, ascii: bool) -> Vec<Offer> {
        let offer = |action, context| {
            let (row, chords) = keys.of(context).find(|(row, _)| row.action == action)?;
            let key = shown(*chords.first()?, ascii);
            Some(Offer { press: Press::Act(action), key, does: row.short.to_owned(), is_first: false })
        };
        let choose = of_arrows("choose", ascii);
        match &self.line {
            Some((Purpose::Path, _)) => return of_a_line("open", false, "back"),
            Some((Purpose::Search, _)) => {
                let mut offers = of_a_line("begin", false, "back");
                offers.insert(1, choose);
                if self.spots().is_empty() {
                    offers.drain(..2);
                }
                return offers;
            }
            None => {}
        }
        let others = [
            offer(Action::Search, Context::Map),
            offer(Action::OpenCapture, Context::Map),
            offer(Action::Help, Context::Everywhere),
            offer(Action::Leave, Context::Everywhere),
        ];
        let first = offer(Action::Choose, Context::Map).map(|first| Offer { is_first: true, ..first });
        first.into_iter().chain([choose]).chain(others.into_iter().flatten()).collect()
    }

    pub fn mouse(&mut self, mouse: MouseEvent, theme: &Theme) -> Vec<Effect> {
        let area = Rect::new(0, 0, self.size.0, self.size.1);
        let parts = self.parts(area);
        let at = Position::new(mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::ScrollUp => self.act(Action::Up),
            MouseEventKind::ScrollDown => self.act(Action::Down),
            MouseEventKind::Down(MouseButton::Left) if parts.list.contains(at) => self.click(at, parts.list, theme),
            _ => Vec::new(),
        }
    }

    /// The first click chooses, the second begins.
    fn click(&mut self, at: Position, list: Rect, theme: &Theme) -> Vec<Effect> {
        // Who looks elsewhere has given up a path.
        self.line.take_if(|(purpose, _)| *purpose == Purpose::Path);
        let (width, height) = (list.width.saturating_sub(2), list.height.saturating_sub(2));
        let rows = self.rows(usize::from(width), theme);
        let Some(row) = usize::from(at.y).checked_sub(usize::from(list.y) + 1) else { return Vec::new() };
        let row = self.above(&rows, usize::from(height)) + row;
        match rows.get(row).and_then(|row| row.spot) {
            Some(spot) if spot == self.chosen => self.act(Action::Choose),
            Some(spot) => {
                self.chosen = spot;
                Vec::new()
            }
            None => Vec::new(),
        }
    }
}

fn heading(part: &str) -> Line {
    let words = if part == "more" { "WITHOUT A LESSON".to_owned() } else { part.replacen('-', " ", 1).to_uppercase() };
    Line::styled(&format!(" {words}"), Style::of(Ink::Heading).bold())
}

fn lesson_line(entry: &Entry, width: usize, theme: &Theme) -> Line {
    let Progress { seen, steps, is_finished, .. } = entry.progress;
    let signs = if theme.is_ascii() { ["*", "+", "."] } else { ["✓", "◐", "○"] };
    let (sign, style) = match (is_finished, seen) {
        (true, _) => (signs[0], Style::GOOD),
        (false, 0) => (signs[2], Style::FAINT),
        (false, _) => (signs[1], Style::of(Ink::Waits)),
    };
    let recorded = if entry.recorded_because.is_some() { "recorded " } else { "" };
    let so_far = if seen > 0 && !is_finished { format!("{seen}/{steps} ") } else { String::new() };
    let right = format!("{recorded}{so_far}{} min ", entry.summary.minutes);
    let mut line = Line::plain("   ").with(sign, style).with(" ", Style::PLAIN);
    let room = width.saturating_sub(line.width() + right.len() + 1);
    line.append(&canvas::elided(&Line::plain(&entry.summary.title), room, theme));
    let gap = width.saturating_sub(line.width() + right.len());
    line.with(&" ".repeat(gap), Style::PLAIN).with(&right, Style::FAINT)
}

fn about_free_play(lacks: Option<&str>, width: usize) -> Vec<Line> {
    let about = "Two hosts of your own kernel, joined by a wire that you hold. Type what they do, hold each packet, \
                 drop it, double it, and see what the kernels make of it.";
    let Some(why) = lacks else { return words(about, width) };
    let mut lines =
        words("Two hosts, joined by a wire that you hold: you type what they do. No recording can show that.", width);
    lines.push(Line::new());
    lines.extend(wrap(&Line::styled(&format!("Not on this machine: {why}."), Style::WARNING), width));
    lines
}

fn about_lesson(entry: &Entry, width: usize, theme: &Theme) -> Vec<Line> {
    let summary = &entry.summary;
    let mut lines = wrap(&Line::styled(&summary.title, Style::of(Ink::Heading).bold()), width);
    lines.extend(words(&summary.summary, width));
    lines.push(Line::new());
    let link = match (summary.link, entry.recorded_because.is_some()) {
        ("wire", false) => "on a wire that you hold",
        ("wire", true) => "recorded on a wire",
        (_, false) => "on the loopback",
        (_, true) => "recorded on the loopback",
    };
    let mut facts =
        vec![format!("{} minutes, {link}. As a command: wiretutor learn {}", summary.minutes, summary.name)];
    if !summary.needs.is_empty() {
        facts.push(format!("Comes after: {}", summary.needs.join(", ")));
    }
    let Progress { seen, steps, right, answered, solved, left_out, is_finished } = entry.progress;
    if is_finished || seen > 0 {
        let state = if is_finished { "Finished".to_owned() } else { format!("{seen} of {steps} steps seen") };
        let predictions =
            if answered > 0 { format!(", {right} of {answered} predictions right") } else { String::new() };
        let challenge = match (solved, left_out) {
            (0, 0) => "",
            (0, _) => ", the challenge left out",
            _ => ", the challenge solved",
        };
        facts.push(format!("{state}{predictions}{challenge}."));
    }
    facts.iter().for_each(|fact| lines.extend(wrap(&Line::styled(fact, Style::FAINT), width)));
    if let Some(why) = &entry.recorded_because {
        let mark = Line::styled(theme.marks().notice, Style::WARNING.bold()).with(" ", Style::PLAIN);
        let said = Line::styled(&format!("Shown from a recording: {why}"), Style::WARNING);
        lines.extend(hang(wrap(&said, width.saturating_sub(2)), &mark, &Line::spaces(2)));
    }
    lines
}

fn words(text: &str, width: usize) -> Vec<Line> {
    wrap(&Line::plain(text), width)
}
