//! The carrier: the wire's own thread. It sleeps until a frame or an order comes or something is due, and carries.
//!
//! What becomes of frames is the switch's decision, and how that is done the belt's; here is only the going to and
//! fro between them, the ports and the orders.

use std::{
    io, mem,
    os::fd::{AsFd, OwnedFd},
    sync::{Arc, mpsc::Receiver},
    time::Instant,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{
    super::{
        interfaces::Mac,
        packet_socket::{Next, PacketSocket},
    },
    belt::{Belt, Ends},
    limit::Rate,
    report::{Why, WireReport},
    switch::{Frame, FrameId, HostIndex, Switch},
};
use crate::kernel::clock::Stamp;

/// So many frames of one port are taken in before another has its turn. It bounds how late a frame that is due leaves
/// in a flood.
const TURN: usize = 64;
/// So many reports are handed over at a time. It is what a turn of one frame after the other makes.
const BATCH: usize = 4 * TURN;
/// After as many failures without a frame between them the carrier gives up.
const FAILURES: usize = 16;
/// Where the receiver stands in an Ethernet frame.
const RECEIVER: std::ops::Range<usize> = 0..6;

/// What the carrier is told from outside.
#[derive(Debug)]
pub(super) enum Order<Wish> {
    Switch(Wish),
    Up(bool),
    Limit { from: HostIndex, to: HostIndex, rate: Option<Rate> },
    Hurry,
    Mark(u64),
    Stop,
}

pub(super) struct Carrier<S: Switch, Report> {
    switch: S,
    belt: Belt,
    far: Far<Report>,
    macs: Vec<Mac>,
    bell: Arc<OwnedFd>,
    orders: Receiver<Order<S::Order>>,
    /// Barriers that wait until everything that came before them is through.
    marks: Vec<u64>,
    /// Whether frames come through at all.
    up: bool,
    stopping: bool,
    next_id: FrameId,
    failures: usize,
}

/// The ports and the listener, as the belt sees them.
struct Far<Report> {
    ports: Vec<PacketSocket>,
    report: Report,
    /// What the listener has not heard yet.
    unheard: Vec<WireReport>,
    /// Frames that do not leave, of which the switch has not heard.
    discarded: Vec<FrameId>,
}

impl<Report: FnMut(Vec<WireReport>)> Far<Report> {
    /// Tells the listener what there is, in one go: to wake it for each report would cost more than the frame.
    fn tell(&mut self) {
        if !self.unheard.is_empty() {
            (self.report)(mem::take(&mut self.unheard));
        }
    }
}

impl<Report: FnMut(Vec<WireReport>)> Ends for Far<Report> {
    fn send(&mut self, to: HostIndex, bytes: &[u8]) -> io::Result<()> {
        self.ports.get_mut(to).ok_or(io::ErrorKind::NotFound)?.send(bytes)
    }

    fn report(&mut self, report: WireReport) {
        if let WireReport::Discarded { id, .. } = report {
            self.discarded.push(id);
        }
        self.unheard.push(report);
        if self.unheard.len() >= BATCH {
            self.tell();
        }
    }

    fn now(&self) -> Stamp {
        Stamp::now()
    }
}

impl<S: Switch, Report: FnMut(Vec<WireReport>)> Carrier<S, Report> {
    pub(super) fn new(
        switch: S,
        report: Report,
        belt: Belt,
        (ports, macs): (Vec<PacketSocket>, Vec<Mac>),
        (bell, orders): (Arc<OwnedFd>, Receiver<Order<S::Order>>),
    ) -> Self {
        let far = Far { ports, report, unheard: Vec::new(), discarded: Vec::new() };
        Self {
            switch,
            belt,
            far,
            macs,
            bell,
            orders,
            marks: Vec::new(),
            up: true,
            stopping: false,
            next_id: 0,
            failures: 0,
        }
    }

    /// Until it is told to stop. The switch and the listener are dropped with it; the ports are handed back.
    pub(super) fn run(mut self) -> Vec<PacketSocket> {
        while !self.stopping && self.failures < FAILURES {
            self.sleep();
            self.obey();
            let marks = mem::take(&mut self.marks);
            for host in 0..self.macs.len() {
                self.take_in(host, !marks.is_empty());
            }
            self.belt.tick(Instant::now(), &mut self.far);
            self.tell_switch_of_losses();
            for token in marks {
                self.far.report(WireReport::Drained { token, at: Stamp::now() });
            }
            self.far.tell();
        }
        (0..self.macs.len()).for_each(|host| self.report_losses(host));
        self.far.tell();
        self.far.ports
    }

    /// Until a frame is queued, the bell rings, or something is due. With nothing due it sleeps for as long as it
    /// takes, however much is held.
    fn sleep(&mut self) {
        let due = self.belt.deadline().map(|when| when.saturating_duration_since(Instant::now()));
        let timeout = due.and_then(|duration| Timespec::try_from(duration).ok());
        let sources = self.far.ports.iter().map(AsFd::as_fd).chain([self.bell.as_fd()]);
        let mut sources: Vec<PollFd<'_>> =
            sources.map(|source| PollFd::from_borrowed_fd(source, PollFlags::IN)).collect();
        match poll(&mut sources, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => self.fail(None, error.into()),
        }
        // Orders whose ring is taken back here are read right after it; a later one rings anew.
        let _ = rustix::io::read(&*self.bell, &mut [0; 8]);
    }

    /// Does what it was told. Only barriers have to wait.
    fn obey(&mut self) {
        while let Ok(order) = self.orders.try_recv() {
            match order {
                Order::Switch(order) => self.ask_switch(order),
                Order::Up(up) => self.up = up,
                Order::Limit { from, to, rate } => {
                    self.belt.limit(from, to, rate, Instant::now(), &mut self.far);
                }
                Order::Hurry => self.belt.hurry(Instant::now(), &mut self.far),
                Order::Mark(token) => self.marks.push(token),
                Order::Stop => self.stopping = true,
            }
        }
    }

    fn ask_switch(&mut self, order: S::Order) {
        for (id, decision) in self.switch.order(order, self.belt.held()) {
            self.belt.decide(id, decision, Instant::now(), &mut self.far);
        }
        self.tell_switch_of_losses();
    }

    fn tell_switch_of_losses(&mut self) {
        mem::take(&mut self.far.discarded).into_iter().for_each(|id| self.switch.lost(id));
    }

    /// Takes in what a host has sent: a turn's worth, or, before a barrier, all that its queue can have held.
    fn take_in(&mut self, host: HostIndex, all: bool) {
        let most = self.far.ports.get(host).map_or(0, |port| if all { port.most_queued() } else { TURN });
        let taken = (0..most).take_while(|_| !self.stopping && self.take_one(host)).count();
        if all || taken == most {
            self.report_losses(host);
        }
    }

    /// False: there was none.
    fn take_one(&mut self, host: HostIndex) -> bool {
        let Some(port) = self.far.ports.get_mut(host) else { return false };
        match port.next(|_| true, |at, bytes| (at, Arc::<[u8]>::from(bytes))) {
            Ok(Next::Frame((at, bytes))) => {
                self.failures = 0;
                // What was ordered before this frame was sent has to be obeyed before it.
                self.obey();
                self.forward(host, at, &bytes);
                true
            }
            Ok(Next::Skipped) => true,
            Ok(Next::Empty) => false,
            Err(error) => {
                self.fail(Some(host), error);
                false
            }
        }
    }

    /// Like an Ethernet switch: to the one that it is for, or to all others.
    fn forward(&mut self, from: HostIndex, at: Stamp, bytes: &Arc<[u8]>) {
        let receiver = bytes.get(RECEIVER);
        let known = self.macs.iter().position(|mac| receiver == Some(mac)).filter(|to| *to != from);
        let receivers = known.map_or(0..self.macs.len(), |to| to..to + 1);
        for to in receivers.filter(|to| *to != from) {
            let id = self.next_id;
            self.next_id += 1;
            self.enter(Frame { id, from, to, at, bytes: Arc::clone(bytes) });
        }
    }

    fn enter(&mut self, frame: Frame) {
        self.far.report(WireReport::Entered(frame.clone()));
        if !self.up {
            let at = Stamp::now();
            return self.far.report(WireReport::Discarded { id: frame.id, copy: 0, why: Why::Down, at });
        }
        let decision = self.switch.arrived(&frame, self.belt.held());
        self.belt.put(frame, decision, Instant::now(), &mut self.far);
        self.tell_switch_of_losses();
    }

    fn report_losses(&mut self, host: HostIndex) {
        match self.far.ports.get(host).map_or(Ok(0), PacketSocket::lost) {
            Ok(0) => {}
            Ok(frames) => self.far.report(WireReport::Lost { host, frames }),
            Err(error) => self.fail(Some(host), error),
        }
    }

    fn fail(&mut self, host: Option<HostIndex>, error: io::Error) {
        self.failures += 1;
        let stored = host.and_then(|host| self.far.ports.get(host)?.take_error());
        self.far.report(WireReport::Failed { host, error: stored.unwrap_or(error) });
    }
}
