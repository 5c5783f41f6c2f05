//! The one table of keys: what each does, where, and how it is told. It drives the app, the bottom line, the page of
//! all keys and the settings.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

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
    Search,
    Lesson,
    Wire,
    Question,
    Challenge,
    Fields,
    Page,
    Capture,
    /// One conversation of a capture.
    Course,
}

/// A key with what is held down beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
}

#[derive(Clone, Copy, Debug)]
pub struct KeyRow {
    pub action: Action,
    /// In the settings.
    pub name: &'static str,
    pub context: Context,
    pub keys: &'static [Chord],
    /// In the bottom line; empty for what is told only on the page of all keys.
    pub short: &'static str,
    pub help: &'static str,
}

const fn plain(code: KeyCode) -> Chord {
    Chord { code, modifiers: KeyModifiers::NONE }
}

const fn sign(sign: char) -> Chord {
    plain(KeyCode::Char(sign))
}

const fn control(sign: char) -> Chord {
    Chord { code: KeyCode::Char(sign), modifiers: KeyModifiers::CONTROL }
}

const fn shift(code: KeyCode) -> Chord {
    Chord { code, modifiers: KeyModifiers::SHIFT }
}

const fn row(
    action: Action,
    name: &'static str,
    context: Context,
    keys: &'static [Chord],
    (short, help): (&'static str, &'static str),
) -> KeyRow {
    KeyRow { action, name, context, keys, short, help }
}

use Action as A;
use Context as C;

