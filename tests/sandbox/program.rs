//! The built program on machines that allow much, little and nothing: what it shows, and how it ends.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::PathBuf,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use rustix::{
    mount::{MountFlags, mount},
    thread::{
        CapabilitySet, CapabilitySets, UnshareFlags, configure_capability_in_ambient_set, set_capabilities,
        set_keep_capabilities,
    },
};
use serde_json::Value;
use tempfile::TempDir;
use wiretutor::{
    kernel::sys,
    link::netns::{enter_private as enter_network, set_sysctl},
};

use crate::stage::{Ignored, NOBODY, Played, Scene, become_nobody, become_ordinary, limit, machine_of_our_own};

pub(crate) const SCENES: &[Scene] = &[
    Scene::anybody("program::private", private),
    Scene::root("program::private_as_an_ordinary_user", private_as_nobody),
    Scene::root("program::private_under_sudo", private_under_sudo),
    Scene::anybody("program::on_the_hosts_loopback", host_loopback),
    Scene::anybody("program::other_traffic_of_the_host_is_not_shown", chatter),
    Scene::anybody("program::a_flood_of_other_traffic_is_not_shown", flooded),
    Scene::anybody("program::a_port_in_use_is_explained", port_in_use),
    Scene::anybody("program::unwatched_it_shows_a_recording_and_then_the_calls", unwatched),
    Scene::anybody("program::unwatched_it_checks_nothing_and_says_why", unwatched_check),
    Scene::anybody("program::without_proc_unwatched", without_proc),
    Scene::root("program::without_proc_under_sudo", without_proc_under_sudo),
];

/// Lessons of the program with a wire in them, and one without.
const ON_WIRE: [&str; 2] = ["handshake", "close"];
const ON_LOOPBACK: &str = "udp";

/// The program, where whoever a scene becomes can start it.
struct Program {
    folder: TempDir,
    path: PathBuf,
}

#[derive(Debug)]
struct Done {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Program {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wiretutor");
        fs::copy(env!("CARGO_BIN_EXE_wiretutor"), &path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        // Whoever runs the program may write a recording here.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        Self { folder, path }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_clear().env("LC_ALL", "C.UTF-8");
        command.envs(["SUDO_UID", "SUDO_GID"].into_iter().filter_map(|name| Some((name, env::var_os(name)?))));
        command
    }

    fn run(&self, arguments: &[&str]) -> Done {
        Done::of(&mut self.command(arguments))
    }

    /// A lesson about TCP that needs no wire.
    fn tcp_lesson(&self) -> &'static str {
        let text = "+++\ntitle = \"A\"\nsummary = \"A\"\nminutes = 1\n+++\n\n## A\n\n```lab\nserver listen tcp 8080\n\
                    client connect server:8080\nclient > server SYN\nserver > client SYN+ACK\n\
                    kernel client ESTABLISHED\nclient close\nclient > server FIN\n```\n";
        fs::write(self.folder.path().join("tcp.md"), text).unwrap();
        "./tcp.md"
    }

    /// A lesson of one's own, of which the program has no recording.
    fn own_lesson(&self) -> &'static str {
        let text =
            "+++\ntitle = \"A\"\nsummary = \"A\"\nminutes = 1\n+++\n\n## A\n\n```lab\nserver listen tcp 8080\n```\n";
        fs::write(self.folder.path().join("own.md"), text).unwrap();
        "./own.md"
    }
}

impl Done {
    fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { status: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    #[track_caller]
    fn exits(&self, status: i32) -> &Self {
        assert_eq!(self.status, Some(status), "{self:#?}");
        self
    }

    #[track_caller]
    fn says(&self, words: &str) -> &Self {
        assert!(self.out.contains(words), "{words:?} is missing: {self:#?}");
        self
    }

    #[track_caller]
    fn complains(&self, words: &str) -> &Self {
        assert!(self.err.contains(words), "{words:?} is missing: {self:#?}");
        self
    }
}

/// The frames of what `run --json` wrote.
fn frames(done: &Done) -> Vec<Value> {
    let lines = done.out.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|event| event["event"] == "frame").collect()
}

