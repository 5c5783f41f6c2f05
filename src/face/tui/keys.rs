//! The one table of keys: what each does, where, and how it is told. It drives the app, the bottom line, the page of
//! all keys and the settings.

use crossterm::event::KeyEvent;

use super::settings::{self, Key, Settings};

/// What a key can ask for. Each has one row in [`KEYS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    Help,
    Leave,
    Quit,
    Suspend,
    Redraw,
    // The map.
    Choose,
    Search,
    OpenCapture,
    // Going.
    GoOn,
    OneLine,
    Back,
    Forward,
    StopBack,
    StopForward,
    ToBegin,
    ToEnd,
    Play,
    Faster,
    Slower,
    StepAgain,
    LessonAgain,
    Steps,
    // Looking.
    NextPane,
    PreviousPane,
    Zoom,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Tab(u8),
    // The wire.
    Hold,
    Slow,
    Deliver,
    Drop,
    Double,
    Delay,
    Swap,
    Corrupt,
    // Questions and challenges.
    Answer(u8),
    Confirm,
    Skip,
    Hint,
    Judge,
    Command,
    // A capture.
    Sort,
    NextNote,
    PreviousNote,
    GoToPacket,
    Numbers,
    // A class.
    Present,
}

/// Where a key means what it means. The first context that knows it decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    Everywhere,
    Map,
    Lesson,
    Wire,
    Question,
    Challenge,
    Fields,
    /// The list of steps.
    Steps,
    Page,
    Capture,
    /// One conversation of a capture.
    Course,
}

#[derive(Clone, Copy, Debug)]
pub struct KeyRow {
    pub action: Action,
    /// In the settings.
    pub name: &'static str,
    pub context: Context,
    /// By their names in the settings.
    pub keys: &'static [&'static str],
    /// In the bottom line; empty for what is told only on the page of all keys.
    pub short: &'static str,
    pub help: &'static str,
}

const fn row(
    action: Action,
    name: &'static str,
    context: Context,
    keys: &'static [&'static str],
    (short, help): (&'static str, &'static str),
) -> KeyRow {
    KeyRow { action, name, context, keys, short, help }
}

use Action as A;
use Context as C;

