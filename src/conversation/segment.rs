//! A TCP segment as the analysis needs it: the strict value behind the lenient packet.

use super::{length::payload_len, meaning::Offer, seq::Seq};
use crate::packet::{Packet, Tcp, TcpFlags};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
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
    /// What it says in its first selective acknowledgement, beside its acknowledgement number.
    pub(super) sack: Option<Sack>,
}

/// What the first block of a selective acknowledgement is about (RFC 2018 §4, RFC 2883 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sack {
    /// Bytes that have come behind a gap.
    Beyond,
    /// Bytes that have come once more.
    Duplicate,
}

impl Segment {
    pub(super) fn of(packet: &Packet) -> Option<Self> {
        let tcp = packet.tcp()?;
        let has = |flag| tcp.flags.contains(flag);
        Some(Self {
            seq: Seq(tcp.sequence),
            ack: has(TcpFlags::ACK).then_some(Seq(tcp.acknowledgement)),
            syn: has(TcpFlags::SYN),
            fin: has(TcpFlags::FIN),
            rst: has(TcpFlags::RST),
            push: has(TcpFlags::PSH),
            window: tcp.window,
            len: u32::try_from(payload_len(packet)).unwrap_or(u32::MAX),
            offer: offer(tcp),
            sack: sack(tcp),
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
}

fn offer(tcp: &Tcp) -> Offer {
    let options = &tcp.options;
    Offer {
        mss: options.mss,
        window_scale: options.window_scale,
        sack: options.sack_permitted,
        timestamps: options.timestamps.is_some(),
    }
}

/// The first block is the one that tells what has just come.
fn sack(tcp: &Tcp) -> Option<Sack> {
    let (_, end) = tcp.options.sack.as_slice().first()?;
    let is_old = !Seq(*end).after(Seq(tcp.acknowledgement));
    tcp.flags.contains(TcpFlags::ACK).then_some(if is_old { Sack::Duplicate } else { Sack::Beyond })
}
