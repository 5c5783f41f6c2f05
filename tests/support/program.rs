//! The program under test, and what it says.

use std::process::{Command, Output, Stdio};

/// The program under test, in an environment that knows no machine.
pub(crate) fn wiretutor() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wiretutor"));
    command.env_clear().env("LC_ALL", "C.UTF-8").env("COLUMNS", "100").stdin(Stdio::null());
    // What the loader and the sandbox need to find is kept; nothing that changes what is printed.
    for name in ["PATH", "HOME", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
