//! A wire on which something becomes of packets: lost and sent again, sent again while one is held, doubled, overtaken,
//! crossing. What Linux does then, and what it means.
//!
//! A twin is a packet that is sent (`-->|`) and never delivered, because the one that it repeats is.

use pnet::packet::tcp::TcpOption;

use super::{
    Tracker,
    builder::{CLIENT, SERVER, Tcp, socket},
    check, check_open, happen, meanings, open, play, segment,
};
use crate::{
    conversation::{CloseOrder, Meaning, Probe, RepeatCause, Repeated, Seq, Why},
    kernel::{clock::Stamp, state::TcpState},
    packet::decode,
};

/// The packet enters the wire, and stays there.
fn enters(tracker: &mut Tracker, line: &str) -> Vec<Meaning> {
    let words: Vec<_> = line.split_whitespace().collect();
    let packet = segment(&words[1..]);
    let bytes = if words[0] == "<" { packet.back() } else { packet }.bytes();
    tracker.sent(Stamp(0), &decode(&bytes)).meanings.to_vec()
}

fn arrives(tracker: &mut Tracker, line: &str) {
    let words: Vec<_> = line.split_whitespace().collect();
    happen(tracker, if words[0] == "<" { "<--|" } else { "|-->" }, &segment(&words[1..]));
}

#[test]
fn syn_lost_and_sent_again() {
    check(
        "SYN-SENT     -->| SYN seq=100              -
         SYN-SENT     -->  SYN seq=100              -
         SYN-SENT     |<-- SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  <--| SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  -->  ACK seq=101 ack=301      ESTABLISHED",
    );
}

#[test]
fn syn_ack_lost_both_ends_try_again() {
    check(
        "SYN-SENT     -->  SYN seq=100              -
         SYN-SENT     |<-- SYN+ACK seq=300 ack=101  SYN-RECV
         SYN-SENT     -->  SYN seq=100              SYN-RECV
         SYN-SENT     |<-- SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  <--  SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  -->  ACK seq=101 ack=301      ESTABLISHED",
    );
}

#[test]
fn third_packet_lost_the_syn_ack_again_brings_another() {
    let mut tracker = Tracker::new();
    play(
        &mut tracker,
        "SYN-SENT     -->  SYN seq=100              -
         ESTABLISHED  <--  SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  -->| ACK seq=101 ack=301      SYN-RECV
         ESTABLISHED  <--  SYN+ACK seq=300 ack=101  SYN-RECV",
    );
    let again = enters(&mut tracker, "> ACK seq=101 ack=301");
    assert!(matches!(again[..], [Meaning::RepeatsAck { cause: RepeatCause::Opening, .. }]), "{again:?}");
    play(&mut tracker, "ESTABLISHED  |--> ACK seq=101 ack=301  ESTABLISHED");
}

#[test]
fn held_syn_and_its_twins() {
    let mut tracker = Tracker::new();
    play(&mut tracker, "SYN-SENT -->| SYN seq=100 -");
    for copy in 2..5 {
        let twin = enters(&mut tracker, "> SYN seq=100");
        assert_eq!(
            twin,
            [Meaning::Retransmits { what: Repeated::Syn, copy: Some(copy), why: Why::TooSoon, after_ns: Some(0) }]
        );
    }
    play(
        &mut tracker,
        "SYN-SENT     |--> SYN seq=100              -
         SYN-SENT     |<-- SYN+ACK seq=300 ack=101  SYN-RECV",
    );
}

#[test]
fn held_syn_ack_both_ends_grow_impatient() {
    let mut tracker = Tracker::new();
    play(
        &mut tracker,
        "SYN-SENT     -->  SYN seq=100              -
         SYN-SENT     |<-- SYN+ACK seq=300 ack=101  SYN-RECV
         SYN-SENT     -->| SYN seq=100              SYN-RECV
         SYN-SENT     |<-- SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  <--| SYN+ACK seq=300 ack=101  SYN-RECV",
    );
    let completes = Meaning::CompletesOpening { expects: Seq(301), bytes: 0 };
    assert_eq!(enters(&mut tracker, "> ACK seq=101 ack=301"), [completes]);
    play(
        &mut tracker,
        "ESTABLISHED  |<-- SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  |--> ACK seq=101 ack=301      ESTABLISHED",
    );
}

