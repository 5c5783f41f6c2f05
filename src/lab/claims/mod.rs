//! Claims of a lesson, checked against what really happened. One file a kind of line.

pub mod fields;
pub mod held;
pub mod kernel;
pub mod packet;
pub mod program;
pub mod quiet;

use crate::{lesson::diagnostic::Diagnostic, timeline::event::FrameId};

/// What came of a claim.
#[derive(Debug)]
pub enum Verdict {
    Held {
        detail: String,
        frame: Option<FrameId>,
    },
    Failed(Box<Diagnostic>),
    /// Nobody could look: the packets of this lab are not watched.
    NotWatched,
}

impl Verdict {
    #[must_use]
    pub fn held(detail: impl Into<String>) -> Self {
        Self::Held { detail: detail.into(), frame: None }
    }

    #[must_use]
    pub fn failed(diagnostic: Diagnostic) -> Self {
        Self::Failed(Box::new(diagnostic))
    }
}
