//! Every row of the table of keys: pressed where it counts, it does what can be seen.

use std::collections::BTreeSet;

use rustix::process::{WaitOptions, waitpid};
use wiretutor::face::tui::keys::{KEYS, KeyRow};

use super::{
    challenge, hands,
    pty::{Key, Session, shown},
    time::{ago, syn_again, with_a_syn},
    user::{ENTER, LARGE, SMALL, chosen_rows, lesson, map, start},
};

/// Presses the key, and looks what becomes of it.
type Try = fn(&mut Session, &[u8]);

/// Where keys are tried.
#[derive(Clone, Copy)]
struct Place {
    begin: fn() -> Session,
    /// A try leaves it as it found it. Otherwise each key has a session of its own.
    stays: bool,
    tries: &'static [(&'static str, Try)],
}

const PLACES: &[Place] = &[
    Place { begin: on_the_map, stays: true, tries: ON_THE_MAP },
    Place { begin: on_the_map, stays: false, tries: LEAVING_THE_MAP },
    Place { begin: with_a_syn, stays: true, tries: IN_A_LESSON },
    Place { begin: at_the_beginning, stays: false, tries: GOING },
    Place { begin: hands::held, stays: false, tries: ON_THE_WIRE },
    Place { begin: asked, stays: true, tries: WHEN_ASKED },
    Place { begin: asked, stays: false, tries: ANSWERING },
    Place { begin: challenged, stays: false, tries: IN_A_CHALLENGE },
    Place { begin: among_bytes, stays: true, tries: AMONG_BYTES },
    Place { begin: listing_steps, stays: true, tries: AMONG_STEPS },
    Place { begin: listing_steps, stays: false, tries: LEAVING_STEPS },
    Place { begin: on_a_page, stays: true, tries: ON_A_PAGE },
    Place { begin: in_a_capture, stays: true, tries: IN_A_CAPTURE },
    Place { begin: in_a_course, stays: true, tries: IN_A_COURSE },
];

fn all() -> impl Iterator<Item = &'static str> {
    PLACES.iter().flat_map(|place| place.tries).map(|(name, _)| *name)
}

pub(crate) fn every_row_is_tried_and_every_try_has_a_row() {
    let (rows, tried): (BTreeSet<_>, BTreeSet<_>) = (KEYS.iter().map(|row| row.name).collect(), all().collect());
    let untried: Vec<_> = rows.difference(&tried).collect();
    assert!(untried.is_empty(), "write a try for {untried:?}");
    let unknown: Vec<_> = tried.difference(&rows).collect();
    assert!(unknown.is_empty(), "no key does {unknown:?}");
    assert_eq!(all().count(), tried.len(), "one try for each");
}

macro_rules! places {
    ($($name:ident: $at:literal),+ $(,)?) => { $(pub(crate) fn $name() { tried(PLACES[$at]); })+ };
}

places! {
    keys_on_the_map: 0, keys_that_leave_the_map: 1, keys_in_a_lesson: 2, keys_that_go: 3, keys_on_the_wire: 4,
    keys_when_asked: 5, keys_that_answer: 6, keys_in_a_challenge: 7, keys_among_bytes: 8, keys_among_steps: 9,
    keys_that_leave_the_steps: 10, keys_on_a_page: 11, keys_in_a_capture: 12, keys_in_a_course: 13,
}

fn tried(place: Place) {
    let mut common = place.stays.then(place.begin);
    for (name, attempt) in place.tries {
        let row: &KeyRow = KEYS.iter().find(|row| row.name == *name).expect("a row of this name");
        for key in row.keys {
            eprintln!("{name}: {key}");
            match &mut common {
                Some(session) => attempt(session, &stroke(key)),
                None => attempt(&mut (place.begin)(), &stroke(key)),
            }
        }
    }
}

/// What a terminal sends for a key by its name in the settings.
fn stroke(name: &str) -> Vec<u8> {
    let bytes: &[u8] = match name {
        "enter" => b"\r",
        "space" => b" ",
        "esc" => b"\x1b",
        "tab" => b"\t",
        "shift-tab" => b"\x1b[Z",
        "up" => b"\x1b[A",
        "down" => b"\x1b[B",
        "right" => b"\x1b[C",
        "left" => b"\x1b[D",
        "shift-left" => b"\x1b[1;2D",
        "shift-right" => b"\x1b[1;2C",
        "home" => b"\x1b[H",
        "end" => b"\x1b[F",
        "page-up" => b"\x1b[5~",
        "page-down" => b"\x1b[6~",
        "f1" => b"\x1bOP",
        name if name.starts_with("ctrl-") => return vec![name.as_bytes()[5] & 0x1f],
        name => name.as_bytes(),
    };
    bytes.to_vec()
}

