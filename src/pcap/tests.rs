//! Files of each kind, whole, cut and damaged.

use std::io::{self, Read};

use proptest::prelude::*;

use super::{End, Flaw, Reader};
use crate::kernel::clock::Stamp;

/// What a file holds: time, interface, bytes, comments.
type Read1 = (u64, usize, Vec<u8>, Vec<String>);

fn read(mut source: impl Read) -> (Vec<Read1>, End) {
    let mut reader = Reader::new(&mut source);
    let mut records = Vec::new();
    while let Some(record) = reader.next_record() {
        let comments = record.comments.iter().collect();
        records.push((record.at.0, record.interface, record.bytes.to_vec(), comments));
    }
    (records, reader.end().expect("an end").clone())
}

fn flaw_of(bytes: &[u8]) -> (usize, u64, Flaw) {
    match read(bytes) {
        (records, End::Stops { at, flaw }) => (records.len(), at, flaw),
        (_, End::Whole) => panic!("nothing is wrong with it"),
    }
}

/// A number in the byte order of the file.
type Put = (fn(u32) -> [u8; 4], fn(u16) -> [u8; 2]);
const LITTLE: Put = (u32::to_le_bytes, u16::to_le_bytes);
const BIG: Put = (u32::to_be_bytes, u16::to_be_bytes);

fn words(put: Put, words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| (put.0)(*word)).collect()
}

fn classic(put: Put, magic: u32, packets: &[(u32, u32, &[u8])]) -> Vec<u8> {
    let mut file = words(put, &[magic]);
    file.extend([(put.1)(2), (put.1)(4)].concat());
    file.extend(words(put, &[0, 0, 262_144, 1]));
    for (seconds, fraction, bytes) in packets {
        let length = bytes.len() as u32;
        file.extend(words(put, &[*seconds, *fraction, length, length + 5]));
        file.extend(*bytes);
    }
    file
}

fn block(put: Put, kind: u32, body: &[u8]) -> Vec<u8> {
    let padding = body.len().next_multiple_of(4) - body.len();
    let length = (body.len() + padding + 12) as u32;
    [words(put, &[kind, length]), body.to_vec(), vec![0; padding], words(put, &[length])].concat()
}

