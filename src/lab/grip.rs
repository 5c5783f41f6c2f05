//! A grip on the wire for whoever is not the script: the keys of an app, a teacher's remote, a test.
//!
//! It does what the script's `wire` lines do, at any time and from any thread, and what is done so is put on the
//! timeline as done by hand. A grip may be made before there is a wire, and outlives it.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak, mpsc::Sender},
    time::{Duration, Instant},
};

use super::{
    hands::{BY_HAND, Rule, Wish},
    stage::{HandDeed, Report, Stage},
};
use crate::{
    kernel::clock::Stamp,
    lesson::{eval, script::Treatment},
    link::wire::{FrameId, HostIndex, Rate, Wire},
};

/// Cheap to clone: all clones have the same wire in hand.
///
/// Holding and slow motion are switches: they stay as they were set when fresh hosts come, and when the script frees
/// its wire. Everything else is done once, with the wire that is there.
#[derive(Clone, Debug, Default)]
pub struct Grip {
    grasp: Arc<Mutex<Grasp>>,
}

#[derive(Debug, Default)]
struct Grasp {
    /// The wire of the lab that runs now, if it has one.
    wire: Option<Weak<Wire<Wish>>>,
    ear: Option<Sender<Report>>,
    holds: bool,
    slow: Option<Duration>,
}

impl Grasp {
    fn has_wire(&self) -> bool {
        self.wire.as_ref().is_some_and(|wire| wire.strong_count() > 0)
    }

    fn with(&self, deed: HandDeed, act: impl FnOnce(&Wire<Wish>) -> io::Result<()>) -> io::Result<()> {
        let gone = || io::Error::new(io::ErrorKind::NotConnected, "no lab runs on a wire now");
        let wire = self.wire.as_ref().and_then(Weak::upgrade).ok_or_else(gone)?;
        // First the words: what follows from the deed stands behind them.
        if let Some(ear) = &self.ear {
            let _ = ear.send(Report::Hand(deed));
        }
        act(&wire)
    }
}

impl Grip {
    /// Takes the wire of a stage in hand, if it has one, and lets go of the one before. What a person has switched on
    /// is on from the first frame; the answer is that, in the words of a `wire` line.
    pub(super) fn grasp(&self, stage: &Stage) -> io::Result<Vec<String>> {
        let mut grasp = self.lock();
        (grasp.wire, grasp.ear) = (stage.wire(), Some(stage.ear()));
        let Some(wire) = grasp.wire.as_ref().and_then(Weak::upgrade) else { return Ok(Vec::new()) };
        if grasp.holds {
            wire.order(Wish::Hold { rule: BY_HAND, filter: None })?;
        }
        if grasp.slow.is_some() {
            wire.order(Wish::Slow(grasp.slow))?;
        }
        let hold = grasp.holds.then(|| "hold".to_owned());
        let slow = grasp.slow.map(|delay| slow_in_words(Some(delay)));
        Ok(hold.into_iter().chain(slow).map(|words| format!("wire {words}")).collect())
    }

    /// Nobody has a wire in hand now; but who listens here can be woken.
    pub(super) fn wait_at(&self, ear: Sender<Report>) {
        let mut grasp = self.lock();
        (grasp.wire, grasp.ear) = (None, Some(ear));
    }

    /// Whether a person decides how fast frames go: no time is kept for what is on its way.
    pub(super) fn stops_clock(&self) -> bool {
        let grasp = self.lock();
        (grasp.holds || grasp.slow.is_some()) && grasp.has_wire()
    }

    /// Lets a lab that waits look around at once: whether anybody still follows it, above all.
    pub fn nudge(&self) {
        // A lab that is over has no ear.
        self.lock().ear.iter().for_each(|ear| drop(ear.send(Report::Nudge)));
    }

