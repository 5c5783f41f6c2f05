//! What the wire costs: `cargo bench --bench wire`, as an ordinary user and as root.
//!
//! A sandbox can be entered once by a process, so this program starts itself again for each run of each part. A part
//! can be measured alone: `cargo bench --bench wire -- bulk`.

#![expect(clippy::expect_used, reason = "a measurement that can not be made has failed")]

use std::{
    env, fs,
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream},
    process::Command,
    sync::mpsc::{Receiver, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use wiretutor::{
    kernel::{clock::Stamp, sock_diag::SockDiag, socket::Proto, tcp_info::TcpInfo},
    link::{
        sandbox,
        wire::{Address, Decision, Frame, FrameId, Held, HostPlan, PATIENT, Plan, Switch, Wire, WireReport},
    },
};

/// A part: its name, how often it is run in a process of its own, and what its numbers are.
type Part = (&'static str, usize, &'static [&'static str]);

const PARTS: [Part; 5] = [
    (
        "build",
        100,
        &[
            "two hosts, the kernel's settings (ms)",
            "two hosts, steady (ms)",
            "two hosts, steady and patient (ms)",
            "two hosts with IPv6, steady (ms)",
            "two hosts and a router, steady (ms)",
        ],
    ),
    (
        "held",
        5,
        &[
            "a packet, time of our own (µs)",
            "  from the kernel's stamp to its report",
            "  from the order until it has left",
            "  the states of both ends",
        ],
    ),
    (
        "bulk",
        5,
        &[
            "bulk TCP by the wire (Gbit/s)",
            "  by loopback (Gbit/s)",
            "  wire / loopback",
            "  frames lost by us",
            "  segments sent again",
        ],
    ),
    (
        "many",
        1,
        &[
            "10,000 connections (s)",
            "  descriptors before",
            "  and after",
            "  threads before",
            "  and after",
            "  RSS before (KiB)",
            "  and after (KiB)",
            "  frames lost by us",
        ],
    ),
    ("idle", 3, &["a frame held: wake-ups in 3 s"]),
];

/// Rounds of question and answer in one run, bytes of one transfer, connections, and how long nothing is done.
const ROUNDS: usize = 1_000;
const BULK: usize = 400_000_000;
const CONNECTIONS: usize = 10_000;
const IDLE: Duration = Duration::from_secs(3);
/// How long the kernel takes to take a wire away, and the wire's thread to go to sleep, with much to spare.
const CLEANING: Duration = Duration::from_millis(100);
/// As much as a program hands over at a time.
const BLOCK: usize = 1 << 18;

const CLIENT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), 4000);
const SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)), 80);
const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 80);

fn main() {
    let wanted = env::args().nth(1).unwrap_or_default();
    match wanted.strip_prefix("--once=") {
        Some(part) => once(part),
        None => {
            let is_wanted = |part: &&Part| wanted == part.0 || wanted.is_empty() || wanted == "--bench";
            println!("{:<40} {:>12} {:>12} {:>12} {:>12}", "", "least", "median", "95 %", "most");
            PARTS.iter().filter(is_wanted).for_each(measure);
        }
    }
}

fn once(part: &str) {
    sandbox::enter().expect("one thread");
    let numbers = match part {
        "held" => held(),
        "bulk" => bulk(),
        "many" => many(),
        "idle" => idle(),
        number => vec![build(number.parse().expect("the number of a plan"))],
    };
    numbers.iter().for_each(|number| println!("{number}"));
}

fn measure(&(part, runs, names): &Part) {
    let runs: Vec<Vec<f64>> = (0..runs).map(|_| run(part)).collect();
    for (column, name) in names.iter().enumerate() {
        let mut numbers: Vec<f64> = runs.iter().map(|run| run[column]).collect();
        numbers.sort_by(f64::total_cmp);
        let at = |share: usize| numbers[(numbers.len() * share / 100).min(numbers.len() - 1)];
        println!("{name:<40} {:>12.2} {:>12.2} {:>12.2} {:>12.2}", at(0), at(50), at(95), at(100));
    }
}

/// Of several wires that are built, each is built in a process of its own, and alone: what the one before has left is
/// taken away by then.
fn run(part: &str) -> Vec<f64> {
    if part != "build" {
        return begin_again(part);
    }
    let alone = |plan: usize| {
        thread::sleep(CLEANING);
        begin_again(&plan.to_string())
    };
    (0..plans().len()).flat_map(alone).collect()
}

fn begin_again(part: &str) -> Vec<f64> {
    let program = env::current_exe().expect("its name");
    let output = Command::new(program).arg(format!("--once={part}")).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("numbers");
    text.lines().map(|number| number.parse().expect("a number")).collect()
}

/// Holds everything or nothing, and lets go what it is told.
struct Hands {
    holds: bool,
}

enum Wish {
    HoldAll,
    LetGo(FrameId),
}

impl Switch for Hands {
    type Order = Wish;

    fn arrived(&mut self, _: &Frame, _: &Held) -> Decision {
        if self.holds { Decision::Hold } else { Decision::Deliver }
    }

