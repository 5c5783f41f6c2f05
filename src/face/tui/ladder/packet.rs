//! A packet of a capture on the ladder: the same arrows as a frame of a lesson, but from what was concluded about it.
//!
//! A capture tells what went by and not what became of it, so every arrow goes all the way. Its shape says what it
//! does that is out of the ordinary: sent again, overtaken, breaking the connection off; what the capture lacks stands
//! above the packet that shows it. States are concluded, so they stand in parentheses.

use std::net::SocketAddr;

use unicode_width::UnicodeWidthStr;

use super::{
    Lanes, Shapes, TIME,
    arrow::{Arrow, Remark},
    clipped, host_style, marked,
    strip::Strip,
};
use crate::{
    conversation::{Meaning, write_label, write_rest},
    face::{
        capture::{Numbers, Seen},
        text::{Line, Marks, Style, line::Ink},
    },
    kernel::state::TcpState,
};

/// Below these widths the margin has less to say.
const ROOMY: usize = 64;
const NARROW: usize = 36;

/// How the packets of one conversation are drawn.
#[derive(Clone, Copy, Debug)]
pub(in crate::face::tui) struct PacketLook {
    /// Who opened stands at the left.
    pub(in crate::face::tui) left: SocketAddr,
    pub(in crate::face::tui) right: SocketAddr,
    pub(in crate::face::tui) numbers: Numbers,
    pub(in crate::face::tui) width: usize,
    /// Cells of the highest number of a packet.
    pub(in crate::face::tui) digits: usize,
    pub(in crate::face::tui) marks: &'static Marks,
}

impl PacketLook {
    /// How many digits stand behind the point of a time; `None` where there is no room for one.
    const fn decimals(&self) -> Option<usize> {
        match self.width {
            ROOMY.. => Some(6),
            NARROW.. => Some(3),
            _ => None,
        }
    }

    fn margin(&self) -> usize {
        match self.decimals() {
            Some(decimals) => self.digits + 1 + 6 + decimals + 1,
            None if self.width > 3 * TIME => self.digits + 1,
            None => 0,
        }
    }

    fn lanes(&self) -> Lanes {
        Lanes::new(2, self.width, self.margin())
    }

    /// The lanes alone, with what stands in the margin.
    fn strip(&self, margin: &str) -> (Strip, Lanes) {
        let (lanes, shapes) = (self.lanes(), Shapes::of(self.marks));
        let mut strip = Strip::new(self.width);
        for (lane, column) in lanes.columns.iter().enumerate() {
            strip.put(*column, shapes.lane, host_style(lane));
        }
        if margin.width() < lanes.column(0) {
            strip.put(0, margin, Style::FAINT);
        }
        (strip, lanes)
    }

    fn lane_of(&self, socket: SocketAddr) -> usize {
        usize::from(socket != self.left)
    }
}

/// The names of the two lanes, and below them the states that both ends have by now.
pub(in crate::face::tui) fn head(look: &PacketLook, states: [Option<TcpState>; 2]) -> [Line; 2] {
    let lanes = look.lanes();
    let (mut names, mut below) = (Strip::new(look.width), Strip::new(look.width));
    for (lane, (socket, state)) in [look.left, look.right].into_iter().zip(states).enumerate() {
        let room = (look.width / 2).saturating_sub(1);
        let name =
            clipped(&Line::styled(&socket.to_string(), host_style(lane).bold()), room, Shapes::of(look.marks).cut);
        let begin = if lanes.is_last(lane) { look.width.saturating_sub(name.width()) } else { 0 };
        names.put_line(begin, &name);
        let state = state.map_or_else(Line::new, concluded);
        let begin = if lanes.is_last(lane) { look.width.saturating_sub(state.width()) } else { lanes.column(lane) };
        below.put_line(begin, &state);
    }
    [names.into_line(), below.into_line()]
}

/// A packet that has not been read again yet: its place is there, and nothing is said of it.
pub(in crate::face::tui) fn unread(look: &PacketLook) -> Line {
    let (mut strip, lanes) = look.strip("");
    strip.put(lanes.column(0) + 2, look.marks.pending, Style::FAINT);
    strip.into_line()
}

/// The rows of one packet, from the top.
pub(in crate::face::tui) fn rows(look: &PacketLook, seen: &Seen<'_>) -> Vec<Line> {
    let mut rows: Vec<Line> = missing(seen).map(|numbers| gap(look, numbers)).into_iter().collect();
    let (mut strip, lanes) = look.strip(&margin(look, seen));
    let remark = arrow(look, seen).draw(&mut strip, &lanes);
    let mut below = Below { remark, ..Below::default() };
    rows.push(strip.into_line());
    for change in &seen.reading.changes {
        below.states[look.lane_of(change.end)] = Some(concluded(change.to));
    }
    rows.extend(below.rows(look));
    rows
}

fn margin(look: &PacketLook, seen: &Seen<'_>) -> String {
    let number = format!("{:>digits$}", seen.number, digits = look.digits);
    let Some(decimals) = look.decimals() else { return number };
    let nanos = seen.since_began();
    let (whole, fraction) = (nanos.unsigned_abs() / 1_000_000_000, nanos.unsigned_abs() % 1_000_000_000);
    let sign = if nanos < 0 { "-" } else { "" };
    let fraction = format!("{fraction:09}");
    let seconds = format!("{sign}{whole}.{}", &fraction[..decimals]);
    format!("{number} {seconds:>cells$}", cells = 6 + decimals)
}

fn concluded(state: TcpState) -> Line {
    Line::styled(&format!("({})", state.name()), Style::CODE)
}

