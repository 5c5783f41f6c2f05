//! Whole conversations as a learner reads them, and the notation of single packets.

use std::net::SocketAddr;

use pnet::packet::tcp::TcpOption;
use proptest::{collection::vec, prelude::*};

use super::{Narration, english, narrate, sentence::Sentence};
use crate::conversation::summary;
use crate::{
    conversation::{
        Tracker,
        tests::builder::{CLIENT, SERVER, Tcp, arp_request, udp, unreachable},
    },
    kernel::clock::Stamp,
    packet::decode,
};

fn names(socket: SocketAddr) -> String {
    if socket == SocketAddr::from(CLIENT) { "client" } else { "server" }.into()
}

fn narrated(tracker: &mut Tracker, bytes: &[u8]) -> Narration {
    let packet = decode(bytes);
    let reading = tracker.observe(Stamp(0), &packet);
    narrate(&reading, &packet, &names)
}

/// Each packet's line, its headline and its details.
fn story(frames: &[Vec<u8>]) -> String {
    let mut tracker = Tracker::new();
    let mut text = String::new();
    for bytes in frames {
        let Narration { headline, detail } = narrated(&mut tracker, bytes);
        text += &format!("{}\n  \"{headline}\"\n", summary(&decode(bytes), bytes));
        detail.iter().for_each(|sentence| text += &format!("  - {sentence}\n"));
    }
    text
}

fn client(flags: &str, seq: u32, ack: u32) -> Tcp {
    Tcp::new(flags, seq, ack)
}

fn server(flags: &str, seq: u32, ack: u32) -> Tcp {
    Tcp::new(flags, seq, ack).back()
}

const OPTIONS: fn() -> Vec<TcpOption> =
    || vec![TcpOption::mss(65495), TcpOption::sack_perm(), TcpOption::timestamp(9, 0), TcpOption::wscale(7)];

#[test]
fn an_opening_is_told() {
    let frames = [
        client("SYN", 4004779870, 0).options(&OPTIONS()).bytes(),
        server("SYN+ACK", 3473235682, 4004779871).bytes(),
        client("ACK", 4004779871, 3473235683).bytes(),
    ];
    assert_eq!(
        story(&frames),
        r#"SYN seq=4004779870 len=0 mss=65495 sackok wscale=7 tsval=9 tsecr=0
  "May I talk to you? My first number is 4004779870."
  - A SYN takes one number, though it is no byte: the first byte will be number 4004779871.
  - It takes at most 65495 bytes in one segment, TCP options included (MSS).
  - After the SYNs its windows count in units of 128 bytes, if both sides have this option (window scale 7).
  - It understands acknowledgements of separate pieces (SACK).
  - It offers timestamps: they measure round trips, and tell old segments from new ones.
SYN+ACK seq=3473235682 ack=4004779871 len=0
  "Yes: I got your number 4004779870 and expect 4004779871 next. My own first number is 3473235682."
  - A SYN takes one number, though it is no byte: the first byte will be number 3473235683.
ACK seq=4004779871 ack=3473235683 len=0
  "I got your number 3473235682 too, and expect 3473235683 next."
  - Once this arrives, server knows that its number was heard.
"#
    );
}

#[test]
fn data_and_a_close_are_told() {
    let frames = [
        client("SYN", 100, 0).bytes(),
        server("SYN+ACK", 300, 101).bytes(),
        client("ACK", 101, 301).bytes(),
        client("PSH+ACK", 101, 301).data(b"hello\n").bytes(),
        server("ACK", 301, 107).bytes(),
        client("FIN+ACK", 107, 301).bytes(),
        server("FIN+ACK", 301, 108).bytes(),
        client("ACK", 108, 302).bytes(),
    ];
    let story = story(&frames);
    let (_, after_opening) = story.split_once("PSH+ACK").unwrap();
    assert_eq!(
        after_opening,
        r#" seq=101 ack=301 len=6 "hello\n"
  "Here are 6 bytes, numbers 101 to 106."
  - PSH: the program should get these bytes without waiting for more. Linux hands over what has come in any case.
ACK seq=301 ack=107 len=0
  "I got 6 bytes more, up to number 106; I expect 107 next."
FIN+ACK seq=107 ack=301 len=0
  "I have nothing more to send."
  - A FIN takes one number, though it is no byte: this one is number 107.
  - Only the direction from client to server is closed; the other one stays open until server closes it.
FIN+ACK seq=301 ack=108 len=0
  "I got your FIN, and I have nothing more to send either."
  - A FIN takes one number, though it is no byte: this one is number 301.
  - Once this FIN is acknowledged, both directions are closed.
ACK seq=108 ack=302 len=0
  "I got everything up to your FIN, which is number 301."
"#
    );
}

