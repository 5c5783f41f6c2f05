//! The system calls themselves: an order of the script becomes calls on one socket, shown as the system shows them.

use std::{
    io::{self, Read},
    net::{IpAddr, SocketAddr, UdpSocket},
    os::fd::{AsRawFd, OwnedFd},
    sync::Arc,
};

use socket2::{Domain, SockAddr, Socket, Type};

use super::{
    actor::{ActorReport, Effect, Voice},
    hosts::{Book, HostId},
    sockopt,
};
use crate::{
    kernel::sys,
    lesson::{
        errno,
        options::SocketOption,
        script::{Direction, Family, OptionValue},
    },
    link::wire::abort_when_closed,
    packet::escape::preview,
    timeline::event::{CallResult, Proto},
};

/// A call of the script with its addresses resolved.
#[derive(Clone, Debug)]
pub enum Order {
    Socket {
        proto: Proto,
        family: Family,
    },
    Bind {
        to: SocketAddr,
    },
    Listen {
        backlog: u32,
    },
    Connect {
        to: SocketAddr,
        lives_there: Option<HostId>,
    },
    Accept,
    Send(Vec<u8>),
    Recv {
        limit: usize,
    },
    SendTo {
        to: SocketAddr,
        lives_there: Option<HostId>,
        bytes: Vec<u8>,
    },
    RecvFrom {
        limit: usize,
    },
    Shutdown(Direction),
    Close,
    SetOption {
        option: &'static SocketOption,
        value: OptionValue,
        group: Option<IpAddr>,
    },
    GetOption {
        option: &'static SocketOption,
    },
    GetSockName,
    GetPeerName,
    /// Several of them for one line, up to the first that fails: `listen tcp 80` is socket, bind and listen.
    Several(Vec<Order>),
}

impl Order {
    /// The names of its calls.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        match self {
            Self::Several(orders) => orders.iter().map(call_name).collect(),
            order => vec![call_name(order)],
        }
    }

    /// Where it connects to, if a `connect` is part of it.
    #[must_use]
    pub fn target(&self) -> Option<SocketAddr> {
        match self {
            Self::Connect { to, .. } => Some(*to),
            Self::Several(orders) => orders.iter().find_map(Self::target),
            _ => None,
        }
    }
}

/// What a call came back with.
#[derive(Debug)]
pub struct Returned {
    value: i64,
    /// What the system would show behind the value: `"hello"`, `127.0.0.1:40000`.
    more: String,
    effect: Effect,
}

impl Returned {
    fn plain(value: usize) -> Self {
        Self { value: i64::try_from(value).unwrap_or(i64::MAX), more: String::new(), effect: Effect::Nothing }
    }

    fn effect(effect: Effect) -> Self {
        Self { value: 0, more: String::new(), effect }
    }
}

/// A socket, and what an actor has to know of it.
#[derive(Clone, Debug)]
pub struct Held {
    pub socket: Arc<Socket>,
    pub proto: Proto,
    pub family: Family,
    /// What `close` does with it is the lesson's own choice: it has set `SO_LINGER`.
    pub lingers: bool,
}

impl Held {
    /// One that nobody has set anything on. Should this process be killed, the connection is broken off at once: else
    /// the kernel would go on trying to end it properly, and keep the lab's network for so long.
    fn new(socket: Arc<Socket>, proto: Proto, family: Family) -> io::Result<Self> {
        let held = Self { socket, proto, family, lingers: false };
        held.abort_when_closed(true)?;
        Ok(held)
    }

    fn abort_when_closed(&self, abort: bool) -> io::Result<()> {
        let is_our_choice = self.proto == Proto::Tcp && !self.lingers;
        if is_our_choice { abort_when_closed(&*self.socket, abort) } else { Ok(()) }
    }
}

/// The actor's socket and what has to be known to act with it.
#[derive(Debug)]
pub struct Performer {
    host: HostId,
    book: Book,
    held: Option<Held>,
}

