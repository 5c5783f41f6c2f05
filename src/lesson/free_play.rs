//! Free play: two hosts, a wire, and no goal. It is a lesson of one step, in which the learner has the only turn.

use std::sync::Arc;

use super::{
    model::{Block, Challenge, HostSpec, Inline, Lesson, LinkKind, Prose, Source, Step, Timers},
    parse,
};

const TEXT: &str = include_str!("free_play.md");

/// The lesson that has no goal.
#[must_use]
pub fn free_play() -> Lesson {
    let source = Arc::new(Source { path: "free-play".into(), text: TEXT.into() });
    let mut lesson = parse(Arc::clone(&source), "free-play", "").unwrap_or_else(|_| bare(source));
    let turn = Challenge {
        link: Some(LinkKind::Wire),
        goal: Vec::new(),
        hints: Vec::new(),
        setup: Vec::new(),
        answer: Vec::new(),
        expect: Vec::new(),
        span: 0..0,
    };
    lesson.steps.iter_mut().for_each(|step| step.blocks.push(Block::Challenge(turn.clone())));
    lesson
}

/// The same without its text, which a test keeps from being needed.
fn bare(source: Arc<Source>) -> Lesson {
    let title = "Free play".to_owned();
    let hosts = ["client", "server"].map(|name| HostSpec { name: name.to_owned(), ..HostSpec::default() }).to_vec();
    let words = Prose::Paragraph(vec![Inline::Text("Two hosts and a wire.".to_owned())]);
    let steps =
        vec![Step { title: vec![Inline::Text(title.clone())], blocks: vec![Block::Prose(words)], ..Step::default() }];
    let (name, part) = ("free-play".to_owned(), String::new());
    let (summary, needs, read, opening, timers) = (String::new(), vec![], vec![], vec![], Timers::default());
    Lesson {
        name,
        part,
        title,
        summary,
        needs,
        minutes: 0,
        link: LinkKind::Wire,
        read,
        hosts,
        timers,
        opening,
        steps,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_text_is_a_lesson_and_ends_with_a_turn_without_a_goal() {
        let source = Arc::new(Source { path: "free-play".into(), text: TEXT.into() });
        assert!(parse(source, "free-play", "").is_ok());
        let lesson = free_play();
        let last = lesson.steps.last().and_then(|step| step.blocks.last());
        assert!(matches!(last, Some(Block::Challenge(turn)) if turn.expect.is_empty()));
        assert_eq!(lesson.steps.len(), 1);
    }
}
