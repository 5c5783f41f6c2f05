//! A capture file opened, beside tshark and tcpdump: `cargo bench --bench captures`.
//!
//! It makes its captures itself: real connections over the loopback of a private namespace, captured as a lesson's are.
//! `-- FILE` measures with that file instead. Whole commands are timed in turn, each with its output thrown away, so
//! that a machine whose speed drifts treats them alike; what counts are the ratios. After that, how the cost grows:
//! with packets, and with conversations, in frames that are made up.

#![expect(clippy::expect_used, reason = "a measurement that can not be made has failed")]
#![expect(unsafe_code, reason = "wait4 is the only way to ask what memory a child has needed")]

use std::{
    env,
    fs::File,
    io::{BufWriter, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use wiretutor::{
    link::{
        capture::{Capture, CaptureReport},
        netns::enter_private,
        sandbox,
    },
    pcap::write::{Frame, InterfaceId, Writer},
};

mod made_up;

use made_up::{make_up, new_file};

const CONNECTIONS: usize = 10_000;
/// Questions and answers in each: about a hundred packets.
const EXCHANGES: usize = 46;
const ROUNDS: usize = 5;
const MAKE: &str = "--make";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [make, file] = arguments.as_slice()
        && make == MAKE
    {
        return capture_connections(Path::new(file));
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = arguments.first().map_or_else(|| make(folder.path()), PathBuf::from);
    compare(&file);
    scaling(folder.path());
}

/// In a process of its own: a sandbox can be entered only once, and by a process with one thread.
fn make(folder: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(folder, open).expect("permissions");
    let file = folder.join("connections.pcapng");
    let status = Command::new(env::current_exe().expect("a path")).arg(MAKE).arg(&file).status();
    assert!(status.expect("it starts").success(), "the capture could not be made");
    file
}

struct Kept {
    writer: Writer<BufWriter<File>>,
    interface: InterfaceId,
    packets: u64,
    lost: u64,
}

fn capture_connections(path: &Path) {
    let (writer, interface) = new_file(path);
    let _ = sandbox::enter().expect("a sandbox");
    enter_private().expect("a private network");
    let kept = Arc::new(Mutex::new(Kept { writer, interface, packets: 0, lost: 0 }));
    let keep = Arc::clone(&kept);
    let capture = Capture::start("lo", |_| true, move |report| take(&mut keep.lock().expect("a lock"), report));
    let capture = capture.expect("a capture");
    talk();
    capture.stop().expect("the capture ends");
    let kept = Arc::into_inner(kept).expect("the capture has ended").into_inner().expect("a lock");
    println!("{CONNECTIONS} connections, {} packets captured, {} missed", kept.packets, kept.lost);
    kept.writer.into_inner().flush().expect("the file is written");
}

fn take(kept: &mut Kept, report: CaptureReport) {
    match report {
        CaptureReport::Frame(frame) => {
            let (at, bytes, original) = (frame.at, frame.bytes.as_slice(), frame.bytes.len() as u32);
            let frame = Frame { interface: kept.interface, at, bytes, original, direction: None, comments: &[] };
            kept.writer.frame(&frame).expect("a frame is written");
            kept.packets += 1;
        }
        CaptureReport::Lost(frames) => kept.lost += frames,
        CaptureReport::Drained { .. } => {}
        CaptureReport::Failed(error) => panic!("{error}"),
    }
}

/// Real connections, one after the other: a question, an answer, and so on.
fn talk() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = thread::spawn(move || {
        for _ in 0..CONNECTIONS {
            let (mut socket, _) = listener.accept().expect("a connection");
            let mut question = [0; 4096];
            while socket.read(&mut question).expect("a question") > 0 {
                socket.write_all(&[b'y'; 200]).expect("an answer");
            }
        }
    });
    for turn in 0..CONNECTIONS {
        let mut socket = TcpStream::connect(address).expect("a connection");
        let mut answer = [0; 4096];
        for exchange in 0..EXCHANGES {
            socket.write_all(&[b'x'; 350][..50 + turn * exchange % 300]).expect("a question");
            let _ = socket.read(&mut answer).expect("an answer");
        }
    }
    server.join().expect("a server");
}

/// What one run took.
#[derive(Clone, Copy)]
struct Run {
    wall: Duration,
    cpu: Duration,
    kilobytes: u64,
}

/// The medians of several commands, in turn.
fn compare(file: &Path) {
    let ours = env!("CARGO_BIN_EXE_wiretutor");
    let path = file.to_str().expect("a path");
    let commands: [(&str, Vec<&str>); 6] = [
        ("wiretutor open FILE", vec![ours, "open", path]),
        ("tshark -n -q -z conv,tcp -r FILE", vec!["tshark", "-n", "-q", "-z", "conv,tcp", "-r", path]),
        ("wiretutor open FILE --plain", vec![ours, "open", path, "--plain"]),
        ("tshark -n -r FILE", vec!["tshark", "-n", "-r", path]),
        ("tcpdump -nn -r FILE", vec!["tcpdump", "-nn", "-r", path]),
        ("wiretutor open FILE --stream 0", vec![ours, "open", path, "--stream", "0"]),
    ];
    let size = file.metadata().map_or(0, |file| file.len());
    println!("{path}: {:.0} MB, {ROUNDS} rounds", size as f64 / 1e6);
    println!("{:<36} {:>9} {:>9} {:>9} {:>9} {:>8}", "", "min s", "median s", "max s", "CPU s", "MB");
    let mut runs: Vec<Vec<Run>> = vec![Vec::new(); commands.len()];
    for _ in 0..ROUNDS {
        for (runs, (_, command)) in runs.iter_mut().zip(&commands) {
            runs.extend(run(command));
        }
    }
    let medians: Vec<Option<f64>> = runs.iter_mut().zip(&commands).map(|(runs, (name, _))| row(name, runs)).collect();
    for (slow, quick, wanted) in [(1, 0, 30.0), (3, 2, 10.0), (4, 2, 3.0)] {
        if let (Some(slow_s), Some(quick_s)) = (medians[slow], medians[quick]) {
            let (slow, quick) = (commands[slow].0, commands[quick].0);
            println!("{slow} : {quick} = {:.1} (wanted: {wanted})", slow_s / quick_s);
        }
    }
}

fn row(name: &str, runs: &mut [Run]) -> Option<f64> {
    runs.sort_by_key(|run| run.wall);
    let Some(median) = runs.get(runs.len() / 2) else {
        println!("{name:<36} not installed");
        return None;
    };
    let [min, mid, max, cpu] =
        [runs[0].wall, median.wall, runs[runs.len() - 1].wall, median.cpu].map(|time| time.as_secs_f64());
    println!("{name:<36} {min:>9.3} {mid:>9.3} {max:>9.3} {cpu:>9.3} {:>8}", median.kilobytes / 1024);
    Some(mid)
}

/// `None` where there is no such program.
fn run(command: &[&str]) -> Option<Run> {
    let began = Instant::now();
    let mut command = Command::new(command[0])
        .args(&command[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut status = 0;
    let id = i32::try_from(command.id()).expect("a process id");
    // SAFETY: all bits zero are a valid `rusage`, which is numbers only.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to live variables of the types that wait4 fills in, and the child is ours.
    let waited = unsafe { libc::wait4(id, &raw mut status, 0, &raw mut usage) };
    let wall = began.elapsed();
    assert!(waited == id && status == 0, "it failed");
    // It was waited for already; this only lets go of the handle.
    drop(command.stdin.take());
    let time = |time: libc::timeval| Duration::from_micros(time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64);
    Some(Run { wall, cpu: time(usage.ru_utime) + time(usage.ru_stime), kilobytes: usage.ru_maxrss as u64 })
}

/// How the cost of the list grows.
fn scaling(folder: &Path) {
    println!("\nlisting made-up captures: a SYN, then data and acknowledgements in turn over all conversations");
    println!("{:>12} {:>14} {:>10} {:>12} {:>8}", "packets", "conversations", "median s", "ns a packet", "MB");
    for (packets, conversations) in
        [(250_000, 10_000), (500_000, 10_000), (1_000_000, 10_000), (1_000_000, 100), (1_000_000, 100_000)]
    {
        let file = folder.join("made-up.pcapng");
        make_up(&file, packets, conversations);
        let command = [env!("CARGO_BIN_EXE_wiretutor"), "open", file.to_str().expect("a path")];
        let mut runs: Vec<Run> = (0..ROUNDS).filter_map(|_| run(&command)).collect();
        runs.sort_by_key(|run| run.wall);
        let median = runs[runs.len() / 2];
        let each = median.wall.as_nanos() as usize / packets as usize;
        let seconds = median.wall.as_secs_f64();
        println!("{packets:>12} {conversations:>14} {seconds:>10.3} {each:>12} {:>8}", median.kilobytes / 1024);
    }
}
