//! What our hands do with the wire: `wire hold`, `wire drop syn`, `wire loss 10% seed 7`.
//!
//! What may stand behind `wire` is in one table, [`FORMS`]: it feeds the parser, its messages and the reference.

use super::{LineParser, Parsed, cursor::Word, verbs::ReadLine};
use crate::lesson::{
    diagnostic::Diagnostic,
    script::{Deed, Verb, WireLine},
    suggest,
};

mod deeds;
mod measure;
mod which;

pub(super) use measure::some_time;

/// One form of a `wire` line.
#[derive(Debug)]
pub struct FormRow {
    /// The word behind `wire`.
    pub name: &'static str,
    /// How it is written; `[…]` may be left out, capitals stand for something else.
    pub usage: &'static str,
    /// What it means, in a sentence or two of Markdown.
    pub help: &'static str,
    pub example: &'static str,
    /// What people write who mean this form.
    pub guesses: &'static [&'static str],
    read: Read,
}

type ReadDeed = for<'l, 'a, 's> fn(&'l mut LineParser<'a, 's>) -> Parsed<Deed>;

#[derive(Clone, Copy, Debug)]
enum Read {
    Deed(ReadDeed),
    /// It claims something, and changes nothing.
    Claim(ReadLine),
}

#[rustfmt::skip]
pub static FORMS: &[FormRow] = &[
    FormRow { name: "hold", usage: "wire hold [HOST > HOST …]", read: Read::Deed(deeds::hold), guesses: &["stop", "catch", "keep", "pause", "grab"],
        help: "From now on every frame that enters the wire stays in our hands, or every one that matches. ARP and neighbour discovery go through, unless the pattern names `arp`.", example: "wire hold" },
    FormRow { name: "deliver", usage: "wire deliver [all | LABEL | HOST > HOST …] [within TIME]", read: Read::Deed(deeds::deliver), guesses: &["release", "pass", "send", "forward", "let", "go", "continue"],
        help: "Lets a held frame go on: that one, the first that matches, or, when nothing is said, the one that is held longest; and waits until there is one. `all` lets go all that are held now.", example: "wire deliver syn" },
    FormRow { name: "drop", usage: "wire drop LABEL | [every] HOST > HOST … [times N]", read: Read::Deed(deeds::drop), guesses: &["lose", "discard", "kill", "eat", "remove"],
        help: "That frame does not arrive.", example: "wire drop client > server SYN times 2" },
    FormRow { name: "duplicate", usage: "wire duplicate LABEL | [every] HOST > HOST … [times N]", read: Read::Deed(deeds::duplicate), guesses: &["dup", "double", "copy", "repeat"],
        help: "That frame arrives twice.", example: "wire duplicate client > server len>0" },
    FormRow { name: "reorder", usage: "wire reorder LABEL | [every] HOST > HOST … [times N]", read: Read::Deed(deeds::reorder), guesses: &["swap", "shuffle", "overtake"],
        help: "The next frame of its direction goes first.", example: "wire reorder client > server len>0" },
    FormRow { name: "corrupt", usage: "wire corrupt [byte N] LABEL | [every] HOST > HOST … [times N]", read: Read::Deed(deeds::corrupt), guesses: &["damage", "flip", "break", "garble"],
        help: "The bits of one byte of the frame are turned over: byte N, counted from 0 at the beginning of the Ethernet header, or the last one. No checksum is mended.", example: "wire corrupt client > server payload \"hello\"" },
    FormRow { name: "truncate", usage: "wire truncate [to] N [bytes] LABEL | [every] HOST > HOST … [times N]", read: Read::Deed(deeds::truncate), guesses: &["cut", "shorten", "trim", "clip"],
        help: "The frame is cut to N bytes, its Ethernet header of 14 bytes included.", example: "wire truncate to 60 bytes client > server len>100" },
    FormRow { name: "delay", usage: "wire delay TIME [LABEL | [every] HOST > HOST … [times N]]", read: Read::Deed(deeds::delay), guesses: &["slow", "late", "latency", "lag", "postpone"],
        help: "The frame arrives later by so much; when nothing else is said, every frame does.", example: "wire delay 100ms" },
    FormRow { name: "rate", usage: "wire rate RATE [queue N] [HOST > HOST]", read: Read::Deed(deeds::rate), guesses: &["limit", "bandwidth", "throttle", "speed", "shape"],
        help: "So many bits a second go in each direction, or in that one. What comes faster waits in a queue of N frames, 100 unless said; what finds it full is lost. A rate is written `56kbit`, `1.5mbit`, `1gbit`.", example: "wire rate 1mbit queue 20" },
    FormRow { name: "loss", usage: "wire loss N% seed S [HOST > HOST …]", read: Read::Deed(deeds::loss), guesses: &["lossy", "random", "chance"],
        help: "So many frames in a hundred are lost by chance. The same seed loses the same ones in every run.", example: "wire loss 10% seed 7" },
    FormRow { name: "forget", usage: "wire forget TIME", read: Read::Deed(deeds::forget), guesses: &["expire", "nat", "idle", "timeout"],
        help: "A middlebox that forgets a conversation in which nothing was said for so long. From then on it lets nothing of it through, and tells nobody, until a SYN opens it anew.", example: "wire forget 500ms" },
    FormRow { name: "down", usage: "wire down", read: Read::Deed(deeds::down), guesses: &["off", "unplug", "disconnect"],
        help: "The wire is cut: every frame that enters it is lost. What is in our hands stays there.", example: "wire down" },
    FormRow { name: "up", usage: "wire up", read: Read::Deed(deeds::up), guesses: &["on", "plug", "mend", "reconnect"],
        help: "The wire that was cut is mended.", example: "wire up" },
    FormRow { name: "free", usage: "wire free", read: Read::Deed(deeds::free), guesses: &["clear", "reset", "undo", "flow", "normal"],
        help: "Undoes all of the above: what is held is let go, and every frame arrives as it is.", example: "wire free" },
    FormRow { name: "holds", usage: "wire holds LABEL [twins>=N] [within TIME]", read: Read::Claim(deeds::holds), guesses: &["held", "has"],
        help: "A claim: that frame is in our hands. `twins` counts how often it was sent again meanwhile.", example: "wire holds syn twins>=1" },
];

