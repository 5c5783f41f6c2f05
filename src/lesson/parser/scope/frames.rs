//! What can be asked of a packet on the wire by its label: whether it is in our hands, and when it left.

use super::{Kind, Name, Scope};
use crate::lesson::{
    diagnostic::Diagnostic,
    model::{LinkKind, Span},
    parser::{Parsed, cursor::Word, hands::not_held},
    suggest,
};

impl Scope {
    /// Whether a packet can have left a wire.
    pub(super) fn check_left(&self, name: &str, link: LinkKind, twin: bool, span: Span) -> Parsed<()> {
        let never = |label: String| Diagnostic::at(span.clone(), format!("`{name}` never left a wire")).label(label);
        if link == LinkKind::Loopback {
            let nearer = never("it crossed a loopback".into());
            return Err(nearer.help(format_args!("on a loopback a packet has one moment: `{name}.at`")));
        }
        if twin {
            let folded = never("a twin is folded into its first copy".into());
            return Err(folded.help("only the first copy goes on: give that a label"));
        }
        self.hands.dropped(name).map_or(Ok(()), |line| Err(never(format!("line {line} drops it"))))
    }

    /// The frame of this label has to be in our hands.
    pub(crate) fn check_held(&self, label: Word) -> Parsed<()> {
        let Some(entry) = self.names.get(label.text) else {
            let missing = Diagnostic::at(label.span(), format!("no packet line above is called `{}`", label.text));
            let missing = missing.label("expected a packet's label");
            return Err(match suggest::nearest(label.text, self.labels()) {
                Some(known) => missing.help(format_args!("did you mean `{known}`?")),
                None => missing.help("a label names a frame that a packet line has seen: `syn: client > server SYN`"),
            });
        };
        let Kind::Label { world, twin, .. } = entry.kind else {
            let other = Diagnostic::at(label.span(), format!("`{}` is {}", label.text, entry.kind.words()));
            return Err(other.label("expected a packet's label"));
        };
        let line = entry.given.line;
        let lost = |why: String| Err(Diagnostic::at(label.span(), not_held(label.text)).label(why));
        if world != self.stage.world {
            return lost(format!("line {line} saw it on other hosts; these are fresh ones"));
        }
        if self.is_hidden(entry) {
            return lost(format!("line {line} names it in an answer, which the learner need not take"));
        }
        if twin {
            return lost(format!("line {line} names a twin, which is folded into its first copy"));
        }
        self.hands.check_held(label, entry.given)
    }

    /// The labels of these hosts' packets.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &str> {
        let here = |entry: &Name| matches!(entry.kind, Kind::Label { world, .. } if world == self.stage.world);
        self.names.iter().filter(move |(_, entry)| here(entry) && !self.is_hidden(entry)).map(|(name, _)| name.as_str())
    }
}
