//! Who and where: hosts, actors, the ends of a packet, addresses.

use std::net::{IpAddr, Ipv6Addr};

use super::{
    LineParser, Parsed,
    cursor::{Cursor, Word},
    value::number_within,
    verbs, wire,
};
use crate::{
    lesson::{
        diagnostic::Diagnostic,
        script::{ActorRef, Address, EndRef, Family, HostPart, WhichEnd},
        suggest,
    },
    timeline::event::Proto,
};

/// The words for what a socket speaks.
pub(super) const PROTOS: [(&str, Proto, Family); 4] = [
    ("tcp", Proto::Tcp, Family::V4),
    ("udp", Proto::Udp, Family::V4),
    ("tcp6", Proto::Tcp, Family::V6),
    ("udp6", Proto::Udp, Family::V6),
];

/// Arrows that people write who mean `>`.
const ARROWS: [&str; 5] = ["->", "-->", "=>", "→", "<"];

/// Whether an arrow other than `>` stands here.
pub(super) fn is_arrow(cursor: &Cursor) -> bool {
    ARROWS.iter().any(|arrow| cursor.rest().starts_with(arrow))
}

impl<'a> LineParser<'a, '_> {
    /// `client`, `server.peer`.
    pub(super) fn actor(&mut self) -> Parsed<ActorRef> {
        let word = self.cursor.word();
        let (host, socket) = word.split_once('.').map_or((word, None), |(host, socket)| (host, Some(socket)));
        if !self.scope.is_host(host.text) {
            return Err(self.no_host_begins_line(host));
        }
        if let Some(socket) = socket {
            self.scope.socket(host.text, socket)?;
        }
        Ok(ActorRef {
            host: host.text.to_owned(),
            socket: socket.map(|socket| socket.text.to_owned()),
            span: word.span(),
        })
    }

    /// A host that stands elsewhere in the line.
    pub(super) fn host(&self, word: Word) -> Parsed<String> {
        if self.scope.is_host(word.text) {
            return Ok(word.text.to_owned());
        }
        let message = match word.is_empty() {
            true => "the host is missing".into(),
            false => format!("unknown host `{}`", word.text),
        };
        let unknown = Diagnostic::at(word.span(), message).label(format!("the hosts are {}", self.host_list()));
        Err(unknown.did_you_mean(word.text, self.scope.hosts()))
    }

    fn host_list(&self) -> String {
        self.scope.hosts().collect::<Vec<_>>().join(", ")
    }

    /// The first word of the line is neither a host nor a verb.
    fn no_host_begins_line(&self, word: Word) -> Diagnostic {
        let hosts = self.host_list();
        let first = self.scope.hosts().next().unwrap_or("client");
        if verbs::after_host().any(|verb| verb == word.text) {
            let bare = Diagnostic::at(word.span(), format!("who does `{}`?", word.text)).label("the host is missing");
            return bare
                .help(format_args!("a call begins with its host: `{first} {}`; the hosts are {hosts}", word.text));
        }
        let unknown = Diagnostic::at(word.span(), format!("unknown host or verb `{}`", word.text));
        let known = self.scope.hosts().chain(verbs::line_verbs());
        let labelled = unknown.label("expected a host, a verb or a packet's label");
        if wire::names().any(|form| form == word.text) {
            return labelled.help(format_args!("did you mean `wire {}`?", word.text));
        }
        match suggest::nearest(word.text, known).or_else(|| verbs::guessed_line_verb(word.text)) {
            Some(known) => labelled.help(format_args!("did you mean `{known}`?")),
            None => labelled.note(format!(
                "the hosts are {hosts}; the verbs are {}; a packet line is `LABEL: {first} > …`",
                verbs::line_verbs().collect::<Vec<_>>().join(", ")
            )),
        }
    }

    /// One end of a packet: `client`, `client:peer`, `server:80`.
    pub(super) fn end_ref(&mut self) -> Parsed<EndRef> {
        self.cursor.skip_space();
        let word = self.cursor.take_while(|c| !c.is_whitespace() && !matches!(c, '>' | '<' | '→' | '"'));
        let span = word.span();
        if let Some((host, socket)) = word.split_once('.').filter(|(host, _)| self.scope.is_host(host.text)) {
            let dotted = Diagnostic::at(span, "a packet goes to an end, not to an actor").label("expected a colon");
            return Err(dotted.help(format_args!("write `{}:{}`", host.text, socket.text)));
        }
        let (host, which) = word.split_once(':').map_or((word, None), |(host, which)| (host, Some(which)));
        if which.is_some() && !self.scope.is_host(host.text) {
            let unknown = self.host(host);
            return unknown.map(|host| EndRef { host, which: None, span }).map_err(|complaint| {
                complaint.help(format_args!("a space stands behind a packet's label: `{}: …`", host.text))
            });
        }
        let host = self.host(host)?;
        let which = which.map(|which| self.which_end(&host, which)).transpose()?;
        Ok(EndRef { host, which, span })
    }

    fn which_end(&self, host: &str, which: Word) -> Parsed<WhichEnd> {
        if which.text.starts_with(|c: char| c.is_ascii_digit()) {
            return port(which).map(WhichEnd::Port);
        }
        self.scope.socket(host, which)?;
        Ok(WhichEnd::Socket(which.text.to_owned()))
    }

    /// `>`.
    pub(super) fn arrow(&mut self) -> Parsed<()> {
        self.cursor.skip_space();
        if self.cursor.eat(">") {
            return Ok(());
        }
        let found = ARROWS.iter().find(|arrow| self.cursor.rest().starts_with(**arrow));
        let Some(arrow) = found else {
            let missing =
                Diagnostic::at(self.cursor.here(), "a packet goes from a host to a host").label("expected `>`");
            return Err(missing.help("such as `client > server SYN`"));
        };
        let at = self.cursor.at();
        let other = Diagnostic::at(at..at + arrow.len(), "packets are written with `>`").label("expected `>`");
        Err(if *arrow == "<" { other.help("the sender stands on the left") } else { other })
    }

    /// `80`, `server:80`, `*:80`, `127.0.0.2:0`, `[::1]:80`.
    pub(super) fn address(&mut self) -> Parsed<Address> {
        let word = self.cursor.word();
        let span = word.span();
        if word.is_empty() {
            let missing = Diagnostic::at(span, "the address is missing").label("expected an address");
            return Err(missing.help("such as `80`, `server:80`, `*:80`, `127.0.0.2:80` or `[::1]:80`"));
        }
        let Some((host, number)) = word.rsplit_once(':') else {
            return self.address_without_colon(word);
        };
        let port = port(number)?;
        let host = match host.text {
            "*" => HostPart::Any,
            text if text.starts_with('[') => HostPart::Literal(IpAddr::V6(bracketed(host)?)),
            text => match text.parse() {
                Ok(ip @ IpAddr::V4(_)) => HostPart::Literal(ip),
                Ok(IpAddr::V6(_)) => {
                    let bare =
                        Diagnostic::at(span, "an IPv6 address stands in brackets").label("where does the port begin?");
                    return Err(bare.help(format_args!("write `[{text}]:{port}`")));
                }
                Err(_) => HostPart::Named(self.host(host)?),
            },
        };
        Ok(Address { host, port, span })
    }

    fn address_without_colon(&self, word: Word) -> Parsed<Address> {
        if word.text.starts_with(|c: char| c.is_ascii_digit()) && !word.text.contains('.') {
            return Ok(Address { host: HostPart::Own, port: port(word)?, span: word.span() });
        }
        let portless = Diagnostic::at(word.span(), format!("`{}` has no port", word.text)).label("expected HOST:PORT");
        Err(portless.help(format_args!("such as `{}:80`", word.text)))
    }

    /// `tcp`, `udp`, `tcp6`, `udp6`, if one stands here.
    pub(super) fn proto(&mut self) -> Option<(Proto, Family)> {
        let word = self.cursor.peek_word();
        let (_, proto, family) = PROTOS.iter().find(|(name, ..)| *name == word.text)?;
        self.cursor.word();
        Some((*proto, *family))
    }

    /// The same where it has to stand.
    pub(super) fn expect_proto(&mut self) -> Parsed<(Proto, Family)> {
        if let Some(proto) = self.proto() {
            return Ok(proto);
        }
        let word = self.cursor.peek_word();
        let message = match word.is_empty() {
            true => "the protocol is missing".into(),
            false => format!("unknown protocol `{}`", word.text),
        };
        let unknown = Diagnostic::at(self.cursor.here(), message).label("expected tcp, udp, tcp6 or udp6");
        Err(unknown.did_you_mean(word.text, PROTOS.map(|(name, ..)| name)))
    }
}

/// The family that an address belongs to, where it says so itself.
pub(super) fn family_of(address: &Address) -> Option<Family> {
    match address.host {
        HostPart::Literal(IpAddr::V4(_)) => Some(Family::V4),
        HostPart::Literal(IpAddr::V6(_)) => Some(Family::V6),
        _ => None,
    }
}

fn port(word: Word) -> Parsed<u16> {
    let port = number_within(word, 0, 65535, "a port")?;
    Ok(u16::try_from(port).unwrap_or_default())
}

fn bracketed(word: Word) -> Parsed<Ipv6Addr> {
    let inner = word.text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    inner.and_then(|text| text.parse().ok()).ok_or_else(|| {
        Diagnostic::at(word.span(), format!("`{}` is not an IPv6 address", word.text))
            .label("expected an address such as `[::1]`")
    })
}
