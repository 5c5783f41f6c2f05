//! `check`: one line a lesson, and what did not hold drawn below it.
//!
//! Running the lessons, and how many at a time, is left to the command; this is what their results look like.

use std::{
    io::{self, Write},
    time::Duration,
};

use super::{
    tally::{Failure, Tally},
    text::{Line, Palette, Style},
};

/// One lesson's result.
#[derive(Clone, Debug)]
pub struct Checked {
    /// `2-tcp/handshake`, or the path that the user named.
    pub name: String,
    pub verdict: Verdict,
}

#[derive(Clone, Debug)]
pub enum Verdict {
    /// It was run, as often as there are tallies.
    Run(Vec<Tally>),
    /// It can not be run on this machine, and why.
    Skipped(String),
    /// It is no lesson, or its run broke off: a report that may have several lines.
    Broken(String),
}

/// How a lesson is counted in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Passed,
    Failed,
    Skipped,
}

impl Checked {
    #[must_use]
    pub fn standing(&self) -> Standing {
        match &self.verdict {
            Verdict::Run(runs) if runs.iter().all(|run| run.ended && run.failures.is_empty()) => Standing::Passed,
            Verdict::Run(_) | Verdict::Broken(_) => Standing::Failed,
            Verdict::Skipped(_) => Standing::Skipped,
        }
    }

    /// Failures that are not the same, each with the number of runs that it happened in. The numbers in a report
    /// differ from run to run; which line it is about does not.
    #[must_use]
    pub fn failures(&self) -> Vec<(&Failure, usize)> {
        let mut found: Vec<(&Failure, usize)> = Vec::new();
        for failure in self.runs().iter().flat_map(|run| &run.failures) {
            match found.iter_mut().find(|(first, _)| first.line == failure.line) {
                Some((_, times)) => *times += 1,
                None => found.push((failure, 1)),
            }
        }
        found
    }

    #[must_use]
    pub fn runs(&self) -> &[Tally] {
        if let Verdict::Run(runs) = &self.verdict { runs } else { &[] }
    }

    /// Of all runs together.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.runs().iter().map(Tally::took).sum()
    }
}

/// The check face.
#[derive(Debug)]
pub struct Check<W> {
    out: W,
    palette: Palette,
    /// Cells for the longest name.
    names: usize,
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl<W: Write> Check<W> {
    /// `names` are those of all lessons that will come, so that the columns stand still.
    pub fn new<'n>(out: W, palette: Palette, names: impl Iterator<Item = &'n str>) -> Self {
        let names = names.map(|name| Line::plain(name).width()).max().unwrap_or(0);
        Self { out, palette, names, passed: 0, failed: 0, skipped: 0 }
    }

    /// A lesson is done.
    ///
    /// # Errors
    /// When it can not be written.
    pub fn lesson(&mut self, checked: &Checked) -> io::Result<()> {
        let (word, style, count) = match checked.standing() {
            Standing::Passed => ("ok", Style::GOOD, &mut self.passed),
            Standing::Failed => ("FAILED", Style::BAD, &mut self.failed),
            Standing::Skipped => ("skipped", Style::WARNING, &mut self.skipped),
        };
        *count += 1;
        let mut lead = padded(Line::styled(word, style), "skipped".len() + 2);
        lead.append(&padded(Line::plain(&checked.name), self.names + 2));
        lead.push(&summary(checked), Style::PLAIN);
        self.put(&lead)?;
        self.reports(checked)?;
        self.out.flush()
    }

    fn reports(&mut self, checked: &Checked) -> io::Result<()> {
        if let Verdict::Broken(report) = &checked.verdict {
            self.drawn(report)?;
        }
        let runs = checked.runs().len();
        for (failure, times) in checked.failures() {
            if runs > 1 {
                self.put(&Line::spaces(4).with(&format!("in {times} of {runs} runs:"), Style::WARNING))?;
            }
            self.drawn(failure.drawn())?;
        }
        Ok(())
    }

    /// The last line.
    ///
    /// # Errors
    /// When it can not be written.
    pub fn end(&mut self) -> io::Result<()> {
        let mut line = Line::styled(&format!("{} passed", self.passed), Style::STRONG);
        line.push(&format!(", {} failed", self.failed), if self.failed > 0 { Style::BAD } else { Style::PLAIN });
        line.push(&format!(", {} skipped", self.skipped), if self.skipped > 0 { Style::WARNING } else { Style::PLAIN });
        self.put(&line)?;
        self.out.flush()
    }