#[rustfmt::skip]
pub static KEYS: &[KeyRow] = &[
    row(A::GoOn, "go-on", C::Lesson, &["enter", "space"], ("go on", "Go on: the next lines of the lab up to the next thing to see, the next step; in the past, forward to where something was waited for")),
    row(A::OneLine, "one-line", C::Lesson, &["n"], ("one line", "Run one line of the lab, and no more")),
    row(A::Back, "back", C::Lesson, &["left", "["], ("back", "Back in time, to what happened before")),
    row(A::Forward, "forward", C::Lesson, &["right", "]"], ("", "Forward in time, to what happened next")),
    row(A::StopBack, "far-back", C::Lesson, &["shift-left", "{"], ("", "Back in time, to where something was waited for")),
    row(A::StopForward, "far-forward", C::Lesson, &["shift-right", "}"], ("", "Forward in time, to where something was waited for")),
    row(A::ToBegin, "begin", C::Lesson, &["home"], ("", "To the beginning of the timeline")),
    row(A::ToEnd, "now", C::Lesson, &["end"], ("now", "To now")),
    row(A::Play, "play", C::Lesson, &["t"], ("", "Play the timeline from here, or stop")),
    row(A::Faster, "faster", C::Lesson, &["+", "="], ("", "Play faster")),
    row(A::Slower, "slower", C::Lesson, &["-"], ("", "Play slower")),
    row(A::StepAgain, "step-again", C::Lesson, &["r"], ("again", "Run this step again, with fresh hosts")),
    row(A::LessonAgain, "lesson-again", C::Lesson, &["R"], ("", "Run the whole lesson again")),
    row(A::Steps, "steps", C::Lesson, &["g"], ("", "The list of steps, to go to one of them")),
    row(A::Hold, "hold", C::Wire, &["h"], ("hold", "Hold every packet, or let them flow again")),
    row(A::Slow, "slow", C::Wire, &["s"], ("slow", "Slow motion: every packet takes its time")),
    row(A::Deliver, "deliver", C::Wire, &["e"], ("let go", "Let go the chosen packet")),
    row(A::Drop, "drop", C::Wire, &["d"], ("drop", "Drop the chosen packet: it will not arrive")),
    row(A::Double, "double", C::Wire, &["D"], ("double", "Let go the chosen packet twice")),
    row(A::Delay, "delay", C::Wire, &["w"], ("", "Let go the chosen packet a second later")),
    row(A::Swap, "swap", C::Wire, &["x"], ("", "Let the next packet of its direction pass first")),
    row(A::Corrupt, "corrupt", C::Wire, &["c"], ("corrupt", "Damage the chosen packet, one byte of it, and let it go")),
    row(A::Answer(0), "answer-a", C::Question, &["a"], ("", "Answer a")),
    row(A::Answer(1), "answer-b", C::Question, &["b"], ("", "Answer b")),
    row(A::Answer(2), "answer-c", C::Question, &["c"], ("", "Answer c")),
    row(A::Answer(3), "answer-d", C::Question, &["d"], ("", "Answer d")),
    row(A::Answer(4), "answer-e", C::Question, &["e"], ("", "Answer e")),
    row(A::Answer(5), "answer-f", C::Question, &["f"], ("", "Answer f")),
    row(A::Answer(6), "answer-g", C::Question, &["g"], ("", "Answer g")),
    row(A::Answer(7), "answer-h", C::Question, &["h"], ("", "Answer h")),
    row(A::Up, "question-up", C::Question, &["up"], ("", "The answer above")),
    row(A::Down, "question-down", C::Question, &["down"], ("", "The answer below")),
    row(A::Confirm, "confirm", C::Question, &["enter", "space"], ("confirm", "Say that this is the answer")),
    row(A::Skip, "skip-question", C::Question, &["esc"], ("don't know", "Go on without an answer")),
    row(A::Command, "command", C::Lesson, &[":"], ("command", "Type a line for the hosts: a call, a packet to wait for, what is to be done on the wire")),
    row(A::Hint, "hint", C::Challenge, &["i"], ("hint", "A hint; in the end one way to do it")),
    row(A::Judge, "judge", C::Challenge, &["j"], ("check", "Check whether the goal is reached, and say what is missing")),
    row(A::Skip, "skip-challenge", C::Challenge, &["k"], ("skip", "Leave this challenge out")),
    row(A::NextPane, "next-pane", C::Lesson, &["tab"], ("pane", "The next pane")),
    row(A::PreviousPane, "previous-pane", C::Lesson, &["shift-tab"], ("", "The pane before")),
    row(A::Zoom, "zoom", C::Lesson, &["z"], ("", "This pane alone, or all of them")),
    row(A::Up, "up", C::Lesson, &["up"], ("", "Up: the packet, the field, the line above")),
    row(A::Down, "down", C::Lesson, &["down"], ("", "Down: the packet, the field, the line below")),
    row(A::PageUp, "page-up", C::Lesson, &["page-up"], ("", "A page up")),
    row(A::PageDown, "page-down", C::Lesson, &["page-down"], ("", "A page down")),
    row(A::Left, "byte-left", C::Fields, &["left"], ("", "The byte before; among the graphs, the one before")),
    row(A::Right, "byte-right", C::Fields, &["right"], ("", "The byte behind; among the graphs, the next one")),
    row(A::Tab(0), "story", C::Lesson, &["1"], ("", "What the chosen packet says")),
    row(A::Tab(1), "fields", C::Lesson, &["2"], ("bytes", "Its fields, and every byte")),
    row(A::Tab(2), "program", C::Lesson, &["3"], ("", "The lines of the lab")),
    row(A::Tab(3), "sockets", C::Lesson, &["4"], ("", "The sockets of the hosts, as the kernel has them")),
    row(A::Tab(4), "graphs", C::Lesson, &["5"], ("", "Numbers over time")),
    row(A::Tab(5), "states", C::Lesson, &["6"], ("", "The state diagram of TCP, with both ends on it")),
    row(A::Present, "present", C::Lesson, &["p"], ("", "For a class: larger, and answers stay hidden until they are seen")),
    row(A::Up, "steps-up", C::Steps, &["up", "k"], ("", "The step above")),
    row(A::Down, "steps-down", C::Steps, &["down", "j"], ("", "The step below")),
    row(A::GoOn, "steps-go", C::Steps, &["enter", "space"], ("go there", "Go to this step")),
    row(A::Leave, "steps-close", C::Steps, &["g", "esc", "q"], ("close", "Close the list")),
    row(A::Choose, "choose", C::Map, &["enter", "space"], ("begin", "Begin what is chosen")),
    row(A::Search, "search", C::Map, &["/"], ("search", "Search in the lessons")),
    row(A::OpenCapture, "open", C::Map, &["o"], ("open a capture", "Open a capture file (pcap or pcapng)")),
    row(A::Up, "map-up", C::Map, &["up", "k"], ("", "The one above")),
    row(A::Down, "map-down", C::Map, &["down", "j"], ("", "The one below")),
    row(A::PageUp, "map-page-up", C::Map, &["page-up"], ("", "A page up")),
    row(A::PageDown, "map-page-down", C::Map, &["page-down"], ("", "A page down")),
    row(A::ToBegin, "map-begin", C::Map, &["home"], ("", "The first")),
    row(A::ToEnd, "map-end", C::Map, &["end"], ("", "The last")),
    row(A::Choose, "look", C::Capture, &["enter", "space"], ("look at it", "Look at the chosen conversation, packet by packet")),
    row(A::Sort, "sort", C::Capture, &["s"], ("sort", "Sort the conversations: by number, packets, bytes, duration, trouble")),
    row(A::Search, "filter", C::Capture, &["/", "f"], ("filter", "Type which conversations are wanted: a part of an address or a port, udp, reset, 10.0.0.0/8, port=443, since=1.5s")),
    row(A::Up, "list-up", C::Capture, &["up", "k"], ("", "The conversation above")),
    row(A::Down, "list-down", C::Capture, &["down", "j"], ("", "The conversation below")),
    row(A::PageUp, "list-page-up", C::Capture, &["page-up"], ("", "A page up")),
    row(A::PageDown, "list-page-down", C::Capture, &["page-down"], ("", "A page down")),
    row(A::ToBegin, "list-begin", C::Capture, &["home"], ("", "The first conversation")),
    row(A::ToEnd, "list-end", C::Capture, &["end"], ("", "The last conversation")),
    row(A::NextNote, "next-note", C::Course, &["n"], ("next to note", "The next packet that is out of the ordinary: sent again, lost, reset")),
    row(A::PreviousNote, "previous-note", C::Course, &["N", "p"], ("", "The packet before that is out of the ordinary")),
    row(A::GoToPacket, "go-to-packet", C::Course, &["g"], ("go to", "Go to the packet with a number: its place in the file")),
    row(A::Numbers, "numbers", C::Course, &["r"], ("numbers", "TCP's numbers as they stand in the packets, or counted from the beginning")),
    row(A::NextPane, "course-next-pane", C::Course, &["tab"], ("pane", "The next pane")),
    row(A::PreviousPane, "course-previous-pane", C::Course, &["shift-tab"], ("", "The pane before")),
    row(A::Zoom, "course-zoom", C::Course, &["z"], ("", "This pane alone, or all of them")),
    row(A::Up, "course-up", C::Course, &["up", "k"], ("", "The packet above; in the packet, the field above")),
    row(A::Down, "course-down", C::Course, &["down", "j"], ("", "The packet below; in the packet, the field below")),
    row(A::Left, "course-byte-left", C::Course, &["left"], ("", "In the packet, the byte before")),
    row(A::Right, "course-byte-right", C::Course, &["right"], ("", "In the packet, the next byte")),
    row(A::PageUp, "course-page-up", C::Course, &["page-up"], ("", "A page up; in the packet, of its words")),
    row(A::PageDown, "course-page-down", C::Course, &["page-down"], ("", "A page down; in the packet, of its words")),
    row(A::ToBegin, "course-begin", C::Course, &["home"], ("", "The first packet, or its first field")),
    row(A::ToEnd, "course-end", C::Course, &["end"], ("end", "The last packet; while the file grows, whichever is the last")),
    row(A::Up, "page-line-up", C::Page, &["up", "k"], ("", "A line up")),
    row(A::Down, "page-line-down", C::Page, &["down", "j"], ("", "A line down")),
    row(A::PageUp, "page-back", C::Page, &["page-up"], ("", "A page up")),
    row(A::PageDown, "page-on", C::Page, &["page-down"], ("", "A page down")),
    row(A::Confirm, "page-done", C::Page, &["enter", "space"], ("go on", "Go on")),
    row(A::Help, "help", C::Everywhere, &["?", "f1"], ("keys", "All keys")),
    row(A::Leave, "page-close", C::Page, &["esc", "q"], ("close", "Close the page")),
    row(A::Leave, "leave", C::Everywhere, &["q"], ("leave", "Leave this screen; on the map, and where there is none, the program")),
    row(A::Quit, "quit", C::Everywhere, &["ctrl-c"], ("", "Leave the program at once; while a line is typed, give it up")),
    row(A::Suspend, "suspend", C::Everywhere, &["ctrl-z"], ("", "Put the program to sleep, as a shell does; `fg` wakes it")),
    row(A::Redraw, "redraw", C::Everywhere, &["ctrl-l"], ("", "Draw the screen anew")),
];

