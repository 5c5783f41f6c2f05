//! The hosts of a lab and the book of their endpoints: which address and port belongs to whom.
//!
//! On the loopback link both hosts live in one network namespace. Over IPv4 each has an address of its own in
//! 127.0.0.0/8, so an address names its host. Over IPv6 there is only `::1`; there the book decides, into which
//! every actor writes its endpoint, and where it is going, *before* it makes the call that sends a packet.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process,
    sync::{
        Arc, LazyLock, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::{
    lesson::script::{Address, Family, HostPart},
    link::Watch,
    packet::{Packet, Quoted, Transport},
    timeline::event::{Host, Proto},
};

/// A host's place in the lesson's list of hosts.
pub type HostId = usize;

/// A number for a lab, whose low 15 bits choose its network on the host's own loopback. Labs of one process count on,
/// so that two of them that run side by side never share one; where another process begins nobody knows.
#[must_use]
pub fn number_of_a_lab() -> u32 {
    static FIRST: LazyLock<u32> = LazyLock::new(|| RandomState::new().hash_one(process::id()) as u32);
    static LABS: AtomicU32 = AtomicU32::new(0);
    FIRST.wrapping_add(LABS.fetch_add(1, Ordering::Relaxed))
}

/// The hosts of one lab, with the addresses that they have on this link.
#[derive(Clone, Debug)]
pub struct Hosts {
    hosts: Vec<Host>,
    /// Each has its addresses to itself.
    live_apart: bool,
}

impl Hosts {
    /// Gives every host its loopback addresses.
    ///
    /// In a private namespace these are always 127.0.0.1, 127.0.0.2 and so on. On the host's own loopback all but
    /// the first move to the network of this lab's number (see [`number_of_a_lab`]), so that neither another lab nor
    /// the TIME-WAIT sockets of an earlier one hold their ports.
    #[must_use]
    pub fn on_loopback<'a>(names: impl IntoIterator<Item = &'a str>, watch: Watch, number: u32) -> Self {
        let network = match watch {
            Watch::Private => [127, 0, 0],
            Watch::HostLoopback | Watch::Unwatched => {
                let [_, _, high, low] = number.to_be_bytes();
                // Never 127.0.0.0/16, where everybody is.
                [127, high << 1 | 1, low]
            }
        };
        let hosts = names
            .into_iter()
            .zip(1u8..=250)
            .map(|(name, number)| {
                // The source address of a packet to anywhere in 127.0.0.0/8 is 127.0.0.1: it has to be the
                // first host's, because the first host is the one that calls.
                let v4 = match number {
                    1 => Ipv4Addr::LOCALHOST,
                    _ => Ipv4Addr::new(network[0], network[1], network[2], number),
                };
                Host { name: name.to_owned(), addresses: vec![v4.into(), Ipv6Addr::LOCALHOST.into()] }
            })
            .collect();
        Self { hosts, live_apart: false }
    }

    /// Hosts that have their addresses to themselves, as on a wire.
    #[must_use]
    pub const fn apart(hosts: Vec<Host>) -> Self {
        Self { hosts, live_apart: true }
    }

    #[must_use]
    pub fn all(&self) -> &[Host] {
        &self.hosts
    }

    #[must_use]
    pub fn id(&self, name: &str) -> Option<HostId> {
        self.hosts.iter().position(|host| host.name == name)
    }

    #[must_use]
    pub fn name(&self, id: HostId) -> &str {
        self.hosts.get(id).map_or("?", |host| &host.name)
    }

    #[must_use]
    pub fn address(&self, id: HostId, family: Family) -> Option<IpAddr> {
        let host = self.hosts.get(id)?;
        host.addresses.iter().copied().find(|address| address.is_ipv4() == (family == Family::V4))
    }

    /// Where a call goes, and the host that lives there if it is one of ours.
    #[must_use]
    pub fn resolve(&self, address: &Address, own: HostId, family: Family) -> Option<(SocketAddr, Option<HostId>)> {
        let (ip, host) = match &address.host {
            HostPart::Own => (self.address(own, family)?, Some(own)),
            HostPart::Any if family == Family::V4 => (Ipv4Addr::UNSPECIFIED.into(), Some(own)),
            HostPart::Any => (Ipv6Addr::UNSPECIFIED.into(), Some(own)),
            HostPart::Named(name) => {
                let id = self.id(name)?;
                (self.address(id, family)?, Some(id))
            }
            HostPart::Literal(ip) => (*ip, self.owner(*ip)),
        };
        Some((SocketAddr::new(ip, address.port), host))
    }

    /// From whom to whom a packet goes, by its addresses alone.
    #[must_use]
    pub fn route(&self, packet: &Packet) -> Option<Route> {
        let (source, destination) = packet.addresses()?;
        Some(Route { from: self.owner(source)?, to: self.owner(destination)? })
    }

    /// The one host that has this address; none if several share it.
    fn owner(&self, ip: IpAddr) -> Option<HostId> {
        let mut owners = (0..self.hosts.len()).filter(|id| self.hosts[*id].addresses.contains(&ip));
        owners.next().filter(|_| owners.next().is_none())
    }
}