    fn order(&mut self, wish: Wish, _: &Held) -> Vec<(FrameId, Decision)> {
        match wish {
            Wish::HoldAll => {
                self.holds = true;
                Vec::new()
            }
            Wish::LetGo(id) => vec![(id, Decision::Deliver)],
        }
    }
}

fn host(name: &str, addresses: &[SocketAddr]) -> HostPlan {
    HostPlan::new(name, &addresses.iter().map(|end| Address::new(end.ip(), 24)).collect::<Vec<_>>())
}

fn two_hosts() -> Plan {
    Plan { hosts: vec![host("client", &[CLIENT]), host("server", &[SERVER])], permanent_neighbours: true }
}

fn wire(plan: Plan) -> (Wire<Wish>, Receiver<Vec<WireReport>>) {
    let (reporting, reports) = channel();
    let wire = Wire::build(plan, Hands { holds: false }, move |report| drop(reporting.send(report)));
    (wire.expect("private namespaces: `wiretutor doctor` says why there are none"), reports)
}

/// In milliseconds.
fn build(plan: usize) -> f64 {
    let plan = plans().swap_remove(plan);
    let begin = Instant::now();
    let built = wire(plan);
    let took = begin.elapsed();
    drop(built);
    took.as_secs_f64() * 1e3
}

fn plans() -> Vec<Plan> {
    let changed = |change: &dyn Fn(&mut HostPlan)| {
        let mut plan = two_hosts();
        plan.hosts.iter_mut().for_each(change);
        plan
    };
    let mut both = two_hosts();
    for (host, last) in both.hosts.iter_mut().zip(1..) {
        host.addresses.push(Address::new(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, last), 64));
    }
    let mut routed = two_hosts();
    let [near, far]: [SocketAddr; 2] = ["10.0.0.254:0", "10.0.1.254:0"].map(|text| text.parse().expect("an address"));
    routed.hosts[1].addresses = vec![Address::new(Ipv4Addr::new(10, 0, 1, 1), 24)];
    routed.hosts.push(HostPlan { forwards: true, ..host("router", &[near, far]) });
    let patient = changed(&|host| *host = host.clone().with(&PATIENT));
    vec![changed(&|host| host.sysctls.clear()), two_hosts(), patient, both, routed]
}

/// Both ends of a connection, the caller's first.
fn connect(wire: &Wire<Wish>, (from, to): (usize, usize), server: SocketAddr) -> (TcpStream, TcpStream) {
    let listener = wire.hosts()[to].namespace.run(|| TcpListener::bind(server)).expect("a listener");
    let client = wire.hosts()[from].namespace.run(|| TcpStream::connect(server)).expect("a connection");
    let (accepted, _) = listener.accept().expect("its other end");
    for stream in [&client, &accepted] {
        stream.set_nodelay(true).expect("no delay");
    }
    (client, accepted)
}

/// Questions and answers of one byte. Each packet is held, told to go, and both kernels are asked what they make of
/// it; the time in which the hosts' kernels and programs work is not ours.
fn held() -> Vec<f64> {
    let (wire, reports) = wire(two_hosts());
    let diags = wire.hosts().iter().map(|host| host.namespace.run(SockDiag::open).expect("sock_diag"));
    let diags: Vec<SockDiag> = diags.collect();
    let (mut client, mut server) = connect(&wire, (0, 1), SERVER);
    let ends = (client.local_addr().expect("its address"), SERVER);
    wire.order(Wish::HoldAll).expect("a wire");
    let talk = thread::spawn(move || {
        for _ in 0..ROUNDS {
            client.write_all(b"?").expect("sent");
            client.read_exact(&mut [0]).expect("answered");
        }
    });
    let answer = thread::spawn(move || {
        for _ in 0..ROUNDS {
            server.read_exact(&mut [0]).expect("asked");
            server.write_all(b"!").expect("sent");
        }
    });
    let (mut told, mut left, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    let mut known = Known { reports, waiting: Vec::new() };
    while !(talk.is_finished() && answer.is_finished()) {
        let Some((frame, now)) = known.next_held() else { continue };
        told.push(now.since(frame.at));
        let begin = Instant::now();
        wire.order(Wish::LetGo(frame.id)).expect("a wire");
        known.wait_until_left(frame.id);
        left.push(begin.elapsed());
        let begin = Instant::now();
        // Whoever has gone by now is not there any more; it costs the same.
        let _ = diags[0].one(Proto::Tcp, ends.0, Some(ends.1)).expect("an answer");
        let _ = diags[1].one(Proto::Tcp, ends.1, Some(ends.0)).expect("an answer");
        asked.push(begin.elapsed());
    }
    let whole = (0..told.len()).map(|packet| told[packet] + left[packet] + asked[packet]).collect();
    [whole, told, left, asked].map(median).to_vec()
}

/// The reports of a wire that holds everything, taken in one after the other.
struct Known {
    reports: Receiver<Vec<WireReport>>,
    waiting: Vec<(Frame, Stamp)>,
}

impl Known {
    /// The next frame that is held, and when that was known; `None` where none comes for a while.
    fn next_held(&mut self) -> Option<(Frame, Stamp)> {
        while self.waiting.is_empty() {
            let batch = self.reports.recv_timeout(Duration::from_millis(100)).ok()?;
            self.take(batch);
        }
        Some(self.waiting.remove(0))
    }

    fn wait_until_left(&mut self, wanted: FrameId) {
        let left = |report: &WireReport| matches!(report, WireReport::Left { id, .. } if *id == wanted);
        loop {
            let batch = self.reports.recv().expect("a report");
            let has_left = batch.iter().any(left);
            self.take(batch);
            if has_left {
                return;
            }
        }
    }

    fn take(&mut self, batch: Vec<WireReport>) {
        let now = Stamp::now();
        for report in batch {
            match report {
                WireReport::Entered(frame) => self.waiting.push((frame, now)),
                WireReport::Decided { decision: Decision::Hold, .. } => {}
                WireReport::Decided { id, .. } => self.waiting.retain(|(frame, _)| frame.id != id),
                _ => {}
            }
        }
    }
}

/// In microseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e6
}

