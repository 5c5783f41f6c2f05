//! Resets in captures: what they follow on, and whether that can be their reason.

use pnet::packet::tcp::TcpOption;

use super::{
    builder::{CLIENT, SERVER, Tcp, socket},
    captured::Capture,
    meanings, open, play,
};
use crate::{
    conversation::{Meaning, Probe, Reading, RepeatCause, ResetCause},
    kernel::state::TcpState,
};

fn cause(reading: &Reading) -> ResetCause {
    let found = reading.meanings.iter().find_map(|meaning| match meaning {
        Meaning::Resets(cause) => Some(*cause),
        _ => None,
    });
    found.expect("a reset")
}

#[test]
fn unanswered_data_is_given_up_in_silence() {
    let mut capture = Capture::open();
    for ms in [20, 220, 620, 1420] {
        capture.at(ms, "> ACK seq=101 ack=301 len=10");
    }
    assert_eq!(cause(&capture.at(3000, "> RST+ACK seq=111 ack=301")), ResetCause::Aborted { in_vain: Some(4) });
}

#[test]
fn unanswered_window_probes_are_given_up_in_silence() {
    let mut capture = Capture::open();
    capture.lines(&[(20, "> ACK seq=101 ack=301 len=10"), (21, "< ACK seq=301 ack=111 win=0")]);
    for ms in [300, 700, 1500] {
        capture.at(ms, "> ACK seq=110 ack=301");
    }
    assert_eq!(cause(&capture.at(4000, "> RST+ACK seq=111 ack=301")), ResetCause::Aborted { in_vain: Some(3) });
}

#[test]
fn unanswered_keep_alives_end_with_a_reset() {
    let mut capture = Capture::open();
    capture.lines(&[(20, "> ACK seq=101 ack=301 len=10"), (21, "< ACK seq=301 ack=111")]);
    for seconds in [10, 11, 12] {
        capture.at(seconds * 1000, "> ACK seq=110 ack=301");
    }
    assert_eq!(cause(&capture.at(13_000, "> RST+ACK seq=111 ack=301")), ResetCause::GaveUp);
}

#[test]
fn answered_keep_alives_are_no_reason() {
    let mut capture = Capture::open();
    capture.lines(&[(20, "> ACK seq=101 ack=301 len=10"), (21, "< ACK seq=301 ack=111")]);
    for seconds in [10, 11, 12] {
        capture.at(seconds * 1000, "> ACK seq=110 ack=301");
        capture.at(seconds * 1000 + 1, "< ACK seq=301 ack=111");
    }
    assert_eq!(cause(&capture.at(13_000, "> RST+ACK seq=111 ack=301")), ResetCause::Aborted { in_vain: None });
}

#[test]
fn whoever_has_agreed_does_not_refuse() {
    let mut tracker = super::Tracker::new();
    play(
        &mut tracker,
        "SYN-SENT  -->  SYN seq=100              -
         SYN-SENT  |<-- SYN+ACK seq=300 ack=101  SYN-RECV",
    );
    let reset = meanings(&mut tracker, "< RST+ACK seq=301 ack=101");
    assert_eq!(reset, [Meaning::Resets(ResetCause::Aborted { in_vain: None })]);
}

#[test]
fn a_listener_that_had_agreed_knows_no_connection_any_more() {
    let mut tracker = super::Tracker::new();
    play(
        &mut tracker,
        "SYN-SENT     -->  SYN seq=100              -
         ESTABLISHED  <--  SYN+ACK seq=300 ack=101  SYN-RECV
         CLOSED       -->  RST+ACK seq=101 ack=301  LISTEN
         CLOSED       -->  ACK seq=101 ack=301      LISTEN",
    );
    assert_eq!(meanings(&mut tracker, "< RST seq=301"), [Meaning::Resets(ResetCause::NoConnection)]);
}

#[test]
fn bytes_that_were_acknowledged_before_the_close_are_no_reason() {
    let mut tracker = open();
    play(
        &mut tracker,
        "ESTABLISHED  <--  ACK seq=301 ack=101 len=5  ESTABLISHED
         FIN-WAIT-1   -->  FIN+ACK seq=101 ack=306    CLOSE-WAIT
         FIN-WAIT-1   |<-- ACK seq=306 ack=102 len=5  CLOSE-WAIT",
    );
    // What is still on its way brings no answer.
    let reset = meanings(&mut tracker, "> RST+ACK seq=102 ack=306");
    assert_eq!(reset, [Meaning::Resets(ResetCause::Aborted { in_vain: None })]);
}

