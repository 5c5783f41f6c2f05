//! RST in every state (RFC 9293 §3.5.2 and §3.5.3, figures 9 to 11; RFC 5961), and what ICMP does to an opening.

use super::{
    Tracker,
    builder::{CLIENT, SERVER, Tcp, socket, unreachable},
    check, check_open, meanings, open, play,
};
use crate::{
    conversation::{Meaning, ResetCause, StateChange},
    kernel::{clock::Stamp, state::TcpState},
    packet::decode,
};

#[test]
fn syn_sent_refused() {
    let mut tracker = Tracker::new();
    play(&mut tracker, "SYN-SENT --> SYN seq=100 -");
    assert_eq!(meanings(&mut tracker, "< RST+ACK seq=0 ack=101"), [Meaning::Resets(ResetCause::Refused)]);
    assert_eq!(tracker.state(socket(CLIENT), socket(SERVER)), Some(TcpState::Closed));
}

#[test]
fn syn_sent_reset_without_acknowledgement_is_ignored() {
    check(
        "SYN-SENT  --> SYN seq=100    -
         SYN-SENT  <-- RST seq=0      -",
    );
}

#[test]
fn syn_recv_reset_returns_a_listener_to_listen() {
    check(
        "SYN-SENT     -->  SYN seq=100               -
         ESTABLISHED  <--  SYN+ACK seq=300 ack=101   SYN-RECV
         CLOSED       -->  RST+ACK seq=101 ack=301   LISTEN",
    );
}

#[test]
fn syn_recv_reset_after_asking_closes() {
    check(
        "SYN-SENT  -->| SYN seq=100              -
         SYN-RECV  <--  SYN seq=300              SYN-SENT
         CLOSED    <--  RST+ACK seq=301 ack=101  CLOSED",
    );
}

#[test]
fn established_reset() {
    check_open("CLOSED  --> RST+ACK seq=101 ack=301  CLOSED");
}

#[test]
fn established_reset_at_another_number_is_challenged() {
    let mut tracker = open();
    play(&mut tracker, "CLOSED  --> RST+ACK seq=150 ack=301  ESTABLISHED");
    let challenge = meanings(&mut tracker, "< ACK seq=301 ack=101");
    let cause = crate::conversation::RepeatCause::Reset;
    assert!(matches!(challenge[..], [Meaning::RepeatsAck { cause: found, .. }] if found == cause), "{challenge:?}");
    play(&mut tracker, "CLOSED  --> RST seq=101  CLOSED");
}

#[test]
fn fin_wait_1_reset() {
    check_open(
        "FIN-WAIT-1  -->| FIN+ACK seq=101 ack=301  ESTABLISHED
         CLOSED      <--  RST+ACK seq=301 ack=101  CLOSED",
    );
}

#[test]
fn fin_wait_2_and_close_wait_reset() {
    check_open(
        "FIN-WAIT-1  --> FIN+ACK seq=101 ack=301  CLOSE-WAIT
         FIN-WAIT-2  <-- ACK seq=301 ack=102      CLOSE-WAIT
         CLOSED      <-- RST+ACK seq=301 ack=102  CLOSED",
    );
}

#[test]
fn close_wait_reset_that_does_not_count_its_own_fin() {
    check_open(
        "FIN-WAIT-1  --> FIN+ACK seq=101 ack=301  CLOSE-WAIT
         CLOSED      --> RST+ACK seq=101 ack=301  CLOSED",
    );
}

#[test]
fn closing_reset() {
    check_open(
        "FIN-WAIT-1  -->| FIN+ACK seq=101 ack=301  ESTABLISHED
         CLOSING     <--  FIN+ACK seq=301 ack=101  FIN-WAIT-1
         CLOSED      <--  RST+ACK seq=302 ack=101  CLOSED",
    );
}

#[test]
fn last_ack_and_time_wait_reset() {
    check_open(
        "FIN-WAIT-1  -->  FIN+ACK seq=101 ack=301  CLOSE-WAIT
         TIME-WAIT   <--  FIN+ACK seq=301 ack=102  LAST-ACK
         CLOSED      <--| RST seq=302              LAST-ACK
         CLOSED      |--> RST seq=102              CLOSED",
    );
}

#[test]
fn closed_reset() {
    check_open(
        "CLOSED  --> RST+ACK seq=101 ack=301  CLOSED
         CLOSED  --> RST seq=101              CLOSED",
    );
}

