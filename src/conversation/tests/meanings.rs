//! What each kind of packet is taken for.

use pnet::packet::tcp::TcpOption;

use super::{Tracker, builder::Tcp, meanings, open, play, read};
use crate::{
    conversation::{CloseOrder, Meaning, Offer, Probe, Relative, RepeatCause, Repeated, ResetCause, Seq, Why, Window},
    kernel::clock::Stamp,
    packet::decode,
};

fn retransmits(what: Repeated, copy: u16, why: Why) -> Meaning {
    Meaning::Retransmits { what, copy: Some(copy), why, after_ns: Some(0) }
}

fn repeats(cause: RepeatCause, expects: u32, count: u16) -> Meaning {
    Meaning::RepeatsAck { cause, expects: Seq(expects), count, pieces: None }
}

fn acknowledges(bytes: u32, expects: u32) -> Meaning {
    Meaning::Acknowledges { bytes: Some(bytes), expects: Seq(expects) }
}

fn data(first: u32, bytes: u32) -> Meaning {
    Meaning::CarriesData { first: Seq(first), bytes, push: false }
}

#[test]
fn a_syn_offers_its_options() {
    let options = [TcpOption::mss(65495), TcpOption::sack_perm(), TcpOption::timestamp(7, 0), TcpOption::wscale(7)];
    let bytes = Tcp::new("SYN", 100, 0).options(&options).bytes();
    let reading = Tracker::new().observe(Stamp(0), &decode(&bytes));
    let offer = Offer { mss: Some(65495), window_scale: Some(7), sack: true, timestamps: true, cookie: None };
    assert_eq!(reading.meanings[..], [Meaning::AsksToOpen { first: Seq(100), offer, data: 0 }]);
}

#[test]
fn the_third_packet_completes_once() {
    let mut tracker = Tracker::new();
    read(&mut tracker, "> SYN seq=100");
    read(&mut tracker, "< SYN+ACK seq=300 ack=101");
    let completes = Meaning::CompletesOpening { expects: Seq(301), bytes: 0 };
    assert_eq!(meanings(&mut tracker, "> ACK seq=101 ack=301"), [completes]);
    assert_eq!(meanings(&mut tracker, "> ACK seq=101 ack=301"), [repeats(RepeatCause::Unknown, 301, 1)]);
}

#[test]
fn syn_and_syn_ack_are_counted_when_repeated() {
    let mut tracker = Tracker::new();
    read(&mut tracker, "> SYN seq=100");
    assert_eq!(meanings(&mut tracker, "> SYN seq=100"), [retransmits(Repeated::Syn, 2, Why::TooSoon)]);
    assert_eq!(meanings(&mut tracker, "> SYN seq=100"), [retransmits(Repeated::Syn, 3, Why::TooSoon)]);
    read(&mut tracker, "< SYN+ACK seq=300 ack=101");
    assert_eq!(meanings(&mut tracker, "< SYN+ACK seq=300 ack=101"), [retransmits(Repeated::SynAck, 2, Why::TooSoon)]);
    read(&mut tracker, "> ACK seq=101 ack=301");
    read(&mut tracker, "< SYN+ACK seq=300 ack=101");
    assert_eq!(meanings(&mut tracker, "> ACK seq=101 ack=301"), [repeats(RepeatCause::Opening, 301, 0)]);
}

#[test]
fn a_first_number_of_0_is_a_number() {
    let mut tracker = Tracker::new();
    read(&mut tracker, "> SYN seq=0");
    assert_eq!(meanings(&mut tracker, "> SYN seq=0"), [retransmits(Repeated::Syn, 2, Why::TooSoon)]);
}

#[test]
fn the_window_of_a_syn_counts_in_bytes() {
    let [from, to] = [512, 400].map(|raw| Window { raw, scale: Some(0) });
    assert_eq!(meanings(&mut open(), "< ACK seq=301 ack=101 win=400"), [Meaning::WindowUpdate { from, to }]);
    let unknown = [repeats(RepeatCause::Unknown, 101, 1)];
    assert_eq!(meanings(&mut open(), "< ACK seq=301 ack=101 win=512"), unknown);
}

#[test]
fn data_and_acknowledgement_in_one() {
    let mut tracker = open();
    let hello = Meaning::CarriesData { first: Seq(101), bytes: 5, push: true };
    assert_eq!(meanings(&mut tracker, "> PSH+ACK seq=101 ack=301 len=5"), [hello]);
    assert_eq!(meanings(&mut tracker, "< ACK seq=301 ack=106 len=3"), [data(301, 3), acknowledges(5, 106)]);
    assert_eq!(meanings(&mut tracker, "> ACK seq=106 ack=304"), [acknowledges(3, 304)]);
}

