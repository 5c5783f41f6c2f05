//! Packet lines: `synack: server > client SYN+ACK seq=?k ack=j+1`.

use std::{collections::HashMap, net::SocketAddr, rc::Rc};

use super::{Verdict, fields::Difference};
use crate::{
    conversation,
    lab::{
        frame::Seen,
        hosts::Route,
        packet_facts,
        pattern::{self, Ends},
        record::Recorder,
        script::{Limit, Run},
        stage::Stage,
        values::Values,
    },
    lesson::{
        diagnostic::Diagnostic,
        eval,
        script::{PacketLine, PacketProto},
    },
    timeline::event::{FrameId, Proto, Value},
};

/// How far the packet lines have read: per direction and conversation the first frame that is still to come.
///
/// Two lines about the same direction of the same conversation take two packets, in their order; lines about
/// different directions do not wait for one another.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    next: HashMap<(Route, Conversation), usize>,
    /// The packets that lines have named.
    labels: HashMap<String, Named>,
    /// The TCP conversation of the packet that a line took last; `connect` begins another.
    pub current: Option<Conversation>,
}

/// A packet that a line has named.
#[derive(Clone, Debug)]
struct Named {
    frame: FrameId,
    line: Rc<PacketLine>,
}

impl Reading {
    /// The packet that a line has named so.
    #[must_use]
    pub fn labelled<'s>(&self, name: &str, stage: &'s Stage) -> Option<&'s Seen> {
        stage.frames.get(usize::try_from(self.labels.get(name)?.frame).ok()?)
    }

    /// Every name that a line has given, with its packet.
    pub fn labels<'s>(&self, stage: &'s Stage) -> impl Iterator<Item = (&str, &'s Seen)> {
        let packet = |named: &Named| stage.frames.get(usize::try_from(named.frame).ok()?);
        self.labels.iter().filter_map(move |(name, named)| Some((name.as_str(), packet(named)?)))
    }
}

/// Both ends, in an order that does not depend on who sent the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conversation {
    /// `None` for what has no ports: ICMP, ARP.
    pub proto: Option<Proto>,
    pub one: SocketAddr,
    pub other: SocketAddr,
}

impl Conversation {
    #[must_use]
    pub fn between(proto: Option<Proto>, one: SocketAddr, other: SocketAddr) -> Self {
        Self { proto, one: one.min(other), other: one.max(other) }
    }

    #[must_use]
    pub fn of(seen: &Seen) -> Option<Self> {
        let proto = if seen.packet.tcp().is_some() { Proto::Tcp } else { Proto::Udp };
        Some(Self::between(Some(proto), seen.packet.source()?, seen.packet.destination()?))
    }
}

/// A packet that a line took.
struct Taken {
    /// Its index among the frames of the stage.
    index: usize,
    bindings: Vec<(String, Value)>,
    details: Vec<String>,
}

/// Why no packet fitted, and the one that came nearest.
struct Miss {
    nearest: Option<(usize, Difference)>,
    /// `next` was asked for, and something else came first.
    final_word: bool,
}

/// Waits for the packet that the line describes.
pub fn check(run: &mut Run<'_, '_>, line: &PacketLine) -> anyhow::Result<Verdict> {
    if !run.stage()?.is_watched() {
        return Ok(Verdict::NotWatched);
    }
    let mut limit = run.limit(line.within);
    let (mut verdict, mut drained) = (Verdict::held(""), false);
    for _ in 0..line.times {
        let taken = loop {
            let (stage, values, reading) = run.parts()?;
            match seek(line, stage, values, reading) {
                Ok(taken) => break Ok(taken),
                Err(miss) if miss.final_word || drained => break Err(miss),
                // A packet that came in time may still be on its way to us.
                Err(_) if run.has_passed(&mut limit) => {
                    run.drain()?;
                    drained = true;
                }
                Err(_) => run.wait_for(&mut limit)?,
            }
        };
        match taken {
            Ok(taken) => verdict = accept(run, line, taken)?,
            Err(miss) => return Ok(Verdict::failed(explain(run, line, &miss, &limit)?)),
        }
    }
    Ok(verdict)
}

fn seek(line: &PacketLine, stage: &Stage, values: &Values, reading: &Reading) -> Result<Taken, Miss> {
    let mut miss = Miss { nearest: None, final_word: false };
    let Some(ends) = Ends::of(&line.pattern, stage) else { return Err(miss) };
    for (index, seen) in stage.frames.iter().enumerate() {
        let Some(place) = place_of(seen) else { continue };
        let unread = reading.next.get(&place).is_none_or(|next| index >= *next);
        if !unread || !pattern::is_meant(&line.pattern, &ends, seen) {
            continue;
        }
        match pattern::compare(&line.pattern, seen, values) {
            Ok((bindings, details)) => return Ok(Taken { index, bindings, details }),
            Err(difference) => {
                let nearer = miss.nearest.as_ref().is_none_or(|(_, best)| difference.span.start >= best.span.start);
                if nearer {
                    miss.nearest = Some((index, difference));
                }
                if line.next {
                    miss.final_word = true;
                    return Err(miss);
                }
            }
        }
    }
    Err(miss)
}

/// Hop and conversation of a frame; an ARP packet has no conversation and is its own place.
fn place_of(seen: &Seen) -> Option<(Route, Conversation)> {
    let conversation = Conversation::of(seen).or_else(|| {
        let (from, to) = seen.packet.addresses()?;
        Some(Conversation::between(None, (from, 0).into(), (to, 0).into()))
    })?;
    Some((seen.hop, conversation))
}

