//! The capture of every lesson, as tshark reads it: what is in it is what the timeline has, its comments tell the
//! lesson, and what tshark's own analysis calls a packet we call it too.
//!
//! Where tshark is not installed, or no lab can run, the tests are reported as ignored.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

#[path = "support/signs.rs"]
mod signs;
mod support;
#[path = "support/tshark.rs"]
mod tshark;

use std::{collections::HashMap, path::Path, process::Command};

use etherparse::PacketBuilder;
use libtest_mimic::{Failed, Trial};
use support::{LessonFile, conclude, ensure, lab_test, stderr, stdout, why_no_lab, wiretutor};
use tshark::Captured;
use wiretutor::{
    conversation::{Meaning, RepeatCause},
    kernel::clock::Stamp,
    lesson::catalog::Catalog,
    packet::{Checksum, LinkType, decode, decode_from},
    pcap::write::{Direction, Frame, Interface, Section, Writer},
    timeline::event::{Event, LinkKind, What},
};

/// Outbound, as `epb_flags` says it.
const OUTBOUND: &str = "0x00000002";

fn main() {
    let missing = tshark::missing();
    let no_lab = why_no_lab().or_else(|| missing.clone());
    let names: Vec<String> = Catalog::embedded().entries().iter().map(|entry| entry.name.clone()).collect();
    let mut trials: Vec<Trial> =
        names.iter().cloned().map(|name| lab_test(name.clone(), &no_lab, move || live(&name))).collect();
    trials.push(lab_test("a router's hop is the router's", &no_lab, routed));
    trials.push(lab_test("hosts that share an address, over IPv6", &no_lab, sharing));
    for name in names {
        trials.push(lab_test(format!("{name}, recorded"), &missing, move || recorded(&name)));
    }
    trials.push(lab_test("a checksum of 0xffff", &missing, the_other_zero));
    trials.push(lab_test("an acknowledgement that a FIN has overtaken", &missing, overtaken));
    trials.push(lab_test("every kind of link", &missing, every_link));
    trials.push(lab_test("as many comments as there may be", &missing, full_of_comments));
    trials.push(lab_test("through a pipe", &missing, through_a_pipe));
    conclude(trials);
}

fn live(name: &str) -> Result<(), Failed> {
    let captured = Captured::of(Path::new(name), &[])?;
    frames_are_the_timelines(&captured)?;
    comments_tell_the_lesson(&captured)?;
    checksums_are_right(&captured)?;
    signs_are_the_same(&captured)
}

const ROUTER: &str = "link = \"wire\"\n[hosts.client]\n[hosts.router]\nforwards = true\n[hosts.server]\n";

fn routed() -> Result<(), Failed> {
    let script =
        "server listen tcp 8080\nclient connect server:8080\nserver accept as peer\nkernel server ESTABLISHED\n";
    let captured = Captured::of(&LessonFile::with_front(ROUTER, script).path, &[])?;
    frames_are_the_timelines(&captured)?;
    comments_tell_the_lesson(&captured)?;
    let hops: Vec<String> =
        comments(&captured)?.into_iter().filter(|comments| comments.starts_with("router > ")).collect();
    let told = hops.iter().all(|comments| comments.contains("router hands it on"));
    ensure(hops.len() == 3 && told, || format!("{hops:#?}"))
}

/// An address of both names none of them; the sender's interface does.
fn sharing() -> Result<(), Failed> {
    let script = "server listen tcp6 8080\nclient connect tcp6 server:8080\nclient > server SYN\nserver accept as peer\n\
                  client send \"over IPv6\"\nserver.peer recv\nclient > server len=9\n";
    let captured = Captured::of(&LessonFile::script(script).path, &[])?;
    frames_are_the_timelines(&captured)?;
    comments_tell_the_lesson(&captured)?;
    let interfaces = captured.fields(&["frame.interface_name"], &["-Y", "ipv6"])?;
    let of = |name: &str| interfaces.iter().filter(|fields| fields[0] == name).count();
    ensure(of("client") >= 3 && of("server") >= 1, || format!("{interfaces:?}"))
}

/// A recording is a timeline like any other, and says what it is.
fn recorded(name: &str) -> Result<(), Failed> {
    let captured = Captured::of(Path::new(name), &["--replay", recording(name).to_str().expect("a name in UTF-8")])?;
    frames_are_the_timelines(&captured)?;
    comments_tell_the_lesson(&captured)?;
    signs_are_the_same(&captured)?;
    let comments = comments(&captured)?.join("\n");
    ensure(comments.contains("(RECORDED)") && comments.contains("RECORDED: "), || format!("not labelled: {comments}"))
}