#[test]
fn held_data_and_its_twin_arrive_once() {
    let mut tracker = open();
    play(&mut tracker, "ESTABLISHED -->| PSH+ACK seq=101 ack=301 len=5 ESTABLISHED");
    let twin = enters(&mut tracker, "> PSH+ACK seq=101 ack=301 len=5");
    assert_eq!(
        twin,
        [Meaning::Retransmits {
            what: Repeated::Data { bytes: 5 },
            copy: Some(2),
            why: Why::TooSoon,
            after_ns: Some(0)
        }]
    );
    arrives(&mut tracker, "> PSH+ACK seq=101 ack=301 len=5");
    let bytes = Meaning::Acknowledges { bytes: Some(5), expects: Seq(106) };
    assert_eq!(meanings(&mut tracker, "< ACK seq=301 ack=106"), [bytes]);
    let more = meanings(&mut tracker, "> PSH+ACK seq=106 ack=301 len=5");
    assert!(matches!(more[..], [Meaning::CarriesData { first: Seq(106), .. }]), "{more:?}");
}

#[test]
fn held_fin_and_its_twin() {
    check_open(
        "FIN-WAIT-1  -->| FIN+ACK seq=101 ack=301  ESTABLISHED
         FIN-WAIT-1  -->| FIN+ACK seq=101 ack=301  ESTABLISHED
         FIN-WAIT-1  |--> FIN+ACK seq=101 ack=301  CLOSE-WAIT
         FIN-WAIT-1  |<-- ACK seq=301 ack=102      CLOSE-WAIT
         FIN-WAIT-1  -->| FIN+ACK seq=101 ack=301  CLOSE-WAIT
         FIN-WAIT-2  <--| ACK seq=301 ack=102      CLOSE-WAIT",
    );
}

#[test]
fn doubled_syn() {
    let mut tracker = Tracker::new();
    play(
        &mut tracker,
        "SYN-SENT     -->  SYN seq=100              -
         SYN-SENT     |--> SYN seq=100              -
         ESTABLISHED  <--  SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  -->| ACK seq=101 ack=301      SYN-RECV
         ESTABLISHED  <--  SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  |--> ACK seq=101 ack=301      ESTABLISHED",
    );
}

#[test]
fn doubled_syn_ack_is_answered_twice() {
    let mut tracker = Tracker::new();
    play(
        &mut tracker,
        "SYN-SENT     -->  SYN seq=100              -
         ESTABLISHED  <--  SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  -->  ACK seq=101 ack=301      ESTABLISHED
         ESTABLISHED  <--| SYN+ACK seq=300 ack=101  ESTABLISHED",
    );
    let again = meanings(&mut tracker, "> ACK seq=101 ack=301");
    assert!(matches!(again[..], [Meaning::RepeatsAck { cause: RepeatCause::Opening, .. }]), "{again:?}");
}

#[test]
fn doubled_syn_ack_before_the_first_answer() {
    let mut tracker = Tracker::new();
    play(
        &mut tracker,
        "SYN-SENT     -->  SYN seq=100              -
         ESTABLISHED  <--  SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  <--| SYN+ACK seq=300 ack=101  SYN-RECV",
    );
    assert_eq!(
        meanings(&mut tracker, "> ACK seq=101 ack=301"),
        [Meaning::CompletesOpening { expects: Seq(301), bytes: 0 }]
    );
    let again = meanings(&mut tracker, "> ACK seq=101 ack=301");
    assert!(matches!(again[..], [Meaning::RepeatsAck { cause: RepeatCause::Opening, .. }]), "{again:?}");
}

#[test]
fn doubled_third_packet_changes_nothing() {
    check_open("ESTABLISHED  |--> ACK seq=101 ack=301  ESTABLISHED");
}

#[test]
fn doubled_fin_is_acknowledged_twice() {
    let mut tracker = open();
    play(
        &mut tracker,
        "FIN-WAIT-1  -->  FIN+ACK seq=101 ack=301  CLOSE-WAIT
         FIN-WAIT-2  <--  ACK seq=301 ack=102      CLOSE-WAIT
         FIN-WAIT-2  |--> FIN+ACK seq=101 ack=301  CLOSE-WAIT",
    );
    let again = meanings(&mut tracker, "< ACK seq=301 ack=102");
    assert!(matches!(again[..], [Meaning::RepeatsAck { cause: RepeatCause::OldFin, .. }]), "{again:?}");
}

