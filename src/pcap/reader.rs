//! Reads a capture file record by record, as far as it goes.

use std::{io::Read, ops::Range};

use super::{
    block::SECTION,
    buffer::Buffer,
    classic::{self, Classic},
    flaw::{End, Flaw},
    ng::{Ng, Options},
    source::Gone,
    time::Unit,
    write::Direction,
};
use crate::kernel::clock::Stamp;

/// No packet is longer. The longest that Linux makes ("BIG TCP") has half a megabyte.
pub(super) const MOST_BYTES: u32 = 16 << 20;

/// The order of the bytes in a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    pub(super) const fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    pub(super) const fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    pub(super) const fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }

    /// 16 bits at this place, where they are there.
    pub(super) fn half(self, bytes: &[u8], at: usize) -> Option<u16> {
        bytes.get(at..)?.first_chunk().map(|bytes| self.u16(*bytes))
    }

    /// The same with 32 bits.
    pub(super) fn word(self, bytes: &[u8], at: usize) -> Option<u32> {
        bytes.get(at..)?.first_chunk().map(|bytes| self.u32(*bytes))
    }
}

/// What one look at the bytes at hand has found.
#[derive(Debug)]
pub(super) enum Look {
    Packet(Layout),
    /// Something without a packet, of this length.
    Pass(u64),
    /// So many bytes have to be at hand.
    More(usize),
    Wrong(Flaw),
}

/// Where the parts of a packet's record are, counted from the record's first byte.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) at: Stamp,
    pub(super) interface: usize,
    pub(super) original: u32,
    pub(super) data: Range<usize>,
    pub(super) options: Range<usize>,
    pub(super) total: usize,
}

/// Where frames were captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The number of its kind of link, in the registry of LINKTYPE_ values.
    pub link: u16,
    pub name: Option<String>,
    pub description: Option<String>,
    pub(super) snap: u32,
    pub(super) unit: Unit,
    /// Of the section that describes it.
    pub(super) order: Order,
    /// Seconds to be added to each time.
    pub(super) offset: i64,
}

impl Default for Interface {
    fn default() -> Self {
        Self { link: 0, name: None, description: None, snap: 0, unit: Unit::MICRO, order: Order::Little, offset: 0 }
    }
}

impl Interface {
    /// How many bytes of a packet are kept; 0 in the file says that there is no limit.
    pub(super) const fn snap(&self) -> u32 {
        if self.snap == 0 { u32::MAX } else { self.snap }
    }
}

/// A captured frame.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    pub at: Stamp,
    /// Counted over all sections of the file.
    pub interface: usize,
    /// The number of its kind of link, in the registry of LINKTYPE_ values.
    pub link: u16,
    pub bytes: &'a [u8],
    pub place: Place,
    pub comments: Comments<'a>,
}

/// Where a frame is in its file, to find it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Of its first byte.
    pub offset: u64,
    pub captured: u32,
    /// How long it was on the link.
    pub original: u32,
    /// The bytes of what is said about it, which stand behind its own.
    pub options: u32,
}

/// What somebody wrote beside a packet.
#[derive(Clone, Copy, Debug)]
pub struct Comments<'a>(Options<'a>);

impl<'a> Comments<'a> {
    pub(super) const fn new(options: Options<'a>) -> Self {
        Self(options)
    }

    pub fn iter(&self) -> impl Iterator<Item = String> {
        self.0.comments()
    }

    /// Which way the packet went, where that is said beside it.
    #[must_use]
    pub fn direction(&self) -> Option<Direction> {
        self.0.direction()
    }
}

/// What a reader comes to next.
#[derive(Debug)]
pub enum Step<'a> {
    Record(Record<'a>),
    /// Nothing is at hand any more: [`Reader::read_more`], which may have to wait.
    NeedsMore,
    /// There is nothing more: [`Reader::end`].
    End,
}

/// The same, before anything is lent out.
enum Upcoming {
    Record(Layout),
    More,
    End,
}

#[derive(Debug)]
enum Format {
    /// Too little was read to know it.
    Unknown,
    Classic(Classic),
    Ng(Ng),
}

#[derive(Debug)]
pub struct Reader<R> {
    buffer: Buffer<R>,
    format: Format,
    /// Of the classic format, which has just one.
    interface: [Interface; 1],
    needed: usize,
    /// Where the last thing began that was passed over, and how long it was.
    passed: (u64, u64),
    end: Option<End>,
}

impl<R: Read> Reader<R> {
    pub fn new(source: R) -> Self {
        let interface = [Interface::default()];
        Self { buffer: Buffer::new(source), format: Format::Unknown, interface, needed: 4, passed: (0, 0), end: None }
    }

    /// The interfaces that were described so far.
    #[must_use]
    pub fn interfaces(&self) -> &[Interface] {
        match &self.format {
            Format::Unknown => &[],
            Format::Classic(_) => &self.interface,
            Format::Ng(ng) => &ng.interfaces,
        }
    }

    /// What was said about the whole file, or an interface of it, so far.
    #[must_use]
    pub fn comments(&self) -> &[String] {
        if let Format::Ng(ng) = &self.format { &ng.comments } else { &[] }
    }

