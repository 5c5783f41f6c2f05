//! The table of everything that a lab line can say. It feeds the parser, its messages and the reference.

use super::{LineParser, Parsed, calls, claims, cursor::Word, sample, wire};
use crate::lesson::{
    diagnostic::Diagnostic,
    script::{ActorRef, Call, Verb},
    suggest,
};

/// One verb: how it is written, what it means, and how it is read.
#[derive(Debug)]
pub struct VerbRow {
    pub name: &'static str,
    /// How it is written; `[…]` may be left out, capitals stand for something else.
    pub usage: &'static str,
    /// What it means, in a sentence or two of Markdown.
    pub help: &'static str,
    pub example: &'static str,
    /// What people write who mean this verb.
    pub guesses: &'static [&'static str],
    pub(super) read: Read,
}

pub(super) type ReadLine = for<'l, 'a, 's> fn(&'l mut LineParser<'a, 's>) -> Parsed<Verb>;
pub(super) type ReadClaim = for<'l, 'a, 's> fn(&'l mut LineParser<'a, 's>, ActorRef) -> Parsed<Verb>;
pub(super) type ReadCall = for<'l, 'a, 's> fn(&'l mut LineParser<'a, 's>) -> Parsed<Call>;

/// Where the verb stands in its line, and the function that reads what follows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Read {
    /// At the beginning of the line.
    Line(ReadLine),
    /// The same; what may stand behind it has a table of its own, [`wire::FORMS`].
    Wire,
    /// Behind a host: what its program saw.
    Claim(ReadClaim),
    /// Behind a host: a system call.
    Call(ReadCall),
    /// No word of its own: the arrow shows it.
    Packet,
}

/// Which part of the reference the verb belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chapter {
    Calls,
    Claims,
    Packets,
    Wire,
}

impl VerbRow {
    #[must_use]
    pub fn chapter(&self) -> Chapter {
        match self.read {
            Read::Call(_) => Chapter::Calls,
            Read::Claim(_) => Chapter::Claims,
            Read::Line(_) | Read::Packet => Chapter::Packets,
            Read::Wire => Chapter::Wire,
        }
    }
}

