//! The app in a real terminal, with real labs, as a user has it: keys go in, and what counts is what is seen.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

#[path = "support/pty/mod.rs"]
mod pty;
#[path = "support/mod.rs"]
mod support;

#[path = "app/handshake.rs"]
mod handshake;
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
    let reason = support::why_no_lab();
    let tests = tests! { &reason;
        lab handshake: it_goes_from_first_to_last_with_what_is_offered_first_in_80_columns,
            it_goes_from_first_to_last_with_what_is_offered_first_in_120_columns;
        anywhere tour: the_first_time_begins_with_the_tour_and_the_second_does_not, escape_skips_the_tour;
    };
    support::conclude(tests);
}
