//! The socket options that a lesson can set and read: one table, for the parser, the actors and the reference.

use libc::{IPPROTO_IPV6, SOL_IP, SOL_SOCKET, SOL_TCP};

use OptionKind::{Group, Milliseconds, Number, Seconds, Switch, Text};

/// How an option's value is written in a lesson, and with it which C type the kernel takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// 0 or 1: an `int`.
    Switch,
    /// An `int`, in the unit that the help names.
    Number,
    /// A `struct linger`, in seconds; `off` for `SO_LINGER` is written -1.
    Seconds,
    /// A `struct timeval`, written in milliseconds.
    Milliseconds,
    /// A string of bytes.
    Text,
    /// A multicast group: a `struct ip_mreq`.
    Group,
}

/// One socket option, by its name in C.
#[derive(Debug, PartialEq, Eq)]
pub struct SocketOption {
    pub name: &'static str,
    pub kind: OptionKind,
    /// The level of `setsockopt`.
    pub level: i32,
    /// The option's number at that level.
    pub number: i32,
    /// One line of help.
    pub help: &'static str,
    pub settable: bool,
    pub readable: bool,
}

impl SocketOption {
    const fn both(name: &'static str, kind: OptionKind, level: i32, number: i32, help: &'static str) -> Self {
        Self { name, kind, level, number, help, settable: true, readable: true }
    }

    const fn read_only(name: &'static str, kind: OptionKind, level: i32, number: i32, help: &'static str) -> Self {
        Self { name, kind, level, number, help, settable: false, readable: true }
    }

    const fn write_only(name: &'static str, kind: OptionKind, level: i32, number: i32, help: &'static str) -> Self {
        Self { name, kind, level, number, help, settable: true, readable: false }
    }
}

/// The option of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static SocketOption> {
    OPTIONS.iter().find(|option| option.name == name)
}

