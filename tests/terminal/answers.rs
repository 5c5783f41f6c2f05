//! What the terminal says of itself, and what the environment says of it.

use std::time::{Duration, Instant};

use super::{
    Start, of, probing,
    pty::{Answers, Session},
};

fn answering(answers: Answers) -> Session {
    of(&probing().answering(answers), "probe")
}

pub(crate) fn a_light_terminal_is_light() {
    let mut session = answering(Answers::Background(253, 246, 227));
    session.wait_for("background Some(Light)");
    session.keys("q");
    session.end();
}

pub(crate) fn a_dark_terminal_is_dark() {
    let mut session = answering(Answers::Background(0, 43, 54));
    session.wait_for("background Some(Dark) inputs 1");
    session.keys("q");
    session.end();
}

/// The app leaves by a key that was there before it began, while the terminal's answers are on their way.
pub(crate) fn an_answer_is_never_a_key_and_never_for_the_shell() {
    for answers in [Answers::Background(0, 0, 0), Answers::Attributes] {
        leaves_at_once(probing().answering(answers));
    }
}

/// It is on its way until the app has left the screen.
pub(crate) fn a_late_answer_is_not_for_the_shell_either() {
    leaves_at_once(probing().answering_late(Answers::Background(0, 0, 0)));
}

fn leaves_at_once(start: Start) {
    let mut session = Session::of(&start.typed_before("q"));
    assert!(session.status().success());
    session.assert_as_before();
    assert_eq!(session.unread(), b"", "what the shell would read");
    assert!(!session.screen().contains("rgb") && !session.screen().contains("62;22"), "{}", session.screen());
}

pub(crate) fn a_terminal_that_answers_nothing_holds_up_nothing() {
    let mut session = answering(Answers::Nothing);
    session.wait_for("background None inputs 0");
    let since = Instant::now();
    session.keys("q");
    session.end();
    // A tenth of a second, and what a busy machine adds.
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
}

pub(crate) fn what_the_environment_says_counts_without_an_answer() {
    let mut session = of(&probing().env("COLORFGBG", "0;15").answering(Answers::Attributes), "probe");
    session.wait_for("background Some(Light) inputs 0");
    session.keys("q");
    session.end();
}

pub(crate) fn without_colour_what_is_chosen_is_still_seen() {
    let mut session = of(&probing().env("NO_COLOR", "1"), "probe");
    let chosen = session.cell(session.find("chosen").expect("it is shown"));
    assert!(chosen.inverse() && chosen.bold());
    assert_eq!(chosen.fgcolor(), vt100::Color::Idx(1), "themes obey NO_COLOR, not the ground");
    session.keys("q");
    session.end();
    let mut session = of(&super::start((80, 24)).env("NO_COLOR", "1"), super::MAP);
    let lesson = session.find("The three-way handshake").expect("a lesson is chosen");
    assert!(session.cell(lesson).inverse());
    session.keys("q");
    session.end();
}

pub(crate) fn a_dumb_terminal_gets_the_list() {
    let mut session = Session::start((80, 24), &[("TERM", "dumb")], &[]);
    assert!(session.status().success());
    assert!(!session.said().contains(&0x1b), "{}", super::pty::shown(&session));
    assert!(session.screen().contains("min"));
}
