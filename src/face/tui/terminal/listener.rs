//! The thread that waits for the terminal and for signals, without a time when nothing is on its way.

use std::{
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    process,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    stdio::stdin,
};
use signal_hook::{
    consts::{SIGCONT, SIGHUP, SIGTSTP, SIGWINCH},
    low_level::emulate_default_handler,
};

use super::{
    EndReason, Input, background,
    ear::{Ear, Heard},
    hold,
    input::Said,
    outbox::Outbox,
    signals, size,
};
use crate::kernel::job::{self, Scope};

/// How long an app may take to end after its terminal has gone: nobody can ask it again.
const FAREWELL: Duration = Duration::from_secs(2);
/// How far apart signals may come that were sent together, on a busy machine.
const TOGETHER: Duration = Duration::from_millis(500);
/// The status of a process that `SIGHUP` has ended.
const HUNG_UP: i32 = 129;
const STOP_LISTENING: u8 = b'.';
const SUSPEND: u8 = b'z';

/// The thread, from the outside.
#[derive(Debug)]
pub(super) struct Listener {
    wake: UnixStream,
    thread: JoinHandle<Ear>,
}

impl Listener {
    pub(super) fn start(ear: Ear, tell: impl FnMut(Input) + Send + 'static) -> io::Result<Self> {
        let (wake, woken) = UnixStream::pair()?;
        let listening = Listening { ear, tell, woken, outbox: Outbox::default(), asked: None, gone: None };
        let thread = thread::Builder::new().name("terminal".into()).spawn(|| listening.run())?;
        Ok(Self { wake, thread })
    }

    /// Stops the process, as soon as the thread comes to it.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        self.wake.write_all(&[SUSPEND])
    }

    /// Nothing is read of the terminal afterwards.
    pub(super) fn stop(mut self) -> Ear {
        // Without its answer the thread has gone already.
        let _ = self.wake.write_all(&[STOP_LISTENING]);
        self.thread.join().unwrap_or_default()
    }
}

struct Listening<T> {
    ear: Ear,
    tell: T,
    woken: UnixStream,
    outbox: Outbox,
    /// The signal that has asked for the end.
    asked: Option<i32>,
    /// Since when there is no terminal.
    gone: Option<Instant>,
}

/// What there is to do.
#[derive(Clone, Copy, Default)]
struct Ready {
    terminal: bool,
    hung_up: bool,
    signals: bool,
    woken: bool,
}

impl<T: FnMut(Input)> Listening<T> {
    fn run(mut self) -> Ear {
        let Some(mut signals) = signals::delivery() else { return self.ear };
        loop {
            let begun = Instant::now();
            let Ok(ready) = self.wait(&signals) else { return self.ear };
            // Either may stop us for a while: what was there to be read before may not be there afterwards.
            if ready.signals {
                self.signals(&mut signals);
            } else if ready.woken {
                if self.is_told_to_stop(&mut signals) {
                    return self.ear;
                }
            } else if ready.terminal {
                self.hear();
            } else if ready.hung_up {
                self.has_gone();
            } else if self.ear.patience().is_some_and(|patience| begun.elapsed() >= patience) {
                let said = self.ear.give_up();
                self.said(said);
            }
            let ripe = self.outbox.ripe(Instant::now());
            ripe.into_iter().for_each(&mut self.tell);
            self.end_if_nobody_does();
        }
    }

