//! One conversation, as it is seen and as it is gone through.

use std::sync::Arc;

use crossterm::event::KeyCode;

use super::{
    super::{
        Capture,
        news::CaptureNews,
        sample::{GAPS, MANY, Sample, TROUBLED, picture},
    },
    *,
};
use crate::{
    face::{
        snapshot,
        text::{Line, Marks},
        tui::keys::Action,
    },
    pcap::Place,
};

struct Looked {
    sample: Sample,
    capture: Capture,
}

impl Looked {
    fn at(bytes: &[u8], stream: u32) -> Self {
        let sample = Sample::of(bytes);
        let capture = sample.capture();
        let mut looked = Self { sample, capture };
        (0..stream).for_each(|_| looked.press(Action::Down));
        looked.press(Action::Choose);
        looked
    }

    fn press(&mut self, action: Action) {
        let effects = self.capture.act(action);
        self.sample.answer(&mut self.capture, effects);
    }

    fn type_number(&mut self, number: &str) {
        self.press(Action::GoToPacket);
        for sign in number.chars() {
            self.capture.typed(KeyCode::Char(sign).into());
        }
        let effects = self.capture.typed(KeyCode::Enter.into());
        self.sample.answer(&mut self.capture, effects);
    }

    fn picture(&mut self, size: (u16, u16)) -> String {
        picture(&mut self.capture, size, false)
    }

    fn course(&self) -> &Course {
        self.capture.course().unwrap()
    }
}

#[test]
fn a_conversation_has_its_ladder_its_packet_and_what_it_came_to() {
    let mut looked = Looked::at(TROUBLED, 0);
    looked.press(Action::NextNote);
    snapshot::check("app-course-80", &looked.picture((80, 24)));
    snapshot::check("app-course-120", &looked.picture((120, 40)));
    snapshot::check("app-course-120-ascii", &picture(&mut looked.capture, (120, 40), true));
}

#[test]
fn what_the_capture_lacks_stands_in_the_ladder() {
    let mut looked = Looked::at(GAPS, 0);
    looked.press(Action::NextNote);
    let shown = looked.picture((120, 40));
    assert!(shown.contains("not captured"), "{shown}");
}

#[test]
fn numbers_can_be_those_in_the_packets() {
    let mut looked = Looked::at(MANY, 0);
    looked.press(Action::Down);
    looked.press(Action::Down);
    let found = looked.course().found().unwrap();
    let raw = format!("seq={}", found.packet.tcp().unwrap().sequence);
    assert!(!looked.picture((120, 40)).contains(&raw));
    looked.press(Action::Numbers);
    let shown = looked.picture((120, 40));
    assert!(shown.contains(&raw), "{raw}\n{shown}");
}

#[test]
fn in_ascii_everything_is_ascii() {
    let mut looked = Looked::at(TROUBLED, 0);
    (0..8).for_each(|_| looked.press(Action::Down));
    let shown = picture(&mut looked.capture, (120, 40), true);
    assert!(shown.is_ascii(), "{shown}");
}

#[test]
fn the_end_is_reached_at_once_and_the_beginning_again() {
    let mut looked = Looked::at(MANY, 0);
    looked.picture((80, 24));
    looked.press(Action::ToEnd);
    let last = looked.course().packets() - 1;
    assert_eq!(looked.course().chosen(), last);
    let shown = looked.picture((80, 24));
    assert!(shown.contains(&format!("{0} of {0}", last + 1)) && looked.course().found().is_some(), "{shown}");
    looked.press(Action::ToBegin);
    assert_eq!(looked.course().chosen(), 0);
}

#[test]
fn whatever_is_chosen_is_in_sight() {
    let mut looked = Looked::at(MANY, 1);
    for action in [Action::Down, Action::PageDown, Action::Up, Action::PageUp, Action::NextNote, Action::ToEnd] {
        for _ in 0..7 {
            looked.press(action);
            looked.picture((80, 24));
            let course = looked.course();
            assert!(course.sight.rows.contains(&course.chosen()), "{action:?}: {}", course.chosen());
        }
    }
}