impl Context {
    /// In the settings, and on the page of all keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Map => "on the map",
            Self::Lesson => "in a lesson",
            Self::Wire => "the wire in your hands",
            Self::Question => "when you are asked",
            Self::Challenge => "in a challenge",
            Self::Fields => "among bytes and graphs",
            Self::Steps => "in the list of steps",
            Self::Page => "on a page of words",
            Self::Capture => "in a capture",
            Self::Course => "in a conversation",
        }
    }
}

/// As the bottom line names it.
#[must_use]
pub fn shown(key: Key, ascii: bool) -> String {
    let name = key.to_string();
    let (held, last) = name
        .rfind('-')
        .filter(|at| at + 1 < name.len() && *at > 0)
        .map_or(("", name.as_str()), |at| name.split_at(at + 1));
    let (held, last) =
        if last.starts_with("page") || name.starts_with("page") { ("", name.as_str()) } else { (held, last) };
    let sign = match (last, ascii) {
        ("enter", false) => "⏎",
        ("left", false) => "←",
        ("right", false) => "→",
        ("up", false) => "↑",
        ("down", false) => "↓",
        (last, _) if held.is_empty() && last.len() == 1 => return last.to_owned(),
        (last, _) => return capitalised(held) + &if last.len() > 1 { capitalised(last) } else { last.to_owned() },
    };
    capitalised(held) + sign
}