#[rustfmt::skip]
pub static KEYS: &[KeyRow] = &[
    row(A::GoOn, "go-on", C::Lesson, &[plain(KeyCode::Enter), sign(' ')], ("go on", "Go on: the next lines of the lab up to the next thing to see, the next step; in the past, forward to where something was waited for")),
    row(A::OneLine, "one-line", C::Lesson, &[sign('n')], ("one line", "Run one line of the lab, and no more")),
    row(A::Back, "back", C::Lesson, &[plain(KeyCode::Left), sign('[')], ("back", "Back in time, by one event")),
    row(A::Forward, "forward", C::Lesson, &[plain(KeyCode::Right), sign(']')], ("", "Forward in time, by one event")),
    row(A::StopBack, "far-back", C::Lesson, &[shift(KeyCode::Left), sign('{')], ("", "Back in time, to where something was waited for")),
    row(A::StopForward, "far-forward", C::Lesson, &[shift(KeyCode::Right), sign('}')], ("", "Forward in time, to where something was waited for")),
    row(A::ToBegin, "begin", C::Lesson, &[plain(KeyCode::Home)], ("", "To the beginning of the timeline")),
    row(A::ToEnd, "now", C::Lesson, &[plain(KeyCode::End)], ("now", "To now")),
    row(A::Play, "play", C::Lesson, &[sign('t')], ("", "Play the timeline from here, or stop")),
    row(A::Faster, "faster", C::Lesson, &[sign('+'), sign('=')], ("", "Play faster")),
    row(A::Slower, "slower", C::Lesson, &[sign('-')], ("", "Play slower")),
    row(A::StepAgain, "step-again", C::Lesson, &[sign('r')], ("again", "Run this step again, with fresh hosts")),
    row(A::LessonAgain, "lesson-again", C::Lesson, &[sign('R')], ("", "Run the whole lesson again")),
    row(A::Steps, "steps", C::Lesson, &[sign('g')], ("", "The list of steps, to go to one of them")),
    row(A::Hold, "hold", C::Wire, &[sign('h')], ("hold", "Hold every packet, or let them flow again")),
    row(A::Slow, "slow", C::Wire, &[sign('s')], ("slow", "Slow motion: every packet takes its time")),
    row(A::Deliver, "deliver", C::Wire, &[sign('e')], ("let go", "Let go the chosen packet")),
    row(A::Drop, "drop", C::Wire, &[sign('d')], ("drop", "Drop the chosen packet: it will not arrive")),
    row(A::Double, "double", C::Wire, &[sign('D')], ("double", "Let go the chosen packet twice")),
    row(A::Delay, "delay", C::Wire, &[sign('w')], ("", "Let go the chosen packet a second later")),
    row(A::Swap, "swap", C::Wire, &[sign('x')], ("", "Let the next packet of its direction pass first")),
    row(A::Corrupt, "corrupt", C::Wire, &[sign('c')], ("corrupt", "Turn over a byte of the chosen packet and let it go")),
    row(A::Answer(0), "answer-a", C::Question, &[sign('a')], ("", "Answer a")),
    row(A::Answer(1), "answer-b", C::Question, &[sign('b')], ("", "Answer b")),
    row(A::Answer(2), "answer-c", C::Question, &[sign('c')], ("", "Answer c")),
    row(A::Answer(3), "answer-d", C::Question, &[sign('d')], ("", "Answer d")),
    row(A::Answer(4), "answer-e", C::Question, &[sign('e')], ("", "Answer e")),
    row(A::Answer(5), "answer-f", C::Question, &[sign('f')], ("", "Answer f")),
    row(A::Answer(6), "answer-g", C::Question, &[sign('g')], ("", "Answer g")),
    row(A::Answer(7), "answer-h", C::Question, &[sign('h')], ("", "Answer h")),
    row(A::Up, "question-up", C::Question, &[plain(KeyCode::Up)], ("", "The answer above")),
    row(A::Down, "question-down", C::Question, &[plain(KeyCode::Down)], ("", "The answer below")),
    row(A::Confirm, "confirm", C::Question, &[plain(KeyCode::Enter), sign(' ')], ("confirm", "Say that this is the answer")),
    row(A::Skip, "skip-question", C::Question, &[plain(KeyCode::Esc)], ("don't know", "Go on without an answer")),
    row(A::Command, "command", C::Lesson, &[sign(':')], ("command", "Type a line for the hosts: a call, a packet to wait for, a deed on the wire")),
    row(A::Hint, "hint", C::Challenge, &[sign('i')], ("hint", "A hint; in the end one way to do it")),
    row(A::Judge, "judge", C::Challenge, &[sign('j')], ("check", "Check whether the goal is reached, and say what is missing")),
    row(A::Skip, "skip-challenge", C::Challenge, &[sign('k')], ("skip", "Leave this challenge out")),
    row(A::NextPane, "next-pane", C::Lesson, &[plain(KeyCode::Tab)], ("pane", "The next pane")),
    row(A::PreviousPane, "previous-pane", C::Lesson, &[plain(KeyCode::BackTab), shift(KeyCode::BackTab)], ("", "The pane before")),
    row(A::Zoom, "zoom", C::Lesson, &[sign('z')], ("", "This pane alone, or all of them")),
    row(A::Up, "up", C::Lesson, &[plain(KeyCode::Up)], ("", "Up: the packet, the field, the line above")),
    row(A::Down, "down", C::Lesson, &[plain(KeyCode::Down)], ("", "Down: the packet, the field, the line below")),
    row(A::PageUp, "page-up", C::Lesson, &[plain(KeyCode::PageUp)], ("", "A page up")),
    row(A::PageDown, "page-down", C::Lesson, &[plain(KeyCode::PageDown)], ("", "A page down")),
    row(A::Left, "byte-left", C::Fields, &[plain(KeyCode::Left)], ("", "The byte before")),
    row(A::Right, "byte-right", C::Fields, &[plain(KeyCode::Right)], ("", "The byte behind")),
    row(A::Tab(0), "story", C::Lesson, &[sign('1')], ("", "What the chosen packet says")),
    row(A::Tab(1), "fields", C::Lesson, &[sign('2')], ("bytes", "Its fields, and every byte")),
    row(A::Tab(2), "program", C::Lesson, &[sign('3')], ("", "The lines of the lab")),
    row(A::Tab(3), "sockets", C::Lesson, &[sign('4')], ("", "The sockets of the hosts, as the kernel has them")),
    row(A::Tab(4), "graphs", C::Lesson, &[sign('5')], ("", "Numbers over time")),
    row(A::Tab(5), "states", C::Lesson, &[sign('6')], ("", "The state diagram of TCP, with both ends on it")),
    row(A::Present, "present", C::Lesson, &[sign('p')], ("", "For a class: larger, and answers stay hidden until they are seen")),
    row(A::Choose, "choose", C::Map, &[plain(KeyCode::Enter), sign(' ')], ("begin", "Begin what is chosen")),
    row(A::Search, "search", C::Map, &[sign('/')], ("search", "Search in the lessons")),
    row(A::OpenCapture, "open", C::Map, &[sign('o')], ("open a capture", "Open a capture file (pcap or pcapng)")),
    row(A::Up, "map-up", C::Map, &[plain(KeyCode::Up), sign('k')], ("", "The one above")),
    row(A::Down, "map-down", C::Map, &[plain(KeyCode::Down), sign('j')], ("", "The one below")),
    row(A::PageUp, "map-page-up", C::Map, &[plain(KeyCode::PageUp)], ("", "A page up")),
    row(A::PageDown, "map-page-down", C::Map, &[plain(KeyCode::PageDown)], ("", "A page down")),
    row(A::ToBegin, "map-begin", C::Map, &[plain(KeyCode::Home)], ("", "The first")),
    row(A::ToEnd, "map-end", C::Map, &[plain(KeyCode::End)], ("", "The last")),
    row(A::Up, "page-line-up", C::Page, &[plain(KeyCode::Up), sign('k')], ("", "A line up")),
    row(A::Down, "page-line-down", C::Page, &[plain(KeyCode::Down), sign('j')], ("", "A line down")),
    row(A::PageUp, "page-back", C::Page, &[plain(KeyCode::PageUp)], ("", "A page up")),
    row(A::PageDown, "page-on", C::Page, &[plain(KeyCode::PageDown)], ("", "A page down")),
    row(A::Confirm, "page-done", C::Page, &[plain(KeyCode::Enter), sign(' ')], ("go on", "Go on")),
    row(A::Choose, "look", C::Capture, &[plain(KeyCode::Enter), sign(' ')], ("look at it", "Look at the chosen conversation, packet by packet")),
    row(A::Sort, "sort", C::Capture, &[sign('s')], ("sort", "Sort the conversations: by number, packets, bytes, duration, trouble")),
    row(A::Search, "filter", C::Capture, &[sign('/'), sign('f')], ("filter", "Type which conversations are wanted: a part of an address or a port, udp, reset, 10.0.0.0/8, port=443, since=1.5s")),
    row(A::Up, "list-up", C::Capture, &[plain(KeyCode::Up), sign('k')], ("", "The conversation above")),
    row(A::Down, "list-down", C::Capture, &[plain(KeyCode::Down), sign('j')], ("", "The conversation below")),
    row(A::PageUp, "list-page-up", C::Capture, &[plain(KeyCode::PageUp)], ("", "A page up")),
    row(A::PageDown, "list-page-down", C::Capture, &[plain(KeyCode::PageDown)], ("", "A page down")),
    row(A::ToBegin, "list-begin", C::Capture, &[plain(KeyCode::Home)], ("", "The first conversation")),
    row(A::ToEnd, "list-end", C::Capture, &[plain(KeyCode::End)], ("", "The last conversation")),
    row(A::NextNote, "next-note", C::Course, &[sign('n')], ("next to note", "The next packet that is out of the ordinary: sent again, lost, reset")),
    row(A::PreviousNote, "previous-note", C::Course, &[sign('N'), sign('p')], ("", "The packet before that is out of the ordinary")),
    row(A::GoToPacket, "go-to-packet", C::Course, &[sign('g')], ("go to", "Go to the packet with a number: its place in the file")),
    row(A::Numbers, "numbers", C::Course, &[sign('r')], ("numbers", "TCP's numbers as they stand in the packets, or counted from the beginning")),
    row(A::NextPane, "course-next-pane", C::Course, &[plain(KeyCode::Tab)], ("pane", "The next pane")),
    row(A::PreviousPane, "course-previous-pane", C::Course, &[plain(KeyCode::BackTab), shift(KeyCode::BackTab)], ("", "The pane before")),
    row(A::Zoom, "course-zoom", C::Course, &[sign('z')], ("", "This pane alone, or all of them")),
    row(A::Up, "course-up", C::Course, &[plain(KeyCode::Up), sign('k')], ("", "The packet above, or a line up")),
    row(A::Down, "course-down", C::Course, &[plain(KeyCode::Down), sign('j')], ("", "The packet below, or a line down")),
    row(A::PageUp, "course-page-up", C::Course, &[plain(KeyCode::PageUp)], ("", "A page up")),
    row(A::PageDown, "course-page-down", C::Course, &[plain(KeyCode::PageDown)], ("", "A page down")),
    row(A::ToBegin, "course-begin", C::Course, &[plain(KeyCode::Home)], ("", "The first packet")),
    row(A::ToEnd, "course-end", C::Course, &[plain(KeyCode::End)], ("end", "The last packet; while the file grows, whichever is the last")),
    row(A::Help, "help", C::Everywhere, &[sign('?'), plain(KeyCode::F(1))], ("keys", "All keys")),
    row(A::Leave, "leave", C::Everywhere, &[sign('q'), plain(KeyCode::Esc)], ("leave", "Leave this screen; on the map, the program")),
    row(A::Quit, "quit", C::Everywhere, &[control('c')], ("", "Leave the program at once")),
    row(A::Suspend, "suspend", C::Everywhere, &[control('z')], ("", "Put the program to sleep, as a shell does; `fg` wakes it")),
    row(A::Redraw, "redraw", C::Everywhere, &[control('l')], ("", "Draw the screen anew")),
];

