//! What the wire stands on: hosts, addresses, limits, and that nothing of it is left.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use wiretutor::{
    kernel::clock::Stamp,
    link::{
        netns::{Handle, sysctl},
        wire::{Address, Decision, HostPlan, PATIENT, Plan, Why, Wire, WireReport},
    },
    packet::{ArpOperation, Checksum},
};

use super::hands::{
    Always, CLIENT, Lab, PATIENCE, SERVER, address_of, client_ip, close, deliver, descriptors, endpoint,
    enter_with_ipv6, hold, packet, plan, server_ip,
};
use crate::stage::{Played, Scene, enter_private, limit, machine_of_our_own};

pub(crate) const SCENES: &[Scene] = &[
    Scene::anybody("wire::the_very_first_frame_arrives_and_has_the_kernels_time", first_frame),
    Scene::anybody("wire::hosts_that_do_not_know_each_other_ask", arp),
    Scene::anybody("wire::without_ipv6_nothing_is_sent", silence),
    Scene::anybody("wire::ipv6_says_nothing_where_neighbours_are_known", silence_of_ipv6),
    Scene::anybody("wire::ipv6_connects_known_and_unknown", ipv6),
    Scene::anybody("wire::the_mtu_is_kept", mtu),
    Scene::anybody("wire::a_frame_too_large_for_the_receiver_is_reported", too_large),
    Scene::anybody("wire::a_third_host_hears_only_what_is_for_it", three_hosts),
    Scene::anybody("wire::settings_are_made_or_named", settings),
    Scene::anybody("wire::a_flood_is_bounded_and_counted", flood),
    Scene::anybody("wire::a_thousand_connections_leave_no_descriptor", thousand_connections),
    Scene::anybody("wire::stopping_with_frames_held_ends_at_once", stopping),
    Scene::anybody("wire::who_builds_stays_where_it_is", builder_stays),
    Scene::anybody("wire::what_can_not_be_built_is_an_error_and_leaves_nothing", not_built),
];

/// An end of a pair that has just been raised may lose what is sent into it, the longer the more the kernel has to do
/// with other interfaces: so others are made and taken away meanwhile.
fn first_frame() -> Played {
    enter_private()?;
    let enough = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !enough.load(Ordering::Relaxed) {
                drop(Wire::build(plan(), Always(Decision::Hold), |_| {}).unwrap());
            }
        });
        for _ in 0..60 {
            exchange_first_frames();
        }
        enough.store(true, Ordering::Relaxed);
    });
    Ok(())
}

fn exchange_first_frames() {
    let mut lab = Lab::again(plan(), deliver);
    let (from, to) = lab.udp_pair();
    let before = Stamp::now();
    from.send(b"one").unwrap();
    to.send_to(b"two", from.local_addr().unwrap()).unwrap();
    let after = Stamp::now();
    to.recv(&mut [0; 3]).expect("the first frame");
    from.recv(&mut [0; 3]).expect("the first frame the other way");
    for frame in [lab.entered(), lab.entered()] {
        assert!((before..=after).contains(&frame.at), "{before} <= {} <= {after}", frame.at);
    }
}

fn arp() -> Played {
    let mut lab = Lab::begin(Plan { permanent_neighbours: false, ..plan() }, deliver)?;
    let (from, to) = lab.udp_pair();
    from.send(b"one").unwrap();
    to.recv(&mut [0; 3]).unwrap();
    let frames = [lab.entered(), lab.entered(), lab.entered()];
    let [request, reply, datagram] = frames.each_ref().map(packet);
    let (request, reply) = (*request.arp().unwrap(), *reply.arp().unwrap());
    assert_eq!((request.operation, reply.operation), (ArpOperation::Request, ArpOperation::Reply));
    assert_eq!(frames[0].bytes[..6], [0xff; 6], "to all");
    assert_eq!(frames[1].bytes[6..12], lab.wire.hosts()[SERVER].mac);
    assert!(datagram.udp().is_some());
    Ok(())
}