#[test]
fn data_sent_again_and_partly_again() {
    let mut tracker = open();
    read(&mut tracker, "> ACK seq=101 ack=301 len=10");
    let ten = retransmits(Repeated::Data { bytes: 10 }, 2, Why::TooSoon);
    assert_eq!(meanings(&mut tracker, "> ACK seq=101 ack=301 len=10"), [ten]);
    let both = [data(111, 2), retransmits(Repeated::Data { bytes: 10 }, 3, Why::TooSoon)];
    assert_eq!(meanings(&mut tracker, "> ACK seq=101 ack=301 len=12"), both);
    let other = retransmits(Repeated::Data { bytes: 2 }, 2, Why::Unknown);
    assert_eq!(meanings(&mut tracker, "> ACK seq=111 ack=301 len=2"), [other]);
}

#[test]
fn first_and_second_fin() {
    let mut tracker = open();
    let first = Meaning::Closes { fin: Seq(106), order: Some(CloseOrder::First), acknowledges_fin: false };
    assert_eq!(meanings(&mut tracker, "> FIN+ACK seq=101 ack=301 len=5"), [first, data(101, 5)]);
    let acknowledges_fin = Meaning::AcknowledgesFin { bytes: Some(5), expects: Seq(107) };
    assert_eq!(meanings(&mut tracker, "< ACK seq=301 ack=107"), [acknowledges_fin]);
    let second = Meaning::Closes { fin: Seq(301), order: Some(CloseOrder::Second), acknowledges_fin: false };
    assert_eq!(meanings(&mut tracker, "< FIN+ACK seq=301 ack=107"), [second]);
    assert_eq!(
        meanings(&mut tracker, "< FIN+ACK seq=301 ack=107"),
        [retransmits(Repeated::Fin { fin: Seq(301) }, 2, Why::TooSoon)]
    );
    let last = Meaning::AcknowledgesFin { bytes: Some(0), expects: Seq(302) };
    assert_eq!(meanings(&mut tracker, "> ACK seq=107 ack=302"), [last]);
    read(&mut tracker, "< FIN+ACK seq=301 ack=107");
    assert_eq!(meanings(&mut tracker, "> ACK seq=107 ack=302"), [repeats(RepeatCause::OldFin, 302, 0)]);
}

#[test]
fn fin_and_acknowledgement_of_fin_in_one() {
    let mut tracker = open();
    read(&mut tracker, "> FIN+ACK seq=101 ack=301");
    let both = Meaning::Closes { fin: Seq(301), order: Some(CloseOrder::Second), acknowledges_fin: true };
    assert_eq!(meanings(&mut tracker, "< FIN+ACK seq=301 ack=102"), [both]);
}

#[test]
fn crossing_fins() {
    let mut tracker = open();
    play(&mut tracker, "FIN-WAIT-1 -->| FIN+ACK seq=101 ack=301 ESTABLISHED");
    let crossing = Meaning::Closes { fin: Seq(301), order: Some(CloseOrder::Crossing), acknowledges_fin: false };
    assert_eq!(meanings(&mut tracker, "< FIN+ACK seq=301 ack=101"), [crossing]);
}

#[test]
fn duplicate_acknowledgements_are_counted() {
    let mut tracker = open();
    play(&mut tracker, "ESTABLISHED -->| ACK seq=101 ack=301 len=10 ESTABLISHED");
    for count in 1..=3 {
        read(&mut tracker, &format!("> ACK seq={} ack=301 len=10", 101 + 10 * u32::from(count)));
        assert_eq!(meanings(&mut tracker, "< ACK seq=301 ack=101"), [repeats(RepeatCause::Gap, 101, count)]);
    }
    read(&mut tracker, "> ACK seq=101 ack=301 len=10");
    assert_eq!(meanings(&mut tracker, "< ACK seq=301 ack=141"), [acknowledges(40, 141)]);
    read(&mut tracker, "> ACK seq=101 ack=301 len=10");
    assert_eq!(meanings(&mut tracker, "< ACK seq=301 ack=141"), [repeats(RepeatCause::OldData, 141, 0)]);
}

#[test]
fn keep_alive_and_its_answer() {
    let mut tracker = open();
    read(&mut tracker, "> ACK seq=101 ack=301 len=10");
    read(&mut tracker, "< ACK seq=301 ack=111");
    assert_eq!(meanings(&mut tracker, "> ACK seq=110 ack=301"), [Meaning::Probe(Probe::KeepAlive)]);
    assert_eq!(
        meanings(&mut tracker, "< ACK seq=301 ack=111"),
        [repeats(RepeatCause::Probe(Probe::KeepAlive), 111, 0)]
    );
}