impl Chord {
    #[must_use]
    pub const fn of(key: KeyEvent) -> Self {
        // A capital says by itself that shift is held.
        let keeps_shift = !matches!(key.code, KeyCode::Char(_));
        let wanted =
            if keeps_shift { KeyModifiers::all() } else { KeyModifiers::all().difference(KeyModifiers::SHIFT) };
        Self { code: key.code, modifiers: key.modifiers.intersection(wanted) }
    }

    /// As the bottom line names it.
    #[must_use]
    pub fn name(self, ascii: bool) -> String {
        let key = match (self.code, ascii) {
            (KeyCode::Enter, false) => "⏎".to_owned(),
            (KeyCode::Enter, true) => "Enter".to_owned(),
            (KeyCode::Char(' '), _) => "Space".to_owned(),
            (KeyCode::Char(sign), _) => sign.to_string(),
            (KeyCode::Left, false) => "←".to_owned(),
            (KeyCode::Right, false) => "→".to_owned(),
            (KeyCode::Up, false) => "↑".to_owned(),
            (KeyCode::Down, false) => "↓".to_owned(),
            (KeyCode::Tab, _) => "Tab".to_owned(),
            (KeyCode::BackTab, _) => "Shift-Tab".to_owned(),
            (KeyCode::F(number), _) => format!("F{number}"),
            (other, _) => format!("{other:?}"),
        };
        let control = if self.modifiers.contains(KeyModifiers::CONTROL) { "Ctrl-" } else { "" };
        let alt = if self.modifiers.contains(KeyModifiers::ALT) { "Alt-" } else { "" };
        let shift =
            if self.modifiers.contains(KeyModifiers::SHIFT) && self.code != KeyCode::BackTab { "Shift-" } else { "" };
        format!("{control}{alt}{shift}{key}")
    }
}