/// The endpoints that the actors have used so far. Cheap to clone: all clones are one book.
#[derive(Clone, Debug)]
pub struct Book {
    hosts: Hosts,
    pages: Arc<RwLock<Pages>>,
}

#[derive(Debug, Default)]
struct Pages {
    /// Endpoints of our own sockets.
    ours: HashMap<(Proto, SocketAddr), Own>,
    /// Where our calls went, who called, and who lives there.
    called: HashMap<(Proto, SocketAddr), (HostId, Option<HostId>)>,
}

/// An endpoint of one of our sockets.
#[derive(Clone, Copy, Debug)]
struct Own {
    host: HostId,
    /// Whether anybody may write to it. The end of a connection that we opened is not such a one: another program may
    /// have the same end for a connection to another place.
    is_open: bool,
}

/// The two ends of a packet, as hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Route {
    pub from: HostId,
    pub to: HostId,
}

impl Book {
    #[must_use]
    pub fn new(hosts: Hosts) -> Self {
        Self { hosts, pages: Arc::default() }
    }

    #[must_use]
    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// A socket that anybody may write to: bound, listening, accepted, or a datagram socket.
    pub fn write_own(&self, proto: Proto, local: SocketAddr, host: HostId) {
        let mut pages = self.pages.write().unwrap_or_else(PoisonError::into_inner);
        pages.ours.insert((proto, local), Own { host, is_open: true });
    }

    /// Our end of a connection that we opened.
    pub fn write_connected(&self, proto: Proto, local: SocketAddr, host: HostId) {
        let mut pages = self.pages.write().unwrap_or_else(PoisonError::into_inner);
        pages.ours.entry((proto, local)).or_insert(Own { host, is_open: false });
    }

    pub fn write_call(&self, proto: Proto, target: SocketAddr, caller: HostId, lives_there: Option<HostId>) {
        let mut pages = self.pages.write().unwrap_or_else(PoisonError::into_inner);
        pages.called.insert((proto, target), (caller, lives_there));
    }

    /// Whether a packet belongs to this lab: one of its ends is a socket of ours, or a place that we called.
    #[must_use]
    pub fn is_ours(&self, packet: &Packet) -> bool {
        let Some((proto, source, destination)) = ends(packet) else { return false };
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        [source, destination].into_iter().any(|end| pages.knows(proto, end))
    }

    /// Whether a socket with these ends is one of this lab, rather than another program's.
    #[must_use]
    pub fn is_end_of_ours(&self, proto: Proto, local: SocketAddr, remote: Option<SocketAddr>) -> bool {
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        [Some(local), remote].into_iter().flatten().any(|end| pages.knows(proto, end))
    }

    /// Whose socket is at `local`, talking to `remote`.
    #[must_use]
    pub fn host_of(&self, proto: Proto, local: SocketAddr, remote: Option<SocketAddr>) -> Option<HostId> {
        // An address of one host alone says more than a socket that is bound to every address.
        let by_address = || self.hosts.owner(local.ip());
        if self.hosts.live_apart {
            return by_address();
        }
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        pages.owner(proto, local).or_else(by_address).or_else(|| remote.and_then(|remote| pages.caller(proto, remote)))
    }

