//! Captures in the terminal app: what its threads tell is what `open` says of the same file, whatever is asked for and
//! in whatever order.

#![expect(clippy::unwrap_used, reason = "a test that can not go on has failed")]

#[path = "support/program.rs"]
mod program;

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{self, Receiver},
    },
    time::Duration,
};

use etherparse::PacketBuilder;
use program::{stderr, stdout, wiretutor};
use wiretutor::{
    command::app::capture::{CaptureFile, CaptureWish},
    conversation::filter::Filter,
    face::{
        capture::{Numbers, packets::Packets},
        text::Palette,
        tui::{
            capture::{
                Capture,
                course::Course,
                news::{CaptureEffect, CaptureNews, CourseNews, Found},
            },
            keys::Action,
        },
    },
    kernel::clock::Stamp,
    pcap::write::{Frame, Interface, Section, Writer},
};

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// The app's part: it is woken, takes one piece of news, and does what the screens ask for.
struct App {
    file: CaptureFile,
    capture: Capture,
    woken: Receiver<()>,
}

impl App {
    fn open(path: &Path, wish: &CaptureWish) -> Self {
        let (wake, woken) = mpsc::channel();
        let (file, capture) = CaptureFile::open(path, wish, move || {
            // Nobody wants to know any more.
            let _ = wake.send(());
        })
        .unwrap();
        Self { file, capture, woken }
    }

    fn take(&self) -> CaptureNews {
        loop {
            self.woken.recv_timeout(PATIENCE).unwrap();
            if let Some(news) = self.file.take() {
                return news;
            }
        }
    }

    fn hear(&mut self) {
        let news = self.take();
        let effects = self.capture.hear(news);
        effects.into_iter().for_each(|effect| self.file.perform(effect));
    }

    fn hear_until(&mut self, is_so: impl Fn(&Capture) -> bool) {
        while !is_so(&self.capture) {
            self.hear();
        }
    }

    fn press(&mut self, action: Action) {
        let effects = self.capture.act(action);
        self.file.perform_soon(effects);
    }

    fn read(path: &Path, wish: &CaptureWish) -> Self {
        let mut app = Self::open(path, wish);
        app.hear_until(|capture| capture.list().is_whole());
        app
    }

    /// Looks at this conversation, without a screen; the answer is how many packets it has.
    fn look_at(&self, stream: u32) -> usize {
        self.file.perform(CaptureEffect::Open { stream });
        loop {
            if let CaptureNews::Course(CourseNews::Grown { stream: of, packets, is_whole: true, .. }) = self.take() {
                assert_eq!(of, stream);
                return packets;
            }
        }
    }

    fn fetch(&self, stream: u32, from: usize, count: usize) -> Vec<Arc<Found>> {
        self.file.perform(CaptureEffect::Fetch { stream, from, count });
        loop {
            if let CaptureNews::Course(CourseNews::Sheet(sheet)) = self.take() {
                assert_eq!(sheet.from, from);
                return sheet.packets;
            }
        }
    }

    /// A packet as `--plain` tells it.
    fn told(&self, found: &Found) -> String {
        let mut out = Vec::new();
        let mut packets = Packets::new(&mut out, Palette::plain(false), Numbers::Relative);
        packets.packet(&found.seen(self.capture.list().progress().began)).unwrap();
        String::from_utf8(out).unwrap()
    }
}

fn captures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|ext| ext != "md")).collect();
    files.sort();
    assert!(files.len() > 20);
    files
}

fn open(path: &Path, arguments: &[&str]) -> String {
    let output = wiretutor().arg("open").arg(path).args(arguments).output().unwrap();
    assert!(!stderr(&output).contains("panicked"));
    stdout(&output)
}

