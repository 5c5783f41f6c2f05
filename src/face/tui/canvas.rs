//! Styled lines, frames of panes and scroll bars put into ratatui's buffer, and a buffer read back as text.
//!
//! What is shown where is left to the screens; how it looks to the theme. Whatever does not fit is left out: nothing
//! here panics for an area that is too small or lies outside the buffer.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Modifier, Style},
    symbols::border,
    widgets::{Block, Widget},
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::theme::Theme;
use crate::face::text::{self, Line, line::Ink};

/// Puts `line` at a place, clipped at `width` cells; a wide character that would be cut in half is left out. Says how
/// many cells it took.
pub fn put(buf: &mut Buffer, x: u16, y: u16, width: u16, line: &Line, theme: &Theme) -> u16 {
    if !buf.area.contains(Position::new(x, y)) {
        return 0;
    }
    let end = x.saturating_add(width).min(buf.area.right());
    let mut at = x;
    for span in line.spans() {
        let style = theme.style(span.style());
        let style = if span.text().trim().is_empty() { unfilled(style) } else { style };
        let next = buf.set_stringn(at, y, span.text(), usize::from(end - at), style).0;
        let whole = usize::from(next - at) == span.text().width();
        at = next;
        if !whole {
            break;
        }
    }
    at - x
}

/// What is blank is no block: where a sign can stand and does not, nothing is seen.
fn unfilled(style: Style) -> Style {
    Style { add_modifier: style.add_modifier.difference(Modifier::REVERSED), ..style }
}

/// The same, and where the line is cut, a sign says so.
pub fn put_elided(buf: &mut Buffer, x: u16, y: u16, width: u16, line: &Line, theme: &Theme) -> u16 {
    put(buf, x, y, width, &elided(line, usize::from(width), theme), theme)
}

/// `line` in at most `width` cells, with the sign for what is missing at its end if it was cut.
#[must_use]
pub fn elided(line: &Line, width: usize, theme: &Theme) -> Line {
    let mark = theme.marks().pending;
    if line.width() <= width {
        return line.clone();
    }
    let text = line.text();
    let kept = fitting(&text, width.saturating_sub(mark.width()));
    let short = line.cut(&(0..kept));
    let style = short.spans().last().or(line.spans().first()).map_or(text::Style::FAINT, text::line::Span::style);
    short.with(&mark[..fitting(mark, width)], style)
}

/// Shows that this row is the chosen one: by its ground, and by a sign before it where a cell is free.
pub fn choose(buf: &mut Buffer, row: Rect, theme: &Theme) {
    buf.set_style(row.intersection(buf.area), theme.selected());
    let is_free = |x: u16| {
        let place = Position::new(x, row.y);
        buf.area.contains(place) && buf[place].symbol() == " "
    };
    let free = [row.x.checked_sub(1), Some(row.x)].into_iter().flatten().find(|x| is_free(*x));
    if let Some(x) = free {
        let sign = if theme.is_ascii() { ">" } else { "▸" };
        put(buf, x, row.y, 1, &Line::styled(sign, text::Style::of(Ink::Waits).bold()), theme);
    }
}

/// How many bytes of `text` fit into so many cells, whole graphemes only.
#[must_use]
pub fn fitting(text: &str, width: usize) -> usize {
    let mut used = 0;
    let past = text.grapheme_indices(true).find(|(_, grapheme)| {
        used += grapheme.width();
        used > width
    });
    past.map_or(text.len(), |(at, _)| at)
}

/// What stands in a pane's upper border.
#[derive(Clone, Debug, Default)]
pub struct Title {
    pub left: Line,
    /// Left out where both do not fit.
    pub right: Line,
}

impl Title {
    #[must_use]
    pub fn with_right(self, right: Line) -> Self {
        Self { right, ..self }
    }
}

impl From<&str> for Title {
    fn from(left: &str) -> Self {
        Self::from(Line::styled(left, text::Style::of(Ink::Heading)))
    }
}

impl From<Line> for Title {
    fn from(left: Line) -> Self {
        Self { left, right: Line::new() }
    }
}

/// Frames. The pane that has the keys has a heavier one, so that colour is not needed to find it.
const ROUNDED: border::Set<'_> = border::ROUNDED;
const HEAVY: border::Set<'_> = border::THICK;
const ASCII: border::Set<'_> = ascii("-", "|", "+");
const ASCII_HEAVY: border::Set<'_> = ascii("=", "|", "#");

