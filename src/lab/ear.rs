//! Where a lab that waits can be woken: at its stage, or, where none stands, at its door.

use std::sync::{Arc, Mutex, PoisonError, mpsc::Sender};

use super::stage::Report;

/// Cheap to clone: all clones wake the same lab.
#[derive(Clone, Debug, Default)]
pub(super) struct Ear(Arc<Mutex<Option<Sender<Report>>>>);

impl Ear {
    /// From now on the lab listens there.
    pub(super) fn turn_to(&self, listener: Sender<Report>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
    }

    /// Lets a lab that waits look around at once.
    pub(super) fn nudge(&self) {
        let listener = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A lab that is over has no ear.
        listener.iter().for_each(|listener| drop(listener.send(Report::Nudge)));
    }
}
