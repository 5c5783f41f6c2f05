use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use super::*;
use crate::lesson::complete::{Candidate, Completions};

fn typed(text: &str) -> Input {
    let mut input = Input::default();
    for c in text.chars() {
        input.edit(Edit::Insert(c));
    }
    input
}

fn said(lines: &[&str]) -> Input {
    let mut input = Input::default();
    for line in lines {
        input.set(line);
        input.accept();
    }
    input
}

/// The text with `|` at the cursor.
fn shown(input: &Input) -> String {
    let (before, after) = input.text().split_at(input.cursor());
    format!("{before}|{after}")
}

fn after(text: &str, edits: &[Edit]) -> String {
    let mut input = typed(text);
    for edit in edits {
        input.edit(*edit);
    }
    shown(&input)
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Option<Edit> {
    Edit::of(KeyEvent::new(code, modifiers))
}

#[test]
fn keys_are_those_of_shells() {
    let control = |c| key(KeyCode::Char(c), KeyModifiers::CONTROL);
    assert_eq!(control('a'), Some(Edit::Home));
    assert_eq!(control('w'), Some(Edit::CutWord));
    assert_eq!(control('c'), None, "that is the app's");
    assert_eq!(key(KeyCode::Char('b'), KeyModifiers::ALT), Some(Edit::WordLeft));
    assert_eq!(key(KeyCode::Left, KeyModifiers::CONTROL), Some(Edit::WordLeft));
    assert_eq!(key(KeyCode::Char('A'), KeyModifiers::SHIFT), Some(Edit::Insert('A')));
    assert_eq!(key(KeyCode::Char('@'), KeyModifiers::CONTROL | KeyModifiers::ALT), Some(Edit::Insert('@')));
    assert_eq!(key(KeyCode::Tab, KeyModifiers::NONE), None);
}

#[test]
fn a_grapheme_is_passed_and_deleted_as_one() {
    let text = "a👩‍🚀e\u{301}";
    assert_eq!(after(text, &[Edit::Left]), "a👩‍🚀|e\u{301}");
    assert_eq!(after(text, &[Edit::Left, Edit::Left]), "a|👩‍🚀e\u{301}");
    assert_eq!(after(text, &[Edit::Backspace, Edit::Backspace]), "a|");
    assert_eq!(after(text, &[Edit::Home, Edit::Right, Edit::Delete]), "a|e\u{301}");
}

#[test]
fn words_are_passed_and_cut() {
    let text = "client connect server:80";
    assert_eq!(after(text, &[Edit::WordLeft]), "client connect server:|80");
    assert_eq!(after(text, &[Edit::WordLeft, Edit::WordLeft]), "client connect |server:80");
    assert_eq!(after(text, &[Edit::Home, Edit::WordRight, Edit::WordRight]), "client connect| server:80");
    assert_eq!(after(text, &[Edit::CutWord]), "client connect |");
    assert_eq!(after("client  ", &[Edit::CutWord]), "|");
}

#[test]
fn the_ends_of_the_line_are_reached_and_cut() {
    assert_eq!(after("三次握手", &[Edit::Home]), "|三次握手");
    assert_eq!(after("三次握手", &[Edit::Left, Edit::CutToStart]), "|手");
    assert_eq!(after("三次握手", &[Edit::Home, Edit::Right, Edit::CutToEnd]), "三|");
    assert_eq!(after("ab", &[Edit::Right, Edit::End, Edit::Delete]), "ab|");
}

#[test]
fn the_history_keeps_what_was_being_typed() {
    let mut input = said(&["one", "two", "two", " "]);
    input.edit(Edit::Insert('x'));
    let go = |input: &mut Input, edit| {
        input.edit(edit);
        input.text().to_owned()
    };
    assert_eq!(go(&mut input, Edit::Older), "two");
    assert_eq!(go(&mut input, Edit::Older), "one", "the same line twice is one, and a blank one none");
    assert_eq!(go(&mut input, Edit::Older), "one");
    assert_eq!(go(&mut input, Edit::Newer), "two");
    assert_eq!(go(&mut input, Edit::Newer), "x");
    assert_eq!(go(&mut input, Edit::Newer), "x");
}

#[test]
fn a_line_of_the_history_can_be_changed_and_said() {
    let mut input = said(&["server listen"]);
    input.edit(Edit::Older);
    input.edit(Edit::Insert('!'));
    assert_eq!(input.accept(), "server listen!");
    assert_eq!(shown(&input), "|");
    input.edit(Edit::Older);
    assert_eq!(input.text(), "server listen!");
}

#[test]
fn pasted_lines_are_shown_one_after_the_other() {
    let mut input = typed("client ");
    input.paste("close\x1b[31m\r\n\r\n\tserver recv\nserver close\n");
    assert_eq!((input.text(), input.waiting()), ("client close[31m", 2));
    assert_eq!(input.accept(), "client close[31m");
    assert_eq!((input.text(), input.waiting()), (" server recv", 1));
    input.accept();
    assert_eq!(input.accept(), "server close");
    assert_eq!(shown(&input), "|");
}

#[test]
fn clear_drops_what_was_pasted() {
    let mut input = Input::default();
    input.paste("a\nb\nc");
    input.clear();
    assert_eq!((input.accept(), input.waiting()), (String::new(), 0));
}

#[test]
fn nothing_grows_without_bounds() {
    let mut input = Input::default();
    input.paste(&"三\n".repeat(10_000));
    input.paste(&"握".repeat(10_000));
    assert!(input.text().len() <= LONGEST && input.waiting() <= MOST_WAITING);
    (0..2000).for_each(|at| {
        input.set(&format!("line {at}"));
        input.accept();
    });
    assert!(input.history.len() <= REMEMBERED);
}

#[test]
fn what_a_terminal_obeys_cannot_be_typed() {
    assert_eq!(shown(&typed("a\x07\u{202e}b")), "ab|");
}

#[test]
fn a_line_that_fits_is_seen_whole() {
    let view = typed("三次").view(5);
    assert_eq!(view, View { text: "三次".into(), cursor: 4, cut_left: false, cut_right: false });
}

#[test]
fn a_long_line_scrolls_by_halves() {
    let mut input = typed("0123456789abcdef");
    assert_eq!(input.view(8), View { text: "cdef".into(), cursor: 4, cut_left: true, cut_right: false });
    input.edit(Edit::Left);
    assert_eq!(input.view(8), View { text: "89abcdef".into(), cursor: 7, cut_left: true, cut_right: false });
    input.edit(Edit::Left);
    assert_eq!(input.view(8).text, "89abcdef", "it stands still");
    input.edit(Edit::Home);
    assert_eq!(input.view(8), View { text: "01234567".into(), cursor: 0, cut_left: false, cut_right: true });
}

fn three(_: &str, cursor: usize) -> Completions {
    let candidate = |text: &str| Candidate { text: text.into(), help: String::new() };
    let candidates = ["send", "sendto", "setsockopt"].map(candidate).to_vec();
    Completions { replaces: cursor - 1..cursor, candidates }
}

#[test]
fn tab_goes_through_the_candidates_and_back_to_what_was_typed() {
    let mut input = typed("client s");
    let mut tab = |forward| {
        input.complete(forward, three);
        shown(&input)
    };
    assert_eq!(tab(true), "client send|");
    assert_eq!(tab(true), "client sendto|");
    assert_eq!(tab(true), "client setsockopt|");
    assert_eq!(tab(true), "client s|");
    assert_eq!(tab(false), "client setsockopt|");
    assert_eq!(tab(false), "client sendto|");
}

#[test]
fn the_text_behind_the_cursor_stays() {
    let mut input = typed("s now");
    input.edit(Edit::Home);
    input.edit(Edit::Right);
    input.complete(true, three);
    input.complete(true, three);
    assert_eq!(shown(&input), "sendto| now");
}

#[test]
fn typing_ends_the_cycle() {
    let mut input = typed("s");
    input.complete(true, three);
    assert_eq!(input.cycle().map(Cycle::chosen), Some(Some(0)));
    input.edit(Edit::Insert(' '));
    assert!(input.cycle().is_none());
    assert_eq!(shown(&input), "send |");
}

#[test]
fn a_single_candidate_is_taken_with_its_space() {
    let only = |text: &'static str| {
        move |_: &str, cursor: usize| Completions {
            replaces: 0..cursor,
            candidates: vec![Candidate { text: text.into(), help: String::new() }],
        }
    };
    let mut input = typed("k");
    input.complete(true, only("kernel"));
    assert_eq!(shown(&input), "kernel |");
    let mut input = typed("r");
    input.complete(true, only("rtt="));
    assert_eq!(shown(&input), "rtt=|");
    assert!(input.cycle().is_none());
}

fn edits() -> impl Strategy<Value = Edit> {
    let moves = prop::sample::select(vec![
        Edit::Backspace,
        Edit::Delete,
        Edit::Left,
        Edit::Right,
        Edit::WordLeft,
        Edit::WordRight,
        Edit::Home,
        Edit::End,
        Edit::CutWord,
        Edit::CutToStart,
        Edit::CutToEnd,
        Edit::Older,
        Edit::Newer,
    ]);
    let signs = prop::sample::select("ab 三é👩‍🚀\u{301}🇨🇳".chars().collect::<Vec<_>>());
    prop_oneof![moves, signs.prop_map(Edit::Insert), any::<char>().prop_map(Edit::Insert)]
}

proptest! {
    #[test]
    fn the_cursor_stays_between_graphemes_and_in_sight(edits in prop::collection::vec(edits(), 0..60), width in 1_usize..20) {
        let mut input = said(&["e\u{301}", "三次"]);
        for edit in edits {
            input.edit(edit);
            prop_assert_eq!(boundary(input.text(), input.cursor()), input.cursor());
            let view = input.view(width);
            prop_assert!(view.text.width() <= width && view.cursor < width, "{:?} in {}", view, width);
        }
    }
}