#[rustfmt::skip]
pub static VERBS: &[VerbRow] = &[
    VerbRow { name: "socket", usage: "HOST socket tcp|udp|tcp6|udp6 [as NAME]", read: Read::Call(calls::socket), guesses: &["create", "open"],
        help: "Makes a socket that has a protocol and nothing else.", example: "client socket tcp as c" },
    VerbRow { name: "bind", usage: "HOST bind [tcp|udp|tcp6|udp6] ADDRESS [as NAME]", read: Read::Call(calls::bind), guesses: &[],
        help: "Gives the socket its own address. With a protocol, makes the socket first.", example: "server bind udp 53" },
    VerbRow { name: "listen", usage: "HOST listen [[tcp|tcp6] ADDRESS] [backlog N] [as NAME]", read: Read::Call(calls::listen), guesses: &["serve", "wait"],
        help: "Lets others connect. With an address, makes and binds the socket first. The backlog is 128 unless said.", example: "server listen tcp 80 backlog 1" },
    VerbRow { name: "connect", usage: "HOST connect [tcp|udp|tcp6|udp6] ADDRESS [as NAME]", read: Read::Call(calls::connect), guesses: &["open", "dial", "call"],
        help: "Uses the host's newest socket that was never connected, if there is one and no protocol is named; otherwise makes one, `tcp` unless named.", example: "client connect server:80" },
    VerbRow { name: "accept", usage: "HOST accept [as NAME]", read: Read::Call(calls::accept), guesses: &["answer"],
        help: "Takes a connection out of the listener's queue; `as` names the new socket.", example: "server accept as peer" },
    VerbRow { name: "send", usage: "HOST send \"TEXT\" | N bytes", read: Read::Call(calls::send), guesses: &["write", "print", "say"],
        help: "Sends text, or so many bytes of a recognisable pattern. `send \"\"` sends an empty datagram.", example: "client send \"GET /\\r\\n\"" },
    VerbRow { name: "recv", usage: "HOST recv [N]", read: Read::Call(calls::recv), guesses: &["read", "receive", "get"],
        help: "Receives at most N bytes, 65536 unless said.", example: "server.peer recv 5" },
    VerbRow { name: "sendto", usage: "HOST sendto [udp|udp6] ADDRESS \"TEXT\" | N bytes [as NAME]", read: Read::Call(calls::sendto), guesses: &["send_to"],
        help: "Sends one datagram to an address. Makes a socket first if the host has none or a protocol is named.", example: "client sendto server:53 \"hello\"" },
    VerbRow { name: "recvfrom", usage: "HOST recvfrom [N]", read: Read::Call(calls::recvfrom), guesses: &["recv_from"],
        help: "Receives one datagram, of which at most N bytes, and learns where it came from.", example: "server recvfrom" },
    VerbRow { name: "shutdown", usage: "HOST shutdown read|write|both", read: Read::Call(calls::shutdown), guesses: &["finish"],
        help: "Ends one direction of a connection, or both, and keeps the socket.", example: "client shutdown write" },
    VerbRow { name: "close", usage: "HOST close", read: Read::Call(calls::close), guesses: &["disconnect", "hangup", "exit"],
        help: "Gives the socket back.", example: "server.peer close" },
    VerbRow { name: "setsockopt", usage: "HOST setsockopt OPTION VALUE", read: Read::Call(calls::setsockopt), guesses: &["set", "option"],
        help: "Sets a socket option. A switch takes 0 or 1.", example: "client setsockopt TCP_NODELAY 1" },
    VerbRow { name: "getsockopt", usage: "HOST getsockopt OPTION", read: Read::Call(calls::getsockopt), guesses: &["option"],
        help: "Reads a socket option; the screen shows its value.", example: "client getsockopt TCP_MAXSEG" },
    VerbRow { name: "getsockname", usage: "HOST getsockname", read: Read::Call(calls::getsockname), guesses: &["sockname", "address"],
        help: "Asks for the socket's own address.", example: "client getsockname" },
    VerbRow { name: "getpeername", usage: "HOST getpeername", read: Read::Call(calls::getpeername), guesses: &["peername", "peer"],
        help: "Asks for the address that the socket is connected to.", example: "client getpeername" },

    VerbRow { name: "saw", usage: "HOST saw \"TEXT\" | N bytes | end [within TIME]", read: Read::Claim(claims::saw), guesses: &["received", "got", "sees", "read"],
        help: "The program received this: on a stream the next bytes, on a datagram socket the whole next datagram. `end` means that `recv` returned 0.", example: "server.peer saw \"hello\"" },
    VerbRow { name: "returned", usage: "HOST returned [CALL] [fails ERROR] [within TIME]", read: Read::Claim(claims::returned), guesses: &["returns", "done"],
        help: "The call came back; the socket's newest one unless named.", example: "client returned connect fails ECONNREFUSED" },
    VerbRow { name: "waits", usage: "HOST waits [CALL] [within TIME]", read: Read::Claim(claims::waits), guesses: &["blocks", "waiting", "sleeps"],
        help: "The call sleeps in the kernel now.", example: "server waits accept" },

    VerbRow { name: "packet", usage: "[LABEL:] [next] HOST > HOST [udp|icmp|arp] [FLAGS] [FIELD=VALUE]... [payload \"TEXT\"] [times N] [within TIME]", read: Read::Packet, guesses: &[],
        help: "This packet has to appear. Fields that are not named do not matter. Lines about the same direction of the same conversation are matched in order; packets in between are skipped, which `next` forbids.", example: "synack: server > client  SYN+ACK seq=?k ack=j+1" },
    VerbRow { name: "kernel", usage: "kernel HOST[.NAME] [listener] STATE [FIELD=VALUE]... [within TIME]", read: Read::Line(claims::kernel), guesses: &["state", "ss"],
        help: "The kernel says so of this TCP socket; waits until it does. CLOSED means that it has no such socket.", example: "kernel client ESTABLISHED rtt=?r" },
    VerbRow { name: "never", usage: "never HOST > HOST [FLAGS] [FIELD=VALUE]... for TIME | so far", read: Read::Line(claims::never), guesses: &["no", "not"],
        help: "No such packet may appear: for a time, counted from the last quiet point, or `so far` in this step.", example: "never server > client RST so far" },
    VerbRow { name: "silent", usage: "silent for TIME | so far", read: Read::Line(claims::silent), guesses: &["silence", "quiet"],
        help: "No packet at all may appear.", example: "silent for 50ms" },
    VerbRow { name: "sample", usage: "sample HOST every TIME | at acks | off", read: Read::Line(sample::sample), guesses: &["plot", "watch", "trace", "record"],
        help: "From now on the kernel is asked what `TCP_INFO` says of the host's connections: at an interval of a millisecond or more, or whenever an acknowledgement has reached the host. A face can draw the numbers over time.", example: "sample client at acks" },

    VerbRow { name: "wire", usage: "wire DEED", read: Read::Wire, guesses: &["link", "net", "network", "netem"],
        help: "What our hands do with the frames on a wire.", example: "wire hold" },
];

