//! What the analysis of one packet costs, beside decoding it. The aim: at most 100 ns with ten thousand conversations,
//! and hardly more with a hundred thousand.
//!
//! `cargo bench --bench observe`

#![expect(clippy::unwrap_used, reason = "a benchmark that can not make its frames has to stop")]

use divan::{Bencher, black_box, counter::ItemsCount};
use etherparse::PacketBuilder;
use wiretutor::{
    conversation::Tracker,
    kernel::clock::Stamp,
    packet::{self, Packet},
};

/// Counts allocations: none may be made for a packet of a conversation that is known.
#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

const ROUNDS: u32 = 4;

fn main() {
    divan::main();
}

/// One segment: data from the client, or the acknowledgement of it.
fn segment(conversation: u32, round: u32, is_data: bool) -> Packet {
    let [_, b, c, d] = conversation.to_be_bytes();
    let (client, server) = ([10, b, c, d], [192, 0, 2, 1]);
    let (from, to) = if is_data { (client, server) } else { (server, client) };
    let (seq, ack) = if is_data { (1000 + round * 100, 500) } else { (500, 1100 + round * 100) };
    let (source, destination) = if is_data { (40_000, 443) } else { (443, 40_000) };
    let link = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
    let tcp = link.ipv4(from, to, 64).tcp(source, destination, seq, 512).ack(ack);
    let mut frame = Vec::new();
    tcp.write(&mut frame, if is_data { &[0x55; 100] } else { &[] }).unwrap();
    packet::decode(&frame)
}

/// All conversations take turns, so that each packet finds its own cold: an order that no cache can foresee.
fn rounds(conversations: u32) -> Vec<Packet> {
    let turns = (0..ROUNDS).flat_map(|round| [(round, true), (round, false)]);
    let stride = (7919 % conversations.max(2)) | 1;
    turns
        .flat_map(|(round, is_data)| {
            (0..conversations).map(move |turn| segment(turn.wrapping_mul(stride) % conversations, round, is_data))
        })
        .collect()
}

#[divan::bench(args = [1, 100, 10_000, 100_000], sample_count = 10, sample_size = 1)]
fn observe(bencher: Bencher<'_, '_>, conversations: u32) {
    let packets = rounds(conversations);
    let mut tracker = Tracker::remembering(262_144);
    let mut now = 0;
    let mut all = |tracker: &mut Tracker| {
        for packet in &packets {
            now += 1_000;
            black_box(tracker.observe(Stamp(now), black_box(packet)));
        }
    };
    all(&mut tracker);
    bencher.counter(ItemsCount::new(packets.len())).bench_local(|| all(&mut tracker));
}

/// Nothing but first packets: what a scan of ports costs.
#[divan::bench(args = [10_000, 100_000, 1_000_000], sample_count = 5, sample_size = 1)]
fn new_conversations(bencher: Bencher<'_, '_>, conversations: u32) {
    let packets: Vec<_> = (0..conversations).map(|conversation| segment(conversation, 0, true)).collect();
    bencher.counter(ItemsCount::new(packets.len())).bench_local(|| {
        let mut tracker = Tracker::remembering(262_144);
        for packet in &packets {
            black_box(tracker.observe(Stamp(0), black_box(packet)));
        }
    });
}
