//! What a lesson is: Markdown in, [`model::Lesson`] out, and every complaint about it drawn on its line.
//!
//! Nothing here opens a socket. Running the lab blocks is the next room's work.

pub mod diagnostic;
pub mod drawing;
pub mod errno;
pub mod fields;
pub mod icmp;
mod lines;
pub mod model;
pub mod options;
pub mod parser;
pub mod printable;
pub mod script;
mod suggest;
