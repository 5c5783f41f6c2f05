//! Drawing a lesson. Nothing is changed by it.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
};

use super::{Next, Pane, Scroll, Study, explain::Told, layout::Shape};
use crate::{
    face::{
        plain::Origin,
        text::{Line, Look, Style, line::Ink, wrap::wrap},
        tui::{
            canvas::{self, Scrolled, Title, inside},
            detail,
            keys::Keymap,
            ladder::{self, Row, View},
            offer::key_line,
            reel::Mark,
            theme::Theme,
        },
    },
    lesson::model::plain_text,
    timeline::{event::LinkKind, fold::World},
};

/// The first line in sight, the last one that can be that, how many are in sight, and the newest one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bounds {
    pub first: usize,
    pub last: usize,
    pub height: usize,
    pub newest: usize,
}

impl Bounds {
    /// What is in sight at the end of the text.
    pub(super) const fn end(&self) -> Scroll {
        Scroll::To { end: self.last + self.height, newest: self.newest }
    }
}

/// Lines above the ladder's rungs.
pub(super) const LADDER_HEAD: usize = 2;

impl Study {
    pub fn draw(&self, buf: &mut Buffer, keys: &Keymap, theme: &Theme) {
        let (parts, world) = (self.parts(buf.area), self.world());
        self.title(buf, parts.title, theme);
        if let Some(area) = parts.ladder {
            self.ladder(buf, area, &world, theme);
        }
        let goes_on_below = parts.explain.is_some_and(|area| self.explanation(buf, area, &world, theme));
        if let Some(area) = parts.detail {
            self.details(buf, area, &world, theme);
        }
        match self.is_typing() {
            true => self.draw_typing(buf, parts.remark, theme),
            false => {
                self.draw_pressed(buf, parts.remark, theme);
                self.remark_line(buf, parts.remark, theme);
            }
        }
        let reads_on = goes_on_below && self.next() != Next::Busy;
        key_line(buf, parts.keys, &self.offers_where(keys, theme.is_ascii(), reads_on), theme);
        if self.steps.is_some() {
            self.step_list(buf, theme);
        }
    }

    fn title(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let (step, count) = (self.step(), self.lesson.steps.len());
        let mut left = Line::styled(&format!(" {} ", self.lesson.title), Style::of(Ink::Heading).bold());
        if self.origin == Origin::Recorded {
            left.push(" RECORDED ", Style::WARNING.bold());
        }
        let [wire, brief] = self.wire_in_words();
        let beads = self.beads(step, count, theme);
        let long = joined(&[&Line::styled(&format!("step {} of {count} ", step + 1), Style::FAINT), &beads, &wire]);
        let short = joined(&[&Line::styled(&format!("{}/{count}", step + 1), Style::FAINT), &wire]);
        let room = usize::from(area.width).saturating_sub(left.width() + 1);
        canvas::put_elided(buf, area.x, area.y, area.width, &left, theme);
        let fitting = [long, short, wire, brief].into_iter().find(|line| line.width() <= room);
        if let Some(right) = fitting {
            let x = area.right().saturating_sub(u16::try_from(right.width()).unwrap_or(0));
            canvas::put(buf, x, area.y, area.width, &right, theme);
        }
    }

    /// A bead for each step.
    fn beads(&self, step: usize, count: usize, theme: &Theme) -> Line {
        let signs = if theme.is_ascii() { ["#", "*", "."] } else { ["●", "◐", "○"] };
        let is_told = self.is_told();
        let bead = |at: usize| match at.cmp(&step) {
            std::cmp::Ordering::Less => signs[0],
            std::cmp::Ordering::Equal if is_told => signs[0],
            std::cmp::Ordering::Equal => signs[1],
            std::cmp::Ordering::Greater => signs[2],
        };
        Line::styled(&(0..count.min(30)).map(bead).collect::<String>(), Style::of(Ink::Heading))
    }

