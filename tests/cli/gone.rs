//! Outputs that go away or never were: one clear line, status 3, and the end at once.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Read, pipe},
    process::Stdio,
};

use crate::{
    Done, Outcome, Test, in_shell, run,
    support::{LessonFile, ensure, wiretutor},
};

pub(crate) const TESTS: &[Test] = &[
    Test::anywhere("a full disk", full_disk),
    Test::anywhere("no standard output at all", never_open),
    Test::anywhere("a reader that left before the first word", reader_left),
    Test::anywhere("standard error may be gone too", both_gone),
    Test::lab("a full disk, for what a lab shows", full_disk_for_labs),
    Test::lab("no standard output at all, for what a lab shows", never_open_for_labs),
    Test::lab("a reader that left, for what a lab shows", reader_left_for_labs),
    Test::lab("a reader that leaves after one line", after_one_line),
    Test::lab("a reader that leaves in the middle of a silence", in_a_silence),
    Test::lab("a recording that can not be written is an error", recording_not_written),
    Test::lab("a report that can not be written is an error", report_not_written),
];

/// Commands that write and need no lab.
const QUIET: &[&[&str]] = &[
    &["list"],
    &["list", "--json"],
    &["doctor"],
    &["man"],
    &["completions", "bash"],
    &["lint", "tests/lint/windows.md"],
    &["--help"],
    &["run", "--help"],
    &["--version"],
    &[],
];

const LABS: &[&[&str]] = &[&["run", "handshake"], &["run", "handshake", "--json"], &["check"]];

/// Every command, with a standard output that does not work.
fn each(commands: &[&[&str]], output: impl Fn() -> Stdio, complaint: &str) -> Outcome {
    for arguments in commands {
        let done = Done::of(wiretutor().args(*arguments).stdout(output()));
        done.exits(3)?;
        ensure(done.complaints() == [complaint], || format!("{arguments:?}: not {complaint:?}: {done:#?}"))?;
    }
    Ok(())
}

fn dev_full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

fn without_reader() -> Stdio {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer.into()
}

fn into_full(commands: &[&[&str]]) -> Outcome {
    let complaint = "wiretutor: cannot write to standard output: No space left on device";
    each(commands, dev_full, complaint)
}

fn into_nothing(commands: &[&[&str]]) -> Outcome {
    let complaint = "wiretutor: standard output was closed by its reader";
    each(commands, without_reader, complaint)
}

fn into_closed(commands: &[&[&str]]) -> Outcome {
    for arguments in commands {
        let done = in_shell("exec \"$0\" \"$@\" >&-", arguments);
        done.exits(3)?;
        let complaint = "wiretutor: standard output is closed: there is nowhere to write to";
        ensure(done.complaints() == [complaint], || format!("{arguments:?}: {done:#?}"))?;
    }
    Ok(())
}

fn full_disk() -> Outcome {
    into_full(QUIET)
}

fn full_disk_for_labs() -> Outcome {
    into_full(LABS)
}

fn never_open() -> Outcome {
    into_closed(QUIET)
}

fn never_open_for_labs() -> Outcome {
    into_closed(LABS)
}

fn reader_left() -> Outcome {
    into_nothing(QUIET)
}

fn reader_left_for_labs() -> Outcome {
    into_nothing(LABS)
}

/// `2>&1 | head -1`, and a terminal that went away.
fn both_gone() -> Outcome {
    for arguments in [&["run", "handshake"][..], &["run", "nothing"], &["list"], &["lint", "tests/lint/names.md"]] {
        let status = wiretutor().args(arguments).stdout(without_reader()).stderr(without_reader()).status().unwrap();
        let expected: &[i32] = if arguments == ["run", "nothing"] { &[2] } else { &[2, 3] };
        ensure(status.code().is_some_and(|code| expected.contains(&code)), || format!("{arguments:?}: {status}"))?;
        let status = wiretutor().args(arguments).stdout(dev_full()).stderr(dev_full()).status().unwrap();
        ensure(status.code().is_some_and(|code| expected.contains(&code)), || format!("{arguments:?}: {status}"))?;
    }
    Ok(())
}

/// The pipe holds less than the program has to say, so it can not be done before its reader leaves.
fn after_one_line() -> Outcome {
    for arguments in [&["run", "handshake"][..], &["run", "handshake", "--json"]] {
        let (reader, writer) = pipe().unwrap();
        rustix::pipe::fcntl_setpipe_size(&writer, 4096).unwrap();
        let mut child = wiretutor().args(arguments).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::with_capacity(16, reader).read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "not one line was written");
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        let done = Done { status: child.wait().unwrap().code(), out: line, err };
        done.exits(3)?;
        ensure(done.complaints() == ["wiretutor: standard output was closed by its reader"], || format!("{done:#?}"))?;
    }
    Ok(())
}

/// Nothing is written for ten minutes; that the reader has left is noticed all the same.
fn in_a_silence() -> Outcome {
    let lesson = LessonFile::script("server listen tcp 8080\nsilent for 600s");
    let mut command = wiretutor();
    command.arg("run").arg(&lesson.path).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while !lines.next().is_some_and(|line| line.unwrap().contains("LISTEN")) {}
    drop(lines);
    let output = child.wait_with_output().unwrap();
    ensure(output.status.code() == Some(3), || format!("{output:?}"))
}

fn recording_not_written() -> Outcome {
    for (path, why) in [
        ("/dev/full", "No space left on device"),
        ("/nowhere/file", "No such file or directory"),
        ("/", "Is a directory"),
    ] {
        let done = run(["run", "handshake", "--record", path]);
        done.exits(3)?;
        ensure(done.complaints() == [format!("error: cannot write {path}: {why}")], || format!("{done:#?}"))?;
        ensure(done.out.is_empty(), || format!("it looks as if the lesson had begun: {done:#?}"))?;
    }
    Ok(())
}

fn report_not_written() -> Outcome {
    let lesson = LessonFile::script("server listen tcp 80\nkernel server LISTEN");
    let lesson = lesson.path.to_str().unwrap();
    let done = run(["check", lesson, "--junit", "/nowhere/file"]);
    done.exits(3)?.complains("error: cannot write /nowhere/file: No such file or directory")?;
    ensure(done.out.is_empty(), || format!("it was found out only after the work: {done:#?}"))?;
    let done = run(["check", lesson, "--junit", "/dev/full"]);
    // The disk was full in the end: the result is on the screen, and nobody can take it for written.
    done.exits(3)?.says("1 passed")?.complains("error: cannot write /dev/full: No space left on device")?;
    ensure(File::open("/dev/full").is_ok(), || "it was replaced".to_owned())
}
