//! A capture: a thread that reports every frame of an interface, once, whole, with the kernel's time of it.
//!
//! It sleeps until a frame or an order comes, so that an idle lesson costs nothing. What it could not keep up with it
//! says. What the frames mean is left to others.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};

pub use super::packet_socket::Captured;
use super::packet_socket::{Next, PacketSocket};
use crate::kernel::clock::Stamp;

/// After as many failures without a frame between them the capture gives up.
const FAILURES: usize = 16;

/// What a capture reports, in the order in which it happened.
#[derive(Debug)]
pub enum CaptureReport {
    Frame(Captured),
    /// Every frame that was queued when [`Capture::mark`] was called with this token has been reported, and every
    /// one that was queued at `at`.
    Drained {
        token: u64,
        at: Stamp,
    },
    /// So many frames found the queue full. On the host's own loopback others' frames are among them.
    Lost(u64),
    /// The interface failed, or a frame could not be read.
    Failed(io::Error),
}

/// A running capture. Dropping it stops it.
#[derive(Debug)]
pub struct Capture {
    orders: Sender<Order>,
    bell: Arc<OwnedFd>,
    /// Tells that everything was reported; `None` once that has been heard.
    end: Option<Receiver<End>>,
}

/// Said by a capture that came to its end. One that panicked falls silent instead.
#[derive(Debug)]
struct End;

#[derive(Debug)]
enum Order {
    Mark(u64),
    Stop,
}

impl Capture {
    /// Begins to capture on `interface`, in the calling thread's network namespace. Every frame that is sent after
    /// the return is seen.
    ///
    /// `keep` decides by a frame's bytes whether it is reported. Both functions run on the capture's own thread, and
    /// while they run, frames queue: they should be quick. `report` must not stop the capture itself.
    pub fn start(
        interface: &str,
        keep: impl Fn(&[u8]) -> bool + Send + 'static,
        report: impl FnMut(CaptureReport) + Send + 'static,
    ) -> io::Result<Self> {
        let socket = PacketSocket::open(interface)?;
        let bell = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let (orders, incoming) = channel();
        let watcher = Watcher { socket, bell: Arc::clone(&bell), orders: incoming, keep, report, failures: 0 };
        let (say_end, end) = channel();
        thread::Builder::new().name("capture".into()).spawn(move || {
            let socket = watcher.run();
            let _ = say_end.send(End);
            // To close a packet socket takes the kernel some 10 ms: nobody has to wait for that.
            drop(socket);
        })?;
        Ok(Self { orders, bell, end: Some(end) })
    }

    /// Asks for [`CaptureReport::Drained`] once everything that is queued by now has been reported.
    pub fn mark(&self, token: u64) -> io::Result<()> {
        self.order(Order::Mark(token))
    }

    /// Reports what is still queued and what was lost, and ends.
    pub fn stop(mut self) -> io::Result<()> {
        self.finish()
    }

    fn finish(&mut self) -> io::Result<()> {
        let Some(end) = self.end.take() else { return Ok(()) };
        // Refused where the capture has given up already: then there is only its end to wait for.
        let _ = self.order(Order::Stop);
        end.recv().map(drop).map_err(|_| io::Error::other("the capture's thread failed"))
    }

    fn order(&self, order: Order) -> io::Result<()> {
        // First the order, then the bell: who hears the bell finds the order.
        self.orders.send(order).map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the capture has ended"))?;
        rustix::io::write(&*self.bell, &1u64.to_ne_bytes())?;
        Ok(())
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

/// The thread's own side.
struct Watcher<Keep, Report> {
    socket: PacketSocket,
    bell: Arc<OwnedFd>,
    orders: Receiver<Order>,
    keep: Keep,
    report: Report,
    failures: usize,
}

impl<Keep: Fn(&[u8]) -> bool, Report: FnMut(CaptureReport)> Watcher<Keep, Report> {
    /// Until it is told to stop. What it reports to is dropped with it; the socket is handed back.
    fn run(mut self) -> PacketSocket {
        while self.failures < FAILURES {
            self.sleep();
            // The orders first: what they speak of was queued before them.
            let orders: Vec<Order> = self.orders.try_iter().collect();
            let began = Stamp::now();
            self.drain();
            if self.obey(orders, began) {
                break;
            }
        }
        self.socket
    }

    /// Until a frame is queued or the bell rings.
    fn sleep(&mut self) {
        let mut sources = [
            PollFd::from_borrowed_fd(self.socket.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.bell.as_fd(), PollFlags::IN),
        ];
        match poll(&mut sources, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => self.fail(error.into()),
        }
        let _ = rustix::io::read(&*self.bell, &mut [0; 8]);
    }

    /// Reports what is queued. A flood may refill the queue as fast as it is emptied: it ends after as many frames as
    /// the queue can have held.
    fn drain(&mut self) {
        for _ in 0..self.socket.most_queued() {
            match self.socket.next(&self.keep, |at, bytes| Captured { at, bytes: bytes.to_vec() }) {
                Ok(Next::Frame(frame)) => {
                    self.failures = 0;
                    (self.report)(CaptureReport::Frame(frame));
                }
                Ok(Next::Skipped) => {}
                Ok(Next::Empty) => return,
                Err(error) => return self.fail(error),
            }
        }
    }

    /// Answers orders. True: it was told to stop. The answer bears the time at which the draining began: what comes
    /// while it goes on may be reported or not.
    fn obey(&mut self, orders: Vec<Order>, at: Stamp) -> bool {
        if !orders.is_empty() {
            self.report_losses();
        }
        for order in orders {
            match order {
                Order::Mark(token) => (self.report)(CaptureReport::Drained { token, at }),
                Order::Stop => return true,
            }
        }
        false
    }

    fn report_losses(&mut self) {
        match self.socket.lost() {
            Ok(0) => {}
            Ok(frames) => (self.report)(CaptureReport::Lost(frames)),
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: io::Error) {
        self.failures += 1;
        let error = self.socket.take_error().unwrap_or(error);
        (self.report)(CaptureReport::Failed(error));
    }
}
