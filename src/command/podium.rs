//! The way from an app that presents to the notes in another terminal: a small file, replaced as a whole whenever the
//! class sees something else.
//!
//! It stands in the user's own folder for what runs (`$XDG_RUNTIME_DIR/wiretutor`), or below the data folder where
//! there is none. Beside it the app keeps a file locked for as long as it lives: so what a killed app has left behind
//! is known as such, whatever its number is given to next.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process,
};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
    process::geteuid,
};

use super::home;
use crate::face::{
    text::terminal::Environment,
    tui::notes::{Place, Unreadable},
};

const OWN_FILE: u32 = 0o600;
const OWN_FOLDER: u32 = 0o700;
/// What others could write there.
const OTHERS_WRITE: u32 = 0o022;
const PLACE: &str = "json";
const LOCK: &str = "lock";
/// So many files may have the number of one process: its own, and those that dead ones of the same number have left.
const TRIES: u32 = 100;

/// The folder in which apps that present tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Podium {
    folder: PathBuf,
}

/// The place of one app, for as long as this lives.
#[derive(Debug)]
pub struct Pulpit {
    place: PathBuf,
    lock_path: PathBuf,
    _lock: File,
}

impl Podium {
    /// Makes the folder if it is not there.
    ///
    /// # Errors
    /// When there is none, or when others may write there. The text says which folder and why.
    pub fn find(env: Environment) -> Result<Self, String> {
        let folder = home::runtime_path(env)?;
        let at = |why: String| format!("{}: {why}", folder.display());
        DirBuilder::new().recursive(true).mode(OWN_FOLDER).create(&folder).map_err(|error| at(error.to_string()))?;
        let known = fs::symlink_metadata(&folder).map_err(|error| at(error.to_string()))?;
        if !known.is_dir() || known.uid() != geteuid().as_raw() || known.mode() & OTHERS_WRITE != 0 {
            return Err(at("it has to be a folder of your own in which nobody else may write".to_owned()));
        }
        Ok(Self { folder })
    }

    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A place for this process. What dead ones have left goes away.
    pub fn enter(&self) -> io::Result<Pulpit> {
        self.sweep()?;
        for number in 0..TRIES {
            let stem = self.folder.join(format!("presenting-{}-{number}", process::id()));
            let lock_path = stem.with_extension(LOCK);
            if let Some(lock) = locked(&lock_path)? {
                return Ok(Pulpit { place: stem.with_extension(PLACE), lock_path, _lock: lock });
            }
        }
        Err(io::Error::other("all places of this process are taken"))
    }

    /// Where the app stands that began to present last; nowhere where none presents.
    pub fn newest(&self) -> io::Result<Option<Place>> {
        let mut newest: Option<Place> = None;
        let mut unreadable: Option<Unreadable> = None;
        for path in self.files(PLACE)?.into_iter().filter(|path| is_alive(path)) {
            // It may have gone since it was listed.
            let Ok(bytes) = fs::read(&path) else { continue };
            match Place::read(&bytes) {
                Ok(place) if newest.as_ref().is_none_or(|other| other.began < place.began) => newest = Some(place),
                Ok(_) => {}
                Err(why) => unreadable = Some(why),
            }
        }
        match (newest, unreadable) {
            (None, Some(why)) => Err(io::Error::other(format!("what an app tells of itself is not understood: {why}"))),
            (newest, _) => Ok(newest),
        }
    }

    fn files(&self, extension: &str) -> io::Result<Vec<PathBuf>> {
        let ours = |path: &PathBuf| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            name.starts_with("presenting-") && path.extension().is_some_and(|found| found == extension)
        };
        let entries = fs::read_dir(&self.folder)?;
        Ok(entries.filter_map(Result::ok).map(|entry| entry.path()).filter(ours).collect())
    }

    fn sweep(&self) -> io::Result<()> {
        for path in self.files(LOCK)? {
            // With the lock in our hand nobody else can take it for living.
            if let Some(_lock) = locked(&path)? {
                let _ = fs::remove_file(path.with_extension(PLACE));
                let _ = fs::remove_file(&path);
            }
        }
        Ok(())
    }
}