#[test]
fn nothing_is_left_free_below_the_last_packet_where_there_are_more_above() {
    let mut looked = Looked::at(MANY, 0);
    looked.picture((80, 24));
    looked.press(Action::ToEnd);
    looked.picture((80, 24));
    // A larger screen shows more of those above.
    let shown = looked.picture((80, 50));
    let course = looked.course();
    assert!(course.sight.rows.len() + 3 > usize::from(course.panes()[0].height) - 4, "{shown}");
}

#[test]
fn packets_worth_a_look_are_gone_to_one_by_one() {
    let mut looked = Looked::at(TROUBLED, 0);
    let wanted: Vec<usize> = looked.course().notes.iter().map(|note| *note as usize).collect();
    assert!(!wanted.is_empty());
    let mut seen = Vec::new();
    loop {
        let before = looked.course().chosen();
        looked.press(Action::NextNote);
        if looked.course().chosen() == before {
            break;
        }
        seen.push(looked.course().chosen());
    }
    assert_eq!(seen, wanted.into_iter().filter(|note| *note > 0).collect::<Vec<_>>());
    assert!(looked.picture((100, 30)).contains("Nothing more that is out of the ordinary."));
}

#[test]
fn a_packet_is_gone_to_by_its_number() {
    let mut looked = Looked::at(MANY, 1);
    let numbers: Vec<u64> = looked.sample.of_stream(1).iter().map(|found| found.number).collect();
    looked.type_number(&numbers[3].to_string());
    assert_eq!(looked.course().chosen(), 3);
    looked.type_number("x");
    assert!(looked.picture((120, 30)).contains("A packet has a number"));
    looked.type_number("999999");
    assert!(looked.picture((120, 30)).contains("No packet from that number on"));
    assert_eq!(looked.course().chosen(), 3);
}

#[test]
fn who_stays_at_the_end_follows_what_comes() {
    let packets = Sample::of(MANY).of_stream(0);
    let mut course = Course::new(0, Numbers::Relative);
    let grown = |packets| CourseNews::Grown { stream: 0, packets, notes: Vec::new(), is_whole: false };
    let sheet = |count| {
        let packets = packets.iter().take(count).map(Arc::clone).collect();
        CourseNews::Sheet(Sheet { stream: 0, from: 0, packets })
    };
    course.hear(grown(3));
    course.act(CourseAct::Last);
    assert_eq!(course.chosen(), 2);
    course.hear(grown(9));
    assert_eq!(course.chosen(), 2, "the new ones are not here yet");
    course.hear(sheet(7));
    assert_eq!(course.chosen(), 6, "as far as they are here");
    course.hear(sheet(9));
    assert_eq!(course.chosen(), 8);
    course.act(CourseAct::Up);
    course.hear(grown(12));
    course.hear(sheet(12));
    assert_eq!(course.chosen(), 7, "who goes up stays there");
}

#[test]
fn what_is_needed_is_asked_for_once_and_before_it_is_in_sight() {
    let mut course = Course::new(0, Numbers::Relative);
    let grown = CourseNews::Grown { stream: 0, packets: 10_000, notes: Vec::new(), is_whole: true };
    let asked = course.hear(grown);
    assert_eq!(asked, [CaptureEffect::Fetch { stream: 0, from: 0, count: 4 * USUAL_PAGE }]);
    assert_eq!(course.act(CourseAct::Down), [], "that is on its way");
    let asked = course.act(CourseAct::Last);
    assert!(matches!(asked[..], [CaptureEffect::Fetch { from, count, .. }] if from + count > 9_999), "{asked:?}");
}

#[test]
fn on_a_larger_screen_more_is_asked_for() {
    let mut course = Course::new(0, Numbers::Relative);
    course.hear(CourseNews::Grown { stream: 0, packets: 10_000, notes: Vec::new(), is_whole: true });
    let asked = course.resize(Rect::new(0, 0, 120, 400));
    assert!(matches!(asked[..], [CaptureEffect::Fetch { from: 0, count, .. }] if count >= 398), "{asked:?}");
}

#[test]
fn who_follows_goes_on_following_whichever_key_means_nothing_there() {
    let mut course = Course::new(0, Numbers::Relative);
    course.hear(CourseNews::Grown { stream: 0, packets: 3, notes: Vec::new(), is_whole: false });
    course.act(CourseAct::Last);
    course.act(CourseAct::Right);
    assert!(course.follows);
}

