//! What it costs while nobody does anything.

use std::time::{Duration, Instant};

use super::{pty::cpu, time::with_a_syn};

/// Ended by what the kernel does by itself: after a second, two and four it sends its SYN again.
pub(crate) fn with_a_packet_in_hand_it_is_idle() {
    let mut session = with_a_syn();
    let again = |words: &'static str| move |session: &super::pty::Session| session.screen().contains(words);
    session.wait("has seen it sent again", again("sent again once"));
    let (since, before) = (Instant::now(), cpu(session.pid()));
    session.wait("has seen it sent again three times more", again("sent again 4 times"));
    let (time, used) = (since.elapsed(), cpu(session.pid()) - before);
    let share = used.as_secs_f64() / time.as_secs_f64() * 100.0;
    println!("idle with a held packet: {used:?} of {time:?}, {share:.2} %");
    assert!(time > Duration::from_secs(2), "{time:?}");
    // Once a second the screen says how long it has been held. What is not optimised takes several times as long.
    let most = if cfg!(debug_assertions) { 10.0 } else { 3.0 };
    assert!(share < most, "{share:.2} %");
    session.keys("q");
    assert!(session.end().success());
}