#[test]
fn closed_window_its_probe_and_its_opening() {
    let mut tracker = open();
    read(&mut tracker, "> ACK seq=101 ack=301 len=10");
    let closed = [acknowledges(10, 111), Meaning::ZeroWindow];
    assert_eq!(meanings(&mut tracker, "< ACK seq=301 ack=111 win=0"), closed);
    assert_eq!(meanings(&mut tracker, "> ACK seq=110 ack=301"), [Meaning::Probe(Probe::Window)]);
    let still = [repeats(RepeatCause::Probe(Probe::Window), 111, 0), Meaning::ZeroWindow];
    assert_eq!(meanings(&mut tracker, "< ACK seq=301 ack=111 win=0"), still);
    read(&mut tracker, "> ACK seq=110 ack=301");
    let [from, to] = [0, 400].map(|raw| Window { raw, scale: Some(0) });
    assert_eq!(meanings(&mut tracker, "< ACK seq=301 ack=111 win=400"), [Meaning::WindowUpdate { from, to }]);
}

#[test]
fn a_window_that_closes_without_news() {
    let mut tracker = open();
    read(&mut tracker, "> ACK seq=101 ack=301 len=10");
    read(&mut tracker, "< ACK seq=301 ack=111 win=400");
    assert_eq!(meanings(&mut tracker, "< ACK seq=301 ack=111 win=0"), [Meaning::ZeroWindow]);
}

#[test]
fn a_closed_window_takes_no_byte() {
    let mut tracker = open();
    read(&mut tracker, "> ACK seq=101 ack=301 len=10");
    read(&mut tracker, "< ACK seq=301 ack=111 win=0");
    read(&mut tracker, "> ACK seq=111 ack=301 len=1");
    let refused = [repeats(RepeatCause::Probe(Probe::Byte), 111, 0), Meaning::ZeroWindow];
    assert_eq!(meanings(&mut tracker, "< ACK seq=301 ack=111 win=0"), refused);
}

#[test]
fn a_scaled_window_is_told_in_bytes() {
    let mut tracker = Tracker::new();
    let scale = [TcpOption::wscale(7), TcpOption::nop()];
    let syn = Tcp::new("SYN", 100, 0).options(&scale).bytes();
    let syn_ack = Tcp::new("SYN+ACK", 300, 101).options(&scale).back().bytes();
    for bytes in [syn, syn_ack] {
        tracker.observe(Stamp(0), &decode(&bytes));
    }
    read(&mut tracker, "> ACK seq=101 ack=301 win=512");
    let update = meanings(&mut tracker, "> ACK seq=101 ack=301 win=600");
    let [Meaning::WindowUpdate { from, to }] = update[..] else { panic!("{update:?}") };
    assert_eq!((from.bytes(), to.bytes()), (Some(65536), Some(76800)));
}

#[test]
fn an_answer_to_an_old_syn_is_stale() {
    let mut tracker = Tracker::new();
    read(&mut tracker, "> SYN seq=100");
    let stale = meanings(&mut tracker, "< SYN+ACK seq=300 ack=91");
    let agreement = crate::conversation::Agreement::Stale;
    assert!(matches!(stale[..], [Meaning::AgreesToOpen { agreement: found, .. }] if found == agreement), "{stale:?}");
    assert_eq!(meanings(&mut tracker, "> RST seq=91"), [Meaning::Resets(ResetCause::StrangeOpening)]);
}

#[test]
fn from_the_middle_only_what_is_certain_is_said() {
    let mut tracker = Tracker::new();
    assert_eq!(
        meanings(&mut tracker, "> ACK seq=5000 ack=9000 len=10"),
        [data(5000, 10), Meaning::Acknowledges { bytes: None, expects: Seq(9000) }, Meaning::BeganBefore]
    );
    let unknown = Meaning::Acknowledges { bytes: None, expects: Seq(5010) };
    assert_eq!(meanings(&mut tracker, "< ACK seq=9000 ack=5010"), [unknown]);
    let closes = Meaning::Closes { fin: Seq(5010), order: None, acknowledges_fin: false };
    assert_eq!(meanings(&mut tracker, "> FIN+ACK seq=5010 ack=9000"), [closes]);
    let second = Meaning::Closes { fin: Seq(9000), order: Some(CloseOrder::Second), acknowledges_fin: true };
    assert_eq!(meanings(&mut tracker, "< FIN+ACK seq=9000 ack=5011"), [second]);
}

#[test]
fn relative_numbers_count_from_the_syn() {
    let mut tracker = open();
    let relative = |tracker: &mut Tracker, line: &str| read(tracker, line).relative;
    assert_eq!(relative(&mut tracker, "> ACK seq=101 ack=301 len=5"), Some(Relative { seq: 1, ack: Some(1) }));
    assert_eq!(relative(&mut tracker, "< ACK seq=301 ack=106"), Some(Relative { seq: 1, ack: Some(6) }));
    let mut middle = Tracker::new();
    assert_eq!(relative(&mut middle, "> ACK seq=5000 ack=9000 len=10"), Some(Relative { seq: 1, ack: Some(1) }));
    assert_eq!(relative(&mut middle, "< ACK seq=9000 ack=5010"), Some(Relative { seq: 1, ack: Some(11) }));
}
