//! Interfaces, addresses, neighbours and routes: the few requests of `NETLINK_ROUTE` that a link needs.
//!
//! Only the words of the requests are here; what is built of them is told in [`super::wire`] and [`super::netns`].

use std::{
    io,
    net::IpAddr,
    os::fd::{AsFd, AsRawFd},
    thread,
    time::{Duration, Instant},
};

use rustix::net::{AddressFamily, SocketFlags, SocketType, netdevice::name_to_index, socket_with};

use super::netns::Handle;
use crate::kernel::{
    netlink::{Body, Message, Netlink, attributes},
    sys::{self, Offload},
};

/// An Ethernet address.
pub type Mac = [u8; 6];

/// `lo` is the first interface of every namespace.
pub(super) const LOOPBACK_INDEX: u32 = 1;

/// In `struct veth_info_peer`'s place: the other end of the pair.
const VETH_INFO_PEER: u16 = 1;
/// `IFLA_INET6_ADDR_GEN_MODE`, and its value for "no address of your own accord".
const ADDR_GEN_MODE: (u16, u8) = (8, 1);

/// `struct ifinfomsg`.
const LINK_FIXED_PART: usize = 16;
/// `struct ifaddrmsg`.
const ADDRESS_FIXED_PART: usize = 8;
/// `IF_OPER_UP` (RFC 2863).
const OPERATIONAL: u8 = 6;
/// `RTAX_LOCK`, whose bits are the numbers of metrics that the kernel must not change, and `RTAX_MTU`.
const METRIC_LOCK: u16 = 1;
const METRIC_MTU: u16 = 2;
/// How long an interface may take until it sends, and an address until it is valid.
const PATIENCE: Duration = Duration::from_secs(2);

/// One end of a pair that is to be made.
#[derive(Clone, Copy, Debug)]
pub(super) struct End<'a> {
    pub(super) name: &'a str,
    pub(super) mac: Option<Mac>,
    pub(super) mtu: u32,
}

/// The interfaces of one network namespace.
#[derive(Debug)]
pub(super) struct Interfaces {
    line: Netlink,
}

impl Interfaces {
    /// Those of the calling thread's namespace.
    pub(super) fn here() -> io::Result<Self> {
        Ok(Self { line: Netlink::route()? })
    }

    /// Makes two interfaces, one here and one in `there`: what is sent into the one comes out of the other.
    pub(super) fn create_pair(&mut self, near: &End<'_>, far: &End<'_>, there: &Handle) -> io::Result<()> {
        let peer = described(far).with(libc::IFLA_NET_NS_FD, &there.as_fd().as_raw_fd().to_ne_bytes());
        let data = Body::new(&[]).with_nest(VETH_INFO_PEER, &peer);
        let kind = Body::new(&[]).with(libc::IFLA_INFO_KIND, b"veth").with_nest(libc::IFLA_INFO_DATA, &data);
        self.line.create(libc::RTM_NEWLINK, &described(near).with_nest(libc::IFLA_LINKINFO, &kind))
    }

    /// Keeps the kernel from giving the interface an IPv6 address of its own, and from asking for routers with it.
    pub(super) fn stay_silent(&mut self, index: u32) -> io::Result<()> {
        let (attribute, none) = ADDR_GEN_MODE;
        let inet6 = Body::new(&[]).with(attribute, &[none]);
        let families = Body::new(&[]).with_nest(libc::AF_INET6 as u16, &inet6);
        let body = link(index, 0, 0).with_nest(libc::IFLA_AF_SPEC, &families);
        match self.line.change(libc::RTM_NEWLINK, &body) {
            // No IPv6 on this interface at all, be it that the kernel has none, or that the MTU is too small for it.
            Err(error) if error.raw_os_error() == Some(libc::EAFNOSUPPORT) => Ok(()),
            result => result,
        }
    }

    /// Sets the interface up.
    pub(super) fn raise(&mut self, index: u32) -> io::Result<()> {
        self.line.change(libc::RTM_NEWLINK, &link(index, libc::IFF_UP as u32, libc::IFF_UP as u32))
    }

