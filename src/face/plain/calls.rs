//! System calls as they are entered, wait and return.
//!
//! A call that comes back before anything else happens is one line. Otherwise its entry and its return are two, and
//! what happened in between stands between them.

use crate::{
    face::text::{Line, Marks, Style},
    lesson::eval::duration,
    packet::escape::preview,
    timeline::event::{CallId, CallResult},
};

/// Calls that have not come back.
#[derive(Debug, Default)]
pub(in crate::face) struct Calls(Vec<Open>);

#[derive(Debug)]
struct Open {
    call: CallId,
    /// The acting host, painted.
    host: Line,
    name: String,
    text: String,
    shown: bool,
}

impl Calls {
    pub(in crate::face) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(in crate::face) fn entered(&mut self, call: CallId, host: Line, name: &str, text: &str) {
        self.0.push(Open { call, host, name: name.into(), text: text.into(), shown: false });
    }

    /// The entries that nobody has seen yet, because something else is about to be shown.
    pub(in crate::face) fn announce(&mut self, marks: &Marks) -> Vec<Line> {
        announce(&mut self.0, marks)
    }

    /// The call sleeps: its line, after those of calls entered before it.
    pub(in crate::face) fn waits(&mut self, call: CallId, marks: &Marks) -> Vec<Line> {
        let Some(at) = self.0.iter().position(|open| open.call == call) else { return Vec::new() };
        let mut lines = announce(&mut self.0[..at], marks);
        let open = &mut self.0[at];
        let what = if open.shown { format!("{}()", open.name) } else { open.text.clone() };
        open.shown = true;
        lines.push(open.line(&what).with(" ", Style::PLAIN).with(marks.waiting, Style::WARNING));
        lines
    }

    /// The call came back: its line, after those of calls entered before it.
    pub(in crate::face) fn returned(
        &mut self,
        call: CallId,
        took_ns: u64,
        result: &CallResult,
        marks: &Marks,
    ) -> Vec<Line> {
        let Some(at) = self.0.iter().position(|open| open.call == call) else { return Vec::new() };
        let mut lines = announce(&mut self.0[..at], marks);
        let open = self.0.remove(at);
        let what = if open.shown { format!("{}()", open.name) } else { open.text.clone() };
        lines.push(
            open.line(&what)
                .with(" ", Style::PLAIN)
                .with(&result.text, outcome(result))
                .with(&format!("  ({})", duration(i64::try_from(took_ns).unwrap_or(i64::MAX))), Style::FAINT),
        );
        lines.extend(result.received.as_deref().filter(|bytes| !bytes.is_empty()).map(|bytes| open.received(bytes)));
        lines
    }
}

fn announce(open: &mut [Open], marks: &Marks) -> Vec<Line> {
    let unseen = open.iter_mut().filter(|open| !open.shown);
    unseen
        .map(|open| {
            open.shown = true;
            open.line(&open.text).with(" ", Style::PLAIN).with(marks.pending, Style::FAINT)
        })
        .collect()
}

/// A failed call stands out also where it was meant to fail.
fn outcome(result: &CallResult) -> Style {
    if result.errno.is_some() { Style::WARNING.bold() } else { Style::PLAIN }
}

impl Open {
    fn line(&self, what: &str) -> Line {
        self.host.clone().with("  ", Style::PLAIN).with(what, Style::CODE)
    }

    fn received(&self, bytes: &[u8]) -> Line {
        self.host.clone().with("  received ", Style::PLAIN).with(&preview(bytes), Style::CODE)
    }
}
