//! The names of a lesson: hosts, sockets, labels and live values. They share one space, since the prose writes them
//! all as `{{name}}`, and each stands for one thing in the whole lesson.

use std::collections::BTreeMap;

use super::{
    Parsed,
    cursor::Word,
    expr::{Expression, Use},
    hands::{Hands, Turn},
};
use crate::lesson::{
    diagnostic::Diagnostic,
    fields,
    model::{LinkKind, Span},
    script::Verb,
    suggest,
};

mod frames;
mod stage;

use stage::Stage;

/// What a `len` without a label means; no value can be called so.
const LEN: &str = "len";
/// What can be asked of a host or a socket.
const END_MEMBERS: [&str; 2] = ["port", "address"];
/// The moments that a packet has: when it entered, and, on a wire, when it left.
pub(super) const MOMENTS: [&str; 2] = ["at", LEFT];
const LEFT: &str = "left";
/// What a lesson has when it declares no hosts.
pub(crate) const DEFAULT_HOSTS: [&str; 2] = ["client", "server"];

#[derive(Debug)]
pub(crate) struct Scope {
    hosts: Vec<String>,
    names: BTreeMap<String, Name>,
    stage: Stage,
    /// How many lines were read.
    turns: usize,
    hands: Hands,
    /// The answer of a challenge that is being read, and how many were read.
    answer: Option<u32>,
    answers: u32,
    /// Values in the prose, which may stand before the block that binds them.
    in_prose: Vec<ProseUse>,
}

#[derive(Clone, Debug)]
struct Name {
    kind: Kind,
    given: Turn,
    /// Given in the answer of a challenge: in which.
    answer: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `seq=?j`; `by_packet` if a packet line binds it, and not the kernel.
    Value { by_packet: bool },
    /// `syn:`.
    Label {
        world: u32,
        link: LinkKind,
        /// The line asks for a twin, which is folded into its first copy.
        twin: bool,
    },
    /// `as peer`.
    Socket { host: String, world: u32 },
}

#[derive(Debug)]
struct ProseUse {
    name: String,
    member: Option<(String, Span)>,
    span: Span,
}

/// A name that a line gives, to be declared when the line is read: a line cannot use its own names.
#[derive(Debug)]
pub(crate) struct NewName<'a> {
    pub(crate) word: Word<'a>,
    pub(crate) kind: Kind,
}

