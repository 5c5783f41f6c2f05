//! `sock_diag`: the kernel's table of sockets, over netlink.
//!
//! It is what `ss` reads: the only way to the sockets that no program holds any more (a closed connection that
//! still sends, SYN-RECV, TIME-WAIT). It tells of the network namespace in which it was opened.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::{
    netlink::{Message, Netlink, attributes},
    socket::{Family, Proto, SocketView, Timer, TimerKind, canonical},
    state::TcpState,
    tcp_info::TcpInfo,
};

/// `SOCK_DIAG_BY_FAMILY`, the kind of a question and of its answers, and `SOCK_DESTROY`, the kind of an order.
const BY_FAMILY: u16 = 20;
const DESTROY: u16 = 21;
/// `struct inet_diag_msg`: what precedes the attributes of an answer.
const FIXED_PART: usize = 72;
/// The states 1 to 12, as bits. 12 is a request that was answered with SYN+ACK: SYN-RECV.
const ALL_STATES: u32 = 0x1ffe;
/// Those of a connection that still has something to say: not TIME-WAIT (6) and the SYN-RECV of a request (12), which
/// are no whole sockets, nor CLOSED (7) and LISTEN (10), which are no connections. In the other SYN-RECV (3) are those
/// that open simultaneously, and nothing else wakes a `connect` there.
const CONNECTED: u32 = ALL_STATES & !(1 << 6 | 1 << 7 | 1 << 10 | 1 << 12);

/// The attributes we ask for; a request names attribute n as bit n-1.
const INFO: u16 = 2;
const CONGESTION: u16 = 4;
const EXTENSIONS: u8 = (1 << (INFO - 1)) | (1 << (CONGESTION - 1));

/// A line to the kernel's socket table.
#[derive(Debug)]
pub struct SockDiag {
    /// A question and its answer belong together, also when several threads ask.
    line: Mutex<Netlink>,
}

impl SockDiag {
    /// Opens it in the calling thread's network namespace, to which it belongs from then on.
    pub fn open() -> io::Result<Self> {
        Ok(Self { line: Mutex::new(Netlink::sock_diag()?) })
    }

    /// All sockets of a family. `NotFound` if the kernel was built without the table of this transport.
    pub fn dump(&self, family: Family, proto: Proto) -> io::Result<Vec<SocketView>> {
        self.dump_states(family, proto, ALL_STATES)
    }

    fn dump_states(&self, family: Family, proto: Proto, states: u32) -> io::Result<Vec<SocketView>> {
        let request = request(family, proto, states, &Ends::default());
        self.line().dump(BY_FAMILY, &request, |message| socket_view(message, proto))
    }

    /// Breaks off the TCP connections of a family that are chosen: each sends a RST and is closed, whoever holds it.
    ///
    /// `Unsupported` if the kernel was built without that (`CONFIG_INET_DIAG_DESTROY`). Before Linux 6.11 it must not
    /// be done to one that nobody holds any more, whose `inode` is 0: without the repair of `tcp_abort` there, which
    /// only some of the older branches have, too, such a socket stays for ever.
    pub fn break_off(&self, family: Family, chosen: impl Fn(&SocketView) -> bool) -> io::Result<()> {
        for socket in self.dump_states(family, Proto::Tcp, CONNECTED)?.iter().filter(|socket| chosen(socket)) {
            let request = request(Family::of(socket.local), Proto::Tcp, CONNECTED, &Ends::exactly(socket));
            match self.line().ask(DESTROY, &request, |_| None::<()>) {
                // It has ended meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => drop(result?),
            }
        }
        Ok(())
    }

