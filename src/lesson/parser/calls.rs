//! System calls: what stands behind `HOST listen …`.

use super::{
    LineParser, Parsed, ReadCall,
    address::family_of,
    scope::Kind,
    value::{self, number_within},
    verbs,
};
use crate::{
    lesson::{
        diagnostic::Diagnostic,
        options::{self, OPTIONS, OptionKind, SocketOption},
        script::{ActorRef, Address, Call, CallLine, Direction, Family, HostPart, OptionValue, Verb},
    },
    timeline::event::Proto,
};

/// As much as `recv` takes when nobody says how much.
const RECV_LIMIT: u32 = 65536;
/// The queue of a listener when nobody says how long.
const BACKLOG: u32 = 128;

/// A call with what may stand behind every one of them.
pub(super) fn line(parser: &mut LineParser, actor: ActorRef, read: ReadCall) -> Parsed<Verb> {
    let call = read(parser)?;
    let mut line =
        CallLine { span: actor.span.start..parser.cursor.at(), actor, call, name: None, fails: None, within: None };
    while !parser.cursor.is_done() {
        match parser.cursor.peek_word().text {
            "as" => line.name = Some(parser.socket_name(&line)?),
            "fails" => {
                parser.cursor.word();
                line.fails = Some(value::errno(&mut parser.cursor)?);
            }
            "within" => {
                parser.cursor.word();
                line.within = Some(value::duration(&mut parser.cursor)?);
            }
            other => {
                let unknown = Diagnostic::at(parser.cursor.here(), format!("`{other}` is too much here"));
                let labelled = unknown.label("expected `as`, `fails`, `within` or the end of the line");
                return Err(labelled.did_you_mean(other, ["as", "fails", "within"]));
            }
        }
    }
    Ok(Verb::Call(line))
}

impl LineParser<'_, '_> {
    /// `as peer`.
    fn socket_name(&mut self, line: &CallLine) -> Parsed<String> {
        let span = self.cursor.word().span();
        if !makes_socket(&line.call) {
            let useless = Diagnostic::at(span, "this call makes no socket that could be named").label("useless here");
            return Err(useless.help("`as` names what socket, bind, listen, connect, accept or sendto make"));
        }
        self.cursor.skip_space();
        let name = self.cursor.name();
        if name.is_empty() {
            let missing = Diagnostic::at(self.cursor.here(), "the socket's name is missing").label("expected a name");
            return Err(missing.help("a name is made of letters, digits and `_`"));
        }
        let kind: Kind = self.scope.new_socket(&line.actor.host);
        self.new_name(name, kind);
        Ok(name.text.to_owned())
    }

    /// An address with the protocol that may stand before it. A literal address may decide the family.
    fn target(&mut self) -> Parsed<(Option<(Proto, Family)>, Address)> {
        let make = self.proto();
        let to = self.address()?;
        if let (Some((proto, family)), Some(other)) = (make, family_of(&to))
            && family != other
        {
            let word = if proto == Proto::Tcp { "tcp" } else { "udp" };
            let (is, write) = if other == Family::V6 { ("IPv6", format!("{word}6")) } else { ("IPv4", word.into()) };
            let mixed =
                Diagnostic::at(to.span.clone(), format!("this is an {is} address")).label("of the other family");
            return Err(mixed.help(format_args!("write `{write}`")));
        }
        Ok((make, to))
    }

    /// The same for a call that goes to somebody else.
    fn remote(&mut self, call: &str) -> Parsed<(Option<(Proto, Family)>, Address)> {
        let (make, to) = self.target()?;
        let host = match to.host {
            HostPart::Own => "server",
            HostPart::Any => "*",
            HostPart::Named(_) | HostPart::Literal(_) => return Ok((make, to)),
        };
        let nobody = Diagnostic::at(to.span.clone(), "at which host?").label("expected HOST:PORT");
        Err(if host == "*" { nobody } else { nobody.help(format_args!("such as `{call} {host}:{}`", to.port)) })
    }

