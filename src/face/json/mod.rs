//! The timeline as lines of JSON: written for programs, kept as recordings, read again for a replay.
//!
//! The first line is a [`Header`], each line after it one event. `docs/timeline-format.md` is the format's manual;
//! its examples are checked against this code.

mod line;
mod packet;
mod read;
#[cfg(test)]
mod tests;
mod write;

use serde::{Deserialize, Serialize};

pub use self::{
    line::write_line,
    packet::{PacketView, TcpView},
    read::{ReadError, Recording, read},
    write::Json,
};
use crate::lesson::model::Lesson;

/// What the first line calls the format.
pub const FORMAT: &str = "wiretutor-timeline";

/// Raised when a reader of the version before would misunderstand a line. A field that may be ignored does not
/// raise it.
pub const VERSION: u64 = 2;

/// How every timeline in this format begins.
pub const BEGINNING: &str = "{\"format\":\"wiretutor-timeline\"";

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub format: String,
    pub version: u64,
    /// Which program wrote it, and that one's version.
    pub program: String,
    pub lesson: LessonId,
    /// Whether the events were replayed from a recording when this was written.
    pub recorded: bool,
}

/// Which lesson, and which edition of its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonId {
    pub name: String,
    pub part: String,
    /// Of the lesson's file.
    pub digest: String,
    /// Of the lesson's file, in bytes.
    pub length: usize,
}

impl LessonId {
    #[must_use]
    pub fn of(lesson: &Lesson) -> Self {
        let text = &lesson.source.text;
        Self {
            name: lesson.name.clone(),
            part: lesson.part.clone(),
            digest: digest(text.as_bytes()),
            length: text.len(),
        }
    }

    /// Whether the recording was made of this very text. Its events name lines and blocks of that text, so they can
    /// not be told with another one.
    #[must_use]
    pub fn is_of(&self, lesson: &Lesson) -> bool {
        *self == Self::of(lesson)
    }
}

/// FNV-1a of 64 bits. It tells editions of a text apart; it is no protection against somebody who wants to fool it.
fn digest(bytes: &[u8]) -> String {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let hash = bytes.iter().fold(BASIS, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME));
    format!("fnv1a64:{hash:016x}")
}
