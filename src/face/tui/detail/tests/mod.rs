//! Pictures of the tabs, and that none of them fails for any size or position.

mod graphs;
mod sockets;

use super::{
    super::{
        canvas::{self, picture},
        ladder::{self, View},
        reel::{Kind, Reel},
        theme::{Background, Depth, Theme},
    },
    *,
};
use crate::{
    face::{
        sample::{self, Run, wire},
        snapshot,
        text::{Line, Marks},
    },
    kernel::{clock::Stamp, state::TcpState},
    lesson::model::Lesson,
    timeline::event::{Basis, BlockRef, Event, Fact, Fate, Outcome, Value, What},
};

/// A lesson with what happened in it.
struct Ran {
    lesson: Lesson,
    reel: Reel,
}

impl Ran {
    fn of(lesson: Lesson, events: Vec<Event>) -> Self {
        let mut reel = Reel::default();
        events.into_iter().for_each(|event| reel.push(event));
        Self { lesson, reel }
    }

    fn on_the_wire() -> Self {
        Self::of(wire::lesson(), wire::events())
    }

    fn on_the_loopback(run: Run) -> Self {
        let lesson = sample::lesson();
        let events = sample::events(&lesson, run);
        Self::of(lesson, events)
    }

    fn end(&self) -> usize {
        self.reel.len()
    }

    /// The position behind the first event that is meant.
    fn behind(&self, is_meant: impl Fn(&What) -> bool) -> usize {
        self.reel.events().iter().position(|event| is_meant(&event.what)).unwrap() + 1
    }

    fn rung(&self, is_meant: impl Fn(Kind) -> bool) -> Option<usize> {
        self.reel.rungs().iter().position(|rung| is_meant(rung.kind))
    }

    /// The pane as it is seen, in a frame of its own around an area of this size.
    fn drawn(&self, state: &DetailState, at: At, (width, height): (u16, u16), theme: &Theme) -> String {
        let mut buf = Buffer::empty(Rect::new(0, 0, width + 2, height + 2));
        let area = buf.area;
        let inner = canvas::pane(&mut buf, area, state.tab.name(), false, theme);
        self.with(at, theme, |subject| draw(&mut buf, inner, state, subject));
        picture(&buf) + "\n"
    }

