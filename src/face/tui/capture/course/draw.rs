//! The picture of a conversation: three panes, like a lesson; on a small terminal two of them.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
};

use super::{
    Course, Pane,
    packet::{dissected, in_words as packet_in_words},
    rungs::HEAD,
};
use crate::{
    conversation::account::Account,
    face::{
        capture::Numbers,
        text::{Line, Marks, Style, line::Ink, wrap::wrap},
        tui::{
            canvas::{Scrolled, Title, choose, inside, pane, put, put_elided, scrollbar},
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
/// With so many rows the fields, what one means, and the bytes are comfortable.
const ENOUGH: u16 = 22;
/// Below this height no row is left empty.
const COMFORTABLE: u16 = 12;

impl Course {
    /// `account`: what the conversation came to so far; `progress`: of the file.
    pub fn draw(&self, buf: &mut Buffer, theme: &Theme, account: &Account, progress: Progress) {
        let [head, _] = self.parts();
        self.draw_head(buf, head.intersection(buf.area), theme, account);
        let [ladder, packet, summary] = self.panes().map(|pane| pane.intersection(buf.area));
        self.draw_ladder(buf, ladder, theme, account, progress);
        self.draw_packet(buf, packet, theme, progress);
        self.draw_summary(buf, summary, theme, account, progress);
    }

    /// Something has changed: what is in sight follows.
    pub fn settle(&mut self, account: &Account, progress: Progress) {
        let [ladder, packet, summary] = self.panes();
        let inner = inside(ladder);
        let look = self.look(account, progress, inner.width, &Marks::UNICODE);
        let (top, rungs) = self.rungs(&look, progress.began, inner.height.saturating_sub(HEAD).into());
        self.top = top;
        self.sight.rows = rungs.iter().map(|(position, _)| *position).collect();
        // With the wider signs: what is wrapped with the others needs no more lines.
        self.sight.words = self.words(progress, inside(packet).width, &Marks::ASCII).len();
        let came = self.summary(account, progress, &Marks::UNICODE, inside(summary).width.into()).len();
        let heights = [self.words_area(packet), inside(summary)].map(|area| usize::from(area.height));
        self.sight.most = [self.sight.words.saturating_sub(heights[0]), came.saturating_sub(heights[1])];
        for (scrolled, most) in self.scrolled.iter_mut().zip(self.sight.most) {
            *scrolled = (*scrolled).min(most);
        }
    }

    /// The head, and the panes together.
    fn parts(&self) -> [Rect; 2] {
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(self.room)
    }

    /// Where the ladder, the packet and the summary stand; empty for what there is no room for.
    pub(super) fn panes(&self) -> [Rect; 3] {
        const NONE: Rect = Rect::ZERO;
        let [_, area] = self.parts();
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
        // What has the keys gets more of the room.
        let (above, below) = if self.focus == Pane::Ladder { (3, 2) } else { (2, 3) };
        let [ladder, other] = Layout::vertical([Constraint::Fill(above), Constraint::Fill(below)]).areas(area);
        match self.focus {
            Pane::Summary => [ladder, NONE, other],
            Pane::Ladder | Pane::Packet => [ladder, other, NONE],
        }
    }

    /// The packet in words stands above its fields: a third of the room, or what these leave.
    pub(super) fn words_area(&self, packet: Rect) -> Rect {
        let inner = inside(packet);
        let most = (inner.height / 3).max(inner.height.saturating_sub(ENOUGH));
        let height = u16::try_from(self.sight.words).unwrap_or(u16::MAX).min(most);
        Rect { height, ..inner }
    }

    /// Below the words, and below an empty row where there is room for one.
    pub(super) fn fields_area(&self, packet: Rect) -> Rect {
        let (inner, words) = (inside(packet), self.words_area(packet));
        let gap = u16::from(inner.height >= COMFORTABLE);
        let above = (words.height + gap).min(inner.height);
        Rect { y: inner.y + above, height: inner.height - above, ..inner }
    }

    fn draw_head(&self, buf: &mut Buffer, area: Rect, theme: &Theme, account: &Account) {
        if let Some(typing) = &self.typing {
            return typing.draw(buf, area, "Go to the packet with the number ", theme);
        }
        if area.height > 0 {
            put_elided(buf, area.x, area.y, area.width, &self.head(account), theme);
        }
    }

    fn head(&self, account: &Account) -> Line {
        let heading = Line::styled(&words::heading(self.stream.into(), account), Style::STRONG);
        match (&self.trouble, &self.remark) {
            (Some(why), _) => Line::styled(&format!("The file cannot be read any more: {why}."), Style::BAD),
            (None, Some(remark)) => Line::styled(remark, Style::WARNING),
            (None, None) if !self.is_whole => heading.with("  reading", Style::of(Ink::Live)),
            (None, None) => heading,
        }
    }

    fn look(&self, account: &Account, progress: Progress, width: u16, marks: &'static Marks) -> PacketLook {
        let [left, right] = [0, 1].map(|party: usize| account.parties[party].socket);
        let digits = progress.packets.max(1).to_string().len().max(3);
        PacketLook { left, right, numbers: self.numbers, width: width.into(), digits, marks }
    }

    fn draw_ladder(&self, buf: &mut Buffer, area: Rect, theme: &Theme, account: &Account, progress: Progress) {
        if area.is_empty() {
            return;
        }
        let place = if self.packets == 0 { 0 } else { self.chosen + 1 };
        let right = Line::styled(&format!("{place} of {}", self.packets), Style::FAINT);
        let inner = pane(buf, area, Title::from("Ladder").with_right(right), self.focus == Pane::Ladder, theme);
        let look = self.look(account, progress, inner.width, theme.marks());
        let states = self.found().map_or([None; 2], |found| {
            [look.left, look.right]
                .map(|end| found.states.iter().find(|(socket, _)| *socket == end).and_then(|(_, state)| *state))
        });
        let [head, body] = Layout::vertical([Constraint::Length(HEAD), Constraint::Fill(1)]).areas(inner);
        for (y, line) in (head.y..head.bottom()).zip(&packet::head(&look, states)) {
            put(buf, head.x, y, head.width, line, theme);
        }
        let (top, rungs) = self.rungs(&look, progress.began, body.height.into());
        let chosen = rungs.iter().position(|(position, _)| *position == self.chosen).unwrap_or(0);
        let first = body.y.saturating_add(u16::try_from(chosen).unwrap_or(u16::MAX));
        for (y, (position, line)) in (body.y..body.bottom()).zip(&rungs) {
            put(buf, body.x, y, body.width, line, theme);
            let row = Rect { y, height: 1, ..body };
            if *position == self.chosen && y == first {
                choose(buf, row, theme);
            } else if *position == self.chosen {
                buf.set_style(row, theme.selected());
            }
        }
        if rungs.is_empty() && body.height > 0 {
            let words =
                if self.is_whole { "No packet fits what was asked for." } else { "The packets are being read." };
            put_elided(buf, body.x, body.y, body.width, &Line::styled(words, Style::FAINT), theme);
        }
        let seen = rungs.last().map_or(0, |(last, _)| last - top + 1);
        scrollbar(buf, area, Scrolled { total: self.packets, above: top, seen }, theme);
    }

    fn draw_packet(&self, buf: &mut Buffer, area: Rect, theme: &Theme, progress: Progress) {
        if area.is_empty() {
            return;
        }
        let title = self.found().map_or_else(String::new, |found| format!("Packet {}", found.number));
        pane(buf, area, title.as_str(), self.focus == Pane::Packet, theme);
        let Some(found) = self.found() else { return };
        let words = self.words(progress, inside(area).width, theme.marks());
        self.draw_text(buf, (self.words_area(area), area), theme, 0, &words);
        let (parts, area) = (dissected(found), self.fields_area(area));
        if parts.fields.is_empty() && area.height > 0 {
            let words = Line::styled("There are no bytes of it to be shown.", Style::FAINT);
            put_elided(buf, area.x, area.y, area.width, &words, theme);
        }
        self.fields.draw(buf, area, &parts, theme);
    }

    fn words(&self, progress: Progress, width: u16, marks: &Marks) -> Vec<Line> {
        let words = |found| packet_in_words(found, progress.began, self.numbers, marks, width.into());
        self.found().map(words).unwrap_or_default()
    }

    fn draw_summary(&self, buf: &mut Buffer, area: Rect, theme: &Theme, account: &Account, progress: Progress) {
        if area.is_empty() {
            return;
        }
        let inner = pane(buf, area, "What it came to", self.focus == Pane::Summary, theme);
        let lines = self.summary(account, progress, theme.marks(), inner.width.into());
        self.draw_text(buf, (inner, area), theme, 1, &lines);
    }

    /// Lines that can be scrolled; the scrollbar stands in the border of `frame`.
    fn draw_text(&self, buf: &mut Buffer, (area, frame): (Rect, Rect), theme: &Theme, which: usize, lines: &[Line]) {
        let (total, seen) = (lines.len(), usize::from(area.height));
        let above = self.scrolled[which].min(total.saturating_sub(seen));
        for (y, line) in (area.y..area.bottom()).zip(lines.iter().skip(above)) {
            put(buf, area.x, y, area.width, line, theme);
        }
        let beside = Rect { y: area.y.saturating_sub(1), height: area.height + 2, ..frame };
        scrollbar(buf, beside, Scrolled { total, above, seen }, theme);
    }

    fn summary(&self, account: &Account, progress: Progress, marks: &Marks, width: usize) -> Vec<Line> {
        let width = width.max(20);
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
        lines.extend(packet::legend(marks));
        lines.push(Line::new());
        lines.extend(wrap(&Line::styled(&guide, Style::FAINT), width));
        lines
    }
}
