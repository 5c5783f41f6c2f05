//! Reading a timeline back.
//!
//! A file is not to be trusted: every line and the whole have a largest size, and whatever is wrong is told with its
//! line. What a frame's bytes say is decoded again; the `packet` object in the file is not read.

use std::{
    fmt,
    io::{self, BufRead, Read},
};

use serde::Deserialize;

use super::{FORMAT, Header, VERSION};
use crate::timeline::event::{Event, What};

/// A line holds a frame at most, twice as long in hexadecimal digits, and what was decoded of it.
pub(super) const LONGEST_LINE: u64 = 4 << 20;
/// Far more than a lesson makes.
const MOST_EVENTS: usize = 1_000_000;
const MOST_BYTES: u64 = 512 << 20;

/// A whole timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    pub header: Header,
    pub events: Vec<Event>,
}

/// Why a file is not a timeline that can be told.
#[derive(Debug)]
pub enum ReadError {
    Io(io::Error),
    /// The first line is not a header of this format.
    NotATimeline,
    NewerVersion(u64),
    LineTooLong {
        line: usize,
    },
    TooLarge {
        line: usize,
    },
    Malformed {
        line: usize,
        why: String,
    },
    /// An event is missing, is there twice, or stands at the wrong place.
    OutOfOrder {
        line: usize,
        expected: u64,
        found: u64,
    },
    /// The file ends before the lesson does.
    Cut {
        line: usize,
    },
    /// Something follows the end of the lesson.
    GoesOn {
        line: usize,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "it cannot be read: {error}"),
            Self::NotATimeline => write!(
                f,
                "line 1: this is no timeline of wiretutor; a timeline is made by `wiretutor run LESSON --record FILE`"
            ),
            Self::NewerVersion(version) => write!(
                f,
                "line 1: this timeline has version {version}, and this program knows versions up to {VERSION}; a newer wiretutor can read it"
            ),
            Self::LineTooLong { line } => write!(f, "line {line}: it is longer than {} MiB", LONGEST_LINE >> 20),
            Self::TooLarge { line } => {
                write!(f, "line {line}: the file holds more than {MOST_EVENTS} events or {} MiB", MOST_BYTES >> 20)
            }
            Self::Malformed { line, why } => write!(f, "line {line}: this is no event: {why}"),
            Self::OutOfOrder { line, expected, found } => {
                write!(
                    f,
                    "line {line}: event {expected} should stand here, and event {found} does; lines were lost or moved"
                )
            }
            Self::Cut { line } => write!(
                f,
                "line {line}: the file ends before the lesson does; the recording was interrupted, so make a new one"
            ),
            Self::GoesOn { line } => write!(f, "line {line}: the lesson is over, and yet the file goes on"),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let Self::Io(error) = self { Some(error) } else { None }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads a whole timeline, from its header to the end of its lesson.
///
/// # Errors
/// When `from` is anything else; the message says where and why.
pub fn read(from: impl BufRead) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(from);
    let header = match lines.next()? {
        Some(line) => header(&line)?,
        None => return Err(ReadError::NotATimeline),
    };
    let mut events = Vec::new();
    while let Some(line) = lines.next()? {
        if events.len() == MOST_EVENTS {
            return Err(ReadError::TooLarge { line: lines.number });
        }
        events.push(event(&line, events.len() as u64, lines.number)?);
        if matches!(events.last(), Some(Event { what: What::LessonEnd { .. }, .. })) {
            return match lines.next()? {
                None => Ok(Recording { header, events }),
                Some(_) => Err(ReadError::GoesOn { line: lines.number }),
            };
        }
    }
    Err(ReadError::Cut { line: lines.number })
}

/// The version is looked at first: a newer header may have another shape.
fn header(line: &Text) -> Result<Header, ReadError> {
    #[derive(Deserialize)]
    struct Kind {
        format: String,
        version: u64,
    }
    match serde_json::from_slice(&line.bytes) {
        Ok(Kind { format, version }) if format == FORMAT => {
            if version > VERSION {
                return Err(ReadError::NewerVersion(version));
            }
        }
        _ => return Err(ReadError::NotATimeline),
    }
    serde_json::from_slice(&line.bytes).map_err(|error| ReadError::Malformed { line: 1, why: why(&error) })
}

fn event(line: &Text, expected: u64, number: usize) -> Result<Event, ReadError> {
    let event: Event = serde_json::from_slice(&line.bytes).map_err(|error| match line.ended {
        true => ReadError::Malformed { line: number, why: why(&error) },
        false => ReadError::Cut { line: number },
    })?;
    if event.seq != expected {
        return Err(ReadError::OutOfOrder { line: number, expected, found: event.seq });
    }
    Ok(event)
}

/// The parser's words without its line number, which is always 1.
fn why(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.split_once(" at line ").map_or(words.as_str(), |(words, _)| words).to_owned()
}

/// One line, and whether it was ended or the file was.
struct Text {
    bytes: Vec<u8>,
    ended: bool,
}

struct Lines<R> {
    from: io::Take<R>,
    /// Of the line that was read last, from 1.
    number: usize,
}

impl<R: BufRead> Lines<R> {
    fn new(from: R) -> Self {
        Self { from: from.take(MOST_BYTES), number: 0 }
    }

    fn next(&mut self) -> Result<Option<Text>, ReadError> {
        let mut bytes = Vec::new();
        self.from.by_ref().take(LONGEST_LINE + 1).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() && self.from.limit() > 0 {
            return Ok(None);
        }
        self.number += 1;
        let ended = bytes.pop_if(|last| *last == b'\n').is_some();
        if bytes.len() as u64 > LONGEST_LINE {
            return Err(ReadError::LineTooLong { line: self.number });
        }
        if self.from.limit() == 0 {
            return Err(ReadError::TooLarge { line: self.number });
        }
        Ok(Some(Text { bytes, ended }))
    }
}
