//! The belt: what is on the wire, and when it leaves. Frames, decisions and times in; frames and reports out.
//!
//! It touches neither sockets nor clocks: those are behind [`Ends`], and the time is an argument. What it keeps is
//! bounded, whatever arrives.

use std::{
    collections::BTreeMap,
    io, mem,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    held::Held,
    limit::{Limit, Rate},
    report::{Why, WireReport},
    switch::{Decision, Delivery, Frame, FrameId, HostIndex},
};
use crate::kernel::clock::Stamp;

/// What keeping a frame costs beside its bytes, rounded up.
const OVERHEAD: usize = 256;

/// The two ends that the belt leads to: the hosts' ports, and whoever is told.
pub(super) trait Ends {
    fn send(&mut self, to: HostIndex, bytes: &[u8]) -> io::Result<()>;
    fn report(&mut self, report: WireReport);
    fn now(&self) -> Stamp;
}

/// One copy of a frame, on its way.
#[derive(Clone, Debug)]
struct Parcel {
    frame: Frame,
    copy: usize,
    altered: Option<Arc<[u8]>>,
}

/// From one host to another.
#[derive(Debug, Default)]
struct Direction {
    limit: Option<Limit<Parcel>>,
    /// Those that let the next one pass, each with the time until which they wait for it.
    swapped: Vec<(Instant, Parcel)>,
}

#[derive(Debug)]
pub(super) struct Belt {
    held: Held,
    /// By the time at which they go on, and for equal times in order.
    delayed: BTreeMap<(Instant, u64), Parcel>,
    /// One for each pair of hosts: the sender's row, the receiver's column.
    directions: Vec<Vec<Direction>>,
    /// How many bytes may still be kept.
    room: usize,
    count: u64,
}

impl Belt {
    pub(super) fn new(hosts: usize, room: usize) -> Self {
        let row = || (0..hosts).map(|_| Direction::default()).collect();
        let directions = (0..hosts).map(|_| row()).collect();
        Self { held: Held::default(), delayed: BTreeMap::new(), directions, room, count: 0 }
    }

    pub(super) const fn held(&self) -> &Held {
        &self.held
    }

    /// Puts a frame that has just arrived on the belt.
    pub(super) fn put(&mut self, frame: Frame, decision: Decision, now: Instant, ends: &mut impl Ends) {
        if decision == Decision::Hold && !self.reserve(frame.bytes.len()) {
            return discard(&Parcel::of(frame), Why::NoRoom, ends);
        }
        let report = WireReport::Decided { id: frame.id, decision: decision.clone(), at: ends.now() };
        ends.report(report);
        self.start(frame, decision, now, ends);
    }

    /// Does what was decided about a frame that is held.
    pub(super) fn decide(&mut self, id: FrameId, decision: Decision, now: Instant, ends: &mut impl Ends) {
        let at = ends.now();
        if decision == Decision::Hold && self.held.get(id).is_some() {
            return;
        }
        let Some(frame) = self.held.take(id) else { return ends.report(WireReport::NotHeld { id, at }) };
        self.free(frame.bytes.len());
        ends.report(WireReport::Decided { id, decision: decision.clone(), at });
        self.start(frame, decision, now, ends);
    }

    fn start(&mut self, frame: Frame, decision: Decision, now: Instant, ends: &mut impl Ends) {
        match decision {
            Decision::Deliver => self.go_on(Parcel::of(frame), now, ends),
            Decision::Hold => self.held.put(frame),
            Decision::Drop | Decision::TwinOf(_) => {}
            Decision::Copies(copies) => {
                for (copy, delivery) in copies.into_iter().enumerate() {
                    self.start_copy(&frame, copy, delivery, now, ends);
                }
            }
            Decision::SwapWithNext { within } => self.let_next_pass(Parcel::of(frame), within, now, ends),
        }
    }