    /// Not wrapped, so that a lesson stays one line for whoever counts or cuts them.
    fn put(&mut self, line: &Line) -> io::Result<()> {
        writeln!(self.out, "{}", self.palette.paint(line))
    }

    fn drawn(&mut self, report: &str) -> io::Result<()> {
        report.lines().try_for_each(|line| self.put(&Line::plain(&format!("    {}", line.replace('\t', "    ")))))
    }
}

fn padded(line: Line, width: usize) -> Line {
    let missing = width.saturating_sub(line.width());
    line.with(&" ".repeat(missing), Style::PLAIN)
}

/// What stands behind the name.
fn summary(checked: &Checked) -> String {
    match &checked.verdict {
        Verdict::Skipped(why) => why.clone(),
        Verdict::Broken(_) => "it could not be run".into(),
        Verdict::Run(runs) => format!("{}  {}", claims(checked, runs), times(runs)),
    }
}

fn claims(checked: &Checked, runs: &[Tally]) -> String {
    let most = runs.iter().map(|run| run.checked).max().unwrap_or(0);
    let unwatched = runs.iter().map(|run| run.unwatched).max().unwrap_or(0);
    let claims = if most == 1 { "claim" } else { "claims" };
    let count = match checked.failures().len() {
        0 if runs.iter().any(|run| !run.ended) => format!("broke off after {most} {claims}"),
        0 => format!("{most} {claims}"),
        failed => format!("{failed} of {most} {claims} failed"),
    };
    if unwatched == 0 { count } else { format!("{count}, {unwatched} not watched") }
}

fn times(runs: &[Tally]) -> String {
    let total: Duration = runs.iter().map(Tally::took).sum();
    let slowest = runs.iter().map(Tally::took).max().unwrap_or_default();
    match u32::try_from(runs.len()) {
        Ok(count @ 2..) => {
            let mean = (total / count).as_secs_f64();
            format!("{count} runs  {mean:.2} s each, slowest {:.2} s", slowest.as_secs_f64())
        }
        _ => format!("{:.2} s", total.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        face::{
            sample::{Run, events, lesson},
            snapshot,
        },
        timeline::event::Event,
    };

    fn run(run: Run) -> Tally {
        Tally::of(&events(&lesson(), run))
    }

    fn checked(name: &str, verdict: Verdict) -> Checked {
        Checked { name: name.into(), verdict }
    }

    #[test]
    fn one_line_a_lesson() {
        let lessons = [
            checked("2-tcp/handshake", Verdict::Run(vec![run(Run::AllHolds)])),
            checked("2-tcp/close", Verdict::Run(vec![run(Run::AllHolds); 200])),
            checked("3-udp/udp", Verdict::Run(vec![run(Run::OneFails)])),
            checked("mine.md", Verdict::Run([vec![run(Run::AllHolds); 8], vec![run(Run::OneFails); 2]].concat())),
            checked(
                "2-tcp/window",
                Verdict::Skipped(
                    "private network namespaces are refused on this machine: see `wiretutor doctor`".into(),
                ),
            ),
            checked("broken.md", Verdict::Broken("error: a lesson begins with `+++`\n  ┌─ broken.md:1:1\n".into())),
        ];
        let mut out = Vec::new();
        let names = lessons.iter().map(|lesson| lesson.name.as_str());
        let mut check = Check::new(&mut out, Palette::plain(false), names);
        lessons.iter().for_each(|lesson| check.lesson(lesson).unwrap());
        check.end().unwrap();
        snapshot::check("check", &String::from_utf8(out).unwrap());
    }

    #[test]
    fn a_run_that_broke_off_has_not_passed() {
        let events: Vec<Event> = events(&lesson(), Run::AllHolds);
        let cut = checked("cut", Verdict::Run(vec![Tally::of(&events[..events.len() - 1])]));
        assert_eq!(cut.standing(), Standing::Failed);
        assert_eq!(checked("none", Verdict::Run(vec![Tally::default()])).standing(), Standing::Failed);
    }
}
