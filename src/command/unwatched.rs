//! Where nobody may watch packets: the calls of a lesson with real sockets, told without their packets.

use std::{io::Write, time::Duration};

use super::{
    ending::{Ending, Failure},
    source::{Live, Over},
};
use crate::{
    face::{calls::Calls, out, text::Look},
    lesson::model::Lesson,
    link::Watch,
};

pub(super) fn calls(lesson: &Lesson, look: Look) -> Result<Ending, Failure> {
    let mut face = Calls::new(out::stdout()?, look);
    let lab = Live::start(lesson, Watch::Unwatched)?;
    let summary = loop {
        match lab.next(Duration::from_millis(100)) {
            Ok(Some(event)) => face.event(&event)?,
            Ok(None) => {}
            Err(Over(outcome)) => break outcome?,
        }
    };
    face.end()?.flush()?;
    Ok(if summary.failed == 0 { Ending::Done } else { Ending::Refuted })
}
