//! What the scenes of the wire stand on: a switch whose mind can be changed, and a lab that waits for reports.

use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    os::fd::OwnedFd,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use socket2::{Domain, Socket, Type};
use wiretutor::{
    conversation::{Reading, Reception, Tracker},
    kernel::{
        clock::Stamp,
        sock_diag::SockDiag,
        socket::{Proto, SocketView},
        state::TcpState,
    },
    link::wire::{Address, Decision, Frame, FrameId, Held, HostPlan, Plan, Switch, Why, Wire, WireReport},
    packet::{Packet, decode},
};

use crate::stage::{Ignored, Played, enter_private};

/// Nothing that is waited for takes as long: after it, it will not come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);
pub(crate) const CLIENT: usize = 0;
pub(crate) const SERVER: usize = 1;

pub(crate) type Policy = Box<dyn FnMut(&Frame, &Held) -> Decision + Send>;

/// A switch that does what it was told last.
pub(crate) struct Hands(Policy);

pub(crate) enum Wish {
    Follow(Policy),
    Decide(FrameId, Decision),
    DeliverAll,
}

impl Switch for Hands {
    type Order = Wish;

    fn arrived(&mut self, frame: &Frame, held: &Held) -> Decision {
        (self.0)(frame, held)
    }

    fn order(&mut self, wish: Wish, held: &Held) -> Vec<(FrameId, Decision)> {
        match wish {
            Wish::Follow(policy) => {
                self.0 = policy;
                Vec::new()
            }
            Wish::Decide(id, decision) => vec![(id, decision)],
            Wish::DeliverAll => held.iter().map(|frame| (frame.id, Decision::Deliver)).collect(),
        }
    }
}

/// A switch of one mind, that can not be spoken to.
pub(crate) struct Always(pub(crate) Decision);

impl Switch for Always {
    type Order = ();

    fn arrived(&mut self, _: &Frame, _: &Held) -> Decision {
        self.0.clone()
    }

    fn order(&mut self, (): (), _: &Held) -> Vec<(FrameId, Decision)> {
        Vec::new()
    }
}

pub(crate) fn deliver(_: &Frame, _: &Held) -> Decision {
    Decision::Deliver
}

/// Holds everything, and folds what a host sends once more.
pub(crate) fn hold(frame: &Frame, held: &Held) -> Decision {
    held.iter().find(|other| is_twin(other, frame)).map_or(Decision::Hold, |other| Decision::TwinOf(other.id))
}

/// Holds everything, and folds what a host sends once more, also when its first copy was delivered: the answer to it
/// may be in our hands.
pub(crate) fn hold_patiently() -> Policy {
    let mut known: Vec<Frame> = Vec::new();
    Box::new(move |frame, _| {
        if let Some(first) = known.iter().find(|first| is_twin(first, frame)) {
            return Decision::TwinOf(first.id);
        }
        // An acknowledgement without data has no number of its own.
        let is_numbered = tcp(frame).is_some_and(|(flags, _, payload)| payload > 0 || flags != "ACK");
        known.extend(is_numbered.then(|| frame.clone()));
        Decision::Hold
    })
}

/// Decides so about the `nth` segment from the client with data, counted from 0, and delivers all others.
pub(crate) fn nth_with_data(nth: usize, decision: Decision) -> Policy {
    let mut seen = 0;
    Box::new(move |frame, _| {
        let has_data = frame.from == CLIENT && tcp(frame).is_some_and(|(_, _, payload)| payload > 0);
        seen += usize::from(has_data);
        if has_data && seen == nth + 1 { decision.clone() } else { Decision::Deliver }
    })
}

fn is_twin(one: &Frame, other: &Frame) -> bool {
    let addresses = |frame: &Frame| (decode(&frame.bytes).source(), decode(&frame.bytes).destination());
    tcp(one).is_some() && tcp(one) == tcp(other) && addresses(one) == addresses(other)
}

/// Flags, sequence number and how much data.
pub(crate) fn tcp(frame: &Frame) -> Option<(String, u32, usize)> {
    let packet = decode(&frame.bytes);
    let tcp = packet.tcp()?;
    Some((tcp.flags.to_string(), tcp.sequence, packet.payload.len()))
}

pub(crate) fn packet(frame: &Frame) -> Packet {
    decode(&frame.bytes)
}

