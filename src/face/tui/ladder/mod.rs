//! The ladder: hosts as lanes, packets as arrows, calls and states beside the lane of their host.
//!
//! Only what is in sight is drawn: the rows are made around one rung, so a timeline of a hundred thousand events
//! costs no more than a short one.

mod arrival;
mod arrow;
mod frame;
mod head;
mod label;
mod marked;
pub(in crate::face::tui) mod packet;
mod strip;
#[cfg(test)]
mod tests;
mod words;

use std::collections::VecDeque;

use unicode_width::UnicodeWidthStr;

pub use self::head::head;
pub(in crate::face::tui) use self::words::{brief, moment, times};
use self::{frame::Shown, strip::Strip};
use super::reel::{Kind, Reel, lane};
use crate::{
    face::{
        plain::ends::{self, Known},
        text::{Line, Marks, Style, line::Ink, wrap::wrap},
    },
    kernel::clock::Stamp,
    timeline::{
        event::{Event, LinkKind, What},
        fold::World,
    },
};

/// Cells of the times in the margin.
const TIME: usize = 9;

/// What is looked at, and from where.
#[derive(Clone, Copy, Debug)]
pub struct View<'v> {
    pub reel: &'v Reel,
    pub position: usize,
    /// The world at that position.
    pub world: &'v World,
    /// The rung that has to be in sight; where none was chosen the newest one, at the bottom.
    pub rung: Option<usize>,
    /// What time it is, for what is held.
    pub clock: Stamp,
    pub marks: &'static Marks,
    /// An empty row behind each rung, and short labels: for those who sit far away.
    pub is_wide: bool,
}

/// One row, and the rung that it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub line: Line,
    pub rung: usize,
    /// Only the lanes go through it.
    pub is_gap: bool,
}

/// How things are drawn.
#[derive(Debug)]
struct Shapes {
    lane: &'static str,
    shaft: &'static str,
    double_shaft: &'static str,
    slow_shaft: &'static str,
    right: &'static str,
    left: &'static str,
    wall: &'static str,
    broken: &'static str,
    reordered: &'static str,
    corrupted: &'static str,
    truncated: &'static str,
    /// Of one that breaks a connection off, before its point.
    reset: &'static str,
    /// Something that was not captured.
    gap: &'static str,
    rule: &'static str,
    cut: &'static str,
}

const UNICODE: Shapes = Shapes {
    lane: "│",
    shaft: "─",
    double_shaft: "═",
    slow_shaft: "┄",
    right: "▶",
    left: "◀",
    wall: "▌",
    broken: "╳",
    reordered: "⇄",
    corrupted: "≠",
    truncated: "✂",
    reset: "╳",
    gap: "┈",
    rule: "─",
    cut: "…",
};

const ASCII: Shapes = Shapes {
    lane: "|",
    shaft: "-",
    double_shaft: "=",
    slow_shaft: ".",
    right: ">",
    left: "<",
    wall: "]",
    broken: "x",
    reordered: "<->",
    corrupted: "#",
    truncated: "/",
    reset: "x",
    gap: ".",
    rule: "-",
    cut: "~",
};

impl Shapes {
    fn of(marks: &Marks) -> &'static Self {
        if *marks == Marks::ASCII { &ASCII } else { &UNICODE }
    }
}

/// Where the lanes are.
#[derive(Debug)]
struct Lanes {
    columns: Vec<usize>,
    width: usize,
}

impl Lanes {
    /// Evenly spread, the first behind the margin and the last at the right end.
    fn new(hosts: usize, width: usize, margin: usize) -> Self {
        let (first, last) = (margin.min(width), width.saturating_sub(1));
        let gaps = hosts.saturating_sub(1).max(1);
        let columns = (0..hosts.max(2)).map(|host| first + last.saturating_sub(first) * host / gaps).collect();
        Self { columns, width }
    }

