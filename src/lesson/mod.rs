//! What a lesson is: Markdown in, [`model::Lesson`] out, and every complaint about it drawn on its line.
//!
//! Nothing here opens a socket. Running the lab blocks is the next room's work.

pub mod again;
pub mod beats;
pub mod catalog;
pub mod complaint;
pub mod complete;
mod demands;
pub mod diagnostic;
pub mod drawing;
pub mod embedded;
pub mod errno;
pub mod eval;
pub mod fields;
mod free_play;
pub mod front;
pub mod icmp;
pub mod improvise;
mod lines;
mod markdown;
pub mod model;
pub mod options;
pub mod parser;
pub mod printable;
pub mod reference;
pub mod script;
mod source;
mod suggest;

use std::sync::Arc;

pub use free_play::free_play;

use diagnostic::Diagnostic;
use front::Front;
use lines::LineIndex;
use markdown::Context;
use model::{Lesson, Source};
use parser::scope::Scope;

/// Reads a lesson. `name` and `part` are the file's and the folder's.
///
/// # Errors
///
/// Every complaint about the file at once, in the order of its lines.
pub fn parse(source: Arc<Source>, name: impl Into<String>, part: impl Into<String>) -> Result<Lesson, Vec<Diagnostic>> {
    let (front, mut complaints) = Front::read(&source.text);
    complaints.extend(nul(&source));
    let hosts = front.hosts.iter().map(|host| host.name.clone()).collect();
    let scope = Scope::new(hosts, front.link.unwrap_or_default());
    let mut context = Context { source: &source, index: LineIndex::new(&source.text), scope, complaints };
    let (opening, steps) = markdown::read(&mut context, front.body..source.text.len());
    let Context { scope, mut complaints, .. } = context;
    complaints.extend(scope.finish());
    let lesson = Lesson {
        name: name.into(),
        part: part.into(),
        title: front.title,
        summary: front.summary,
        needs: front.needs.into_iter().map(|need| need.name).collect(),
        minutes: front.minutes,
        link: front.link.unwrap_or_default(),
        timers: front.timers,
        read: front.read,
        hosts: front.hosts,
        opening,
        steps,
        source,
    };
    complaints.extend(demands::complaints(&lesson, &front.settings, &front.host_names));
    if !complaints.is_empty() {
        complaints.sort_by_key(|complaint| complaint.span.start);
        return Err(complaints.into_iter().map(|complaint| complaint.within(&lesson.source)).collect());
    }
    Ok(lesson)
}

/// A NUL byte is the mark of a file that is not text.
fn nul(source: &Source) -> Option<Diagnostic> {
    let at = source.text.find('\0')?;
    Some(Diagnostic::at(at..at + 1, "a NUL byte in a text").label("this is not a lesson's text"))
}