fn options(put: Put, options: &[(u16, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (code, value) in options {
        bytes.extend([(put.1)(*code), (put.1)(value.len() as u16)].concat());
        bytes.extend(*value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes.extend([0; 4]);
    bytes
}

fn section(put: Put) -> Vec<u8> {
    block(put, 0x0a0d_0d0a, &[&words(put, &[0x1a2b_3c4d])[..], &(put.1)(1), &(put.1)(0), &[0xff; 8]].concat())
}

fn interface(put: Put, link: u16, more: &[(u16, &[u8])]) -> Vec<u8> {
    let head = [(put.1)(link).to_vec(), vec![0; 2], words(put, &[0]), options(put, more)].concat();
    block(put, 1, &head)
}

fn packet(put: Put, interface: u32, at: u64, bytes: &[u8], more: &[(u16, &[u8])]) -> Vec<u8> {
    let length = bytes.len() as u32;
    let mut body = words(put, &[interface, (at >> 32) as u32, at as u32, length, length]);
    body.extend(bytes);
    body.resize(body.len().next_multiple_of(4), 0);
    body.extend(options(put, more));
    block(put, 6, &body)
}

#[test]
fn classic_files_are_read_in_both_orders_and_both_units() {
    for put in [LITTLE, BIG] {
        for (magic, nanos) in [(0xa1b2_c3d4, 1_000), (0xa1b2_3c4d, 1)] {
            let file = classic(put, magic, &[(1, 7, b"one"), (2, 0, b"")]);
            let (records, end) = read(file.as_slice());
            assert_eq!(end, End::Whole);
            assert_eq!(records[0], (1_000_000_000 + 7 * nanos, 0, b"one".to_vec(), vec![]));
            assert_eq!(records[1].2, b"");
        }
    }
}

#[test]
fn sections_have_interfaces_units_and_byte_orders_of_their_own() {
    let file = [
        section(LITTLE),
        interface(LITTLE, 1, &[(2, b"eth0"), (9, &[9])]),
        packet(LITTLE, 0, 5, b"first", &[(1, b"a word"), (1, "二".as_bytes())]),
        block(LITTLE, 0xbad, &[0; 40]),
        section(BIG),
        interface(BIG, 101, &[]),
        interface(BIG, 113, &[(14, &[0, 0, 0, 0, 0, 0, 0, 3]), (3, b"cooked")]),
        packet(BIG, 1, 7, b"second", &[]),
    ]
    .concat();
    let mut reader = Reader::new(file.as_slice());
    let first = reader.next_record().unwrap();
    assert_eq!((first.at, first.interface, first.bytes), (Stamp(5), 0, &b"first"[..]));
    assert_eq!(first.comments.iter().collect::<Vec<_>>(), ["a word", "二"]);
    assert_eq!(&file[first.place.offset as usize..][..5], b"first");
    let second = reader.next_record().unwrap();
    assert_eq!((second.at, second.interface, second.bytes), (Stamp(3_000_007_000), 2, &b"second"[..]));
    assert_eq!(second.comments.iter().count(), 0);
    assert!(reader.next_record().is_none());
    assert_eq!(reader.end(), Some(&End::Whole));
    let described: Vec<_> =
        reader.interfaces().iter().map(|interface| (interface.link, interface.name.as_deref())).collect();
    assert_eq!(described, [(1, Some("eth0")), (101, None), (113, None)]);
    assert_eq!(reader.interfaces()[2].description.as_deref(), Some("cooked"));
}

#[test]
fn packets_of_the_older_kinds_of_block_are_read() {
    let simple = block(LITTLE, 3, &[words(LITTLE, &[9]), b"abcdefghi".to_vec()].concat());
    let old =
        [[0_u16.to_le_bytes(), 0_u16.to_le_bytes()].concat(), words(LITTLE, &[0, 4, 2, 60]), b"xy".to_vec()].concat();
    let file = [section(LITTLE), interface(LITTLE, 1, &[]), block(LITTLE, 2, &old), simple].concat();
    let (records, end) = read(file.as_slice());
    assert_eq!(end, End::Whole);
    assert_eq!(records[0], (4_000, 0, b"xy".to_vec(), vec![]));
    assert_eq!(records[1], (4_000, 0, b"abcdefghi".to_vec(), vec![]), "with the time of the packet before");
}

#[test]
fn a_file_that_is_cut_is_read_as_far_as_it_goes() {
    let file = classic(LITTLE, 0xa1b2_c3d4, &[(1, 0, b"one"), (2, 0, b"second")]);
    let second = 24 + 16 + 3;
    assert_eq!(flaw_of(&file[..file.len() - 2]), (1, second, Flaw::PacketCut { has: 4, of: 6 }));
    assert_eq!(flaw_of(&file[..second as usize + 9]), (1, second, Flaw::RecordHeaderCut));
    assert_eq!(flaw_of(&file[..20]), (0, 0, Flaw::HeaderCut));
    assert_eq!(flaw_of(&[]), (0, 0, Flaw::Empty));
    let ng = [section(LITTLE), interface(LITTLE, 1, &[]), packet(LITTLE, 0, 0, b"bytes", &[])].concat();
    let begin = (ng.len() - packet(LITTLE, 0, 0, b"bytes", &[]).len()) as u64;
    assert_eq!(flaw_of(&ng[..ng.len() - 1]), (0, begin, Flaw::PacketCut { has: 43, of: 44 }));
    let passed = [section(LITTLE), block(LITTLE, 99, &[0; 5_000])].concat();
    let begin = section(LITTLE).len() as u64;
    assert_eq!(flaw_of(&passed[..passed.len() - 20]), (0, begin, Flaw::BlockCut { has: 4992, of: 5012 }));
}

#[test]
fn damage_is_named_where_it_is() {
    let mut absurd = classic(LITTLE, 0xa1b2_c3d4, &[(1, 0, b"one"), (2, 0, b"x")]);
    absurd[24 + 19 + 8..][..4].fill(0xff);
    assert_eq!(flaw_of(&absurd), (1, 43, Flaw::AbsurdPacket { length: 0xffff_ffff }));
    let begin = [section(LITTLE), interface(LITTLE, 1, &[])].concat();
    let stray = [begin.clone(), packet(LITTLE, 3, 0, b"x", &[])].concat();
    assert_eq!(flaw_of(&stray), (0, begin.len() as u64, Flaw::UndescribedInterface { number: 3 }));
    let mut differs = [begin.clone(), packet(LITTLE, 0, 0, b"x", &[])].concat();
    let last = differs.len() - 4;
    differs[last] ^= 8;
    assert!(matches!(flaw_of(&differs), (0, _, Flaw::LengthsDiffer { .. })));
    let mut overfull = [begin.clone(), packet(LITTLE, 0, 0, b"x", &[])].concat();
    overfull[begin.len() + 20] = 200;
    assert!(matches!(flaw_of(&overfull), (0, _, Flaw::BlockTooShort { .. })));
    let odd = [begin.clone(), words(LITTLE, &[6, 33])].concat();
    assert!(matches!(flaw_of(&odd), (0, _, Flaw::AbsurdBlock { length: 33 })));
}

#[test]
fn what_is_no_capture_is_called_what_it_is() {
    assert_eq!(flaw_of(b"GET / HTTP/1.1").2, Flaw::NoCapture { begins: *b"GET " });
    assert_eq!(flaw_of(&[0x1f, 0x8b, 8, 0, 0]).2, Flaw::Compressed { with: "gzip" });
    assert!(matches!(flaw_of(b"snoop\0\0\0").2, Flaw::OtherFormat { .. }));
    let mut newer = section(LITTLE);
    newer[12..14].copy_from_slice(&2_u16.to_le_bytes());
    assert_eq!(flaw_of(&newer).2, Flaw::UnknownVersion { major: 2, minor: 0 });
    let mut version = classic(LITTLE, 0xa1b2_c3d4, &[]);
    version[4] = 9;
    assert_eq!(flaw_of(&version).2, Flaw::UnknownVersion { major: 9, minor: 4 });
}

/// Hands out a byte at a time.
struct Drip<'a>(&'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let (first, rest) = self.0.split_at(self.0.len().min(1));
        into[..first.len()].copy_from_slice(first);
        self.0 = rest;
        Ok(first.len())
    }
}

fn samples() -> Vec<Vec<u8>> {
    let ng = [
        section(BIG),
        interface(BIG, 1, &[(2, b"eth0")]),
        packet(BIG, 0, 5, &[7; 300], &[(1, b"a word")]),
        block(BIG, 77, &[1; 100]),
        packet(BIG, 0, 6, b"x", &[]),
    ];
    vec![ng.concat(), classic(BIG, 0xa1b2_3c4d, &[(1, 1, &[9; 200]), (2, 2, b"y")])]
}

#[test]
fn it_is_all_the_same_in_which_pieces_a_file_arrives() {
    for file in samples() {
        assert_eq!(read(Drip(&file)), read(file.as_slice()));
    }
}

proptest! {
    #[test]
    fn damaged_files_come_to_an_end(which in 0..2_usize, at: prop::sample::Index, with: u8, cut: prop::sample::Index) {
        let mut file = samples().swap_remove(which);
        let at = at.index(file.len());
        file[at] = with;
        file.truncate(cut.index(file.len() + 1));
        let (whole, end) = read(file.as_slice());
        prop_assert_eq!((whole, end), read(Drip(&file)));
    }

    #[test]
    fn any_bytes_come_to_an_end(bytes: Vec<u8>) {
        let begun = [section(LITTLE), bytes.clone()].concat();
        read(bytes.as_slice());
        read(begun.as_slice());
    }
}
