//! A screen as a picture: a buffer in, the text of an SVG file out.
//!
//! Every cell stands on one grid, whatever the font of whoever looks at it: the words of a row are squeezed or
//! stretched to their cells, and the lines of frames are drawn as lines, so that they join.

mod lines;
mod shade;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt::Write};

use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthStr;

use self::{lines::Lines, shade::Shade};

/// A cell, in units of the picture.
const WIDTH: usize = 8;
const HEIGHT: usize = 17;
/// From the top of a row to the line on which its letters stand.
const BASELINE: usize = 13;
/// Around the screen.
const MARGIN: usize = 8;
const FONT: &str = "'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',ui-monospace,monospace";
const FONT_SIZE: &str = "13.33px";

/// The picture of a screen. `title` says in words what is seen, for those who do not see it.
#[must_use]
pub fn svg(buf: &Buffer, title: &str) -> String {
    let mut picture = Picture { page: shade::page(buf), ..Picture::default() };
    buf.area.rows().enumerate().for_each(|(number, row)| picture.row(buf, row, number));
    picture.write(buf.area, title)
}

/// Neighbours that look alike.
struct Run {
    text: String,
    first: usize,
    cells: usize,
    shade: Shade,
}

#[derive(Debug, Default)]
struct Picture {
    /// Of the letters and of the ground.
    page: (String, String),
    grounds: String,
    words: String,
    lines: Lines,
    classes: BTreeMap<String, usize>,
}

impl Picture {
    fn row(&mut self, buf: &Buffer, row: Rect, number: usize) {
        let runs = self.runs(buf, row, number);
        let mut words = String::new();
        for run in &runs {
            self.ground(run, number);
            self.run(run, &mut words);
        }
        if !words.is_empty() {
            let y = number * HEIGHT + BASELINE;
            let _ = writeln!(self.words, "<text y=\"{y}\">{words}</text>");
        }
    }

    /// The row in stretches of one look; what is drawn as lines leaves a gap.
    fn runs(&mut self, buf: &Buffer, row: Rect, number: usize) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut x = row.x;
        while x < row.right() {
            let Some(cell) = buf.cell((x, row.y)) else { break };
            let (column, symbol) = (usize::from(x - row.x), cell.symbol());
            let cells = symbol.width().max(1);
            let shade = Shade::of(cell, &self.page);
            let is_line = self.lines.put(symbol, (column, number), &shade.ink);
            let symbol = if is_line { " " } else { symbol };
            match runs.last_mut().filter(|last| last.shade == shade && last.first + last.cells == column) {
                Some(last) => {
                    last.text.push_str(symbol);
                    last.cells += cells;
                }
                None => runs.push(Run { text: symbol.to_owned(), first: column, cells, shade }),
            }
            x = x.saturating_add(u16::try_from(cells).unwrap_or(1));
        }
        runs
    }

    fn ground(&mut self, run: &Run, number: usize) {
        if run.shade.ground == self.page.1 {
            return;
        }
        let (x, y, width) = (run.first * WIDTH, number * HEIGHT, run.cells * WIDTH);
        let fill = &run.shade.ground;
        let _ =
            writeln!(self.grounds, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" fill=\"{fill}\"/>");
    }

    /// The words of a run. Where many spaces lie between two of them, both stand by themselves.
    fn run(&mut self, run: &Run, words: &mut String) {
        for (text, before) in stretches(&run.text) {
            let cells = text.width();
            if cells == 0 {
                continue;
            }
            let (x, length) = ((run.first + before) * WIDTH, cells * WIDTH);
            let class = self.class(&run.shade);
            let _ = write!(words, "<tspan x=\"{x}\" textLength=\"{length}\"{class}>{}</tspan>", escaped(text));
        }
    }

    fn class(&mut self, shade: &Shade) -> String {
        let rules = shade.rules(&self.page);
        if rules.is_empty() {
            return String::new();
        }
        let next = self.classes.len();
        format!(" class=\"c{}\"", self.classes.entry(rules).or_insert(next))
    }

    fn write(self, area: Rect, title: &str) -> String {
        let (width, height) = (usize::from(area.width) * WIDTH, usize::from(area.height) * HEIGHT);
        let (ink, ground) = &self.page;
        let (whole_width, whole_height) = (width + 2 * MARGIN, height + 2 * MARGIN);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{whole_width}\" height=\"{whole_height}\" \
             viewBox=\"-{MARGIN} -{MARGIN} {whole_width} {whole_height}\" role=\"img\">\n<title>{}</title>\n<style>\n\
             text{{font-family:{FONT};font-size:{FONT_SIZE};fill:{ink};white-space:pre}}\npath{{fill:none}}\n",
            escaped(title)
        );
        let mut classes: Vec<_> = self.classes.iter().map(|(rules, number)| (*number, rules)).collect();
        classes.sort_unstable();
        for (number, rules) in classes {
            let _ = writeln!(svg, ".c{number}{{{rules}}}");
        }
        let _ = writeln!(
            svg,
            "</style>\n<rect x=\"-{MARGIN}\" y=\"-{MARGIN}\" width=\"{whole_width}\" height=\"{whole_height}\" \
             rx=\"{MARGIN}\" fill=\"{ground}\"/>"
        );
        let Self { grounds, words, lines, .. } = self;
        svg + &grounds + &lines.write() + &words + "</svg>\n"
    }
}

/// The words of a text, each with the cells before it. Two of them stay together where a single space lies between.
fn stretches(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut begin = 0;
    std::iter::from_fn(move || {
        let left = &text[begin..];
        let at = begin + (left.len() - left.trim_start_matches(' ').len());
        if at >= text.len() {
            return None;
        }
        let end = text[at..].find("  ").map_or(text.len(), |gap| at + gap);
        begin = end;
        Some((text[at..end].trim_end_matches(' '), text[..at].width()))
    })
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // No file of XML may hold them in any form.
            sign if sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            sign => safe.push(sign),
        }
    }
    safe
}
