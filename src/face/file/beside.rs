//! A file that takes another one's place once it is whole: until then the old one stays, whatever happens.

use std::sync::{Mutex, Once, PoisonError};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    process, thread,
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};

/// Files with such names are made by nobody else; if one is left by a process that was killed, the next is tried.
const ATTEMPTS: u32 = 1000;
/// As many links of links as the kernel follows.
const LINKS: usize = 40;

/// Files that would be left behind if a signal ended the process now.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file under a name of its own. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Beside {
    temporary: PathBuf,
    target: PathBuf,
}

/// Where a result goes.
pub(super) enum Place {
    /// Into a file beside the one that is named.
    Beside(Beside, File),
    /// What is named is a device, a pipe: nothing can take its place.
    Direct(File),
}

impl Place {
    /// The place for a result that `path` names. A link stays a link: what it leads to is replaced.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            return File::create(path).map(Self::Direct);
        }
        let target = resolved(path)?;
        let old = match fs::metadata(&target) {
            Ok(found) if !found.is_file() => return File::create(&target).map(Self::Direct),
            // Who may not write to a file may not replace it either.
            Ok(found) => OpenOptions::new().write(true).open(&target).map(|_| Some(found.permissions()))?,
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let (beside, file) = Beside::new(target)?;
        if let Some(permissions) = old {
            file.set_permissions(permissions)?;
        }
        Ok(Self::Beside(beside, file))
    }
}

/// What the links that begin at `path` lead to, be it there or not.
pub(super) fn resolved(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = folder(&path).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::from(rustix::io::Errno::LOOP))
}

pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Beside {
    fn new(target: PathBuf) -> io::Result<(Self, File)> {
        clear_up_on_signals()?;
        for attempt in 0..ATTEMPTS {
            let temporary = folder(&target).join(format!(".wiretutor-{}-{attempt}.part", process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&temporary) {
                Ok(file) => {
                    unfinished(|list| list.push(temporary.clone()));
                    return Ok((Self { temporary, target }, file));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(ErrorKind::AlreadyExists, "too many unfinished files beside it (.wiretutor-*.part)"))
    }

    /// The file is whole: it takes its place, and is there also after a power cut.
    pub(super) fn keep(self, file: &File) -> io::Result<()> {
        file.sync_all()?;
        fs::rename(&self.temporary, &self.target)?;
        match File::open(folder(&self.target)).and_then(|folder| folder.sync_all()) {
            // Not every file system has that for folders.
            Err(error) if error.kind() != ErrorKind::InvalidInput => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        unfinished(|list| list.retain(|path| *path != self.temporary));
        // Where it took its place there is nothing under this name any more.
        let _ = fs::remove_file(&self.temporary);
    }
}

fn unfinished<T>(with: impl FnOnce(&mut Vec<PathBuf>) -> T) -> T {
    with(&mut UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Whoever presses Ctrl-C wants no half of a file. The process then ends as it would have without this.
fn clear_up_on_signals() -> io::Result<()> {
    static ONCE: Once = Once::new();
    let mut result = Ok(());
    ONCE.call_once(|| result = watch_signals());
    result
}

fn watch_signals() -> io::Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in &mut signals {
            unfinished(|list| {
                list.drain(..).for_each(|path| drop(fs::remove_file(path)));
                // Still locked, so that no other file is begun in between.
                let _ = emulate_default_handler(signal);
            });
        }
    })?;
    Ok(())
}