/// Presses it, and waits until something is so that was not.
#[track_caller]
fn makes(session: &mut Session, key: &[u8], what: &str, is_so: impl Fn(&Session) -> bool) {
    assert!(!is_so(session), "it {what} already\n{}", shown(session));
    session.bytes(key);
    session.wait(what, is_so);
}

#[track_caller]
fn makes_words(session: &mut Session, key: &[u8], words: &str) {
    makes(session, key, &format!("shows {words:?}"), |session| session.screen().contains(words));
}

/// Presses it when all before has been seen to, and waits until what is chosen is another.
#[track_caller]
fn moves(session: &mut Session, key: &[u8]) {
    session.see();
    let before = session.view().contents_formatted();
    session.bytes(key);
    session.wait("moves", |session| session.view().contents_formatted() != before);
}

#[track_caller]
fn closes(session: &mut Session, words: &str) {
    session.press(Key::Escape);
    session.wait(&format!("closes {words:?}"), |session| !session.screen().contains(words));
}

/// There, and what has to be pressed before and afterwards.
fn steps(session: &mut Session, before: Key, key: &[u8]) {
    session.press(before);
    moves(session, key);
}

// The map.

fn on_the_map() -> Session {
    map(SMALL)
}

const ON_THE_MAP: &[(&str, Try)] = &[
    ("choose", |session, key| {
        makes_words(session, key, "step 1 of");
        session.keys("q");
        session.on_the_map();
    }),
    ("search", |session, key| {
        makes_words(session, key, "Search:");
        session.keys("udp");
        session.wait("finds", |session| !session.screen().contains("Closing:"));
        closes(session, "Search:");
    }),
    ("open", |session, key| {
        makes_words(session, key, "Capture file:");
        closes(session, "Capture file:");
    }),
    ("map-up", |session, key| steps(session, Key::End, key)),
    ("map-down", |session, key| steps(session, Key::Home, key)),
    ("map-page-up", |session, key| steps(session, Key::End, key)),
    ("map-page-down", |session, key| steps(session, Key::Home, key)),
    ("map-begin", |session, key| steps(session, Key::End, key)),
    ("map-end", |session, key| steps(session, Key::Home, key)),
    ("help", |session, key| {
        makes_words(session, key, "ON THE MAP");
        closes(session, "ON THE MAP");
    }),
    ("redraw", |session, key| {
        session.forget_said();
        session.bytes(key);
        session.wait("draws everything", |session| String::from_utf8_lossy(session.said()).contains("wiretutor"));
    }),
];

const LEAVING_THE_MAP: &[(&str, Try)] = &[
    ("leave", |session, key| {
        session.bytes(key);
        assert!(session.status().success());
        session.assert_as_before();
    }),
    ("quit", |session, key| {
        session.bytes(key);
        assert!(session.status().success());
        session.assert_as_before();
    }),
    // It stops where a shell waits, and is drawn anew where none does: a process without a job control is not stopped.
    ("suspend", |session, key| {
        session.forget_said();
        session.bytes(key);
        session.wait("gives the terminal back and takes it again", |session| {
            let said = String::from_utf8_lossy(session.said()).into_owned();
            said.contains("\x1b[?1049l") && said.contains("\x1b[?1049h")
        });
        let status = waitpid(Some(session.pid()), WaitOptions::NOHANG | WaitOptions::UNTRACED).expect("a child");
        assert!(status.is_none(), "nobody would continue it");
    }),
];

// A lesson.

fn pane(session: &Session) -> Option<(u16, u16)> {
    session.find("┏")
}

fn tab(session: &mut Session, key: &[u8], name: &str) {
    session.bytes(key);
    session.wait(&format!("opens {name}"), |session| {
        session.find(name).is_some_and(|place| session.cell(place).underline())
    });
}

