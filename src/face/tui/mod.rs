//! The terminal app: a map of lessons, a lesson with its wire in the learner's hands, a capture.
//!
//! The screen is a function of the timeline, a position in it and a small state of what is looked at. Keys and events
//! come in as messages, what is to happen outside goes out as effects, and drawing changes nothing. The terminal itself
//! is touched in [`terminal`] only.

pub mod app;
pub mod canvas;
pub mod capture;
pub mod detail;
pub mod effect;
pub mod input;
pub mod keys;
pub mod ladder;
pub mod map;
pub mod notes;
pub mod offer;
pub mod page;
pub mod progress;
pub mod reel;
pub mod settings;
pub mod study;
pub mod svg;
pub mod terminal;
pub mod theme;
