//! Every word that could be meant at a place of a line, out of the tables. Which of them may stand there is left to
//! the parser.

use super::{PACKET, Row, host_rows, line_rows, row};
use crate::{
    kernel::state::TcpState,
    lesson::{
        errno,
        fields::{self, FieldKind, FieldName},
        icmp,
        improvise::Before,
        options::{OPTIONS, OptionKind},
        parser::{
            packet::{FLAGS, PACKET_PROTOS},
            verbs::{Chapter, VERBS},
            wire::FORMS,
        },
    },
};

/// A word that is offered if the parser admits it.
pub(super) struct Offer {
    pub(super) text: String,
    pub(super) help: String,
    /// What makes it whole where it cannot stand alone.
    pub(super) rest: Option<String>,
}

impl Offer {
    fn new(text: impl Into<String>, help: impl Into<String>) -> Self {
        Self { text: text.into(), help: help.into(), rest: None }
    }

    fn before(self, rest: impl Into<String>) -> Self {
        Self { rest: Some(rest.into()), ..self }
    }
}

/// What the small words of the usages mean. A word that is missing here is offered without help.
const WORDS: &[(&str, &str)] = &[
    ("as", "names the socket that the call makes"),
    ("within", "how long the lab waits for it; 2s unless said"),
    ("fails", "the call has to fail with this error"),
    ("backlog", "how many connections may wait to be accepted"),
    ("bytes", ""),
    ("end", "recv returned 0: the other side has finished"),
    ("read", "nothing more is received"),
    ("write", "nothing more is sent"),
    ("both", "both directions"),
    ("next", "no other packet of that direction may come before it"),
    ("times", "so many packets"),
    ("payload", "the bytes that it carries"),
    ("listener", "the socket that listens, and none of its connections"),
    ("for", "so long, from the last quiet point on"),
    ("so", "so far: since the step began"),
    ("far", "since the step began"),
    ("every", "all of them, from now on"),
    ("all", "all that are held now"),
    ("at", "whenever an acknowledgement has reached it"),
    ("acks", "whenever an acknowledgement has reached it"),
    ("off", "no longer"),
    ("byte", "which one, counted from the Ethernet header"),
    ("queue", "how many frames wait before the rest is lost"),
    ("seed", "the same seed loses the same frames in every run"),
    ("tcp", "a stream of bytes, over IPv4"),
    ("tcp6", "a stream of bytes, over IPv6"),
    ("udp", "datagrams, over IPv4"),
    ("udp6", "datagrams, over IPv6"),
    ("icmp", "a message about other packets"),
    ("arp", "who has this address?"),
];

/// Every word that could be meant: `words` stand before it, and `stem` is its beginning.
pub(super) fn offers(before: &Before, words: &str, stem: &str) -> Vec<Offer> {
    let mut said = words.split_whitespace();
    match (said.next(), row(words)) {
        (None, _) => first_words(before),
        (_, Some(row)) => Pool { before, words, stem, offers: Vec::new() }.of(row),
        (Some("wire"), None) => forms(),
        (Some(_), None) => after_host(),
    }
}

fn first_words(before: &Before) -> Vec<Offer> {
    let hosts = actors(before);
    let verbs = line_rows().map(|row| Offer::new(row.name, first_sentence(row.help)));
    hosts.chain(verbs).chain([word("next")]).collect()
}

fn actors(before: &Before) -> impl Iterator<Item = Offer> {
    before.scope.hosts().flat_map(|host| {
        let sockets = before.scope.sockets_of(host);
        let named = sockets.map(move |name| Offer::new(format!("{host}.{name}"), format!("a socket of {host}")));
        [Offer::new(host, "a host")].into_iter().chain(named)
    })
}

fn forms() -> Vec<Offer> {
    FORMS.iter().map(|form| Offer::new(form.name, first_sentence(form.help))).collect()
}

fn after_host() -> Vec<Offer> {
    let verbs = host_rows().map(|row| Offer::new(row.name, first_sentence(row.help)));
    let packet = VERBS.iter().find(|row| row.name == PACKET).map_or("", |row| row.help);
    verbs.chain([Offer::new(">", first_sentence(packet))]).collect()
}

fn first_sentence(help: &str) -> &str {
    help.split_inclusive(". ").next().unwrap_or(help).trim_end()
}

