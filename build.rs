//! Writes the table of the lessons in `lessons/`, so that they become part of the program.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=lessons");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut lessons = Vec::new();
    collect(&root.join("lessons"), &mut lessons)?;
    lessons.sort();

    let mut table = String::from("/// Every lesson, by its path.\npub static EMBEDDED: &[Embedded] = &[\n");
    for lesson in &lessons {
        let recording = lesson.with_extension("recording.ndjson");
        let recording = if recording.exists() { format!("Some(include_str!({recording:?}))") } else { "None".into() };
        let path = lesson.strip_prefix(&root).unwrap_or(lesson);
        let _ = writeln!(
            table,
            "    Embedded {{ path: {path:?}, text: include_str!({lesson:?}), recording: {recording} }},"
        );
    }
    table.push_str("];\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("lessons.rs"), table)
}

/// The Markdown files below the folder, which need not exist.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    Ok(())
}