impl Pulpit {
    /// Tells of another place.
    pub fn tell(&self, place: &Place) -> io::Result<()> {
        let beside = self.place.with_extension("part");
        let mut file = own_file().truncate(true).open(&beside)?;
        file.write_all(place.write().as_bytes())?;
        drop(file);
        fs::rename(&beside, &self.place)
    }
}

impl Drop for Pulpit {
    fn drop(&mut self) {
        // What is left is seen to be of nobody.
        let _ = fs::remove_file(&self.place);
        let _ = fs::remove_file(&self.lock_path);
    }
}

fn own_file() -> OpenOptions {
    let mut options = File::options();
    options.write(true).create(true).mode(OWN_FILE);
    options
}

/// The file at this path, locked by us; `None` where somebody else has it.
fn locked(path: &Path) -> io::Result<Option<File>> {
    let file = own_file().truncate(false).open(path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    // Whoever sweeps may have removed it in between: then the lock is on nothing.
    let is_there = fs::metadata(path).is_ok_and(|there| file.metadata().is_ok_and(|ours| there.ino() == ours.ino()));
    Ok(is_there.then_some(file))
}

/// Whether the app of this place lives: it keeps its lock.
fn is_alive(place: &Path) -> bool {
    let Ok(lock) = File::open(place.with_extension(LOCK)) else { return false };
    matches!(flock(&lock, FlockOperation::NonBlockingLockShared), Err(Errno::WOULDBLOCK))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{face::tui::study::Study, kernel::clock::Stamp, lesson::free_play};

    fn podium() -> (tempfile::TempDir, Podium) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().as_os_str().to_owned();
        let env = move |name: &str| (name == "XDG_RUNTIME_DIR").then(|| path.clone());
        let podium = Podium::find(&env).unwrap();
        (home, podium)
    }

    fn place(began: u64) -> Place {
        Place::of(&Study::live(Arc::new(free_play())), None, Stamp(began))
    }

    #[test]
    fn the_folder_is_for_its_user_alone() {
        let (_home, podium) = podium();
        assert_eq!(fs::metadata(podium.folder()).unwrap().mode() & 0o777, OWN_FOLDER);
    }

    #[test]
    fn without_a_runtime_folder_it_stands_below_the_data() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().as_os_str().to_owned();
        let podium = Podium::find(&move |name: &str| (name == "HOME").then(|| path.clone())).unwrap();
        assert!(podium.folder().ends_with(".local/share/wiretutor/presenting"), "{podium:?}");
    }

    #[test]
    fn a_folder_in_which_others_may_write_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let (home, podium) = podium();
        fs::set_permissions(podium.folder(), fs::Permissions::from_mode(0o777)).unwrap();
        let path = home.path().as_os_str().to_owned();
        let found = Podium::find(&move |name: &str| (name == "XDG_RUNTIME_DIR").then(|| path.clone()));
        assert!(found.unwrap_err().contains("nobody else may write"));
    }

    #[test]
    fn of_several_the_one_that_began_last_is_followed_and_then_the_other() {
        let (_home, podium) = podium();
        let (old, new) = (podium.enter().unwrap(), podium.enter().unwrap());
        new.tell(&place(2)).unwrap();
        old.tell(&place(1)).unwrap();
        assert_eq!(podium.newest().unwrap(), Some(place(2)));
        drop(new);
        assert_eq!(podium.newest().unwrap(), Some(place(1)));
        drop(old);
        assert_eq!(podium.newest().unwrap(), None);
        assert_eq!(fs::read_dir(podium.folder()).unwrap().count(), 0, "nothing is left");
    }

    #[test]
    fn what_a_killed_app_has_left_is_not_followed_and_goes_away_with_the_next() {
        let (_home, podium) = podium();
        let stale = podium.folder().join("presenting-1-0");
        fs::write(stale.with_extension(PLACE), place(1).write()).unwrap();
        fs::write(stale.with_extension(LOCK), "").unwrap();
        assert_eq!(podium.newest().unwrap(), None);
        let pulpit = podium.enter().unwrap();
        assert!(!stale.with_extension(PLACE).exists());
        pulpit.tell(&place(2)).unwrap();
        assert_eq!(podium.newest().unwrap(), Some(place(2)));
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let (_home, podium) = podium();
        let pulpit = podium.enter().unwrap();
        fs::write(&pulpit.place, "{}").unwrap();
        assert!(podium.newest().unwrap_err().to_string().contains("not understood"));
    }
}
