//! One file a subcommand: each joins a source of events to a face.

pub mod lint;
pub mod list;
