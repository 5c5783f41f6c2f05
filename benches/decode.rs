//! How many packets a second one core decodes. The aim: ten million of TCP.
//!
//! `cargo bench --bench decode`

#![expect(clippy::unwrap_used, reason = "a benchmark that can not make its frames has to stop")]

use divan::{Bencher, black_box, counter::ItemsCount};
use etherparse::{
    PacketBuilder,
    TcpOptionElement::{
        MaximumSegmentSize, Noop, SelectiveAcknowledgement, SelectiveAcknowledgementPermitted, Timestamp, WindowScale,
    },
};
use wiretutor::packet::{self, LinkType};

/// So many different packets that the processor can not learn one by heart, and so few that they stay in its cache.
const PACKETS: u32 = 64;

const V4: ([u8; 4], [u8; 4]) = ([10, 0, 0, 1], [10, 0, 0, 2]);
const V6: ([u8; 16], [u8; 16]) = ([0xfd; 16], [0xfc; 16]);

/// Counts allocations: the table shows them where there are any, and decoding makes none.
#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}

fn frames(make: impl Fn(u32, &mut Vec<u8>)) -> Vec<Vec<u8>> {
    let frame = |number| {
        let mut frame = Vec::new();
        make(number, &mut frame);
        frame
    };
    (0..PACKETS).map(frame).collect()
}

fn ethernet() -> etherparse::PacketBuilderStep<etherparse::Ethernet2Header> {
    PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
}

/// Segments of a running connection: timestamps and 100 bytes.
fn tcp4() -> Vec<Vec<u8>> {
    frames(|number, frame| {
        let options = [Noop, Noop, Timestamp(number, 7)];
        let tcp = ethernet().ipv4(V4.0, V4.1, 64).tcp(49152, 80, number * 100, 512).ack(number);
        tcp.options(&options).unwrap().write(frame, &[0x55; 100]).unwrap();
    })
}

fn tcp6() -> Vec<Vec<u8>> {
    frames(|number, frame| {
        let options = [Noop, Noop, Timestamp(number, 7)];
        let tcp = ethernet().ipv6(V6.0, V6.1, 64).tcp(49152, 80, number * 100, 512).ack(number);
        tcp.options(&options).unwrap().write(frame, &[0x55; 100]).unwrap();
    })
}

/// The SYN of a Linux client.
fn syn() -> Vec<Vec<u8>> {
    frames(|number, frame| {
        let options =
            [MaximumSegmentSize(1460), SelectiveAcknowledgementPermitted, Timestamp(number, 0), Noop, WindowScale(7)];
        let tcp = ethernet().ipv4(V4.0, V4.1, 64).tcp(49152, 80, number, 64240).syn();
        tcp.options(&options).unwrap().write(frame, &[]).unwrap();
    })
}

/// Acknowledgements with three blocks: as many options as a header holds.
fn sack() -> Vec<Vec<u8>> {
    frames(|number, frame| {
        let blocks = SelectiveAcknowledgement((number, 20), [Some((30, 40)), Some((50, 60)), None]);
        let options = [Noop, Noop, Timestamp(number, 7), Noop, Noop, blocks];
        let tcp = ethernet().ipv4(V4.0, V4.1, 64).tcp(80, 49152, 1, 512).ack(number);
        tcp.options(&options).unwrap().write(frame, &[]).unwrap();
    })
}

fn udp4() -> Vec<Vec<u8>> {
    frames(|number, frame| {
        let port = 1024 + u16::try_from(number).unwrap();
        ethernet().ipv4(V4.0, V4.1, 64).udp(port, 53).write(frame, &[0x55; 100]).unwrap();
    })
}

#[divan::bench(args = ["tcp4", "tcp6", "syn", "sack", "udp4"])]
fn decode(bencher: Bencher<'_, '_>, kind: &str) {
    let frames = named(kind);
    bencher.counter(ItemsCount::new(frames.len())).bench_local(|| {
        for frame in &frames {
            black_box(packet::decode(black_box(frame)));
        }
    });
}

/// The same segments on links that are no Ethernet, as other people's captures have them.
#[divan::bench(args = [LinkType::Ip, LinkType::Cooked, LinkType::CookedTwo, LinkType::Null])]
fn decode_from(bencher: Bencher<'_, '_>, link: LinkType) {
    let header: &[u8] = match link {
        LinkType::Cooked => &[0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0],
        LinkType::CookedTwo => &[8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0],
        LinkType::Null => &[2, 0, 0, 0],
        _ => &[],
    };
    let frames: Vec<_> = tcp4().iter().map(|frame| [header, &frame[14..]].concat()).collect();
    bencher.counter(ItemsCount::new(frames.len())).bench_local(|| {
        for frame in &frames {
            black_box(packet::decode_from(link, black_box(frame)));
        }
    });
}

/// Not in the aim: only for packets that somebody looks at.
#[divan::bench(args = ["tcp4", "syn"])]
fn fields(bencher: Bencher<'_, '_>, kind: &str) {
    let frames = named(kind);
    bencher.counter(ItemsCount::new(frames.len())).bench_local(|| {
        for frame in &frames {
            black_box(packet::fields(black_box(frame)));
        }
    });
}

#[divan::bench(args = ["tcp4", "tcp6"])]
fn checksums(bencher: Bencher<'_, '_>, kind: &str) {
    let frames: Vec<_> = named(kind).into_iter().map(|frame| (packet::decode(&frame), frame)).collect();
    bencher.counter(ItemsCount::new(frames.len())).bench_local(|| {
        for (packet, frame) in &frames {
            black_box(packet.checksums(black_box(frame)));
        }
    });
}

fn named(kind: &str) -> Vec<Vec<u8>> {
    match kind {
        "tcp4" => tcp4(),
        "tcp6" => tcp6(),
        "syn" => syn(),
        "sack" => sack(),
        _ => udp4(),
    }
}
