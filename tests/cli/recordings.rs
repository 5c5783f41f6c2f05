//! The timeline as JSON, kept in a file and told again; and files that are no timeline of this lesson.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    Done, Outcome, Test, run,
    support::{LessonFile, ensure},
};

pub(crate) const TESTS: &[Test] = &[
    Test::anywhere("a recording in the program is told, and labelled everywhere", labelled),
    Test::anywhere("what is no recording of this lesson is refused", refused),
    Test::lab("every line is one event, numbered without a gap", json),
    Test::lab("what is recorded is what was shown", recorded_as_shown),
    Test::lab("a replay tells what the live run told, labelled", replay_as_live),
    Test::lab("a replay of a failing run fails", failing),
];

const HANDSHAKE: &str = "lessons/2-tcp/handshake.recording.ndjson";

/// A folder that everybody may write to: under root the program is somebody else by the time it writes.
pub(crate) fn open_folder() -> TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    folder
}

fn labelled() -> Outcome {
    let done = run(["run", "handshake", "--replay", HANDSHAKE, "--width", "400"]);
    done.exits(0)?;
    let lines: Vec<&str> = done.out.lines().collect();
    let head = lines.iter().take(5).any(|line| line.starts_with("RECORDED: this was recorded earlier."));
    ensure(head, || format!("the head does not say it: {done:#?}"))?;
    let labs = fs::read_to_string(HANDSHAKE).unwrap().matches("\"event\":\"lab\"").count();
    let labels = lines.iter().filter(|line| line.contains("(RECORDED)")).count();
    ensure(labs >= 5 && labels == labs, || format!("{labels} of {labs} labs are labelled: {done:#?}"))?;
    ensure(lines.last().is_some_and(|last| last.contains("RECORDED: ")), || format!("the end: {done:#?}"))
}

fn refused() -> Outcome {
    let folder = open_folder();
    let good = fs::read_to_string(HANDSHAKE).unwrap();
    let cut_in_line = &good[..good.len() / 2];
    let cut_behind_line: String = good.lines().take(40).map(|line| format!("{line}\n")).collect();
    let newer = good.replacen("\"version\":", "\"version\":999,\"was\":", 1);
    let gap: String =
        good.lines().enumerate().filter(|(at, _)| *at != 7).map(|(_, line)| format!("{line}\n")).collect();
    let changed = good.replacen("fnv1a64:", "fnv1a64:0", 1);
    let cases: [(&str, &[u8], &str); 9] = [
        ("nothing", b"", "this is no timeline of wiretutor"),
        ("another", b"{\"format\":\"pcap\",\"version\":1}\n", "this is no timeline of wiretutor"),
        ("binary", b"\xd4\xc3\xb2\xa1\0\0\0", "this is no timeline of wiretutor"),
        ("cut-in-line", cut_in_line.as_bytes(), "the file ends before the lesson does"),
        ("cut", cut_behind_line.as_bytes(), "line 40: the file ends before the lesson does"),
        ("newer", newer.as_bytes(), "this timeline has version 999"),
        ("gap", gap.as_bytes(), "line 8: event 6 should stand here, and event 7 does"),
        ("changed", changed.as_bytes(), "this is not a recording of `handshake` as it is now"),
        ("escape\x1b[31m", b"", r"escape\u{1b}[31m"),
    ];
    for (name, content, says) in cases {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        replay("handshake", path.to_str().unwrap()).exits(2)?.complains(says)?;
    }
    replay("close", HANDSHAKE)
        .exits(2)?
        .complains("this is not a recording of `close`")?
        .complains("record it again")?;
    replay("handshake", "/nowhere").exits(2)?.complains("/nowhere: ")?;
    replay("handshake", "/dev/zero").exits(2)?.complains("it is longer than 4 MiB")?;
    replay("handshake", folder.path().to_str().unwrap()).exits(2)?.complains("Is a directory")?;
    Ok(())
}

fn replay(lesson: &str, file: &str) -> Done {
    run(["run", lesson, "--replay", file])
}

