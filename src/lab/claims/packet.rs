//! Packet lines: `synack: server > client SYN+ACK seq=?k ack=j+1`.

use std::{collections::HashMap, net::SocketAddr, time::Instant};

use super::{
    Verdict,
    fields::{self, Checked, Difference},
};
use crate::{
    conversation,
    lab::{
        hosts::{HostId, Route},
        packet_facts,
        record::Recorder,
        script::Run,
        stage::{Seen, Stage},
        values::Values,
    },
    lesson::{
        diagnostic::Diagnostic,
        eval,
        script::{EndRef, PATIENCE, PacketLine, PacketProto, Pattern, WhichEnd},
    },
    packet::{Net, Transport},
    timeline::event::{Proto, Value},
};

/// How far the packet lines have read: per direction and conversation the first frame that is still to come.
///
/// Two lines about the same direction of the same conversation take two packets, in their order; lines about
/// different directions do not wait for one another.
#[derive(Debug, Default)]
pub struct Reading {
    next: HashMap<(Route, Conversation), usize>,
    /// The TCP conversation of the packet that a line took last; `connect` begins another.
    pub current: Option<Conversation>,
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
    let deadline = Instant::now() + line.within.unwrap_or(PATIENCE);
    let (mut verdict, mut drained) = (Verdict::held(""), false);
    for _ in 0..line.times {
        let taken = loop {
            let (stage, values, reading) = run.parts()?;
            match seek(line, stage, values, reading) {
                Ok(taken) => break Ok(taken),
                Err(miss) if miss.final_word || drained => break Err(miss),
                // A packet that came in time may still be on its way to us.
                Err(_) if Instant::now() >= deadline => {
                    run.drain()?;
                    drained = true;
                }
                Err(_) => run.listen(deadline)?,
            }
        };
        match taken {
            Ok(taken) => verdict = accept(run, line, taken)?,
            Err(miss) => return Ok(Verdict::failed(explain(run, line, &miss)?)),
        }
    }
    Ok(verdict)
}