impl Performer {
    #[must_use]
    pub fn new(host: HostId, book: Book, held: Option<Held>) -> Self {
        Self { host, book, held }
    }

    /// Writes the socket's own end into the book of endpoints, so that its packets are known as ours.
    fn note_local(&self, socket: &Socket, proto: Proto) -> Option<SocketAddr> {
        let local = socket.local_addr().ok()?.as_socket()?;
        self.book.write_own(proto, local, self.host);
        Some(local)
    }
}

/// Does what the order says. The error is the errno of the call that failed.
pub fn perform<R: Fn(ActorReport)>(me: &mut Performer, order: Order, voice: &Voice<R>) -> Result<(), i32> {
    match order {
        Order::Several(orders) => orders.into_iter().try_for_each(|order| perform(me, order, voice)),
        Order::Socket { proto, family } => open(me, proto, family, voice),
        order => {
            // An order for a socket that is closed or was never made still is a system call: on descriptor -1.
            let Some(held) = me.held.clone() else {
                let name = call_name(&order);
                return voice.call(name, format!("{name}(-1)"), || Err(bad_descriptor()));
            };
            perform_on(me, held, order, voice)
        }
    }
}

fn open<R: Fn(ActorReport)>(me: &mut Performer, proto: Proto, family: Family, voice: &Voice<R>) -> Result<(), i32> {
    let (domain, domain_text) = match family {
        Family::V4 => (Domain::IPV4, "AF_INET"),
        Family::V6 => (Domain::IPV6, "AF_INET6"),
    };
    let (kind, kind_text) = match proto {
        Proto::Tcp => (Type::STREAM, "SOCK_STREAM"),
        Proto::Udp => (Type::DGRAM, "SOCK_DGRAM"),
    };
    voice.call("socket", format!("socket({domain_text}, {kind_text}, 0)"), || {
        let socket = Arc::new(Socket::new(domain, kind, None)?);
        let value = i64::from(socket.as_raw_fd());
        let effect = Effect::Opened { socket: Arc::downgrade(&socket), proto, family };
        me.held = Some(Held::new(socket, proto, family)?);
        Ok(Returned { value, more: String::new(), effect })
    })
}

fn perform_on<R: Fn(ActorReport)>(me: &mut Performer, held: Held, order: Order, voice: &Voice<R>) -> Result<(), i32> {
    let name = call_name(&order);
    let text = shown(held.socket.as_raw_fd(), &order);
    match order {
        Order::Close => {
            me.held = None;
            voice.call(name, text, || close(held))
        }
        Order::SetOption { option, value, group } => {
            let done = voice.call(name, text, || set_option(&held, option, &value, group));
            let lingers = held.lingers || done.is_ok() && is_linger(option);
            me.held = Some(Held { lingers, ..held });
            done
        }
        order => voice.call(name, text, || make(me, &held, order)),
    }
}

/// Closes the descriptor and reports what `close` said. The stage holds weak references only, and upgrades them
/// just to wake a thread at the very end.
fn close(held: Held) -> io::Result<Returned> {
    held.abort_when_closed(false)?;
    match Arc::try_unwrap(held.socket) {
        Ok(socket) => sys::close(OwnedFd::from(socket))?,
        Err(shared) => drop(shared),
    }
    Ok(Returned::effect(Effect::Closed))
}

fn is_linger(option: &SocketOption) -> bool {
    (option.level, option.number) == (libc::SOL_SOCKET, libc::SO_LINGER)
}

fn set_option(held: &Held, option: &SocketOption, value: &OptionValue, group: Option<IpAddr>) -> io::Result<Returned> {
    sockopt::set(&held.socket, option, value, group)?;
    Ok(Returned::plain(0))
}

fn get_option(held: &Held, option: &SocketOption) -> io::Result<Returned> {
    // What the lesson has not set has to read so.
    held.abort_when_closed(false)?;
    let value = sockopt::get(&held.socket, option);
    held.abort_when_closed(true)?;
    Ok(Returned { value: 0, more: format!("{} = {}", option.name, value?), effect: Effect::Nothing })
}

