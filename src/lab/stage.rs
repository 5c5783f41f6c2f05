//! The stage of one lab: its hosts, their actors, the watched link, and the one loop that hears them all.
//!
//! Everything that happens arrives as a [`Report`] in one channel. The stage keeps what the script needs to know
//! of it (sockets, calls, frames) and passes it on to the recorder.

use std::{
    io,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    time::{Duration, Instant},
};

use super::{
    actor::ActorReport,
    hosts::{Book, Hosts, Route},
    record::Recorder,
    troupe::Troupe,
};
use crate::{
    conversation::summary,
    kernel::clock::Stamp,
    link::{
        Watch,
        capture::{Capture, CaptureReport},
        loopback::{self, Loopback},
        netns::Unset,
    },
    packet::{self, Packet},
    timeline::event::{FrameId, What},
};

/// Whatever the threads of a lab have to say.
#[derive(Debug)]
pub enum Report {
    Actor(ActorReport),
    Capture(CaptureReport),
}

/// A frame that crossed the link.
#[derive(Debug)]
pub struct Seen {
    pub id: FrameId,
    pub at: Stamp,
    pub route: Route,
    pub packet: Packet,
    pub bytes: Vec<u8>,
}

/// How long the watermark lags behind the last drained capture: a frame gets its time when it enters the
/// loopback device and reaches the capture a moment later.
const LAG: Duration = Duration::from_millis(1);
/// How often the stage looks around while it waits for something that may take long.
const GLANCE: Duration = Duration::from_millis(20);
/// The same while a call is on its way: it may fall asleep at any moment, and nobody reports that.
const QUICK_GLANCE: Duration = Duration::from_millis(1);
/// How long a barrier may take. It needs one turn of a thread that has nothing else to do.
const BARRIER: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Stage {
    pub book: Book,
    pub troupe: Troupe,
    pub frames: Vec<Seen>,
    pub watch: Watch,
    /// Frames that we failed to capture: what was among them nobody can say.
    pub lost: u64,
    /// What could not be set for a steady lesson, in words.
    pub unset: Vec<String>,
    capture: Option<Capture>,
    reports: Receiver<Report>,
    drained: Drained,
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
    pub fn open(hosts: Hosts, watch: Watch) -> io::Result<Self> {
        let (sender, reports) = mpsc::channel();
        let book = Book::new(hosts);
        let Loopback { private, capture } = join_loopback(&book, watch, sender.clone())?;
        let troupe = Troupe::new(book.clone(), sender);
        let unset = private.iter().flat_map(|private| &private.unset).map(in_words).collect();
        let drained = Drained::default();
        Ok(Self { book, troupe, frames: Vec::new(), watch, lost: 0, unset, capture, reports, drained })
    }

    /// Whether packets can be seen here.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.capture.is_some()
    }

    /// Waits for reports until `deadline` or a glance at most, takes in all that are there, and lets the
    /// recorder settle what is certain.
    pub fn listen(&mut self, recorder: &mut Recorder<'_>, deadline: Instant) -> io::Result<()> {
        let glance = if self.troupe.running().next().is_some() { QUICK_GLANCE } else { GLANCE };
        let patience = deadline.saturating_duration_since(Instant::now()).min(glance);
        match self.reports.recv_timeout(patience) {
            Ok(report) => self.take(report, recorder)?,
            Err(RecvTimeoutError::Timeout) => self.ask_for_drain(),
            // The troupe holds a sender, so there always is one.
            Err(RecvTimeoutError::Disconnected) => return Err(io::Error::other("all threads of the lab have ended")),
        }
        while let Ok(report) = self.reports.try_recv() {
            self.take(report, recorder)?;
        }
        self.troupe.notice_waiting(recorder);
        recorder.settle(self.certain_until());
        Ok(())
    }

    /// Waits until every frame that was on the link when this was called has been taken in.
    pub fn drain(&mut self, recorder: &mut Recorder<'_>) -> io::Result<()> {
        self.ask_for_drain();
        let asked = self.drained.asked;
        let deadline = Instant::now() + BARRIER;
        while self.capture.is_some() && self.drained.answered < asked {
            if Instant::now() > deadline {
                return Err(io::Error::other("the capture did not answer for 10 s: this machine is too busy"));
            }
            self.listen(recorder, deadline)?;
        }
        while let Ok(report) = self.reports.try_recv() {
            self.take(report, recorder)?;
        }
        Ok(())
    }

    fn ask_for_drain(&mut self) {
        if let Some(capture) = &self.capture {
            self.drained.asked += 1;
            // Refused where the capture has given up: then its last report says why.
            let _ = capture.mark(self.drained.asked);
        } else {
            self.drained.at = Stamp::now();
        }
    }

    fn take(&mut self, report: Report, recorder: &mut Recorder<'_>) -> io::Result<()> {
        match report {
            Report::Actor(report) => self.troupe.take(report, recorder)?,
            Report::Capture(CaptureReport::Frame(frame)) => self.take_frame(frame.at, frame.bytes, recorder),
            Report::Capture(CaptureReport::Drained { token, at }) => {
                self.drained.answered = self.drained.answered.max(token);
                self.drained.at = self.drained.at.max(at);
            }
            Report::Capture(CaptureReport::Lost(frames)) => {
                self.lost += frames;
                recorder.add_now(What::CaptureLost { frames });
            }
            Report::Capture(CaptureReport::Failed(error)) => return Err(error),
        }
        Ok(())
    }

    fn take_frame(&mut self, at: Stamp, bytes: Vec<u8>, recorder: &mut Recorder<'_>) {
        let packet = packet::decode(&bytes);
        let Some(route) = self.book.route(&packet) else {
            let text = format!("A packet that belongs to none of the hosts: {}", summary(&packet, &bytes));
            return recorder.add(at, What::Notice { text });
        };
        let id = self.frames.len() as FrameId;
        let hosts = self.book.hosts();
        let (from, to) = (hosts.name(route.from).to_owned(), hosts.name(route.to).to_owned());
        recorder.add(at, What::Frame { frame: id, from, to, bytes: bytes.clone() });
        self.frames.push(Seen { id, at, route, packet, bytes });
    }

    /// Up to when nothing earlier can still come: the capture is drained, and no call is on its way back.
    fn certain_until(&self) -> Stamp {
        let drained = Stamp(self.drained.at.0.saturating_sub(LAG.as_nanos() as u64));
        match self.troupe.earliest_running() {
            Some(entered) => drained.min(Stamp(entered.0.saturating_sub(1))),
            None => drained,
        }
    }

    /// Waits for the end of everything: actors are woken and sent home, the capture is emptied.
    pub fn close(mut self, recorder: &mut Recorder<'_>) -> io::Result<()> {
        self.troupe.dismiss();
        let capture = self.capture.take();
        if let Some(capture) = capture {
            capture.stop()?;
        }
        // Their last words (calls that were woken) belong to the clearing up, not to the lesson: only the
        // capture's count of lost frames is still news.
        while let Ok(report) = self.reports.try_recv() {
            if let Report::Capture(CaptureReport::Lost(frames)) = report {
                recorder.add_now(What::CaptureLost { frames });
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