/// Everything behind `wire`.
pub(super) fn line(parser: &mut LineParser) -> Parsed<Verb> {
    let start = parser.start;
    parser.want_wire(start..parser.cursor.at(), "a `wire` line");
    let said = parser.cursor.word();
    let form = FORMS.iter().find(|form| form.name == said.text).ok_or_else(|| unknown_form(said))?;
    let verb = match form.read {
        Read::Claim(read) => read(parser)?,
        Read::Deed(read) => {
            let deed = read(parser)?;
            let waits = matches!(deed, Deed::Deliver(_));
            let within = if waits { parser.within()? } else { None };
            Verb::Wire(WireLine { deed, within, span: start..parser.cursor.at() })
        }
    };
    match parser.cursor.is_done() {
        true => Ok(verb),
        false => Err(too_much(parser.cursor.peek_word(), form)),
    }
}

/// The form that somebody means who writes this: one that is often called so, or a known one nearby.
pub(super) fn meant(written: &str) -> Option<&'static str> {
    let guessed = FORMS.iter().find(|form| form.guesses.contains(&written)).map(|form| form.name);
    guessed.or_else(|| suggest::nearest(written, names()))
}

/// The words that may stand behind `wire`.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FORMS.iter().map(|form| form.name)
}

fn unknown_form(said: Word) -> Diagnostic {
    let known = || format!("behind `wire` stands {}", names().collect::<Vec<_>>().join(", "));
    if said.is_empty() {
        return Diagnostic::at(said.span(), "what is done with the wire?")
            .label("expected what our hands do")
            .note(known());
    }
    let unknown = Diagnostic::at(said.span(), format!("unknown word `{}` behind `wire`", said.text));
    let unknown = unknown.label("expected what our hands do");
    match meant(said.text) {
        Some(name) => unknown.help(format_args!("did you mean `wire {name}`?")),
        None => unknown.note(known()),
    }
}

fn too_much(word: Word, form: &FormRow) -> Diagnostic {
    let rest = Diagnostic::at(word.span(), format!("`{}` has no place in `wire {}`", word.text, form.name));
    rest.label("not understood").help(format_args!("it is written `{}`", form.usage))
}

#[cfg(test)]
mod tests;
