//! What the tests that run the program share: a clean environment, lessons in a folder of their own, and the
//! honest answer to "can this machine run the lab?".

mod program;

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;

pub(crate) use self::program::{stderr, stdout, wiretutor};

/// A lesson file in a folder that is removed with it. Readable for everyone: under root the program becomes
/// somebody else before it reads.
pub(crate) struct LessonFile {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

impl LessonFile {
    pub(crate) fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        open_to_all(folder.path());
        let path = folder.path().join("lesson.md");
        std::fs::write(&path, text).expect("a lesson file");
        Self { _folder: folder, path }
    }

    /// A lesson of one step with this script.
    pub(crate) fn script(script: &str) -> Self {
        Self::with_front("", script)
    }

    /// The same with more in its front matter.
    pub(crate) fn with_front(front: &str, script: &str) -> Self {
        Self::new(&format!(
            "+++\ntitle = \"A test\"\nsummary = \"A test.\"\nminutes = 1\n{front}+++\n\n## One step\n\n```lab\n{script}\n```\n"
        ))
    }
}

pub(crate) fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("permissions");
}

/// Why this machine can not run the lab, if it can not.
pub(crate) fn why_no_lab() -> Option<String> {
    let lesson = LessonFile::script("server listen tcp 8080");
    let output = wiretutor().arg("check").arg(&lesson.path).output().expect("the program starts");
    (output.status.code() == Some(3)).then(|| refusal(&stderr(&output)))
}

/// The line that says what was refused, of all that the program says.
fn refusal(said: &str) -> String {
    let told = |line: &&str| line.contains("refused") || line.contains("not allowed") || line.starts_with("error");
    said.lines().find(told).unwrap_or("no reason given").to_owned()
}

/// A test of the lab: reported as ignored, with the reason, where the lab can not run.
pub(crate) fn lab_test(
    name: impl Into<String>,
    reason: &Option<String>,
    test: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let name = name.into();
    match reason {
        None => Trial::test(name, test),
        Some(reason) => Trial::test(format!("{name} (ignored: {reason})"), test).with_ignored_flag(true),
    }
}

pub(crate) fn conclude(trials: Vec<Trial>) -> ! {
    libtest_mimic::run(&Arguments::from_args(), trials).exit()
}

pub(crate) fn ensure(holds: bool, complaint: impl FnOnce() -> String) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(complaint().into()) }
}
