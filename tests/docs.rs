//! What the documents say about lessons is so.

use std::{fs, sync::Arc};

use wiretutor::{
    face::tui::{keys, settings},
    lesson::{self, diagnostic::render_all, model::Source, reference},
};

#[test]
fn the_reference_is_what_the_tables_say() {
    const PATH: &str = "docs/lab-reference.md";
    if std::env::var_os("UPDATE").is_some() {
        fs::write(PATH, reference::page()).unwrap();
    }
    let written = fs::read_to_string(PATH).unwrap();
    assert!(written == reference::page(), "{PATH} is old; `UPDATE=1 cargo test --test docs` writes it anew");
}

/// The complete lessons in a document: what stands in a fence of four backquotes.
fn lessons(document: &str) -> Vec<&str> {
    document.split("````").skip(1).step_by(2).filter_map(|fence| fence.strip_prefix("markdown\n")).collect()
}

#[test]
fn the_example_lessons_can_be_run() {
    let path = "docs/writing-lessons.md";
    let document = fs::read_to_string(path).unwrap();
    let lessons = lessons(&document);
    assert!(lessons.len() >= 3, "the document shows {} lessons", lessons.len());
    for text in lessons {
        let source = Arc::new(Source { path: path.into(), text: text.into() });
        if let Err(complaints) = lesson::parse(source.clone(), "example", "docs") {
            panic!("{}", render_all(&complaints, &source));
        }
    }
}

/// Every mistake that the document shows is answered as it says: a fence of `lab` lines, and the picture below it.
#[test]
fn the_example_mistakes_are_answered_as_shown() {
    let document = fs::read_to_string("docs/writing-lessons.md").unwrap();
    let shown = document.split("```text\nerror: ").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let text = "+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 1\n+++\n\n## Step\n\n```lab\nserver lisen tcp 80\n```\n";
    let source = Arc::new(Source { path: "my-lesson.md".into(), text: text.into() });
    let complaints = lesson::parse(source.clone(), "my-lesson", "docs").unwrap_err();
    assert_eq!(render_all(&complaints, &source), format!("error: {shown}"));
}

#[test]
fn the_settings_are_what_the_tables_say() {
    const PATH: &str = "docs/settings.md";
    let page = settings::example::page(&keys::actions());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(PATH, &page).unwrap();
    }
    let written = fs::read_to_string(PATH).unwrap();
    assert!(written == page, "{PATH} is old; `UPDATE=1 cargo test --test docs` writes it anew");
}
