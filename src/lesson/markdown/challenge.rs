//! Challenges: a goal, hints from a nudge to almost the answer, and lab lines that set the stage, reach the goal and
//! judge it.
//!
//! ```text
//! Make the server refuse a connection.
//!
//! hint: Who refuses: the program or its kernel?
//! hint: Connect to a port where nobody listens.
//! setup:
//!     server listen tcp 80
//! answer:
//!     client connect server:81 fails ECONNREFUSED
//! expect:
//!     client > server SYN dport=81
//!     server > client RST+ACK sport=81
//! ```
//!
//! A challenge runs on fresh hosts, so that it can be tried again, and leaves none behind. What the answer names, the
//! learner need not have named: the expectations cannot use it.

use super::{Context, fence_link, prose, script};
use crate::lesson::{
    diagnostic::Diagnostic,
    model::{Challenge, Prose, Span},
    script::Line,
    suggest,
};

const SECTIONS: [&str; 4] = ["hint", "setup", "answer", "expect"];

/// A section's place, its heading apart.
struct Section {
    name: &'static str,
    heading: Span,
    content: Span,
}

pub(super) fn read(context: &mut Context, link: &str, whole: &Span, content: Span) -> Challenge {
    let link = fence_link(context, link, whole);
    let (goal, sections) = outline(context, content);
    check(context, whole, &goal, &sections);
    let goal = prose::part(context, goal);
    let hints: Vec<Vec<Prose>> =
        all(&sections, "hint").map(|section| prose::part(context, section.content.clone())).collect();

    context.scope.enter_challenge(link);
    let setup = lines(context, &sections, "setup");
    context.scope.enter_answer();
    let answer = lines(context, &sections, "answer");
    context.scope.leave_answer();
    let expect = lines(context, &sections, "expect");
    context.scope.leave_challenge();
    Challenge { link, goal, hints, setup, answer, expect, span: whole.clone() }
}

fn all<'s>(sections: &'s [Section], name: &'s str) -> impl Iterator<Item = &'s Section> {
    sections.iter().filter(move |section| section.name == name)
}

fn lines(context: &mut Context, sections: &[Section], name: &str) -> Vec<Line> {
    all(sections, name).flat_map(|section| script(context, section.content.clone())).collect()
}

/// Where the goal and the sections stand.
fn outline(context: &mut Context, content: Span) -> (Span, Vec<Section>) {
    let source = context.source;
    let mut goal = content.start..content.start;
    let mut sections: Vec<Section> = Vec::new();
    let mut at = content.start;
    for line in source.text[content].split_inclusive('\n') {
        let span = at..at + line.len();
        at = span.end;
        let heading = heading(line);
        let known = heading.and_then(|name| SECTIONS.into_iter().find(|known| *known == name));
        if let Some(name) = known {
            let heading = span.start..span.start + name.len() + 1;
            sections.push(Section { name, content: heading.end..span.end, heading });
            continue;
        }
        let text = span.start..span.start + line.trim_end().len();
        match sections.last_mut() {
            Some(section) if line.trim().is_empty() || line.starts_with([' ', '\t']) => section.content.end = span.end,
            Some(_) => context.complaints.push(outside(text, heading)),
            None => goal.end = span.end,
        }
        if let (true, Some(name)) =
            (sections.is_empty(), heading.filter(|name| suggest::nearest(name, SECTIONS).is_some()))
        {
            let heading = span.start..span.start + name.len() + 1;
            context.complaints.push(unknown_section(heading, name));
        }
    }
    (goal, sections)
}

/// `hint` of a line that begins `hint:`.
fn heading(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(':')?;
    (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic())).then_some(name)
}

fn outside(span: Span, heading: Option<&str>) -> Diagnostic {
    match heading {
        Some(name) => unknown_section(span.start..span.start + name.len() + 1, name),
        None => Diagnostic::at(span, "this belongs to no section")
            .label("not indented")
            .help("what belongs to a section stands behind its colon or is indented below it"),
    }
}

fn unknown_section(span: Span, name: &str) -> Diagnostic {
    let unknown = Diagnostic::at(span, format!("unknown section `{name}:`"));
    unknown.label("expected hint:, setup:, answer: or expect:").did_you_mean(name, SECTIONS)
}

fn check(context: &mut Context, whole: &Span, goal: &Span, sections: &[Section]) {
    let mut complaints = Vec::new();
    let mut missing = |what: &str, help: &str| {
        let label = format!("no {what}");
        complaints.push(Diagnostic::at(whole.clone(), format!("this challenge has no {what}")).label(label).help(help));
    };
    if context.source.text[goal.clone()].trim().is_empty() {
        missing("goal", "say what is to be reached, above the sections");
    }
    for (name, what, help) in [
        ("hint", "hint", "write one: `hint: Who refuses: the program or its kernel?`"),
        (
            "answer",
            "answer",
            "the lines below `answer:` reach the goal, so that a check can tell whether it can be reached",
        ),
        ("expect", "expectation", "the lines below `expect:` judge whether the goal is reached"),
    ] {
        if all(sections, name).next().is_none() {
            missing(what, help);
        }
    }
    for section in sections {
        let text = context.source.text[section.content.clone()].trim();
        if text.is_empty() && section.name != "setup" {
            let empty = Diagnostic::at(section.heading.clone(), format!("`{}:` says nothing", section.name));
            complaints.push(empty.label("empty"));
        }
        let first = all(sections, section.name).next();
        if section.name != "hint" && first.is_some_and(|first| first.heading != section.heading) {
            let twice = Diagnostic::at(section.heading.clone(), format!("`{}:` stands twice", section.name));
            complaints.push(twice.label("the second"));
        }
    }
    context.complaints.append(&mut complaints);
}
