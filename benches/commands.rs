//! Whole commands, as a user waits for them: `cargo bench --bench commands`.
//!
//! Each command is timed in turn with `true`, which does nothing, so that the cost of starting a process on this
//! machine is known beside it. The minimum, the median and the maximum of all rounds are printed.

#![expect(clippy::expect_used, reason = "a measurement that can not be made has failed")]

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const ROUNDS: usize = 30;

fn main() {
    let program = env!("CARGO_BIN_EXE_wiretutor");
    let size = std::fs::metadata(program).map_or(0, |file| file.len());
    println!("size of the program: {:.2} MB", size as f64 / 1e6);
    println!("{:<28} {:>10} {:>10} {:>10}", "command", "min ms", "median ms", "max ms");
    let commands: [(&str, &[&str]); 4] = [
        ("list", &["list"]),
        ("run handshake", &["run", "handshake"]),
        ("run close", &["run", "close"]),
        ("run udp", &["run", "udp"]),
    ];
    for (name, arguments) in commands {
        let (mut nothing, mut times) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            nothing.push(time(Command::new("true")));
            let mut command = Command::new(program);
            command.args(arguments);
            times.push(time(command));
        }
        row("true", nothing);
        row(&format!("wiretutor {name}"), times);
        waits(program, arguments);
    }
}

fn time(mut command: Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let status = command.status().expect("it starts");
    let took = began.elapsed();
    assert!(status.success(), "{command:?} failed");
    took
}

fn row(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{name:<28} {:>10.2} {:>10.2} {:>10.2}",
        ms(times[0]),
        ms(times[times.len() / 2]),
        ms(times[times.len() - 1])
    );
}

/// Names the longest lines of a lesson's script: what the wall time consists of.
fn waits(program: &str, arguments: &[&str]) {
    if arguments[0] != "run" {
        return;
    }
    let output = Command::new(program).args(arguments).arg("--json").output().expect("it starts");
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let events: Vec<serde_json::Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let at = |event: &serde_json::Value| event["at"].as_u64().unwrap_or(0);
    let mut lines = Vec::new();
    for (index, event) in events.iter().enumerate().filter(|(_, event)| event["event"] == "line") {
        let end = events[index + 1..].iter().find(|next| next["event"] == "line" || next["event"] == "lab-end");
        lines.push((end.map_or(0, |end| at(end).saturating_sub(at(event))), event["text"].to_string()));
    }
    lines.sort_by(|one, other| other.cmp(one));
    for (nanoseconds, text) in lines.iter().take(4) {
        println!("    {:>8.2} ms in {text}", *nanoseconds as f64 / 1e6);
    }
}
