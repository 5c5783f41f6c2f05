//! Each grade is reached, with the words that belong to it, and root is given up on every way.

use std::{
    fs,
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    process::{Child, Command, Stdio},
    thread,
};

use rustix::{
    pipe::{PipeFlags, pipe_with},
    process::{Signal, chroot, set_parent_process_death_signal},
    thread::{
        CapabilitySet, CapabilitySets, Gid, Uid, UnshareFlags, set_capabilities, set_thread_groups, set_thread_res_uid,
    },
};
use wiretutor::{
    kernel::sys,
    link::{
        Watch,
        capture::Capture,
        netns::{enter_private as enter_network, sysctl},
        sandbox::{self, Attempt, Sandbox, Step},
    },
};

use crate::{
    SCENE,
    stage::{
        Ignored, NOBODY, Played, Scene, become_ordinary, copy_for_everybody, enter_private, limit, machine_of_our_own,
        status,
    },
};

pub(crate) const SCENES: &[Scene] = &[
    Scene::anybody("grades::private_by_whoever_started_it", private_by_whoever_started_it),
    Scene::anybody("grades::a_private_network_has_nothing_but_lo", a_private_network_has_nothing_but_lo),
    Scene::anybody("grades::two_threads_have_two_networks", two_threads_have_two_networks),
    Scene::anybody("grades::a_process_with_threads_is_refused", a_process_with_threads_is_refused),
    Scene::anybody("grades::mapped_root_has_nothing_to_give_up", mapped_root_has_nothing_to_give_up),
    Scene::anybody("grades::without_user_namespaces_unwatched", without_user_namespaces_unwatched),
    Scene::anybody("grades::without_network_namespaces_unwatched", without_network_namespaces_unwatched),
    Scene::anybody("grades::without_proc_unwatched", without_proc_unwatched),
    Scene::anybody("grades::killed_it_leaves_nothing", killed_it_leaves_nothing),
    Scene::aside("held_until_killed", held_until_killed),
    Scene::root("grades::root_becomes_who_called_sudo", root_becomes_who_called_sudo),
    Scene::root("grades::root_makes_what_the_user_may_not", root_makes_what_the_user_may_not),
    Scene::root("grades::root_without_user_namespaces_keeps_four_rights", root_without_user_namespaces),
    Scene::root("grades::root_without_namespaces_watches_the_loopback", root_without_namespaces),
    Scene::root("grades::root_without_any_right_is_still_given_up", root_without_any_right),
    Scene::root("grades::root_that_cannot_be_given_up_is_an_error", root_that_cannot_be_given_up),
    Scene::root("grades::file_capabilities_and_namespaces_go_together", file_capabilities_with_namespaces),
    Scene::root("grades::file_capabilities_watch_the_loopback", file_capabilities_without_namespaces),
    Scene::aside("played_with_file_capabilities", played_with_file_capabilities),
];

/// Bits 10, 12, 13 and 21: bind service, network administration, raw sockets, system administration.
const NETWORK_RIGHTS: &str = "0000000000203400";

fn private_by_whoever_started_it() -> Played {
    let sandbox = enter_private()?;
    assert!(sandbox.refusals.is_empty(), "{sandbox:?}");
    assert_eq!(status("NoNewPrivs:"), "1");
    assert_eq!(status("CapEff:"), NETWORK_RIGHTS);
    // What one may not do with one's own files outside, one may not do inside.
    let closed = tempfile::NamedTempFile::new().unwrap();
    fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o000)).unwrap();
    assert_eq!(fs::read(closed.path()).unwrap_err().kind(), ErrorKind::PermissionDenied);
    Ok(())
}

fn a_private_network_has_nothing_but_lo() -> Played {
    enter_private()?;
    let network = enter_network().unwrap();
    let interfaces = fs::read_to_string("/proc/thread-self/net/dev").unwrap();
    let names: Vec<&str> = interfaces.lines().skip(2).filter_map(|line| line.trim().split(':').next()).collect();
    assert_eq!(names, ["lo"]);
    for address in ["127.0.0.1:80", "[::1]:80"] {
        if address.starts_with('[') && !network.ipv6 {
            continue;
        }
        // A port that only root may have: inside, we are root.
        let listener = TcpListener::bind(address).unwrap();
        TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    }
    let away = TcpStream::connect("192.0.2.1:80").unwrap_err();
    assert_eq!(away.kind(), ErrorKind::NetworkUnreachable);
    if network.unset.is_empty() {
        assert_eq!(sysctl("net.ipv4.tcp_congestion_control").unwrap(), "reno");
        assert_eq!(sysctl("net.ipv4.tcp_no_metrics_save").unwrap(), "1");
    }
    Ok(())
}