fn json() -> Outcome {
    let done = run(["run", "close", "--json"]);
    done.exits(0)?;
    ensure(done.out.ends_with('\n'), || "the last line is not ended".to_owned())?;
    let lines: Result<Vec<Value>, _> = done.out.lines().map(serde_json::from_str).collect();
    let lines = lines.map_err(|error| format!("not JSON: {error}"))?;
    let (header, events) = lines.split_first().ok_or("nothing was written")?;
    ensure(header["format"] == "wiretutor-timeline" && header["version"] == 2, || format!("no header: {header}"))?;
    ensure(header["lesson"]["name"] == "close" && header["recorded"] == false, || format!("no header: {header}"))?;
    for (expected, event) in events.iter().enumerate() {
        ensure(event["seq"] == expected && event["event"].is_string() && event["at"].is_u64(), || {
            format!("event {expected} is {event}")
        })?;
    }
    let kinds: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    ensure(kinds.first() == Some(&"lesson") && kinds.last() == Some(&"lesson-end"), || format!("{kinds:?}"))?;
    for kind in ["step", "lab", "line", "call-entered", "call-returned", "frame", "state", "claim", "bound", "lab-end"]
    {
        ensure(kinds.contains(&kind), || format!("there is no {kind}"))?;
    }
    Ok(())
}

/// A kept run of the lesson, and what was on the screen meanwhile.
fn recorded(lesson: &str, more: &[&str]) -> (TempDir, PathBuf, Done) {
    let folder = open_folder();
    let path = folder.path().join("kept.ndjson");
    let done = run([&["run", lesson, "--record", path.to_str().unwrap()], more].concat());
    (folder, path, done)
}

fn recorded_as_shown() -> Outcome {
    let (_folder, path, shown) = recorded("udp", &["--json"]);
    shown.exits(0)?;
    ensure(fs::read_to_string(&path).unwrap() == shown.out, || "file and screen differ".to_owned())?;
    let again = run(["run", "udp", "--json", "--replay", path.to_str().unwrap()]);
    again.exits(0)?;
    let (header, events) = again.out.split_once('\n').ok_or("no header")?;
    ensure(header.contains("\"recorded\":true"), || format!("not labelled: {header}"))?;
    ensure(Some(events) == shown.out.split_once('\n').map(|(_, events)| events), || "the events differ".to_owned())
}

/// What is shown, without labels, and which packets are in it.
///
/// A live run waits only for some milliseconds for what belongs to a packet: its fate, its states, the end of a call.
/// On a busy machine they come later and stand below it, with more words. So of a packet only its name is compared,
/// and what is indented like a packet's own lines is left out.
fn story(text: &str) -> (Vec<String>, BTreeSet<String>) {
    let without = text.replace(" (RECORDED)", "").replace("RECORDED: ", "");
    let lines = without.lines().filter(|line| !line.starts_with("this was recorded earlier."));
    let lines = lines.filter(|line| !line.starts_with("       "));
    let (packets, others): (Vec<&str>, Vec<&str>) = lines.partition(|line| packet_name(line).is_some());
    let names = packets.into_iter().filter_map(packet_name).collect();
    (others.into_iter().map(str::to_owned).collect(), names)
}

/// `client > server SYN seq=7`, in a line that begins with a time.
fn packet_name(line: &str) -> Option<String> {
    let (time, rest) = line.split_once(" ms  ")?;
    time.trim().parse::<f64>().ok()?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    let arrow = words.iter().position(|word| *word == ">")?;
    Some(words[arrow - 1..].iter().take(5).copied().collect::<Vec<_>>().join(" "))
}

fn replay_as_live() -> Outcome {
    for lesson in ["handshake", "close", "udp"] {
        let (_folder, path, live) = recorded(lesson, &["--width", "400"]);
        let again = run(["run", lesson, "--width", "400", "--replay", path.to_str().unwrap()]);
        live.exits(0)?;
        again.exits(0)?.says("RECORDED")?;
        let ((live, live_packets), (again, packets)) = (story(&live.out), story(&again.out));
        let differs = live.iter().zip(&again).find(|(live, again)| live != again);
        ensure(live == again, || format!("{lesson}: {differs:#?}, {} and {} lines", live.len(), again.len()))?;
        let differ: Vec<_> = live_packets.symmetric_difference(&packets).collect();
        ensure(differ.is_empty() && packets.len() >= 4, || format!("{lesson}: {differ:#?} of {packets:#?}"))?;
    }
    Ok(())
}

fn failing() -> Outcome {
    let lesson = LessonFile::script("server listen tcp 80\nkernel server ESTABLISHED within 20ms");
    let path = lesson.path.to_str().unwrap();
    let (_folder, kept, live) = recorded(path, &[]);
    live.exits(1)?;
    replay(path, kept.to_str().unwrap()).exits(1)?.says("RECORDED: the only claim does not hold")?;
    Ok(())
}