#[test]
fn trouble_is_told() {
    let frames = [
        client("SYN", 100, 0).bytes(),
        client("SYN", 100, 0).bytes(),
        server("RST+ACK", 0, 101).window(0).bytes(),
        server("ACK", 300, 101).data(b"x").window(0).bytes(),
    ];
    assert_eq!(
        story(&frames),
        r#"SYN seq=100 len=0
  "May I talk to you? My first number is 100."
  - A SYN takes one number, though it is no byte: the first byte will be number 101.
SYN seq=100 len=0
  "I ask again, with the same first number 100: I have heard no answer."
  - The same bytes as before, at the same moment: seen twice, or sent again.
RST+ACK seq=0 ack=101 len=0
  "No: nobody listens on port 80 here."
  - Once this arrives, connect() fails (Linux: ECONNREFUSED). A firewall can answer like this, too.
ACK seq=300 ack=101 len=1 "x" win=0
  "Here is 1 byte, number 300."
  - Its window is 0: it has no room for more.
"#
    );
}

#[test]
fn datagrams_and_complaints_are_told() {
    let hello = udp(CLIENT, SERVER, b"hello");
    let complaint = unreachable(&hello, 3);
    let frames = [hello, complaint, udp(SERVER, CLIENT, b""), arp_request()];
    assert_eq!(
        story(&frames),
        r#"UDP len=5 "hello"
  "Here are 5 bytes, in one datagram."
  - UDP acknowledges nothing and repeats nothing.
ICMP port unreachable (for UDP 127.0.0.1:40000 > 127.0.0.2:80)
  "Your packet to server was dropped: its host says that nobody waits on port 80."
  - It quotes the beginning of that packet: so its sender knows which one is meant.
UDP len=0
  "Here is an empty datagram: a header, and no byte behind it."
  - UDP acknowledges nothing and repeats nothing.
ARP request: who has 127.0.0.2? tell 127.0.0.1
  "Who has the address 127.0.0.2? Tell 127.0.0.1."
"#
    );
}

fn headline(frames: &[Vec<u8>]) -> String {
    let mut tracker = Tracker::new();
    frames.iter().map(|bytes| narrated(&mut tracker, bytes).headline).last().unwrap()
}

#[test]
fn the_last_bytes_are_not_nothing() {
    assert_eq!(headline(&[client("FIN+ACK", 101, 301).data(b"bye").bytes()]), "This is the last that I send.");
    let both = [client("FIN+ACK", 101, 301).bytes(), server("FIN+ACK", 301, 102).data(b"bye").bytes()];
    assert_eq!(headline(&both), "I got your FIN, and this is the last that I send.");
}

#[test]
fn a_number_below_the_expected_one_is_the_first_one_only_without_data() {
    let early = [client("SYN", 100, 0).data(b"hello").bytes(), server("SYN+ACK", 300, 106).bytes()];
    let said = "Yes: I have everything up to your number 105 and expect 106 next. My own first number is 300.";
    assert_eq!(headline(&early), said);
    let answered = [
        client("SYN", 100, 0).bytes(),
        server("SYN+ACK", 300, 101).data(b"hello").bytes(),
        client("ACK", 101, 306).bytes(),
    ];
    assert_eq!(headline(&answered), "I have everything up to your number 305, and expect 306 next.");
}

#[test]
fn a_socket_that_is_connected_with_itself_did_not_ask_twice() {
    let [syn, syn_ack] = [("SYN", 100, 0), ("SYN+ACK", 100, 101)]
        .map(|(flags, seq, ack)| Tcp::new(flags, seq, ack).between(CLIENT, CLIENT).bytes());
    let mut tracker = Tracker::new();
    narrated(&mut tracker, &syn);
    let Narration { headline, detail } = narrated(&mut tracker, &syn_ack);
    assert!(headline.starts_with("Yes: I got your number 100"), "{headline}");
    assert_eq!(detail[0], "It is connected with itself.");
}

#[test]
fn who_says_that_a_port_is_unreachable_is_told_apart() {
    let segment = client("SYN", 100, 0).bytes();
    assert_eq!(
        headline(&[unreachable(&segment, 3)]),
        "Your packet to server was refused on the way, or by a firewall (port 80 unreachable)."
    );
}

#[test]
fn an_address_is_asked_for_before_it_is_used() {
    let mut probe = arp_request();
    probe[28..32].fill(0);
    assert_eq!(headline(&[probe]), "Does anybody have the address 127.0.0.2 already?");
}

#[test]
fn data_with_a_syn_is_told_by_its_cookie() {
    let without = narrated(&mut Tracker::new(), &client("SYN", 100, 0).data(b"hello").bytes()).detail;
    assert!(
        without.iter().any(|said| said.contains("without a Fast Open cookie it normally has to wait")),
        "{without:?}"
    );
    let answer = narrated(&mut Tracker::new(), &server("SYN+ACK", 300, 101).data(b"hello").bytes()).detail;
    assert!(answer.iter().any(|said| said.ends_with("as TCP Fast Open does (RFC 7413).")), "{answer:?}");
}

#[test]
fn what_is_wrong_with_a_packet_is_told() {
    let bytes = client("SYN+FIN+ACK", 100, 0).bytes();
    let fault = decode(&bytes).faults.iter().next().unwrap().fault.to_string();
    let detail = narrated(&mut Tracker::new(), &bytes).detail;
    assert_eq!(detail.last(), Some(&format!("Something is odd: {fault}.")));
}

