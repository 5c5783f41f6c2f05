//! What is no lesson is refused with words that help, at once, and with status 2.

use std::{fs, path::Path};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use crate::{
    Outcome, Test, in_shell, run,
    support::{LessonFile, ensure, open_to_all},
};

pub(crate) const TESTS: &[Test] = &[
    Test::anywhere("an unknown lesson is answered with the nearest name", unknown_lesson),
    Test::anywhere("a file that is not there", missing_file),
    Test::anywhere("a file that may not be read", unreadable_file),
    Test::anywhere("a folder is no lesson", folder),
    Test::anywhere("100 MB are refused in little memory", huge_file),
    Test::anywhere("a device or a pipe is refused at once", endless_file),
    Test::anywhere("a pipe in the folder of a lesson does not matter", pipe_beside),
    Test::anywhere("what is no text", no_text),
    Test::anywhere("an empty file", empty_file),
    Test::anywhere("lessons that need each other in a circle", circle),
    Test::anywhere("all errors of a lesson are drawn at once", many_errors),
    Test::anywhere("a wrong argument is status 2", wrong_arguments),
];

/// The three ways in which a lesson is read.
const COMMANDS: [&str; 3] = ["run", "check", "lint"];

fn folder_for_all() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    open_to_all(folder.path());
    folder
}

fn refused(path: &Path, says: &[&str]) -> Outcome {
    for command in COMMANDS {
        let done = run([command, path.to_str().unwrap()]);
        done.exits(2)?;
        for words in says {
            done.complains(words)?;
        }
    }
    Ok(())
}

fn unknown_lesson() -> Outcome {
    for command in ["run", "check"] {
        let done = run([command, "handshak"]);
        done.exits(2)?.complains("there is no lesson called `handshak`")?.complains("did you mean `handshake`?")?;
        run([command, "cheesecake"]).exits(2)?.complains("`wiretutor list` shows the lessons")?;
    }
    Ok(())
}

fn missing_file() -> Outcome {
    refused(Path::new("/nowhere/lesson.md"), &["there is no `/nowhere/lesson.md`"])
}

fn unreadable_file() -> Outcome {
    use std::os::unix::fs::PermissionsExt;
    let lesson = LessonFile::script("server listen tcp 80");
    fs::set_permissions(&lesson.path, fs::Permissions::from_mode(0o000)).unwrap();
    // Not `lint`: it needs no lab, so it gives up no rights, and root may read everything.
    for command in ["run", "check"] {
        run([command, lesson.path.to_str().unwrap()]).exits(2)?.complains("may not be read")?.complains("ls -ld")?;
    }
    Ok(())
}

fn folder() -> Outcome {
    let folder = folder_for_all();
    let path = folder.path().to_str().unwrap();
    run(["run", path]).exits(2)?.complains("is a folder, not a lesson")?.complains("wiretutor check")?;
    for command in ["check", "lint"] {
        run([command, path]).exits(2)?.complains("there is no lesson in")?;
    }
    Ok(())
}

fn huge_file() -> Outcome {
    let folder = folder_for_all();
    let path = folder.path().join("huge.md");
    fs::File::create(&path).unwrap().set_len(100 << 20).unwrap();
    for command in COMMANDS {
        // KiB of memory: less than the file has.
        let done = in_shell("ulimit -d 65536; exec \"$0\" \"$@\"", &[command, path.to_str().unwrap()]);
        done.exits(2)?.complains("is too large for a lesson")?;
    }
    Ok(())
}

fn pipe_in(folder: &TempDir) -> std::path::PathBuf {
    let pipe = folder.path().join("pipe.md");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    pipe
}

fn endless_file() -> Outcome {
    let folder = folder_for_all();
    for path in [Path::new("/dev/zero"), &pipe_in(&folder)] {
        refused(path, &["is a pipe or a device, not a file", "save the lesson as a file"])?;
    }
    Ok(())
}

fn pipe_beside() -> Outcome {
    let folder = folder_for_all();
    pipe_in(&folder);
    let path = folder.path().join("lesson.md");
    fs::copy("tests/lint/windows.md", &path).unwrap();
    run(["lint", path.to_str().unwrap()]).exits(0)?.says("1 lesson, 0 errors")?;
    run(["lint", folder.path().to_str().unwrap()]).exits(2)?.says("1 lesson, 1 error")?;
    Ok(())
}

fn no_text() -> Outcome {
    let folder = folder_for_all();
    let path = folder.path().join("lesson.md");
    fs::write(&path, b"+++\ntitle = \"\xff\xfe\"\n+++\n").unwrap();
    refused(&path, &["is not UTF-8 text: byte 0xff in line 2", "save it as UTF-8"])?;
    fs::write(&path, "+++\ntitle = \"A\"\nsummary = \"A\"\nminutes = 1\n+++\n\n## A\n\nA\0B\n").unwrap();
    refused(&path, &["a NUL byte in a text", "lesson.md:9:2"])
}

fn empty_file() -> Outcome {
    refused(&LessonFile::new("").path, &["a lesson begins with its front matter", "begin the file with three lines"])
}

fn circle() -> Outcome {
    let folder = folder_for_all();
    for (name, needs) in [("one", "two"), ("two", "three"), ("three", "one")] {
        let text =
            format!("+++\ntitle = \"A\"\nsummary = \"A\"\nminutes = 1\nneeds = [\"{needs}\"]\n+++\n\n## A\n\nText.\n");
        fs::write(folder.path().join(name).with_extension("md"), text).unwrap();
    }
    for name in ["one", "two", "three"] {
        let message = format!("`{name}` needs itself: nobody could begin");
        let path = folder.path().join(name).with_extension("md");
        refused(&path, &[&message, " → "])?;
    }
    for command in ["check", "lint"] {
        let done = run([command, folder.path().to_str().unwrap()]);
        done.exits(2)?.complains("needs itself: nobody could begin")?;
        ensure(done.err.matches("needs itself").count() == 1, || format!("one circle, told once: {done:#?}"))?;
    }
    Ok(())
}

fn many_errors() -> Outcome {
    let lines: String = (0..40).map(|number| format!("server lisen tcp {number}\n")).collect();
    let lesson = LessonFile::script(&lines);
    for command in COMMANDS {
        let done = run([command, lesson.path.to_str().unwrap()]);
        done.exits(2)?;
        for number in 0..40 {
            done.complains(&format!("│ server lisen tcp {number}\n"))?;
        }
        ensure(done.err.matches("did you mean `listen`?").count() == 40, || format!("{done:#?}"))?;
    }
    Ok(())
}

fn wrong_arguments() -> Outcome {
    for arguments in [["run", "--colour=never"], ["check", "--repeat=0"], ["teach", "me"], ["run", "--width=7"]] {
        run(arguments).exits(2)?.complains("error: ")?;
    }
    Ok(())
}