    fn column(&self, lane: usize) -> usize {
        self.columns.get(lane).or(self.columns.last()).copied().unwrap_or(0)
    }

    /// The last lane has its words to its left.
    const fn is_last(&self, lane: usize) -> bool {
        lane + 1 == self.columns.len()
    }

    /// The room for words at a lane, up to the next one.
    fn room(&self, lane: usize) -> usize {
        let here = self.column(lane);
        let other = if self.is_last(lane) { self.column(lane.saturating_sub(1)) } else { self.column(lane + 1) };
        here.abs_diff(other).saturating_sub(3)
    }

    /// Where words of this width begin.
    fn place(&self, lane: usize, width: usize) -> usize {
        match self.is_last(lane) {
            true => self.column(lane).saturating_sub(width + 1),
            false => self.column(lane) + 2,
        }
    }
}

#[must_use]
pub const fn host_style(lane: usize) -> Style {
    match lane {
        0 => Style::of(Ink::Client),
        1 => Style::of(Ink::Server),
        _ => Style::PLAIN,
    }
}

/// The rows around the rung that has to be in sight, as many as fit.
#[must_use]
pub fn rows(view: &View<'_>, width: usize, height: usize) -> Vec<Row> {
    let painter = Painter::new(view, width);
    let count = view.reel.rungs_at(view.position);
    let Some(anchor) = count.checked_sub(1).map(|last| view.rung.unwrap_or(last).min(last)) else {
        return Vec::new();
    };
    let mut rows: VecDeque<Row> = painter.rung(anchor).into();
    let below = height / 3;
    let mut next = anchor + 1;
    let fills = |rows: &VecDeque<Row>, most: usize| rows.len() < most;
    while next < count && fills(&rows, below.max(1)) {
        rows.extend(painter.rung(next));
        next += 1;
    }
    let mut before = anchor;
    while before > 0 && fills(&rows, height) {
        before -= 1;
        painter.rung(before).into_iter().rev().for_each(|row| rows.push_front(row));
    }
    while next < count && fills(&rows, height) {
        rows.extend(painter.rung(next));
        next += 1;
    }
    fit(rows, anchor, height)
}

/// Cuts at the top, unless that would hide the rung that has to be in sight.
fn fit(rows: VecDeque<Row>, anchor: usize, height: usize) -> Vec<Row> {
    // A rung need not have a row: a packet that was folded into its first copy has none.
    let begin = rows.iter().position(|row| row.rung == anchor).unwrap_or(rows.len());
    let surplus = rows.len().saturating_sub(height).min(begin);
    // What stands below an arrow says nothing without it.
    let cut = surplus.checked_sub(1).map(|last| rows[last].rung);
    let whole = (surplus..begin).find(|at| Some(rows[*at].rung) != cut).unwrap_or(begin);
    rows.into_iter().skip(whole).take(height).collect()
}

/// An event, and the zero of its time.
type Timed<'e> = (&'e Event, Stamp);

struct Painter<'v> {
    view: &'v View<'v>,
    lanes: Lanes,
    shapes: &'static Shapes,
}

impl<'v> Painter<'v> {
    fn new(view: &'v View<'v>, width: usize) -> Self {
        let shapes = Shapes::of(view.marks);
        Self { view, lanes: Lanes::new(view.world.hosts.len(), width, TIME), shapes }
    }

    fn rung(&self, index: usize) -> Vec<Row> {
        let rung = self.view.reel.rungs()[index];
        let event = (&self.view.reel.events()[rung.event], rung.began);
        let lines = match rung.kind {
            Kind::Stage { fresh } => self.stage(event, fresh),
            Kind::Frame(frame) => self.frame(event, frame),
            Kind::Arrival { first, last } => vec![self.arrival(event, first, rung.event..last + 1)],
            Kind::Call(call) => vec![self.call(event, call)],
            Kind::Return(call) => self.returned(event, call).into_iter().collect(),
            Kind::States { last } => self.states(rung.event, last, rung.began),
            Kind::Hand => vec![self.hand(event)],
            Kind::Notice => self.notice(event),
        };
        let mut rows: Vec<Row> = lines.into_iter().map(|line| Row { line, rung: index, is_gap: false }).collect();
        if self.view.is_wide && !rows.is_empty() {
            rows.push(Row { line: self.strip(None).into_line(), rung: index, is_gap: true });
        }
        rows
    }

