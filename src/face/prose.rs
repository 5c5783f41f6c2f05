//! A lesson's Markdown as lines of text, its live values filled in.
//!
//! Which blocks are shown when is left to the face that tells the lesson.

use super::text::{
    Line, Look, Style,
    line::{Ink, hang},
    table::table,
    wrap::wrap,
};
use crate::{
    kernel::clock::Stamp,
    lesson::{
        eval::display,
        model::{Inline, LiveValue, Prose},
        script::Expr,
    },
    timeline::event::Value,
};

/// Cells of a tab in a block of code.
const TAB: &str = "    ";

/// Where the values come from that prose shows.
#[derive(Clone, Copy)]
pub struct Live<'v> {
    /// What an expression comes to, if all its names are bound.
    pub value: &'v dyn Fn(&Expr) -> Option<Value>,
    /// Moments are shown as time since then.
    pub origin: Stamp,
}

impl std::fmt::Debug for Live<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// The blocks one below the other, with an empty line between two.
#[must_use]
pub fn blocks(blocks: &[Prose], look: Look, live: Live) -> Vec<Line> {
    separated(blocks.iter().map(|prose| block(prose, look, live)))
}

/// One line of inlines, wrapped.
#[must_use]
pub fn paragraph(inlines: &[Inline], style: Style, look: Look, live: Live) -> Vec<Line> {
    Inlines::of(inlines, style, look, live).iter().flat_map(|line| wrap(line, look.width)).collect()
}

/// Inlines without their style, on one line, for a heading or a list of lessons.
#[must_use]
pub fn plain(inlines: &[Inline], look: Look, live: Live) -> String {
    let lines = Inlines::of(inlines, Style::PLAIN, look, live);
    lines.iter().map(Line::text).collect::<Vec<_>>().join(" ")
}

fn separated(groups: impl Iterator<Item = Vec<Line>>) -> Vec<Line> {
    let mut lines = Vec::new();
    for group in groups.filter(|group| !group.is_empty()) {
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.extend(group);
    }
    lines
}

fn block(prose: &Prose, look: Look, live: Live) -> Vec<Line> {
    match prose {
        Prose::Heading(_, text) => paragraph(text, Style::STRONG, look, live),
        Prose::Paragraph(text) => paragraph(text, Style::PLAIN, look, live),
        Prose::List { start, items } => list(*start, items, look, live),
        Prose::Quote(inner) => quote(inner, look, live),
        Prose::Code { text, .. } => code(text),
        Prose::Table { head, rows } => {
            let cell = |inlines: &Vec<Inline>, style| joined(&Inlines::of(inlines, style, look, live));
            let head: Vec<Line> = head.iter().map(|name| cell(name, Style::STRONG)).collect();
            let rows: Vec<Vec<Line>> =
                rows.iter().map(|row| row.iter().map(|text| cell(text, Style::PLAIN)).collect()).collect();
            table(&head, &rows, look.width)
        }
        Prose::Rule => vec![Line::styled("* * *", Style::FAINT)],
    }
}

fn joined(lines: &[Line]) -> Line {
    lines.iter().fold(Line::new(), |mut whole, line| {
        if !whole.is_blank() {
            whole.push(" ", Style::PLAIN);
        }
        whole.append(line);
        whole
    })
}

fn narrowed(look: Look, by: usize) -> Look {
    Look { width: look.width.saturating_sub(by).max(2), ..look }
}

fn list(start: Option<u64>, items: &[Vec<Prose>], look: Look, live: Live) -> Vec<Line> {
    let marker = |at: usize| match start {
        Some(start) => format!("{}. ", start.saturating_add(at as u64)),
        None => format!("{} ", look.palette.marks.bullet),
    };
    // The last marker is the longest.
    let lead = Line::plain(&marker(items.len().saturating_sub(1))).width();
    let rendered = items.iter().enumerate().map(|(at, item)| {
        let first = Line::plain(&format!("{:>lead$}", marker(at)));
        hang(stack(item, narrowed(look, lead), live), &first, &Line::spaces(lead))
    });
    if items.iter().all(|item| is_tight(item)) { rendered.flatten().collect() } else { separated(rendered) }
}

/// Blocks without empty lines between them, if they are as short as the points of a list should be.
fn stack(item: &[Prose], look: Look, live: Live) -> Vec<Line> {
    if is_tight(item) {
        item.iter().flat_map(|prose| block(prose, look, live)).collect()
    } else {
        blocks(item, look, live)
    }
}

/// A paragraph, and perhaps a list under it.
fn is_tight(item: &[Prose]) -> bool {
    item.iter().skip(1).all(|prose| matches!(prose, Prose::List { .. }))
}

fn quote(inner: &[Prose], look: Look, live: Live) -> Vec<Line> {
    let bar = Line::styled(look.palette.marks.quote, Style::FAINT).with(" ", Style::PLAIN);
    hang(blocks(inner, narrowed(look, bar.width()), live), &bar, &bar)
}