fn make(me: &Performer, held: &Held, order: Order) -> io::Result<Returned> {
    let (socket, proto) = (&*held.socket, held.proto);
    match order {
        Order::Bind { to } => {
            socket.bind(&to.into())?;
            Ok(Returned::effect(Effect::Bound { local: me.note_local(socket, proto) }))
        }
        Order::Listen { backlog } => {
            socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
            Ok(Returned::effect(Effect::Listening { local: me.note_local(socket, proto) }))
        }
        Order::Connect { to, lives_there } => {
            me.book.write_call(proto, to, me.host, lives_there);
            socket.connect(&to.into())?;
            let local = socket.local_addr()?.as_socket();
            local.into_iter().for_each(|local| me.book.write_connected(proto, local, me.host));
            Ok(Returned::effect(Effect::Connected { local, remote: to }))
        }
        Order::Accept => accept(me, held),
        Order::Send(bytes) => Ok(Returned::plain(socket.send(&bytes)?)),
        Order::Recv { limit } => receive(socket, limit),
        Order::SendTo { to, lives_there, bytes } => {
            me.book.write_call(proto, to, me.host, lives_there);
            let sent = socket.send_to(&bytes, &to.into())?;
            Ok(Returned { effect: Effect::Bound { local: me.note_local(socket, proto) }, ..Returned::plain(sent) })
        }
        Order::RecvFrom { limit } => receive_from(socket, limit),
        Order::Shutdown(direction) => {
            socket.shutdown(match direction {
                Direction::Read => std::net::Shutdown::Read,
                Direction::Write => std::net::Shutdown::Write,
                Direction::Both => std::net::Shutdown::Both,
            })?;
            Ok(Returned::plain(0))
        }
        Order::GetOption { option } => get_option(held, option),
        Order::GetSockName => address_result(&socket.local_addr()?),
        Order::GetPeerName => address_result(&socket.peer_addr()?),
        // These never come here: they have been dealt with.
        Order::Socket { .. } | Order::Close | Order::SetOption { .. } | Order::Several(_) => Err(bad_descriptor()),
    }
}

/// The new socket has what was set on the one that listens, its parting as well.
fn accept(me: &Performer, held: &Held) -> io::Result<Returned> {
    let (accepted, peer) = held.socket.accept()?;
    let local = me.note_local(&accepted, held.proto);
    let remote = peer.as_socket();
    let more = remote.map_or_else(String::new, |remote| format!("from {remote}"));
    let value = i64::from(accepted.as_raw_fd());
    Ok(Returned {
        value,
        more,
        effect: Effect::Accepted { held: Held { socket: Arc::new(accepted), ..held.clone() }, local, remote },
    })
}

fn receive(mut socket: &Socket, limit: usize) -> io::Result<Returned> {
    let mut buffer = vec![0; limit];
    let length = socket.read(&mut buffer)?;
    buffer.truncate(length);
    Ok(received(buffer, ""))
}

fn receive_from(socket: &Socket, limit: usize) -> io::Result<Returned> {
    let mut buffer = vec![0; limit];
    // The standard library's `recv_from` fills initialised memory; the duplicate is the same open socket.
    let (length, from) = UdpSocket::from(socket.try_clone()?).recv_from(&mut buffer)?;
    buffer.truncate(length);
    Ok(received(buffer, &format!(" from {from}")))
}

fn received(bytes: Vec<u8>, from: &str) -> Returned {
    let more = format!("{}{from}", preview(&bytes));
    Returned { value: i64::try_from(bytes.len()).unwrap_or(i64::MAX), more, effect: Effect::Received(bytes) }
}

fn address_result(address: &SockAddr) -> io::Result<Returned> {
    let more = address.as_socket().map_or_else(|| "no address".to_owned(), |address| address.to_string());
    Ok(Returned { value: 0, more, effect: Effect::Nothing })
}

