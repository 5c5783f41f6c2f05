//! What is to be joined: the hosts, and what each of them is like.

use std::{
    collections::BTreeSet,
    io,
    net::{IpAddr, Ipv4Addr},
};

use super::{super::netns::STEADY, routing};

/// What Ethernet carries.
const USUAL_MTU: u32 = 1500;
/// The least MTU that Linux takes, and that IPv6 takes (RFC 8200 §5).
pub(super) const LEAST_MTU: u32 = 68;
pub(super) const LEAST_MTU_OF_IPV6: u32 = 1280;
/// A host's Ethernet address ends with its place in the plan, counted from 1.
const MOST_HOSTS: usize = 254;

/// Settings of a host whose connections are to outlive slow reading: it goes on repeating for many hours, and waits
/// for an hour for the other side's end.
///
/// Not for lessons about just these timers. A retransmission comes at its usual time all the same; it only takes
/// longer until the host gives up.
pub const PATIENT: [(&str, &str); 5] = [
    ("net.ipv4.tcp_syn_retries", "127"),
    ("net.ipv4.tcp_synack_retries", "255"),
    ("net.ipv4.tcp_retries2", "255"),
    ("net.ipv4.tcp_orphan_retries", "40"),
    ("net.ipv4.tcp_fin_timeout", "3600"),
];

/// Hosts on one segment.
///
/// Where one of them forwards, each of the others is given a network of its own, in which the router has an address,
/// too. Then it reaches the networks of the others by the router, and every packet crosses the segment twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub hosts: Vec<HostPlan>,
    /// Whether the hosts know each other's Ethernet addresses from the start. Then nobody says anything before he is
    /// made to. Else they ask, with ARP or neighbour discovery, and with IPv6 addresses they report at once in which
    /// multicast groups they can be asked.
    pub permanent_neighbours: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPlan {
    pub name: String,
    /// A host without an IPv6 address sends nothing of IPv6 at all.
    pub addresses: Vec<Address>,
    pub mtu: u32,
    /// Whether it is a router: a host that hands on what is for others.
    pub forwards: bool,
    /// What the way from the router to this host carries, if that is less than the host's own MTU: as if a narrower
    /// link lay between them. A router sends nothing larger there. It cuts the packet in fragments, or, where it must
    /// not, answers that it is too large (RFC 1191 §4, RFC 4443 §3.2).
    ///
    /// As a sender, Linux believes no IPv4 path narrower than 552 (`net.ipv4.route.min_pmtu`).
    pub path_mtu: Option<u32>,
    /// Kernel parameters by their dotted names, set before the host has its interface.
    pub sysctls: Vec<(String, String)>,
}

/// An address, and how many of its bits are those of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    pub ip: IpAddr,
    pub prefix: u8,
}

impl HostPlan {
    /// A host of the usual kind: Ethernet's MTU, and what makes lessons run alike on every machine.
    #[must_use]
    pub fn new(name: &str, addresses: &[Address]) -> Self {
        let sysctls = STEADY.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let (name, addresses) = (name.to_owned(), addresses.to_vec());
        Self { name, addresses, mtu: USUAL_MTU, forwards: false, path_mtu: None, sysctls }
    }

    /// With settings beside those that it has; see [`PATIENT`].
    #[must_use]
    pub fn with(mut self, settings: &[(&str, &str)]) -> Self {
        self.sysctls.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }

    pub(super) fn speaks_ipv6(&self) -> bool {
        self.addresses.iter().any(|address| address.ip.is_ipv6())
    }

    /// How large a packet may be on the way to it.
    pub(super) fn way(&self) -> u32 {
        self.path_mtu.unwrap_or(self.mtu)
    }

    fn check(&self) -> Result<(), String> {
        let Self { name, mtu, .. } = self;
        if !(LEAST_MTU..=u32::from(u16::MAX)).contains(mtu) {
            return Err(format!("host {name}: an MTU is from {LEAST_MTU} to {}, not {mtu}", u16::MAX));
        }
        if self.speaks_ipv6() && *mtu < LEAST_MTU_OF_IPV6 {
            return Err(format!("host {name}: IPv6 needs an MTU of {LEAST_MTU_OF_IPV6} or more, not {mtu}"));
        }
        self.addresses.iter().try_for_each(|address| address.check().map_err(|why| format!("host {name}: {why}")))
    }
}

impl Address {
    #[must_use]
    pub fn new(ip: impl Into<IpAddr>, prefix: u8) -> Self {
        Self { ip: ip.into(), prefix }
    }

