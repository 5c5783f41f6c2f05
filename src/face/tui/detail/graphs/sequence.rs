//! Time and sequence: what one side sends as strokes from its first number to its last, and below them the line of
//! what the other side has acknowledged.

use ratatui::layout::Rect;

use super::{
    super::{
        super::reel::{Conversation, Point},
        Subject,
    },
    axes::{Axes, Drawn},
    host_name,
    plot::Plot,
    scale::{Scale, Unit},
    side_style,
};
use crate::{
    face::text::{Line, Style, wrap::wrap},
    kernel::clock::Stamp,
};

pub(super) fn draw(subject: &Subject<'_>, conversation: &Conversation, side: usize, area: Rect) -> Drawn {
    let (Some(first), Some(last)) = (conversation.points.first(), conversation.points.last()) else {
        return Drawn::default();
    };
    let words = words(subject, conversation, side, area.width.into());
    let numbers = conversation.points.iter().filter_map(|point| top(point, side));
    let values = Scale::over(numbers, true);
    let axes = Axes::new(area, words.len(), values, Unit::Bytes, (first.at, last.at), subject.theme);
    let mut plot = axes.plot();
    acknowledged(conversation, side, &axes, &mut plot, subject.theme.is_ascii());
    sent(subject, conversation, side, &axes, &mut plot);
    let position = subject.position.checked_sub(1).and_then(|at| subject.event(at)).map_or(Stamp(0), |event| event.at);
    axes.mark_position(&mut plot, position);
    Drawn::new(words, &axes, plot)
}

/// The highest number of this side that the segment tells of.
fn top(point: &Point, side: usize) -> Option<i64> {
    if point.side == side { Some(point.seq + i64::from(point.takes)) } else { point.ack }
}

fn words(subject: &Subject<'_>, conversation: &Conversation, side: usize, width: usize) -> Vec<Line> {
    let [sender, other] = [side, 1 - side].map(|side| host_name(subject, conversation.lanes[side]));
    let (dot, lost) = if subject.theme.is_ascii() { ("...", "x") } else { ("···", "╳") };
    let line = Line::styled(&sender, side_style(conversation, side).bold())
        .with(" sends, from its first number on; ", Style::PLAIN)
        .with(dot, side_style(conversation, 1 - side))
        .with(&format!(" {other} has acknowledged; R sent again; {lost} lost"), Style::PLAIN);
    wrap(&line, width.max(8))
}

/// As a staircase: it holds from one acknowledgement to the next.
fn acknowledged(conversation: &Conversation, side: usize, axes: &Axes, plot: &mut Plot, is_ascii: bool) {
    let style = side_style(conversation, 1 - side);
    let sign = if is_ascii { '.' } else { '·' };
    let mut before: Option<(usize, usize)> = None;
    let mut most = i64::MIN;
    let acks = conversation.points.iter().filter(|point| point.side != side);
    for (at, ack) in acks.filter_map(|point| Some((point.at, point.ack?))) {
        most = most.max(ack);
        let (x, y) = (axes.x(plot, at), axes.y(plot, most));
        if before == Some((x, y)) {
            continue;
        }
        let (from_x, from_y) = before.unwrap_or((x, y));
        (from_x..=x).for_each(|x| plot.sign_below(x, from_y, sign, style));
        (from_y..=y).for_each(|y| plot.sign_below(x, y, sign, style));
        before = Some((x, y));
    }
    if let Some((x, y)) = before {
        (x..plot.width()).for_each(|x| plot.sign_below(x, y, sign, style));
    }
}

fn sent(subject: &Subject<'_>, conversation: &Conversation, side: usize, axes: &Axes, plot: &mut Plot) {
    let style = side_style(conversation, side).bold();
    let (mut again, mut lost, mut before) = (Vec::new(), Vec::new(), None);
    for point in conversation.points.iter().filter(|point| point.side == side && point.takes > 0) {
        let end = point.seq + i64::from(point.takes);
        let (x, from, to) = (axes.x(plot, point.at), axes.y(plot, point.seq), axes.y(plot, end));
        if point.lost.is_some_and(|event| event < subject.position) {
            lost.push((x, to));
        } else if point.is_again {
            again.push((x, to));
        }
        if before.replace((x, from, to)) != Some((x, from, to)) {
            plot.clear(x, from, to);
            plot.upright(x, from, to, style);
        }
    }
    // Signs stand over the strokes of others; what is lost over what is only sent again.
    again.into_iter().for_each(|(x, y)| plot.sign(x, y, 'R', Style::WARNING.bold()));
    let sign = if subject.theme.is_ascii() { 'x' } else { '╳' };
    lost.into_iter().for_each(|(x, y)| plot.sign(x, y, sign, Style::BAD));
}
