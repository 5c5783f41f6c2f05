//! What the kernel tells about one socket: its ends, its state, its queues, its timer.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{state::TcpState, tcp_info::TcpInfo};

/// The transport that a socket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proto {
    Tcp,
    Udp,
}

impl Proto {
    /// Its number in the IP header.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
        }
    }
}

impl fmt::Display for Proto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

/// The family of addresses that a socket was made for. A dual-stack socket is an IPv6 one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    V4,
    V6,
}

impl Family {
    pub const BOTH: [Self; 2] = [Self::V4, Self::V6];

    #[must_use]
    pub const fn of(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(_) => Self::V4,
            SocketAddr::V6(_) => Self::V6,
        }
    }
}

/// A socket as the kernel sees it at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketView {
    pub proto: Proto,
    /// As the socket has it: a dual-stack socket says `::ffff:127.0.0.1`. See [`canonical`].
    pub local: SocketAddr,
    /// Absent for a socket that is not connected.
    pub remote: Option<SocketAddr>,
    pub state: TcpState,
    /// Bytes that arrived and were not read yet. Of a listener: connections that wait for `accept`.
    pub receive_queue: u32,
    /// Bytes written and not yet acknowledged. Of a listener: how many connections may wait, the backlog.
    pub send_queue: u32,
    pub timer: Option<Timer>,
    /// Timeouts or probes in a row that the timer has counted.
    pub retransmits: u8,
    /// Only of TCP, and of neither SYN-RECV nor TIME-WAIT: those are not whole sockets any more, or yet.
    pub info: Option<TcpInfo>,
    /// The congestion control's name.
    pub congestion: Option<String>,
    pub uid: u32,
    /// As in `/proc/PID/fd`; 0 for one that no descriptor refers to any more.
    pub inode: u32,
    /// Of this socket alone, as long as the machine runs.
    pub cookie: u64,
}

impl SocketView {
    /// Whether it is the socket with these ends, however the addresses are written.
    #[must_use]
    pub fn has_ends(&self, local: SocketAddr, remote: Option<SocketAddr>) -> bool {
        canonical(self.local) == canonical(local) && self.remote.map(canonical) == remote.map(canonical)
    }
}

/// A timer that runs for a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    pub kind: TimerKind,
    /// Until it fires. Zero when it is due.
    pub remaining: Duration,
    /// How often it has fired in a row.
    pub retries: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimerKind {
    /// Something unacknowledged will be sent again (also the probe for a lost tail).
    Retransmit,
    /// An idle connection will be asked whether it lives. Linux also reports its FIN-WAIT-2 timer so.
    KeepAlive,
    TimeWait,
    /// The peer's window is closed and will be probed.
    ZeroWindowProbe,
}

impl TimerKind {
    /// From the number in `sock_diag` (`net/ipv4/inet_diag.c`); 0 means that none runs.
    #[must_use]
    pub const fn from_kernel(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Retransmit,
            2 => Self::KeepAlive,
            3 => Self::TimeWait,
            4 => Self::ZeroWindowProbe,
            _ => return None,
        })
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Retransmit => "retransmit",
            Self::KeepAlive => "keep-alive",
            Self::TimeWait => "time-wait",
            Self::ZeroWindowProbe => "zero-window-probe",
        }
    }
}

impl fmt::Display for TimerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The address as packets carry it: an IPv4 address that stands in an IPv6 one (`::ffff:127.0.0.1`) is taken out,
/// and an IPv6 scope, which no packet carries, is left off.
#[must_use]
pub fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(_) => address,
        IpAddr::V6(ip) => SocketAddr::new(ip.to_canonical(), address.port()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapped_address_is_the_ipv4_address() {
        let canonical_of = |text: &str| canonical(text.parse().unwrap()).to_string();
        assert_eq!(canonical_of("[::ffff:127.0.0.1]:80"), "127.0.0.1:80");
        assert_eq!(canonical_of("127.0.0.1:80"), "127.0.0.1:80");
        assert_eq!(canonical_of("[fe80::1%3]:80"), "[fe80::1]:80");
        assert_eq!(canonical_of("[::1]:80"), "[::1]:80");
    }

    #[test]
    fn a_transport_is_written_small() {
        assert_eq!(serde_json::to_string(&Proto::Tcp).unwrap(), "\"tcp\"");
        assert_eq!(format!("{:>4}", Proto::Udp), " udp");
    }
}
