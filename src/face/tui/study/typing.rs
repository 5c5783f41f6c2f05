//! The command line of a lesson: a line for the hosts, typed by the learner.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};
use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthStr;

use super::{Study, next::Lab};
use crate::{
    face::{
        text::{
            Line, Marks, Style,
            line::{Ink, hang},
            wrap::wrap,
        },
        tui::{
            canvas,
            effect::{Cued, Effect},
            input::{Cycle, Edit, Input},
            theme::Theme,
        },
    },
    lesson::{
        complete::{complete, help_for},
        improvise::{Typo, improvise},
    },
    timeline::event::{LinkKind, What},
};

/// Rows of the command line: the line, what is wrong or can come next, and two for what the line means.
pub(super) const ROWS: u16 = 4;
const PROMPT: &str = "> ";

/// What is being typed.
#[derive(Debug, Default)]
pub(super) struct Typing {
    input: Input,
    is_open: bool,
    typo: Option<Typo>,
}

impl Typing {
    pub(super) const fn is_open(&self) -> bool {
        self.is_open
    }

    pub(super) const fn open(&mut self) {
        self.is_open = true;
    }

    pub(super) fn close(&mut self) {
        (self.is_open, self.typo) = (false, None);
    }
}

impl Study {
    /// Opens the command line.
    pub(super) fn type_a_line(&mut self) -> Vec<Effect> {
        if self.lab == Lab::Over || self.reel.now().hosts.is_empty() {
            self.say("There are no hosts now that a line could be typed for.");
        } else {
            self.at = None;
            self.typing.is_open = true;
        }
        Vec::new()
    }

    #[must_use]
    pub const fn is_typing(&self) -> bool {
        self.typing.is_open()
    }