    /// The one socket with these ends, or `None` when there is none. `remote` is `None` for one that listens, or
    /// that is not connected.
    ///
    /// Much cheaper than a dump where there are many sockets. A connection in TIME-WAIT is found too.
    pub fn one(&self, proto: Proto, local: SocketAddr, remote: Option<SocketAddr>) -> io::Result<Option<SocketView>> {
        let (local, remote) = (canonical(local), remote.map(canonical));
        let nowhere = || match local {
            SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        };
        let ends = Ends::of(proto, local, remote.unwrap_or_else(nowhere));
        let request = request(Family::of(local), proto, ALL_STATES, &ends);
        match self.line().ask(BY_FAMILY, &request, |message| socket_view(message, proto)) {
            // A connection that is gone is answered with its listener: only the ends tell.
            Ok(found) => Ok(found.into_iter().find(|socket| socket.has_ends(local, remote))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn line(&self) -> std::sync::MutexGuard<'_, Netlink> {
        // A panic elsewhere cannot leave half a state here: answers are told apart by their numbers.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The ends as a request names them; all zero for a dump.
#[derive(Default)]
struct Ends {
    source: Option<SocketAddr>,
    destination: Option<SocketAddr>,
    /// Any, if it is not said.
    cookie: Option<u64>,
}

impl Ends {
    /// The kernel looks a UDP socket up as the receiver of a packet from `source` to `destination`, "for historical
    /// reasons" (`net/ipv4/udp_diag.c`); a TCP socket as the one whose own end is `source`.
    fn of(proto: Proto, local: SocketAddr, remote: SocketAddr) -> Self {
        let (source, destination) = match proto {
            Proto::Tcp => (local, remote),
            Proto::Udp => (remote, local),
        };
        Self { source: Some(source), destination: Some(destination), cookie: None }
    }

    /// This very socket.
    const fn exactly(socket: &SocketView) -> Self {
        Self { source: Some(socket.local), destination: socket.remote, cookie: Some(socket.cookie) }
    }
}

/// `struct inet_diag_req_v2`.
fn request(family: Family, proto: Proto, states: u32, ends: &Ends) -> Vec<u8> {
    let port = |end: Option<SocketAddr>| end.map_or(0, |end| end.port()).to_be_bytes();
    let mut bytes = vec![family_number(family), proto.number(), EXTENSIONS, 0];
    bytes.extend(states.to_ne_bytes());
    bytes.extend(port(ends.source));
    bytes.extend(port(ends.destination));
    bytes.extend(address_bytes(ends.source));
    bytes.extend(address_bytes(ends.destination));
    bytes.extend(0u32.to_ne_bytes()); // any interface
    // Its lower half first.
    let cookie = ends.cookie.unwrap_or(u64::MAX);
    bytes.extend((cookie as u32).to_ne_bytes());
    bytes.extend(((cookie >> 32) as u32).to_ne_bytes());
    bytes
}

fn family_number(family: Family) -> u8 {
    match family {
        Family::V4 => libc::AF_INET as u8,
        Family::V6 => libc::AF_INET6 as u8,
    }
}

fn address_bytes(end: Option<SocketAddr>) -> [u8; 16] {
    let mut bytes = [0; 16];
    match end.map(|end| end.ip()) {
        Some(IpAddr::V4(ip)) => bytes[..4].copy_from_slice(&ip.octets()),
        Some(IpAddr::V6(ip)) => bytes = ip.octets(),
        None => {}
    }
    bytes
}

/// Reads a `struct inet_diag_msg` and its attributes. `None` for what is not one, or of a state that we do not know.
fn socket_view(message: &Message<'_>, proto: Proto) -> Option<SocketView> {
    if message.kind != BY_FAMILY {
        return None;
    }
    let (fixed, rest) = message.body.split_at_checked(FIXED_PART)?;
    let attribute = |wanted| attributes(rest).find(|(kind, _)| *kind == wanted).map(|(_, value)| value);
    let is_v4 = fixed[0] == family_number(Family::V4);
    let end = |port_at, address_at| Some(SocketAddr::new(address(fixed, address_at, is_v4)?, port(fixed, port_at)?));
    Some(SocketView {
        proto,
        local: end(4, 8)?,
        remote: end(6, 24).filter(|remote| remote.port() != 0),
        state: TcpState::from_kernel(fixed[1])?,
        timer: timer(fixed)?,
        retransmits: fixed[3],
        cookie: u64::from(word(fixed, 44)?) | u64::from(word(fixed, 48)?) << 32,
        receive_queue: word(fixed, 56)?,
        send_queue: word(fixed, 60)?,
        uid: word(fixed, 64)?,
        inode: word(fixed, 68)?,
        info: attribute(INFO).filter(|_| proto == Proto::Tcp).map(TcpInfo::parse),
        congestion: attribute(CONGESTION).map(text),
    })
}

fn timer(fixed: &[u8]) -> Option<Option<Timer>> {
    let remaining = Duration::from_millis(u64::from(word(fixed, 52)?));
    Some(TimerKind::from_kernel(fixed[2]).map(|kind| Timer { kind, remaining, retries: fixed[3] }))
}

fn port(fixed: &[u8], at: usize) -> Option<u16> {
    fixed.get(at..)?.first_chunk().copied().map(u16::from_be_bytes)
}

fn word(fixed: &[u8], at: usize) -> Option<u32> {
    fixed.get(at..)?.first_chunk().copied().map(u32::from_ne_bytes)
}

fn address(fixed: &[u8], at: usize, is_v4: bool) -> Option<IpAddr> {
    let bytes = fixed.get(at..)?;
    if is_v4 {
        bytes.first_chunk::<4>().map(|octets| IpAddr::from(*octets))
    } else {
        bytes.first_chunk::<16>().map(|octets| IpAddr::from(*octets))
    }
}

/// The kernel ends its strings with a zero.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or(bytes)).into_owned()
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        net::{TcpListener, TcpStream, UdpSocket},
    };

    use proptest::prelude::*;

    use super::*;

    fn listener(address: &str) -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind(address).unwrap();
        let local = listener.local_addr().unwrap();
        (listener, local)
    }

    #[test]
    fn a_listener_tells_its_backlog() {
        let (_listener, local) = listener("127.0.0.1:0");
        let waiting = TcpStream::connect(local).unwrap();
        let diag = SockDiag::open().unwrap();
        let found = diag.one(Proto::Tcp, local, None).unwrap().unwrap();
        assert_eq!((found.state, found.remote, found.receive_queue), (TcpState::Listen, None, 1));
        assert!(found.send_queue >= 128, "{found:?}");
        drop(waiting);
    }

    #[test]
    fn both_ends_of_a_connection_are_found_in_both_families() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let (listener, server) = listener(address);
            let mut stream = TcpStream::connect(server).unwrap();
            let _accepted = listener.accept().unwrap();
            stream.write_all(b"unread").unwrap();
            let client = stream.local_addr().unwrap();
            let diag = SockDiag::open().unwrap();
            let receiver = diag.one(Proto::Tcp, server, Some(client)).unwrap().unwrap();
            assert_eq!((receiver.state, receiver.receive_queue), (TcpState::Established, 6));
            assert_eq!(receiver.info.unwrap().bytes_received, Some(6));
            let sender = diag.one(Proto::Tcp, client, Some(server)).unwrap().unwrap();
            assert_eq!((sender.local, sender.remote), (client, Some(server)));
            assert!(sender.congestion.is_some() && sender.inode != 0 && sender.cookie != 0, "{sender:?}");
            let all = diag.dump(Family::of(server), Proto::Tcp).unwrap();
            assert_eq!(all.iter().filter(|socket| socket.cookie == sender.cookie).count(), 1);
        }
    }

    #[test]
    fn a_connection_that_is_not_there_is_none_though_its_listener_is() {
        let (_listener, local) = listener("127.0.0.1:0");
        let stranger = "127.0.0.1:1".parse().unwrap();
        let diag = SockDiag::open().unwrap();
        assert_eq!(diag.one(Proto::Tcp, local, Some(stranger)).unwrap(), None);
        assert_eq!(diag.one(Proto::Tcp, stranger, None).unwrap(), None);
    }

    #[test]
    fn a_dual_stack_listener_is_kept_as_it_is_and_found_by_either_name() {
        let socket = socket2::Socket::new(socket2::Domain::IPV6, socket2::Type::STREAM, None).unwrap();
        socket.set_only_v6(false).unwrap();
        socket.bind(&"[::ffff:127.0.0.1]:0".parse::<SocketAddr>().unwrap().into()).unwrap();
        socket.listen(7).unwrap();
        let local = socket.local_addr().unwrap().as_socket().unwrap();
        let diag = SockDiag::open().unwrap();
        for name in [local, canonical(local)] {
            let found = diag.one(Proto::Tcp, name, None).unwrap().expect("found by either name");
            assert_eq!((found.local, found.send_queue), (local, 7));
        }
    }

    #[test]
    fn time_wait_shows_its_countdown() {
        let (listener, server) = listener("127.0.0.1:0");
        let stream = TcpStream::connect(server).unwrap();
        let client = stream.local_addr().unwrap();
        let (mut accepted, _) = listener.accept().unwrap();
        drop(stream);
        // The end of the file says that the FIN came; closing then ends the connection.
        assert_eq!(io::Read::read(&mut accepted, &mut [0; 1]).unwrap(), 0);
        drop(accepted);
        let diag = SockDiag::open().unwrap();
        let waiting = loop {
            let found = diag.one(Proto::Tcp, client, Some(server)).unwrap().expect("it stays for a minute");
            if found.state == TcpState::TimeWait {
                break found;
            }
        };
        let timer = waiting.timer.unwrap();
        assert_eq!((timer.kind, waiting.info), (TimerKind::TimeWait, None));
        assert!((Duration::from_secs(50)..=Duration::from_secs(61)).contains(&timer.remaining), "{timer:?}");
    }

    #[test]
    fn a_connection_is_broken_off_and_another_is_not() {
        let (listener, server) = listener("127.0.0.1:0");
        let [one, other] = [(); 2].map(|()| TcpStream::connect(server).unwrap());
        let _accepted = [(); 2].map(|()| listener.accept().unwrap());
        let chosen = one.local_addr().unwrap();
        let diag = SockDiag::open().unwrap();
        match diag.break_off(Family::V4, |socket| socket.local == chosen) {
            // Outside of a sandbox only root may, and not every kernel can.
            Err(error) if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported) => {
                return;
            }
            result => result.unwrap(),
        }
        assert_eq!(one.take_error().unwrap().unwrap().kind(), io::ErrorKind::ConnectionAborted);
        assert!(other.take_error().unwrap().is_none());
    }

    #[test]
    fn udp_sockets_are_found_connected_or_not() {
        let diag = SockDiag::open().unwrap();
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let receiver = UdpSocket::bind(address).unwrap();
            let sender = UdpSocket::bind(address).unwrap();
            let (to, from) = (receiver.local_addr().unwrap(), sender.local_addr().unwrap());
            sender.connect(to).unwrap();
            let open = diag.one(Proto::Udp, to, None).unwrap().expect("unconnected");
            assert_eq!((open.state, open.remote), (TcpState::Closed, None));
            let connected = diag.one(Proto::Udp, from, Some(to)).unwrap().expect("connected");
            assert_eq!((connected.state, connected.remote), (TcpState::Established, Some(to)));
        }
    }

    #[test]
    fn several_threads_may_ask_at_once() {
        let (_listener, local) = listener("127.0.0.1:0");
        let diag = SockDiag::open().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        assert!(diag.one(Proto::Tcp, local, None).unwrap().is_some());
                    }
                });
            }
        });
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let message = Message { kind: BY_FAMILY, flags: 0, sequence: 0, body: &body };
            let _ = socket_view(&message, Proto::Tcp);
        }
    }
}