const IN_A_LESSON: &[(&str, Try)] = &[
    ("go-on", |session, key| {
        session.press(Key::Home);
        session.wait("is in the past", |session| ago(session).is_some());
        let before = ago(session);
        session.bytes(key);
        session.wait("goes on", |session| ago(session) < before);
        session.press(Key::End);
        session.wait("is now", |session| ago(session).is_none());
    }),
    ("back", |session, key| {
        makes_words(session, key, "the past:");
        session.press(Key::End);
        session.wait("is now", |session| ago(session).is_none());
    }),
    ("forward", |session, key| {
        session.press(Key::Home);
        session.wait_for("No hosts yet");
        session.bytes(&key.repeat(12));
        session.wait("goes on", |session| !session.screen().contains("No hosts yet") && ago(session).is_some());
        session.press(Key::End);
        session.wait("is now", |session| ago(session).is_none());
    }),
    ("far-back", |session, key| {
        makes_words(session, key, "the past:");
        session.press(Key::End);
        session.wait("is now", |session| ago(session).is_none());
    }),
    ("far-forward", |session, key| {
        session.press(Key::Home);
        session.wait_for("No hosts yet");
        session.bytes(&key.repeat(4));
        session.wait("goes on", |session| !session.screen().contains("No hosts yet") && ago(session).is_some());
        session.press(Key::End);
        session.wait("is now", |session| ago(session).is_none());
    }),
    ("begin", |session, key| {
        makes_words(session, key, "No hosts yet");
        session.press(Key::End);
        session.wait("is now", |session| ago(session).is_none());
    }),
    ("now", |session, key| {
        session.press(Key::Home);
        session.wait_for("No hosts yet");
        session.bytes(key);
        session.wait("is now", |session| ago(session).is_none());
    }),
    ("faster", |session, key| {
        session.keys("---");
        session.wait_for("1/8");
        makes_words(session, key, "1/4");
    }),
    ("slower", |session, key| {
        session.keys("+++");
        session.wait_for("Playing: ");
        session.keys("+++");
        session.wait_for("16 times");
        makes_words(session, key, "8 times");
    }),
    ("play", |session, key| {
        session.keys("-------");
        session.wait_for("1/8");
        makes_words(session, key, "playing, ");
        session.bytes(key);
        session.wait("stops", |session| !session.screen().contains("playing, "));
        session.press(Key::End);
        session.wait("is now", |session| ago(session).is_none());
    }),
    ("steps", |session, key| {
        makes_words(session, key, " Steps ");
        closes(session, " Steps ");
    }),
    ("slow", |session, key| {
        let is_slow =
            |session: &Session| session.view().rows(0, LARGE.0).next().is_some_and(|row| row.contains("slow motion"));
        makes(session, key, "is slow", is_slow);
        session.bytes(key);
        session.wait("is at full speed", |session| !is_slow(session));
    }),
    ("command", |session, key| {
        makes(session, key, "opens the line", |session| session.line().is_some());
        session.leave_line();
    }),
    ("next-pane", |session, key| {
        let before = pane(session);
        session.bytes(key);
        session.wait("turns", |session| pane(session) != before);
    }),
    ("previous-pane", |session, key| {
        let before = pane(session);
        session.bytes(key);
        session.wait("turns", |session| pane(session) != before);
    }),
    ("zoom", |session, key| {
        let frames = |session: &Session| session.screen().matches(['┏', '╭']).count();
        makes(session, key, "shows one pane", |session| frames(session) == 1);
        session.bytes(key);
        session.wait("shows all panes", |session| frames(session) == 3);
    }),
    ("story", |session, key| tab(session, key, "Story")),
    ("fields", |session, key| tab(session, key, "Fields")),
    ("program", |session, key| tab(session, key, "Program")),
    ("sockets", |session, key| tab(session, key, "Sockets")),
    ("graphs", |session, key| tab(session, key, "Graphs")),
    ("states", |session, key| tab(session, key, "States")),
    ("up", |session, key| on_the_ladder(session, key)),
    ("page-up", |session, key| on_the_ladder(session, key)),
    ("down", |session, key| {
        on_the_ladder(session, b"\x1b[A");
        on_the_ladder(session, key);
    }),
    ("page-down", |session, key| {
        on_the_ladder(session, b"\x1b[5~");
        on_the_ladder(session, key);
    }),
    ("present", |session, key| {
        let before = session.screen();
        makes(session, key, "presents", |session| session.screen() != before);
        session.bytes(key);
    }),
    ("step-again", |session, key| {
        makes(session, key, "begins the step", |session| session.does_offer(ENTER, "server: listen"));
        syn_again(session);
    }),
    ("lesson-again", |session, key| {
        makes_words(session, key, "step 1 of");
        session.turn_to("server: listen");
    }),
];

