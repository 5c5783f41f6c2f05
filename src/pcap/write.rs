//! pcapng, written: a section, its interfaces, and frames with nanoseconds, directions and comments.
//!
//! A [`Writer`] keeps nothing: each block goes out as it is asked for, so an interface has to be written before the
//! frames that it carried. What the comments say is left to the faces.

use std::io::{self, Write};

use super::block::{BYTE_ORDER, ENHANCED_PACKET, INTERFACE, SECTION, option};
use crate::{kernel::clock::Stamp, packet::LinkType};

/// How every file in this format begins.
pub const BEGINNING: [u8; 4] = SECTION.to_le_bytes();

/// Nobody has to know beforehand how long the section gets.
const UNKNOWN_LENGTH: u64 = u64::MAX;
/// `if_tsresol`: times count in units of 10 to the power of minus this.
const NANOSECONDS: u8 = 9;
/// The longest value of an option that needs no more room with its padding.
const LONGEST: usize = 65_532;
/// Readers refuse blocks of more than 16 MiB; the comments of one block may take so much of it.
const ALL_COMMENTS: usize = 8 << 20;

/// What the file says of itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Section<'s> {
    pub hardware: Option<&'s str>,
    pub os: Option<&'s str>,
    pub application: Option<&'s str>,
    pub comments: &'s [String],
}

#[derive(Clone, Copy, Debug)]
pub struct Interface<'i> {
    pub name: &'i str,
    pub description: &'i str,
    /// The number of its kind of link in the registry, be it known here or not.
    pub link: u16,
    /// The most that was captured of a frame; 0 says that all of it was.
    pub snaplen: u32,
}

impl Default for Interface<'_> {
    fn default() -> Self {
        Self { name: "", description: "", link: LinkType::Ethernet.number(), snaplen: 0 }
    }
}

/// An interface that the file knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceId(u32);

/// Which way a frame went, seen from its interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Inbound,
    Outbound,
}

#[derive(Clone, Copy, Debug)]
pub struct Frame<'f> {
    pub interface: InterfaceId,
    pub at: Stamp,
    /// What was captured of it.
    pub bytes: &'f [u8],
    /// How long it was.
    pub original: u32,
    pub direction: Option<Direction>,
    pub comments: &'f [String],
}

/// A pcapng file on its way out.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    interfaces: u32,
}

impl<W: Write> Writer<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// When it can not be written.
    pub fn new(out: W, section: &Section) -> io::Result<Self> {
        let mut block = Block::new(SECTION);
        block.words(&[BYTE_ORDER]).halves(&[1, 0]).bytes(&UNKNOWN_LENGTH.to_le_bytes());
        block.comments(section.comments);
        for (code, text) in
            [(option::HARDWARE, section.hardware), (option::OS, section.os), (option::APPLICATION, section.application)]
        {
            text.into_iter().for_each(|text| block.text(code, text));
        }
        let mut this = Self { out, interfaces: 0 };
        this.block(block)?;
        Ok(this)
    }

    /// # Errors
    /// When it can not be written.
    pub fn interface(&mut self, interface: &Interface) -> io::Result<InterfaceId> {
        let mut block = Block::new(INTERFACE);
        block.halves(&[interface.link, 0]).words(&[interface.snaplen]);
        for (code, text) in [(option::NAME, interface.name), (option::DESCRIPTION, interface.description)] {
            Some(text).filter(|text| !text.is_empty()).into_iter().for_each(|text| block.text(code, text));
        }
        block.option(option::RESOLUTION, &[NANOSECONDS]);
        self.block(block)?;
        self.interfaces += 1;
        Ok(InterfaceId(self.interfaces - 1))
    }

    /// # Errors
    /// When it can not be written.
    pub fn frame(&mut self, frame: &Frame) -> io::Result<()> {
        let mut block = Block::new(ENHANCED_PACKET);
        let (high, low) = halves(frame.at.0);
        block.words(&[frame.interface.0, high, low, length(frame.bytes)?, frame.original]);
        block.bytes(frame.bytes).pad();
        block.comments(frame.comments);
        if let Some(direction) = frame.direction {
            let flags: u32 = if direction == Direction::Inbound { 1 } else { 2 };
            block.option(option::FLAGS, &flags.to_le_bytes());
        }
        self.block(block)
    }

    /// What it was written to. It is left to the caller to flush that.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn block(&mut self, block: Block) -> io::Result<()> {
        self.out.write_all(&block.finish()?)
    }
}

