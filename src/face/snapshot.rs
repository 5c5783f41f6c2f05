//! Pictures of text in files: `src/face/snapshots/NAME.txt`.
//!
//! A test that finds another text than the file holds fails and shows where. Run it with `UPDATE=1` to keep the new
//! text, and read the difference in the commit.

use std::{fs, path::PathBuf};

use crate::face::text::escape::escape;

/// Compares `text` with the snapshot of this name. Escapes are kept readable, a line end stays a line end.
pub(crate) fn check(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/face/snapshots").join(format!("{name}.txt"));
    let found: String = text.split_inclusive('\n').map(readable).collect();
    if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
        fs::write(&path, &found).unwrap();
        return;
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == kept, "{name} differs; run again with UPDATE=1 to keep it\n{}", difference(&kept, &found));
}

fn readable(line: &str) -> String {
    match line.strip_suffix('\n') {
        Some(line) => format!("{}\n", escape(line)),
        None => escape(line).into_owned(),
    }
}

/// The lines that are not the same, from the first difference to the last.
fn difference(kept: &str, found: &str) -> String {
    let (kept, found): (Vec<_>, Vec<_>) = (kept.lines().collect(), found.lines().collect());
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(a, b)| a == b).count();
    let before = same(&mut kept.iter().zip(&found));
    let after = same(&mut kept[before..].iter().rev().zip(found[before..].iter().rev()));
    let part = |lines: &[&str], sign: &str| -> String {
        lines[before..lines.len() - after].iter().map(|line| format!("{sign} {line}\n")).collect()
    };
    format!("from line {}:\n{}{}", before + 1, part(&kept, "-"), part(&found, "+"))
}