/// `page-up` as `Page-Up`.
fn capitalised(name: &str) -> String {
    let mut begins = true;
    let capital = |sign: char| {
        let is_first = std::mem::replace(&mut begins, sign == '-');
        if is_first { sign.to_ascii_uppercase() } else { sign }
    };
    name.chars().map(capital).collect()
}

/// The table as the settings know it.
#[must_use]
pub fn actions() -> Vec<settings::Action> {
    let action =
        |row: &KeyRow| settings::Action { name: row.name, context: row.context.name(), keys: row.keys, help: row.help };
    KEYS.iter().map(action).collect()
}

/// The table as it is in force: the defaults, with what the settings say.
#[derive(Clone, Debug)]
pub struct Keymap {
    rows: Vec<(&'static KeyRow, Vec<Key>)>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::with(&Settings::default())
    }
}

impl Keymap {
    #[must_use]
    pub fn with(settings: &Settings) -> Self {
        let own = |row: &KeyRow| row.keys.iter().filter_map(|name| Key::parse(name)).collect();
        let keys = |row: &KeyRow| settings.keys_of(row.name).map_or_else(|| own(row), <[Key]>::to_vec);
        Self { rows: KEYS.iter().map(|row| (row, keys(row))).collect() }
    }

    /// What this key asks for. The contexts come with the nearest first.
    #[must_use]
    pub fn action(&self, key: KeyEvent, contexts: &[Context]) -> Option<Action> {
        self.action_among(Key::of(key), contexts, |_| true)
    }