/// The higher and the lower half of a number.
const fn halves(number: u64) -> (u32, u32) {
    #[expect(clippy::cast_possible_truncation, reason = "that is what the lower half is")]
    ((number >> 32) as u32, number as u32)
}

fn length(bytes: &[u8]) -> io::Result<u32> {
    u32::try_from(bytes.len()).map_err(|_| io::Error::other("more than a capture file can hold"))
}

/// A block while it is put together: its kind, room for its length, its body.
struct Block {
    bytes: Vec<u8>,
    has_options: bool,
}

impl Block {
    fn new(kind: u32) -> Self {
        Self { bytes: [kind.to_le_bytes(), [0; 4]].concat(), has_options: false }
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend(bytes);
        self
    }

    fn words(&mut self, words: &[u32]) -> &mut Self {
        words.iter().for_each(|word| self.bytes.extend(word.to_le_bytes()));
        self
    }

    fn halves(&mut self, halves: &[u16]) -> &mut Self {
        halves.iter().for_each(|half| self.bytes.extend(half.to_le_bytes()));
        self
    }

    /// Every part of a block begins at a multiple of four.
    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// An option whose value is at most [`LONGEST`]; what is longer is cut.
    fn option(&mut self, code: u16, value: &[u8]) {
        let value = &value[..value.len().min(LONGEST)];
        let length = u16::try_from(value.len()).unwrap_or_default();
        self.halves(&[code, length]).bytes(value).pad();
        self.has_options = true;
    }

    fn text(&mut self, code: u16, text: &str) {
        self.option(code, &text.as_bytes()[..boundary(text, LONGEST)]);
    }

    /// Each comment, in as many pieces as it needs; and as many as there is room for.
    fn comments(&mut self, comments: &[String]) {
        let start = self.bytes.len();
        for (written, comment) in comments.iter().enumerate() {
            if self.bytes.len() - start + comment.len() > ALL_COMMENTS {
                let left = comments.len() - written;
                return self.text(option::COMMENT, &format!("{left} more comments have no room in this file."));
            }
            pieces(comment).for_each(|piece| self.text(option::COMMENT, piece));
        }
    }

    /// With the end of its options, and with its length at both ends.
    fn finish(mut self) -> io::Result<Vec<u8>> {
        if self.has_options {
            self.halves(&[0, 0]);
        }
        self.words(&[0]);
        let length = length(&self.bytes)?.to_le_bytes();
        let end = self.bytes.len() - 4;
        self.bytes[4..8].copy_from_slice(&length);
        self.bytes[end..].copy_from_slice(&length);
        Ok(self.bytes)
    }
}

/// A text in pieces that an option can hold, cut between characters.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let (piece, behind) = rest?.split_at(boundary(rest?, LONGEST));
        rest = Some(behind).filter(|behind| !behind.is_empty());
        Some(piece)
    })
}

