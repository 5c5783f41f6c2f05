//! The app in a terminal: it gives back what it took however it ends, it stops and goes on, and does not outlive its
//! terminal.
//!
//! What the map has no key for (a panic, a thread that is stuck) is tried with a [`probe`]: this binary itself, as a
//! small app on the same ground.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

#[path = "terminal/answers.rs"]
mod answers;
#[path = "terminal/ends.rs"]
mod ends;
#[path = "terminal/input.rs"]
mod input;
#[path = "terminal/probe.rs"]
mod probe;
#[path = "support/pty/mod.rs"]
mod pty;
#[path = "terminal/stops.rs"]
mod stops;

use libtest_mimic::{Arguments, Trial};
use pty::{Session, Start};
use wiretutor::face::tui::progress::Progress;

/// What the map shows when it is complete.
const MAP: &str = "open a capture";

fn map() -> Session {
    of(&start((80, 24)), MAP)
}

/// The program for somebody who has seen the tour.
fn start(size: (u16, u16)) -> Start {
    let mut progress = Progress::default();
    progress.tour_seen(1);
    Start::new(size).file("data/wiretutor/progress.json", &progress.write())
}

/// An app that has drawn its first frame.
fn of(start: &Start, words: &str) -> Session {
    let mut session = Session::of(start);
    session.wait_for(words);
    session
}

/// The probe, which names what it gets.
fn probe() -> Session {
    of(&probing(), "probe")
}

fn probing() -> Start {
    let this = std::env::current_exe().expect("the path of this binary");
    start((80, 24)).program(this).env(probe::ASKED, "1")
}

/// Tests by what they say.
macro_rules! tests {
    ($($room:ident: $($name:ident),+ $(,)?;)+) => {
        vec![$($(Trial::test(stringify!($name), || { $room::$name(); Ok(()) })),+),+]
    };
}

fn main() {
    if std::env::var_os(probe::ASKED).is_some() {
        return probe::run().expect("a probe runs");
    }
    let tests = tests! {
        ends: q_leaves_also_behind_another_key, each_signal_ends_it_in_order, a_second_signal_ends_an_app_that_is_stuck,
            a_hang_up_that_is_said_twice_is_one, it_ends_when_its_terminal_hangs_up,
            it_ends_when_its_terminal_goes_without_a_signal, an_app_that_is_stuck_does_not_outlive_its_terminal,
            a_panic_of_the_app_gives_the_terminal_back_and_then_speaks,
            a_panic_while_drawing_gives_the_terminal_back_and_then_speaks,
            a_panic_of_another_thread_ends_the_process, a_backtrace_is_shown_to_who_asks_for_one;
        stops: control_z_stops_and_fg_goes_on, control_z_stops_the_script_that_has_started_it_too, it_ends_in_the_background_too, what_is_typed_for_the_shell_does_not_stop_it, fg_shows_another_size, a_stop_from_outside_is_the_same,
            a_stop_that_can_not_be_handled_is_mended, what_is_ended_while_stopped_leaves_all_as_it_was,
            where_no_shell_waits_nothing_stops, an_app_in_the_background_leaves_the_terminal_alone;
        answers: a_light_terminal_is_light, a_dark_terminal_is_dark, an_answer_is_never_a_key_and_never_for_the_shell, a_late_answer_is_not_for_the_shell_either,
            a_terminal_that_answers_nothing_holds_up_nothing, what_the_environment_says_counts_without_an_answer,
            without_colour_what_is_chosen_is_still_seen, a_dumb_terminal_gets_the_list;
        input: keys_before_the_first_frame_are_not_lost, the_mouse_is_no_text, a_report_in_pieces_is_no_text,
            a_paste_is_one_thing, escape_is_a_key, a_storm_of_motion_is_thinned_out,
            a_storm_of_sizes_ends_with_the_right_picture, one_cell_is_enough, a_terminal_without_a_size_has_the_usual_one,
            nothing_happens_while_nothing_happens, a_frame_comes_as_a_whole;
    };
    libtest_mimic::run(&Arguments::from_args(), tests).exit();
}
