//! What the wire carries, held against tshark: every checksum is right, and what we call a retransmission tshark calls
//! so too.
//!
//! The frames of a lab are written to a pcapng file as they entered the wire. Where tshark is not installed the tests
//! are reported as ignored.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

#[path = "support/pcapng.rs"]
mod pcapng;
mod support;

use std::{collections::BTreeSet, process::Command};

use libtest_mimic::Failed;
use support::{LessonFile, conclude, ensure, lab_test, stderr, stdout, why_no_lab, wiretutor};
use wiretutor::{
    conversation::{Meaning, Tracker},
    face::json,
    packet::decode,
    timeline::event::{Event, Fate, What},
};

/// A connection whose SYN is lost, then a segment in the middle, then the last one, and then its FIN.
const LOSSES: &str = "server listen tcp 8080\nwire drop client > server SYN\nclient socket tcp\n\
    client setsockopt TCP_MAXSEG 512\nclient connect server:8080\nclient returned connect\nserver accept as peer\n\
    kernel server ESTABLISHED\nsyn: client > server SYN\nwire drop client > server len=500 seq=syn.seq+1001\n\
    client send 5000 bytes\nclient > server len=500 seq=syn.seq+1001 times 2\nkernel client ESTABLISHED in_flight=0\n\
    wire drop client > server len=7\nclient send \"the end\"\nclient > server len=7 times 2\n\
    kernel client ESTABLISHED in_flight=0\nserver.peer recv 5007\nwire drop client > server FIN\nclient close\n\
    client > server FIN times 2\nkernel server CLOSE-WAIT\nserver.peer close\nkernel client TIME-WAIT\n";

/// Every way that a frame can go wrong without being lost.
const TROUBLES: &str = "server listen tcp 8080\nclient connect server:8080\nserver accept as peer\n\
    kernel server ESTABLISHED\nclient setsockopt TCP_NODELAY 1\nwire duplicate client > server len>0\nclient send \"one\"\n\
    data: client > server len=3\nkernel client ESTABLISHED in_flight=0\nwire corrupt client > server len>0\n\
    client send \"two\"\nclient > server payload \"two\" times 2\nkernel client ESTABLISHED in_flight=0\n\
    wire reorder client > server payload \"three\"\nclient send \"three\"\nclient send \"four\"\n\
    kernel client ESTABLISHED in_flight=0\n";

fn events(script: &str) -> Result<Vec<Event>, Failed> {
    let lesson = LessonFile::with_front("link = \"wire\"\n", script);
    let output = wiretutor().args(["run", "--json"]).arg(&lesson.path).output().expect("it starts");
    ensure(output.status.success(), || stdout(&output) + &stderr(&output))?;
    json::read(output.stdout.as_slice()).map(|recording| recording.events).map_err(|error| error.to_string().into())
}

/// What tshark says of the frames of these events: one line for each that the filter takes.
fn tshark(events: &[Event], arguments: &[&str]) -> Result<Vec<String>, Failed> {
    let frames = events.iter().filter_map(|event| match &event.what {
        What::Frame { bytes, .. } => Some((event.at.0, bytes.as_slice())),
        _ => None,
    });
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("frames.pcapng");
    std::fs::write(&path, pcapng::file(frames))?;
    let output = Command::new("tshark").args(["-n", "-r"]).arg(&path).args(arguments).output()?;
    let complaints: String = stderr(&output)
        .lines()
        .filter(|line| !line.contains("Running as user"))
        .map(|line| format!("{line}\n"))
        .collect();
    ensure(output.status.success() && complaints.is_empty(), || format!("{:?}: {complaints}", output.status))?;
    Ok(stdout(&output).lines().map(str::to_owned).collect())
}

fn every_checksum_is_right() -> Result<(), Failed> {
    for script in [LOSSES, TROUBLES] {
        let events = events(script)?;
        let check = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"];
        let all = tshark(
            &events,
            &[&check[..], &["-T", "fields", "-e", "tcp.checksum.status", "-e", "ip.checksum.status"]].concat(),
        )?;
        let frames = events.iter().filter(|event| matches!(event.what, What::Frame { .. })).count();
        ensure(all.len() == frames && frames > 10, || format!("{} of {frames}", all.len()))?;
        ensure(all.iter().all(|line| line == "1\t1"), || format!("{all:#?}"))?;
    }
    Ok(())
}

/// The places of the frames that repeat what was sent before, counted from 1 as tshark does.
fn repeated_by_us(events: &[Event]) -> BTreeSet<u64> {
    let (mut tracker, mut repeated, mut packets) = (Tracker::new(), BTreeSet::new(), Vec::new());
    for event in events {
        match &event.what {
            What::Frame { frame, bytes, .. } => {
                let packet = decode(bytes);
                let reading = tracker.sent(event.at, &packet);
                packets.push(packet);
                if reading.meanings.iter().any(|meaning| matches!(meaning, Meaning::Retransmits { .. })) {
                    repeated.insert(frame + 1);
                }
            }
            What::Fate { frame, fate: Fate::Left { altered: None, .. } } => {
                let packet = packets.get(usize::try_from(*frame).unwrap_or(usize::MAX));
                packet.into_iter().for_each(|packet| drop(tracker.delivered(event.at, packet)));
            }
            _ => {}
        }
    }
    repeated
}

fn tshark_names_the_same_retransmissions() -> Result<(), Failed> {
    for (script, at_least) in [(LOSSES, 4), (TROUBLES, 1)] {
        let events = events(script)?;
        let filter =
            "tcp.analysis.retransmission || tcp.analysis.fast_retransmission || tcp.analysis.spurious_retransmission";
        let theirs = tshark(&events, &["-Y", filter, "-T", "fields", "-e", "frame.number"])?;
        let theirs: BTreeSet<u64> = theirs.iter().filter_map(|line| line.parse().ok()).collect();
        let ours = repeated_by_us(&events);
        ensure(ours == theirs, || format!("we say {ours:?}, tshark says {theirs:?}: {events:#?}"))?;
        ensure(ours.len() >= at_least, || format!("only {ours:?}"))?;
    }
    Ok(())
}

/// What tshark takes for a fast retransmission is the one that we lost in the middle.
fn tshark_sees_the_fast_retransmission() -> Result<(), Failed> {
    let events = events(LOSSES)?;
    let fast = tshark(&events, &["-Y", "tcp.analysis.fast_retransmission", "-T", "fields", "-e", "tcp.seq"])?;
    ensure(fast.iter().any(|seq| seq == "1001"), || format!("{fast:?}"))
}

type Test = (&'static str, fn() -> Result<(), Failed>);

fn main() {
    let missing =
        Command::new("tshark").arg("--version").output().is_err().then(|| "tshark is not installed".to_owned());
    let reason = why_no_lab().or(missing);
    let tests: [Test; 3] = [
        ("every checksum is right", every_checksum_is_right),
        ("tshark names the same retransmissions", tshark_names_the_same_retransmissions),
        ("tshark sees the fast retransmission", tshark_sees_the_fast_retransmission),
    ];
    conclude(tests.into_iter().map(|(name, test)| lab_test(name, &reason, test)).collect());
}
