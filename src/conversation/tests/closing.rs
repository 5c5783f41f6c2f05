//! Closing: RFC 9293 §3.6, figures 12 and 13, and the shorter and the one-sided ways.

use super::{check, check_open};

#[test]
fn normal_close_figure_12() {
    check_open(
        "FIN-WAIT-1  -->| FIN+ACK seq=101 ack=301  ESTABLISHED
         FIN-WAIT-1  |--> FIN+ACK seq=101 ack=301  CLOSE-WAIT
         FIN-WAIT-1  |<-- ACK seq=301 ack=102      CLOSE-WAIT
         FIN-WAIT-2  <--| ACK seq=301 ack=102      CLOSE-WAIT
         FIN-WAIT-2  |<-- FIN+ACK seq=301 ack=102  LAST-ACK
         TIME-WAIT   <--| FIN+ACK seq=301 ack=102  LAST-ACK
         TIME-WAIT   -->| ACK seq=102 ack=302      LAST-ACK
         TIME-WAIT   |--> ACK seq=102 ack=302      CLOSED",
    );
}

#[test]
fn the_server_closes_first() {
    check_open(
        "CLOSE-WAIT  <-- FIN+ACK seq=301 ack=101  FIN-WAIT-1
         CLOSE-WAIT  --> ACK seq=101 ack=302      FIN-WAIT-2
         LAST-ACK    --> FIN+ACK seq=101 ack=302  TIME-WAIT
         CLOSED      <-- ACK seq=302 ack=102      TIME-WAIT",
    );
}

#[test]
fn close_in_three_packets() {
    check_open(
        "FIN-WAIT-1  --> FIN+ACK seq=101 ack=301  CLOSE-WAIT
         TIME-WAIT   <-- FIN+ACK seq=301 ack=102  LAST-ACK
         TIME-WAIT   --> ACK seq=102 ack=302      CLOSED",
    );
}

#[test]
fn simultaneous_close_figure_13() {
    check_open(
        "FIN-WAIT-1  -->| FIN+ACK seq=101 ack=301  ESTABLISHED
         FIN-WAIT-1  |<-- FIN+ACK seq=301 ack=101  FIN-WAIT-1
         CLOSING     <--| FIN+ACK seq=301 ack=101  FIN-WAIT-1
         CLOSING     |--> FIN+ACK seq=101 ack=301  CLOSING
         CLOSING     -->| ACK seq=102 ack=302      CLOSING
         CLOSING     |<-- ACK seq=302 ack=102      CLOSING
         TIME-WAIT   <--| ACK seq=302 ack=102      CLOSING
         TIME-WAIT   |--> ACK seq=102 ack=302      TIME-WAIT",
    );
}

#[test]
fn half_close_the_other_direction_goes_on() {
    check_open(
        "FIN-WAIT-1  --> FIN+ACK seq=101 ack=301      CLOSE-WAIT
         FIN-WAIT-2  <-- ACK seq=301 ack=102          CLOSE-WAIT
         FIN-WAIT-2  <-- ACK seq=301 ack=102 len=50   CLOSE-WAIT
         FIN-WAIT-2  --> ACK seq=102 ack=351          CLOSE-WAIT
         TIME-WAIT   <-- FIN+ACK seq=351 ack=102 len=9 LAST-ACK
         TIME-WAIT   --> ACK seq=102 ack=361          CLOSED",
    );
}

#[test]
fn time_wait_fin_again() {
    check_open(
        "FIN-WAIT-1  -->  FIN+ACK seq=101 ack=301  CLOSE-WAIT
         TIME-WAIT   <--  FIN+ACK seq=301 ack=102  LAST-ACK
         TIME-WAIT   -->| ACK seq=102 ack=302      LAST-ACK
         TIME-WAIT   <--  FIN+ACK seq=301 ack=102  LAST-ACK
         TIME-WAIT   -->  ACK seq=102 ack=302      CLOSED",
    );
}

#[test]
fn fin_wait_1_fin_again() {
    check_open(
        "FIN-WAIT-1  -->| FIN+ACK seq=101 ack=301  ESTABLISHED
         FIN-WAIT-1  -->  FIN+ACK seq=101 ack=301  CLOSE-WAIT
         FIN-WAIT-2  <--  ACK seq=301 ack=102      CLOSE-WAIT",
    );
}

#[test]
fn fin_wait_1_acknowledgement_of_the_data_only() {
    check_open(
        "FIN-WAIT-1  --> FIN+ACK seq=101 ack=301 len=5  CLOSE-WAIT
         FIN-WAIT-1  <-- ACK seq=301 ack=106            CLOSE-WAIT
         FIN-WAIT-2  <-- ACK seq=301 ack=107            CLOSE-WAIT",
    );
}

#[test]
fn established_fin_behind_a_gap_counts_when_the_gap_is_filled() {
    check_open(
        "ESTABLISHED  -->| ACK seq=101 ack=301 len=5    ESTABLISHED
         FIN-WAIT-1   -->  FIN+ACK seq=106 ack=301      ESTABLISHED
         FIN-WAIT-1   <--  ACK seq=301 ack=101          ESTABLISHED
         FIN-WAIT-1   -->  ACK seq=101 ack=301 len=5    CLOSE-WAIT",
    );
}

#[test]
fn established_fin_behind_unseen_data_counts_when_it_is_acknowledged() {
    check_open(
        "FIN-WAIT-1  --> FIN+ACK seq=106 ack=301  ESTABLISHED
         FIN-WAIT-2  <-- ACK seq=301 ack=107      CLOSE-WAIT",
    );
}

#[test]
fn established_acknowledgement_of_what_was_never_sent_is_not_looked_at() {
    check_open("FIN-WAIT-1  --> FIN+ACK seq=101 ack=302  ESTABLISHED");
}

#[test]
fn fin_wait_1_acknowledgement_on_an_old_segment_is_not_looked_at() {
    check_open(
        "ESTABLISHED  <-- ACK seq=301 ack=101 len=10  ESTABLISHED
         FIN-WAIT-1   --> FIN+ACK seq=101 ack=311     CLOSE-WAIT
         FIN-WAIT-1   <-- ACK seq=305 ack=102         CLOSE-WAIT
         FIN-WAIT-2   <-- ACK seq=311 ack=102         CLOSE-WAIT",
    );
}

#[test]
fn established_segment_without_acknowledgement_is_not_looked_at() {
    check_open("FIN-WAIT-1  --> FIN seq=101  ESTABLISHED");
}

#[test]
fn a_conversation_from_the_middle_has_no_states() {
    check(
        "-  --> ACK seq=5000 ack=9000 len=10   -
         -  <-- ACK seq=9000 ack=5010          -
         -  --> FIN+ACK seq=5010 ack=9000      -
         -  <-- FIN+ACK seq=9000 ack=5011      -
         -  --> ACK seq=5011 ack=9001          -",
    );
}
