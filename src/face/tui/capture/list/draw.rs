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
            canvas::{Scrolled, Title, choose, pane, put, put_elided, scrollbar},
            theme::Theme,
        },
    },
    narrate::{account::summarise, english::account as words},
};

/// So many lines of what there is to say about the file are shown.
const MOST_REMARKS: usize = 4;
/// Before what the list is filtered by.
const PROMPT: &str = "/ ";
/// Below this height there is no room for the chosen one in words.
const LOW: u16 = 14;

/// Something about the file.
enum Remark<'r> {
    Trouble(&'r str),
    /// Of who has written it.
    Comment(&'r str),
}

impl List {
    /// The head, what there is to say about the file, the filter, the list, and the chosen one in words.
    fn parts(&self) -> [Rect; 5] {
        let area = self.room;
        let rows = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
        let told = if area.height < LOW { 0 } else { 6 };
        let asked = usize::from(self.typing.is_some() || !self.text.is_empty());
        let remarks = rows(self.remark_texts().count());
        Layout::vertical([rows(1), remarks, rows(asked), Constraint::Fill(1), Constraint::Length(told)]).areas(area)
    }

    /// Where the conversations stand, below the names of the columns.
    pub(super) fn rows_area(&self) -> Rect {
        let [.., list, _] = self.parts();
        let inner = Rect {
            x: list.x + 1,
            y: list.y + 2,
            width: list.width.saturating_sub(2),
            height: list.height.saturating_sub(3),
        };
        inner.intersection(list)
    }

    pub fn draw(&self, buf: &mut Buffer, theme: &Theme) {
        let [head, above, filter, list, about] = self.parts().map(|part| part.intersection(buf.area));
        let remarks = self.remarks(theme);
        put_elided(buf, head.x, head.y, head.width, &self.head(), theme);
        for (y, remark) in (above.y..above.bottom()).zip(&remarks) {
            put_elided(buf, above.x, y, above.width, remark, theme);
        }
        self.draw_filter(buf, filter, theme);
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
        let sign = theme.marks().notice;
        let line = |remark| match remark {
            Remark::Trouble(words) => Line::styled(&format!("{sign} {words}"), Style::WARNING),
            Remark::Comment(words) => Line::styled(&words::remark(words), Style::FAINT),
        };
        self.remark_texts().map(line).collect()
    }

    fn remark_texts(&self) -> impl Iterator<Item = Remark<'_>> {
        let troubles = self.end.iter().flat_map(|end| &end.troubles).map(|words| Remark::Trouble(words));
        let comments = self.end.iter().flat_map(|end| &end.comments).flat_map(|comment| comment.lines());
        troubles.chain(comments.map(Remark::Comment)).take(MOST_REMARKS)
    }

    /// What is shown of all, and why what was typed can not be read.
    fn draw_filter(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        if area.height == 0 {
            return;
        }
        let (shown, all) = (self.rows.len(), self.accounts.len());
        let came = match &self.wrong {
            Some(why) => Line::styled(why, Style::WARNING),
            None => Line::styled(&format!("{shown} of {all}"), Style::FAINT),
        };
        let room = area.width.saturating_sub(u16::try_from(came.width() + 3).unwrap_or(area.width)).max(area.width / 3);
        let line = Rect { width: room, ..area };
        match &self.typing {
            Some(typing) => typing.draw(buf, line, PROMPT, theme),
            None => {
                let text = Line::styled(PROMPT, Style::of(Ink::Key)).with(&self.text, Style::CODE);
                put_elided(buf, line.x, line.y, line.width, &text, theme);
            }
        }
        put_elided(buf, area.x + room + 1, area.y, (area.width - room).saturating_sub(1), &came, theme);
    }

    fn draw_rows(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let place = if self.rows.is_empty() { 0 } else { self.at + 1 };
        let order = format!("by {}, {place} of {}", self.sort.name(), self.rows.len());
        let title = Title::from("Conversations").with_right(Line::styled(&order, Style::FAINT));
        let inner = pane(buf, area, title, true, theme);
        let [heads, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(inner);
        let columns = Columns::fit(inner.width.into(), self.widest, self.accounts.len());
        if inner.height > 0 {
            put(buf, heads.x, heads.y, heads.width, &columns.heads(), theme);
        }
        for (y, place) in (body.y..body.bottom()).zip(self.top..self.rows.len()) {
            let id = self.rows[place];
            let row = columns.row(id, &self.accounts[id as usize], self.progress.began, theme.marks().pending);
            put(buf, body.x, y, body.width, &row, theme);
            if place == self.at {
                choose(buf, Rect { y, height: 1, ..body }, theme);
            }
        }
        if self.rows.is_empty() && body.height > 0 {
            let words = if self.end.is_none() { "The file is being read." } else { "No conversation fits." };
            put(buf, body.x, body.y, body.width, &Line::styled(words, Style::FAINT), theme);
        }
        let seen = usize::from(body.height);
        scrollbar(buf, area, Scrolled { total: self.rows.len(), above: self.top, seen }, theme);
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
