//! The faces of a capture, as a person reads them: a short conversation with a lost segment, a question by UDP, and an
//! error by ICMP.

use std::net::SocketAddr;

use etherparse::PacketBuilder;

use super::{Numbers, Seen, json, ladder::Ladder, list, packets::Packets};
use crate::{
    conversation::{Tracker, account::Accounts},
    face::{
        snapshot,
        text::{Look, Palette},
    },
    kernel::clock::Stamp,
    packet::{Packet, decode},
    pcap::Place,
};

const BEGAN: u64 = 1_700_000_000_000_000_000;
const CLIENT: [u8; 4] = [192, 0, 2, 7];
const SERVER: [u8; 4] = [198, 51, 100, 1];

/// Times in microseconds, and frames.
fn frames() -> Vec<(u64, Vec<u8>)> {
    use etherparse::TcpOptionElement::{MaximumSegmentSize, SelectiveAcknowledgementPermitted, WindowScale};
    let link = || PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
    let there = |seq| link().ipv4(CLIENT, SERVER, 64).tcp(40_000, 80, seq, 502);
    let back = |seq| link().ipv4(SERVER, CLIENT, 64).tcp(80, 40_000, seq, 510);
    let finish = |step: etherparse::PacketBuilderStep<etherparse::TcpHeader>, data: &[u8]| {
        let mut frame = Vec::new();
        step.write(&mut frame, data).unwrap();
        frame
    };
    let options = [MaximumSegmentSize(1460), SelectiveAcknowledgementPermitted, WindowScale(7)];
    let question = {
        let mut frame = Vec::new();
        link().ipv4(CLIENT, SERVER, 64).udp(40_001, 53).write(&mut frame, b"who?").unwrap();
        frame
    };
    let refusal = {
        let mut frame = Vec::new();
        let unreachable =
            etherparse::Icmpv4Type::DestinationUnreachable(etherparse::icmpv4::DestUnreachableHeader::Port);
        link().ipv4(SERVER, CLIENT, 64).icmpv4(unreachable).write(&mut frame, &question[14..]).unwrap();
        frame
    };
    vec![
        (0, finish(there(999).syn().options(&options).unwrap(), b"")),
        (150, finish(back(4_999).syn().ack(1_000).options(&options).unwrap(), b"")),
        (300, finish(there(1_000).ack(5_000), b"")),
        (400, finish(there(1_000).ack(5_000).psh(), b"GET / HTTP/1.0\r\n\r\n\x1b[31m")),
        (250_400, finish(there(1_000).ack(5_000).psh(), b"GET / HTTP/1.0\r\n\r\n\x1b[31m")),
        (250_600, finish(back(5_000).ack(1_023), b"")),
        (251_000, question),
        (251_100, refusal),
        (260_000, finish(back(5_000).ack(1_023).psh().fin(), b"bye")),
        (260_100, finish(there(1_023).ack(5_004), b"")),
        (260_200, finish(there(1_023).ack(5_004).fin(), b"")),
        (260_300, finish(back(5_004).ack(1_024), b"")),
    ]
}