/// Without waiting for what might come: there is nobody who could send anything.
fn silence() -> Played {
    let mut lab = Lab::begin(plan(), hold)?;
    for host in [CLIENT, SERVER] {
        let addresses = lab.on(host, || fs::read_to_string("/proc/thread-self/net/if_inet6")).unwrap_or_default();
        assert!(!addresses.contains("eth0"), "{addresses}");
        assert_eq!(reported_groups(&lab, host), [""; 0]);
    }
    assert_eq!(lab.settle().len(), 0);
    Ok(())
}

/// The multicast groups of IPv6 that a host has to report itself a member of.
fn reported_groups(lab: &Lab, host: usize) -> Vec<String> {
    // Of all nodes one is a member without saying so (RFC 3810 §6).
    let silent = ["ff020000000000000000000000000001", "ff010000000000000000000000000001"];
    let groups = lab.on(host, || fs::read_to_string("/proc/thread-self/net/igmp6")).unwrap_or_default();
    let of_eth0 = groups.lines().filter(|line| line.contains("eth0"));
    let groups = of_eth0.filter_map(|line| line.split(' ').rfind(|word| word.len() == 32));
    groups.filter(|group| !silent.contains(group)).map(str::to_owned).collect()
}

fn silence_of_ipv6() -> Played {
    enter_with_ipv6()?;
    for forwards in [false, true] {
        let mut plan = plan();
        for (host, last) in plan.hosts.iter_mut().zip(1..) {
            host.addresses.push(Address::new(ip6(last), 64));
        }
        plan.hosts[SERVER].forwards = forwards;
        let mut lab = Lab::again(plan, hold);
        for host in [CLIENT, SERVER] {
            assert_eq!(reported_groups(&lab, host), [""; 0]);
        }
        assert_eq!(lab.settle().len(), 0);
    }
    Ok(())
}

fn ip6(last: u16) -> Ipv6Addr {
    Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, last)
}

fn ipv6() -> Played {
    enter_with_ipv6()?;
    for permanent_neighbours in [true, false] {
        let host = |name, last| HostPlan::new(name, &[Address::new(ip6(last), 64)]);
        let plan = Plan { hosts: vec![host("client", 1), host("server", 2)], permanent_neighbours };
        let mut lab = Lab::again(plan, deliver);
        let listener = lab.on(SERVER, || TcpListener::bind((ip6(2), 80)).unwrap());
        let mut stream = lab.on(CLIENT, || TcpStream::connect((ip6(2), 80)).unwrap());
        let (mut accepted, from) = listener.accept().unwrap();
        assert_eq!(from.ip(), IpAddr::V6(ip6(1)));
        stream.write_all(b"six").unwrap();
        accepted.read_exact(&mut [0; 3]).unwrap();
        let mut solicitations = 0;
        for report in lab.settle() {
            let WireReport::Entered(frame) = report else { continue };
            let packet = packet(&frame);
            assert_eq!(packet.checksums(&frame.bytes).transport, Some(Checksum::Good), "{packet:?}");
            // Neighbour solicitation (RFC 4861 §4.3).
            solicitations += usize::from(packet.icmp6().is_some_and(|icmp| icmp.kind == 135));
        }
        assert_eq!(solicitations == 0, permanent_neighbours);
    }
    Ok(())
}

fn mtu() -> Played {
    let mut plan = plan();
    plan.hosts.iter_mut().for_each(|host| host.mtu = 600);
    let mut lab = Lab::begin(plan, deliver)?;
    let (mut caller, mut accepted, _) = lab.connection(80);
    let writer = thread::spawn(move || {
        caller.write_all(&[7; 50_000]).unwrap();
        caller
    });
    accepted.read_exact(&mut vec![0; 50_000]).unwrap();
    drop(writer.join().unwrap());
    let lengths = lab.settle().into_iter().filter_map(|report| match report {
        WireReport::Entered(frame) => Some(frame.bytes.len()),
        _ => None,
    });
    assert_eq!(lengths.max(), Some(614));
    Ok(())
}

fn too_large() -> Played {
    let mut plan = plan();
    plan.hosts[SERVER].mtu = 600;
    let mut lab = Lab::begin(plan, deliver)?;
    let (from, to) = lab.udp_pair();
    from.send(&[1; 573]).unwrap();
    from.send(&[2; 572]).unwrap();
    let frame = lab.entered();
    assert_eq!(lab.discarded(), (frame.id, Why::TooLarge), "a byte more than fits");
    let mut read = [0; 600];
    assert_eq!((to.recv(&mut read).unwrap(), read[0]), (572, 2));
    Ok(())
}

