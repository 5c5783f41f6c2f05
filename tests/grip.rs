//! The wire in somebody's hands beside the script: what the keys of an app will do.
//!
//! The lab runs in a thread, and the test, which hears every event, takes the wire in hand from another one.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

use std::{
    ops::ControlFlow,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::{Arguments, Failed, Trial};
use wiretutor::{
    lab::{
        grip::Grip,
        script::{self, Summary},
    },
    lesson::{
        self,
        model::{Lesson, Source},
        script::{PATIENCE, Treatment},
    },
    link::{Watch, sandbox, wire::Rate},
    timeline::event::{DropReason, Event, Fate, What},
};

/// What the lab does meanwhile needs milliseconds; a busy machine needs more.
const LONG: Duration = Duration::from_secs(20);

/// A lab that runs, with its wire in our hands.
struct InHand {
    grip: Grip,
    events: mpsc::Receiver<Event>,
    heard: Vec<Event>,
    lab: thread::JoinHandle<anyhow::Result<Summary>>,
}

impl InHand {
    /// Begins a lesson with this script. `first` is done as soon as there is a wire, before the first line.
    fn begin(script: &str, first: impl Fn(&Grip) + Send + 'static) -> Self {
        let lesson = lesson(script);
        let grip = Grip::default();
        let (tell, events) = mpsc::channel();
        let held = grip.clone();
        let lab = thread::spawn(move || {
            script::run_in_hand(&lesson, Watch::Private, held.clone(), &mut |event: &Event| {
                if matches!(event.what, What::Lab { .. }) {
                    first(&held);
                }
                let _ = tell.send(event.clone());
                ControlFlow::Continue(())
            })
        });
        Self { grip, events, heard: Vec::new(), lab }
    }

    /// Waits for an event that means something, and tells what.
    fn until<T>(&mut self, what: &str, meant: impl Fn(&What) -> Option<T>) -> Result<T, Failed> {
        let end = Instant::now() + LONG;
        loop {
            let patience = end.saturating_duration_since(Instant::now());
            let event =
                self.events.recv_timeout(patience).map_err(|_| format!("{what} never came: {:#?}", self.heard))?;
            let found = meant(&event.what);
            self.heard.push(event);
            if let Some(found) = found {
                return Ok(found);
            }
        }
    }

    fn until_held(&mut self) -> Result<u64, Failed> {
        self.until("a held frame", |what| match what {
            What::Fate { frame, fate: Fate::Held } => Some(*frame),
            _ => None,
        })
    }

    /// To the end of the lesson, in which every claim has to hold.
    fn end(mut self) -> Result<Vec<Event>, Failed> {
        let summary = self.lab.join().expect("the lab does not panic").map_err(|error| format!("{error:#}"))?;
        self.heard.extend(self.events.try_iter());
        if summary.failed > 0 {
            return Err(format!("{summary:?}: {:#?}", self.heard).into());
        }
        Ok(self.heard)
    }
}

fn lesson(script: &str) -> Lesson {
    let text = format!(
        "+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 1\nlink = \"wire\"\n+++\n\n## One\n\n```lab\n{script}\n```\n"
    );
    let source = Arc::new(Source { path: "grip.md".into(), text });
    lesson::parse(source, "grip", "").expect("a sound lesson")
}

const CONNECT: &str = "server listen tcp 8080\nclient connect server:8080\nclient returned connect\n\
                       kernel server ESTABLISHED\n";

fn ensure(holds: bool, complaint: impl FnOnce() -> String) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(complaint().into()) }
}

fn hands(events: &[Event]) -> Vec<&str> {
    let hand = |event: &'_ Event| matches!(event.what, What::Hand { .. });
    events
        .iter()
        .filter(|event| hand(event))
        .map(|event| match &event.what {
            What::Hand { text, .. } => text.as_str(),
            _ => "",
        })
        .collect()
}

