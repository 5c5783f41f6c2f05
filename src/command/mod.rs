//! One file a subcommand. Each is thin: it joins a source of events to a face.

pub mod doctor;