/// Every option, by level and then in the order in which a learner meets them.
#[rustfmt::skip]
pub static OPTIONS: &[SocketOption] = &[
    SocketOption::both("SO_REUSEADDR", Switch, SOL_SOCKET, libc::SO_REUSEADDR, "bind to an address whose old connections are still in TIME-WAIT"),
    SocketOption::both("SO_REUSEPORT", Switch, SOL_SOCKET, libc::SO_REUSEPORT, "let several sockets share one address and port"),
    SocketOption::both("SO_KEEPALIVE", Switch, SOL_SOCKET, libc::SO_KEEPALIVE, "probe the peer of an idle connection"),
    SocketOption::both("SO_BROADCAST", Switch, SOL_SOCKET, libc::SO_BROADCAST, "allow datagrams to a broadcast address"),
    SocketOption::both("SO_LINGER", Seconds, SOL_SOCKET, libc::SO_LINGER, "seconds that close waits for unsent data; 0 aborts with RST, -1 switches it off"),
    SocketOption::both("SO_RCVBUF", Number, SOL_SOCKET, libc::SO_RCVBUF, "bytes of the receive buffer; the kernel doubles what is asked"),
    SocketOption::both("SO_SNDBUF", Number, SOL_SOCKET, libc::SO_SNDBUF, "bytes of the send buffer; the kernel doubles what is asked"),
    SocketOption::both("SO_RCVTIMEO", Milliseconds, SOL_SOCKET, libc::SO_RCVTIMEO, "milliseconds after which recv gives up with EAGAIN; 0 waits for ever"),
    SocketOption::both("SO_SNDTIMEO", Milliseconds, SOL_SOCKET, libc::SO_SNDTIMEO, "milliseconds after which send gives up with EAGAIN; 0 waits for ever"),
    SocketOption::both("SO_OOBINLINE", Switch, SOL_SOCKET, libc::SO_OOBINLINE, "leave urgent data in the stream"),
    SocketOption::read_only("SO_ERROR", Number, SOL_SOCKET, libc::SO_ERROR, "the error that waits on the socket; reading takes it away"),
    SocketOption::read_only("SO_TYPE", Number, SOL_SOCKET, libc::SO_TYPE, "1 for a stream, 2 for datagrams"),
    SocketOption::read_only("SO_ACCEPTCONN", Switch, SOL_SOCKET, libc::SO_ACCEPTCONN, "1 when the socket listens"),
    SocketOption::both("TCP_NODELAY", Switch, SOL_TCP, libc::TCP_NODELAY, "send small writes at once: Nagle's algorithm off"),
    SocketOption::both("TCP_CORK", Switch, SOL_TCP, libc::TCP_CORK, "hold back partial segments until it is taken off"),
    SocketOption::both("TCP_QUICKACK", Switch, SOL_TCP, libc::TCP_QUICKACK, "acknowledge at once instead of waiting for data to ride on"),
    SocketOption::both("TCP_MAXSEG", Number, SOL_TCP, libc::TCP_MAXSEG, "bytes of the largest segment"),
    SocketOption::both("TCP_KEEPIDLE", Number, SOL_TCP, libc::TCP_KEEPIDLE, "seconds of silence before the first keep-alive probe"),
    SocketOption::both("TCP_KEEPINTVL", Number, SOL_TCP, libc::TCP_KEEPINTVL, "seconds between keep-alive probes"),
    SocketOption::both("TCP_KEEPCNT", Number, SOL_TCP, libc::TCP_KEEPCNT, "unanswered keep-alive probes that end the connection"),
    SocketOption::both("TCP_USER_TIMEOUT", Number, SOL_TCP, libc::TCP_USER_TIMEOUT, "milliseconds that sent data may stay unacknowledged"),
    SocketOption::both("TCP_CONGESTION", Text, SOL_TCP, libc::TCP_CONGESTION, "the congestion control by name, such as reno"),
    SocketOption::both("TCP_DEFER_ACCEPT", Number, SOL_TCP, libc::TCP_DEFER_ACCEPT, "seconds that a listener waits for data before accept returns"),
    SocketOption::both("TCP_FASTOPEN", Number, SOL_TCP, libc::TCP_FASTOPEN, "how many Fast Open requests a listener keeps"),
    SocketOption::both("TCP_FASTOPEN_CONNECT", Switch, SOL_TCP, libc::TCP_FASTOPEN_CONNECT, "connect sends nothing until the first data, which goes in the SYN"),
    SocketOption::both("TCP_SYNCNT", Number, SOL_TCP, libc::TCP_SYNCNT, "how often a SYN is sent again before connect fails"),
    SocketOption::both("TCP_LINGER2", Number, SOL_TCP, libc::TCP_LINGER2, "seconds that a closed socket stays in FIN-WAIT-2; -1 for none"),
    SocketOption::both("TCP_WINDOW_CLAMP", Number, SOL_TCP, libc::TCP_WINDOW_CLAMP, "bytes that the announced window may not exceed"),
    SocketOption::both("TCP_NOTSENT_LOWAT", Number, SOL_TCP, libc::TCP_NOTSENT_LOWAT, "unsent bytes above which the socket is not writable"),
    SocketOption::both("IP_TTL", Number, SOL_IP, libc::IP_TTL, "how many routers a packet may cross"),
    SocketOption::both("IP_TOS", Number, SOL_IP, libc::IP_TOS, "the type-of-service byte of outgoing packets"),
    SocketOption::both("IP_MTU_DISCOVER", Number, SOL_IP, libc::IP_MTU_DISCOVER, "don't fragment: 0 never, 1 when the path wants it, 2 always, 3 always and ignore the path"),
    SocketOption::read_only("IP_MTU", Number, SOL_IP, libc::IP_MTU, "the path's MTU in bytes; the socket has to be connected"),
    SocketOption::both("IP_RECVERR", Switch, SOL_IP, libc::IP_RECVERR, "tell an unconnected UDP socket of ICMP errors"),
    SocketOption::both("IP_MULTICAST_TTL", Number, SOL_IP, libc::IP_MULTICAST_TTL, "how many routers a multicast packet may cross"),
    SocketOption::both("IP_MULTICAST_LOOP", Switch, SOL_IP, libc::IP_MULTICAST_LOOP, "hear one's own multicast packets"),
    SocketOption::write_only("IP_ADD_MEMBERSHIP", Group, SOL_IP, libc::IP_ADD_MEMBERSHIP, "join a multicast group, such as 239.1.2.3"),
    SocketOption::both("IPV6_V6ONLY", Switch, IPPROTO_IPV6, libc::IPV6_V6ONLY, "an IPv6 socket that takes no IPv4"),
    SocketOption::both("IPV6_UNICAST_HOPS", Number, IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS, "how many routers an IPv6 packet may cross"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_has_its_own_name_and_place() {
        for (at, option) in OPTIONS.iter().enumerate() {
            assert!(option.settable || option.readable, "{} is good for nothing", option.name);
            for other in &OPTIONS[..at] {
                assert_ne!(other.name, option.name);
                assert_ne!((other.level, other.number), (option.level, option.number), "{}", option.name);
            }
        }
    }

    #[test]
    fn the_level_is_the_one_that_the_name_says() {
        for option in OPTIONS {
            let level = match option.name.split_once('_').unwrap().0 {
                "SO" => SOL_SOCKET,
                "TCP" => libc::IPPROTO_TCP,
                "IP" => libc::IPPROTO_IP,
                _ => IPPROTO_IPV6,
            };
            assert_eq!(option.level, level, "{}", option.name);
        }
    }
}
