//! Standing in a step again: where what happened is cut off, and what need not be waited for on the way there.
//!
//! A step is run again on fresh hosts. If it goes on with those of the steps before it, they have to be brought to
//! where they stood, by running those steps anew.

use std::collections::BTreeSet;

use super::{
    model::{Block, Lesson},
    script::{Deed, FieldTest, Handed, Line, Pattern, Verb, Wanted, Which, WireLine},
};
use crate::timeline::event::BlockRef;

/// Where what happened is cut off, so that a step can be run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Before this step.
    Step(usize),
    /// Before this block, which sets up the hosts that the step goes on with.
    Block(BlockRef),
}

/// Where to cut, so that `step` can be run again: before the step where the next block that runs (in it, or behind it
/// where nothing runs in it) has hosts of its own or there is none, otherwise before the block that sets up its hosts.
#[must_use]
pub fn cut(lesson: &Lesson, step: usize) -> Cut {
    let stages = stages(lesson);
    let next = stages.iter().find(|stage| stage.at.step >= step);
    match next.filter(|next| !next.fresh) {
        None => Cut::Step(step),
        Some(next) => {
            let sets_up = stages.iter().rfind(|stage| stage.at < next.at && stage.fresh);
            sets_up.map_or(Cut::Step(step), |stage| Cut::Block(stage.at))
        }
    }
}

/// A block that runs lines.
struct Staged {
    at: BlockRef,
    /// Whether it has hosts of its own.
    fresh: bool,
}

/// Every block that runs, in order. A challenge has hosts of its own, and leaves none behind.
fn stages(lesson: &Lesson) -> Vec<Staged> {
    let mut stands = false;
    let mut stages = Vec::new();
    for (at, block) in lesson.numbered_blocks() {
        match block {
            Block::Prose(_) | Block::Predict(_) => {}
            Block::Lab(lab) => {
                stages.push(Staged { at, fresh: lab.link.is_some() || !stands });
                stands = true;
            }
            Block::Challenge(_) => {
                stages.push(Staged { at, fresh: true });
                stands = false;
            }
        }
    }
    stages
}

/// The lines of this lab block that only wait for the kernel's clock, and of which no later line of the lesson needs
/// what they bind, by their index: on the way to a step they are left out.
#[must_use]
pub fn left_out(lesson: &Lesson, at: BlockRef) -> BTreeSet<usize> {
    let mut needed = BTreeSet::new();
    let blocks: Vec<_> = lesson.numbered_blocks().filter(|(place, _)| *place >= at).collect();
    let mut left_out = BTreeSet::new();
    for (place, block) in blocks.into_iter().rev() {
        for (index, line) in block.lines().enumerate().collect::<Vec<_>>().into_iter().rev() {
            let is_idle = only_waits(line) && bound(line).iter().all(|name| !needed.contains(name));
            if place == at && is_idle {
                left_out.insert(index);
            } else {
                used(line, &mut needed);
            }
        }
    }
    left_out
}

/// Whether the line only lets time go by.
fn only_waits(line: &Line) -> bool {
    let asks = |tests: &[FieldTest], name: &str| tests.iter().any(|test| test.field.name == name);
    match &line.verb {
        Verb::Silent(_) | Verb::Never(_) => true,
        Verb::Holds(holds) => asks(&holds.fields, "twins"),
        Verb::Packet(packet) => asks(&packet.pattern.fields, "twin"),
        _ => false,
    }
}

/// The names that a line binds.
fn bound(line: &Line) -> Vec<String> {
    let (label, tests) = match &line.verb {
        Verb::Packet(packet) => (packet.label.clone(), packet.pattern.fields.as_slice()),
        Verb::Kernel(kernel) => (None, kernel.fields.as_slice()),
        Verb::Holds(holds) => (None, holds.fields.as_slice()),
        _ => (None, [].as_slice()),
    };
    let binding = |test: &FieldTest| match &test.value {
        Wanted::Bind(name) => Some(name.clone()),
        _ => None,
    };
    label.into_iter().chain(tests.iter().filter_map(binding)).collect()
}

/// The names that a line needs: `syn` for `syn.at`.
fn used(line: &Line, names: &mut BTreeSet<String>) {
    let mut found = Vec::new();
    names_in(line, &mut found);
    names.extend(found.into_iter().map(|name| name.split('.').next().unwrap_or_default().to_owned()));
}

/// The live values that a line needs, `syn.at` as such, and the labels.
pub(crate) fn names_in(line: &Line, names: &mut Vec<String>) {
    match &line.verb {
        Verb::Packet(packet) => in_tests(&packet.pattern.fields, names),
        Verb::Kernel(kernel) => in_tests(&kernel.fields, names),
        Verb::Never(never) => in_tests(&never.pattern.fields, names),
        Verb::Wire(wire) => in_deed(wire, names),
        Verb::Holds(holds) => {
            names.push(holds.label.name.clone());
            in_tests(&holds.fields, names);
        }
        Verb::Call(_) | Verb::Saw(_) | Verb::Returned(_) | Verb::Waits(_) | Verb::Silent(_) | Verb::Sample(_) => {}
    }
}

fn in_tests(tests: &[FieldTest], names: &mut Vec<String>) {
    for test in tests {
        if let Wanted::Expr(expr) = &test.value {
            expr.names(names);
        }
    }
}

