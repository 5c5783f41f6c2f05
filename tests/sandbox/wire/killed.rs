//! A process that is killed leaves nothing: no namespaces, no interfaces, no processes. Nor does a wire that ends.
//!
//! The kernel takes namespaces away in a thread of its own, some time after the last who used them: so that is waited
//! for. Where there may be only five of them, and each wire needs three, none of a few wires before may be left, and
//! in the end there must be room for all five.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    io::Errno,
    process::{Signal, WaitOptions, getpid, set_child_subreaper, set_parent_process_death_signal, wait},
    thread::UnshareFlags,
};
use wiretutor::{
    kernel::{state::TcpState, sys},
    link::{
        netns::{Handle, sysctl},
        wire::{Decision, PATIENT, Wire, abort_when_closed},
    },
};

use super::hands::{Always, CLIENT, Lab, SERVER, client_ip, deliver, endpoint, hold, plan, server_ip};
use crate::{
    SCENE,
    stage::{Played, Scene, become_ordinary, enter_private, limit, machine_of_our_own},
};

pub(crate) const SCENES: &[Scene] = &[
    Scene::anybody("wire::a_process_killed_while_it_builds_leaves_nothing", while_building),
    Scene::anybody("wire::a_process_killed_while_it_holds_leaves_nothing", while_holding),
    Scene::anybody("wire::a_process_killed_in_bulk_leaves_nothing", in_bulk),
    Scene::anybody("wire::a_wire_that_ends_breaks_connections_off_and_leaves_nothing", ended),
    Scene::aside("wire_that_builds", builds),
    Scene::aside("wire_that_holds", holds),
    Scene::aside("wire_in_bulk", flows),
    Scene::aside("takes_all_namespaces", takes_all_namespaces),
];

const NAMESPACES: u32 = 5;
/// The kernel cleans up for the whole machine, one after the other.
const CLEANING: Duration = Duration::from_secs(20);
/// What a process says when it is where it is to be killed.
const READY: &str = "ready";

/// At moments that lie from the first namespace to the finished wire, which takes some three milliseconds.
fn while_building() -> Played {
    killed("wire_that_builds", (0..12).map(|step| step * Duration::from_micros(300)))
}

fn while_holding() -> Played {
    killed("wire_that_holds", (0..4).map(|step| step * Duration::from_millis(1)))
}

fn in_bulk() -> Played {
    killed("wire_in_bulk", (0..4).map(|step| step * Duration::from_millis(5)))
}

