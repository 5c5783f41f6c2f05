//! Capture files: what pcap and pcapng files hold, record by record.
//!
//! A [`Reader`] is fed bytes and hands out [`Record`]s: when a frame was captured, on which interface, its bytes and the
//! comments that stand with it. It goes as far as the file can be read, and its [`End`] says in plain words where and
//! why that was. It never holds more than one record and what was read beside it.
//!
//! [`write`] writes pcapng. What the frames say is left to `packet`.

mod block;
mod buffer;
mod classic;
mod flaw;
mod index;
mod ng;
mod reader;
mod source;
#[cfg(test)]
mod tests;
mod time;
pub mod write;

pub use self::{
    flaw::{End, Flaw},
    index::{Entry, Index},
    reader::{Comments, Interface, Place, Reader, Record, Step},
    source::{Again, Source, open_file, open_stdin},
};
