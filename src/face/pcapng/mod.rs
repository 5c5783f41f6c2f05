//! A lesson as a capture file: every frame once, on the interface of the host that sent it, with what there is to say
//! of it as its comments, so that Wireshark shows the lesson.
//!
//! Nothing is written before the end: what becomes of a frame may be known long after it was sent, and it belongs to
//! the frame's comments. The words are those of the plain face.

mod events;
mod scribe;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    io::{self, Write},
    net::SocketAddr,
};

use self::scribe::Scribe;
use super::{
    explain::Explain,
    journey::Journey,
    plain::{
        Origin, RECORDED,
        claims::Waiting,
        ends::Ends,
        missed,
        wire::{LEGEND, moment},
    },
    tally::Tally,
    text::{Marks, escape::escape},
};
use crate::{
    kernel::clock::Stamp,
    lesson::model::Lesson,
    pcap::write::{Direction, Frame, Interface, InterfaceId, Section, Writer},
    timeline::event::{Event, FrameId, Host, LinkKind, Value, Watch, What},
};

const PROGRAM: &str = concat!("wiretutor ", env!("CARGO_PKG_VERSION"));
const HOW_TO_READ: &str = "Each packet stands once, on the interface of the host that sent it, at the time at which it \
                           entered the link. Its comments say what it means and what became of it, and then what \
                           happened since the packet before. Their times are counted from the beginning of its lab.";

/// The machine that the lesson ran on, where that is this one.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    pub hardware: Option<String>,
    pub os: Option<String>,
}

/// The capture of one run.
#[derive(Debug)]
pub struct Pcapng<'l> {
    lesson: &'l Lesson,
    origin: Origin,
    explain: Box<dyn Explain + 'l>,
    scribe: Scribe,
    tally: Tally,
    watch: Watch,
    values: HashMap<String, Value>,
    ends: Ends,
    /// Those of the lab that runs.
    hosts: Vec<Host>,
    /// Who sent from where. Over IPv6 all hosts share an address.
    places: HashMap<SocketAddr, String>,
    lab_began: Stamp,
    link: LinkKind,
    /// All hosts of all labs.
    interfaces: Vec<Host>,
    packets: Vec<Sent>,
    /// Where the frames of this lab are among them.
    of_lab: HashMap<FrameId, usize>,
    /// What has happened since the last packet.
    since: Vec<String>,
    /// The packet that news of its ends belongs to.
    beside: Option<usize>,
    /// A claim whose outcome is not known.
    waiting: Option<Waiting>,
}

/// A frame, and what there is to say of it.
#[derive(Debug)]
struct Sent {
    interface: usize,
    at: Stamp,
    /// When its lab began: its times are counted from there.
    lab_began: Stamp,
    bytes: Vec<u8>,
    journey: Journey,
    /// Of itself.
    own: Vec<String>,
    /// Of what happened since the packet before, and after the last one.
    around: Vec<String>,
}

impl<'l> Pcapng<'l> {
    #[must_use]
    pub fn new(lesson: &'l Lesson, origin: Origin, marks: &'static Marks, explain: Box<dyn Explain + 'l>) -> Self {
        Self {
            lesson,
            origin,
            explain,
            scribe: Scribe::new(marks),
            tally: Tally::default(),
            watch: Watch::Private,
            values: HashMap::new(),
            ends: Ends::default(),
            hosts: Vec::new(),
            places: HashMap::new(),
            lab_began: Stamp::default(),
            link: LinkKind::default(),
            interfaces: Vec::new(),
            packets: Vec::new(),
            of_lab: HashMap::new(),
            since: Vec::new(),
            beside: None,
            waiting: None,
        }
    }

