//! From a line of the script to an order: which actor is meant, and which system calls the line comes to.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result};

use super::{
    actor::ActorId,
    calls::{self, Order},
    hosts::HostId,
    troupe::{Player, Troupe},
};
use crate::{
    kernel::socket::{Family, Proto},
    lesson::{
        diagnostic::Diagnostic,
        errno,
        model::Lesson,
        script::{Address, Call, CallLine, HostPart, Line, OptionValue, Payload},
    },
    link::Watch,
};

/// An order and the actor that it is for.
#[derive(Debug)]
pub struct Chosen {
    pub player: ActorId,
    pub order: Order,
    /// The kind of a socket that it makes.
    pub makes: Option<(Proto, Family)>,
}

/// Chooses actor and order. The inner error is a fault of the lesson that only shows itself at run time: no such
/// socket is there.
pub fn order(lesson: &Lesson, troupe: &mut Troupe, line: &CallLine) -> Result<Result<Chosen, Diagnostic>> {
    let host = troupe.book().hosts().id(&line.actor.host);
    let host = host.with_context(|| format!("`{}` has no host `{}`", lesson.name, line.actor.host))?;
    if let Some((proto, family)) = makes_socket(&line.call, troupe, host, line) {
        let player = troupe.hire(host, socket_name(line), proto, family)?;
        let order = match write(&line.call, troupe, host, proto, family) {
            Ok(Order::Socket { proto, family }) => Order::Socket { proto, family },
            Ok(order) => Order::Several(flatten(Order::Socket { proto, family }, order)),
            Err(words) => return Ok(Err(Diagnostic::at(line.span.clone(), words))),
        };
        return Ok(Ok(Chosen { player, order, makes: Some((proto, family)) }));
    }
    let Some(player) = existing(troupe, host, line) else {
        let actor = line.actor.socket.as_ref().map_or_else(String::new, |name| format!(".{name}"));
        let message = format!("`{}{actor}` has no socket for this call", line.actor.host);
        let help = match troupe.is_accepting(host) {
            true => "help: `accept` still waits for a connection",
            false => "help: a socket is made by `socket`, `bind udp`, `listen`, `connect`, `sendto` or `accept`",
        };
        return Ok(Err(Diagnostic::at(line.span.clone(), message).note(help)));
    };
    let (proto, family) = (troupe.players[player].proto, troupe.players[player].family);
    Ok(write(&line.call, troupe, host, proto, family)
        .map(|order| Chosen { player, order, makes: None })
        .map_err(|words| Diagnostic::at(line.span.clone(), words)))
}

/// Whether the line needs a socket that is not there, and an `accept` of this host may still bring it.
#[must_use]
pub fn awaits_accept(troupe: &Troupe, line: &CallLine) -> bool {
    let Some(host) = troupe.book().hosts().id(&line.actor.host) else { return false };
    makes_socket(&line.call, troupe, host, line).is_none()
        && existing(troupe, host, line).is_none()
        && troupe.is_accepting(host)
}

fn flatten(first: Order, rest: Order) -> Vec<Order> {
    match rest {
        Order::Several(rest) => std::iter::once(first).chain(rest).collect(),
        rest => vec![first, rest],
    }
}

/// The name of the socket that the line makes: `as NAME`, unless that names what `accept` will bring.
fn socket_name(line: &CallLine) -> Option<String> {
    line.name.clone().or_else(|| line.actor.socket.clone())
}

/// What kind of socket the call has to make before it can begin, if it has to.
fn makes_socket(call: &Call, troupe: &Troupe, host: HostId, line: &CallLine) -> Option<(Proto, Family)> {
    let has_one = || existing(troupe, host, line).is_some();
    match call {
        Call::Socket { proto, family } => Some((*proto, *family)),
        Call::Bind { make, .. } => *make,
        Call::Listen { open, .. } => open.as_ref().map(|(family, _)| (Proto::Tcp, *family)),
        Call::Connect { make, to } => make.or_else(|| (!has_one()).then_some((Proto::Tcp, family_for(to)))),
        Call::SendTo { make, to, .. } => make.or_else(|| (!has_one()).then_some((Proto::Udp, family_for(to)))),
        _ => None,
    }
}

/// A literal address says by itself which family it is of; a host has addresses of both, and IPv4 is meant.
fn family_for(to: &Address) -> Family {
    match to.host {
        HostPart::Literal(IpAddr::V6(_)) => Family::V6,
        _ => Family::V4,
    }
}

