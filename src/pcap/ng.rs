//! The pcapng format: blocks, in sections that have a byte order and interfaces of their own.

use super::{
    block::{BYTE_ORDER, ENHANCED_PACKET, INTERFACE, OLD_PACKET, SECTION, SIMPLE_PACKET, option},
    flaw::Flaw,
    reader::{Interface, Layout, Look, MOST_BYTES, Order},
    time::Unit,
    write::Direction,
};
use crate::kernel::clock::Stamp;

/// Type, length, and the length again at the end.
const LEAST: u32 = 12;
/// What is held as a whole: a packet, its header and its options.
const MOST_HELD: u32 = MOST_BYTES + (1 << 20);
const MOST_INTERFACES: usize = 1 << 16;
/// What comments on sections and interfaces may come to: nobody reads more.
const MOST_COMMENTS: usize = 1 << 16;

/// What an interface is called may be so long.
const MOST_NAME: usize = 256;

#[derive(Debug)]
pub(super) struct Ng {
    order: Order,
    /// The number of the present section's first interface.
    first: usize,
    pub(super) interfaces: Vec<Interface>,
    /// What is said about the file as a whole, and how much more of it is kept.
    pub(super) comments: Vec<String>,
    room: usize,
    /// When the packet before was captured: the older kind of block does not say.
    last: Stamp,
}

impl Ng {
    pub(super) const fn new() -> Self {
        Self {
            order: Order::Little,
            first: 0,
            interfaces: Vec::new(),
            comments: Vec::new(),
            room: MOST_COMMENTS,
            last: Stamp(0),
        }
    }

    pub(super) const fn order(&self) -> Order {
        self.order
    }

    pub(super) fn look(&mut self, at_hand: &[u8]) -> Look {
        let Some(&[a, b, c, d, e, f, g, h]) = at_hand.first_chunk::<8>() else { return Look::More(8) };
        let kind = self.order.u32([a, b, c, d]);
        if kind == SECTION {
            let Some(order) = at_hand.first_chunk::<12>() else { return Look::More(12) };
            if let Err(flaw) = self.begin_section([order[8], order[9], order[10], order[11]]) {
                return Look::Wrong(flaw);
            }
        }
        let length = self.order.u32([e, f, g, h]);
        if length < LEAST || !length.is_multiple_of(4) {
            return Look::Wrong(Flaw::AbsurdBlock { length });
        }
        if !matches!(kind, SECTION | INTERFACE | OLD_PACKET | SIMPLE_PACKET | ENHANCED_PACKET) {
            return Look::Pass(length.into());
        }
        if length > MOST_HELD {
            return Look::Wrong(Flaw::AbsurdBlock { length });
        }
        match at_hand.get(..length as usize) {
            None => Look::More(length as usize),
            Some(block) => self.block(kind, length, block).unwrap_or_else(Look::Wrong),
        }
    }

    fn begin_section(&mut self, mark: [u8; 4]) -> Result<(), Flaw> {
        let orders = [Order::Little, Order::Big];
        let order = orders.into_iter().find(|order| order.u32(mark) == BYTE_ORDER);
        self.order = order.ok_or(Flaw::NoByteOrder { found: u32::from_be_bytes(mark) })?;
        Ok(())
    }

    /// A whole block.
    fn block(&mut self, kind: u32, length: u32, block: &[u8]) -> Result<Look, Flaw> {
        let last = self.order.word(block, block.len() - 4);
        if last != Some(length) {
            return Err(Flaw::LengthsDiffer { first: length, last: last.unwrap_or_default() });
        }
        let too_short = || Flaw::BlockTooShort { length };
        match kind {
            SECTION => {
                let (major, minor) =
                    self.order.half(block, 12).zip(self.order.half(block, 14)).ok_or_else(too_short)?;
                if major != 1 {
                    return Err(Flaw::UnknownVersion { major, minor });
                }
                self.section(block).ok_or_else(too_short)?;
            }
            INTERFACE => {
                let interface = self.interface(block).ok_or_else(too_short)?;
                if self.interfaces.len() >= MOST_INTERFACES {
                    return Err(Flaw::TooManyInterfaces);
                }
                self.interfaces.push(interface);
            }
            _ => {
                let layout = self.packet(kind, block).ok_or_else(too_short)??;
                self.last = layout.at;
                return Ok(Look::Packet(layout));
            }
        }
        Ok(Look::Pass(length.into()))
    }

    fn section(&mut self, block: &[u8]) -> Option<()> {
        let options = block.get(24..block.len() - 4)?;
        self.first = self.interfaces.len();
        self.keep_comments(options);
        Some(())
    }