    /// From whom to whom a packet went. An ICMP error went the other way than the packet that it quotes.
    #[must_use]
    pub fn route(&self, packet: &Packet) -> Option<Route> {
        let Some((proto, source, destination)) = ends(packet) else {
            // No ports, as in a fragment that is not the first: the addresses have to do.
            return self.hosts.route(packet);
        };
        let from = self.host_of(proto, source, Some(destination));
        let to = self.host_of(proto, destination, Some(source));
        let (from, to) = match (from, to) {
            (Some(from), Some(to)) => (from, to),
            (Some(from), None) => (from, self.other(from)?),
            (None, Some(to)) => (self.other(to)?, to),
            (None, None) => return None,
        };
        let quotes = matches!(packet.transport, Transport::Icmp(_) | Transport::Icmp6(_));
        Some(if quotes { Route { from: to, to: from } } else { Route { from, to } })
    }

    /// Of two hosts the other one.
    fn other(&self, host: HostId) -> Option<HostId> {
        (self.hosts.all().len() == 2).then(|| 1 - host.min(1))
    }
}

impl Pages {
    fn knows(&self, proto: Proto, end: SocketAddr) -> bool {
        self.own(proto, end).is_some_and(|own| own.is_open) || self.called.contains_key(&(proto, end))
    }

    /// Our socket at this end, or at this port of every address.
    fn own(&self, proto: Proto, end: SocketAddr) -> Option<Own> {
        let anywhere: IpAddr = if end.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let at_every_address = (proto, SocketAddr::new(anywhere, end.port()));
        self.ours.get(&(proto, end)).or_else(|| self.ours.get(&at_every_address)).copied()
    }

    fn owner(&self, proto: Proto, end: SocketAddr) -> Option<HostId> {
        let own = self.own(proto, end).map(|own| own.host);
        own.or_else(|| self.called.get(&(proto, end)).and_then(|(_, lives_there)| *lives_there))
    }

    /// Who called `target`.
    fn caller(&self, proto: Proto, target: SocketAddr) -> Option<HostId> {
        self.called.get(&(proto, target)).map(|(caller, _)| *caller)
    }
}

/// The conversation that a packet belongs to: its own ends, or for an ICMP error those of the packet it quotes.
fn ends(packet: &Packet) -> Option<(Proto, SocketAddr, SocketAddr)> {
    match &packet.transport {
        Transport::Tcp(_) => Some((Proto::Tcp, packet.source()?, packet.destination()?)),
        Transport::Udp(_) => Some((Proto::Udp, packet.source()?, packet.destination()?)),
        Transport::Icmp(_) | Transport::Icmp6(_) => quoted_ends(packet.quoted()?),
        _ => None,
    }
}

