//! What the program shows is what the best known tools show: its packets are those of `tcpdump -i lo`, byte for byte
//! and in the same order; its states are those of `ss -tan`.
//!
//! The sink of a lab is called in the lab's own thread, so a child that is started there lives in the namespace of the
//! lab's loopback. The hosts of a wire have a namespace each: there `ss` is asked from the threads that live in them.
//! What the wire carries is held against tshark, in `wire_oracle`. Where the tools are not installed, the tests are
//! reported as ignored.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]
#![expect(unsafe_code, reason = "a filter of system calls for tcpdump, between fork and exec")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{BufRead, BufReader, Read},
    ops::ControlFlow,
    os::{fd::AsFd, unix::process::CommandExt},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Receiver},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use libtest_mimic::{Arguments, Failed, Trial};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use wiretutor::{
    kernel::{clock::Stamp, state::TcpState},
    lab,
    lesson::{catalog::Catalog, model::Lesson},
    link::{LinkKind, Watch, sandbox},
    timeline::{
        event::{Event, What},
        fold::World,
    },
};

/// Lessons with a loopback in them.
const ON_LOOPBACK: [&str; 2] = ["handshake", "udp"];
/// How long a tool may take until it is heard. It needs milliseconds; a busy machine needs more.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() {
    let arguments = Arguments::from_args();
    // Before any thread is started: the sandbox asks for a process with one thread.
    let watch = sandbox::enter().map(|sandbox| sandbox.watch);
    let no_lab = match &watch {
        Ok(Watch::Private) => None,
        Ok(_) => Some("this machine allows no private namespaces".to_owned()),
        Err(refusal) => Some(refusal.to_string()),
    };
    let missing = |tool: &str| (!is_installed(tool)).then(|| format!("{tool} is not installed"));
    let mut trials = Vec::new();
    for name in ON_LOOPBACK {
        let reason = no_lab.clone().or_else(|| missing("tcpdump"));
        trials.push(trial(format!("tcpdump sees the packets of {name}"), reason, || packets_agree(name)));
    }
    for name in Catalog::embedded().entries().iter().map(|entry| entry.name.clone()) {
        let reason = no_lab.clone().or_else(|| missing("ss"));
        trials.push(trial(format!("ss sees the states of {name}"), reason, move || states_agree(&name)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(name: String, reason: Option<String>, test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    match reason {
        None => Trial::test(name, test),
        Some(reason) => Trial::test(format!("{name} (ignored: {reason})"), test).with_ignored_flag(true),
    }
}

fn is_installed(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(tool).exists())
}

fn lesson(name: &str) -> Result<Lesson, Failed> {
    let found = Catalog::embedded().find(name);
    found.map(|found| found.lesson).map_err(|complaint| complaint.to_string().into())
}

// ── packets ──────────────────────────────────────────────────────────────────────────────────────────────────────

type Frames = Vec<(Stamp, Vec<u8>)>;

/// tcpdump is stamped where a packet enters the device, our capture where it leaves it: a few microseconds later, or
/// more if the machine has something else to do in between.
const BETWEEN_TAPS: Duration = Duration::from_millis(200);

/// One lab: what we saw of it until it ended, and what tcpdump saw.
struct Lab {
    ours: Frames,
    ended: Stamp,
    tcpdump: Option<Tcpdump>,
    theirs: Frames,
}

fn packets_agree(name: &str) -> Result<(), Failed> {
    let _alone = ONE_LAB.lock().unwrap_or_else(PoisonError::into_inner);
    let mut labs: Vec<Lab> = Vec::new();
    let (mut complaint, mut on_loopback) = (None, true);
    lab::script::run(&lesson(name)?, Watch::Private, &mut |event: &Event| {
        match (&event.what, labs.last_mut()) {
            (What::Lab { fresh: true, link, .. }, before) => {
                before.into_iter().for_each(Lab::finish);
                on_loopback = *link == LinkKind::Loopback;
                if !on_loopback {
                    return ControlFlow::Continue(());
                }
                match Tcpdump::start() {
                    Ok(tcpdump) => labs.push(Lab::watched_by(tcpdump)),
                    Err(error) => complaint = Some(error),
                }
            }
            _ if !on_loopback => {}
            (What::Frame { bytes, .. }, Some(lab)) => lab.ours.push((event.at, bytes.clone())),
            (What::LabEnd { .. }, Some(lab)) => lab.ended = event.at,
            _ => {}
        }
        if complaint.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .map_err(|error| Failed::from(format!("{error:#}")))?;
    if let Some(complaint) = complaint {
        return Err(complaint.into());
    }
    labs.last_mut().into_iter().for_each(Lab::finish);
    if labs.is_empty() {
        return Err("the lesson has no lab".into());
    }
    labs.iter().try_for_each(Lab::compare)
}

impl Lab {
    fn watched_by(tcpdump: Tcpdump) -> Self {
        Self { ours: Vec::new(), ended: Stamp::default(), tcpdump: Some(tcpdump), theirs: Vec::new() }
    }

    /// What comes after the end of the lab is its clearing up: sockets that the lesson left open are closed.
    fn finish(&mut self) {
        if let Some(tcpdump) = self.tcpdump.take() {
            self.theirs = tcpdump.stop(self.ours.len());
            self.theirs.retain(|(at, _)| *at <= self.ended);
        }
    }

    fn compare(&self) -> Result<(), Failed> {
        if self.ours.is_empty() {
            return Err("a lab without packets proves nothing".into());
        }
        let (ours, theirs) = (&self.ours, &self.theirs);
        let same = ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| ours.1 == theirs.1);
        if !same {
            return Err(format!("we saw {}: {ours:?}\ntcpdump saw {}: {theirs:?}", ours.len(), theirs.len()).into());
        }
        let apart = ours.iter().zip(theirs).map(|(ours, theirs)| ours.0.0.abs_diff(theirs.0.0)).max();
        if apart.is_some_and(|apart| apart > BETWEEN_TAPS.as_nanos() as u64) {
            return Err(format!("the times are {apart:?} ns apart").into());
        }
        Ok(())
    }
}

/// A tcpdump in the network namespace of the thread that started it.
struct Tcpdump {
    child: Child,
    frames: Receiver<(Stamp, Vec<u8>)>,
    reader: JoinHandle<()>,
}

impl Tcpdump {
    fn start() -> Result<Self, String> {
        // `-Z root`: it is root of a user namespace, where there is nobody else to become. The frames that our
        // capture sends to see whether the kernel stamps yet (type 0x88b5) are not the lab's.
        let mut command = Command::new("tcpdump");
        without_setgroups(&mut command);
        let mut child = command
            .args(["-i", "lo", "-n", "-U", "--immediate-mode", "--time-stamp-precision=nano", "-Z", "root", "-w", "-"])
            .args(["not", "ether", "proto", "0x88b5"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let (tell, frames) = mpsc::channel();
        let mut stdout = child.stdout.take().ok_or("no output")?;
        let reader = thread::spawn(move || {
            while let Some(frame) = next_record(&mut stdout) {
                if tell.send(frame).is_err() {
                    return;
                }
            }
        });
        let mut stderr = BufReader::new(child.stderr.take().ok_or("no error output")?);
        let mut said = String::new();
        while !said.contains("listening on") {
            if stderr.read_line(&mut said).map_err(|error| error.to_string())? == 0 {
                return Err(format!("tcpdump ended: {said}"));
            }
        }
        // What it says at its end has to go somewhere, or it would wait for a reader.
        thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        Ok(Self { child, frames, reader })
    }

    /// Waits until it has shown as many packets as we have, then ends it: what it shows beyond that counts too.
    fn stop(mut self, expected: usize) -> Frames {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        while seen.len() < expected {
            match self.frames.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(frame) => seen.push(frame),
                Err(_) => break,
            }
        }
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
        let _ = self.child.wait();
        let _ = self.reader.join();
        seen.extend(self.frames.try_iter());
        seen
    }
}

/// Lets `setgroups` do nothing and succeed in the child. tcpdump calls it although it stays who it is, and ends when
/// it fails, as it always does in a user namespace of an ordinary user.
fn without_setgroups(command: &mut Command) {
    use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO};
    const fn step(code: u32, jt: u8, jf: u8, k: u32) -> libc::sock_filter {
        libc::sock_filter { code: code as u16, jt, jf, k }
    }
    let mut filter = [
        // The number of the system call is the first word of what the filter sees.
        step(BPF_LD | BPF_W | BPF_ABS, 0, 0, 0),
        step(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, libc::SYS_setgroups as u32),
        step(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO),
        step(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW),
    ];
    let install = move || {
        let program = libc::sock_fprog { len: 4, filter: filter.as_mut_ptr() };
        // SAFETY: the program points to `filter`, which this closure owns, and the kernel copies it.
        let result = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) };
        if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
    };
    // SAFETY: between fork and exec the closure makes one system call and allocates nothing.
    unsafe { command.pre_exec(install) };
}

/// The next packet of a pcap stream with nanoseconds; the file's header is recognised by its magic and passed over.
fn next_record(stream: &mut impl Read) -> Option<(Stamp, Vec<u8>)> {
    let mut header = [0; 16];
    stream.read_exact(&mut header).ok()?;
    let word =
        |header: &[u8; 16], at: usize| u32::from_ne_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    if word(&header, 0) == 0xa1b2_3c4d {
        stream.read_exact(&mut [0; 8]).ok()?;
        stream.read_exact(&mut header).ok()?;
    }
    let (seconds, nanoseconds, length) = (word(&header, 0), word(&header, 4), word(&header, 8));
    let mut bytes = vec![0; length as usize];
    stream.read_exact(&mut bytes).ok()?;
    Some((Stamp(u64::from(seconds) * 1_000_000_000 + u64::from(nanoseconds)), bytes))
}

// ── states ───────────────────────────────────────────────────────────────────────────────────────────────────────

type States = BTreeSet<(String, String, TcpState)>;

/// The actors of a wire's hosts are looked for among all threads of this process: one lab at a time.
static ONE_LAB: Mutex<()> = Mutex::new(());

fn states_agree(name: &str) -> Result<(), Failed> {
    let _alone = ONE_LAB.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut world, mut complaint, mut compared, mut on_wire) = (World::default(), None, 0, false);
    lab::script::run(&lesson(name)?, Watch::Private, &mut |event: &Event| {
        world.apply(event);
        if let What::Lab { link, .. } = &event.what {
            on_wire = *link == LinkKind::Wire;
        }
        if let What::LabEnd { block } = &event.what {
            compared += 1;
            let (ours, theirs) = (ours(&world), theirs(on_wire));
            if ours != theirs {
                complaint = Some(format!("after {block:?}\nwe say {ours:#?}\nss says {theirs:#?}"));
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })
    .map_err(|error| Failed::from(format!("{error:#}")))?;
    match complaint {
        Some(complaint) => Err(complaint.into()),
        None if compared == 0 => Err("nothing was compared".into()),
        None => Ok(()),
    }
}

fn ours(world: &World) -> States {
    let remote = |remote: Option<std::net::SocketAddr>| remote.map_or("*".to_owned(), |remote| remote.to_string());
    let sockets = world.sockets.iter();
    sockets.map(|((_, socket), now)| (socket.local.to_string(), remote(socket.remote), now.state)).collect()
}

/// What `ss` says here, or in every namespace in which an actor of a wire's hosts lives.
fn theirs(on_wire: bool) -> States {
    if on_wire { homes().iter().flat_map(|home| visit(home, ss)).collect() } else { ss() }
}

/// The network namespaces of the lab's actors.
fn homes() -> Vec<File> {
    let mut found = BTreeMap::new();
    for task in std::fs::read_dir("/proc/self/task").expect("tasks").flatten() {
        let name = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        let home = task.path().join("ns/net");
        if let (true, Ok(identity)) = (name.starts_with("actor-"), std::fs::read_link(&home)) {
            found.extend(File::open(&home).map(|home| (identity, home)));
        }
    }
    found.into_values().collect()
}

/// Does something in a namespace, in a thread that goes there.
fn visit<T: Send>(home: &File, work: impl FnOnce() -> T + Send) -> T {
    let there = || {
        move_into_link_name_space(home.as_fd(), Some(LinkNameSpaceType::Network)).expect("our own namespace");
        work()
    };
    thread::scope(|scope| scope.spawn(there).join().expect("it does not panic"))
}

fn ss() -> States {
    let output = Command::new("ss").args(["-tanH"]).output().expect("ss runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let peer = if words[4].ends_with(":*") { "*" } else { words[4] };
            (words[3].to_owned(), peer.to_owned(), state(words[0]))
        })
        .collect()
}

fn state(word: &str) -> TcpState {
    match word {
        "ESTAB" => TcpState::Established,
        "UNCONN" => TcpState::Closed,
        other => other.parse().unwrap_or_else(|()| panic!("ss says {other}, which is no state")),
    }
}
