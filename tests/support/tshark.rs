//! A run of a lesson with its capture, and what tshark says of that.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use libtest_mimic::Failed;
use tempfile::TempDir;
use wiretutor::{
    face::json,
    packet::{self, Checksum},
    timeline::event::{Event, What},
};

use crate::support::{ensure, stderr, stdout, wiretutor};

/// Checksums are looked at.
const CHECKSUMS: [&str; 6] =
    ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"];

/// The capture, in its folder.
pub(crate) const FILE: &str = "frames.pcapng";

/// What tshark calls a wrong checksum.
const BAD: &str = "0";

pub(crate) struct Captured {
    pub(crate) folder: TempDir,
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
        command.args(["run", "--json"]).arg(lesson).arg("--pcapng").arg(folder.path().join(FILE)).args(more);
        let output = command.output()?;
        ensure(output.status.success(), || stdout(&output) + &stderr(&output))?;
        let recording = json::read(output.stdout.as_slice()).map_err(|error| error.to_string())?;
        Ok(Self { folder, events: recording.events })
    }

    /// What tshark prints of the file, line by line. It may not complain of anything.
    pub(crate) fn tshark(&self, arguments: &[&str]) -> Result<Vec<String>, Failed> {
        let path = self.folder.path().join(FILE);
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

    /// For each frame what tshark says of its wrong checksums (IP, TCP, UDP), if there are any.
    ///
    /// A TCP checksum of 0xffff it calls wrong even where the sum is right, because the arithmetic of RFC 1624 arrives
    /// at 0. Linux writes 0xffff instead of 0 for every protocol, not only for UDP; the two are the same zero in ones'
    /// complement, and every receiver takes both. One packet in 65,536 is like that: then our own sum counts.
    pub(crate) fn wrong_checksums(&self) -> Result<Vec<Option<Vec<String>>>, Failed> {
        let names = ["ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "tcp.checksum"];
        let (frames, all) = (self.frames(), self.fields(&names, &CHECKSUMS)?);
        ensure(all.len() == frames.len() && !all.is_empty(), || format!("{} of {}", all.len(), frames.len()))?;
        let judged = all.into_iter().zip(frames).map(|(mut said, (_, _, bytes))| {
            if said[3] == "0xffff" && packet::decode(bytes).checksums(bytes).transport == Some(Checksum::Good) {
                said.remove(1);
            }
            said.iter().any(|status| status == BAD).then_some(said)
        });
        Ok(judged.collect())
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
