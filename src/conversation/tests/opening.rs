//! Opening: RFC 9293 §3.5, figures 6 to 8, and what can come between.

use super::{Tracker, check, check_open, meanings, open, play, read};
use crate::{
    conversation::{
        Agreement, ConversationId, Meaning, RepeatCause, Seq, StateChange,
        tests::builder::{CLIENT, SERVER, socket},
    },
    kernel::state::TcpState,
};

#[test]
fn passive_open_figure_6() {
    check(
        "SYN-SENT     -->| SYN seq=100              -
         SYN-SENT     |--> SYN seq=100              -
         SYN-SENT     |<-- SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  <--| SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  -->| ACK seq=101 ack=301      SYN-RECV
         ESTABLISHED  |--> ACK seq=101 ack=301      ESTABLISHED
         ESTABLISHED  -->  ACK seq=101 ack=301 len=9 ESTABLISHED",
    );
}

#[test]
fn simultaneous_open_figure_7() {
    check(
        "SYN-SENT     -->| SYN seq=100              -
         SYN-SENT     |<-- SYN seq=300              SYN-SENT
         SYN-RECV     <--| SYN seq=300              SYN-SENT
         SYN-RECV     |--> SYN seq=100              SYN-RECV
         SYN-RECV     -->| SYN+ACK seq=100 ack=301  SYN-RECV
         SYN-RECV     |<-- SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  <--| SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  |--> SYN+ACK seq=100 ack=301  ESTABLISHED",
    );
}

#[test]
fn old_duplicate_syn_figure_8() {
    check(
        "SYN-SENT     -->| SYN seq=90               -
         SYN-SENT     -->| SYN seq=100              -
         SYN-SENT     |--> SYN seq=90               -
         SYN-SENT     <--  SYN+ACK seq=300 ack=91   SYN-RECV
         SYN-SENT     -->  RST seq=91               LISTEN
         SYN-SENT     |--> SYN seq=100              LISTEN
         ESTABLISHED  <--  SYN+ACK seq=400 ack=101  SYN-RECV
         ESTABLISHED  -->  ACK seq=101 ack=401      ESTABLISHED",
    );
}

#[test]
fn a_socket_that_connects_to_itself() {
    let mut tracker = Tracker::new();
    let states = [("SYN", 100, 0), ("SYN+ACK", 100, 101)].map(|(flags, seq, ack)| {
        let bytes = super::Tcp::new(flags, seq, ack).between(CLIENT, CLIENT).bytes();
        tracker.observe(super::Stamp(0), &super::decode(&bytes));
        tracker.state(socket(CLIENT), socket(CLIENT))
    });
    assert_eq!(states, [Some(TcpState::SynRecv), Some(TcpState::Established)]);
}

#[test]
fn syn_sent_syn_again() {
    check(
        "SYN-SENT     -->| SYN seq=100              -
         SYN-SENT     -->  SYN seq=100              -
         ESTABLISHED  <--  SYN+ACK seq=300 ack=101  SYN-RECV",
    );
}

#[test]
fn syn_recv_syn_ack_again() {
    check(
        "SYN-SENT     -->  SYN seq=100              -
         SYN-SENT     |<-- SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  <--  SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  -->  ACK seq=101 ack=301      ESTABLISHED",
    );
}

#[test]
fn established_syn_ack_again_proves_that_the_third_packet_was_ignored() {
    check_open(
        "ESTABLISHED  <--  SYN+ACK seq=300 ack=101  SYN-RECV
         ESTABLISHED  -->  ACK seq=101 ack=301      ESTABLISHED",
    );
}

#[test]
fn syn_sent_acknowledgement_of_something_else() {
    check(
        "SYN-SENT  -->  SYN seq=100              -
         SYN-SENT  <--  ACK seq=300 ack=100      -
         SYN-SENT  <--  ACK seq=300 ack=102      -
         SYN-SENT  <--  SYN+ACK seq=300 ack=102  SYN-RECV
         SYN-SENT  <--  RST+ACK seq=0 ack=100    CLOSED
         SYN-SENT  <--  RST+ACK seq=0 ack=102    CLOSED",
    );
}