const PRIVATE: &str = "Lessons run in private namespaces";
const HOST_LOOPBACK: &str = "Lessons run on this machine's own loopback";
const UNWATCHED: &str = "Lessons run with real sockets, but their packets cannot be seen";

fn private() -> Played {
    let program = Program::new();
    if let Some(why) = no_private(&program.run(&["doctor"])) {
        return Err(Ignored(why));
    }
    program.run(&["run", "handshake"]).exits(0).says("client > server  SYN seq=").says("claims checked, all hold");
    program.run(&["check"]).exits(0).says("0 failed, 0 skipped");
    Ok(())
}

/// What doctor says instead of private namespaces.
fn no_private(doctor: &Done) -> Option<String> {
    (!doctor.out.contains(PRIVATE)).then(|| doctor.out.lines().last().unwrap_or_default().to_owned())
}

fn private_as_nobody() -> Played {
    let program = Program::new();
    let done = |arguments: &[&str]| Done::of(program.command(arguments).uid(NOBODY).gid(NOBODY));
    if let Some(why) = no_private(&done(&["doctor"])) {
        return Err(Ignored(why));
    }
    let run = done(&["run", "handshake"]);
    run.exits(0).says("claims checked, all hold");
    assert_eq!(run.err, "", "there is nothing to remark");
    done(&["check"]).exits(0);
    Ok(())
}

fn private_under_sudo() -> Played {
    let program = Program::new();
    let doctor = program.run(&["doctor"]);
    if let Some(why) = no_private(&doctor) {
        return Err(Ignored(why));
    }
    let run = program.run(&["run", "handshake", "--record", "kept"]);
    run.exits(0).complains("the host's root is given up, and user 12345 goes on");
    use std::os::unix::fs::MetadataExt;
    assert_eq!(fs::metadata(program.folder.path().join("kept")).unwrap().uid(), 12345, "who owns the recording");
    program.run(&["check"]).exits(0);
    Ok(())
}

/// A machine with a network of its own, in which nobody may make namespaces and this process may watch packets.
fn machine_that_may_be_watched() -> Played {
    machine_with_a_network()?;
    set_keep_capabilities(true).unwrap();
    become_nobody();
    let raw = CapabilitySet::NET_RAW;
    set_capabilities(None, CapabilitySets { effective: raw, permitted: raw, inheritable: raw }).unwrap();
    // So that the program has it too.
    configure_capability_in_ambient_set(raw, true).unwrap();
    Ok(())
}

fn machine_with_a_network() -> Played {
    machine_of_our_own()?;
    enter_network().map_err(|error| Ignored(error.to_string()))?;
    limit("user", 0);
    limit("net", 0);
    Ok(())
}

fn host_loopback() -> Played {
    let program = Program::new();
    machine_that_may_be_watched()?;
    let tcp = program.tcp_lesson();
    for lesson in [ON_LOOPBACK, tcp] {
        let run = program.run(&["run", lesson]);
        run.exits(0).says("claims checked, all hold");
        run.complains("note: the lesson runs on this machine's own loopback (127.0.0.0/8)");
    }
    is_recorded_without_wire(&program);
    program.run(&["check", "--repeat", "2", ON_LOOPBACK, tcp]).exits(0).says("2 passed, 0 failed, 0 skipped");
    program.run(&["check", "handshake"]).exits(3).says("its wire needs private namespaces and /proc");
    let json = program.run(&["run", tcp, "--json"]);
    json.exits(0).says("\"watch\":\"host-loopback\"");
    assert!(frames(&json).len() >= 3, "{json:#?}");
    program.run(&["run", program.own_lesson()]).exits(0);
    program.run(&["doctor"]).says(HOST_LOOPBACK).says("ok    this machine's loopback can be watched (CAP_NET_RAW)");
    Ok(())
}

