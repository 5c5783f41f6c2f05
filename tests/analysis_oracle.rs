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
    process::{Command, ExitCode},
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

/// Differences that no ledger settles, each looked at: the capture, what it is about, how often, why ours is right.
const EXPLAINED: [(&str, &str, usize, &str); 6] = [
    (
        "fin_retransmission.pcap",
        "retransmission",
        1,
        "the first FIN that is seen repeats none, though its number is not new",
    ),
    ("syn-then-stuff-then-rst.pcap", "retransmission", 1, "a FIN at the number of the SYN, and no FIN was sent before"),
    ("syn-then-stuff-then-rst.pcap", "window_update", 1, "the first acknowledgement of all tells more than a window"),
    ("syn-then-ack-then-rst.pcap", "window_update", 1, "the first acknowledgement of all tells more than a window"),
    (
        "rst-inject-rae.pcap",
        "reused_ports",
        1,
        "a SYN+ACK whose number tshark had guessed otherwise asks for no other connection",
    ),
    ("vlan-collisions.pcap", "keep_alive", 2, "older acknowledgements, below a FIN that has overtaken them"),
];

/// The fields that have to be the same wherever both tell them.
const EXACT: [&str; 5] = ["stream", "seq", "ack", "len", "window_size"];

/// The captures that are kept here: no field differs, and no sign without a reason.
fn judge(folder: &Path) -> Result<(), String> {
    let (mut all, mut complaints) = (Comparison::default(), Vec::new());
    for path in captures(folder) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let comparison = compare(&path).map_err(|error| format!("{name}: {error}"))?;
        all.merge(&comparison);
        complaints.extend(unexplained(&name, &comparison));
    }
    table(&all);
    if all.segments < 3000 {
        complaints.push(format!("only {} segments were compared", all.segments));
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n")) }
}

fn unexplained(name: &str, comparison: &Comparison) -> Vec<String> {
    let is_exact = |about: &str| EXACT.contains(&about) || Sign::ALL.iter().any(|sign| sign.name() == about);
    let mut left: Vec<_> = EXPLAINED.iter().filter(|known| known.0 == name).map(|known| (known.1, known.2)).collect();
    let mut complaints = Vec::new();
    for found in comparison.differences.iter().filter(|found| is_exact(found.about)) {
        match left.iter_mut().find(|(about, times)| *about == found.about && *times > 0) {
            Some((_, times)) => *times -= 1,
            None => complaints.push(format!("{name}: {found:?}")),
        }
    }
    let gone = left.iter().filter(|(_, times)| *times > 0);
    complaints.extend(gone.map(|(about, times)| format!("{name}: {about} differs {times} times less than explained")));
    complaints
}

fn main() -> ExitCode {
    if Command::new("tshark").arg("--version").output().is_err() {
        println!("ignored: tshark is not installed");
        return ExitCode::SUCCESS;
    }
    if let Some(folders) = env::var_os("WIRETUTOR_CAPTURES") {
        wide(&folders);
        return ExitCode::SUCCESS;
    }
    match judge(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaints) => {
            println!("{complaints}");
            ExitCode::FAILURE
        }
    }
}
