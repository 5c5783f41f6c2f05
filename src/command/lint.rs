//! `wiretutor lint PATH…`: a lesson's form, without running it.

use std::{
    io::{self, Write},
    path::Path,
};

use crate::lesson::{catalog::Catalog, complaint::Complaint};

/// Reads each file, and each lesson of each folder. Faults go to `err`, one closing line to `out`. Whether all is
/// right, and all that was named could be read.
///
/// # Errors
///
/// If `out` or `err` cannot be written to.
pub fn run(paths: &[impl AsRef<Path>], out: &mut impl Write, err: &mut impl Write) -> anyhow::Result<bool> {
    let mut tally = Tally::default();
    for path in paths {
        match catalog(path.as_ref()) {
            Ok(catalog) => tally.lint(&catalog, err)?,
            Err(complaint) => tally.tell(&complaint, err)?,
        }
    }
    writeln!(out, "{}, {}", counted(tally.lessons, "lesson"), counted(tally.faults, "error"))?;
    Ok(tally.faults == 0)
}

fn catalog(path: &Path) -> Result<Catalog, Complaint> {
    if path.is_dir() { Catalog::folder(path) } else { Ok(Catalog::file(path)) }
}

#[derive(Default)]
struct Tally {
    lessons: usize,
    faults: usize,
    /// Whether a complaint stands above the next one.
    told: bool,
}

impl Tally {
    fn lint(&mut self, catalog: &Catalog, err: &mut impl Write) -> io::Result<()> {
        for entry in catalog.entries() {
            match entry.lesson() {
                Ok(_) => self.lessons += 1,
                Err(complaint) => {
                    self.lessons += usize::from(matches!(complaint, Complaint::Faulty { .. }));
                    self.tell(&complaint, err)?;
                }
            }
        }
        catalog.complaints().iter().try_for_each(|complaint| self.tell(complaint, err))
    }

    fn tell(&mut self, complaint: &Complaint, err: &mut impl Write) -> io::Result<()> {
        let gap = if std::mem::replace(&mut self.told, true) { "\n" } else { "" };
        self.faults += complaint.count();
        writeln!(err, "{gap}{complaint}")
    }
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linted(paths: &[&Path]) -> (bool, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let result = run(paths, &mut out, &mut err);
        (result.unwrap(), String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[test]
    fn a_right_lesson_has_no_errors() {
        let (right, out, err) = linted(&[Path::new("tests/lint/windows.md")]);
        assert_eq!((right, out.as_str(), err.as_str()), (true, "1 lesson, 0 errors\n", ""));
    }

    #[test]
    fn all_errors_of_all_files_are_told() {
        let (right, out, err) = linted(&[Path::new("tests/lint/windows-fault.md"), Path::new("tests/lint/chinese.md")]);
        assert!(!right);
        assert_eq!(out, "2 lessons, 6 errors\n");
        assert_eq!(err.matches("error: ").count(), 6, "{err}");
    }

    #[test]
    fn a_folder_is_searched() {
        let (right, out, _) = linted(&[Path::new("tests/lint")]);
        assert!(!right);
        assert!(out.contains(" lessons, "), "{out}");
    }

    #[test]
    fn what_cannot_be_read_is_told_and_the_rest_is_linted() {
        let (right, out, err) = linted(&[Path::new("/nonexistent.md"), Path::new("tests/lint/windows.md")]);
        assert!(!right);
        assert_eq!(out, "1 lesson, 1 error\n");
        assert!(err.contains("there is no `/nonexistent.md`"), "{err}");
    }
}