    fn keep_comments(&mut self, options: &[u8]) {
        for comment in Options::new(self.order, options).comments() {
            let Some(room) = self.room.checked_sub(comment.len()) else { return };
            self.room = room;
            self.comments.push(comment);
        }
    }

    fn interface(&mut self, block: &[u8]) -> Option<Interface> {
        let options = block.get(16..block.len() - 4)?;
        let link = self.order.half(block, 8)?;
        let snap = self.order.word(block, 12)?;
        let mut interface = Interface { link, snap, order: self.order, ..Interface::default() };
        for (code, value) in Options::new(self.order, options) {
            match (code, value) {
                (option::NAME, name) => interface.name = text(&name[..name.len().min(MOST_NAME)]),
                (option::DESCRIPTION, words) => interface.description = text(&words[..words.len().min(MOST_NAME)]),
                (option::RESOLUTION, [resolution, ..]) => interface.unit = Unit::resolution(*resolution)?,
                (option::OFFSET, value) => {
                    interface.offset = value.first_chunk().map_or(0, |bytes| self.order.u64(*bytes) as i64);
                }
                _ => {}
            }
        }
        self.keep_comments(options);
        Some(interface)
    }

    /// A packet's layout; `None` where the block is too short for what it says.
    fn packet(&self, kind: u32, block: &[u8]) -> Option<Result<Layout, Flaw>> {
        let word = |at| self.order.word(block, at);
        let (number, time, captured, original, begin) = match kind {
            ENHANCED_PACKET => (word(8)?, (word(12)?, word(16)?), word(20)?, word(24)?, 28),
            OLD_PACKET => (self.order.half(block, 8)?.into(), (word(12)?, word(16)?), word(20)?, word(24)?, 28),
            _ => {
                let original = word(8)?;
                let snap = self.interfaces.get(self.first).map_or(u32::MAX, Interface::snap);
                (0, (0, 0), original.min(snap), original, 12)
            }
        };
        let index = self.first + number as usize;
        let Some(interface) = self.interfaces.get(index) else {
            return Some(Err(Flaw::UndescribedInterface { number }));
        };
        if captured > MOST_BYTES {
            return Some(Err(Flaw::AbsurdPacket { length: captured.into() }));
        }
        let (data, end) = (begin..begin + captured as usize, block.len() - 4);
        let options = data.end.next_multiple_of(4)..end;
        if options.start > end {
            return None;
        }
        let at = match kind {
            // It has no time of its own.
            SIMPLE_PACKET => self.last,
            _ => interface.unit.stamp(u64::from(time.0) << 32 | u64::from(time.1), interface.offset),
        };
        Some(Ok(Layout { at, interface: index, original, data, options, total: block.len() }))
    }

    /// The file ends here.
    pub(super) fn cut(&mut self, at_hand: &[u8]) -> Flaw {
        let (kind, has) = (self.order.word(at_hand, 0), at_hand.len() as u64);
        match (self.look(at_hand), kind) {
            (Look::More(..=12), _) => Flaw::RecordHeaderCut,
            (Look::More(of), Some(OLD_PACKET | SIMPLE_PACKET | ENHANCED_PACKET)) => {
                Flaw::PacketCut { has, of: of as u64 }
            }
            (Look::More(of), _) => Flaw::BlockCut { has, of: of as u64 },
            _ => Flaw::RecordHeaderCut,
        }
    }
}

/// Text of the file, where there is any.
fn text(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_end_matches('\0');
    (!text.is_empty()).then(|| text.to_owned())
}

/// The options of a block: code and value, up to the first that is damaged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options<'a> {
    order: Order,
    rest: &'a [u8],
}

impl<'a> Options<'a> {
    pub(super) const fn new(order: Order, bytes: &'a [u8]) -> Self {
        Self { order, rest: bytes }
    }

    pub(super) fn direction(mut self) -> Option<Direction> {
        let order = self.order;
        let (_, value) = self.find(|(code, _)| *code == option::FLAGS)?;
        match order.word(value, 0)? & 3 {
            1 => Some(Direction::Inbound),
            2 => Some(Direction::Outbound),
            _ => None,
        }
    }

    pub(super) fn comments(self) -> impl Iterator<Item = String> + 'a {
        self.filter(|(code, _)| *code == option::COMMENT).filter_map(|(_, value)| text(value))
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (code, length) = (self.order.half(self.rest, 0)?, usize::from(self.order.half(self.rest, 2)?));
        let value = self.rest.get(4..4 + length)?;
        self.rest = self.rest.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
        (code != 0).then_some((code, value))
    }
}
