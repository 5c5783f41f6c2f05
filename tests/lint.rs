//! Lessons with faults, beside the picture that an author gets: `tests/lint/NAME.md` and `NAME.expected`.
//!
//! An empty picture means that the lesson is right. `UPDATE=1 cargo test --test lint` writes the pictures anew: read
//! the difference before you commit it.

use std::{fs, path::Path, sync::Arc};

use wiretutor::lesson::{self, diagnostic::render_all, model::Source};

fn picture(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let source = Arc::new(Source { path: path.display().to_string(), text });
    match lesson::parse(source.clone(), "fixture", "lint") {
        Ok(_) => String::new(),
        Err(complaints) => render_all(&complaints, &source),
    }
}

#[test]
fn every_faulty_lesson_is_answered_with_its_picture() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir("tests/lint").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        count += 1;
        let drawn = picture(&path);
        let expected = path.with_extension("expected");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &drawn).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != drawn {
            wrong.push(format!("{}:\n{drawn}", path.display()));
        }
    }
    assert!(count > 20, "only {count} lessons in tests/lint");
    assert!(wrong.is_empty(), "not as expected:\n\n{}", wrong.join("\n"));
}
