//! What tshark calls a packet of TCP, and what we call it.

use std::collections::BTreeSet;

use libtest_mimic::Failed;
use wiretutor::{
    conversation::{Agreement, Meaning, Probe, RepeatCause, Tracker},
    packet::{Packet, decode},
    timeline::{
        event::{Event, Fate, FrameId, Host, LinkKind, What},
        hop::Hop,
    },
};

use crate::tshark::Captured;

/// A flag of tshark's analysis, and what a meaning of ours says of it.
pub(crate) struct Sign {
    pub(crate) name: &'static str,
    /// tshark's fields that are it.
    pub(crate) theirs: &'static [&'static str],
    /// What tshark may say in its place.
    pub(crate) instead: &'static [&'static str],
    pub(crate) ours: fn(&Meaning) -> Says,
}

/// Whether tshark has to see the sign where we see a meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Says {
    No,
    /// It depends on what is no part of the meaning.
    Either,
    Yes,
}

pub(crate) static SIGNS: [Sign; 7] = [
    Sign {
        name: "a retransmission",
        theirs: &[
            "tcp.analysis.retransmission",
            "tcp.analysis.fast_retransmission",
            "tcp.analysis.spurious_retransmission",
        ],
        // So it takes one that comes within a round trip of what was sent after it, as a quick answer to SACK does.
        instead: &["tcp.analysis.out_of_order"],
        ours: |meaning| match meaning {
            Meaning::Retransmits { .. } => Says::Yes,
            // It has the number of the SYN that its sender sent before.
            Meaning::AgreesToOpen { agreement: Agreement::Mutual, .. } => Says::Yes,
            // Another connection between the same ports counts from elsewhere, and that may look like old numbers.
            Meaning::ReusesPorts => Says::Either,
            _ => Says::No,
        },
    },
    Sign {
        name: "a duplicate acknowledgement",
        theirs: &["tcp.analysis.duplicate_ack"],
        // So it takes one that comes behind an overtaken acknowledgement of the other side.
        instead: &["tcp.analysis.keep_alive_ack"],
        ours: |meaning| match meaning {
            // tshark calls that the answer to a probe.
            Meaning::RepeatsAck { cause: RepeatCause::Probe(_), .. } => Says::No,
            // The window has to be that of the acknowledgement before, and in a SYN+ACK it counts in other units.
            Meaning::RepeatsAck { cause: RepeatCause::Opening, .. } => Says::Either,
            // tshark compares with the one before, and that has another number of its own.
            Meaning::RepeatsAck { cause: RepeatCause::Overtaken, .. } => Says::Either,
            Meaning::RepeatsAck { .. } => Says::Yes,
            _ => Says::No,
        },
    },
    Sign {
        name: "a closed window",
        theirs: &["tcp.analysis.zero_window"],
        instead: &[],
        ours: |meaning| yes(matches!(meaning, Meaning::ZeroWindow)),
    },
    Sign {
        name: "a window that is filled",
        theirs: &["tcp.analysis.window_full"],
        instead: &[],
        ours: |meaning| yes(matches!(meaning, Meaning::WindowFull)),
    },
    Sign {
        name: "news of the window",
        theirs: &["tcp.analysis.window_update"],
        instead: &[],
        ours: |meaning| match meaning {
            Meaning::WindowUpdate { .. } => Says::Yes,
            // The window of a SYN counts in other units than the one after it, which tshark takes for news.
            Meaning::RepeatsAck { cause: RepeatCause::Opening, .. } => Says::Either,
            _ => Says::No,
        },
    },
    Sign {
        name: "a probe",
        // Linux probes a closed window with a number that was acknowledged before: tshark takes that for a keep-alive.
        theirs: &["tcp.analysis.zero_window_probe", "tcp.analysis.keep_alive"],
        instead: &[],
        ours: |meaning| match meaning {
            Meaning::Probe(_) => Says::Yes,
            // An ACK that the own FIN has overtaken stands just where a keep-alive would.
            Meaning::RepeatsAck { cause: RepeatCause::Overtaken, .. } => Says::Either,
            _ => Says::No,
        },
    },
    Sign {
        name: "the answer to a probe",
        theirs: &["tcp.analysis.zero_window_probe_ack", "tcp.analysis.keep_alive_ack"],
        instead: &[],
        ours: |meaning| match meaning {
            // As long as the window is closed, tshark says only that.
            Meaning::RepeatsAck { cause: RepeatCause::Probe(Probe::Window), .. } => Says::Either,
            Meaning::RepeatsAck { cause: RepeatCause::Probe(Probe::KeepAlive), .. } => Says::Yes,
            // What it has taken for a keep-alive has an answer, too.
            Meaning::RepeatsAck { cause: RepeatCause::OldData | RepeatCause::Unknown, .. } => Says::Either,
            _ => Says::No,
        },
    },
];

