//! The lab script as a value: one [`Line`] a line.

mod wire;

use std::time::Duration;

pub use self::wire::{Deed, Handed, HoldsLine, Labelled, Rhythm, SampleLine, Treatment, Which, WireLine};
use super::model::Span;
pub use crate::kernel::socket::Family;
use crate::{kernel::state::TcpState, timeline::event::Proto};

/// How long a line waits for its event unless it says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub struct Line {
    /// Line number in the file, from 1.
    pub number: usize,
    /// The line without its comment and the white space around it.
    pub text: String,
    pub span: Span,
    pub comment: Option<String>,
    pub verb: Verb,
}

impl Line {
    /// What an actor is told to do, in one word.
    #[must_use]
    pub fn told(&self) -> &str {
        self.text.split_whitespace().nth(1).unwrap_or("call")
    }

    /// Without its label, and without the spaces that make columns of a script.
    #[must_use]
    pub fn in_words(&self) -> String {
        let label = match &self.verb {
            Verb::Packet(PacketLine { label: Some(label), .. }) => label.as_str(),
            _ => "",
        };
        let behind = self.text.strip_prefix(label).and_then(|rest| rest.trim_start().strip_prefix(':'));
        behind.unwrap_or(&self.text).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

#[derive(Clone, Debug)]
pub enum Verb {
    Call(CallLine),
    Packet(PacketLine),
    Kernel(KernelLine),
    Saw(SawLine),
    Returned(ReturnedLine),
    /// `HOST waits CALL`: that call sleeps in the kernel now.
    Waits(WaitsLine),
    Never(NeverLine),
    Silent(SilentLine),
    /// What our hands do with what is on the wire.
    Wire(WireLine),
    /// `wire holds syn twins>=2`: that frame is in our hands.
    Holds(HoldsLine),
    /// `sample client at acks`: what `TCP_INFO` says, again and again.
    Sample(SampleLine),
}

/// `client`, `server.peer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorRef {
    pub host: String,
    pub socket: Option<String>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct CallLine {
    pub actor: ActorRef,
    pub call: Call,
    /// `as peer`: the name of the socket that this call makes.
    pub name: Option<String>,
    /// `fails ECONNREFUSED`.
    pub fails: Option<Errno>,
    pub within: Option<Duration>,
    pub span: Span,
}

/// An errno by its name in C, with the number it has here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errno {
    pub name: &'static str,
    pub number: i32,
    pub span: Span,
}

/// What an actor can be told to do. A call that needs a socket makes one first, as a person would:
/// `listen tcp 80` is `socket`, `bind` and `listen`; `connect server:80` is `socket` and `connect`.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// `socket tcp|udp|tcp6|udp6`
    Socket {
        proto: Proto,
        family: Family,
    },
    /// `bind 80`, `bind server:80`, `bind udp 53`, `bind 127.0.0.2:0`: with a protocol, makes the socket first.
    Bind {
        make: Option<(Proto, Family)>,
        to: Address,
    },
    /// `listen`, `listen tcp 80`, `listen tcp 80 backlog 1`: with a protocol and a port, socket and bind first.
    Listen {
        open: Option<(Family, Address)>,
        backlog: u32,
    },
    /// `connect server:80`, `connect udp server:53`. Uses the host's newest socket that was never connected if
    /// there is one and no protocol is named; otherwise makes one (tcp unless named).
    Connect {
        make: Option<(Proto, Family)>,
        to: Address,
    },
    Accept,
    /// `send "GET /\r\n"`, `send 100000 bytes`, `send ""`
    Send(Payload),
    /// `recv`, `recv 5`: at most so many bytes (65536 unless said).
    Recv {
        limit: u32,
    },
    /// `sendto server:53 "hello"`, `sendto udp server:53 "hello"`
    SendTo {
        make: Option<(Proto, Family)>,
        to: Address,
        payload: Payload,
    },
    /// `recvfrom`, `recvfrom 5`
    RecvFrom {
        limit: u32,
    },
    Shutdown(Direction),
    Close,
    /// `setsockopt SO_LINGER 0`, `setsockopt TCP_NODELAY 1`
    SetOption {
        option: &'static super::options::SocketOption,
        value: OptionValue,
    },
    /// `getsockopt TCP_MAXSEG`
    GetOption {
        option: &'static super::options::SocketOption,
    },
    GetSockName,
    GetPeerName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Read,
    Write,
    Both,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// What stands between the quotes, escapes resolved.
    Text(Vec<u8>),
    /// So many bytes of a recognisable pattern.
    Count(u32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionValue {
    Number(i64),
    Text(String),
    Address(Address),
}

/// Where a call goes: a host of the lesson by name or a literal address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub host: HostPart,
    pub port: u16,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPart {
    /// `bind 80`: the acting host's own address.
    Own,
    /// `*:80`: the wildcard address.
    Any,
    Named(String),
    Literal(std::net::IpAddr),
}

#[derive(Clone, Debug)]
pub struct PacketLine {
    pub label: Option<String>,
    /// `next` in front: no packet of that direction and conversation may come before it.
    pub next: bool,
    pub pattern: Pattern,
    /// `times 3`; 1 unless said.
    pub times: u32,
    pub within: Option<Duration>,
}

#[derive(Clone, Debug)]
pub struct Pattern {
    pub from: EndRef,
    pub to: EndRef,
    pub proto: PacketProto,
    /// For TCP; `None` matches any flags.
    pub flags: Option<FlagTest>,
    pub fields: Vec<FieldTest>,
    pub span: Span,
}

impl Pattern {
    /// The first test that binds a name to the live value.
    #[must_use]
    pub fn binding(&self) -> Option<&FieldTest> {
        self.fields.iter().find(|test| matches!(test.value, Wanted::Bind(_)))
    }
}

/// `client`, `client:peer` (a named socket), `server:80` (a port).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndRef {
    pub host: String,
    pub which: Option<WhichEnd>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhichEnd {
    Port(u16),
    Socket(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketProto {
    Tcp,
    Udp,
    Icmp,
    Arp,
}

/// Which flags a packet has to carry. SYN, FIN and RST must be just those that are named; ACK, PSH, URG, ECE and
/// CWR must be set when they are named and do not matter otherwise, but a plain `SYN` is not a `SYN+ACK`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagTest {
    /// The bits of the header's flags byte, as in RFC 9293 §3.1.
    pub named: u8,
    pub span: Span,
}

impl FlagTest {
    const FIN: u8 = 0x01;
    const SYN: u8 = 0x02;
    const RST: u8 = 0x04;
    const ACK: u8 = 0x10;

    /// Whether a packet with these flags is meant.
    #[must_use]
    pub const fn admits(&self, flags: u8) -> bool {
        let exact = Self::SYN | Self::FIN | Self::RST;
        let bare_syn = self.named & (Self::SYN | Self::ACK) == Self::SYN;
        flags & exact == self.named & exact && flags & self.named == self.named && !(bare_syn && flags & Self::ACK != 0)
    }
}

/// `seq=?j`, `len>=100`, `payload="hello"`.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldTest {
    /// The field's name, one of `fields::PACKET` or `fields::KERNEL`.
    pub field: &'static super::fields::FieldName,
    pub compare: Compare,
    pub value: Wanted,
    /// The whole test, for the caret.
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// `?j`: bind the live value to the name. (Only with `=`.)
    Bind(String),
    Expr(Expr),
    Text(Vec<u8>),
    /// A word: `timer=timewait`, `icmp port-unreachable`'s code.
    Word(String),
}

/// Arithmetic over live values.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    Int(i64),
    /// `300ms`
    Time(Duration),
    /// `j`
    Name(String),
    /// `syn.at`, `client.port`
    Member(String, String),
    Add(Box<Expr>, Box<Expr>),
    Sub(Box<Expr>, Box<Expr>),
}

impl Expr {
    /// Every name that has to be bound before this has a value, `syn.at` as `syn.at`.
    pub fn names(&self, found: &mut Vec<String>) {
        match self {
            Self::Int(_) | Self::Time(_) => {}
            Self::Name(name) => found.push(name.clone()),
            Self::Member(of, member) => found.push(format!("{of}.{member}")),
            Self::Add(left, right) | Self::Sub(left, right) => {
                left.names(found);
                right.names(found);
            }
        }
    }
}

/// `kernel server LISTEN`, `kernel client ESTABLISHED rtt=?r`, `kernel server.peer CLOSE-WAIT`.
#[derive(Clone, Debug)]
pub struct KernelLine {
    pub host: String,
    pub which: WhichSocket,
    pub state: TcpState,
    pub state_span: Span,
    pub fields: Vec<FieldTest>,
    pub within: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhichSocket {
    /// The one of the conversation that the lesson is in: the host's newest socket, or the listener for `LISTEN`.
    Conversation,
    /// `kernel server listener LISTEN`
    Listener,
    /// `kernel server.peer …`
    Named(String),
}

#[derive(Clone, Debug)]
pub struct SawLine {
    pub actor: ActorRef,
    pub what: Seen,
    pub within: Option<Duration>,
}

/// What a program received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// `saw "hello"`: on a stream the next bytes, on a datagram socket the whole next datagram.
    Text(Vec<u8>),
    /// `saw 5 bytes`
    Count(u32),
    /// `saw end`: `recv` returned 0 on a stream.
    End,
}

#[derive(Clone, Debug)]
pub struct ReturnedLine {
    pub actor: ActorRef,
    /// The call by its name; the newest of the socket if not said.
    pub call: Option<String>,
    pub fails: Option<Errno>,
    pub within: Option<Duration>,
}

#[derive(Clone, Debug)]
pub struct WaitsLine {
    pub actor: ActorRef,
    pub call: Option<String>,
    pub within: Option<Duration>,
}

#[derive(Clone, Debug)]
pub struct NeverLine {
    pub pattern: Pattern,
    pub window: Window,
}

#[derive(Clone, Debug)]
pub struct SilentLine {
    pub window: Window,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// `for 100ms`: from the last quiet point on.
    For(Duration),
    /// `so far`: since the step began.
    SoFar,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_exact_where_it_matters() {
        let test = |named| FlagTest { named, span: 0..0 };
        assert!(test(0x02).admits(0x02), "SYN is SYN");
        assert!(test(0x02).admits(0xc2), "SYN with ECN negotiation is still a SYN");
        assert!(!test(0x02).admits(0x12), "SYN is not SYN+ACK");
        assert!(test(0x12).admits(0x12), "SYN+ACK is SYN+ACK");
        assert!(!test(0x12).admits(0x02), "SYN+ACK is not SYN");
        assert!(test(0x10).admits(0x18), "ACK may push");
        assert!(!test(0x10).admits(0x11), "ACK is not FIN+ACK");
        assert!(!test(0x10).admits(0x14), "ACK is not RST+ACK");
        assert!(test(0x01).admits(0x11), "FIN may acknowledge");
        assert!(test(0x04).admits(0x14), "RST may acknowledge");
        assert!(!test(0x18).admits(0x10), "PSH+ACK has to push");
    }
}