impl Scope {
    pub(crate) fn new(hosts: Vec<String>, link: LinkKind) -> Self {
        let (names, hands, stage) = (BTreeMap::new(), Hands::default(), Stage::new(link));
        Self { hosts, names, stage, turns: 0, hands, answer: None, answers: 0, in_prose: Vec::new() }
    }

    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(String::as_str)
    }

    pub(crate) fn is_host(&self, name: &str) -> bool {
        self.hosts.iter().any(|host| host == name)
    }

    /// The lines to come are typed by somebody who cannot change the lesson.
    pub(crate) fn enter_typed(&mut self) {
        self.stage.enter_block(stage::TYPED);
    }

    pub(crate) fn has_wire(&self) -> bool {
        self.stage.link == LinkKind::Wire
    }

    /// A lab block begins: on fresh hosts if its fence names a link.
    pub(crate) fn enter_lab(&mut self, link: Option<LinkKind>) {
        if link.is_some() {
            self.enter_fresh_hosts(link);
        }
        self.stage.enter_block("lab");
    }

    /// A challenge begins, on fresh hosts.
    pub(crate) fn enter_challenge(&mut self, link: Option<LinkKind>) {
        self.enter_fresh_hosts(link);
        self.stage.enter_block("challenge");
    }

    /// What a learner left on the stage is nothing to build on.
    pub(crate) fn leave_challenge(&mut self) {
        self.enter_fresh_hosts(None);
    }

    /// From here on the lines run on fresh hosts, which have no sockets yet: the old sockets' names are free again.
    fn enter_fresh_hosts(&mut self, link: Option<LinkKind>) {
        self.stage.enter_fresh_hosts(link);
        self.hands.let_go_of_hosts();
    }

    /// The next line is read.
    pub(crate) fn turn(&mut self, line: usize) -> Turn {
        self.turns += 1;
        Turn { order: self.turns, line }
    }

    pub(crate) fn hands(&self) -> &Hands {
        &self.hands
    }

    /// Takes in what a line does with the wire; `None` for a line that could not be read.
    pub(crate) fn remember(&mut self, verb: Option<&Verb>, turn: Turn) {
        self.hands.remember(verb, turn);
    }

    pub(crate) fn new_socket(&self, host: &str) -> Kind {
        Kind::Socket { host: host.to_owned(), world: self.stage.world }
    }

    pub(crate) fn new_label(&self) -> Kind {
        Kind::Label { world: self.stage.world, link: self.stage.link, twin: false }
    }

    /// The complaint about something that only a wire can do, where there is none.
    pub(crate) fn lacks_wire(&mut self, span: Span, what: &str) -> Option<Diagnostic> {
        self.stage.lacks_wire(span, what)
    }

    /// What the lines name from here on is known only up to [`Self::leave_answer`]: a learner may reach the goal of a
    /// challenge in another way.
    pub(crate) fn enter_answer(&mut self) {
        self.answers += 1;
        self.answer = Some(self.answers);
    }

    pub(crate) fn leave_answer(&mut self) {
        self.answer = None;
    }

    fn is_hidden(&self, name: &Name) -> bool {
        name.answer.is_some() && name.answer != self.answer
    }

    /// Enters a name, which must be free.
    pub(crate) fn declare(&mut self, new: NewName, given: Turn) -> Parsed<()> {
        self.check_free(&new)?;
        self.names.insert(new.word.text.to_owned(), Name { kind: new.kind, given, answer: self.answer });
        Ok(())
    }

    /// Whether a line may give this name.
    pub(crate) fn check_free(&self, new: &NewName) -> Parsed<()> {
        let NewName { word, kind } = new;
        let taken = |why: String| {
            Err(Diagnostic::at(word.span(), format!("the name `{}` is taken", word.text))
                .label(why)
                .help("a name stands for one thing in the whole lesson; choose another"))
        };
        if word.text == LEN {
            return taken("`len` is a packet's length".into());
        }
        if self.is_host(word.text) {
            return taken("this is a host".into());
        }
        if let Some(first) = self.names.get(word.text).filter(|first| !self.is_bygone(&first.kind, kind)) {
            return taken(format!("line {} gives it to {}", first.given.line, first.kind.words()));
        }
        Ok(())
    }

    /// Whether `old` is a socket of hosts that are gone, whose name a new socket may take.
    fn is_bygone(&self, old: &Kind, new: &Kind) -> bool {
        matches!((old, new), (Kind::Socket { world, .. }, Kind::Socket { .. }) if *world != self.stage.world)
    }

    /// The socket of this host, which an earlier line must have named.
    pub(crate) fn socket(&self, host: &str, name: Word) -> Parsed<()> {
        let unknown = || Diagnostic::at(name.span(), format!("`{host}` has no socket called `{}`", name.text));
        let entry = self.names.get(name.text).filter(|entry| matches!(entry.kind, Kind::Socket { .. }));
        let Some(entry @ Name { kind: Kind::Socket { host: owner, world }, given: Turn { line, .. }, .. }) = entry
        else {
            let unnamed = unknown().label("not named yet");
            return Err(match suggest::nearest(name.text, self.sockets_of(host)) {
                Some(known) => unnamed.help(format_args!("did you mean `{known}`?")),
                None => unnamed
                    .help(format_args!("an earlier line has to name it, such as `{host} socket tcp as {}`", name.text)),
            });
        };
        if owner != host {
            return Err(unknown().label(format!("line {line} makes it a socket of `{owner}`")));
        }
        if *world != self.stage.world {
            return Err(unknown().label(format!("line {line} made it on other hosts; these are fresh ones")));
        }
        if self.is_hidden(entry) {
            return Err(unknown().label(format!("line {line} names it in an answer, which the learner need not take")));
        }
        Ok(())
    }

    /// The sockets that this host has, by name.
    pub(crate) fn sockets_of<'a>(&'a self, host: &'a str) -> impl Iterator<Item = &'a str> {
        self.names.iter().filter_map(move |(name, entry)| match &entry.kind {
            Kind::Socket { host: owner, world } if owner == host && *world == self.stage.world => Some(name.as_str()),
            _ => None,
        })
    }

    /// The values that are bound, by name.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        let visible = self.names.iter().filter(|(_, entry)| !self.is_hidden(entry));
        visible.filter(|(_, entry)| matches!(entry.kind, Kind::Value { .. })).map(|(name, _)| name.as_str())
    }

    /// Every name of an expression in a lab line has to be bound by an earlier line.
    pub(crate) fn check(&self, expression: &Expression) -> Parsed<()> {
        self.check_len(expression)?;
        for used in expression.uses.iter().filter(|used| used.name.text != LEN || used.member.is_some()) {
            let member = used.member.map(|member| (member.text, member.span()));
            self.check_use(used.name.text, &used.name.span(), member, "by an earlier line")?;
        }
        Ok(())
    }

    /// Notes the names of an expression in the prose; [`Self::finish`] checks them.
    pub(crate) fn note(&mut self, uses: &[Use]) {
        self.in_prose.extend(uses.iter().map(|used| ProseUse {
            name: used.name.text.to_owned(),
            member: used.member.map(|member| (member.text.to_owned(), member.span())),
            span: used.name.span(),
        }));
    }

    /// Complaints about values in the prose that no block binds.
    pub(crate) fn finish(self) -> Vec<Diagnostic> {
        let check = |used: &ProseUse| {
            if used.name == LEN && used.member.is_none() {
                let bare = Diagnostic::at(used.span.clone(), "whose length? the prose has no packet of its own");
                return Err(bare.label("expected a label").help("such as `{{syn.len}}`"));
            }
            let member = used.member.as_ref().map(|(text, span)| (text.as_str(), span.clone()));
            self.check_use(&used.name, &used.span, member, "by a lab block")
        };
        self.in_prose.iter().filter_map(|used| check(used).err()).take(super::ENOUGH).collect()
    }

    fn check_use(&self, name: &str, span: &Span, member: Option<(&str, Span)>, by: &str) -> Parsed<()> {
        let entry = self.names.get(name);
        if entry.is_none() && !self.is_host(name) {
            let unbound = Diagnostic::at(span.clone(), format!("`{name}` is not bound {by}")).label("no value");
            return Err(self.help_for_unknown(unbound, name));
        }
        if let Some(entry) = entry.filter(|entry| self.is_hidden(entry)) {
            let message = format!("`{name}` is bound only in an answer (line {})", entry.given.line);
            let hidden = Diagnostic::at(span.clone(), message);
            return Err(hidden.label("a learner may reach the goal without it"));
        }
        let kind = entry.map(|entry| &entry.kind);
        match (kind, member) {
            (Some(Kind::Value { .. }), None) => Ok(()),
            (Some(Kind::Value { .. }), Some((_, span))) => {
                Err(Diagnostic::at(span, format!("`{name}` is a number and has no members")).label("not understood"))
            }
            (kind, None) => Err(needs_member(name, span, kind)),
            (Some(Kind::Label { link, twin, .. }), Some((LEFT, span))) => self.check_left(name, *link, *twin, span),
            (kind, Some((member, span))) => check_member(name, kind, member, span),
        }
    }

    fn help_for_unknown(&self, diagnostic: Diagnostic, name: &str) -> Diagnostic {
        let visible = self.names.iter().filter(|(_, entry)| !self.is_hidden(entry)).map(|(name, _)| name.as_str());
        match suggest::nearest(name, visible.chain(self.hosts())) {
            Some(known) => diagnostic.help(format_args!("did you mean `{known}`?")),
            None => diagnostic.help(format_args!("a packet line binds it to a field: `seq=?{name}`")),
        }
    }

    /// `x+len` is the end of the packet that bound `x`: so there has to be one `x`, and a packet has to bind it.
    fn check_len(&self, expression: &Expression) -> Parsed<()> {
        let (bare, others): (Vec<&Use>, Vec<&Use>) =
            expression.uses.iter().partition(|used| used.name.text == LEN && used.member.is_none());
        let Some(len) = bare.first() else { return Ok(()) };
        let of_packet = |used: &&Use| {
            let kind = self.names.get(used.name.text).map(|entry| &entry.kind);
            used.member.is_none() && kind == Some(&Kind::Value { by_packet: true })
        };
        if others.len() == 1 && others.iter().all(of_packet) {
            return Ok(());
        }
        if let [Use { name, member: None }] = others.as_slice()
            && !self.names.contains_key(name.text)
        {
            return Ok(()); // It is not bound at all, which is the better complaint.
        }
        let unclear = Diagnostic::at(len.name.span(), "whose length?").label("unclear which packet is meant");
        Err(unclear.help("`x+len` is the length of the packet that bound `x`; with a label, write `syn.len`"))
    }
}