#[test]
fn doubled_last_acknowledgement_finds_nobody_and_its_reset_ends_time_wait() {
    check_open(
        "FIN-WAIT-1  -->  FIN+ACK seq=101 ack=301  CLOSE-WAIT
         TIME-WAIT   <--  FIN+ACK seq=301 ack=102  LAST-ACK
         TIME-WAIT   -->  ACK seq=102 ack=302      CLOSED
         TIME-WAIT   |--> ACK seq=102 ack=302      CLOSED
         CLOSED      <--  RST seq=302              CLOSED",
    );
}

#[test]
fn doubled_data_is_known_by_its_selective_acknowledgement() {
    // Both copies had come before the first answer went out.
    let mut tracker = open();
    play(
        &mut tracker,
        "ESTABLISHED  -->  PSH+ACK seq=101 ack=301 len=5  ESTABLISHED
         ESTABLISHED  |--> PSH+ACK seq=101 ack=301 len=5  ESTABLISHED
         ESTABLISHED  <--  ACK seq=301 ack=106            ESTABLISHED",
    );
    let twice = Tcp::new("ACK", 301, 106).options(&[TcpOption::selective_ack(&[101, 106])]).back().bytes();
    let again = tracker.sent(Stamp(0), &decode(&twice)).meanings;
    assert!(matches!(again[..], [Meaning::RepeatsAck { cause: RepeatCause::OldData, .. }]), "{again:?}");
}

#[test]
fn overtaken_data_is_asked_for_until_it_comes() {
    let mut tracker = open();
    play(
        &mut tracker,
        "ESTABLISHED  -->| ACK seq=101 ack=301 len=5  ESTABLISHED
         ESTABLISHED  -->  ACK seq=106 ack=301 len=5  ESTABLISHED",
    );
    assert!(matches!(
        meanings(&mut tracker, "< ACK seq=301 ack=101")[..],
        [Meaning::RepeatsAck { cause: RepeatCause::Gap, .. }]
    ));
    arrives(&mut tracker, "> ACK seq=101 ack=301 len=5");
    let both = Meaning::Acknowledges { bytes: Some(10), expects: Seq(111) };
    assert_eq!(meanings(&mut tracker, "< ACK seq=301 ack=111"), [both]);
}

#[test]
fn a_gap_is_known_by_its_selective_acknowledgement_even_when_it_is_filled_already() {
    let mut tracker = open();
    play(
        &mut tracker,
        "ESTABLISHED  -->| ACK seq=101 ack=301 len=5  ESTABLISHED
         ESTABLISHED  -->  ACK seq=106 ack=301 len=5  ESTABLISHED
         ESTABLISHED  |--> ACK seq=101 ack=301 len=5  ESTABLISHED",
    );
    let gap = Tcp::new("ACK", 301, 101).options(&[TcpOption::selective_ack(&[106, 111])]).back().bytes();
    let asks = tracker.sent(Stamp(0), &decode(&gap)).meanings;
    assert!(matches!(asks[..], [Meaning::RepeatsAck { cause: RepeatCause::Gap, .. }]), "{asks:?}");
}

#[test]
fn data_that_overtakes_the_third_packet_opens() {
    check(
        "SYN-SENT     -->  SYN seq=100                    -
         ESTABLISHED  <--  SYN+ACK seq=300 ack=101        SYN-RECV
         ESTABLISHED  -->| ACK seq=101 ack=301            SYN-RECV
         ESTABLISHED  -->  PSH+ACK seq=101 ack=301 len=5  ESTABLISHED
         ESTABLISHED  |--> ACK seq=101 ack=301            ESTABLISHED
         ESTABLISHED  <--  ACK seq=301 ack=106            ESTABLISHED",
    );
}

#[test]
fn fin_that_overtakes_data_waits_for_it() {
    check_open(
        "ESTABLISHED  -->| PSH+ACK seq=101 ack=301 len=5  ESTABLISHED
         FIN-WAIT-1   -->  FIN+ACK seq=106 ack=301        ESTABLISHED
         FIN-WAIT-1   |--> PSH+ACK seq=101 ack=301 len=5  CLOSE-WAIT
         FIN-WAIT-2   <--  ACK seq=301 ack=107            CLOSE-WAIT",
    );
}