const fn yes(does: bool) -> Says {
    if does { Says::Yes } else { Says::No }
}

/// The frames of which only tshark says what the sign says, and those of which only we do, counted from 1.
pub(crate) struct Differences {
    pub(crate) sign: &'static Sign,
    pub(crate) only_they: Vec<usize>,
    pub(crate) only_we: Vec<usize>,
}

impl Differences {
    pub(crate) fn are_none(&self) -> bool {
        self.only_they.is_empty() && self.only_we.is_empty()
    }

    fn of(sign: &'static Sign, events: &[Event], flags: &[BTreeSet<&str>]) -> Self {
        let mut this = Self { sign, only_they: Vec::new(), only_we: Vec::new() };
        for (number, (says, flags)) in (1..).zip(sign.ours(events).into_iter().zip(flags)) {
            let has = |fields: &[&str]| fields.iter().any(|field| flags.contains(field));
            match (says, has(sign.theirs)) {
                (Says::No, true) => this.only_they.push(number),
                (Says::Yes, false) if !has(sign.instead) => this.only_we.push(number),
                _ => {}
            }
        }
        this
    }
}

/// All signs, held against tshark.
pub(crate) fn differences(captured: &Captured) -> Result<Vec<Differences>, Failed> {
    let fields: Vec<&str> = SIGNS.iter().flat_map(|sign| sign.theirs.iter().chain(sign.instead)).copied().collect();
    let rows = captured.fields(&fields, &[])?;
    let flags_of = |row: &Vec<String>| {
        let set = fields.iter().zip(row).filter(|(_, value)| !value.is_empty());
        set.map(|(field, _)| *field).collect()
    };
    let flags: Vec<BTreeSet<&str>> = rows.iter().map(flags_of).collect();
    Ok(SIGNS.iter().map(|sign| Differences::of(sign, &captured.events, &flags)).collect())
}

impl Sign {
    /// What we say of each frame.
    pub(crate) fn ours(&self, events: &[Event]) -> Vec<Says> {
        let says = |meanings: &Vec<Meaning>| meanings.iter().map(self.ours).max().unwrap_or(Says::No);
        meanings(events).iter().map(says).collect()
    }
}

/// What each frame means, in the order of the timeline.
pub(crate) fn meanings(events: &[Event]) -> Vec<Vec<Meaning>> {
    let mut reader = Reader::default();
    events.iter().for_each(|event| reader.event(event));
    reader.meanings
}

/// Follows the conversations as the faces do.
#[derive(Default)]
struct Reader {
    tracker: Tracker,
    link: LinkKind,
    hosts: Vec<Host>,
    /// Those of the lab that runs, and whether the next host is their receiver.
    packets: Vec<(FrameId, Packet, bool)>,
    meanings: Vec<Vec<Meaning>>,
}

impl Reader {
    fn event(&mut self, event: &Event) {
        match &event.what {
            What::Lab { fresh, link, hosts, .. } => {
                (self.link, self.hosts) = (*link, hosts.clone());
                if *fresh {
                    self.tracker = Tracker::new();
                    self.packets.clear();
                }
            }
            What::Frame { frame, from, to, bytes } => self.frame(event, *frame, (from, to), bytes),
            What::Fate { frame, fate: Fate::Left { altered: None, .. } } => {
                let packet = self.packets.iter().find(|(known, _, ends_here)| known == frame && *ends_here);
                packet.into_iter().for_each(|(_, packet, _)| drop(self.tracker.delivered(event.at, packet)));
            }
            _ => {}
        }
    }

    fn frame(&mut self, event: &Event, frame: FrameId, (from, to): (&str, &str), bytes: &[u8]) {
        let packet = decode(bytes);
        let hop = Hop::of(&self.hosts, from, to, &packet);
        self.meanings.push(match self.link {
            LinkKind::Loopback => self.tracker.observe(event.at, &packet).meanings.to_vec(),
            LinkKind::Wire if hop.is_first => self.tracker.sent(event.at, &packet).meanings.to_vec(),
            LinkKind::Wire => Vec::new(),
        });
        self.packets.push((frame, packet, hop.is_last));
    }
}
