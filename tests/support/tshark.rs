//! A run of a lesson with its capture, and what tshark says of that.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use libtest_mimic::Failed;
use tempfile::TempDir;
use wiretutor::{
    face::json,
    timeline::event::{Event, What},
};

use crate::support::{ensure, stderr, stdout, wiretutor};

/// Checksums are looked at.
pub(crate) const CHECKSUMS: [&str; 6] =
    ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"];

pub(crate) struct Captured {
    folder: TempDir,
    pub(crate) events: Vec<Event>,
}

/// Why tshark can not be asked, if it can not.
pub(crate) fn missing() -> Option<String> {
    Command::new("tshark").arg("--version").output().is_err().then(|| "tshark is not installed".to_owned())
}

impl Captured {
    /// Runs the lesson, with more arguments. Its timeline comes from standard output of the same run.
    pub(crate) fn of(lesson: &Path, more: &[&str]) -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        // Under root the program is somebody else by the time it writes.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777))?;
        let mut command = wiretutor();
        command.args(["run", "--json"]).arg(lesson).arg("--pcapng").arg(folder.path().join("frames.pcapng")).args(more);
        let output = command.output()?;
        ensure(output.status.success(), || stdout(&output) + &stderr(&output))?;
        let recording = json::read(output.stdout.as_slice()).map_err(|error| error.to_string())?;
        Ok(Self { folder, events: recording.events })
    }

    /// What tshark prints of the file, line by line. It may not complain of anything.
    pub(crate) fn tshark(&self, arguments: &[&str]) -> Result<Vec<String>, Failed> {
        let path = self.folder.path().join("frames.pcapng");
        let output = Command::new("tshark").args(["-n", "-r"]).arg(path).args(arguments).output()?;
        let complaints: Vec<_> =
            stderr(&output).lines().filter(|line| !line.contains("Running as user")).map(str::to_owned).collect();
        ensure(output.status.success() && complaints.is_empty(), || format!("{:?}: {complaints:?}", output.status))?;
        Ok(stdout(&output).lines().map(str::to_owned).collect())
    }

    /// These fields of every frame.
    pub(crate) fn fields(&self, names: &[&str], more: &[&str]) -> Result<Vec<Vec<String>>, Failed> {
        let fields = names.iter().flat_map(|name| ["-e", name]);
        let arguments: Vec<&str> = more.iter().copied().chain(["-T", "fields"]).chain(fields).collect();
        Ok(self.tshark(&arguments)?.iter().map(|line| line.split('\t').map(str::to_owned).collect()).collect())
    }

    /// The frames as the timeline has them: when, from where, which bytes.
    pub(crate) fn frames(&self) -> Vec<(&Event, &str, &[u8])> {
        fn frame(event: &Event) -> Option<(&Event, &str, &[u8])> {
            match event {
                event @ Event { what: What::Frame { from, bytes, .. }, .. } => Some((event, &from[..], &bytes[..])),
                _ => None,
            }
        }
        self.events.iter().filter_map(frame).collect()
    }
}
