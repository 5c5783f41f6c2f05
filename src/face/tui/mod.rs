//! The terminal app: so far its map of lessons.
//!
//! The screen is a function of a small state; a key is a value that changes it and may ask for something. The
//! terminal itself is touched in [`session`] only.

pub mod canvas;
pub mod capture;
pub mod keys;
pub mod ladder;
pub mod map;
pub mod reel;
pub mod session;
pub mod theme;