fn json_list(path: &Path) -> Vec<serde_json::Value> {
    open(path, &["--json", "--list"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every packet of every conversation, the last one first and one at a time, against the command.
fn agrees(path: &Path, wish: &CaptureWish, flags: &[&str]) -> usize {
    let app = App::read(path, wish);
    let mut compared = 0;
    for stream in app.capture.list().rows().to_vec() {
        let count = app.look_at(stream);
        let mut told: Vec<String> = Vec::new();
        for position in (0..count).rev() {
            let found = app.fetch(stream, position, 1);
            assert_eq!(found.len(), 1, "{}, conversation {stream}, {position}", path.display());
            told.push(app.told(&found[0]));
        }
        told.reverse();
        let number = stream.to_string();
        let wanted = open(path, &[&["--stream", &number, "--plain", "--color", "never"], flags].concat());
        assert_eq!(told.concat(), wanted, "{}, conversation {stream}", path.display());
        let all: String = app.fetch(stream, 0, count).iter().map(|found| app.told(found)).collect();
        assert_eq!(all, wanted, "{}, conversation {stream} at once", path.display());
        compared += count;
    }
    compared
}

#[test]
fn every_packet_says_at_once_what_it_says_in_its_turn() {
    let compared: usize = captures().iter().map(|path| agrees(path, &CaptureWish::default(), &[])).sum();
    assert!(compared > 500, "{compared}");
}

#[test]
fn the_list_is_that_of_the_command() {
    for path in captures() {
        let app = App::read(&path, &CaptureWish::default());
        let wanted = json_list(&path);
        assert_eq!(app.capture.list().rows().len(), wanted.len(), "{}", path.display());
        for (id, wanted) in (0..).zip(&wanted) {
            let account = app.capture.list().account(id).unwrap();
            let packets = account.parties.map(|party| party.packets);
            assert_eq!(wanted["packets"], serde_json::json!(packets), "{}: {id}", path.display());
            let ends = account.parties.map(|party| party.socket.to_string());
            assert_eq!(wanted["ends"], serde_json::json!(ends), "{}: {id}", path.display());
        }
    }
}

/// A long conversation between the same ports, with everything that can go wrong, and another one before it.
fn long(path: &Path) {
    let mut writer = Writer::new(File::create(path).unwrap(), &Section::default()).unwrap();
    let interface = writer.interface(&Interface { name: "eth0", ..Interface::default() }).unwrap();
    let mut state = 7_u32;
    let mut random = |below: u32| {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        (state >> 16) % below
    };
    let (mut at, mut seq) = (1_700_000_000_000_000_000_u64, 1_000_u32);
    let mut packets = 0_u64;
    let mut send = |at: u64, to_server: bool, flags: &str, seq: u32, ack: u32, data: usize| {
        let (from, to) = if to_server { ([10, 0, 0, 1], [10, 0, 0, 2]) } else { ([10, 0, 0, 2], [10, 0, 0, 1]) };
        let ports = if to_server { (40_000, 80) } else { (80, 40_000) };
        let step = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(from, to, 64).tcp(ports.0, ports.1, seq, 900);
        let step = match flags {
            "S" => step.syn(),
            "SA" => step.syn().ack(ack),
            "R" => step.rst(),
            _ => step.ack(ack),
        };
        let mut bytes = Vec::new();
        step.write(&mut bytes, &vec![b'x'; data]).unwrap();
        let (original, comments) = (bytes.len() as u32, &[]);
        writer.frame(&Frame { interface, at: Stamp(at), bytes: &bytes, original, direction: None, comments }).unwrap();
        packets += 1;
    };
    for round in 0..2 {
        send(at, true, "S", seq, 0, 0);
        send(at + 1_000_000, false, "SA", 500, seq.wrapping_add(1), 0);
        seq = seq.wrapping_add(1);
        let mut heard = seq;
        send(at + 2_000_000, true, "A", seq, 501, 0);
        for _ in 0..700 {
            at += u64::from(random(300)) * 1_000_000;
            match random(10) {
                0 => send(at, true, "A", heard, 501, 50),
                1 => seq = seq.wrapping_add(100),
                2 | 3 => send(at, false, "A", 501, heard, 0),
                4 => {
                    heard = seq;
                    send(at, false, "A", 501, heard, 0);
                }
                _ => {
                    let data = 1 + random(99);
                    send(at, true, "A", seq, 501, data as usize);
                    seq = seq.wrapping_add(data);
                }
            }
        }
        send(at + 1, true, "R", seq, 0, 0);
        (at, seq) = (at + 1_000_000_000 * (1 + round), seq.wrapping_add(1_000_000));
    }
    writer.into_inner().flush().unwrap();
}

#[test]
fn neither_length_nor_what_was_between_the_ports_before_changes_what_a_packet_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.pcapng");
    long(&path);
    let app = App::read(&path, &CaptureWish::default());
    assert_eq!(app.capture.list().rows(), [0, 1]);
    assert!(agrees(&path, &CaptureWish::default(), &[]) > 1_000);
}

#[test]
fn the_flags_that_choose_packets_mean_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.pcapng");
    long(&path);
    let filter =
        Filter { since: Some("2s".parse().unwrap()), until: Some("30s".parse().unwrap()), ..Filter::default() };
    let compared =
        agrees(&path, &CaptureWish { filter, ..CaptureWish::default() }, &["--since", "2s", "--until", "30s"]);
    assert!((100..600).contains(&compared), "{compared}");
}

#[test]
fn a_packet_is_found_by_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.pcapng");
    long(&path);
    let app = App::read(&path, &CaptureWish::default());
    let before = app.look_at(0);
    app.look_at(1);
    let find = |number: u64| {
        app.file.perform(CaptureEffect::Find { stream: 1, number });
        loop {
            if let CaptureNews::Course(CourseNews::Found { position, .. }) = app.take() {
                return position;
            }
        }
    };
    assert_eq!(find(1), Some(0), "the first one behind it");
    assert_eq!(find(before as u64 + 10), Some(9));
    assert_eq!(find(u64::MAX), None);
}

