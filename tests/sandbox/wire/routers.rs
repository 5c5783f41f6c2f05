//! A router between two networks: what it hands on, what it cuts, and what it sends back.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream, UdpSocket},
    thread,
    time::Instant,
};

use wiretutor::{
    kernel::sys,
    link::wire::{Address, Frame, HostPlan, Plan, WireReport},
    packet::{ArpOperation, IcmpDetail, Ipv4, Net, Packet},
};

use super::hands::{CLIENT, Lab, PATIENCE, SERVER, deliver, enter_with_ipv6, packet};
use crate::stage::{Played, Scene};

pub(crate) const SCENES: &[Scene] = &[
    Scene::anybody("wire::a_connection_goes_through_a_router", connection),
    Scene::anybody("wire::a_connection_finds_how_narrow_its_path_is", path_discovery),
    Scene::anybody("wire::what_must_not_be_cut_and_is_too_large_comes_back_with_the_mtu", fragmentation_needed),
    Scene::anybody("wire::a_datagram_is_cut_on_its_way_and_read_whole", fragments),
    Scene::anybody("wire::a_host_with_a_small_mtu_has_a_narrow_path", small_host),
    Scene::anybody("wire::ipv6_goes_through_a_router_and_is_not_cut_there", ipv6),
    Scene::anybody("wire::a_router_that_is_not_known_is_asked_for", unknown_router),
];

const ROUTER: usize = 2;
const NARROW: u32 = 1000;

fn ip(network: u8, host: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, network, host)
}

fn ip6(network: u16, host: u16) -> Ipv6Addr {
    Ipv6Addr::new(0xfd00, network, 0, 0, 0, 0, 0, host)
}

/// A client and a server in networks of their own, and a router in both.
fn plan(path_mtu: Option<u32>) -> Plan {
    let client = HostPlan::new("client", &[Address::new(ip(1, 1), 24)]);
    let server = HostPlan { path_mtu, ..HostPlan::new("server", &[Address::new(ip(2, 1), 24)]) };
    let both = [1, 2].map(|network| Address::new(ip(network, 254), 24));
    let router = HostPlan { forwards: true, ..HostPlan::new("router", &both) };
    Plan { hosts: vec![client, server, router], permanent_neighbours: true }
}

fn plan6(path_mtu: Option<u32>) -> Plan {
    let mut plan = plan(path_mtu);
    let addresses = [vec![ip6(1, 1)], vec![ip6(2, 1)], vec![ip6(1, 254), ip6(2, 254)]];
    for (host, ips) in plan.hosts.iter_mut().zip(addresses) {
        host.addresses.extend(ips.into_iter().map(|ip| Address::new(ip, 64)));
    }
    plan
}

/// A connection of the client to the server, both ends of it.
fn connect(lab: &Lab, server: impl Into<IpAddr>) -> (TcpStream, TcpStream) {
    let server = server.into();
    let listener = lab.on(SERVER, || TcpListener::bind((server, 80)).unwrap());
    let caller = lab.on(CLIENT, || TcpStream::connect_timeout(&(server, 80).into(), PATIENCE).unwrap());
    let (accepted, _) = listener.accept().unwrap();
    for stream in [&caller, &accepted] {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
    }
    (caller, accepted)
}

/// Datagrams of the client to the server, that may be cut or not.
fn datagrams(lab: &Lab, from: impl Into<IpAddr>, to: impl Into<IpAddr>) -> (UdpSocket, UdpSocket) {
    let (from, to) = (lab.udp(CLIENT, from.into()), lab.udp(SERVER, to.into()));
    from.connect(to.local_addr().unwrap()).unwrap();
    (from, to)
}

fn discover_path(socket: &UdpSocket, how: libc::c_int) {
    sys::set_option(socket, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, &how.to_ne_bytes()).unwrap();
}

/// What the kernel believes that the socket's path carries.
fn path_of(socket: &UdpSocket, level: libc::c_int, option: libc::c_int) -> u32 {
    let mut mtu = [0; 4];
    sys::get_option(socket, level, option, &mut mtu).unwrap();
    u32::from_ne_bytes(mtu)
}

/// Waits until the router's answer is with the socket.
fn expect_complaint(socket: &UdpSocket) {
    let deadline = Instant::now() + PATIENCE;
    let error = loop {
        assert!(Instant::now() < deadline, "no answer");
        match socket.take_error().unwrap() {
            Some(error) => break error,
            None => thread::yield_now(),
        }
    };
    assert_eq!(error.raw_os_error(), Some(libc::EMSGSIZE));
}

fn frames(lab: &mut Lab) -> Vec<Frame> {
    let entered = |report| match report {
        WireReport::Entered(frame) => Some(frame),
        _ => None,
    };
    lab.settle().into_iter().filter_map(entered).collect()
}

