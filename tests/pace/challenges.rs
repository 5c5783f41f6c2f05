//! Challenges at a learner's pace.

use std::time::Duration;

use libtest_mimic::Failed;
use wiretutor::{
    lab::cue::{Far, Standing},
    lesson::model::{Block, Lesson},
    timeline::event::{BlockRef, Ending, Outcome, What},
};

use super::{
    Test,
    desk::{Desk, ensure, lesson, story, typed},
};

pub(super) const TESTS: &[Test] = &[
    ("a challenge is solved by what the learner types", solved_by_typing),
    ("a hold that is typed is the switch of the key", typed_hold),
    ("a challenge that is judged too early goes on", judged_too_early),
    ("a challenge is judged in slow motion, and while everything is held", judged_by_a_slow_hand),
    ("a challenge can be skipped", skipped),
    ("a challenge is solved by hand", solved_by_hand),
    ("what was tried leaves no trace", no_trace),
    ("free play is never over by itself", free_play),
];

const AT: BlockRef = BlockRef { step: 0, block: 1 };
const MSS: &str = "```challenge\nGoal.\n\nhint: one\n\nsetup:\n    server  listen tcp 8080\n\nanswer:\n    client  socket tcp\n    \
                   client  setsockopt TCP_MAXSEG 536\n    client  connect server:8080\n\nexpect:\n    client > server  SYN mss=536\n    \
                   kernel client ESTABLISHED\n```";

fn enter(lesson: &Lesson) -> Result<Desk, Failed> {
    let mut desk = Desk::begin(lesson);
    desk.until_at(Standing::Block(AT))?;
    let at = desk.go_on(Far::Beat)?;
    ensure(at == Standing::Learner(AT), || format!("{at:?}"))?;
    Ok(desk)
}

fn outcome(desk: &mut Desk) -> Result<Ending, Failed> {
    desk.until("the end of the challenge", |what| match what {
        What::Challenge { block: AT, outcome } => Some(*outcome),
        _ => None,
    })
}

fn solve(desk: &mut Desk) -> Result<(), Failed> {
    for line in ["client socket tcp", "client setsockopt TCP_MAXSEG 536", "client connect server:8080"] {
        desk.cue.say(typed(line)?);
    }
    let ending = outcome(desk)?;
    ensure(ending == Ending::Solved, || format!("{ending:?}"))
}

fn solved_by_typing() -> Result<(), Failed> {
    let mut desk = enter(&lesson(&[MSS, "Text."])?)?;
    ensure(!desk.cue.go_on(Far::Beat), || "it is the learner's turn".to_owned())?;
    solve(&mut desk)?;
    let at = desk.until_elsewhere()?;
    ensure(at == Standing::Step(1), || format!("{at:?}"))?;
    // Its hosts can still be looked at.
    desk.cue.say(typed("kernel client ESTABLISHED")?);
    desk.until_it_waits()?;
    ensure(matches!(desk.claim("kernel client")?, Outcome::Held { .. }), || desk.story())?;
    let (summary, events) = desk.end()?;
    ensure((summary.claims, summary.failed) == (2, 0), || format!("{summary:?}: {}", story(&events)))
}

/// Whoever asks hears that the goal is not reached, and may go on.
fn is_refused(desk: &mut Desk) -> Result<(), Failed> {
    desk.until_it_waits()?;
    while !desk.cue.judge() {
        desk.until_it_waits()?;
    }
    desk.until("the refusal", |what| match what {
        What::Claim { outcome: Outcome::Failed { message, .. }, .. } => Some(message.clone()),
        _ => None,
    })?;
    let at = desk.until_it_waits()?;
    ensure(at == Standing::Learner(AT), || format!("{at:?}"))
}

fn judged_too_early() -> Result<(), Failed> {
    let mut desk = enter(&lesson(&[MSS])?)?;
    desk.cue.say(typed("client connect server:8080")?);
    desk.until("the call", |what| matches!(what, What::CallReturned { .. }).then_some(()))?;
    is_refused(&mut desk)?;
    solve(&mut desk)?;
    let (summary, events) = desk.end()?;
    ensure((summary.claims, summary.failed) == (2, 0), || format!("{summary:?}: {}", story(&events)))
}

/// What cannot come any more is not waited for, however slow the wire is.
fn judged_by_a_slow_hand() -> Result<(), Failed> {
    for holds in [false, true] {
        let mut desk = enter(&lesson(&[MSS])?)?;
        match holds {
            true => desk.grip.hold()?,
            false => desk.grip.slow(Some(Duration::from_millis(300)))?,
        }
        desk.cue.say(typed("client connect server:8080")?);
        desk.until("the call", |what| {
            matches!(what, What::CallEntered { name, .. } if name == "connect").then_some(())
        })?;
        is_refused(&mut desk)?;
        desk.cue.say(typed("kernel server TIME-WAIT")?);
        desk.until("the other refusal", |what| match what {
            What::Claim { text, outcome: Outcome::Failed { .. }, .. } if text.contains("TIME-WAIT") => Some(()),
            _ => None,
        })?;
    }
    Ok(())
}