    /// Takes in the next event.
    pub fn event(&mut self, event: &Event) {
        self.tally.add(event);
        let at = event.at;
        match &event.what {
            What::Lesson { watch, .. } => self.watch = *watch,
            What::Step { step, .. } => self.step(at, *step),
            What::Lab { block, fresh, link, hosts } => self.lab(at, *block, *fresh, *link, hosts),
            What::Line { line, text } => self.line(at, *line, text),
            What::CallEntered { call, host, name, text, .. } => self.scribe.entered(at, *call, host, name, text),
            What::CallWaits { call } => {
                let told = self.scribe.waits(at, *call);
                self.calls(told);
            }
            What::CallReturned { call, took_ns, result } => {
                let told = self.scribe.returned(at, *call, *took_ns, result);
                self.calls(told);
            }
            What::Frame { frame, from, to, bytes } => self.frame(at, *frame, (from, to), bytes),
            What::Fate { frame, fate } => self.fate(at, *frame, fate),
            What::Hand { text, .. } => self.hand(at, text),
            What::State { host, socket, from, to, basis } => self.state(at, host, socket, *from, (*to, *basis)),
            // More than fits beside a packet; claims quote what matters, of a challenge as well.
            What::Reading { .. } | What::UdpSockets { .. } | What::Sample { .. } | What::Challenge { .. } => {}
            What::CaptureLost { frames } => self.notice(at, &missed(*frames)),
            What::Claim { line, text, outcome } => self.claim(at, *line, text, outcome),
            What::Bound { name, value } => self.bound(at, name, value),
            What::LabEnd { .. } => self.abandon(at),
            What::Notice { text } => self.notice(at, text),
            What::LessonEnd { .. } => self.end(at),
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When it can not be written.
    pub fn write(mut self, out: impl Write, machine: &Machine) -> io::Result<()> {
        let about = self.close();
        let mut writer = Writer::new(
            out,
            &Section {
                hardware: machine.hardware.as_deref(),
                os: machine.os.as_deref(),
                application: Some(PROGRAM),
                // One comment: not every reader shows a second one.
                comments: &[about.join("\n")],
            },
        )?;
        let ids: Vec<_> = self.interfaces.iter().map(|host| interface(&mut writer, host)).collect::<Result<_, _>>()?;
        self.packets.iter().try_for_each(|packet| packet.write(&mut writer, &ids))?;
        writer.into_inner().flush()
    }

    /// What came after the last packet finds its place. Gives back what the file says of itself.
    fn close(&mut self) -> Vec<String> {
        self.settle();
        let mut about = self.about();
        match self.packets.last_mut() {
            Some(last) => last.around.extend(self.since.drain(..).map(|told| format!("after it, {told}"))),
            None => about.append(&mut self.since),
        }
        about
    }

    fn about(&self) -> Vec<String> {
        let mut about = vec![self.lesson.title.clone(), self.lesson.summary.clone()];
        if self.origin == Origin::Recorded {
            about.push(format!("RECORDED{RECORDED}"));
        }
        if self.watch == Watch::Unwatched {
            about.push("The packets of this run were not watched: there are none in this file.".into());
        }
        about.push(format!("{HOW_TO_READ} {LEGEND}"));
        about.iter().map(|line| escape(line).into_owned()).collect()
    }
}

impl Sent {
    /// Something is said of the packet itself.
    fn say(&mut self, at: Stamp, told: &str) {
        self.own.push(format!("{} into the lab: {}", moment(self.lab_began, at), escape(told)));
    }

    fn write<W: Write>(&self, writer: &mut Writer<W>, interfaces: &[InterfaceId]) -> io::Result<()> {
        writer.frame(&Frame {
            interface: interfaces[self.interface],
            at: self.at,
            bytes: &self.bytes,
            original: u32::try_from(self.bytes.len()).unwrap_or(u32::MAX),
            direction: Some(Direction::Outbound),
            comments: &[&self.own[..], &self.around].concat(),
        })
    }
}

/// One interface for each host, however many cards it has.
fn interface<W: Write>(writer: &mut Writer<W>, host: &Host) -> io::Result<InterfaceId> {
    let addresses: Vec<_> = host.addresses.iter().map(ToString::to_string).collect();
    let (name, description) = (escape(&host.name), addresses.join(", "));
    writer.interface(&Interface { name: &name, description: &description, ..Interface::default() })
}
