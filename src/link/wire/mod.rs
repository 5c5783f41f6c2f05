//! The wire: hosts in namespaces of their own, joined by a thread of this process, which takes every frame in and
//! sends it on with pnet.
//!
//! ```text
//!   client's namespace      the hub's namespace      server's namespace
//!   eth0 ═══════════════ port0 ─▶ carrier ─▶ port1 ═══════════════ eth0
//!                                 │  │  ▲
//!                        switch ◀─┘  │  └─ orders
//!                      (decides)     ▼
//!                                 reports
//! ```
//!
//! Between two frames the kernels' real states can be read. What becomes of a frame is decided by a [`Switch`] that
//! the caller hands over; the carrier (the wire's thread) asks it, the belt does it. Nothing here looks into a frame
//! but for the Ethernet address of its receiver.

mod belt;
mod carrier;
mod ground;
mod held;
mod limit;
mod parting;
mod plan;
mod report;
mod routing;
mod switch;

use std::{
    io,
    os::fd::OwnedFd,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use rustix::event::{EventfdFlags, eventfd};

use self::{
    belt::Belt,
    carrier::{Carrier, Order},
    ground::Ground,
};
pub use self::{
    ground::{Host, INTERFACE, Unset},
    held::Held,
    limit::Rate,
    parting::abort_when_closed,
    plan::{Address, HostPlan, PATIENT, Plan},
    report::{Why, WireReport},
    switch::{Alteration, Decision, Delivery, Frame, FrameId, HostIndex, Switch},
};
pub use super::interfaces::Mac;
use super::{Watch, netns::Handle};

/// How many bytes of frames are kept at most: held, delayed, queued.
const ROOM: usize = 16 << 20;

/// Whether a wire can be laid in this grade: each of its ends needs a namespace, and a namespace is held open by a file
/// in `/proc`.
#[must_use]
pub fn can_be_laid(watch: Watch) -> bool {
    watch == Watch::Private && Handle::here().is_ok()
}

/// A wire in use, for as long as it is not dropped. `Wish` is what its switch may be told.
///
/// With it end the hosts' connections: the kernel would go on to repeat what was not acknowledged, to nobody, and the
/// namespace of a host stays for as long as that. In a process that is killed nobody is left to end them; see
/// [`abort_when_closed`].
#[derive(Debug)]
pub struct Wire<Wish> {
    hosts: Vec<Host>,
    unset: Vec<Unset>,
    orders: Sender<Order<Wish>>,
    bell: Arc<OwnedFd>,
    /// Tells that the carrier is done; `None` once that has been heard. Nobody waits for the lock: it only makes that
    /// threads may share the wire.
    end: Option<Mutex<Receiver<End>>>,
}

/// Said by a carrier that came to its end. One that panicked falls silent instead.
#[derive(Debug)]
struct End;

/// What the carrier's thread answers when it has built, or has not.
type Built = io::Result<(Vec<Host>, Vec<Unset>)>;

impl<Wish: Send + 'static> Wire<Wish> {
    /// Builds what the plan says, in the sandbox that the process has entered. The calling thread stays in the
    /// namespace in which it is.
    ///
    /// `report` is given what has happened since it was called last, before the wire sleeps again. It and the switch
    /// run on the wire's own thread: while they run, frames queue. They must not stop the
    /// wire themselves. Where `report` blocks, the wire stands still, and hosts that send on lose frames, which is
    /// reported.
    pub fn build<S>(plan: Plan, switch: S, report: impl FnMut(Vec<WireReport>) + Send + 'static) -> io::Result<Self>
    where
        S: Switch<Order = Wish> + Send + 'static,
    {
        plan.check()?;
        let bell = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let (orders, incoming) = channel();
        let ((say_built, built), (say_end, end)) = (channel(), channel());
        let told = (Arc::clone(&bell), incoming);
        let work = move || carry(&plan, switch, report, told, &say_built, &say_end);
        thread::Builder::new().name("wire".into()).spawn(work)?;
        let (hosts, unset) = built.recv().map_err(|_| failed())??;
        Ok(Self { hosts, unset, orders, bell, end: Some(Mutex::new(end)) })
    }

    /// In the order of the plan.
    #[must_use]
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The settings that could not be made.
    #[must_use]
    pub fn unset(&self) -> &[Unset] {
        &self.unset
    }

    /// Tells the switch something. It knows it before any frame that is sent after the return.
    pub fn order(&self, wish: Wish) -> io::Result<()> {
        self.tell(Order::Switch(wish))
    }

    /// Cuts the wire, or mends it. While it is cut, everything that arrives is lost, and the switch does not hear of
    /// it; what is held stays in our hands, and can be delivered.
    pub fn set_up(&self, up: bool) -> io::Result<()> {
        self.tell(Order::Up(up))
    }

    /// Sets how fast frames go from one host to another, or, with `None`, lets them go as fast as they come.
    pub fn limit(&self, from: HostIndex, to: HostIndex, rate: Option<Rate>) -> io::Result<()> {
        if from.max(to) >= self.hosts.len() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no such host on the wire"));
        }
        self.tell(Order::Limit { from, to, rate })
    }

    /// Lets go at once what is delayed, and what waits for another frame to pass it.
    pub fn hurry(&self) -> io::Result<()> {
        self.tell(Order::Hurry)
    }

    /// Asks for [`WireReport::Drained`] once everything that was sent by now has been reported and decided, and what
    /// is to be delivered at once has been handed to the receivers' kernels.
    ///
    /// No more than that: the receiver's kernel may take a frame in a thread of its own, a moment later.
    pub fn mark(&self, token: u64) -> io::Result<()> {
        self.tell(Order::Mark(token))
    }

    /// Ends at once. What is held, or has not been taken in yet, is lost; connections are broken off.
    pub fn stop(mut self) -> io::Result<()> {
        self.finish()
    }

    fn tell(&self, order: Order<Wish>) -> io::Result<()> {
        tell(&self.orders, &self.bell, order)
    }
}

