//! Whether a frame is the one that a pattern of the script speaks of: `client > server  SYN+ACK ack=j+1`.

use std::net::SocketAddr;

use super::{
    claims::fields::{self, Checked, Difference},
    frame::Seen,
    hosts::{HostId, Route},
    packet_facts,
    stage::Stage,
    values::Values,
};
use crate::{
    lesson::script::{EndRef, PacketProto, Pattern, WhichEnd},
    packet::{Net, Packet, Transport},
    timeline::event::Value,
};

/// The two ends of a pattern on the hosts of one stage, as far as they are known at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    from: End,
    to: End,
}

#[derive(Clone, Copy, Debug)]
struct End {
    host: HostId,
    port: Port,
}

#[derive(Clone, Copy, Debug)]
enum Port {
    Any,
    Number(u16),
    /// That of a socket, which may be bound to every address, and may have a peer.
    Socket(SocketAddr, Option<SocketAddr>),
}

impl Ends {
    /// `None` while a socket that the pattern names has no address, or is not there.
    #[must_use]
    pub fn of(pattern: &Pattern, stage: &Stage) -> Option<Self> {
        Some(Self { from: End::of(&pattern.from, stage)?, to: End::of(&pattern.to, stage)? })
    }

    /// Whether the frame runs between them. Where a router stands between, that is said both of the packet's own
    /// ends and of those of its hop.
    fn admit(&self, seen: &Seen) -> bool {
        let wanted = Route { from: self.from.host, to: self.to.host };
        let (source, destination) = (seen.packet.source(), seen.packet.destination());
        (seen.route == wanted || seen.hop == wanted)
            && self.from.port.admits(source, destination)
            && self.to.port.admits(destination, source)
    }
}

impl End {
    fn of(end: &EndRef, stage: &Stage) -> Option<Self> {
        let host = stage.book.hosts().id(&end.host)?;
        let port = match &end.which {
            None => Port::Any,
            Some(WhichEnd::Port(port)) => Port::Number(*port),
            Some(WhichEnd::Socket(name)) => {
                let player = stage.troupe.named(host, name).map(|id| &stage.troupe.players[id])?;
                let (local, remote) = player.ends()?;
                Port::Socket(local, remote)
            }
        };
        Some(Self { host, port })
    }
}

impl Port {
    fn admits(self, own: Option<SocketAddr>, peer: Option<SocketAddr>) -> bool {
        match self {
            Self::Any => true,
            Self::Number(port) => own.is_some_and(|own| own.port() == port),
            Self::Socket(local, remote) => own.zip(peer).is_some_and(|(own, peer)| {
                let at_home = local.ip().is_unspecified() || local.ip() == own.ip();
                at_home && local.port() == own.port() && remote.is_none_or(|remote| remote == peer)
            }),
        }
    }
}

/// Whether a frame runs between the two ends that the pattern names, and speaks its protocol.
#[must_use]
pub fn is_between(pattern: &Pattern, ends: &Ends, seen: &Seen) -> bool {
    speaks(pattern.proto, &seen.packet) && ends.admit(seen)
}

/// Whether the frame may be the one: it runs between these ends, and is folded into another only if that is asked for.
#[must_use]
pub fn is_meant(pattern: &Pattern, ends: &Ends, seen: &Seen) -> bool {
    is_between(pattern, ends, seen) && seen.is_twin() == asks_for_twins(pattern)
}

fn asks_for_twins(pattern: &Pattern) -> bool {
    pattern.fields.iter().any(|test| test.field.name == "twin")
}

fn speaks(proto: PacketProto, packet: &Packet) -> bool {
    match proto {
        PacketProto::Tcp => matches!(packet.transport, Transport::Tcp(_)),
        PacketProto::Udp => matches!(packet.transport, Transport::Udp(_)),
        PacketProto::Icmp => matches!(packet.transport, Transport::Icmp(_) | Transport::Icmp6(_)),
        PacketProto::Arp => matches!(packet.net, Net::Arp(_)),
    }
}

type Matched = (Vec<(String, Value)>, Vec<String>);

/// Holds the packet against the pattern, from left to right: the first difference is the one that is told.
pub fn compare(pattern: &Pattern, seen: &Seen, values: &Values) -> Result<Matched, Difference> {
    if let (Some(test), Transport::Tcp(tcp)) = (&pattern.flags, &seen.packet.transport)
        && !test.admits(tcp.flags.bits().to_be_bytes()[1])
    {
        let words = format!("expected other flags, got {}", tcp.flags);
        return Err(Difference { span: test.span.clone(), words });
    }
    let (mut bindings, mut details) = (Vec::new(), Vec::new());
    for test in &pattern.fields {
        match fields::check(test, packet_facts::value(test.field.name, seen), values) {
            Checked::Holds { bind, detail } => {
                bindings.extend(bind);
                details.extend(detail);
            }
            Checked::Differs(difference) => return Err(difference),
        }
    }
    Ok((bindings, details))
}

/// A pattern that has to be held against frames while the script is elsewhere: with the values and the ends that its
/// names stood for when it was made.
#[derive(Clone, Debug)]
pub struct Filter {
    pattern: Pattern,
    ends: Ends,
    values: Values,
}

impl Filter {
    /// `None` while a socket that the pattern names has no address.
    #[must_use]
    pub fn new(pattern: &Pattern, stage: &Stage, values: &Values) -> Option<Self> {
        Some(Self { pattern: pattern.clone(), ends: Ends::of(pattern, stage)?, values: values.clone() })
    }

    #[must_use]
    pub fn admits(&self, seen: &Seen) -> bool {
        is_between(&self.pattern, &self.ends, seen) && compare(&self.pattern, seen, &self.values).is_ok()
    }
}