fn three_hosts() -> Played {
    let third_ip = Ipv4Addr::new(10, 0, 0, 3);
    let mut plan = Plan { permanent_neighbours: false, ..plan() };
    plan.hosts.push(HostPlan::new("third", &[Address::new(third_ip, 24)]));
    let mut lab = Lab::begin(plan, deliver)?;
    let (from, to) = (lab.udp(CLIENT, client_ip()), lab.udp(2, third_ip));
    from.send_to(b"one", to.local_addr().unwrap()).unwrap();
    to.recv(&mut [0; 3]).unwrap();
    let heard = lab.settle().into_iter().filter_map(|report| match report {
        WireReport::Entered(frame) => Some((packet(&frame).arp().is_some(), frame.from, frame.to)),
        _ => None,
    });
    let (request, rest): (Vec<_>, Vec<_>) = heard.partition(|heard| *heard == (true, 0, 1) || *heard == (true, 0, 2));
    assert_eq!(request.len(), 2, "all others are asked");
    assert_eq!(rest, [(true, 2, 0), (false, 0, 2)]);
    Ok(())
}

fn settings() -> Played {
    let mut plan = plan();
    plan.hosts[SERVER] = plan.hosts[SERVER].clone().with(&PATIENT).with(&[("net.ipv4.no_such_thing", "1")]);
    let lab = Lab::begin(plan, deliver)?;
    for (name, value) in PATIENT {
        assert_eq!(lab.on(SERVER, || sysctl(name).unwrap()), value, "{name}");
        assert_ne!(lab.on(CLIENT, || sysctl(name).unwrap()), value, "{name}");
    }
    assert_eq!(lab.on(CLIENT, || sysctl("net.ipv4.tcp_congestion_control").unwrap()), "reno");
    let unset: Vec<_> = lab.wire.unset().iter().map(|unset| (unset.host.as_str(), unset.name.as_str())).collect();
    assert_eq!(unset, [("server", "net.ipv4.no_such_thing")]);
    Ok(())
}

#[derive(Default)]
struct Counts {
    entered: AtomicU64,
    no_room: AtomicU64,
    lost: AtomicU64,
    held: AtomicU64,
}

fn flood() -> Played {
    const LENGTH: usize = 1_400;
    enter_private()?;
    let counts = Arc::new(Counts::default());
    let (kept, (tell, told)) = (Arc::clone(&counts), std::sync::mpsc::channel());
    let count = move |report: WireReport| match report {
        WireReport::Entered(_) => drop(kept.entered.fetch_add(1, Ordering::Relaxed)),
        WireReport::Decided { .. } => drop(kept.held.fetch_add(1, Ordering::Relaxed)),
        WireReport::Discarded { why: Why::NoRoom, .. } => drop(kept.no_room.fetch_add(1, Ordering::Relaxed)),
        WireReport::Lost { host: CLIENT, frames } => drop(kept.lost.fetch_add(frames, Ordering::Relaxed)),
        WireReport::Drained { .. } => tell.send(()).unwrap(),
        other => panic!("{other:?}"),
    };
    let wire = Wire::build(plan(), Always(Decision::Hold), move |batch| batch.into_iter().for_each(&count)).unwrap();
    let memory = resident();
    let mut sent = 0;
    wire.hosts()[CLIENT].namespace.enter().unwrap();
    let socket = std::net::UdpSocket::bind((client_ip(), 0)).unwrap();
    // First as fast as the wire takes them in, until it is full; then as fast as they can be sent.
    for burst in [[100; 150].as_slice(), &[30_000]].concat() {
        for _ in 0..burst {
            let _ = socket.send_to(&[0; LENGTH], endpoint(server_ip(), 9));
        }
        sent += burst;
        wire.mark(0).unwrap();
        told.recv_timeout(PATIENCE).unwrap();
    }
    let dropped_before_us = dropped_by_eth0();
    let grown = resident().saturating_sub(memory);
    let [entered, no_room, lost, held] =
        [&counts.entered, &counts.no_room, &counts.lost, &counts.held].map(|count| count.load(Ordering::Relaxed));
    assert_eq!(entered + lost + dropped_before_us, sent, "entered {entered}, lost {lost}");
    assert_eq!(entered, held + no_room);
    assert!(held * (LENGTH as u64 + 42) <= 16 << 20 && no_room > 0, "held {held}, no room for {no_room}");
    assert!(grown < 64 << 20, "{grown} bytes");
    wire.stop().unwrap();
    Ok(())
}