fn skipped() -> Result<(), Failed> {
    let next = "```lab\nserver listen tcp 8080\nkernel server LISTEN\n```";
    let mut desk = enter(&lesson(&[MSS, next])?)?;
    ensure(desk.cue.skip(), || "it was not taken".to_owned())?;
    let ending = outcome(&mut desk)?;
    ensure(ending == Ending::Skipped, || format!("{ending:?}"))?;
    let (summary, events) = desk.end()?;
    let fresh = events.iter().filter(|event| matches!(event.what, What::Lab { fresh: true, .. })).count();
    ensure((summary.claims, summary.failed, fresh) == (1, 0, 2), || format!("{summary:?}: {}", story(&events)))
}

const BY_HAND: &str = "```challenge\nGoal.\n\nhint: one\n\nsetup:\n    server  listen tcp 8080\n    wire hold\n    \
                       client  connect server:8080\n\nanswer:\n    wire free\n\nexpect:\n    kernel server ESTABLISHED\n```";

/// Packets that are let go by hand are looked at as well.
fn solved_by_hand() -> Result<(), Failed> {
    let mut desk = enter(&lesson(&[BY_HAND])?)?;
    let mut frame = desk.in_hand()?;
    for _ in 0..2 {
        desk.grip.deliver(frame)?;
        frame = desk.until_held()?;
    }
    desk.grip.deliver(frame)?;
    let ending = outcome(&mut desk)?;
    ensure(ending == Ending::Solved, || format!("{ending:?}"))
}

const TWICE: &str = "```challenge\nGoal.\n\nhint: one\n\nsetup:\n    server  listen tcp 8080\n    client connect server:8080\n    \
                     server accept as peer\n\nanswer:\n    client send \"ab\"\n    server.peer recv\n    server.peer recv\n\n\
                     expect:\n    client > server len=1 payload \"a\"\n    server.peer saw \"a\"\n    \
                     client > server seq=?s len=1 payload \"b\"\n    server.peer saw \"b\"\n```";

/// The first half holds long before the second: it must not be used up, nor told.
fn no_trace() -> Result<(), Failed> {
    let mut desk = enter(&lesson(&[TWICE])?)?;
    for line in ["client send \"a\"", "server recv"] {
        desk.cue.say(typed(line)?);
        desk.until("the call", |what| matches!(what, What::CallReturned { .. }).then_some(()))?;
        desk.until_it_waits()?;
    }
    let told = desk.events.iter().filter(|event| matches!(event.what, What::Claim { .. } | What::Bound { .. })).count();
    ensure(told == 0, || desk.story())?;
    for line in ["client send \"b\"", "server recv"] {
        desk.cue.say(typed(line)?);
    }
    let ending = outcome(&mut desk)?;
    let claims = desk.events.iter().filter(|event| matches!(event.what, What::Claim { .. })).count();
    ensure((ending, claims) == (Ending::Solved, 4), || format!("{ending:?}: {}", desk.story()))
}

const SYN: &str = "```challenge\nGoal.\n\nhint: one\n\nsetup:\n    server  listen tcp 8080\n\nanswer:\n    \
                   client connect server:8080\n\nexpect:\n    kernel server ESTABLISHED\n```";

fn typed_hold() -> Result<(), Failed> {
    let mut desk = enter(&lesson(&[SYN])?)?;
    for line in ["wire hold", "client connect server:8080"] {
        desk.cue.say(typed(line)?);
        desk.until_it_waits()?;
    }
    desk.in_hand()?;
    ensure(desk.grip.holds(), || desk.story())?;
    // What the key lets flow again is all that was held.
    desk.grip.flow()?;
    let ending = outcome(&mut desk)?;
    let told = desk.events.iter().filter(|event| matches!(&event.what, What::Hand { .. })).count();
    ensure(ending == Ending::Solved && told == 2, || format!("{ending:?}: {}", desk.story()))
}

fn free_play() -> Result<(), Failed> {
    let mut lesson = lesson(&[MSS])?;
    for block in lesson.steps.iter_mut().flat_map(|step| &mut step.blocks) {
        if let Block::Challenge(challenge) = block {
            challenge.expect.clear();
        }
    }
    let mut desk = enter(&lesson)?;
    desk.cue.say(typed("client connect server:8080")?);
    desk.until("the call", |what| matches!(what, What::CallReturned { .. }).then_some(()))?;
    desk.cue.say(typed("silent for 10ms")?);
    desk.until("the claim", |what| matches!(what, What::Claim { line: 0, .. }).then_some(()))?;
    desk.until_it_waits()?;
    ensure(desk.stands == Some(Standing::Learner(AT)), || format!("{:?}", desk.stands))?;
    while !desk.cue.skip() {
        desk.until_it_waits()?;
    }
    let ending = outcome(&mut desk)?;
    ensure(ending == Ending::Skipped, || format!("{ending:?}"))?;
    let took = desk.leave()?;
    ensure(took < Duration::from_secs(1), || format!("{took:?}"))
}
