//! From a capture file to packets: a thread reads and decodes ahead, so that both processors have something to do.
//!
//! Packets come in batches, which are used again. Before the thread waits for more of the file it hands over what it
//! has: what a pipe or a growing file has brought is shown at once.

use std::{
    collections::BTreeMap,
    sync::mpsc::{self, Receiver, SyncSender},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    kernel::clock::Stamp,
    packet::{self, LinkType, Packet},
    pcap::{End, Interface, Place, Reader, Record, Source, Step, write::Direction},
};

/// So many packets are handed over at once, or so many bytes of them.
const MOST_PACKETS: usize = 1024;
const MOST_BYTES: usize = 1 << 20;
/// So many batches are under way.
const BATCHES: usize = 4;

/// A packet of the file.
#[derive(Debug)]
pub(in crate::command) struct Item {
    /// Counted from 1.
    pub(in crate::command) number: u64,
    pub(in crate::command) at: Stamp,
    pub(in crate::command) interface: usize,
    pub(in crate::command) place: Place,
    pub(in crate::command) direction: Option<Direction>,
    pub(in crate::command) packet: Packet,
    pub(in crate::command) comments: Vec<String>,
    begin: usize,
}

#[derive(Debug, Default)]
pub(in crate::command) struct Batch {
    pub(in crate::command) items: Vec<Item>,
    bytes: Vec<u8>,
    /// Interfaces that were described since the batch before, and what the file has said of itself since.
    pub(in crate::command) interfaces: Vec<Interface>,
    pub(in crate::command) comments: Vec<String>,
}

impl Batch {
    /// The bytes of one of its items; empty where they are not kept.
    pub(in crate::command) fn bytes(&self, item: &Item) -> &[u8] {
        self.bytes.get(item.begin..item.begin + item.place.captured as usize).unwrap_or_default()
    }

    fn clear(&mut self) {
        self.items.clear();
        self.bytes.clear();
        self.interfaces.clear();
        self.comments.clear();
    }

    fn is_full(&self) -> bool {
        self.items.len() >= MOST_PACKETS || self.bytes.len() >= MOST_BYTES
    }
}

/// The other end of the thread.
#[derive(Debug)]
pub(in crate::command) struct Feed {
    full: Receiver<Batch>,
    empty: SyncSender<Batch>,
    thread: JoinHandle<Ended>,
}

/// How the file ended.
#[derive(Debug)]
pub(in crate::command) struct Ended {
    pub(in crate::command) end: End,
    /// What the file says of itself.
    pub(in crate::command) comments: Vec<String>,
    pub(in crate::command) interfaces: Vec<Interface>,
    /// How many packets come from links that this program does not know, by their kinds.
    pub(in crate::command) unknown: BTreeMap<u16, u64>,
}

/// What comes next.
pub(in crate::command) enum Next {
    Batch(Batch),
    /// Nothing has come for a while.
    Nothing,
    /// Nothing will come any more.
    Over,
}

impl Feed {
    /// Starts to read. The frames' bytes are kept where somebody looks at them.
    pub(in crate::command) fn start(source: Source, keeps_bytes: bool) -> std::io::Result<Self> {
        let (give_full, full) = mpsc::sync_channel(BATCHES);
        let (empty, take_empty) = mpsc::sync_channel(BATCHES);
        let thread = thread::Builder::new().name("capture file".into()).spawn(move || {
            let mut supplier =
                Supplier { batch: Batch::default(), give_full, take_empty, keeps_bytes, unknown: BTreeMap::new() };
            supplier.run(source)
        })?;
        Ok(Self { full, empty, thread })
    }

    /// The next packets, if any come within this time.
    pub(in crate::command) fn next(&self, patience: Duration) -> Next {
        match self.full.recv_timeout(patience) {
            Ok(batch) => Next::Batch(batch),
            Err(mpsc::RecvTimeoutError::Timeout) => Next::Nothing,
            Err(mpsc::RecvTimeoutError::Disconnected) => Next::Over,
        }
    }

    /// Gives a batch back that is not needed any more.
    pub(in crate::command) fn give_back(&self, batch: Batch) {
        // There are enough of them, or the thread has ended.
        let _ = self.empty.try_send(batch);
    }

    /// After the last batch: how the file ended.
    pub(in crate::command) fn finish(self) -> anyhow::Result<Ended> {
        drop(self.full);
        self.thread.join().map_err(|_| anyhow::anyhow!("the file could not be read; this is a fault of wiretutor"))
    }
}

/// The thread's own.
struct Supplier {
    batch: Batch,
    give_full: SyncSender<Batch>,
    take_empty: Receiver<Batch>,
    keeps_bytes: bool,
    unknown: BTreeMap<u16, u64>,
}

/// Nobody wants any more.
struct Unwanted;

impl Supplier {
    fn run(&mut self, source: Source) -> Ended {
        let mut reader = Reader::new(source);
        let _ = self.supply(&mut reader);
        Ended {
            end: reader.end().cloned().unwrap_or(End::Whole),
            comments: reader.comments().to_vec(),
            interfaces: reader.interfaces().to_vec(),
            unknown: std::mem::take(&mut self.unknown),
        }
    }

    fn supply(&mut self, reader: &mut Reader<Source>) -> Result<(), Unwanted> {
        let (mut number, mut described, mut said) = (0, 0, 0);
        loop {
            match reader.step() {
                Step::Record(record) => {
                    number += 1;
                    self.add(number, &record);
                    let news = &reader.interfaces()[described..];
                    described += news.len();
                    self.batch.interfaces.extend_from_slice(news);
                    let news = &reader.comments()[said..];
                    said += news.len();
                    self.batch.comments.extend_from_slice(news);
                    if self.batch.is_full() {
                        self.hand_over()?;
                    }
                }
                Step::NeedsMore => {
                    self.hand_over()?;
                    reader.read_more();
                }
                Step::End => return self.hand_over(),
            }
        }
    }

    fn add(&mut self, number: u64, record: &Record<'_>) {
        let link = LinkType::numbered(record.link);
        if link.is_none() {
            *self.unknown.entry(record.link).or_default() += 1;
        }
        let packet = decoded(link, record);
        let begin = self.batch.bytes.len();
        if self.keeps_bytes {
            self.batch.bytes.extend_from_slice(record.bytes);
        }
        let Record { at, interface, place, .. } = *record;
        let (direction, comments) = (record.comments.direction(), record.comments.iter().collect());
        self.batch.items.push(Item { number, at, interface, place, direction, packet, comments, begin });
    }

    fn hand_over(&mut self) -> Result<(), Unwanted> {
        if self.batch.items.is_empty() {
            return Ok(());
        }
        let mut empty = self.take_empty.try_recv().unwrap_or_default();
        empty.clear();
        self.give_full.send(std::mem::replace(&mut self.batch, empty)).map_err(|_| Unwanted)
    }
}

/// What a frame says. Where the capture has kept only its beginning, it is no fault that the rest is missing.
pub(in crate::command) fn decoded(link: Option<LinkType>, record: &Record<'_>) -> Packet {
    let mut packet = link.map_or_else(|| packet::opaque(record.bytes), |link| packet::decode_from(link, record.bytes));
    if record.place.captured < record.place.original {
        packet.faults = packet.faults.of_the_whole_frame();
    }
    packet
}