    /// In full, and in brief.
    fn wire_in_words(&self) -> [Line; 2] {
        let world = self.reel.now();
        if world.link != LinkKind::Wire || !self.is_now() {
            return self.time_in_words();
        }
        let mut words = Vec::new();
        if self.switches.holds {
            words.push("you hold the wire".to_owned());
        }
        if self.switches.is_slow {
            words.push("slow motion".to_owned());
        }
        if !world.held.is_empty() {
            words.push(format!("{} in our hands", world.held.len()));
        }
        let line = |words: &str| Line::styled(&format!("  {words} "), Style::of(Ink::Waits).bold());
        match words.last() {
            Some(last) => [line(&words.join(", ")), line(last)],
            None => [Line::new(), Line::new()],
        }
    }

    fn time_in_words(&self) -> [Line; 2] {
        let behind = self.reel.len() - self.position();
        if behind == 0 {
            return [Line::new(), Line::new()];
        }
        if self.origin == Origin::Recorded {
            let line = |words: String| Line::styled(&format!("  {words} "), Style::FAINT);
            let (at, all) = (self.position(), self.reel.len());
            return [line(format!("event {at} of {all}")), line(format!("{at}/{all}"))];
        }
        let line = |words: String| Line::styled(&format!("  {words} "), Style::WARNING.bold());
        let events = if behind == 1 { "event" } else { "events" };
        match self.is_playing() {
            true => [
                line(format!("the past: {behind} {events} ago, playing, {}", self.speed_in_words())),
                line("the past, playing".to_owned()),
            ],
            false => [line(format!("the past: {behind} {events} ago")), line("the past".to_owned())],
        }
    }

    // The ladder.

    fn ladder(&self, buf: &mut Buffer, area: Rect, world: &World, theme: &Theme) {
        let inner = padded(canvas::pane(buf, area, "Ladder", self.focus == Pane::Ladder, theme));
        if world.hosts.is_empty() {
            let words = Line::styled("No hosts yet: they come when you go on.", Style::FAINT);
            put_lines(buf, inner, &wrap(&words, usize::from(inner.width)), theme);
            return;
        }
        let pane = inner;
        let inner = self.rungs_area(pane);
        put_lines(buf, inner, &ladder::head(world, theme.marks(), usize::from(inner.width)), theme);
        let chosen = self.chosen_rung();
        let rows = self.ladder_rows(pane, world, theme);
        let rungs = Rect { y: inner.y + 2.min(inner.height), height: inner.height.saturating_sub(2), ..inner };
        let pointed = rows.iter().position(|row| Some(row.rung) == chosen);
        for ((at, row), y) in rows.iter().enumerate().zip(rungs.y..rungs.bottom()) {
            canvas::put(buf, rungs.x, y, rungs.width, &row.line, theme);
            if Some(at) == pointed {
                self.point_at(buf, pane, y, theme);
            }
            let is_first = Some(at) == pointed && !self.presents;
            if is_first {
                canvas::choose(buf, Rect { y, height: 1, ..rungs }, theme);
            } else if Some(row.rung) == chosen && !row.is_gap {
                buf.set_style(Rect { y, height: 1, ..rungs }, theme.selected());
            }
        }
        self.ladder_bar(buf, rungs, &rows, theme);
    }

    fn ladder_bar(&self, buf: &mut Buffer, area: Rect, rows: &[Row], theme: &Theme) {
        let total = self.reel.rungs_at(self.position());
        let (first, last) = (rows.first().map_or(0, |row| row.rung), rows.last().map_or(0, |row| row.rung));
        let scrolled = Scrolled { total, above: first, seen: (last + 1).saturating_sub(first) };
        canvas::scrollbar(buf, Rect { width: area.width + 2, ..area }, scrolled, theme);
    }

