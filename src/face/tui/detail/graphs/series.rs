//! One number that the kernel said along a transfer. It holds until the next sample, so its course is a staircase.

use ratatui::layout::Rect;

use super::{
    super::{
        super::reel::{Sampled, Track},
        Subject,
    },
    axes::{Axes, Drawn},
    clock::Clock,
    plot::Plot,
    scale::{Scale, Unit},
};
use crate::{
    face::text::{Line, Style, line::Ink, wrap::wrap},
    kernel::clock::Stamp,
    lesson::{eval::display, fields},
    timeline::event::Value,
};

/// The fields that count bytes; the others count segments, times or the like.
const BYTES: [&str; 10] = [
    "rq",
    "sq",
    "in_flight",
    "snd_wnd",
    "rcv_space",
    "bytes_sent",
    "bytes_acked",
    "bytes_received",
    "bytes_retrans",
    "notsent",
];

pub(super) fn draw(subject: &Subject<'_>, track: &Track, name: &str, area: Rect) -> Drawn {
    let Some(series) = track.series().iter().find(|series| series.name == name) else { return Drawn::default() };
    let points = series.within(super::stage(subject));
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Drawn::default() };
    let unit = match (series.is_time, BYTES.contains(&name)) {
        (true, _) => Unit::Nanoseconds,
        (false, true) => Unit::Bytes,
        (false, false) => Unit::Count,
    };
    let clock = super::clock(subject, (first.at, last.at));
    let words = words(subject, name, points, unit, &clock, area.width.into());
    let values = Scale::over(points.iter().map(|point| point.value), true);
    let axes = Axes::new(area, words.len(), values, unit, clock, subject.theme);
    let mut plot = axes.plot();
    staircase(points, &axes, &mut plot);
    let position = subject.position.checked_sub(1).and_then(|at| subject.event(at)).map_or(Stamp(0), |event| event.at);
    axes.mark(&mut plot, position);
    Drawn::new(words, &axes, plot)
}

/// What the number is, and what it was at the position.
fn words(subject: &Subject<'_>, name: &str, points: &[Sampled], unit: Unit, clock: &Clock, width: usize) -> Vec<Line> {
    let help = fields::kernel(name).map_or("", |field| field.help);
    let mut line = Line::styled(name, Style::CODE.bold()).with(&format!(": {help}"), Style::PLAIN);
    let before = points.partition_point(|point| point.event < subject.position);
    if let Some(now) = before.checked_sub(1).and_then(|last| points.get(last)) {
        let value = if unit == Unit::Nanoseconds { Value::Nanoseconds(now.value) } else { Value::Number(now.value) };
        line.push(&format!("; {} here", display(&value, Stamp::default())), Style::of(Ink::Live));
    }
    line.push(&super::pauses_in_words(clock, subject), Style::PLAIN);
    wrap(&line, width.max(8))
}

fn staircase(points: &[Sampled], axes: &Axes, plot: &mut Plot) {
    let style = Style::of(Ink::Live);
    let mut before: Option<(usize, usize)> = None;
    for point in points {
        let (x, y) = (axes.x(plot, point.at), axes.y(plot, point.value));
        if before == Some((x, y)) {
            continue;
        }
        let (from_x, from_y) = before.unwrap_or((x, y));
        (from_x..x).for_each(|x| plot.dot(x, from_y, style));
        plot.upright(x, from_y, y, style);
        before = Some((x, y));
    }
}
