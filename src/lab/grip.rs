//! A grip on the wire for whoever is not the script: the keys of an app, a teacher's remote, a test.
//!
//! It does what the script's `wire` lines do, at any time and from any thread, and what is done so is put on the
//! timeline as done by hand. A grip may be made before there is a wire, and outlives it.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
};

use super::{
    hands::{Rule, RuleId, Wish},
    stage::{Report, Stage},
};
use crate::{
    kernel::clock::Stamp,
    lesson::{eval, script::Treatment},
    link::wire::{FrameId, HostIndex, Rate, Wire},
};

/// Rules that are made by hand are told apart from those of the script.
const BY_HAND: RuleId = 1 << 63;

/// Cheap to clone: all clones have the same wire in hand.
#[derive(Clone, Debug, Default)]
pub struct Grip {
    grasped: Arc<Mutex<Option<Grasped>>>,
    holds: Arc<AtomicBool>,
}

/// The lab that runs now.
#[derive(Debug)]
struct Grasped {
    wire: Option<Weak<Wire<Wish>>>,
    ear: Sender<Report>,
}

impl Grip {
    /// Takes the wire of a stage in hand, if it has one, and lets go of the one before.
    pub(super) fn grasp(&self, stage: &Stage) {
        let grasped = Grasped { wire: stage.wire(), ear: stage.ear() };
        self.holds.store(false, Ordering::Release);
        *self.grasped.lock().unwrap_or_else(PoisonError::into_inner) = Some(grasped);
    }

    /// Lets a lab that waits look around at once: whether anybody still follows it, above all.
    pub fn nudge(&self) {
        let grasped = self.grasped.lock().unwrap_or_else(PoisonError::into_inner);
        // A lab that is over has no ear.
        grasped.iter().for_each(|grasped| drop(grasped.ear.send(Report::Nudge)));
    }

    /// The script has undone everything, a person's hold as well.
    pub(super) fn is_freed(&self) {
        self.holds.store(false, Ordering::Release);
    }

    /// Whether somebody beside the script holds everything now: then no time limit runs.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.holds.load(Ordering::Acquire)
    }

    /// Everything stays in our hands from now on.
    pub fn hold(&self) -> io::Result<()> {
        self.wish(Wish::Hold { rule: BY_HAND, filter: None }, "hold")?;
        self.holds.store(true, Ordering::Release);
        Ok(())
    }

    /// Lets go one that is held.
    pub fn deliver(&self, frame: FrameId) -> io::Result<()> {
        self.wish(Wish::Deliver(frame), &format!("deliver packet {frame}"))
    }

    pub fn deliver_all(&self) -> io::Result<()> {
        self.wish(Wish::DeliverAll, "deliver all")
    }

    /// Does this with one that is held.
    pub fn treat(&self, frame: FrameId, treatment: Treatment) -> io::Result<()> {
        let words = format!("{} packet {frame}", in_words(&treatment));
        self.wish(Wish::Treat(frame, treatment), &words)
    }

    /// Does this with every frame that comes from now on: slow motion is a delay of all.
    pub fn treat_every(&self, treatment: Treatment) -> io::Result<()> {
        let words = format!("{} every packet", in_words(&treatment));
        self.wish(Wish::Rule(Rule { id: BY_HAND, filter: None, treatment, times: None }), &words)
    }

    /// Loses so many of a million frames, the same ones with the same seed.
    pub fn lose(&self, millionths: u32, seed: u64) -> io::Result<()> {
        let words = format!("loss {}% seed {seed}", f64::from(millionths) / 10_000.0);
        self.wish(Wish::Loss { millionths, seed, filter: None }, &words)
    }

    pub fn set_up(&self, up: bool) -> io::Result<()> {
        self.with(if up { "up" } else { "down" }, |wire| wire.set_up(up))
    }

    /// Limits how fast frames go from one host to another, or lifts the limit.
    pub fn limit(&self, from: HostIndex, to: HostIndex, rate: Option<Rate>) -> io::Result<()> {
        let words = match rate {
            Some(rate) => format!("rate {} bit/s queue {}", rate.bits_per_second, rate.queue),
            None => "no limit of the rate".to_owned(),
        };
        self.with(&words, |wire| wire.limit(from, to, rate))
    }

    /// Undoes all that was set, by the script or by hand, and lets go what is held.
    pub fn free(&self) -> io::Result<()> {
        self.with("free", free)?;
        self.is_freed();
        Ok(())
    }

    fn wish(&self, wish: Wish, words: &str) -> io::Result<()> {
        self.with(words, |wire| wire.order(wish))
    }

    fn with(&self, words: &str, deed: impl FnOnce(&Wire<Wish>) -> io::Result<()>) -> io::Result<()> {
        let grasped = self.grasped.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = || io::Error::new(io::ErrorKind::NotConnected, "no lab runs on a wire now");
        let Grasped { wire, ear } = grasped.as_ref().ok_or_else(gone)?;
        let wire = wire.as_ref().and_then(Weak::upgrade).ok_or_else(gone)?;
        // First the words: what follows from the deed stands behind them.
        let _ = ear.send(Report::Hand { text: format!("wire {words}"), at: Stamp::now() });
        deed(&wire)
    }
}

/// Undoes everything that can be set on a wire.
pub(super) fn free(wire: &Wire<Wish>) -> io::Result<()> {
    let hosts = wire.hosts().len();
    wire.set_up(true)?;
    wire.order(Wish::Free)?;
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