#[test]
fn news_of_another_conversation_change_nothing() {
    let mut course = Course::new(0, Numbers::Relative);
    course.hear(CourseNews::Grown { stream: 1, packets: 7, notes: vec![1], is_whole: true });
    assert_eq!((course.packets(), course.is_whole(), course.notes.len()), (0, false, 0));
}

#[test]
fn a_file_that_can_not_be_read_any_more_says_why() {
    let mut looked = Looked::at(MANY, 0);
    let news = CourseNews::Failed { stream: 0, why: "the file became shorter".to_owned() };
    assert_eq!(looked.capture.hear(CaptureNews::Course(news)), []);
    assert!(looked.picture((120, 24)).contains("the file became shorter"));
}

/// A data packet of some length, with the keys in its pane.
fn looks_at_a_packet(size: (u16, u16)) -> Looked {
    let mut looked = Looked::at(MANY, 0);
    looked.picture(size);
    while looked.course().found().is_none_or(|found| found.packet.payload.len() < 20) {
        looked.press(Action::Down);
    }
    looked.press(Action::NextPane);
    looked
}

/// What stands in the room of the fields, a row a line.
fn fields_in(looked: &Looked, shown: &str) -> Vec<String> {
    let area = looked.course().fields_area(looked.course().panes()[1]);
    let rows = shown.lines().skip(area.y.into()).take(area.height.into());
    rows.map(|row| row.chars().skip(area.x.into()).take(area.width.into()).collect()).collect()
}

#[test]
fn the_last_byte_of_a_packet_is_reached() {
    for size in [(80, 24), (120, 40), (60, 20)] {
        let mut looked = looks_at_a_packet(size);
        looked.press(Action::ToEnd);
        let bytes = looked.course().found().unwrap().bytes.clone();
        (0..bytes.len()).for_each(|_| looked.press(Action::Right));
        let shown = looked.picture(size);
        let last = bytes.last().map(|byte| format!("{byte:02x}]")).unwrap();
        assert!(shown.contains(&last), "{last}\n{shown}");
    }
}

#[test]
fn a_chosen_field_lights_up_its_bytes_and_a_byte_its_field() {
    let mut looked = looks_at_a_packet((120, 40));
    looked.press(Action::ToBegin);
    let shown = looked.picture((120, 40));
    let lit = |rows: &[String], begin: &str| rows.iter().any(|row| row.starts_with(begin));
    assert!(lit(&fields_in(&looked, &shown), "0000 ["), "the first field is of the first bytes\n{shown}");
    // The ports stand in the bytes 34 to 37; the row with them comes in sight with any of them.
    (0..36).for_each(|_| looked.press(Action::Right));
    let shown = looked.picture((120, 40));
    let (area, rows) = (looked.course().fields_area(looked.course().panes()[1]), fields_in(&looked, &shown));
    assert!(shown.contains("destination port: "), "a byte chooses its field\n{shown}");
    let row = rows.iter().position(|row| row.starts_with("0020 ")).unwrap_or_else(|| panic!("{shown}"));
    // The third byte of the row is the first one of the source port.
    looked.capture.click(area.x + 5 + 3 * 2 + 1, area.y + u16::try_from(row).unwrap());
    let shown = looked.picture((120, 40));
    assert!(shown.contains("source port: "), "and so does a click on one\n{shown}");
}

#[test]
fn the_same_field_is_looked_at_in_the_next_packet() {
    let mut looked = looks_at_a_packet((120, 40));
    looked.press(Action::ToBegin);
    looked.press(Action::Down);
    looked.press(Action::NextPane);
    looked.press(Action::NextPane);
    looked.press(Action::Down);
    let shown = looked.picture((120, 40));
    assert!(shown.contains("Ethernet source address: "), "{shown}");
}