    /// How the file ends, once that is known.
    #[must_use]
    pub const fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// The next thing in what is at hand.
    pub fn step(&mut self) -> Step<'_> {
        match self.come_to() {
            Upcoming::Record(layout) => Step::Record(self.record(layout)),
            Upcoming::More => Step::NeedsMore,
            Upcoming::End => Step::End,
        }
    }

    /// The next record, and the wait for it.
    pub fn next_record(&mut self) -> Option<Record<'_>> {
        loop {
            match self.come_to() {
                Upcoming::Record(layout) => return Some(self.record(layout)),
                Upcoming::More => self.read_more(),
                Upcoming::End => return None,
            }
        }
    }

    fn come_to(&mut self) -> Upcoming {
        while self.end.is_none() {
            match self.look() {
                Look::Packet(layout) => return Upcoming::Record(layout),
                Look::Pass(length) => {
                    self.passed = (self.buffer.offset(), length);
                    self.buffer.advance(length);
                }
                Look::Wrong(flaw) => self.stop(flaw),
                Look::More(_) if self.buffer.is_ended() => self.has_ended(),
                Look::More(needed) => {
                    self.needed = needed;
                    return Upcoming::More;
                }
            }
        }
        Upcoming::End
    }

    fn record(&mut self, layout: Layout) -> Record<'_> {
        let order = match &self.format {
            Format::Ng(ng) => ng.order(),
            Format::Classic(classic) => classic.order(),
            Format::Unknown => Order::Little,
        };
        let Layout { at, interface, original, data, options, total } = layout;
        let link = self.interfaces().get(interface).map_or(0, |interface| interface.link);
        let offset = self.buffer.offset() + data.start as u64;
        let record = self.buffer.take(total);
        let bytes = &record[data];
        let place = Place { offset, captured: bytes.len() as u32, original, options: options.len() as u32 };
        Record { at, interface, link, bytes, place, comments: Comments::new(Options::new(order, &record[options])) }
    }

    fn look(&mut self) -> Look {
        let at_hand = self.buffer.at_hand();
        match &mut self.format {
            _ if self.buffer.missing() > 0 => Look::More(1),
            Format::Classic(classic) => classic.look(at_hand),
            Format::Ng(ng) => ng.look(at_hand),
            Format::Unknown => self.recognise(),
        }
    }

    /// The format, by the file's first bytes.
    fn recognise(&mut self) -> Look {
        let at_hand = self.buffer.at_hand();
        let Some(&magic) = at_hand.first_chunk::<4>() else { return Look::More(4) };
        if let Some(classic) = classic::recognise(magic) {
            let Some(header) = at_hand.first_chunk() else { return Look::More(classic::HEADER) };
            match classic.interface(header) {
                Ok(interface) => self.interface = [interface],
                Err(flaw) => return Look::Wrong(flaw),
            }
            self.format = Format::Classic(classic);
            return Look::Pass(classic::HEADER as u64);
        }
        if u32::from_be_bytes(magic) != SECTION {
            return Look::Wrong(foreign(magic));
        }
        self.format = Format::Ng(Ng::new());
        Look::Pass(0)
    }

    fn stop(&mut self, flaw: Flaw) {
        self.end = Some(End::Stops { at: self.buffer.offset(), flaw });
    }

    /// Nothing will come any more: is that a good place to end?
    fn has_ended(&mut self) {
        let (at_hand, missing) = (self.buffer.at_hand(), self.buffer.missing());
        let (began, length) = self.passed;
        self.end = Some(match &mut self.format {
            _ if missing > 0 => End::Stops { at: began, flaw: Flaw::BlockCut { has: length - missing, of: length } },
            Format::Unknown => {
                let flaw = if at_hand.is_empty() { Flaw::Empty } else { Flaw::HeaderCut };
                End::Stops { at: 0, flaw }
            }
            _ if at_hand.is_empty() => End::Whole,
            Format::Classic(classic) => End::Stops { at: self.buffer.offset(), flaw: classic.cut(at_hand) },
            Format::Ng(ng) => End::Stops { at: self.buffer.offset(), flaw: ng.cut(at_hand) },
        });
    }

    /// Waits for more of the file. Where it can not be read, that is its end.
    pub fn read_more(&mut self) {
        match self.buffer.read_more(self.needed) {
            Ok(()) => {}
            Err(error) => self.stop(match error.get_ref().and_then(|inner| inner.downcast_ref()) {
                Some(Gone::Shorter) => Flaw::Shrank,
                Some(Gone::Removed) => Flaw::Removed,
                None => Flaw::Unreadable { why: words_of(&error) },
            }),
        }
    }
}

/// The system's words, without Rust's number behind them.
fn words_of(error: &std::io::Error) -> String {
    let words = error.to_string();
    words.split_once(" (os error").map_or(words.as_str(), |(words, _)| words).to_owned()
}

/// What begins so.
fn foreign(magic: [u8; 4]) -> Flaw {
    match magic {
        [0x1f, 0x8b, ..] => Flaw::Compressed { with: "gzip" },
        [0x28, 0xb5, 0x2f, 0xfd] => Flaw::Compressed { with: "zstd" },
        [0x04, 0x22, 0x4d, 0x18] => Flaw::Compressed { with: "lz4" },
        [0xfd, b'7', b'z', b'X'] => Flaw::Compressed { with: "xz" },
        [b'B', b'Z', b'h', _] => Flaw::Compressed { with: "bzip2" },
        [b's', b'n', b'o', b'o'] => Flaw::OtherFormat { name: "snoop" },
        [0x34, 0xcd, 0xb2, 0xa1] | [0xa1, 0xb2, 0xcd, 0x34] => Flaw::OtherFormat { name: "a modified pcap" },
        [b'G', b'M', b'B', b'U'] => Flaw::OtherFormat { name: "Microsoft Network Monitor" },
        begins => Flaw::NoCapture { begins },
    }
}