/// Moves behind the packet and binds its names.
fn accept(run: &mut Run<'_, '_>, line: &PacketLine, taken: Taken) -> anyhow::Result<Verdict> {
    let (stage, values, reading, recorder) = run.all_parts()?;
    let seen = &stage.frames[taken.index];
    if let Some(place) = place_of(seen) {
        reading.next.insert(place, taken.index + 1);
    }
    // The kernel is asked about TCP only: a datagram between two lines does not change of what they speak.
    if seen.packet.tcp().is_some() {
        reading.current = Conversation::of(seen);
    }
    if let Some(label) = &line.label {
        reading.labels.insert(label.clone(), Named { frame: seen.id, line: Rc::new(line.clone()) });
    }
    bind_label(line, seen, values, recorder);
    for (name, value) in taken.bindings {
        if let Some(length) = packet_facts::value("len", seen) {
            values.bind_member(&name, "len", length, recorder);
        }
        values.bind(&name, value, recorder);
    }
    Ok(Verdict::Held { detail: taken.details.join(", "), frame: Some(seen.id) })
}

/// From here on the name stands for another packet, which repeats the one that had it, and so do the values that came
/// with it.
pub fn rename(run: &mut Run<'_, '_>, name: &str, frame: FrameId) -> anyhow::Result<()> {
    let (stage, values, reading, recorder) = run.all_parts()?;
    let index = usize::try_from(frame)?;
    let (Some(named), Some(seen)) = (reading.labels.get_mut(name), stage.frames.get(index)) else { return Ok(()) };
    if named.frame == frame {
        return Ok(());
    }
    named.frame = frame;
    let line = Rc::clone(&named.line);
    if let Some(place) = place_of(seen) {
        let next = reading.next.entry(place).or_default();
        *next = (*next).max(index + 1);
    }
    bind_label(&line, seen, values, recorder);
    let bindings = pattern::compare(&line.pattern, seen, values).map_or_else(|_| Vec::new(), |(bindings, _)| bindings);
    for (name, value) in bindings {
        values.bind(&name, value, recorder);
    }
    Ok(())
}

/// `syn.at`, `syn.seq` and so on.
fn bind_label(line: &PacketLine, seen: &Seen, values: &mut Values, recorder: &mut Recorder<'_>) {
    let Some(label) = &line.label else { return };
    values.bind_member(label, "at", Value::Moment(seen.at), recorder);
    for (name, value) in packet_facts::all(seen) {
        values.bind_member(label, name, value, recorder);
    }
}

fn explain(run: &Run<'_, '_>, line: &PacketLine, miss: &Miss, limit: &Limit) -> anyhow::Result<Diagnostic> {
    let patience = limit.in_words();
    let who = line.label.as_ref().map_or_else(|| "this line".to_owned(), |label| format!("`{label}`"));
    let message = if miss.final_word {
        format!("the next packet does not match {who}")
    } else {
        format!("no packet matched {who} within {patience}")
    };
    let stage = run.stage()?;
    let folded = folded_ones(line, run)?;
    let Some((index, difference)) = &miss.nearest else {
        let ends = Ends::of(&line.pattern, stage);
        let meant = |seen: &&Seen| ends.is_some_and(|ends| pattern::is_meant(&line.pattern, &ends, seen));
        let this_way = stage.frames.iter().filter(meant).count();
        let others = stage.frames.len() - this_way;
        let more = if this_way > 0 { "further " } else { "" };
        let label = format!("no {more}{} packet went this way", proto_name(line.pattern.proto));
        let note = match (this_way, others) {
            (0, 0) => "no packet at all was on the link".to_owned(),
            (0, others) => format!("{others} other packets were on the link"),
            (taken, _) => format!("the {taken} that went this way were taken by earlier lines"),
        };
        let diagnostic = Diagnostic::at(line.pattern.span.clone(), message).label(label).note(note);
        return Ok(folded.into_iter().fold(diagnostic, Diagnostic::help));
    };
    let seen = &stage.frames[*index];
    let nearest = format!(
        "nearest: {} > {}  {}   at +{}",
        stage.book.hosts().name(seen.route.from),
        stage.book.hosts().name(seen.route.to),
        conversation::summary(&seen.packet, &seen.bytes),
        eval::duration_of(seen.at.since(run.block_began)),
    );
    let diagnostic = Diagnostic::at(difference.span.clone(), message).label(difference.words.clone()).note(nearest);
    Ok(folded.into_iter().fold(diagnostic, Diagnostic::help))
}

/// Repetitions that would have fitted, had they not been folded into a packet in our hands.
fn folded_ones(line: &PacketLine, run: &Run<'_, '_>) -> anyhow::Result<Option<String>> {
    let (stage, values, _) = run.parts()?;
    let Some(ends) = Ends::of(&line.pattern, stage) else { return Ok(None) };
    let fits = |seen: &&Seen| {
        seen.is_twin()
            && pattern::is_between(&line.pattern, &ends, seen)
            && pattern::compare(&line.pattern, seen, values).is_ok()
    };
    let count = stage.frames.iter().filter(fits).count();
    let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
    let words = format!("a held packet was sent again {times}; such a twin is meant by the word `twin`");
    Ok((count > 0).then_some(words))
}

const fn proto_name(proto: PacketProto) -> &'static str {
    match proto {
        PacketProto::Tcp => "TCP",
        PacketProto::Udp => "UDP",
        PacketProto::Icmp => "ICMP",
        PacketProto::Arp => "ARP",
    }
}
