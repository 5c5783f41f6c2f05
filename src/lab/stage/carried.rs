//! The stage's end of the wire: what the wire says becomes frames and their fates.

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::Sender,
    },
    thread,
    time::Duration,
};

use super::{Link, Report, Stage};
use crate::{
    conversation::Reception,
    kernel::clock::Stamp,
    lab::{
        frame::{Passage, Place, Seen},
        hands::{self, Hands, Wish},
        hosts::Book,
        record::Recorder,
        troupe::Homes,
    },
    link::wire::{Alteration, Decision, Delivery, Frame, Plan, Why, Wire, WireReport},
    timeline::event::{DropReason, Fate, FrameId, What},
};

/// A wire, and what the stage has to remember of it.
#[derive(Debug)]
pub(super) struct Carried {
    /// Others may look at it for a moment, so it is shared; only the stage keeps it.
    pub(super) wire: Arc<Wire<Wish>>,
    /// Why frames are dropped, until their end is reported.
    pub(super) reasons: HashMap<FrameId, DropReason>,
    /// A frame that has come in and about which nothing has been decided.
    entering: Option<Frame>,
    /// When each barrier was asked for that is not answered.
    marks: VecDeque<(u64, Stamp)>,
    backlog: Arc<Backlog>,
}

/// So many reports may wait for the stage. Then the wire stands still, and what the hosts send on is queued by the
/// kernel; what does not fit there is counted, and shown as our loss.
const MOST_WAITING: usize = 65_536;
/// How soon the wire looks again whether the stage has caught up.
const BREATH: Duration = Duration::from_millis(1);

#[derive(Debug, Default)]
struct Backlog {
    waiting: AtomicUsize,
    closing: AtomicBool,
}

impl Backlog {
    fn await_room(&self) {
        while self.waiting.load(Ordering::Acquire) > MOST_WAITING && !self.closing.load(Ordering::Acquire) {
            thread::park_timeout(BREATH);
        }
    }
}

impl Carried {
    pub(super) fn build(plan: Plan, book: &Book, reports: &Sender<Report>) -> io::Result<Self> {
        let hands = Hands::new(book.clone(), reports.clone());
        let backlog = Arc::new(Backlog::default());
        let (seen, tell) = (Arc::clone(&backlog), reports.clone());
        let wire = Wire::build(plan, hands, move |news| {
            seen.await_room();
            seen.waiting.fetch_add(news.len(), Ordering::AcqRel);
            // The stage may have gone; then nobody is interested.
            let _ = tell.send(Report::Wire(news));
        })?;
        let (reasons, marks) = (HashMap::new(), VecDeque::new());
        Ok(Self { wire: Arc::new(wire), reasons, entering: None, marks, backlog })
    }

    pub(super) fn homes(&self) -> io::Result<Homes> {
        let homes = self.wire.hosts().iter().map(|host| host.namespace.try_clone().map(Arc::new));
        homes.collect::<io::Result<_>>().map(Homes::Apart)
    }

    /// What could not be set, in words.
    pub(super) fn unset(&self) -> Vec<String> {
        let words = |unset: &crate::link::wire::Unset| {
            let crate::link::wire::Unset { host, name, wanted, error } = unset;
            format!(
                "{name} of {host} could not be set to {wanted} ({error}): numbers may differ a little from the text."
            )
        };
        self.wire.unset().iter().map(words).collect()
    }

    pub(super) fn mark(&mut self, token: u64) {
        self.marks.push_back((token, Stamp::now()));
        // Refused where the wire has given up: then its last report says why.
        let _ = self.wire.mark(token);
    }

    /// When the barrier was asked for: everything of before has been told.
    fn marked_at(&mut self, token: u64) -> Option<Stamp> {
        let answered = self.marks.partition_point(|(asked, _)| *asked <= token);
        self.marks.drain(..answered).map(|(_, at)| at).next_back()
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        self.backlog.closing.store(true, Ordering::Release);
    }
}

impl Stage {
    pub(super) fn take_from_wire(&mut self, news: Vec<WireReport>, recorder: &mut Recorder<'_>) -> io::Result<()> {
        if let Link::Wire(carried) = &self.link {
            carried.backlog.waiting.fetch_sub(news.len(), Ordering::AcqRel);
        }
        news.into_iter().try_for_each(|report| self.take_one_from_wire(report, recorder))
    }