    /// A row with its lanes, and the time in the margin.
    fn strip(&self, event: Option<(&Event, Stamp)>) -> Strip {
        let mut strip = Strip::new(self.lanes.width);
        for (lane, column) in self.lanes.columns.iter().enumerate() {
            strip.put(*column, self.shapes.lane, host_style(lane));
        }
        if let Some((event, began)) = event {
            let time = if event.at < began { String::new() } else { moment(event.at.0 - began.0) };
            strip.put((TIME - 1).saturating_sub(time.width()), &time, Style::FAINT);
        }
        strip
    }

    fn stage(&self, (event, _): Timed<'_>, fresh: bool) -> Vec<Line> {
        let What::Lab { link, .. } = &event.what else { return Vec::new() };
        let words = match (fresh, link) {
            (true, LinkKind::Loopback) => " new hosts, on the loopback ",
            (true, LinkKind::Wire) => " new hosts, on a wire ",
            (false, _) => return Vec::new(),
        };
        let mut strip = Strip::new(self.lanes.width);
        strip.fill(0, self.lanes.width, self.shapes.rule, Style::of(Ink::Rule));
        strip.put(TIME + 2, words, Style::FAINT);
        vec![strip.into_line()]
    }

    fn frame(&self, event: Timed<'_>, index: usize) -> Vec<Line> {
        let (frame, position) = (&self.view.reel.frames()[index], self.view.position);
        if frame.is_twin_at(position) {
            return Vec::new();
        }
        let (now, label) = (frame.at(position), frame.label_at(position));
        let style = host_style(frame.lanes.0);
        let (clock, is_brief) = (self.view.clock, self.view.is_wide);
        let What::Frame { bytes, .. } = &event.0.what else { return Vec::new() };
        let shown = Shown { frame, bytes, now, label, clock, style, shapes: self.shapes, is_brief };
        let mut strip = self.strip(Some(event));
        let rest = shown.arrow().draw(&mut strip, &self.lanes);
        let mut lines = vec![strip.into_line()];
        if let Some(rest) = rest {
            let rows = wrap(&Line::styled(&rest.text, rest.style), self.middle().saturating_sub(2).max(1));
            lines.extend(rows.iter().map(|row| self.in_the_middle(None, row)));
        }
        lines
    }

    fn call(&self, event: Timed<'_>, index: usize) -> Line {
        let call = self.view.reel.calls()[index];
        let What::CallEntered { text, .. } = &event.0.what else { return Line::new() };
        let mut line = Line::styled(text, Style::CODE);
        let here = |event: Option<usize>| event.filter(|event| *event < self.view.position);
        match here(call.returned) {
            Some(returned) if !call.returns_apart => line.append(&self.result(returned)),
            Some(_) => {}
            None if here(call.waits).is_some() => {
                line.push(&format!(" {}", self.view.marks.waiting), Style::of(Ink::Warning));
            }
            None => line.push(&format!(" {}", self.view.marks.pending), Style::FAINT),
        }
        self.beside(event, call.lane, &line)
    }

    fn returned(&self, event: Timed<'_>, index: usize) -> Option<Line> {
        let call = self.view.reel.calls()[index];
        let What::CallEntered { name, .. } = &self.view.reel.events()[call.entered].what else { return None };
        let mut line = Line::styled(&format!("{name}()"), Style::CODE);
        line.append(&self.result(call.returned?));
        Some(self.beside(event, call.lane, &line))
    }

