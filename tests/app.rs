//! The app in a real terminal, with real labs, as a user has it: keys go in, and what counts is what is seen.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

#[path = "support/pty/mod.rs"]
mod pty;
#[path = "sandbox/stage.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "what the scenes of the sandbox need of it is more")]
mod stage;
#[path = "support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared with tests that need more of it")]
mod support;

#[path = "app/arguments.rs"]
mod arguments;
#[path = "app/challenge.rs"]
mod challenge;
#[path = "app/ends.rs"]
mod ends;
#[path = "app/hands.rs"]
mod hands;
#[path = "app/handshake.rs"]
mod handshake;
#[path = "app/home.rs"]
mod home;
#[path = "app/idle.rs"]
mod idle;
#[path = "app/keys.rs"]
mod keys;
#[path = "app/looks.rs"]
mod looks;
#[path = "app/mouse.rs"]
mod mouse;
#[path = "app/refused.rs"]
mod refused;
#[path = "app/sizes.rs"]
mod sizes;
#[path = "app/story.rs"]
mod story;
#[path = "app/time.rs"]
mod time;
#[path = "app/tour.rs"]
mod tour;
#[path = "app/user.rs"]
mod user;

use libtest_mimic::Trial;

/// Tests by what they say. Those behind `lab` need hosts of their own.
macro_rules! tests {
    ($reason:expr; $(lab $room:ident: $($name:ident),+ $(,)?;)* $(anywhere $other:ident: $($any:ident),+ $(,)?;)*) => {
        vec![
            $($(support::lab_test(stringify!($name), $reason, || { $room::$name(); Ok(()) }),)+)*
            $($(Trial::test(stringify!($any), || { $other::$any(); Ok(()) }),)+)*
        ]
    };
}

fn main() {
    if std::env::var_os(refused::ASKED).is_some() {
        refused::play();
    }
    let reason = support::why_no_lab();
    let tests = tests! { &reason;
        lab handshake: it_goes_from_first_to_last_with_what_is_offered_first_in_80_columns,
            it_goes_from_first_to_last_with_what_is_offered_first_in_120_columns;
        lab story: a_synack_is_lost_by_hand_seen_again_and_read_to_the_byte;
        lab challenge: it_is_solved_by_typing, control_c_gives_up_the_line_and_then_the_program, it_can_be_left_out,
            hints_come_one_by_one_to_the_answer_and_judging_says_what_is_missing;
        lab hands: the_next_lesson_begins_with_a_wire_that_nobody_holds, a_typed_free_lets_go_of_the_switch_too, what_is_held_flows_again_and_the_connection_is_made, each_packet_is_let_go_in_its_turn,
            every_deed_is_told_by_the_ladder;
        lab time: back_and_forward_again_is_what_it_was, the_past_is_played_to_now,
            a_step_again_takes_less_than_a_second, the_lesson_again_begins_at_its_beginning,
            the_list_of_steps_goes_back_and_ahead;
        lab mouse: a_lesson_is_chosen_by_a_click_and_begun_by_another,
            an_answer_and_a_key_of_the_bottom_line_are_clicked, a_packet_is_chosen_by_a_click_and_by_the_wheel,
            a_border_is_dragged, the_keys_of_a_line_that_is_typed_are_clicked;
        lab sizes: a_storm_of_sizes_ends_with_the_right_picture,
            in_60_columns_and_20_rows_everything_essential_is_there, below_that_it_says_what_it_needs;
        lab ends: each_signal_ends_a_lesson_and_leaves_nothing, leaving_a_lesson_leaves_nothing,
            a_lesson_with_a_held_packet_stops_and_goes_on, a_terminal_that_hangs_up_in_a_lesson_leaves_nothing;
        lab home: two_at_once_lose_nothing, a_key_and_a_theme_of_the_settings_are_in_force,
            chinese_text_of_ones_own_is_wrapped_between_signs;
        lab keys: keys_on_the_map, keys_in_a_lesson, keys_that_go, keys_on_the_wire, keys_when_asked, keys_that_answer,
            keys_in_a_challenge, keys_among_bytes, keys_among_steps, keys_that_leave_the_steps, keys_on_a_page;
        lab refused: a_lesson_is_shown_from_its_recording,
            the_map_says_what_is_recorded_and_that_free_play_is_not_to_be_had;
        lab idle: with_a_packet_in_hand_it_is_idle;
        lab looks: without_colour_there_is_none_and_what_is_chosen_is_reversed, a_plain_xterm_gets_sixteen_colours,
            a_rich_terminal_gets_all_colours, in_ascii_everything_is_ascii;
        anywhere keys: every_row_is_tried_and_every_try_has_a_row, keys_that_leave_the_map, keys_in_a_capture,
            keys_in_a_course;
        anywhere tour: the_first_time_begins_with_the_tour_and_the_second_does_not, escape_skips_the_tour,
            a_class_is_not_kept_waiting_with_the_tour;
        anywhere home: damaged_progress_is_kept_aside_and_said_aloud,
            where_nothing_can_be_kept_it_is_said_once_and_the_app_goes_on,
            a_fault_of_the_settings_is_drawn_on_its_line_and_the_rest_is_in_force;
        anywhere arguments: an_unknown_lesson_is_said_with_what_was_meant,
            without_a_terminal_it_says_what_to_do_instead, a_fault_of_ones_own_lesson_is_drawn_on_its_line,
            a_pipe_with_a_name_is_opened_once_and_read_to_its_end;
    };
    support::conclude(tests);
}