/// How many more routers the packet may pass.
fn left_to_live(packet: &Packet) -> u8 {
    match packet.net {
        Net::V4(ip) => ip.ttl,
        Net::V6(ip) => ip.hop_limit,
        _ => panic!("{packet:?} goes through no router"),
    }
}

fn ipv4(frame: &Frame) -> Ipv4 {
    match packet(frame).net {
        Net::V4(ip) => ip,
        other => panic!("{other:?}"),
    }
}

/// Each packet must have crossed twice: to the router as it was sent, and from the router a step older.
fn expect_two_crossings(frames: &[Frame]) {
    let to_router: Vec<&Frame> = frames.iter().filter(|frame| frame.to == ROUTER).collect();
    assert_eq!(to_router.len() * 2, frames.len(), "{frames:?}");
    for frame in to_router {
        let sent = packet(frame);
        let onward = frames.iter().find(|onward| {
            let packet = packet(onward);
            onward.from == ROUTER && packet.tcp() == sent.tcp() && packet.addresses() == sent.addresses()
        });
        let onward = onward.unwrap_or_else(|| panic!("{sent:?} went no further"));
        assert_eq!((left_to_live(&sent), left_to_live(&packet(onward))), (64, 63));
        assert_eq!(onward.to, if frame.from == CLIENT { SERVER } else { CLIENT });
    }
}

fn connection() -> Played {
    let mut lab = Lab::begin(plan(None), deliver)?;
    let (mut caller, mut accepted) = connect(&lab, ip(2, 1));
    assert_eq!(accepted.peer_addr().unwrap().ip(), IpAddr::V4(ip(1, 1)));
    caller.write_all(b"far away").unwrap();
    accepted.read_exact(&mut [0; 8]).unwrap();
    accepted.write_all(b"so are you").unwrap();
    caller.read_exact(&mut [0; 10]).unwrap();
    let frames = frames(&mut lab);
    assert!(frames.len() >= 2 * 5, "{frames:?}");
    expect_two_crossings(&frames);
    Ok(())
}

fn path_discovery() -> Played {
    let mut lab = Lab::begin(plan(Some(NARROW)), deliver)?;
    let (mut caller, mut accepted) = connect(&lab, ip(2, 1));
    let sent: Vec<u8> = (0..20_000u32).map(|i| (i % 251) as u8).collect();
    caller.write_all(&sent).unwrap();
    let mut read = vec![0; sent.len()];
    accepted.read_exact(&mut read).unwrap();
    assert!(read == sent);
    let frames = frames(&mut lab);
    let longest = |from| frames.iter().filter(|frame| frame.from == from).map(|frame| frame.bytes.len() - 14).max();
    assert_eq!((longest(CLIENT), longest(ROUTER)), (Some(1500), Some(NARROW as usize)));
    let told = frames.iter().filter_map(|frame| Some(packet(frame).icmp()?.detail)).collect::<Vec<_>>();
    assert!(told.contains(&IcmpDetail::Mtu(NARROW)), "{told:?}");
    assert_eq!(lab.count(ROUTER, "snmp", "Ip", "FragCreates"), 0, "nothing of it was to be cut");
    Ok(())
}

fn fragmentation_needed() -> Played {
    let mut lab = Lab::begin(plan(Some(NARROW)), deliver)?;
    let (from, to) = datagrams(&lab, ip(1, 1), ip(2, 1));
    discover_path(&from, libc::IP_PMTUDISC_DO);
    from.send(&[7; 1200]).unwrap();
    let (datagram, answer) = (lab.entered(), lab.entered());
    assert!(ipv4(&datagram).dont_fragment);
    let answer = packet(&answer);
    let icmp = answer.icmp().expect("an answer of the router");
    assert_eq!((icmp.kind, icmp.code, icmp.detail), (3, 4, IcmpDetail::Mtu(NARROW)));
    assert_eq!(answer.addresses(), Some((ip(1, 254).into(), ip(1, 1).into())));

    expect_complaint(&from);
    assert_eq!(from.send(&[7; 1200]).unwrap_err().raw_os_error(), Some(libc::EMSGSIZE), "it knows by now");
    assert_eq!(path_of(&from, libc::IPPROTO_IP, libc::IP_MTU), NARROW);
    let fits = NARROW as usize - 28;
    from.send(&vec![7; fits]).unwrap();
    assert_eq!(to.recv(&mut [0; 3000]).unwrap(), fits);
    Ok(())
}