impl<Wish> Wire<Wish> {
    fn finish(&mut self) -> io::Result<()> {
        let Some(end) = self.end.take() else { return Ok(()) };
        // Refused where the carrier has given up already: then there is only its end to wait for.
        let _ = tell(&self.orders, &self.bell, Order::Stop);
        let end = end.into_inner().unwrap_or_else(PoisonError::into_inner);
        end.recv().map(drop).map_err(|_| failed())
    }
}

impl<Wish> Drop for Wire<Wish> {
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

fn tell<Wish>(orders: &Sender<Order<Wish>>, bell: &OwnedFd, order: Order<Wish>) -> io::Result<()> {
    // First the order, then the bell: who hears the bell finds the order.
    orders.send(order).map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the wire has ended"))?;
    rustix::io::write(bell, &1u64.to_ne_bytes())?;
    Ok(())
}

fn failed() -> io::Error {
    io::Error::other("the wire's thread failed")
}

/// What the wire's thread does: it builds, for the namespaces must be entered by somebody, and then carries.
fn carry<S: Switch>(
    plan: &Plan,
    switch: S,
    report: impl FnMut(Vec<WireReport>),
    told: (Arc<OwnedFd>, Receiver<Order<S::Order>>),
    say_built: &Sender<Built>,
    say_end: &Sender<End>,
) {
    let Ground { hosts, unset, diags, ports, stamped } = match ground::lay(plan) {
        Ok(ground) => ground,
        Err(error) => return drop(say_built.send(Err(error))),
    };
    let macs = hosts.iter().map(|host| host.mac).collect();
    let belt = Belt::new(hosts.len(), ROOM);
    let carrier = Carrier::new(switch, report, belt, (ports, macs), told);
    let _ = say_built.send(Ok((hosts, unset)));
    let ports = carrier.run();
    parting::break_off(&diags);
    let _ = say_end.send(End);
    // To close a packet socket takes the kernel some 10 ms: nobody has to wait for that.
    drop((ports, stamped));
}
