//! What `sock_diag` says, against `/proc/thread-self/net`, for every state that loopback can hold.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    net::{IpAddr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket},
    time::Duration,
};

use socket2::{Domain, Socket, Type};
use wiretutor::{
    kernel::{
        sock_diag::SockDiag,
        socket::{Family, Proto, SocketView, TimerKind, canonical},
        state::TcpState,
        sys,
    },
    link::netns::enter_private as enter_network,
};

use crate::stage::{Played, Scene, enter_private};

pub(crate) const SCENES: &[Scene] = &[
    Scene::anybody("kernel_word::every_state_agrees_with_proc", every_state_agrees_with_proc),
    Scene::anybody("kernel_word::syn_recv_is_seen", syn_recv_is_seen),
    Scene::anybody("kernel_word::syn_sent_has_a_timer_that_counts", syn_sent_has_a_timer),
    Scene::anybody("kernel_word::a_line_belongs_to_the_network_it_was_opened_in", a_line_belongs_to_its_network),
    Scene::anybody("kernel_word::a_dump_longer_than_a_datagram_is_whole", a_long_dump),
];

fn network() -> Result<(SockDiag, bool), crate::stage::Ignored> {
    enter_private()?;
    let network = enter_network().unwrap();
    Ok((SockDiag::open().unwrap(), network.ipv6))
}

type Row = (SocketAddr, SocketAddr, u8);

/// One row of `/proc/net/tcp`: `sl local remote st …`, addresses as hexadecimal words of the machine.
fn proc_table(name: &str) -> BTreeSet<Row> {
    let table = fs::read_to_string(format!("/proc/thread-self/net/{name}")).unwrap();
    let row = |line: &str| {
        let mut columns = line.split_ascii_whitespace().skip(1);
        let (local, remote) = (proc_address(columns.next()?), proc_address(columns.next()?));
        Some((local, remote, u8::from_str_radix(columns.next()?, 16).unwrap()))
    };
    table.lines().skip(1).filter_map(row).collect()
}

fn proc_address(text: &str) -> SocketAddr {
    let (address, port) = text.split_once(':').unwrap();
    let word = |i: usize| u32::from_str_radix(&address[i * 8..i * 8 + 8], 16).unwrap().to_ne_bytes();
    let ip: IpAddr = match address.len() {
        8 => word(0).into(),
        _ => <[u8; 16]>::try_from([word(0), word(1), word(2), word(3)].concat()).unwrap().into(),
    };
    SocketAddr::new(ip, u16::from_str_radix(port, 16).unwrap())
}

fn diag_table(diag: &SockDiag, family: Family, proto: Proto) -> BTreeSet<Row> {
    let nowhere = match family {
        Family::V4 => SocketAddr::from(([0, 0, 0, 0], 0)),
        Family::V6 => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let row = |view: SocketView| (view.local, view.remote.unwrap_or(nowhere), number(view.state));
    diag.dump(family, proto).unwrap().into_iter().map(row).collect()
}

fn number(state: TcpState) -> u8 {
    (1..=11).find(|number| TcpState::from_kernel(*number) == Some(state)).unwrap()
}

/// A listener and what is in each state beside it. Kept alive by who asked.
fn one_of_each(ip: &str) -> Vec<TcpStream> {
    let listener = TcpListener::bind(SocketAddr::new(ip.parse().unwrap(), 0)).unwrap();
    let server = listener.local_addr().unwrap();
    let pair = || {
        let client = TcpStream::connect(server).unwrap();
        (client, listener.accept().unwrap().0)
    };
    let (established, accepted) = pair();
    let (half_closed, peer_of_half_closed) = pair(); // FIN-WAIT-2 and CLOSE-WAIT
    half_closed.shutdown(Shutdown::Write).unwrap();
    let (first_to_close, mut last_to_close) = pair(); // TIME-WAIT
    drop(first_to_close);
    assert_eq!(last_to_close.read(&mut [0; 1]).unwrap(), 0);
    drop(last_to_close);
    let kept = Socket::from(listener);
    vec![established, accepted, half_closed, peer_of_half_closed, TcpStream::from(kept)]
}

fn every_state_agrees_with_proc() -> Played {
    let (diag, ipv6) = network()?;
    let mut kept = one_of_each("127.0.0.1");
    if ipv6 {
        kept.extend(one_of_each("::1"));
    }
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.connect("127.0.0.1:9").unwrap();
    let tables = [
        ("tcp", Family::V4, Proto::Tcp),
        ("tcp6", Family::V6, Proto::Tcp),
        ("udp", Family::V4, Proto::Udp),
        ("udp6", Family::V6, Proto::Udp),
    ];
    let mut seen = BTreeSet::new();
    for (name, family, proto) in tables {
        if family == Family::V6 && !ipv6 {
            continue;
        }
        let rows = settled(name, &diag, family, proto);
        seen.extend(rows.into_iter().map(|(.., state)| TcpState::from_kernel(state).unwrap().name()));
    }
    let expected = ["CLOSE-WAIT", "ESTABLISHED", "FIN-WAIT-2", "LISTEN", "TIME-WAIT"];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), expected);
    drop(kept);
    Ok(())
}

