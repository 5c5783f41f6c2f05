//! How long the sandbox takes: from the first line of `enter` until a capture watches a private `lo`.
//!
//! A process can do that once. So this program starts itself again and again, and each run tells its own times.
//! `cargo bench --bench sandbox`, as an ordinary user and as root: the ways differ.

use std::{
    env,
    error::Error,
    process::Command,
    time::{Duration, Instant},
};

use wiretutor::link::{
    capture::Capture,
    netns::enter_private,
    sandbox::{self, Sandbox},
};

const RUNS: usize = 200;
const ONCE: &str = "--once";
const PARTS: [&str; 4] = ["enter the sandbox", "private network, lo up", "capture open", "all three"];

fn main() -> Result<(), Box<dyn Error>> {
    if env::args().any(|argument| argument == ONCE) {
        return once();
    }
    let mut runs = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        runs.push(times(&Command::new(env::current_exe()?).arg(ONCE).output()?.stdout)?);
    }
    println!("{:<26}{:>10}{:>10}{:>10}", "", "median", "95 %", "slowest");
    for (part, name) in PARTS.iter().enumerate() {
        let mut column: Vec<Duration> = runs.iter().filter_map(|run| run.get(part).copied()).collect();
        column.sort_unstable();
        let at = |share: usize| column.get((column.len() * share / 100).min(column.len().saturating_sub(1)));
        let shown = |share| at(share).map_or("-".into(), |time| format!("{:.2} ms", time.as_secs_f64() * 1e3));
        println!("{name:<26}{:>10}{:>10}{:>10}", shown(50), shown(95), shown(100));
    }
    Ok(())
}

fn times(output: &[u8]) -> Result<Vec<Duration>, Box<dyn Error>> {
    let text = std::str::from_utf8(output)?;
    let numbers: Result<Vec<u64>, _> = text.split_ascii_whitespace().map(str::parse).collect();
    match numbers?.as_slice() {
        [] => Err("there are no private namespaces here: `wiretutor doctor` says why".into()),
        numbers => Ok(numbers.iter().copied().map(Duration::from_nanos).collect()),
    }
}

fn once() -> Result<(), Box<dyn Error>> {
    let begin = Instant::now();
    let Sandbox { .. } = sandbox::enter()?;
    let entered = begin.elapsed();
    enter_private()?;
    let up = begin.elapsed();
    let capture = Capture::start("lo", |_| true, |_| {})?;
    let open = begin.elapsed();
    println!("{} {} {} {}", entered.as_nanos(), (up - entered).as_nanos(), (open - up).as_nanos(), open.as_nanos());
    Ok(capture.stop()?)
}
