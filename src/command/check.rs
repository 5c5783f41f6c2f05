//! `check`: every claim of the lessons, one line a lesson.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use super::{
    ending::{Ending, Failure},
    run::enter_sandbox,
};
use crate::{
    cli::{self, LookFlags},
    face::{
        check::{Check, Checked, Standing, Verdict},
        file::ResultFile,
        junit, out,
        tally::Tally,
        text::terminal,
    },
    lab::{grip::Grip, record::Audience, script},
    lesson::{catalog::Catalog, model::Lesson},
    link::Watch,
    timeline::event::Event,
};

pub fn check(arguments: &cli::Check, flags: LookFlags) -> Result<Ending, Failure> {
    let sandbox = enter_sandbox()?;
    let lessons = Catalog::embedded().select(&arguments.lessons)?;
    if sandbox.watch == Watch::Unwatched {
        return Err(Failure::Machine(cannot_watch()));
    }
    // Now, not after a long run whose result would then be nowhere.
    let report = arguments.junit.as_deref().map(ResultFile::create).transpose()?;
    let look = terminal::look(None, flags.color, flags.ascii);
    let names: Vec<String> = lessons.iter().map(shown_name).collect();
    let mut face = Check::new(out::stdout()?, look.palette, names.iter().map(String::as_str));
    let jobs = arguments.jobs.map_or_else(processors, usize::from);
    let mut results = Vec::new();
    run_all(lessons, arguments.repeat as usize, jobs, sandbox.watch, |checked| {
        face.lesson(&checked)?;
        results.push(checked);
        Ok(())
    })?;
    face.end()?;
    if let Some(mut file) = report {
        junit::write(&mut file, &results)?;
        file.keep()?;
    }
    // No claim was refuted where a lab could not be set up: that is the machine's fault, and has been told.
    if results.iter().any(|checked| matches!(checked.verdict, Verdict::Broken(_))) {
        return Err(Failure::Lacking);
    }
    let passed = results.iter().all(|checked| checked.standing() == Standing::Passed);
    Ok(if passed { Ending::Done } else { Ending::Refuted })
}

fn cannot_watch() -> anyhow::Error {
    anyhow::anyhow!("packets cannot be watched on this machine, so no claim can be checked; see `wiretutor doctor`")
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn shown_name(lesson: &Lesson) -> String {
    if lesson.part.is_empty() { lesson.source.path.clone() } else { format!("{}/{}", lesson.part, lesson.name) }
}

/// One run of one lesson.
struct Task {
    lesson: usize,
    run: usize,
}

/// Runs every lesson so many times, several at once, and hands out each lesson's result in the order of the list
/// as soon as all of its runs are done.
fn run_all(
    lessons: Vec<Lesson>,
    repeat: usize,
    jobs: usize,
    watch: Watch,
    mut done: impl FnMut(Checked) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let tasks = (0..lessons.len()).flat_map(|lesson| (0..repeat).map(move |run| Task { lesson, run }));
    let tasks = Arc::new(Mutex::new(tasks.collect::<Vec<_>>().into_iter()));
    let lessons = Arc::new(lessons);
    let stop = Arc::new(AtomicBool::new(false));
    let (tell, results) = mpsc::channel();
    let grips: Vec<Grip> = (0..jobs.min(lessons.len() * repeat)).map(|_| Grip::default()).collect();
    let workers: Vec<_> = (1..)
        .zip(grips.clone())
        .map(|(number, grip): (usize, Grip)| {
            let (tasks, lessons, stop, tell) =
                (Arc::clone(&tasks), Arc::clone(&lessons), Arc::clone(&stop), tell.clone());
            thread::Builder::new().name(format!("check-{number}")).spawn(move || {
                while let Some(task) = next(&tasks).filter(|_| !stop.load(Ordering::Relaxed)) {
                    let outcome = run_once(&lessons[task.lesson], watch, &grip, &stop);
                    if tell.send((task, outcome)).is_err() {
                        return;
                    }
                }
            })
        })
        .collect::<Result<_, _>>()?;
    drop(tell);
    let outcome = gather(&lessons, repeat, &results, &mut done);
    stop.store(true, Ordering::Relaxed);
    grips.iter().for_each(Grip::nudge);
    for worker in workers {
        if worker.join().is_err() {
            return Err(Failure::Machine(anyhow::anyhow!("a worker failed; this is a fault of wiretutor")));
        }
    }
    outcome
}

fn next(tasks: &Mutex<impl Iterator<Item = Task>>) -> Option<Task> {
    tasks.lock().unwrap_or_else(PoisonError::into_inner).next()
}

type Outcome = Result<Tally, String>;

/// Counts what a run comes to, as long as anybody wants to know.
struct Counter<'s> {
    tally: Tally,
    stop: &'s AtomicBool,
}

impl Audience for Counter<'_> {
    fn hear(&mut self, event: &Event) -> ControlFlow<()> {
        self.tally.add(event);
        ControlFlow::Continue(())
    }

    fn has_left(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn run_once(lesson: &Lesson, watch: Watch, grip: &Grip, stop: &AtomicBool) -> Outcome {
    let mut counter = Counter { tally: Tally::default(), stop };
    let outcome = script::run_in_hand(lesson, watch, grip.clone(), &mut counter);
    outcome.map(|_| counter.tally).map_err(|error| format!("{error:#}"))
}

fn gather(
    lessons: &[Lesson],
    repeat: usize,
    results: &mpsc::Receiver<(Task, Outcome)>,
    done: &mut impl FnMut(Checked) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut collected: BTreeMap<usize, BTreeMap<usize, Outcome>> = BTreeMap::new();
    let mut shown = 0;
    while let Ok((task, outcome)) = results.recv() {
        collected.entry(task.lesson).or_default().insert(task.run, outcome);
        while collected.get(&shown).is_some_and(|runs| runs.len() == repeat) {
            let runs = collected.remove(&shown).unwrap_or_default();
            done(Checked { name: shown_name(&lessons[shown]), verdict: verdict(runs) })?;
            shown += 1;
        }
    }
    Ok(())
}

fn verdict(runs: BTreeMap<usize, Outcome>) -> Verdict {
    match runs.into_values().collect::<Result<Vec<Tally>, String>>() {
        Ok(tallies) => Verdict::Run(tallies),
        Err(report) => Verdict::Broken(report),
    }
}
