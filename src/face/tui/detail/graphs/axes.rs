//! A field of dots between its axes, and the words above it.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{
    super::sheet::put,
    clock::Clock,
    plot::Plot,
    scale::{Scale, Unit, label},
};
use crate::{
    face::{
        text::{Line, Style, line::Ink},
        tui::theme::Theme,
    },
    kernel::clock::Stamp,
};

/// A graph: words, axes, and the field between them.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    lines: Vec<Line>,
    /// The field, and the column and the row at which it begins.
    field: Option<(Plot, usize, usize)>,
}

impl Drawn {
    pub(super) fn new(words: Vec<Line>, axes: &Axes, plot: Plot) -> Self {
        let (column, row) = (axes.margin + 1, words.len());
        let mut lines = words;
        lines.extend(axes.lines());
        Self { lines, field: Some((plot, column, row)) }
    }

    pub(super) fn put(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        for (line, y) in self.lines.iter().zip(area.y..area.bottom()) {
            put(buf, area.x, y, area.width, line, theme);
        }
        if let Some((plot, column, row)) = &self.field {
            let past = |begin: u16, by: &usize| begin.saturating_add(u16::try_from(*by).unwrap_or(u16::MAX));
            plot.draw(buf, Position::new(past(area.x, column), past(area.y, row)), theme);
        }
    }
}

/// What is between which values, and how much room it has.
#[derive(Debug)]
pub(super) struct Axes {
    pub(super) values: Scale,
    pub(super) unit: Unit,
    /// In nanoseconds since the first moment, without what is cut out.
    pub(super) times: Scale,
    clock: Clock,
    /// Cells of the labels at the left.
    margin: usize,
    columns: usize,
    rows: usize,
    is_ascii: bool,
}

impl Axes {
    /// In what is left of an area behind so many lines of words.
    pub(super) fn new(area: Rect, words: usize, values: Scale, unit: Unit, clock: Clock, theme: &Theme) -> Self {
        let rows = usize::from(area.height).saturating_sub(words + 2);
        let labels = values.ticks(most_ticks(rows)).into_iter().map(|tick| label(tick, unit).chars().count());
        let margin = labels.max().unwrap_or(0) + 1;
        let columns = usize::from(area.width).saturating_sub(margin + 1);
        let span = i64::try_from(clock.span()).unwrap_or(i64::MAX);
        let times = Scale::over([0, span], true);
        Self { values, unit, times, clock, margin, columns, rows, is_ascii: theme.is_ascii() }
    }

    pub(super) fn plot(&self) -> Plot {
        Plot::new(self.columns, self.rows, self.is_ascii)
    }

    pub(super) fn x(&self, plot: &Plot, at: Stamp) -> usize {
        let since = i64::try_from(self.clock.since_first(at)).unwrap_or(i64::MAX);
        self.times.place(since, plot.width())
    }

    pub(super) fn y(&self, plot: &Plot, value: i64) -> usize {
        self.values.place(value, plot.height())
    }

    /// The line of the position's moment, if that lies within, and those of the pauses.
    pub(super) fn mark(&self, plot: &mut Plot, at: Stamp) {
        let x = self.x(plot, at);
        plot.rule(x, if self.is_ascii { ':' } else { '┊' }, Style::of(Ink::Heading));
        for pause in self.clock.marks() {
            let x = self.x(plot, pause);
            plot.rule(x, pause_sign(self.is_ascii), Style::of(Ink::Rule));
        }
    }

    /// The axes with the labels at their ticks.
    fn lines(&self) -> Vec<Line> {
        let stroke = if self.is_ascii { ["|", "+", "+", "-", "+"] } else { ["│", "┤", "└", "─", "┴"] };
        let ticks = self.values.ticks(most_ticks(self.rows));
        let row_of = |tick: i64| self.rows.saturating_sub(1).saturating_sub(self.values.place(tick, self.rows));
        let line = |row: usize| {
            let tick = ticks.iter().find(|tick| row_of(**tick) == row);
            let words = tick.map(|tick| label(*tick, self.unit)).unwrap_or_default();
            let axis = if tick.is_some() { stroke[1] } else { stroke[0] };
            let words = format!("{words:>width$} ", width = self.margin.saturating_sub(1));
            Line::styled(&words, Style::FAINT).with(axis, Style::of(Ink::Rule))
        };
        (0..self.rows).map(line).chain(self.times(stroke)).collect()
    }

    /// The axis of time: its strokes, and the labels below.
    fn times(&self, stroke: [&str; 5]) -> [Line; 2] {
        let ticks = self.times.ticks((self.columns / 12).clamp(2, 8));
        let (mut axis, mut words) = (vec![stroke[3]; self.columns], String::new());
        for tick in ticks {
            let column = self.times.place(tick, self.columns);
            let text = label(tick, Unit::Nanoseconds);
            if let Some(cell) = axis.get_mut(column) {
                *cell = stroke[4];
            }
            let begin = column.min(self.columns.saturating_sub(text.chars().count()));
            let used = words.chars().count();
            if used == 0 || begin > used {
                words.push_str(&" ".repeat(begin - used.min(begin)));
                words.push_str(&text);
            }
        }
        let lead = Line::spaces(self.margin);
        [
            lead.clone().with(&(stroke[2].to_owned() + &axis.concat()), Style::of(Ink::Rule)),
            lead.with(" ", Style::PLAIN).with(&words, Style::FAINT),
        ]
    }
}

/// Stands where a pause was cut out.
pub(super) const fn pause_sign(is_ascii: bool) -> char {
    if is_ascii { '!' } else { '╎' }
}

fn most_ticks(rows: usize) -> usize {
    (rows / 3 + 1).clamp(2, 7)
}