fn two_threads_have_two_networks() -> Played {
    enter_private()?;
    let network = || {
        enter_network().unwrap();
        // The same port twice, and a thread that is started here shares the network.
        let listener = TcpListener::bind("127.0.0.1:80").unwrap();
        thread::spawn(|| TcpStream::connect("127.0.0.1:80").unwrap()).join().unwrap();
        (fs::read_link("/proc/thread-self/ns/net").unwrap(), listener)
    };
    let (one, two) = (thread::spawn(network), thread::spawn(network));
    let ((one, _first), (two, _second)) = (one.join().unwrap(), two.join().unwrap());
    assert_ne!(one, two);
    Ok(())
}

fn a_process_with_threads_is_refused() -> Played {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let other = thread::spawn(move || wait.recv());
    let refusal = sandbox::enter().expect_err("two threads");
    assert_eq!((refusal.tried, refusal.step), (Attempt::Begin, Step::OneThread));
    assert!(refusal.to_string().contains("before the first thread is started"), "{refusal}");
    drop(release);
    let _ = other.join().unwrap();
    Ok(())
}

fn mapped_root_has_nothing_to_give_up() -> Played {
    enter_private()?;
    let again = sandbox::enter().unwrap();
    assert_eq!(again.notes, ["Root only of a user namespace: there is no host's root to give up."]);
    match again.watch {
        Watch::Private => Ok(()),
        _ => panic!("{:?}", again.refusals),
    }
}

fn without_user_namespaces_unwatched() -> Played {
    machine_of_our_own()?;
    limit("user", 0);
    become_ordinary();
    let sandbox = sandbox::enter().unwrap();
    refused(&sandbox, Watch::Unwatched, &[Step::UserNamespace, Step::PacketSocket]);
    assert_eq!(sandbox.refusals[0].mend.as_deref(), Some("sudo sysctl -w user.max_user_namespaces=15000"));
    assert!(sandbox.refusals[0].to_string().contains("unshare(CLONE_NEWUSER) (ENOSPC)"), "{sandbox:?}");
    let mend = sandbox.refusals[1].mend.as_deref().unwrap();
    assert!(mend.contains("setcap cap_net_raw+ep") || mend.contains("--cap-add NET_RAW"), "{mend}");
    Ok(())
}

fn without_network_namespaces_unwatched() -> Played {
    machine_of_our_own()?;
    limit("net", 0);
    become_ordinary();
    let sandbox = sandbox::enter().unwrap();
    refused(&sandbox, Watch::Unwatched, &[Step::NetworkNamespace, Step::PacketSocket]);
    assert_eq!(sandbox.refusals[0].mend.as_deref(), Some("sudo sysctl -w user.max_net_namespaces=15000"));
    // The attempt was a copy's: this process is where it was.
    assert_ne!(status("Uid:").split(' ').next(), Some("0"));
    Ok(())
}

fn without_proc_unwatched() -> Played {
    let empty = tempfile::tempdir().unwrap();
    machine_of_our_own()?;
    chroot(empty.path()).unwrap();
    rustix::process::chdir("/").unwrap();
    become_ordinary();
    let sandbox = sandbox::enter().unwrap();
    assert_eq!(sandbox.watch, Watch::Unwatched);
    let refusal = &sandbox.refusals[0];
    assert!(refusal.why.contains("there is no /proc"), "{refusal}");
    assert_eq!(refusal.mend.as_deref(), Some("sudo mount -t proc proc /proc"));
    Ok(())
}

/// The host's interfaces, addresses and routes, and every network namespace that a process we may look at is in.
fn hosts_network() -> Vec<String> {
    let files = ["dev", "route", "ipv6_route", "if_inet6", "fib_trie"];
    let tables = files.into_iter().filter_map(|name| fs::read_to_string(format!("/proc/self/net/{name}")).ok());
    // Counters change by themselves: only names and addresses count.
    let names = tables.flat_map(|table| {
        let first = |line: &str| line.split_ascii_whitespace().next().unwrap_or_default().to_owned();
        table.lines().map(first).collect::<Vec<_>>()
    });
    names.collect()
}

fn namespaces() -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| fs::read_link(process.path().join("ns/net")).ok())
        .map(|p| p.display().to_string())
        .collect()
}

