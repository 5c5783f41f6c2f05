//! The lessons that can be had: those of the program, or those of a folder of one's own.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Serialize;

use super::{
    complaint::{Complaint, Complaints},
    embedded::{EMBEDDED, Embedded},
    front::Front,
    model::{Lesson, LinkKind, Source},
    parse, suggest,
};
use order::in_teaching_order;

mod needs;
mod order;

/// Deep enough for parts and chapters; a folder that goes deeper is not one of lessons.
const DEEPEST: usize = 6;
/// More files than any course has: somebody named the wrong folder.
const MOST: usize = 5000;
/// Of a single file.
const MOST_NEIGHBOURS: usize = 200;

/// Lessons by part, and in each part so that a lesson stands behind those that it needs.
#[derive(Debug)]
pub struct Catalog {
    entries: Vec<Entry>,
    /// What the entries may need beside each other: for one file, the lessons in its folder.
    neighbours: Vec<Entry>,
}

/// A lesson that was asked for.
#[derive(Debug)]
pub struct Found {
    pub lesson: Lesson,
    /// A run of it that is part of the program.
    pub recording: Option<&'static str>,
}

/// What a list says of a lesson: its front matter, and where it is.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    pub name: String,
    pub part: String,
    pub title: String,
    pub summary: String,
    pub needs: Vec<String>,
    pub minutes: u32,
    pub link: &'static str,
    pub read: Vec<String>,
    pub hosts: Vec<String>,
    pub path: String,
}

/// A lesson that was found and not read yet.
#[derive(Debug)]
pub struct Entry {
    /// The file's stem.
    pub name: String,
    /// The folder above it.
    pub part: String,
    origin: Origin,
}

#[derive(Debug)]
enum Origin {
    Embedded(&'static Embedded),
    File(PathBuf),
}

impl Entry {
    fn new(path: &Path, origin: Origin) -> Self {
        let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        Self { name: text(path.file_stem()), part: text(path.parent().and_then(Path::file_name)), origin }
    }

    fn file(path: PathBuf) -> Self {
        // `lesson.md` alone does not name the folder it is in.
        let whole = path.canonicalize().unwrap_or_else(|_| path.clone());
        let part = whole.parent().unwrap_or(Path::new("")).join(path.file_name().unwrap_or_default());
        Self::new(&part, Origin::File(path))
    }

    /// The path as the user knows it.
    #[must_use]
    pub fn path(&self) -> String {
        match &self.origin {
            Origin::Embedded(embedded) => embedded.path.to_owned(),
            Origin::File(path) => path.display().to_string(),
        }
    }

    /// A kept run of an embedded lesson.
    #[must_use]
    pub fn recording(&self) -> Option<&'static str> {
        match &self.origin {
            Origin::Embedded(embedded) => embedded.recording,
            Origin::File(_) => None,
        }
    }

    /// # Errors
    ///
    /// If the file cannot be read as text.
    pub fn source(&self) -> Result<Arc<Source>, Complaint> {
        match &self.origin {
            Origin::Embedded(Embedded { path, text, .. }) => {
                Ok(Arc::new(Source { path: (*path).to_owned(), text: (*text).to_owned() }))
            }
            Origin::File(path) => Source::read(path),
        }
    }

    /// The front matter alone, which is cheap.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or the front matter is wrong.
    pub fn front(&self) -> Result<Front, Complaint> {
        let source = self.source()?;
        let (front, diagnostics) = Front::read(&source.text);
        if diagnostics.is_empty() { Ok(front) } else { Err(Complaint::Faulty { source, diagnostics }) }
    }

    /// # Errors
    ///
    /// As [`Self::front`].
    pub fn summary(&self) -> Result<Summary, Complaint> {
        let front = self.front()?;
        Ok(Summary {
            name: self.name.clone(),
            part: self.part.clone(),
            title: front.title,
            summary: front.summary,
            needs: front.needs.into_iter().map(|need| need.name).collect(),
            minutes: front.minutes,
            link: match front.link {
                Some(LinkKind::Loopback) | None => "loopback",
                Some(LinkKind::Wire) => "wire",
            },
            read: front.read,
            hosts: front.hosts.into_iter().map(|host| host.name).collect(),
            path: self.path(),
        })
    }

    /// # Errors
    ///
    /// If the file cannot be read, or anything in it is wrong.
    pub fn lesson(&self) -> Result<Lesson, Complaint> {
        let source = self.source()?;
        parse(source.clone(), self.name.as_str(), self.part.as_str())
            .map_err(|diagnostics| Complaint::Faulty { source, diagnostics })
    }
}

impl Catalog {
    /// The lessons of the program.
    #[must_use]
    pub fn embedded() -> Self {
        let lessons = EMBEDDED.iter().map(|embedded| (Path::new(embedded.path), embedded));
        let lessons = lessons.filter(|(path, _)| is_lesson(path));
        let entries = lessons.map(|(path, embedded)| Entry::new(path, Origin::Embedded(embedded))).collect();
        let entries = in_teaching_order(entries);
        Self { entries, neighbours: Vec::new() }
    }

