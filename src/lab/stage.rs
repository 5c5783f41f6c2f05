//! The stage of one lab: its hosts, their actors, the watched link, and the one loop that hears them all.
//!
//! Everything that happens arrives as a [`Report`] in one channel. The stage keeps what the script needs to know
//! of it (sockets, calls, frames) and passes it on to the recorder.

mod carried;
mod report;

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Weak,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    time::{Duration, Instant},
};

pub use self::report::{HandDeed, Moves, Report};

use self::carried::Carried;
use super::{
    frame::{Passage, Place, Seen},
    hands::{HandsReport, RuleId, Wish},
    hosts::{Book, Hosts},
    record::Recorder,
    troupe::{Homes, Troupe},
};
use crate::{
    conversation::summary,
    kernel::clock::Stamp,
    link::{
        LinkKind, Watch,
        capture::{Capture, CaptureReport},
        loopback::{self, Loopback},
        netns::Unset,
        wire::{Plan, Wire, WireReport},
    },
    packet,
    timeline::event::{FrameId, What},
};

/// How long the watermark lags behind the last drained capture: a frame gets its time when it enters the
/// loopback device and reaches the capture a moment later.
const LAG: Duration = Duration::from_millis(1);
/// How soon the stage looks around while it waits for something that may take long and not all that has happened is
/// final.
const GLANCE: Duration = Duration::from_millis(20);
/// The same where all is final: then there is nothing to be seen that is not reported.
const LATEST_GLANCE: Duration = Duration::from_secs(10);
/// The same while a call is on its way: it may fall asleep at any moment, and nobody reports that.
const QUICK_GLANCE: Duration = Duration::from_millis(1);
/// How long a barrier may take. It needs one turn of a thread that has nothing else to do.
const BARRIER: Duration = Duration::from_secs(10);
/// What the frames of one lab may come to. A lab is read, and nobody reads this much; a script that sends without end
/// must not fill the machine's memory.
const MOST_BYTES: usize = 512 << 20;
/// What a frame takes: it is kept here and on the timeline, where its fate follows it.
const COPIES: usize = 2;
const OVERHEAD: usize = 1500;

#[derive(Debug)]
pub struct Stage {
    /// Stands first, so that it also ends first where a lab breaks off.
    link: Link,
    pub book: Book,
    pub troupe: Troupe,
    pub frames: Vec<Seen>,
    pub watch: Watch,
    /// Frames that we failed to capture: what was among them nobody can say.
    pub lost: u64,
    /// What could not be set for a steady lesson, in words.
    pub unset: Vec<String>,
    /// What has been done by hand on these hosts.
    pub by_hand: Vec<HandDeed>,
    /// Changes whenever a frame or a call does: whether there is something new to be seen.
    pub moves: Moves,
    /// Frames that the script has asked to be late.
    pub late: Vec<FrameId>,
    /// How often each rule of our hands has been applied.
    pub applied: HashMap<RuleId, u32>,
    /// The frames that have reached their receivers since somebody asked last; only kept where that is wanted.
    pub arrivals: Option<Vec<FrameId>>,
    /// For whoever has something to say to the stage.
    tell: Sender<Report>,
    reports: Receiver<Report>,
    drained: Drained,
    bytes: usize,
    /// How many frames are neither with their receiver nor held nor lost.
    in_transit: usize,
    held: usize,
    glance: Duration,
}

/// What joins the hosts, and what is known of it alone.
#[derive(Debug)]
enum Link {
    Loopback(Option<Capture>),
    Wire(Carried),
}

/// How far the capture is known to have been emptied.
#[derive(Debug, Default)]
struct Drained {
    asked: u64,
    answered: u64,
    at: Stamp,
}

