//! Capture files.

pub mod write;
