//! What is seen of a capture file: the list of its conversations, its packets, one conversation as a ladder, JSON.
//!
//! Each of these is a function of packets and what was found out about them. Where they come from, which of them are
//! shown and how the file ended is left to the command.

pub mod export;
pub mod json;
pub mod ladder;
pub mod list;
pub mod packets;
pub(in crate::face) mod row;
#[cfg(test)]
mod tests;

use crate::{
    conversation::{Counting, Reading},
    kernel::clock::Stamp,
    narrate::{english::account::remark, narrate},
    packet::{Packet, TcpFlags},
    pcap::{Place, write::Direction},
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
    /// Which way it went, where the file says so.
    pub direction: Option<Direction>,
    pub packet: &'s Packet,
    pub reading: &'s Reading,
    /// What somebody wrote beside it in the file.
    pub comments: &'s [String],
}

/// So many lines of what the file says about a packet are shown.
const MOST_REMARKS: usize = 20;

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
    pub(in crate::face) fn counting(&self, numbers: Numbers) -> Counting {
        match numbers {
            Numbers::Relative => Counting::relative(self.packet, self.reading),
            Numbers::Raw => Counting::RAW,
        }
    }

    /// Adds the window that its sender offers, in bytes where their unit is known; a closed one stands elsewhere.
    pub(in crate::face) fn add_window(&self, line: &mut String) {
        let Some(tcp) = self.packet.tcp() else { return };
        if tcp.window > 0 && !tcp.flags.contains(TcpFlags::RST) {
            line.push_str(" win=");
            line.push_str(itoa::Buffer::new().format(self.reading.measures.window.unwrap_or(tcp.window.into())));
        }
    }

    /// The lines of what stands beside it in the file, not without end, and without what [`export`] has put there: that is
    /// told here anyway.
    pub(in crate::face) fn remarks(&self) -> impl Iterator<Item = String> {
        let told = narrate(self.reading, self.packet, &|end| end.to_string());
        let headline = format!("\"{}\"", told.headline);
        let is_news = move |comment: &&String| **comment != headline && !told.detail.contains(comment);
        let lines = self.comments.iter().filter(is_news).flat_map(|comment| comment.lines());
        lines.take(MOST_REMARKS).map(remark)
    }

    /// Nanoseconds since the capture began; negative where its clock ran backwards.
    pub(in crate::face) fn since_began(&self) -> i128 {
        i128::from(self.at.0) - i128::from(self.began.0)
    }
}