impl Kind {
    const fn words(&self) -> &'static str {
        match self {
            Self::Value { .. } => "a value",
            Self::Label { .. } => "a packet",
            Self::Socket { .. } => "a socket",
        }
    }
}

fn needs_member(name: &str, span: &Span, kind: Option<&Kind>) -> Diagnostic {
    let (what, example) = match kind {
        Some(Kind::Label { .. }) => ("a packet", "seq"),
        Some(_) => ("a socket", "port"),
        None => ("a host", "port"),
    };
    let bare = Diagnostic::at(span.clone(), format!("`{name}` is {what}, not a number")).label("what of it?");
    bare.help(format_args!("such as `{name}.{example}`"))
}

fn check_member(name: &str, kind: Option<&Kind>, member: &str, span: Span) -> Parsed<()> {
    let known: Vec<&str> = match kind {
        Some(Kind::Label { link, .. }) => {
            let fields = fields::PACKET.iter().map(|field| field.name).filter(|name| *name != fields::TWIN);
            fields.chain(MOMENTS.into_iter().filter(|name| *name != LEFT || *link == LinkKind::Wire)).collect()
        }
        _ => END_MEMBERS.to_vec(),
    };
    if known.contains(&member) {
        return Ok(());
    }
    let unknown =
        Diagnostic::at(span, format!("`{name}` has no `{member}`")).did_you_mean(member, known.iter().copied());
    Err(unknown.label(format!("known are {}", known.join(", "))))
}
