//! The front matter: what a lesson is called, how long it takes, what it stands on. Cheap to read on its own, which
//! is all that a list of lessons needs.

use serde::Deserialize;
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

use super::{
    diagnostic::Diagnostic,
    model::{HostSpec, LinkKind, Span, Timers},
    parser::scope::DEFAULT_HOSTS,
    suggest,
};

mod hosts;

/// The line above and below the front matter.
const FENCE: &str = "+++";
const KEYS: [&str; 8] = ["title", "summary", "needs", "minutes", "link", "read", "timers", "hosts"];
const TEXT: &str = "expected text between quotes";
const LIST: &str = "expected a list of texts: `[\"…\"]`";

/// What stands between the `+++` lines.
#[derive(Clone, Debug, Default)]
pub struct Front {
    pub title: String,
    pub summary: String,
    pub needs: Vec<Need>,
    pub minutes: u32,
    /// `loopback` unless said.
    pub link: Option<LinkKind>,
    pub read: Vec<String>,
    pub timers: Timers,
    /// Client and server unless said.
    pub hosts: Vec<HostSpec>,
    /// Where each host is named, if any is.
    pub(super) host_names: Vec<Span>,
    /// What the lesson sets on its hosts.
    pub(super) settings: Vec<Setting>,
    /// Where the Markdown begins.
    pub(super) body: usize,
}

/// A lesson that has to come before, and where the file says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    pub name: String,
    pub span: Span,
}

/// Something that only hosts on a wire can be given, and where the file says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// Whose it is; `None` for all of them.
    pub(super) host: Option<String>,
    pub(super) key: &'static str,
    pub(super) span: Span,
}

impl Front {
    /// The front matter as far as it can be read, and every complaint about it.
    #[must_use]
    pub fn read(text: &str) -> (Self, Vec<Diagnostic>) {
        let start = text.len() - text.trim_start_matches('\u{feff}').len();
        let mut reader = Reader { fence: start..start + FENCE.len(), ..Reader::default() };
        match locate(text, start) {
            Ok((inner, body)) => {
                reader.front.body = body;
                reader.read(text, inner);
            }
            Err((complaint, body)) => {
                reader.front.body = body;
                reader.complaints.push(complaint);
            }
        }
        if reader.front.hosts.is_empty() {
            reader.front.hosts =
                DEFAULT_HOSTS.map(|name| HostSpec { name: name.to_owned(), ..HostSpec::default() }).to_vec();
        }
        (reader.front, reader.complaints)
    }
}

/// The front matter's bytes, and where the rest begins.
fn locate(text: &str, start: usize) -> Result<(Span, usize), (Diagnostic, usize)> {
    let mut at = start;
    let mut lines = text[start..].split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    if first.trim_end() != FENCE {
        let missing = Diagnostic::at(start..start + first.trim_end().len(), "a lesson begins with its front matter");
        let help = "begin the file with three lines: `+++`, then `title = \"…\"` and the other keys, then `+++`";
        return Err((missing.label("expected `+++`").help(help), start));
    }
    at += first.len();
    let inner = at;
    for line in lines {
        if line.trim_end() == FENCE {
            return Ok((inner..at, at + line.len()));
        }
        at += line.len();
    }
    let open = Diagnostic::at(start..start + FENCE.len(), "the front matter has no end");
    Err((open.label("begins here").help("end it with a line `+++`"), text.len()))
}

#[derive(Default)]
struct Reader {
    front: Front,
    complaints: Vec<Diagnostic>,
    /// Where the front matter stands in the file: TOML counts from there.
    offset: usize,
    /// The first line.
    fence: Span,
}

type Entry<'i> = Spanned<DeValue<'i>>;

