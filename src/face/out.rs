//! Standard output, and what to say when it goes away.
//!
//! A reader that has seen enough (`| head -1`), a full disk and a descriptor that was never open are all errors
//! here, told apart and never swallowed. What the process then does is left to `main`.

use std::{
    fmt,
    fs::File,
    io::{self, BufWriter, ErrorKind, Write},
    os::fd::AsFd,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::kernel::stdio;

/// What we had to say could not be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputGone {
    /// The other end of the pipe is closed.
    Reader,
    /// The process was started without a standard output.
    NeverOpen,
    /// The system's own words: a full disk, an I/O error.
    Refused(String),
}

impl OutputGone {
    fn why(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::Reader,
            _ => Self::Refused(plain_words(error)),
        }
    }

    /// The one behind `error`, if that is what went wrong.
    #[must_use]
    pub fn behind(error: &anyhow::Error) -> Option<&Self> {
        error.chain().find_map(|cause| {
            let wrapped = || cause.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref();
            cause.downcast_ref::<Self>().or_else(wrapped)
        })
    }
}

/// `No space left on device` without Rust's `(os error 28)`.
#[must_use]
pub fn plain_words(error: &io::Error) -> String {
    let words = error.to_string();
    words.split_once(" (os error").map_or(words.as_str(), |(words, _)| words).to_owned()
}

impl fmt::Display for OutputGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reader => write!(f, "standard output was closed by its reader"),
            Self::NeverOpen => write!(f, "standard output is closed: there is nowhere to write to"),
            Self::Refused(why) => write!(f, "cannot write to standard output: {why}"),
        }
    }
}

impl std::error::Error for OutputGone {}

/// A writer each of whose errors is an [`OutputGone`].
#[derive(Debug)]
pub struct Out<W>(W);

/// Standard output, buffered: nothing is seen before it is flushed, and an error on the way is lost without a flush.
pub type Stdout = Out<BufWriter<File>>;

/// Standard output for a result.
///
/// Through a descriptor of its own: the standard library's `Stdout` takes a descriptor that can not be written to for
/// a successful write.
///
/// # Errors
/// When the process was started without one.
pub fn stdout() -> io::Result<Stdout> {
    if stdio::stdout_was_closed() {
        return Err(io::Error::new(ErrorKind::NotConnected, OutputGone::NeverOpen));
    }
    let descriptor = classified(io::stdout().as_fd().try_clone_to_owned())?;
    Ok(Out::new(BufWriter::new(File::from(descriptor))))
}

/// Whether somebody still reads standard output. A pipe without a reader says so before anything is written.
///
/// # Errors
/// [`OutputGone::Reader`], when nobody does.
pub fn still_read() -> io::Result<()> {
    let stdout = io::stdout();
    let mut stdout = [PollFd::new(&stdout, PollFlags::empty())];
    let gone = poll(&mut stdout, Some(&Timespec::default())).is_ok() && stdout[0].revents().contains(PollFlags::ERR);
    if gone { Err(io::Error::new(ErrorKind::BrokenPipe, OutputGone::Reader)) } else { Ok(()) }
}

impl<W: Write> Out<W> {
    pub const fn new(inner: W) -> Self {
        Self(inner)
    }
}

fn classified<T>(result: io::Result<T>) -> io::Result<T> {
    result.map_err(|error| match error.kind() {
        // For `write_all`, which tries again.
        ErrorKind::Interrupted => error,
        kind => io::Error::new(kind, OutputGone::why(&error)),
    })
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        classified(self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        classified(self.0.flush())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;

    use super::*;

    /// The message of writing a line to `to`, as `main` would find it.
    fn complaint(to: impl Write) -> String {
        let mut out = Out::new(BufWriter::new(to));
        let result = writeln!(out, "a line").and_then(|()| out.flush());
        let error = anyhow::Error::from(result.unwrap_err()).context("while running a lesson");
        OutputGone::behind(&error).expect("the output is gone").to_string()
    }

    #[test]
    fn a_full_disk_is_called_so() {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert_eq!(complaint(full), "cannot write to standard output: No space left on device");
    }

    #[test]
    fn a_descriptor_for_reading_only_is_no_output() {
        let for_reading = OpenOptions::new().read(true).open("/dev/null").unwrap();
        assert_eq!(complaint(for_reading), "cannot write to standard output: Bad file descriptor");
    }

    #[test]
    fn a_reader_that_left_is_called_so() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        assert_eq!(complaint(writer), "standard output was closed by its reader");
    }

    #[test]
    fn another_error_is_not_about_the_output() {
        let error = anyhow::Error::from(std::fs::read("/nowhere").unwrap_err());
        assert_eq!(OutputGone::behind(&error), None);
    }
}
