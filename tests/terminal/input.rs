//! Keys, the mouse, pastes, sizes: what comes in, and what it costs.

use std::time::{Duration, Instant};

use super::{
    map, probe, probing,
    pty::{Button, Key, Session, cpu, memory, sleeps, until},
};

fn leave(mut session: Session) {
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn keys_before_the_first_frame_are_not_lost() {
    let mut session = Session::of(&probing().typed_before("ab\rc"));
    session.wait_for("inputs 4");
    for key in ["Char('a')", "Char('b')", "Enter", "Char('c')"] {
        assert!(session.screen().contains(key), "{}", session.screen());
    }
    leave(session);
}

pub(crate) fn the_mouse_is_no_text() {
    let mut session = probe();
    session.click(Button::Left, (79, 23));
    session.drag(Button::Right, (0, 0), (5, 5));
    session.scroll(true, (3, 4));
    session.wait_for("inputs 6");
    assert!(session.screen().contains("Down(Left), column: 79, row: 23"), "{}", session.screen());
    assert!(session.screen().contains("ScrollUp") && !session.screen().contains("Key("), "{}", session.screen());
    leave(session);
}

pub(crate) fn a_report_in_pieces_is_no_text() {
    let mut session = probe();
    for piece in ["\x1b[<0;", "12"] {
        session.bytes(piece.as_bytes());
        // Longer than an escape is waited for.
        assert!(session.is_quiet_for(Duration::from_millis(80)));
    }
    session.bytes(b";7M\x1b[<3");
    session.wait_for("inputs 1");
    assert!(session.screen().contains("Down(Left), column: 11, row: 6"), "{}", session.screen());
    session.bytes(b"5;1;1M");
    session.wait_for("Moved");
    assert!(!session.screen().contains("Key("), "{}", session.screen());
    leave(session);
}

pub(crate) fn a_paste_is_one_thing() {
    let mut session = probe();
    session.paste("q\rжq");
    session.wait_for(r#"Paste("q\nжq")"#);
    leave(session);
}

pub(crate) fn escape_is_a_key() {
    let mut session = probe();
    session.press(Key::Escape);
    session.wait_for("Esc");
    session.press(Key::Alt('x'));
    session.wait_for("ALT");
    session.keys("W");
    session.wait_for("a word of another thread");
    leave(session);
}

pub(crate) fn a_storm_of_motion_is_thinned_out() {
    let mut session = probe();
    let since = Instant::now();
    (0..5000).for_each(|step| session.point((step % 80, 7)));
    session.point((42, 9));
    session.wait_for("column: 42, row: 9");
    let frames = usize::try_from(since.elapsed().as_millis() / 16).expect("a short time") + 2;
    let words = session.screen();
    let inputs = words.split("inputs ").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a number");
    let inputs = inputs.parse::<usize>().expect("a number");
    assert!(inputs <= frames, "{inputs} of 5001 moves in a time for {frames}");
    leave(session);
}

pub(crate) fn a_storm_of_sizes_ends_with_the_right_picture() {
    let mut session = map();
    let before = memory(session.pid());
    for step in 0..500_u16 {
        session.resize((1 + step * 7 % 400, 1 + step * 3 % 120));
    }
    session.resize((400, 120));
    session.wait("shows its last row", |session| session.find(super::MAP).is_some_and(|(_, row)| row == 119));
    session.resize((80, 24));
    session.wait("shows its last row", |session| session.find(super::MAP).is_some_and(|(_, row)| row == 23));
    let more = memory(session.pid()).saturating_sub(before);
    // Two pictures of 400×120 cells are about 6 MB, and what is said of one is at most some hundred kB.
    assert!(more < 32 * 1024, "{more} kB more than before");
    let anew = map();
    assert_eq!(session.screen(), anew.screen(), "as if it had always had this size");
    leave(anew);
    leave(session);
}

pub(crate) fn one_cell_is_enough() {
    let mut session = Session::of(&super::start((1, 1)));
    session.wait("shows something", |session| session.view().alternate_screen() && !session.screen().is_empty());
    session.resize((80, 24));
    session.wait_for(super::MAP);
    session.resize((1, 1));
    session.keys("j");
    session.press(Key::Control('c'));
    assert!(session.end().success());
}

pub(crate) fn a_terminal_without_a_size_has_the_usual_one() {
    let mut session = Session::of(&super::start((0, 0)));
    session.wait("draws its last row", |session| String::from_utf8_lossy(session.said()).contains("\x1b[24;1H"));
    leave(session);
}

/// A second in which the user does nothing, ended by a key.
pub(crate) fn nothing_happens_while_nothing_happens() {
    let mut session = map();
    // Until the last of the first frame has been seen to.
    session.settle();
    let (time, woken, frames) = (cpu(session.pid()), sleeps(session.pid()), session.modes().times(2026));
    assert!(session.is_quiet_for(Duration::from_secs(1)));
    assert_eq!(sleeps(session.pid()) - woken, 0, "no thread is woken");
    assert_eq!(cpu(session.pid()), time);
    session.press(Key::Down);
    // It is drawn before the thread that has drawn it sleeps again.
    session.wait("draws once more", |session| session.modes().times(2026) > frames);
    until(|| sleeps(session.pid()) > woken);
    leave(session);
}

pub(crate) fn a_frame_comes_as_a_whole() {
    let mut session = map();
    let frames = session.modes().times(2026);
    session.press(Key::Down);
    session.wait("draws once more", |session| session.modes().times(2026) > frames);
    assert_eq!(session.modes().times(2026), frames + 1);
    leave(session);
}