    /// Has neighbours asked for their Ethernet addresses, or not: with ARP and with neighbour discovery.
    fn resolve_addresses(&mut self, index: u32, on: bool) -> io::Result<()> {
        let flags = if on { 0 } else { libc::IFF_NOARP as u32 };
        self.line.change(libc::RTM_NEWLINK, &link(index, flags, libc::IFF_NOARP as u32))
    }

    /// Waits until the interface really sends.
    ///
    /// The end of a pair that is raised first has no carrier until the other one is raised, too, and then the kernel
    /// gets it going in a thread of its own, a moment later. What is sent into it before is lost without a word.
    pub(super) fn await_carrier(&mut self, index: u32) -> io::Result<()> {
        // From Linux 6.8 on the question alone makes it so.
        let mut state = || self.line.ask(libc::RTM_GETLINK, &question(index), operational_state);
        wait_until(|| Ok(state()?.contains(&OPERATIONAL)), "the interface stays without a carrier")
    }

    /// Gives the interface an address, at once: without asking whether another host has it.
    pub(super) fn add_address(&mut self, index: u32, ip: IpAddr, prefix: u8) -> io::Result<()> {
        self.add(index, ip, prefix, libc::IFA_F_NODAD)
    }

    /// Gives an interface that is not raised yet an address under which it can not be asked for.
    ///
    /// Whoever asks for an IPv6 address speaks to a multicast group, and each member reports, several times within a
    /// second, that it is one (RFC 4291 §2.7.1, RFC 3810 §6.1). An interface that resolves no addresses does not join,
    /// nor does it when it begins to resolve them before it is raised. The kernel finds that out in a thread of its
    /// own, and the address is tentative until it has.
    pub(super) fn add_unasked_address(&mut self, index: u32, ip: IpAddr, prefix: u8) -> io::Result<()> {
        self.resolve_addresses(index, false)?;
        self.add(index, ip, prefix, 0)?;
        let question = [[family(ip), 0, 0, 0], [0; 4]].concat();
        let mut states = || self.line.dump(libc::RTM_GETADDR, &question, |message| is_tentative(message, index));
        wait_until(|| Ok(!states()?.contains(&true)), "the address stays tentative")?;
        self.resolve_addresses(index, true)
    }

    fn add(&mut self, index: u32, ip: IpAddr, prefix: u8, flags: u32) -> io::Result<()> {
        let scope = 0; // of the whole world
        let fixed = [&[family(ip), prefix, flags as u8, scope][..], &index.to_ne_bytes()].concat();
        let octets = octets(ip);
        let body = Body::new(&fixed).with(libc::IFA_LOCAL, &octets).with(libc::IFA_ADDRESS, &octets);
        self.line.create(libc::RTM_NEWADDR, &body)
    }

    /// Teaches it once and for all who has that address.
    pub(super) fn add_neighbour(&mut self, index: u32, ip: IpAddr, mac: Mac) -> io::Result<()> {
        let family = [u16::from(family(ip)), 0].map(u16::to_ne_bytes).concat();
        let state = [libc::NUD_PERMANENT, 0].map(u16::to_ne_bytes).concat();
        let fixed = [&family[..], &index.to_ne_bytes(), &state].concat();
        let body = Body::new(&fixed).with(libc::NDA_DST, &octets(ip)).with(libc::NDA_LLADDR, &mac);
        self.line.create(libc::RTM_NEWNEIGH, &body)
    }

    /// Sends by that neighbour whatever has no route of its own.
    pub(super) fn add_default_route(&mut self, index: u32, by: IpAddr) -> io::Result<()> {
        let body = route(by, 0, libc::RT_SCOPE_UNIVERSE, index).with(libc::RTA_GATEWAY, &octets(by));
        self.line.create(libc::RTM_NEWROUTE, &body)
    }

    /// Lets nothing larger than `mtu` go to that neighbour. What the host itself says to it comes from `from`.
    pub(super) fn add_narrow_route(&mut self, index: u32, from: IpAddr, to: IpAddr, mtu: u32) -> io::Result<()> {
        // What it forwards, IPv6 measures by the metric only if that is locked.
        let lock = 1u32 << METRIC_MTU;
        let metrics = Body::new(&[]).with(METRIC_LOCK, &lock.to_ne_bytes()).with(METRIC_MTU, &mtu.to_ne_bytes());
        let to_host = route(to, bits(to), libc::RT_SCOPE_LINK, index).with(libc::RTA_DST, &octets(to));
        let body = to_host.with(libc::RTA_PREFSRC, &octets(from)).with_nest(libc::RTA_METRICS, &metrics);
        self.line.create(libc::RTM_NEWROUTE, &body)
    }
}