    /// The same, where not every action means something.
    pub fn action_among(&self, key: Key, contexts: &[Context], means: impl Fn(Action) -> bool) -> Option<Action> {
        contexts.iter().find_map(|context| {
            let mut here = self.rows.iter().filter(|(row, _)| row.context == *context && means(row.action));
            here.find(|(_, keys)| keys.contains(&key)).map(|(row, _)| row.action)
        })
    }

    /// All rows of a context, with their keys.
    pub fn of(&self, context: Context) -> impl Iterator<Item = (&'static KeyRow, &[Key])> {
        self.rows.iter().filter(move |(row, _)| row.context == context).map(|(row, keys)| (*row, keys.as_slice()))
    }

    /// The first key of an action in a context.
    #[must_use]
    pub fn key_of(&self, action: Action, context: Context) -> Option<Key> {
        self.of(context).find(|(row, _)| row.action == action).and_then(|(_, keys)| keys.first().copied())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use crossterm::event::{KeyCode, KeyModifiers};

    use super::*;

    #[test]
    fn every_key_has_a_name_and_means_one_thing_in_one_context() {
        let mut seen = HashSet::new();
        for row in KEYS {
            for name in row.keys {
                let key = Key::parse(name).unwrap_or_else(|| panic!("{name} is no key"));
                assert!(seen.insert((row.context, key)), "{name} in {:?}", row.context);
            }
        }
    }

    #[test]
    fn every_row_has_a_name_of_its_own_a_key_and_a_help() {
        let mut names = HashSet::new();
        for row in KEYS {
            assert!(names.insert(row.name), "{} stands twice", row.name);
            assert!(!row.help.is_empty() && !row.keys.is_empty(), "{}", row.name);
        }
    }

    #[test]
    fn the_nearest_context_decides() {
        let keys = Keymap::default();
        let c = KeyCode::Char('c').into();
        assert_eq!(keys.action(c, &[Context::Question, Context::Wire]), Some(Action::Answer(2)));
        assert_eq!(keys.action(c, &[Context::Wire, Context::Question]), Some(Action::Corrupt));
        assert_eq!(keys.action(c, &[Context::Map]), None);
    }

    #[test]
    fn a_capital_is_a_key_of_its_own_whether_the_terminal_says_shift_or_not() {
        let keys = Keymap::default();
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            let key = KeyEvent::new(KeyCode::Char('D'), modifiers);
            assert_eq!(keys.action(key, &[Context::Wire]), Some(Action::Double));
        }
    }

    #[test]
    fn the_settings_can_give_an_action_another_key() {
        let (settings, complaints) = Settings::read("[keys]\ndrop = \"f5\"\n", "config.toml", &actions());
        assert_eq!(complaints, Vec::<String>::new());
        let keys = Keymap::with(&settings);
        assert_eq!(keys.action(KeyCode::F(5).into(), &[Context::Wire]), Some(Action::Drop));
        assert_eq!(keys.action(KeyCode::Char('d').into(), &[Context::Wire]), None);
    }

    #[test]
    fn keys_are_shown_as_they_stand_on_a_keyboard() {
        let name = |key: &str, ascii| shown(Key::parse(key).unwrap(), ascii);
        for (key, sign, ascii) in [
            ("enter", "⏎", "Enter"),
            ("left", "←", "Left"),
            ("shift-left", "Shift-←", "Shift-Left"),
            ("ctrl-c", "Ctrl-c", "Ctrl-c"),
            ("page-up", "Page-Up", "Page-Up"),
            ("space", "Space", "Space"),
            ("f1", "F1", "F1"),
            ("-", "-", "-"),
            ("D", "D", "D"),
        ] {
            assert_eq!((name(key, false).as_str(), name(key, true).as_str()), (sign, ascii));
        }
    }
}
