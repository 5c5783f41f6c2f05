//! `open`: capture files of every kind, whole and damaged, from a file, a pipe, and one that grows.

#![expect(clippy::unwrap_used, reason = "a test that can not go on has failed")]

#[path = "support/program.rs"]
mod program;

use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use etherparse::PacketBuilder;
use program::{stderr, stdout, wiretutor};
use tempfile::TempDir;
use wiretutor::{
    kernel::{clock::Stamp, state::TcpState},
    packet::LinkType,
    pcap::{
        Reader, open_file,
        write::{Frame, Interface, Section, Writer},
    },
};

const BEGAN: u64 = 1_700_000_000_000_000_000;

/// What a run came to.
#[derive(Debug)]
struct Done {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Done {
    fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let done = Self { status: output.status.code(), out: stdout(&output), err: stderr(&output) };
        assert!(!done.err.contains("panicked"), "{done:#?}");
        done
    }

    fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self:#?}");
        self
    }

    fn complains(self, words: &str) -> Self {
        assert!(self.err.contains(words), "standard error does not say {words:?}: {self:#?}");
        self
    }

    fn says(self, words: &str) -> Self {
        assert!(self.out.contains(words), "standard output does not say {words:?}: {self:#?}");
        self
    }
}

fn open(file: &Path, arguments: &[&str]) -> Done {
    Done::of(wiretutor().arg("open").arg(file).args(arguments))
}

/// A segment from port 40000 of 10.0.0.`client` to port 80 of 10.0.0.100, or back.
fn segment(client: u8, to_server: bool, flags: &str, seq: u32, ack: u32, data: &[u8]) -> Vec<u8> {
    let (client, server) = ([10, 0, 0, client], [10, 0, 0, 100]);
    let (from, to) = if to_server { (client, server) } else { (server, client) };
    let ports = if to_server { (40_000, 80) } else { (80, 40_000) };
    let mut step = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(from, to, 64).tcp(ports.0, ports.1, seq, 1_000);
    for flag in flags.chars() {
        step = match flag {
            'S' => step.syn(),
            'F' => step.fin(),
            'R' => step.rst(),
            _ => step.ack(ack),
        };
    }
    let mut frame = Vec::new();
    step.write(&mut frame, data).unwrap();
    frame
}

/// A handshake, a question and its answer; and a refusal for another client.
fn frames() -> Vec<Vec<u8>> {
    vec![
        segment(1, true, "S", 99, 0, b""),
        segment(1, false, "SA", 499, 100, b""),
        segment(1, true, "A", 100, 500, b""),
        segment(2, true, "S", 7, 0, b""),
        segment(2, false, "RA", 0, 8, b""),
        segment(1, true, "A", 100, 500, b"question"),
        segment(1, false, "A", 500, 108, b"answer"),
    ]
}

struct Sample {
    folder: TempDir,
    file: PathBuf,
}

/// A file with these frames, a millisecond apart.
fn sample_of(link: LinkType, frames: &[Vec<u8>], comment: &str) -> Sample {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sample.pcapng");
    let section = Section { comments: &[comment.to_owned()], ..Section::default() };
    let mut writer = Writer::new(File::create(&file).unwrap(), &section).unwrap();
    let interface = Interface { name: "eth0", description: comment, link: link.number(), ..Interface::default() };
    let interface = writer.interface(&interface).unwrap();
    for (bytes, turn) in frames.iter().zip(0..) {
        let comments = if turn == 0 { vec![comment.to_owned()] } else { vec![] };
        let (at, original) = (Stamp(BEGAN + turn * 1_000_000), bytes.len() as u32);
        writer.frame(&Frame { interface, at, bytes, original, direction: None, comments: &comments }).unwrap();
    }
    Sample { folder, file }
}

fn sample() -> Sample {
    sample_of(LinkType::Ethernet, &frames(), "a remark")
}

impl Sample {
    /// Another file beside it.
    fn beside(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.file).unwrap()
    }
}

