//! The picture of a conversation: three panes, like a lesson; on a small terminal two of them.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
};

use super::{Course, Drawn, Pane, detail::Detail, rungs::HEAD};
use crate::{
    conversation::account::Account,
    face::{
        capture::Numbers,
        text::{Line, Style, line::Ink, wrap::wrap},
        tui::{
            canvas::{Scrolled, Title, pane, put, put_elided, scrollbar},
            capture::news::Progress,
            ladder::packet::{self, PacketLook},
            theme::Theme,
        },
    },
    kernel::socket::Proto,
    narrate::{account::summarise, english::account as words},
};

/// From these widths on, the ladder has others beside it.
const WIDE: u16 = 104;
/// Below this height there is room for one pane only.
const LOW: u16 = 14;

impl Course {
    /// `account`: what the conversation came to so far; `progress`: of the file.
    pub fn draw(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme, account: &Account, progress: Progress) {
        let area = area.intersection(buf.area);
        let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        if head.height > 0 {
            put_elided(buf, head.x, head.y, head.width, &self.head(account), theme);
        }
        let [ladder, packet, summary] = self.panes(body);
        let rows = std::mem::take(&mut self.drawn.rows);
        self.drawn = Drawn { ladder, packet, summary, rows, most: self.drawn.most };
        self.draw_ladder(buf, ladder, theme, account, progress);
        self.draw_packet(buf, packet, theme, progress);
        self.draw_summary(buf, summary, theme, account, progress);
    }

    /// Where the ladder, the packet and the summary stand; empty for what there is no room for.
    fn panes(&self, area: Rect) -> [Rect; 3] {
        const NONE: Rect = Rect::ZERO;
        let alone = |focus: Pane| Pane::ALL.map(|pane| if pane == focus { area } else { NONE });
        if self.is_zoomed || area.height < LOW {
            return alone(self.focus);
        }
        if area.width >= WIDE {
            let beside = (area.width * 2 / 5).min(64);
            let [left, ladder] = Layout::horizontal([Constraint::Length(beside), Constraint::Fill(1)]).areas(area);
            let above = Constraint::Length((left.height * 2 / 5).min(18));
            let [summary, packet] = Layout::vertical([above, Constraint::Fill(1)]).areas(left);
            return [ladder, packet, summary];
        }
        let [ladder, other] = Layout::vertical([Constraint::Fill(3), Constraint::Fill(2)]).areas(area);
        match self.focus {
            Pane::Summary => [ladder, NONE, other],
            Pane::Ladder | Pane::Packet => [ladder, other, NONE],
        }
    }

    fn head(&self, account: &Account) -> Line {
        if let Some(typing) = &self.typing {
            return Line::styled("Go to the packet with the number ", Style::of(Ink::Key))
                .with(typing.text(), Style::CODE)
                .with("_", Style::of(Ink::Waits));
        }
        let heading = Line::styled(&words::heading(self.stream.into(), account), Style::STRONG);
        match (&self.trouble, &self.remark) {
            (Some(why), _) => Line::styled(&format!("The file cannot be read any more: {why}."), Style::BAD),
            (None, Some(remark)) => Line::styled(remark, Style::WARNING),
            (None, None) if !self.is_whole => heading.with("  reading", Style::of(Ink::Live)),
            (None, None) => heading,
        }
    }

