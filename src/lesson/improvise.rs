//! A line that a learner types: read by the same parser as the lines of lessons, with the names that the lines before
//! it have given. Running it is left to the lab.

use std::ops::Range;

use super::{
    diagnostic::Diagnostic,
    drawing::floor_boundary,
    model::{Lesson, LinkKind},
    parser::{self, scope::Scope},
    script::{Address, Call, HostPart, Line, Verb},
};

/// What is wrong with a typed line: one thing at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typo {
    pub message: String,
    /// The bytes of the typed text that the caret stands under; empty right behind it for what is missing.
    pub at: Range<usize>,
    /// What stands beside the caret.
    pub label: String,
    /// What would mend it.
    pub help: Option<String>,
}

/// Reads the line. `said` are the texts of all lines that ran on these hosts before, in their order: what they named
/// is known. The line's places are bytes of `typed`, its number is 0.
///
/// `None` for a line that says nothing.
///
/// # Errors
///
/// What is wrong with the line, the leftmost fault of it.
pub fn improvise(lesson: &Lesson, link: LinkKind, said: &[&str], typed: &str) -> Result<Option<Line>, Typo> {
    let mut before = Before::of(lesson, link, said);
    let mut complaints = Vec::new();
    let line = parser::line(typed, 0, &mut before.scope, &mut complaints);
    match complaints.into_iter().min_by_key(|complaint| complaint.span.start) {
        Some(complaint) => Err(typo(complaint, said, typed)),
        None => Ok(line),
    }
}

/// Lines that ran before are numbered from here: nothing else in a message looks like it.
const FIRST_NUMBER: usize = 1_000_000_000;

/// A socket that waits for others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Door {
    /// As a caller writes it: `server:80`.
    pub(super) address: String,
    pub(super) listens: bool,
}

/// What the lines before have made known.
#[derive(Debug)]
pub(super) struct Before {
    pub(super) scope: Scope,
    pub(super) doors: Vec<Door>,
}

impl Before {
    pub(super) fn of(lesson: &Lesson, link: LinkKind, said: &[&str]) -> Self {
        let hosts = lesson.hosts.iter().map(|host| host.name.clone()).collect();
        let mut scope = Scope::new(hosts, link);
        scope.enter_typed();
        let mut doors = Vec::new();
        for (at, text) in said.iter().enumerate() {
            // They ran; what is wrong with one was said then.
            let line = parser::line(text, FIRST_NUMBER + at, &mut scope, &mut Vec::new());
            doors.extend(line.and_then(|line| door(&line.verb)));
        }
        Self { scope, doors }
    }
}

fn door(verb: &Verb) -> Option<Door> {
    let Verb::Call(line) = verb else { return None };
    let (at, listens): (&Address, bool) = match &line.call {
        Call::Listen { open: Some((_, at)), .. } => (at, true),
        Call::Bind { to, .. } => (to, false),
        _ => return None,
    };
    let host = match &at.host {
        HostPart::Own | HostPart::Any => line.actor.host.clone(),
        HostPart::Named(host) => host.clone(),
        HostPart::Literal(ip) if ip.is_ipv6() => format!("[{ip}]"),
        HostPart::Literal(ip) => ip.to_string(),
    };
    // A port of 0 is one that the kernel chooses.
    (at.port != 0 && line.fails.is_none()).then(|| Door { address: format!("{host}:{}", at.port), listens })
}

fn typo(complaint: Diagnostic, said: &[&str], typed: &str) -> Typo {
    let Diagnostic { message, span, label, notes } = complaint;
    let words = |text: &str| with_quoted_lines(text, said);
    let start = floor_boundary(typed, span.start);
    let notes: Vec<String> = notes.iter().map(|note| words(note.strip_prefix("help: ").unwrap_or(note))).collect();
    Typo {
        message: words(&message),
        at: start..floor_boundary(typed, span.end).max(start),
        label: words(&label),
        help: (!notes.is_empty()).then(|| notes.join("; ")),
    }
}

