//! What the wire costs: `cargo bench --bench wire`, as an ordinary user and as root.
//!
//! A sandbox can be entered once by a process, so this program starts itself again for each run of each part.

#![expect(clippy::expect_used, reason = "a measurement that can not be made has failed")]

use std::{
    env, fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::Command,
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use wiretutor::{
    kernel::{sock_diag::SockDiag, socket::Proto},
    link::{
        sandbox,
        wire::{Address, Decision, Frame, FrameId, Held, HostPlan, Plan, Switch, Wire, WireReport},
    },
};

const RUNS: usize = 60;
/// Packets that are held and delivered in one run, and bytes of one bulk transfer.
const PACKETS: usize = 2_000;
const BULK: usize = 400_000_000;
const IDLE: Duration = Duration::from_secs(5);

const CLIENT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), 4000);
const SERVER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)), 80);

fn main() {
    match env::args().nth(1).as_deref() {
        Some("build") => build(),
        Some("held") => held(),
        Some("bulk") => bulk(),
        Some("idle") => idle(),
        _ => all(),
    }
}

fn all() {
    let built: Vec<Vec<f64>> = (0..RUNS).map(|_| again("build")).collect();
    let column = |part: usize| built.iter().filter_map(|run| run.get(part).copied()).collect::<Vec<f64>>();
    row("two hosts, wire open (ms)", column(0));
    row("three hosts, wire open (ms)", column(1));
    let held: Vec<Vec<f64>> = (0..5).map(|_| again("held")).collect();
    for (part, name) in ["held, delivered, both states (µs)", "  of it: both states (µs)"].into_iter().enumerate() {
        row(name, held.iter().filter_map(|run| run.get(part).copied()).collect());
    }
    let bulk: Vec<Vec<f64>> = (0..5).map(|_| again("bulk")).collect();
    row("bulk TCP (Gbit/s)", bulk.iter().map(|run| run[0]).collect());
    row("  frames lost by us", bulk.iter().map(|run| run[1]).collect());
    row("  segments sent again", bulk.iter().map(|run| run[2]).collect());
    row("idle, a frame held: wake-ups in 5 s", again("idle"));
}

fn again(part: &str) -> Vec<f64> {
    let output = Command::new(env::current_exe().expect("its name")).arg(part).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("numbers");
    text.split_ascii_whitespace().map(|number| number.parse().expect("a number")).collect()
}

fn row(name: &str, mut numbers: Vec<f64>) {
    numbers.sort_by(f64::total_cmp);
    let at = |share: usize| numbers[(numbers.len() * share / 100).min(numbers.len() - 1)];
    println!("{name:<38} median {:>10.2}   least {:>10.2}   most {:>10.2}", at(50), at(0), at(100));
}

/// Holds everything or nothing, and lets go what it is told.
struct Hands {
    holds: bool,
}

impl Switch for Hands {
    type Order = FrameId;

    fn arrived(&mut self, _: &Frame, _: &Held) -> Decision {
        if self.holds { Decision::Hold } else { Decision::Deliver }
    }

    fn order(&mut self, id: FrameId, held: &Held) -> Vec<(FrameId, Decision)> {
        // From then on it holds; the first order names no frame.
        self.holds = true;
        held.get(id).map(|frame| (frame.id, Decision::Deliver)).into_iter().collect()
    }
}

fn wire(hosts: u8) -> (Wire<FrameId>, Receiver<Vec<WireReport>>) {
    let host = |number| HostPlan::new("host", &[Address::new(Ipv4Addr::new(10, 0, 0, number), 24)]);
    let plan = Plan { hosts: (1..=hosts).map(host).collect(), permanent_neighbours: true };
    let (reporting, reports) = channel();
    let wire = Wire::build(plan, Hands { holds: false }, move |report| drop(reporting.send(report)));
    (wire.expect("private namespaces: `wiretutor doctor` says why there are none"), reports)
}

fn build() {
    sandbox::enter().expect("one thread");
    for hosts in [2, 3] {
        let begin = Instant::now();
        let built = wire(hosts);
        println!("{}", begin.elapsed().as_secs_f64() * 1e3);
        drop(built);
    }
}

/// Does something in a host's namespace.
fn on<T: Send>(wire: &Wire<FrameId>, host: usize, work: impl FnOnce() -> T + Send) -> T {
    let namespace = &wire.hosts()[host].namespace;
    let entered = || {
        namespace.enter().expect("the host's namespace");
        work()
    };
    thread::scope(|scope| scope.spawn(entered).join().expect("no panic"))
}