fn recording(name: &str) -> std::path::PathBuf {
    let parts = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons")).expect("lessons");
    let mut paths = parts.map(|part| part.expect("a part").path().join(format!("{name}.recording.ndjson")));
    paths.find(|path| path.exists()).expect("each lesson has its recording")
}

/// Each frame once, in order, whole, with its time to the nanosecond, on its sender's interface, on its way out.
fn frames_are_the_timelines(captured: &Captured) -> Result<(), Failed> {
    let names =
        ["frame.time_epoch", "frame.len", "frame.interface_name", "frame.packet_flags", "frame.interface_description"];
    let theirs = captured.fields(&names, &[])?;
    let (ours, addresses) = (captured.frames(), addresses(&captured.events));
    ensure(theirs.len() == ours.len() && !ours.is_empty(), || format!("{} of {}", theirs.len(), ours.len()))?;
    for ((event, from, bytes), found) in ours.iter().zip(&theirs) {
        let at = format!("{}.{:09}", event.at.0 / 1_000_000_000, event.at.0 % 1_000_000_000);
        let expected = [&at, &bytes.len().to_string(), *from, OUTBOUND, &addresses[*from]];
        ensure(*found == expected, || format!("{expected:?} is {found:?}"))?;
    }
    let theirs = bytes(captured)?;
    ensure(theirs.iter().zip(&ours).all(|(theirs, (_, _, ours))| theirs == ours), || "other bytes".into())
}

/// The addresses of each host, as they are in its interface's description.
fn addresses(events: &[Event]) -> HashMap<String, String> {
    let hosts =
        events.iter().filter_map(|event| if let What::Lab { hosts, .. } = &event.what { Some(hosts) } else { None });
    let mut addresses: HashMap<String, Vec<String>> = HashMap::new();
    for host in hosts.flatten() {
        let known = addresses.entry(host.name.clone()).or_default();
        for address in host.addresses.iter().map(ToString::to_string) {
            if !known.contains(&address) {
                known.push(address);
            }
        }
    }
    addresses.into_iter().map(|(name, addresses)| (name, addresses.join(", "))).collect()
}

/// The bytes of all frames, as tshark prints them in hexadecimal.
fn bytes(captured: &Captured) -> Result<Vec<Vec<u8>>, Failed> {
    let mut frames = Vec::new();
    for line in captured.tshark(&["-x"])? {
        let Some((offset, rest)) = line.split_once("  ") else { continue };
        if offset == "0000" {
            frames.push(Vec::new());
        }
        let digits = rest.split("   ").next().unwrap_or_default();
        let bytes = digits.split(' ').filter_map(|byte| u8::from_str_radix(byte, 16).ok());
        frames.last_mut().ok_or("no frame begins here")?.extend(bytes);
    }
    Ok(frames)
}

fn comments_tell_the_lesson(captured: &Captured) -> Result<(), Failed> {
    let comments = comments(captured)?;
    for (number, ((_, from, _), comments)) in (1..).zip(captured.frames().iter().zip(&comments)) {
        ensure(comments.starts_with(&format!("{from} > ")), || format!("frame {number} is not explained: {comments}"))?;
    }
    let all = comments.join("\n");
    for event in &captured.events {
        let expected = match &event.what {
            What::CallReturned { result, .. } => result.text.clone(),
            What::Claim { text, .. } => text.clone(),
            What::Step { step, .. } => format!("Step {} of ", step + 1),
            _ => continue,
        };
        ensure(all.contains(&expected), || format!("nothing says {expected:?}"))?;
    }
    Ok(())
}

/// The comments of each frame. tshark writes a backslash as two.
fn comments(captured: &Captured) -> Result<Vec<String>, Failed> {
    let comments = captured.fields(&["frame.comment"], &["-E", "aggregator=/s"])?;
    Ok(comments.iter().map(|comments| comments[0].replace("\\\\", "\\")).collect())
}

