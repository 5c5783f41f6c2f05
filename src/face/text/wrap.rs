//! Lines broken to a width, where Unicode's line breaking (UAX 14) allows it.
//!
//! No character is lost except the spaces at which a line was broken. A word is cut only when it is longer than a
//! whole line, and then between two graphemes.

use std::ops::Range;

use unicode_linebreak::linebreaks;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::line::{Ink, Line};

/// `line` in as many lines as it needs. At least one, also when it is empty.
#[must_use]
pub fn wrap(line: &Line, width: usize) -> Vec<Line> {
    wrap_behind(line, width, width)
}

/// The same where something stands before the first line: that one may be only `first` cells wide, the others `rest`.
#[must_use]
pub fn wrap_behind(line: &Line, first: usize, rest: usize) -> Vec<Line> {
    let text = line.text();
    if text.width() <= first {
        return vec![line.clone()];
    }
    let mut rows = Rows::new(&text, first, rest);
    for piece in pieces(line, &text) {
        rows.place(piece);
    }
    rows.finish().iter().map(|range| line.cut(range)).collect()
}

/// The widest piece that wrapping would like to keep whole.
#[must_use]
pub fn longest_piece(line: &Line) -> usize {
    let text = line.text();
    pieces(line, &text).into_iter().map(|piece| visible(&text[piece]).width()).max().unwrap_or(0)
}

fn visible(piece: &str) -> &str {
    piece.trim_end_matches(' ')
}

/// The stretches between two places where the line may be broken.
fn pieces(line: &Line, text: &str) -> Vec<Range<usize>> {
    let solid = solid_stretches(line);
    let breaks = linebreaks(text).map(|(at, _)| at).filter(|&at| {
        let (before, after) = text.split_at(at);
        match before.strip_suffix(' ') {
            Some(before) => !is_unit(before, after),
            None => !is_name(before, after) && !solid.iter().any(|stretch| stretch.start < at && at < stretch.end),
        }
    });
    let mut start = 0;
    breaks.map(|at| std::mem::replace(&mut start, at)..at).filter(|piece| !piece.is_empty()).collect()
}

/// Whether a number would be parted from its unit of time: `0.041` and `ms`.
fn is_unit(before: &str, after: &str) -> bool {
    let word = after.split(|c: char| !c.is_alphanumeric()).next();
    before.ends_with(|c: char| c.is_ascii_digit()) && matches!(word, Some("s" | "ms" | "ns"))
}

/// Whether a name in capitals would be parted: `TIME-` and `WAIT`.
fn is_name(before: &str, after: &str) -> bool {
    let stem = before.strip_suffix('-').is_some_and(|stem| stem.ends_with(|c: char| c.is_ascii_uppercase()));
    stem && after.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// Where a machine's words stand: `SYN-RECV` and `127.0.0.1/8` are not hyphenated.
fn solid_stretches(line: &Line) -> Vec<Range<usize>> {
    let mut begin = 0;
    let mut found = Vec::new();
    for span in line.spans() {
        let end = begin + span.text().len();
        if span.style().ink == Ink::Code {
            found.push(begin..end);
        }
        begin = end;
    }
    found
}

/// Rows being filled, as byte ranges of the text.
struct Rows<'t> {
    text: &'t str,
    /// Of the row that is being filled, and of those after it.
    width: usize,
    rest: usize,
    done: Vec<Range<usize>>,
    row: Range<usize>,
    /// Cells of the row, trailing spaces included.
    used: usize,
}

impl<'t> Rows<'t> {
    const fn new(text: &'t str, first: usize, rest: usize) -> Self {
        Self { text, width: first, rest, done: Vec::new(), row: 0..0, used: 0 }
    }

    fn place(&mut self, piece: Range<usize>) {
        let shown = visible(&self.text[piece.clone()]);
        let cells = shown.width();
        if !shown.is_empty() && self.used + cells > self.width && (!self.row.is_empty() || self.width < self.rest) {
            self.close();
        }
        if cells > self.width {
            self.place_in_parts(piece);
        } else {
            self.extend(&piece);
        }
    }

    /// A word longer than a line.
    fn place_in_parts(&mut self, piece: Range<usize>) {
        for (at, grapheme) in self.text[piece.clone()].grapheme_indices(true) {
            let part = piece.start + at..piece.start + at + grapheme.len();
            let shown = visible(grapheme);
            if !shown.is_empty() && self.used + shown.width() > self.width && !self.row.is_empty() {
                self.close();
            }
            self.extend(&part);
        }
    }