pub(super) fn line_verb(name: &str) -> Option<ReadLine> {
    find(name, |read| match read {
        Read::Line(read) => Some(read),
        Read::Wire => Some(wire::line),
        _ => None,
    })
}

pub(super) fn claim(name: &str) -> Option<ReadClaim> {
    find(name, |read| match read {
        Read::Claim(read) => Some(read),
        _ => None,
    })
}

pub(super) fn call(name: &str) -> Option<ReadCall> {
    find(name, |read| match read {
        Read::Call(read) => Some(read),
        _ => None,
    })
}

fn find<T>(name: &str, wanted: impl Fn(Read) -> Option<T>) -> Option<T> {
    VERBS.iter().filter(|row| row.name == name).find_map(|row| wanted(row.read))
}

/// The words that begin a line: no host may be called so.
pub(crate) fn line_verbs<'a>() -> impl Iterator<Item = &'a str> {
    VERBS.iter().filter(|row| matches!(row.read, Read::Line(_) | Read::Wire)).map(|row| row.name).chain(["next"])
}

/// The words that may stand behind a host.
pub(super) fn after_host() -> impl Iterator<Item = &'static str> {
    VERBS.iter().filter(|row| matches!(row.read, Read::Call(_) | Read::Claim(_))).map(|row| row.name)
}

/// The names of the calls.
pub(super) fn calls() -> impl Iterator<Item = &'static str> {
    VERBS.iter().filter(|row| matches!(row.read, Read::Call(_))).map(|row| row.name)
}

/// The verb that somebody means who writes this behind a host: a known one nearby, or one that is often called so.
fn meant(written: &str) -> Option<&'static str> {
    let guessed = || guessed(written, |read| matches!(read, Read::Call(_) | Read::Claim(_)));
    suggest::nearest(written, after_host()).or_else(guessed)
}

/// The verb at the beginning of a line that is often called so.
pub(super) fn guessed_line_verb(written: &str) -> Option<&'static str> {
    guessed(written, |read| matches!(read, Read::Line(_) | Read::Wire))
}

fn guessed(written: &str, fits: impl Fn(Read) -> bool) -> Option<&'static str> {
    VERBS.iter().find(|row| fits(row.read) && row.guesses.contains(&written)).map(|row| row.name)
}

pub(super) fn unknown_after_host(said: Word, host: &str) -> Diagnostic {
    let known = || format!("known calls are {}", after_host().collect::<Vec<_>>().join(", "));
    if said.is_empty() {
        let bare = Diagnostic::at(said.span(), format!("what does `{host}` do?")).label("expected a call");
        return bare.note(known());
    }
    let unknown = Diagnostic::at(said.span(), format!("unknown call `{}`", said.text)).label("expected a call");
    match meant(said.text) {
        Some(verb) => unknown.help(format_args!("did you mean `{verb}`?")),
        None => unknown.note(known()),
    }
}
