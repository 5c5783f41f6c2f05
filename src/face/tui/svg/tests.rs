//! A small screen as a picture.

use ratatui::style::{Color, Modifier, Style};

use super::*;
use crate::face::snapshot;

fn buffer(width: u16, height: u16) -> Buffer {
    Buffer::empty(Rect::new(0, 0, width, height))
}

#[test]
fn a_small_screen_is_a_small_picture() {
    let mut buf = buffer(14, 4);
    buf.set_style(buf.area, Style::new().fg(Color::Rgb(220, 220, 220)).bg(Color::Rgb(20, 22, 28)));
    buf.set_string(0, 0, "╭─ 三次 <&> ─╮", Style::new());
    buf.set_string(0, 1, "│ one   two ┃█", Style::new());
    buf.set_string(2, 1, "one", Style::new().fg(Color::Rgb(255, 200, 0)).add_modifier(Modifier::BOLD));
    buf.set_string(8, 1, "two", Style::new().add_modifier(Modifier::UNDERLINED));
    buf.set_style(Rect::new(1, 2, 12, 1), Style::new().bg(Color::Rgb(40, 50, 60)));
    buf.set_string(3, 2, "turned", Style::new().add_modifier(Modifier::REVERSED));
    buf.set_string(0, 3, "╰────────────╯", Style::new());
    snapshot::check("svg-small", &svg(&buf, "A screen with <angles> & \"quotes\""));
}

#[test]
fn nothing_is_left_that_a_reader_of_svg_would_obey() {
    let mut buf = buffer(40, 1);
    buf.set_string(0, 0, "</tspan><script>\"&'", Style::new());
    let picture = svg(&buf, "<script>");
    assert!(!picture.contains("<script>"), "{picture}");
    assert!(picture.contains("&lt;/tspan&gt;&lt;script&gt;&quot;&amp;"), "{picture}");
}

#[test]
fn neighbours_that_look_alike_are_one_and_many_spaces_are_none() {
    let mut buf = buffer(60, 1);
    buf.set_string(0, 0, "one word", Style::new());
    buf.set_string(50, 0, "far", Style::new());
    let picture = svg(&buf, "");
    assert!(picture.contains("<tspan x=\"0\" textLength=\"64\">one word</tspan>"), "{picture}");
    assert!(picture.contains("<tspan x=\"400\" textLength=\"24\">far</tspan>"), "{picture}");
}

#[test]
fn a_line_over_many_cells_is_one_stroke() {
    let mut buf = buffer(50, 1);
    buf.set_string(0, 0, "─".repeat(50), Style::new());
    let picture = svg(&buf, "");
    assert_eq!(picture.matches("M0 8H400").count(), 1, "{picture}");
    assert!(!picture.contains('─'));
}

#[test]
fn no_buffer_is_too_small() {
    for (width, height) in [(0, 0), (1, 1), (0, 5)] {
        assert!(svg(&buffer(width, height), "").ends_with("</svg>\n"));
    }
}
