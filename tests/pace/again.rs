//! Standing again in a step.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use wiretutor::{
    lab::{
        cue::{Far, Standing},
        grip::Grip,
        script::Conduct,
    },
    lesson::{
        again::{Cut, cut},
        catalog::Catalog,
        model::{Block, Lesson},
    },
    timeline::{
        event::{BlockRef, Event, Outcome, Value, What},
        fold::World,
    },
};

use super::{
    Test,
    desk::{Desk, ensure, lesson, story},
};

pub(super) const TESTS: &[Test] = &[
    ("every step of every lesson can be run again, and is reached soon", every_step_of_every_lesson),
    ("on the way to a step the switches of a person are not on", switches_wait),
    ("a step that there is not is refused", no_such_step),
];

fn from(step: usize, values: BTreeMap<String, Value>) -> Conduct {
    Conduct { from: Some(step), values, ..Conduct::default() }
}

/// Where it is to wait first.
fn first_place(lesson: &Lesson, step: usize) -> Standing {
    let runs = |block: &Block| matches!(block, Block::Lab(_) | Block::Challenge(_));
    match lesson.steps[step].blocks.iter().position(runs) {
        Some(block) => Standing::Block(BlockRef { step, block }),
        None if step + 1 < lesson.steps.len() => Standing::Step(step + 1),
        None => Standing::End,
    }
}

pub(super) fn is_cut(event: &Event, cut: Cut) -> bool {
    match (&event.what, cut) {
        (What::Step { step, .. }, Cut::Step(at)) => *step == at,
        (What::Lab { block, .. }, Cut::Block(at)) => *block == at,
        _ => false,
    }
}

fn failures(events: &[Event]) -> usize {
    let failed = |event: &&Event| matches!(event.what, What::Claim { outcome: Outcome::Failed { .. }, .. });
    events.iter().filter(failed).count()
}

/// Shows a table of how long it takes to stand there.
fn every_step_of_every_lesson() -> Result<(), Failed> {
    let mut slowest = (Duration::ZERO, String::new());
    for entry in Catalog::embedded().entries() {
        let lesson = entry.lesson().map_err(|error| format!("{error:?}"))?;
        let (_, whole) = Desk::begin(&lesson).end()?;
        ensure(failures(&whole) == 0, || format!("{}: {}", lesson.name, story(&whole)))?;
        for step in 0..lesson.steps.len() {
            let took = run_again(&lesson, step, &whole)?;
            println!("{:14} step {:2}  {took:8.1?}  {:?}", lesson.name, step + 1, cut(&lesson, step));
            slowest = slowest.max((took, format!("{} step {}", lesson.name, step + 1)));
        }
    }
    println!("the slowest: {} in {:?}", slowest.1, slowest.0);
    ensure(slowest.0 < Duration::from_secs(20), || format!("{slowest:?}"))
}

/// Runs one step after a whole run, and tells how long it took to stand in it.
fn run_again(lesson: &Lesson, step: usize, whole: &[Event]) -> Result<Duration, Failed> {
    let cut = cut(lesson, step);
    let kept = whole.iter().position(|event| is_cut(event, cut)).ok_or("no cut")?;
    let values = World::at(whole, kept).values.into_iter().collect();
    let began = Instant::now();
    let mut desk = Desk::conducted(lesson, from(step, values));
    let at = desk.until_it_waits()?;
    let took = began.elapsed();
    ensure(at == first_place(lesson, step), || format!("{} {step}: {at:?}", lesson.name))?;
    ensure(is_cut(&desk.events[0], cut), || format!("{} {step}: {:?}", lesson.name, desk.events[0]))?;
    let next = if step + 1 < lesson.steps.len() { Standing::Step(step + 1) } else { Standing::End };
    desk.go_on_to(next)?;
    ensure(failures(&desk.events) == 0, || format!("{} {step}: {}", lesson.name, desk.story()))?;
    Ok(took)
}

fn switches_wait() -> Result<(), Failed> {
    let first = "```lab\nserver listen tcp 8080\nclient connect server:8080\nkernel client ESTABLISHED\n```";
    let second = "```lab\nclient send \"x\"\nclient > server len=1\n```";
    let lesson = lesson(&[first, second])?;
    let grip = Grip::default();
    let mut desk = Desk::conducted(&lesson, Conduct { grip: grip.clone(), ..Conduct::default() });
    desk.go_on_to(Standing::Step(1))?;
    grip.hold()?;
    desk.leave()?;
    let mut desk = Desk::conducted(&lesson, Conduct { grip, ..from(1, BTreeMap::new()) });
    desk.until_at(Standing::Block(BlockRef { step: 1, block: 1 }))?;
    ensure(failures(&desk.events) == 0, || desk.story())?;
    desk.go_on(Far::Beat)?;
    desk.in_hand()?;
    desk.grip.flow()?;
    let (summary, events) = desk.end()?;
    ensure(summary.failed == 0, || story(&events))
}

fn no_such_step() -> Result<(), Failed> {
    let desk = Desk::conducted(&lesson(&["Text."])?, from(1, BTreeMap::new()));
    let complaint = desk.end().err().ok_or("it has run")?;
    ensure(format!("{complaint:?}").contains("never came"), || format!("{complaint:?}"))
}
