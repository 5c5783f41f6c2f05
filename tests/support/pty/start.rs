//! How an app is started: in which terminal, with which environment, and what the terminal answers.

use std::{
    ffi::OsString,
    fs::Permissions,
    os::{
        fd::OwnedFd,
        unix::{fs::PermissionsExt, process::CommandExt},
    },
    path::{Path, PathBuf},
    process::{Child, Command},
    sync::Arc,
};

use rustix::{
    fs::{Mode, OFlags, open},
    process::{ioctl_tiocsctty, setsid},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    stdio::stdin,
    termios::{Termios, Winsize, tcgetattr, tcsetwinsize},
};
use tempfile::TempDir;

/// What the terminal answers when it is asked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Answers {
    /// Nothing at all.
    #[default]
    Nothing,
    /// Who it is (DA1), but not what its background is.
    Attributes,
    /// Both; these are red, green and blue.
    Background(u8, u8, u8),
}

/// An app that is going to be started.
#[derive(Debug)]
pub(crate) struct Start {
    pub(super) size: (u16, u16),
    pub(super) answers: Answers,
    pub(super) late: bool,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(String, String)>,
    controls: bool,
    typed: String,
    /// What stands in the home before the app begins: paths below it, and texts.
    files: Vec<(String, String)>,
    pub(super) home: Option<Arc<TempDir>>,
}

/// The two ends of a terminal.
pub(super) struct Pair {
    pub(super) master: OwnedFd,
    pub(super) line: OwnedFd,
    /// The settings, which no program has touched yet.
    pub(super) before: Termios,
}

impl Start {
    /// The program under test in a terminal of so many columns and rows.
    pub(crate) fn new(size: (u16, u16)) -> Self {
        let program = env!("CARGO_BIN_EXE_wiretutor").into();
        Self {
            size,
            answers: Answers::Nothing,
            late: false,
            program,
            arguments: Vec::new(),
            environment: Vec::new(),
            controls: true,
            typed: String::new(),
            files: Vec::new(),
            home: None,
        }
    }

    /// Another program than the one under test.
    pub(crate) fn program(mut self, program: impl Into<PathBuf>) -> Self {
        self.program = program.into();
        self
    }

    pub(crate) fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub(crate) fn answering(mut self, answers: Answers) -> Self {
        self.answers = answers;
        self
    }

    /// Answers, but only when the program has left the other screen.
    pub(crate) fn answering_late(self, answers: Answers) -> Self {
        Self { late: true, ..self.answering(answers) }
    }

    /// Not the terminal that controls the process: when it goes away, the kernel sends no signal.
    pub(crate) fn without_control(mut self) -> Self {
        self.controls = false;
        self
    }

    /// Keys that are pressed before the program is there to read them.
    pub(crate) fn typed_before(mut self, keys: &str) -> Self {
        self.typed = keys.into();
        self
    }

    /// A file below the home, which everybody may change.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.into(), text.into()));
        self
    }

    /// The home of another app.
    pub(crate) fn at_home(mut self, home: Arc<TempDir>) -> Self {
        self.home = Some(home);
        self
    }

    pub(super) fn fill(&self, home: &Path) {
        for (path, text) in &self.files {
            let path = home.join(path);
            let folders = path.ancestors().skip(1).take_while(|folder| *folder != home);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(&path, text).expect("a file");
            for path in folders.chain([path.as_path()]) {
                std::fs::set_permissions(path, Permissions::from_mode(0o777)).expect("permissions");
            }
        }
    }

    pub(super) fn spawn(&self, home: &Path) -> (Pair, Child) {
        let pair = self.pair();
        if !self.typed.is_empty() {
            rustix::io::write(&pair.master, self.typed.as_bytes()).expect("keys can be pressed");
        }
        let mut command = Command::new(&self.program);
        command.args(self.arguments.iter().map(|argument| in_home(argument, home))).env_clear();
        self.surroundings(&mut command, home);
        let end = || pair.line.try_clone().expect("a descriptor");
        command.stdin(end()).stdout(end()).stderr(end());
        own_session(&mut command, self.controls);
        let child = command.spawn().expect("the program starts");
        (pair, child)
    }

    fn pair(&self) -> Pair {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
        grantpt(&master).expect("a terminal of ours");
        unlockpt(&master).expect("a terminal that can be opened");
        let name = ptsname(&master, Vec::new()).expect("its name");
        let line = open(&name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).expect("its other end");
        tcsetwinsize(&line, winsize(self.size)).expect("a size");
        let before = tcgetattr(&line).expect("its settings");
        Pair { master, line, before }
    }

    fn surroundings(&self, command: &mut Command, home: &Path) {
        for name in ["PATH", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("TERM", "xterm-256color").env("LANG", "C.UTF-8").env("HOME", home);
        let folders = [("CONFIG", "config"), ("DATA", "data"), ("STATE", "state"), ("CACHE", "cache")];
        for (name, folder) in folders {
            command.env(format!("XDG_{name}_HOME"), home.join(folder));
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
    }
}

/// `{home}` is the home, which nobody knows before.
fn in_home(argument: &OsString, home: &Path) -> OsString {
    argument.to_str().map_or_else(|| argument.clone(), |text| text.replace("{home}", &home.to_string_lossy()).into())
}

/// A folder for everybody: under root the program becomes somebody else.
pub(super) fn home() -> TempDir {
    let home = tempfile::tempdir().expect("a temporary folder");
    std::fs::set_permissions(home.path(), Permissions::from_mode(0o777)).expect("permissions");
    home
}

pub(super) fn winsize((columns, rows): (u16, u16)) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

/// As a terminal starts its shell: a session of its own, which the terminal controls.
#[expect(unsafe_code, reason = "two system calls between fork and exec")]
fn own_session(command: &mut Command, controls: bool) {
    let begin = move || {
        setsid()?;
        if controls { ioctl_tiocsctty(stdin()).map_err(Into::into) } else { Ok(()) }
    };
    // SAFETY: what runs in the child makes two system calls and allocates nothing.
    unsafe { command.pre_exec(begin) };
}
