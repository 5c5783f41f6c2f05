//! Colours and signs by what the terminal can show.

use super::{
    pty::{Key, Session, shown},
    user::{SMALL, chosen_rows, start},
};

/// Every colour that was asked for, as the parameters of an SGR sequence.
fn colours(said: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(said);
    let sequences = text.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|sign: char| !(sign.is_ascii_digit() || ";:?".contains(sign)))?;
        rest[end..].starts_with('m').then(|| rest[..end].to_owned())
    });
    sequences.filter(|codes| codes.split([';', ':']).any(is_colour)).collect()
}

fn is_colour(code: &str) -> bool {
    code.parse().is_ok_and(|code: u8| matches!(code, 30..=38 | 40..=48 | 58 | 90..=97 | 100..=107))
}

/// Goes through a part of a recording-free lesson: the map, a page, and back.
fn looked_at(variables: &[(&str, &str)], arguments: &[&str]) -> Session {
    let start = variables.iter().fold(start(SMALL, arguments), |start, (name, value)| start.env(name, value));
    let mut session = Session::of(&start);
    session.wait("shows the map", |session| session.screen().contains("begin") && session.screen().contains("leave"));
    session.tap(Key::Down);
    session.taps("?");
    session.wait_for("Keys");
    session.press(Key::Escape);
    session.wait_for("begin");
    session.tap(Key::Enter);
    session
        .wait("begins the lesson", |session| session.screen().contains("step 1 of") || session.screen().contains("1/"));
    session.keys("q");
    session.wait_for("begin");
    session
}

fn leave(mut session: Session) {
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn without_colour_there_is_none_and_what_is_chosen_is_reversed() {
    let session = looked_at(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")], &[]);
    assert_eq!(colours(session.said()), Vec::<String>::new());
    let reversed = (0..24).filter(|row| session.cell((4, *row)).inverse()).count();
    assert_eq!(reversed, 1, "{}", shown(&session));
    leave(session);
}

pub(crate) fn a_plain_xterm_gets_sixteen_colours() {
    let session = looked_at(&[("TERM", "xterm")], &[]);
    let all = colours(session.said());
    assert!(!all.is_empty());
    // A terminal that knows no more would take `38;5;1` for three wishes, and blink.
    let rich: Vec<_> = all.iter().filter(|codes| codes.contains("38;") || codes.contains("48;")).collect();
    assert_eq!(rich, Vec::<&String>::new());
    leave(session);
}

pub(crate) fn a_rich_terminal_gets_all_colours() {
    let session = looked_at(&[("COLORTERM", "truecolor")], &[]);
    assert!(colours(session.said()).iter().any(|codes| codes.contains("38;2;")));
    assert!(!chosen_rows(&session).is_empty());
    leave(session);
}

pub(crate) fn in_ascii_everything_is_ascii() {
    let mut session = looked_at(&[], &["learn", "--ascii"]);
    assert!(session.screen().is_ascii(), "{}", shown(&session));
    session.tap(Key::Enter);
    session.wait("begins the lesson", |session| session.screen().contains("step 1 of"));
    while session.turn().key == "Enter" {
        assert!(session.screen().is_ascii(), "{}", shown(&session));
        session.tap(Key::Enter);
    }
    assert!(session.said().is_ascii(), "nothing else was ever said");
    session.keys("q");
    session.wait_for("begin");
    leave(session);
}
