//! Slow readers: nothing of a lesson may break because somebody took their time.
//!
//! A pause at one place is one run, and there are hundreds of places; so the whole audit runs many labs at once, and
//! only on demand: `WIRETUTOR_PAUSE=75 cargo test --test pace -- --ignored slow`, and with `WIRETUTOR_LINES=1` between
//! all lines. What always runs reads a moment everywhere, and longer at the places where a timer of the kernel runs
//! meanwhile.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use wiretutor::{
    kernel::{socket::TimerKind, state::TcpState},
    lab::{
        cue::{Far, Standing},
        script::Conduct,
        wait::Wait,
    },
    lesson::{
        again::cut,
        catalog::{Catalog, Entry},
        model::{Block, Lesson},
    },
    timeline::{
        event::{Basis, Ending, Event, Outcome, Value, What},
        fold::World,
    },
};

use super::{
    Test,
    again::is_cut,
    desk::{Desk, embedded, ensure, lesson, lesson_with, story},
};

pub(super) const TESTS: &[Test] = &[
    ("a moment at every place of every lesson breaks none of them", a_moment_everywhere),
    ("who reads while a timer of the kernel doubles breaks nothing", while_a_timer_doubles),
    ("who has to wait for a timer of the kernel is told for which", told_of_the_timer),
    ("in TIME-WAIT a reader is told until when the lab waits", told_of_the_minute),
    ("a connection that the kernel gives up while somebody reads is seen to go", seen_to_go),
];

/// Takes minutes.
pub(super) const LONG_TESTS: &[Test] =
    &[("a slow reader breaks no lesson, wherever the pause is (WIRETUTOR_PAUSE seconds)", a_pause_at_each_place)];

/// Long enough for twins, ACKs that were put off and probes; short enough for every day.
const MOMENT: Duration = Duration::from_millis(120);
/// What a lab may need after a pause, beyond the pause itself: a doubled timer has as long to run again, and the kernel
/// may be an eighth of that late.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of one pause.
#[derive(Clone)]
struct Read {
    place: String,
    /// The longest that one key press took afterwards.
    longest: Duration,
    broken: Vec<String>,
}

/// A place where the lab waits, and the way there.
struct Place<'l> {
    lesson: &'l Lesson,
    at: Standing,
    /// How far each key press went.
    far: Far,
    /// Runs again from this step, with these values.
    from: usize,
    values: BTreeMap<String, Value>,
}

impl Place<'_> {
    fn in_words(&self) -> String {
        let line = match self.at {
            Standing::Step(step) => format!("before step {}", step + 1),
            Standing::Block(block) => match &self.lesson.steps[block.step].blocks[block.block] {
                Block::Lab(lab) => format!("block: {}", lab.lines[0].text),
                _ => "challenge".to_owned(),
            },
            Standing::Beat { block, line } => match &self.lesson.steps[block.step].blocks[block.block] {
                Block::Lab(lab) => format!("{}: {}", lab.lines[line].number, lab.lines[line].text),
                _ => "?".to_owned(),
            },
            Standing::Learner(_) => "the challenge".to_owned(),
            Standing::End => "the end".to_owned(),
        };
        format!("{} {} | {line}", self.lesson.name, step_of(self.at, self.lesson) + 1)
    }

    /// Reads there for so long, goes on to other hosts, and tells what did not hold.
    fn read(&self, pause: Duration) -> Result<Read, Failed> {
        let from = Some(self.from).filter(|step| *step > 0);
        let mut desk =
            Desk::conducted(self.lesson, Conduct { from, values: self.values.clone(), ..Conduct::default() });
        desk.patience = PATIENCE + pause;
        desk.go_on_so_to(self.far, self.at)?;
        let before = desk.events.len();
        thread::sleep(pause);
        desk.catch_up();
        let mut longest = Duration::ZERO;
        let mut unsolved = None;
        if desk.stands == Some(self.at) && matches!(self.at, Standing::Learner(_)) {
            unsolved = self.solve(&mut desk)?;
        }
        while desk.stands != Some(Standing::End) && !fresh_hosts(&desk.events[before..]) {
            let began = Instant::now();
            desk.step_on(self.far)?;
            longest = longest.max(began.elapsed());
        }
        let broken = broken(&desk.events).into_iter().chain(unsolved).collect();
        Ok(Read { place: self.in_words(), longest, broken })
    }

    /// The same; a lab that has failed is told like a claim.
    fn outcome(&self, pause: Duration) -> Read {
        self.read(pause).unwrap_or_else(|failed| Read {
            place: self.in_words(),
            longest: Duration::ZERO,
            broken: vec![failed.message().unwrap_or_default().to_owned()],
        })
    }

    /// Does what the lesson itself would; what is wrong if that is no solution any more.
    fn solve(&self, desk: &mut Desk) -> Result<Option<String>, Failed> {
        let Standing::Learner(at) = self.at else { return Ok(None) };
        let Block::Challenge(challenge) = &self.lesson.steps[at.step].blocks[at.block] else { return Ok(None) };
        challenge.answer.iter().for_each(|line| desk.cue.say(line.clone()));
        let ending = desk.until("the solution", |what| match what {
            What::Challenge { outcome, .. } => Some(*outcome),
            _ => None,
        })?;
        desk.until_it_waits()?;
        Ok((ending != Ending::Solved).then(|| format!("the challenge ended so: {ending:?}")))
    }
}