fn on_the_ladder(session: &mut Session, key: &[u8]) {
    let ladder = session.find("Ladder").expect("the ladder is in sight");
    if session.cell((ladder.0 - 2, ladder.1)).contents() != "━" {
        session.click(super::pty::Button::Left, (ladder.0 + 10, ladder.1 + 2));
        session.wait("has the ladder", |session| session.cell((ladder.0 - 2, ladder.1)).contents() == "━");
    }
    let before = chosen_rows(session);
    session.bytes(key);
    session.wait("chooses another", |session| chosen_rows(session) != before);
}

fn at_the_beginning() -> Session {
    lesson("handshake", LARGE)
}

const GOING: &[(&str, Try)] = &[("one-line", |session, key| {
    makes_words(session, key, "listen(");
    session.turn_to("ask the kernel");
    assert!(!session.screen().contains("No packet was sent"), "{}", shown(session));
})];

const ON_THE_WIRE: &[(&str, Try)] = &[
    ("hold", |session, key| {
        session.bytes(key);
        session.wait("lets flow", |session| !session.screen().contains("you hold the wire"));
        session.wait("connects", |session| session.screen().matches("ESTABLISHED").count() >= 2);
    }),
    ("deliver", |session, key| hands::deed(session, key, "in our hands")),
    ("drop", |session, key| hands::deed(session, key, "dropped")),
    ("double", |session, key| hands::deed(session, key, "2 copies")),
    ("delay", |session, key| hands::deed(session, key, "delayed by")),
    ("swap", |session, key| hands::deed(session, key, "the next one goes first")),
    ("corrupt", |session, key| hands::deed(session, key, "one byte changed")),
];

// Questions and challenges.

const QUESTION: &str = "+++\ntitle = \"Asked\"\nsummary = \"A question.\"\nminutes = 1\n+++\n\n## One\n\n```predict\nWhich?\n\
    [x] first\n    - Yes.\n[ ] second\n    - No.\n[x] third\n    - Yes.\n[ ] fourth\n    - No.\n[ ] fifth\n    - No.\n[ ] sixth\n    - No.\n\
    [ ] seventh\n    - No.\n[ ] eighth\n    - No.\n```\n\n```lab loopback\nserver  listen tcp 8080\n```\n";

fn asked() -> Session {
    let mut session = Session::of(&start(LARGE, &["learn", "{home}/asked.md"]).file("asked.md", QUESTION));
    session.wait("asks", |session| session.does_offer("a b c d e f g h", "mark"));
    session
}

/// Marks a choice, and takes the mark back.
fn mark(session: &mut Session, key: &[u8], choice: &str) {
    let word = |place: (u16, u16)| (place.0 + 2, place.1);
    let is_marked = |session: &Session| session.find(choice).is_some_and(|place| session.cell(word(place)).bold());
    makes(session, key, &format!("marks {choice:?}"), is_marked);
    session.bytes(key);
    session.wait("takes the mark back", |session| !is_marked(session));
}

const WHEN_ASKED: &[(&str, Try)] = &[
    ("answer-a", |session, key| mark(session, key, "a first")),
    ("answer-b", |session, key| mark(session, key, "b second")),
    ("answer-c", |session, key| mark(session, key, "c third")),
    ("answer-d", |session, key| mark(session, key, "d fourth")),
    ("answer-e", |session, key| mark(session, key, "e fifth")),
    ("answer-f", |session, key| mark(session, key, "f sixth")),
    ("answer-g", |session, key| mark(session, key, "g seventh")),
    ("answer-h", |session, key| mark(session, key, "h eighth")),
    ("question-up", |session, key| {
        (0..2).for_each(|_| session.tap(Key::Down));
        moves(session, key);
    }),
    ("question-down", moves),
];

const ANSWERING: &[(&str, Try)] = &[
    ("confirm", |session, key| {
        session.taps("a");
        makes(session, key, "takes the answer", |session| session.does_offer(ENTER, "server: listen"));
        session.tap(Key::Enter);
        session.wait_for("You said a");
    }),
    ("skip-question", |session, key| {
        makes(session, key, "goes on", |session| session.does_offer(ENTER, "server: listen"));
        session.tap(Key::Enter);
        session.wait_for("It is a and c.");
    }),
];

fn challenged() -> Session {
    let mut session = challenge::challenge();
    session.leave_line();
    session
}

const IN_A_CHALLENGE: &[(&str, Try)] = &[
    ("hint", |session, key| makes_words(session, key, "Hint 1")),
    ("judge", |session, key| makes_words(session, key, "is not so yet")),
    ("skip-challenge", |session, key| {
        makes(session, key, "goes on", |session| session.does_offer(ENTER, "next step"));
    }),
];

// The details.

fn among_bytes() -> Session {
    let mut session = with_a_syn();
    tab(&mut session, b"2", "Fields");
    session
}