#[test]
fn syn_sent_plain_segment_proves_an_unseen_syn_ack() {
    check(
        "SYN-SENT     -->  SYN seq=100              -
         ESTABLISHED  -->  ACK seq=101 ack=301      -",
    );
}

#[test]
fn syn_recv_data_proves_an_unseen_third_packet() {
    check(
        "SYN-SENT     -->  SYN seq=100               -
         ESTABLISHED  <--  SYN+ACK seq=300 ack=101   SYN-RECV
         ESTABLISHED  <--  ACK seq=301 ack=101       SYN-RECV
         ESTABLISHED  <--  ACK seq=301 ack=101 len=5 ESTABLISHED",
    );
}

#[test]
fn syn_recv_syn_ack_with_another_number() {
    check(
        "SYN-SENT     -->| SYN seq=100              -
         SYN-RECV     <--  SYN seq=300              SYN-SENT
         SYN-RECV     <--| SYN+ACK seq=999 ack=101  SYN-SENT
         ESTABLISHED  <--| SYN+ACK seq=300 ack=101  SYN-SENT",
    );
}

#[test]
fn syn_sent_plain_segment_of_an_older_connection_proves_nothing() {
    check(
        "SYN-SENT  -->  SYN seq=100        -
         SYN-SENT  -->| ACK seq=50 ack=301 -",
    );
}

#[test]
fn established_late_copy_of_the_syn() {
    check_open("ESTABLISHED  -->| SYN seq=100  ESTABLISHED");
}

#[test]
fn syn_recv_third_packet_lost_data_opens() {
    check(
        "SYN-SENT     -->  SYN seq=100               -
         ESTABLISHED  <--  SYN+ACK seq=300 ack=101   SYN-RECV
         ESTABLISHED  -->| ACK seq=101 ack=301       SYN-RECV
         ESTABLISHED  -->  ACK seq=101 ack=301 len=5 ESTABLISHED",
    );
}

#[test]
fn syn_recv_fin_opens_and_closes() {
    check(
        "SYN-SENT     -->  SYN seq=100               -
         ESTABLISHED  <--  SYN+ACK seq=300 ack=101   SYN-RECV
         FIN-WAIT-1   -->  FIN+ACK seq=101 ack=301   CLOSE-WAIT",
    );
}

#[test]
fn data_on_the_syn_is_acknowledged_with_it() {
    let mut tracker = Tracker::new();
    let asked = meanings(&mut tracker, "> SYN seq=100 len=5");
    assert!(matches!(asked[..], [Meaning::AsksToOpen { data: 5, .. }]), "{asked:?}");
    play(&mut tracker, "ESTABLISHED  <-- SYN+ACK seq=300 ack=106  SYN-RECV");
    play(&mut tracker, "ESTABLISHED  --> ACK seq=106 ack=301  ESTABLISHED");
}

#[test]
fn data_on_the_syn_that_was_not_taken_is_sent_again() {
    let mut tracker = Tracker::new();
    play(
        &mut tracker,
        "SYN-SENT     --> SYN seq=100 len=5        -
         ESTABLISHED  <-- SYN+ACK seq=300 ack=101  SYN-RECV",
    );
    let again = meanings(&mut tracker, "> PSH+ACK seq=101 ack=301 len=5");
    assert!(matches!(again[..], [Meaning::CompletesOpening { .. }, Meaning::Retransmits { .. }]), "{again:?}");
}

#[test]
fn numbers_wrap_in_the_opening() {
    check(
        "SYN-SENT     --> SYN seq=4294967295              -
         ESTABLISHED  <-- SYN+ACK seq=4294967294 ack=0    SYN-RECV
         ESTABLISHED  --> ACK seq=0 ack=4294967295 len=7  ESTABLISHED
         ESTABLISHED  <-- ACK seq=4294967295 ack=7 len=2  ESTABLISHED
         FIN-WAIT-1   --> FIN+ACK seq=7 ack=1             CLOSE-WAIT",
    );
}

