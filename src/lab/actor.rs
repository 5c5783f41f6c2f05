//! An actor: a thread that owns one socket and makes the system calls that the script tells it, one at a time.
//!
//! Each call is reported when it is entered and when it returns, with the kernel's clock read on both sides. The
//! thread is in the call itself in between, so a call that blocks is a thread that sleeps: the stage can look.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::thread::{Pid, gettid};
use socket2::Socket;

use super::{
    calls::{self, Held, Order, Performer},
    hosts::{Book, HostId},
};
use crate::{
    kernel::clock::Stamp,
    lesson::script::Family,
    link::netns::Handle,
    timeline::event::{CallId, CallResult, Proto},
};

/// Who has not woken after so long can not be woken.
const SOUND_SLEEP: Duration = Duration::from_secs(10);

/// An actor's number within its lab.
pub type ActorId = usize;
/// One lab line's worth of calls.
pub type JobId = u64;

/// What an actor tells the stage.
#[derive(Debug)]
pub enum ActorReport {
    /// It is about to make a call.
    Entered { actor: ActorId, job: JobId, call: CallId, thread: Pid, name: &'static str, text: String, at: Stamp },
    /// The call came back.
    Returned {
        actor: ActorId,
        call: CallId,
        at: Stamp,
        took: Duration,
        result: CallResult,
        /// 0 for success.
        errno: i32,
        effect: Effect,
    },
    /// The line is done; `failed` holds the errno of the call that ended it, if one did.
    Done { actor: ActorId, job: JobId, failed: Option<i32> },
}

/// What a call did, beyond its result.
#[derive(Debug)]
pub enum Effect {
    Nothing,
    /// There is a socket now. The stage keeps a weak reference: only the actor keeps it open.
    Opened {
        socket: Weak<Socket>,
        proto: Proto,
        family: Family,
    },
    /// It has a local end now (also after a first `sendto`).
    Bound {
        local: Option<SocketAddr>,
    },
    Listening {
        local: Option<SocketAddr>,
    },
    Connected {
        local: Option<SocketAddr>,
        remote: SocketAddr,
    },
    /// `accept` made a new socket, which needs an actor of its own.
    Accepted {
        held: Held,
        local: Option<SocketAddr>,
        remote: Option<SocketAddr>,
    },
    /// The program received these bytes.
    Received(Vec<u8>),
    Closed,
}

/// The stage's handle on an actor.
#[derive(Debug)]
pub struct Actor {
    orders: Option<mpsc::Sender<(JobId, Order)>>,
    thread: Option<JoinHandle<()>>,
}

/// Hands out numbers for calls, over all actors of a lab.
pub type CallCounter = Arc<AtomicU64>;

/// What a new actor is told of the world.
#[derive(Debug)]
pub struct Introduction<R> {
    pub id: ActorId,
    pub host: HostId,
    /// The network namespace to live in, if it is not that of the thread that starts it.
    pub home: Option<Arc<Handle>>,
    pub book: Book,
    pub calls: CallCounter,
    /// Set when the lab ends: no new call is begun then.
    pub curtain: Arc<AtomicBool>,
    pub report: R,
}

impl Actor {
    /// Starts an actor in its home. `held` is what `accept` made; without
    /// one its first order makes it.
    pub fn start<R>(introduction: Introduction<R>, held: Option<Held>) -> std::io::Result<Self>
    where
        R: Fn(ActorReport) + Send + 'static,
    {
        let (orders, inbox) = mpsc::channel::<(JobId, Order)>();
        let name = format!("actor-{}", introduction.id);
        let (say_settled, settled) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().name(name).spawn(move || {
            let moved_in = introduction.home.as_ref().map_or(Ok(()), |home| home.enter());
            let is_homeless = moved_in.is_err();
            let _ = say_settled.send(moved_in);
            if is_homeless {
                return;
            }
            let mut voice = Voice { me: introduction, job: 0 };
            let mut performer = Performer::new(voice.me.host, voice.me.book.clone(), held);
            for (job, order) in inbox {
                voice.job = job;
                let failed = calls::perform(&mut performer, order, &voice).err();
                (voice.me.report)(ActorReport::Done { actor: voice.me.id, job, failed });
            }
        })?;
        settled.recv().map_err(|_| std::io::Error::other("a thread of the lab failed"))??;
        Ok(Self { orders: Some(orders), thread: Some(thread) })
    }

    /// Tells the actor what to do next; it waits its turn behind a call that blocks.
    pub fn order(&self, job: JobId, order: Order) {
        if let Some(orders) = &self.orders {
            // The thread ends only when this sender is dropped, so there is somebody to receive it.
            let _ = orders.send((job, order));
        }
    }

    /// Lets the actor go home after its present call, without waiting for it.
    pub fn dismiss(&mut self) {
        self.orders = None;
    }

    /// Waits until its thread has ended, calling `wake` until it has: the thread may have been on its way into a
    /// blocking call when it was woken for the first time.
    ///
    /// One whom nothing wakes is left alone: it ends with its call, or with the process.
    pub fn join(mut self, wake: impl Fn()) {
        self.orders = None;
        let Some(thread) = self.thread.take() else { return };
        let began = Instant::now();
        while !thread.is_finished() {
            if began.elapsed() > SOUND_SLEEP {
                return;
            }
            wake();
            thread::park_timeout(Duration::from_micros(200));
        }
        let _ = thread.join();
    }
}

/// The actor's voice: reports with its name on them.
#[derive(Debug)]
pub struct Voice<R> {
    me: Introduction<R>,
    job: JobId,
}

impl<R: Fn(ActorReport)> Voice<R> {
    /// Makes one system call between two reports. `work` returns the call's value and effect, or the error.
    pub fn call(
        &self,
        name: &'static str,
        text: String,
        work: impl FnOnce() -> std::io::Result<calls::Returned>,
    ) -> Result<(), i32> {
        if self.me.curtain.load(Ordering::SeqCst) {
            return Err(0);
        }
        let call = self.me.calls.fetch_add(1, Ordering::Relaxed);
        let (actor, job) = (self.me.id, self.job);
        let entered = Stamp::now();
        (self.me.report)(ActorReport::Entered { actor, job, call, thread: gettid(), name, text, at: entered });
        let began = Instant::now();
        let outcome = work();
        let took = began.elapsed();
        let at = Stamp::now();
        let (result, effect, failed) = calls::as_the_system_shows_it(outcome);
        let errno = failed.unwrap_or(0);
        (self.me.report)(ActorReport::Returned { actor, call, at, took, result, errno, effect });
        failed.map_or(Ok(()), Err)
    }
}