#[test]
fn bytes_that_come_with_a_fin_after_the_close_find_no_reader() {
    let mut tracker = open();
    play(
        &mut tracker,
        "FIN-WAIT-1  --> FIN+ACK seq=101 ack=301        CLOSE-WAIT
         TIME-WAIT   <-- FIN+ACK seq=301 ack=102 len=5  LAST-ACK",
    );
    assert_eq!(meanings(&mut tracker, "> RST seq=102"), [Meaning::Resets(ResetCause::AfterClose)]);
}

#[test]
fn a_fin_alone_after_the_close_brings_no_bytes() {
    let mut tracker = open();
    play(
        &mut tracker,
        "FIN-WAIT-1  --> FIN+ACK seq=101 ack=301  CLOSE-WAIT
         TIME-WAIT   <-- FIN+ACK seq=301 ack=102  LAST-ACK",
    );
    assert_eq!(meanings(&mut tracker, "> RST seq=102"), [Meaning::Resets(ResetCause::NoConnection)]);
}

#[test]
fn a_reset_at_the_end_of_the_farthest_piece_is_accepted() {
    let mut capture = Capture::open();
    capture.at(20, "> ACK seq=111 ack=301 len=10");
    capture.show(21, &Tcp::new("ACK", 301, 101).options(&[TcpOption::selective_ack(&[111, 121])]).back());
    capture.at(22, "> RST+ACK seq=121 ack=301");
    assert_eq!(capture.0.state(socket(SERVER), socket(CLIENT)), Some(TcpState::Closed));
}

#[test]
fn a_reset_outside_the_window_is_not_challenged() {
    for seq in [90, 5000] {
        let mut tracker = open();
        play(&mut tracker, &format!("CLOSED --> RST+ACK seq={seq} ack=301 ESTABLISHED"));
        let answer = meanings(&mut tracker, "< ACK seq=301 ack=101");
        assert!(matches!(answer[..], [Meaning::RepeatsAck { cause: RepeatCause::Unknown, .. }]), "{seq}: {answer:?}");
    }
}

#[test]
fn one_byte_repeated_is_answered_as_what_it_was_found_to_be() {
    let mut capture = Capture::open();
    capture.lines(&[(20, "> ACK seq=101 ack=301 len=1"), (30, "< ACK seq=301 ack=102")]);
    let again = capture.at(40, "> ACK seq=101 ack=301 len=1");
    assert!(matches!(again.meanings[0], Meaning::Retransmits { .. }), "{again:?}");
    let answer = capture.at(41, "< ACK seq=301 ack=102");
    assert!(matches!(answer.meanings[0], Meaning::RepeatsAck { cause: RepeatCause::OldData, .. }), "{answer:?}");
    assert_eq!(capture.at(3000, "> ACK seq=101 ack=301 len=1").meanings[..], [Meaning::Probe(Probe::KeepAlive)]);
    let answer = capture.at(3001, "< ACK seq=301 ack=102");
    let keep_alive = RepeatCause::Probe(Probe::KeepAlive);
    assert!(matches!(answer.meanings[0], Meaning::RepeatsAck { cause, .. } if cause == keep_alive), "{answer:?}");
}

#[test]
fn both_ends_may_ask_at_once_whether_the_other_is_there() {
    let mut capture = Capture::open();
    capture.lines(&[
        (20, "> ACK seq=101 ack=301 len=1"),
        (30, "< ACK seq=301 ack=102 len=1"),
        (31, "> ACK seq=102 ack=302"),
        (30_000, "> ACK seq=101 ack=302 len=1"),
        (30_001, "< ACK seq=302 ack=102"),
    ]);
    assert_eq!(capture.at(30_010, "< ACK seq=301 ack=102 len=1").meanings[..], [Meaning::Probe(Probe::KeepAlive)]);
}

#[test]
fn one_way_captures_repeat_a_byte_and_do_not_probe() {
    let mut capture = Capture::new();
    capture.at(20, "> ACK seq=101 ack=301 len=1");
    assert!(matches!(capture.at(5000, "> ACK seq=101 ack=301 len=1").meanings[0], Meaning::Retransmits { .. }));
    assert_eq!(capture.at(9000, "> ACK seq=101 ack=301").meanings[..], [Meaning::Probe(Probe::KeepAlive)]);
}

#[test]
fn data_without_room_is_no_probe() {
    let mut tracker = open();
    play(
        &mut tracker,
        "ESTABLISHED  -->  ACK seq=101 ack=301 len=10        ESTABLISHED
         ESTABLISHED  |<-- ACK seq=301 ack=111 len=0 win=0   ESTABLISHED
         ESTABLISHED  -->  ACK seq=111 ack=301 len=10        ESTABLISHED",
    );
    let answer = meanings(&mut tracker, "< ACK seq=301 ack=111 win=0");
    assert!(matches!(answer[0], Meaning::RepeatsAck { cause: RepeatCause::NoRoom, .. }), "{answer:?}");
}