    fn start_copy(&mut self, frame: &Frame, copy: usize, delivery: Delivery, now: Instant, ends: &mut impl Ends) {
        let altered = delivery.alteration.and_then(|alteration| alteration.of(&frame.bytes));
        let parcel = Parcel { frame: frame.clone(), copy, altered };
        if delivery.delay.is_zero() {
            return self.go_on(parcel, now, ends);
        }
        if !self.reserve(parcel.bytes().len()) {
            return discard(&parcel, Why::NoRoom, ends);
        }
        self.count += 1;
        self.delayed.insert((later(now, delivery.delay), self.count), parcel);
    }

    /// One that waits already has the next one here: two that let each other pass would only be late.
    fn let_next_pass(&mut self, parcel: Parcel, within: Duration, now: Instant, ends: &mut impl Ends) {
        if self.direction(&parcel.frame).is_some_and(|direction| !direction.swapped.is_empty()) {
            return self.go_on(parcel, now, ends);
        }
        if !self.reserve(parcel.bytes().len()) {
            return discard(&parcel, Why::NoRoom, ends);
        }
        if let Some(direction) = self.direction(&parcel.frame) {
            direction.swapped.push((later(now, within), parcel));
        }
    }

    /// To the receiver, or into the queue before it.
    fn go_on(&mut self, parcel: Parcel, now: Instant, ends: &mut impl Ends) {
        let length = parcel.bytes().len();
        if self.direction(&parcel.frame).is_none_or(|direction| direction.limit.is_none()) {
            return self.leave(&parcel, now, ends);
        }
        if !self.reserve(length) {
            return discard(&parcel, Why::NoRoom, ends);
        }
        if let Err(parcel) = self.queue(parcel, length, now) {
            self.free(length);
            discard(&parcel, Why::QueueFull, ends);
        }
    }

    fn queue(&mut self, parcel: Parcel, length: usize, now: Instant) -> Result<(), Parcel> {
        match self.direction(&parcel.frame).and_then(|direction| direction.limit.as_mut()) {
            Some(limit) => limit.push(parcel, length, now),
            None => Err(parcel),
        }
    }

    /// Out of our hands, and after it those that have let it pass.
    fn leave(&mut self, parcel: &Parcel, now: Instant, ends: &mut impl Ends) {
        let at = ends.now();
        let id = parcel.frame.id;
        match ends.send(parcel.frame.to, parcel.bytes()) {
            Ok(()) => {
                let altered = parcel.altered.clone();
                ends.report(WireReport::Left { id, copy: parcel.copy, at, altered });
                self.let_swapped_follow(parcel, now, ends);
            }
            Err(error) if error.raw_os_error() == Some(libc::EMSGSIZE) => discard(parcel, Why::TooLarge, ends),
            Err(error) => discard(parcel, Why::Refused(error.kind()), ends),
        }
    }

    fn let_swapped_follow(&mut self, first: &Parcel, now: Instant, ends: &mut impl Ends) {
        let Some(direction) = self.direction(&first.frame) else { return };
        for (_, parcel) in mem::take(&mut direction.swapped) {
            self.free(parcel.bytes().len());
            self.go_on(parcel, now, ends);
        }
    }

    /// Sets, changes or lifts the limit of a direction. What waits behind one that is lifted leaves at once.
    pub(super) fn limit(
        &mut self,
        from: HostIndex,
        to: HostIndex,
        rate: Option<Rate>,
        now: Instant,
        ends: &mut impl Ends,
    ) {
        let Some(direction) = self.directions.get_mut(from).and_then(|row| row.get_mut(to)) else { return };
        match (rate, direction.limit.as_mut()) {
            (Some(rate), Some(limit)) => limit.change(rate, now),
            (Some(rate), None) => direction.limit = Some(Limit::new(rate)),
            (None, _) => {
                for parcel in direction.limit.take().into_iter().flat_map(Limit::into_waiting).collect::<Vec<_>>() {
                    self.free(parcel.bytes().len());
                    self.leave(&parcel, now, ends);
                }
            }
        }
    }