    fn limit(&mut self) -> Parsed<u32> {
        let word = self.cursor.peek_word();
        if !word.text.starts_with(|c: char| c.is_ascii_digit()) {
            return Ok(RECV_LIMIT);
        }
        self.cursor.word();
        let limit = number_within(word, 0, 16 << 20, "a size that recv may have here")?;
        if self.cursor.peek_word().text == "bytes" {
            self.cursor.word();
        }
        Ok(u32::try_from(limit).unwrap_or(RECV_LIMIT))
    }

    fn option(&mut self) -> Parsed<(&'static SocketOption, crate::lesson::model::Span)> {
        let word = self.cursor.word();
        if let Some(option) = options::find(word.text) {
            return Ok((option, word.span()));
        }
        let unknown = match word.is_empty() {
            true => Diagnostic::at(word.span(), "the option is missing"),
            false => Diagnostic::at(word.span(), format!("unknown socket option `{}`", word.text)),
        };
        let names = OPTIONS.iter().map(|option| option.name);
        Err(unknown.label("expected an option such as `TCP_NODELAY`").did_you_mean(word.text, names))
    }

    fn option_value(&mut self, option: &SocketOption) -> Parsed<OptionValue> {
        self.cursor.skip_space();
        let word = self.cursor.word();
        let wrong = |expected: &str| {
            let message = match word.is_empty() {
                true => format!("the value of {} is missing", option.name),
                false => format!("`{}` is no value for {}", word.text, option.name),
            };
            Err(Diagnostic::at(word.span(), message).label(format!("expected {expected}")).note(option.help))
        };
        match (option.kind, word.text) {
            (_, "") => wrong("a value"),
            (OptionKind::Switch, "1" | "on") => Ok(OptionValue::Number(1)),
            (OptionKind::Switch, "0" | "off") => Ok(OptionValue::Number(0)),
            (OptionKind::Switch, _) => wrong("0 or 1"),
            (OptionKind::Seconds, "off") => Ok(OptionValue::Number(-1)),
            (OptionKind::Number | OptionKind::Seconds | OptionKind::Milliseconds, text) => match text.parse::<i32>() {
                Ok(number) => Ok(OptionValue::Number(number.into())),
                Err(_) => wrong("a number"),
            },
            (OptionKind::Text, text) => Ok(OptionValue::Text(text.trim_matches('"').to_owned())),
            (OptionKind::Group, text) => match text.parse::<std::net::IpAddr>() {
                Ok(ip) if ip.is_multicast() => {
                    let host = HostPart::Literal(ip);
                    Ok(OptionValue::Address(Address { host, port: 0, span: word.span() }))
                }
                _ => wrong("a multicast address such as 239.1.2.3"),
            },
        }
    }
}

const fn makes_socket(call: &Call) -> bool {
    match call {
        Call::Socket { .. } | Call::Accept | Call::Connect { .. } | Call::SendTo { .. } => true,
        Call::Bind { make, .. } => make.is_some(),
        Call::Listen { open, .. } => open.is_some(),
        _ => false,
    }
}

pub(super) fn socket(parser: &mut LineParser) -> Parsed<Call> {
    let (proto, family) = parser.expect_proto()?;
    Ok(Call::Socket { proto, family })
}

pub(super) fn bind(parser: &mut LineParser) -> Parsed<Call> {
    let (make, to) = parser.target()?;
    Ok(Call::Bind { make, to })
}

pub(super) fn listen(parser: &mut LineParser) -> Parsed<Call> {
    let word = parser.cursor.peek_word();
    let span = word.span();
    let mut open = None;
    if !parser.cursor.is_done() && !matches!(word.text, "backlog" | "within" | "fails" | "as") {
        let (make, address) = parser.target()?;
        if let Some((Proto::Udp, _)) = make {
            let deaf = Diagnostic::at(span, "a UDP socket does not listen").label("expected tcp or tcp6");
            return Err(deaf.help(format_args!("it receives once it is bound: `bind {} {}`", word.text, address.port)));
        }
        let family = make.map(|(_, family)| family).or_else(|| family_of(&address));
        open = Some((family.unwrap_or(Family::V4), address));
    }
    let mut backlog = BACKLOG;
    if parser.cursor.eat_word("backlog") {
        let length = number_within(parser.cursor.word(), 0, 65535, "a backlog")?;
        backlog = u32::try_from(length).unwrap_or(BACKLOG);
    }
    Ok(Call::Listen { open, backlog })
}

