//! Holds the analysis of a capture against tshark's, packet by packet.

use std::{collections::HashMap, fs::File, path::Path, process::Command};

#[path = "ledger.rs"]
mod ledger;

use ledger::{Facts, Ledger};
use wiretutor::{
    conversation::{Reading, Sign, Signs, Tracker, payload_len, signs},
    packet::{LinkType, Packet, decode_from},
    pcap::Reader,
};

/// The fields that are compared number by number.
pub(crate) const FIELDS: [&str; 9] =
    ["stream", "seq", "ack", "len", "window_size", "bytes_in_flight", "ack_rtt", "initial_rtt", "rto"];

/// What tshark is asked for, beside the signs.
const ASKED: [&str; 12] = [
    "frame.number",
    "tcp.stream",
    "tcp.seq",
    "tcp.ack",
    "tcp.len",
    "tcp.window_size",
    "tcp.window_size_scalefactor",
    "tcp.analysis.bytes_in_flight",
    "tcp.analysis.ack_rtt",
    "tcp.analysis.initial_rtt",
    "tcp.analysis.rto",
    "tcp.srcport",
];

/// How often we and tshark say something, and how often both do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count {
    pub(crate) ours: usize,
    pub(crate) theirs: usize,
    pub(crate) both: usize,
    /// Where only one does, and a look at the whole capture shows that we are right: what only we say, and what only
    /// tshark says.
    pub(crate) proved: [usize; 2],
}

impl Count {
    pub(crate) fn add(&mut self, ours: bool, theirs: bool) {
        self.ours += usize::from(ours);
        self.theirs += usize::from(theirs);
        self.both += usize::from(ours && theirs);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.ours += other.ours;
        self.theirs += other.theirs;
        self.both += other.both;
        self.proved = [self.proved[0] + other.proved[0], self.proved[1] + other.proved[1]];
    }
}

/// Where we and tshark differ.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub(crate) frame: usize,
    /// A sign, or a field.
    pub(crate) about: &'static str,
    pub(crate) ours: String,
    pub(crate) theirs: String,
    pub(crate) reading: String,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Comparison {
    pub(crate) segments: usize,
    pub(crate) signs: [Count; Sign::ALL.len()],
    /// How often both tell a number, and how often it is the same.
    pub(crate) fields: [Count; FIELDS.len()],
    pub(crate) differences: Vec<Difference>,
}

impl Comparison {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.segments += other.segments;
        self.signs.iter_mut().zip(other.signs).for_each(|(count, other)| count.merge(other));
        self.fields.iter_mut().zip(other.fields).for_each(|(count, other)| count.merge(other));
    }
}

/// What tshark says of one segment.
struct Theirs {
    signs: Vec<bool>,
    values: Vec<String>,
}

fn tshark(path: &Path) -> std::io::Result<HashMap<usize, Theirs>> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-r"]).arg(path).args(["-o", "ip.defragment:FALSE", "-Y", "tcp", "-T", "fields"]);
    command.args(["-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=;"]);
    let signs = Sign::ALL.iter().map(|sign| format!("tcp.analysis.{}", sign.name()));
    let fields = ASKED.iter().map(|field| (*field).to_owned()).chain(signs);
    command.args(fields.flat_map(|field| ["-e".to_owned(), field]));
    let output = command.output()?;
    let lines = String::from_utf8_lossy(&output.stdout);
    Ok(lines.lines().filter_map(said).collect())
}

fn said(line: &str) -> Option<(usize, Theirs)> {
    let values: Vec<String> = line.split('\t').map(str::to_owned).collect();
    let frame = values.first()?.parse().ok()?;
    // Two headers in one frame are a tunnel, or a complaint that quotes one.
    if values.last().is_none() || values.get(11)?.contains(';') {
        return None;
    }
    let signs = values.get(ASKED.len()..)?.iter().map(|value| !value.is_empty()).collect();
    Some((frame, Theirs { signs, values }))
}

/// Every frame of a capture with what we make of it.
fn readings(path: &Path) -> std::io::Result<Vec<(Packet, Reading)>> {
    let mut reader = Reader::new(File::open(path)?);
    let (mut tracker, mut readings) = (Tracker::remembering(262_144), Vec::new());
    let mut links = Vec::new();
    while let Some(record) = reader.next_record() {
        let (at, interface, bytes) = (record.at, record.interface, record.bytes.to_vec());
        links.clear();
        links.extend(reader.interfaces().iter().map(|interface| LinkType::numbered(interface.link)));
        let packet = links.get(interface).copied().flatten().map(|link| decode_from(link, &bytes));
        let packet = packet.unwrap_or_else(|| decode_from(LinkType::Ethernet, &[]));
        let reading = tracker.observe(at, &packet);
        readings.push((packet, reading));
    }
    Ok(readings)
}

