//! The list of conversations, as it is seen and as it grows.

use crossterm::event::KeyCode;
use proptest::prelude::*;

use super::{
    super::{
        Capture,
        news::{CaptureEffect, CaptureNews},
        sample::{MANY, Sample, TROUBLED, picture},
    },
    *,
};
use crate::face::{capture::Numbers, snapshot, tui::keys::Action};

fn empty() -> Capture {
    Capture::new("web.pcap", Some(200_000), Filter::default(), Numbers::Relative)
}

fn press(capture: &mut Capture, text: &str) {
    for sign in text.chars() {
        let effects = capture.typed(KeyCode::Char(sign).into());
        assert_eq!(effects, []);
    }
}

#[test]
fn the_conversations_are_listed_and_the_chosen_one_is_told() {
    let sample = Sample::of(MANY);
    let mut capture = sample.capture();
    capture.act(Action::Down);
    snapshot::check("app-list-80", &picture(&mut capture, (80, 24), false));
    snapshot::check("app-list-120", &picture(&mut capture, (120, 40), false));
    snapshot::check("app-list-80-ascii", &picture(&mut capture, (80, 24), true));
}

#[test]
fn while_the_file_is_read_the_list_can_be_used() {
    let sample = Sample::in_parts(MANY, 20);
    let mut capture = empty();
    capture.hear(CaptureNews::File(sample.parts[0].clone()));
    let shown = picture(&mut capture, (80, 24), false);
    assert!(shown.contains("reading, ") && shown.contains(" of 0.2 MB"), "{shown}");
    let stream = capture.list().rows()[0];
    assert_eq!(capture.act(Action::Choose), [CaptureEffect::Open { stream }]);
}

#[test]
fn the_chosen_one_stays_chosen_however_others_come_and_are_sorted() {
    let sample = Sample::in_parts(MANY, 30);
    let mut capture = empty();
    let (first, rest) = sample.parts.split_at(3);
    first.iter().for_each(|news| drop(capture.hear(CaptureNews::File(news.clone()))));
    capture.act(Action::Down);
    let chosen = capture.list().chosen();
    assert!(chosen.is_some_and(|id| id > 0));
    capture.act(Action::Sort);
    rest.iter().for_each(|news| drop(capture.hear(CaptureNews::File(news.clone()))));
    assert_eq!(capture.list().chosen(), chosen);
}

#[test]
fn what_is_typed_counts_at_once_and_can_be_given_up() {
    let sample = Sample::of(MANY);
    let mut capture = sample.capture();
    let all = capture.list().rows().len();
    let port = capture.list().account(1).unwrap().parties[0].socket.port();
    capture.act(Action::Search);
    assert!(capture.is_typing());
    press(&mut capture, &format!("port={port}"));
    assert_eq!(capture.list().rows(), [1]);
    capture.typed(KeyCode::Enter.into());
    assert!(!capture.is_typing());
    assert!(picture(&mut capture, (80, 24), false).contains(&format!("1 of {all}")));
    assert_eq!(capture.act(Action::Leave), [], "first the filter is left");
    assert_eq!(capture.list().rows().len(), all);
    assert_eq!(capture.act(Action::Leave), [CaptureEffect::Leave]);
}

#[test]
fn a_filter_that_can_not_be_read_says_so_and_hides_nothing() {
    let sample = Sample::of(MANY);
    let mut capture = sample.capture();
    let before = capture.list().rows().to_vec();
    capture.act(Action::Search);
    press(&mut capture, "port=x");
    assert!(picture(&mut capture, (120, 24), false).contains("a port is a number"));
    assert_eq!(capture.list().rows(), before);
}

#[test]
fn a_click_chooses_and_another_one_opens() {
    let sample = Sample::of(MANY);
    let mut capture = sample.capture();
    picture(&mut capture, (80, 24), false);
    assert_eq!(capture.click(10, 5), []);
    assert_eq!(capture.list().chosen(), Some(2));
    assert_eq!(capture.click(10, 5), [CaptureEffect::Open { stream: 2 }]);
}

#[test]
fn the_conversation_of_the_command_line_is_opened_when_it_is_there() {
    let sample = Sample::in_parts(MANY, 20);
    let filter = Filter { streams: vec![2], ..Filter::default() };
    let mut capture = Capture::new("web.pcap", None, filter, Numbers::Relative);
    let mut effects = Vec::new();
    for news in &sample.parts {
        effects.extend(capture.hear(CaptureNews::File(news.clone())));
    }
    assert_eq!(effects, [CaptureEffect::Open { stream: 2 }]);
    assert_eq!(capture.course().map(super::super::course::Course::stream), Some(2));
    assert!(capture.list().rows().len() > 1, "the others are there when one goes back");
}

#[test]
fn what_is_wrong_with_the_file_stands_above_the_list() {
    let mut capture = empty();
    let troubles = vec!["web.pcap can be read up to byte 7: \x1b[2J it ends".to_owned()];
    let end = Some(FileEnd { troubles, comments: vec!["one\ntwo".to_owned()] });
    capture.hear(CaptureNews::File(FileNews { end, ..FileNews::default() }));
    let shown = picture(&mut capture, (80, 24), false);
    for part in ["up to byte 7", "\\x1b[2J", "In the file: one", "In the file: two", "holds no packet"] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
}

#[test]
fn the_list_can_be_drawn_at_every_size() {
    let sample = Sample::of(TROUBLED);
    let mut capture = sample.capture();
    capture.act(Action::Search);
    for width in (1..30).chain([39, 40, 60, 80, 104, 120, 200, 400]) {
        for height in (1..16).chain([24, 40, 120]) {
            picture(&mut capture, (width, height), width % 2 == 0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn in_whatever_parts_the_news_come_the_list_is_the_same(every in 1_usize..200, sorts in 0_usize..5) {
        let (whole, parts) = (Sample::of(MANY), Sample::in_parts(MANY, every));
        let show = |news: &[FileNews]| {
            let mut capture = empty();
            (0..sorts).for_each(|_| drop(capture.act(Action::Sort)));
            news.iter().for_each(|news| drop(capture.hear(CaptureNews::File(news.clone()))));
            picture(&mut capture, (100, 30), false)
        };
        prop_assert_eq!(show(&[whole.news]), show(&parts.parts));
    }
}

#[test]
fn who_was_at_a_list_with_nothing_in_it_has_the_first_that_comes() {
    let sample = Sample::in_parts(MANY, 30);
    let mut capture = empty();
    capture.wheel(3, 8, 3);
    capture.act(Action::Search);
    press(&mut capture, "port 1");
    sample.parts.iter().take(2).for_each(|news| drop(capture.hear(CaptureNews::File(news.clone()))));
    capture.typed(KeyCode::Up.into());
    (0..6).for_each(|_| drop(capture.typed(KeyCode::Backspace.into())));
    sample.parts.iter().skip(2).for_each(|news| drop(capture.hear(CaptureNews::File(news.clone()))));
    assert!(capture.list().chosen().is_some());
}