/// The two are read one after the other; a state that changes in between makes them differ once.
fn settled(name: &str, diag: &SockDiag, family: Family, proto: Proto) -> BTreeSet<Row> {
    for _ in 0..100 {
        let (theirs, ours) = (proc_table(name), diag_table(diag, family, proto));
        if theirs == ours && !theirs.iter().any(|(.., state)| matches!(state, 4 | 9)) {
            return ours;
        }
    }
    assert_eq!(proc_table(name), diag_table(diag, family, proto), "{name}");
    panic!("{name} does not settle")
}

/// With `TCP_DEFER_ACCEPT` the server's side waits for data before it is a connection.
fn syn_recv_is_seen() -> Played {
    let (diag, _) = network()?;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap();
    sys::set_option(&listener, libc::IPPROTO_TCP, libc::TCP_DEFER_ACCEPT, &30i32.to_ne_bytes()).unwrap();
    let client = TcpStream::connect(server).unwrap();
    let found = diag.one(Proto::Tcp, server, Some(client.local_addr().unwrap())).unwrap().expect("the server's side");
    assert_eq!((found.state, found.info), (TcpState::SynRecv, None));
    let timer = found.timer.expect("it sends SYN+ACK again");
    assert_eq!(timer.kind, TimerKind::Retransmit);
    assert!(timer.remaining <= Duration::from_secs(2), "{timer:?}");
    let dumped = diag.dump(Family::V4, Proto::Tcp).unwrap();
    assert_eq!(dumped.iter().filter(|socket| socket.state == TcpState::SynRecv).count(), 1);
    Ok(())
}

/// Nobody answers a SYN to a listener whose queue is full.
fn syn_sent_has_a_timer() -> Played {
    let (diag, _) = network()?;
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 80)).into()).unwrap();
    listener.listen(0).unwrap();
    let server = listener.local_addr().unwrap().as_socket().unwrap();
    let _accepted_nowhere = TcpStream::connect(server).unwrap();
    let waiting = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    waiting.set_nonblocking(true).unwrap();
    assert_eq!(waiting.connect(&server.into()).unwrap_err().raw_os_error(), Some(libc::EINPROGRESS));
    let client = waiting.local_addr().unwrap().as_socket().unwrap();
    let found = diag.one(Proto::Tcp, client, Some(server)).unwrap().unwrap();
    assert_eq!(found.state, TcpState::SynSent);
    let timer = found.timer.expect("it sends the SYN again");
    assert_eq!((timer.kind, timer.retries), (TimerKind::Retransmit, 0));
    assert!((Duration::from_millis(500)..=Duration::from_secs(1)).contains(&timer.remaining), "{timer:?}");
    assert_eq!(found.info.unwrap().snd_cwnd, Some(10));
    let full = diag.one(Proto::Tcp, server, None).unwrap().unwrap();
    assert_eq!((full.receive_queue, full.send_queue), (1, 0), "one waits, none more may");
    Ok(())
}

fn a_line_belongs_to_its_network() -> Played {
    let (diag, _) = network()?;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let local = listener.local_addr().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            enter_network().unwrap();
            assert!(diag.one(Proto::Tcp, local, None).unwrap().is_some(), "asked from another network");
            let here = SockDiag::open().unwrap();
            assert!(here.one(Proto::Tcp, local, None).unwrap().is_none(), "there is nobody here");
        });
    });
    Ok(())
}

fn a_long_dump() -> Played {
    let (diag, _) = network()?;
    let listeners: Vec<TcpListener> = (0..900).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let expected: BTreeSet<SocketAddr> = listeners.iter().map(|one| one.local_addr().unwrap()).collect();
    let found = diag.dump(Family::V4, Proto::Tcp).unwrap();
    assert_eq!(found.len(), expected.len(), "each once");
    assert_eq!(found.iter().map(|socket| canonical(socket.local)).collect::<BTreeSet<_>>(), expected);
    Ok(())
}