/// Shows every packet, and gives the accounts.
fn study(mut show: impl FnMut(&Seen<'_>)) -> Accounts {
    let (mut tracker, mut accounts) = (Tracker::new(), Accounts::default());
    for ((micros, bytes), number) in frames().into_iter().zip(1..) {
        let (at, packet): (Stamp, Packet) = (Stamp(BEGAN + micros * 1_000), decode(&bytes));
        let reading = tracker.observe(at, &packet);
        accounts.add(at, &packet, &reading);
        let place = Place { offset: 0, captured: bytes.len() as u32, original: bytes.len() as u32, options: 0 };
        let comments = if number == 1 { vec!["a remark \x1b[2J".to_owned()] } else { vec![] };
        let (began, interface, packet, reading) = (Stamp(BEGAN), 0, &packet, &reading);
        let (bytes, comments) = (bytes.as_slice(), comments.as_slice());
        show(&Seen { number, at, began, interface, bytes, place, direction: None, packet, reading, comments });
    }
    accounts
}

fn look(width: usize, ascii: bool) -> Look {
    Look { width, palette: Palette::plain(ascii) }
}

fn text(out: Vec<u8>) -> String {
    String::from_utf8(out).unwrap()
}

#[test]
fn every_packet_has_two_lines() {
    let mut out = Vec::new();
    let mut packets = Packets::new(&mut out, Palette::plain(false), Numbers::Relative);
    study(|seen| packets.packet(seen).unwrap());
    snapshot::check("capture-packets", &text(out));
}

#[test]
fn numbers_can_be_those_in_the_packets() {
    let mut out = Vec::new();
    let mut packets = Packets::new(&mut out, Palette::plain(false), Numbers::Raw);
    study(|seen| packets.packet(seen).unwrap());
    let text = text(out);
    assert!(text.contains("PSH+ACK seq=1000 ack=5000 len=23"), "{text}");
    assert!(text.contains("Here are 23 bytes, numbers 1000 to 1022."), "{text}");
}

#[test]
fn where_a_line_is_too_wide_for_the_list_each_conversation_has_two() {
    let accounts = study(|_| {});
    let mut out = Vec::new();
    list::write(&mut out, look(60, false), (0..).zip(accounts.all()), Stamp(BEGAN)).unwrap();
    snapshot::check("capture-list-60", &text(out));
}

#[test]
fn conversations_are_listed() {
    let accounts = study(|_| {});
    let mut out = Vec::new();
    list::write(&mut out, look(100, false), (0..).zip(accounts.all()), Stamp(BEGAN)).unwrap();
    snapshot::check("capture-list", &text(out));
}

fn ladder(width: usize, ascii: bool, stream: u64) -> String {
    let accounts = study(|_| {});
    let mut out = Vec::new();
    let mut ladder = Ladder::new(&mut out, look(width, ascii), Numbers::Relative);
    ladder.begin(stream, &accounts.all()[stream as usize], Stamp(BEGAN)).unwrap();
    let is_of_it = |seen: &Seen<'_>| seen.reading.conversation.is_some_and(|id| id.0 == stream);
    study(|seen| {
        if is_of_it(seen) {
            ladder.packet(seen).unwrap();
        }
    });
    text(out)
}

#[test]
fn a_conversation_is_a_ladder() {
    snapshot::check("capture-ladder-80", &ladder(80, false, 0));
    snapshot::check("capture-ladder-100-ascii", &ladder(100, true, 0));
    snapshot::check("capture-ladder-80-udp", &ladder(80, false, 1));
}

#[test]
fn a_ladder_keeps_to_its_width_and_lets_nothing_through() {
    for width in [40, 60, 80, 120] {
        for line in ladder(width, true, 0).lines() {
            assert!(line.len() <= width && !line.contains('\x1b'), "{width}: {line:?}");
        }
    }
}

#[test]
fn packets_and_conversations_are_lines_of_json() {
    let (mut packets, mut conversations) = (Vec::new(), Vec::new());
    let accounts = study(|seen| json::packet(&mut packets, seen).unwrap());
    (0..).zip(accounts.all()).for_each(|(id, account)| json::conversation(&mut conversations, id, account).unwrap());
    let parse = |bytes: &[u8]| -> Vec<serde_json::Value> {
        str::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (packets, conversations) = (parse(&packets), parse(&conversations));
    assert_eq!((packets.len(), conversations.len()), (12, 2));
    assert_eq!(packets[4]["meaning"][0], "timer-retransmission");
    assert_eq!(packets[4]["signs"][0], "retransmission");
    assert_eq!((&packets[4]["seq"], &packets[4]["seq_relative"]), (&1_000.into(), &1.into()));
    assert_eq!(packets[0]["comments"][0], "a remark \x1b[2J");
    let server: SocketAddr = (SERVER, 80).into();
    assert_eq!(conversations[0]["ends"][1], server.to_string());
    assert_eq!(conversations[0]["sent_again"], serde_json::json!([1, 0]));
    assert_eq!(conversations[0]["states"], serde_json::json!(["CLOSED", "TIME-WAIT"]));
}