    /// Lets go at once what is delayed, and what lets another one pass.
    pub(super) fn hurry(&mut self, now: Instant, ends: &mut impl Ends) {
        let delayed = mem::take(&mut self.delayed).into_values();
        let swapped = self.directions.iter_mut().flatten().flat_map(|direction| mem::take(&mut direction.swapped));
        let parcels: Vec<Parcel> = delayed.chain(swapped.map(|(_, parcel)| parcel)).collect();
        for parcel in parcels {
            self.free(parcel.bytes().len());
            self.go_on(parcel, now, ends);
        }
    }

    /// When there is something to do next without a frame or an order.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let delayed = self.delayed.first_key_value().map(|((when, _), _)| *when);
        self.directions.iter().flatten().filter_map(Direction::deadline).chain(delayed).min()
    }

    /// Lets go what is due.
    pub(super) fn tick(&mut self, now: Instant, ends: &mut impl Ends) {
        while let Some(parcel) = self.next_delayed(now) {
            self.go_on(parcel, now, ends);
        }
        for from in 0..self.directions.len() {
            for to in 0..self.directions.len() {
                while let Some(parcel) = self.next_swapped(from, to, now) {
                    self.go_on(parcel, now, ends);
                }
                while let Some(parcel) = self.next_limited(from, to, now) {
                    self.leave(&parcel, now, ends);
                }
            }
        }
    }

    fn next_delayed(&mut self, now: Instant) -> Option<Parcel> {
        let first = self.delayed.first_entry().filter(|first| first.key().0 <= now)?;
        let parcel = first.remove();
        self.free(parcel.bytes().len());
        Some(parcel)
    }

    fn next_swapped(&mut self, from: HostIndex, to: HostIndex, now: Instant) -> Option<Parcel> {
        let swapped = &mut self.directions.get_mut(from)?.get_mut(to)?.swapped;
        let due = swapped.iter().position(|(until, _)| *until <= now)?;
        let (_, parcel) = swapped.remove(due);
        self.free(parcel.bytes().len());
        Some(parcel)
    }

    fn next_limited(&mut self, from: HostIndex, to: HostIndex, now: Instant) -> Option<Parcel> {
        let parcel = self.directions.get_mut(from)?.get_mut(to)?.limit.as_mut()?.pop(now)?;
        self.free(parcel.bytes().len());
        Some(parcel)
    }

    fn direction(&mut self, frame: &Frame) -> Option<&mut Direction> {
        self.directions.get_mut(frame.from)?.get_mut(frame.to)
    }

    /// Takes room for a frame; false where there is not so much.
    fn reserve(&mut self, bytes: usize) -> bool {
        match self.room.checked_sub(bytes + OVERHEAD) {
            Some(room) => {
                self.room = room;
                true
            }
            None => false,
        }
    }

    const fn free(&mut self, bytes: usize) {
        self.room += bytes + OVERHEAD;
    }
}

impl Direction {
    fn deadline(&self) -> Option<Instant> {
        let limited = self.limit.as_ref().and_then(Limit::deadline);
        self.swapped.iter().map(|(until, _)| *until).chain(limited).min()
    }
}

impl Parcel {
    const fn of(frame: Frame) -> Self {
        Self { frame, copy: 0, altered: None }
    }

    fn bytes(&self) -> &[u8] {
        self.altered.as_ref().unwrap_or(&self.frame.bytes)
    }
}

fn discard(parcel: &Parcel, why: Why, ends: &mut impl Ends) {
    let report = WireReport::Discarded { id: parcel.frame.id, copy: parcel.copy, why, at: ends.now() };
    ends.report(report);
}

/// A time so far away that it can not be told is as good as a year.
fn later(now: Instant, delay: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    now.checked_add(delay).unwrap_or_else(|| now + YEAR)
}

#[cfg(test)]
mod tests;