const AMONG_BYTES: &[(&str, Try)] = &[("byte-right", moves), ("byte-left", moves)];

// The list of steps.

fn listing_steps() -> Session {
    let mut session = with_a_syn();
    session.taps("g");
    session.wait_for(" Steps ");
    session
}

const AMONG_STEPS: &[(&str, Try)] = &[("steps-up", moves), ("steps-down", moves)];

const LEAVING_STEPS: &[(&str, Try)] = &[
    ("steps-go", |session, key| {
        session.tap(Key::Up);
        makes_words(session, key, "step 2 of");
    }),
    ("steps-close", |session, key| {
        session.bytes(key);
        session.wait("closes the list", |session| !session.screen().contains(" Steps "));
        session.turn_to("see the packet");
    }),
];

// A page.

fn on_a_page() -> Session {
    let mut session = lesson("handshake", SMALL);
    session.taps("?");
    session.wait_for("IN A LESSON");
    session
}

const ON_A_PAGE: &[(&str, Try)] = &[
    ("page-line-down", moves),
    ("page-line-up", moves),
    ("page-on", moves),
    ("page-back", moves),
    ("page-done", |session, key| page_closes(session, key)),
    ("page-close", |session, key| page_closes(session, key)),
];

fn page_closes(session: &mut Session, key: &[u8]) {
    session.bytes(key);
    session.wait("closes", |session| {
        !session.screen().contains("IN A LESSON") && session.does_offer(ENTER, "server: listen")
    });
    session.taps("?");
    session.wait_for("Keys");
}

// Captures.

fn in_a_capture() -> Session {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/captures/http-multi-conn.pcap");
    let mut session = map(LARGE);
    session.taps("o");
    session.wait_for("Capture file:");
    let copy = session.home().join("a.pcap");
    std::fs::copy(path, &copy).expect("a capture");
    session.keys(&copy.to_string_lossy());
    session.press(Key::Enter);
    session.wait_for("5 conversations.");
    session
}

const IN_A_CAPTURE: &[(&str, Try)] = &[
    ("look", |session, key| {
        makes(session, key, "shows packets", |session| session.offers().iter().any(|offer| offer.does == "back"));
        session.press(Key::Char('q'));
        session.wait("lists again", |session| session.offers().iter().any(|offer| offer.does == "look at it"));
    }),
    ("sort", moves),
    ("filter", |session, key| {
        moves(session, key);
        session.press(Key::Escape);
        session.wait("lists again", |session| session.offers().iter().any(|offer| offer.does == "look at it"));
    }),
    ("list-down", |session, key| steps(session, Key::Home, key)),
    ("list-up", |session, key| steps(session, Key::End, key)),
    ("list-page-down", |session, key| steps(session, Key::Home, key)),
    ("list-page-up", |session, key| steps(session, Key::End, key)),
    ("list-begin", |session, key| steps(session, Key::End, key)),
    ("list-end", |session, key| steps(session, Key::Home, key)),
];

fn in_a_course() -> Session {
    let mut session = in_a_capture();
    session.tap(Key::Enter);
    session.wait("shows packets", |session| session.offers().iter().any(|offer| offer.does == "back"));
    session
}

/// The packet's pane has the keys meanwhile.
fn in_the_packet(session: &mut Session, key: &[u8]) {
    session.press(Key::Tab);
    moves(session, key);
    (0..2).for_each(|_| session.press(Key::Tab));
}

const IN_A_COURSE: &[(&str, Try)] = &[
    ("course-down", |session, key| steps(session, Key::Home, key)),
    ("course-up", |session, key| steps(session, Key::End, key)),
    ("course-page-down", |session, key| steps(session, Key::Home, key)),
    ("course-page-up", |session, key| steps(session, Key::End, key)),
    ("course-begin", |session, key| steps(session, Key::End, key)),
    ("course-end", |session, key| steps(session, Key::Home, key)),
    ("next-note", |session, key| steps(session, Key::Home, key)),
    ("previous-note", |session, key| steps(session, Key::End, key)),
    ("go-to-packet", |session, key| {
        moves(session, key);
        session.tap(Key::Escape);
    }),
    ("numbers", |session, key| steps(session, Key::Home, key)),
    ("course-byte-left", in_the_packet),
    ("course-byte-right", in_the_packet),
    ("course-zoom", |session, key| {
        moves(session, key);
        moves(session, key);
    }),
    ("course-next-pane", moves),
    ("course-previous-pane", moves),
];
