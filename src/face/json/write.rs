//! Writing the timeline, one event a line, each sent on its way at once.

use std::io::{self, Write};

use serde::Serialize;

use super::{FORMAT, Header, LessonId, VERSION, line::write_line, packet::PacketView};
use crate::{
    face::plain::Origin,
    lesson::model::Lesson,
    timeline::event::{Event, What},
};

/// An event as it is written: with what is decoded of it.
#[derive(Serialize)]
struct Shown<'e> {
    #[serde(flatten)]
    event: &'e Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    packet: Option<PacketView>,
}

/// The JSON face of one run.
#[derive(Debug)]
pub struct Json<W> {
    out: W,
}

impl<W: Write> Json<W> {
    /// Begins with the header.
    ///
    /// # Errors
    /// When it can not be written.
    pub fn new(out: W, lesson: &Lesson, origin: Origin) -> io::Result<Self> {
        let mut this = Self { out };
        this.line(&Header {
            format: FORMAT.into(),
            version: VERSION,
            program: concat!("wiretutor ", env!("CARGO_PKG_VERSION")).into(),
            lesson: LessonId::of(lesson),
            recorded: origin == Origin::Recorded,
        })?;
        Ok(this)
    }

    /// # Errors
    /// When it can not be written.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        let packet = match &event.what {
            What::Frame { bytes, .. } => Some(PacketView::of(bytes)),
            _ => None,
        };
        self.line(&Shown { event, packet })
    }

    /// What it was written to.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// One line in one piece, so that a reader never sees half of it for long.
    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = Vec::new();
        write_line(&mut line, value)?;
        self.out.write_all(&line)?;
        self.out.flush()
    }
}