pub(crate) fn client_ip() -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, 1)
}

pub(crate) fn server_ip() -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, 2)
}

/// Client and server, who know each other and speak IPv4 only.
pub(crate) fn plan() -> Plan {
    let client = HostPlan::new("client", &[Address::new(client_ip(), 24)]);
    let server = HostPlan::new("server", &[Address::new(server_ip(), 24)]);
    Plan { hosts: vec![client, server], permanent_neighbours: true }
}

pub(crate) struct Lab {
    pub(crate) wire: Wire<Wish>,
    reports: Receiver<WireReport>,
    /// What was reported and not waited for yet.
    pending: VecDeque<WireReport>,
    diags: Vec<SockDiag>,
    marks: u64,
    onlooker: Arc<Mutex<Onlooker>>,
}

/// Sees the frames as they enter and leave, and concludes from them what the kernels are asked for.
#[derive(Default)]
pub(crate) struct Onlooker {
    tracker: Tracker,
    sent: HashMap<FrameId, (Frame, Reading)>,
}

impl Onlooker {
    fn see(&mut self, report: &WireReport) {
        match report {
            WireReport::Entered(frame) => {
                let reading = self.tracker.sent(frame.at, &packet(frame));
                self.sent.insert(frame.id, (frame.clone(), reading));
            }
            WireReport::Left { id, at, altered, .. } => {
                let Some((frame, _)) = self.sent.get(id) else { return };
                let arrived = altered.as_ref().unwrap_or(&frame.bytes);
                if Reception::of(&frame.bytes, arrived).is_taken() {
                    self.tracker.delivered(*at, &decode(arrived));
                }
            }
            _ => {}
        }
    }

    /// What a frame was taken for when it was sent.
    pub(crate) fn reading(&self, id: FrameId) -> Option<&Reading> {
        self.sent.get(&id).map(|(_, reading)| reading)
    }

    /// Whether a state that a kernel has told is what it concludes itself: of a socket that is gone it may still know
    /// that the port listens.
    fn agrees(&self, ends: (SocketAddr, SocketAddr), told: Option<TcpState>) -> bool {
        let gone = [None, Some(TcpState::Closed), Some(TcpState::Listen)];
        let concluded = self.tracker.state(ends.0, ends.1);
        concluded == told || told.is_none() && gone.contains(&concluded)
    }
}

impl Lab {
    pub(crate) fn begin(
        plan: Plan,
        policy: impl FnMut(&Frame, &Held) -> Decision + Send + 'static,
    ) -> Result<Self, Ignored> {
        enter_private()?;
        Ok(Self::again(plan, policy))
    }

    /// In a sandbox that was entered already.
    pub(crate) fn again(plan: Plan, policy: impl FnMut(&Frame, &Held) -> Decision + Send + 'static) -> Self {
        let (reporting, reports) = channel();
        let onlooker: Arc<Mutex<Onlooker>> = Arc::default();
        let seen = Arc::clone(&onlooker);
        let report = move |batch: Vec<_>| {
            batch.iter().for_each(|report| seen.lock().unwrap().see(report));
            batch.into_iter().for_each(|report| drop(reporting.send(report)));
        };
        let wire = Wire::build(plan, Hands(Box::new(policy)), report).unwrap();
        let mut lab = Self { wire, reports, pending: VecDeque::new(), diags: Vec::new(), marks: 0, onlooker };
        lab.diags = lab.wire.hosts().iter().map(|host| host.namespace.run(SockDiag::open).unwrap()).collect();
        lab
    }

    /// Does something in a host's namespace.
    pub(crate) fn on<T: Send>(&self, host: usize, work: impl FnOnce() -> T + Send) -> T {
        self.wire.hosts()[host].namespace.run(|| Ok(work())).unwrap()
    }

    pub(crate) fn listen(&self, port: u16) -> Socket {
        self.socket(SERVER, server_ip(), port, |socket| socket.listen(128).unwrap())
    }

    /// A socket of the client with an address, not connected yet.
    pub(crate) fn caller(&self, port: u16) -> Socket {
        self.socket(CLIENT, client_ip(), port, |_| {})
    }

