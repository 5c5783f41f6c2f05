//! What the terminal app does beside drawing: threads, files, the lab.

pub mod capture;