/// The actor that the line names, or the host's newest whose socket can do this.
fn existing(troupe: &Troupe, host: HostId, line: &CallLine) -> Option<ActorId> {
    if let Some(name) = &line.actor.socket {
        return troupe.named(host, name);
    }
    let has_peer = |player: &Player| player.connected || player.connecting.is_some();
    let wants_peer = matches!(line.call, Call::Send(_) | Call::Shutdown(_) | Call::GetPeerName);
    // A datagram socket without a peer can be asked to send, too, but only to show that it can not.
    let best = wants_peer.then(|| troupe.newest(host, |player| can(player, &line.call) && has_peer(player))).flatten();
    best.or_else(|| troupe.newest(host, |player| can(player, &line.call)))
}

fn can(player: &Player, call: &Call) -> bool {
    if player.closed {
        return false;
    }
    let idle = !player.connected && player.connecting.is_none() && !player.listening;
    match call {
        Call::Accept => player.listening,
        Call::Connect { .. } | Call::Bind { .. } | Call::Listen { .. } => idle,
        Call::Send(_) | Call::Recv { .. } | Call::Shutdown(_) | Call::GetPeerName => {
            !player.listening && (player.connected || player.proto == Proto::Udp || player.connecting.is_some())
        }
        Call::SendTo { .. } | Call::RecvFrom { .. } => player.proto == Proto::Udp,
        _ => true,
    }
}

/// The system calls of a line, for a socket of this protocol and family.
fn write(call: &Call, troupe: &Troupe, host: HostId, proto: Proto, family: Family) -> Result<Order, String> {
    let resolve = |address: &Address| resolve(troupe, host, family, address);
    Ok(match call {
        Call::Socket { .. } => Order::Socket { proto, family },
        Call::Bind { to, .. } => Order::Bind { to: resolve(to)?.0 },
        Call::Listen { open: None, backlog } => Order::Listen { backlog: *backlog },
        Call::Listen { open: Some((_, to)), backlog } => {
            Order::Several(vec![Order::Bind { to: resolve(to)?.0 }, Order::Listen { backlog: *backlog }])
        }
        Call::Connect { to, .. } => {
            let (to, lives_there) = resolve(to)?;
            Order::Connect { to, lives_there }
        }
        Call::Accept => Order::Accept,
        Call::Send(payload) => Order::Send(bytes(payload)),
        Call::Recv { limit } => Order::Recv { limit: *limit as usize },
        Call::SendTo { to, payload, .. } => {
            let (to, lives_there) = resolve(to)?;
            Order::SendTo { to, lives_there, bytes: bytes(payload) }
        }
        Call::RecvFrom { limit } => Order::RecvFrom { limit: *limit as usize },
        Call::Shutdown(direction) => Order::Shutdown(*direction),
        Call::Close => Order::Close,
        Call::SetOption { option, value } => {
            let group = match value {
                OptionValue::Address(address) => Some(resolve(address)?.0.ip()),
                _ => None,
            };
            Order::SetOption { option, value: value.clone(), group }
        }
        Call::GetOption { option } => Order::GetOption { option },
        Call::GetSockName => Order::GetSockName,
        Call::GetPeerName => Order::GetPeerName,
    })
}

fn resolve(
    troupe: &Troupe,
    host: HostId,
    family: Family,
    address: &Address,
) -> Result<(SocketAddr, Option<HostId>), String> {
    let found = troupe.book().hosts().resolve(address, host, family);
    found.ok_or_else(|| match &address.host {
        HostPart::Named(name) => format!("there is no host `{name}`"),
        _ => "this host has no address of that family".to_owned(),
    })
}

fn bytes(payload: &Payload) -> Vec<u8> {
    match payload {
        Payload::Text(bytes) => bytes.clone(),
        Payload::Count(count) => calls::pattern(*count as usize),
    }
}

/// The complaint about a call that failed without being asked to, with a hint where we know one.
#[must_use]
pub fn unasked_failure(line: &Line, errno: i32, watch: Watch) -> Diagnostic {
    let name = errno::name(errno).unwrap_or("an unknown error");
    let diagnostic = Diagnostic::at(line.span.clone(), format!("the call failed: {name}")).label(errno::words(errno));
    match errno {
        libc::EADDRINUSE if watch != Watch::Private => diagnostic
            .note("help: another program of this machine has this port: `ss -tulnp` shows which one")
            .note("note: the lab has no private network here, so it shares the ports of this machine"),
        libc::EACCES if watch != Watch::Private => {
            diagnostic.note("help: ports below 1024 need a privilege here; use a higher one, or see `wiretutor doctor`")
        }
        _ => diagnostic.note(format!("help: if the lesson wants that, write `fails {name}`")),
    }
}
