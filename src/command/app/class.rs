//! What the notes in a second terminal are told: where the class is, whenever that has changed.

use crate::{
    command::podium::{Podium, Pulpit},
    face::{
        text::terminal::environment,
        tui::{notes::Place, study::Study},
    },
    kernel::clock::Stamp,
};

/// The app's place in front of a class.
#[derive(Debug, Default)]
pub(super) struct Class {
    pulpit: Option<Pulpit>,
    told: Option<Place>,
    /// It was said that nobody can be told.
    has_failed: bool,
}

impl Class {
    /// A lesson is on the screen, or none. Where nobody can be told, the answer says so, once.
    pub(super) fn see(&mut self, study: Option<&Study>) -> Option<String> {
        let Some(study) = study.filter(|study| study.presents) else {
            self.leave();
            return None;
        };
        if self.has_failed {
            return None;
        }
        self.tell(study).err().map(|why| {
            self.has_failed = true;
            format!("`wiretutor notes` cannot follow this lesson: {why}")
        })
    }

    /// The notes wait again.
    pub(super) fn leave(&mut self) {
        self.pulpit = None;
        self.told = None;
    }

    fn tell(&mut self, study: &Study) -> Result<(), String> {
        let place = Place::of(study, self.told.as_ref(), Stamp::now());
        if self.told.as_ref() == Some(&place) {
            return Ok(());
        }
        let pulpit = match self.pulpit.take() {
            Some(pulpit) => pulpit,
            None => Podium::find(&environment)?.enter().map_err(|error| error.to_string())?,
        };
        pulpit.tell(&place).map_err(|error| error.to_string())?;
        self.pulpit = Some(pulpit);
        self.told = Some(place);
        Ok(())
    }
}