#[test]
fn syns_that_cross_with_twins_of_both() {
    check(
        "SYN-SENT     -->| SYN seq=100              -
         SYN-SENT     |<-- SYN seq=300              SYN-SENT
         SYN-SENT     -->| SYN seq=100              SYN-SENT
         SYN-SENT     |<-- SYN seq=300              SYN-SENT
         SYN-SENT     |--> SYN seq=100              SYN-RECV
         SYN-SENT     |<-- SYN+ACK seq=300 ack=101  SYN-RECV
         SYN-RECV     <--| SYN seq=300              SYN-RECV
         SYN-RECV     -->| SYN+ACK seq=100 ack=301  SYN-RECV
         SYN-RECV     |--> SYN+ACK seq=100 ack=301  ESTABLISHED
         ESTABLISHED  <--| SYN+ACK seq=300 ack=101  ESTABLISHED",
    );
}

#[test]
fn fins_that_cross_one_of_them_lost() {
    let mut tracker = open();
    play(&mut tracker, "FIN-WAIT-1 -->| FIN+ACK seq=101 ack=301 ESTABLISHED");
    let crossing = enters(&mut tracker, "< FIN+ACK seq=301 ack=101");
    assert!(matches!(crossing[..], [Meaning::Closes { order: Some(CloseOrder::Crossing), .. }]), "{crossing:?}");
    play(
        &mut tracker,
        "CLOSING    <--| FIN+ACK seq=301 ack=101  FIN-WAIT-1
         CLOSING    -->  ACK seq=102 ack=302      FIN-WAIT-2
         CLOSING    -->  FIN+ACK seq=101 ack=302  TIME-WAIT
         TIME-WAIT  <--  ACK seq=302 ack=102      TIME-WAIT",
    );
}

#[test]
fn reset_lost_the_other_end_does_not_know() {
    check_open(
        "CLOSED  -->| RST+ACK seq=101 ack=301            ESTABLISHED
         CLOSED  <--  PSH+ACK seq=301 ack=101 len=5      ESTABLISHED
         CLOSED  -->  RST seq=101                        CLOSED",
    );
}

#[test]
fn a_window_that_has_opened_is_still_probed_by_whoever_has_not_heard_of_it() {
    let mut tracker = open();
    play(
        &mut tracker,
        "ESTABLISHED  -->  ACK seq=101 ack=301 len=10     ESTABLISHED
         ESTABLISHED  <--  ACK seq=301 ack=111 win=0      ESTABLISHED
         ESTABLISHED  |<-- ACK seq=301 ack=111 win=400    ESTABLISHED",
    );
    assert_eq!(enters(&mut tracker, "> ACK seq=110 ack=301"), [Meaning::Probe(Probe::Window)]);
    arrives(&mut tracker, "< ACK seq=301 ack=111 win=400");
    assert_eq!(enters(&mut tracker, "> ACK seq=110 ack=301"), [Meaning::Probe(Probe::KeepAlive)]);
}

#[test]
fn a_closed_window_that_is_not_heard_of_yet_makes_no_probe() {
    let mut tracker = open();
    play(
        &mut tracker,
        "ESTABLISHED  -->  ACK seq=101 ack=301 len=10     ESTABLISHED
         ESTABLISHED  <--  ACK seq=301 ack=111            ESTABLISHED
         ESTABLISHED  |<-- ACK seq=301 ack=111 win=0      ESTABLISHED",
    );
    assert_eq!(enters(&mut tracker, "> ACK seq=110 ack=301"), [Meaning::Probe(Probe::KeepAlive)]);
}

#[test]
fn what_is_delivered_twice_is_told_once() {
    let mut tracker = Tracker::new();
    let syn_ack = Tcp::new("SYN+ACK", 300, 101).back().bytes();
    play(&mut tracker, "SYN-SENT --> SYN seq=100 -");
    tracker.sent(Stamp(0), &decode(&syn_ack));
    let [first, second] = [(); 2].map(|()| tracker.delivered(Stamp(0), &decode(&syn_ack)));
    assert_eq!((first.len(), second.len()), (1, 0));
    assert_eq!(tracker.state(socket(CLIENT), socket(SERVER)), Some(TcpState::Established));
}
