//! The picture of the list. Only the rows in sight are formatted.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
};

use super::{List, columns::Columns};
use crate::{
    conversation::account::Account,
    face::{
        capture::row::write_socket,
        text::{Line, Style, line::Ink, wrap::wrap},
        tui::{
            canvas::{Scrolled, Title, pane, put, put_elided, scrollbar},
            theme::Theme,
        },
    },
    narrate::{account::summarise, english::account as words},
};

/// So many lines of what there is to say about the file are shown.
const MOST_REMARKS: usize = 4;
/// Below this height there is no room for the chosen one in words.
const LOW: u16 = 14;

impl List {
    pub fn draw(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let area = area.intersection(buf.area);
        let remarks = self.remarks(theme);
        let rows = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
        let told = if area.height < LOW { 0 } else { 6 };
        let asked = usize::from(self.typing.is_some() || !self.text.is_empty());
        let parts = [rows(1), rows(remarks.len()), rows(asked), Constraint::Fill(1), Constraint::Length(told)];
        let [head, above, filter, list, about] = Layout::vertical(parts).areas(area);
        put_elided(buf, head.x, head.y, head.width, &self.head(), theme);
        for (y, remark) in (above.y..above.bottom()).zip(&remarks) {
            put_elided(buf, above.x, y, above.width, remark, theme);
        }
        if filter.height > 0 {
            put_elided(buf, filter.x, filter.y, filter.width, &self.filter_line(), theme);
        }
        self.draw_rows(buf, list, theme);
        self.draw_about(buf, about, theme);
    }

    /// What the file holds, as far as it is read.
    fn head(&self) -> Line {
        let Self { progress, .. } = self;
        let conversations = self.accounts.len() as u64;
        if self.end.is_some() {
            let (packets, strays, lasted) = (progress.packets, progress.strays, progress.lasted_ns);
            return Line::styled(&words::capture(&self.name, packets, strays, lasted, conversations), Style::STRONG);
        }
        Line::styled(&self.name, Style::STRONG)
            .with(": ", Style::PLAIN)
            .with(&words::reading(progress.bytes, self.size, progress.packets, conversations), Style::of(Ink::Live))
    }

    fn remarks(&self, theme: &Theme) -> Vec<Line> {
        let Some(end) = &self.end else { return Vec::new() };
        let sign = theme.marks().notice;
        let troubles = end.troubles.iter().map(|words| Line::styled(&format!("{sign} {words}"), Style::WARNING));
        let comments = end.comments.iter().flat_map(|comment| comment.lines()).map(words::remark);
        troubles.chain(comments.map(|words| Line::styled(&words, Style::FAINT))).take(MOST_REMARKS).collect()
    }

    fn filter_line(&self) -> Line {
        let mut line = Line::styled("/ ", Style::of(Ink::Key)).with(&self.text, Style::CODE);
        if self.typing.is_some() {
            line.push("_", Style::of(Ink::Waits));
        }
        let (shown, all) = (self.rows.len(), self.accounts.len());
        match &self.wrong {
            Some(why) => line.with(&format!("   {why}"), Style::WARNING),
            None => line.with(&format!("   {shown} of {all}"), Style::FAINT),
        }
    }

    fn draw_rows(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let place = if self.rows.is_empty() { 0 } else { self.at + 1 };
        let order = format!("by {}, {place} of {}", self.sort.name(), self.rows.len());
        let title = Title::from("Conversations").with_right(Line::styled(&order, Style::FAINT));
        let inner = pane(buf, area, title, true, theme);
        let [heads, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(inner);
        self.body = body;
        self.scroll_to_the_chosen();
        let columns = Columns::fit(inner.width.into(), self.widest, self.accounts.len());
        if inner.height > 0 {
            put(buf, heads.x, heads.y, heads.width, &columns.heads(), theme);
        }
        for (y, place) in (body.y..body.bottom()).zip(self.top..self.rows.len()) {
            let id = self.rows[place];
            if place == self.at {
                buf.set_style(Rect { y, height: 1, ..body }, theme.selected());
            }
            let row = columns.row(id, &self.accounts[id as usize], self.progress.began, theme.marks().pending);
            put(buf, body.x, y, body.width, &row, theme);
        }
        if self.rows.is_empty() && body.height > 0 {
            let words = if self.end.is_none() { "The file is being read." } else { "No conversation fits." };
            put(buf, body.x, body.y, body.width, &Line::styled(words, Style::FAINT), theme);
        }
        let seen = usize::from(body.height);
        scrollbar(buf, area, Scrolled { total: self.rows.len(), above: self.top, seen }, theme);
    }

    fn scroll_to_the_chosen(&mut self) {
        let height = usize::from(self.body.height).max(1);
        let last_top = self.rows.len().saturating_sub(height);
        self.top = self.top.min(self.at).max((self.at + 1).saturating_sub(height)).min(last_top);
    }

    fn draw_about(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        if area.height == 0 {
            return;
        }
        let chosen = self.chosen().and_then(|id| Some((id, self.account(id)?)));
        let Some((id, account)) = chosen else {
            pane(buf, area, "", false, theme);
            return;
        };
        let inner = pane(buf, area, words::heading(id.into(), account).as_str(), false, theme);
        let lines = about(account, inner.width.into());
        for (y, line) in (inner.y..inner.bottom()).zip(&lines) {
            put_elided(buf, inner.x, y, inner.width, line, theme);
        }
    }
}

/// A conversation in words, and what each end has sent.
fn about(account: &Account, width: usize) -> Vec<Line> {
    let summary = Line::plain(&summarise(account, &|end| end.to_string()));
    let inks = [Ink::Client, Ink::Server];
    let ends = account.parties.iter().zip(inks).map(|(party, ink)| {
        let mut text = String::new();
        write_socket(&mut text, party.socket);
        let state = party.state.map_or_else(String::new, |state| format!("  ({state})"));
        Line::styled(&text, Style::of(ink))
            .with(&format!("  {}", words::sent(party)), Style::PLAIN)
            .with(&state, Style::CODE)
    });
    wrap(&summary, width.max(20)).into_iter().chain(ends).collect()
}