fn word(text: &str) -> Offer {
    let help = WORDS.iter().find(|(known, _)| *known == text).map_or("", |(_, help)| help);
    Offer::new(text, help)
}

/// The words of one row, in the order of its usage.
struct Pool<'p> {
    before: &'p Before,
    words: &'p str,
    stem: &'p str,
    offers: Vec<Offer>,
}

impl Pool<'_> {
    fn of(mut self, row: Row) -> Vec<Offer> {
        for token in tokens(row.usage()) {
            self.token(token);
        }
        if row.usage().contains('>') {
            self.pattern();
        }
        if row.is_call() {
            self.extend(["fails", "within"].map(word));
            self.errors();
        }
        // A value fits the option of the example, and not every other.
        if tokens(row.usage()).all(|token| token != "VALUE") {
            self.extend(example_parts(row.example()).into_iter().map(|part| Offer::new(part, "for example")));
        }
        self.offers
    }

    fn extend(&mut self, offers: impl IntoIterator<Item = Offer>) {
        self.offers.extend(offers);
    }

    /// A word of the usage; capitals stand for something else.
    fn token(&mut self, token: &str) {
        match token {
            "HOST" => self.ends(),
            "ADDRESS" => self.addresses(),
            "OPTION" => self.extend(OPTIONS.iter().map(|option| Offer::new(option.name, option.help))),
            "VALUE" => self.option_values(),
            "STATE" => self.extend(TcpState::ALL.map(|state| Offer::new(state.name(), "a state"))),
            "ERROR" => self.errors(),
            "CALL" => {
                let calls = VERBS.iter().filter(|row| row.chapter() == Chapter::Calls);
                self.extend(calls.map(|row| Offer::new(row.name, first_sentence(row.help))));
            }
            "LABEL" => self.extend(self.before.scope.labels().map(|label| Offer::new(label, "a frame in our hands"))),
            "FIELD=VALUE" if self.words.trim_start().starts_with("kernel") => self.fields(fields::KERNEL),
            "FIELD=VALUE" => self.fields(fields::PACKET),
            "twins>=N" => self.fields(fields::HELD),
            "every" => self.every(),
            "payload" => self.extend([Offer::new("payload", "the bytes that it carries").before(" \"\"")]),
            token if token.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) => self.extend([word(token)]),
            _ => {}
        }
    }

    /// `every` is refused where no packet stands behind it yet.
    fn every(&mut self) {
        let mut hosts = self.before.scope.hosts();
        if let (Some(from), Some(to)) = (hosts.next(), hosts.next()) {
            let every = word("every").before(format!(" {from} > {to}"));
            self.extend([every]);
        }
    }

    /// What a packet goes from and to; also the actors of calls, which stand in the same place.
    fn ends(&mut self) {
        let hosts: Vec<String> = self.before.scope.hosts().map(str::to_owned).collect();
        for host in &hosts {
            let other = hosts.iter().find(|other| *other != host);
            // Where a label could stand as well, the arrow shows that it is a host.
            self.extend([Offer { rest: other.map(|other| format!(" > {other}")), ..Offer::new(host, "a host") }]);
            let sockets: Vec<String> = self.before.scope.sockets_of(host).map(str::to_owned).collect();
            for name in sockets {
                let help = format!("a socket of {host}");
                self.extend([Offer::new(format!("{host}:{name}"), &help), Offer::new(format!("{host}.{name}"), &help)]);
            }
        }
        self.doors();
    }

    fn doors(&mut self) {
        let help = |listens| if listens { "a socket listens there" } else { "a socket is bound there" };
        self.extend(self.before.doors.iter().map(|door| Offer::new(&door.address, help(door.listens))));
    }

    fn addresses(&mut self) {
        self.doors();
        let hosts = self.before.scope.hosts().map(|host| Offer::new(format!("{host}:"), "and a port"));
        let hosts: Vec<Offer> = hosts.chain([Offer::new("*:", "any address of the host, and a port")]).collect();
        self.extend(hosts);
    }

    fn errors(&mut self) {
        self.extend(errno::ERRORS.iter().map(|(name, number)| Offer::new(*name, errno::words(*number))));
    }

    /// Of the option that was named last.
    fn option_values(&mut self) {
        let named = self.words.split_whitespace().last().unwrap_or_default();
        let Some(option) = OPTIONS.iter().find(|option| option.name == named) else { return };
        match option.kind {
            OptionKind::Switch => self.extend([Offer::new("1", option.help), Offer::new("0", "switched off")]),
            OptionKind::Seconds => self.extend([Offer::new("0", option.help), Offer::new("off", "switched off")]),
            OptionKind::Group => self.extend([Offer::new("239.1.2.3", option.help)]),
            OptionKind::Number | OptionKind::Milliseconds | OptionKind::Text => {}
        }
    }

    /// What may stand in a packet's pattern besides its ends.
    fn pattern(&mut self) {
        self.extend([Offer::new(">", "goes to")]);
        self.extend(PACKET_PROTOS.map(|(name, _)| word(name)));
        self.flags();
        self.extend(icmp::MESSAGES.iter().map(|message| Offer::new(message.name, message.help)));
        self.fields(fields::PACKET);
        self.extend([Offer::new("payload", "the bytes that it carries").before(" \"\"")]);
    }

    /// `SYN`; behind `SYN+`, another one.
    fn flags(&mut self) {
        let joined = self.stem.rfind('+').map_or("", |at| &self.stem[..=at]);
        let there: Vec<&str> = joined.split('+').collect();
        let free = FLAGS.iter().filter(|flag| there.iter().all(|known| !known.eq_ignore_ascii_case(flag)));
        let joined = joined.to_ascii_uppercase();
        let flags: Vec<Offer> = free.map(|flag| Offer::new(format!("{joined}{flag}"), "a flag")).collect();
        self.extend(flags);
        self.extend(["SYN+ACK", "PSH+ACK", "FIN+ACK", "RST+ACK"].map(|pair| Offer::new(pair, "two flags")));
    }

    fn fields(&mut self, table: &'static [FieldName]) {
        let unnamed = |field: &&FieldName| !self.words.split_whitespace().any(|word| is_test_of(word, field.name));
        let fields: Vec<&FieldName> = table.iter().filter(unnamed).collect();
        for field in fields {
            self.field(field);
        }
    }

    fn field(&mut self, field: &FieldName) {
        if field.kind == FieldKind::Flag {
            self.extend([Offer::new(field.name, field.help)]);
        } else if field.kind != FieldKind::Text {
            self.extend([Offer::new(format!("{}=", field.name), field.help)]);
        }
        // Values only for the field that is being typed: all of all would hide the fields.
        if is_test_of(self.stem, field.name) && self.stem.contains('=') {
            let values = self.values(field);
            self.extend(values);
        }
    }

    fn values(&self, field: &FieldName) -> Vec<Offer> {
        let offer = |value: &str, help: &str| Offer::new(format!("{}={value}", field.name), help);
        match field.kind {
            FieldKind::Word => field.words.iter().map(|word| offer(word, field.help)).collect(),
            FieldKind::Text | FieldKind::Time | FieldKind::Flag => Vec::new(),
            FieldKind::Number | FieldKind::Sequence => {
                let values = self.before.scope.values().map(|name| offer(name, "a value that was bound"));
                let members = |label: &str| {
                    ["seq", "ack", field.name].map(|member| offer(&format!("{label}.{member}"), "of a packet above"))
                };
                values.chain(self.before.scope.labels().flat_map(members)).collect()
            }
        }
    }
}

/// Whether `word` names this field, with or without a comparison behind it.
fn is_test_of(word: &str, name: &str) -> bool {
    let rest = word.strip_prefix(name);
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

/// The words of a usage: `[[tcp|tcp6] ADDRESS]` is `tcp`, `tcp6`, `ADDRESS`.
fn tokens(usage: &str) -> impl Iterator<Item = &str> {
    let between = |c: char| c.is_whitespace() || matches!(c, '[' | ']' | '|' | '…' | '"');
    usage.split(between).map(|token| token.trim_end_matches("...")).filter(|token| !token.is_empty())
}

/// The parts of an example; text between quotes is one.
fn example_parts(example: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = example.trim_start();
    while !rest.is_empty() {
        let end = match rest.strip_prefix('"') {
            Some(text) => text.find('"').map_or(rest.len(), |at| at + 2),
            None => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        parts.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    parts
}