    /// The lessons below a folder.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or there is none.
    pub fn folder(path: &Path) -> Result<Self, Complaint> {
        let mut files = Vec::new();
        collect(path, 0, &mut files)?;
        if files.is_empty() {
            let empty = Complaint::input(format!("there is no lesson in `{}`", path.display()));
            return Err(empty.help("a lesson is a file NAME.md that begins with front matter"));
        }
        files.sort();
        let entries = in_teaching_order(files.into_iter().map(Entry::file).collect());
        Ok(Self { entries, neighbours: Vec::new() })
    }

    /// One file. The lessons beside it are looked into only for what they need.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let beside = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let beside = beside.filter(|other| is_lesson(other) && other.file_name() != path.file_name());
        let neighbours = beside.take(MOST_NEIGHBOURS).map(Entry::file).collect();
        Self { entries: vec![Entry::file(path.to_owned())], neighbours }
    }

    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The front matter of every lesson; nothing else of them is read.
    ///
    /// # Errors
    ///
    /// If a lesson's front matter is wrong.
    pub fn summaries(&self) -> Result<Vec<Summary>, Complaint> {
        self.entries.iter().map(Entry::summary).collect()
    }

    /// A lesson by its name, or by the path of a file of one's own.
    ///
    /// # Errors
    ///
    /// If there is no such lesson, or it is wrong.
    pub fn find(&self, wanted: &str) -> Result<Found, Complaint> {
        if let Some(entry) = self.named(wanted) {
            return Ok(Found { lesson: entry.lesson()?, recording: entry.recording() });
        }
        if !is_path(wanted) {
            return Err(self.unknown(wanted));
        }
        let own = Self::file(Path::new(wanted));
        let lesson = own.entries[0].lesson()?;
        own.circle_of_first().map_or(Ok(Found { lesson, recording: None }), Err)
    }

    /// Lessons by name, by file and by folder; without any, all that are here.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any of them.
    pub fn select(&self, wanted: &[String]) -> Result<Vec<Lesson>, Complaints> {
        let mut lessons = Vec::new();
        let mut complaints = Vec::new();
        let mut take = |lesson: Result<Lesson, Complaint>| match lesson {
            Ok(lesson) => lessons.push(lesson),
            Err(complaint) => complaints.push(complaint),
        };
        if wanted.is_empty() {
            self.entries.iter().for_each(|entry| take(entry.lesson()));
        }
        let mut folders = Vec::new();
        for wanted in wanted {
            if self.named(wanted).is_some() || !Path::new(wanted).is_dir() {
                take(self.find(wanted).map(|found| found.lesson));
                continue;
            }
            match Self::folder(Path::new(wanted)) {
                Ok(folder) => {
                    folder.entries.iter().for_each(|entry| take(entry.lesson()));
                    folders.extend(folder.complaints());
                }
                Err(complaint) => take(Err(complaint)),
            }
        }
        complaints.extend(folders);
        if complaints.is_empty() { Ok(lessons) } else { Err(Complaints(complaints)) }
    }

    fn unknown(&self, wanted: &str) -> Complaint {
        let unknown = Complaint::input(format!("there is no lesson called `{wanted}`"));
        let names = self.entries.iter().map(|entry| entry.name.as_str());
        match suggest::nearest(wanted, names) {
            Some(name) => unknown.help(format!("did you mean `{name}`?")),
            None => unknown.help("`wiretutor list` shows the lessons; a lesson of your own is named by its path"),
        }
    }
}

/// Whether this names a file rather than a lesson of the program.
fn is_path(wanted: &str) -> bool {
    wanted.contains('/') || wanted.ends_with(".md") || Path::new(wanted).exists()
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Complaint> {
    let unreadable = |error: io::Error| Complaint::of_io(&folder.display().to_string(), &error);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // The type of the entry itself: a link to a folder is not followed, so that there is no way round in a circle.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if depth + 1 < DEEPEST {
                collect(&path, depth + 1, files)?;
            }
        } else if is_lesson(&path) {
            files.push(path);
        }
        if files.len() > MOST {
            let many = Complaint::input(format!("more than {MOST} files in `{}`", folder.display()));
            return Err(many.help("name the folder that holds the lessons"));
        }
    }
    Ok(())
}

/// Whether a lesson may stand in this file: not a read-me, and not a translation, which belongs to the lesson beside it.
fn is_lesson(path: &Path) -> bool {
    let stem = stem(path);
    let tagged = stem.rsplit_once('.').is_some_and(|(_, tag)| is_language(tag));
    path.extension().is_some_and(|extension| extension == "md") && !tagged && !stem.eq_ignore_ascii_case("readme")
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// A language tag such as `de` or `zh-CN` (RFC 5646, as far as a file's name needs it).
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    matches!(language.len(), 2 | 3) && language.bytes().all(|byte| byte.is_ascii_lowercase()) && parts.all(is_subtag)
}

/// A script such as `Hant`, or a region such as `CN` or `419`.
fn is_subtag(part: &str) -> bool {
    match part.len() {
        4 => part.starts_with(|c: char| c.is_ascii_uppercase()) && part.bytes().all(|byte| byte.is_ascii_alphabetic()),
        3 => part.bytes().all(|byte| byte.is_ascii_digit()),
        2 => part.bytes().all(|byte| byte.is_ascii_uppercase()),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
