//! What captures show: repetitions and their reasons, gaps, beginnings that were not seen. State × event, as elsewhere.

use pnet::packet::tcp::TcpOption;

use super::{Tracker, builder::Tcp, segment};
use crate::{
    conversation::{Early, Meaning, Pieces, Probe, Reading, RepeatCause, Repeated, ResetCause, Seq, Sign, Why, signs},
    kernel::clock::Stamp,
    packet::decode,
};

const MS: u64 = 1_000_000;

/// A capture, in which anything may be missing.
pub(super) struct Capture(pub(super) Tracker);

impl Capture {
    pub(super) fn new() -> Self {
        Self(Tracker::remembering(8))
    }

    /// After an opening that took 10 ms.
    pub(super) fn open() -> Self {
        let mut capture = Self::new();
        for (at, line) in [(0, "> SYN seq=100"), (9, "< SYN+ACK seq=300 ack=101"), (10, "> ACK seq=101 ack=301")] {
            capture.at(at, line);
        }
        capture
    }

    pub(super) fn at(&mut self, ms: u64, line: &str) -> Reading {
        let words: Vec<_> = line.split_whitespace().collect();
        let segment = segment(&words[1..]);
        self.show(ms, &if words[0] == "<" { segment.back() } else { segment })
    }

    pub(super) fn show(&mut self, ms: u64, segment: &Tcp) -> Reading {
        self.0.observe(Stamp(ms * MS), &decode(&segment.bytes()))
    }

    pub(super) fn lines(&mut self, lines: &[(u64, &str)]) -> Reading {
        lines.iter().map(|(ms, line)| self.at(*ms, line)).last().expect("a line")
    }
}

pub(super) fn why(reading: &Reading) -> Option<Why> {
    reading.meanings.iter().find_map(|meaning| match meaning {
        Meaning::Retransmits { why, .. } => Some(*why),
        _ => None,
    })
}

fn has(reading: &Reading, meaning: Meaning) -> bool {
    reading.meanings.contains(&meaning)
}

pub(super) const THREE: [(u64, &str); 3] =
    [(20, "> ACK seq=101 ack=301 len=10"), (20, "> ACK seq=111 ack=301 len=10"), (20, "> ACK seq=121 ack=301 len=10")];

#[test]
fn established_third_duplicate_brings_a_fast_retransmission() {
    let mut capture = Capture::open();
    capture.lines(&THREE);
    capture.lines(&[(30, "< ACK seq=301 ack=101"), (31, "< ACK seq=301 ack=101"), (32, "< ACK seq=301 ack=101")]);
    let again = capture.at(33, "> ACK seq=101 ack=301 len=10");
    assert_eq!(why(&again), Some(Why::Fast));
    assert!(signs(&again).contains(Sign::FastRetransmission) && signs(&again).contains(Sign::Retransmission));
    // What is missing besides is repeated as soon as the receiver asks for it.
    assert_eq!(
        why(&capture.lines(&[(40, "< ACK seq=301 ack=111"), (41, "> ACK seq=111 ack=301 len=10")])),
        Some(Why::UnderWay)
    );
}

#[test]
fn established_silence_brings_a_timeout_of_the_first() {
    let mut capture = Capture::open();
    capture.lines(&THREE);
    let again = capture.at(320, "> ACK seq=101 ack=301 len=10");
    assert_eq!((why(&again), again.measures.rto_ns), (Some(Why::Timeout), Some(300 * MS)));
}

#[test]
fn established_the_last_of_three_alone_is_a_tail_loss_probe() {
    let mut capture = Capture::open();
    capture.lines(&THREE);
    assert_eq!(why(&capture.at(60, "> ACK seq=121 ack=301 len=10")), Some(Why::TailProbe));
    assert_eq!(why(&capture.at(320, "> ACK seq=101 ack=301 len=10")), Some(Why::Timeout));
}

#[test]
fn established_a_single_segment_again_is_some_timers() {
    let mut capture = Capture::open();
    capture.at(20, "> ACK seq=101 ack=301 len=10");
    let [second, third] = [(60, 40), (260, 200)].map(|(ms, after)| {
        let again = capture.at(ms, "> ACK seq=101 ack=301 len=10");
        assert!(matches!(again.meanings[0], Meaning::Retransmits { after_ns: Some(found), .. } if found == after * MS));
        why(&again)
    });
    assert_eq!((second, third), (Some(Why::Timer), Some(Why::Timeout)));
}