const fn ascii(horizontal: &'static str, vertical: &'static str, corner: &'static str) -> border::Set<'static> {
    border::Set {
        top_left: corner,
        top_right: corner,
        bottom_left: corner,
        bottom_right: corner,
        vertical_left: vertical,
        vertical_right: vertical,
        horizontal_top: horizontal,
        horizontal_bottom: horizontal,
    }
}

/// Draws a pane's frame with its title, and gives the area inside it.
pub fn pane(buf: &mut Buffer, area: Rect, title: impl Into<Title>, focused: bool, theme: &Theme) -> Rect {
    let area = area.intersection(buf.area);
    let set = match (theme.is_ascii(), focused) {
        (false, false) => ROUNDED,
        (false, true) => HEAVY,
        (true, false) => ASCII,
        (true, true) => ASCII_HEAVY,
    };
    let block = Block::bordered().border_set(set).border_style(theme.border(focused));
    let inner = block.inner(area);
    block.render(area, buf);
    if area.height > 0 {
        put_title(buf, area, &title.into(), theme);
    }
    inner
}

/// A pane without its frame.
#[must_use]
pub const fn inside(area: Rect) -> Rect {
    let (width, height) = (area.width.saturating_sub(2), area.height.saturating_sub(2));
    Rect { x: area.x.saturating_add(1), y: area.y.saturating_add(1), width, height }
}

/// `╭ left ──── right ╮`
fn put_title(buf: &mut Buffer, area: Rect, title: &Title, theme: &Theme) {
    let room = usize::from(area.width.saturating_sub(4));
    let padded = |line: &Line| {
        let mut padded = Line::spaces(1);
        padded.append(line);
        padded.with(" ", text::Style::PLAIN)
    };
    if room > 2 && !title.left.is_blank() {
        let left = padded(&elided(&title.left, room - 2, theme));
        put(buf, area.x + 2, area.y, area.width - 4, &left, theme);
    }
    let right = padded(&title.right);
    let left = if title.left.is_blank() { 0 } else { title.left.width() + 3 };
    if !title.right.is_blank() && left + right.width() <= room {
        // It is narrower than the area's width, which is a `u16`.
        let width = u16::try_from(right.width()).unwrap_or(u16::MAX);
        put(buf, area.right() - 2 - width, area.y, width, &right, theme);
    }
}

/// How much there is, and which part of it is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scrolled {
    /// Rows in all.
    pub total: usize,
    /// Rows above those that are seen.
    pub above: usize,
    /// Rows that are seen.
    pub seen: usize,
}

impl Scrolled {
    /// Where the thumb stands on a bar of `length` rows; none where everything is seen.
    fn thumb(self, length: usize) -> Option<std::ops::Range<usize>> {
        let hidden = self.total.checked_sub(self.seen).filter(|hidden| *hidden > 0)?;
        let size = (length * self.seen / self.total).clamp(1, length.max(1));
        let free = length.checked_sub(size)?;
        // Its ends are reached only where the text's are, if there is room to say so.
        let at = match self.above.min(hidden) {
            0 => 0,
            above if above == hidden => free,
            above => (free * above / hidden).clamp(1.min(free), free.saturating_sub(1).max(1.min(free))),
        };
        Some(at..at + size)
    }
}

/// A thin bar on the right border of a pane, only where there is more than is seen.
pub fn scrollbar(buf: &mut Buffer, area: Rect, scrolled: Scrolled, theme: &Theme) {
    let length = area.height.saturating_sub(2);
    let Some(thumb) = scrolled.thumb(usize::from(length)).filter(|_| length > 0 && area.width > 0) else { return };
    let (track, grip) = if theme.is_ascii() { (":", "#") } else { ("│", "█") };
    for row in 0..length {
        let Some(cell) = buf.cell_mut((area.right() - 1, area.y + 1 + row)) else { return };
        let symbol = if thumb.contains(&usize::from(row)) { grip } else { track };
        // The frame of the pane with the keys is bold; the bar is always the same.
        cell.set_symbol(symbol).set_style(Style::reset().patch(theme.base()).patch(theme.ink(Ink::Rule)));
    }
}