fn fragments() -> Played {
    let mut lab = Lab::begin(plan(Some(NARROW)), deliver)?;
    let (from, to) = datagrams(&lab, ip(1, 1), ip(2, 1));
    discover_path(&from, libc::IP_PMTUDISC_DONT);
    let sent: Vec<u8> = (0..3000u32).map(|i| (i % 251) as u8).collect();
    from.send(&sent).unwrap();
    let mut read = [0; 4000];
    assert_eq!(to.recv(&mut read).unwrap(), sent.len());
    assert!(read[..3000] == sent);
    let frames = frames(&mut lab);
    let pieces = |host| {
        let of_host = frames.iter().filter(move |frame| frame.from == host);
        let pieces = of_host.map(ipv4);
        pieces.map(|ip| (ip.fragment_offset, ip.more_fragments, ip.total_length)).collect::<Vec<_>>()
    };
    // With UDP's header there are 3008 bytes; every piece but the last has a multiple of eight.
    assert_eq!(pieces(CLIENT), [(0, true, 1500), (1480, true, 1500), (2960, false, 68)]);
    let further = [(0, true, 996), (976, true, 524), (1480, true, 996), (2456, true, 524), (2960, false, 68)];
    assert_eq!(pieces(ROUTER), further);
    assert!(frames.iter().all(|frame| packet(frame).icmp().is_none()));
    assert_eq!(lab.count(SERVER, "snmp", "Ip", "ReasmOKs"), 1);
    Ok(())
}

/// The last link is as wide as the host at its end.
fn small_host() -> Played {
    let mut plan = plan(None);
    plan.hosts[SERVER].mtu = 600;
    let mut lab = Lab::begin(plan, deliver)?;
    let (from, to) = datagrams(&lab, ip(1, 1), ip(2, 1));
    discover_path(&from, libc::IP_PMTUDISC_DONT);
    from.send(&[7; 1400]).unwrap();
    assert_eq!(to.recv(&mut [0; 2000]).unwrap(), 1400);
    let longest = frames(&mut lab).iter().filter(|frame| frame.to == SERVER).map(|frame| frame.bytes.len()).max();
    assert_eq!(longest, Some(14 + 596));
    Ok(())
}

fn ipv6() -> Played {
    const LEAST: u32 = 1280;
    enter_with_ipv6()?;
    let mut lab = Lab::again(plan6(Some(LEAST)), deliver);
    let (mut caller, mut accepted) = connect(&lab, ip6(2, 1));
    caller.write_all(b"six").unwrap();
    accepted.read_exact(&mut [0; 3]).unwrap();
    let all = frames(&mut lab);
    let segments: Vec<Frame> = all.into_iter().filter(|frame| packet(frame).tcp().is_some()).collect();
    assert!(segments.len() >= 2 * 4, "{segments:?}");
    expect_two_crossings(&segments);

    let (from, to) = datagrams(&lab, ip6(1, 1), ip6(2, 1));
    from.send(&[7; 1400]).unwrap();
    let answer = lab.wait("answer", |report| match report {
        WireReport::Entered(frame) => packet(frame).icmp6().filter(|icmp| icmp.kind == 2).map(|icmp| icmp.detail),
        _ => None,
    });
    assert_eq!(answer, IcmpDetail::Mtu(LEAST), "packet too big");
    expect_complaint(&from);
    lab.settle();
    assert_eq!(path_of(&from, libc::IPPROTO_IPV6, libc::IPV6_MTU), LEAST);
    // The sender itself cuts it now (RFC 8200 §5), and each piece fits.
    from.send(&[7; 1400]).unwrap();
    assert_eq!(to.recv(&mut [0; 2000]).unwrap(), 1400);
    let frames = frames(&mut lab);
    assert!(frames.iter().all(|frame| frame.bytes.len() <= 14 + LEAST as usize), "{frames:?}");
    let redirects = frames.iter().filter(|frame| packet(frame).icmp6().is_some_and(|icmp| icmp.kind == 137));
    assert_eq!(redirects.count(), 0);
    Ok(())
}

fn unknown_router() -> Played {
    let mut lab = Lab::begin(Plan { permanent_neighbours: false, ..plan(None) }, deliver)?;
    let (from, to) = datagrams(&lab, ip(1, 1), ip(2, 1));
    from.send(b"one").unwrap();
    to.recv(&mut [0; 3]).unwrap();
    let asked = frames(&mut lab).into_iter().filter_map(|frame| {
        let arp = *packet(&frame).arp()?;
        (arp.operation == ArpOperation::Request).then_some((arp.sender, arp.target))
    });
    let asked: BTreeSet<_> = asked.collect();
    assert_eq!(asked, BTreeSet::from([(ip(1, 1), ip(1, 254)), (ip(2, 254), ip(2, 1))]));
    Ok(())
}