impl Stage {
    /// Sets up a lab in the network namespace of the calling thread.
    pub fn on_loopback(hosts: Hosts, watch: Watch) -> io::Result<Self> {
        let (sender, reports) = mpsc::channel();
        let book = Book::new(hosts);
        let Loopback { private, capture } = join_loopback(&book, watch, sender.clone())?;
        let unset = private.iter().flat_map(|private| &private.unset).map(in_words).collect();
        let troupe = Troupe::new(book.clone(), Homes::Here, sender.clone());
        Ok(Self::new(book, troupe, watch, unset, Link::Loopback(capture), (sender, reports)))
    }

    /// Sets up a lab whose hosts have a namespace each, and whose frames go through our hands.
    pub fn on_wire(hosts: Hosts, plan: Plan) -> io::Result<Self> {
        let (sender, reports) = mpsc::channel();
        let book = Book::new(hosts);
        let carried = Carried::build(plan, &book, &sender)?;
        let (homes, unset) = (carried.homes()?, carried.unset());
        let troupe = Troupe::new(book.clone(), homes, sender.clone());
        Ok(Self::new(book, troupe, Watch::Private, unset, Link::Wire(carried), (sender, reports)))
    }

    fn new(
        book: Book,
        troupe: Troupe,
        watch: Watch,
        unset: Vec<String>,
        link: Link,
        (tell, reports): (Sender<Report>, Receiver<Report>),
    ) -> Self {
        Self {
            book,
            troupe,
            frames: Vec::new(),
            watch,
            lost: 0,
            unset,
            by_hand: Vec::new(),
            moves: Moves::default(),
            late: Vec::new(),
            applied: HashMap::new(),
            arrivals: None,
            link,
            tell,
            reports,
            drained: Drained::default(),
            bytes: 0,
            in_transit: 0,
            held: 0,
            glance: GLANCE,
        }
    }

    #[must_use]
    pub const fn kind(&self) -> LinkKind {
        match self.link {
            Link::Loopback(_) => LinkKind::Loopback,
            Link::Wire(_) => LinkKind::Wire,
        }
    }

    /// Whether packets can be seen here.
    #[must_use]
    pub const fn is_watched(&self) -> bool {
        !matches!(self.link, Link::Loopback(None))
    }

    /// The wire, where there is one.
    #[must_use]
    pub fn wire(&self) -> Option<Weak<Wire<Wish>>> {
        match &self.link {
            Link::Loopback(_) => None,
            Link::Wire(carried) => Some(Arc::downgrade(&carried.wire)),
        }
    }

    /// Where something can be said to the stage.
    #[must_use]
    pub fn ear(&self) -> Sender<Report> {
        self.tell.clone()
    }

    /// Waits for reports until `deadline` or a glance at most, takes in all that are there, and lets the
    /// recorder settle what is certain.
    pub fn listen(&mut self, recorder: &mut Recorder<'_>, deadline: Instant) -> io::Result<()> {
        let glance = if self.troupe.running().next().is_some() { QUICK_GLANCE } else { self.glance };
        let patience = deadline.saturating_duration_since(Instant::now()).min(glance);
        match self.reports.recv_timeout(patience) {
            Ok(report) => self.take(report, recorder)?,
            Err(RecvTimeoutError::Timeout) => {
                if recorder.is_behind() {
                    self.ask_for_drain();
                } else {
                    self.glance = LATEST_GLANCE;
                }
            }
            // The stage holds a sender, so there always is one.
            Err(RecvTimeoutError::Disconnected) => return Err(io::Error::other("all threads of the lab have ended")),
        }
        self.catch_up(recorder)?;
        self.troupe.notice_waiting(recorder);
        recorder.settle(self.certain_until());
        Ok(())
    }

    /// Takes in what happens until then.
    pub fn listen_until(&mut self, end: Instant, recorder: &mut Recorder<'_>) -> io::Result<()> {
        while Instant::now() < end {
            self.listen(recorder, end)?;
        }
        Ok(())
    }

    /// Whether a frame is on its way that nobody has to do anything for: delayed, queued, or about to be delivered.
    #[must_use]
    pub fn is_in_transit(&self) -> bool {
        self.in_transit > 0
    }

