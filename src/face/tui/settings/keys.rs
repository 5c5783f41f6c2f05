//! `[keys]`: which key does what. The actions are handed in; they belong to the screens.

use toml::de::DeValue;

use super::{Entry, Key};
use crate::lesson::{diagnostic::Diagnostic, model::Span};

/// Something that a key can do.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    pub name: &'static str,
    /// Where it can be done. Two actions of one context cannot have the same key; an action that several contexts
    /// have stands there once for each.
    pub context: &'static str,
    /// Its own keys, by their names.
    pub keys: &'static [&'static str],
    /// What it does, in a few words.
    pub help: &'static str,
}

/// The keys that an action was given instead of its own; none at all if the list was empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub action: &'static str,
    pub keys: Vec<Key>,
}

/// An action of the file, with the places of its keys.
struct Said {
    action: &'static str,
    keys: Vec<(Key, Span)>,
    /// Some of what was said is no key.
    wrong: bool,
}

pub(super) struct KeysReader<'a> {
    actions: &'a [Action],
    pub(super) bindings: Vec<Binding>,
    pub(super) complaints: Vec<Diagnostic>,
}

impl<'a> KeysReader<'a> {
    pub(super) const fn new(actions: &'a [Action]) -> Self {
        Self { actions, bindings: Vec::new(), complaints: Vec::new() }
    }

    pub(super) fn read(&mut self, entry: Entry) {
        let span = entry.span();
        let DeValue::Table(table) = entry.into_inner() else {
            let other = Diagnostic::at(span, "`keys` cannot be this").label("expected a table");
            return self.complaints.push(other.help("write `[keys]` on a line of its own, and the actions below it"));
        };
        let mut entries: Vec<_> = table.into_iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let mut said = Vec::new();
        for (name, value) in entries {
            match self.actions.iter().find(|action| action.name == name.get_ref().as_ref()) {
                Some(action) => {
                    let before = self.complaints.len();
                    let keys = self.keys(action, value);
                    said.push(Said { action: action.name, keys, wrong: self.complaints.len() > before });
                }
                None => self.complaints.push(self.unknown_action(name.get_ref(), name.span())),
            }
        }
        for at in 0..said.len() {
            let binding = self.binding(&said, at);
            self.bindings.push(binding);
        }
    }

    fn unknown_action(&self, name: &str, span: Span) -> Diagnostic {
        let mut names: Vec<&str> = self.actions.iter().map(|action| action.name).collect();
        names.dedup();
        let unknown = Diagnostic::at(span, format!("unknown action `{name}`")).label("nothing that a key can do");
        unknown.did_you_mean_of(name, &names, "known actions")
    }

    /// `"key"` or `["key", …]`.
    fn keys(&mut self, action: &Action, entry: Entry) -> Vec<(Key, Span)> {
        let span = entry.span();
        let entries = match entry.into_inner() {
            DeValue::Array(entries) => entries.into_iter().map(|entry| (entry.span(), entry.into_inner())).collect(),
            value => vec![(span, value)],
        };
        entries.into_iter().filter_map(|(span, value)| self.key(action, span, &value)).collect()
    }

    fn key(&mut self, action: &Action, span: Span, value: &DeValue) -> Option<(Key, Span)> {
        let DeValue::String(name) = value else {
            let other = Diagnostic::at(span, format!("`{}` cannot be this", action.name));
            self.complaints.push(other.label("expected a key, `\"ctrl-x\"`, or a list of keys"));
            return None;
        };
        let key = Key::parse(name);
        if key.is_none() {
            self.complaints.push(no_key(name, span.clone()));
        }
        key.map(|key| (key, span))
    }

    /// What becomes of what was said: a key that another action of the same context has is not given.
    fn binding(&mut self, said: &[Said], at: usize) -> Binding {
        let Said { action, keys: wanted, wrong } = &said[at];
        let (action, mut wrong) = (*action, *wrong);
        let mut keys = Vec::new();
        for (key, span) in wanted {
            match self.owner(said, at, *key) {
                Some(taken) => {
                    wrong = true;
                    self.complaints.push(taken.at(*key, span.clone()));
                }
                None if !keys.contains(key) => keys.push(*key),
                None => {}
            }
        }
        if keys.is_empty() && wrong {
            keys = self.own_keys(said, at);
        }
        Binding { action, keys }
    }

    /// An action all of whose new keys were wrong keeps its own, as far as no other one was given them.
    fn own_keys(&self, said: &[Said], at: usize) -> Vec<Key> {
        let own = self.actions.iter().find(|action| action.name == said[at].action).map_or(&[][..], |own| own.keys);
        let given = |key: &Key| {
            said.iter().any(|other| other.action != said[at].action && other.keys.iter().any(|(has, _)| has == key))
        };
        own.iter().filter_map(|name| Key::parse(name)).filter(|key| !given(key)).collect()
    }

    /// Who else has this key: an action that stands above in the file, or one that keeps its own keys.
    fn owner(&self, said: &[Said], at: usize, key: Key) -> Option<Taken> {
        let contexts = |name: &'static str| {
            self.actions.iter().filter(move |action| action.name == name).map(|action| action.context)
        };
        let meets = |other: &str| {
            let mut others = self.actions.iter().filter(|action| action.name == other);
            others.any(|other| contexts(said[at].action).any(|context| context == other.context))
        };
        let above =
            said[..at].iter().find(|other| meets(other.action) && other.keys.iter().any(|(has, _)| *has == key));
        let keeps = || {
            let free = |action: &&Action| said.iter().all(|other| other.action != action.name) && meets(action.name);
            self.actions.iter().filter(free).find(|action| action.keys.iter().any(|name| Key::parse(name) == Some(key)))
        };
        above
            .map(|other| Taken { by: other.action, own: false })
            .or_else(|| keeps().map(|action| Taken { by: action.name, own: true }))
    }
}

/// A key that cannot be given, because another action has it.
struct Taken {
    by: &'static str,
    /// It is that action's own key, and the file says nothing of it.
    own: bool,
}

impl Taken {
    fn at(&self, key: Key, span: Span) -> Diagnostic {
        let twice = Diagnostic::at(span, format!("`{key}` does something else already"));
        if self.own {
            let own = twice.label(format!("it is the key of `{}`", self.by));
            return own.help(format_args!("choose another, or give `{}` another one: `{} = \"…\"`", self.by, self.by));
        }
        twice.label(format!("`{}` above has it", self.by)).help("a key does one thing on one screen: choose another")
    }
}

fn no_key(name: &str, span: Span) -> Diagnostic {
    let unknown = Diagnostic::at(span, format!("`{name}` is no key")).label("expected a key");
    let dashed = name.replace('+', "-");
    if Key::parse(&dashed).is_some() {
        return unknown.help(format_args!("did you mean `{dashed}`?"));
    }
    let guessed = unknown.clone().did_you_mean(name, Key::names());
    if guessed.notes.is_empty() {
        return unknown.help(format_args!("such as `q`, `ctrl-x`, `alt-enter`, `f1`; named are {}", names()));
    }
    guessed
}

/// All keys that have a name.
pub(super) fn names() -> String {
    Key::names().chain(["f1 to f24"]).collect::<Vec<_>>().join(", ")
}