/// Hears everything, and counts what was lost by us until the wire ends.
fn count_losses(reports: Receiver<Vec<WireReport>>) -> JoinHandle<u64> {
    thread::spawn(move || {
        let lost = reports.into_iter().flatten().map(|report| match report {
            WireReport::Lost { frames, .. } => frames,
            WireReport::Discarded { .. } => 1,
            _ => 0,
        });
        lost.sum()
    })
}

fn bulk() -> Vec<f64> {
    let (wire, reports) = wire(two_hosts());
    let losses = count_losses(reports);
    let (loopback, _) = transfer(connect(&wire, (0, 0), LOOPBACK));
    let (by_wire, again) = transfer(connect(&wire, (0, 1), SERVER));
    wire.stop().expect("an end");
    let lost = losses.join().expect("no panic");
    vec![by_wire, loopback, by_wire / loopback, lost as f64, f64::from(again)]
}

/// How many Gbit a second go from the one to the other, and how many segments had to be sent again.
fn transfer((mut from, mut to): (TcpStream, TcpStream)) -> (f64, u32) {
    let begin = Instant::now();
    let reader = thread::spawn(move || {
        let (mut buffer, mut read) = (vec![0; BLOCK], 0);
        while read < BULK {
            read += to.read(&mut buffer).expect("received");
        }
    });
    let (block, mut left) = (vec![7; BLOCK], BULK);
    while left > 0 {
        left -= from.write(&block[..left.min(BLOCK)]).expect("sent");
    }
    reader.join().expect("no panic");
    let took = begin.elapsed();
    let again = TcpInfo::of(&from).expect("TCP_INFO").total_retrans.expect("every kernel counts them");
    (BULK as f64 * 8.0 / took.as_secs_f64() / 1e9, again)
}

fn many() -> Vec<f64> {
    let (wire, reports) = wire(two_hosts());
    let losses = count_losses(reports);
    let listener = wire.hosts()[1].namespace.run(|| TcpListener::bind(SERVER)).expect("a listener");
    wire.hosts()[0].namespace.enter().expect("the client's namespace");
    let once = || {
        let client = TcpStream::connect(SERVER).expect("a connection");
        let accepted = listener.accept().expect("its other end");
        drop((client, accepted));
    };
    once();
    let (before, begin) = (usage(), Instant::now());
    (0..CONNECTIONS).for_each(|_| once());
    let (took, after) = (begin.elapsed().as_secs_f64(), usage());
    wire.stop().expect("an end");
    let lost = losses.join().expect("no panic");
    let pairs = before.into_iter().zip(after).flat_map(|(before, after)| [before as f64, after as f64]);
    [took].into_iter().chain(pairs).chain([lost as f64]).collect()
}

/// Descriptors, threads, and KiB of memory.
fn usage() -> [usize; 3] {
    let count = |folder| fs::read_dir(folder).expect("a folder of /proc").count();
    let status = fs::read_to_string("/proc/self/status").expect("its status");
    [count("/proc/self/fd"), count("/proc/self/task"), field(&status, "VmRSS:")]
}

fn idle() -> Vec<f64> {
    let (wire, reports) = wire(two_hosts());
    wire.order(Wish::HoldAll).expect("a wire");
    let socket = wire.hosts()[0].namespace.run(|| std::net::UdpSocket::bind(CLIENT)).expect("a socket");
    socket.send_to(b"held", SERVER).expect("sent");
    Known { reports, waiting: Vec::new() }.next_held().expect("a frame");
    thread::sleep(CLEANING);
    let before = wake_ups();
    thread::sleep(IDLE);
    vec![(wake_ups() - before) as f64]
}

/// How often the wire's thread went to sleep.
fn wake_ups() -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("the threads");
    let statuses =
        tasks.map(|task| fs::read_to_string(task.expect("a thread").path().join("status")).expect("its status"));
    let wire = statuses.into_iter().find(|status| status.starts_with("Name:\twire\n")).expect("the wire's thread");
    field(&wire, "voluntary_ctxt_switches:")
}

fn field(status: &str, name: &str) -> usize {
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a field of the status");
    line.split_ascii_whitespace().next().expect("a number").parse().expect("a number")
}