#[test]
fn of_an_unknown_link_all_bytes_are_shown_and_nothing_is_claimed() {
    let sample = Sample::of(MANY);
    let found = &sample.of_stream(0)[3];
    let bytes = found.bytes.clone();
    let parts = packet::dissected(found);
    assert!(parts.fields.len() > 10);
    let unknown = packet::unknown(&bytes);
    assert_eq!(unknown.fields.len(), 1);
    assert_eq!(unknown.fields[0].range, 0..bytes.len());
    assert!(unknown.fields[0].meaning.contains("does not know this kind of link"));
}

/// A packet of which the capture has only so many bytes.
fn cut(found: &Found, captured: usize) -> Found {
    let bytes = found.bytes[..captured].to_vec();
    let link = found.link.unwrap();
    let place = Place { captured: u32::try_from(captured).unwrap(), ..found.place };
    let (packet, reading) = (crate::packet::decode_from(link, &bytes), found.reading.clone());
    let (comments, states) = (Vec::new(), found.states.clone());
    let Found { number, at, interface, direction, .. } = *found;
    Found { number, at, interface, place, direction, bytes, link: Some(link), packet, reading, comments, states }
}

#[test]
fn of_a_packet_that_was_cut_short_that_is_said_and_what_there_is_is_shown() {
    let sample = Sample::of(MANY);
    let found = Arc::clone(&sample.of_stream(0)[6]);
    let words = |found: &Found| {
        let lines = packet::in_words(found, found.at, Numbers::Relative, &Marks::UNICODE, 70);
        lines.iter().map(Line::text).collect::<Vec<_>>().join("\n")
    };
    let short = cut(&found, 60);
    assert!(words(&short).lines().nth(1).is_some_and(|line| line.contains("60")), "{}", words(&short));
    assert!(packet::dissected(&short).fields.iter().all(|field| field.range.end <= 60));
    assert!(packet::dissected(&cut(&found, 0)).fields.is_empty());
}

#[test]
fn what_is_chosen_stays_in_sight_however_the_screen_changes() {
    let mut looked = Looked::at(MANY, 0);
    looked.picture((200, 60));
    looked.press(Action::ToEnd);
    looked.press(Action::Up);
    for size in [(80, 24), (120, 40), (60, 20), (200, 60), (80, 50)] {
        looked.picture(size);
        let course = looked.course();
        assert!(course.sight.rows.contains(&course.chosen()), "{size:?}");
    }
}

#[test]
fn back_in_the_list_the_conversation_is_still_chosen() {
    let mut looked = Looked::at(MANY, 2);
    looked.press(Action::Zoom);
    looked.press(Action::Leave);
    assert!(looked.capture.course().is_some(), "first the pane gives way");
    looked.press(Action::Leave);
    assert!(looked.capture.course().is_none());
    assert_eq!(looked.capture.list().chosen(), Some(2));
}

#[test]
fn a_conversation_can_be_drawn_at_every_size() {
    let mut looked = Looked::at(GAPS, 0);
    for width in (1..30).chain([39, 40, 60, 80, 103, 104, 120, 200, 400]) {
        for height in (1..16).chain([24, 40, 120]) {
            looked.press(Action::NextPane);
            if height % 3 == 0 {
                looked.press(Action::Zoom);
            }
            looked.press(Action::NextNote);
            looked.picture((width, height));
            looked.capture.click(width / 2, height / 2);
            looked.capture.wheel(width / 2, height.saturating_sub(2), 1);
        }
    }
}

#[test]
fn a_click_chooses_a_packet_or_a_pane() {
    let mut looked = Looked::at(MANY, 0);
    looked.picture((120, 40));
    let [ladder, packet, _] = looked.course().panes();
    let effects = looked.capture.click(ladder.x + 3, ladder.y + 1 + rungs::HEAD + 3);
    looked.sample.answer(&mut looked.capture, effects);
    let wanted = looked.course().sight.rows[3];
    assert_eq!(looked.course().chosen(), wanted);
    looked.capture.click(packet.x + 1, packet.y + 1);
    assert_eq!(looked.course().focus, Pane::Packet);
    // Where there is less room, the packet in words is scrolled.
    looked.picture((60, 20));
    let [_, packet, _] = looked.course().panes();
    looked.capture.wheel(packet.x + 1, packet.y + 1, 1);
    assert_eq!((looked.course().scrolled[0], looked.course().sight.most[0] > 0), (1, true));
}