fn seek(line: &PacketLine, stage: &Stage, values: &Values, reading: &Reading) -> Result<Taken, Miss> {
    let mut miss = Miss { nearest: None, final_word: false };
    for (index, seen) in stage.frames.iter().enumerate() {
        let Some(place) = place_of(seen) else { continue };
        let unread = reading.next.get(&place).is_none_or(|next| index >= *next);
        if !unread || !is_between(&line.pattern, seen, stage) {
            continue;
        }
        match compare(&line.pattern, seen, values) {
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

/// Direction and conversation of a frame; an ARP packet has no conversation and is its own place.
fn place_of(seen: &Seen) -> Option<(Route, Conversation)> {
    let conversation = Conversation::of(seen).or_else(|| {
        let (from, to) = seen.packet.addresses()?;
        Some(Conversation::between(None, (from, 0).into(), (to, 0).into()))
    })?;
    Some((seen.route, conversation))
}

/// Whether a frame runs between the two ends that the pattern names, and speaks its protocol.
pub fn is_between(pattern: &Pattern, seen: &Seen, stage: &Stage) -> bool {
    let speaks = match (pattern.proto, &seen.packet.transport) {
        (PacketProto::Tcp, Transport::Tcp(_)) | (PacketProto::Udp, Transport::Udp(_)) => true,
        (PacketProto::Icmp, Transport::Icmp(_) | Transport::Icmp6(_)) => true,
        (PacketProto::Arp, _) => matches!(seen.packet.net, Net::Arp(_)),
        _ => false,
    };
    speaks
        && is_end(&pattern.from, seen.route.from, seen.packet.source(), seen.packet.destination(), stage)
        && is_end(&pattern.to, seen.route.to, seen.packet.destination(), seen.packet.source(), stage)
}

fn is_end(end: &EndRef, host: HostId, own: Option<SocketAddr>, peer: Option<SocketAddr>, stage: &Stage) -> bool {
    if stage.book.hosts().id(&end.host) != Some(host) {
        return false;
    }
    match &end.which {
        None => true,
        Some(WhichEnd::Port(port)) => own.is_some_and(|own| own.port() == *port),
        Some(WhichEnd::Socket(name)) => {
            let player = stage.troupe.named(host, name).map(|id| &stage.troupe.players[id]);
            let ends = own.zip(peer);
            player.zip(ends).is_some_and(|(player, (own, peer))| player.has_ends(own, peer))
        }
    }
}

type Matched = (Vec<(String, Value)>, Vec<String>);

/// Holds the packet against the pattern, from left to right: the first difference is the one that is told.
pub fn compare(pattern: &Pattern, seen: &Seen, values: &Values) -> Result<Matched, Difference> {
    if let (Some(test), Transport::Tcp(tcp)) = (&pattern.flags, &seen.packet.transport)
        && !test.admits(tcp.flags.bits().to_be_bytes()[1])
    {
        let words = format!("expected other flags, got {}", tcp.flags);
        return Err(Difference { span: test.span.clone(), words });
    }
    let (mut bindings, mut details) = (Vec::new(), Vec::new());
    for test in &pattern.fields {
        match fields::check(test, packet_facts::value(test.field.name, seen), values) {
            Checked::Holds { bind, detail } => {
                bindings.extend(bind);
                details.extend(detail);
            }
            Checked::Differs(difference) => return Err(difference),
        }
    }
    Ok((bindings, details))
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
    bind_label(line, seen, values, recorder);
    for (name, value) in taken.bindings {
        if let Some(length) = packet_facts::value("len", seen) {
            values.bind_member(&name, "len", length, recorder);
        }
        values.bind(&name, value, recorder);
    }
    Ok(Verdict::Held { detail: taken.details.join(", "), frame: Some(seen.id) })
}

/// `syn.at`, `syn.seq` and so on.
fn bind_label(line: &PacketLine, seen: &Seen, values: &mut Values, recorder: &mut Recorder<'_>) {
    let Some(label) = &line.label else { return };
    values.bind_member(label, "at", Value::Moment(seen.at), recorder);
    for (name, value) in packet_facts::all(seen) {
        values.bind_member(label, name, value, recorder);
    }
}

fn explain(run: &Run<'_, '_>, line: &PacketLine, miss: &Miss) -> anyhow::Result<Diagnostic> {
    let patience = eval::duration_of(line.within.unwrap_or(PATIENCE));
    let who = line.label.as_ref().map_or_else(|| "this line".to_owned(), |label| format!("`{label}`"));
    let message = if miss.final_word {
        format!("the next packet does not match {who}")
    } else {
        format!("no packet matched {who} within {patience}")
    };
    let stage = run.stage()?;
    let Some((index, difference)) = &miss.nearest else {
        let this_way = stage.frames.iter().filter(|seen| is_between(&line.pattern, seen, stage)).count();
        let others = stage.frames.len() - this_way;
        let more = if this_way > 0 { "further " } else { "" };
        let label = format!("no {more}{} packet went this way", proto_name(line.pattern.proto));
        let note = match (this_way, others) {
            (0, 0) => "no packet at all was on the link".to_owned(),
            (0, others) => format!("{others} other packets were on the link"),
            (taken, _) => format!("the {taken} that went this way were taken by earlier lines"),
        };
        return Ok(Diagnostic::at(line.pattern.span.clone(), message).label(label).note(note));
    };
    let seen = &stage.frames[*index];
    let nearest = format!(
        "nearest: {} > {}  {}   at +{}",
        stage.book.hosts().name(seen.route.from),
        stage.book.hosts().name(seen.route.to),
        conversation::summary(&seen.packet, &seen.bytes),
        eval::duration_of(seen.at.since(run.block_began)),
    );
    Ok(Diagnostic::at(difference.span.clone(), message).label(difference.words.clone()).note(nearest))
}

const fn proto_name(proto: PacketProto) -> &'static str {
    match proto {
        PacketProto::Tcp => "TCP",
        PacketProto::Udp => "UDP",
        PacketProto::Icmp => "ICMP",
        PacketProto::Arp => "ARP",
    }
}