fn in_deed(wire: &WireLine, names: &mut Vec<String>) {
    let pattern: Option<&Pattern> = match &wire.deed {
        Deed::Hold(pattern) | Deed::Loss { pattern, .. } => pattern.as_ref(),
        Deed::Deliver(Handed::Labelled(label)) => return names.push(label.name.clone()),
        Deed::Deliver(Handed::Matching(pattern)) => Some(pattern),
        Deed::Treat { which, .. } => match which {
            Which::Labelled(label) => return names.push(label.name.clone()),
            Which::Next { pattern, .. } => Some(pattern),
            Which::Every(pattern) => pattern.as_ref(),
        },
        _ => None,
    };
    pattern.into_iter().for_each(|pattern| in_tests(&pattern.fields, names));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lesson::{catalog::Catalog, diagnostic::render_all, model::Source, parse};

    fn lesson(body: &str) -> Lesson {
        let text = format!("+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 1\nlink = \"wire\"\n+++\n\n{body}");
        let source = Arc::new(Source { path: "l.md".into(), text });
        parse(source.clone(), "l", "p").unwrap_or_else(|wrong| panic!("{}", render_all(&wrong, &source)))
    }

    fn lab(fence: &str, lines: &str) -> String {
        format!("```lab{fence}\n{lines}\n```\n\n")
    }

    const LISTEN: &str = "server listen tcp 80";
    const CONNECT: &str = "client connect server:80";
    const CHALLENGE: &str = "```challenge\nGoal.\n\nhint: one\nanswer:\n    server listen tcp 81\nexpect:\n    kernel server LISTEN\n```\n\n";

    /// One step for each, with what stands in it.
    fn steps(contents: &[String]) -> Lesson {
        let step = |content: &String| format!("## Step\n\nText.\n\n{content}");
        lesson(&contents.iter().map(step).collect::<String>())
    }

    fn at(step: usize, block: usize) -> BlockRef {
        BlockRef { step, block }
    }

    #[test]
    fn a_step_with_hosts_of_its_own_is_cut_before_it() {
        let lesson = steps(&[lab("", LISTEN), lab(" wire", LISTEN), lab(" wire", LISTEN)]);
        assert_eq!([0, 1, 2].map(|step| cut(&lesson, step)), [Cut::Step(0), Cut::Step(1), Cut::Step(2)]);
    }

    #[test]
    fn a_step_that_goes_on_is_cut_where_its_hosts_were_set_up() {
        let lesson = steps(&[lab("", LISTEN), lab("", CONNECT), lab(" wire", LISTEN), lab("", CONNECT)]);
        assert_eq!(cut(&lesson, 1), Cut::Block(at(0, 1)));
        assert_eq!(cut(&lesson, 3), Cut::Block(at(2, 1)));
    }

    #[test]
    fn a_step_in_which_nothing_runs_is_cut_where_the_next_one_would_be() {
        let lesson = steps(&[lab("", LISTEN), String::new(), lab("", CONNECT), String::new(), lab(" wire", LISTEN)]);
        assert_eq!(cut(&lesson, 1), Cut::Block(at(0, 1)), "what runs behind it needs the hosts");
        assert_eq!(cut(&lesson, 3), Cut::Step(3));
        let idle = steps(&[lab("", LISTEN), String::new()]);
        assert_eq!(cut(&idle, 1), Cut::Step(1));
    }

    #[test]
    fn only_the_first_block_of_a_step_counts() {
        let lesson = steps(&[lab("", LISTEN), lab(" wire", LISTEN) + &lab("", CONNECT)]);
        assert_eq!(cut(&lesson, 1), Cut::Step(1));
        let lesson = steps(&[lab("", LISTEN), lab("", CONNECT) + &lab(" wire", LISTEN)]);
        assert_eq!(cut(&lesson, 1), Cut::Block(at(0, 1)));
    }

    #[test]
    fn behind_a_challenge_hosts_are_fresh() {
        let lesson = steps(&[lab("", LISTEN), CHALLENGE.to_owned(), lab("", LISTEN)]);
        assert_eq!([1, 2].map(|step| cut(&lesson, step)), [Cut::Step(1), Cut::Step(2)]);
    }

    #[test]
    fn a_cut_is_never_behind_its_step() {
        for entry in Catalog::embedded().entries() {
            let lesson = entry.lesson().unwrap();
            for step in 0..lesson.steps.len() {
                match cut(&lesson, step) {
                    Cut::Step(cut) => assert_eq!(cut, step, "{}", lesson.name),
                    Cut::Block(block) => assert!(block.step < step, "{} {step}: {block:?}", lesson.name),
                }
            }
        }
    }

    #[test]
    fn what_only_waits_is_left_out() {
        let lines = "server listen tcp 80\nwire hold\nclient connect server:80\nsyn: client > server SYN\n\
                     again: client > server SYN twin\nwire holds syn twins>=1\nsilent for 1ms\n\
                     never server > client so far\nwire holds syn";
        let lesson = steps(&[lab("", lines)]);
        assert_eq!(left_out(&lesson, at(0, 1)), [4, 5, 6, 7].into());
    }

    #[test]
    fn what_a_later_line_needs_is_not_left_out() {
        let first = "server listen tcp 80\nwire hold\nclient connect server:80\nsyn: client > server SYN\n\
                     again: client > server SYN twin seq=?j";
        for later in ["wire deliver syn\nserver > client ack=again.seq+1", "wire deliver syn\nserver > client ack=j+1"]
        {
            let lesson = steps(&[lab("", first), lab("", later)]);
            assert_eq!(left_out(&lesson, at(0, 1)), BTreeSet::new(), "{later}");
        }
    }
}
