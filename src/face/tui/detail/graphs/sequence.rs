//! Time and sequence: what one side sends as strokes from its first number to its last, and below them the line of
//! what the other side has acknowledged.

use ratatui::layout::Rect;

use super::{
    super::{
        super::reel::{Conversation, Point},
        Subject,
    },
    axes::{Axes, Drawn},
    clock::Clock,
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
    let points = &conversation.points[..conversation.points.partition_point(|point| point.event < subject.seen)];
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Drawn::default();
    };
    let clock = super::clock(subject, (first.at, last.at));
    let words = words(subject, conversation, side, &clock, area.width.into());
    // Nothing is acknowledged that was not sent.
    let values = Scale::over(points.iter().filter(|point| point.side == side).map(Point::end), true);
    let axes = Axes::new(area, words.len(), values, Unit::Bytes, clock, subject.theme);
    let mut course = Course::new(subject, conversation, side, &axes);
    // Once over all of them: there may be tens of thousands.
    for point in points {
        if point.side == side { course.sent(point) } else { course.acknowledged(point) }
    }
    let mut plot = course.finish();
    let position = subject.position.checked_sub(1).and_then(|at| subject.event(at)).map_or(Stamp(0), |event| event.at);
    axes.mark(&mut plot, position);
    Drawn::new(words, &axes, plot)
}

fn words(subject: &Subject<'_>, conversation: &Conversation, side: usize, clock: &Clock, width: usize) -> Vec<Line> {
    let [sender, other] = [side, 1 - side].map(|side| host_name(subject, conversation.lanes[side]));
    let (dot, lost) = if subject.theme.is_ascii() { ("...", "x") } else { ("···", "╳") };
    let line = Line::styled(&sender, side_style(conversation, side).bold())
        .with(" sends, from its first number on; ", Style::PLAIN)
        .with(dot, side_style(conversation, 1 - side))
        .with(&format!(" {other} has acknowledged; R sent again; {lost} lost"), Style::PLAIN)
        .with(&super::pauses_in_words(clock, subject), Style::PLAIN);
    wrap(&line, width.max(8))
}

/// A conversation while it is drawn, segment by segment.
struct Course<'c> {
    axes: &'c Axes,
    plot: Plot,
    position: usize,
    is_ascii: bool,
    /// Of the sender, and of the other side.
    styles: [Style; 2],
    /// The stroke that was drawn last: where it stands, from where to where.
    stroke: Option<(usize, usize, usize)>,
    /// The highest number that is acknowledged, and where its line has come to.
    most: i64,
    step: Option<(usize, usize)>,
    again: Vec<(usize, usize)>,
    lost: Vec<(usize, usize)>,
}

impl<'c> Course<'c> {
    fn new(subject: &Subject<'_>, conversation: &Conversation, side: usize, axes: &'c Axes) -> Self {
        Self {
            axes,
            plot: axes.plot(),
            position: subject.position,
            is_ascii: subject.theme.is_ascii(),
            styles: [side_style(conversation, side).bold(), side_style(conversation, 1 - side)],
            stroke: None,
            most: i64::MIN,
            step: None,
            again: Vec::new(),
            lost: Vec::new(),
        }
    }

    /// A stroke from the first number of the segment to the one behind its last.
    fn sent(&mut self, point: &Point) {
        if point.takes == 0 {
            return;
        }
        let [from, to] = [point.seq, point.end()].map(|number| self.axes.y(&self.plot, number));
        let x = self.axes.x(&self.plot, point.at);
        if point.lost.is_some_and(|event| event < self.position) {
            self.lost.push((x, to));
        } else if point.is_again {
            self.again.push((x, to));
        }
        if self.stroke.replace((x, from, to)) != Some((x, from, to)) {
            self.plot.clear(x, from, to);
            self.plot.upright(x, from, to, self.styles[0]);
        }
    }

    /// A step of the staircase: it holds from one acknowledgement to the next.
    fn acknowledged(&mut self, point: &Point) {
        let Some(ack) = point.ack.filter(|ack| *ack > self.most) else { return };
        self.most = ack;
        let (x, y) = (self.axes.x(&self.plot, point.at), self.axes.y(&self.plot, ack));
        let (from_x, from_y) = self.step.replace((x, y)).unwrap_or((x, y));
        if (from_x, from_y) != (x, y) {
            self.level(from_x..x + 1, from_y);
            (from_y..=y).for_each(|y| self.level(x..x + 1, y));
        }
    }

    fn level(&mut self, columns: std::ops::Range<usize>, y: usize) {
        let sign = if self.is_ascii { '.' } else { '·' };
        columns.for_each(|x| self.plot.sign_below(x, y, sign, self.styles[1]));
    }

    /// Signs stand over the strokes of others; what is lost over what is only sent again.
    fn finish(mut self) -> Plot {
        if let Some((x, y)) = self.step {
            self.level(x..self.plot.width(), y);
        }
        let lost = if self.is_ascii { 'x' } else { '╳' };
        self.again.iter().for_each(|(x, y)| self.plot.sign(*x, *y, 'R', Style::WARNING.bold()));
        self.lost.iter().for_each(|(x, y)| self.plot.sign(*x, *y, lost, Style::BAD));
        self.plot
    }
}