/// How many numbers before this packet's were not captured.
fn missing(seen: &Seen<'_>) -> Option<u32> {
    seen.reading.meanings.iter().find_map(|meaning| match meaning {
        Meaning::Gap { bytes } => Some(*bytes),
        _ => None,
    })
}

fn gap(look: &PacketLook, numbers: u32) -> Line {
    let (mut strip, lanes) = look.strip("");
    let (from, to) = (lanes.column(0) + 1, lanes.column(1));
    strip.fill(from, to, Shapes::of(look.marks).gap, Style::WARNING);
    let words = clipped(&Line::styled(&marked::not_captured(numbers), Style::WARNING), lanes.room(0), "");
    strip.put_line(from + to.saturating_sub(from + words.width()) / 2, &words);
    strip.into_line()
}

fn arrow(look: &PacketLook, seen: &Seen<'_>) -> Arrow {
    // An ICMP error goes back to the sender of the packet that it is about.
    let reading = seen.reading;
    let sender = reading.flow.map(|flow| flow.from).or(reading.about.map(|about| about.to));
    let from = sender.map_or(0, |sender| look.lane_of(sender));
    let lanes = (from, 1 - from);
    let (shapes, does) = (Shapes::of(look.marks), marked::does(reading));
    let style = host_style(from);
    Arrow {
        lanes,
        words: words(look, seen),
        signs: if does.is_overtaken { format!(" {}", shapes.reordered) } else { String::new() },
        shaft: if does.is_repeated { shapes.slow_shaft } else { shapes.shaft },
        part: None,
        head: head_of(shapes, Arrow::is_to_the_right(lanes), does.is_reset),
        head_style: if does.is_reset { Style::of(Ink::Bad).bold() } else { style.bold() },
        style,
        remark: marked::remark(reading).map(|(text, style)| Remark { text, style }),
    }
}

fn head_of(shapes: &Shapes, to_the_right: bool, is_reset: bool) -> String {
    let point = if to_the_right { shapes.right } else { shapes.left };
    match (is_reset, to_the_right) {
        (false, _) => point.to_owned(),
        (true, true) => format!("{}{point}", shapes.reset),
        (true, false) => format!("{point}{}", shapes.reset),
    }
}

/// What may stand on the arrow, the fullest first.
fn words(look: &PacketLook, seen: &Seen<'_>) -> Vec<String> {
    let counting = seen.counting(look.numbers);
    let mut label = String::new();
    write_label(&mut label, seen.packet, seen.bytes, counting);
    let mut with_window = label.clone();
    seen.add_window(&mut with_window);
    let mut whole = with_window.clone();
    write_rest(&mut whole, seen.packet, seen.bytes, counting);
    let short = label.split(' ').next().unwrap_or_default().to_owned();
    let numbers = label.split(" ack=").next().unwrap_or_default().to_owned();
    vec![whole, with_window, label, numbers, short]
}

/// What stands below an arrow: the states that its ends enter at their lanes, and a remark between them.
#[derive(Default)]
struct Below {
    states: [Option<Line>; 2],
    remark: Option<Remark>,
}

impl Below {
    fn rows(self, look: &PacketLook) -> Vec<Line> {
        let lanes = look.lanes();
        let room = lanes.room(0);
        let widths = self.states.each_ref().map(|state| state.as_ref().map_or(0, |state| state.width() + 1));
        let has_states = widths.iter().any(|width| *width > 0);
        let remark = self.remark.map(|remark| {
            let line = clipped(&Line::styled(&remark.text, remark.style), room, Shapes::of(look.marks).cut);
            let middle = lanes.column(0) + 2 + room.saturating_sub(line.width()) / 2;
            (middle, line)
        });
        let fits = remark.as_ref().is_some_and(|(at, line)| {
            let (free_from, free_to) = (lanes.column(0) + 2 + widths[0], lanes.column(1).saturating_sub(1 + widths[1]));
            free_from <= *at && at + line.width() <= free_to
        });
        let mut rows = Vec::new();
        let mut strip = look.strip("").0;
        if has_states {
            for (lane, state) in self.states.iter().enumerate() {
                let Some(state) = state else { continue };
                let state = clipped(state, room, Shapes::of(look.marks).cut);
                strip.put_line(lanes.place(lane, state.width()), &state);
            }
        }
        let Some((at, line)) = remark else {
            rows.extend(has_states.then(|| strip.into_line()));
            return rows;
        };
        if has_states && !fits {
            rows.push(std::mem::replace(&mut strip, look.strip("").0).into_line());
        }
        strip.put_line(at, &line);
        rows.push(strip.into_line());
        rows
    }
}

/// What the shapes mean.
pub(in crate::face::tui) fn legend(marks: &Marks) -> Vec<Line> {
    let shapes = Shapes::of(marks);
    let row = |shape: String, words: &str| {
        let padding = " ".repeat(6_usize.saturating_sub(shape.width()));
        Line::styled(&shape, Style::CODE).with(&format!("{padding} {words}"), Style::FAINT)
    };
    let with_point = |shaft: &str, before: &str| format!("{}{before}{}", shaft.repeat(3), shapes.right);
    vec![
        row(with_point(shapes.shaft, ""), "a packet"),
        row(with_point(shapes.slow_shaft, ""), "sent before, and sent again"),
        row(with_point(shapes.shaft, shapes.reordered), "overtaken by later ones"),
        row(with_point(shapes.shaft, shapes.reset), "breaks off, or refuses"),
        row(shapes.gap.repeat(5), "sent, and not captured"),
        row("(X)".to_owned(), "a state, concluded from packets"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_has_its_cross_before_the_point() {
        assert_eq!([true, false].map(|right| head_of(&super::super::UNICODE, right, true)), ["╳▶", "◀╳"]);
        assert_eq!(head_of(&super::super::ASCII, true, false), ">");
    }
}