fn bad_descriptor() -> io::Error {
    io::Error::from_raw_os_error(libc::EBADF)
}

/// A call's outcome in the system's words, its effect, and its errno.
pub fn as_the_system_shows_it(outcome: io::Result<Returned>) -> (CallResult, Effect, Option<i32>) {
    match outcome {
        Ok(Returned { value, more, effect }) => {
            let space = if more.is_empty() { "" } else { " " };
            let received = match &effect {
                Effect::Received(bytes) => Some(bytes.clone()),
                _ => None,
            };
            (CallResult { text: format!("= {value}{space}{more}"), value, errno: None, received }, effect, None)
        }
        Err(error) => {
            let number = error.raw_os_error().unwrap_or(0);
            let name = errno::name(number).map_or_else(|| format!("errno {number}"), str::to_owned);
            let words = errno::words(number);
            let text = format!("= -1 {name} ({words})");
            (CallResult { text, value: -1, errno: Some(name), received: None }, Effect::Nothing, Some(number))
        }
    }
}

fn call_name(order: &Order) -> &'static str {
    match order {
        Order::Socket { .. } => "socket",
        Order::Bind { .. } => "bind",
        Order::Listen { .. } => "listen",
        Order::Connect { .. } => "connect",
        Order::Accept => "accept",
        Order::Send(_) => "send",
        Order::Recv { .. } => "recv",
        Order::SendTo { .. } => "sendto",
        Order::RecvFrom { .. } => "recvfrom",
        Order::Shutdown(_) => "shutdown",
        Order::Close => "close",
        Order::SetOption { .. } => "setsockopt",
        Order::GetOption { .. } => "getsockopt",
        Order::GetSockName => "getsockname",
        Order::GetPeerName => "getpeername",
        Order::Several(orders) => orders.first().map_or("", call_name),
    }
}

/// The call as the system would show it, up to its closing parenthesis.
fn shown(fd: i32, order: &Order) -> String {
    let name = call_name(order);
    match order {
        Order::Bind { to } | Order::Connect { to, .. } => format!("{name}({fd}, {to})"),
        Order::Listen { backlog } => format!("{name}({fd}, {backlog})"),
        Order::Send(bytes) => format!("{name}({fd}, {}, {}, 0)", preview(bytes), bytes.len()),
        Order::Recv { limit } => format!("{name}({fd}, ..., {limit}, 0)"),
        Order::SendTo { to, bytes, .. } => format!("{name}({fd}, {}, {}, 0, {to})", preview(bytes), bytes.len()),
        Order::RecvFrom { limit } => format!("{name}({fd}, ..., {limit}, 0, ...)"),
        Order::Shutdown(Direction::Read) => format!("{name}({fd}, SHUT_RD)"),
        Order::Shutdown(Direction::Write) => format!("{name}({fd}, SHUT_WR)"),
        Order::Shutdown(Direction::Both) => format!("{name}({fd}, SHUT_RDWR)"),
        Order::SetOption { option, value, .. } => format!("{name}({fd}, {}, {})", option.name, option_text(value)),
        Order::GetOption { option } => format!("{name}({fd}, {})", option.name),
        _ => format!("{name}({fd})"),
    }
}

fn option_text(value: &OptionValue) -> String {
    match value {
        OptionValue::Number(number) => number.to_string(),
        OptionValue::Text(text) => format!("{text:?}"),
        OptionValue::Address(address) => match &address.host {
            crate::lesson::script::HostPart::Literal(ip) => ip.to_string(),
            other => format!("{other:?}"),
        },
    }
}

/// So many bytes of a pattern that a person recognises: the alphabet, over and over.
#[must_use]
pub fn pattern(count: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_call_shows_the_name_of_its_error() {
        let (result, _, errno) = as_the_system_shows_it(Err(io::Error::from_raw_os_error(libc::ECONNREFUSED)));
        assert_eq!(result.text, "= -1 ECONNREFUSED (Connection refused)");
        assert_eq!(errno, Some(libc::ECONNREFUSED));
    }
}
