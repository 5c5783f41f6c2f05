//! Any bytes are a capture file, as far as they go: reading ends, in the same way however the bytes arrive, and what
//! is handed out lies within the file.

#![no_main]

use std::io::{self, Read};

use libfuzzer_sys::fuzz_target;
use wiretutor::pcap::{End, Reader};

/// Hands out few bytes at a time.
struct Drip<'a>(&'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(into.len()).min(7);
        let (now, later) = self.0.split_at(count);
        into[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

/// What was read: times, interfaces, bytes, comments; and how it ended.
fn read(source: impl Read, file: &[u8]) -> (Vec<(u64, usize, Vec<u8>, Vec<String>)>, End) {
    let mut reader = Reader::new(source);
    let mut records = Vec::new();
    while let Some(record) = reader.next_record() {
        let begin = usize::try_from(record.place.offset).expect("a small file");
        assert_eq!(&file[begin..begin + record.bytes.len()], record.bytes, "a place that leads elsewhere");
        records.push((record.at.0, record.interface, record.bytes.to_vec(), record.comments.iter().collect()));
    }
    let end = reader.end().expect("an end").clone();
    if let End::Stops { at, flaw } = &end {
        assert!(*at <= file.len() as u64 && !flaw.to_string().is_empty());
    }
    (records, end)
}

fuzz_target!(|bytes: &[u8]| {
    assert_eq!(read(bytes, bytes), read(Drip(bytes), bytes));
});
