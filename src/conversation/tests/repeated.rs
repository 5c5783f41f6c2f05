//! What is sent again, as captures show it: which of several reasons is told, and how often it was sent.

use pnet::packet::tcp::TcpOption;

use super::{
    builder::Tcp,
    captured::{Capture, THREE, why},
};
use crate::conversation::{Meaning, Reading, Why};

fn sacks(ack: u32, blocks: &[u32]) -> Tcp {
    Tcp::new("ACK", 301, ack).options(&[TcpOption::selective_ack(blocks)]).back()
}

/// How often it was sent, and how many milliseconds after the time before.
fn copies(reading: &Reading) -> (Option<u16>, Option<u64>) {
    let found = reading.meanings.iter().find_map(|meaning| match *meaning {
        Meaning::Retransmits { copy, after_ns, .. } => Some((copy, after_ns.map(|after| after / 1_000_000))),
        _ => None,
    });
    found.expect("a repetition")
}

#[test]
fn after_a_timeout_the_receiver_has_nothing_later() {
    let mut capture = Capture::open();
    capture.lines(&THREE);
    capture.at(320, "> ACK seq=101 ack=301 len=10");
    capture.at(330, "< ACK seq=301 ack=111");
    // Slow start sends several at once: one acknowledgement is news for all of them.
    for line in ["> ACK seq=111 ack=301 len=10", "> ACK seq=121 ack=301 len=10"] {
        assert_eq!(why(&capture.at(331, line)), Some(Why::UnderWay), "{line}");
    }
}

#[test]
fn what_has_come_behind_it_shows_that_it_is_missing() {
    let mut capture = Capture::open();
    capture.lines(&THREE);
    capture.at(30, "> ACK seq=131 ack=301 len=10");
    capture.show(40, &sacks(101, &[131, 141]));
    let whys = ["> ACK seq=101 ack=301 len=10", "> ACK seq=111 ack=301 len=10"].map(|line| why(&capture.at(45, line)));
    assert_eq!(whys, [Some(Why::LeftOut), Some(Why::Recovery)]);
}

#[test]
fn each_segment_is_counted_by_itself() {
    let mut capture = Capture::open();
    capture.lines(&THREE);
    assert_eq!(copies(&capture.at(60, "> ACK seq=121 ack=301 len=10")), (Some(2), Some(40)));
    assert_eq!(copies(&capture.at(320, "> ACK seq=101 ack=301 len=10")), (Some(2), Some(300)));
    assert_eq!(copies(&capture.at(720, "> ACK seq=121 ack=301 len=10")), (Some(3), Some(660)));
    assert_eq!(copies(&capture.at(730, "> ACK seq=101 ack=301 len=30")), (Some(3), Some(410)));
    assert_eq!(copies(&capture.at(740, "> ACK seq=121 ack=301 len=10")), (Some(5), Some(10)));
}

#[test]
fn what_was_not_seen_the_first_time_is_not_counted() {
    let mut capture = Capture::open();
    capture.at(20, "> ACK seq=111 ack=301 len=10");
    assert_eq!(copies(&capture.at(320, "> ACK seq=101 ack=301 len=10")), (None, None));
}

#[test]
fn a_frame_that_was_captured_twice_is_no_timeout() {
    let mut capture = Capture::open();
    capture.lines(&THREE);
    assert_eq!(why(&capture.at(21, "> ACK seq=121 ack=301 len=10")), Some(Why::TooSoon));
    assert_eq!(why(&capture.at(22, "> ACK seq=101 ack=301 len=10")), Some(Why::TooSoon));
    let mut opening = Capture::new();
    opening.at(0, "> SYN seq=100");
    assert_eq!(why(&opening.at(1, "> SYN seq=100")), Some(Why::TooSoon));
    // A lab may let timers run out early.
    assert_eq!(why(&opening.at(9, "> SYN seq=100")), Some(Why::Timeout));
}

#[test]
fn whoever_was_refused_asks_again_in_spite_of_that() {
    let mut capture = Capture::new();
    capture.lines(&[(0, "> SYN seq=100"), (1, "< RST+ACK seq=0 ack=101")]);
    assert_eq!(why(&capture.at(500, "> SYN seq=100")), Some(Why::Refused));
}

#[test]
fn data_that_was_not_taken_with_the_syn_waits_for_no_timer() {
    let mut capture = Capture::new();
    capture.lines(&[(0, "> SYN seq=100 len=5"), (10, "< SYN+ACK seq=300 ack=101")]);
    assert_eq!(why(&capture.at(11, "> ACK seq=101 ack=301 len=5")), Some(Why::Refused));
}