/// Frames that did not even reach the hub: the twelfth number of the interface's line.
fn dropped_by_eth0() -> u64 {
    let counts = fs::read_to_string("/proc/thread-self/net/dev").unwrap();
    let eth0 = counts.lines().find_map(|line| line.trim().strip_prefix("eth0:")).unwrap();
    eth0.split_ascii_whitespace().nth(11).unwrap().parse().unwrap()
}

/// The memory that the process really uses.
fn resident() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

fn thousand_connections() -> Played {
    let mut lab = Lab::begin(plan(), deliver)?;
    let listener = lab.listen(80);
    let server = address_of(&listener);
    let connect = |lab: &mut Lab, port| {
        let caller = lab.caller(port);
        caller.connect(&server.into()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        close(caller);
        close(accepted);
        lab.settle();
    };
    connect(&mut lab, 0);
    let before = descriptors();
    for port in 20_000..21_000 {
        connect(&mut lab, port);
    }
    assert_eq!(descriptors(), before);
    Ok(())
}

fn stopping() -> Played {
    let lab = Lab::begin(plan(), hold)?;
    let (from, _to) = lab.udp_pair();
    let (descriptors_before, threads) = (descriptors(), || fs::read_dir("/proc/self/task").unwrap().count());
    for round in 0..20 {
        let mut again = Lab::again(plan(), hold);
        let (from, _to) = again.udp_pair();
        from.send(b"held").unwrap();
        again.held();
        again.wire.stop().unwrap_or_else(|error| panic!("round {round}: {error}"));
    }
    from.send(b"held").unwrap();
    // They have reported everything; their sockets take the kernel a moment to close.
    let deadline = Instant::now() + PATIENCE;
    while threads() > 2 || descriptors() > descriptors_before {
        assert!(Instant::now() < deadline, "{} threads, {} descriptors", threads(), descriptors());
        thread::yield_now();
    }
    Ok(())
}

fn builder_stays() -> Played {
    let number = || fs::read_link("/proc/thread-self/ns/net").unwrap();
    enter_private()?;
    // Into the host's own network nobody comes back: it does not belong to the sandbox.
    let handle = Handle::unshare().unwrap();
    let here = number();
    let lab = Lab::again(plan(), deliver);
    assert_eq!(number(), here);
    let there: BTreeSet<_> = [CLIENT, SERVER].map(|host| lab.on(host, number)).into_iter().collect();
    assert!(there.len() == 2 && !there.contains(&here));
    // And one comes back.
    let client = lab.wire.hosts()[CLIENT].namespace.try_clone().unwrap();
    drop(lab);
    client.enter().unwrap();
    assert!(there.contains(&number()), "it is there as long as a handle is");
    assert_eq!(handle.run(|| Ok(number())).unwrap(), here);
    assert!(there.contains(&number()));
    handle.enter().unwrap();
    assert_eq!(number(), here);
    Ok(())
}

fn not_built() -> Played {
    machine_of_our_own()?;
    limit("net", 2);
    enter_private()?;
    let before = descriptors();
    let build = |plan| Wire::build(plan, Always(Decision::Hold), |_| {});
    let mut alone = plan();
    alone.hosts.truncate(1);
    assert_eq!(build(alone).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    // Found out by the kernel, half way: there may be no third namespace.
    let error = build(plan()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{error}");
    assert!(["host client: ", "host server: ", "the hub: "].iter().any(|place| error.to_string().starts_with(place)));
    let deadline = Instant::now() + PATIENCE;
    while descriptors() > before {
        assert!(Instant::now() < deadline, "{} descriptors, not {before}", descriptors());
        thread::yield_now();
    }
    Ok(())
}