/// Routers from before RFC 1191 leave the field at 0.
#[test]
fn a_limit_that_is_not_told_is_no_limit_of_0_bytes() {
    let said = english::say(&Sentence::TooBig { to: "server".into(), mtu: 0 });
    assert_eq!(said, "Your packet to server was too large for the next link; how much it takes is not told.");
}

#[test]
fn separate_pieces_are_counted_and_listed() {
    let bytes = client("ACK", 1, 2).options(&[TcpOption::selective_ack(&[10, 20, 30, 40])]).bytes();
    assert_eq!(summary(&decode(&bytes), &bytes), "ACK seq=1 ack=2 len=0 sack=2 (10-20 30-40)");
}

#[test]
fn a_cut_packet_keeps_its_length() {
    let bytes = client("ACK", 1, 2).data(&[b'x'; 500]).bytes();
    let cut = &bytes[..56];
    assert_eq!(summary(&decode(cut), cut), "ACK seq=1 ack=2 len=500 \"xx\"");
}

/// Frames that decode to something, and frames that do not.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let data = vec(any::<u8>(), 0..50);
    let segment = (0_u16..0x40, 0_u32..30, 0_u32..30, 0_u16..2, any::<bool>(), data.clone());
    prop_oneof![
        segment.prop_map(|(flags, seq, ack, window, back, data)| {
            let mut segment = Tcp::new("NONE", seq, ack).window(window).data(&data);
            segment.flags = crate::packet::TcpFlags::from_word(flags);
            if back { segment.back() } else { segment }.bytes()
        }),
        data.clone().prop_map(|data| udp(CLIENT, SERVER, &data)),
        (0_u8..20).prop_map(|code| unreachable(&udp(CLIENT, SERVER, b"?"), code)),
        vec(any::<u8>(), 0..100),
    ]
}

proptest! {
    #[test]
    fn whatever_comes_is_told_in_whole_sentences(frames in vec(frames(), 1..40)) {
        let mut tracker = Tracker::new();
        for bytes in frames {
            let Narration { headline, detail } = narrated(&mut tracker, &bytes);
            for sentence in detail.iter().chain([&headline]) {
                prop_assert!(sentence.ends_with(['.', '?']), "{sentence}");
                prop_assert!(!sentence.contains("  ") && !sentence.contains(" 1 bytes"), "{sentence}");
            }
            let line = summary(&decode(&bytes), &bytes);
            let obeyed = line.chars().chain(headline.chars()).find(|c| c.is_control());
            prop_assert_eq!(obeyed, None, "{}", line);
        }
    }
}

#[test]
fn what_becomes_of_a_packet_is_told() {
    use crate::{conversation::Reception, packet::Layer, timeline::event::DropReason};
    let to = || "server".to_owned();
    let said = |sentence| english::say(&sentence);
    let again = |times, is_held| said(Sentence::IsSentAgain { times, after_ns: 1_023_000_000, is_held });
    assert_eq!(again(2, true), "Sent for the 2nd time, 1.0 s after the time before: folded into the one that is held.");
    assert!(again(13, false).starts_with("Sent for the 13th time, "));
    for (times, word) in [(3, "3rd"), (4, "4th"), (11, "11th"), (21, "21st"), (112, "112th")] {
        assert!(again(times, true).contains(word), "{times}");
    }
    assert_eq!(
        said(Sentence::Arrives { after_ns: 5_165_000, entered_ns: Some(1_204_360_500) }),
        "Delivered, 5.17 ms after it entered the wire at 1204.360 ms."
    );
    assert_eq!(
        said(Sentence::Arrives { after_ns: 5_165_000, entered_ns: None }),
        "Delivered, 5.17 ms after it entered the wire."
    );
    let corrupted = |field| said(Sentence::IsCorrupted { byte: 54, field });
    assert!(corrupted(Some((Layer::Tcp, "window"))).contains("byte 54 of the frame is changed, in the TCP window."));
    assert!(corrupted(Some((Layer::Payload, "payload"))).contains("is changed, in the payload."));
    assert!(corrupted(None).contains("is changed. No checksum"));
    let lost = |why| [said(Sentence::IsLost { why, to: to() }), said(Sentence::CopyIsLost { why, to: to() })];
    // Whose loss it is stands first: asked for, the network's, this program's.
    assert!(lost(DropReason::Asked).iter().all(|text| text.starts_with("Dropped, as asked: ")));
    for why in
        [DropReason::Chance, DropReason::Down, DropReason::Forgotten, DropReason::QueueFull, DropReason::TooLarge]
    {
        let [whole, copy] = lost(why);
        assert!(whole.starts_with("Lost: ") && copy.contains("one copy"), "{whole} {copy}");
    }
    for why in [DropReason::NoRoom, DropReason::Refused] {
        assert!(lost(why)[0].starts_with("Lost by this program, not by the network: "), "{why:?}");
    }
    let received = |reception| said(Sentence::IsReceived { to: to(), reception });
    assert_eq!(
        received(Reception::WrongChecksum(Layer::Udp)),
        "server's kernel throws it away: its UDP checksum does not fit."
    );
    assert_eq!(received(Reception::Taken), "server's kernel takes it: no checksum guards what was changed.");
}
