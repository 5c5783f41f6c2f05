//! `wiretutor list`: the lessons of the program.

use std::io::Write;

use unicode_width::UnicodeWidthStr;

use crate::{
    face::text::{Line, line::hang, wrap::wrap},
    lesson::{catalog::Catalog, printable::printable},
};

/// Writes the lessons by part, or all that their front matter says as a JSON array. Only front matter is read.
///
/// # Errors
///
/// If `out` cannot be written to.
pub fn run(catalog: &Catalog, json: bool, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let rows = catalog.summaries()?;
    if json {
        serde_json::to_writer_pretty(&mut *out, &rows)?;
        writeln!(out)?;
        return Ok(());
    }
    let widest = rows.iter().map(|row| printable(&row.name).width()).max().unwrap_or(0);
    let mut part = None;
    for row in &rows {
        if part != Some(&row.part) {
            writeln!(out, "{}{}", if part.is_some() { "\n" } else { "" }, printable(&row.part))?;
            part = Some(&row.part);
        }
        let wire = if row.link == "wire" { ", on a wire" } else { "" };
        writeln!(out, "  {}  {} ({} min{wire})", padded(&row.name, widest), printable(&row.title), row.minutes)?;
        let indent = Line::spaces(widest + 4);
        for line in hang(wrap(&Line::plain(&row.summary), width.saturating_sub(widest + 4)), &indent, &indent) {
            writeln!(out, "{}", line.text())?;
        }
    }
    Ok(())
}

fn padded(name: &str, width: usize) -> String {
    let name = printable(name);
    let gap = " ".repeat(width.saturating_sub(name.width()));
    format!("{name}{gap}")
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, title) in
            [("1-sockets/ports.md", "One port"), ("2-tcp/close.md", "Four \\u001b[31m"), ("2-tcp/三次.md", "三次握手")]
        {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let text = format!(
                "+++\ntitle = \"{title}\"\nsummary = \"Said, and wrapped below.\"\nminutes = 8\nneeds = [\"ports\"]\n+++\n"
            );
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn listed(path: &Path, json: bool) -> String {
        let mut out = Vec::new();
        run(&Catalog::folder(path).unwrap(), json, 24, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lessons_stand_below_their_part_and_columns_are_straight() {
        let folder = folder();
        fs::remove_file(folder.path().join("2-tcp/close.md")).unwrap();
        assert_eq!(
            listed(folder.path(), false),
            "1-sockets\n  ports  One port (8 min)\n         Said, and\n         wrapped below.\n\n\
             2-tcp\n  三次   三次握手 (8 min)\n         Said, and\n         wrapped below.\n"
        );
    }

    #[test]
    fn a_lesson_on_a_wire_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let text = "+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 8\nlink = \"wire\"\n+++\n";
        fs::write(folder.path().join("held.md"), text).unwrap();
        let listed_plainly = listed(folder.path(), false);
        assert!(listed_plainly.contains("held  T (8 min, on a wire)"), "{listed_plainly}");
        assert!(listed(folder.path(), true).contains("\"link\": \"wire\""));
    }

    #[test]
    fn a_title_that_would_colour_the_terminal_is_refused() {
        let complaint = Catalog::folder(folder().path()).unwrap().named("close").unwrap().front().unwrap_err();
        assert!(complaint.to_string().contains("the title has a control character in it"), "{complaint}");
    }

    #[test]
    fn json_has_all_front_matter() {
        let folder = folder();
        fs::remove_file(folder.path().join("2-tcp/close.md")).unwrap();
        let rows: serde_json::Value = serde_json::from_str(&listed(folder.path(), true)).unwrap();
        assert_eq!(rows[0]["name"], "ports");
        assert_eq!(rows[0]["needs"][0], "ports");
        assert_eq!(rows[0]["link"], "loopback");
        assert_eq!(rows[0]["hosts"][1], "server");
        assert_eq!(rows[1]["title"], "三次握手");
    }
}