    pub(super) fn ladder_rows(&self, inner: Rect, world: &World, theme: &Theme) -> Vec<Row> {
        let is_wide = self.has_wide_rungs(inner);
        let inner = self.rungs_area(inner);
        let (reel, position, clock) = (&self.reel, self.position(), self.clock_of_position());
        // What is talked about is looked at as well; unless it was chosen by hand, the newest has to be in sight.
        let (rung, marks) = (self.rung, theme.marks());
        let view = View { reel, position, world, rung, clock, marks, is_wide };
        let (width, height) = (usize::from(inner.width), usize::from(inner.height).saturating_sub(LADDER_HEAD));
        let rows = ladder::rows(&view, width, height);
        // What a key would take has to be seen, however much has come behind it.
        let is_taken_next = self.in_hand().is_some_and(|frame| self.chosen_frame() == Some(frame));
        match self.chosen_rung().filter(|_| is_taken_next) {
            Some(held) if rows.iter().all(|row| row.rung != held) => {
                ladder::rows(&View { rung: Some(held), ..view }, width, height)
            }
            _ => rows,
        }
    }

    /// What time it is at the position: now, or when the event before it happened.
    fn clock_of_position(&self) -> crate::kernel::clock::Stamp {
        match self.position().checked_sub(1).filter(|_| !self.is_now()) {
            Some(last) => self.reel.events().get(last).map_or(self.clock, |event| event.at),
            None => self.clock,
        }
    }

    // The explanation.

    /// Whether there is more below what is in sight.
    fn explanation(&self, buf: &mut Buffer, area: Rect, world: &World, theme: &Theme) -> bool {
        let title = self.lesson.steps.get(self.step()).map_or_else(String::new, |step| plain_text(&step.title));
        let title = Line::styled(&title, Style::of(Ink::Heading).bold());
        let inner = padded(canvas::pane(buf, area, Title::from(title), self.focus == Pane::Explain, theme));
        let words = self.words_area(inner);
        let told = self.told(world, look(words, theme));
        let first = self.first_line(&told, usize::from(inner.height));
        put_lines(buf, words, told.lines.get(first..).unwrap_or_default(), theme);
        let scrolled = Scrolled { total: told.lines.len(), above: first, seen: usize::from(inner.height) };
        canvas::scrollbar(buf, Rect { width: inner.width + 2, ..inner }, scrolled, theme);
        first + scrolled.seen < scrolled.total
    }

    /// The first line of the explanation that is in sight: what was told last is seen from its beginning.
    pub(super) fn first_line(&self, told: &Told, height: usize) -> usize {
        let last = told.lines.len().saturating_sub(height);
        let first = match self.scrolled {
            None => told.newest,
            Some(Scroll::From(first)) => first,
            Some(Scroll::To { end, newest }) if newest == told.newest => end.saturating_sub(height),
            Some(Scroll::To { .. }) => told.newest,
        };
        first.min(last)
    }

    /// Where the text is in its pane.
    pub(super) fn bounds(&self) -> Bounds {
        let Some(area) = self.parts(self.area()).explain else { return Bounds::default() };
        let inner = self.words_area(padded(inside(area)));
        let world = self.world();
        let told =
            self.told(&world, Look { width: text_width(inner), palette: crate::face::text::Palette::plain(false) });
        let height = usize::from(inner.height);
        Bounds {
            first: self.first_line(&told, height),
            last: told.lines.len().saturating_sub(height),
            height,
            newest: told.newest,
        }
    }

    /// Whether there is more to read below what is in sight: then this comes before anything else happens.
    pub(super) fn reads_on(&self) -> bool {
        let Bounds { first, last, .. } = self.bounds();
        first < last && self.next() != Next::Busy
    }

    /// Whether all that is told stands behind the details, and was not seen to its end.
    pub(super) fn has_hidden_text(&self) -> bool {
        let is_hidden = self.focus == Pane::Detail && self.shape(self.area()) == Shape::Two && !self.asks();
        let is_told = match self.next() {
            Next::Step(_) | Next::Block(_) | Next::Learner(_) | Next::End => true,
            Next::Forward => matches!(
                self.reel.marks().from(self.position()).next(),
                Some((at, Mark::Step(_) | Mark::Lab(_) | Mark::LessonEnd)) if at == self.position()
            ),
            _ => false,
        };
        is_hidden && is_told && self.read_at != Some(self.position())
    }