    fn socket(&self, host: usize, ip: Ipv4Addr, port: u16, prepare: impl FnOnce(&Socket) + Send) -> Socket {
        self.on(host, || {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            socket.bind(&SocketAddr::from((ip, port)).into()).unwrap();
            prepare(&socket);
            socket
        })
    }

    pub(crate) fn follow(&self, policy: impl FnMut(&Frame, &Held) -> Decision + Send + 'static) {
        self.wire.order(Wish::Follow(Box::new(policy))).unwrap();
    }

    pub(crate) fn decide(&self, id: FrameId, decision: Decision) {
        self.wire.order(Wish::Decide(id, decision)).unwrap();
    }

    /// The next report that `wanted` makes something of; those before it are taken back later.
    pub(crate) fn wait<T>(&mut self, what: &str, mut wanted: impl FnMut(&WireReport) -> Option<T>) -> T {
        let known = self.pending.iter().enumerate().find_map(|(at, report)| Some((at, wanted(report)?)));
        if let Some((at, found)) = known {
            self.pending.remove(at);
            return found;
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let report = self.reports.recv_timeout(left).unwrap_or_else(|_| panic!("no {what} in {:#?}", self.pending));
            if let WireReport::Failed { .. } = report {
                panic!("{report:?}");
            }
            match wanted(&report) {
                Some(found) => return found,
                None => self.pending.push_back(report),
            }
        }
    }

    /// The next frame that comes in, whatever becomes of it.
    pub(crate) fn entered(&mut self) -> Frame {
        self.wait("frame", |report| match report {
            WireReport::Entered(frame) => Some(frame.clone()),
            _ => None,
        })
    }

    pub(crate) fn decided(&mut self, wanted: FrameId) -> Decision {
        self.wait("decision", |report| match report {
            WireReport::Decided { id, decision, .. } if *id == wanted => Some(decision.clone()),
            _ => None,
        })
    }

    /// The next frame that is held; what is folded before it is passed over.
    pub(crate) fn held(&mut self) -> Frame {
        loop {
            let frame = self.entered();
            if self.decided(frame.id) == Decision::Hold {
                return frame;
            }
        }
    }

    /// The next frame of that host that is held, however often the other one has sent again meanwhile.
    pub(crate) fn held_from(&mut self, from: usize) -> Frame {
        loop {
            let frame = self.held();
            if frame.from == from {
                return frame;
            }
        }
    }

    /// The next frame that is held must be such a segment.
    pub(crate) fn expect(&mut self, from: usize, flags: &str) -> Frame {
        let frame = self.held();
        let (found, ..) = tcp(&frame).unwrap_or_else(|| panic!("{:?} is no segment", packet(&frame)));
        assert_eq!((frame.from, found.as_str()), (from, flags));
        frame
    }

    /// Lets a frame that is held go on, and waits until it has.
    pub(crate) fn let_go(&mut self, frame: &Frame) {
        self.decide(frame.id, Decision::Deliver);
        self.left(frame.id);
    }

    /// The next copy of it that leaves: which one, when, and its bytes if they were altered.
    pub(crate) fn left(&mut self, wanted: FrameId) -> (usize, Stamp, Option<Arc<[u8]>>) {
        self.wait("frame that leaves", |report| match report {
            WireReport::Left { id, copy, at, altered } if *id == wanted => Some((*copy, *at, altered.clone())),
            _ => None,
        })
    }

    /// Why the next frame that does not leave does not.
    pub(crate) fn discarded(&mut self) -> (FrameId, Why) {
        self.wait("discarded frame", |report| match report {
            WireReport::Discarded { id, why, .. } => Some((*id, *why)),
            _ => None,
        })
    }

    /// Waits until everything that was sent by now is through, and returns all reports of it.
    pub(crate) fn settle(&mut self) -> Vec<WireReport> {
        self.marks += 1;
        let wanted = self.marks;
        self.wire.mark(wanted).unwrap();
        self.wait("end of a mark", |report| {
            matches!(report, WireReport::Drained { token, .. } if *token == wanted).then_some(())
        });
        self.pending.drain(..).collect()
    }

    pub(crate) fn view(&self, host: usize, local: SocketAddr, remote: Option<SocketAddr>) -> Option<SocketView> {
        self.diags[host].one(Proto::Tcp, local, remote).unwrap()
    }