#[test]
fn a_cut_file_is_listed_as_far_as_it_goes_and_says_where_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.pcapng");
    long(&path);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 7]).unwrap();
    let mut app = App::read(&path, &CaptureWish::default());
    assert_eq!(app.capture.list().rows().len(), 2);
    let shown = picture(&mut app.capture);
    assert!(shown.contains("can be read up to byte"), "{shown}");
}

#[test]
fn a_file_of_another_kind_says_what_it_is_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    fs::write(&path, "Dear Sir or Madam").unwrap();
    let mut app = App::read(&path, &CaptureWish::default());
    let shown = picture(&mut app.capture);
    assert!(shown.contains("neither pcap nor pcapng") && shown.contains("tcpdump -w FILE"), "{shown}");
}

#[test]
fn a_file_that_is_not_there_is_refused() {
    let refused = CaptureFile::open(Path::new("/nowhere/web.pcap"), &CaptureWish::default(), || {});
    assert!(refused.is_err());
}

#[test]
fn a_file_that_grows_is_followed_and_so_is_the_conversation_that_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, path) = (folder.path().join("whole.pcapng"), folder.path().join("growing.pcapng"));
    long(&whole);
    let bytes = fs::read(&whole).unwrap();
    let (first, rest) = bytes.split_at(bytes.len() / 4);
    fs::write(&path, first).unwrap();
    let mut app = App::open(&path, &CaptureWish { follow: true, ..CaptureWish::default() });
    app.hear_until(|capture| capture.list().chosen().is_some());
    app.press(Action::Choose);
    app.press(Action::ToEnd);
    app.hear_until(|capture| capture.course().is_some_and(|course| course.packets() > 20));
    let before = app.capture.course().unwrap().packets();
    OpenOptions::new().append(true).open(&path).unwrap().write_all(rest).unwrap();
    app.hear_until(|capture| {
        let course = capture.course().unwrap();
        capture.list().rows().len() == 2 && course.packets() > before && course.chosen() + 1 == course.packets()
    });
    assert!(!app.capture.list().is_whole(), "more may come");
}

#[test]
fn a_file_that_is_cut_off_while_it_is_looked_at_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shrinks.pcapng");
    long(&path);
    let mut app = App::read(&path, &CaptureWish::default());
    app.press(Action::Choose);
    app.hear_until(|capture| capture.course().is_some_and(Course::is_whole));
    OpenOptions::new().write(true).open(&path).unwrap().set_len(500).unwrap();
    app.press(Action::ToEnd);
    loop {
        app.hear();
        let shown = picture(&mut app.capture);
        if shown.contains("The file cannot be read any more: the file became shorter") {
            break;
        }
    }
}

fn picture(capture: &mut Capture) -> String {
    use ratatui::{buffer::Buffer, layout::Rect};
    use wiretutor::face::tui::{
        canvas,
        theme::{Depth, Theme},
    };
    let mut buf = Buffer::empty(Rect::new(0, 0, 120, 40));
    let area = buf.area;
    capture.draw(&mut buf, area, &Theme::choose(None, Depth::None, None, false));
    canvas::picture(&buf)
}