#[test]
fn half_open_recovery_figure_9() {
    // The client has crashed, and asks for a connection that the server still has.
    let mut tracker = open();
    play(
        &mut tracker,
        "SYN-SENT  -->| SYN seq=400          ESTABLISHED
         SYN-SENT  |--> SYN seq=400          ESTABLISHED",
    );
    let challenge = meanings(&mut tracker, "< ACK seq=301 ack=101");
    let opening = crate::conversation::RepeatCause::Opening;
    assert!(matches!(challenge[..], [Meaning::RepeatsAck { cause, .. }] if cause == opening), "{challenge:?}");
    assert_eq!(meanings(&mut tracker, "> RST seq=101"), [Meaning::Resets(ResetCause::StrangeOpening)]);
    play(
        &mut tracker,
        "SYN-SENT     --> SYN seq=400              CLOSED
         ESTABLISHED  <-- SYN+ACK seq=800 ack=401  SYN-RECV
         ESTABLISHED  --> ACK seq=401 ack=801      ESTABLISHED",
    );
}

#[test]
fn data_to_a_crashed_peer_figure_10() {
    // The client has crashed, and does not know what the server talks about.
    let mut tracker = Tracker::new();
    play(&mut tracker, "- <-- ACK seq=300 ack=100 len=10 -");
    assert_eq!(meanings(&mut tracker, "> RST seq=100"), [Meaning::Resets(ResetCause::NoConnection)]);
    // It may listen there.
    assert_eq!(tracker.state(socket(CLIENT), socket(SERVER)), None);
    assert_eq!(tracker.state(socket(SERVER), socket(CLIENT)), Some(TcpState::Closed));
}

#[test]
fn two_passive_sockets_and_an_old_syn_figure_11() {
    check(
        "-  |--> SYN seq=90               -
         -  <--  SYN+ACK seq=300 ack=91   SYN-RECV
         -  -->  RST seq=91               LISTEN",
    );
}

#[test]
fn data_for_a_closed_socket() {
    let mut tracker = open();
    play(
        &mut tracker,
        "FIN-WAIT-1  --> FIN+ACK seq=101 ack=301        CLOSE-WAIT
         FIN-WAIT-2  <-- ACK seq=301 ack=102            CLOSE-WAIT
         FIN-WAIT-2  <-- PSH+ACK seq=301 ack=102 len=5  CLOSE-WAIT",
    );
    assert_eq!(meanings(&mut tracker, "> RST seq=102"), [Meaning::Resets(ResetCause::AfterClose)]);
    let states = [(CLIENT, SERVER), (SERVER, CLIENT)].map(|(end, peer)| tracker.state(socket(end), socket(peer)));
    assert_eq!(states, [Some(TcpState::Closed); 2]);
}

#[test]
fn abort() {
    assert_eq!(
        meanings(&mut open(), "> RST+ACK seq=101 ack=301"),
        [Meaning::Resets(ResetCause::Aborted { in_vain: None })]
    );
}

#[test]
fn from_the_middle_reset() {
    check(
        "-       --> ACK seq=5000 ack=9000  -
         -       <-- ACK seq=9000 ack=5000  -
         CLOSED  <-- RST+ACK seq=9000 ack=5000  CLOSED",
    );
}

#[test]
fn syn_sent_port_unreachable() {
    let (mut tracker, syn) = (Tracker::new(), Tcp::new("SYN", 100, 0).bytes());
    tracker.observe(Stamp(0), &decode(&syn));
    let changes = tracker.observe(Stamp(0), &decode(&unreachable(&syn, 3))).changes;
    let (end, peer) = (socket(CLIENT), socket(SERVER));
    assert_eq!(changes[..], [StateChange { end, peer, from: Some(TcpState::SynSent), to: TcpState::Closed }]);
}

#[test]
fn syn_sent_icmp_about_another_syn_or_about_size_changes_nothing() {
    let (mut tracker, syn) = (Tracker::new(), Tcp::new("SYN", 100, 0));
    tracker.observe(Stamp(0), &decode(&syn.bytes()));
    let mut other = syn.clone();
    other.seq = 99;
    for complaint in [unreachable(&other.bytes(), 3), unreachable(&syn.bytes(), 4)] {
        assert_eq!(tracker.observe(Stamp(0), &decode(&complaint)).changes[..], []);
    }
}

#[test]
fn established_unreachable_is_a_soft_error() {
    let mut tracker = open();
    let data = Tcp::new("PSH+ACK", 101, 301).data(b"hello").bytes();
    tracker.observe(Stamp(0), &decode(&data));
    assert_eq!(tracker.observe(Stamp(0), &decode(&unreachable(&data, 1))).changes[..], []);
}