/// Where no wire can be laid, a lesson on one is its recording and nothing else.
fn is_recorded_without_wire(program: &Program) {
    for lesson in ON_WIRE {
        let done = program.run(&["run", lesson]);
        done.exits(0).complains("note: this lesson puts its hosts on a wire, which needs private namespaces");
        done.says("RECORDED: this was recorded earlier.").says("claims checked, all hold");
        assert!(!done.out.contains("LIVE: "), "{done:#?}");
    }
}

/// Two other programs, so to speak, that talk over UDP and TCP on 127.0.0.1.
struct Others {
    client: TcpStream,
    server: TcpStream,
    one: UdpSocket,
    two: UdpSocket,
}

impl Others {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let bound = || UdpSocket::bind("127.0.0.1:0").unwrap();
        Self { client, server: listener.accept().unwrap().0, one: bound(), two: bound() }
    }

    fn talk(&mut self) {
        self.one.send_to(b"flood", self.two.local_addr().unwrap()).unwrap();
        self.two.recv(&mut [0; 5]).unwrap();
        self.client.write_all(b"flood").unwrap();
        self.server.read_exact(&mut [0; 5]).unwrap();
    }

    fn ports(&self) -> Vec<u64> {
        let ends = [self.client.local_addr(), self.client.peer_addr(), self.one.local_addr(), self.two.local_addr()];
        ends.into_iter().map(|end| end.unwrap().port().into()).collect()
    }

    /// None of their frames is shown.
    fn are_not_in(&self, done: &Done) {
        let ports = self.ports();
        for frame in frames(done) {
            let is_theirs = |end| frame["packet"][end].as_u64().is_some_and(|port| ports.contains(&port));
            assert!(!["sport", "dport"].into_iter().any(is_theirs), "another's frame: {frame}");
        }
    }
}

/// Others talk whenever the program has written a line.
fn chatter() -> Played {
    let program = Program::new();
    machine_that_may_be_watched()?;
    let mut others = Others::new();
    let mut child = program.command(&["run", program.tcp_lesson(), "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        out = out + &line.unwrap() + "\n";
        (0..20).for_each(|_| others.talk());
    }
    let done = Done { status: child.wait().unwrap().code(), out, err: String::new() };
    done.exits(0);
    assert!(!frames(&done).is_empty(), "{done:#?}");
    others.are_not_in(&done);
    Ok(())
}

/// Others talk as fast as they can. What the program could not keep up with it says: then its own packets may be
/// among what it missed.
fn flooded() -> Played {
    let program = Program::new();
    machine_that_may_be_watched()?;
    let mut others = Others::new();
    let over = AtomicBool::new(false);
    let done = thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                others.talk();
            }
        });
        let done = program.run(&["run", "udp", "--json"]);
        over.store(true, Ordering::Relaxed);
        done
    });
    let expected = if done.out.contains("\"event\":\"capture-lost\"") { [0, 1] } else { [0, 0] };
    assert!(done.status.is_some_and(|status| expected.contains(&status)), "{done:#?}");
    others.are_not_in(&done);
    Ok(())
}

fn port_in_use() -> Played {
    let program = Program::new();
    machine_that_may_be_watched()?;
    let _held = TcpListener::bind("0.0.0.0:8080").unwrap();
    let run = program.run(&["run", program.tcp_lesson()]);
    run.exits(1)
        .says("the call failed: EADDRINUSE")
        .says("another program of this machine has this port")
        .says("ss -tulnp");
    program.run(&["check", program.tcp_lesson()]).exits(1).says("EADDRINUSE");
    Ok(())
}

/// A machine with a network of its own and no rights in it, whose ports tell its own numbers from recorded ones.
fn machine_without_rights() -> Played {
    machine_with_a_network()?;
    set_sysctl("net.ipv4.ip_local_port_range", "20000 20200").unwrap();
    become_ordinary();
    Ok(())
}

