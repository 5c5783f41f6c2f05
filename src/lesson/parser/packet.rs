//! Packet lines: `synack: server > client  SYN+ACK seq=?k ack=j+1`, and the pattern that `never` shares with them.

use super::{LineParser, Parsed, cursor::Word, scope::Kind, value};
use crate::lesson::{
    diagnostic::Diagnostic,
    fields::{FieldKind, ICMP_MESSAGE, PACKET, TWIN},
    icmp,
    script::{Compare, Expr, FieldTest, FlagTest, PacketLine, PacketProto, Pattern, Verb, Wanted},
};

/// The bits of RFC 9293 §3.1, from the lowest.
pub(crate) const FLAGS: [&str; 8] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];
/// The words for what a packet line is about; `tcp` may be left out.
pub(crate) const PACKET_PROTOS: [(&str, PacketProto); 4] =
    [("tcp", PacketProto::Tcp), ("udp", PacketProto::Udp), ("icmp", PacketProto::Icmp), ("arp", PacketProto::Arp)];
/// What a `wire` line says where a packet's label could stand.
const WIRE_WORDS: [&str; 5] = ["all", "every", "byte", "times", "within"];
/// What may stand behind a pattern.
const ENDINGS: [&str; 5] = ["within", "times", "for", "so", "next"];
/// Nobody counts further by hand.
const MOST_TIMES: i64 = 10_000;

pub(super) fn packet(parser: &mut LineParser) -> Parsed<Verb> {
    parser.in_packet = true;
    let mut next = parser.cursor.eat_word("next");
    let label = parser.label()?;
    next |= parser.cursor.eat_word("next");
    if let Some(label) = label {
        parser.new_name(label, parser.scope.new_label());
    }
    let pattern = parser.pattern()?;
    if asks_for_twin(&pattern) {
        parser.name_is_of_twin();
    }
    let mut line =
        PacketLine { label: label.map(|label| label.text.to_owned()), next, pattern, times: 1, within: None };
    while !parser.cursor.is_done() {
        let word = parser.cursor.word();
        match word.text {
            "within" => line.within = Some(value::duration(&mut parser.cursor)?),
            "times" => line.times = parser.times(&line.pattern)?,
            "next" => return Err(next_behind(word)),
            other => {
                let window = Diagnostic::at(word.span(), format!("`{other}` has no place in a packet line"));
                return Err(window
                    .label("expected `within` or `times`")
                    .help("`for` and `so far` belong to `never` and `silent`"));
            }
        }
    }
    Ok(Verb::Packet(line))
}

/// Whether only a frame that was folded into another one can match.
pub(super) fn asks_for_twin(pattern: &Pattern) -> bool {
    let not_a_twin = |test: &FieldTest| test.compare == Compare::Equal && test.value == Wanted::Expr(Expr::Int(0));
    pattern.fields.iter().any(|test| test.field.name == TWIN && !not_a_twin(test))
}