fn step_of(at: Standing, lesson: &Lesson) -> usize {
    match at {
        // It belongs to what was before.
        Standing::Step(step) => step - 1,
        Standing::Block(block) | Standing::Learner(block) | Standing::Beat { block, .. } => block.step,
        Standing::End => lesson.steps.len() - 1,
    }
}

fn fresh_hosts(events: &[Event]) -> bool {
    events.iter().any(|event| matches!(event.what, What::Lab { fresh: true, .. }))
}

/// The claims that did not hold, each with its reason.
fn broken(events: &[Event]) -> Vec<String> {
    let failed = |event: &Event| match &event.what {
        What::Claim { line, text, outcome: Outcome::Failed { message, .. } } => {
            Some(format!("{line}: {text}: {message}"))
        }
        _ => None,
    };
    events.iter().filter_map(failed).collect()
}

fn lessons() -> Result<Vec<Lesson>, Failed> {
    let read = |entry: &Entry| entry.lesson().map_err(|error| format!("{error:?}").into());
    Catalog::embedded().entries().iter().map(read).collect()
}

/// Every place where this lesson waits.
fn places(lesson: &Lesson, far: Far) -> Result<Vec<Place<'_>>, Failed> {
    let mut desk = Desk::begin(lesson);
    let walked = desk.walk(far)?;
    let whole = std::mem::take(&mut desk.events);
    let place = |at: Standing| {
        let from = step_of(at, lesson);
        let cut = cut(lesson, from);
        let kept = whole.iter().position(|event| is_cut(event, cut)).ok_or("no cut")?;
        let values = World::at(&whole, kept).values.into_iter().collect();
        Ok(Place { lesson, at, far, from, values })
    };
    walked.into_iter().filter(|at| *at != Standing::End).map(place).collect()
}

/// Reads at each of these places, so many at once, and tells what came of it.
fn read_all(places: &[Place<'_>], pause: Duration, at_once: usize) -> Result<Vec<Read>, Failed> {
    let next = AtomicUsize::new(0);
    let take = || places.get(next.fetch_add(1, Ordering::Relaxed));
    let some = || std::iter::from_fn(take).map(|place| place.outcome(pause)).collect::<Vec<Read>>();
    let mut reads: Vec<Read> = thread::scope(|scope| {
        let readers: Vec<_> = (0..at_once.min(places.len())).map(|_| scope.spawn(some)).collect();
        let reads = readers.into_iter().map(|reader| reader.join().map_err(|_| "a reader has panicked"));
        Ok::<_, Failed>(reads.collect::<Result<Vec<_>, _>>()?.concat())
    })?;
    reads.sort_by(|one, other| one.place.cmp(&other.place));
    Ok(reads)
}

fn judge(reads: &[Read]) -> Result<(), Failed> {
    let broken = reads.iter().filter(|read| !read.broken.is_empty());
    let broken: Vec<String> =
        broken.map(|read| format!("{}\n    {}", read.place, read.broken.join("\n    "))).collect();
    ensure(broken.is_empty(), || format!("{} of {} places broke:\n{}", broken.len(), reads.len(), broken.join("\n")))
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|said| said.parse().ok()).unwrap_or(usual)
}

fn a_pause_at_each_place() -> Result<(), Failed> {
    let pause = Duration::from_secs(number("WIRETUTOR_PAUSE", 5));
    let at_once = usize::try_from(number("WIRETUTOR_AT_ONCE", 25))?;
    // With the key that runs one line only.
    let far = if number("WIRETUTOR_LINES", 0) > 0 { Far::Line } else { Far::Beat };
    let only = std::env::var("WIRETUTOR_ONLY").unwrap_or_default();
    let lessons = lessons()?;
    let mut all = Vec::new();
    for lesson in lessons.iter().filter(|lesson| lesson.name.contains(&only)) {
        all.extend(places(lesson, far)?);
    }
    let reads = read_all(&all, pause, at_once)?;
    for read in &reads {
        println!("{pause:?}  {:6.1} s  {}", read.longest.as_secs_f64(), read.place);
    }
    judge(&reads)
}