    /// What a frame that has come in means, by those that were seen before it.
    pub(crate) fn reading(&self, frame: &Frame) -> Reading {
        self.onlooker.lock().unwrap().reading(frame.id).unwrap().clone()
    }

    /// Waits until the kernel of the host says so, and whoever only looks at the frames concludes the same. `None`
    /// waits for there being no such socket.
    pub(crate) fn expect_state(&self, host: usize, ends: (SocketAddr, SocketAddr), wanted: Option<TcpState>) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.view(host, ends.0, Some(ends.1)).map(|view| view.state);
            let (agrees, concluded) = {
                let onlooker = self.onlooker.lock().unwrap();
                (onlooker.agrees(ends, found), onlooker.tracker.state(ends.0, ends.1))
            };
            if found == wanted && agrees {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "host {host} is in {found:?}, not in {wanted:?}; by its frames, in {concluded:?}"
            );
            thread::yield_now();
        }
    }

    /// The number of a table of `/proc/net` with its name (`Tcp: InErrs`), as the host's kernel counts.
    pub(crate) fn count(&self, host: usize, table: &str, section: &str, name: &str) -> u64 {
        let text = self.on(host, || std::fs::read_to_string(format!("/proc/thread-self/net/{table}")).unwrap());
        let mut lines = text.lines().filter_map(|line| line.strip_prefix(section)?.strip_prefix(": "));
        let (names, values) = (lines.next().unwrap(), lines.next().unwrap());
        let at = names.split(' ').position(|other| other == name).unwrap_or_else(|| panic!("no {name} in {names}"));
        values.split(' ').nth(at).unwrap().parse().unwrap()
    }

    /// A UDP socket of a host.
    pub(crate) fn udp(&self, host: usize, ip: impl Into<IpAddr> + Send) -> UdpSocket {
        let ip = ip.into();
        let socket = self.on(host, || UdpSocket::bind((ip, 0)).unwrap());
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket
    }

    /// One of the client that is connected to one of the server.
    pub(crate) fn udp_pair(&self) -> (UdpSocket, UdpSocket) {
        let (from, to) = (self.udp(CLIENT, client_ip()), self.udp(SERVER, server_ip()));
        from.connect(to.local_addr().unwrap()).unwrap();
        (from, to)
    }

    /// Both ends of a conversation: the client's first.
    pub(crate) fn expect_states(&self, ends: (SocketAddr, SocketAddr), client: TcpState, server: TcpState) {
        self.expect_state(CLIENT, ends, Some(client));
        self.expect_state(SERVER, (ends.1, ends.0), Some(server));
    }

    /// An open connection, with everything delivered meanwhile.
    pub(crate) fn connection(&mut self, port: u16) -> (Socket, Socket, (SocketAddr, SocketAddr)) {
        self.follow(deliver);
        let (listener, caller) = (self.listen(port), self.caller(0));
        caller.connect(&address_of(&listener).into()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        for socket in [&caller, &accepted] {
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            socket.set_tcp_nodelay(true).unwrap();
        }
        let ends = (address_of(&caller), address_of(&listener));
        self.expect_states(ends, TcpState::Established, TcpState::Established);
        self.settle();
        (caller, accepted, ends)
    }
}

/// Enters the sandbox, for a scene that needs IPv6.
pub(crate) fn enter_with_ipv6() -> Played {
    enter_private()?;
    match std::path::Path::new("/proc/sys/net/ipv6").exists() {
        true => Ok(()),
        false => Err(Ignored("this kernel has no IPv6".into())),
    }
}

pub(crate) fn address_of(socket: &Socket) -> SocketAddr {
    socket.local_addr().unwrap().as_socket().unwrap()
}

/// Begins to connect, and does not wait for it.
pub(crate) fn call(caller: &Socket, server: SocketAddr) {
    caller.set_nonblocking(true).unwrap();
    let error = caller.connect(&server.into()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EINPROGRESS));
}

pub(crate) fn endpoint(ip: impl Into<IpAddr>, port: u16) -> SocketAddr {
    SocketAddr::new(ip.into(), port)
}

/// How many descriptors the process has.
pub(crate) fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Closing, as a program does it.
pub(crate) fn close(socket: Socket) {
    wiretutor::kernel::sys::close(OwnedFd::from(socket)).unwrap();
}
