//! Where the bytes of a capture come from: a file, one that still grows, or a pipe.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::{
        fd::{AsFd, AsRawFd},
        unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    },
    path::Path,
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    fs::{Mode, OFlags, inotify},
};

use crate::kernel::clock::Stamp;

/// Bytes, read from the beginning to the end.
#[derive(Debug)]
pub struct Source {
    file: File,
    /// A pipe can be read only once.
    is_file: bool,
    position: u64,
    /// Where more is awaited at the end of a file.
    growth: Option<Growth>,
    spool: Option<Spool>,
}

/// What became of a file under our hands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Gone {
    /// It is shorter than what was read of it.
    Shorter,
    /// It has no name any more, so nobody can add anything to it.
    Removed,
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shorter => "the file became shorter",
            Self::Removed => "the file was removed",
        })
    }
}

impl std::error::Error for Gone {}

/// The file at this path, from its beginning.
///
/// # Errors
/// Where it can not be opened, or is a folder.
pub fn open_file(path: &Path) -> io::Result<Source> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(Source { file, is_file: metadata.is_file(), position: 0, growth: None, spool: None })
}

/// What comes through standard input.
///
/// # Errors
/// Where the system refuses one more descriptor.
pub fn open_stdin() -> io::Result<Source> {
    let file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    // What was read of it before belongs to somebody else, so a file here is a pipe to us.
    Ok(Source { file, is_file: false, position: 0, growth: None, spool: None })
}

impl Source {
    /// At the end of the file waits for what is added to it, instead of ending. A pipe does so by itself.
    ///
    /// # Errors
    /// Where the system can not tell when a file grows.
    pub fn follow(mut self) -> io::Result<Self> {
        if self.is_file {
            self.growth = Some(Growth::of(&self.file)?);
        }
        Ok(self)
    }

    /// How many bytes the file has by now, where it is one.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.file.metadata().ok().filter(|_| self.is_file).map(|metadata| metadata.len())
    }

    /// Makes sure that what was read can be read again: what comes through a pipe is kept in a file without a name.
    ///
    /// # Errors
    /// Where that file can not be made.
    pub fn keep(mut self) -> io::Result<Self> {
        if !self.is_file {
            self.spool = Some(Spool::new()?);
        }
        Ok(self)
    }

    fn look_whether_it_is_gone(&self) -> io::Result<()> {
        let metadata = self.file.metadata()?;
        if self.is_file && metadata.len() < self.position {
            return Err(io::Error::other(Gone::Shorter));
        }
        if self.growth.is_some() && metadata.nlink() == 0 {
            return Err(io::Error::other(Gone::Removed));
        }
        Ok(())
    }

    /// For reading what was read once more, at any place.
    ///
    /// # Errors
    /// Where the system refuses one more descriptor.
    pub fn again(&self) -> io::Result<Again> {
        let file = self.spool.as_ref().map_or(&self.file, |spool| &spool.0);
        Ok(Again(file.try_clone()?))
    }
}

/// What was read before.
#[derive(Debug)]
pub struct Again(File);

impl Again {
    /// Fills `bytes` with what stands at `offset`.
    ///
    /// # Errors
    /// Where it can not be read any more.
    pub fn read(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(bytes, offset)
    }
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.file.read(into)?;
            self.position += read as u64;
            if read > 0 || into.is_empty() {
                if let Some(spool) = &mut self.spool {
                    spool.write(&into[..read])?;
                }
                return Ok(read);
            }
            self.look_whether_it_is_gone()?;
            match &mut self.growth {
                Some(growth) => growth.wait()?,
                None => return Ok(0),
            }
        }
    }
}

/// Tells when a file was written to, or has lost a name.
#[derive(Debug)]
struct Growth(File);

impl Growth {
    /// By its descriptor: its name may lead to another file by now.
    fn of(file: &File) -> io::Result<Self> {
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        let watch = inotify::init(inotify::CreateFlags::CLOEXEC)?;
        inotify::add_watch(&watch, path.as_str(), inotify::WatchFlags::MODIFY | inotify::WatchFlags::ATTRIB)?;
        Ok(Self(File::from(watch)))
    }

    /// The watch was set before the end of the file was met, so nothing that is written behind it is missed.
    fn wait(&mut self) -> io::Result<()> {
        let mut ready = [PollFd::new(&self.0, PollFlags::IN)];
        match poll(&mut ready, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        // What was told is of no interest: the file is looked at anyway.
        let mut told = [0; 4096];
        self.0.read(&mut told).map(drop)
    }
}

/// A file without a name, which is gone when it is closed, however the program ends.
#[derive(Debug)]
struct Spool(File);

impl Spool {
    fn new() -> io::Result<Self> {
        let folder = std::env::temp_dir();
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        match rustix::fs::open(&folder, flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => Ok(Self(file.into())),
            // Some file systems make no files without a name.
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::ISDIR) => Self::named(&folder),
            Err(error) => Err(io::Error::other(format!("it is kept in {} meanwhile: {error}", folder.display()))),
        }
    }

    /// One whose name is taken away at once.
    fn named(folder: &Path) -> io::Result<Self> {
        let path = folder.join(format!("wiretutor-{}-{}.spool", std::process::id(), Stamp::now().0));
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        std::fs::remove_file(&path)?;
        Ok(Self(file))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).map_err(|error| {
            let words = format!("it is kept in {} meanwhile: {error}", std::env::temp_dir().display());
            io::Error::new(error.kind(), words)
        })
    }
}
