//! The lessons that are part of the program. `build.rs` writes the table from the folder `lessons/`.

/// One file of `lessons/`.
#[derive(Debug)]
pub struct Embedded {
    /// From the repository's root: `lessons/2-tcp/handshake.md`.
    pub path: &'static str,
    pub text: &'static str,
    /// A run of it that was kept, `handshake.recording.ndjson` beside it.
    pub recording: Option<&'static str>,
}

include!(concat!(env!("OUT_DIR"), "/lessons.rs"));