fn quoted_ends(quoted: &Quoted) -> Option<(Proto, SocketAddr, SocketAddr)> {
    let proto = [Proto::Tcp, Proto::Udp].into_iter().find(|proto| proto.number() == quoted.protocol)?;
    let (source, destination) = quoted.ports?;
    Some((proto, SocketAddr::new(quoted.source, source), SocketAddr::new(quoted.destination, destination)))
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, thread};

    use super::*;

    fn book(watch: Watch) -> Book {
        Book::new(Hosts::on_loopback(["client", "server"], watch, 7))
    }

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn over_ipv4_an_address_names_its_host() {
        let book = book(Watch::Private);
        assert_eq!(book.host_of(Proto::Tcp, at("127.0.0.1:5"), None), Some(0));
        assert_eq!(book.host_of(Proto::Tcp, at("127.0.0.2:5"), None), Some(1));
    }

    #[test]
    fn over_ipv6_the_book_knows_who_is_where_and_who_called() {
        let book = book(Watch::Private);
        assert_eq!(book.host_of(Proto::Tcp, at("[::1]:80"), None), None, "both have the address");
        book.write_own(Proto::Tcp, at("[::1]:80"), 1);
        assert_eq!(book.host_of(Proto::Tcp, at("[::1]:80"), None), Some(1));
        book.write_call(Proto::Tcp, at("[::1]:80"), 0, Some(1));
        assert_eq!(book.host_of(Proto::Tcp, at("[::1]:40000"), Some(at("[::1]:80"))), Some(0), "the one who called");
        assert_eq!(book.host_of(Proto::Udp, at("[::1]:80"), None), None, "UDP has ports of its own");
    }

    #[test]
    fn a_place_that_was_called_belongs_to_its_host_even_if_nobody_listens_there() {
        let book = book(Watch::Private);
        book.write_call(Proto::Udp, at("[::1]:9"), 0, Some(1));
        assert_eq!(book.host_of(Proto::Udp, at("[::1]:9"), None), Some(1));
    }

    #[test]
    fn traffic_of_others_is_not_ours() {
        let book = book(Watch::HostLoopback);
        assert!(!book.is_end_of_ours(Proto::Tcp, at("127.0.0.1:631"), Some(at("127.0.0.1:50000"))));
        book.write_own(Proto::Tcp, at("127.0.0.1:50000"), 0);
        assert!(book.is_end_of_ours(Proto::Tcp, at("127.0.0.1:631"), Some(at("127.0.0.1:50000"))));
    }

    #[test]
    fn another_connection_from_the_port_of_ours_is_not_ours() {
        let book = book(Watch::HostLoopback);
        book.write_call(Proto::Tcp, at("127.9.9.2:8080"), 0, Some(1));
        book.write_connected(Proto::Tcp, at("127.0.0.1:50000"), 0);
        assert!(book.is_end_of_ours(Proto::Tcp, at("127.0.0.1:50000"), Some(at("127.9.9.2:8080"))));
        assert!(!book.is_end_of_ours(Proto::Tcp, at("127.0.0.1:50000"), Some(at("127.0.0.1:631"))));
    }

    #[test]
    fn a_socket_on_the_wildcard_address_is_ours_at_every_address() {
        let book = book(Watch::Private);
        book.write_own(Proto::Tcp, at("0.0.0.0:80"), 1);
        assert_eq!(book.host_of(Proto::Tcp, at("127.0.0.2:80"), None), Some(1));
    }

    #[test]
    fn on_the_hosts_own_loopback_labs_that_follow_each_other_have_other_networks() {
        let hosts = |number| Hosts::on_loopback(["client", "server"], Watch::HostLoopback, number);
        let server = |number| hosts(number).all()[1].addresses[0];
        let begin = number_of_a_lab();
        let servers: HashSet<IpAddr> = (0..1 << 15).map(|lab| server(begin.wrapping_add(lab))).collect();
        assert_eq!(servers.len(), 1 << 15, "each has a network of its own");
        let is_apart = |address: &IpAddr| address.is_loopback() && !address.to_string().starts_with("127.0.");
        assert!(servers.iter().all(is_apart));
        let client = hosts(begin).all()[0].addresses[0];
        assert_eq!(client, IpAddr::from(Ipv4Addr::LOCALHOST), "the kernel sends from 127.0.0.1");
    }

    #[test]
    fn no_two_labs_of_this_process_have_the_same_number() {
        let numbers = || (0..100).map(|_| number_of_a_lab()).collect::<Vec<_>>();
        let (here, there) = thread::scope(|scope| (scope.spawn(numbers).join().unwrap(), numbers()));
        assert_eq!(here.iter().chain(&there).collect::<HashSet<_>>().len(), 200);
    }

    #[test]
    fn names_and_wildcards_resolve_in_the_family_of_the_socket() {
        let hosts = Hosts::on_loopback(["client", "server"], Watch::Private, 0);
        let address = |host| Address { host, port: 80, span: 0..0 };
        let named = address(HostPart::Named("server".into()));
        assert_eq!(hosts.resolve(&named, 0, Family::V4), Some((at("127.0.0.2:80"), Some(1))));
        assert_eq!(hosts.resolve(&named, 0, Family::V6), Some((at("[::1]:80"), Some(1))));
        assert_eq!(hosts.resolve(&address(HostPart::Any), 1, Family::V4), Some((at("0.0.0.0:80"), Some(1))));
        assert_eq!(hosts.resolve(&address(HostPart::Named("router".into())), 0, Family::V4), None);
    }
}
