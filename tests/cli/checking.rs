//! `check`: many runs at once, folders, failures, and the report for build servers.

use std::fs;

use crate::{
    Outcome, Test, run,
    support::{LessonFile, ensure, open_to_all},
};

pub(crate) const TESTS: &[Test] = &[
    Test::lab("all lessons, three times, four at once", all_lessons),
    Test::lab("a folder", folder),
    Test::lab("a failing lesson is drawn and the others go on", failing),
    Test::lab("the report is well-formed XML", report),
    Test::anywhere("the test of well-formedness can fail", xml_can_fail),
];

const LISTENS: &str = "server listen tcp 80\nkernel server LISTEN";
const FAILS: &str = "server listen tcp 80\nkernel server ESTABLISHED within 20ms";

fn all_lessons() -> Outcome {
    let done = run(["check", "--repeat", "3", "--jobs", "4"]);
    done.exits(0)?.says(", 0 failed, 0 skipped")?;
    let lessons: Vec<&str> = done.out.lines().filter(|line| line.starts_with("ok ")).collect();
    ensure(lessons.len() >= 3 && lessons.iter().all(|line| line.contains("  3 runs  ")), || format!("{done:#?}"))
}

fn lesson_text(script: &str) -> String {
    fs::read_to_string(&LessonFile::script(script).path).unwrap()
}

fn folder_of(lessons: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    open_to_all(folder.path());
    for (name, script) in lessons {
        fs::write(folder.path().join(name), lesson_text(script)).unwrap();
    }
    folder
}

fn folder() -> Outcome {
    let folder = folder_of(&[("one.md", LISTENS), ("two.md", LISTENS), ("README.md", "")]);
    run(["check", folder.path().to_str().unwrap()]).exits(0)?.says("2 passed, 0 failed, 0 skipped")?;
    Ok(())
}

fn failing() -> Outcome {
    let folder = folder_of(&[("a-good.md", LISTENS), ("b-bad.md", FAILS), ("c-good.md", LISTENS)]);
    let done = run(["check", "--repeat", "2", folder.path().to_str().unwrap()]);
    done.exits(1)?.says("2 passed, 1 failed, 0 skipped")?.says("in 2 of 2 runs:")?;
    done.says("no socket of `server` was ESTABLISHED")?.says("│ kernel server ESTABLISHED within 20ms")?;
    ensure(done.out.lines().filter(|line| line.starts_with("ok ")).count() == 2, || format!("{done:#?}"))
}

fn report() -> Outcome {
    let folder = folder_of(&[("good.md", LISTENS), ("bad<&\">.md", FAILS)]);
    let out = tempfile::tempdir().unwrap();
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(out.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let path = out.path().join("results.xml");
    run(["check", folder.path().to_str().unwrap(), "--junit", path.to_str().unwrap()]).exits(1)?;
    let text = fs::read_to_string(&path).unwrap();
    let elements = well_formed(&text).map_err(|why| format!("{why} in\n{text}"))?;
    let count = |name: &str| elements.iter().filter(|element| *element == name).count();
    ensure(count("testsuites") == 1 && count("testcase") == 2 && count("failure") == 1, || text.clone())?;
    ensure(text.contains("tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\""), || text.clone())
}

/// The names of all elements, if they are nested as XML wants it. For documents without comments and sections.
fn well_formed(text: &str) -> Result<Vec<String>, String> {
    let body = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").ok_or("no declaration")?;
    let (mut open, mut seen, mut rest) = (Vec::new(), Vec::new(), body);
    while let Some(at) = rest.find('<') {
        is_text(&rest[..at])?;
        let end = rest.find('>').ok_or("a tag without an end")?;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let opened = open.pop().ok_or_else(|| format!("</{name}> closes nothing"))?;
            if opened != name {
                return Err(format!("</{name}> closes <{opened}>"));
            }
            continue;
        }
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        are_attributes(attributes)?;
        seen.push(name.to_owned());
        if !is_empty {
            open.push(name);
        }
        if open.is_empty() && !rest.trim().is_empty() {
            return Err("more than one root".into());
        }
    }
    if open.is_empty() && rest.trim().is_empty() { Ok(seen) } else { Err(format!("{open:?} are never closed")) }
}

/// `name="value"`, parted by spaces.
fn are_attributes(mut text: &str) -> Result<(), String> {
    while !text.is_empty() {
        let (name, rest) = text.split_once("=\"").ok_or_else(|| format!("no attribute: {text:?}"))?;
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(format!("no name of an attribute: {name:?}"));
        }
        let (value, rest) = rest.split_once('"').ok_or("a value without an end")?;
        is_text(value)?;
        text = rest.strip_prefix(' ').unwrap_or(rest);
    }
    Ok(())
}

/// No mark-up, no unknown entity, no character that XML does not have.
fn is_text(text: &str) -> Result<(), String> {
    if text.contains(|c: char| c == '<' || (c.is_control() && c != '\n' && c != '\t')) {
        return Err(format!("not a text: {text:?}"));
    }
    for entity in text.split('&').skip(1) {
        let name = entity.split_once(';').ok_or("an entity without an end")?.0;
        if !["amp", "lt", "gt", "quot", "apos"].contains(&name) && !name.starts_with('#') {
            return Err(format!("an unknown entity: {name:?}"));
        }
    }
    Ok(())
}

fn xml_can_fail() -> Outcome {
    const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    ensure(well_formed(&format!("{HEAD}\n<a x=\"1 &lt; 2\"><b/></a>\n")).is_ok(), || "the truth failed".to_owned())?;
    for wrong in ["<a>", "<a></b>", "<a x=1/>", "<a>&nbsp;</a>", "<a/><b/>", "<a x=\"<\"/>", "<a>\u{1}</a>", "</a>"] {
        ensure(well_formed(&format!("{HEAD}{wrong}")).is_err(), || format!("{wrong} passed"))?;
    }
    Ok(())
}