/// The script's limit for `returned connect` is two seconds; the person takes three, and nothing fails.
fn no_time_limit_runs_while_a_person_holds_the_wire() -> Result<(), Failed> {
    let mut lab = InHand::begin(CONNECT, |grip| grip.hold().expect("there is a wire"));
    let syn = lab.until_held()?;
    let reading = PATIENCE + Duration::from_secs(1);
    let began = Instant::now();
    // A person reads. The kernel becomes impatient meanwhile: that is what is waited for.
    while began.elapsed() < reading {
        lab.until("a twin", |what| matches!(what, What::Fate { fate: Fate::Twin { .. }, .. }).then_some(()))?;
    }
    lab.grip.deliver(syn)?;
    let synack = lab.until_held()?;
    lab.grip.deliver(synack)?;
    lab.until_held()?;
    lab.grip.free()?;
    let events = lab.end()?;
    let hands = hands(&events);
    let wanted = ["wire hold", "wire deliver packet 0"];
    ensure(hands.starts_with(&wanted) && hands.ends_with(&["wire free"]), || format!("{hands:?}"))
}

fn a_held_frame_is_dropped_by_hand_and_comes_again() -> Result<(), Failed> {
    let mut lab = InHand::begin(CONNECT, |grip| grip.hold().expect("there is a wire"));
    let syn = lab.until_held()?;
    lab.grip.treat(syn, Treatment::Drop)?;
    let again = lab.until_held()?;
    ensure(again > syn, || format!("{again}"))?;
    lab.grip.free()?;
    let events = lab.end()?;
    let dropped = What::Fate { frame: syn, fate: Fate::Dropped { why: DropReason::Asked } };
    ensure(events.iter().any(|event| event.what == dropped), || format!("{events:#?}"))
}

fn all_that_is_held_is_delivered_by_hand() -> Result<(), Failed> {
    let mut lab = InHand::begin(CONNECT, |grip| grip.hold().expect("there is a wire"));
    for _ in 0..3 {
        lab.until_held()?;
        lab.grip.deliver_all()?;
    }
    lab.end().map(drop)
}

fn slow_motion_loss_rate_and_a_cut_are_set_by_hand() -> Result<(), Failed> {
    let lab = InHand::begin(CONNECT, |grip| {
        grip.treat_every(Treatment::Delay(Duration::from_millis(5))).expect("a delay");
        grip.lose(1, 7).expect("a loss");
        grip.limit(0, 1, Some(Rate { bits_per_second: 10_000_000, queue: 10 })).expect("a rate");
        grip.set_up(false).expect("down");
        grip.set_up(true).expect("up");
    });
    let events = lab.end()?;
    let delayed = events.iter().any(|event| matches!(event.what, What::Fate { fate: Fate::Delayed { .. }, .. }));
    ensure(delayed, || format!("{events:#?}"))?;
    let wanted = [
        "wire delay by 5.00 ms every packet",
        "wire loss 0.0001% seed 7",
        "wire rate 10000000 bit/s queue 10",
        "wire down",
        "wire up",
    ];
    ensure(hands(&events) == wanted, || format!("{:?}", hands(&events)))
}

fn without_a_wire_a_hand_is_told_so() -> Result<(), Failed> {
    let complaint = Grip::default().hold().expect_err("there is no wire").to_string();
    ensure(complaint.contains("no lab runs on a wire now"), || complaint)?;
    let lab = InHand::begin(CONNECT, |_| {});
    let grip = lab.grip.clone();
    lab.end()?;
    ensure(grip.deliver_all().is_err(), || "the wire has outlived its lab".to_owned())
}

type Test = (&'static str, fn() -> Result<(), Failed>);

fn main() {
    let arguments = Arguments::from_args();
    // Before any thread is started: the sandbox asks for a process with one thread.
    let reason = match sandbox::enter().map(|sandbox| sandbox.watch) {
        Ok(Watch::Private) => None,
        Ok(_) => Some("this machine allows no private namespaces".to_owned()),
        Err(refusal) => Some(refusal.to_string()),
    };
    let tests: [Test; 5] = [
        ("no time limit runs while a person holds the wire", no_time_limit_runs_while_a_person_holds_the_wire),
        ("a held frame is dropped by hand and comes again", a_held_frame_is_dropped_by_hand_and_comes_again),
        ("all that is held is delivered by hand", all_that_is_held_is_delivered_by_hand),
        ("slow motion, loss, rate and a cut are set by hand", slow_motion_loss_rate_and_a_cut_are_set_by_hand),
        ("without a wire a hand is told so", without_a_wire_a_hand_is_told_so),
    ];
    let trials = tests.into_iter().map(|(name, test)| match &reason {
        None => Trial::test(name, test),
        Some(reason) => Trial::test(format!("{name} (ignored: {reason})"), test).with_ignored_flag(true),
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}
