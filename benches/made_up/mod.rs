//! Captures that are made up: a SYN, then data and acknowledgements in turn over all conversations.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use wiretutor::{
    kernel::clock::Stamp,
    pcap::write::{Frame, Interface, InterfaceId, Section, Writer},
};

pub(crate) fn new_file(path: &Path) -> (Writer<BufWriter<File>>, InterfaceId) {
    let out = BufWriter::with_capacity(1 << 20, File::create(path).expect("a file"));
    let mut writer = Writer::new(out, &Section::default()).expect("a section");
    let interface = Interface { name: "lo", ..Interface::default() };
    let interface = writer.interface(&interface).expect("an interface");
    (writer, interface)
}

pub(crate) fn make_up(path: &Path, packets: u32, conversations: u32) {
    let (mut writer, interface) = new_file(path);
    for packet in 0..packets {
        let (conversation, round) = (packet % conversations, packet / conversations);
        let [_, b, c, d] = conversation.to_be_bytes();
        let client_speaks = round % 2 == 0;
        let (client, server) = ([10, b, c, d], [192, 0, 2, 1]);
        let (from, to) = if client_speaks { (client, server) } else { (server, client) };
        let ports = if client_speaks { (40_000, 443) } else { (443, 40_000) };
        let sent = round / 2 * 100 + u32::from(round > 0);
        let (seq, ack) = if client_speaks { (sent, 1) } else { (1, sent + 101) };
        let link = etherparse::PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(from, to, 64);
        let tcp = link.tcp(ports.0, ports.1, seq, 512);
        let mut frame = Vec::with_capacity(200);
        let step = if round == 0 { tcp.syn() } else { tcp.ack(ack) };
        let data: &[u8] = if round > 0 && client_speaks { &[b'x'; 100] } else { &[] };
        step.write(&mut frame, data).expect("a frame");
        let (at, original) = (Stamp(1_700_000_000_000_000_000 + u64::from(packet) * 10_000), frame.len() as u32);
        let frame = Frame { interface, at, bytes: &frame, original, direction: None, comments: &[] };
        writer.frame(&frame).expect("a frame is written");
    }
    writer.into_inner().flush().expect("the file is written");
}