    fn with<T>(&self, at: At, theme: &Theme, then: impl FnOnce(&Subject<'_>) -> T) -> T {
        let world = self.reel.world(at.position);
        let clock = self.reel.events().get(at.position.saturating_sub(1)).map_or(Stamp(0), |event| event.at);
        let At { position, frame, rung, .. } = at;
        let (lesson, reel, world) = (&self.lesson, &self.reel, &world);
        let seen = at.seen.unwrap_or(reel.len());
        then(&Subject { lesson, reel, position, seen, world, frame, rung, clock, theme, is_for_class: false })
    }
}

#[derive(Clone, Copy, Default)]
struct At {
    position: usize,
    frame: Option<usize>,
    rung: Option<usize>,
    /// All, where nothing is said.
    seen: Option<usize>,
}

fn theme() -> Theme {
    Theme::choose(None, Depth::TrueColour, Some(Background::Dark), false)
}

fn ascii() -> Theme {
    Theme::choose(None, Depth::None, None, true)
}

fn open(tab: Tab) -> DetailState {
    DetailState::at(tab)
}

const SIZES: [(&str, (u16, u16)); 3] = [("78x12", (78, 12)), ("58x20", (58, 20)), ("118x30", (118, 30))];

/// One picture of all three sizes.
fn check(name: &str, run: &Ran, state: &DetailState, at: At) {
    let pictures: Vec<String> =
        SIZES.iter().map(|(size, cells)| format!("{size}\n{}", run.drawn(state, at, *cells, &theme()))).collect();
    snapshot::check(&format!("detail-{name}"), &pictures.join("\n"));
}

/// A lesson as it was recorded.
fn recorded(name: &str) -> Ran {
    let found = crate::lesson::catalog::Catalog::embedded().find(name).unwrap();
    let recording = crate::face::json::read(found.recording.unwrap().as_bytes()).unwrap();
    Ran::of(found.lesson, recording.events)
}

#[test]
fn no_story_says_that_a_state_became_what_it_was() {
    let mut confirmed = 0;
    for name in ["handshake", "close", "corners", "flow-control"] {
        let run = recorded(name);
        for rung in 0..run.reel.rungs().len() {
            let at = At { position: run.end(), rung: Some(rung), ..At::default() };
            let lines = run.with(at, &theme(), |subject| story::sheet(subject, 100)).lines;
            for text in lines.iter().map(Line::text) {
                confirmed += usize::from(text.contains("confirmed by the kernel"));
                let Some((before, after)) = text.split_once(" → ") else { continue };
                let (from, to) = (before.split(' ').next_back(), after.split(' ').next());
                assert_ne!(from, to.map(|to| to.trim_matches(['(', ')'])), "{name}: {text}");
            }
        }
    }
    assert!(confirmed > 0, "what the kernel confirms is told");
}

#[test]
fn the_story_and_the_ladder_have_one_clock_and_the_same_numbers() {
    let (run, mut held) = (recorded("handshake"), 0);
    let (reel, position, world) = (&run.reel, run.end(), run.reel.world(run.end()));
    for rung in 0..reel.rungs().len() {
        let view = View {
            reel,
            position,
            world: &world,
            rung: Some(rung),
            clock: Stamp(0),
            marks: &Marks::UNICODE,
            is_wide: false,
        };
        let rows = ladder::rows(&view, 118, 3).into_iter().filter(|row| row.rung == rung);
        let row: String = rows.map(|row| row.line.text()).collect();
        let at = At { position, rung: Some(rung), ..At::default() };
        let sheet = run.with(at, &theme(), |subject| story::sheet(subject, 200));
        let told: String = sheet.lines.iter().map(|line| line.text() + "\n").collect();
        assert!(!told.contains("entered the wire at"), "{told}");
        if !row.is_empty() && told.contains("  sent at ") {
            let margin: String = row.split(" │").next().unwrap_or_default().trim().to_owned();
            assert!(told.contains(&format!("  sent at {margin}, ")), "{row}\n{told}");
        }
        if let Some((before, _)) = row.split_once(" in our hands") {
            let length = before.rsplit_once("after ").unwrap().1;
            held += 1;
            assert!(told.contains(&format!("Delivered, {length} after")), "{row}\n{told}");
        }
    }
    assert!(held > 0);
}

#[test]
fn the_story_of_a_packet_goes_from_what_it_says_to_what_it_changed() {
    let run = Ran::on_the_wire();
    check("story", &run, &open(Tab::Story), At { position: run.end(), frame: Some(0), ..At::default() });
    let corrupted = run.reel.frames().iter().position(|frame| frame.at(run.end()).is_corrupted);
    check("story-corrupted", &run, &open(Tab::Story), At { position: run.end(), frame: corrupted, ..At::default() });
}

#[test]
fn the_story_of_a_call_tells_what_it_does_and_how_long_it_waits() {
    let run = Ran::on_the_wire();
    let rung = run.rung(|kind| kind == Kind::Call(1));
    let waits = run.behind(|what| matches!(what, What::CallWaits { .. })) + 7;
    let tell = |position| run.drawn(&open(Tab::Story), At { position, rung, ..At::default() }, (78, 12), &theme());
    snapshot::check("detail-story-call", &format!("{}\n{}", tell(waits), tell(run.end())));
}

#[test]
fn what_is_no_packet_has_its_story_too_and_nothing_chosen_says_where_to_look() {
    let run = Ran::on_the_wire();
    let tell = |position, rung| run.drawn(&open(Tab::Story), At { position, rung, ..At::default() }, (78, 8), &theme());
    let by_hand = run.rung(|kind| kind == Kind::Hand);
    assert!(tell(run.end(), by_hand).contains("wire    truncate every client > server len>0 40"));
    let states = run.rung(|kind| matches!(kind, Kind::States { .. }));
    assert!(tell(run.end(), states).contains("LISTEN"));
    assert!(tell(0, None).contains("Nothing has been sent yet"));
    assert!(tell(run.end(), None).contains("Nothing is chosen"));
}

#[test]
fn a_packet_that_is_not_sent_yet_has_no_story() {
    let run = Ran::on_the_wire();
    let first = run.reel.frames()[0].event;
    let tell =
        |position| run.drawn(&open(Tab::Story), At { position, frame: Some(0), ..At::default() }, (78, 20), &theme());
    assert!(!tell(first).contains("SYN"));
    assert!(tell(first + 1).contains("SYN"));
    assert!(!tell(first + 1).contains("SYN-SENT"), "its state comes later");
}

#[test]
fn a_change_is_told_of_the_packet_that_made_it() {
    let run = Ran::on_the_wire();
    let tell = |frame| {
        run.drawn(
            &open(Tab::Story),
            At { position: run.end(), frame: Some(frame), ..At::default() },
            (98, 40),
            &theme(),
        )
    };
    let changed =
        |frame| tell(frame).split_once("What it changed").map(|(_, rest)| rest.to_owned()).unwrap_or_default();
    assert!(changed(0).contains("SYN-SENT") && changed(0).contains("SYN-RECV"), "{}", tell(0));
    let synack = run.reel.frames().iter().rposition(|frame| frame.explained.name.starts_with("SYN+ACK")).unwrap();
    assert!(changed(synack).contains("ESTABLISHED"), "{}", tell(synack));
    let data = run.reel.frames().iter().position(|frame| frame.explained.name.starts_with("PSH+ACK")).unwrap();
    assert_eq!(changed(data), "", "data changes no state");
}

#[test]
fn fields_stand_beside_their_bytes() {
    let run = Ran::on_the_wire();
    let synack = run.reel.frames().iter().position(|frame| frame.explained.name.starts_with("SYN+ACK"));
    let at = At { position: run.end(), frame: synack, ..At::default() };
    let mut state = open(Tab::Fields);
    run.with(at, &theme(), |subject| state.act(Move::Down, Rect::default(), subject));
    check("fields", &run, &state, at);
    // To the flags, which are bits of one byte.
    run.with(at, &theme(), |subject| (0..7).for_each(|_| state.act(Move::Down, Rect::default(), subject)));
    snapshot::check("detail-fields-bits-ascii", &run.drawn(&state, at, (118, 30), &ascii()));
}

#[test]
fn a_byte_that_was_changed_on_its_way_is_marked() {
    let run = Ran::on_the_wire();
    let corrupted = run.reel.frames().iter().position(|frame| frame.at(run.end()).is_corrupted);
    let at = At { position: run.end(), frame: corrupted, ..At::default() };
    let mut state = open(Tab::Fields);
    run.with(at, &theme(), |subject| state.act(Move::End, Rect::default(), subject));
    snapshot::check("detail-fields-corrupted", &run.drawn(&state, at, (78, 12), &theme()));
    let before = At { position: run.reel.frames()[corrupted.unwrap()].event + 1, ..at };
    assert!(!run.drawn(&state, before, (78, 12), &theme()).contains('≠'), "nobody knows that yet");
    let cut = run.reel.frames().iter().position(|frame| frame.at(run.end()).is_truncated);
    let picture = run.drawn(&state, At { frame: cut, ..at }, (118, 30), &theme());
    assert!(picture.contains("only 40 of 59 bytes arrived"), "{picture}");
}

#[test]
fn a_click_chooses_the_field_or_the_byte_under_it() {
    let run = Ran::on_the_wire();
    let at = At { position: run.end(), frame: Some(0), ..At::default() };
    for (width, height) in [(78, 12), (58, 20), (118, 30), (30, 40)] {
        let area = Rect::new(1, 1, width, height);
        for (y, x) in (0..height + 2).flat_map(|y| (0..width + 2).map(move |x| (y, x))) {
            let mut state = open(Tab::Fields);
            let before = state.fields;
            let chose = run.with(at, &theme(), |subject| state.click(x, y, area, subject));
            assert!(chose || state.fields == before, "{x},{y}");
            assert!(!chose || area.contains((x, y).into()), "{x},{y} lies outside");
        }
    }
    // Each of the first row's bytes, at its digits and at its character.
    let mut state = open(Tab::Fields);
    run.with(at, &theme(), |subject| state.act(Move::Home, Rect::default(), subject));
    let (x, y) = find(&run.drawn(&state, at, (118, 30), &theme()), "source address");
    assert!(run.with(at, &theme(), |subject| state.click(x, y, Rect::new(1, 1, 118, 30), subject)));
    assert!(run.drawn(&state, at, (118, 30), &theme()).contains("bytes 6-11: 02 00 00 00 00 01"));
    let (x, y) = find(&run.drawn(&state, at, (118, 30), &theme()), "0000 ");
    assert!(run.with(at, &theme(), |subject| state.click(x + 5 + 3 * 13, y, Rect::new(1, 1, 118, 30), subject)));
    assert!(run.drawn(&state, at, (118, 30), &theme()).contains("bytes 12-13: 08 00"));
}

/// The cell where a text stands.
fn find(picture: &str, text: &str) -> (u16, u16) {
    let (row, line) = picture.lines().enumerate().find(|(_, line)| line.contains(text)).unwrap();
    let column = line.split(text).next().unwrap().chars().count();
    (column.try_into().unwrap(), row.try_into().unwrap())
}

#[test]
fn the_program_shows_what_came_of_each_line() {
    let run = Ran::on_the_wire();
    let middle = run.behind(|what| matches!(what, What::Line { line: 7, .. }));
    check("program", &run, &open(Tab::Program), At { position: middle, ..At::default() });
    let failed = Ran::on_the_loopback(Run::OneFails);
    let position = failed.behind(|what| matches!(what, What::LabEnd { block: BlockRef { step: 1, .. } }));
    check("program-failed", &failed, &open(Tab::Program), At { position, ..At::default() });
}

#[test]
fn what_a_person_typed_stands_where_it_was_typed() {
    let mut run = Ran::on_the_wire();
    let position = run.behind(|what| matches!(what, What::Line { line: 6, .. }));
    run.reel.cut(position);
    let typed = [
        What::Line { line: 0, text: "kernel  client SYN-SENT".into() },
        What::Claim {
            line: 0,
            text: "kernel  client SYN-SENT".into(),
            outcome: Outcome::Failed { message: "the client is in ESTABLISHED".into(), report: String::new() },
        },
        What::Line { line: 7, text: "synack: server > client  SYN+ACK seq=?k ack=j+1".into() },
    ];
    typed.into_iter().for_each(|what| run.reel.push(Event { seq: 0, at: Stamp(0), what }));
    let picture = run.drawn(&open(Tab::Program), At { position: run.end(), ..At::default() }, (78, 20), &theme());
    let lines: Vec<&str> = picture.lines().collect();
    let at = lines.iter().position(|line| line.contains("(typed)")).unwrap();
    assert!(lines[at - 1].contains("wire    deliver syn"), "{picture}");
    assert!(lines[at].contains('✗') && lines[at + 1].contains("the client is in ESTABLISHED"), "{picture}");
    assert!(lines[at + 2].contains("▶ synack:"), "{picture}");
}

#[test]
fn of_a_challenge_neither_the_answer_nor_what_it_expects_is_shown() {
    let run = Ran::on_the_loopback(Run::AllHolds);
    for position in 0..=run.end() {
        let picture = run.drawn(&open(Tab::Program), At { position, ..At::default() }, (100, 60), &theme());
        assert!(!picture.contains("server:81") && !picture.contains("RST\n"), "{picture}");
        assert!(!picture.contains("server > client  RST"), "{picture}");
    }
}

#[test]
fn states_show_where_both_ends_are_and_how_they_came_there() {
    let run = Ran::on_the_wire();
    let held = run.behind(|what| matches!(what, What::State { to: TcpState::SynRecv, .. }));
    check("states", &run, &open(Tab::States), At { position: held, ..At::default() });
    let loopback = Ran::on_the_loopback(Run::AllHolds);
    let inferred = loopback.behind(|what| matches!(what, What::State { to: TcpState::SynRecv, .. }));
    snapshot::check(
        "detail-states-inferred-ascii",
        &loopback.drawn(&open(Tab::States), At { position: inferred, ..At::default() }, (98, 24), &ascii()),
    );
}

#[test]
fn a_page_is_scrolled_to_its_ends_and_no_further() {
    let run = Ran::on_the_wire();
    let (at, area) = (At { position: run.end(), frame: Some(0), ..At::default() }, Rect::new(1, 1, 40, 6));
    let mut state = open(Tab::Story);
    let seen = |state: &DetailState| run.drawn(state, at, (40, 6), &theme());
    let top = seen(&state);
    let mut act = |step| {
        run.with(at, &theme(), |subject| {
            state.act(step, area, subject);
            seen(&state)
        })
    };
    let end = act(Move::End);
    assert_eq!(act(Move::Down), end);
    assert_ne!(act(Move::Up), end, "one step back from the end is seen at once");
    assert_ne!(act(Move::PageUp), top);
    assert_eq!(act(Move::Home), top);
    assert_eq!(act(Move::Up), top);
}

#[test]
fn another_packet_is_told_from_its_beginning() {
    let run = Ran::on_the_wire();
    let at = |frame| At { position: run.end(), frame: Some(frame), ..At::default() };
    let mut state = open(Tab::Story);
    run.with(at(0), &theme(), |subject| state.act(Move::End, Rect::new(0, 0, 40, 6), subject));
    let fresh = run.drawn(&open(Tab::Story), at(4), (40, 6), &theme());
    assert_eq!(run.drawn(&state, at(4), (40, 6), &theme()), fresh);
}

#[test]
fn a_tab_is_offered_where_there_is_something_to_be_seen() {
    let run = Ran::on_the_wire();
    let offered = |at| run.with(at, &theme(), |subject| Tab::ALL.map(|tab| tab.is_offered(subject)));
    assert_eq!(offered(At::default()), [true, false, true, false, false, false]);
    assert_eq!(offered(At { position: run.end(), frame: Some(0), ..At::default() }), [true; 6]);
}

#[test]
fn every_tab_can_be_drawn_in_every_size() {
    let run = Ran::on_the_wire();
    let themes = [theme(), ascii()];
    for (width, height) in (0..=40).flat_map(|width| (0..=40).map(move |height| (width, height))) {
        let at = At { position: run.end() - 9, frame: Some(usize::from(width % 20)), ..At::default() };
        run.with(at, &themes[usize::from(height % 2)], |subject| {
            let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
            let area = buf.area;
            Tab::ALL.iter().for_each(|tab| draw(&mut buf, area, &open(*tab), subject));
        });
    }
}

#[test]
fn every_tab_can_be_drawn_at_every_position_with_every_choice() {
    for run in [Ran::on_the_wire(), Ran::on_the_loopback(Run::AllHolds), Ran::on_the_loopback(Run::OneFails)] {
        for position in 0..=run.end() {
            let rung = position.checked_rem(run.reel.rungs().len());
            let frame = (position * 7).checked_rem(run.reel.frames().len());
            for at in [At { position, rung, ..At::default() }, At { position, frame, ..At::default() }] {
                Tab::ALL.iter().for_each(|tab| drop(run.drawn(&open(*tab), at, (60, 14), &theme())));
            }
        }
    }
}

#[test]
fn an_area_may_lie_outside_of_the_buffer() {
    let run = Ran::on_the_wire();
    let at = At { position: run.end(), frame: Some(0), ..At::default() };
    for area in [Rect::new(5, 5, 90, 90), Rect::new(50, 50, 9, 9), Rect::new(19, 0, 1, 90)] {
        for tab in Tab::ALL {
            let mut buf = Buffer::empty(Rect::new(0, 0, 20, 10));
            run.with(at, &theme(), |subject| draw(&mut buf, area, &open(tab), subject));
        }
    }
}

#[test]
fn in_ascii_everything_is_ascii() {
    let run = Ran::on_the_wire();
    let failed = Ran::on_the_loopback(Run::OneFails);
    for (run, frames) in [(&run, run.reel.frames().len()), (&failed, 0)] {
        for frame in (0..frames).map(Some).chain([None]) {
            for tab in Tab::ALL {
                for position in [run.end() / 2, run.end() - 12, run.end()] {
                    let picture = run.drawn(&open(tab), At { position, frame, ..At::default() }, (100, 50), &ascii());
                    assert!(picture.is_ascii(), "{picture}");
                }
            }
        }
    }
}