/// The rows of a buffer as text, without the spaces at their ends: for tests, which compare pictures.
#[must_use]
pub fn rows(buf: &Buffer) -> Vec<String> {
    buf.area.rows().map(|row| row_text(buf, row)).collect()
}

/// The same in one text, a row a line.
#[must_use]
pub fn picture(buf: &Buffer) -> String {
    rows(buf).join("\n")
}

fn row_text(buf: &Buffer, row: Rect) -> String {
    let mut text = String::new();
    let mut x = row.x;
    while x < row.right() {
        let symbol = buf.cell((x, row.y)).map_or(" ", |cell| cell.symbol());
        text.push_str(symbol);
        // A wide character hides the cell behind it.
        x = x.saturating_add(u16::try_from(symbol.width().max(1)).unwrap_or(1));
    }
    text.truncate(text.trim_end_matches(' ').len());
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::{Color, Modifier};

    use super::{
        super::theme::{Background, Depth},
        *,
    };
    use crate::face::text::Style;

    fn theme() -> Theme {
        Theme::choose(None, Depth::TrueColour, Some(Background::Dark), false)
    }

    fn ascii_theme() -> Theme {
        Theme::choose(None, Depth::None, None, true)
    }

    fn buffer(width: u16, height: u16) -> Buffer {
        Buffer::empty(Rect::new(0, 0, width, height))
    }

    fn put_in(width: u16, line: &Line) -> String {
        let mut buf = buffer(20, 1);
        put(&mut buf, 0, 0, width, line, &theme());
        picture(&buf)
    }

    #[test]
    fn what_is_blank_is_no_block() {
        let theme = Theme::choose(Some("light"), Depth::TrueColour, None, false);
        let is_block = |sign: &str| {
            let mut buf = Buffer::empty(Rect::new(0, 0, 2, 1));
            let line = Line::styled(sign, Style::of(Ink::Waits)).with("x", Style::PLAIN);
            put(&mut buf, 0, 0, 2, &line, &theme);
            buf[(0, 0)].modifier.contains(Modifier::REVERSED)
        };
        assert_eq!([is_block(" "), is_block("▸")], [false, true]);
    }

    #[test]
    fn a_wide_character_is_never_cut_in_half() {
        let line = Line::plain("三次").with("握手", Style::STRONG);
        assert_eq!(put_in(8, &line), "三次握手");
        assert_eq!(put_in(7, &line), "三次握");
        assert_eq!(put_in(3, &line), "三");
        assert_eq!(put_in(1, &line), "");
    }

    #[test]
    fn nothing_stands_behind_what_was_cut() {
        assert_eq!(put_in(3, &Line::plain("三次").with("a", Style::STRONG)), "三", "although the `a` would fit");
    }

    #[test]
    fn put_says_how_many_cells_it_took() {
        let mut buf = buffer(20, 1);
        assert_eq!(put(&mut buf, 0, 0, 5, &Line::plain("三次握手"), &theme()), 4);
        assert_eq!(put(&mut buf, 18, 0, 9, &Line::plain("abc"), &theme()), 2, "the buffer ends there");
        assert_eq!(put(&mut buf, 0, 1, 9, &Line::plain("abc"), &theme()), 0, "a row that is not there");
    }

    #[test]
    fn what_is_cut_says_so_if_asked() {
        let elided = |text: &str, width| elided(&Line::plain(text), width, &theme()).text();
        assert_eq!(elided("三次握手", 8), "三次握手");
        assert_eq!(elided("三次握手", 7), "三次握…");
        assert_eq!(elided("三次握手", 6), "三次…");
        assert_eq!(elided("abc", 1), "…");
        assert_eq!(elided("abc", 0), "");
        let ascii = super::elided(&Line::plain("abcdef"), 5, &ascii_theme()).text();
        assert_eq!(ascii, "ab...");
    }

    #[test]
    fn text_keeps_the_ground_on_which_it_is_put() {
        let mut buf = buffer(4, 1);
        buf.set_style(buf.area, theme().base().patch(theme().selected()));
        put(&mut buf, 0, 0, 4, &Line::styled("bad", Style::BAD), &theme());
        let cell = buf.cell((0, 0)).unwrap();
        assert_eq!(Some(cell.bg), theme().selected().bg);
        assert_eq!(Some(cell.fg), theme().ink(Ink::Bad).fg);
        assert!(cell.modifier.contains(Modifier::BOLD));
        assert_ne!(cell.fg, Color::Reset);
    }

    #[test]
    fn a_pane_has_its_title_left_and_the_rest_right() {
        let mut buf = buffer(20, 3);
        let title = Title::from("服务器").with_right(Line::plain("2/7"));
        let area = buf.area;
        let inner = pane(&mut buf, area, title, false, &theme());
        assert_eq!(inner, Rect::new(1, 1, 18, 1));
        assert_eq!(picture(&buf), "╭─ 服务器 ─── 2/7 ─╮\n│                  │\n╰──────────────────╯");
    }

    #[test]
    fn the_right_part_of_a_title_gives_way() {
        let mut buf = buffer(16, 2);
        let area = buf.area;
        pane(&mut buf, area, Title::from("conversation").with_right(Line::plain("2/7")), false, &theme());
        assert_eq!(rows(&buf)[0], "╭─ conversat… ─╮");
    }

    #[test]
    fn the_pane_with_the_keys_shows_without_colour() {
        let draw = |focused| {
            let mut buf = buffer(12, 2);
            let area = buf.area;
            pane(&mut buf, area, "wire", focused, &ascii_theme());
            picture(&buf)
        };
        assert_eq!(draw(false), "+- wire ---+\n+----------+");
        assert_eq!(draw(true), "#= wire ===#\n#==========#");
    }

    #[test]
    fn a_bar_shows_which_part_is_seen() {
        let draw = |above, total| {
            let mut buf = buffer(1, 7);
            let area = buf.area;
            scrollbar(&mut buf, area, Scrolled { total, above, seen: 5 }, &ascii_theme());
            rows(&buf).concat()
        };
        assert_eq!(draw(0, 5), "", "everything is seen");
        assert_eq!(draw(0, 10), "##:::");
        assert_eq!(draw(1, 10), ":##::", "not the beginning any more");
        assert_eq!(draw(4, 10), "::##:");
        assert_eq!(draw(5, 10), ":::##");
        assert_eq!(draw(999, 10), ":::##", "beyond the end is the end");
    }

    #[test]
    fn what_is_chosen_has_a_sign_in_a_free_cell_and_nowhere_else() {
        for (text, shown) in [("  one", "▸ one"), (" │two", "▸│two"), ("│ 3", "│▸3"), ("│four", "│four")]
        {
            let mut buf = Buffer::empty(Rect::new(0, 0, 5, 1));
            put(&mut buf, 0, 0, 5, &Line::plain(text), &theme());
            choose(&mut buf, Rect::new(1, 0, 4, 1), &theme());
            assert_eq!(picture(&buf).trim_end(), shown);
            assert_eq!(Some(buf[(1, 0)].bg), theme().selected().bg);
        }
    }

    #[test]
    fn no_area_is_too_small() {
        for (width, height) in [(0, 0), (1, 1), (2, 1), (1, 2), (3, 2), (5, 3)] {
            let mut buf = buffer(width, height);
            for area in [buf.area, Rect::new(0, 0, 9, 9), Rect::new(4, 1, 3, 3), Rect::new(7, 7, 1, 1)] {
                pane(&mut buf, area, Title::from("三次").with_right(Line::plain("x")), true, &theme());
                scrollbar(&mut buf, area, Scrolled { total: 9, above: 3, seen: 2 }, &theme());
            }
        }
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked(text: String, width in 0_u16..12, at in 0_u16..22) {
            let mut buf = buffer(20, 1);
            let took = put_elided(&mut buf, at, 0, width, &Line::plain(&text), &theme());
            prop_assert!(took <= width);
            prop_assert!(elided(&Line::plain(&text), width.into(), &theme()).width() <= width.into());
        }

        #[test]
        fn the_thumb_stays_on_its_bar(total in 0_usize..500, above in 0_usize..600, seen in 0_usize..90, length in 0_usize..90) {
            if let Some(thumb) = (Scrolled { total, above, seen }).thumb(length) {
                prop_assert!(thumb.end <= length && (length == 0 || !thumb.is_empty()), "{thumb:?}");
            }
        }
    }
}
