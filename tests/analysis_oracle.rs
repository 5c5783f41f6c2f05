//! The analysis of captures that others made, held against tshark's: the fields of each segment, and the meanings by
//! the names that Wireshark has for them. `docs/analysis.md` tells where the two differ, and why.
//!
//! With `WIRETUTOR_CAPTURES` set to folders (as in `PATH`), all captures in them are compared instead, nothing is
//! judged, and a table is printed: `WIRETUTOR_CAPTURES=~/captures cargo test --release --test analysis_oracle`. With
//! `WIRETUTOR_DIFFERENCES` set to the name of a sign or a field, the packets on which the two differ, too.

#[path = "support/analysis.rs"]
mod analysis;

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use analysis::{Comparison, Count, FIELDS, compare};
use wiretutor::conversation::Sign;

fn captures(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|end| ["pcap", "pcapng", "cap"].iter().any(|known| end == *known)))
        .collect();
    paths.sort();
    paths
}

fn percent(part: usize, whole: usize) -> String {
    if whole == 0 { "-".into() } else { format!("{:.1}", 100.0 * part as f64 / whole as f64) }
}

fn row(name: &str, count: Count) -> String {
    let Count { ours, theirs, both, .. } = count;
    format!("| {name} | {ours} | {theirs} | {both} | {} | {} |", percent(both, ours), percent(both, theirs))
}

/// The same, with what a look at the whole capture settles: there are two more columns.
fn judged(name: &str, count: Count) -> String {
    let [only_ours, only_theirs] = count.proved;
    let (precision, recall) =
        (percent(count.both + only_ours, count.ours), percent(count.both, count.theirs - only_theirs));
    format!("{} {only_ours} | {only_theirs} | {precision} | {recall} |", row(name, count))
}

fn table(all: &Comparison) {
    println!("{} segments\n", all.segments);
    println!(
        "| sign | ours | tshark | agree | precision % | recall % | ours proved | theirs refuted | precision % | recall % |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    Sign::ALL.iter().zip(all.signs).for_each(|(sign, count)| println!("{}", judged(sign.name(), count)));
    println!(
        "\n| field | ours | tshark | same | of ours % | of tshark's % |\n| --- | ---: | ---: | ---: | ---: | ---: |"
    );
    FIELDS.iter().zip(all.fields).for_each(|(field, count)| println!("{}", row(field, count)));
}

fn wide(folders: &std::ffi::OsStr) {
    let wanted = env::var("WIRETUTOR_DIFFERENCES").unwrap_or_default();
    let mut all = Comparison::default();
    for path in env::split_paths(folders).flat_map(|folder| captures(&folder)) {
        let Ok(comparison) = compare(&path) else { continue };
        all.merge(&comparison);
        for found in comparison.differences.iter().filter(|found| wanted == found.about || wanted == "all") {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            println!("{file} {} {}: {} / {} {}", found.frame, found.about, found.ours, found.theirs, found.reading);
        }
    }
    table(&all);
}

fn main() {
    if Command::new("tshark").arg("--version").output().is_err() {
        println!("ignored: tshark is not installed");
        return;
    }
    if let Some(folders) = env::var_os("WIRETUTOR_CAPTURES") {
        return wide(&folders);
    }
}