fn a_moment_everywhere() -> Result<(), Failed> {
    let walk = |lesson: &Lesson| -> Result<(), Failed> {
        let mut desk = Desk::begin(lesson);
        desk.until_it_waits()?;
        while desk.stands != Some(Standing::End) {
            thread::sleep(MOMENT);
            desk.step_on(Far::Beat)?;
        }
        let broken = broken(&desk.events);
        ensure(broken.is_empty(), || format!("{}: {broken:#?}\n{}", lesson.name, story(&desk.events)))
    };
    let lessons = lessons()?;
    thread::scope(|scope| {
        let runs: Vec<_> = lessons.iter().map(|lesson| scope.spawn(|| walk(lesson))).collect();
        runs.into_iter().try_for_each(|run| run.join().map_err(|_| "a run has panicked")?)
    })
}

/// The places at which a timer of the kernel is about to bring what the next lines wait for.
const DOUBLING: &[(&str, &str)] =
    &[("flow-control", "wire    drop server > client win>0"), ("time-wait", "wire    deliver again")];

fn while_a_timer_doubles() -> Result<(), Failed> {
    let lessons = DOUBLING.iter().map(|(name, _)| embedded(name)).collect::<Result<Vec<_>, _>>()?;
    let mut chosen = Vec::new();
    for (lesson, (_, line)) in lessons.iter().zip(DOUBLING) {
        let all = places(lesson, Far::Beat)?;
        let before = chosen.len();
        chosen.extend(all.into_iter().filter(|place| place.in_words().ends_with(line)));
        ensure(chosen.len() > before, || format!("{}: nothing waits before {line:?}", lesson.name))?;
    }
    judge(&read_all(&chosen, Duration::from_secs(3), chosen.len())?)
}

const PROBE: &str = "```lab wire\nserver socket tcp\nserver setsockopt SO_RCVBUF 8000\nserver bind 8080\nserver listen\n\
                     client connect server:8080\nserver accept as peer\nclient send 12000 bytes\n\
                     shut: server > client ACK ack=?edge win=0\nwire drop server > client win>0\nserver.peer recv\n\
                     lost: server > client ACK ack=edge win>0\nfound: next server > client ACK ack=edge win>0\n```";

fn told_of_the_timer() -> Result<(), Failed> {
    let mut desk = Desk::begin(&lesson(&[PROBE])?);
    desk.until_it_waits()?;
    desk.step_on(Far::Beat)?;
    desk.step_on(Far::Beat)?;
    let told = desk.awaited.iter().any(|wait| match wait {
        Wait::Line { line, timer: Some(timer), .. } => {
            line == "next server > client ACK ack=edge win>0"
                && (timer.host.as_str(), timer.kind) == ("client", TimerKind::ZeroWindowProbe)
        }
        _ => false,
    });
    ensure(told, || format!("{:#?}\n{}", desk.awaited, desk.story()))
}

const MINUTE: &str = "```lab\nserver listen tcp 8080\nclient connect server:8080\nserver accept as peer\nclient close\n\
                      server.peer recv\nserver.peer close\nkernel client TIME-WAIT\nserver close\n\
                      kernel client TIME-WAIT\n```";

/// A program that has closed waits in FIN-WAIT-2 as long as the kernel is told to; the kernel calls it the same wait.
const IMPATIENT: &str = "[hosts.client]\nsysctls = { \"net.ipv4.tcp_fin_timeout\" = 1 }\n[hosts.server]\n";
const HALF_CLOSED: &str = "```lab\nserver listen tcp 8080\nclient connect server:8080\nserver accept as peer\n\
                           client close\nkernel client FIN-WAIT-2\n```";

fn seen_to_go() -> Result<(), Failed> {
    let mut desk = Desk::begin(&lesson_with(IMPATIENT, &[HALF_CLOSED, "Text."])?);
    desk.go_on_to(Standing::Step(1))?;
    desk.until("the end of the connection", |what| match what {
        What::State { host, to: TcpState::Closed, basis: Basis::Observed, .. } if host == "client" => Some(()),
        _ => None,
    })
}

fn told_of_the_minute() -> Result<(), Failed> {
    let mut desk = Desk::begin(&lesson(&[MINUTE])?);
    desk.until_it_waits()?;
    desk.step_on(Far::Beat)?;
    // The lab says it when it has said that it waits.
    desk.catch_up();
    let left = desk.awaited.iter().rev().find_map(|wait| match wait {
        Wait::Reader { goes_on, timer } if timer.kind == TimerKind::TimeWait => Some(timer.due.0 - goes_on.0),
        _ => None,
    });
    ensure(left == Some(5_000_000_000), || format!("{:?}\n{}", desk.awaited, desk.story()))
}
