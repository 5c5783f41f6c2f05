//! What a capture shows sooner than the ends know it: FINs that cross, numbers that were not seen, older connections.

use super::{
    builder::{CLIENT, SERVER, Tcp, socket},
    captured::Capture,
};
use crate::{
    conversation::{CloseOrder, Meaning, RepeatCause, Seq, Sign, signs},
    kernel::{clock::Stamp, state::TcpState},
    packet::decode,
};

fn states(capture: &Capture) -> [Option<TcpState>; 2] {
    [(CLIENT, SERVER), (SERVER, CLIENT)].map(|(end, peer)| capture.0.state(socket(end), socket(peer)))
}

#[test]
fn a_fin_that_does_not_acknowledge_the_first_one_crosses_it() {
    let mut capture = Capture::open();
    capture.at(20, "> FIN+ACK seq=101 ack=301");
    let crossing = Meaning::Closes { fin: Seq(301), order: Some(CloseOrder::Crossing), acknowledges_fin: false };
    assert_eq!(capture.at(21, "< FIN+ACK seq=301 ack=101").meanings[..], [crossing]);
    assert_eq!(states(&capture), [Some(TcpState::Closing); 2]);
    capture.lines(&[(22, "> ACK seq=102 ack=302"), (23, "< ACK seq=302 ack=102")]);
    assert_eq!(states(&capture), [Some(TcpState::TimeWait); 2]);
}

#[test]
fn data_on_its_way_past_a_fin_uses_no_half_closed_connection() {
    let mut capture = Capture::open();
    capture.at(20, "> FIN+ACK seq=101 ack=301");
    assert!(!capture.at(21, "< ACK seq=301 ack=101 len=5").meanings.contains(&Meaning::UsesHalfClose));
    assert!(capture.at(22, "< ACK seq=306 ack=102 len=5").meanings.contains(&Meaning::UsesHalfClose));
}

#[test]
fn of_numbers_that_were_not_seen_nobody_knows_how_many_were_bytes() {
    let mut capture = Capture::open();
    let acknowledges = Meaning::Acknowledges { bytes: None, expects: Seq(151) };
    let unseen = Meaning::AcknowledgesUnseen { bytes: 50 };
    assert_eq!(capture.at(20, "< ACK seq=301 ack=151").meanings[..], [acknowledges, unseen]);
}

#[test]
fn time_wait_answers_a_new_syn_with_its_old_number() {
    let mut capture = Capture::open();
    capture.lines(&[
        (20, "< FIN+ACK seq=301 ack=101"),
        (21, "> FIN+ACK seq=101 ack=302"),
        (22, "< ACK seq=302 ack=102"),
        (9000, "> SYN seq=70"),
    ]);
    let answer = capture.at(9001, "< ACK seq=302 ack=102");
    let older = Meaning::RepeatsAck { cause: RepeatCause::Older, expects: Seq(102), count: 0, pieces: None };
    assert_eq!(answer.meanings[..], [older]);
    assert!(!signs(&answer).contains(Sign::DuplicateAck) && !signs(&answer).contains(Sign::AckLostSegment));
}

#[test]
fn only_duplicates_that_ask_for_a_gap_are_counted() {
    let mut capture = Capture::open();
    capture.lines(&[(20, "> ACK seq=101 ack=301 len=10"), (21, "< ACK seq=301 ack=111")]);
    let counts = [
        (300, "> ACK seq=101 ack=301 len=10", 0),
        (310, "> ACK seq=121 ack=301 len=10", 1),
        (311, "> ACK seq=131 ack=301 len=10", 2),
    ]
    .map(|(ms, line, expected)| {
        capture.at(ms, line);
        let answer = capture.at(ms, "< ACK seq=301 ack=111");
        let Meaning::RepeatsAck { count, .. } = answer.meanings[0] else { panic!("{answer:?}") };
        (count, expected)
    });
    assert!(counts.iter().all(|(count, expected)| count == expected), "{counts:?}");
}

#[test]
fn a_part_that_was_seen_before_is_told_apart_from_what_was_overtaken() {
    let mut capture = Capture::open();
    capture.lines(&[(20, "> ACK seq=101 ack=301 len=10"), (20, "> ACK seq=121 ack=301 len=10")]);
    let late = capture.at(21, "> ACK seq=106 ack=301 len=15");
    assert_eq!(late.meanings[..], [Meaning::OutOfOrder { first: Seq(106), bytes: 15, is_new: false }]);
}

#[test]
fn bytes_that_came_with_a_syn_ack_are_acknowledged_by_the_third_packet() {
    let mut capture = Capture::new();
    capture.lines(&[(0, "> SYN seq=100"), (1, "< SYN+ACK seq=300 ack=101 len=4")]);
    let third = capture.at(2, "> ACK seq=101 ack=305");
    assert_eq!(third.meanings[0], Meaning::CompletesOpening { expects: Seq(305), bytes: 4 });
}

#[test]
fn a_socket_with_itself_still_opens() {
    let mut capture = Capture::new();
    let show = |capture: &mut Capture, flags, seq, ack| {
        let bytes = Tcp::new(flags, seq, ack).between(CLIENT, CLIENT).bytes();
        capture.0.observe(Stamp(0), &decode(&bytes))
    };
    show(&mut capture, "SYN", 100, 0);
    let agrees = show(&mut capture, "SYN+ACK", 100, 101);
    assert!(matches!(agrees.meanings[0], Meaning::AgreesToOpen { .. }), "{agrees:?}");
}