    fn extend(&mut self, part: &Range<usize>) {
        self.row.end = part.end;
        self.used += self.text[part.clone()].width();
    }

    fn close(&mut self) {
        let shown = visible(&self.text[self.row.clone()]).len();
        self.done.push(self.row.start..self.row.start + shown);
        self.row = self.row.end..self.row.end;
        self.used = 0;
        self.width = self.rest;
    }

    fn finish(mut self) -> Vec<Range<usize>> {
        if !self.row.is_empty() || self.done.is_empty() {
            self.close();
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::line::Style, *};

    fn rows(text: &str, width: usize) -> Vec<String> {
        wrap(&Line::plain(text), width).iter().map(Line::text).collect()
    }

    #[test]
    fn words_go_to_the_next_line_whole() {
        assert_eq!(rows("I got your number, I expect the next.", 20), ["I got your number, I", "expect the next."]);
        assert_eq!(rows("", 20), [""]);
    }

    #[test]
    fn chinese_breaks_between_characters_but_not_before_a_full_stop() {
        assert_eq!(rows("第一次握手：客户端发送", 10), ["第一次握", "手：客户端", "发送"]);
        assert_eq!(rows("四个汉字。", 8), ["四个汉", "字。"]);
    }

    #[test]
    fn a_word_is_cut_only_when_it_is_longer_than_a_line() {
        assert_eq!(rows("see aaaaaaaaaaaa there", 6), ["see", "aaaaaa", "aaaaaa", "there"]);
        assert_eq!(rows("aaaa  a ", 2), ["aa", "aa", "a"], "spaces behind it go with its last line");
    }

    #[test]
    fn the_first_line_leaves_room_for_what_stands_before_it() {
        let rows = |text: &str| wrap_behind(&Line::plain(text), 4, 9).iter().map(Line::text).collect::<Vec<_>>();
        assert_eq!(rows("one two three"), ["one", "two three"]);
        assert_eq!(rows("three one two"), ["", "three one", "two"], "rather an empty line than a cut word");
    }

    #[test]
    fn a_number_stays_with_its_unit() {
        assert_eq!(rows("it took 0.041 ms more", 14), ["it took", "0.041 ms more"]);
        assert_eq!(rows("it took 12 members", 11), ["it took 12", "members"]);
    }

    #[test]
    fn code_is_not_hyphenated() {
        let line = Line::plain("is in ").with("SYN-RECV now", Style::CODE).with(", half-open", Style::PLAIN);
        let rows: Vec<_> = wrap(&line, 11).iter().map(Line::text).collect();
        assert_eq!(rows, ["is in", "SYN-RECV", "now, half-", "open"]);
    }

    /// Words and what breaks like none: Chinese, marks that combine, emoji, spaces in a row.
    fn texts() -> impl Strategy<Value = String> {
        let atoms = prop::sample::select(vec![
            "a",
            "word",
            "SYN+ACK",
            " ",
            "  ",
            "三",
            "次，",
            "握。",
            "“",
            "”",
            "é",
            "e\u{301}",
            "👩‍🚀",
            "🇨🇳",
            "-",
            "/",
            "——",
            "ﷺ",
            "\u{200b}",
            "http://a.b/c",
            "…",
            "(",
            ")",
        ]);
        prop_oneof![prop::collection::vec(atoms, 0..40).prop_map(|atoms| atoms.concat()), any::<String>()]
    }

    proptest! {
        #[test]
        fn no_character_is_lost_and_no_line_too_wide(text in texts(), width in 2_usize..50) {
            let line = Line::plain(&text);
            let wrapped = wrap(&line, width);
            let kept = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            let joined: String = wrapped.iter().map(Line::text).collect();
            prop_assert_eq!(kept(&joined), kept(&line.text()));
            for row in &wrapped {
                let text = row.text();
                prop_assert!(row.width() <= width || text.graphemes(true).count() == 1, "{:?} is {}", text, row.width());
            }
        }

        #[test]
        fn spaces_are_lost_only_where_a_line_ends(text in "[a三 ]{0,60}", width in 2_usize..20) {
            let rows = rows(&text, width);
            let mut rest = text.as_str();
            for row in &rows {
                prop_assert!(rest.starts_with(row.as_str()), "{row:?} is not what comes next in {rest:?}");
                rest = rest[row.len()..].trim_start_matches(' ');
            }
            prop_assert_eq!(rest, "");
        }
    }
}