fn connection(wire: &Wire<FrameId>) -> (TcpStream, TcpStream) {
    let listener = on(wire, 1, || TcpListener::bind(SERVER).expect("a listener"));
    let client = on(wire, 0, || {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
        socket.bind(&CLIENT.into()).expect("its address");
        socket.connect(&SERVER.into()).expect("a connection");
        TcpStream::from(socket)
    });
    let (server, _) = listener.accept().expect("its other end");
    client.set_nodelay(true).expect("no delay");
    server.set_nodelay(true).expect("no delay");
    (client, server)
}

/// Each way one byte: it is held, told to go, and read from both kernels.
fn held() {
    sandbox::enter().expect("one thread");
    let (wire, reports) = wire(2);
    let diags = [0, 1].map(|host| on(&wire, host, || SockDiag::open().expect("sock_diag")));
    let (mut client, mut server) = connection(&wire);
    wire.order(FrameId::MAX).expect("a wire");
    let (mut costs, mut readings) = (Vec::new(), Vec::new());
    for _ in 0..PACKETS {
        client.write_all(b"x").expect("sent");
        let id = next_held(&reports);
        let begin = Instant::now();
        wire.order(id).expect("a wire");
        wait_until_it_left(&reports);
        let delivered = Instant::now();
        diags[0].one(Proto::Tcp, CLIENT, Some(SERVER)).expect("an answer").expect("the client");
        diags[1].one(Proto::Tcp, SERVER, Some(CLIENT)).expect("an answer").expect("the server");
        readings.push(delivered.elapsed().as_secs_f64() * 1e6);
        costs.push(begin.elapsed().as_secs_f64() * 1e6);
        server.read_exact(&mut [0]).expect("received");
        // The acknowledgement is let go, too, so that nothing is sent again.
        wire.order(next_held(&reports)).expect("a wire");
    }
    println!("{} {}", median(costs), median(readings));
}

/// In a batch of its own: the wire sleeps while a frame is held.
fn wait_until_it_left(reports: &Receiver<Vec<WireReport>>) {
    while !reports.recv().expect("a report").iter().any(|report| matches!(report, WireReport::Left { .. })) {}
}

fn next_held(reports: &Receiver<Vec<WireReport>>) -> FrameId {
    loop {
        let batch = reports.recv().expect("a report");
        let held = batch.into_iter().find_map(|report| match report {
            WireReport::Decided { id, decision: Decision::Hold, .. } => Some(id),
            _ => None,
        });
        if let Some(id) = held {
            return id;
        }
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn bulk() {
    sandbox::enter().expect("one thread");
    let (wire, reports) = wire(2);
    let listener = thread::spawn(move || {
        let mut lost = 0;
        for report in reports.into_iter().flatten() {
            if let WireReport::Lost { frames, .. } = report {
                lost += frames;
            }
        }
        lost
    });
    let (mut client, mut server) = connection(&wire);
    let begin = Instant::now();
    let reader = thread::spawn(move || {
        let (mut buffer, mut read) = (vec![0; 1 << 18], 0);
        while read < BULK {
            read += server.read(&mut buffer).expect("received");
        }
    });
    let block = vec![7; 1 << 18];
    let mut left = BULK;
    while left > 0 {
        left -= client.write(&block[..left.min(block.len())]).expect("sent");
    }
    reader.join().expect("no panic");
    let took = begin.elapsed().as_secs_f64();
    let mut retransmitted = [0; 104];
    // `tcpi_total_retrans` stands 100 bytes from the beginning of `struct tcp_info`.
    wiretutor::kernel::sys::get_option(&client, libc::IPPROTO_TCP, libc::TCP_INFO, &mut retransmitted)
        .expect("TCP_INFO");
    let [.., a, b, c, d] = retransmitted;
    wire.mark(1).expect("a wire");
    wire.stop().expect("an end");
    let lost = listener.join().expect("no panic");
    println!("{} {lost} {}", BULK as f64 * 8.0 / took / 1e9, u32::from_ne_bytes([a, b, c, d]));
}

fn idle() {
    sandbox::enter().expect("one thread");
    let (wire, reports) = wire(2);
    wire.order(FrameId::MAX).expect("a wire");
    let socket = on(&wire, 0, || std::net::UdpSocket::bind(CLIENT).expect("a socket"));
    socket.send_to(b"held", SERVER).expect("sent");
    next_held(&reports);
    let before = wake_ups();
    thread::sleep(IDLE);
    println!("{}", wake_ups() - before);
}

/// How often the wire's thread went to sleep.
fn wake_ups() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").expect("the threads");
    let statuses =
        tasks.map(|task| fs::read_to_string(task.expect("a thread").path().join("status")).expect("its status"));
    let wire = statuses.into_iter().find(|status| status.starts_with("Name:\twire\n")).expect("the wire's thread");
    let line = wire.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).expect("a count");
    line.trim().parse().expect("a number")
}