    /// A key while the command line is open.
    pub fn typed(&mut self, key: KeyEvent) -> Vec<Effect> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        match key.code {
            KeyCode::Esc => {
                self.typing.input.set_aside();
                self.typing.close();
            }
            KeyCode::Enter => return self.run_typed(),
            KeyCode::Tab => self.complete(true),
            KeyCode::BackTab => self.complete(false),
            _ => {
                if let Some(edit) = Edit::of(key) {
                    self.typing.input.edit(edit);
                    self.typing.typo = None;
                }
            }
        }
        Vec::new()
    }

    pub fn pasted(&mut self, text: &str) {
        if self.typing.is_open {
            self.typing.input.paste(text);
            self.typing.typo = None;
        }
    }

    fn run_typed(&mut self) -> Vec<Effect> {
        let text = self.typing.input.text().to_owned();
        // Esc leaves the line. Who presses Enter once too often goes on typing, and means no keys by that.
        if text.trim().is_empty() {
            return Vec::new();
        }
        let said = self.said();
        match improvise(&self.lesson, self.reel.now().link, &said, &text) {
            Err(typo) => {
                self.typing.typo = Some(typo);
                Vec::new()
            }
            Ok(line) => {
                self.typing.input.accept();
                self.typing.typo = None;
                self.rung = None;
                line.map(|line| Effect::Cue(Cued::Say(Box::new(line)))).into_iter().collect()
            }
        }
    }

    /// Where nothing can come next because of what stands there, that is told.
    fn complete(&mut self, forward: bool) {
        let mut input = std::mem::take(&mut self.typing.input);
        let said = self.said();
        let link = self.reel.now().link;
        let is_any = input.complete(forward, |text, cursor| complete(&self.lesson, link, &said, text, cursor));
        let typo = if is_any { None } else { improvise(&self.lesson, link, &said, input.text()).err() };
        (self.typing.input, self.typing.typo) = (input, typo);
    }

    /// The lines that have run on the hosts that stand now.
    fn said(&self) -> Vec<&str> {
        let events = self.reel.events();
        let stage = events.iter().rposition(|event| matches!(event.what, What::Lab { fresh: true, .. })).unwrap_or(0);
        let texts = events[stage..].iter().filter_map(|event| match &event.what {
            What::Line { text, .. } => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    pub(super) fn draw_typing(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        self.typing.input.draw(buf, area, PROMPT, theme);
        let lines = self.below_typing(usize::from(area.width), theme.marks());
        let rows = area.y + 1..area.bottom();
        let is_cut = lines.len() > rows.len();
        for (line, y) in lines.iter().zip(rows) {
            let is_last = y + 1 == area.bottom();
            let mark = if is_cut && is_last { theme.marks().pending } else { "" };
            canvas::put_elided(buf, area.x, y, area.width, &line.clone().with(mark, Style::FAINT), theme);
        }
    }

    /// What is wrong, or what can come next, or how the line goes on.
    fn below_typing(&self, width: usize, marks: &Marks) -> Vec<Line> {
        if let Some(typo) = &self.typing.typo {
            return fault(typo, width);
        }
        if let Some(cycle) = self.typing.input.cycle() {
            return candidates(cycle, width, marks.pending);
        }
        match help_for(self.typing.input.text(), self.typing.input.cursor()) {
            Some(row) => std::iter::once(Line::plain("  ").with(row.usage(), Style::CODE))
                .chain(helped(row.help(), width))
                .collect(),
            None => self.how_to_begin(),
        }
    }

    /// For whoever has not typed a line before: what one looks like, with the hosts that stand.
    fn how_to_begin(&self) -> Vec<Line> {
        let hosts = &self.reel.now().hosts;
        let name = |at: usize, usual: &str| hosts.get(at).map_or_else(|| usual.to_owned(), |host| host.name.clone());
        let call = format!("{} connect {}:8080", name(0, "client"), name(1, "server"));
        let mut first = Line::styled("  Say what a host does: ", Style::FAINT).with(&call, Style::CODE);
        if self.reel.now().link == LinkKind::Wire {
            first = first.with(". The wire too: ", Style::FAINT).with("wire hold", Style::CODE);
        }
        vec![first, Line::styled("  Tab shows what can come next, and what it does.", Style::FAINT)]
    }
}

fn fault(typo: &Typo, width: usize) -> Vec<Line> {
    let column = PROMPT.len() + typo.at.start;
    let caret = "^".repeat(typo.at.len().max(1));
    let first = Line::spaces(column).with(&caret, Style::BAD).with(&format!(" {}", typo.label), Style::BAD);
    let help = typo.help.as_ref().map_or_else(String::new, |help| format!("  {help}"));
    let said = Line::styled(&typo.message, Style::BAD).with(&help, Style::PLAIN);
    let indent = Line::spaces(2);
    let rows = hang(wrap(&said, width.saturating_sub(2)), &indent, &indent);
    std::iter::once(first).chain(rows).collect()
}

/// The candidates around the chosen one, and what that means. That there are more is said by this sign.
fn candidates(cycle: &Cycle, width: usize, more: &str) -> Vec<Line> {
    let chosen = cycle.chosen();
    let skipped = chosen.unwrap_or(0).saturating_sub(3);
    let mut line = Line::plain("  ");
    if skipped > 0 {
        line = line.with(more, Style::FAINT).with(" ", Style::PLAIN);
    }
    for (at, candidate) in cycle.candidates().iter().enumerate().skip(skipped) {
        let style = if Some(at) == chosen { Style::of(Ink::Waits).bold() } else { Style::CODE };
        let is_last = at + 1 == cycle.candidates().len();
        let room = width.saturating_sub(if is_last { 0 } else { more.width() });
        if line.width() + candidate.text.width() + 2 > room {
            line.push(more, Style::FAINT);
            break;
        }
        line.push(&candidate.text, style);
        line.push("  ", Style::PLAIN);
    }
    let help = chosen.and_then(|at| cycle.candidates().get(at)).map_or("", |candidate| candidate.help.as_str());
    std::iter::once(line).chain(helped(help, width)).collect()
}

/// What something means, below the line.
fn helped(help: &str, width: usize) -> Vec<Line> {
    let indent = Line::spaces(2);
    hang(wrap(&Line::styled(help, Style::FAINT), width.saturating_sub(2)), &indent, &indent)
}
