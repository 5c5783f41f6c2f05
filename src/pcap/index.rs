//! Where every packet of a file is, to find it again: some bytes for each, and nothing of what it holds.

use std::io;

use super::{
    ng::Options,
    reader::{Comments, Interface, Order, Place, Record},
    source::Again,
};
use crate::kernel::clock::Stamp;

/// The packets in the order of the file.
#[derive(Debug, Default)]
pub struct Index(Vec<Entry>);

/// A packet, and a number that whoever makes the index has for it: which conversation it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub at: Stamp,
    pub place: Place,
    pub interface: u32,
    pub stream: u32,
}

/// Belongs to none.
const NO_STREAM: u32 = u32::MAX;

impl Index {
    /// One packet further.
    pub fn add(&mut self, at: Stamp, place: Place, interface: usize, stream: Option<u64>) {
        let small = |number: u64| u32::try_from(number).unwrap_or(NO_STREAM);
        let (interface, stream) = (small(interface as u64), stream.map_or(NO_STREAM, small));
        self.0.push(Entry { at, place, interface, stream });
    }

    /// Those of another index behind its own; the other one is empty then.
    pub fn append(&mut self, other: &mut Self) {
        self.0.append(&mut other.0);
    }

    /// How many packets it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them; the first packet of the file is at 0.
    #[must_use]
    pub fn as_slice(&self) -> &[Entry] {
        &self.0
    }

    /// Each packet with its place in the file, counted from 1.
    pub fn entries(&self) -> impl Iterator<Item = (u64, &Entry)> {
        (1..).zip(&self.0)
    }
}

impl Entry {
    /// Reads the packet once more.
    ///
    /// # Errors
    /// Where the file can not be read any more, or has become shorter.
    pub fn read<'b>(&self, again: &Again, interfaces: &[Interface], into: &'b mut Vec<u8>) -> io::Result<Record<'b>> {
        let Self { at, place, interface, .. } = *self;
        let described = interfaces.get(interface as usize);
        let (captured, options) = (place.captured as usize, place.options as usize);
        let begin = if options > 0 { captured.next_multiple_of(4) } else { captured };
        into.resize(begin + options, 0);
        again.read(place.offset, into)?;
        let order = described.map_or(Order::Little, |interface| interface.order);
        let comments = Comments::new(Options::new(order, &into[begin..]));
        let link = described.map_or(0, |interface| interface.link);
        Ok(Record { at, interface: interface as usize, link, bytes: &into[..captured], place, comments })
    }
}