fn killed_it_leaves_nothing() -> Played {
    let before = hosts_network();
    let mut held = Command::new(std::env::current_exe().unwrap())
        .args([SCENE, "held_until_killed"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let Some(network) = first_line(&mut held) else {
        held.wait().unwrap();
        return Err(Ignored("there are no private namespaces here".into()));
    };
    assert_eq!(hosts_network(), before, "the host's network is not touched");
    held.kill().unwrap();
    held.wait().unwrap();
    assert!(!namespaces().contains(&network), "{network} outlived its process");
    assert_eq!(hosts_network(), before);
    Ok(())
}

fn first_line(child: &mut Child) -> Option<String> {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut()?).read_line(&mut line).ok()?;
    Some(line.trim().to_owned()).filter(|line| line.starts_with("net:["))
}

/// The other side of the scene above.
fn held_until_killed() -> Played {
    enter_private()?;
    enter_network().unwrap();
    let _capture = Capture::start("lo", |_| true, |_| {}).unwrap();
    println!("{}", fs::read_link("/proc/thread-self/ns/net").unwrap().display());
    std::io::stdout().flush().unwrap();
    // Until the end that never comes of itself.
    let _ = std::io::stdin().read(&mut [0; 1]);
    Ok(())
}

/// The host's root is gone: its files are closed, its user cannot be taken up again.
fn root_is_gone() {
    let shadow = fs::read("/etc/shadow").expect_err("/etc/shadow is still readable");
    assert_eq!(shadow.kind(), ErrorKind::PermissionDenied);
    let home = fs::read_dir("/proc/1/fd").map(drop).expect_err("init's files are still visible");
    assert_eq!(home.kind(), ErrorKind::PermissionDenied);
    assert_eq!(status("Groups:"), "");
    assert_eq!(status("NoNewPrivs:"), "1");
}

/// The groups that a login of root may have. The second opens `/etc/shadow` on many machines.
fn take_groups_of_root() {
    use std::os::unix::fs::MetadataExt;
    let group = fs::metadata("/etc/shadow").map_or(42, |shadow| shadow.gid());
    set_thread_groups(&[Gid::ROOT, Gid::from_raw(group)]).unwrap();
}

/// Seen from the host, it is the user who called `sudo`.
fn owner_of_a_new_file(folder: &tempfile::TempDir) -> (u32, u32) {
    use std::os::unix::fs::MetadataExt;
    let path = folder.path().join("mine");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let metadata = fs::metadata(&path).unwrap();
    (metadata.uid(), metadata.gid())
}

fn folder_for_everybody() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    folder
}

fn root_becomes_who_called_sudo() -> Played {
    take_groups_of_root();
    fs::read("/etc/shadow").map_err(|error| Ignored(format!("/etc/shadow cannot be read to begin with: {error}")))?;
    let folder = folder_for_everybody();
    let sandbox = enter_private()?;
    assert_eq!(sandbox.notes, ["Started by root: the host's root is given up, and user 12345 goes on."]);
    root_is_gone();
    // Mapped to 0 inside; the map's other side is the one who called.
    assert_eq!(
        fs::read_to_string("/proc/self/uid_map").unwrap().split_ascii_whitespace().collect::<Vec<_>>(),
        ["0", "12345", "1"]
    );
    assert_eq!(
        fs::read_to_string("/proc/self/gid_map").unwrap().split_ascii_whitespace().collect::<Vec<_>>(),
        ["0", "54321", "1"]
    );
    assert_eq!(owner_of_a_new_file(&folder), (0, 0), "seen from inside");
    enter_network().unwrap();
    Ok(())
}

fn root_makes_what_the_user_may_not() -> Played {
    take_groups_of_root();
    machine_of_our_own()?;
    limit("user", 2);
    // The caller of sudo has used up what is allowed to one user; root has not.
    let (_parked, _too) = (park_a_namespace(12345), park_a_namespace(12345));
    let folder = folder_for_everybody();
    let sandbox = sandbox::enter().unwrap();
    refused(&sandbox, Watch::Private, &[Step::UserNamespace]);
    root_is_gone();
    assert_eq!(owner_of_a_new_file(&folder), (0, 0), "seen from inside");
    assert_eq!(fs::read_to_string("/proc/self/uid_map").unwrap().split_ascii_whitespace().nth(1), Some("12345"));
    enter_network().unwrap();
    Ok(())
}

/// A process that holds a user namespace of that user, as long as this one lives.
fn park_a_namespace(uid: u32) -> sys::Child {
    let (ready, say_ready) = pipe_with(PipeFlags::CLOEXEC).unwrap();
    let (never, _open) = pipe_with(PipeFlags::CLOEXEC).unwrap();
    let child = sys::Child::start(|| {
        let uid = Uid::from_raw(uid);
        set_thread_res_uid(uid, uid, uid).unwrap();
        sys::unshare(UnshareFlags::NEWUSER).unwrap();
        // The change of user has undone this: a parked process has to end with its parent.
        set_parent_process_death_signal(Some(Signal::KILL)).unwrap();
        rustix::io::write(&say_ready, &[1]).unwrap();
        let _ = rustix::io::read(&never, &mut [0; 1]);
        Vec::new()
    })
    .unwrap();
    rustix::io::read(&ready, &mut [0; 1]).unwrap();
    child
}

