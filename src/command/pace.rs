//! A lesson at the learner's own pace: it stops at each question and before each step, until Enter is pressed.
//!
//! Only the telling stops. The lab goes on by itself, and its events wait to be told.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::{
    lesson::model::{Block, Lesson},
    timeline::event::{Event, What},
};

/// What the learner answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    GoOn,
    Leave,
}

/// What to ask before an event is told: the next step begins.
pub(super) fn before(event: &Event) -> Option<&'static str> {
    matches!(event.what, What::Step { step, .. } if step > 0).then_some("Enter: the next step   q and Enter: leave")
}

/// What to ask after an event was told: a question has been asked, and the packets are about to answer it.
pub(super) fn after(lesson: &Lesson, event: &Event) -> Option<&'static str> {
    let What::Lab { block, .. } = event.what else { return None };
    let blocks = lesson.steps.get(block.step)?.blocks.get(..block.block)?;
    let since_last_lab = blocks.iter().rev().take_while(|block| !matches!(block, Block::Lab(_) | Block::Challenge(_)));
    let asked = since_last_lab.into_iter().any(|block| matches!(block, Block::Predict(_)));
    asked.then_some("What do you think?   Enter: see what happens   q and Enter: leave")
}

/// Asks, and waits for a line. Where nobody can answer it goes on.
pub(super) fn ask(words: &str) -> io::Result<Answer> {
    if !io::stdin().is_terminal() {
        return Ok(Answer::GoOn);
    }
    let mut stdout = io::stdout().lock();
    write!(stdout, "\n[{words}] ")?;
    stdout.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(if line.trim().eq_ignore_ascii_case("q") { Answer::Leave } else { Answer::GoOn })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        kernel::clock::Stamp,
        lesson::{self, model::Source},
        timeline::event::{BlockRef, LinkKind},
    };

    const LESSON: &str = "+++\ntitle=\"T\"\nsummary=\"S\"\nminutes=1\n+++\n\n## One\n\n```predict\nWhat?\n(x) a\n( ) b\n```\n\n\
                          ```lab\nserver listen tcp 80\n```\n\nMore.\n\n```lab\nkernel server LISTEN\n```\n";

    fn lab(block: usize) -> Event {
        let what =
            What::Lab { block: BlockRef { step: 0, block }, fresh: true, link: LinkKind::Loopback, hosts: vec![] };
        Event { seq: 0, at: Stamp(0), what }
    }

    #[test]
    fn it_stops_at_a_lab_that_answers_a_question_and_at_no_other() {
        let source = Arc::new(Source { path: "t.md".into(), text: LESSON.into() });
        let lesson = lesson::parse(source, "t", "").unwrap();
        assert!(after(&lesson, &lab(1)).is_some());
        assert_eq!(after(&lesson, &lab(3)), None);
    }

    #[test]
    fn it_stops_before_every_step_but_the_first() {
        let step = |step| Event { seq: 0, at: Stamp(0), what: What::Step { step, title: String::new() } };
        assert_eq!(before(&step(0)), None);
        assert!(before(&step(1)).is_some());
    }
}