pub(super) fn connect(parser: &mut LineParser) -> Parsed<Call> {
    let (make, to) = parser.remote("connect")?;
    Ok(Call::Connect { make, to })
}

pub(super) fn accept(_: &mut LineParser) -> Parsed<Call> {
    Ok(Call::Accept)
}

pub(super) fn send(parser: &mut LineParser) -> Parsed<Call> {
    value::payload(&mut parser.cursor).map(Call::Send)
}

pub(super) fn recv(parser: &mut LineParser) -> Parsed<Call> {
    parser.limit().map(|limit| Call::Recv { limit })
}

pub(super) fn sendto(parser: &mut LineParser) -> Parsed<Call> {
    let word = parser.cursor.peek_word();
    let (make, to) = parser.remote("sendto")?;
    if let Some((Proto::Tcp, _)) = make {
        let stream = Diagnostic::at(word.span(), "sendto sends a datagram").label("expected udp or udp6");
        return Err(stream.help("a TCP socket is connected first, and then uses `send`"));
    }
    let payload = value::payload(&mut parser.cursor)?;
    Ok(Call::SendTo { make, to, payload })
}

pub(super) fn recvfrom(parser: &mut LineParser) -> Parsed<Call> {
    parser.limit().map(|limit| Call::RecvFrom { limit })
}

pub(super) fn shutdown(parser: &mut LineParser) -> Parsed<Call> {
    let word = parser.cursor.word();
    Ok(Call::Shutdown(match word.text {
        "read" | "SHUT_RD" => Direction::Read,
        "write" | "SHUT_WR" => Direction::Write,
        "both" | "SHUT_RDWR" => Direction::Both,
        other => {
            let unknown =
                Diagnostic::at(word.span(), "which direction is shut down?").label("expected read, write or both");
            return Err(unknown.did_you_mean(other, ["read", "write", "both"]));
        }
    }))
}

pub(super) fn close(_: &mut LineParser) -> Parsed<Call> {
    Ok(Call::Close)
}

pub(super) fn setsockopt(parser: &mut LineParser) -> Parsed<Call> {
    let (option, span) = parser.option()?;
    if !option.settable {
        let fixed = Diagnostic::at(span, format!("{} can only be read", option.name)).label("not to be set");
        return Err(fixed.help(format_args!("write `getsockopt {}`", option.name)));
    }
    let value = parser.option_value(option)?;
    Ok(Call::SetOption { option, value })
}

pub(super) fn getsockopt(parser: &mut LineParser) -> Parsed<Call> {
    let (option, span) = parser.option()?;
    if !option.readable {
        return Err(Diagnostic::at(span, format!("{} can only be set", option.name)).label("not to be read"));
    }
    Ok(Call::GetOption { option })
}

pub(super) fn getsockname(_: &mut LineParser) -> Parsed<Call> {
    Ok(Call::GetSockName)
}

pub(super) fn getpeername(_: &mut LineParser) -> Parsed<Call> {
    Ok(Call::GetPeerName)
}

/// The name of a call in a claim about it: `returned connect`.
pub(super) fn call_name(parser: &mut LineParser) -> Parsed<Option<String>> {
    let word = parser.cursor.peek_word();
    if word.is_empty() || matches!(word.text, "fails" | "within") {
        return Ok(None);
    }
    parser.cursor.word();
    if verbs::call(word.text).is_some() {
        return Ok(Some(word.text.to_owned()));
    }
    let unknown = Diagnostic::at(word.span(), format!("unknown call `{}`", word.text)).label("expected a call");
    Err(unknown.did_you_mean(word.text, verbs::calls()))
}