/// `struct rtmsg`, for a route to as many bits of an address, and the interface that it leads out of.
fn route(to: IpAddr, prefix: u8, scope: u8, index: u32) -> Body {
    let (any_source, any_service) = (0, 0);
    let place = [family(to), prefix, any_source, any_service];
    let kind = [libc::RT_TABLE_MAIN, libc::RTPROT_STATIC, scope, libc::RTN_UNICAST];
    Body::new(&[place, kind, [0; 4]].concat()).with(libc::RTA_OIF, &index.to_ne_bytes())
}

/// Asks until it is so: the kernel's own threads are at it.
fn wait_until(mut is_so: impl FnMut() -> io::Result<bool>, complaint: &str) -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if is_so()? {
            return Ok(());
        }
        thread::sleep(Duration::from_micros(50));
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, complaint))
}

/// `struct ifinfomsg`, asking for an interface.
fn question(index: u32) -> Vec<u8> {
    [[0; 4], index.to_ne_bytes(), [0; 4], [0; 4]].concat()
}

fn operational_state(message: &Message<'_>) -> Option<u8> {
    let (_, rest) = message.body.split_at_checked(LINK_FIXED_PART)?;
    let (_, state) = attributes(rest).find(|(kind, _)| *kind == libc::IFLA_OPERSTATE)?;
    state.first().copied()
}

/// Whether the address that the message tells of, if it is one of that interface, is not valid yet.
fn is_tentative(message: &Message<'_>, index: u32) -> Option<bool> {
    let [_family, _prefix, flags, _scope, of @ ..] = *message.body.first_chunk::<ADDRESS_FIXED_PART>()?;
    let is_ours = message.kind == libc::RTM_NEWADDR && u32::from_ne_bytes(of) == index;
    is_ours.then_some(u32::from(flags) & libc::IFA_F_TENTATIVE != 0)
}

/// The number of an interface of the calling thread's namespace.
pub(super) fn index_of(name: &str) -> io::Result<u32> {
    Ok(name_to_index(any_socket()?, name)?)
}

/// Lets the kernel itself do what it would leave to the network card. A veth pair has no card: frames would carry
/// checksums that are not filled in, and be longer than the MTU.
pub(super) fn turn_offloads_off(name: &str) -> io::Result<()> {
    let socket = any_socket()?;
    let all = [
        Offload::TxChecksum,
        Offload::ScatterGather,
        Offload::TcpSegmentation,
        Offload::Segmentation,
        Offload::Joining,
    ];
    all.into_iter().try_for_each(|offload| sys::set_offload(&socket, name, offload, false))
}

/// Some socket of the calling thread's namespace, to ask about interfaces.
fn any_socket() -> io::Result<std::os::fd::OwnedFd> {
    Ok(socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?)
}

/// `struct ifinfomsg`: the interface, its flags, and which of them are to be changed.
fn link(index: u32, flags: u32, changed: u32) -> Body {
    let any_kind = [0; 4];
    Body::new(&[any_kind, index.to_ne_bytes(), flags.to_ne_bytes(), changed.to_ne_bytes()].concat())
}

fn described(end: &End<'_>) -> Body {
    let name = [end.name.as_bytes(), &[0]].concat();
    let body = link(0, 0, 0).with(libc::IFLA_IFNAME, &name).with(libc::IFLA_MTU, &end.mtu.to_ne_bytes());
    match &end.mac {
        Some(mac) => body.with(libc::IFLA_ADDRESS, mac),
        None => body,
    }
}

const fn family(ip: IpAddr) -> u8 {
    match ip {
        IpAddr::V4(_) => libc::AF_INET as u8,
        IpAddr::V6(_) => libc::AF_INET6 as u8,
    }
}

/// How long an address is.
const fn bits(ip: IpAddr) -> u8 {
    match ip {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}
