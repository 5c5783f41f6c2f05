//! What is seen of a capture file: the list of its conversations, its packets, one conversation as a ladder, JSON.
//!
//! Each of these is a function of packets and what was found out about them. Where they come from, which of them are
//! shown and how the file ended is left to the command.

pub mod json;
pub mod ladder;
pub mod list;
pub mod packets;
mod row;
#[cfg(test)]
mod tests;

use crate::{
    conversation::{Counting, Reading},
    kernel::clock::Stamp,
    packet::Packet,
    pcap::Place,
};

/// A packet as these faces are given it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'s> {
    /// Its place in the file, counted from 1.
    pub number: u64,
    pub at: Stamp,
    /// When the capture began: the zero of the times that are shown.
    pub began: Stamp,
    pub interface: usize,
    pub bytes: &'s [u8],
    pub place: Place,
    pub packet: &'s Packet,
    pub reading: &'s Reading,
    /// What somebody wrote beside it in the file.
    pub comments: &'s [String],
}

/// How TCP's numbers are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// Counted from the first one of each side.
    #[default]
    Relative,
    /// As they stand in the packets.
    Raw,
}

impl Seen<'_> {
    fn counting(&self, numbers: Numbers) -> Counting {
        match numbers {
            Numbers::Relative => Counting::relative(self.packet, self.reading),
            Numbers::Raw => Counting::RAW,
        }
    }

    /// Nanoseconds since the capture began; negative where its clock ran backwards.
    fn since_began(&self) -> i128 {
        i128::from(self.at.0) - i128::from(self.began.0)
    }
}
