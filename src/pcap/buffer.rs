//! What was read of a file and not used yet: a piece of it that lies in one run of memory.

use std::io::{self, Read};

/// So much is asked for at once.
const CHUNK: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct Buffer<R> {
    source: R,
    bytes: Vec<u8>,
    /// What is still to be used.
    start: usize,
    end: usize,
    /// Where `start` is in the file.
    offset: u64,
    /// To be passed over before anything else is used.
    skip: u64,
    ended: bool,
}

impl<R: Read> Buffer<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, bytes: vec![0; CHUNK], start: 0, end: 0, offset: 0, skip: 0, ended: false }
    }

    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// What is at hand.
    pub(super) fn at_hand(&self) -> &[u8] {
        if self.skip > 0 { &[] } else { &self.bytes[self.start..self.end] }
    }

    /// Whether nothing will come any more.
    pub(super) const fn is_ended(&self) -> bool {
        self.ended
    }

    /// Goes on by so many bytes, be they at hand or not.
    pub(super) fn advance(&mut self, count: u64) {
        self.skip += count;
        self.use_up_skipped();
    }

    /// The next `count` bytes, which are at hand, and goes on behind them.
    pub(super) fn take(&mut self, count: usize) -> &[u8] {
        let taken = self.start..self.start + count;
        self.start += count;
        self.offset += count as u64;
        &self.bytes[taken]
    }

    fn use_up_skipped(&mut self) {
        let now = self.skip.min((self.end - self.start) as u64);
        self.start += now as usize;
        self.offset += now;
        self.skip -= now;
    }

    /// How many of the bytes that were to be passed over have not come.
    pub(super) const fn missing(&self) -> u64 {
        self.skip
    }

    /// Reads once, so that more is at hand, or knows afterwards that the file has ended. What is at hand may become
    /// as long as `needed`, which the caller bounds.
    pub(super) fn read_more(&mut self, needed: usize) -> io::Result<()> {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.bytes.len() < needed {
            self.bytes.resize(needed.next_multiple_of(CHUNK), 0);
        }
        let read = loop {
            match self.source.read(&mut self.bytes[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.end += read;
        self.ended = read == 0;
        self.use_up_skipped();
        Ok(())
    }
}
