//! The files in which a run keeps what happened: the timeline, the capture.

use std::{
    fs::File,
    io::{self, IsTerminal, Read},
    path::Path,
};

use super::ending::Failure;
use crate::{
    cli::Run,
    face::{
        file::ResultFile,
        json::{self, Json},
        narrator::Narrator,
        pcapng::{Machine, Pcapng},
        plain::Origin,
        text::Marks,
    },
    lesson::{model::Lesson, printable::printable},
    link::netns::sysctl,
    pcap::write::BEGINNING,
    timeline::event::Event,
};

/// What was asked for.
#[derive(Default)]
pub(super) struct Kept<'l> {
    record: Option<Json<ResultFile>>,
    capture: Option<Capture<'l>>,
}

/// It is written when the lesson is over.
struct Capture<'l> {
    face: Pcapng<'l>,
    file: ResultFile,
    machine: Machine,
}

impl<'l> Kept<'l> {
    /// Makes ready to write the files.
    pub(super) fn new(arguments: &Run, lesson: &'l Lesson, origin: Origin, ascii: bool) -> Result<Self, Failure> {
        let record = arguments.record.as_deref().map(|path| record(path, lesson, origin)).transpose()?;
        let capture = arguments.pcapng.as_deref().map(|path| capture(path, lesson, origin, ascii)).transpose()?;
        Ok(Self { record, capture })
    }

    pub(super) fn event(&mut self, event: &Event) -> io::Result<()> {
        if let Some(capture) = &mut self.capture {
            capture.face.event(event);
        }
        self.record.as_mut().map_or(Ok(()), |record| record.event(event))
    }

    /// Nothing more will happen: the files are what they were to be.
    pub(super) fn keep(self) -> io::Result<()> {
        self.record.map_or(Ok(()), |record| record.into_inner().keep())?;
        let Some(Capture { face, mut file, machine }) = self.capture else { return Ok(()) };
        face.write(&mut file, &machine)?;
        file.keep()
    }
}

/// Whether the capture takes standard output, so that nothing else can be told there.
pub(super) fn takes_standard_output(arguments: &Run) -> bool {
    arguments.pcapng.as_deref().is_some_and(is_standard_output)
}

pub(super) fn is_standard_output(path: &Path) -> bool {
    path == Path::new("-")
}

/// What each flag alone allows, and two of them together do not.
pub(super) fn check(arguments: &Run) -> Result<(), Failure> {
    let refuse = |what: &str, help: &str| Err(Failure::Input(format!("error: {what}\n  = help: {help}")));
    if arguments.record.as_deref().is_some_and(is_standard_output) {
        return refuse("`--record -` names no file", "`--json` writes the timeline to standard output");
    }
    if takes_standard_output(arguments) {
        if arguments.json {
            return refuse("`--json` and `--pcapng -` both want standard output", "name a file for one of them");
        }
        if arguments.step {
            return refuse("`--step` asks on standard output, which `--pcapng -` wants for the capture", "name a file");
        }
        if io::stdout().is_terminal() {
            let help = "name a file, or pipe it: `wiretutor run LESSON --pcapng - | tshark -r -`";
            return refuse("standard output is a terminal, and a capture is no text", help);
        }
    }
    match (&arguments.record, &arguments.pcapng) {
        (Some(record), Some(capture)) if is_same(record, capture) => {
            refuse("`--record` and `--pcapng` name the same file", "each needs one of its own")
        }
        _ => Ok(()),
    }
}

pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    one == other || real(one).is_some_and(|one| real(other) == Some(one))
}

fn record(path: &Path, lesson: &Lesson, origin: Origin) -> Result<Json<ResultFile>, Failure> {
    refuse_to_replace(path, "recording", json::BEGINNING.as_bytes())?;
    Ok(Json::new(ResultFile::create(path)?, lesson, origin)?)
}

fn capture<'l>(path: &Path, lesson: &'l Lesson, origin: Origin, ascii: bool) -> Result<Capture<'l>, Failure> {
    refuse_to_replace(path, "pcapng capture", &BEGINNING)?;
    let marks = if ascii { &Marks::ASCII } else { &Marks::UNICODE };
    let machine = if origin == Origin::Live { this_machine() } else { Machine::default() };
    let face = Pcapng::new(lesson, origin, marks, Box::new(Narrator::new()));
    Ok(Capture { face, file: ResultFile::create(path)?, machine })
}

fn this_machine() -> Machine {
    let os = sysctl("kernel.osrelease").ok().map(|release| format!("Linux {release}"));
    Machine { hardware: Some(std::env::consts::ARCH.into()), os }
}

/// A file that would be lost: anything but an earlier result of the same kind and an empty file.
fn refuse_to_replace(path: &Path, kind: &str, beginning: &[u8]) -> Result<(), Failure> {
    // To open a pipe would be to wait for its other end.
    if !path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0) {
        return Ok(());
    }
    let mut found = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut found));
    if read.is_err() || found.starts_with(beginning) {
        return Ok(());
    }
    let shown = path.to_string_lossy();
    let words = format!("error: {} is there already, and is no {kind}\n", printable(&shown));
    Err(Failure::Input(words + "  = help: choose another name, or remove it first"))
}
