//! `doctor` tells what it found, in each grade, and looking changes nothing.

use std::fs;

use wiretutor::{command::doctor, link::netns::enter_private as enter_network};

use crate::stage::{Ignored, Played, Scene, become_ordinary, enter_private, limit, machine_of_our_own, status};

pub(crate) const SCENES: &[Scene] = &[
    Scene::anybody("doctor::finds_private_namespaces_and_a_handshake", private),
    Scene::anybody("doctor::names_the_command_that_mends_a_refusal", unwatched),
    Scene::anybody("doctor::looking_changes_nothing", changes_nothing),
    Scene::root("doctor::finds_the_hosts_loopback", host_loopback),
];

fn told() -> (bool, String) {
    colored::control::set_override(false);
    let mut out = Vec::new();
    let fine = doctor::run(&mut out).unwrap();
    (fine, String::from_utf8(out).unwrap())
}

fn has_line(text: &str, beginning: &str) {
    assert!(text.lines().any(|line| line.starts_with(beginning)), "no line begins with {beginning:?} in\n{text}");
}

fn private() -> Played {
    // In a process of its own first, to know whether this machine has what is looked for.
    if let Some(why) = why_not_private() {
        return Err(Ignored(why));
    }
    let (fine, text) = told();
    has_line(&text, "ok    private namespaces: a network of its own");
    has_line(&text, "ok    IPv4: a handshake was captured, packet by packet");
    has_line(&text, "ok    sock_diag answers, and TCP_INFO tells ");
    has_line(&text, "Lessons run in private namespaces");
    assert!(fine && !text.lines().any(|line| line.starts_with("no ")), "{text}");
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with("Lessons")) {
        assert!(["ok    ", "no    ", "note  "].iter().any(|word| line.starts_with(word)), "{line:?}");
    }
    Ok(())
}

fn why_not_private() -> Option<String> {
    let probe = || enter_private().err().map(|Ignored(why)| why.into_bytes()).unwrap_or_default();
    let why = wiretutor::kernel::sys::in_child(probe).unwrap();
    if why.is_empty() { None } else { Some(String::from_utf8(why).unwrap()) }
}

fn unwatched() -> Played {
    machine_of_our_own()?;
    limit("user", 0);
    become_ordinary();
    let (fine, text) = told();
    assert!(!fine);
    has_line(&text, "no    private namespaces: refused at unshare(CLONE_NEWUSER) (ENOSPC): ");
    has_line(&text, "no    watching the host's loopback: refused at socket(AF_PACKET) (EPERM): ");
    assert!(text.contains("Mend it: sudo sysctl -w user.max_user_namespaces=15000\n"), "{text}");
    has_line(&text, "ok    IPv4: a connection on the loopback");
    has_line(&text, "Lessons run with real sockets, but their packets cannot be seen");
    Ok(())
}

fn host_loopback() -> Played {
    machine_of_our_own()?;
    enter_network().map_err(|error| Ignored(error.to_string()))?;
    limit("user", 0);
    limit("net", 0);
    let (_, text) = told();
    has_line(&text, "ok    this machine's loopback can be watched (CAP_NET_RAW)");
    has_line(&text, "ok    IPv4: a handshake was captured, packet by packet");
    has_line(&text, "Lessons run on this machine's own loopback");
    Ok(())
}

fn changes_nothing() -> Played {
    let state = || {
        let namespaces = ["user", "net"].map(|kind| fs::read_link(format!("/proc/self/ns/{kind}")).unwrap());
        (namespaces, ["Uid:", "Groups:", "CapEff:", "CapBnd:", "NoNewPrivs:", "Threads:"].map(status))
    };
    let before = state();
    told();
    assert_eq!(state(), before);
    Ok(())
}