/// The table as it is in force: the defaults, with what the settings say.
#[derive(Clone, Debug)]
pub struct Keymap {
    rows: Vec<(&'static KeyRow, Vec<Chord>)>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self { rows: KEYS.iter().map(|row| (row, row.keys.to_vec())).collect() }
    }
}

impl Keymap {
    /// Gives the action of this name other keys; no row has it where the answer is false.
    pub fn set(&mut self, name: &str, keys: Vec<Chord>) -> bool {
        let found = self.rows.iter_mut().find(|(row, _)| row.name == name);
        found.map(|(_, chords)| *chords = keys).is_some()
    }

    /// What this key asks for. The contexts come with the nearest first.
    #[must_use]
    pub fn action(&self, key: KeyEvent, contexts: &[Context]) -> Option<Action> {
        let chord = Chord::of(key);
        contexts.iter().find_map(|context| {
            let here = self.rows.iter().filter(|(row, _)| row.context == *context);
            here.into_iter().find(|(_, chords)| chords.contains(&chord)).map(|(row, _)| row.action)
        })
    }

    /// All rows of a context, with their keys.
    pub fn of(&self, context: Context) -> impl Iterator<Item = (&'static KeyRow, &[Chord])> {
        self.rows.iter().filter(move |(row, _)| row.context == context).map(|(row, chords)| (*row, chords.as_slice()))
    }

    /// The first key of an action in a context.
    #[must_use]
    pub fn key_of(&self, action: Action, context: Context) -> Option<Chord> {
        self.of(context).find(|(row, _)| row.action == action).and_then(|(_, chords)| chords.first().copied())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_context() {
        let mut seen = HashSet::new();
        for row in KEYS {
            for chord in row.keys {
                assert!(seen.insert((row.context, *chord)), "{} in {:?}", chord.name(true), row.context);
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
}