    // The details.

    fn details(&self, buf: &mut Buffer, area: Rect, world: &World, theme: &Theme) {
        let title = Title::from(detail::tabs(self.detail.tab, area.width));
        let inner = padded(canvas::pane(buf, area, title, self.focus == Pane::Detail, theme));
        detail::draw(buf, inner, &self.detail, &self.subject(world, theme));
    }

    fn remark_line(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let why = self.rows_of_why().min(area.height);
        let [said, why] = Layout::vertical([Constraint::Fill(1), Constraint::Length(why)]).areas(area);
        if let Some(remark) = &self.remark {
            put_lines(buf, said, &remark.lines(area.width), theme);
        }
        self.why_line(buf, why, theme);
    }

    // The list of steps.

    fn step_list(&self, buf: &mut Buffer, theme: &Theme) {
        let widths = self.lesson.steps.iter().map(|step| Line::plain(&plain_text(&step.title)).width() + 10);
        let width = widths.max().unwrap_or(20);
        let titles: Vec<String> = (0..self.lesson.steps.len()).map(|step| self.title_in_list(step)).collect();
        let area = centred(buf.area, width, titles.len() + 2);
        clear(buf, area, theme);
        let inner = canvas::pane(buf, area, "Steps", true, theme);
        let chosen = self.steps.unwrap_or(0);
        let above = (chosen + 1).saturating_sub(usize::from(inner.height));
        for ((at, title), y) in titles.iter().enumerate().skip(above).zip(inner.y..inner.bottom()) {
            let line = Line::styled(&format!(" {:>2}  ", at + 1), Style::FAINT).with(title, Style::PLAIN);
            canvas::put_elided(buf, inner.x, y, inner.width, &line, theme);
            if at == chosen {
                canvas::choose(buf, Rect { y, height: 1, ..inner }, theme);
            }
        }
    }

    /// Whether what is looked at is asked about.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.question().is_some()
    }
}

fn joined(parts: &[&Line]) -> Line {
    parts.iter().fold(Line::new(), |mut whole, part| {
        whole.append(part);
        whole
    })
}

/// How prose is laid out in a pane.
pub(super) fn look(inner: Rect, theme: &Theme) -> Look {
    Look { width: text_width(inner), palette: theme.palette() }
}

/// Lines longer than this are hard to read.
const WIDEST: usize = 84;

pub(super) fn text_width(inner: Rect) -> usize {
    usize::from(inner.width).clamp(10, WIDEST)
}

/// A pane's content keeps a cell free at either side.
pub(in crate::face::tui) const fn padded(inner: Rect) -> Rect {
    Rect { x: inner.x.saturating_add(1), width: inner.width.saturating_sub(2), ..inner }
}

pub(in crate::face::tui) fn put_lines(buf: &mut Buffer, area: Rect, lines: &[Line], theme: &Theme) {
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        canvas::put(buf, area.x, y, area.width, line, theme);
    }
}

pub(in crate::face::tui) fn centred(area: Rect, width: usize, height: usize) -> Rect {
    let cells = |wanted: usize, most: u16| u16::try_from(wanted).unwrap_or(u16::MAX).min(most);
    let (width, height) = (cells(width, area.width), cells(height, area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

/// Makes room for something that lies above the rest.
pub(in crate::face::tui) fn clear(buf: &mut Buffer, area: Rect, theme: &Theme) {
    let area = area.intersection(buf.area);
    for y in area.y..area.bottom() {
        for x in area.x..area.right() {
            buf[(x, y)].reset();
        }
    }
    buf.set_style(area, theme.base());
}