/// Code keeps its lines as they are, also where they are too wide: a broken one would be another program.
fn code(text: &str) -> Vec<Line> {
    let lines = text.trim_end_matches('\n').split('\n');
    lines.map(|line| Line::spaces(4).with(&line.trim_end_matches('\r').replace('\t', TAB), Style::CODE)).collect()
}

/// Collects inlines into lines; a new one begins only where the author broke it.
struct Inlines<'v> {
    lines: Vec<Line>,
    look: Look,
    live: Live<'v>,
}

impl<'v> Inlines<'v> {
    fn of(inlines: &[Inline], style: Style, look: Look, live: Live<'v>) -> Vec<Line> {
        let mut this = Self { lines: vec![Line::new()], look, live };
        this.all(inlines, style);
        this.lines
    }

    fn push(&mut self, text: &str, style: Style) {
        if let Some(line) = self.lines.last_mut() {
            line.push(text, style);
        }
    }

    fn all(&mut self, inlines: &[Inline], style: Style) {
        for inline in inlines {
            self.one(inline, style);
        }
    }

    fn one(&mut self, inline: &Inline, style: Style) {
        match inline {
            Inline::Text(text) => self.push(text, style),
            // Without colour nothing else would tell the program's words from ours.
            Inline::Code(text) if !self.look.palette.colour => self.push(&format!("`{text}`"), style),
            Inline::Code(text) => self.push(text, Style { ink: Ink::Code, ..style }),
            Inline::Emphasis(inner) => self.all(inner, style.italic()),
            Inline::Strong(inner) => self.all(inner, style.bold()),
            Inline::Link { to, text } => self.link(to, text, style),
            Inline::Live(value) => self.value(value, style),
            Inline::Break => self.lines.push(Line::new()),
        }
    }

    /// Where the link goes stands behind it, unless that is what it says already.
    fn link(&mut self, to: &str, text: &[Inline], style: Style) {
        self.all(text, style.underline());
        if !to.is_empty() && !to.starts_with('#') && plain(text, self.look, self.live) != to {
            self.push(" (", style);
            self.push(to, Style { ink: Ink::Code, ..style });
            self.push(")", style);
        }
    }

    fn value(&mut self, value: &LiveValue, style: Style) {
        let style = Style { ink: Ink::Live, ..style.bold() };
        match (self.live.value)(&value.expr) {
            Some(found) => self.push(&display(&found, self.live.origin), style),
            None => self.push(self.look.palette.marks.gap, style),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::text::{Marks, Palette},
        *,
    };

    fn look(width: usize) -> Look {
        Look { width, palette: Palette { colour: false, marks: &Marks::UNICODE } }
    }

    fn shown(prose: &[Prose], width: usize) -> Vec<String> {
        let value = |expr: &Expr| (*expr == Expr::Name("j".into())).then_some(Value::Sequence(4_004_779_870));
        blocks(prose, look(width), Live { value: &value, origin: Stamp(0) }).iter().map(Line::text).collect()
    }

    fn text(text: &str) -> Prose {
        Prose::Paragraph(vec![Inline::Text(text.into())])
    }

    fn live(name: &str) -> Inline {
        Inline::Live(LiveValue { expr: Expr::Name(name.into()), text: name.into(), span: 0..0 })
    }

    #[test]
    fn a_bound_value_is_filled_in_and_another_left_open() {
        let prose = [Prose::Paragraph(vec![live("j"), Inline::Text(" and ".into()), live("k")])];
        assert_eq!(shown(&prose, 40), ["4004779870 and ▢"]);
    }

    #[test]
    fn lists_hang_and_nest() {
        let inner = Prose::List { start: None, items: vec![vec![text("inner one that is long")]] };
        let list = Prose::List { start: Some(9), items: vec![vec![text("nine")], vec![text("ten"), inner]] };
        assert_eq!(shown(&[list], 20), [" 9. nine", "10. ten", "    • inner one that", "      is long"]);
    }

    #[test]
    fn quotes_keep_their_bar_on_every_line() {
        assert_eq!(shown(&[Prose::Quote(vec![text("one two"), text("three")])], 7), ["│ one", "│ two", "│", "│ three"]);
    }

    #[test]
    fn a_link_says_where_it_goes_once() {
        let link = |to: &str, text: &str| Inline::Link { to: to.into(), text: vec![Inline::Text(text.into())] };
        let prose =
            Prose::Paragraph(vec![link("https://a.b", "the RFC"), Inline::Break, link("https://a.b", "https://a.b")]);
        assert_eq!(shown(&[prose], 40), ["the RFC (https://a.b)", "https://a.b"]);
    }

    #[test]
    fn code_keeps_its_lines() {
        let code = Prose::Code { language: "c".into(), text: "int x;\n\treturn a_very_long_name;\n".into() };
        assert_eq!(shown(&[code], 10), ["    int x;", "        return a_very_long_name;"]);
    }
}
