//! What the screens of a capture are told, and what they ask for.

use std::{net::SocketAddr, sync::Arc};

use crate::{
    conversation::{Meaning, Reading, account::Account, signs},
    face::capture::Seen,
    kernel::{clock::Stamp, state::TcpState},
    packet::{LinkType, Packet},
    pcap::{Place, write::Direction},
};

/// Something was found out.
#[derive(Debug)]
pub enum CaptureNews {
    /// Of the file as a whole.
    File(FileNews),
    /// Of the conversation that is looked at.
    Course(CourseNews),
}

/// New and changed conversations since the news before, and how far the file is read.
#[derive(Clone, Debug, Default)]
pub struct FileNews {
    /// Each with its number, in ascending order. A new one's number is the next that nobody has.
    pub accounts: Vec<(u32, Account)>,
    pub progress: Progress,
    /// How it ended; with the last news.
    pub end: Option<FileEnd>,
}

/// How far the file is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub packets: u64,
    /// How many of them belong to no conversation.
    pub strays: u64,
    /// Of the file.
    pub bytes: u64,
    /// When the first packet was captured, and how long after it the latest one.
    pub began: Stamp,
    pub lasted_ns: u64,
}

/// What there is to say of the file when it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileEnd {
    /// What was not understood, and where and why it breaks off, a sentence each.
    pub troubles: Vec<String>,
    /// What the file says of itself.
    pub comments: Vec<String>,
}

/// News of one conversation's packets. A packet's position is its place among those that are shown.
#[derive(Debug)]
pub enum CourseNews {
    /// So many packets are known by now.
    Grown {
        stream: u32,
        packets: usize,
        /// The positions of packets worth a look, behind those that were told before.
        notes: Vec<u32>,
        /// All of the file was gone through.
        is_whole: bool,
    },
    /// Packets that were asked for.
    Sheet(Sheet),
    /// The packet that was asked for by its number in the file, or the one behind it, is at this position.
    Found { stream: u32, position: Option<usize> },
    /// The file can not be read any more.
    Failed { stream: u32, why: String },
}

/// Packets of one conversation that stand one behind the other.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    pub stream: u32,
    /// The position of the first one.
    pub from: usize,
    pub packets: Vec<Arc<Found>>,
}

impl Sheet {
    #[must_use]
    pub fn get(&self, position: usize) -> Option<&Arc<Found>> {
        self.packets.get(position.checked_sub(self.from)?)
    }

    /// Whether it holds all of these positions.
    #[must_use]
    pub fn covers(&self, from: usize, to: usize) -> bool {
        self.from <= from && to <= self.from + self.packets.len()
    }
}

/// A packet that was read again, with what it means at its place.
#[derive(Debug)]
pub struct Found {
    /// Its place in the file, counted from 1.
    pub number: u64,
    pub at: Stamp,
    pub interface: usize,
    pub place: Place,
    pub direction: Option<Direction>,
    pub bytes: Vec<u8>,
    pub link: Option<LinkType>,
    pub packet: Packet,
    pub reading: Reading,
    pub comments: Vec<String>,
    /// The state of both ends behind it, as far as packets tell.
    pub states: Vec<(SocketAddr, Option<TcpState>)>,
}

impl Found {
    /// As the faces of captures take it.
    #[must_use]
    pub fn seen(&self, began: Stamp) -> Seen<'_> {
        let Self { number, at, interface, place, direction, ref packet, ref reading, .. } = *self;
        let (bytes, comments) = (self.bytes.as_slice(), self.comments.as_slice());
        Seen { number, at, began, interface, bytes, place, direction, packet, reading, comments }
    }
}

/// Whether somebody who looks for what went wrong wants to see it.
#[must_use]
pub fn is_noteworthy(reading: &Reading) -> bool {
    let tells = |meaning: &Meaning| matches!(meaning, Meaning::Resets(_) | Meaning::IcmpError { .. });
    !signs(reading).is_empty() || reading.meanings.iter().any(tells)
}

/// What a screen asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureEffect {
    /// The packets of this conversation are to be read again; it is told how many there are.
    Open { stream: u32 },
    /// These packets are to be seen.
    Fetch { stream: u32, from: usize, count: usize },
    /// At which position is the packet of this number?
    Find { stream: u32, number: u64 },
    /// The conversation is not looked at any more.
    Close,
    /// Neither is the capture.
    Leave,
}
