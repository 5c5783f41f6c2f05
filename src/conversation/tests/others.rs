//! What is no TCP: datagrams, complaints about them, ARP; and many conversations at once.

use std::net::SocketAddrV4;

use super::builder::{CLIENT, SERVER, Tcp, arp_request, socket, udp, unreachable};
use crate::{
    conversation::{ConversationId, Flow, Meaning, Reading, Tracker, Trouble},
    kernel::clock::Stamp,
    packet::decode,
};

fn observe(tracker: &mut Tracker, bytes: &[u8]) -> Reading {
    tracker.observe(Stamp(0), &decode(bytes))
}

#[test]
fn datagrams_of_both_directions_are_one_conversation() {
    let mut tracker = Tracker::new();
    for (from, to, data) in [(CLIENT, SERVER, &b"hello"[..]), (SERVER, CLIENT, b"")] {
        let reading = observe(&mut tracker, &udp(from, to, data));
        assert_eq!(reading.conversation, Some(ConversationId(0)));
        assert_eq!(reading.flow, Some(Flow { from: socket(from), to: socket(to) }));
        assert_eq!(reading.meanings[..], [Meaning::Datagram { bytes: data.len() }]);
    }
}

#[test]
fn an_icmp_error_belongs_to_what_it_quotes() {
    let (mut tracker, datagram) = (Tracker::new(), udp(CLIENT, SERVER, b"hello"));
    observe(&mut tracker, &Tcp::new("SYN", 100, 0).bytes());
    let sent = observe(&mut tracker, &datagram);
    let answer = observe(&mut tracker, &unreachable(&datagram, 3));
    assert_eq!((sent.conversation, answer.conversation), (Some(ConversationId(1)), Some(ConversationId(1))));
    let about = Flow { from: socket(CLIENT), to: socket(SERVER) };
    assert_eq!(answer.about, Some(about));
    assert_eq!(answer.meanings[..], [Meaning::IcmpError { trouble: Trouble::PortUnreachable }]);
}

#[test]
fn a_cut_datagram_is_as_long_as_it_says() {
    let bytes = udp(CLIENT, SERVER, &[b'x'; 500]);
    assert_eq!(observe(&mut Tracker::new(), &bytes[..60]).meanings[..], [Meaning::Datagram { bytes: 500 }]);
}

#[test]
fn a_cut_segment_is_as_long_as_it_says() {
    let bytes = Tcp::new("ACK", 100, 1).data(&[b'x'; 500]).bytes();
    let meanings = observe(&mut Tracker::new(), &bytes[..60]).meanings;
    assert!(matches!(meanings[0], Meaning::CarriesData { bytes: 500, .. }), "{meanings:?}");
}

#[test]
fn arp_and_noise_belong_to_none() {
    let mut tracker = Tracker::new();
    for (bytes, meaning) in [(arp_request(), Meaning::Arp), (vec![0xff; 40], Meaning::Unknown)] {
        let reading = observe(&mut tracker, &bytes);
        assert_eq!((reading.conversation, &reading.meanings[..]), (None, &[meaning][..]));
    }
}

#[test]
fn conversations_do_not_mix() {
    let mut tracker = Tracker::new();
    let other = SocketAddrV4::new(*CLIENT.ip(), 40001);
    let first = Tcp::new("SYN", 100, 0);
    let second = Tcp::new("SYN", 100, 0).between(other, SERVER);
    assert_eq!(observe(&mut tracker, &first.bytes()).conversation, Some(ConversationId(0)));
    let reading = observe(&mut tracker, &second.bytes());
    assert_eq!(reading.conversation, Some(ConversationId(1)));
    assert!(matches!(reading.meanings[..], [Meaning::AsksToOpen { .. }]));
}
