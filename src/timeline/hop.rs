//! Where a frame is on its way, if routers hand it on.

use super::event::Host;
use crate::packet::Packet;

/// One carrying of a packet, from one host to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Its sender has put it on the wire.
    pub is_first: bool,
    /// The next one is its receiver.
    pub is_last: bool,
}

impl Hop {
    /// A packet whose ends are no addresses of these hosts, or that has none, goes straight to where it is sent.
    #[must_use]
    pub fn of(hosts: &[Host], from: &str, to: &str, packet: &Packet) -> Self {
        let Some((source, destination)) = packet.addresses() else { return Self { is_first: true, is_last: true } };
        let owner = |address| hosts.iter().find(|host| host.addresses.contains(&address)).map(|host| &host.name);
        let is = |address, name| owner(address).is_none_or(|owner| owner == name);
        Self { is_first: is(source, from), is_last: is(destination, to) }
    }
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;
    use crate::packet::decode;

    #[test]
    fn a_router_is_in_between() {
        let mut bytes = Vec::new();
        let ip = PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4([10, 0, 1, 1], [10, 0, 2, 1], 64);
        ip.udp(1, 2).write(&mut bytes, &[]).unwrap();
        let packet = decode(&bytes);
        let host = |name: &str, address: &str| Host { name: name.into(), addresses: vec![address.parse().unwrap()] };
        let hosts = [host("client", "10.0.1.1"), host("router", "10.0.1.254"), host("server", "10.0.2.1")];
        let hop = |from, to| {
            let Hop { is_first, is_last } = Hop::of(&hosts, from, to, &packet);
            (is_first, is_last)
        };
        assert_eq!(hop("client", "router"), (true, false));
        assert_eq!(hop("router", "server"), (false, true));
        assert_eq!(hop("client", "server"), (true, true));
        assert_eq!(Hop::of(&[], "a", "b", &packet), Hop { is_first: true, is_last: true });
    }
}