/// Whoever types sees no line numbers: a line is named by what it says.
fn with_quoted_lines(text: &str, said: &[&str]) -> String {
    if !text.contains("line ") {
        return text.to_owned();
    }
    said.iter().enumerate().fold(text.to_owned(), |text, (at, line)| {
        let number = format!("line {}", FIRST_NUMBER + at);
        if text.contains(&number) { text.replace(&number, &format!("`{}`", line.trim())) } else { text }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::lesson::model::Source;

    pub(crate) fn lesson() -> Lesson {
        let text = "+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 1\n+++\n\n## Step\n\nText.\n";
        let source = Source { path: "t.md".into(), text: text.into() };
        super::super::parse(Arc::new(source), "t", "1-t").unwrap()
    }

    fn read(said: &[&str], typed: &str) -> Result<Option<Line>, Typo> {
        improvise(&lesson(), LinkKind::Wire, said, typed)
    }

    fn typo(said: &[&str], typed: &str) -> Typo {
        read(said, typed).unwrap_err()
    }

    #[test]
    fn a_line_is_read_with_its_place_in_what_was_typed() {
        let line = read(&[], "  client connect server:80  # now").unwrap().unwrap();
        assert_eq!((line.number, line.span, line.text.as_str()), (0, 2..26, "client connect server:80"));
        assert_eq!(line.comment.as_deref(), Some("now"));
        assert!(matches!(line.verb, Verb::Call(_)));
    }

    #[test]
    fn nothing_and_a_comment_say_nothing() {
        for typed in ["", "   ", "# later", "\t # "] {
            assert!(matches!(read(&[], typed), Ok(None)), "{typed:?}");
        }
    }

    #[test]
    fn what_was_named_before_is_known() {
        let said = ["server listen tcp 80", "server accept as peer", "syn: client > server SYN seq=?j"];
        assert!(read(&said, "server.peer recv").unwrap().is_some());
        assert!(read(&said, "server > client SYN+ACK ack=j+1").unwrap().is_some());
        assert!(read(&said[..1], "server.peer recv").is_err());
    }

    #[test]
    fn a_typing_error_is_told_where_it_is() {
        let typo = typo(&[], "server lisen tcp 80");
        assert_eq!(typo.message, "unknown call `lisen`");
        assert_eq!((typo.at, typo.label.as_str()), (7..12, "expected a call"));
        assert_eq!(typo.help.as_deref(), Some("did you mean `listen`?"));
    }

    #[test]
    fn the_leftmost_fault_is_told() {
        assert_eq!(typo(&[], "client > server SIN ak=1").at, 16..19);
    }

    #[test]
    fn a_line_before_is_named_by_what_it_says() {
        let said = ["wire hold", "syn: client > server SYN", "wire drop syn"];
        assert_eq!(typo(&said, "wire deliver syn").label, "`wire drop syn` drops it");
        let taken = typo(&said, "syn: server > client ACK");
        assert_eq!(taken.label, "`syn: client > server SYN` gives it to a packet");
    }

    #[test]
    fn a_line_that_went_wrong_before_is_passed_over() {
        assert!(read(&["client fly", "server listen tcp 80"], "client connect server:80").unwrap().is_some());
    }

    #[test]
    fn deeds_on_the_wire_want_a_wire() {
        let typo = improvise(&lesson(), LinkKind::Loopback, &[], "wire hold").unwrap_err();
        assert_eq!(typo.message, "no wire joins these hosts");
        assert!(!typo.help.unwrap().contains("fence"), "a learner does not write the lesson");
        assert!(improvise(&lesson(), LinkKind::Wire, &[], "wire hold").unwrap().is_some());
    }

    #[test]
    fn doors_are_where_somebody_waits() {
        let said = ["server listen tcp 80", "server bind udp *:53", "client bind udp 0", "server bind udp [::1]:53"];
        let doors = Before::of(&lesson(), LinkKind::Wire, &said).doors;
        let found: Vec<_> = doors.iter().map(|door| (door.address.as_str(), door.listens)).collect();
        assert_eq!(found, [("server:80", true), ("server:53", false)], "udp and [::1] contradict each other");
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_makes_it_panic(said: Vec<String>, typed: String) {
            let said: Vec<&str> = said.iter().map(String::as_str).collect();
            if let Err(typo) = read(&said, &typed) {
                prop_assert!(typed.get(typo.at.clone()).is_some(), "{:?}", typo.at);
            }
        }
    }
}