#[test]
fn established_what_was_acknowledged_again_is_spurious() {
    let mut capture = Capture::open();
    capture.lines(&[(20, "> ACK seq=101 ack=301 len=10"), (30, "< ACK seq=301 ack=111")]);
    let again = capture.at(31, "> ACK seq=101 ack=301 len=10");
    assert_eq!((why(&again), again.measures.in_flight), (Some(Why::Spurious), None));
}

#[test]
fn established_unseen_bytes_soon_after_later_ones_were_overtaken() {
    let mut capture = Capture::open();
    let later = capture.at(20, "> ACK seq=111 ack=301 len=10");
    assert!(has(&later, Meaning::Gap { bytes: 10 }) && later.measures.in_flight.is_none());
    let late = capture.at(22, "> ACK seq=101 ack=301 len=10");
    assert_eq!(late.meanings[..], [Meaning::OutOfOrder { first: Seq(101), bytes: 10, is_new: true }]);
    assert_eq!(why(&capture.at(24, "> ACK seq=101 ack=301 len=10")), Some(Why::TooSoon));
}

#[test]
fn established_unseen_bytes_long_after_later_ones_were_lost() {
    let mut capture = Capture::open();
    capture.at(20, "> ACK seq=111 ack=301 len=10");
    assert!(why(&capture.at(320, "> ACK seq=101 ack=301 len=10")).is_some());
}

#[test]
fn established_acknowledgement_of_what_was_not_seen_is_believed() {
    let mut capture = Capture::open();
    let reading = capture.at(20, "< ACK seq=301 ack=151");
    assert!(has(&reading, Meaning::AcknowledgesUnseen { bytes: 50 }));
    assert!(!has(&capture.at(21, "< ACK seq=301 ack=151 len=5"), Meaning::AcknowledgesUnseen { bytes: 50 }));
    assert!(has(&capture.at(22, "> ACK seq=151 ack=306 len=5"), Meaning::Gap { bytes: 50 }));
}

#[test]
fn established_data_up_to_the_windows_edge_fills_it() {
    let mut capture = Capture::open();
    capture.at(20, "< ACK seq=301 ack=101 len=1 win=20");
    assert!(!has(&capture.at(21, "> ACK seq=101 ack=302 len=10"), Meaning::WindowFull));
    assert!(has(&capture.at(21, "> ACK seq=111 ack=302 len=10"), Meaning::WindowFull));
}

#[test]
fn established_a_byte_for_a_closed_window_is_a_probe_whether_or_not_it_is_taken() {
    let mut capture = Capture::open();
    capture.lines(&[(20, "> ACK seq=101 ack=301 len=10"), (21, "< ACK seq=301 ack=111 win=0")]);
    assert_eq!(capture.at(300, "> ACK seq=111 ack=301 len=1").meanings[..], [Meaning::Probe(Probe::Byte)]);
    let refused = capture.at(301, "< ACK seq=301 ack=111 win=0");
    assert!(matches!(refused.meanings[0], Meaning::RepeatsAck { cause: RepeatCause::Probe(Probe::Byte), .. }));
    assert!(signs(&refused).contains(Sign::ZeroWindowProbeAck) && !signs(&refused).contains(Sign::DuplicateAck));
    capture.at(600, "> ACK seq=111 ack=301 len=1");
    let taken = capture.at(601, "< ACK seq=301 ack=112 win=0");
    assert!(taken.meanings.iter().all(|meaning| !matches!(meaning, Meaning::AcknowledgesUnseen { .. })), "{taken:?}");
    assert_eq!(
        capture.at(900, "> ACK seq=112 ack=301 len=5").meanings[0],
        Meaning::CarriesData { first: Seq(112), bytes: 5, push: false }
    );
}

#[test]
fn established_an_unacknowledged_byte_again_is_no_keep_alive() {
    let mut capture = Capture::open();
    capture.at(20, "> ACK seq=101 ack=301 len=1");
    assert_eq!(why(&capture.at(300, "> ACK seq=101 ack=301 len=1")), Some(Why::Timer));
}

#[test]
fn established_pieces_tell_what_is_missing() {
    let mut capture = Capture::open();
    capture.lines(&THREE);
    let segment = Tcp::new("ACK", 301, 101).options(&[TcpOption::selective_ack(&[121, 131])]).back();
    let pieces = Some(Pieces { blocks: 1, first: Seq(121) });
    assert!(
        matches!(capture.show(30, &segment).meanings[0], Meaning::RepeatsAck { pieces: found, .. } if found == pieces)
    );
}

