//! One file that several instances read and write: each change is made under a lock, and is there as a whole or not
//! at all.
//!
//! `face::file` writes results, and lets a signal end the process on the way. The app must not end so, since it has
//! the terminal to give back: what is written here is small, and whatever ends it leaves at most a file beside.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process, thread,
    time::Duration,
};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

use crate::face::file::{folder, resolved};

/// Only for the learner's own eyes.
const OWN_FILE: u32 = 0o600;
const OWN_FOLDER: u32 = 0o700;

/// Another instance writes for some milliseconds, or for as long as a busy disk takes; one that was stopped meanwhile
/// should not stop us.
const TRIES: u32 = 80;
const PAUSE: Duration = Duration::from_millis(25);

/// The file while nobody else may change it.
#[derive(Debug)]
pub(super) struct Locked {
    target: PathBuf,
    /// Dropping it ends the lock.
    _lock: File,
}

impl Locked {
    /// Makes the file's folder if it is not there, and waits until no other instance is at it. A link stays a link.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        let target = resolved(path)?;
        DirBuilder::new().recursive(true).mode(OWN_FOLDER).create(folder(&target))?;
        let lock = own_file().truncate(false).open(target.with_extension("lock"))?;
        for _ in 0..TRIES {
            match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Self { target, _lock: lock }),
                Err(Errno::WOULDBLOCK) => thread::sleep(PAUSE),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(io::Error::other("another wiretutor has locked it, and does not go on"))
    }

    /// What stands in it; `None` where there is nothing yet.
    pub(super) fn read(&self) -> io::Result<Option<Vec<u8>>> {
        match super::read(&self.target) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts `text` in its place. The old one stays if anything fails.
    pub(super) fn write(&self, text: &str) -> io::Result<()> {
        let beside = folder(&self.target).join(format!(".wiretutor-{}.part", process::id()));
        let written = self.write_beside(&beside, text);
        if written.is_err() {
            // What there is of it is of no use; if it cannot be removed, the next write uses its name again.
            let _ = fs::remove_file(&beside);
        }
        written
    }

    fn write_beside(&self, beside: &Path, text: &str) -> io::Result<()> {
        let mut file = own_file().truncate(true).open(beside)?;
        // Where a file of that name was left, its permissions were those of another.
        file.set_permissions(Permissions::from_mode(OWN_FILE))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(beside, &self.target)?;
        match File::open(folder(&self.target)).and_then(|folder| folder.sync_all()) {
            // Not every file system has that for folders.
            Err(error) if error.kind() != ErrorKind::InvalidInput => Err(error),
            _ => Ok(()),
        }
    }

    /// Moves it out of the way, and says where it is now: `progress.json.damaged-2026-01-31`.
    pub(super) fn set_aside(&self, date: &str) -> io::Result<PathBuf> {
        let mut name = self.target.clone().into_os_string();
        name.push(format!(".damaged-{date}"));
        let first = PathBuf::from(&name);
        let numbered = (2..100).map(|number| {
            let mut name = name.clone();
            name.push(format!("-{number}"));
            PathBuf::from(name)
        });
        let free = std::iter::once(first).chain(numbered).find(|path| fs::symlink_metadata(path).is_err());
        let aside = free.ok_or_else(|| io::Error::other("a hundred damaged ones are there already"))?;
        fs::rename(&self.target, &aside)?;
        Ok(aside)
    }
}

fn own_file() -> OpenOptions {
    let mut options = File::options();
    options.write(true).create(true).mode(OWN_FILE);
    options
}