fn unwatched() -> Played {
    let program = Program::new();
    machine_without_rights()?;
    shows_recording_and_calls(&program);
    let json = program.run(&["run", "handshake", "--json", "--record", "kept"]);
    json.exits(0).says("\"recorded\":true");
    let kept = fs::read_to_string(program.folder.path().join("kept")).unwrap();
    assert_eq!(kept, json.out, "a recording of a recording is labelled too");
    let done = program.run(&["run", ON_LOOPBACK, "--pcapng", "captured"]);
    done.exits(0).says("LIVE: ");
    let captured = fs::read(program.folder.path().join("captured")).unwrap();
    let about = String::from_utf8_lossy(&captured).into_owned();
    assert!(about.contains("RECORDED: this was recorded earlier.") && !about.contains("LIVE: "), "{about}");
    program.run(&["doctor"]).exits(3).says(UNWATCHED);
    Ok(())
}

/// Both parts are whole, each is labelled, and no number of one is in the other.
fn shows_recording_and_calls(program: &Program) {
    is_recorded_without_wire(program);
    let done = program.run(&["run", ON_LOOPBACK]);
    done.exits(0).complains("note: packets cannot be watched on this machine");
    let (recorded, live) = done.out.split_once("\nLIVE: ").expect("a live part");
    assert!(recorded.contains("RECORDED: this was recorded earlier."), "{recorded}");
    assert!(recorded.contains("client > server  ") && recorded.contains("claims checked, all hold"), "{recorded}");
    assert!(one_line(live).contains("Every number below is of this run, and none above is."), "{live}");
    assert!(live.contains("socket(AF_INET") && !live.contains("client > server  "), "{live}");
    let is_ours = |port: &u32| (20_000..=20_200).contains(port);
    assert!(ports(live).iter().any(is_ours), "no number of this run in {live}");
    assert!(!ports(recorded).iter().any(is_ours), "a number of this run in {recorded}");
    let recorded_ports: Vec<u32> = ports(recorded).into_iter().filter(|port| *port >= 32_768).collect();
    assert!(!recorded_ports.is_empty(), "no number of the recording in {recorded}");
    let both: Vec<u32> = ports(live).into_iter().filter(|port| recorded_ports.contains(port)).collect();
    assert!(both.is_empty(), "{both:?} of the recording in {live}");
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every port behind an address: what stands behind a colon.
fn ports(text: &str) -> Vec<u32> {
    let behind = text.split(':').skip(1);
    behind.filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()).collect()
}

fn unwatched_check() -> Played {
    let program = Program::new();
    machine_without_rights()?;
    let check = program.run(&["check"]);
    check.exits(3).complains("packets cannot be watched on this machine, so no claim can be checked");
    check.complains("user.max_user_namespaces");
    assert_eq!(check.out, "");
    let run = program.run(&["run", program.own_lesson()]);
    run.exits(3).complains("there is no recording of this lesson").complains("`wiretutor doctor` says what mends it");
    assert_eq!(run.out, "");
    program.run(&["list"]).exits(0);
    Ok(())
}

/// As in a bare chroot, but for the libraries that the program needs.
fn hide_proc() {
    sys::unshare(UnshareFlags::NEWNS).unwrap();
    mount("tmpfs", "/proc", "tmpfs", MountFlags::RDONLY, None).unwrap();
}

fn without_proc() -> Played {
    let program = Program::new();
    machine_of_our_own()?;
    enter_network().map_err(|error| Ignored(error.to_string()))?;
    set_sysctl("net.ipv4.ip_local_port_range", "20000 20200").unwrap();
    hide_proc();
    become_ordinary();
    shows_recording_and_calls(&program);
    program.run(&["check"]).exits(3).complains("there is no /proc");
    program.run(&["doctor"]).exits(3).says(UNWATCHED).says("there is no /proc");
    Ok(())
}

/// Root can make a network without a map of users. Which calls sleep is then guessed from how long they take.
fn without_proc_under_sudo() -> Played {
    let program = Program::new();
    machine_of_our_own()?;
    hide_proc();
    for lesson in [ON_LOOPBACK, program.tcp_lesson()] {
        program.run(&["run", lesson]).exits(0).says("claims checked, all hold");
    }
    is_recorded_without_wire(&program);
    program.run(&["doctor"]).says(PRIVATE);
    Ok(())
}