    /// Whether a frame that the script has made late is still on its way: its clock runs, whoever reads.
    #[must_use]
    pub fn awaits_late_one(&self) -> bool {
        let place = |frame: &FrameId| Some(self.frames.get(usize::try_from(*frame).ok()?)?.passage.place);
        self.late.iter().any(|frame| place(frame) == Some(Place::OnItsWay))
    }

    /// Whether something is in our hands.
    #[must_use]
    pub const fn holds_something(&self) -> bool {
        self.held > 0
    }

    /// Waits until every frame that was on the link when this was called has been taken in.
    pub fn drain(&mut self, recorder: &mut Recorder<'_>) -> io::Result<()> {
        self.ask_for_drain();
        let asked = self.drained.asked;
        let deadline = Instant::now() + BARRIER;
        while self.is_watched() && self.drained.answered < asked {
            if Instant::now() > deadline {
                return Err(io::Error::other("the link did not answer for 10 s: this machine is too busy"));
            }
            self.listen(recorder, deadline)?;
        }
        self.catch_up(recorder)
    }

    /// Takes in all that has been said by now, and no more: in a flood there is always one more.
    pub fn catch_up(&mut self, recorder: &mut Recorder<'_>) -> io::Result<()> {
        // Sent to ourselves, so there is somebody to receive it.
        let _ = self.tell.send(Report::CaughtUp);
        loop {
            match self.reports.try_recv() {
                Ok(Report::CaughtUp) | Err(_) => return Ok(()),
                Ok(report) => self.take(report, recorder)?,
            }
        }
    }

    fn ask_for_drain(&mut self) {
        let token = self.drained.asked + 1;
        // Refused where the link has given up: then its last report says why.
        match &mut self.link {
            Link::Loopback(Some(capture)) => drop(capture.mark(token)),
            Link::Wire(carried) => carried.mark(token),
            Link::Loopback(None) => {
                self.drained.at = Stamp::now();
                return;
            }
        }
        self.drained.asked = token;
    }

    fn take(&mut self, report: Report, recorder: &mut Recorder<'_>) -> io::Result<()> {
        if !report.is_only_an_answer() {
            self.glance = GLANCE;
        }
        self.moves.note(&report);
        match report {
            Report::Actor(report) => self.troupe.take(report, recorder)?,
            Report::Capture(CaptureReport::Frame(frame)) => self.take_frame(frame.at, frame.bytes, recorder)?,
            Report::Capture(CaptureReport::Drained { token, at }) => self.has_drained(token, at),
            Report::Capture(CaptureReport::Lost(frames)) => self.has_lost(frames, recorder),
            Report::Capture(CaptureReport::Failed(error)) => return Err(error),
            Report::Wire(reports) => self.take_from_wire(reports, recorder)?,
            Report::Hands(HandsReport::Delays { frame }) => self.late.push(frame),
            Report::Hands(HandsReport::Applied { rule }) => *self.applied.entry(rule).or_default() += 1,
            Report::Hands(HandsReport::Drops { frame, why }) => {
                if let Link::Wire(carried) = &mut self.link {
                    carried.reasons.insert(frame, why);
                }
            }
            Report::Hand(deed) => {
                recorder.add(deed.at, deed.told());
                self.by_hand.push(deed);
            }
            Report::Nudge | Report::CaughtUp => {}
        }
        Ok(())
    }

    fn has_drained(&mut self, token: u64, at: Stamp) {
        self.drained.answered = self.drained.answered.max(token);
        self.drained.at = self.drained.at.max(at);
    }

    fn has_lost(&mut self, frames: u64, recorder: &mut Recorder<'_>) {
        self.lost += frames;
        recorder.add_now(What::CaptureLost { frames });
    }

