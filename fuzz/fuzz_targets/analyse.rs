//! Any packets are a conversation: reading a capture, analysing it and telling it in words ends without a panic.
//!
//! The first byte says how the rest is cut into frames: as a capture file, or as segments of a few connections whose
//! flags and numbers are the fuzzer's. The second way reaches deep into the analysis, which no checksum guards.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wiretutor::{
    conversation::{Counting, Tracker, account::Accounts, signs, write_summary},
    kernel::clock::Stamp,
    narrate::{account::summarise, narrate_counting},
    packet::{LinkType, Packet, decode, decode_from, opaque},
    pcap::Reader,
};

/// Everything that is done with a packet of a file.
struct Study {
    tracker: Tracker,
    accounts: Accounts,
    packets: u64,
}

impl Study {
    fn packet(&mut self, at: Stamp, packet: &Packet, bytes: &[u8]) {
        self.packets += 1;
        let reading = self.tracker.observe(at, packet);
        self.accounts.add(at, packet, &reading);
        assert!(!reading.meanings.is_empty());
        let _ = signs(&reading);
        for counting in [Counting::RAW, Counting::relative(packet, &reading)] {
            let mut line = String::new();
            write_summary(&mut line, packet, bytes, counting);
            let told = narrate_counting(&reading, packet, counting, &|end| end.to_string());
            for text in std::iter::once(&line).chain([&told.headline]).chain(&told.detail) {
                assert!(!text.is_empty() && !text.contains(|c: char| c.is_control()), "{text:?}");
            }
        }
    }

    fn end(&self) {
        assert!(self.accounts.all().len() as u64 <= self.packets);
        for account in self.accounts.all() {
            assert!(summarise(account, &|end| end.to_string()).ends_with('.'));
        }
    }
}

/// A segment between one of four clients and a server, made of twelve bytes.
fn segment(spec: &[u8]) -> (Stamp, Vec<u8>) {
    let [way, flags, seq, ack, window, len, time, options, edge, more, far, _] =
        *spec.first_chunk::<12>().expect("twelve bytes");
    let (client, server) = (u16::from(way >> 1 & 3) + 1000, 80_u16);
    let (from, to) = if way & 1 == 0 { (client, server) } else { (server, client) };
    // Numbers lie close together, or far apart.
    let number = |byte: u8| u32::from(byte).wrapping_mul(if far & 1 == 0 { 1 } else { 0x0100_0001 }).wrapping_sub(100);
    let sack = [&[1, 1, 5, 10][..], &number(edge).to_be_bytes(), &number(edge.wrapping_add(more)).to_be_bytes()].concat();
    let options: Vec<u8> = match options % 4 {
        0 => vec![],
        1 => vec![2, 4, 5, 0xb4, 1, 3, 3, edge],
        2 => sack,
        _ => [&[1, 1, 8, 10][..], &number(edge).to_be_bytes(), &number(more).to_be_bytes()].concat(),
    };
    let header = 20 + options.len();
    let total = (20 + header + usize::from(len)) as u16;
    let ip = [&[0x45, 0][..], &total.to_be_bytes(), &[0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 1]].concat();
    let tcp = [
        &from.to_be_bytes()[..],
        &to.to_be_bytes(),
        &number(seq).to_be_bytes(),
        &number(ack).to_be_bytes(),
        &[(header as u8 / 4) << 4, flags],
        &u16::from(window).to_be_bytes(),
        &[0; 4],
    ];
    let mut frame = [&[0; 12][..], &[8, 0], &ip, &tcp.concat(), &options].concat();
    frame.resize(frame.len() + usize::from(len), b'x');
    (Stamp(u64::from(time) * 3_000_000), frame)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((way, rest)) = bytes.split_first() else { return };
    let mut study = Study { tracker: Tracker::remembering(3), accounts: Accounts::default(), packets: 0 };
    if way % 4 == 0 {
        let mut reader = Reader::new(rest);
        while let Some(record) = reader.next_record() {
            let link = LinkType::numbered(record.link);
            let packet = link.map_or_else(|| opaque(record.bytes), |link| decode_from(link, record.bytes));
            study.packet(record.at, &packet, record.bytes);
        }
    } else {
        for spec in rest.chunks_exact(12) {
            let (at, frame) = segment(spec);
            study.packet(at, &decode(&frame), &frame);
        }
    }
    study.end();
});