fn root_without_user_namespaces() -> Played {
    take_groups_of_root();
    machine_of_our_own()?;
    limit("user", 0);
    let folder = folder_for_everybody();
    let sandbox = sandbox::enter().unwrap();
    refused(&sandbox, Watch::Private, &[Step::UserNamespace, Step::UserNamespace]);
    root_is_gone();
    for set in ["CapPrm:", "CapEff:", "CapBnd:"] {
        assert_eq!(status(set), NETWORK_RIGHTS, "{set}");
    }
    assert_eq!(status("Uid:"), "12345 12345 12345 12345");
    assert_eq!(owner_of_a_new_file(&folder), (12345, 54321));
    set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT).expect_err("root can be taken up again");
    assert!(enter_network().unwrap().unset.is_empty());
    Capture::start("lo", |_| true, |_| {}).unwrap();
    Ok(())
}

fn root_without_namespaces() -> Played {
    take_groups_of_root();
    machine_of_our_own()?;
    // The network that this machine has, so to speak.
    enter_network().map_err(|error| Ignored(error.to_string()))?;
    limit("user", 0);
    limit("net", 0);
    let sandbox = sandbox::enter().unwrap();
    refused(&sandbox, Watch::HostLoopback, &[Step::UserNamespace, Step::UserNamespace, Step::NetworkNamespace]);
    root_is_gone();
    assert_eq!(status("CapEff:"), "0000000000002000", "raw sockets only");
    assert_eq!(status("CapBnd:"), "0000000000002000");
    Capture::start("lo", |_| true, |_| {}).unwrap();
    Ok(())
}

fn root_without_any_right() -> Played {
    take_groups_of_root();
    machine_of_our_own()?;
    limit("user", 0);
    limit("net", 0);
    let sandbox = sandbox::enter().unwrap();
    let steps = [Step::UserNamespace, Step::UserNamespace, Step::NetworkNamespace, Step::PacketSocket];
    refused(&sandbox, Watch::Unwatched, &steps);
    root_is_gone();
    assert_eq!(status("Uid:"), "12345 12345 12345 12345");
    Ok(())
}

fn root_that_cannot_be_given_up() -> Played {
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none }).unwrap();
    let refusal = sandbox::enter().expect_err("going on as root would be wrong");
    assert_eq!((refusal.tried, refusal.step), (Attempt::GivingUpRoot, Step::BecomeUser));
    assert_eq!(refusal.mend.as_deref(), Some("start wiretutor as an ordinary user, without sudo"));
    Ok(())
}

fn refused(sandbox: &Sandbox, watch: Watch, steps: &[Step]) {
    let found: Vec<Step> = sandbox.refusals.iter().map(|refusal| refusal.step).collect();
    assert_eq!((sandbox.watch, found.as_slice()), (watch, steps), "{:#?}", sandbox.refusals);
}

fn file_capabilities_with_namespaces() -> Played {
    play_with_file_capabilities("private")
}

fn file_capabilities_without_namespaces() -> Played {
    machine_of_our_own()?;
    enter_network().map_err(|error| Ignored(error.to_string()))?;
    limit("user", 0);
    limit("net", 0);
    play_with_file_capabilities("host-loopback")
}

/// A copy of this program with `cap_net_raw+ep`, started by nobody.
fn play_with_file_capabilities(grade: &str) -> Played {
    // struct vfs_cap_data, revision 2, effective: permitted is bit 13, CAP_NET_RAW.
    const CAP_NET_RAW: [u8; 20] = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let folder = tempfile::tempdir().unwrap();
    let copy = copy_for_everybody(folder.path());
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(&copy, "security.capability", &CAP_NET_RAW, flags)
        .map_err(|error| Ignored(format!("no file capabilities in the folder for temporary files: {error}")))?;
    let output = Command::new(&copy)
        .args([SCENE, "played_with_file_capabilities"])
        .env("GRADE", grade)
        .uid(NOBODY)
        .gid(NOBODY)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => Ok(()),
        Some(77) => Err(Ignored(String::from_utf8_lossy(&output.stdout).trim().to_owned())),
        _ => panic!("{said}"),
    }
}

/// The other side of the scenes above.
fn played_with_file_capabilities() -> Played {
    let grade = std::env::var("GRADE").unwrap();
    if status("CapEff:") != "0000000000002000" {
        return Err(Ignored("file capabilities do not work in the folder for temporary files".into()));
    }
    let sandbox = sandbox::enter().unwrap();
    assert_eq!(serde_json::to_string(&sandbox.watch).unwrap(), format!("\"{grade}\""), "{:?}", sandbox.refusals);
    if sandbox.watch == Watch::Private {
        enter_network().unwrap();
    } else {
        assert_eq!(status("CapPrm:"), "0000000000002000");
    }
    Capture::start("lo", |_| true, |_| {}).unwrap();
    Ok(())
}
