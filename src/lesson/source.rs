//! Reads a lesson's file, whatever it turns out to be: a directory, a device, a picture, 100 MB of something.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use super::{complaint::Complaint, model::Source};

/// A lesson is text for minutes of reading; the longest so far has some 20 KB.
const LARGEST: u64 = 1 << 20;

impl Source {
    /// The file's text. Nothing larger than a lesson can be is ever held in memory.
    ///
    /// # Errors
    ///
    /// If it is no readable text of a lesson's size.
    pub fn read(path: &Path) -> Result<Arc<Self>, Complaint> {
        let shown = path.display().to_string();
        let bytes = bytes(path, &shown)?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Arc::new(Self { path: shown, text })),
            Err(error) => Err(not_utf8(&shown, error.as_bytes(), error.utf8_error().valid_up_to())),
        }
    }
}

fn bytes(path: &Path, shown: &str) -> Result<Vec<u8>, Complaint> {
    let unreadable = |error: io::Error| Complaint::of_io(shown, &error);
    let known = fs::metadata(path).map_err(unreadable)?;
    if known.is_dir() {
        let message = format!("`{shown}` is a folder, not a lesson");
        return Err(Complaint::input(message).help(format!(
            "name one of its files; or all of them: `wiretutor check {shown}`, `wiretutor lint {shown}`"
        )));
    }
    // To open a pipe is to wait for whoever writes into it, and a device may never end.
    if !known.is_file() {
        return Err(Complaint::input(format!("`{shown}` is a pipe or a device, not a file"))
            .help("save the lesson as a file and name that"));
    }
    if known.len() > LARGEST {
        return Err(too_large(shown));
    }
    // The length may lie, as in /proc: read one byte more than is allowed, and see.
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST { Err(too_large(shown)) } else { Ok(bytes) }
}

fn too_large(shown: &str) -> Complaint {
    Complaint::input(format!("`{shown}` is too large for a lesson")).help("a lesson has at most 1 MiB")
}

fn not_utf8(shown: &str, bytes: &[u8], at: usize) -> Complaint {
    let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    let byte = bytes.get(at).copied().unwrap_or_default();
    Complaint::input(format!("`{shown}` is not UTF-8 text: byte 0x{byte:02x} in line {line}"))
        .help("a lesson is a Markdown file; save it as UTF-8")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn message(path: &Path) -> String {
        Source::read(path).unwrap_err().to_string()
    }

    fn file(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    #[test]
    fn a_folder_is_answered_with_the_commands_for_folders() {
        let folder = tempfile::tempdir().unwrap();
        let message = message(folder.path());
        assert!(message.contains("is a folder, not a lesson"), "{message}");
        assert!(message.contains("wiretutor check") && message.contains("wiretutor lint"), "{message}");
    }

    #[test]
    fn a_huge_file_is_not_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(100 << 20).unwrap();
        assert!(message(file.path()).contains("too large for a lesson"));
    }

    #[test]
    fn a_device_and_a_pipe_are_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.md");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
        for path in [Path::new("/dev/zero"), &pipe] {
            assert!(message(path).contains("is a pipe or a device, not a file"), "{}", path.display());
        }
    }

    #[test]
    fn what_is_not_utf8_is_named_with_its_line() {
        let message = message(file(b"one\ntwo \xe9\n").path());
        assert!(message.contains("is not UTF-8 text: byte 0xe9 in line 2"), "{message}");
    }

    #[test]
    fn a_missing_file_is_missing() {
        assert!(message(Path::new("/nonexistent/lesson.md")).contains("there is no `/nonexistent/lesson.md`"));
    }

    #[test]
    fn the_largest_lesson_is_read() {
        let file = file(&vec![b'x'; 1 << 20]);
        assert_eq!(Source::read(file.path()).unwrap().text.len(), 1 << 20);
    }
}
