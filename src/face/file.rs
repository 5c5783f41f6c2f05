//! A file that the user wants a result in: a recording, a report. Every error on the way names it.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use super::out::plain_words;
use crate::lesson::printable::printable;

/// A writer each of whose errors says which file could not be written, and why.
#[derive(Debug)]
pub struct ResultFile {
    path: String,
    out: BufWriter<File>,
}

impl ResultFile {
    /// Makes the file, or empties it if it is there.
    ///
    /// # Errors
    /// When it can not be written there.
    pub fn create(path: &Path) -> io::Result<Self> {
        let path_shown = printable(&path.to_string_lossy()).into_owned();
        let file = File::create(path).map_err(|error| not_written(&path_shown, &error))?;
        Ok(Self { path: path_shown, out: BufWriter::new(file) })
    }
}

fn not_written(path: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write {path}: {}", plain_words(error)))
}

impl Write for ResultFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes).map_err(|error| not_written(&self.path, &error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush().map_err(|error| not_written(&self.path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_does_not_exist_is_named() {
        let error = ResultFile::create(Path::new("/nowhere/\x1b[1m")).unwrap_err();
        assert_eq!(error.to_string(), r"cannot write /nowhere/\u{1b}[1m: No such file or directory");
    }

    #[test]
    fn a_full_disk_is_named() {
        let mut file = ResultFile::create(Path::new("/dev/full")).unwrap();
        let error = writeln!(file, "a line").and_then(|()| file.flush()).unwrap_err();
        assert_eq!(error.to_string(), "cannot write /dev/full: No space left on device");
    }
}