    fn take_one_from_wire(&mut self, report: WireReport, recorder: &mut Recorder<'_>) -> io::Result<()> {
        let Link::Wire(carried) = &mut self.link else { return Ok(()) };
        match report {
            WireReport::Entered(frame) => carried.entering = Some(frame),
            WireReport::Decided { id, decision, at } => {
                let reason = carried.reasons.remove(&id);
                self.has_entered(recorder)?;
                self.is_decided(id, &decision, reason, at, recorder);
            }
            WireReport::Left { id, at, copy, altered } => {
                self.note_damage(id, altered.as_deref());
                self.move_to(id, Place::Arrived, Some(at));
                let altered = altered.map(|bytes| bytes.to_vec());
                recorder.add(at, What::Fate { frame: id, fate: Fate::Left { copy, altered } });
                if let Some(arrivals) = &mut self.arrivals {
                    arrivals.push(id);
                }
            }
            WireReport::Discarded { id, why, at, .. } => {
                self.has_entered(recorder)?;
                let why = reason(why);
                self.move_to(id, Place::Lost(why), None);
                recorder.add(at, What::Fate { frame: id, fate: Fate::Dropped { why } });
            }
            // Whoever gave the order was too late: somebody else has dealt with the frame.
            WireReport::NotHeld { .. } => {}
            WireReport::Lost { frames, .. } => self.has_lost(frames, recorder),
            WireReport::Drained { token, at } => {
                let at = carried.marked_at(token).unwrap_or(at);
                self.has_drained(token, at);
            }
            WireReport::Failed { error, .. } => return Err(error),
        }
        Ok(())
    }

    /// Only now, when it is known whether it is a twin, a line of the script may look at it.
    fn has_entered(&mut self, recorder: &mut Recorder<'_>) -> io::Result<()> {
        let Link::Wire(carried) = &mut self.link else { return Ok(()) };
        let Some(frame) = carried.entering.take() else { return Ok(()) };
        let seen = hands::seen(&frame, &self.book);
        self.keep(seen, recorder)
    }

    fn is_decided(
        &mut self,
        id: FrameId,
        decision: &Decision,
        reason: Option<DropReason>,
        at: Stamp,
        recorder: &mut Recorder<'_>,
    ) {
        let (place, fate) = match decision {
            Decision::Deliver => (Place::OnItsWay, None),
            Decision::Hold => (Place::Held, Some(Fate::Held)),
            Decision::TwinOf(of) => {
                self.count_twin(*of);
                (Place::Twin(*of), Some(Fate::Twin { of: *of }))
            }
            Decision::Drop => {
                let why = reason.unwrap_or(DropReason::Asked);
                (Place::Lost(why), Some(Fate::Dropped { why }))
            }
            Decision::Copies(copies) => (Place::OnItsWay, copied(copies)),
            Decision::SwapWithNext { .. } => (Place::OnItsWay, Some(Fate::Reordered)),
        };
        self.move_to(id, place, None);
        if let Some(fate) = fate {
            recorder.add(at, What::Fate { frame: id, fate });
        }
    }

    fn count_twin(&mut self, of: FrameId) {
        if let Some(first) = self.frame_mut(of) {
            first.passage.twins += 1;
        }
    }

    /// One copy that is taken is enough.
    fn note_damage(&mut self, id: FrameId, altered: Option<&[u8]>) {
        let Some(seen) = self.frame_mut(id) else { return };
        let is_taken = altered.is_none_or(|arrived| Reception::of(&seen.bytes, arrived).is_taken());
        let is_first = seen.passage.place != Place::Arrived;
        seen.passage.damaged = !is_taken && (is_first || seen.passage.damaged);
    }

    fn move_to(&mut self, id: FrameId, place: Place, left: Option<Stamp>) {
        let Some(seen) = self.frame_mut(id) else { return };
        let Passage { place: before, left: left_before, twins, damaged } = seen.passage;
        // Of several copies one is enough.
        let place = if before == Place::Arrived { before } else { place };
        seen.passage = Passage { place, left: left_before.or(left), twins, damaged };
        let change = |of: Place| isize::from(place == of) - isize::from(before == of);
        self.in_transit = self.in_transit.saturating_add_signed(change(Place::OnItsWay));
        self.held = self.held.saturating_add_signed(change(Place::Held));
    }

    fn frame_mut(&mut self, id: FrameId) -> Option<&mut Seen> {
        self.frames.get_mut(usize::try_from(id).ok()?)
    }
}

/// What is told of copies, besides that they leave: where they differ from what came in.
fn copied(copies: &[Delivery]) -> Option<Fate> {
    match copies {
        [Delivery { alteration: Some(Alteration::Flip { offset, .. }), .. }] => {
            Some(Fate::Corrupted { offset: *offset })
        }
        [Delivery { alteration: Some(Alteration::Truncate { length }), .. }] => {
            Some(Fate::Truncated { length: *length })
        }
        [Delivery { delay, alteration: None }] if delay.is_zero() => None,
        [Delivery { delay, alteration: None }] => {
            Some(Fate::Delayed { by_ns: u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX) })
        }
        copies => Some(Fate::Duplicated { copies: copies.len() }),
    }
}

const fn reason(why: Why) -> DropReason {
    match why {
        Why::Down => DropReason::Down,
        Why::QueueFull => DropReason::QueueFull,
        Why::NoRoom => DropReason::NoRoom,
        Why::TooLarge => DropReason::TooLarge,
        Why::Refused(_) => DropReason::Refused,
    }
}