impl<'a> LineParser<'a, '_> {
    /// `synack:`.
    fn label(&mut self) -> Parsed<Option<Word<'a>>> {
        let word = self.cursor.peek_word();
        let Some(name) = word.text.strip_suffix(':') else { return Ok(None) };
        self.cursor.word();
        let name = Word { text: name, start: word.start };
        let proper = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || name.text.starts_with(|c: char| c.is_ascii_digit()) || !name.text.chars().all(proper) {
            let wrong = Diagnostic::at(word.span(), format!("`{}` is no label", name.text)).label("expected a name");
            let fixed: String = name.text.chars().map(|c| if proper(c) { c } else { '_' }).collect();
            let help = "a name is made of letters, digits and `_`, and begins with a letter";
            let suggestion =
                fixed.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| format!("; such as `{fixed}:`"));
            return Err(wrong.help(format!("{help}{}", suggestion.unwrap_or_default())));
        }
        if WIRE_WORDS.contains(&name.text) {
            let taken = Diagnostic::at(word.span(), format!("a packet cannot be called `{}`", name.text));
            return Err(taken.label("a word of the `wire` lines"));
        }
        Ok(Some(name))
    }

    /// The label that the line gives is that of a twin.
    fn name_is_of_twin(&mut self) {
        for name in &mut self.names {
            if let Kind::Label { twin, .. } = &mut name.kind {
                *twin = true;
            }
        }
    }

    /// `A > B [proto] [flags and fields]`, up to the end or to a word that ends it.
    pub(super) fn pattern(&mut self) -> Parsed<Pattern> {
        self.cursor.skip_space();
        let start = self.cursor.at();
        let from = self.end_ref()?;
        self.arrow()?;
        let to = self.end_ref()?;
        let proto = self.packet_proto();
        let mut pattern = Pattern { from, to, proto, flags: None, fields: Vec::new(), span: start..self.cursor.at() };
        if proto == PacketProto::Icmp {
            pattern.fields.extend(self.icmp_message()?);
        }
        while !self.cursor.is_done() && !ENDINGS.contains(&self.cursor.peek_word().text) {
            // Each part is read by itself, so that one line can have several faults reported.
            let before = self.cursor;
            if let Err(complaint) = self.flags_or_field(&mut pattern) {
                self.skip_fault(complaint, before);
            }
            pattern.span.end = self.cursor.at();
        }
        Ok(pattern)
    }

    fn packet_proto(&mut self) -> PacketProto {
        let word = self.cursor.peek_word();
        let found = PACKET_PROTOS.iter().find(|(name, _)| *name == word.text);
        if found.is_some() {
            self.cursor.word();
        }
        found.map_or(PacketProto::Tcp, |(_, proto)| *proto)
    }

    /// `icmp port-unreachable`.
    fn icmp_message(&mut self) -> Parsed<Option<FieldTest>> {
        let word = self.cursor.peek_word();
        let is_field = word.text.contains(['=', '<', '>', '!']) || PACKET.iter().any(|field| field.name == word.text);
        if word.is_empty() || is_field || ENDINGS.contains(&word.text) {
            return Ok(None);
        }
        if icmp::find(word.text).is_none() {
            let names: Vec<&str> = icmp::MESSAGES.iter().map(|message| message.name).collect();
            let unknown = Diagnostic::at(word.span(), format!("unknown ICMP message `{}`", word.text));
            let labelled = unknown.label("expected what the packet says");
            return Err(labelled.did_you_mean_of(word.text, &names, "known messages"));
        }
        self.cursor.word();
        let value = Wanted::Word(word.text.to_owned());
        Ok(Some(FieldTest { field: &ICMP_MESSAGE, compare: Compare::Equal, value, span: word.span() }))
    }

    fn flags_or_field(&mut self, pattern: &mut Pattern) -> Parsed<()> {
        self.cursor.skip_space();
        let mut ahead = self.cursor;
        let name = ahead.name();
        ahead.skip_space();
        let is_field =
            ahead.rest().starts_with(['=', '<', '>', '!']) || (name.text == "payload" && ahead.peek() == Some('"'));
        if is_field {
            pattern.fields.push(self.field_test(PACKET, Some(pattern.proto))?);
            return Ok(());
        }
        let word = self.cursor.peek_word();
        if let Some(field) = PACKET.iter().find(|field| field.name == word.text) {
            return self.bare_field(field, word, pattern);
        }
        if word.text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !is_flags(word.text) {
            return Err(unknown_part(word));
        }
        self.flags(pattern)
    }

    /// A field without a value: only a flag can stand so.
    fn bare_field(
        &mut self,
        field: &'static crate::lesson::fields::FieldName,
        word: Word,
        pattern: &mut Pattern,
    ) -> Parsed<()> {
        if field.kind != FieldKind::Flag {
            let bare = Diagnostic::at(word.span(), format!("the field `{}` needs a value", word.text));
            let bare = bare.label(format!("expected `{}=…`", word.text));
            let flag = FLAGS.iter().find(|flag| flag.eq_ignore_ascii_case(word.text));
            return Err(match flag {
                Some(flag) => bare.help(format_args!("the flag is written `{flag}`")),
                None => bare,
            });
        }
        self.field_of(pattern.proto, field, word)?;
        self.cursor.word();
        let value = Wanted::Expr(Expr::Int(0));
        pattern.fields.push(FieldTest { field, compare: Compare::NotEqual, value, span: word.span() });
        Ok(())
    }

    /// `SYN+ACK`.
    fn flags(&mut self, pattern: &mut Pattern) -> Parsed<()> {
        let whole = self.cursor.word();
        if let Some(first) = &pattern.flags {
            let twice = Diagnostic::at(whole.span(), "the flags stand in two places").label("join them by `+`");
            let before = self.text_of(first.span.clone());
            return Err(twice.help(format_args!("write `{before}+{}`", whole.text)));
        }
        if pattern.proto != PacketProto::Tcp {
            let flagless = Diagnostic::at(whole.span(), "only TCP has flags").label("not in this packet");
            return Err(flagless);
        }
        let mut named = 0;
        let mut start = whole.start;
        for part in whole.text.split('+') {
            let word = Word { text: part, start };
            start += part.len() + 1;
            match FLAGS.iter().position(|flag| *flag == part) {
                Some(bit) => named |= 1 << bit,
                None => return Err(unknown_flag(word)),
            }
        }
        pattern.flags = Some(FlagTest { named, span: whole.span() });
        Ok(())
    }

    pub(super) fn times(&mut self, pattern: &Pattern) -> Parsed<u32> {
        let word = self.cursor.word();
        let times = value::number_within(word, 1, MOST_TIMES, "a number of packets")?;
        if let Some(test) = pattern.binding().filter(|_| times > 1) {
            let many =
                Diagnostic::at(test.span.clone(), format!("one name for {times} packets")).label("binds one value");
            return Err(many.help("bind it on a line of its own, and count on the next"));
        }
        Ok(u32::try_from(times).unwrap_or(1))
    }
}

fn next_behind(word: Word) -> Diagnostic {
    let late = Diagnostic::at(word.span(), "`next` stands in front of the packet").label("too late");
    late.help("write `LABEL: next client > server …`")
}

fn is_flags(word: &str) -> bool {
    word.split('+').all(|part| FLAGS.iter().any(|flag| flag.eq_ignore_ascii_case(part)))
}

fn unknown_flag(word: Word) -> Diagnostic {
    let unknown = Diagnostic::at(word.span(), format!("unknown flag `{}`", word.text));
    let unknown = unknown.label(format!("the flags are {}", FLAGS.join(" ")));
    let joined = word.text.to_ascii_uppercase().replace(['-', '/', '|', ',', '&'], "+");
    if is_flags(&joined) {
        return unknown.help(format_args!("did you mean `{joined}`?"));
    }
    unknown.did_you_mean(word.text, FLAGS)
}

fn unknown_part(word: Word) -> Diagnostic {
    let unknown = Diagnostic::at(word.span(), format!("unknown field or word `{}`", word.text));
    let unknown = unknown.label("expected flags, `field=value`, `times` or `within`");
    if PACKET_PROTOS.iter().any(|(name, _)| *name == word.text) {
        return unknown.help("the protocol stands right behind the hosts: `client > server udp …`");
    }
    let known = PACKET.iter().map(|field| field.name).chain(ENDINGS).chain(PACKET_PROTOS.map(|(name, _)| name));
    unknown.did_you_mean(word.text, known)
}
