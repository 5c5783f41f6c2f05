//! A file that the user wants a result in: a recording, a capture, a report. It is there when it is whole, or not at
//! all: if anything fails on the way, an older file of that name stays as it was. Every error names it.

mod beside;
#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use self::beside::{Beside, Place};
use super::out::{self, Stdout, plain_words};
use crate::lesson::printable::printable;

/// What the links that begin at `path` lead to, be it there or not.
///
/// # Errors
/// When they lead round in a circle.
pub fn resolved(path: &Path) -> io::Result<PathBuf> {
    beside::resolved(path)
}

/// The folder in which `path` lies.
#[must_use]
pub fn folder(path: &Path) -> &Path {
    beside::folder(path)
}

/// A writer each of whose errors says which file could not be written, and why.
#[derive(Debug)]
pub struct ResultFile {
    path: String,
    out: Sink,
    beside: Option<Beside>,
}

#[derive(Debug)]
enum Sink {
    File(BufWriter<File>),
    /// Its errors say what they are about.
    Stdout(Stdout),
}

impl ResultFile {
    /// Makes ready to write the file; `-` is standard output.
    ///
    /// # Errors
    /// When it can not be written there.
    pub fn create(path: &Path) -> io::Result<Self> {
        let shown = printable(&path.to_string_lossy()).into_owned();
        if path == Path::new("-") {
            return Ok(Self { path: shown, out: Sink::Stdout(out::stdout()?), beside: None });
        }
        let (beside, file) = match Place::at(path).map_err(|error| not_written(&shown, &error))? {
            Place::Beside(beside, file) => (Some(beside), file),
            Place::Direct(file) => (None, file),
        };
        Ok(Self { path: shown, out: Sink::File(BufWriter::new(file)), beside })
    }

    /// Nothing more will be written: now it becomes the file that was named. Without this it never does.
    ///
    /// # Errors
    /// When it could not be written to its end.
    pub fn keep(mut self) -> io::Result<()> {
        self.flush()?;
        let (Sink::File(out), Some(beside)) = (&self.out, self.beside.take()) else { return Ok(()) };
        beside.keep(out.get_ref()).map_err(|error| not_written(&self.path, &error))
    }
}

fn not_written(path: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write {path}: {}", plain_words(error)))
}

impl Write for ResultFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Sink::File(out) => out.write(bytes).map_err(|error| not_written(&self.path, &error)),
            Sink::Stdout(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Sink::File(out) => out.flush().map_err(|error| not_written(&self.path, &error)),
            Sink::Stdout(out) => out.flush(),
        }
    }
}