pub(crate) fn compare(path: &Path) -> std::io::Result<Comparison> {
    let (readings, theirs) = (readings(path)?, tshark(path)?);
    let mut comparison = Comparison::default();
    let (mut streams, mut ledger) = (Streams::default(), Ledger::default());
    for ((packet, reading), frame) in readings.iter().zip(1..) {
        let facts = ledger.note(packet, reading);
        let Some(theirs) = theirs.get(&frame) else { continue };
        // Of a piece tshark analyses nothing: it does not know yet how long the whole is.
        if packet.tcp().is_none() || packet.is_piece || theirs.values[4].is_empty() {
            continue;
        }
        comparison.segments += 1;
        compare_signs(&mut comparison, frame, (signs(reading), facts), theirs, reading);
        compare_fields(&mut comparison, frame, packet, reading, theirs, &mut streams);
    }
    Ok(comparison)
}

fn compare_signs(
    comparison: &mut Comparison,
    frame: usize,
    (ours, facts): (Signs, Facts),
    theirs: &Theirs,
    reading: &Reading,
) {
    for (place, sign) in Sign::ALL.into_iter().enumerate() {
        let (ours, theirs) = (ours.contains(sign), theirs.signs.get(place).copied().unwrap_or(false));
        comparison.signs[place].add(ours, theirs);
        if ours != theirs && facts.prove(sign, ours) {
            comparison.signs[place].proved[usize::from(theirs)] += 1;
        } else if ours != theirs {
            let (ours, theirs) = (ours.to_string(), theirs.to_string());
            comparison.differences.push(difference(frame, sign.name(), ours, theirs, reading));
        }
    }
}

fn difference(frame: usize, about: &'static str, ours: String, theirs: String, reading: &Reading) -> Difference {
    Difference { frame, about, ours, theirs, reading: format!("{:?} {:?}", reading.relative, reading.meanings) }
}

/// Conversations and streams are counted differently; they have to belong together one by one.
#[derive(Default)]
struct Streams {
    ours: HashMap<u64, String>,
    theirs: HashMap<String, u64>,
}

impl Streams {
    fn belong_together(&mut self, ours: u64, theirs: &str) -> bool {
        self.ours.entry(ours).or_insert_with(|| theirs.to_owned()) == theirs
            && *self.theirs.entry(theirs.to_owned()).or_insert(ours) == ours
    }
}

fn compare_fields(
    comparison: &mut Comparison,
    frame: usize,
    packet: &Packet,
    reading: &Reading,
    theirs: &Theirs,
    streams: &mut Streams,
) {
    let (relative, measures) = (reading.relative, reading.measures);
    let stream = reading.conversation.map(|id| id.0).unwrap_or(u64::MAX);
    let number = |value: Option<u32>| value.map(u64::from);
    let ours = [
        streams.belong_together(stream, &theirs.values[1]).then(|| theirs.values[1].parse().unwrap_or(u64::MAX)),
        number(relative.map(|relative| relative.seq)),
        number(relative.and_then(|relative| relative.ack)),
        u64::try_from(payload_len(packet)).ok(),
        // Where the scale was not seen, tshark shows the number as it stands in the header.
        number(measures.window).filter(|_| theirs.values[6] != "-1"),
        number(measures.in_flight),
        measures.rtt_ns,
        measures.initial_rtt_ns,
        measures.rto_ns,
    ];
    for (place, name) in FIELDS.into_iter().enumerate() {
        let column = if place > 4 { place + 2 } else { place + 1 };
        let theirs = parsed(&theirs.values[column]);
        let ours = ours[place];
        // Only where both tell a number: tshark has a window in other units, and a number 0 without the ACK flag.
        let count = &mut comparison.fields[place];
        count.ours += usize::from(ours.is_some());
        count.theirs += usize::from(theirs.is_some());
        count.both += usize::from(ours.is_some() && ours == theirs);
        if ours != theirs && (ours.is_some() && theirs.is_some() || place == 0 || place > 4) {
            comparison.differences.push(difference(frame, name, format!("{ours:?}"), format!("{theirs:?}"), reading));
        }
    }
}

/// A number, or seconds as nanoseconds.
fn parsed(value: &str) -> Option<u64> {
    match value.split_once('.') {
        Some((seconds, rest)) => {
            let seconds: u64 = seconds.parse().ok()?;
            Some(seconds * 1_000_000_000 + format!("{rest:0<9}").get(..9)?.parse::<u64>().ok()?)
        }
        None => value.parse().ok(),
    }
}