    fn draw_ladder(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme, account: &Account, progress: Progress) {
        if area.is_empty() {
            return;
        }
        let place = if self.packets == 0 { 0 } else { self.chosen + 1 };
        let right = Line::styled(&format!("{place} of {}", self.packets), Style::FAINT);
        let inner = pane(buf, area, Title::from("Ladder").with_right(right), self.focus == Pane::Ladder, theme);
        let [left, right] = [0, 1].map(|party: usize| account.parties[party].socket);
        let look = PacketLook {
            left,
            right,
            numbers: self.numbers,
            width: inner.width.into(),
            digits: progress.packets.max(1).to_string().len().max(3),
            marks: theme.marks(),
        };
        let states = self.found().map_or([None; 2], |found| {
            [left, right]
                .map(|end| found.states.iter().find(|(socket, _)| *socket == end).and_then(|(_, state)| *state))
        });
        let [head, body] = Layout::vertical([Constraint::Length(HEAD), Constraint::Fill(1)]).areas(inner);
        for (y, line) in (head.y..head.bottom()).zip(&packet::head(&look, states)) {
            put(buf, head.x, y, head.width, line, theme);
        }
        let (top, rungs) = self.rungs(&look, progress.began, body.height.into());
        for (y, (position, line)) in (body.y..body.bottom()).zip(&rungs) {
            if *position == self.chosen {
                buf.set_style(Rect { y, height: 1, ..body }, theme.selected());
            }
            put(buf, body.x, y, body.width, line, theme);
        }
        if rungs.is_empty() && body.height > 0 {
            let words =
                if self.is_whole { "No packet fits what was asked for." } else { "The packets are being read." };
            put_elided(buf, body.x, body.y, body.width, &Line::styled(words, Style::FAINT), theme);
        }
        self.drawn.rows = rungs.iter().map(|(position, _)| *position).collect();
        self.top = top;
        let seen = if rungs.is_empty() { 0 } else { self.in_sight() };
        scrollbar(buf, area, Scrolled { total: self.packets, above: top, seen }, theme);
    }

    fn draw_packet(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme, progress: Progress) {
        if area.is_empty() {
            return;
        }
        let title = self.found().map_or_else(String::new, |found| format!("Packet {}", found.number));
        let inner = pane(buf, area, title.as_str(), self.focus == Pane::Packet, theme);
        let Some(found) = self.sheet.get(self.chosen).cloned() else { return };
        let detail = Detail::of(&found, progress.began, self.numbers, theme.marks(), inner.width.into());
        let total = detail.len();
        self.draw_text(buf, (area, inner), theme, 0, total, |at| detail.line(at));
    }

    fn draw_summary(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme, account: &Account, progress: Progress) {
        if area.is_empty() {
            return;
        }
        let inner = pane(buf, area, "What it came to", self.focus == Pane::Summary, theme);
        let lines = self.summary(account, progress, theme, usize::from(inner.width).max(20));
        self.draw_text(buf, (area, inner), theme, 1, lines.len(), |at| lines[at].clone());
    }

    /// Lines that can be scrolled. Only those in sight are made.
    fn draw_text(
        &mut self,
        buf: &mut Buffer,
        (area, inner): (Rect, Rect),
        theme: &Theme,
        which: usize,
        total: usize,
        line: impl Fn(usize) -> Line,
    ) {
        let seen = usize::from(inner.height);
        let most = total.saturating_sub(seen);
        self.drawn.most[which] = most;
        let above = self.scrolled[which].min(most);
        self.scrolled[which] = above;
        for (y, at) in (inner.y..inner.bottom()).zip(above..total) {
            put(buf, inner.x, y, inner.width, &line(at), theme);
        }
        scrollbar(buf, area, Scrolled { total, above, seen }, theme);
    }

    fn summary(&self, account: &Account, progress: Progress, theme: &Theme, width: usize) -> Vec<Line> {
        let since_ns = account.began.0.saturating_sub(progress.began.0);
        let guide = words::guide(since_ns, account.proto == Proto::Tcp, self.numbers == Numbers::Relative);
        let inks = [Ink::Client, Ink::Server];
        let ends = account.parties.iter().zip(inks).map(|(party, ink)| {
            Line::styled(&party.socket.to_string(), Style::of(ink))
                .with(&format!("  {}", words::sent(party)), Style::PLAIN)
        });
        let notes = Line::plain(&words::notes(self.notes.len() as u64, self.is_whole));
        let lines = [Line::plain(&summarise(account, &|end| end.to_string()))].into_iter().chain(ends).chain([notes]);
        let mut lines: Vec<Line> = lines.flat_map(|line| wrap(&line, width)).collect();
        lines.push(Line::new());
        lines.extend(packet::legend(theme.marks()));
        lines.push(Line::new());
        lines.extend(wrap(&Line::styled(&guide, Style::FAINT), width));
        lines
    }
}