/// Kills a process that plays this scene as often as there are delays, each time so long after it is ready.
fn killed(scene: &str, delays: impl Iterator<Item = Duration>) -> Played {
    machine_of_our_own()?;
    limit("net", NAMESPACES);
    // Whoever loses its parent becomes a child of ours.
    set_child_subreaper(Some(getpid())).unwrap();
    let interfaces = interfaces();
    for delay in delays {
        let mut child = ready(scene);
        let ready = Instant::now();
        while ready.elapsed() < delay {
            thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(wait(WaitOptions::NOHANG).unwrap_err(), Errno::CHILD, "no process is left");
    }
    let all = Command::new(env::current_exe().unwrap()).args([SCENE, "takes_all_namespaces"]).output().unwrap();
    assert!(all.status.success(), "{}", String::from_utf8_lossy(&all.stderr));
    assert_eq!(self::interfaces(), interfaces);
    Ok(())
}

/// A process that is where it is to be killed. There may be none until what the one before has left is away.
fn ready(scene: &str) -> Child {
    let deadline = Instant::now() + CLEANING;
    loop {
        let mut child =
            Command::new(env::current_exe().unwrap()).args([SCENE, scene]).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        if said.trim() == READY {
            return child;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(Instant::now() < deadline, "{said}");
    }
}

/// The names of the interfaces of the namespace in which the scene is played.
fn interfaces() -> Vec<String> {
    let counts = fs::read_to_string("/proc/thread-self/net/dev").unwrap();
    counts.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name.trim().to_owned()).collect()
}

fn say_ready() {
    println!("{READY}");
}

fn wait_for_the_end() -> ! {
    loop {
        thread::park();
    }
}

/// As an ordinary user, who does not outlive the one that is to kill him.
fn begin() -> Played {
    become_ordinary();
    enter_private()?;
    set_parent_process_death_signal(Some(Signal::KILL)).unwrap();
    Ok(())
}

/// Builds as soon as it may.
fn build(decision: &Decision) -> Wire<()> {
    let deadline = Instant::now() + CLEANING;
    loop {
        match Wire::build(plan(), Always(decision.clone()), |_| {}) {
            Ok(wire) => return wire,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        thread::yield_now();
    }
}

fn builds() -> Played {
    begin()?;
    say_ready();
    let _wire = build(&Decision::Hold);
    wait_for_the_end()
}

fn holds() -> Played {
    begin()?;
    let wire = build(&Decision::Hold);
    let socket = wire.hosts()[CLIENT].namespace.run(|| UdpSocket::bind((client_ip(), 0))).unwrap();
    socket.send_to(b"held", endpoint(server_ip(), 9)).unwrap();
    say_ready();
    wait_for_the_end()
}

fn flows() -> Played {
    const BLOCK: usize = 1 << 18;
    begin()?;
    let wire = build(&Decision::Deliver);
    let server = endpoint(server_ip(), 80);
    let listener = wire.hosts()[SERVER].namespace.run(|| TcpListener::bind(server)).unwrap();
    abort_when_closed(&listener, true).unwrap();
    let mut caller = wire.hosts()[CLIENT].namespace.run(|| TcpStream::connect(server)).unwrap();
    abort_when_closed(&caller, true).unwrap();
    let (mut accepted, _) = listener.accept().unwrap();
    thread::spawn(move || {
        loop {
            caller.write_all(&[7; BLOCK]).unwrap();
        }
    });
    let mut read = vec![0; BLOCK];
    accepted.read_exact(&mut read).unwrap();
    say_ready();
    loop {
        accepted.read_exact(&mut read).unwrap();
    }
}

/// Where the kernel can break it off, also a connection of which nobody holds the one end any more.
fn ended() -> Played {
    machine_of_our_own()?;
    limit("net", NAMESPACES);
    enter_private()?;
    let release = sysctl("kernel.osrelease").unwrap();
    let numbers: Vec<u32> = release.split(['.', '-']).map_while(|number| number.parse().ok()).collect();
    let mut plan = plan();
    plan.hosts.iter_mut().for_each(|host| *host = host.clone().with(&PATIENT));
    let mut lab = Lab::again(plan, deliver);
    let (caller, mut accepted, ends) = lab.connection(80);
    lab.follow(hold);
    let caller = (numbers < vec![6, 11]).then_some(caller);
    if caller.is_none() {
        lab.expect_state(CLIENT, ends, Some(TcpState::FinWait1));
    }
    drop(lab);
    assert_eq!(accepted.read(&mut [0]).unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    drop((caller, accepted));
    take_all_namespaces();
    Ok(())
}

fn takes_all_namespaces() -> Played {
    become_ordinary();
    sys::unshare(UnshareFlags::NEWUSER).unwrap();
    take_all_namespaces();
    Ok(())
}

/// There is room for all that are allowed, as soon as the kernel has taken those before away.
fn take_all_namespaces() {
    let (mut taken, deadline) = (Vec::new(), Instant::now() + CLEANING);
    while taken.len() < NAMESPACES as usize {
        match Handle::unshare() {
            Ok(handle) => taken.push(handle),
            Err(error) => assert!(Instant::now() < deadline, "{} are free: {error}", taken.len()),
        }
        thread::yield_now();
    }
    assert!(Handle::unshare().is_err(), "no more than {NAMESPACES} are allowed");
}