    fn wait(&self, signals: &signals::Delivery) -> io::Result<Ready> {
        let input = stdin();
        let mut all = vec![
            PollFd::new(&self.woken, PollFlags::IN),
            PollFd::new(signals.get_read(), PollFlags::IN),
            PollFd::new(&input, PollFlags::IN),
        ];
        // In the background what is typed is not for us.
        if self.gone.is_some() || !hold::is_in_foreground() {
            all.pop();
        }
        match poll(&mut all, self.limit().as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(Ready::default()),
            Err(error) => return Err(error.into()),
        }
        let what = |index: usize| all.get(index).map_or(PollFlags::empty(), PollFd::revents);
        Ok(Ready {
            woken: !what(0).is_empty(),
            signals: !what(1).is_empty(),
            terminal: what(2).contains(PollFlags::IN),
            hung_up: what(2).intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL),
        })
    }

    /// How long nothing may happen: as long as it likes, but for what is on its way.
    fn limit(&self) -> Option<Timespec> {
        let now = Instant::now();
        let due = self.outbox.due().map(|due| due.saturating_duration_since(now));
        let end = self.gone.map(|gone| (gone + FAREWELL).saturating_duration_since(now));
        let limit = [self.ear.patience(), due, end].into_iter().flatten().min()?;
        // Rather a little late than twice.
        Timespec::try_from(limit + Duration::from_micros(100)).ok()
    }

    fn put(&mut self, input: Input) {
        let out = self.outbox.put(input, Instant::now());
        out.into_iter().for_each(&mut self.tell);
    }

    fn hear(&mut self) {
        match self.ear.hear() {
            Ok(Heard::Said(said)) => self.said(said),
            Ok(Heard::Gone) | Err(_) => self.has_gone(),
        }
    }

    fn said(&mut self, said: Vec<Said>) {
        for said in said {
            match said {
                Said::Key(key) => self.put(Input::Key(key)),
                Said::Mouse(event) => self.put(Input::Mouse(event)),
                Said::Paste(text) => self.put(Input::Paste(text)),
                Said::Background(is) => {
                    background::remember(is);
                    self.put(Input::Background(is));
                }
                Said::Attributes => {}
            }
        }
    }

    fn has_gone(&mut self) {
        if self.gone.is_none() {
            self.gone = Some(Instant::now());
            self.put(Input::End(EndReason::Gone));
        }
    }

    fn end_if_nobody_does(&self) {
        if self.gone.is_some_and(|gone| gone.elapsed() >= FAREWELL) {
            let _ = hold::give_back("", || {});
            process::exit(HUNG_UP);
        }
    }

    fn signals(&mut self, signals: &mut signals::Delivery) {
        // First those that ask for an end: what a shell ends, it also continues.
        let came = self.see_to_endings(signals);
        if came.contains(&SIGWINCH) {
            self.resized();
        }
        if self.asked.is_some() {
            return;
        }
        if came.contains(&SIGTSTP) {
            self.suspend(Scope::Process, signals);
        } else if came.contains(&SIGCONT) {
            self.go_on(signals);
        }
    }

    fn asked_to_end(&mut self, signal: i32) {
        match self.asked {
            None => {
                self.asked = Some(signal);
                self.put(Input::End(EndReason::Signal(signal)));
            }
            // The kernel and the shell both say that a terminal has hung up.
            Some(SIGHUP) if signal == SIGHUP => {}
            Some(_) => {
                let _ = hold::give_back("", || {});
                let _ = emulate_default_handler(signal);
            }
        }
    }

    fn resized(&mut self) {
        let (width, height) = size();
        self.put(Input::Resize(width, height));
    }

    fn is_told_to_stop(&mut self, signals: &mut signals::Delivery) -> bool {
        let mut what = [0];
        match self.woken.read(&mut what) {
            Ok(1) if what[0] == SUSPEND => self.suspend(Scope::Group, signals),
            Ok(1) => return true,
            // Whoever had us listen is not there any more.
            Ok(_) => return true,
            Err(_) => {}
        }
        false
    }

    /// Stops with the terminal given back, and takes it again when somebody continues us.
    fn suspend(&mut self, scope: Scope, signals: &mut signals::Delivery) {
        let question = self.ear.last_question();
        let _ = hold::lend(question, || self.ear.drain());
        let _ = job::stop(scope);
        self.go_on(signals);
    }

    /// We have been continued. In the background there is no terminal to take, and we stop again; the system would
    /// stop us too, but without looking whether we are to end.
    fn go_on(&mut self, signals: &mut signals::Delivery) {
        let mut continued = true;
        while !hold::is_in_foreground() {
            continued |= self.is_continued(signals);
            if self.asked.is_some() || hold::is_in_foreground() {
                break;
            }
            if !continued {
                // It does not stop: no shell waits for us that could give us the terminal.
                return self.has_gone();
            }
            let _ = job::stop(Scope::Process);
            continued = false;
        }
        self.see_to_endings(signals);
        if self.asked.is_some() {
            return;
        }
        match hold::take_again() {
            Ok(()) => {
                self.resized();
                self.put(Input::Resumed);
            }
            Err(_) => self.has_gone(),
        }
    }

    /// Gives what is sent together with a continuation the time to come: each signal is taken in by some thread, when
    /// that is its turn. Whether a continuation came, too.
    fn is_continued(&mut self, signals: &mut signals::Delivery) -> bool {
        let until = Instant::now() + TOGETHER;
        let mut continued = false;
        while self.asked.is_none() && !hold::is_in_foreground() && Instant::now() < until {
            let left = Timespec::try_from(until.saturating_duration_since(Instant::now())).ok();
            let _ = poll(&mut [PollFd::new(signals.get_read(), PollFlags::IN)], left.as_ref());
            continued |= self.see_to_endings(signals).contains(&SIGCONT);
        }
        continued
    }

    /// The signals that have come; of those, the ones that ask for an end are seen to.
    fn see_to_endings(&mut self, signals: &mut signals::Delivery) -> Vec<i32> {
        let came = signals.pending().collect::<Vec<_>>();
        came.iter().filter(|signal| signals::ENDING.contains(signal)).for_each(|signal| self.asked_to_end(*signal));
        came
    }
}