impl Reader {
    fn read(&mut self, text: &str, inner: Span) {
        self.offset = inner.start;
        let (table, errors) = DeTable::parse_recoverable(&text[inner.clone()]);
        for error in &errors {
            self.toml_complaint(error, inner.clone());
        }
        let mut given = Vec::new();
        let mut entries: Vec<_> = table.into_inner().into_iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            let name: &str = key.get_ref();
            // A misspelt key is not missing as well.
            given.extend(KEYS.into_iter().find(|known| *known == name).or_else(|| suggest::nearest(name, KEYS)));
            self.entry(name, self.in_file(key.span()), value);
        }
        // What broke the TOML may have taken a key with it.
        if errors.is_empty() {
            self.missing_keys(&given);
        }
    }

    fn entry(&mut self, key: &str, key_span: Span, value: Entry) {
        match key {
            "title" => self.front.title = self.text(key, value),
            "summary" => self.front.summary = self.text(key, value),
            "minutes" => self.front.minutes = self.minutes(value),
            "link" => self.front.link = self.link(value),
            "needs" => self.front.needs = self.needs(value),
            "read" => self.front.read = self.value(key, value, LIST).unwrap_or_default(),
            "timers" => self.front.timers = self.timers(key_span, value),
            "hosts" => self.front.hosts = self.hosts(value),
            _ => {
                let unknown = Diagnostic::at(key_span, format!("unknown key `{key}` in the front matter"));
                let labelled = unknown.label(format!("known keys are {}", KEYS.join(", ")));
                self.complaints.push(labelled.did_you_mean(key, KEYS));
            }
        }
    }

    /// One value through serde; a complaint and `None` if it is of another type.
    fn value<T: for<'de> Deserialize<'de>>(&mut self, key: &str, value: Entry, expected: &str) -> Option<T> {
        let span = self.in_file(value.span());
        T::deserialize(ValueDeserializer::from(value))
            .map_err(|error| {
                let span = error.span().map_or(span, |span| self.in_file(span));
                let wrong = Diagnostic::at(span, format!("`{key}` cannot be this"));
                self.complaints.push(wrong.label(expected));
            })
            .ok()
    }

    fn text(&mut self, key: &str, value: Entry) -> String {
        let span = self.in_file(value.span());
        let Some(text) = self.value::<String>(key, value, TEXT) else { return String::new() };
        let problem = match text.trim() {
            "" => "is empty",
            text if text.contains('\n') => "has more than one line",
            text if text.contains(char::is_control) => "has a control character in it",
            text => return text.to_owned(),
        };
        self.complaints.push(Diagnostic::at(span, format!("the {key} {problem}")).label("expected one line of text"));
        text
    }

    fn minutes(&mut self, value: Entry) -> u32 {
        let span = self.in_file(value.span());
        match self.value::<i64>("minutes", value, "expected a whole number, such as 8") {
            Some(minutes @ 1..=60) => u32::try_from(minutes).unwrap_or_default(),
            Some(_) => {
                let range = Diagnostic::at(span, "a lesson takes between 1 and 60 minutes").label("expected 1 to 60");
                self.complaints.push(range);
                0
            }
            None => 0,
        }
    }

    fn link(&mut self, value: Entry) -> Option<LinkKind> {
        let span = self.in_file(value.span());
        let name = self.value::<String>("link", value, TEXT)?;
        let (link, complaint) = link(&name, span);
        self.complaints.extend(complaint);
        Some(link)
    }

    fn needs(&mut self, value: Entry) -> Vec<Need> {
        let names = self.value::<Vec<Spanned<String>>>("needs", value, LIST).unwrap_or_default();
        names.into_iter().map(|name| Need { span: self.in_file(name.span()), name: name.into_inner() }).collect()
    }

    fn timers(&mut self, key_span: Span, value: Entry) -> Timers {
        let span = self.in_file(value.span());
        let Some(name) = self.value::<String>("timers", value, TEXT) else { return Timers::default() };
        self.front.settings.push(Setting { host: None, key: "timers", span: key_span });
        match name.as_str() {
            "patient" => Timers::Patient,
            "kernel" => Timers::Kernel,
            _ => {
                let unknown = Diagnostic::at(span, format!("unknown timers `{name}`"));
                let unknown =
                    unknown.label("expected `patient` or `kernel`").did_you_mean(&name, ["patient", "kernel"]);
                self.complaints.push(unknown);
                Timers::default()
            }
        }
    }

    fn missing_keys(&mut self, given: &[&str]) {
        for (key, example) in [("title", "\"…\""), ("summary", "\"…\""), ("minutes", "8")] {
            if !given.contains(&key) {
                let missing = Diagnostic::at(self.fence.clone(), format!("the front matter has no `{key}`"));
                self.complaints
                    .push(missing.label("missing here").help(format_args!("add a line `{key} = {example}`")));
            }
        }
    }

    fn toml_complaint(&mut self, error: &toml::de::Error, inner: Span) {
        let span = error.span().map_or(inner.start..inner.start, |span| self.in_file(span));
        let broken = Diagnostic::at(span, "the front matter is not TOML").label(error.message().replace('\n', " "));
        self.complaints.push(broken);
    }

    fn in_file(&self, span: Span) -> Span {
        span.start + self.offset..span.end + self.offset
    }
}

const LINKS: [(&str, LinkKind); 2] = [("loopback", LinkKind::Loopback), ("wire", LinkKind::Wire)];

/// A link by its name, in the front matter or on a fence. An unknown one is the nearest, and where none is near the
/// wire, on which every line can stand: one mistake should not cause many complaints.
pub(super) fn link(name: &str, span: Span) -> (LinkKind, Option<Diagnostic>) {
    let find = |name: &str| LINKS.iter().find(|(known, _)| *known == name).map(|(_, link)| *link);
    if let Some(link) = find(name) {
        return (link, None);
    }
    let names = LINKS.map(|(name, _)| name);
    let unknown = Diagnostic::at(span, format!("unknown link `{name}`")).label("expected `loopback` or `wire`");
    let meant = suggest::nearest(name, names).and_then(find).unwrap_or(LinkKind::Wire);
    (meant, Some(unknown.did_you_mean(name, names)))
}
