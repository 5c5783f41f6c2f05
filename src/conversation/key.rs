//! What makes packets of one protocol belong together: both sockets, whichever of them sends.

use std::net::{SocketAddr, SocketAddrV4};

use super::{meaning::Flow, tcp::Way};

/// The same for both directions. As short as it may be: a lookup reads all of it, for every packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// Address and port in one number each, the lower one first.
    V4(u64, u64),
    V6([(u64, u64, u16); 2]),
}

impl Key {
    /// The key of a flow, and which way it goes.
    pub(super) fn new(flow: Flow) -> (Self, Way) {
        match (flow.from, flow.to) {
            (SocketAddr::V4(from), SocketAddr::V4(to)) => {
                let (from, to) = (narrow(from), narrow(to));
                (Self::V4(from.min(to), from.max(to)), Way::of(from.cmp(&to)))
            }
            (from, to) => {
                let (from, to) = (wide(from), wide(to));
                (Self::V6([from.min(to), from.max(to)]), Way::of(from.cmp(&to)))
            }
        }
    }
}

fn narrow(socket: SocketAddrV4) -> u64 {
    u64::from(socket.ip().to_bits()) << 16 | u64::from(socket.port())
}

fn wide(socket: SocketAddr) -> (u64, u64, u16) {
    let address = match socket {
        SocketAddr::V4(socket) => socket.ip().to_ipv6_mapped(),
        SocketAddr::V6(socket) => *socket.ip(),
    };
    let [a, b, c, d, e, f, g, h] = address.segments().map(u64::from);
    (a << 48 | b << 32 | c << 16 | d, e << 48 | f << 32 | g << 16 | h, socket.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::tcp::Side;

    #[test]
    fn both_directions_have_one_key() {
        for (one, other) in [("10.0.0.2:80", "10.0.0.1:4000"), ("[fd00::2]:80", "[fd00::1]:4000")] {
            let (from, to) = (one.parse().unwrap(), other.parse().unwrap());
            let (key, way) = Key::new(Flow { from, to });
            assert_eq!((key, way.back()), Key::new(Flow { from: to, to: from }));
            assert_eq!(way.from, Side::Second);
        }
    }

    #[test]
    fn each_part_of_a_socket_counts() {
        let to = "10.0.0.1:4000".parse().unwrap();
        let keys = ["10.0.0.2:80", "10.0.0.2:81", "10.0.1.2:80", "[::ffff:10.0.0.2]:80", "[fd00::2]:80"]
            .map(|from| Key::new(Flow { from: from.parse().unwrap(), to }).0);
        for (place, key) in keys.iter().enumerate() {
            assert!(!keys[..place].contains(key), "{key:?}");
        }
    }
}