/// The last place up to `most` where a character begins.
fn boundary(text: &str, most: usize) -> usize {
    (0..=most.min(text.len())).rev().find(|place| text.is_char_boundary(*place)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// The kinds and bodies of the blocks of a file. Panics where the lengths at their ends do not fit.
    fn blocks(mut file: &[u8]) -> Vec<(u32, &[u8])> {
        let word = |bytes: &[u8]| u32::from_le_bytes(bytes[..4].try_into().unwrap());
        let mut blocks = Vec::new();
        while !file.is_empty() {
            let length = word(&file[4..]) as usize;
            assert!(length.is_multiple_of(4) && word(&file[length - 4..]) as usize == length);
            blocks.push((word(file), &file[8..length - 4]));
            file = &file[length..];
        }
        blocks
    }

    /// The options at the end of a block.
    fn options(mut rest: &[u8]) -> Vec<(u16, &[u8])> {
        let half = |bytes: &[u8]| u16::from_le_bytes(bytes[..2].try_into().unwrap());
        let mut options = Vec::new();
        while !rest.is_empty() {
            let (code, length) = (half(rest), usize::from(half(&rest[2..])));
            if code == 0 {
                assert_eq!(rest, [0; 4], "the end is the end");
                return options;
            }
            options.push((code, &rest[4..4 + length]));
            rest = &rest[4 + length.next_multiple_of(4)..];
        }
        assert!(options.is_empty(), "options without their end");
        options
    }

    /// A file of one frame with these comments.
    fn file(bytes: &[u8], comments: &[String]) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), &Section::default()).unwrap();
        let interface = writer.interface(&Interface { name: "eth0", ..Interface::default() }).unwrap();
        let original = u32::try_from(bytes.len()).unwrap();
        let at = Stamp(0x1122_3344_5566_7788);
        writer.frame(&Frame { interface, at, bytes, original, direction: None, comments }).unwrap();
        writer.into_inner()
    }

    fn comments_of(file: &[u8], frame: usize) -> Vec<String> {
        let body = blocks(file)[2].1;
        let options = options(&body[20 + frame.next_multiple_of(4)..]);
        options.iter().map(|(_, value)| String::from_utf8(value.to_vec()).unwrap()).collect()
    }

    #[test]
    fn a_section_says_what_it_is() {
        let section = Section {
            hardware: Some("a"),
            os: Some("Linux"),
            application: Some("wiretutor"),
            comments: &["one".into(), "two".into()],
        };
        let file = Writer::new(Vec::new(), &section).unwrap().into_inner();
        let (kind, body) = blocks(&file)[0];
        assert_eq!(
            (kind, &body[..8], &body[8..16]),
            (SECTION, &[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0][..], &[0xff; 8][..])
        );
        let said: [(u16, &[u8]); 5] = [(1, b"one"), (1, b"two"), (2, b"a"), (3, b"Linux"), (4, b"wiretutor")];
        assert_eq!(options(&body[16..]), said);
    }

    #[test]
    fn an_interface_counts_in_nanoseconds() {
        let mut writer = Writer::new(Vec::new(), &Section::default()).unwrap();
        let of =
            |link: LinkType| Interface { name: "client", description: "10.0.0.1", link: link.number(), snaplen: 96 };
        let ids = [LinkType::Ethernet, LinkType::CookedTwo].map(|link| writer.interface(&of(link)).unwrap());
        assert_eq!(ids, [InterfaceId(0), InterfaceId(1)]);
        let file = writer.into_inner();
        let (kind, body) = blocks(&file)[2];
        assert_eq!((kind, &body[..8]), (INTERFACE, &[0x14, 1, 0, 0, 96, 0, 0, 0][..]));
        let said: [(u16, &[u8]); 3] = [(2, b"client"), (3, b"10.0.0.1"), (9, &[9])];
        assert_eq!(options(&body[8..]), said);
    }

    #[test]
    fn a_frame_has_its_time_its_lengths_and_its_direction() {
        let mut writer = Writer::new(Vec::new(), &Section::default()).unwrap();
        let interface = writer.interface(&Interface::default()).unwrap();
        let direction = Some(Direction::Outbound);
        let frame =
            Frame { interface, at: Stamp(0x1_0000_0002), bytes: b"abcde", original: 7, direction, comments: &[] };
        writer.frame(&frame).unwrap();
        let file = writer.into_inner();
        let (kind, body) = blocks(&file)[2];
        let words: Vec<u32> = body[..20].chunks(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect();
        assert_eq!((kind, &words[..], &body[20..28]), (ENHANCED_PACKET, &[0, 1, 2, 5, 7][..], &b"abcde\0\0\0"[..]));
        assert_eq!(options(&body[28..]), [(2, &[2, 0, 0, 0][..])]);
    }

    #[test]
    fn a_long_comment_is_cut_between_characters() {
        let long = "é".repeat(LONGEST);
        let comments = comments_of(&file(b"", std::slice::from_ref(&long)), 0);
        assert_eq!((comments.len(), comments.concat()), (2, long));
        let odd = format!("x{}", "é".repeat(LONGEST / 2));
        assert_eq!(comments_of(&file(b"", &[odd]), 0)[0].len(), LONGEST - 1);
    }

    #[test]
    fn more_comments_than_a_reader_takes_are_counted() {
        let comments = vec!["a".repeat(LONGEST); 200];
        let file = file(b"", &comments);
        assert!(file.len() < 16 << 20);
        let kept = comments_of(&file, 0);
        let left = comments.len() - (kept.len() - 1);
        assert_eq!(kept.last(), Some(&format!("{left} more comments have no room in this file.")));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(bytes in vec(any::<u8>(), 0..200), comments in vec(any::<String>(), 0..5)) {
            let file = file(&bytes, &comments);
            let body = blocks(&file)[2].1;
            prop_assert_eq!(&body[20..20 + bytes.len()], &bytes[..]);
            prop_assert_eq!(comments_of(&file, bytes.len()), comments);
        }
    }
}