#[test]
fn each_end_changes_in_its_own_step() {
    let mut tracker = Tracker::new();
    let (client, server) = (socket(CLIENT), socket(SERVER));
    read(&mut tracker, "> SYN seq=100");
    let reading = read(&mut tracker, "< SYN+ACK seq=300 ack=101");
    let sent = StateChange { end: server, peer: client, from: None, to: TcpState::SynRecv };
    let delivered = StateChange { end: client, peer: server, from: Some(TcpState::SynSent), to: TcpState::Established };
    assert_eq!(reading.changes[..], [sent, delivered]);
}

#[test]
fn simultaneous_open_is_mutual() {
    let mut tracker = Tracker::new();
    play(
        &mut tracker,
        "SYN-SENT  -->| SYN seq=100  -
         SYN-RECV  <--  SYN seq=300  SYN-SENT
         SYN-RECV  |--> SYN seq=100  SYN-RECV",
    );
    let agreed = meanings(&mut tracker, "> SYN+ACK seq=100 ack=301");
    assert!(matches!(agreed[..], [Meaning::AgreesToOpen { agreement: Agreement::Mutual, .. }]), "{agreed:?}");
    let again = meanings(&mut tracker, "> SYN+ACK seq=100 ack=301");
    assert!(matches!(again[..], [Meaning::Retransmits { copy: Some(2), .. }]), "{again:?}");
    // Linux answers the other SYN+ACK with an acknowledgement of its own.
    read(&mut tracker, "< SYN+ACK seq=300 ack=101");
    let answer = meanings(&mut tracker, "> ACK seq=101 ack=301");
    assert!(matches!(answer[..], [Meaning::RepeatsAck { cause: RepeatCause::Opening, .. }]), "{answer:?}");
}

#[test]
fn ports_used_again_after_time_wait_make_another_conversation() {
    let mut tracker = open();
    play(
        &mut tracker,
        "FIN-WAIT-1  --> FIN+ACK seq=101 ack=301  CLOSE-WAIT
         TIME-WAIT   <-- FIN+ACK seq=301 ack=102  LAST-ACK
         TIME-WAIT   --> ACK seq=102 ack=302      CLOSED",
    );
    let reading = read(&mut tracker, "> SYN seq=70000");
    assert_eq!(reading.conversation, Some(ConversationId(1)));
    assert!(matches!(reading.meanings[..], [Meaning::AsksToOpen { first: Seq(70000), .. }, Meaning::ReusesPorts]));
    play(
        &mut tracker,
        "ESTABLISHED  <-- SYN+ACK seq=900 ack=70001  SYN-RECV
         ESTABLISHED  --> ACK seq=70001 ack=901      ESTABLISHED",
    );
}

#[test]
fn ports_used_again_towards_time_wait() {
    let mut tracker = open();
    play(
        &mut tracker,
        "CLOSE-WAIT  <-- FIN+ACK seq=301 ack=101  FIN-WAIT-1
         LAST-ACK    --> FIN+ACK seq=101 ack=302  TIME-WAIT
         CLOSED      <-- ACK seq=302 ack=102      TIME-WAIT
         SYN-SENT    --> SYN seq=70000            TIME-WAIT
         ESTABLISHED <-- SYN+ACK seq=900 ack=70001  SYN-RECV",
    );
    assert_eq!(read(&mut tracker, "> ACK seq=70001 ack=901").conversation, Some(ConversationId(1)));
}

#[test]
fn a_second_attempt_after_a_refusal_is_another_conversation() {
    let mut tracker = Tracker::new();
    play(
        &mut tracker,
        "SYN-SENT  --> SYN seq=100            -
         CLOSED    <-- RST+ACK seq=0 ack=101  CLOSED",
    );
    assert_eq!(read(&mut tracker, "> SYN seq=500").conversation, Some(ConversationId(1)));
    play(&mut tracker, "CLOSED  <-- RST+ACK seq=0 ack=501  CLOSED");
}