    /// Whether somebody beside the script holds everything: then no time limit runs while there is something in hand.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.lock().holds
    }

    /// Whether slow motion is on: then no time limit runs while something is on its way.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        self.lock().slow.is_some()
    }

    /// Everything stays in our hands from now on, until [`Self::flow`] or [`Self::free`].
    ///
    /// # Errors
    ///
    /// If no lab runs on a wire now.
    pub fn hold(&self) -> io::Result<()> {
        let mut grasp = self.lock();
        grasp.with(deed("hold"), |wire| wire.order(Wish::Hold { rule: BY_HAND, filter: None }))?;
        grasp.holds = true;
        Ok(())
    }

    /// Undoes [`Self::hold`]: nothing is held by hand any more, and what only the hand held goes. What the script
    /// holds stays. May be said at any time.
    ///
    /// # Errors
    ///
    /// If the wire can not be told.
    pub fn flow(&self) -> io::Result<()> {
        let mut grasp = self.lock();
        let held = std::mem::take(&mut grasp.holds);
        if held && grasp.has_wire() { grasp.with(deed("flow"), |wire| wire.order(Wish::Flow)) } else { Ok(()) }
    }

    /// Every frame that comes from now on takes at least so long, or no longer than it would. Switching it off may be
    /// said at any time; frames that are on their way go on as slowly as they did.
    ///
    /// # Errors
    ///
    /// If it is switched on and no lab runs on a wire now.
    pub fn slow(&self, delay: Option<Duration>) -> io::Result<()> {
        let mut grasp = self.lock();
        if delay.is_some() || (grasp.slow.is_some() && grasp.has_wire()) {
            grasp.with(deed(&slow_in_words(delay)), |wire| wire.order(Wish::Slow(delay)))?;
        }
        grasp.slow = delay;
        Ok(())
    }

    /// Lets go one that is held.
    ///
    /// # Errors
    ///
    /// If no lab runs on a wire now, as for all that is done once.
    pub fn deliver(&self, frame: FrameId) -> io::Result<()> {
        let deed = HandDeed { frame: Some(frame), ..deed(&format!("deliver packet {frame}")) };
        self.with(deed, |wire| wire.order(Wish::Deliver(frame)))
    }

    pub fn deliver_all(&self) -> io::Result<()> {
        self.with(deed("deliver all"), |wire| wire.order(Wish::DeliverAll))
    }

    /// Does this with one that is held.
    pub fn treat(&self, frame: FrameId, treatment: Treatment) -> io::Result<()> {
        let until = match treatment {
            Treatment::Delay(delay) => Some(Instant::now() + delay),
            _ => None,
        };
        let words = format!("{} packet {frame}", in_words(&treatment));
        let deed = HandDeed { frame: Some(frame), until, ..deed(&words) };
        self.with(deed, |wire| wire.order(Wish::Treat(frame, treatment)))
    }

    /// Does this with every frame that comes from now on.
    pub fn treat_every(&self, treatment: Treatment) -> io::Result<()> {
        let words = format!("{} every packet", in_words(&treatment));
        let rule = Rule { id: BY_HAND, filter: None, treatment, times: None };
        self.with(deed(&words), |wire| wire.order(Wish::Rule(rule)))
    }

    /// Loses so many of a million frames, the same ones with the same seed.
    pub fn lose(&self, millionths: u32, seed: u64) -> io::Result<()> {
        let words = format!("loss {}% seed {seed}", f64::from(millionths) / 10_000.0);
        self.with(deed(&words), |wire| wire.order(Wish::Loss { millionths, seed, filter: None }))
    }

    pub fn set_up(&self, up: bool) -> io::Result<()> {
        self.with(deed(if up { "up" } else { "down" }), |wire| wire.set_up(up))
    }

    /// Limits how fast frames go from one host to another, or lifts the limit.
    pub fn limit(&self, from: HostIndex, to: HostIndex, rate: Option<Rate>) -> io::Result<()> {
        let words = match rate {
            Some(rate) => format!("rate {} bit/s queue {}", rate.bits_per_second, rate.queue),
            None => "no limit of the rate".to_owned(),
        };
        self.with(deed(&words), |wire| wire.limit(from, to, rate))
    }

    /// Undoes all that was set, by the script or by hand, and lets go what is held.
    pub fn free(&self) -> io::Result<()> {
        let mut grasp = self.lock();
        grasp.with(deed("free"), |wire| free(wire, Wish::Free))?;
        (grasp.holds, grasp.slow) = (false, None);
        Ok(())
    }

    fn with(&self, deed: HandDeed, act: impl FnOnce(&Wire<Wish>) -> io::Result<()>) -> io::Result<()> {
        self.lock().with(deed, act)
    }

    fn lock(&self) -> MutexGuard<'_, Grasp> {
        self.grasp.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn deed(words: &str) -> HandDeed {
    HandDeed { text: format!("wire {words}"), at: Stamp::now(), frame: None, until: None }
}

fn slow_in_words(delay: Option<Duration>) -> String {
    match delay {
        Some(delay) => format!("slow motion {}", eval::duration_of(delay)),
        None => "no slow motion".to_owned(),
    }
}

/// Undoes everything that can be set on a wire; of the wishes, those of the script or all.
pub(super) fn free(wire: &Wire<Wish>, wishes: Wish) -> io::Result<()> {
    let hosts = wire.hosts().len();
    wire.set_up(true)?;
    wire.order(wishes)?;
    wire.hurry()?;
    for from in 0..hosts {
        (0..hosts).filter(|to| *to != from).try_for_each(|to| wire.limit(from, to, None))?;
    }
    Ok(())
}

/// The treatment as a `wire` line names it.
#[must_use]
pub fn in_words(treatment: &Treatment) -> String {
    match treatment {
        Treatment::Drop => "drop".to_owned(),
        Treatment::Duplicate => "duplicate".to_owned(),
        Treatment::Reorder => "reorder".to_owned(),
        Treatment::Corrupt { byte: None } => "corrupt".to_owned(),
        Treatment::Corrupt { byte: Some(byte) } => format!("corrupt byte {byte} of"),
        Treatment::Truncate { length } => format!("truncate to {length} bytes"),
        Treatment::Delay(delay) => format!("delay by {}", eval::duration_of(*delay)),
    }
}