    fn result(&self, returned: usize) -> Line {
        match &self.view.reel.events()[returned].what {
            What::CallReturned { result, .. } => {
                let style = if result.errno.is_some() { Style::WARNING.bold() } else { Style::STRONG };
                Line::styled(&format!(" {}", result.text), style)
            }
            _ => Line::new(),
        }
    }

    /// Words at the lane of their host.
    fn beside(&self, event: Timed<'_>, lane: usize, line: &Line) -> Line {
        let mut strip = self.strip(Some(event));
        self.put_at(&mut strip, lane, line);
        strip.into_line()
    }

    fn put_at(&self, strip: &mut Strip, lane: usize, line: &Line) {
        let line = clipped(line, self.lanes.room(lane), self.shapes.cut);
        strip.put_line(self.lanes.place(lane, line.width()), &line);
    }

    fn states(&self, first: usize, last: usize, began: Stamp) -> Vec<Line> {
        let end = (last + 1).min(self.view.position);
        let events = &self.view.reel.events()[first..end];
        let mut by_lane: Vec<Line> = vec![Line::new(); self.lanes.columns.len()];
        for event in events {
            let What::State { host, to, basis, .. } = &event.what else { continue };
            let Some(line) = by_lane.get_mut(lane(&self.view.world.hosts, host)) else { continue };
            if !line.is_blank() {
                line.push(&format!(" {} ", self.view.marks.dot), Style::FAINT);
            }
            line.append(&ends::state(Known { state: *to, basis: *basis }));
        }
        let mut strip = self.strip(events.first().map(|event| (event, began)));
        by_lane.iter().enumerate().for_each(|(lane, line)| self.put_at(&mut strip, lane, line));
        vec![strip.into_line()]
    }

    fn hand(&self, event: Timed<'_>) -> Line {
        let What::Hand { text, frame } = &event.0.what else { return Line::new() };
        let deed = text.strip_prefix("wire ").unwrap_or(text).trim_start();
        let words = match frame.and_then(|id| self.view.reel.frame_before(id, event.0)) {
            Some(frame) => {
                let verb = deed.split(" packet ").next().unwrap_or(deed);
                format!("by hand: {verb} {}", frame.explained.name)
            }
            None => format!("by hand: {deed}"),
        };
        self.in_the_middle(Some(event), &Line::styled(&words, Style::of(Ink::Waits)))
    }

    /// Sentences, on as many rows as they need.
    fn notice(&self, event: Timed<'_>) -> Vec<Line> {
        let text = match &event.0.what {
            What::Notice { text } => text.clone(),
            What::CaptureLost { frames } => crate::face::plain::missed(*frames),
            _ => String::new(),
        };
        let rows = wrap(&Line::styled(&text, Style::WARNING), self.middle().saturating_sub(2).max(1));
        let put = |(at, line): (usize, &Line)| self.in_the_middle((at == 0).then_some(event), line);
        rows.iter().enumerate().map(put).collect()
    }

    /// The room between the outer lanes.
    const fn middle(&self) -> usize {
        self.lanes.width.saturating_sub(TIME + 2)
    }

    fn in_the_middle(&self, event: Option<Timed<'_>>, line: &Line) -> Line {
        let mut strip = self.strip(event);
        let room = self.middle();
        let line = clipped(line, room, self.shapes.cut);
        strip.put_line(TIME + 1 + room.saturating_sub(line.width()) / 2, &line);
        strip.into_line()
    }
}

/// The line in at most so many cells.
fn clipped(line: &Line, most: usize, cut: &str) -> Line {
    if line.width() <= most {
        return line.clone();
    }
    let text = line.text();
    let mut end = 0;
    let mut used = cut.width();
    for (at, sign) in text.char_indices() {
        used += unicode_width::UnicodeWidthChar::width(sign).unwrap_or(0);
        if used > most {
            break;
        }
        end = at + sign.len_utf8();
    }
    line.cut(&(0..end)).with(cut, Style::FAINT)
}