fn json_lines(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn without_a_flag_the_conversations_are_listed() {
    let sample = sample();
    let plain = open(&sample.file, &[]).exits(0).says("7 packets in 6.00 ms, 2 conversations.");
    assert_eq!(plain.out, open(&sample.file, &["--list"]).exits(0).out);
    assert!(plain.out.contains("In the file: a remark"), "{}", plain.out);
    let rows: Vec<&str> = plain.out.lines().skip(4).collect();
    assert!(rows[0].starts_with("0  tcp  10.0.0.1:40000  10.0.0.100:80") && rows[0].ends_with("open"), "{rows:?}");
    assert!(rows[1].ends_with("refused"), "{rows:?}");
    assert_eq!(rows.len(), 2);
}

#[test]
fn every_packet_is_told_or_only_those_asked_for() {
    let sample = sample();
    let numbers = |arguments: &[&str]| -> Vec<u64> {
        let done = open(&sample.file, &[&["--plain"], arguments].concat()).exits(0);
        let facts = done.out.lines().filter(|line| line.contains(" > "));
        facts.map(|line| line.split_whitespace().next().unwrap().parse().unwrap()).collect()
    };
    assert_eq!(numbers(&[]), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(numbers(&["--stream", "1"]), [4, 5]);
    assert_eq!(numbers(&["--address", "10.0.0.2"]), [4, 5]);
    assert_eq!(numbers(&["--address", "10.0.0.0/31"]), [1, 2, 3, 6, 7]);
    assert_eq!(numbers(&["--port", "81"]), [0_u64; 0]);
    assert_eq!(numbers(&["--port", "81", "--port", "80", "--until", "2ms"]), [1, 2, 3]);
    assert_eq!(numbers(&["--since", "2023-11-14T22:13:20.005Z"]), [6, 7]);
    // What a packet means depends on those that are not shown.
    open(&sample.file, &["--plain", "--since", "5ms"]).says("Here are 8 bytes, numbers 1 to 8.");
    open(&sample.file, &["--plain", "--raw"]).says("Here are 8 bytes, numbers 100 to 107.");
}

#[test]
fn one_conversation_is_told_as_a_ladder_from_a_file_and_from_a_pipe() {
    let sample = sample();
    let ladder = open(&sample.file, &["--stream", "0", "--width", "80"]).exits(0);
    let ladder =
        ladder.says("Conversation 0 (tcp): 10.0.0.1:40000 with 10.0.0.100:80").says("Opened by 10.0.0.1:40000");
    let ladder = ladder.says("ESTABLISHED").says("In the file: a remark");
    assert_eq!(ladder.out.lines().filter(|line| line.contains('┃')).count(), 5, "{}", ladder.out);
    let pipe = File::open(&sample.file).unwrap();
    let piped = Done::of(wiretutor().args(["open", "-", "--stream", "0", "--width", "80"]).stdin(pipe)).exits(0);
    assert_eq!(piped.out, ladder.out);
    for view in [&[][..], &["--plain"], &["--json"], &["--list"]] {
        let none = open(&sample.file, &[&["--stream", "2"], view].concat()).exits(2);
        none.complains("has no conversation 2: it has 2, numbered 0 to 1").complains("lists them");
    }
    let nothing = open(&sample.file, &["--stream", "0", "--since", "1h"]);
    nothing.exits(2);
    open(&sample.file, &["--stream", "0", "--since", "1s"]).exits(0).complains("none of the 7 packets fits");
}

/// The numbers of its packets, and which states each says that the ends have entered.
fn states_in_ladder(text: &str) -> Vec<(u64, Vec<String>)> {
    let mut found: Vec<(u64, Vec<String>)> = Vec::new();
    for line in text.lines() {
        if line.contains('|') && line.trim_start().starts_with(|c: char| c.is_ascii_digit()) {
            found.push((line.split_whitespace().next().unwrap().parse().unwrap(), Vec::new()));
        } else if let (Some((_, states)), true) = (found.last_mut(), line.ends_with(')') && line.contains(" (")) {
            let names = line.split(['(', ')']).skip(1).step_by(2);
            let known = |name: &&str| name.split(" -> ").all(|state| state.parse::<TcpState>().is_ok());
            states.extend(names.filter(known).map(|name| name.rsplit(" -> ").next().unwrap().to_owned()));
        }
    }
    found
}

#[test]
fn a_ladder_says_of_each_packet_what_is_said_without_it() {
    let captures: Vec<PathBuf> = fs::read_dir("tests/captures").unwrap().map(|entry| entry.unwrap().path()).collect();
    let mut compared = 0;
    for file in captures.iter().filter(|path| path.extension().is_some_and(|kind| kind != "md")) {
        for (stream, more) in [("0", &[][..]), ("1", &[]), ("0", &["--since", "10ms"])] {
            let ladder = open(file, &[&["--stream", stream, "--ascii", "--width", "400"], more].concat());
            let json = open(file, &[&["--stream", stream, "--json"], more].concat());
            assert_eq!(ladder.status, json.status, "{file:?} {stream}");
            let expected: Vec<(u64, Vec<String>)> = json_lines(&json.out)
                .iter()
                .map(|packet| {
                    let states = packet["states"].as_array().into_iter().flatten();
                    let names = states.map(|state| state["to"].as_str().unwrap().to_owned()).collect();
                    (packet["number"].as_u64().unwrap(), names)
                })
                .collect();
            compared += expected.len();
            assert_eq!(states_in_ladder(&ladder.out), expected, "{file:?} {stream} {more:?}");
        }
    }
    assert!(compared > 500, "only {compared} packets");
}

#[test]
fn packets_and_conversations_are_lines_of_json() {
    let sample = sample();
    let packets = json_lines(&open(&sample.file, &["--json"]).exits(0).out);
    assert_eq!(packets.len(), 7);
    let question = &packets[5];
    for (name, value) in
        [("number", 6), ("stream", 0), ("sport", 40_000), ("seq", 100), ("seq_relative", 1), ("len", 8)]
    {
        assert_eq!(question[name], value, "{name} of {question}");
    }
    assert_eq!(question["at"], BEGAN + 5_000_000);
    assert_eq!(question["meaning"], serde_json::json!(["carries-data"]));
    assert_eq!(json_lines(&open(&sample.file, &["--json", "--stream", "1"]).out).len(), 2);
    let conversations = json_lines(&open(&sample.file, &["--json", "--list"]).exits(0).out);
    assert_eq!(conversations[1]["standing"], "refused");
    assert_eq!(conversations[0]["states"], serde_json::json!(["ESTABLISHED", "ESTABLISHED"]));
}

#[test]
fn files_that_are_none_are_refused_with_a_reason() {
    let sample = sample();
    let bytes = sample.bytes();
    let cases: [(&str, &[u8], &str); 6] = [
        ("empty", b"", "the file is empty"),
        ("text", b"hello, world", "neither pcap nor pcapng: it begins with the bytes 68 65 6c 6c"),
        ("short", &bytes[..3], "the file ends before its own header does"),
        ("gzip", b"\x1f\x8b\x08\0\0\0", "compressed with gzip"),
        ("snoop", b"snoop\0\0\0", "another kind (snoop)"),
        ("\x1b[31mred", b"", r"\u{1b}[31mred"),
    ];
    for (name, content, words) in cases {
        let file = sample.beside(name, content);
        for view in [&["--list"][..], &["--plain"], &["--json"], &["--stream", "0"]] {
            let done = open(&file, view).exits(2).complains(words);
            assert_eq!(done.out, "", "{name} {view:?}");
            assert!(!done.err.contains('\x1b'), "{done:?}");
        }
    }
    open(Path::new("/nowhere"), &[]).exits(2).complains("/nowhere: No such file or directory");
    open(sample.folder.path(), &[]).exits(2).complains("directory");
    open(Path::new("/dev/zero"), &[]).exits(2).complains("neither pcap nor pcapng");
}

#[test]
fn damaged_files_are_told_as_far_as_they_go() {
    let sample = sample();
    let bytes = sample.bytes();
    let cut = sample.beside("cut", &bytes[..bytes.len() - 9]);
    open(&cut, &[]).exits(2).says("6 packets").complains("the file ends in the middle of a packet");
    open(&cut, &["--plain"]).exits(2).says("Here are 8 bytes").complains("can be read up to byte");
    let garbage = sample.beside("garbage", &[&bytes[..], &[0xff; 64]].concat());
    open(&garbage, &[]).exits(2).says("7 packets").complains(&format!("up to byte {}", bytes.len()));
    let piped = wiretutor().args(["open", "-", "--stream", "0"]).stdin(File::open(&cut).unwrap()).output().unwrap();
    assert_eq!(piped.status.code(), Some(2));
}

#[test]
fn links_that_are_not_known_are_said_and_counted() {
    let sample = sample();
    let mut bytes = sample.bytes();
    // The link type stands behind the section's block and the head of the interface's.
    let section = u32::from_le_bytes(*bytes[4..].first_chunk().unwrap()) as usize;
    bytes[section + 8..section + 10].copy_from_slice(&147_u16.to_le_bytes());
    let file = sample.beside("other", &bytes);
    open(&file, &[]).exits(0).says("no conversation").complains("7 packets from a kind of link").complains("(147)");
}

#[test]
fn nothing_that_a_terminal_would_obey_gets_through() {
    let evil = b"\x1b]0;title\x07\x1b[2J\xc2\x9b1m";
    let frames = [segment(1, true, "S", 99, 0, evil), segment(1, true, "A", 100, 0, evil)];
    let words = "\x1b[2J\r\n\u{202e}\u{9b}1m\x7f\x1b]0;title\x07";
    let sample = sample_of(LinkType::Ethernet, &frames, words);
    for view in [&["--plain"][..], &["--stream", "0"], &["--list"], &["--json"]] {
        let out = open(&sample.file, &[view, &["--color", "never"]].concat()).exits(0).out;
        let obeyed = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        // JSON writes control characters out; what only turns the direction of text is left to whoever shows it.
        assert!(
            !out.contains(obeyed) || view == ["--json"] && !out.contains(|c: char| c.is_control() && c != '\n'),
            "{out:?}"
        );
    }
}

#[test]
fn a_clock_that_runs_backwards_and_empty_packets_do_no_harm() {
    let sample = sample();
    let mut writer = Writer::new(File::create(&sample.file).unwrap(), &Section::default()).unwrap();
    let interface = writer.interface(&Interface::default()).unwrap();
    for (bytes, turn) in frames().iter().chain([&vec![]]).zip(0..) {
        let (at, original) = (Stamp(BEGAN - turn * 1_000_000_000), bytes.len() as u32);
        writer.frame(&Frame { interface, at, bytes, original, direction: None, comments: &[] }).unwrap();
    }
    open(&sample.file, &["--plain"]).exits(0).says("-3.000000000").says("0 bytes that cannot be read");
    open(&sample.file, &[]).exits(0).says("8 packets in 0 ms");
    open(&sample.file, &["--stream", "0"]).exits(0);
    for (line, turn) in json_lines(&open(&sample.file, &["--json"]).exits(0).out).iter().zip(0..) {
        assert_eq!(line["since"], -1_000_000_000_i64 * turn);
    }
}

/// Lines of a program that still runs.
struct Running {
    child: Child,
    /// Until nobody reads them any more.
    lines: Option<BufReader<ChildStdout>>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = child.stdout.take().map(BufReader::new);
        Self { child, lines }
    }

    /// Waits for a line with these words.
    fn says(&mut self, words: &str) {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            let read = self.lines.as_mut().unwrap().read_line(&mut line);
            assert!(read.unwrap() > 0, "it ended before it said {words:?}");
        }
    }

    fn end(mut self) -> (Option<i32>, String) {
        let mut err = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        (self.child.wait().unwrap().code(), err)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_growing_file_is_followed_packet_by_packet() {
    let sample = sample();
    let bytes = sample.bytes();
    let file = sample.beside("grows", &bytes[..bytes.len() - 20]);
    let mut running = Running::start(wiretutor().arg("open").arg(&file).args(["--follow", "--plain"]));
    running.says("Here are 8 bytes");
    let mut grows = OpenOptions::new().append(true).open(&file).unwrap();
    grows.write_all(&bytes[bytes.len() - 20..]).unwrap();
    running.says("Here are 6 bytes");
    // One that shrinks is told.
    grows.set_len(100).unwrap();
    drop(grows);
    let (status, err) = running.end();
    assert_eq!(status, Some(2));
    assert!(err.contains("became shorter"), "{err}");
}

#[test]
fn a_file_that_vanishes_is_read_to_its_end_and_followed_no_longer() {
    let sample = sample();
    let mut running = Running::start(wiretutor().arg("open").arg(&sample.file).args(["--follow", "--plain"]));
    running.says("Here are 6 bytes");
    fs::remove_file(&sample.file).unwrap();
    let (status, err) = running.end();
    assert_eq!(status, Some(2));
    assert!(err.contains("the file was removed while it was followed"), "{err}");
}

#[test]
fn what_comes_through_a_pipe_is_shown_at_once() {
    let sample = sample();
    let bytes = sample.bytes();
    let mut running = Running::start(wiretutor().args(["open", "-", "--plain"]).stdin(Stdio::piped()));
    let mut pipe = running.child.stdin.take().unwrap();
    pipe.write_all(&bytes[..bytes.len() - 20]).unwrap();
    running.says("Here are 8 bytes");
    pipe.write_all(&bytes[bytes.len() - 20..]).unwrap();
    running.says("Here are 6 bytes");
    drop(pipe);
    let (status, err) = running.end();
    assert_eq!((status, err.as_str()), (Some(0), ""));
}

#[test]
fn a_reader_that_leaves_ends_it_also_while_it_waits() {
    let sample = sample();
    let mut running = Running::start(wiretutor().args(["open", "--follow", "--plain"]).arg(&sample.file));
    running.says("Here are 6 bytes");
    // Nothing more is ever written to the file.
    running.lines = None;
    assert_eq!(running.end().0, Some(3));
}

#[test]
fn packets_are_kept_with_what_was_said_about_them() {
    let sample = sample();
    let kept = sample.folder.path().join("kept.pcapng");
    let path = kept.to_str().unwrap();
    let done = open(&sample.file, &["--pcapng", path, "--stream", "0"]).exits(0);
    done.says("Conversation 0").complains("5 packets kept in");
    let mut reader = Reader::new(open_file(&kept).unwrap());
    let first = reader.next_record().unwrap();
    let comments: Vec<String> = first.comments.iter().collect();
    assert_eq!((first.at, first.bytes), (Stamp(BEGAN), frames()[0].as_slice()));
    assert!(comments[0].contains("May I talk to you?") && comments.contains(&"a remark".to_owned()), "{comments:?}");
    assert_eq!(reader.interfaces()[0].name.as_deref(), Some("eth0"));
    let quiet = open(&sample.file, &["--pcapng", path]).exits(0).complains("7 packets kept");
    assert_eq!(quiet.out, "");
    open(&kept, &[]).exits(0).says("7 packets");
    // What is there already is neither told twice nor kept twice.
    let twice = sample.folder.path().join("twice.pcapng");
    open(&kept, &["--pcapng", twice.to_str().unwrap()]).exits(0);
    assert_eq!(fs::read(&kept).unwrap(), fs::read(&twice).unwrap());
    let told = open(&twice, &["--plain"]).exits(0).out;
    assert_eq!(told.matches("May I talk to you?").count(), 2, "{told}");
    assert!(told.contains("In the file: a remark") && !told.contains("In the file: \""), "{told}");
    // Through a pipe, and never over the file that is read, by whatever name.
    let piped = open(&sample.file, &["--pcapng", "-"]).exits(0);
    assert!(piped.err.contains("7 packets kept in -"), "{piped:?}");
    let link = sample.folder.path().join("link");
    std::os::unix::fs::symlink(&sample.file, &link).unwrap();
    for name in [&sample.file, &link] {
        open(&sample.file, &["--pcapng", name.to_str().unwrap()]).exits(2).complains("names the file that is read");
    }
    for view in ["--plain", "--json", "--list"] {
        open(&sample.file, &["--pcapng", "-", view]).exits(2).complains("both want standard output");
    }
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    let sample = sample_of(LinkType::Ethernet, &vec![segment(1, true, "A", 100, 500, &[b'x'; 1_000]); 200], "");
    let kept = sample.beside("kept", b"an old file");
    let program = wiretutor();
    let script = "ulimit -f 8; trap '' XFSZ; exec \"$0\" \"$@\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(program.get_program()).arg("open").arg(&sample.file).arg("--pcapng").arg(&kept);
    Done::of(&mut shell).exits(3).complains("File too large");
    assert_eq!(fs::read(&kept).unwrap(), b"an old file");
    let left: Vec<_> = fs::read_dir(sample.folder.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn where_nothing_can_be_kept_the_old_file_stays() {
    let sample = sample();
    open(&sample.file, &["--pcapng", "/dev/full"]).exits(3).complains("/dev/full").complains("No space left");
    open(&sample.file, &["--pcapng", "/nowhere/x"]).exits(3).complains("/nowhere/x");
    let kept = sample.beside("kept", b"an old file");
    let no_capture = sample.beside("text", b"this is a text");
    open(&no_capture, &["--pcapng", kept.to_str().unwrap()]).exits(2);
    assert_eq!(fs::read(&kept).unwrap(), b"an old file");
}

#[test]
fn an_output_that_can_not_be_written_is_an_error() {
    let sample = sample();
    for view in [&["--list"][..], &["--plain"], &["--json"], &["--stream", "0"]] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = wiretutor();
        let child = command.arg("open").arg(&sample.file).args(view).stdout(full).stderr(Stdio::piped()).spawn();
        let output = child.unwrap().wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{view:?}");
        assert!(stderr(&output).contains("No space left"), "{}", stderr(&output));
    }
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    let sample = sample();
    for flags in [&["--plain", "--json"][..], &["--plain", "--list"], &["--list", "--follow"], &["--address", "ten"]] {
        open(&sample.file, flags).exits(2);
    }
    open(&sample.file, &["--since", "noon"]).exits(2).complains("a time is written 1.5s");
}