#[test]
fn close_wait_data_uses_the_half_closed_connection() {
    let mut capture = Capture::open();
    capture.lines(&[(20, "> FIN+ACK seq=101 ack=301"), (21, "< ACK seq=301 ack=102")]);
    assert!(has(&capture.at(22, "< ACK seq=301 ack=102 len=5"), Meaning::UsesHalfClose));
}

#[test]
fn syn_sent_cookie_and_early_data() {
    let mut capture = Capture::new();
    capture.at(0, "> SYN seq=100 len=20");
    let answer = capture.at(10, "< SYN+ACK seq=300 ack=111");
    let early = Some(Early { taken: 10, of: 20 });
    assert!(matches!(answer.meanings[0], Meaning::AgreesToOpen { early: found, .. } if found == early), "{answer:?}");
}

#[test]
fn syn_sent_reset_after_a_good_answer_is_a_withdrawal() {
    let mut capture = Capture::new();
    capture.lines(&[(0, "> SYN seq=100"), (10, "< SYN+ACK seq=300 ack=101")]);
    assert_eq!(capture.at(11, "> RST seq=101").meanings[..], [Meaning::Resets(ResetCause::Withdrawn)]);
}

#[test]
fn established_syn_with_another_number_reuses_the_ports() {
    let mut capture = Capture::open();
    let first = capture.at(20, "> ACK seq=101 ack=301 len=10").conversation;
    let asks = capture.at(9000, "> SYN seq=70000");
    assert!(has(&asks, Meaning::ReusesPorts) && asks.conversation != first);
    assert!(matches!(
        capture.at(9001, "> SYN seq=70000").meanings[0],
        Meaning::Retransmits { what: Repeated::Syn, .. }
    ));
}

#[test]
fn closed_the_same_syn_after_a_refusal_asks_again() {
    let mut capture = Capture::new();
    capture.lines(&[(0, "> SYN seq=100"), (1, "< RST+ACK seq=0 ack=101"), (500, "> SYN seq=100")]);
    let refused = capture.at(501, "< RST+ACK seq=0 ack=101");
    assert_eq!(refused.meanings[..], [Meaning::Resets(ResetCause::Refused)]);
}

#[test]
fn round_trips_are_measured_unless_something_was_sent_twice() {
    let mut capture = Capture::open();
    capture.at(20, "> ACK seq=101 ack=301 len=10");
    let answer = capture.at(45, "< ACK seq=301 ack=111");
    assert_eq!((answer.measures.rtt_ns, answer.measures.initial_rtt_ns), (Some(25 * MS), Some(10 * MS)));
    capture.lines(&[(50, "> ACK seq=111 ack=301 len=10"), (300, "> ACK seq=111 ack=301 len=10")]);
    assert_eq!(capture.at(310, "< ACK seq=301 ack=121").measures.rtt_ns, None);
}

#[test]
fn a_window_is_told_in_bytes_only_where_its_scale_was_seen() {
    let scale = [TcpOption::wscale(7), TcpOption::nop()];
    let mut capture = Capture::new();
    capture.show(0, &Tcp::new("SYN", 100, 0).options(&scale));
    assert_eq!(capture.at(2, "> ACK seq=101 ack=301 win=2").measures.window, None);
    capture.show(3, &Tcp::new("SYN+ACK", 300, 101).options(&scale).back());
    assert_eq!(capture.at(4, "> ACK seq=101 ack=301 win=2").measures.window, Some(256));
    assert_eq!(Capture::open().at(20, "> ACK seq=101 ack=301 win=2").measures.window, Some(2));
}

#[test]
fn established_a_duplicate_that_was_under_way_before_the_repetition_still_asks() {
    let mut capture = Capture::open();
    capture.lines(&THREE);
    let asks = Tcp::new("ACK", 301, 101).options(&[TcpOption::selective_ack(&[111, 121])]).back();
    for ms in [30, 31, 32] {
        capture.show(ms, &asks);
    }
    assert_eq!(why(&capture.at(33, "> ACK seq=101 ack=301 len=10")), Some(Why::Fast));
    let more = Tcp::new("ACK", 301, 101).options(&[TcpOption::selective_ack(&[111, 131])]).back();
    let late = capture.show(34, &more);
    assert!(matches!(late.meanings[0], Meaning::RepeatsAck { cause: RepeatCause::Gap, count: 4, .. }), "{late:?}");
}
