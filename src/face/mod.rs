//! What is seen of a timeline: plain text, JSON, one line a lesson.
//!
//! A face is a function of a lesson and its events. It opens no socket and asks no kernel; whether the events come
//! from a lab that runs now or from a recording is all the same to it, except that it says so.

pub mod calls;
pub mod capture;
pub mod check;
pub mod explain;
pub mod file;
mod journey;
pub mod json;
pub mod junit;
pub mod narrator;
pub mod out;
pub mod pcapng;
pub mod plain;
pub mod prose;
pub mod tally;
pub mod text;
pub mod tui;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod snapshot;