/// Of what a wire carries. On the loopback the kernel leaves them to a card that is not there.
/// On a wire they are; on the loopback the kernel leaves them for a network card that is not there.
fn checksums_are_right(captured: &Captured) -> Result<(), Failed> {
    let mut link = LinkKind::Loopback;
    let mut wrong = (1..).zip(captured.wrong_checksums()?);
    for event in &captured.events {
        match &event.what {
            What::Lab { link: of_lab, .. } => link = *of_lab,
            What::Frame { .. } => {
                let (number, wrong) = wrong.next().ok_or("there are fewer frames")?;
                ensure(link != LinkKind::Wire || wrong.is_none(), || format!("frame {number}: {wrong:?}"))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// A checksum of 0xffff is right where the sum is, whatever tshark says of it, and wrong where it is not.
fn the_other_zero() -> Result<(), Failed> {
    let segment = |word: u16| {
        let mut bytes = [HEADERS[0].1, &SEGMENT[..]].concat();
        bytes[40..42].copy_from_slice(&word.to_be_bytes());
        bytes
    };
    let is_right = |bytes: &Vec<u8>| decode(bytes).checksums(bytes).transport == Some(Checksum::Good);
    let right = (0..=u16::MAX).map(segment).find(is_right).ok_or("no number makes the sum right")?;
    let captured = made_of(&[right, segment(0xabcd)])?;
    let wrong = captured.wrong_checksums()?;
    ensure(wrong[0].is_none() && wrong[1].is_some(), || format!("{wrong:?}"))
}

/// On a machine with several processors the ACK of a FIN is sometimes seen behind the own FIN, although it was made
/// before that (seen in 1 of some 200 runs of `time-wait` on a busy one). tshark takes its older number for a
/// keep-alive, and what comes after it for the answer.
fn overtaken() -> Result<(), Failed> {
    let (client, server) = ((1, 40_000_u16), (2, 8080_u16));
    let segment = |(from, to): ((u8, u16), (u8, u16)), flags: &str, seq: u32, ack: u32| {
        let builder = PacketBuilder::ethernet2([2; 6], [2; 6]).ipv4([10, 0, 0, from.0], [10, 0, 0, to.0], 64);
        let builder = builder.tcp(from.1, to.1, seq, 1000);
        let builder = if flags.contains("SYN") { builder.syn() } else { builder };
        let builder = if flags.contains("FIN") { builder.fin() } else { builder };
        let builder = if flags.contains("ACK") { builder.ack(ack) } else { builder };
        let mut frame = Vec::new();
        builder.write(&mut frame, &[]).map(|()| frame).map_err(|error| error.to_string())
    };
    let (there, back) = ((client, server), (server, client));
    let frames = [
        segment(there, "SYN", 100, 0)?,
        segment(back, "SYN+ACK", 300, 101)?,
        segment(there, "ACK", 101, 301)?,
        segment(back, "FIN+ACK", 301, 101)?,
        segment(there, "FIN+ACK", 101, 302)?,
        segment(there, "ACK", 101, 302)?,
        segment(back, "ACK", 302, 102)?,
        segment(back, "ACK", 302, 102)?,
    ];
    let captured = made_of(&frames)?;
    let said = captured.fields(&["tcp.analysis.keep_alive", "tcp.analysis.keep_alive_ack"], &[])?;
    ensure(!said[5][0].is_empty() && !said[7][1].is_empty(), || format!("{said:?}"))?;
    let overtaken = &signs::meanings(&captured.events)[5];
    let is_told = matches!(overtaken[..], [Meaning::RepeatsAck { cause: RepeatCause::Overtaken, .. }]);
    ensure(is_told, || format!("{overtaken:?}"))?;
    signs_are_the_same(&captured)
}

/// A capture of these frames, which nobody has sent.
fn made_of(frames: &[Vec<u8>]) -> Result<Captured, Failed> {
    let folder = tempfile::tempdir()?;
    let mut writer = Writer::new(std::fs::File::create(folder.path().join(tshark::FILE))?, &Section::default())?;
    let interface = writer.interface(&Interface::default())?;
    let mut events = Vec::new();
    for (number, bytes) in (0..).zip(frames) {
        let (at, original) = (Stamp(number), u32::try_from(bytes.len())?);
        writer.frame(&Frame { interface, at, bytes, original, direction: None, comments: &[] })?;
        let (from, to) = ("client".to_owned(), "server".to_owned());
        let what = What::Frame { frame: number, from, to, bytes: bytes.clone() };
        events.push(Event { seq: number, at, what });
    }
    Ok(Captured { folder, events })
}

fn signs_are_the_same(captured: &Captured) -> Result<(), Failed> {
    for found in signs::differences(captured)? {
        ensure(found.are_none(), || {
            let meanings = signs::meanings(&captured.events);
            let of = |number: &usize| format!("\n  frame {number}: {:?}", meanings[number - 1]);
            let told = |numbers: &[usize]| numbers.iter().map(of).collect::<String>();
            let (theirs, ours) = (told(&found.only_they), told(&found.only_we));
            // Which packets cross on the way is never twice the same: what was captured has to be seen here.
            let all = captured.tshark(&[]).unwrap_or_default().join("\n");
            format!("{}: only tshark says so of{theirs}\nonly we of{ours}\nof\n{all}", found.sign.name)
        })?;
    }
    Ok(())
}

/// `-` is standard output, and nothing else is told there.
fn through_a_pipe() -> Result<(), Failed> {
    let mut run = wiretutor();
    let recording = recording("udp");
    run.args(["run", "udp", "--pcapng", "-", "--replay"]).arg(&recording);
    let output = run.output()?;
    ensure(output.status.success() && output.stderr.is_empty(), || stderr(&output))?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("piped");
    std::fs::write(&path, &output.stdout)?;
    let theirs = Command::new("tshark").arg("-nr").arg(&path).output()?;
    ensure(theirs.status.success() && !theirs.stdout.is_empty(), || stdout(&theirs) + &stderr(&theirs))
}

/// A frame may have more to be said of it than one option, or one block, has room for.
fn full_of_comments() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("comments");
    let mut writer = Writer::new(std::fs::File::create(&path)?, &Section::default())?;
    let interface = writer.interface(&Interface::default())?;
    let bytes = [HEADERS[0].1, &DATAGRAM[..]].concat();
    let comments = vec!["é".repeat(100_000); 100];
    let original = u32::try_from(bytes.len())?;
    writer.frame(&Frame { interface, at: Stamp(1), bytes: &bytes, original, direction: None, comments: &comments })?;
    let output = Command::new("tshark").arg("-nr").arg(&path).args(["-T", "fields", "-e", "ip.src"]).output()?;
    ensure(stdout(&output) == "10.0.0.1\n", || stdout(&output) + &stderr(&output))
}

/// What we write as a link's number and read as its header is what tshark takes for them.
fn every_link() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("links");
    let mut writer = Writer::new(std::fs::File::create(&path)?, &Section::default())?;
    let mut expected = Vec::new();
    for (link, header) in HEADERS {
        let interface =
            writer.interface(&Interface { name: link.name(), link: link.number(), ..Interface::default() })?;
        let bytes = [header, &DATAGRAM[..]].concat();
        let original = u32::try_from(bytes.len())?;
        let direction = Some(Direction::Inbound);
        writer.frame(&Frame { interface, at: Stamp(1), bytes: &bytes, original, direction, comments: &[] })?;
        let packet = decode_from(*link, &bytes);
        let (from, to) = packet.addresses().ok_or("no addresses")?;
        expected.push(format!("{}\t{from}\t{to}\t0x00000001", link.name()));
    }
    let fields = ["-e", "frame.interface_name", "-e", "ip.src", "-e", "ip.dst", "-e", "frame.packet_flags"];
    let output = Command::new("tshark").arg("-nr").arg(&path).args(["-T", "fields"]).args(fields).output()?;
    let theirs: Vec<String> = stdout(&output).lines().map(str::to_owned).collect();
    ensure(theirs == expected, || format!("{theirs:#?} is not {expected:#?}: {}", stderr(&output)))
}

/// An empty datagram from 10.0.0.1 to 10.0.0.2.
const DATAGRAM: [u8; 28] = [
    0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0x66, 0xcf, 10, 0, 0, 1, 10, 0, 0, 2, // IPv4
    0x04, 0xd2, 0x00, 0x50, 0, 8, 0, 0,
];

/// An ACK from 10.0.0.1 to 10.0.0.2, with a checksum of 0xffff.
const SEGMENT: [u8; 40] = [
    0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0x66, 0xce, 10, 0, 0, 1, 10, 0, 0, 2, // IPv4
    0x9c, 0x40, 0x1f, 0x90, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 0x01, 0, 0xff, 0xff, 0, 0,
];

/// Every header that can stand before IPv4, some with a tag.
const HEADERS: &[(LinkType, &[u8])] = &[
    (LinkType::Ethernet, &[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00]),
    (LinkType::Ip, &[]),
    (LinkType::Ipv4, &[]),
    (LinkType::Cooked, &[0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x08, 0x00]),
    (LinkType::Cooked, &[0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x81, 0x00, 0, 7, 0x08, 0x00]),
    (LinkType::CookedTwo, &[0x08, 0x00, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0]),
    (LinkType::CookedTwo, &[0x81, 0x00, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0, 7, 0x08, 0x00]),
    (LinkType::Null, &[2, 0, 0, 0]),
    (LinkType::Null, &[0, 0, 0, 2]),
    (LinkType::Loop, &[0, 0, 0, 2]),
];
