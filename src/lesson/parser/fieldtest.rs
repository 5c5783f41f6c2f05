//! One test of a field: `seq=?j`, `len>=100`, `timer=timewait`, `payload="hello"`.

use std::time::Duration;

use super::{
    LineParser, Parsed,
    cursor::{Cursor, Word},
    expr::expression,
    packet::PACKET_PROTOS,
    scope::Kind,
    value,
};
use crate::lesson::{
    diagnostic::Diagnostic,
    fields::{FieldKind, FieldName, TWIN},
    model::Span,
    script::{Compare, Expr, FieldTest, PacketProto, Wanted},
};

/// The longer ones first, or `<=` would be read as `<`.
const COMPARISONS: [(&str, Compare); 6] = [
    ("!=", Compare::NotEqual),
    ("<=", Compare::LessOrEqual),
    (">=", Compare::GreaterOrEqual),
    ("=", Compare::Equal),
    ("<", Compare::Less),
    (">", Compare::Greater),
];

impl<'a> LineParser<'a, '_> {
    /// A test of a field out of `table`; of a packet, `proto` says of which kind.
    pub(super) fn field_test(&mut self, table: &'static [FieldName], proto: Option<PacketProto>) -> Parsed<FieldTest> {
        self.cursor.skip_space();
        let name = self.cursor.name();
        let Some(field) = table.iter().find(|field| field.name == name.text) else {
            return Err(self.unknown_field(name, table, proto));
        };
        if let Some(proto) = proto {
            self.field_of(proto, field, name)?;
        }
        self.cursor.skip_space();
        let sign = self.cursor.at();
        let compare = self.comparison(field)?;
        self.cursor.skip_space();
        let value = self.wanted(field, compare, sign)?;
        let span = name.start..self.cursor.at();
        if self.cursor.peek().is_some_and(|c| !c.is_whitespace()) {
            let rest = self.cursor.word();
            return Err(
                Diagnostic::at(rest.span(), format!("`{}` is too much here", rest.text)).label("not understood")
            );
        }
        Ok(FieldTest { field, compare, value, span })
    }

    /// A field has to belong to the packet.
    pub(super) fn field_of(&mut self, proto: PacketProto, field: &FieldName, name: Word) -> Parsed<()> {
        if field.name == TWIN {
            self.want_wire(name.span(), "`twin`");
        }
        if field.protos.contains(&proto) {
            return Ok(());
        }
        let of = |proto| PACKET_PROTOS.iter().find(|(_, known)| *known == proto).map_or("", |(name, _)| *name);
        let owners = field.protos.iter().map(|proto| of(*proto)).collect::<Vec<_>>().join(", ");
        let wrong = Diagnostic::at(name.span(), format!("a {} packet has no field `{}`", of(proto), field.name));
        Err(wrong.label(format!("only {owners} packets have it")))
    }

    fn unknown_field(&self, name: Word, table: &'static [FieldName], proto: Option<PacketProto>) -> Diagnostic {
        if name.is_empty() {
            return Diagnostic::at(self.cursor.here(), "expected a field").label("not understood");
        }
        let fits = move |field: &&FieldName| proto.is_none_or(|proto| field.protos.contains(&proto));
        let known: Vec<&str> = table.iter().filter(fits).map(|field| field.name).collect();
        let unknown = Diagnostic::at(name.span(), format!("unknown field `{}`", name.text)).label("expected a field");
        unknown.did_you_mean_of(name.text, &known, "known fields")
    }

    fn comparison(&mut self, field: &FieldName) -> Parsed<Compare> {
        let at = self.cursor.at();
        if field.kind == FieldKind::Text && self.cursor.peek() == Some('"') {
            return Ok(Compare::Equal); // `payload "hello"`
        }
        if self.cursor.eat("==") {
            return Err(Diagnostic::at(at..at + 2, "equality is written `=`").label("expected `=`"));
        }
        let found = COMPARISONS.iter().find(|(sign, _)| self.cursor.eat(sign));
        let (sign, compare) = *found.ok_or_else(|| {
            let bare = Diagnostic::at(self.cursor.here(), format!("the field `{}` needs a value", field.name));
            bare.label(format!("expected `{}=…`", field.name))
        })?;
        let ordered = !matches!(compare, Compare::Equal | Compare::NotEqual);
        if ordered && matches!(field.kind, FieldKind::Word | FieldKind::Text) {
            let words = Diagnostic::at(at..at + sign.len(), format!("`{}` has no order", field.name));
            return Err(words.label("expected `=` or `!=`"));
        }
        Ok(compare)
    }

    fn wanted(&mut self, field: &'static FieldName, compare: Compare, sign: usize) -> Parsed<Wanted> {
        if self.cursor.peek() == Some('?') {
            return self.binding(compare, sign);
        }
        if field.kind == FieldKind::Word {
            return self.word_value(field).map(Wanted::Word);
        }
        let start = self.cursor.at();
        if let Some(text) = value::quoted(&mut self.cursor)? {
            if field.kind == FieldKind::Text {
                return Ok(Wanted::Text(text));
            }
            return Err(Diagnostic::at(start..self.cursor.at(), format!("`{}` is not text", field.name))
                .label("expected a number"));
        }
        if field.kind == FieldKind::Text {
            let bare = Diagnostic::at(self.cursor.here(), "text stands between quotes").label("expected `\"`");
            return Err(bare.help(format_args!("such as `{} \"hello\"`", field.name)));
        }
        self.number_value(field)
    }

    /// `?j`.
    fn binding(&mut self, compare: Compare, sign: usize) -> Parsed<Wanted> {
        let start = self.cursor.at();
        self.cursor.eat("?");
        let name = self.cursor.name();
        if name.is_empty() {
            return Err(Diagnostic::at(start..start + 1, "the name is missing").label("expected a name, such as `?j`"));
        }
        if compare != Compare::Equal {
            let wrong = Diagnostic::at(sign..name.span().end, "a name is bound with `=` only");
            return Err(wrong.label("which value would it be?"));
        }
        self.new_name(name, Kind::Value { by_packet: self.in_packet });
        Ok(Wanted::Bind(name.text.to_owned()))
    }

    fn word_value(&mut self, field: &FieldName) -> Parsed<String> {
        let word = self.cursor.take_while(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let known = field.words.is_empty() || field.words.contains(&word.text);
        if known && !word.is_empty() {
            return Ok(word.text.to_owned());
        }
        let span = if word.is_empty() { self.cursor.here() } else { word.span() };
        let unknown = Diagnostic::at(span, format!("`{}` is no value for `{}`", word.text, field.name));
        let expected = if field.words.is_empty() { "a word".into() } else { field.words.join(", ") };
        Err(unknown.label(format!("expected {expected}")).did_you_mean(word.text, field.words.iter().copied()))
    }

    fn number_value(&mut self, field: &FieldName) -> Parsed<Wanted> {
        let value = expression(&mut self.cursor)?;
        self.scope.check(&value)?;
        if field.kind == FieldKind::Time && value.expr == Expr::Int(0) {
            return Ok(Wanted::Expr(Expr::Time(Duration::ZERO)));
        }
        if field.kind == FieldKind::Time && value.uses.is_empty() && !value.tells_time() {
            let unit = Diagnostic::at(value.span, format!("`{}` is a time", field.name)).label("the unit is missing");
            return Err(unit.help("such as `300ms`; the units are ns, us, ms, s and min"));
        }
        if field.kind != FieldKind::Time && value.tells_time() {
            return Err(
                Diagnostic::at(value.span, format!("`{}` is not a time", field.name)).label("expected a number")
            );
        }
        Ok(Wanted::Expr(value.expr))
    }

    /// Keeps the complaint, and goes on behind the part of the line that it is about.
    pub(super) fn skip_fault(&mut self, complaint: Diagnostic, start: Cursor<'a>) {
        self.cursor = start;
        self.cursor.skip_part();
        while self.cursor.at() < complaint.span.end && !self.cursor.is_done() {
            self.cursor.skip_part();
        }
        self.complaints.push(complaint);
    }

    pub(super) fn text_of(&self, span: Span) -> &'a str {
        self.cursor.text(span)
    }
}
