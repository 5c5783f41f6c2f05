//! Files that keep what happened are whole, or the old ones: on a full disk, after Ctrl-C, for whoever leaves early.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{
    Outcome, Test, in_shell,
    recordings::open_folder,
    run,
    support::{LessonFile, ensure, stderr, wiretutor},
};

pub(crate) const TESTS: &[Test] = &[
    Test::anywhere("what makes no sense is refused, and why", refused),
    Test::anywhere("a capture that can not be written is an error", not_written),
    Test::anywhere("no room for a capture leaves the old one", no_room_for_a_capture),
    Test::lab("no file may get larger than a few kilobytes", no_room),
    Test::lab("a disk that is full", full_disk),
    Test::lab("Ctrl-C leaves no half of a file", interrupted),
];

/// An empty recording is one that may be replaced, so this is a recording.
const OLD: &str = "{\"format\":\"wiretutor-timeline\"}\n";

/// A folder with an old file in it, and the flag that would replace it.
fn old_file() -> (TempDir, PathBuf) {
    use std::os::unix::fs::PermissionsExt;
    let folder = open_folder();
    let path = folder.path().join("kept");
    fs::write(&path, OLD).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    (folder, path)
}

const RECORDING: &str = "lessons/2-tcp/loss.recording.ndjson";

fn refused() -> Outcome {
    let (_folder, path) = old_file();
    let shown = path.to_str().unwrap();
    let cases: [(&[&str], &str, &str); 5] = [
        (&["--pcapng", shown], "is there already, and is no pcapng capture", "choose another name"),
        (&["--pcapng", "-", "--json"], "both want standard output", "name a file"),
        (&["--pcapng", "-", "--step"], "`--step` asks on standard output", "name a file"),
        (&["--record", "-"], "names no file", "`--json` writes the timeline to standard output"),
        (&["--record", shown, "--pcapng", shown], "name the same file", "each needs one of its own"),
    ];
    for (flags, complaint, help) in cases {
        let replay: &[&str] = if flags.contains(&"--record") { &[] } else { &["--replay", RECORDING] };
        let done = run([&["run", "loss"], replay, flags].concat());
        done.exits(2)?.complains(complaint)?.complains(&format!("  = help: {help}"))?;
        ensure(done.out.is_empty(), || format!("it looks as if the lesson had begun: {done:#?}"))?;
        untouched(&path)?;
    }
    Ok(())
}

fn not_written() -> Outcome {
    for (path, why) in [("/nowhere/file", "No such file or directory"), ("/", "Is a directory")] {
        let done = run(["run", "loss", "--replay", RECORDING, "--pcapng", path]);
        done.exits(3)?.complains(&format!("error: cannot write {path}: {why}"))?;
        ensure(done.out.is_empty(), || format!("it looks as if the lesson had begun: {done:#?}"))?;
    }
    // A device is full only when it is written to: the lesson has been told.
    let done = run(["run", "loss", "--replay", RECORDING, "--pcapng", "/dev/full"]);
    done.exits(3)?.says("claims checked")?.complains("error: cannot write /dev/full: No space left on device")?;
    Ok(())
}

fn no_room_for_a_capture() -> Outcome {
    let folder = open_folder();
    let path = folder.path().join("kept");
    let shown = path.to_str().unwrap();
    let arguments = ["run", "loss", "--replay", RECORDING, "--pcapng", shown];
    run(arguments).exits(0)?;
    let old = fs::read(&path).unwrap();
    let done = in_shell("trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"", &arguments);
    done.exits(3)?.complains(&format!("error: cannot write {shown}: File too large"))?;
    alone(&path)?;
    ensure(fs::read(&path).unwrap() == old, || "the old capture was changed".to_owned())
}

fn alone(path: &Path) -> Outcome {
    let names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    ensure(names == ["kept"], || format!("not alone: {names:?}"))
}

/// The old file is what it was, and alone.
fn untouched(path: &Path) -> Outcome {
    alone(path)?;
    ensure(fs::read_to_string(path).unwrap() == OLD, || "it was changed".to_owned())
}

fn no_room() -> Outcome {
    let (_folder, path) = old_file();
    let shown = path.to_str().unwrap();
    let done = in_shell("trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"", &["run", "loss", "--record", shown]);
    done.exits(3)?.complains(&format!("error: cannot write {shown}: File too large"))?;
    untouched(&path)
}

/// The disk is a file system in memory with room for 16 KiB, which only the shell and the program see.
fn full_disk() -> Outcome {
    let (folder, path) = old_file();
    let inside = "mount -t tmpfs -o size=16k,mode=777 none \"$DISK\" && printf %s \"$OLD\" > \"$DISK/kept\" && \
                  chmod 666 \"$DISK/kept\" && \"$0\" \"$@\"; status=$?; cat \"$DISK/kept\"; ls -A \"$DISK\"; \
                  exit $status";
    let disk = folder.path().display();
    let script = format!("export DISK='{disk}' OLD='{OLD}'; exec unshare -Urm sh -c '{inside}' \"$0\" \"$@\"");
    let done = in_shell(&script, &["run", "loss", "--record", path.to_str().unwrap()]);
    done.exits(3)?.complains(": No space left on device")?;
    ensure(done.out.ends_with(&format!("\n{OLD}kept\n")), || format!("it was changed, or is not alone: {done:#?}"))?;
    untouched(&path)
}

fn interrupted() -> Outcome {
    use std::os::unix::process::ExitStatusExt;
    let (folder, path) = old_file();
    let lesson = LessonFile::script("server listen tcp 8080\nsilent for 600s");
    let mut command = wiretutor();
    command.arg("run").arg(&lesson.path).arg("--record").arg(&path).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let is_there = lines.any(|line| line.unwrap().contains("LISTEN"));
    let files = fs::read_dir(folder.path()).unwrap().count();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    ensure(is_there && files == 2, || format!("{files} files while it runs: {}", stderr(&output)))?;
    ensure(output.status.signal() == Some(2), || format!("{}: {}", output.status, stderr(&output)))?;
    untouched(&path)
}
