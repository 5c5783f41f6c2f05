//! What the learner has at home: settings, and how far he has come. This is where their files are found, read and
//! written; what they say is the app's.
//!
//! Nothing here ends the program. Whatever cannot be read or kept is said in a notice, and the app goes on without.

mod keeper;
mod store;
#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

pub use self::keeper::Keeper;
use crate::{
    face::{
        out::plain_words,
        text::terminal::Environment,
        tui::settings::{Action, Settings},
    },
    lesson::printable::printable,
};

/// Our folder in each of the user's.
const OURS: &str = "wiretutor";
/// No file of ours comes near it; what is larger is something else.
const LARGEST: u64 = 16 << 20;

/// Where the settings stand: `~/.config/wiretutor/config.toml`, or below `$XDG_CONFIG_HOME`.
///
/// # Errors
/// When there is no home. The text says why.
pub fn settings_path(env: Environment) -> Result<PathBuf, String> {
    place(env, "XDG_CONFIG_HOME", ".config").map(|folder| folder.join("config.toml"))
}

/// Where progress is kept: `~/.local/share/wiretutor/progress.json`, or below `$XDG_DATA_HOME`.
///
/// # Errors
/// When there is no home. The text says why.
pub fn progress_path(env: Environment) -> Result<PathBuf, String> {
    place(env, "XDG_DATA_HOME", ".local/share").map(|folder| folder.join("progress.json"))
}

/// Where an app that runs tells of itself: `$XDG_RUNTIME_DIR/wiretutor`, and `~/.local/share/wiretutor/presenting` or
/// below `$XDG_DATA_HOME` where there is no folder for what runs.
///
/// # Errors
/// When there is no home either. The text says why.
pub fn runtime_path(env: Environment) -> Result<PathBuf, String> {
    let runtime = env("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute() && path.is_dir());
    runtime.map_or_else(
        || place(env, "XDG_DATA_HOME", ".local/share").map(|folder| folder.join("presenting")),
        |folder| Ok(folder.join(OURS)),
    )
}

/// The XDG specification says that a path that is not absolute is to be ignored.
fn place(env: Environment, variable: &str, usual: &str) -> Result<PathBuf, String> {
    let absolute = |name| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute(variable).or_else(|| absolute("HOME").map(|home| home.join(usual)));
    base.map(|base| base.join(OURS)).ok_or_else(|| format!("neither {variable} nor HOME names a folder"))
}

/// The settings, and what is wrong with them: texts that are ready to be shown. Without a file there is nothing to
/// say.
#[must_use]
pub fn settings(env: Environment, actions: &[Action]) -> (Settings, Vec<String>) {
    let Ok(path) = settings_path(env) else { return (Settings::default(), Vec::new()) };
    let shown = shown(&path);
    let defaults = |why: String| {
        let notice =
            format!("error: {shown} cannot be read: {why}\n  = help: until it can, everything is at its default\n");
        (Settings::default(), vec![notice])
    };
    match read(&path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Settings::read(&text, &shown, actions),
            Err(error) => defaults(format!("byte {} is not UTF-8", error.utf8_error().valid_up_to())),
        },
        Err(error) if is_missing(&error) => (Settings::default(), Vec::new()),
        Err(error) => defaults(plain_words(&error)),
    }
}

/// Whether there is simply nothing; a file where a folder should be has nothing in it either.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The bytes of a file of ours. A pipe or a device is none: it would never end.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("it is too large to be one of ours"));
    }
    Ok(bytes)
}

fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy()).into_owned()
}