    fn take_frame(&mut self, at: Stamp, bytes: Vec<u8>, recorder: &mut Recorder<'_>) -> io::Result<()> {
        let packet = packet::decode(&bytes);
        let Some(route) = self.book.route(&packet) else {
            let text = format!("A packet that belongs to none of the hosts: {}", summary(&packet, &bytes));
            recorder.add(at, What::Notice { text });
            return Ok(());
        };
        let id = self.frames.len() as FrameId;
        let (hop, passage) = (route, Passage::arrived(at));
        self.keep(Seen { id, at, route, hop, packet, bytes: bytes.into(), passage }, recorder)
    }

    /// Puts a frame on the timeline, and keeps it for the lines of the script.
    fn keep(&mut self, seen: Seen, recorder: &mut Recorder<'_>) -> io::Result<()> {
        self.bytes += COPIES * seen.bytes.len() + OVERHEAD;
        if self.bytes > MOST_BYTES {
            let words = format!("the packets of this lab come to more than {} MiB", MOST_BYTES >> 20);
            return Err(io::Error::new(io::ErrorKind::OutOfMemory, words));
        }
        let hosts = self.book.hosts();
        let (from, to) = (hosts.name(seen.hop.from).to_owned(), hosts.name(seen.hop.to).to_owned());
        recorder.add(seen.at, What::Frame { frame: seen.id, from, to, bytes: seen.bytes.to_vec() });
        self.in_transit += usize::from(seen.passage.place == Place::OnItsWay);
        self.frames.push(seen);
        Ok(())
    }

    /// Up to when nothing earlier can still come: the capture is drained, and no call is on its way back.
    fn certain_until(&self) -> Stamp {
        let drained = Stamp(self.drained.at.0.saturating_sub(LAG.as_nanos() as u64));
        match self.troupe.earliest_running() {
            Some(entered) => drained.min(Stamp(entered.0.saturating_sub(1))),
            None => drained,
        }
    }

    /// Waits for the end of everything: actors are woken and sent home, the link is emptied.
    ///
    /// A wire goes first: it breaks connections off, which wakes those whom nothing else does (a `connect` in SYN-RECV).
    pub fn close(mut self, recorder: &mut Recorder<'_>) -> io::Result<()> {
        let link = std::mem::replace(&mut self.link, Link::Loopback(None));
        let capture = match link {
            Link::Loopback(capture) => capture,
            Link::Wire(carried) => {
                drop(carried);
                None
            }
        };
        self.troupe.dismiss();
        if let Some(capture) = capture {
            capture.stop()?;
        }
        // Their last words (calls that were woken) belong to the clearing up, not to the lesson: only the count of
        // the frames that we lost is still news, and what a person has done.
        while let Ok(report) = self.reports.try_recv() {
            match report {
                Report::Hand(deed) => recorder.add(deed.at, deed.told()),
                Report::Capture(CaptureReport::Lost(frames)) => recorder.add_now(What::CaptureLost { frames }),
                Report::Wire(reports) => reports.iter().for_each(|report| {
                    if let WireReport::Lost { frames, .. } = report {
                        recorder.add_now(What::CaptureLost { frames: *frames });
                    }
                }),
                _ => {}
            }
        }
        recorder.settle_all();
        Ok(())
    }
}

/// Joins the loopback and captures the frames of this lab only.
fn join_loopback(book: &Book, watch: Watch, reports: Sender<Report>) -> io::Result<Loopback> {
    let ours = book.clone();
    // In a private namespace there is nobody else, and a packet that we can not place is still to be told of.
    let keep = move |bytes: &[u8]| watch == Watch::Private || ours.is_ours(&packet::decode(bytes));
    loopback::join(watch, keep, move |report| {
        // The stage may have gone; then nobody is interested.
        let _ = reports.send(Report::Capture(report));
    })
}

fn in_words(unset: &Unset) -> String {
    let Unset { name, wanted, error } = unset;
    format!("{name} could not be set to {wanted} here ({error}): numbers may differ a little from the text.")
}
