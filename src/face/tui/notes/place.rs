//! Where a presenting app stands, as it tells it to the notes: the lesson itself, so that both speak of the same text,
//! and the place in it.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    face::tui::study::{Study, Whereabouts},
    kernel::clock::Stamp,
    timeline::event::Value,
};

/// It changes when an older program would misread a newer one's place.
const VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    version: u32,
    pub name: String,
    pub part: String,
    pub path: String,
    /// The whole lesson.
    pub text: String,
    pub step: usize,
    /// The block that runs next or runs, behind the last one where none does.
    pub block: usize,
    /// Its line that comes next.
    pub line: usize,
    /// The values that were bound so far, and the zero of times.
    pub values: BTreeMap<String, Value>,
    pub origin: Stamp,
    /// When the lesson began in front of the class, and when this step did.
    pub began: Stamp,
    pub step_began: Stamp,
}

/// Why a place is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Place {
    /// Where this lesson stands. What began when goes by the place before.
    #[must_use]
    pub fn of(study: &Study, before: Option<&Self>, now: Stamp) -> Self {
        let lesson = study.lesson();
        let Whereabouts { step, block, line, values, origin } = study.whereabouts();
        let same = before.filter(|place| place.name == lesson.name && place.part == lesson.part);
        let same_step = same.filter(|place| place.step == step);
        Self {
            version: VERSION,
            name: lesson.name.clone(),
            part: lesson.part.clone(),
            path: lesson.source.path.clone(),
            text: lesson.source.text.clone(),
            step,
            block,
            line,
            values,
            origin,
            began: same.map_or(now, |place| place.began),
            step_began: same_step.map_or(now, |place| place.step_began),
        }
    }

    /// # Errors
    /// Where it is none, or of a version that is not known here.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let place: Self = serde_json::from_slice(bytes).map_err(|error| Unreadable(error.to_string()))?;
        match place.version {
            VERSION => Ok(place),
            other => Err(Unreadable(format!("its version is {other}, and this program knows {VERSION}"))),
        }
    }

    /// As it is kept.
    #[must_use]
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
