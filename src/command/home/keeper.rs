//! Keeps the learner's progress: reads it when the app begins, and joins what has happened since into the file.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{is_missing, progress_path, read, shown, store::Locked};
use crate::face::{
    out::plain_words,
    text::terminal::Environment,
    tui::progress::{Progress, Seconds, Unreadable, VERSION},
};

/// Where progress is kept, if it can be.
#[derive(Debug)]
pub struct Keeper {
    /// `None` where nothing is to be written.
    path: Option<PathBuf>,
    /// It was said that nothing can be kept.
    told: bool,
}

/// Why nothing was kept.
enum Trouble {
    Io(io::Error),
    Newer(u32),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Keeper {
    /// What was kept so far, and what there is to be said about it.
    #[must_use]
    pub fn open(env: Environment, now: Seconds) -> (Self, Progress, Option<String>) {
        match progress_path(env) {
            Ok(path) => Self::open_at(path, now),
            Err(why) => {
                let keeper = Self { path: None, told: true };
                let words = format!("Nothing of your progress can be kept: {why}. `export HOME=…` names your folder.");
                (keeper, Progress::default(), Some(words))
            }
        }
    }

    pub(super) fn open_at(path: PathBuf, now: Seconds) -> (Self, Progress, Option<String>) {
        let found = match read(&path) {
            Ok(bytes) => Progress::read(&bytes),
            Err(error) if is_missing(&error) => Ok(Progress::default()),
            Err(error) => {
                let notice = not_kept(&path, &error);
                return (Self { path: None, told: true }, Progress::default(), Some(notice));
            }
        };
        let mut keeper = Self { path: Some(path), told: false };
        match found {
            Ok(progress) => (keeper, progress, None),
            // Writing finds it damaged or newer again, this time under the lock, and says what became of it.
            Err(_) => {
                let mut progress = Progress::default();
                let notice = keeper.keep(&mut progress, now);
                (keeper, progress, notice)
            }
        }
    }

    /// Joins `progress` with what stands in the file, and keeps both; it then holds what others have kept, too. What
    /// has to be said is returned. That nothing can be kept is said once, and tried again each time.
    pub fn keep(&mut self, progress: &mut Progress, now: Seconds) -> Option<String> {
        let path = self.path.clone()?;
        match join(&path, progress, now) {
            Ok(notice) => notice,
            Err(Trouble::Newer(version)) => {
                self.path = None;
                self.say(newer(&path, version))
            }
            Err(Trouble::Io(error)) => self.say(not_kept(&path, &error)),
        }
    }

    fn say(&mut self, words: String) -> Option<String> {
        let first = !self.told;
        self.told = true;
        first.then_some(words)
    }
}

fn join(path: &Path, progress: &mut Progress, now: Seconds) -> Result<Option<String>, Trouble> {
    let locked = Locked::at(path)?;
    let mut notice = None;
    match locked.read()?.as_deref().map(Progress::read) {
        None => {}
        Some(Ok(kept)) => progress.merge(&kept),
        Some(Err(Unreadable::Newer(version))) => return Err(Trouble::Newer(version)),
        Some(Err(Unreadable::Damaged(why))) => {
            let aside = locked.set_aside(&date(now))?;
            notice = Some(damaged(path, &why, &aside));
        }
    }
    locked.write(&progress.write())?;
    Ok(notice)
}

fn not_kept(path: &Path, error: &io::Error) -> String {
    let (path, why) = (shown(path), plain_words(error));
    let folder = shown(crate::face::file::folder(Path::new(&path)));
    format!("Nothing of your progress can be kept in {path}: {why}. `ls -ld {folder}` shows the folder.")
}

fn newer(path: &Path, version: u32) -> String {
    let path = shown(path);
    format!(
        "{path} was written by a newer wiretutor (format {version}; this one knows {VERSION}). It stays as it is, and \
         nothing of your progress is kept until you run the newer one."
    )
}

fn damaged(path: &Path, why: &str, aside: &Path) -> String {
    let (path, aside) = (shown(path), shown(aside));
    format!("{path} was damaged ({why}). It is kept as {aside}, and your progress begins anew.")
}

/// The day of a moment, in UTC: `2026-01-31`. Days are counted from 1 March of the year 0, as Howard Hinnant does.
pub(super) fn date(now: Seconds) -> String {
    let days = now / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