    /// Whether the other one is in the same network.
    #[must_use]
    pub fn reaches(self, other: IpAddr) -> bool {
        let wanted = u32::from(self.prefix);
        match (self.ip, other) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros() >= wanted,
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros() >= wanted,
            _ => false,
        }
    }

    fn check(self) -> Result<(), String> {
        let Self { ip, prefix } = self;
        let most = if ip.is_ipv4() { 32 } else { 128 };
        if prefix > most {
            return Err(format!("a prefix of {ip} has at most {most} bits, not {prefix}"));
        }
        if ip.is_unspecified() || ip.is_multicast() || ip.is_loopback() || ip == IpAddr::V4(Ipv4Addr::BROADCAST) {
            return Err(format!("{ip} is no address for a host on a wire"));
        }
        Ok(())
    }
}

impl Plan {
    /// The host that forwards.
    pub(super) fn router(&self) -> Option<&HostPlan> {
        self.hosts.iter().find(|host| host.forwards)
    }

    /// Says what can not be built.
    pub(super) fn check(&self) -> io::Result<()> {
        let complaint = self.complaint();
        complaint.map_or(Ok(()), |complaint| Err(io::Error::new(io::ErrorKind::InvalidInput, complaint)))
    }

    fn complaint(&self) -> Option<String> {
        let count = self.hosts.len();
        if !(2..=MOST_HOSTS).contains(&count) {
            return Some(format!("a wire joins from 2 to {MOST_HOSTS} hosts, not {count}"));
        }
        let mut taken = BTreeSet::new();
        let twice = self.hosts.iter().flat_map(|host| &host.addresses).find(|address| !taken.insert(address.ip));
        if let Some(Address { ip, .. }) = twice {
            return Some(format!("{ip} cannot belong to two hosts"));
        }
        self.hosts.iter().find_map(|host| host.check().err()).or_else(|| routing::complaint(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        let (ip, prefix) = text.split_once('/').unwrap();
        Address::new(ip.parse::<IpAddr>().unwrap(), prefix.parse().unwrap())
    }

    fn plan(addresses: &[&str]) -> Plan {
        let host = |text: &&str| HostPlan::new(text, &[address(text)]);
        Plan { hosts: addresses.iter().map(host).collect(), permanent_neighbours: true }
    }

    #[test]
    fn two_hosts_can_be_joined() {
        assert_eq!(plan(&["10.0.0.1/24", "10.0.0.2/24"]).complaint(), None);
        assert_eq!(plan(&["fd00::1/64", "fd00::2/64"]).complaint(), None);
    }

    #[test]
    fn what_can_not_be_built_is_said_in_words() {
        let mut small = plan(&["10.0.0.1/24", "fd00::2/64"]);
        small.hosts[1].mtu = 1279;
        let mut tiny = plan(&["10.0.0.1/24", "10.0.0.2/24"]);
        tiny.hosts[0].mtu = 67;
        for (plan, complaint) in [
            (plan(&["10.0.0.1/24"]), "a wire joins from 2 to 254 hosts, not 1"),
            (plan(&["10.0.0.1/24", "10.0.0.1/8"]), "10.0.0.1 cannot belong to two hosts"),
            (
                plan(&["10.0.0.1/24", "10.0.0.2/33"]),
                "host 10.0.0.2/33: a prefix of 10.0.0.2 has at most 32 bits, not 33",
            ),
            (plan(&["10.0.0.1/24", "::1/64"]), "host ::1/64: ::1 is no address for a host on a wire"),
            (small, "host fd00::2/64: IPv6 needs an MTU of 1280 or more, not 1279"),
            (tiny, "host 10.0.0.1/24: an MTU is from 68 to 65535, not 67"),
        ] {
            assert_eq!(plan.complaint().as_deref(), Some(complaint));
        }
    }

    #[test]
    fn a_network_is_reached_by_its_prefix() {
        assert!(address("10.0.0.1/24").reaches("10.0.0.255".parse().unwrap()));
        assert!(!address("10.0.0.1/24").reaches("10.0.1.1".parse().unwrap()));
        assert!(address("10.0.0.1/0").reaches("192.0.2.1".parse().unwrap()));
        assert!(address("fd00::1/64").reaches("fd00::ffff:1".parse().unwrap()));
        assert!(!address("fd00::1/128").reaches("fd00::2".parse().unwrap()));
        assert!(!address("10.0.0.1/0").reaches("fd00::2".parse().unwrap()));
    }
}
