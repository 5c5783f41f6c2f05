//! A TCP segment as the analysis needs it: the strict value behind the lenient packet.

use super::{length::payload_len, offer::Offer, seq::Seq};
use crate::{
    kernel::clock::Stamp,
    packet::{Packet, Tcp, TcpFlags},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// When it was seen.
    pub(super) at: Stamp,
    pub(super) seq: Seq,
    /// The acknowledgement number, where the ACK flag says that it is one.
    pub(super) ack: Option<Seq>,
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
    pub(super) push: bool,
    pub(super) window: u16,
    /// Bytes of data.
    pub(super) len: u32,
    pub(super) offer: Offer,
    pub(super) sack: Option<Sack>,
}

/// What a selective acknowledgement says beside the acknowledgement number (RFC 2018 §4, RFC 2883 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sack {
    /// The first block, which tells what has just come, tells of bytes that have come once more.
    pub(super) tells_duplicate: bool,
    /// How many blocks lie behind the acknowledgement number.
    pub(super) blocks: u8,
    /// Where the nearest of them begins.
    pub(super) first: Seq,
    /// Where the farthest of them ends.
    pub(super) end: Seq,
    /// All their bytes.
    pub(super) bytes: u32,
}

impl Segment {
    pub(super) fn of(at: Stamp, packet: &Packet) -> Option<Self> {
        let tcp = packet.tcp()?;
        let has = |flag| tcp.flags.contains(flag);
        let syn = has(TcpFlags::SYN);
        Some(Self {
            at,
            seq: Seq(tcp.sequence),
            ack: has(TcpFlags::ACK).then_some(Seq(tcp.acknowledgement)),
            syn,
            fin: has(TcpFlags::FIN),
            rst: has(TcpFlags::RST),
            push: has(TcpFlags::PSH),
            window: tcp.window,
            len: u32::try_from(payload_len(packet)).unwrap_or(u32::MAX),
            offer: if syn { Offer::of(tcp) } else { Offer::default() },
            sack: Sack::of(tcp),
        })
    }

    /// The number after the last one that this segment takes: SYN and FIN take one each.
    pub(super) fn end(&self) -> Seq {
        self.data_end().plus(u32::from(self.fin))
    }

    /// Where its first byte stands, if it has one.
    pub(super) fn data_start(&self) -> Seq {
        self.seq.plus(u32::from(self.syn))
    }

    pub(super) fn data_end(&self) -> Seq {
        self.data_start().plus(self.len)
    }

    /// Takes no number at all: an acknowledgement and nothing else.
    pub(super) fn is_bare(&self) -> bool {
        self.len == 0 && !self.syn && !self.fin && !self.rst
    }

    /// Belongs neither to the opening nor to the end.
    pub(super) fn is_plain(&self) -> bool {
        !self.syn && !self.fin && !self.rst
    }
}

impl Sack {
    fn of(tcp: &Tcp) -> Option<Self> {
        let blocks = tcp.options.sack.as_slice();
        let (_, newest) = *blocks.first()?;
        if !tcp.flags.contains(TcpFlags::ACK) {
            return None;
        }
        let ack = Seq(tcp.acknowledgement);
        let mut sack = Self { tells_duplicate: !Seq(newest).after(ack), blocks: 0, first: ack, end: ack, bytes: 0 };
        for (from, to) in blocks.iter().map(|(from, to)| (Seq(*from), Seq(*to))) {
            if from.after(ack) && to.after(from) {
                sack.add(from, to);
            }
        }
        Some(sack)
    }

    fn add(&mut self, from: Seq, to: Seq) {
        self.first = if self.blocks == 0 || from.before(self.first) { from } else { self.first };
        self.end = self.end.latest(to);
        self.bytes = self.bytes.saturating_add(to.since(from));
        self.blocks += 1;
    }
}
